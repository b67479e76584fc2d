/*
 * order_holds.c
 *		The stock an order holds, over the order's life.
 *
 * Locks: the order is locked by the caller; then products, then stock rows in the global order.  The rows
 * of holds that have lapsed are locked together with those of the live ones, before any is won again.
 */
#include "postgres.h"

#include "sales/order_holds.h"

#include "inventory/allocation.h"
#include "inventory/held.h"
#include "inventory/hold_direct.h"
#include "inventory/stock_row.h"
#include "sales/line_holds.h"
#include "sales/order_lines_direct.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/lines.h"
#include "support/plans.h"
#include "support/settings.h"

static WmsPlan read_lines_without_hold = WMS_PLAN_DIRECT(wms_direct_read_lines_without_hold, wms_bare_line_types,
	"SELECT i.product_id, i.variant_id, i.id, i.quantity - i.returned_quantity"
	"  FROM sales.order_items i"
	"  JOIN catalog.products p ON p.id = i.product_id"
	" WHERE i.order_id = $1 AND i.returned_quantity < i.quantity"
	"   AND (p.is_stocked OR EXISTS (SELECT FROM catalog.product_bundle_items b WHERE b.bundle_product_id = p.id))"
	"   AND i.id NOT IN (SELECT r.reference_line_id FROM inventory.stock_reservations r"
	"                     WHERE r.reference_type = 'order' AND r.reference_id = $1"
	"                       AND r.reference_line_id IS NOT NULL)"
	" ORDER BY i.line_number",
	UUIDOID);

static WmsPlan keep_for_good = WMS_PLAN_DIRECT(wms_direct_keep_holds, NULL,
	"UPDATE inventory.stock_reservations r SET expires_at = NULL"
	"  FROM unnest($1, $2) AS u(id, warehouse_id)"
	" WHERE r.id = u.id AND r.warehouse_id = u.warehouse_id AND r.status = 'active'",
	UUIDARRAYOID, UUIDARRAYOID);

/* A hold to be won: a line of one item, in a warehouse or in any. */
typedef struct Wanted
{
	WmsLines	lines;
	pg_uuid_t  *warehouses;		/* of what lapses; else it is any */
	const pg_uuid_t **batches;	/* that it had, to be asked first; NULL = none */
	pg_uuid_t  *line_ids;
} Wanted;

static Wanted *
wanted_of(int capacity)
{
	Wanted	   *wanted = palloc0(sizeof(Wanted));

	wanted->lines.allowed = WMS_LINE_DELETED | WMS_LINE_AS_ORDERED;
	wanted->lines.lines = palloc_extended(sizeof(WmsLine) * Max(capacity, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	wanted->warehouses = palloc_extended(sizeof(pg_uuid_t) * Max(capacity, 1), MCXT_ALLOC_HUGE);
	wanted->batches = palloc_extended(sizeof(pg_uuid_t *) * Max(capacity, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	wanted->line_ids = palloc_extended(sizeof(pg_uuid_t) * Max(capacity, 1), MCXT_ALLOC_HUGE);
	return wanted;
}

static Wanted *
read_without_hold(const pg_uuid_t *order_id)
{
	Datum		value = UUIDPGetDatum(order_id);
	int			count = (int) wms_run(&read_lines_without_hold, &value, NULL);
	Wanted	   *wanted = wanted_of(count);
	bool		isnull;

	wanted->lines.count = count;
	for (int i = 0; i < count; i++)
	{
		WmsLine    *line = &wanted->lines.lines[i];

		line->number = i + 1;
		line->product_id = DatumGetUUIDP(wms_value(i, 1, &isnull));
		value = wms_value(i, 2, &isnull);
		line->variant_id = isnull ? NULL : DatumGetUUIDP(value);
		wanted->line_ids[i] = *DatumGetUUIDP(wms_value(i, 3, &isnull));
		line->quantity = (int32) wms_value_int64(i, 4);
	}
	return wanted;
}

static int
compare_warehouses(const void *a, const void *b)
{
	const WmsLineHold *x = a;
	const WmsLineHold *y = b;
	int			order = memcmp(x->warehouse_id.data, y->warehouse_id.data, UUID_LEN);

	return order != 0 ? order : memcmp(x->id.data, y->id.data, UUID_LEN);
}

/*
 * What may lapse or has lapsed, in order of warehouse, and so in the global order of stock rows.  Of what has lapsed,
 * units that were refunded meanwhile are not wanted again.
 */
static Wanted *
read_endangered(const pg_uuid_t *order_id)
{
	int			count;
	WmsLineHold *holds = wms_line_holds_read(order_id, NULL, &count);
	Wanted	   *wanted = wanted_of(count);

	wms_line_holds_keep(holds, count, false);
	qsort(holds, count, sizeof(WmsLineHold), compare_warehouses);
	for (int i = 0; i < count; i++)
	{
		int			n = wanted->lines.count;
		WmsLine    *line = &wanted->lines.lines[n];

		line->quantity = (int32) (holds[i].lapsed ? holds[i].kept : holds[i].may_lapse ? holds[i].units : 0);
		if (line->quantity == 0)
			continue;
		line->number = ++wanted->lines.count;
		line->product_id = &holds[i].item.product_id;
		line->variant_id = holds[i].item.has_variant ? &holds[i].item.variant_id : NULL;
		wanted->line_ids[n] = holds[i].line_id;
		wanted->warehouses[n] = holds[i].warehouse_id;
		wanted->batches[n] = holds[i].batch_id;
	}
	return wanted;
}

/* Locks the products of all of them in one go. */
static void
resolve_both(Wanted *endangered, Wanted *bare)
{
	int			first = endangered->lines.count;
	Wanted	   *both = wanted_of(first + bare->lines.count);

	both->lines.count = first + bare->lines.count;
	memcpy(both->lines.lines, endangered->lines.lines, sizeof(WmsLine) * first);
	memcpy(&both->lines.lines[first], bare->lines.lines, sizeof(WmsLine) * bare->lines.count);
	wms_lines_resolve(&both->lines);
	memcpy(bare->lines.lines, &both->lines.lines[first], sizeof(WmsLine) * bare->lines.count);
}

/* The stock rows that the lines are to hold from. */
static WmsStockRow *
rows_of(const Wanted *bare, const pg_uuid_t *warehouse_id, int *count)
{
	WmsHoldRequest request = {0};
	WmsStockRow *rows;

	*count = 0;
	if (warehouse_id == NULL)
		return NULL;
	wms_demands_of_lines(&bare->lines, NULL, &request);
	rows = palloc_extended(sizeof(WmsStockRow) * Max(request.demand_count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < request.demand_count; i++)
	{
		rows[i].warehouse_id = *warehouse_id;
		rows[i].item = request.demands[i].item;
	}
	*count = request.demand_count;
	return rows;
}

/* Holds the lines from first to last - 1, which want the same warehouse. */
static void
win(const pg_uuid_t *order_id, Wanted *wanted, int first, int last, const pg_uuid_t *warehouse_id)
{
	WmsLines	lines = {.count = last - first, .lines = &wanted->lines.lines[first]};
	WmsHoldRequest request = {0};

	wms_demands_of_lines(&lines, &wanted->line_ids[first], &request);
	for (int i = 0; i < request.demand_count; i++)
		request.demands[i].first_batch_id = wanted->batches[first + (request.demands[i].line - lines.lines)];
	request.warehouse_id = warehouse_id;
	request.may_split = wms_split_orders;
	request.reference_type = "order";
	request.reference_id = order_id;
	wms_hold_stock(&request);
}

static void
win_lapsed_again(const pg_uuid_t *order_id)
{
	Wanted	   *wanted = read_endangered(order_id);
	int			first = 0;

	if (wanted->lines.count == 0)
		return;
	wms_lines_resolve(&wanted->lines);
	for (int i = 1; i <= wanted->lines.count; i++)
	{
		if (i < wanted->lines.count && wms_uuid_equal(&wanted->warehouses[i], &wanted->warehouses[first]))
			continue;
		win(order_id, wanted, first, i, &wanted->warehouses[first]);
		first = i;
	}
}

static void
make_permanent(const WmsHeldSet *set)
{
	WmsColumn  *ids = wms_column(UUIDOID);
	WmsColumn  *warehouses = wms_column(UUIDOID);
	Datum		values[2];

	for (int i = 0; i < set->count; i++)
	{
		if (!set->helds[i].expires)
			continue;
		wms_column_add_uuid(ids, &set->helds[i].id);
		wms_column_add_uuid(warehouses, &set->helds[i].warehouse_id);
	}
	if (ids->count == 0)
		return;
	values[0] = wms_column_param(ids);
	values[1] = wms_column_param(warehouses);
	wms_run(&keep_for_good, values, NULL);
}

/*
 * A hold past its time that nobody has needed since is still there: under the lock of its stock row it is
 * simply kept.  One that was taken away is won again where it was, of its batch first, or the command fails.
 */
void
wms_order_holds_secure(const pg_uuid_t *order_id, const pg_uuid_t *warehouse_id, bool pending)
{
	Wanted	   *endangered = pending ? read_endangered(order_id) : wanted_of(0);
	Wanted	   *bare = read_without_hold(order_id);
	WmsStockRow *rows;
	int			row_count;

	if (endangered->lines.count + bare->lines.count == 0)
		return;
	resolve_both(endangered, bare);
	rows = rows_of(bare, warehouse_id, &row_count);
	make_permanent(wms_held_lock_reference_and("order", order_id, rows, row_count));
	if (endangered->lines.count > 0)
		win_lapsed_again(order_id);
	if (bare->lines.count > 0)
		win(order_id, bare, 0, bare->lines.count, warehouse_id);
}

void
wms_order_holds_consume(const pg_uuid_t *order_id)
{
	WmsHeldSet *set = wms_held_lock_reference("order", order_id);
	WmsStockReason reason = {.movement = "sale", .track = "sold", .reference_type = "order",
	.reference_id = order_id, .instant = set->instant};

	wms_held_consume(set, &reason);
}

void
wms_order_holds_release(const pg_uuid_t *order_id)
{
	wms_held_release(wms_held_lock_reference("order", order_id), "order", order_id);
}
