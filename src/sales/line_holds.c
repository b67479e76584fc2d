/*
 * line_holds.c
 *		Which of the units that lines of an order hold stay theirs.
 *
 * Takes no locks: holds of an order change under the lock of the order and of their stock rows, which callers have.
 */
#include "postgres.h"

#include "sales/line_holds.h"

#include "miscadmin.h"
#include "sales/order_lines_direct.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/plans.h"

/*
 * A line of a kit needs of each part its share of what was held for it at first.  Once the order is confirmed, what
 * had lapsed is won again, and all that the line needs is held.
 */
static WmsPlan read_holds = WMS_PLAN_HASHED_DIRECT(wms_direct_read_line_holds, wms_line_hold_types,
	"SELECT y.id, y.line_id, y.product_id, y.variant_id, y.warehouse_id, y.units, y.lapsed, y.may_lapse, y.batch_id,"
	"       CASE WHEN NOT y.kit THEN y.stay"
	"            WHEN y.confirmed THEN y.held * y.stay / greatest(y.open, 1)"
	"            ELSE y.original * y.stay / y.ordered END,"
	"       CASE WHEN y.kit THEN y.stay ELSE 0 END"
	"  FROM (SELECT r.id, i.id AS line_id, r.product_id, r.variant_id, r.warehouse_id, r.batch_id,"
	"               CASE r.status WHEN 'active' THEN r.quantity WHEN 'expired' THEN r.original_quantity END AS units,"
	"               r.status = 'expired' AS lapsed, r.status = 'active' AND r.expires_at IS NOT NULL AS may_lapse,"
	"               r.product_id <> i.product_id AS kit, i.quantity AS ordered,"
	"               i.quantity - i.returned_quantity AS open,"
	"               i.quantity - i.returned_quantity - coalesce(u.units, 0) AS stay,"
	"               sum(r.quantity) OVER item AS held, sum(r.original_quantity) OVER item AS original,"
	"               o.confirmed_at IS NOT NULL AS confirmed"
	"          FROM sales.orders o"
	"          JOIN sales.order_items i ON i.order_id = $1"
	"          LEFT JOIN unnest($2, $3) AS u(id, units) ON u.id = i.id"
	"          JOIN (SELECT h.id, h.reference_line_id, h.product_id, h.variant_id, h.warehouse_id, h.batch_id,"
	"                       h.quantity, h.original_quantity, h.status, h.expires_at"
	"                  FROM inventory.stock_reservations h"
	"                 WHERE h.reference_type = 'order' AND h.reference_id = $1 OFFSET 0) r"
	"            ON r.reference_line_id = i.id"
	"         WHERE o.id = $1 AND ($2 IS NULL OR u.id IS NOT NULL)"
	"        WINDOW item AS (PARTITION BY i.id, r.product_id, r.variant_id)) y"
	" WHERE y.units > 0 AND NOT (y.lapsed AND y.confirmed)"
	" ORDER BY y.id",
	UUIDOID, UUIDARRAYOID, INT4ARRAYOID);

static uint64
run_read(const pg_uuid_t *order_id, const WmsRefundLines *refunded)
{
	WmsColumn  *ids = wms_column(UUIDOID);
	WmsColumn  *units = wms_column(INT4OID);
	Datum		values[3] = {UUIDPGetDatum(order_id)};
	bool		nulls[3] = {false, refunded == NULL, refunded == NULL};

	for (int i = 0; refunded != NULL && i < refunded->count; i++)
	{
		wms_column_add_uuid(ids, &refunded->lines[i].id);
		wms_column_add_int(units, refunded->lines[i].units);
	}
	values[1] = wms_column_param(ids);
	values[2] = wms_column_param(units);
	return wms_run(&read_holds, values, nulls);
}

WmsLineHold *
wms_line_holds_read(const pg_uuid_t *order_id, const WmsRefundLines *refunded, int *count)
{
	WmsLineHold *holds;
	bool		isnull;

	*count = (int) run_read(order_id, refunded);
	holds = palloc_extended(sizeof(WmsLineHold) * Max(*count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < *count; i++)
	{
		WmsLineHold *hold = &holds[i];
		Datum		variant = wms_value(i, 4, &isnull);
		Datum		batch;

		hold->item.has_variant = !isnull;
		if (!isnull)
			hold->item.variant_id = *DatumGetUUIDP(variant);
		batch = wms_value(i, 9, &isnull);
		hold->batch_id = isnull ? NULL : DatumGetUUIDP(batch);
		hold->id = *DatumGetUUIDP(wms_value(i, 1, &isnull));
		hold->line_id = *DatumGetUUIDP(wms_value(i, 2, &isnull));
		hold->item.product_id = *DatumGetUUIDP(wms_value(i, 3, &isnull));
		hold->warehouse_id = *DatumGetUUIDP(wms_value(i, 5, &isnull));
		hold->units = wms_value_int64(i, 6);
		hold->lapsed = wms_value_bool(i, 7);
		hold->may_lapse = wms_value_bool(i, 8);
		hold->needed = wms_value_int64(i, 10);
		hold->kits = (int32) wms_value_int64(i, 11);
	}
	return holds;
}

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(((const WmsLineHold *) a)->id.data, ((const WmsLineHold *) b)->id.data, UUID_LEN);
}

static int
compare_held_ids(const void *a, const void *b)
{
	return compare_ids(*(WmsLineHold *const *) a, *(WmsLineHold *const *) b);
}

static int
compare_lines(const WmsLineHold *a, const WmsLineHold *b)
{
	return memcmp(a->line_id.data, b->line_id.data, UUID_LEN);
}

static int
compare_items(const WmsLineHold *a, const WmsLineHold *b)
{
	int			order = compare_lines(a, b);

	return order != 0 ? order : wms_item_compare(&a->item, &b->item);
}

/* Line by line, item by item; what is held before what has lapsed, the first first. */
static int
compare_holds(const void *a, const void *b)
{
	const WmsLineHold *x = *(WmsLineHold *const *) a;
	const WmsLineHold *y = *(WmsLineHold *const *) b;
	int			order = compare_items(x, y);

	if (order == 0)
		order = x->lapsed - y->lapsed;
	return order != 0 ? order : compare_ids(x, y);
}

/* How many, from the first on, are the same. */
static int
count_same(WmsLineHold **holds, int count, int (*compare) (const WmsLineHold *, const WmsLineHold *))
{
	int			n = 1;

	while (n < count && compare(holds[0], holds[n]) == 0)
		n++;
	return n;
}

/* The warehouses of a line's holds, that of the first hold first. */
static const pg_uuid_t **
list_warehouses(WmsLineHold **holds, int count, int *warehouse_count)
{
	WmsLineHold **by_id = palloc_extended(sizeof(WmsLineHold *) * count, MCXT_ALLOC_HUGE);
	const pg_uuid_t **warehouses = palloc_extended(sizeof(pg_uuid_t *) * count, MCXT_ALLOC_HUGE);

	memcpy(by_id, holds, sizeof(WmsLineHold *) * count);
	qsort(by_id, count, sizeof(WmsLineHold *), compare_held_ids);
	*warehouse_count = 0;
	for (int i = 0; i < count; i++)
	{
		int			w = 0;

		while (w < *warehouse_count && !wms_uuid_equal(warehouses[w], &by_id[i]->warehouse_id))
			w++;
		if (w == *warehouse_count)
			warehouses[(*warehouse_count)++] = &by_id[i]->warehouse_id;
	}
	return warehouses;
}

/* Which holds a pass over the warehouses takes whole kits from. */
typedef enum Pass
{
	HELD,						/* what is held */
	COMPLETED,					/* also what has lapsed, in warehouses where something is held */
	LAPSED						/* also elsewhere */
} Pass;

/* Units of an item that the warehouse could still keep. */
static int64
units_left(WmsLineHold **holds, int count, const pg_uuid_t *warehouse_id, bool lapsed)
{
	int64		left = 0;

	for (int i = 0; i < count; i++)
		if (holds[i]->lapsed <= lapsed && wms_uuid_equal(&holds[i]->warehouse_id, warehouse_id))
			left += holds[i]->units - holds[i]->kept;
	return left;
}

static void
keep_units(WmsLineHold **holds, int count, const pg_uuid_t *warehouse_id, int64 units)
{
	for (int i = 0; i < count && units > 0; i++)
	{
		int64		part = Min(units, holds[i]->units - holds[i]->kept);

		if (warehouse_id != NULL && !wms_uuid_equal(&holds[i]->warehouse_id, warehouse_id))
			continue;
		holds[i]->kept += part;
		units -= part;
	}
}

/* Keeps, of the parts of a line, as many whole kits as a warehouse has, at most so many; returns how many. */
static int64
keep_kits(WmsLineHold **holds, int count, const pg_uuid_t *warehouse_id, Pass pass, int64 kits)
{
	int			parts = 0;
	int			n;

	if (pass == COMPLETED && units_left(holds, count, warehouse_id, false) == 0)
		return 0;
	for (int i = 0; i < count; i += n, parts++)
	{
		int64		units = holds[i]->needed / holds[i]->kits;

		n = count_same(&holds[i], count - i, compare_items);
		kits = Min(kits, units_left(&holds[i], n, warehouse_id, pass != HELD) / units);
	}
	if (parts < holds[0]->part_count)
		return 0;
	for (int i = 0; i < count; i += n)
	{
		n = count_same(&holds[i], count - i, compare_items);
		keep_units(&holds[i], n, warehouse_id, kits * (holds[i]->needed / holds[i]->kits));
	}
	return kits;
}

/* The parts of a line of kits, without what it holds besides. */
static WmsLineHold **
list_parts(WmsLineHold **holds, int count, int *part_count)
{
	WmsLineHold **parts = palloc_extended(sizeof(WmsLineHold *) * count, MCXT_ALLOC_HUGE);

	*part_count = 0;
	for (int i = 0; i < count; i++)
		if (holds[i]->kits > 0 && holds[i]->needed > 0 && holds[i]->needed % holds[i]->kits == 0)
			parts[(*part_count)++] = holds[i];
	return parts;
}

static void
keep_whole_kits(WmsLineHold **holds, int count)
{
	int			part_count;
	WmsLineHold **parts = list_parts(holds, count, &part_count);
	int			warehouse_count;
	const pg_uuid_t **warehouses;
	int64		kits;

	if (part_count == 0)
		return;
	warehouses = list_warehouses(parts, part_count, &warehouse_count);
	kits = parts[0]->kits;
	for (Pass pass = HELD; pass <= LAPSED; pass++)
		for (int w = 0; w < warehouse_count && kits > 0; w++)
		{
			CHECK_FOR_INTERRUPTS();
			kits -= keep_kits(parts, part_count, warehouses[w], pass, kits);
		}
}

static void
keep_others(WmsLineHold **holds, int count, bool only_whole_kits)
{
	int64		needed = holds[0]->needed;

	if (only_whole_kits && holds[0]->kits > 0)
		return;
	for (int i = 0; i < count; i++)
		needed -= holds[i]->kept;
	keep_units(holds, count, NULL, needed);
}

void
wms_line_holds_keep(WmsLineHold *holds, int count, bool only_whole_kits)
{
	WmsLineHold **sorted = palloc_extended(sizeof(WmsLineHold *) * Max(count, 1), MCXT_ALLOC_HUGE);
	int			n;

	for (int i = 0; i < count; i++)
	{
		sorted[i] = &holds[i];
		holds[i].kept = 0;
	}
	qsort(sorted, count, sizeof(WmsLineHold *), compare_holds);
	for (int i = 0; i < count; i += n)
	{
		n = count_same(&sorted[i], count - i, compare_lines);
		keep_whole_kits(&sorted[i], n);
	}
	for (int i = 0; i < count; i += n)
	{
		n = count_same(&sorted[i], count - i, compare_items);
		keep_others(&sorted[i], n, only_whole_kits);
	}
}

void
wms_line_holds_give_back(const WmsLineHold *holds, int count, WmsHeldSet *set, const pg_uuid_t *order_id)
{
	int			freed = 0;

	for (int i = 0; i < set->count; i++)
	{
		WmsLineHold key = {.id = set->helds[i].id};
		const WmsLineHold *hold = bsearch(&key, holds, count, sizeof(WmsLineHold), compare_ids);

		if (hold == NULL || hold->kept == hold->units)
			continue;
		set->helds[i].units = (int32) (hold->units - hold->kept);
		set->helds[freed++] = set->helds[i];
	}
	set->count = freed;
	wms_held_release(set, "order", order_id);
}
