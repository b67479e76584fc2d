/*
 * transfer.c
 *		wms_create_transfer() and wms_approve_transfer(): goods that are to go from one warehouse to another.
 *
 * What is picked for a transfer is held at the source from the start, batch by batch, and never lapses.  A
 * line that names a batch gets it whatever its state; other lines get good batches, first expired first.
 *
 * Locks: the idempotency key, or the transfer (transfer_status.c); both warehouses FOR KEY SHARE in order of
 * id; the products (items.c); the stock rows at the source (allocation.c); their batches.
 */
#include "postgres.h"

#include "common/int.h"
#include "fmgr.h"
#include "inventory/allocation.h"
#include "inventory/batch.h"
#include "inventory/transfer_status.h"
#include "support/actor.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/command.h"
#include "support/document_number.h"
#include "support/errors.h"
#include "support/event.h"
#include "support/idempotency.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(wms_create_transfer);
PG_FUNCTION_INFO_V1(wms_approve_transfer);

static WmsPlan write_transfer = WMS_PLAN(
	"INSERT INTO inventory.stock_transfers (id, transfer_number, from_warehouse_id, to_warehouse_id, notes,"
	"       created_by, created_at)"
	"VALUES ($1, $2, $3, $4, $5, $6, $7)",
	UUIDOID, TEXTOID, UUIDOID, UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

/* Of batches that are named: those that nobody could be promised. */
static WmsPlan find_bad_batches = WMS_PLAN(
	"SELECT u.i FROM unnest($1, $2) AS u(i, batch_id)"
	"  JOIN inventory.product_batches b ON b.id = u.batch_id"
	" WHERE b.status <> 'active' OR b.expiry_date < $3",
	INT4ARRAYOID, UUIDARRAYOID, DATEOID);

/* The items are what was held, one row per item and batch. */
static WmsPlan write_items = WMS_PLAN(
	"INSERT INTO inventory.stock_transfer_items (transfer_id, product_id, variant_id, batch_id, quantity)"
	"SELECT r.reference_id, r.product_id, r.variant_id, r.batch_id, sum(r.quantity)::integer"
	"  FROM inventory.stock_reservations r"
	" WHERE r.reference_id = $1 AND r.reference_type = 'transfer' AND r.warehouse_id = $2 AND r.status = 'active'"
	" GROUP BY r.reference_id, r.product_id, r.variant_id, r.batch_id"
	" ORDER BY r.product_id, r.variant_id, r.batch_id",
	UUIDOID, UUIDOID);

static WmsPlan link_holds = WMS_PLAN(
	"UPDATE inventory.stock_reservations r SET reference_line_id = i.id"
	"  FROM inventory.stock_transfer_items i"
	" WHERE r.reference_id = $1 AND r.reference_type = 'transfer' AND r.warehouse_id = $2 AND r.status = 'active'"
	"   AND i.transfer_id = $1 AND i.product_id = r.product_id"
	"   AND i.variant_id IS NOT DISTINCT FROM r.variant_id AND i.batch_id IS NOT DISTINCT FROM r.batch_id",
	UUIDOID, UUIDOID);

static void
check_warehouses(const pg_uuid_t *from, const pg_uuid_t *to)
{
	if (wms_uuid_equal(from, to))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("from_warehouse_id and to_warehouse_id are the same warehouse"),
				 errdetail("Both are %s.", wms_uuid_text(from)),
				 errhint("A transfer goes from one warehouse to another.")));
}

static void
lock_warehouses(const pg_uuid_t *from, const pg_uuid_t *to)
{
	bool		from_first = memcmp(from->data, to->data, UUID_LEN) < 0;

	wms_lock_warehouse(from_first ? from : to);
	wms_lock_warehouse(from_first ? to : from);
}

static void
check_stocked(const WmsLines *lines)
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
					 errhint("Postage, fees and the like have no stock that could be moved.")));
	}
}

static int
compare_demands(const void *a, const void *b)
{
	const WmsDemand *x = a;
	const WmsDemand *y = b;
	int			by_item = wms_item_compare(x->item, y->item);

	if (by_item != 0)
		return by_item;
	if (x->batch_id == NULL || y->batch_id == NULL)
		return (x->batch_id == NULL) - (y->batch_id == NULL);
	return memcmp(x->batch_id->data, y->batch_id->data, UUID_LEN);
}

/* Lines of the same item are one; a sum that does not fit stays in parts, and will be short. */
static void
add_up(WmsHoldRequest *request)
{
	int			last = 0;

	qsort(request->demands, request->demand_count, sizeof(WmsDemand), compare_demands);
	for (int i = 1; i < request->demand_count; i++)
	{
		WmsDemand  *demand = &request->demands[last];
		int32		sum;

		if (compare_demands(demand, &request->demands[i]) == 0 &&
			!pg_add_s32_overflow(demand->quantity, request->demands[i].quantity, &sum))
			demand->quantity = sum;
		else
			request->demands[++last] = request->demands[i];
	}
	request->demand_count = last + 1;
}

static void
mark_bad_batches(WmsHoldRequest *request)
{
	WmsColumn  *numbers = wms_column(INT4OID);
	WmsColumn  *batches = wms_column(UUIDOID);
	Datum		values[3];
	uint64		found;

	for (int i = 0; i < request->demand_count; i++)
	{
		if (request->demands[i].batch_id == NULL)
			continue;
		wms_column_add_int(numbers, i);
		wms_column_add_uuid(batches, request->demands[i].batch_id);
	}
	if (batches->count == 0)
		return;
	values[0] = wms_column_array(numbers);
	values[1] = wms_column_array(batches);
	values[2] = DateADTGetDatum(wms_business_date(wms_clock()));
	found = wms_run(&find_bad_batches, values, NULL);
	for (uint64 n = 0; n < found; n++)
		request->demands[wms_value_int64(n, 1)].as_it_is = true;
}

static void
hold(const pg_uuid_t *id, const pg_uuid_t *from, WmsLines *lines)
{
	WmsHoldRequest request = {0};
	Datum		values[2];

	wms_lines_resolve(lines);
	check_stocked(lines);
	wms_batches_find(lines);
	wms_demands_of_lines(lines, NULL, &request);
	add_up(&request);
	mark_bad_batches(&request);
	request.warehouse_id = from;
	request.reference_type = "transfer";
	request.reference_id = id;
	wms_hold_stock(&request);
	values[0] = UUIDPGetDatum(id);
	values[1] = UUIDPGetDatum(from);
	wms_run(&write_items, values, NULL);
	wms_run(&link_holds, values, NULL);
}

static void
insert_transfer(const pg_uuid_t *id, const pg_uuid_t *from, const pg_uuid_t *to, const char *notes)
{
	Datum		values[7];
	bool		nulls[7] = {false};

	values[0] = UUIDPGetDatum(id);
	values[1] = PointerGetDatum(wms_document_number("TRF", "inventory", "transfer_number_seq"));
	values[2] = UUIDPGetDatum(from);
	values[3] = UUIDPGetDatum(to);
	values[4] = wms_text_param(notes, &nulls[4]);
	values[5] = wms_uuid_param(wms_actor(), &nulls[5]);
	values[6] = TimestampTzGetDatum(wms_clock());
	wms_run_exactly(&write_transfer, values, nulls, 1);
	wms_event_status("transfer", id, "pending");
}

/* Holds what is to be moved; raises WM001, WM004, WM005, 22023, 22003, 22P02, 23503. */
Datum
wms_create_transfer(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *from = wms_arg_uuid(fcinfo, 0, "from_warehouse_id");
	const pg_uuid_t *to = wms_arg_uuid(fcinfo, 1, "to_warehouse_id");
	WmsLines   *lines = wms_lines_parse(fcinfo, 2, WMS_LINE_BATCH_ID);
	const char *notes = wms_optional_text(fcinfo, 3);
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *earlier;

	check_warehouses(from, to);
	wms_command_begin(&command);
	earlier = wms_idempotency_begin(fcinfo, &idempotency);
	if (earlier != NULL)
		*result = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(earlier)));
	else
	{
		*result = *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0));
		lock_warehouses(from, to);
		insert_transfer(result, from, to, notes);
		hold(result, from, lines);
		wms_idempotency_end(&idempotency, psprintf("\"%s\"", wms_uuid_text(result)));
	}
	wms_command_end(&command);
	PG_RETURN_UUID_P(result);
}

/* Four eyes: somebody who is named, and not the one who asked for it. */
static void
check_four_eyes(const WmsTransfer *transfer)
{
	const pg_uuid_t *actor = wms_actor();

	if (!wms_transfer_four_eyes)
		return;
	if (actor == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_NOT_ALLOWED),
				 errmsg("transfer %s is to be approved by somebody who is named", transfer->number),
				 errdetail("wms.transfer_four_eyes is on and there is no actor."),
				 errhint("Set wms.actor_id to the user who approves.")));
	if (!transfer->has_creator)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_NOT_ALLOWED),
				 errmsg("transfer %s was created by nobody who is named and cannot be approved", transfer->number),
				 errdetail("wms.transfer_four_eyes is on: whoever approves it might be who created it."),
				 errhint("Cancel it, and create it anew with wms.actor_id set to the user who asks for it.")));
	if (wms_uuid_equal(actor, &transfer->created_by))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_NOT_ALLOWED),
				 errmsg("transfer %s is to be approved by somebody else than who created it", transfer->number),
				 errdetail("wms.transfer_four_eyes is on and %s is both.", wms_uuid_text(actor)),
				 errhint("Let somebody else approve it.")));
}

/* Raises WM003, WM004, WM012, 22023. */
Datum
wms_approve_transfer(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *id = wms_arg_uuid(fcinfo, 0, "transfer_id");
	WmsTransfer transfer;
	WmsCommand	command;

	wms_command_begin(&command);
	wms_transfer_lock(&transfer, id);
	if (wms_transfer_may_become(&transfer, "approved"))
	{
		check_four_eyes(&transfer);
		wms_transfer_set_status(&transfer, "approved", NULL);
	}
	wms_command_end(&command);
	return CStringGetTextDatum("approved");
}
