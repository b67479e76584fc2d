/*
 * ledger.c
 *		The one place that writes stock: quantities, batches, movements and tracks together.
 *
 * Locks: the stock rows are locked by the caller, or here by the upsert of wms_stock_bring_in(), in order
 * of (warehouse_id, product_id, variant_id); then product_batches in order of id.  Batch rows of a
 * warehouse are written only under the lock of their stock row.
 */
#include "postgres.h"

#include "inventory/ledger.h"

#include "common/hashfn.h"
#include "inventory/batch_track.h"
#include "inventory/movement_direct.h"
#include "inventory/stock_direct.h"
#include "inventory/stock_row.h"
#include "support/actor.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/event.h"
#include "support/plans.h"
#include "utils/builtins.h"

static WmsPlan change_stock_items = WMS_PLAN_DIRECT(wms_direct_change_rows, NULL,
	"UPDATE inventory.stock_items s"
	"   SET quantity = s.quantity + u.quantity,"
	"       reserved_quantity = s.reserved_quantity + u.reserved,"
	"       updated_at = CURRENT_TIMESTAMP"
	"  FROM unnest($1, $2, $3, $4, $5) AS u(warehouse_id, product_id, variant_id, quantity, reserved)"
	" WHERE s.warehouse_id = u.warehouse_id AND s.product_id = u.product_id"
	"   AND s.variant_id IS NOT DISTINCT FROM u.variant_id",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, INT4ARRAYOID);

static WmsPlan bring_in_stock_items = WMS_PLAN(
	"INSERT INTO inventory.stock_items AS s (warehouse_id, product_id, variant_id, quantity)"
	"SELECT u.warehouse_id, u.product_id, u.variant_id, u.quantity"
	"  FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS u(warehouse_id, product_id, variant_id, quantity, n)"
	" ORDER BY u.n"
	"    ON CONFLICT (warehouse_id, product_id, variant_id) DO UPDATE"
	"   SET quantity = s.quantity + EXCLUDED.quantity,"
	"       updated_at = CURRENT_TIMESTAMP"
	" WHERE s.quantity <= 2147483647 - EXCLUDED.quantity",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID);

/* Of the rows that were left out, which are locked by now. */
static WmsPlan read_full_row = WMS_PLAN(
	"SELECT coalesce(v.sku, p.sku), s.quantity, u.quantity"
	"  FROM unnest($1, $2, $3, $4) AS u(warehouse_id, product_id, variant_id, quantity)"
	"  JOIN inventory.stock_items s ON s.warehouse_id = u.warehouse_id AND s.product_id = u.product_id"
	"   AND s.variant_id IS NOT DISTINCT FROM u.variant_id"
	"  JOIN catalog.products p ON p.id = u.product_id"
	"  LEFT JOIN catalog.product_variants v ON v.id = u.variant_id"
	" WHERE s.quantity > 2147483647 - u.quantity"
	" ORDER BY 1"
	" LIMIT 1",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID);

static WmsPlan create_item_batches = WMS_PLAN(
	"INSERT INTO inventory.stock_item_batches AS b"
	"       (warehouse_id, product_id, variant_id, batch_id, quantity, reserved_quantity)"
	"SELECT u.warehouse_id, u.product_id, u.variant_id, u.batch_id, u.quantity, u.reserved"
	"  FROM unnest($1, $2, $3, $4, $5, $6)"
	"       AS u(warehouse_id, product_id, variant_id, batch_id, quantity, reserved)"
	" WHERE NOT EXISTS (SELECT FROM inventory.stock_item_batches x"
	"                    WHERE x.warehouse_id = u.warehouse_id AND x.batch_id = u.batch_id)",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, INT4ARRAYOID);

static WmsPlan update_item_batches = WMS_PLAN(
	"UPDATE inventory.stock_item_batches b"
	"   SET quantity = b.quantity + u.quantity,"
	"       reserved_quantity = b.reserved_quantity + u.reserved,"
	"       updated_at = CURRENT_TIMESTAMP"
	"  FROM unnest($1, $2, $3, $4) AS u(warehouse_id, batch_id, quantity, reserved)"
	" WHERE b.warehouse_id = u.warehouse_id AND b.batch_id = u.batch_id",
	UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, INT4ARRAYOID);

static WmsPlan lock_batches = WMS_PLAN(
	"SELECT b.id, b.quantity, b.batch_number FROM inventory.product_batches b"
	" WHERE b.id = ANY ($1)"
	" ORDER BY b.id"
	"   FOR NO KEY UPDATE",
	UUIDARRAYOID);

static WmsPlan change_batches = WMS_PLAN(
	"UPDATE inventory.product_batches b"
	"   SET quantity = b.quantity + u.quantity,"
	"       status = CASE"
	"                WHEN b.status = 'active' AND b.quantity + u.quantity = 0 AND NOT EXISTS ("
	"                     SELECT FROM inventory.stock_transfer_items i"
	"                       JOIN inventory.stock_transfers t ON t.id = i.transfer_id"
	"                      WHERE i.batch_id = b.id AND t.status = 'in_transit'"
	"                        AND i.received_quantity + i.short_quantity < i.quantity) THEN 'depleted'"
	"                WHEN b.status = 'depleted' AND b.quantity + u.quantity > 0 THEN 'active'"
	"                ELSE b.status END,"
	"       updated_at = CURRENT_TIMESTAMP"
	"  FROM (SELECT x.batch_id, sum(x.quantity)::integer AS quantity"
	"          FROM unnest($1, $2) AS x(batch_id, quantity) GROUP BY x.batch_id) u"
	"  JOIN inventory.product_batches was ON was.id = u.batch_id"
	" WHERE b.id = u.batch_id"
	" RETURNING b.id, was.status, b.status",
	UUIDARRAYOID, INT4ARRAYOID);

static WmsPlan write_movements = WMS_PLAN_DIRECT(wms_direct_write_movements, wms_written_movement_types,
	"INSERT INTO inventory.stock_movements (warehouse_id, product_id, variant_id, batch_id, quantity, unit_cost,"
	"       type, reference_type, reference_id, notes, created_by, created_at)"
	"SELECT u.warehouse_id, u.product_id, u.variant_id, u.batch_id, u.quantity, u.unit_cost,"
	"       $7, $8, $9, $10, $11, $12"
	"  FROM unnest($1, $2, $3, $4, $5, $6)"
	"       AS u(warehouse_id, product_id, variant_id, batch_id, quantity, unit_cost)"
	" RETURNING id, quantity",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, NUMERICARRAYOID,
	TEXTOID, TEXTOID, UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

static WmsPlan write_tracks = WMS_PLAN(
	"INSERT INTO inventory.product_batch_tracks (product_batch_id, warehouse_id, quantity,"
	"       action, reference_type, reference_id, description, user_id, created_at)"
	"SELECT u.batch_id, u.warehouse_id, u.quantity, u.action, $5, $6, $7,"
	"       (SELECT a.id FROM auth.users a WHERE a.id = $8), $9"
	"  FROM unnest($1, $2, $3, $4) AS u(batch_id, warehouse_id, quantity, action)",
	UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TEXTOID, UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

/* What is written in stock rows: how many, and a sum over their keys and differences, whatever their order. */
typedef struct Account
{
	uint64		rows;
	uint64		sum;
} Account;

/* Of the statement that writes stock rows just now, as their guard sees it. */
static Account *seen = NULL;

static void
add_to_account(Account *account, const WmsStockChange *difference)
{
	WmsStockChange plain = {0};

	account->rows++;
	if (difference->quantity == 0 && difference->reserved == 0)
		return;
	plain.warehouse_id = difference->warehouse_id;
	plain.product_id = difference->product_id;
	if (difference->has_variant)
		plain.variant_id = difference->variant_id;
	plain.quantity = difference->quantity;
	plain.reserved = difference->reserved;
	account->sum += DatumGetUInt64(hash_any_extended((unsigned char *) &plain, sizeof(plain), 0));
}

void
wms_stock_note_written(const WmsStockChange *difference)
{
	if (seen != NULL)
		add_to_account(seen, difference);
}

/* A receipt read what is there before it had the rows: others may have filled them meanwhile. */
static void
refuse_full_row(Datum *values)
{
	if (wms_run(&read_full_row, values, NULL) > 0)
		wms_require_room(wms_value_text(0, 1), wms_value_int64(0, 2), wms_value_int64(0, 3));
}

/* Where triggers are off, there is no guard that sees anything. */
static void
run_accounted(WmsPlan *plan, Datum *values, const Account *wanted)
{
	Account    *outer = seen;
	Account		written = {0};
	volatile uint64 rows = 0;

	seen = &written;
	PG_TRY();
	{
		rows = wms_run(plan, values, NULL);
	}
	PG_FINALLY();
	{
		seen = outer;
	}
	PG_END_TRY();
	if (rows < wanted->rows && plan == &bring_in_stock_items)
		refuse_full_row(values);
	wms_require_written(plan, rows, wanted->rows);
	if (written.rows > 0 && written.sum != wanted->sum)
		wms_refuse_altered(plan);
}

static bool
same_stock_row(const WmsStockChange *a, const WmsStockChange *b)
{
	return memcmp(a->warehouse_id.data, b->warehouse_id.data, UUID_LEN) == 0 &&
		memcmp(a->product_id.data, b->product_id.data, UUID_LEN) == 0 &&
		a->has_variant == b->has_variant &&
		(!a->has_variant || memcmp(a->variant_id.data, b->variant_id.data, UUID_LEN) == 0);
}

/* The global order of stock rows; within a row by batch, so that sums are found in one pass. */
int
wms_stock_change_compare(const void *a, const void *b)
{
	const WmsStockChange *x = a;
	const WmsStockChange *y = b;
	int			order = memcmp(x->warehouse_id.data, y->warehouse_id.data, UUID_LEN);

	if (order == 0)
		order = memcmp(x->product_id.data, y->product_id.data, UUID_LEN);
	if (order == 0 && x->has_variant != y->has_variant)
		order = x->has_variant ? -1 : 1;
	if (order == 0 && x->has_variant)
		order = memcmp(x->variant_id.data, y->variant_id.data, UUID_LEN);
	if (order == 0 && x->has_batch != y->has_batch)
		order = x->has_batch ? -1 : 1;
	if (order == 0 && x->has_batch)
		order = memcmp(x->batch_id.data, y->batch_id.data, UUID_LEN);
	return order;
}

static int32
checked_sum(const WmsStockChange *change, int64 sum)
{
	if (sum > PG_INT32_MAX || sum < PG_INT32_MIN)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("quantity of product %s is out of range", wms_uuid_text(&change->product_id)),
				 errdetail("The lines add up to " INT64_FORMAT " units, the most is %d.", sum, PG_INT32_MAX),
				 errhint("Split the command.")));
	return (int32) sum;
}

static void
write_stock_items(WmsStockChange *changes, int count, bool may_be_missing)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID),
		wms_column(INT4OID), wms_column(INT4OID)};
	Datum		values[lengthof(columns)];
	Account		wanted = {0};

	for (int i = 0; i < count;)
	{
		WmsStockChange *row = &changes[i];
		WmsStockChange sum = *row;
		int64		quantity = 0;
		int64		reserved = 0;

		for (; i < count && same_stock_row(row, &changes[i]); i++)
		{
			quantity += changes[i].quantity;
			reserved += changes[i].reserved;
		}
		wms_column_add_uuid(columns[0], &row->warehouse_id);
		wms_column_add_uuid(columns[1], &row->product_id);
		wms_column_add_uuid(columns[2], row->has_variant ? &row->variant_id : NULL);
		sum.quantity = checked_sum(row, quantity);
		sum.reserved = checked_sum(row, reserved);
		wms_column_add_int(columns[3], sum.quantity);
		wms_column_add_int(columns[4], sum.reserved);
		add_to_account(&wanted, &sum);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	run_accounted(may_be_missing ? &bring_in_stock_items : &change_stock_items, values, &wanted);
}

/* Of one batch, over all warehouses. */
static void
require_room(const WmsStockChange *changes, int count, const pg_uuid_t *batch_id, int64 on_hand, const char *number)
{
	int64		more = 0;

	for (int i = 0; i < count; i++)
		if (changes[i].has_batch && wms_uuid_equal(&changes[i].batch_id, batch_id))
			more += changes[i].quantity;
	if (on_hand + more > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("quantity of batch \"%s\" is out of range", number),
				 errdetail(INT64_FORMAT " units on hand in all warehouses and " INT64_FORMAT " more exceed %d.",
						   on_hand, more, PG_INT32_MAX),
				 errhint("Count the item in a larger unit, or bring it in under another batch.")));
}

/* Locks the batches and returns how many they are; what they add up to must be a number that their table takes. */
static uint64
lock_with_room(const WmsStockChange *changes, int count, Datum batches)
{
	uint64		found = wms_run(&lock_batches, &batches, NULL);
	int64		incoming = 0;
	bool		isnull;

	for (int i = 0; i < count; i++)
		incoming += Max(changes[i].quantity, 0);
	for (uint64 n = 0; n < found; n++)
		if (wms_value_int64(n, 2) + incoming > PG_INT32_MAX)
			require_room(changes, count, DatumGetUUIDP(wms_value(n, 1, &isnull)), wms_value_int64(n, 2),
						 wms_value_text(n, 3));
	return found;
}

/* The batches that change_batches made depleted, or active again. */
static WmsBatchTracks *
turned_batches(uint64 count, const WmsStockReason *reason)
{
	WmsBatchTracks *turned = wms_batch_tracks();
	bool		isnull;

	for (uint64 n = 0; n < count; n++)
	{
		const pg_uuid_t *id = DatumGetUUIDP(wms_value(n, 1, &isnull));
		char	   *before = wms_value_text(n, 2);
		char	   *after = wms_value_text(n, 3);

		if (strcmp(before, after) == 0)
			continue;
		wms_batch_track_add(turned, "status_changed", id, NULL, 0, reason->reference_type, reason->reference_id,
							psprintf("%s to %s", before, after));
		wms_event_status("batch", id, after);
	}
	return turned;
}

/*
 * Batch rows and the totals of their batches; false when no change names a batch.  *turned: the tracks of
 * those whose status changes with it.
 */
static bool
write_batches(WmsStockChange *changes, int count, const WmsStockReason *reason, WmsBatchTracks **turned)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID),
		wms_column(INT4OID), wms_column(INT4OID)};
	Datum		values[lengthof(columns)];
	Datum		update_values[4];
	Datum		total_values[2];
	bool		moves = false;
	uint64		batches = 0;
	uint64		updated;

	for (int i = 0; i < count;)
	{
		WmsStockChange *row = &changes[i];
		int64		quantity = 0;
		int64		reserved = 0;

		for (; i < count && wms_stock_change_compare(row, &changes[i]) == 0; i++)
		{
			quantity += changes[i].quantity;
			reserved += changes[i].reserved;
		}
		if (!row->has_batch)
			continue;
		moves = moves || quantity != 0;
		wms_column_add_uuid(columns[0], &row->warehouse_id);
		wms_column_add_uuid(columns[1], &row->product_id);
		wms_column_add_uuid(columns[2], row->has_variant ? &row->variant_id : NULL);
		wms_column_add_uuid(columns[3], &row->batch_id);
		wms_column_add_int(columns[4], checked_sum(row, quantity));
		wms_column_add_int(columns[5], checked_sum(row, reserved));
	}
	if (columns[3]->count == 0)
		return false;
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	update_values[0] = values[0];
	update_values[1] = total_values[0] = values[3];
	update_values[2] = total_values[1] = values[4];
	update_values[3] = values[5];
	if (moves)
		batches = lock_with_room(changes, count, values[3]);
	updated = wms_run(&update_item_batches, update_values, NULL);
	if (updated < columns[3]->count)
		wms_run_exactly(&create_item_batches, values, NULL, columns[3]->count - updated);
	if (moves)
	{
		wms_run_exactly(&change_batches, total_values, NULL, batches);
		*turned = turned_batches(batches, reason);
	}
	return true;
}

static void
write_movement_rows(WmsStockChange *changes, int count, const WmsStockReason *reason)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID),
		wms_column(INT4OID), wms_column(NUMERICOID)};
	Datum		values[12];
	bool		nulls[12] = {false};

	for (int i = 0; i < count; i++)
	{
		WmsStockChange *row = &changes[i];

		if (row->quantity == 0)
			continue;
		wms_column_add_uuid(columns[0], &row->warehouse_id);
		wms_column_add_uuid(columns[1], &row->product_id);
		wms_column_add_uuid(columns[2], row->has_variant ? &row->variant_id : NULL);
		wms_column_add_uuid(columns[3], row->has_batch ? &row->batch_id : NULL);
		wms_column_add_int(columns[4], row->quantity);
		wms_column_add_numeric(columns[5], row->unit_cost);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	values[6] = CStringGetTextDatum(reason->movement);
	values[7] = wms_text_param(reason->reference_type, &nulls[7]);
	values[8] = wms_uuid_param(reason->reference_id, &nulls[8]);
	values[9] = wms_text_param(reason->notes, &nulls[9]);
	values[10] = wms_uuid_param(wms_actor(), &nulls[10]);
	values[11] = TimestampTzGetDatum(reason->instant);
	wms_run_exactly(&write_movements, values, nulls, columns[4]->count);
	for (int i = 0; i < columns[4]->count; i++)
	{
		if (wms_value_int64(i, 2) != DatumGetInt32(columns[4]->values[i]))
			wms_refuse_altered(&write_movements);
	}
}

/*
 * What moves is tracked with its sign; what is only held or freed, with the sign of the hold.  A hold that
 * is freed within a movement is one whose goods came from another batch.
 */
static void
write_track_rows(WmsStockChange *changes, int count, const WmsStockReason *reason)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(INT4OID), wms_column(TEXTOID)};
	Datum		values[9];
	bool		nulls[9] = {false};

	for (int i = 0; i < count; i++)
	{
		WmsStockChange *change = &changes[i];

		if (!change->has_batch)
			continue;
		wms_column_add_uuid(columns[0], &change->batch_id);
		wms_column_add_uuid(columns[1], &change->warehouse_id);
		wms_column_add_int(columns[2], change->quantity != 0 ? change->quantity : change->reserved);
		wms_column_add_text(columns[3], reason->movement != NULL && change->quantity == 0 ? "released" :
							reason->track);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	values[4] = wms_text_param(reason->reference_type, &nulls[4]);
	values[5] = wms_uuid_param(reason->reference_id, &nulls[5]);
	values[6] = wms_text_param(reason->notes, &nulls[6]);
	values[7] = wms_uuid_param(wms_actor(), &nulls[7]);
	values[8] = TimestampTzGetDatum(reason->instant);
	wms_run_exactly(&write_tracks, values, nulls, columns[0]->count);
}

static void
write_change(WmsStockChange *changes, int count, const WmsStockReason *reason, bool may_be_missing)
{
	WmsStockReason written = *reason;
	WmsBatchTracks *turned = NULL;

	if (count == 0)
		return;
	qsort(changes, count, sizeof(WmsStockChange), wms_stock_change_compare);
	write_stock_items(changes, count, may_be_missing);
	if (may_be_missing)
		written.instant = wms_clock();	/* the upsert may have waited for its locks */
	if (write_batches(changes, count, reason, &turned) && written.track != NULL)
		write_track_rows(changes, count, &written);
	if (turned != NULL)
		wms_batch_tracks_write(turned, written.instant);
	if (written.movement != NULL)
		write_movement_rows(changes, count, &written);
}

void
wms_stock_change(WmsStockChange *changes, int count, const WmsStockReason *reason)
{
	write_change(changes, count, reason, false);
}

void
wms_stock_bring_in(WmsStockChange *changes, int count, const WmsStockReason *reason)
{
	write_change(changes, count, reason, true);
}
