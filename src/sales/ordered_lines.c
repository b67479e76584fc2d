/*
 * ordered_lines.c
 *		The lines that an order has, for a change: read, with their parts and products, and looked up.
 *
 * Locks: catalog.products FOR KEY SHARE by id, of old and new lines and of what is held, in one statement.  The
 * order is locked by the caller; its lines and what they are held as change under that lock only.
 */
#include "postgres.h"

#include "sales/ordered_lines.h"

#include "support/args.h"
#include "support/plans.h"

static WmsPlan read_lines = WMS_PLAN(
	"SELECT i.id, i.line_number, i.product_id, i.variant_id, i.sku, i.quantity, i.unit_price, i.unit_cost"
	"  FROM sales.order_items i WHERE i.order_id = $1 ORDER BY i.line_number",
	UUIDOID);

/* Once the order is confirmed, what had lapsed was won again or is not needed. */
static WmsPlan read_parts = WMS_PLAN(
	"SELECT i.line_number, r.product_id, r.variant_id, sum(r.original_quantity)::bigint"
	"  FROM sales.order_items i"
	"  JOIN inventory.stock_reservations r ON r.reference_type = 'order' AND r.reference_id = $1"
	"   AND r.reference_line_id = i.id AND (r.status = 'active' OR (r.status = 'expired' AND $2))"
	" WHERE i.order_id = $1"
	" GROUP BY i.line_number, r.product_id, r.variant_id"
	" ORDER BY i.line_number, r.product_id, r.variant_id",
	UUIDOID, BOOLOID);

static void
read_ordered(WmsOrderChange *change)
{
	Datum		value = UUIDPGetDatum(change->order_id);
	bool		isnull;

	change->ordered_count = (int) wms_run(&read_lines, &value, NULL);
	change->ordered = palloc_extended(sizeof(WmsOrderedLine) * Max(change->ordered_count, 1),
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < change->ordered_count; i++)
	{
		WmsOrderedLine *ordered = &change->ordered[i];

		ordered->id = *DatumGetUUIDP(wms_value(i, 1, &isnull));
		ordered->number = ordered->line.number = (int32) wms_value_int64(i, 2);
		ordered->line.product_id = DatumGetUUIDP(wms_value(i, 3, &isnull));
		value = wms_value(i, 4, &isnull);
		ordered->line.variant_id = isnull ? NULL : DatumGetUUIDP(value);
		ordered->sku = wms_value_text(i, 5);
		ordered->quantity = ordered->left = ordered->line.quantity = (int32) wms_value_int64(i, 6);
		ordered->unit_price = DatumGetNumeric(wms_value(i, 7, &isnull));
		value = wms_value(i, 8, &isnull);
		ordered->unit_cost = isnull ? NULL : DatumGetNumeric(value);
	}
}

/* Of lines that are the same in what is compared, the first comes first. */
static int
compare_numbers(const WmsOrderedLine *a, const WmsOrderedLine *b)
{
	return a->number < b->number ? -1 : a->number > b->number;
}

static int
compare_ids(const void *a, const void *b)
{
	const WmsOrderedLine *x = *(WmsOrderedLine *const *) a;
	const WmsOrderedLine *y = *(WmsOrderedLine *const *) b;

	return memcmp(x->id.data, y->id.data, UUID_LEN);
}

static int
compare_skus(const void *a, const void *b)
{
	const WmsOrderedLine *x = *(WmsOrderedLine *const *) a;
	const WmsOrderedLine *y = *(WmsOrderedLine *const *) b;
	int			order = strcmp(x->sku, y->sku);

	return order != 0 ? order : compare_numbers(x, y);
}

static int
compare_items(const void *a, const void *b)
{
	const WmsOrderedLine *x = *(WmsOrderedLine *const *) a;
	const WmsOrderedLine *y = *(WmsOrderedLine *const *) b;
	int			order = wms_item_compare(&x->line.item, &y->line.item);

	return order != 0 ? order : compare_numbers(x, y);
}

static WmsOrderedLine **
sort_lines(const WmsOrderChange *change, int (*compare) (const void *, const void *))
{
	WmsOrderedLine **sorted = palloc_extended(sizeof(WmsOrderedLine *) * Max(change->ordered_count, 1),
											  MCXT_ALLOC_HUGE);

	for (int i = 0; i < change->ordered_count; i++)
		sorted[i] = &change->ordered[i];
	qsort(sorted, change->ordered_count, sizeof(WmsOrderedLine *), compare);
	return sorted;
}

/* Where the first that is not before the one given stands; it has the number 0, and so comes before its equals. */
static int
look_up(const WmsOrderChange *change, WmsOrderedLine **sorted, const WmsOrderedLine *like,
		int (*compare) (const void *, const void *))
{
	int			low = 0;
	int			high = change->ordered_count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (compare(&sorted[middle], &like) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

WmsOrderedLine **
wms_ordered_lines_by_id(const WmsOrderChange *change)
{
	return sort_lines(change, compare_ids);
}

WmsOrderedLine **
wms_ordered_lines_by_item(const WmsOrderChange *change)
{
	return sort_lines(change, compare_items);
}

int
wms_ordered_line_find_id(const WmsOrderChange *change, WmsOrderedLine **by_id, const pg_uuid_t *id)
{
	WmsOrderedLine like = {.id = *id};
	int			i = look_up(change, by_id, &like, compare_ids);

	return i < change->ordered_count && wms_uuid_equal(id, &by_id[i]->id) ? i : -1;
}

int
wms_ordered_line_find_item(const WmsOrderChange *change, WmsOrderedLine **by_item, const WmsItem *item)
{
	WmsOrderedLine like = {.line.item = *item};
	int			i = look_up(change, by_item, &like, compare_items);

	return i < change->ordered_count && wms_item_compare(item, &by_item[i]->line.item) == 0 ? i : -1;
}

/* A sku is that of the order before it is that of the catalogue: it may be something else's by now. */
static void
find_skus(WmsOrderChange *change)
{
	WmsOrderedLine **sorted = sort_lines(change, compare_skus);

	for (int n = 0; n < change->named->count; n++)
	{
		WmsLine    *named = &change->named->lines[n];
		WmsOrderedLine like = {.sku = named->sku};
		int			i = named->sku == NULL ? change->ordered_count : look_up(change, sorted, &like, compare_skus);

		if (i == change->ordered_count || strcmp(named->sku, sorted[i]->sku) != 0)
			continue;
		named->product_id = sorted[i]->line.product_id;
		named->variant_id = sorted[i]->line.variant_id;
		named->sku = NULL;
	}
}

/* What is in SPI_tuptable becomes lines of parts, and the parts of the order's lines, which follow each other. */
static void
set_parts(WmsOrderChange *change, WmsLine *lines, int count)
{
	WmsLinePart *parts = palloc_extended(sizeof(WmsLinePart) * Max(count, 1), MCXT_ALLOC_HUGE);
	int			i = 0;
	bool		isnull;

	for (int row = 0; row < count; row++)
	{
		WmsOrderedLine *ordered;
		Datum		variant = wms_value(row, 3, &isnull);

		lines[row].variant_id = isnull ? NULL : DatumGetUUIDP(variant);
		lines[row].number = (int32) wms_value_int64(row, 1);
		lines[row].product_id = DatumGetUUIDP(wms_value(row, 2, &isnull));
		lines[row].quantity = 1;
		while (change->ordered[i].number < lines[row].number)
			i++;
		ordered = &change->ordered[i];
		if (ordered->parts == NULL)
			ordered->parts = &parts[row];
		ordered->parts[ordered->part_count].item = &lines[row].item;
		ordered->parts[ordered->part_count++].units = wms_value_int64(row, 4);
	}
}

/*
 * Finds the items of new lines, old lines and parts, and locks all their products at once.  What the catalogue
 * refuses is noted: it is no matter for what was ordered.
 */
static void
resolve(WmsOrderChange *change)
{
	Datum		values[] = {UUIDPGetDatum(change->order_id), BoolGetDatum(change->pending)};
	int			parts = (int) wms_run(&read_parts, values, NULL);
	int			named = change->named->count;
	int			ordered = change->ordered_count;
	WmsLines	all = {.count = named + ordered + parts, .allowed = change->named->allowed, .noted = true};

	all.lines = palloc_extended(sizeof(WmsLine) * all.count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	set_parts(change, &all.lines[named + ordered], parts);
	memcpy(all.lines, change->named->lines, sizeof(WmsLine) * named);
	for (int i = 0; i < ordered; i++)
		all.lines[named + i] = change->ordered[i].line;
	wms_lines_resolve(&all);
	memcpy(change->named->lines, all.lines, sizeof(WmsLine) * named);
	for (int i = 0; i < ordered; i++)
		change->ordered[i].line = all.lines[named + i];
}

void
wms_ordered_lines_read(WmsOrderChange *change)
{
	read_ordered(change);
	find_skus(change);
	resolve(change);
}
