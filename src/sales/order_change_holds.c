/*
 * order_change_holds.c
 *		The stock that a changed order holds: less is released, more is held, the rest stays as it is.
 *
 * Of a line's holds the last go first, so that the first expired are still the first out.  An order of several
 * warehouses, or of none yet, that needs more, or that could need it because holds of it lapse, is held anew as a
 * whole: what it holds is given back under the same locks.
 *
 * Locks: the warehouse FOR KEY SHARE; the stock rows of what is held and of what is to be held, in one statement
 * in the global order.  The order and the products are locked by the caller.
 */
#include "postgres.h"

#include "sales/order_change.h"

#include "inventory/allocation.h"
#include "inventory/held.h"
#include "inventory/stock_row.h"
#include "miscadmin.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/plans.h"
#include "support/settings.h"

static WmsPlan read_held = WMS_PLAN(
	"SELECT r.id, r.reference_line_id, r.product_id, r.variant_id, r.quantity, r.expires_at IS NOT NULL, r.warehouse_id"
	"  FROM inventory.stock_reservations r"
	" WHERE r.reference_type = 'order' AND r.reference_id = $1 AND r.status = 'active'"
	"   AND r.reference_line_id IS NOT NULL"
	" ORDER BY r.id",
	UUIDOID);

static WmsPlan renew = WMS_PLAN(
	"UPDATE inventory.stock_reservations r SET expires_at = $2"
	" WHERE r.reference_type = 'order' AND r.reference_id = $1 AND r.status = 'active' AND r.expires_at IS NOT NULL",
	UUIDOID, TIMESTAMPTZOID);

/* From now on a line was held at first what it holds now: the parts of a kit are reckoned by it. */
static WmsPlan settle = WMS_PLAN(
	"UPDATE inventory.stock_reservations r"
	"   SET original_quantity = CASE WHEN r.status = 'active' THEN r.quantity ELSE r.original_quantity END,"
	"       reference_line_id = CASE WHEN r.status = 'active' THEN r.reference_line_id END"
	" WHERE r.reference_type = 'order' AND r.reference_id = $1 AND r.reference_line_id IS NOT NULL"
	"   AND ((r.status = 'active' AND r.original_quantity <> r.quantity) OR r.status IN ('released', 'expired'))",
	UUIDOID);

/* What a line needs of an item, and how much of that is not held yet. */
typedef struct Need
{
	const pg_uuid_t *line_id;
	const WmsItem *item;
	const WmsChangedLine *kit;	/* whose part it is, when as much of it is in each; NULL = of none */
	int32		kits;			/* how many of them */
	int64		missing;
} Need;

typedef struct Needs
{
	int			count;
	Need	   *needs;
	Need	  **sorted;			/* by line and item */
	/* of the holds */
	int			held_count;
	pg_uuid_t  *held_ids;		/* in order */
	int32	   *excess;			/* units that nothing needs any more */
	bool		some_lapse;
	bool		some_missing;
	bool		several_warehouses;
} Needs;

static void
list_needs(const WmsOrderChange *change, Needs *needs)
{
	int			most = 1;

	for (int i = 0; i < change->lines.count; i++)
		most += change->changed[i].part_count;
	needs->needs = palloc_extended(sizeof(Need) * most, MCXT_ALLOC_HUGE);
	needs->count = 0;
	for (int i = 0; i < change->lines.count; i++)
		for (int p = 0; p < change->changed[i].part_count; p++)
		{
			Need	   *need = &needs->needs[needs->count++];

			need->line_id = &change->changed[i].id;
			need->item = change->changed[i].parts[p].item;
			need->missing = change->changed[i].parts[p].units;
			need->kits = change->lines.lines[i].quantity;
			need->kit = (change->changed[i].part_count > 1 || need->missing > need->kits) &&
				need->missing % need->kits == 0 ? &change->changed[i] : NULL;
		}
}

static int
compare_needs(const void *a, const void *b)
{
	const Need *x = *(Need *const *) a;
	const Need *y = *(Need *const *) b;
	int			order = memcmp(x->line_id->data, y->line_id->data, UUID_LEN);

	return order != 0 ? order : wms_item_compare(x->item, y->item);
}

static void
sort_needs(Needs *needs)
{
	needs->sorted = palloc_extended(sizeof(Need *) * Max(needs->count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < needs->count; i++)
		needs->sorted[i] = &needs->needs[i];
	qsort(needs->sorted, needs->count, sizeof(Need *), compare_needs);
}

static Need *
find_need(const Needs *needs, const pg_uuid_t *line_id, const WmsItem *item)
{
	Need		like = {.line_id = line_id, .item = item};
	Need	   *wanted = &like;
	Need	  **found = bsearch(&wanted, needs->sorted, needs->count, sizeof(Need *), compare_needs);

	return found == NULL ? NULL : *found;
}

/* Sets off what the order holds against what it needs. */
static void
compare(const WmsOrderChange *change, Needs *needs)
{
	Datum		value = UUIDPGetDatum(change->order_id);
	bool		isnull;

	list_needs(change, needs);
	sort_needs(needs);
	needs->held_count = (int) wms_run(&read_held, &value, NULL);
	needs->held_ids = palloc_extended(sizeof(pg_uuid_t) * Max(needs->held_count, 1), MCXT_ALLOC_HUGE);
	needs->excess = palloc_extended(sizeof(int32) * Max(needs->held_count, 1), MCXT_ALLOC_HUGE);
	needs->some_lapse = needs->some_missing = needs->several_warehouses = false;
	for (int i = 0; i < needs->held_count; i++)
	{
		WmsItem		item = {0};
		Datum		variant = wms_value(i, 4, &isnull);
		int32		units = (int32) wms_value_int64(i, 5);
		Need	   *need;

		CHECK_FOR_INTERRUPTS();
		item.has_variant = !isnull;
		if (!isnull)
			item.variant_id = *DatumGetUUIDP(variant);
		item.product_id = *DatumGetUUIDP(wms_value(i, 3, &isnull));
		need = find_need(needs, DatumGetUUIDP(wms_value(i, 2, &isnull)), &item);
		needs->held_ids[i] = *DatumGetUUIDP(wms_value(i, 1, &isnull));
		needs->excess[i] = need == NULL ? units : units - (int32) Min(units, need->missing);
		if (need != NULL)
			need->missing -= units - needs->excess[i];
		needs->some_lapse |= wms_value_bool(i, 6);
		needs->several_warehouses |= !wms_uuid_equal(DatumGetUUIDP(wms_value(0, 7, &isnull)),
													 DatumGetUUIDP(wms_value(i, 7, &isnull)));
	}
	for (int i = 0; i < needs->count; i++)
		needs->some_missing |= needs->needs[i].missing > 0;
}

static void
demand(const WmsOrderChange *change, const Needs *needs, WmsHoldRequest *request)
{
	request->demands = palloc_extended(sizeof(WmsDemand) * Max(needs->count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < needs->count; i++)
	{
		const Need *need = &needs->needs[i];
		WmsDemand  *wanted = &request->demands[request->demand_count];

		if (need->missing == 0)
			continue;
		if (need->missing > PG_INT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("quantity of \"%s\" is out of range", need->item->sku),
					 errdetail("Needed are " INT64_FORMAT " units, more than %d.", need->missing, PG_INT32_MAX),
					 errhint("Split the order.")));
		wanted->item = need->item;
		wanted->line_id = need->line_id;
		wanted->quantity = (int32) need->missing;
		wanted->kit = need->missing % need->kits == 0 ? need->kit : NULL;
		wanted->kits = need->kits;
		request->demand_count++;
	}
	request->warehouse_id = change->warehouse_id;
	request->may_split = wms_split_orders || needs->several_warehouses;
	request->reference_type = "order";
	request->reference_id = change->order_id;
	request->expires = change->pending && wms_order_hold > 0;
	request->expires_at = TimestampTzPlusMilliseconds(wms_clock(), (int64) wms_order_hold * 1000);
}

/* Locks all rows in question and returns what the order holds on them. */
static WmsHeldSet *
lock_rows(const WmsOrderChange *change, const Needs *needs)
{
	int			held_count;
	WmsStockRow *held = wms_held_rows("order", change->order_id, &held_count);
	int			count = held_count + (change->warehouse_id == NULL ? 0 : needs->count);
	WmsStockRow *rows = palloc_extended(sizeof(WmsStockRow) * (count + 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	TimestampTz instant;

	if (held_count > 0)
		memcpy(rows, held, sizeof(WmsStockRow) * held_count);
	for (int i = held_count; i < count; i++)
	{
		rows[i].warehouse_id = *change->warehouse_id;
		rows[i].item = needs->needs[i - held_count].item;
	}
	count = wms_stock_rows_merge(rows, count);
	if (count == 0)
		return palloc0(sizeof(WmsHeldSet));
	instant = wms_stock_rows_lock(rows, count);
	return wms_held_on_rows("order", change->order_id, rows, count, instant);
}

/* Both are in order of id. */
static void
release_excess(const WmsOrderChange *change, const Needs *needs, WmsHeldSet *set)
{
	int			kept = 0;
	int			n = 0;

	for (int i = 0; i < set->count; i++)
	{
		while (n < needs->held_count && memcmp(needs->held_ids[n].data, set->helds[i].id.data, UUID_LEN) < 0)
			n++;
		if (n == needs->held_count || !wms_uuid_equal(&needs->held_ids[n], &set->helds[i].id) || needs->excess[n] == 0)
			continue;
		set->helds[i].units = needs->excess[n];
		set->helds[kept++] = set->helds[i];
	}
	set->count = kept;
	wms_held_release(set, "order", change->order_id);
}

/* The time of what may lapse begins anew, with that of what is held now, before it could be taken away. */
static void
adjust(const WmsOrderChange *change, Needs *needs)
{
	WmsHeldSet *set = lock_rows(change, needs);
	WmsHoldRequest request = {0};
	Datum		values[2];
	bool		nulls[2] = {false};

	compare(change, needs);
	demand(change, needs, &request);
	release_excess(change, needs, set);
	values[0] = UUIDPGetDatum(change->order_id);
	values[1] = TimestampTzGetDatum(request.expires_at);
	nulls[1] = !request.expires;
	if (needs->some_lapse)
		wms_run(&renew, values, nulls);
	wms_hold_stock(&request);
}

static void
hold_anew(const WmsOrderChange *change, Needs *needs)
{
	WmsHoldRequest request = {.own_type = "order", .own_id = change->order_id};

	list_needs(change, needs);
	demand(change, needs, &request);
	wms_hold_stock(&request);
}

void
wms_order_change_holds(const WmsOrderChange *change)
{
	Needs		needs = {0};
	Datum		value = UUIDPGetDatum(change->order_id);

	if (change->warehouse_id != NULL)
		wms_lock_warehouse_or_deleted(change->warehouse_id);
	compare(change, &needs);
	if (change->warehouse_id == NULL && (needs.some_missing || needs.some_lapse))
		hold_anew(change, &needs);
	else
		adjust(change, &needs);
	wms_run(&settle, &value, NULL);
}
