/*
 * batch_hold.c
 *		Holds leave batches that may not be sold.
 *
 * A hold is known to its owner by its reference, or else by its id alone: the parts of the latter refer to it, as
 * reference and as line of it, and go with it (held.c).  Holds of transfers stay, since a transfer moves the
 * batch its item names, blocked or not.
 *
 * Locks: none; products, stock rows and batches were locked by batch_lock.c.
 */
#include "postgres.h"

#include "inventory/batch_hold.h"

#include "inventory/batch_track.h"
#include "miscadmin.h"
#include "support/plans.h"

/* Those that never lapse first, then the oldest. */
static WmsPlan read_holds = WMS_PLAN(
	"SELECT u.i, r.id, r.batch_id, r.quantity, r.reference_type, r.reference_id"
	"  FROM unnest($1, $2, $3, $4) AS u(i, warehouse_id, product_id, variant_id)"
	"  JOIN inventory.stock_reservations r ON r.warehouse_id = u.warehouse_id"
	"   AND r.product_id = u.product_id AND r.variant_id IS NOT DISTINCT FROM u.variant_id"
	" WHERE r.status = 'active' AND r.batch_id = ANY ($5) "
	"   AND (r.reference_type IS DISTINCT FROM 'transfer' OR r.reference_line_id IS NULL)"
	" ORDER BY u.i, r.expires_at IS NOT NULL, r.created_at, r.id",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID);

/* What a hold gives away it has never held: a hold that lapses is won again with its first quantity. */
static WmsPlan change_holds = WMS_PLAN(
	"UPDATE inventory.stock_reservations r"
	"   SET batch_id = u.batch_id, quantity = u.quantity,"
	"       original_quantity = r.original_quantity - (r.quantity - u.quantity)"
	"  FROM unnest($1, $2, $3, $4) AS u(id, warehouse_id, batch_id, quantity)"
	" WHERE r.id = u.id AND r.warehouse_id = u.warehouse_id",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID);

static WmsPlan split_holds = WMS_PLAN(
	"INSERT INTO inventory.stock_reservations (warehouse_id, product_id, variant_id, batch_id, quantity,"
	"       original_quantity, reference_type, reference_id, reference_line_id, status, expires_at, created_by,"
	"       created_at)"
	"SELECT r.warehouse_id, r.product_id, r.variant_id, u.batch_id, u.quantity,"
	"       u.quantity, r.reference_type, coalesce(r.reference_id, r.id),"
	"       CASE WHEN r.reference_id IS NULL THEN r.id ELSE r.reference_line_id END,"
	"       'active', r.expires_at, r.created_by, r.created_at"
	"  FROM unnest($1, $2, $3, $4) AS u(id, warehouse_id, batch_id, quantity)"
	"  JOIN inventory.stock_reservations r ON r.id = u.id AND r.warehouse_id = u.warehouse_id",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID);

typedef struct BatchHold
{
	const WmsStockRow *row;
	pg_uuid_t	id;
	pg_uuid_t	batch_id;
	int32		quantity;
	const char *reference_type;
	const pg_uuid_t *reference_id;
} BatchHold;

/* What is to be written, a phase a statement. */
typedef struct Moves
{
	WmsColumn  *changed[4];		/* id, warehouse, batch, quantity of holds that stay what they are */
	WmsColumn  *split[4];		/* the same of parts of a hold that become holds */
	int			change_count;
	WmsStockChange *changes;
	WmsBatchTracks *tracks;
} Moves;

static BatchHold *
load_holds(const WmsBatchLock *lock, int *count)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID)};
	Datum		values[5];
	BatchHold  *holds;
	bool		isnull;

	for (int i = 0; i < lock->row_count; i++)
	{
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], &lock->rows[i].warehouse_id);
		wms_column_add_uuid(columns[2], &lock->rows[i].item->product_id);
		wms_column_add_uuid(columns[3], wms_item_variant(lock->rows[i].item));
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	values[4] = wms_column_array(lock->batches);
	*count = (int) wms_run(&read_holds, values, NULL);
	holds = palloc_extended(sizeof(BatchHold) * (*count + 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int n = 0; n < *count; n++)
	{
		Datum		reference = wms_value(n, 6, &isnull);

		holds[n].reference_id = isnull ? NULL : DatumGetUUIDP(reference);
		holds[n].row = &lock->rows[wms_value_int64(n, 1)];
		holds[n].id = *DatumGetUUIDP(wms_value(n, 2, &isnull));
		holds[n].batch_id = *DatumGetUUIDP(wms_value(n, 3, &isnull));
		holds[n].quantity = (int32) wms_value_int64(n, 4);
		holds[n].reference_type = wms_value_text(n, 5);
	}
	return holds;
}

static void
add_change(Moves *moves, const BatchHold *hold, const pg_uuid_t *batch_id, int32 units)
{
	WmsStockChange *change = &moves->changes[moves->change_count++];

	change->warehouse_id = hold->row->warehouse_id;
	change->product_id = hold->row->item->product_id;
	change->variant_id = hold->row->item->variant_id;
	change->has_variant = hold->row->item->has_variant;
	change->batch_id = *batch_id;
	change->has_batch = true;
	change->reserved = units;
	wms_batch_track_add(moves->tracks, units > 0 ? "reserved" : "released", batch_id, &hold->row->warehouse_id,
						units, hold->reference_type, hold->reference_id, "moved off a blocked batch");
}

static void
add_part(WmsColumn **columns, const BatchHold *hold, const pg_uuid_t *batch_id, int32 units)
{
	wms_column_add_uuid(columns[0], &hold->id);
	wms_column_add_uuid(columns[1], &hold->row->warehouse_id);
	wms_column_add_uuid(columns[2], batch_id);
	wms_column_add_int(columns[3], units);
}

/* What refers to a transfer and a line of it would be taken for a hold of that transfer. */
static bool
may_be_split(const BatchHold *hold)
{
	return hold->reference_id != NULL || hold->reference_type == NULL || strcmp(hold->reference_type, "transfer") != 0;
}

/* What finds no place stays the hold; else the first part does. The others become holds of their own. */
static void
move_hold(Moves *moves, const BatchHold *hold)
{
	int64		movable = 0;
	int32		rest = hold->quantity;
	bool		whole;

	for (int i = 0; i < hold->row->batch_count; i++)
		movable += hold->row->batches[i].free;
	whole = movable >= rest;
	for (int i = 0; i < hold->row->batch_count && rest > 0; i++)
	{
		WmsBatchRow *batch = &hold->row->batches[i];
		int32		units = (int32) Min(batch->free, rest);

		if (units <= 0 || (units < hold->quantity && !may_be_split(hold)))
			continue;
		add_part(whole && rest == hold->quantity ? moves->changed : moves->split, hold, &batch->batch_id, units);
		add_change(moves, hold, &batch->batch_id, units);
		batch->free -= units;
		rest -= units;
	}
	if (rest == hold->quantity)
		return;
	add_change(moves, hold, &hold->batch_id, rest - hold->quantity);
	if (!whole)
		add_part(moves->changed, hold, &hold->batch_id, rest);
}

static void
write_parts(WmsPlan *plan, WmsColumn **columns)
{
	Datum		values[4];

	if (columns[0]->count == 0)
		return;
	for (int i = 0; i < 4; i++)
		values[i] = wms_column_array(columns[i]);
	wms_run_exactly(plan, values, NULL, columns[0]->count);
}

static void
write_moves(Moves *moves, TimestampTz instant)
{
	WmsStockReason reason = {.instant = instant};

	wms_stock_change(moves->changes, moves->change_count, &reason);
	write_parts(&split_holds, moves->split);
	write_parts(&change_holds, moves->changed);
	wms_batch_tracks_write(moves->tracks, instant);
}

/* One change of nothing for every row, and room for so many more. */
static void
begin_changes(Moves *moves, const WmsBatchLock *lock, Size more)
{
	moves->changes = palloc_extended(sizeof(WmsStockChange) * (lock->row_count + more),
									 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < lock->row_count; i++)
	{
		WmsStockChange *change = &moves->changes[moves->change_count++];

		change->warehouse_id = lock->rows[i].warehouse_id;
		change->product_id = lock->rows[i].item->product_id;
		change->variant_id = lock->rows[i].item->variant_id;
		change->has_variant = lock->rows[i].item->has_variant;
	}
}

void
wms_batches_touch(const WmsBatchLock *lock)
{
	Moves		moves = {0};
	WmsStockReason reason = {.instant = lock->instant};

	begin_changes(&moves, lock, 0);
	wms_stock_change(moves.changes, moves.change_count, &reason);
}

void
wms_batches_move_holds(WmsBatchLock *lock)
{
	Moves		moves = {.tracks = wms_batch_tracks()};
	int			hold_count;
	Size		parts;
	BatchHold  *holds;

	if (lock->row_count == 0)
		return;
	for (int i = 0; i < 4; i++)
	{
		moves.changed[i] = wms_column(i == 3 ? INT4OID : UUIDOID);
		moves.split[i] = wms_column(i == 3 ? INT4OID : UUIDOID);
	}
	wms_stock_rows_settle(lock->rows, lock->row_count, lock->instant);
	holds = load_holds(lock, &hold_count);
	/* of each hold: what it gives up, and a part that ends it; the other parts each use up a batch */
	parts = 2 * (Size) hold_count;
	for (int i = 0; i < lock->row_count; i++)
		parts += lock->rows[i].batch_count;
	begin_changes(&moves, lock, parts);
	for (int i = 0; i < hold_count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		move_hold(&moves, &holds[i]);
	}
	write_moves(&moves, lock->instant);
}
