/*
 * transfer_status.c
 *		A transfer under lock, and where its status may go.
 *
 * Locks: the transfer FOR UPDATE.
 */
#include "postgres.h"

#include "inventory/transfer_status.h"

#include "support/actor.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/errors.h"
#include "support/event.h"
#include "support/plans.h"
#include "utils/builtins.h"

static WmsPlan lock_transfer = WMS_PLAN(
	"SELECT t.transfer_number, t.status, t.from_warehouse_id, t.to_warehouse_id, t.created_by"
	"  FROM inventory.stock_transfers t WHERE t.id = $1 FOR UPDATE",
	UUIDOID);

static WmsPlan write_status = WMS_PLAN(
	"UPDATE inventory.stock_transfers t"
	"   SET status = $2,"
	"       approved_by = CASE WHEN $2 = 'approved' THEN $3 ELSE t.approved_by END,"
	"       approved_at = CASE WHEN $2 = 'approved' THEN $4 ELSE t.approved_at END,"
	"       completed_at = CASE WHEN $2 = 'completed' THEN $4 ELSE t.completed_at END,"
	"       notes = CASE WHEN $5 IS NULL THEN t.notes ELSE concat_ws(E'\\n', nullif(t.notes, ''), $5) END,"
	"       updated_at = CURRENT_TIMESTAMP"
	" WHERE t.id = $1 RETURNING t.status = $2",
	UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID, TEXTOID);

/* The life of a transfer. */
static const struct
{
	const char *status;
	const char *next[3];
}			transitions[] = {
	{"pending", {"approved", "cancelled"}},
	{"approved", {"in_transit", "cancelled"}},
	{"in_transit", {"completed", "cancelled"}},
};

void
wms_transfer_lock(WmsTransfer *transfer, const pg_uuid_t *id)
{
	Datum		value = UUIDPGetDatum(id);
	bool		isnull;

	if (wms_run(&lock_transfer, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no transfer %s", wms_uuid_text(id)),
				 errhint("The transfers are in inventory.stock_transfers.")));
	transfer->id = *id;
	transfer->number = wms_value_text(0, 1);
	transfer->status = wms_value_text(0, 2);
	transfer->from_warehouse_id = *DatumGetUUIDP(wms_value(0, 3, &isnull));
	transfer->to_warehouse_id = *DatumGetUUIDP(wms_value(0, 4, &isnull));
	value = wms_value(0, 5, &isnull);
	transfer->has_creator = !isnull;
	if (!isnull)
		transfer->created_by = *DatumGetUUIDP(value);
}

bool
wms_transfer_may_become(const WmsTransfer *transfer, const char *status)
{
	const char *next = "nothing";

	if (strcmp(transfer->status, status) == 0)
		return false;
	for (int i = 0; i < lengthof(transitions); i++)
	{
		if (strcmp(transitions[i].status, transfer->status) != 0)
			continue;
		if (strcmp(transitions[i].next[0], status) == 0 || strcmp(transitions[i].next[1], status) == 0)
			return true;
		next = psprintf("%s, %s", transitions[i].next[0], transitions[i].next[1]);
	}
	ereport(ERROR,
			(errcode(ERRCODE_WMS_INVALID_STATUS_TRANSITION),
			 errmsg("transfer %s cannot go from %s to %s", transfer->number, transfer->status, status),
			 errdetail("What may follow %s: %s.", transfer->status, next),
			 errhint("A transfer goes from pending to approved, in_transit and completed; until then it may be cancelled.")));
}

void
wms_transfer_set_status(const WmsTransfer *transfer, const char *status, const char *note)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = UUIDPGetDatum(&transfer->id);
	values[1] = CStringGetTextDatum(status);
	values[2] = wms_uuid_param(wms_actor(), &nulls[2]);
	values[3] = TimestampTzGetDatum(wms_clock());
	values[4] = wms_text_param(note, &nulls[4]);
	wms_run_unaltered(&write_status, values, nulls, 1);
	if (strcmp(transfer->status, status) != 0)
		wms_event_status("transfer", &transfer->id, status);
}
