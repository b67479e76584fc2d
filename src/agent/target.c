/*
 * target.c
 *		What an agent has achieved in a period: computed when the target is set or moved, kept up with every
 *		order that is confirmed.  The status follows: achieved while all goals are reached, missed when the
 *		period is over without; a target without goals stays active.
 *
 * Setting a target locks it (it is being written), then the agent FOR UPDATE.  A confirmation locks its agent
 * FOR KEY SHARE before it looks for targets, and those in order of id: either it finds this one, or it is over
 * and its order is counted here.
 */
#include "postgres.h"

#include "agent/target.h"

#include "access/xact.h"
#include "support/clock.h"
#include "support/guard.h"
#include "support/trigger_work.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(wms_compute_target);

static WmsPlan lock_agent = WMS_PLAN("SELECT FROM agent.agents a WHERE a.id = $1 FOR UPDATE", UUIDOID);

static WmsPlan sum_orders =
WMS_PLAN("SELECT count(*)::integer, coalesce(sum(CASE WHEN o.status = 'refunded' THEN 0"
		 "   ELSE greatest(0, o.total - (SELECT coalesce(sum(r.amount - r.overpaid_amount), 0)"
		 "     FROM sales.refunds r WHERE r.order_id = o.id)) END), 0)"
		 " FROM sales.orders o"
		 " WHERE o.agent_id = $1 AND o.confirmed_at >= $2 AND o.confirmed_at < $3 AND o.cancelled_at IS NULL",
		 UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

#define STATUS(amount, orders, today) \
	"CASE WHEN t.target_amount IS NULL AND t.target_orders IS NULL THEN 'active'" \
	"     WHEN " amount " >= coalesce(t.target_amount, 0) AND " orders " >= coalesce(t.target_orders, 0) THEN 'achieved'" \
	"     WHEN t.period_end < " today " THEN 'missed' ELSE 'active' END"

static WmsPlan set_achieved =
WMS_PLAN("UPDATE agent.targets t"
		 "   SET achieved_orders = $2, achieved_amount = $3, status = " STATUS("$3", "$2", "$4")
		 " WHERE t.id = $1 AND (t.achieved_orders, t.achieved_amount, t.status)"
		 "       IS DISTINCT FROM ($2, $3, " STATUS("$3", "$2", "$4") ")",
		 UUIDOID, INT4OID, NUMERICOID, DATEOID);

static WmsPlan set_status =
WMS_PLAN("UPDATE agent.targets t SET status = " STATUS("t.achieved_amount", "t.achieved_orders", "$2")
		 " WHERE t.id = $1 AND t.status <> " STATUS("t.achieved_amount", "t.achieved_orders", "$2"),
		 UUIDOID, DATEOID);

static WmsPlan end_periods =
WMS_PLAN("WITH over AS MATERIALIZED ("
		 "     SELECT t.id FROM agent.targets t WHERE t.status = 'active' AND t.period_end < $1"
		 "        AND (t.target_amount IS NOT NULL OR t.target_orders IS NOT NULL)"
		 "      LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)"
		 "UPDATE agent.targets t"
		 "   SET status = " STATUS("t.achieved_amount", "t.achieved_orders", "$1") ", updated_at = CURRENT_TIMESTAMP"
		 "  FROM over o WHERE t.id = o.id",
		 DATEOID, INT4OID);

static WmsPlan share_agent = WMS_PLAN("SELECT FROM agent.agents a WHERE a.id = $1 FOR KEY SHARE", UUIDOID);

static WmsPlan lock_targets =
WMS_PLAN("SELECT FROM agent.targets t WHERE t.agent_id = $1 AND $2 BETWEEN t.period_start AND t.period_end"
		 " ORDER BY t.id FOR NO KEY UPDATE",
		 UUIDOID, DATEOID);

static WmsPlan find_targets =
WMS_PLAN("SELECT FROM agent.targets t WHERE t.agent_id = $1 AND $2 BETWEEN t.period_start AND t.period_end",
		 UUIDOID, DATEOID);

static WmsPlan count_for_targets =
WMS_PLAN("UPDATE agent.targets t"
		 "   SET achieved_amount = t.achieved_amount + $3,"
		 "       achieved_orders = t.achieved_orders + $4,"
		 "       status = " STATUS("t.achieved_amount + $3", "t.achieved_orders + $4", "$5") ","
		 "       updated_at = CURRENT_TIMESTAMP"
		 " WHERE t.agent_id = $1 AND $2 BETWEEN t.period_start AND t.period_end",
		 UUIDOID, DATEOID, NUMERICOID, INT4OID, DATEOID);

static bool
is_moved(TriggerData *trigger)
{
	return wms_trigger_changes(trigger, "agent_id") ||
		wms_trigger_changes(trigger, "period_start") ||
		wms_trigger_changes(trigger, "period_end");
}

/* Business dates, the last one included. */
static void
sum_of_period(TriggerData *trigger, HeapTuple target)
{
	Datum		values[3];
	bool		isnull;
	DateADT		first = DatumGetDateADT(wms_trigger_value(trigger, target, "period_start", DATEOID, &isnull));
	DateADT		last = DatumGetDateADT(wms_trigger_value(trigger, target, "period_end", DATEOID, &isnull));

	values[0] = wms_trigger_value(trigger, target, "agent_id", UUIDOID, &isnull);
	values[1] = TimestampTzGetDatum(DATE_IS_NOBEGIN(first) ? DT_NOBEGIN : wms_business_day_start(first));
	values[2] = TimestampTzGetDatum(DATE_IS_NOEND(last) ? DT_NOEND : wms_business_day_start(last + 1));
	wms_run(&lock_agent, values, NULL);
	wms_read_latest(&sum_orders, values);
}

/* What wms writes here itself is right already. */
Datum
wms_compute_target(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE);
	HeapTuple	target = wms_trigger_row(trigger);
	Datum		values[4];
	bool		isnull;
	WmsTriggerWork work;

	wms_trigger_require_table(trigger, "agent", "targets");
	if (wms_guard_lets_pass(trigger))
		return PointerGetDatum(NULL);
	wms_trigger_work_begin(&work);
	values[0] = wms_trigger_value(trigger, target, "id", UUIDOID, &isnull);
	values[1] = values[3] = DateADTGetDatum(wms_business_date(wms_clock()));
	if (is_moved(trigger))
	{
		sum_of_period(trigger, target);
		values[1] = wms_value(0, 1, &isnull);
		values[2] = wms_value(0, 2, &isnull);
		wms_run(&set_achieved, values, NULL);
	}
	else
		wms_run(&set_status, values, NULL);
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}

/*
 * Locks the targets of an agent on a date; false when there is none.  A target that was set after the
 * snapshot of the transaction did not count the order and would not be found here: only a new transaction
 * can put that right.
 */
static bool
lock_targets_of(Datum *agent_and_date)
{
	uint64		locked;

	wms_run(&share_agent, agent_and_date, NULL);
	locked = wms_run(&lock_targets, agent_and_date, NULL);
	if (IsolationUsesXactSnapshot() && wms_read_latest(&find_targets, agent_and_date) != locked)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to concurrent update"),
				 errdetail("A target of the order's agent was set meanwhile."),
				 errhint("The transaction might succeed if retried.")));
	return locked > 0;
}

static void
change_targets(const pg_uuid_t *agent_id, TimestampTz confirmed_at, Numeric amount, int32 orders)
{
	Datum		values[] = {UUIDPGetDatum(agent_id), DateADTGetDatum(wms_business_date(confirmed_at)),
	NumericGetDatum(amount), Int32GetDatum(orders), DateADTGetDatum(wms_business_date(wms_clock()))};

	if (lock_targets_of(values))
		wms_run(&count_for_targets, values, NULL);
}

void
wms_targets_count(const pg_uuid_t *agent_id, TimestampTz confirmed_at, Numeric amount, int sign)
{
	Datum		signed_amount = sign > 0 ? NumericGetDatum(amount) :
		DirectFunctionCall1(numeric_uminus, NumericGetDatum(amount));

	change_targets(agent_id, confirmed_at, DatumGetNumeric(signed_amount), sign);
}

void
wms_targets_adjust(const pg_uuid_t *agent_id, TimestampTz confirmed_at, Numeric change)
{
	change_targets(agent_id, confirmed_at, change, 0);
}

int64
wms_targets_end(DateADT today, int32 at_most)
{
	Datum		values[] = {DateADTGetDatum(today), Int32GetDatum(at_most)};

	return (int64) wms_run(&end_periods, values, NULL);
}
