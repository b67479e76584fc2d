/*
 * order_change_holds.c
 *		The stock that a changed order holds: less is released, more is held, the rest stays as it is.
 *
 * Which units stay line_holds.c says: of an order of several warehouses only whole kits, so that those that are
 * missing come whole from one of them.  What has changed with the line that it is held for is given back before
 * more is looked for, so that one line may have what another leaves.
 *
 * Locks: the warehouse FOR KEY SHARE; the stock rows of what is held and of what is to be held, in one statement
 * in the global order.  Of an order of several warehouses these are all rows that could serve what it is short
 * of, or might be because holds lapse: what is chosen under their locks is final.  The order and the products are
 * locked by the caller.
 */
#include "postgres.h"

#include "sales/order_change.h"

#include "inventory/allocation.h"
#include "inventory/held.h"
#include "inventory/stock_row.h"
#include "miscadmin.h"
#include "sales/line_holds.h"
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

/* What a line needs of an item, and how much of that is not held yet. */
typedef struct Need
{
	const pg_uuid_t *line_id;
	const WmsItem *item;
	const WmsChangedLine *kit;	/* whose part it is, when as much of each part is in each; NULL = of none */
	int32		kits;			/* how many of them */
	int64		units;
	int64		missing;
	int64		asked;			/* of these, what is asked of batches that it had */
	bool		may_lapse;		/* some of what is held of it */
} Need;

typedef struct Needs
{
	int			count;
	Need	   *needs;
	Need	  **sorted;			/* by line and item */
	int			hold_count;
	WmsLineHold *holds;			/* in order of id */
	bool		several_warehouses;
} Needs;

static bool
made_of_equal_kits(const WmsChangedLine *changed, int32 kits)
{
	if (changed->part_count == 1 && changed->parts[0].units == kits)
		return false;
	for (int p = 0; p < changed->part_count; p++)
		if (changed->parts[p].units % kits != 0)
			return false;
	return true;
}

static void
list_needs(const WmsOrderChange *change, Needs *needs)
{
	int			most = 1;

	for (int i = 0; i < change->lines.count; i++)
		most += change->changed[i].part_count;
	needs->needs = palloc_extended(sizeof(Need) * most, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	needs->count = 0;
	for (int i = 0; i < change->lines.count; i++)
	{
		const WmsChangedLine *changed = &change->changed[i];
		int32		kits = change->lines.lines[i].quantity;
		bool		equal = made_of_equal_kits(changed, kits);

		for (int p = 0; p < changed->part_count; p++)
		{
			Need	   *need = &needs->needs[needs->count++];

			need->line_id = &changed->id;
			need->item = changed->parts[p].item;
			need->units = need->missing = changed->parts[p].units;
			need->kit = equal ? changed : NULL;
			need->kits = equal ? kits : 0;
		}
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

/* What the order holds, each with what its line is to have of the item. */
static void
read_holds(const WmsOrderChange *change, Needs *needs)
{
	Datum		value = UUIDPGetDatum(change->order_id);
	bool		isnull;

	needs->hold_count = (int) wms_run(&read_held, &value, NULL);
	needs->holds = palloc_extended(sizeof(WmsLineHold) * Max(needs->hold_count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	needs->several_warehouses = false;
	for (int i = 0; i < needs->hold_count; i++)
	{
		WmsLineHold *hold = &needs->holds[i];
		Datum		variant = wms_value(i, 4, &isnull);
		Need	   *need;

		CHECK_FOR_INTERRUPTS();
		hold->item.has_variant = !isnull;
		if (!isnull)
			hold->item.variant_id = *DatumGetUUIDP(variant);
		hold->id = *DatumGetUUIDP(wms_value(i, 1, &isnull));
		hold->line_id = *DatumGetUUIDP(wms_value(i, 2, &isnull));
		hold->item.product_id = *DatumGetUUIDP(wms_value(i, 3, &isnull));
		hold->units = wms_value_int64(i, 5);
		hold->may_lapse = wms_value_bool(i, 6);
		hold->warehouse_id = *DatumGetUUIDP(wms_value(i, 7, &isnull));
		needs->several_warehouses |= !wms_uuid_equal(&needs->holds[0].warehouse_id, &hold->warehouse_id);
		need = find_need(needs, &hold->line_id, &hold->item);
		if (need == NULL)
			continue;
		hold->needed = need->units;
		hold->kits = need->kits;
		hold->part_count = need->kit == NULL ? 0 : need->kit->part_count;
	}
}

/* Sets off what the order holds against what it needs. */
static void
compare(const WmsOrderChange *change, Needs *needs)
{
	list_needs(change, needs);
	sort_needs(needs);
	read_holds(change, needs);
	wms_line_holds_keep(needs->holds, needs->hold_count, change->warehouse_id == NULL);
	for (int i = 0; i < needs->hold_count; i++)
	{
		const WmsLineHold *hold = &needs->holds[i];
		Need	   *need = find_need(needs, &hold->line_id, &hold->item);

		if (need == NULL)
			continue;
		need->missing -= hold->kept;
		need->may_lapse |= hold->may_lapse;
	}
}

static void
add_demand(const WmsOrderChange *change, const Need *need, int64 units, const pg_uuid_t *first_batch_id,
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

/* What a line has lost to others it has again of the same batch where it can; kits are not held of batches named. */
static void
demand_lapsed(const WmsOrderChange *change, const Needs *needs, WmsHoldRequest *request)
{
	Datum		value = UUIDPGetDatum(change->order_id);
	int			count = (int) wms_run(&read_lapsed, &value, NULL);
	bool		isnull;

	request->demands = palloc_extended(sizeof(WmsDemand) * (needs->count + count + 1),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < count; i++)
	{
		WmsItem		item = {0};
		Datum		variant = wms_value(i, 3, &isnull);
		Need	   *need;
		int64		units;

		item.has_variant = !isnull;
		if (!isnull)
			item.variant_id = *DatumGetUUIDP(variant);
		item.product_id = *DatumGetUUIDP(wms_value(i, 2, &isnull));
		need = find_need(needs, DatumGetUUIDP(wms_value(i, 1, &isnull)), &item);
		units = need == NULL || need->kit != NULL ? 0 : Min(need->missing - need->asked, wms_value_int64(i, 4));
		if (units <= 0)
			continue;
		need->asked += units;
		add_demand(change, need, units, DatumGetUUIDP(wms_value(i, 5, &isnull)), request);
	}
}

/* What is missing, or with what may lapse all that could be. */
static void
demand(const WmsOrderChange *change, const Needs *needs, bool at_worst, WmsHoldRequest *request)
{
	demand_lapsed(change, needs, request);
	for (int i = 0; i < needs->count; i++)
	{
		const Need *need = &needs->needs[i];
		int64		units = (at_worst && need->may_lapse ? need->units : need->missing) - need->asked;

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
rows_to_hold_from(const WmsOrderChange *change, const Needs *needs, int *count)
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
lock_rows(const WmsOrderChange *change, const Needs *needs, WmsHoldRequest *request)
{
	int			held_count;
	WmsStockRow *held = wms_held_rows("order", change->order_id, &held_count);
	int			more_count;
	WmsStockRow *more = rows_to_hold_from(change, needs, &more_count);
	WmsStockRow *rows = palloc_extended(sizeof(WmsStockRow) * (held_count + more_count + 1),
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	TimestampTz instant;

	memcpy(rows, held, sizeof(WmsStockRow) * held_count);
	memcpy(&rows[held_count], more, sizeof(WmsStockRow) * more_count);
	request->locked_count = wms_stock_rows_merge(rows, held_count + more_count);
	request->locked = rows;
	if (request->locked_count == 0)
		return palloc0(sizeof(WmsHeldSet));
	instant = wms_stock_rows_lock(rows, request->locked_count);
	return wms_held_on_rows("order", change->order_id, rows, request->locked_count, instant);
}

/*
 * What is compared before the locks may have lapsed by the time they are granted.  The time of what may lapse begins
 * anew, with that of what is held now, before it could be taken away.
 */
void
wms_order_change_holds(const WmsOrderChange *change)
{
	Needs		needs = {0};
	WmsHoldRequest request = {0};
	WmsHeldSet *set;
	Datum		values[2] = {UUIDPGetDatum(change->order_id)};
	bool		nulls[2] = {false};

	if (change->warehouse_id != NULL)
		wms_lock_warehouse_or_deleted(change->warehouse_id);
	compare(change, &needs);
	set = lock_rows(change, &needs, &request);
	compare(change, &needs);
	demand(change, &needs, false, &request);
	wms_line_holds_give_back(needs.holds, needs.hold_count, set, change->order_id);
	values[1] = TimestampTzGetDatum(request.expires_at);
	nulls[1] = !request.expires;
	wms_run(&renew, values, nulls);
	wms_hold_stock(&request);
	wms_run(&settle, values, NULL);
}
