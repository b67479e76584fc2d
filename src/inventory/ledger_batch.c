/*
 * ledger_batch.c
 *		Batches: what of them is where, their totals, and the status that follows these.
 *
 * Locks: product_batches in order of id.  Batch rows of a warehouse are written only under the lock of their
 * stock row, which the caller has.
 */
#include "postgres.h"

#include "inventory/ledger_parts.h"

#include "support/args.h"
#include "support/columns.h"
#include "support/event.h"
#include "support/plans.h"

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

bool
wms_ledger_write_batches(const WmsStockChange *changes, int count, const WmsStockReason *reason,
						 WmsBatchTracks **turned)
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
		const WmsStockChange *row = &changes[i];
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
		wms_column_add_int(columns[4], wms_ledger_sum(row, quantity));
		wms_column_add_int(columns[5], wms_ledger_sum(row, reserved));
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
