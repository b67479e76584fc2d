/*
 * order_lines_direct.c
 *		The direct forms (support/direct.h) of the statements on lines of orders and the stock they hold.
 *
 * Locks: what a line refers to FOR KEY SHARE.
 */
#include "postgres.h"

#include "sales/order_lines_direct.h"

#include "inventory/hold_direct.h"
#include "miscadmin.h"
#include "support/args.h"
#include "support/direct.h"
#include "support/items_direct.h"

enum
{
	ID, ORDER, LINE_NUMBER, PRODUCT, VARIANT, SKU, NAME, VARIANT_NAME, QUANTITY, RETURNED, UNIT_PRICE, UNIT_COST,
	TOTAL_PRICE, DISCOUNT_AMOUNT, TAX_AMOUNT
};

static WmsTable order_items = {
	.schema = "sales", .name = "order_items",
	.columns = {
		[ID] = {"id", UUIDOID},
		[ORDER] = {"order_id", UUIDOID},
		[LINE_NUMBER] = {"line_number", INT4OID},
		[PRODUCT] = {"product_id", UUIDOID},
		[VARIANT] = {"variant_id", UUIDOID},
		[SKU] = {"sku", TEXTOID},
		[NAME] = {"name", TEXTOID},
		[VARIANT_NAME] = {"variant_name", TEXTOID},
		[QUANTITY] = {"quantity", INT4OID},
		[RETURNED] = {"returned_quantity", INT4OID},
		[UNIT_PRICE] = {"unit_price", NUMERICOID},
		[UNIT_COST] = {"unit_cost", NUMERICOID},
		[TOTAL_PRICE] = {"total_price", NUMERICOID},
		[DISCOUNT_AMOUNT] = {"discount_amount", NUMERICOID},
		[TAX_AMOUNT] = {"tax_amount", NUMERICOID}
	},
	.keys = {{1, {ID}, .one = true}, {1, {ORDER}}}
};

#define BY_ID 0
#define BY_ORDER 1

const Oid	wms_line_hold_types[] = {UUIDOID, UUIDOID, UUIDOID, UUIDOID, UUIDOID, INT4OID, BOOLOID, BOOLOID, UUIDOID,
INT8OID, INT4OID, InvalidOid};
const Oid	wms_bare_line_types[] = {UUIDOID, UUIDOID, UUIDOID, INT4OID, InvalidOid};

/* $1 order, $2 to $14: the other columns, as listed */
bool
wms_direct_write_order_items(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const int columns[] = {ID, LINE_NUMBER, PRODUCT, VARIANT, SKU, NAME, VARIANT_NAME, QUANTITY, UNIT_PRICE,
	UNIT_COST, TOTAL_PRICE, DISCOUNT_AMOUNT, TAX_AMOUNT};
	WmsOpenTable *table = wms_direct_open(&order_items, WMS_TO_INSERT);
	WmsElements elements[lengthof(columns)];
	bool		done;

	if (table == NULL)
		return false;
	for (int c = 0; c < lengthof(columns); c++)
		elements[c] = wms_elements(values[c + 1], order_items.columns[columns[c]].type);
	for (int i = 0; i < elements[0].count; i++)
	{
		WmsNewRow  *row = wms_direct_add_row(table);

		wms_direct_set(table, row, ORDER, values[0], false);
		for (int c = 0; c < lengthof(columns); c++)
			wms_direct_set(table, row, columns[c], elements[c].values[i], elements[c].nulls[i]);
	}
	done = wms_direct_insert(table);
	for (int i = 0; i < elements[0].count && done; i++)
		wms_direct_return(result, NULL, NULL);
	wms_direct_close(table);
	return done;
}

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(((const WmsHoldState *) a)->id.data, ((const WmsHoldState *) b)->id.data, UUID_LEN);
}

/* Returns a hold of a line of the order; false where the line is a kit. */
static bool
return_line_hold(WmsOpenTable *table, const WmsHoldState *hold, Datum order_id, WmsDirectResult *result)
{
	Datum		line = UUIDPGetDatum(&hold->line_id);
	bool		isnull;
	Datum		row[] = {UUIDPGetDatum(&hold->id), line, UUIDPGetDatum(&hold->product_id), UUIDPGetDatum(&hold->variant_id),
		UUIDPGetDatum(&hold->warehouse_id), Int32GetDatum(hold->quantity), BoolGetDatum(false),
	BoolGetDatum(hold->expires), UUIDPGetDatum(&hold->batch_id), (Datum) 0, Int32GetDatum(0)};
	bool		nulls[lengthof(row)] = {[3] = !hold->has_variant, [8] = !hold->has_batch};

	if (!hold->has_line || !wms_direct_find(table, BY_ID, &line, NULL) ||
		!wms_uuid_equal(DatumGetUUIDP(wms_direct_value(table, ORDER, &isnull)), DatumGetUUIDP(order_id)))
		return true;
	if (!wms_uuid_equal(DatumGetUUIDP(wms_direct_value(table, PRODUCT, &isnull)), &hold->product_id))
		return false;
	row[9] = Int64GetDatum((int64) DatumGetInt32(wms_direct_value(table, QUANTITY, &isnull)) -
						   DatumGetInt32(wms_direct_value(table, RETURNED, &isnull)));
	wms_direct_return(result, row, nulls);
	return true;
}

/*
 * $1 order, $2 lines of a refund, $3 their units → as read_holds of line_holds.c; refunds, kits and what has lapsed
 * are for SQL
 */
bool
wms_direct_read_line_holds(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	int			count;
	WmsHoldState *holds = nulls[1] ? wms_direct_read_holds("order", values[0], &count) : NULL;
	WmsOpenTable *table;
	bool		known = true;

	if (holds == NULL)
		return false;
	table = wms_direct_open(&order_items, WMS_TO_READ);
	if (table == NULL)
		return false;
	qsort(holds, count, sizeof(WmsHoldState), compare_ids);
	for (int i = 0; i < count && known; i++)
	{
		CHECK_FOR_INTERRUPTS();
		known = !holds[i].expired;
		if (known && holds[i].active && holds[i].quantity > 0)
			known = return_line_hold(table, &holds[i], values[0], result);
	}
	wms_direct_close(table);
	return known;
}

/* A line, as far as holds are made for it. */
typedef struct Line
{
	pg_uuid_t	id;
	int32		number;
	pg_uuid_t	product_id;
	pg_uuid_t	variant_id;
	bool		has_variant;
	int32		open;
} Line;

static Line *
read_lines(WmsOpenTable *table, Datum order_id, int *count)
{
	int			capacity = 16;
	Line	   *lines = palloc(sizeof(Line) * capacity);

	*count = 0;
	for (bool found = wms_direct_find(table, BY_ORDER, &order_id, NULL); found; found = wms_direct_next(table))
	{
		Line	   *line;
		Datum		variant;
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		if (*count == capacity)
			lines = repalloc_huge(lines, sizeof(Line) * (capacity *= 2));
		line = &lines[(*count)++];
		line->id = *DatumGetUUIDP(wms_direct_value(table, ID, &isnull));
		line->number = DatumGetInt32(wms_direct_value(table, LINE_NUMBER, &isnull));
		line->product_id = *DatumGetUUIDP(wms_direct_value(table, PRODUCT, &isnull));
		variant = wms_direct_value(table, VARIANT, &isnull);
		line->has_variant = !isnull;
		if (!isnull)
			line->variant_id = *DatumGetUUIDP(variant);
		line->open = DatumGetInt32(wms_direct_value(table, QUANTITY, &isnull)) -
			DatumGetInt32(wms_direct_value(table, RETURNED, &isnull));
	}
	return lines;
}

static int
compare_lines(const void *a, const void *b)
{
	const Line *x = a;
	const Line *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static int
compare_by_line(const void *a, const void *b)
{
	return memcmp(((const WmsHoldState *) a)->line_id.data, ((const WmsHoldState *) b)->line_id.data, UUID_LEN);
}

/* The holds that are of lines, in order of line. */
static int
sort_by_line(WmsHoldState *holds, int count)
{
	int			kept = 0;

	for (int i = 0; i < count; i++)
		if (holds[i].has_line)
			holds[kept++] = holds[i];
	qsort(holds, kept, sizeof(WmsHoldState), compare_by_line);
	return kept;
}

static void
return_line(const Line *line, WmsDirectResult *result)
{
	Datum		row[] = {UUIDPGetDatum(&line->product_id), UUIDPGetDatum(&line->variant_id), UUIDPGetDatum(&line->id),
	Int32GetDatum(line->open)};
	bool		nulls[] = {false, !line->has_variant, false, false};

	wms_direct_return(result, row, nulls);
}

/* $1 order → product, variant, id, open units of each line of what is stocked, or a kit, that never held anything */
bool
wms_direct_read_lines_without_hold(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	int			hold_count;
	int			line_count;
	WmsHoldState *holds = wms_direct_read_holds("order", values[0], &hold_count);
	WmsOpenTable *table = holds == NULL ? NULL : wms_direct_open(&order_items, WMS_TO_READ);
	WmsItemTables *items = table == NULL ? NULL : wms_direct_open_items();
	Line	   *lines;

	if (items == NULL)
	{
		if (table != NULL)
			wms_direct_close(table);
		return false;
	}
	lines = read_lines(table, values[0], &line_count);
	qsort(lines, line_count, sizeof(Line), compare_lines);
	hold_count = sort_by_line(holds, hold_count);
	for (int i = 0; i < line_count; i++)
	{
		WmsHoldState sought = {.line_id = lines[i].id};

		if (lines[i].open > 0 &&
			bsearch(&sought, holds, hold_count, sizeof(WmsHoldState), compare_by_line) == NULL &&
			wms_direct_item_holds(items, UUIDPGetDatum(&lines[i].product_id)))
			return_line(&lines[i], result);
	}
	wms_direct_close_items(items);
	wms_direct_close(table);
	return true;
}
