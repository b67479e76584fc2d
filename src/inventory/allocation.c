/*
 * allocation.c
 *		Holds for a demand: its stock rows chosen, locked, and held from.
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
#include "inventory/choice.h"
#include "inventory/demand.h"
#include "inventory/held.h"
#include "inventory/hold_direct.h"
#include "inventory/picking.h"
#include "inventory/shortage.h"
#include "inventory/stock_row.h"
#include "miscadmin.h"
#include "support/actor.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/plans.h"
#include "utils/resowner.h"

#define OPTIMISTIC_ATTEMPTS 4

static WmsPlan write_reservations = WMS_PLAN_DIRECT(wms_direct_write_holds, wms_written_hold_types,
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

typedef struct Allocation
{
	WmsHoldRequest *request;
	WmsNeeds	needs;
	int			supply_count;
	WmsSupply  *supplies;
	WmsChoice	choice;
	int			row_count;
	WmsStockRow *rows;
	int			own_count;		/* rows on which the request's own reference holds something */
	WmsStockRow *own_rows;
} Allocation;

/* Supplies on rows that are not among those locked are left out. */
static void
keep_supplies_on(Allocation *allocation, WmsStockRow *locked, int locked_count)
{
	int			kept = 0;

	for (int i = 0; i < allocation->supply_count; i++)
	{
		WmsSupply  *supply = &allocation->supplies[i];

		if (wms_stock_row_find(locked, locked_count, &supply->warehouse_id,
							   allocation->needs.needs[supply->need].item) != NULL)
			allocation->supplies[kept++] = *supply;
	}
	allocation->supply_count = kept;
}

/* locked: the only rows that may be chosen; NULL = any. */
static bool
choose(Allocation *allocation, WmsStockRow *locked, int locked_count)
{
	const WmsHoldRequest *request = allocation->request;
	const WmsNeeds *needs = &allocation->needs;
	WmsSupplyView view = wms_request_view(request);

	if (request->warehouse_id != NULL)
	{
		wms_choose_named(needs->needs, needs->count, request->warehouse_id, &allocation->choice);
		return true;
	}
	allocation->supplies = wms_supplies(needs->needs, needs->count, &view, &allocation->supply_count);
	if (locked != NULL)
		keep_supplies_on(allocation, locked, locked_count);
	if (wms_choose_one(needs->needs, needs->count, allocation->supplies, allocation->supply_count, &allocation->choice))
		return true;
	return request->may_split && wms_choose_split(needs->needs, needs->count, allocation->supplies,
												  allocation->supply_count, &allocation->choice);
}

/* The rows to lock: those of the shares, or all that supply anything, and those of the request's own holds. */
static void
list_rows(Allocation *allocation, bool of_all_supplies)
{
	const WmsShare *shares = allocation->choice.shares;
	int			most = of_all_supplies ? allocation->supply_count : allocation->choice.count;

	allocation->rows = palloc_extended(sizeof(WmsStockRow) * Max(most + allocation->own_count, 1),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < most; i++)
	{
		WmsStockRow *row = &allocation->rows[i];
		const WmsNeed *need = &allocation->needs.needs[of_all_supplies ? allocation->supplies[i].need : shares[i].need];

		row->warehouse_id = of_all_supplies ? allocation->supplies[i].warehouse_id : shares[i].warehouse_id;
		row->item = need->item;
		row->wanted = of_all_supplies ? need->quantity : shares[i].quantity;
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

/* Locks, settles and picks; the request's holds are set when it returns true. */
static bool
try_under_locks(Allocation *allocation)
{
	list_rows(allocation, false);
	allocation->request->instant = wms_stock_rows_lock(allocation->rows, allocation->row_count);
	give_own_back(allocation);
	wms_stock_rows_settle(allocation->rows, allocation->row_count, allocation->request->instant);
	return wms_pick(allocation->request, &allocation->needs, &allocation->choice, allocation->rows,
					allocation->row_count);
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
	const WmsHoldRequest *request = allocation->request;

	if (request->warehouse_id == NULL && request->locked != NULL)
		return choose(allocation, request->locked, request->locked_count) && try_under_locks(allocation);
	for (int attempt = 0; attempt < OPTIMISTIC_ATTEMPTS; attempt++)
	{
		find_own_rows(allocation);
		if (!choose(allocation, NULL, 0))
			return false;
		if (request->warehouse_id != NULL || !several_warehouses(allocation))
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
		values[i] = wms_column_param(columns[i]);
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

WmsStockRow *
wms_hold_rows(WmsHoldRequest *request, int *count)
{
	Allocation	allocation = {.request = request};
	WmsSupplyView view = wms_request_view(request);

	wms_demands_add_up(request->demands, request->demand_count, &allocation.needs);
	allocation.supplies = wms_supplies(allocation.needs.needs, allocation.needs.count, &view, &allocation.supply_count);
	list_rows(&allocation, true);
	*count = allocation.row_count;
	return allocation.rows;
}

bool
wms_hold_rows_suffice(WmsHoldRequest *request)
{
	Allocation	allocation = {.request = request};

	if (request->demand_count == 0)
		return true;
	wms_demands_add_up(request->demands, request->demand_count, &allocation.needs);
	return choose(&allocation, request->locked, request->locked_count);
}

void
wms_hold_stock(WmsHoldRequest *request)
{
	Allocation	allocation = {.request = request};
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
	wms_demands_add_up(request->demands, request->demand_count, &allocation.needs);
	view = wms_request_view(request);
	if (!allocate(&allocation))
		wms_refuse_shortage(allocation.needs.needs, allocation.needs.count, &view, request->may_split);
	write_stock(request);
	write_holds(request);
}
