/*
 * batch_status.c
 *		wms_set_batch_status() and wms_expire_batches(): batches are blocked, and freed again.
 *
 * Locks: products, stock rows and batches, as batch_lock.c does.  The status changes while every stock row
 * with goods of the batch is locked, and each of them is touched: whoever reserves or ships from one comes
 * before, and is seen, or after, and sees the status.
 */
#include "postgres.h"

#include "inventory/batch_status.h"

#include "fmgr.h"
#include "inventory/batch_hold.h"
#include "inventory/batch_track.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/event.h"
#include "support/plans.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(wms_set_batch_status);
PG_FUNCTION_INFO_V1(wms_expire_batches);

static WmsPlan read_batch = WMS_PLAN(
	"SELECT b.status, b.batch_number, coalesce(b.expiry_date < $2, false), to_char(b.expiry_date, 'YYYY-MM-DD')"
	"  FROM inventory.product_batches b WHERE b.id = $1",
	UUIDOID, DATEOID);

/* With nothing left of it, on the way neither, a batch that is freed is depleted. */
static WmsPlan write_status = WMS_PLAN(
	"UPDATE inventory.product_batches b SET status = n.status, updated_at = CURRENT_TIMESTAMP"
	"  FROM (SELECT x.id, CASE WHEN $2 = 'active' AND x.quantity = 0 AND NOT EXISTS ("
	"                     SELECT FROM inventory.stock_transfer_items i"
	"                       JOIN inventory.stock_transfers t ON t.id = i.transfer_id"
	"                      WHERE i.batch_id = x.id AND t.status = 'in_transit'"
	"                        AND i.received_quantity + i.short_quantity < i.quantity) THEN 'depleted'"
	"               ELSE $2 END AS status"
	"          FROM inventory.product_batches x WHERE x.id = ANY ($1)) n"
	" WHERE b.id = n.id AND b.status <> n.status"
	" RETURNING b.id, b.status",
	UUIDARRAYOID, TEXTOID);

static WmsPlan find_expired = WMS_PLAN(
	"SELECT b.id FROM inventory.product_batches b"
	" WHERE b.status = 'active' AND b.expiry_date < $1"
	" ORDER BY b.expiry_date, b.id"
	" LIMIT nullif($2, 0)",
	DATEOID, INT4OID);

/* A status change of one batch on its way. */
typedef struct Change
{
	const pg_uuid_t *batch_id;
	char	   *to;
	const char *reason;
	/* read under the lock */
	char	   *from;
	char	   *batch_number;
	bool		past_its_date;
	char	   *expiry_date;
} Change;

static void
read_change(Change *change)
{
	Datum		values[] = {UUIDPGetDatum(change->batch_id), DateADTGetDatum(wms_business_date(wms_clock()))};

	if (wms_run(&read_batch, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no batch %s", wms_uuid_text(change->batch_id)),
				 errhint("The batches are in inventory.product_batches.")));
	change->from = wms_value_text(0, 1);
	change->batch_number = wms_value_text(0, 2);
	change->past_its_date = wms_value_bool(0, 3);
	change->expiry_date = wms_value_text(0, 4);
}

static void
refuse_status(const char *status)
{
	if (strcmp(status, "active") == 0 || strcmp(status, "quarantined") == 0 || strcmp(status, "recalled") == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a batch cannot be set to status \"%s\"", wms_shown(status)),
			 errdetail("It is set to active, quarantined or recalled; it becomes expired and depleted by itself."),
			 errhint("Call wms_expire_batches() for batches whose last good day is over.")));
}

/* Goods came into yet another warehouse, and somebody has that row already. */
static void
refuse_missed(const WmsBatchLock *lock, const Change *change)
{
	if (lock->missed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("batch \"%s\" came into another warehouse concurrently", change->batch_number),
				 errhint("Retry the transaction.")));
}

static void
refuse_past_its_date(const Change *change)
{
	if (change->past_its_date && strcmp(change->to, "active") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_INVALID_STATUS_TRANSITION),
				 errmsg("batch \"%s\" has expired and cannot go from %s to active", change->batch_number, change->from),
				 errdetail("Its last good day was %s.", change->expiry_date),
				 errhint("Correct expiry_date in inventory.product_batches, or write the stock off with wms_write_off_stock().")));
}

static const char *
description_of(const Change *change, const char *to)
{
	return psprintf("%s to %s%s%s", change->from, to, change->reason == NULL ? "" : ": ",
					change->reason == NULL ? "" : change->reason);
}

/*
 * The batches of the lock get the status, their tracks and, when they are blocked, rid of their holds.  change:
 * which of them was asked for; NULL = they have expired.
 */
static int64
apply(WmsBatchLock *lock, const char *status, const Change *change)
{
	Datum		values[] = {wms_column_array(lock->batches), CStringGetTextDatum(status)};
	uint64		changed = wms_run(&write_status, values, NULL);
	WmsBatchTracks *tracks = wms_batch_tracks();
	bool		isnull;

	for (uint64 n = 0; n < changed; n++)
	{
		const pg_uuid_t *id = DatumGetUUIDP(wms_value(n, 1, &isnull));
		char	   *reached = wms_value_text(n, 2);

		wms_batch_track_add(tracks, change == NULL ? "expired" : "status_changed", id, NULL, 0, NULL, NULL,
							change == NULL ? NULL : description_of(change, reached));
		wms_event_status("batch", id, reached);
	}
	wms_batch_tracks_write(tracks, lock->instant);
	if (strcmp(status, "active") == 0)
		wms_batches_touch(lock);
	else
		wms_batches_move_holds(lock);
	return (int64) changed;
}

/* Somebody may have done it in the meantime. */
static void
set_status(Change *change)
{
	WmsBatchLock lock = {0};
	Datum		id = UUIDPGetDatum(change->batch_id);

	wms_batches_lock(&lock, wms_array(&id, NULL, 1, UUIDOID));
	refuse_missed(&lock, change);
	read_change(change);
	if (strcmp(change->from, change->to) == 0)
		return;
	refuse_past_its_date(change);
	apply(&lock, change->to, change);
	read_change(change);
}

/* Blocks or frees a batch; raises WM003, WM004, 22023. */
Datum
wms_set_batch_status(PG_FUNCTION_ARGS)
{
	Change		change = {.batch_id = wms_arg_uuid(fcinfo, 0, "batch_id"), .to = wms_arg_text(fcinfo, 1, "status")};
	WmsCommand	command;
	Datum		result;

	change.reason = wms_optional_text(fcinfo, 2);
	refuse_status(change.to);
	wms_command_begin(&command);
	read_change(&change);
	if (strcmp(change.from, change.to) != 0)
		set_status(&change);
	result = wms_result_copy(CStringGetTextDatum(change.from), TEXTOID);
	wms_command_end(&command);
	return result;
}

int64
wms_batches_expire(DateADT as_of, int at_most)
{
	WmsBatchLock lock = {.by_date = true, .as_of = as_of, .skip = at_most > 0};
	Datum		values[] = {DateADTGetDatum(as_of), Int32GetDatum(at_most)};
	WmsColumn  *ids = wms_column(UUIDOID);
	uint64		found = wms_run(&find_expired, values, NULL);
	bool		isnull;

	for (uint64 n = 0; n < found; n++)
		wms_column_add_uuid(ids, DatumGetUUIDP(wms_value(n, 1, &isnull)));
	if (found == 0)
		return 0;
	wms_batches_lock(&lock, wms_column_array(ids));
	if (lock.batches->count == 0)
		return 0;
	return apply(&lock, "expired", NULL);
}

/* Expires batches past their last good day; raises 22008. */
Datum
wms_expire_batches(PG_FUNCTION_ARGS)
{
	DateADT		as_of = wms_arg_as_of(fcinfo, 0, "as_of");
	WmsCommand	command;
	int64		expired;

	wms_command_begin(&command);
	expired = wms_batches_expire(as_of, 0);
	wms_command_end(&command);
	PG_RETURN_INT32((int32) expired);
}
