/*
 * allocation.c
 *		Which warehouse and which batches serve a demand, and the holds that make it so.
 *
 * Locks: the stock rows of the plan, once, in the global order (stock_row.c).  Where the warehouse is
 * chosen here, it is chosen from an unlocked read and checked again under the locks; a plan that fails
 * is undone with its locks by a subtransaction and made anew.  After a few failures every row that could
 * serve is locked, and the choice made under the locks is final.  The rows of holds that end in favour of the
 * request are locked together with those of the plan.
 */
#include "postgres.h"

#include "inventory/allocation.h"

#include "access/xact.h"
#include "inventory/demand.h"
#include "inventory/held.h"
#include "inventory/shortage.h"
#include "inventory/stock_row.h"
#include "miscadmin.h"
#include "support/actor.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/errors.h"
#include "support/plans.h"
#include "utils/resowner.h"

#define OPTIMISTIC_ATTEMPTS 4

/* As products are locked (items.c): what the lock waited for is read by the statement that follows. */
static WmsPlan lock_warehouse = WMS_PLAN(
	"SELECT FROM inventory.warehouses w WHERE w.id = $1 FOR KEY SHARE", UUIDOID);
static WmsPlan lock_warehouse_unchanged = WMS_PLAN(
	"SELECT FROM inventory.warehouses w WHERE w.id = $1 FOR SHARE", UUIDOID);

static WmsPlan read_warehouse = WMS_PLAN(
	"SELECT w.deleted_at IS NOT NULL, w.code FROM inventory.warehouses w WHERE w.id = $1", UUIDOID);

static WmsPlan write_reservations = WMS_PLAN(
	"INSERT INTO inventory.stock_reservations (warehouse_id, product_id, variant_id, batch_id, quantity,"
	"       original_quantity, reference_line_id, status, reference_type, reference_id, expires_at,"
	"       created_by, created_at)"
	"SELECT u.warehouse_id, u.product_id, u.variant_id, u.batch_id, u.quantity,"
	"       u.quantity, u.line_id, 'active', $7, $8, $9, $10, $11"
	"  FROM unnest($1, $2, $3, $4, $5, $6)"
	"       AS u(warehouse_id, product_id, variant_id, batch_id, quantity, line_id)"
	" RETURNING id, warehouse_id, product_id, variant_id, batch_id, quantity",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, UUIDARRAYOID,
	TEXTOID, UUIDOID, TIMESTAMPTZOID, UUIDOID, TIMESTAMPTZOID);

/* How much of a need one warehouse is to serve. */
typedef struct Share
{
	int			need;
	pg_uuid_t	warehouse_id;
	int64		quantity;
} Share;

typedef struct Allocation
{
	WmsHoldRequest *request;
	int			need_count;
	WmsNeed    *needs;
	int		   *need_of;		/* of each demand */
	int			supply_count;
	WmsSupply  *supplies;
	int			share_count;
	Share	   *shares;
	int			row_count;
	WmsStockRow *rows;
	int			own_count;		/* rows on which the request's own reference holds something */
	WmsStockRow *own_rows;
	int			hold_capacity;
} Allocation;

void
wms_lock_warehouse_or_deleted(const pg_uuid_t *warehouse_id)
{
	Datum		value = UUIDPGetDatum(warehouse_id);

	wms_run(IsolationUsesXactSnapshot() ? &lock_warehouse_unchanged : &lock_warehouse, &value, NULL);
	if (wms_run(&read_warehouse, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no warehouse %s", wms_uuid_text(warehouse_id)),
				 errhint("The warehouses are in inventory.warehouses.")));
}

void
wms_lock_warehouse(const pg_uuid_t *warehouse_id)
{
	wms_lock_warehouse_or_deleted(warehouse_id);
	if (wms_value_bool(0, 1))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("warehouse \"%s\" is deleted", wms_value_text(0, 2)),
				 errhint("Restore it, or name another warehouse.")));
}

static void
add_share(Allocation *allocation, int need, const pg_uuid_t *warehouse_id, int64 quantity)
{
	Share	   *share = &allocation->shares[allocation->share_count++];

	share->need = need;
	share->warehouse_id = *warehouse_id;
	share->quantity = quantity;
}

static void
share_all_of(Allocation *allocation, const pg_uuid_t *warehouse_id)
{
	for (int i = 0; i < allocation->need_count; i++)
		add_share(allocation, i, warehouse_id, allocation->needs[i].quantity);
}

/* The first warehouse that can serve the whole demand, by the supplies read. */
static bool
choose_one(Allocation *allocation)
{
	for (int i = 0; i < allocation->supply_count;)
	{
		const pg_uuid_t *warehouse = &allocation->supplies[i].warehouse_id;
		int			served = 0;

		for (; i < allocation->supply_count &&
			 wms_uuid_equal(warehouse, &allocation->supplies[i].warehouse_id); i++)
		{
			WmsSupply  *supply = &allocation->supplies[i];

			served += supply->available >= allocation->needs[supply->need].quantity + allocation->needs[supply->need].named;
		}
		if (served == allocation->need_count)
		{
			share_all_of(allocation, warehouse);
			return true;
		}
	}
	return false;
}

/* What is left of a supply when those of the same item and warehouse that name a batch have their share. */
static int64
left_of(const Allocation *allocation, const WmsSupply *supply)
{
	int64		left = supply->available;

	if (allocation->needs[supply->need].named == 0)
		return left;
	for (int s = allocation->share_count - 1; s >= 0; s--)
	{
		const Share *share = &allocation->shares[s];

		if (!wms_uuid_equal(&share->warehouse_id, &supply->warehouse_id) ||
			wms_item_compare(allocation->needs[share->need].item, allocation->needs[supply->need].item) != 0)
			break;
		left -= share->quantity;
	}
	return left;
}

static bool
choose_split(Allocation *allocation)
{
	int64	   *missing = palloc_extended(sizeof(int64) * allocation->need_count, MCXT_ALLOC_HUGE);

	for (int i = 0; i < allocation->need_count; i++)
		missing[i] = allocation->needs[i].quantity;
	for (int i = 0; i < allocation->supply_count; i++)
	{
		WmsSupply  *supply = &allocation->supplies[i];
		int64		part = Min(left_of(allocation, supply), missing[supply->need]);

		if (part <= 0)
			continue;
		add_share(allocation, supply->need, &supply->warehouse_id, part);
		missing[supply->need] -= part;
	}
	for (int i = 0; i < allocation->need_count; i++)
		if (missing[i] > 0)
			return false;
	return true;
}

/* Supplies on rows that are not among those locked are left out. */
static void
keep_supplies_on(Allocation *allocation, WmsStockRow *locked, int locked_count)
{
	int			kept = 0;

	for (int i = 0; i < allocation->supply_count; i++)
	{
		WmsSupply  *supply = &allocation->supplies[i];

		if (wms_stock_row_find(locked, locked_count, &supply->warehouse_id,
							   allocation->needs[supply->need].item) != NULL)
			allocation->supplies[kept++] = *supply;
	}
	allocation->supply_count = kept;
}

/* locked: the only rows that may be chosen; NULL = any. */
static bool
choose(Allocation *allocation, WmsStockRow *locked, int locked_count)
{
	WmsSupplyView view = wms_request_view(allocation->request);

	allocation->share_count = 0;
	if (allocation->request->warehouse_id != NULL)
	{
		allocation->shares = palloc_extended(sizeof(Share) * allocation->need_count, MCXT_ALLOC_HUGE);
		share_all_of(allocation, allocation->request->warehouse_id);
		return true;
	}
	allocation->supplies = wms_supplies(allocation->needs, allocation->need_count, &view,
										&allocation->supply_count);
	if (locked != NULL)
		keep_supplies_on(allocation, locked, locked_count);
	allocation->shares = palloc_extended(sizeof(Share) * (allocation->supply_count + allocation->need_count),
										 MCXT_ALLOC_HUGE);
	if (choose_one(allocation))
		return true;
	allocation->share_count = 0;
	return allocation->request->may_split && choose_split(allocation);
}

/* The rows to lock: those of the shares, or all that supply anything, and those of the request's own holds. */
static void
list_rows(Allocation *allocation, bool of_all_supplies)
{
	int			most = of_all_supplies ? allocation->supply_count : allocation->share_count;

	allocation->rows = palloc_extended(sizeof(WmsStockRow) * Max(most + allocation->own_count, 1),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < most; i++)
	{
		WmsStockRow *row = &allocation->rows[i];
		int			need = of_all_supplies ? allocation->supplies[i].need : allocation->shares[i].need;

		row->warehouse_id = of_all_supplies ? allocation->supplies[i].warehouse_id :
			allocation->shares[i].warehouse_id;
		row->item = allocation->needs[need].item;
		row->wanted = of_all_supplies ? allocation->needs[need].quantity : allocation->shares[i].quantity;
	}
	for (int i = 0; i < allocation->own_count; i++)
		allocation->rows[most + i] = allocation->own_rows[i];
	allocation->row_count = wms_stock_rows_merge(allocation->rows, most + allocation->own_count);
}

/* Where the request's own reference holds something; read anew whenever the rows to lock are chosen. */
static void
find_own_rows(Allocation *allocation)
{
	const WmsHoldRequest *request = allocation->request;

	if (request->own_type != NULL)
		allocation->own_rows = wms_held_rows(request->own_type, request->own_id, &allocation->own_count);
}

/* Gives back, under the locks, what the request's own reference holds. */
static void
give_own_back(Allocation *allocation)
{
	const WmsHoldRequest *request = allocation->request;
	WmsHeldSet *set;

	if (request->own_type == NULL)
		return;
	set = wms_held_on_rows(request->own_type, request->own_id, allocation->rows, allocation->row_count,
						   request->instant);
	for (int i = 0; i < set->count; i++)
	{
		const WmsHeld *held = &set->helds[i];
		WmsStockRow *row = wms_stock_row_find(allocation->rows, allocation->row_count, &held->warehouse_id,
											  &held->item);

		row->reserved -= held->units;
		row->free += held->units;
	}
	wms_held_release(set, request->own_type, request->own_id);
}

static void
add_hold(Allocation *allocation, const WmsDemand *demand, const WmsStockRow *row, const WmsBatchRow *batch,
		 int64 quantity)
{
	WmsHoldRequest *request = allocation->request;
	WmsHold    *hold;

	if (request->hold_count == allocation->hold_capacity)
	{
		allocation->hold_capacity = Max(allocation->hold_capacity * 2, 16);
		request->holds = request->holds == NULL ? palloc(sizeof(WmsHold) * allocation->hold_capacity) :
			repalloc_huge(request->holds, sizeof(WmsHold) * allocation->hold_capacity);
	}
	hold = &request->holds[request->hold_count++];
	memset(hold, 0, sizeof(WmsHold));
	hold->demand = demand;
	hold->warehouse_id = row->warehouse_id;
	hold->quantity = (int32) quantity;
	hold->has_batch = batch != NULL;
	if (batch != NULL)
		hold->batch_id = batch->batch_id;
}

/* Takes up to quantity units from the batches, first expired first; returns what it got. */
static int64
take_from_batches(Allocation *allocation, const WmsDemand *demand, WmsStockRow *row, int64 quantity)
{
	int64		taken = 0;

	for (int i = 0; i < row->batch_count && taken < quantity; i++)
	{
		WmsBatchRow *batch = &row->batches[i];
		int64		part = Min(batch->free, quantity - taken);

		if (part <= 0 || (demand->batch_id != NULL && !wms_uuid_equal(demand->batch_id, &batch->batch_id)))
			continue;
		add_hold(allocation, demand, row, batch, part);
		batch->free -= part;
		taken += part;
	}
	return taken;
}

/* What has expired or is blocked is promised to nobody else: all that is not held of it may be taken. */
static bool
take_as_it_is(Allocation *allocation, const WmsDemand *demand, WmsStockRow *row, int64 quantity)
{
	for (int i = 0; i < row->batch_count; i++)
	{
		WmsBatchRow *batch = &row->batches[i];

		if (!wms_uuid_equal(demand->batch_id, &batch->batch_id))
			continue;
		if (batch->good || batch->unheld < quantity)
			return false;
		add_hold(allocation, demand, row, batch, quantity);
		batch->unheld -= quantity;
		return true;
	}
	return false;
}

/* Serves a part of a demand from a row; false when the row, under its lock, has less. */
static bool
take(Allocation *allocation, const WmsDemand *demand, WmsStockRow *row, int64 quantity)
{
	if (demand->as_it_is)
		return take_as_it_is(allocation, demand, row, quantity);
	if (row->free < quantity)
		return false;
	row->free -= quantity;
	if (row->item->batch_tracked)
		return take_from_batches(allocation, demand, row, quantity) == quantity;
	if (demand->batch_id != NULL)
		return false;
	add_hold(allocation, demand, row, NULL, quantity);
	return true;
}

/* Lays the demands, in their order, on the shares of their needs. */
static bool
distribute(Allocation *allocation)
{
	WmsHoldRequest *request = allocation->request;
	int64	   *open = palloc_extended(sizeof(int64) * Max(request->demand_count, 1), MCXT_ALLOC_HUGE);

	request->hold_count = 0;
	for (int i = 0; i < request->demand_count; i++)
		open[i] = request->demands[i].quantity;
	for (int s = 0; s < allocation->share_count; s++)
	{
		Share	   *share = &allocation->shares[s];
		WmsStockRow *row = wms_stock_row_find(allocation->rows, allocation->row_count, &share->warehouse_id,
											  allocation->needs[share->need].item);
		int64		left = share->quantity;
		int			low = 0;
		int			high = request->demand_count;

		CHECK_FOR_INTERRUPTS();
		while (low < high)
		{
			int			middle = (low + high) / 2;

			if (allocation->need_of[middle] < share->need)
				low = middle + 1;
			else
				high = middle;
		}
		for (int i = low; i < request->demand_count && allocation->need_of[i] == share->need && left > 0; i++)
		{
			int64		part = Min(open[i], left);

			if (part == 0)
				continue;
			if (row == NULL || !take(allocation, &request->demands[i], row, part))
				return false;
			open[i] -= part;
			left -= part;
		}
	}
	return true;
}

/* Locks, settles and distributes; the request's holds are set when it returns true. */
static bool
try_under_locks(Allocation *allocation)
{
	list_rows(allocation, false);
	allocation->request->instant = wms_stock_rows_lock(allocation->rows, allocation->row_count);
	give_own_back(allocation);
	wms_stock_rows_settle(allocation->rows, allocation->row_count, allocation->request->instant);
	return distribute(allocation);
}

/*
 * As try_under_locks(), undone with its locks when it fails.  An error ends the subtransaction before it goes
 * on: a caller that catches it knows nothing of ours, and would end ours in the place of his own.
 */
static bool
try_in_subtransaction(Allocation *allocation)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;
	volatile bool served = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		served = try_under_locks(allocation);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	if (served)
		ReleaseCurrentSubTransaction();
	else
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error != NULL)
		ReThrowError(error);
	return served;
}

/* Every row that could serve is locked, then the choice is made: it cannot fail for what others do. */
static bool
try_with_everything_locked(Allocation *allocation)
{
	find_own_rows(allocation);
	list_rows(allocation, true);
	wms_stock_rows_lock(allocation->rows, allocation->row_count);
	return choose(allocation, allocation->rows, allocation->row_count) && try_under_locks(allocation);
}

static bool
several_warehouses(const Allocation *allocation)
{
	for (int i = 1; i < allocation->supply_count; i++)
		if (!wms_uuid_equal(&allocation->supplies[0].warehouse_id, &allocation->supplies[i].warehouse_id))
			return true;
	return false;
}

static bool
allocate(Allocation *allocation)
{
	for (int attempt = 0; attempt < OPTIMISTIC_ATTEMPTS; attempt++)
	{
		find_own_rows(allocation);
		if (!choose(allocation, NULL, 0))
			return false;
		if (allocation->request->warehouse_id != NULL || !several_warehouses(allocation))
			return try_under_locks(allocation);
		if (try_in_subtransaction(allocation))
			return true;
		CHECK_FOR_INTERRUPTS();
	}
	return try_with_everything_locked(allocation);
}

static void
write_stock(WmsHoldRequest *request)
{
	WmsStockChange *changes = palloc_extended(sizeof(WmsStockChange) * request->hold_count,
											  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	WmsStockReason reason = {.track = "reserved", .reference_type = request->reference_type,
	.reference_id = request->reference_id, .instant = request->instant};

	for (int i = 0; i < request->hold_count; i++)
	{
		WmsHold    *hold = &request->holds[i];

		changes[i].warehouse_id = hold->warehouse_id;
		changes[i].product_id = hold->demand->item->product_id;
		changes[i].variant_id = hold->demand->item->variant_id;
		changes[i].has_variant = hold->demand->item->has_variant;
		changes[i].batch_id = hold->batch_id;
		changes[i].has_batch = hold->has_batch;
		changes[i].reserved = hold->quantity;
	}
	wms_stock_change(changes, request->hold_count, &reason);
}

static void
write_holds(WmsHoldRequest *request)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID),
		wms_column(INT4OID), wms_column(UUIDOID)};
	Datum		values[11];
	bool		nulls[11] = {false};

	for (int i = 0; i < request->hold_count; i++)
	{
		WmsHold    *hold = &request->holds[i];

		wms_column_add_uuid(columns[0], &hold->warehouse_id);
		wms_column_add_uuid(columns[1], &hold->demand->item->product_id);
		wms_column_add_uuid(columns[2], wms_item_variant(hold->demand->item));
		wms_column_add_uuid(columns[3], hold->has_batch ? &hold->batch_id : NULL);
		wms_column_add_int(columns[4], hold->quantity);
		wms_column_add_uuid(columns[5], hold->demand->line_id);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	values[6] = wms_text_param(request->reference_type, &nulls[6]);
	values[7] = wms_uuid_param(request->reference_id, &nulls[7]);
	values[8] = TimestampTzGetDatum(request->expires_at);
	nulls[8] = !request->expires;
	values[9] = wms_uuid_param(wms_actor(), &nulls[9]);
	values[10] = TimestampTzGetDatum(request->instant);
	wms_run_exactly(&write_reservations, values, nulls, request->hold_count);
	for (int i = 0; i < request->hold_count; i++)
	{
		if (wms_value_int64(i, 6) != request->holds[i].quantity)
			wms_refuse_altered(&write_reservations);
	}
}

void
wms_hold_stock(WmsHoldRequest *request)
{
	Allocation	allocation = {.request = request};

	WmsNeeds	needs;
	WmsSupplyView view;

	if (request->demand_count == 0)
	{
		if (request->own_type != NULL)
			wms_held_release(wms_held_lock_rows_only(request->own_type, request->own_id), request->own_type,
							 request->own_id);
		return;
	}
	if (request->warehouse_id != NULL)
		wms_lock_warehouse(request->warehouse_id);
	wms_demands_add_up(request->demands, request->demand_count, &needs);
	allocation.need_count = needs.count;
	allocation.needs = needs.needs;
	allocation.need_of = needs.need_of;
	view = wms_request_view(request);
	if (!allocate(&allocation))
		wms_refuse_shortage(allocation.needs, allocation.need_count, &view, request->may_split);
	write_stock(request);
	write_holds(request);
}
