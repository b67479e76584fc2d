/*
 * return.c
 *		wms_return_stock(): goods that customers bring back, of an order or not.
 *
 * Locks: the idempotency key; the orders FOR UPDATE, in order of id (returned_lines.c); the warehouse FOR KEY
 * SHARE; the products (items.c); new batches (batch.c); the stock rows, created where they are missing; the
 * batches; the lines of the orders.
 */
#include "postgres.h"

#include "inventory/allocation.h"
#include "inventory/receipt.h"
#include "inventory/returned.h"
#include "inventory/stock_row.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/command.h"
#include "support/idempotency.h"

PG_FUNCTION_INFO_V1(wms_return_stock);

/* The goods of several orders are written one order after the other; their batches are locked before. */
static WmsPlan lock_batches = WMS_PLAN(
	"SELECT b.id FROM inventory.product_batches b WHERE b.id = ANY ($1) ORDER BY b.id FOR NO KEY UPDATE",
	UUIDARRAYOID);

static void
lock_batches_of(const WmsStockChange *changes, int count)
{
	WmsColumn  *batches = wms_column(UUIDOID);
	Datum		value;

	for (int i = 0; i < count; i++)
		if (changes[i].has_batch)
			wms_column_add_uuid(batches, &changes[i].batch_id);
	if (batches->count == 0)
		return;
	value = wms_column_array(batches);
	wms_run(&lock_batches, &value, NULL);
}

/* Writes what refers to one order, or to none, and leaves the rest; what is written has quantity 0 then. */
static void
write_goods_of(WmsStockChange *changes, const WmsLines *goods, const pg_uuid_t *order_id, WmsStockReason reason)
{
	WmsStockChange *group = palloc_extended(sizeof(WmsStockChange) * goods->count, MCXT_ALLOC_HUGE);
	int			count = 0;

	for (int i = 0; i < goods->count; i++)
	{
		if (changes[i].quantity == 0 || !wms_uuid_equal(goods->lines[i].order_id, order_id))
			continue;
		group[count++] = changes[i];
		changes[i].quantity = 0;
	}
	if (order_id != NULL)
	{
		reason.reference_type = "order";
		reason.reference_id = order_id;
	}
	wms_stock_change(group, count, &reason);
}

/* Movements refer to what the caller names; where he names nothing, to the order of the line. */
static void
write_goods(WmsStockChange *changes, const WmsLines *goods, const WmsStockReason *reason)
{
	if (reason->reference_type != NULL || reason->reference_id != NULL)
	{
		wms_stock_change(changes, goods->count, reason);
		return;
	}
	lock_batches_of(changes, goods->count);
	for (int i = 0; i < goods->count; i++)
		if (changes[i].quantity != 0)
			write_goods_of(changes, goods, goods->lines[i].order_id, *reason);
}

static int64
take_back(const pg_uuid_t *warehouse_id, const WmsLines *lines, WmsStockReason *reason)
{
	bool		of_order = reason->reference_type != NULL && strcmp(reason->reference_type, "order") == 0;
	WmsLines   *named = wms_returned_lock(lines, of_order ? reason->reference_id : NULL);
	WmsLines   *goods;
	WmsStockChange *changes;
	WmsStockRow *rows;
	int			row_count;
	int64		units = 0;

	wms_lock_warehouse_or_deleted(warehouse_id);
	goods = wms_returned_goods(named);
	changes = wms_goods_in(warehouse_id, goods, reason);
	rows = wms_stock_rows_of_lines(warehouse_id, goods, &row_count);
	reason->instant = wms_stock_rows_create(rows, row_count);
	for (int i = 0; i < goods->count; i++)
		wms_stock_row_find(rows, row_count, warehouse_id, &goods->lines[i].item)->wanted += goods->lines[i].quantity;
	wms_stock_rows_require_room(rows, row_count);
	write_goods(changes, goods, reason);
	wms_returned_count(named);
	for (int i = 0; i < goods->count; i++)
		units += goods->lines[i].quantity;
	return units;
}

/* Takes goods back; what is deleted too, so that nothing is stranded.  Raises WM004, WM005, WM010, 22023, 22003, 23503. */
Datum
wms_return_stock(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *warehouse_id = wms_arg_uuid(fcinfo, 0, "warehouse_id");
	WmsLines   *lines = wms_lines_parse(fcinfo, 1, WMS_LINE_BATCH_NUMBER | WMS_LINE_BATCH_ID |
										WMS_LINE_ORDER_ITEM | WMS_LINE_DELETED);
	WmsStockReason reason = {.movement = "return", .track = "returned",
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
		units = take_back(warehouse_id, lines, &reason);
		wms_idempotency_end(&idempotency, psprintf(INT64_FORMAT, units));
	}
	wms_command_end(&command);
	PG_RETURN_INT64(units);
}
