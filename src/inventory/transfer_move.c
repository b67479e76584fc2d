/*
 * transfer_move.c
 *		wms_ship_transfer(), wms_receive_transfer(), wms_complete_transfer() and wms_cancel_transfer(): the
 *		goods of a transfer leave, arrive, or come back.
 *
 * What has left the source and not arrived is in no warehouse; the items say how much of which batch.  The
 * status and the items are written before the stock, since a batch of which something is in transit is not
 * depleted.
 *
 * Locks: the idempotency key; the transfer FOR UPDATE, which is also updated, since items are summed up under
 * it; both warehouses and the products FOR KEY SHARE, in order of id; the stock rows of one warehouse; their
 * batches.
 */
#include "postgres.h"

#include "fmgr.h"
#include "inventory/held.h"
#include "inventory/ledger.h"
#include "inventory/stock_row.h"
#include "inventory/transfer_items.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/idempotency.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(wms_ship_transfer);
PG_FUNCTION_INFO_V1(wms_receive_transfer);
PG_FUNCTION_INFO_V1(wms_complete_transfer);
PG_FUNCTION_INFO_V1(wms_cancel_transfer);

#define ARRIVAL_LINES (WMS_LINE_BATCH_ID | WMS_LINE_DELETED | WMS_LINE_AS_ORDERED)

typedef int32 (*UnitsOf) (const WmsTransferItem *item);

static int32
arriving_or_missing(const WmsTransferItem *item)
{
	return item->arriving + item->missing;
}

static int32
written_off(const WmsTransferItem *item)
{
	return -item->missing;
}

static int32
outstanding(const WmsTransferItem *item)
{
	return item->outstanding;
}

/* What units_of() says of each item, as changes of the stock of a warehouse. */
static WmsStockChange *
changes_of(const WmsTransferItems *items, const pg_uuid_t *warehouse_id, UnitsOf units_of, int *count)
{
	WmsStockChange *changes = palloc_extended(sizeof(WmsStockChange) * Max(items->count, 1),
											  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	*count = 0;
	for (int i = 0; i < items->count; i++)
	{
		const WmsTransferItem *item = &items->items[i];
		WmsStockChange *change = &changes[*count];

		change->quantity = units_of(item);
		if (change->quantity == 0)
			continue;
		change->warehouse_id = *warehouse_id;
		change->product_id = item->item.product_id;
		change->variant_id = item->item.variant_id;
		change->has_variant = item->item.has_variant;
		change->batch_id = item->batch_id;
		change->has_batch = item->has_batch;
		(*count)++;
	}
	return changes;
}

/*
 * The stock rows that units_of() is about, locked, created where there are none, and with room for that many;
 * returns the clock.
 */
static TimestampTz
lock_stock(const WmsTransferItems *items, const pg_uuid_t *warehouse_id, UnitsOf units_of)
{
	WmsStockRow *rows = palloc_extended(sizeof(WmsStockRow) * Max(items->count, 1),
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int			count = 0;
	TimestampTz instant;

	for (int i = 0; i < items->count; i++)
	{
		const WmsItem *item = &items->items[i].item;
		int32		units = units_of(&items->items[i]);

		if (units == 0)
			continue;
		if (count == 0 || wms_item_compare(rows[count - 1].item, item) != 0)
		{
			rows[count].warehouse_id = *warehouse_id;
			rows[count++].item = item;
		}
		rows[count - 1].wanted += units;
	}
	instant = wms_stock_rows_create(rows, count);
	wms_stock_rows_require_room(rows, count);
	return instant;
}

/* A shortage is brought in with the rest, so that the units in transit add up, and written off at once. */
static void
bring_in(const WmsTransfer *transfer, const WmsTransferItems *items, const pg_uuid_t *warehouse_id,
		 UnitsOf units_of, const char *short_reason)
{
	WmsStockReason arrival = {.movement = "transfer_in", .track = "transferred_in", .reference_type = "transfer",
	.reference_id = &transfer->id};
	WmsStockReason loss = {.movement = "damage", .track = "damaged", .reference_type = "transfer",
	.reference_id = &transfer->id, .notes = short_reason};
	WmsStockChange *changes;
	int			count;

	arrival.instant = lock_stock(items, warehouse_id, units_of);
	changes = changes_of(items, warehouse_id, units_of, &count);
	wms_stock_change(changes, count, &arrival);
	loss.instant = arrival.instant;
	changes = changes_of(items, warehouse_id, written_off, &count);
	wms_stock_change(changes, count, &loss);
}

/* Sends off what is held; raises WM003, WM004, 22023. */
Datum
wms_ship_transfer(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *id = wms_arg_uuid(fcinfo, 0, "transfer_id");
	WmsStockReason reason = {.movement = "transfer_out", .track = "transferred_out", .reference_type = "transfer",
	.reference_id = id};
	WmsTransfer transfer;
	WmsCommand	command;

	wms_command_begin(&command);
	wms_transfer_lock(&transfer, id);
	if (wms_transfer_may_become(&transfer, "in_transit"))
	{
		WmsHeldSet *set;

		(void) wms_transfer_items_read(&transfer);
		set = wms_held_lock_reference("transfer", id);
		wms_transfer_set_status(&transfer, "in_transit", NULL);
		reason.instant = set->instant;
		wms_held_consume_as_held(set, &reason);
	}
	wms_command_end(&command);
	return CStringGetTextDatum("in_transit");
}

static void
require_in_transit(const WmsTransfer *transfer)
{
	if (strcmp(transfer->status, "in_transit") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_INVALID_STATUS_TRANSITION),
				 errmsg("nothing of transfer %s is in transit", transfer->number),
				 errdetail("It is %s.", transfer->status),
				 errhint("Only what wms_ship_transfer() has sent off can be received.")));
}

static const char *
receive(const pg_uuid_t *id, WmsLines *lines)
{
	WmsTransfer transfer;
	WmsTransferItems *items;
	const char *status;

	wms_transfer_lock(&transfer, id);
	require_in_transit(&transfer);
	items = wms_transfer_items_read(&transfer);
	wms_transfer_items_name(items, lines);
	wms_lines_resolve(lines);
	wms_transfer_items_arrive(&transfer, items, lines);
	status = wms_transfer_items_write(&transfer, items) == 0 ? "completed" : "in_transit";
	wms_transfer_set_status(&transfer, status, NULL);
	bring_in(&transfer, items, &transfer.to_warehouse_id, arriving_or_missing, NULL);
	return status;
}

/* Receives a part of what is in transit, or the rest; raises WM003, WM004, WM005, WM007, 22023, 22003, 23503. */
Datum
wms_receive_transfer(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *id = wms_arg_uuid(fcinfo, 0, "transfer_id");
	WmsLines   *lines = wms_lines_parse(fcinfo, 1, ARRIVAL_LINES);
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *earlier;
	bool		completed;

	wms_command_begin(&command);
	earlier = wms_idempotency_begin(fcinfo, &idempotency);
	if (earlier != NULL)
		completed = strcmp(earlier, "completed") == 0;
	else
	{
		const char *status = receive(id, lines);

		completed = strcmp(status, "completed") == 0;
		wms_idempotency_end(&idempotency, psprintf("\"%s\"", status));
	}
	wms_command_end(&command);
	return CStringGetTextDatum(completed ? "completed" : "in_transit");
}

/* NULL lines: everything has arrived. */
static void
complete(const WmsTransfer *transfer, WmsLines *lines, const char *short_reason)
{
	WmsTransferItems *items = wms_transfer_items_read(transfer);

	if (lines == NULL)
		wms_transfer_items_arrive_all(items);
	else if (lines->count > 0)
	{
		wms_transfer_items_name(items, lines);
		wms_lines_resolve(lines);
		wms_transfer_items_arrive(transfer, items, lines);
	}
	wms_transfer_items_miss_rest(transfer, items, short_reason);
	(void) wms_transfer_items_write(transfer, items);
	wms_transfer_set_status(transfer, "completed", NULL);
	bring_in(transfer, items, &transfer->to_warehouse_id, arriving_or_missing, short_reason);
}

/* No lines at all are allowed with a reason: nothing more has arrived, or will. */
static WmsLines *
parse_arrived(FunctionCallInfo fcinfo, const char *short_reason)
{
	if (PG_ARGISNULL(1))
		return NULL;
	if (short_reason != NULL)
	{
		Jsonb	   *argument = PG_GETARG_JSONB_P(1);

		if (JB_ROOT_IS_ARRAY(argument) && !JB_ROOT_IS_SCALAR(argument) && JB_ROOT_COUNT(argument) == 0)
			return palloc0(sizeof(WmsLines));
	}
	return wms_lines_parse(fcinfo, 1, ARRIVAL_LINES);
}

/* Ends a transfer: what the lines do not say is written off; raises WM003, WM004, WM007, 22023, 22003, 23503. */
Datum
wms_complete_transfer(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *id = wms_arg_uuid(fcinfo, 0, "transfer_id");
	char	   *short_reason = wms_optional_text(fcinfo, 2);
	WmsLines   *lines;
	WmsTransfer transfer;
	WmsCommand	command;

	if (short_reason != NULL && short_reason[0] == '\0')
		short_reason = NULL;
	lines = parse_arrived(fcinfo, short_reason);
	wms_command_begin(&command);
	wms_transfer_lock(&transfer, id);
	if (wms_transfer_may_become(&transfer, "completed"))
		complete(&transfer, lines, short_reason);
	wms_command_end(&command);
	return CStringGetTextDatum("completed");
}

static void
cancel(const WmsTransfer *transfer, const char *reason)
{
	WmsTransferItems *items = wms_transfer_items_read(transfer);
	bool		shipped = strcmp(transfer->status, "in_transit") == 0;

	if (shipped)
	{
		wms_transfer_set_status(transfer, "cancelled", reason);
		bring_in(transfer, items, &transfer->from_warehouse_id, outstanding, NULL);
		return;
	}
	wms_held_release(wms_held_lock_reference("transfer", &transfer->id), "transfer", &transfer->id);
	wms_transfer_set_status(transfer, "cancelled", reason);
}

/* Gives a transfer up, wherever its goods are; raises WM003, WM004, 22023. */
Datum
wms_cancel_transfer(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *id = wms_arg_uuid(fcinfo, 0, "transfer_id");
	const char *reason = wms_optional_text(fcinfo, 1);
	WmsTransfer transfer;
	WmsCommand	command;

	wms_command_begin(&command);
	wms_transfer_lock(&transfer, id);
	if (wms_transfer_may_become(&transfer, "cancelled"))
		cancel(&transfer, reason);
	wms_command_end(&command);
	return CStringGetTextDatum("cancelled");
}
