/*
 * receipt.c
 *		wms_receive_stock(): goods that come in.
 *
 * Locks: the warehouse FOR KEY SHARE; the products (items.c); the stock rows, by an upsert in the global
 * order; the batches (ledger.c).
 */
#include "postgres.h"

#include "inventory/allocation.h"
#include "inventory/batch.h"
#include "inventory/ledger.h"
#include "inventory/receipt.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/command.h"
#include "support/idempotency.h"
#include "support/lines.h"

PG_FUNCTION_INFO_V1(wms_receive_stock);

static WmsPlan read_on_hand = WMS_PLAN(
	"SELECT u.i, s.quantity, sum(u.quantity) OVER (PARTITION BY u.product_id, u.variant_id ORDER BY u.i)"
	"  FROM unnest($1, $2, $3, $5) AS u(i, product_id, variant_id, quantity)"
	" CROSS JOIN LATERAL ("
	"       SELECT v.quantity FROM inventory.stock_items v"
	"        WHERE v.warehouse_id = $4 AND v.product_id = u.product_id AND v.variant_id = u.variant_id"
	"        UNION ALL"
	"       SELECT p.quantity FROM inventory.stock_items p"
	"        WHERE p.warehouse_id = $4 AND p.product_id = u.product_id AND p.variant_id IS NULL"
	"          AND u.variant_id IS NULL) s"
	" ORDER BY u.i",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDOID, INT4ARRAYOID);

void
wms_lines_check_stocked(const WmsLines *lines)
{
	for (int i = 0; i < lines->count; i++)
	{
		const WmsLine *line = &lines->lines[i];

		if (line->component_count > 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("line %d: \"%s\" is a kit and has no stock of its own", line->number, line->item.sku),
					 errhint("Name its components instead.")));
		if (!line->item.is_stocked)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("line %d: \"%s\" is not stocked", line->number, line->item.sku),
					 errhint("Postage, fees and the like have no stock; set is_stocked where this one has.")));
	}
}

/* Refuses what would not fit, with the lines of the same item before it; the column's range stays the last guard. */
static void
check_room(const pg_uuid_t *warehouse_id, const WmsLines *lines)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID)};
	WmsColumn  *quantities = wms_column(INT4OID);
	Datum		values[5];
	uint64		found;

	for (int i = 0; i < lines->count; i++)
	{
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], &lines->lines[i].item.product_id);
		wms_column_add_uuid(columns[2], wms_item_variant(&lines->lines[i].item));
		wms_column_add_int(quantities, lines->lines[i].quantity);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	values[3] = UUIDPGetDatum(warehouse_id);
	values[4] = wms_column_array(quantities);
	found = wms_run(&read_on_hand, values, NULL);
	for (uint64 n = 0; n < found; n++)
	{
		const WmsLine *line = &lines->lines[wms_value_int64(n, 1)];
		int64		on_hand = wms_value_int64(n, 2);
		int64		more = wms_value_int64(n, 3);

		if (on_hand + more > PG_INT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("line %d: quantity of \"%s\" is out of range", line->number, line->item.sku),
					 errdetail(INT64_FORMAT " units on hand and " INT64_FORMAT " more exceed %d.", on_hand, more,
							   PG_INT32_MAX),
					 errhint("Count the item in a larger unit.")));
	}
}

WmsStockChange *
wms_goods_in(const pg_uuid_t *warehouse_id, WmsLines *lines, const WmsStockReason *reason)
{
	WmsStockChange *changes = palloc_extended(sizeof(WmsStockChange) * lines->count,
											  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	wms_lines_check_stocked(lines);
	check_room(warehouse_id, lines);
	wms_batches_of_lines(lines, reason);
	for (int i = 0; i < lines->count; i++)
	{
		WmsLine    *line = &lines->lines[i];

		changes[i].warehouse_id = *warehouse_id;
		changes[i].product_id = line->item.product_id;
		changes[i].variant_id = line->item.variant_id;
		changes[i].has_variant = line->item.has_variant;
		changes[i].has_batch = line->batch_id != NULL;
		if (line->batch_id != NULL)
			changes[i].batch_id = *line->batch_id;
		changes[i].quantity = line->quantity;
		changes[i].unit_cost = line->unit_cost;
	}
	return changes;
}

static int64
receive(const pg_uuid_t *warehouse_id, WmsLines *lines, WmsStockReason *reason)
{
	WmsStockChange *changes;
	int64		units = 0;

	wms_lock_warehouse(warehouse_id);
	wms_lines_resolve(lines);
	changes = wms_goods_in(warehouse_id, lines, reason);
	for (int i = 0; i < lines->count; i++)
		units += lines->lines[i].quantity;
	reason->instant = wms_clock();
	wms_stock_bring_in(changes, lines->count, reason);
	return units;
}

/* Receives goods into a warehouse; raises WM004, WM005, 22023, 22003, 23503. */
Datum
wms_receive_stock(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *warehouse_id = wms_arg_uuid(fcinfo, 0, "warehouse_id");
	WmsLines   *lines = wms_lines_parse(fcinfo, 1,
										WMS_LINE_BATCH_NUMBER | WMS_LINE_BATCH_ID | WMS_LINE_UNIT_COST);
	WmsStockReason reason = {.movement = "receive", .track = "received",
	.reference_type = wms_optional_name(fcinfo, 2, "reference_type"), .reference_id = wms_optional_uuid(fcinfo, 3),
	.notes = wms_optional_text(fcinfo, 4)};
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *earlier;
	int64		units;

	wms_command_begin(&command);
	earlier = wms_idempotency_begin(fcinfo, &idempotency);
	if (earlier != NULL)
		units = strtoll(earlier, NULL, 10);
	else
	{
		units = receive(warehouse_id, lines, &reason);
		wms_idempotency_end(&idempotency, psprintf(INT64_FORMAT, units));
	}
	wms_command_end(&command);
	PG_RETURN_INT64(units);
}
