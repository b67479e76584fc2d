/*
 * items.c
 *		What the lines of a command mean in the catalogue.
 *
 * Locks: catalog.products FOR KEY SHARE, in order of id, all of them in one statement.  It is the first
 * lock of a command after its document, and it makes sure that what was read of a product (deleted,
 * batch tracked, stocked) stays true until the command is over.  The receipt that makes a product batch
 * tracked takes them FOR UPDATE instead.  For a query nothing is locked.
 */
#include "postgres.h"

#include "support/lines.h"

#include "access/xact.h"
#include "common/int.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/errors.h"
#include "support/items_direct.h"
#include "support/plans.h"

/*
 * A sku is that of what is live, and else, with $7, of what is deleted; several may have had it.  The variant of a
 * deleted product is found in any case, to say so.
 */
static WmsPlan find_items = WMS_PLAN_DIRECT(wms_direct_find_items, wms_found_item_types,
	"SELECT l.n, i.product_id, i.variant_id,"
	"       EXISTS (SELECT FROM catalog.product_bundle_items b WHERE b.bundle_product_id = i.product_id),"
	"       (SELECT t.batch_tracked FROM catalog.products t WHERE t.id = i.product_id), i.choices"
	"  FROM unnest($1, $2, $3, $4, $5, $6) AS l(n, product_id, variant_id, sku, barcode, order_item_id)"
	" CROSS JOIN LATERAL ("
	"        SELECT l.product_id, l.variant_id, 1 AS choices WHERE l.product_id IS NOT NULL"
	"        UNION ALL"
	"        SELECT v.product_id, v.id, 1 FROM catalog.product_variants v"
	"          JOIN catalog.products o ON o.id = v.product_id"
	"         WHERE v.sku = l.sku AND v.deleted_at IS NULL AND o.deleted_at IS NULL"
	"        UNION ALL"
	"        SELECT p.id, NULL, 1 FROM catalog.products p WHERE p.sku = l.sku AND p.deleted_at IS NULL"
	"        UNION ALL"
	"        SELECT b.product_id, b.variant_id, 1 FROM catalog.product_barcodes b WHERE b.barcode = l.barcode"
	"        UNION ALL"
	"        SELECT oi.product_id, oi.variant_id, 1 FROM sales.order_items oi WHERE oi.id = l.order_item_id"
	"        UNION ALL"
	"        SELECT d.product_id, d.variant_id, (count(*) OVER ())::integer"
	"          FROM (SELECT v.product_id, v.id AS variant_id FROM catalog.product_variants v"
	"                 WHERE v.sku = l.sku AND v.deleted_at IS NULL"
	"                UNION ALL"
	"                SELECT v.product_id, v.id FROM catalog.product_variants v"
	"                 WHERE v.sku = l.sku AND v.deleted_at IS NOT NULL AND $7"
	"                UNION ALL"
	"                SELECT p.id, NULL FROM catalog.products p"
	"                 WHERE p.sku = l.sku AND p.deleted_at IS NOT NULL AND $7) d"
	"         LIMIT 1) i",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, UUIDARRAYOID, BOOLOID);

static WmsPlan find_components = WMS_PLAN(
	"SELECT l.n, b.component_product_id, b.component_variant_id, b.quantity,"
	"       EXISTS (SELECT FROM catalog.product_bundle_items n WHERE n.bundle_product_id = b.component_product_id)"
	"  FROM unnest($1, $2) AS l(n, product_id)"
	"  JOIN catalog.product_bundle_items b ON b.bundle_product_id = l.product_id"
	" ORDER BY l.n, b.component_product_id, b.component_variant_id",
	INT4ARRAYOID, UUIDARRAYOID);

#define LOCK_PRODUCTS(form, strength) \
	WMS_PLAN_DIRECT(form, NULL, "SELECT FROM catalog.products p WHERE p.id = ANY ($1) ORDER BY p.id FOR " strength, \
					UUIDARRAYOID)

/*
 * FOR KEY SHARE waits for whoever deletes a product or makes it batch tracked, not for whoever changes its
 * price; what it waited for is seen by the statement that follows.  Above READ COMMITTED it would not be:
 * there a product that was changed since the snapshot is refused with 40001.
 */
static WmsPlan lock_products = LOCK_PRODUCTS(wms_direct_lock_products, "KEY SHARE");
static WmsPlan lock_products_unchanged = LOCK_PRODUCTS(NULL, "SHARE");

/* For a command that is to make products batch tracked: nobody else may bring stock in meanwhile. */
static WmsPlan lock_products_alone = LOCK_PRODUCTS(NULL, "UPDATE");

static WmsPlan describe_items = WMS_PLAN_DIRECT(wms_direct_describe_items, wms_described_item_types,
	"SELECT l.n, coalesce(v.sku, p.sku), p.name, v.name, p.is_stocked, p.batch_tracked, p.has_variants,"
	"       coalesce(v.cost_price, p.cost_price),"
	"       p.deleted_at IS NOT NULL OR v.deleted_at IS NOT NULL, v.id"
	"  FROM unnest($1, $2, $3) AS l(n, product_id, variant_id)"
	"  JOIN catalog.products p ON p.id = l.product_id"
	"  LEFT JOIN catalog.product_variants v ON v.id = l.variant_id AND v.product_id = l.product_id",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID);

const pg_uuid_t *
wms_item_variant(const WmsItem *item)
{
	return item->has_variant ? &item->variant_id : NULL;
}

/* The order of stock rows within a warehouse: by product, then variant, the row without variant last. */
int
wms_item_compare(const WmsItem *a, const WmsItem *b)
{
	int			by_product = memcmp(a->product_id.data, b->product_id.data, UUID_LEN);

	if (by_product != 0)
		return by_product;
	if (a->has_variant != b->has_variant)
		return a->has_variant ? -1 : 1;
	return a->has_variant ? memcmp(a->variant_id.data, b->variant_id.data, UUID_LEN) : 0;
}

int32
wms_line_units(const WmsLine *line, const WmsItem *item)
{
	int32		units;

	if (pg_mul_s32_overflow(line->quantity, item->units, &units))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("line %d: quantity is out of range", line->number),
				 errdetail("%d kits of %d units each are more than %d.", line->quantity, item->units, PG_INT32_MAX),
				 errhint("Split the line.")));
	return units;
}

static const char *
identification_of(const WmsLine *line)
{
	if (line->sku != NULL)
		return psprintf("sku \"%s\"", wms_shown(line->sku));
	if (line->barcode != NULL)
		return psprintf("barcode \"%s\"", wms_shown(line->barcode));
	if (line->order_item_id != NULL)
		return psprintf("order item %s", wms_uuid_text(line->order_item_id));
	if (line->variant_id != NULL)
		return psprintf("product %s, variant %s", wms_uuid_text(line->product_id), wms_uuid_text(line->variant_id));
	return psprintf("product %s", wms_uuid_text(line->product_id));
}

uint64
wms_lines_run(const WmsLines *lines, WmsPlan *plan, Datum *values)
{
	return lines->query ? wms_read(plan, values, NULL) : wms_run(plan, values, NULL);
}

void
wms_line_refuse(const WmsLines *lines, WmsLine *line, int code, const char *what, const char *detail,
				const char *hint)
{
	if (!lines->noted)
		ereport(ERROR,
				(errcode(code),
				 errmsg("line %d: %s", line->number, what),
				 detail != NULL ? errdetail_internal("%s", detail) : 0,
				 errhint("%s", hint)));
	if (line->refusal != NULL)
		return;
	line->refusal = what;
	line->refusal_code = code;
}

WmsLines *
wms_lines_not_refused(const WmsLines *lines)
{
	WmsLines   *good = palloc(sizeof(WmsLines));

	*good = *lines;
	good->count = 0;
	good->lines = palloc_extended(sizeof(WmsLine) * Max(lines->count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < lines->count; i++)
		if (lines->lines[i].refusal == NULL)
			good->lines[good->count++] = lines->lines[i];
	return good;
}

static void
refuse_unknown(const WmsLines *lines, WmsLine *line, const char *what)
{
	wms_line_refuse(lines, line, ERRCODE_FOREIGN_KEY_VIOLATION, psprintf("%s %s", identification_of(line), what),
					NULL, "Name a live product or variant of the catalogue.");
}

static void
set_item(WmsItem *item, uint64 row, int first_column)
{
	bool		isnull;
	Datum		variant;

	item->product_id = *DatumGetUUIDP(wms_value(row, first_column, &isnull));
	variant = wms_value(row, first_column + 1, &isnull);
	item->has_variant = !isnull;
	if (!isnull)
		item->variant_id = *DatumGetUUIDP(variant);
}

static void
refuse_ambiguous(const WmsLines *lines, WmsLine *line, int64 choices)
{
	wms_line_refuse(lines, line, ERRCODE_FOREIGN_KEY_VIOLATION,
					psprintf("%s is that of " INT64_FORMAT " deleted items", identification_of(line), choices), NULL,
					"Name the one that is meant by product_id, with variant_id where it is a variant.");
}

/* Returns whether any of the lines is a kit; begins_batches, whether one names the first batch of its item. */
static bool
find_line_items(WmsLines *lines, bool *is_kit, bool *begins_batches)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID),
		wms_column(TEXTOID), wms_column(TEXTOID), wms_column(UUIDOID)};
	Datum		values[lengthof(columns) + 1];
	bool		any_kit = false;
	bool	   *found = palloc0(sizeof(bool) * lines->count);
	uint64		rows;

	for (int i = 0; i < lines->count; i++)
	{
		WmsLine    *line = &lines->lines[i];

		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], line->product_id);
		wms_column_add_uuid(columns[2], line->variant_id);
		wms_column_add_text(columns[3], line->sku);
		wms_column_add_text(columns[4], line->barcode);
		wms_column_add_uuid(columns[5], line->order_item_id);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_param(columns[i]);
	values[lengthof(columns)] = BoolGetDatum((lines->allowed & WMS_LINE_DELETED) != 0);
	rows = wms_lines_run(lines, &find_items, values);
	for (uint64 row = 0; row < rows; row++)
	{
		int			i = (int) wms_value_int64(row, 1);

		found[i] = true;
		if (wms_value_int64(row, 6) > 1)
			refuse_ambiguous(lines, &lines->lines[i], wms_value_int64(row, 6));
		set_item(&lines->lines[i].item, row, 2);
		is_kit[i] = wms_value_bool(row, 4);
		any_kit = any_kit || is_kit[i];
		if ((lines->lines[i].batch_number != NULL || lines->lines[i].batch_id != NULL) &&
			(lines->allowed & WMS_LINE_BATCH_NUMBER) != 0 && !wms_value_bool(row, 5))
			*begins_batches = true;
	}
	for (int i = 0; i < lines->count; i++)
		if (!found[i])
			refuse_unknown(lines, &lines->lines[i], "is unknown");
	return any_kit;
}

static void
add_component(const WmsLines *lines, WmsLine *line, uint64 row)
{
	WmsItem    *component;

	if (line->components == NULL)
		line->components = palloc0(sizeof(WmsItem));
	else
		line->components = repalloc_huge(line->components, sizeof(WmsItem) * (line->component_count + 1));
	component = &line->components[line->component_count++];
	memset(component, 0, sizeof(WmsItem));
	set_item(component, row, 2);
	component->units = (int32) wms_value_int64(row, 4);
	if (wms_value_bool(row, 5))
		wms_line_refuse(lines, line, ERRCODE_INVALID_PARAMETER_VALUE,
						psprintf("a component of %s is a kit itself", identification_of(line)),
						psprintf("The component is product %s.", wms_uuid_text(&component->product_id)),
						"Kits do not nest: list the parts of the inner kit in the outer one.");
}

static void
find_kit_components(WmsLines *lines, const bool *is_kit)
{
	WmsColumn  *numbers = wms_column(INT4OID);
	WmsColumn  *products = wms_column(UUIDOID);
	Datum		values[2];
	uint64		rows;

	for (int i = 0; i < lines->count; i++)
	{
		if (!is_kit[i])
			continue;
		wms_column_add_int(numbers, i);
		wms_column_add_uuid(products, &lines->lines[i].item.product_id);
	}
	values[0] = wms_column_param(numbers);
	values[1] = wms_column_param(products);
	rows = wms_lines_run(lines, &find_components, values);
	for (uint64 row = 0; row < rows; row++)
		add_component(lines, &lines->lines[wms_value_int64(row, 1)], row);
}

/* What the catalogue says of one item, under the lock of its product. */
static void
describe_item(const WmsLines *lines, WmsLine *line, WmsItem *item, uint64 row)
{
	bool		isnull;
	Datum		cost;
	bool		deleted = wms_value_bool(row, 9);

	item->sku = wms_value_text(row, 2);
	item->name = wms_value_text(row, 3);
	item->variant_name = wms_value_text(row, 4);
	item->is_stocked = wms_value_bool(row, 5);
	item->batch_tracked = wms_value_bool(row, 6);
	cost = wms_value(row, 8, &isnull);
	item->cost_price = isnull ? NULL : DatumGetNumeric(cost);
	if (item->has_variant && wms_value_text(row, 10) == NULL)
		refuse_unknown(lines, line, "is unknown");
	if (deleted && (lines->allowed & WMS_LINE_DELETED) == 0)
		refuse_unknown(lines, line, item == &line->item ? "is deleted" :
					   psprintf("is a kit, and its component \"%s\" is deleted", item->sku));
	/* what was ordered says itself what it was */
	if (!item->has_variant && wms_value_bool(row, 7) && line->component_count == 0 && line->order_item_id == NULL &&
		(lines->allowed & WMS_LINE_AS_ORDERED) == 0)
		wms_line_refuse(lines, line, ERRCODE_INVALID_PARAMETER_VALUE,
						psprintf("product \"%s\" has variants and the line names none", item->sku), NULL,
						"Name the variant by variant_id, or by its sku or barcode.");
}

static void
lock(Datum product_ids, bool alone)
{
	if (alone)
		wms_run(&lock_products_alone, &product_ids, NULL);
	else
		wms_run(IsolationUsesXactSnapshot() ? &lock_products_unchanged : &lock_products, &product_ids, NULL);
}

static void
lock_and_describe(WmsLines *lines, WmsItem **items, WmsLine **line_of, int count, bool alone)
{
	WmsColumn  *numbers = wms_column(INT4OID);
	WmsColumn  *products = wms_column(UUIDOID);
	WmsColumn  *variants = wms_column(UUIDOID);
	bool	   *found = palloc0(sizeof(bool) * count);
	Datum		values[3];
	uint64		rows;

	for (int i = 0; i < count; i++)
	{
		wms_column_add_int(numbers, i);
		wms_column_add_uuid(products, &items[i]->product_id);
		wms_column_add_uuid(variants, wms_item_variant(items[i]));
	}
	values[0] = wms_column_param(numbers);
	values[1] = wms_column_param(products);
	values[2] = wms_column_param(variants);
	if (!lines->query)
		lock(values[1], alone);
	rows = wms_lines_run(lines, &describe_items, values);
	for (uint64 row = 0; row < rows; row++)
	{
		int			i = (int) wms_value_int64(row, 1);

		found[i] = true;
		describe_item(lines, line_of[i], items[i], row);
	}
	for (int i = 0; i < count; i++)
		if (!found[i])
			refuse_unknown(lines, line_of[i], "is unknown");
}

void
wms_lines_resolve(WmsLines *lines)
{
	bool	   *is_kit = palloc0(sizeof(bool) * lines->count);
	bool		begins_batches = false;
	int			count = 0;
	WmsItem   **items;
	WmsLine   **line_of;

	if (find_line_items(lines, is_kit, &begins_batches))
		find_kit_components(lines, is_kit);
	for (int i = 0; i < lines->count; i++)
		count += 1 + lines->lines[i].component_count;
	items = palloc_extended(sizeof(WmsItem *) * count, MCXT_ALLOC_HUGE);
	line_of = palloc_extended(sizeof(WmsLine *) * count, MCXT_ALLOC_HUGE);
	count = 0;
	for (int i = 0; i < lines->count; i++)
	{
		WmsLine    *line = &lines->lines[i];

		line->item.units = 1;
		if (line->refusal != NULL)
			continue;
		line_of[count] = line;
		items[count++] = &line->item;
		for (int c = 0; c < line->component_count; c++)
		{
			line_of[count] = line;
			items[count++] = &line->components[c];
		}
	}
	lock_and_describe(lines, items, line_of, count, begins_batches);
}
