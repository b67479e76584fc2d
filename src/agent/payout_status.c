/*
 * payout_status.c
 *		wms_process_payout(), wms_complete_payout() and wms_fail_payout(): what becomes of a payout.
 *
 * Locks: the payout FOR UPDATE; its commissions, which nobody changes without it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/event.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(wms_process_payout);
PG_FUNCTION_INFO_V1(wms_complete_payout);
PG_FUNCTION_INFO_V1(wms_fail_payout);

static WmsPlan lock_payout = WMS_PLAN(
	"SELECT p.payout_number, p.status FROM agent.payouts p WHERE p.id = $1 FOR UPDATE", UUIDOID);

static WmsPlan write_status = WMS_PLAN(
	"UPDATE agent.payouts p"
	"   SET status = $2,"
	"       processed_at = CASE WHEN $2 IN ('completed', 'failed') THEN $3 ELSE p.processed_at END,"
	"       notes = CASE WHEN $4 IS NULL THEN p.notes ELSE concat_ws(E'\\n', nullif(p.notes, ''), $4) END,"
	"       updated_at = CURRENT_TIMESTAMP"
	" WHERE p.id = $1 RETURNING p.status = $2",
	UUIDOID, TEXTOID, TIMESTAMPTZOID, TEXTOID);

static WmsPlan count_commissions = WMS_PLAN(
	"SELECT count(*) FROM agent.commissions c WHERE c.payout_id = $1", UUIDOID);

static WmsPlan mark_paid = WMS_PLAN(
	"UPDATE agent.commissions c SET status = 'paid', paid_at = $2, updated_at = CURRENT_TIMESTAMP"
	" WHERE c.payout_id = $1 RETURNING c.status = 'paid' AND c.payout_id = $1",
	UUIDOID, TIMESTAMPTZOID);

static WmsPlan give_back = WMS_PLAN(
	"UPDATE agent.commissions c SET payout_id = NULL, updated_at = CURRENT_TIMESTAMP"
	" WHERE c.payout_id = $1 RETURNING c.status = 'approved' AND c.payout_id IS NULL",
	UUIDOID);

/* The life of a payout. */
static const struct
{
	const char *status;
	const char *next[3];
	const char *listed;
}			transitions[] = {
	{"pending", {"processing", "completed", "failed"}, "processing, completed, failed"},
	{"processing", {"completed", "failed"}, "completed, failed"},
};

/* Locks the payout; false when it is there already; raises WM003, WM004. */
static bool
lock_and_check(const pg_uuid_t *payout_id, const char *to)
{
	Datum		value = UUIDPGetDatum(payout_id);
	const char *listed = "nothing";
	char	   *from;

	if (wms_run(&lock_payout, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no payout %s", wms_uuid_text(payout_id)),
				 errhint("The payouts are in agent.payouts.")));
	from = wms_value_text(0, 2);
	if (strcmp(from, to) == 0)
		return false;
	for (int i = 0; i < lengthof(transitions); i++)
	{
		if (strcmp(transitions[i].status, from) != 0)
			continue;
		listed = transitions[i].listed;
		for (int n = 0; n < lengthof(transitions[i].next) && transitions[i].next[n] != NULL; n++)
			if (strcmp(transitions[i].next[n], to) == 0)
				return true;
	}
	ereport(ERROR,
			(errcode(ERRCODE_WMS_INVALID_STATUS_TRANSITION),
			 errmsg("payout %s cannot go from %s to %s", wms_value_text(0, 1), from, to),
			 errdetail("What may follow %s: %s.", from, listed),
			 errhint("A payout that is completed or failed stays that; wms_create_payout() pays what is still to be paid.")));
	return false;				/* not reached */
}

static void
change(const pg_uuid_t *payout_id, const char *to, const char *note)
{
	TimestampTz now = wms_clock();
	Datum		values[4];
	bool		nulls[4] = {false};
	uint64		commissions;

	values[0] = UUIDPGetDatum(payout_id);
	values[1] = CStringGetTextDatum(to);
	values[2] = TimestampTzGetDatum(now);
	values[3] = wms_text_param(note, &nulls[3]);
	wms_run_unaltered(&write_status, values, nulls, 1);
	wms_run(&count_commissions, values, NULL);
	commissions = wms_value_int64(0, 1);
	values[1] = TimestampTzGetDatum(now);
	if (strcmp(to, "completed") == 0)
		wms_run_unaltered(&mark_paid, values, NULL, commissions);
	else if (strcmp(to, "failed") == 0)
		wms_run_unaltered(&give_back, values, NULL, commissions);
	wms_event_status("payout", payout_id, to);
}

static Datum
carry_out(FunctionCallInfo fcinfo, const char *to, const char *note)
{
	pg_uuid_t  *payout_id = wms_arg_uuid(fcinfo, 0, "payout_id");
	WmsCommand	command;

	wms_command_begin(&command);
	if (lock_and_check(payout_id, to))
		change(payout_id, to, note);
	wms_command_end(&command);
	return CStringGetTextDatum(to);
}

/* It is on its way; raises WM003, WM004, 22023, like those below. */
Datum
wms_process_payout(PG_FUNCTION_ARGS)
{
	return carry_out(fcinfo, "processing", NULL);
}

/* It arrived: its commissions are paid. */
Datum
wms_complete_payout(PG_FUNCTION_ARGS)
{
	return carry_out(fcinfo, "completed", NULL);
}

/* It did not arrive: its commissions can be paid again. */
Datum
wms_fail_payout(PG_FUNCTION_ARGS)
{
	return carry_out(fcinfo, "failed", wms_optional_text(fcinfo, 1));
}
