/*
 * order_change_holds.c
 *		The stock that a changed order holds: less is released, more is held, the rest stays as it is.
 *
 * Which units stay line_holds.c says: of an order of several warehouses only whole kits, so that those that are
 * missing come whole from one of them.  What has changed with the line that it is held for is given back before
 * more is looked for, so that one line may have what another leaves.  Where what stays is in the way of whole kits,
 * nothing stays.
 *
 * Locks: the warehouse FOR KEY SHARE; the stock rows of what is held and of what is to be held, in one statement
 * in the global order.  Of an order of several warehouses these are all rows that could serve what it is short
 * of, or might be because holds lapse, and with kits all that could serve any of it: what is chosen under their
 * locks is final.  The order and the products are locked by the caller.
 */
#include "postgres.h"

#include "sales/order_change.h"

#include "inventory/allocation.h"
#include "inventory/held.h"
#include "inventory/stock_row.h"
#include "sales/line_holds.h"
#include "sales/order_needs.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/plans.h"
#include "support/settings.h"

static WmsPlan read_lapsed = WMS_PLAN(
	"SELECT r.reference_line_id, r.product_id, r.variant_id, r.original_quantity, r.batch_id"
	"  FROM inventory.stock_reservations r"
	" WHERE r.reference_type = 'order' AND r.reference_id = $1 AND r.status = 'expired'"
	"   AND r.reference_line_id IS NOT NULL AND r.batch_id IS NOT NULL"
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

static void
add_demand(const WmsOrderChange *change, const WmsLineNeed *need, int64 units, const pg_uuid_t *first_batch_id,
		   WmsHoldRequest *request)
{
	WmsDemand  *wanted = &request->demands[request->demand_count++];

	if (units > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("quantity of \"%s\" is out of range", need->item->sku),
				 errdetail("Needed are " INT64_FORMAT " units, more than %d.", units, PG_INT32_MAX),
				 errhint("Split the order.")));
	wanted->item = need->item;
	wanted->line_id = need->line_id;
	wanted->quantity = (int32) units;
	wanted->first_batch_id = first_batch_id;
	if (change->warehouse_id != NULL || need->kit == NULL)
		return;
	wanted->kit = need->kit;
	wanted->kits = (int32) (units / (need->units / need->kits));
}

/* Up to so many units for a line, of a batch that it had where that can be; kits are not held of batches named. */
static void
demand_again(const WmsOrderChange *change, WmsLineNeed *need, int64 units, const pg_uuid_t *batch_id,
			 WmsHoldRequest *request)
{
	if (need == NULL || need->kit != NULL || batch_id == NULL)
		return;
	units = Min(need->missing - need->asked, units);
	if (units <= 0)
		return;
	need->asked += units;
	add_demand(change, need, units, batch_id, request);
}

/* What was held and does not stay. */
static void
demand_held(const WmsOrderChange *change, const WmsLineNeeds *needs, WmsHoldRequest *request)
{
	for (int i = 0; i < needs->hold_count; i++)
	{
		const WmsLineHold *hold = &needs->holds[i];

		demand_again(change, wms_line_need_find(needs, &hold->line_id, &hold->item), hold->units - hold->kept,
					 hold->batch_id, request);
	}
}

/* What a line has lost to others. */
static void
demand_lapsed(const WmsOrderChange *change, const WmsLineNeeds *needs, int count, WmsHoldRequest *request)
{
	bool		isnull;

	for (int i = 0; i < count; i++)
	{
		WmsItem		item = {0};
		Datum		variant = wms_value(i, 3, &isnull);
		WmsLineNeed *need;

		item.has_variant = !isnull;
		if (!isnull)
			item.variant_id = *DatumGetUUIDP(variant);
		item.product_id = *DatumGetUUIDP(wms_value(i, 2, &isnull));
		need = wms_line_need_find(needs, DatumGetUUIDP(wms_value(i, 1, &isnull)), &item);
		demand_again(change, need, wms_value_int64(i, 4), DatumGetUUIDP(wms_value(i, 5, &isnull)), request);
	}
}

/* What is missing, or all that could be: what may lapse, and where there are kits everything. */
static void
demand(const WmsOrderChange *change, const WmsLineNeeds *needs, bool at_worst, WmsHoldRequest *request)
{
	Datum		value = UUIDPGetDatum(change->order_id);
	int			lapsed_count = (int) wms_run(&read_lapsed, &value, NULL);

	request->demands = palloc_extended(sizeof(WmsDemand) * (needs->count + needs->hold_count + lapsed_count + 1),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	request->demand_count = 0;
	demand_held(change, needs, request);
	demand_lapsed(change, needs, lapsed_count, request);
	for (int i = 0; i < needs->count; i++)
	{
		const WmsLineNeed *need = &needs->needs[i];
		bool		all = at_worst && (need->may_lapse || needs->kits);
		int64		units = (all ? need->units : need->missing) - need->asked;

		if (units > 0)
			add_demand(change, need, units, NULL, request);
	}
	request->warehouse_id = change->warehouse_id;
	request->may_split = wms_split_orders || needs->several_warehouses;
	request->reference_type = "order";
	request->reference_id = change->order_id;
	request->expires = change->pending && wms_order_hold > 0;
	request->expires_at = TimestampTzPlusMilliseconds(wms_clock(), (int64) wms_order_hold * 1000);
}

/* The rows that what is missing could come from. */
static WmsStockRow *
rows_to_hold_from(const WmsOrderChange *change, const WmsLineNeeds *needs, int *count)
{
	WmsHoldRequest request = {0};
	WmsStockRow *rows;

	if (change->warehouse_id == NULL)
	{
		demand(change, needs, true, &request);
		return wms_hold_rows(&request, count);
	}
	rows = palloc_extended(sizeof(WmsStockRow) * Max(needs->count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < needs->count; i++)
	{
		rows[i].warehouse_id = *change->warehouse_id;
		rows[i].item = needs->needs[i].item;
	}
	*count = needs->count;
	return rows;
}

/* Locks all rows in question, which become the request's, and returns what the order holds on them. */
static WmsHeldSet *
lock_rows(const WmsOrderChange *change, const WmsLineNeeds *needs, WmsHoldRequest *request)
{
	int			held_count;
	WmsStockRow *held = wms_held_rows("order", change->order_id, &held_count);
	int			more_count;
	WmsStockRow *more = rows_to_hold_from(change, needs, &more_count);
	WmsStockRow *rows = palloc_extended(sizeof(WmsStockRow) * (held_count + more_count + 1),
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	memcpy(rows, held, sizeof(WmsStockRow) * held_count);
	memcpy(&rows[held_count], more, sizeof(WmsStockRow) * more_count);
	request->locked_count = wms_stock_rows_merge(rows, held_count + more_count);
	request->locked = rows;
	if (request->locked_count == 0)
		return palloc0(sizeof(WmsHeldSet));
	request->instant = wms_stock_rows_lock(rows, request->locked_count);
	return wms_held_on_rows("order", change->order_id, rows, request->locked_count, request->instant);
}

/* Nothing stays: all is held anew, of the batches it was held of where they can be had. */
static void
let_go(const WmsOrderChange *change, WmsLineNeeds *needs, WmsHoldRequest *request)
{
	for (int i = 0; i < needs->hold_count; i++)
	{
		needs->holds[i].units = needs->holds[i].kept;
		needs->holds[i].kept = 0;
	}
	for (int i = 0; i < needs->count; i++)
	{
		needs->needs[i].missing = needs->needs[i].units;
		needs->needs[i].asked = 0;
	}
	demand(change, needs, false, request);
	wms_line_holds_give_back(needs->holds, needs->hold_count,
							 wms_held_on_rows("order", change->order_id, request->locked, request->locked_count,
											  request->instant),
							 change->order_id);
}

/*
 * What is compared before the locks may have lapsed by the time they are granted.  The time of what may lapse begins
 * anew, with that of what is held now, before it could be taken away.
 */
void
wms_order_change_holds(const WmsOrderChange *change)
{
	WmsLineNeeds needs = {0};
	WmsHoldRequest request = {0};
	WmsHeldSet *set;
	Datum		values[2] = {UUIDPGetDatum(change->order_id)};
	bool		nulls[2] = {false};

	if (change->warehouse_id != NULL)
		wms_lock_warehouse_or_deleted(change->warehouse_id);
	wms_line_needs_compare(change, &needs);
	set = lock_rows(change, &needs, &request);
	wms_line_needs_compare(change, &needs);
	demand(change, &needs, false, &request);
	wms_line_holds_give_back(needs.holds, needs.hold_count, set, change->order_id);
	if (needs.kits && request.warehouse_id == NULL && !wms_hold_rows_suffice(&request))
		let_go(change, &needs, &request);
	values[1] = TimestampTzGetDatum(request.expires_at);
	nulls[1] = !request.expires;
	wms_run(&renew, values, nulls);
	wms_hold_stock(&request);
	wms_run(&settle, values, NULL);
}
