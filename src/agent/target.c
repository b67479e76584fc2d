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
#include "miscadmin.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/guard.h"
#include "support/settings.h"
#include "support/trigger_work.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(wms_compute_target);

static WmsPlan lock_agent = WMS_PLAN("SELECT FROM agent.agents a WHERE a.id = $1 FOR UPDATE", UUIDOID);

static WmsPlan sum_orders =
WMS_PLAN("SELECT count(*)::integer, coalesce(sum(o.worth), 0), coalesce(sum(o.worth), 0) >= 10000000000"
		 "  FROM (SELECT CASE WHEN o.status = 'refunded' THEN 0"
		 "          ELSE greatest(0, o.total - (SELECT coalesce(sum(r.amount - r.overpaid_amount), 0)"
		 "            FROM sales.refunds r WHERE r.order_id = o.id)) END AS worth"
		 "          FROM sales.orders o"
		 "         WHERE o.agent_id = $1 AND o.confirmed_at >= $2 AND o.confirmed_at < $3"
		 "           AND o.cancelled_at IS NULL) o",
		 UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

/* What a sum is made of. */
#define TARGET "t.id, t.agent_id, t.period_start, t.period_end"

#define STATUS(amount, orders, today) \
	"CASE WHEN t.target_amount IS NULL AND t.target_orders IS NULL THEN 'active'" \
	"     WHEN " amount " >= coalesce(t.target_amount, 0) AND " orders " >= coalesce(t.target_orders, 0) THEN 'achieved'" \
	"     WHEN t.period_end < " today " THEN 'missed' ELSE 'active' END"

static WmsPlan set_achieved =
WMS_PLAN("UPDATE agent.targets t"
		 "   SET achieved_orders = $2, achieved_amount = $3, status = " STATUS("$3", "$2", "$4") ", time_zone = $5"
		 " WHERE t.id = $1 AND (t.achieved_orders, t.achieved_amount, t.status, t.time_zone)"
		 "       IS DISTINCT FROM ($2, $3, " STATUS("$3", "$2", "$4") ", $5)",
		 UUIDOID, INT4OID, NUMERICOID, DATEOID, TEXTOID);

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

/* Of other days: counted by a zone that wms.timezone is no more. */
static WmsPlan lock_stale =
WMS_PLAN("SELECT " TARGET " FROM agent.targets t WHERE t.time_zone < $1 OR t.time_zone > $1"
		 " LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED",
		 TEXTOID, INT4OID);

static WmsPlan share_agent = WMS_PLAN("SELECT FROM agent.agents a WHERE a.id = $1 FOR KEY SHARE", UUIDOID);

static WmsPlan lock_targets =
WMS_PLAN("SELECT FROM agent.targets t WHERE t.agent_id = $1 AND $2 BETWEEN t.period_start AND t.period_end"
		 " ORDER BY t.id FOR NO KEY UPDATE",
		 UUIDOID, DATEOID);

static WmsPlan find_targets =
WMS_PLAN("SELECT FROM agent.targets t WHERE t.agent_id = $1 AND $2 BETWEEN t.period_start AND t.period_end",
		 UUIDOID, DATEOID);

/* What does not is counted anew: the zone of business dates is another one since, or it is too much. */
#define IN_RANGE \
	"t.achieved_amount + $3 >= 0 AND t.achieved_amount + $3 < 10000000000 AND t.achieved_orders + $4 >= 0"

static WmsPlan count_for_targets =
WMS_PLAN("UPDATE agent.targets t"
		 "   SET achieved_amount = t.achieved_amount + $3,"
		 "       achieved_orders = t.achieved_orders + $4,"
		 "       status = " STATUS("t.achieved_amount + $3", "t.achieved_orders + $4", "$5") ","
		 "       updated_at = CURRENT_TIMESTAMP"
		 " WHERE t.agent_id = $1 AND $2 BETWEEN t.period_start AND t.period_end"
		 "   AND " IN_RANGE,
		 UUIDOID, DATEOID, NUMERICOID, INT4OID, DATEOID);

static WmsPlan find_out_of_range =
WMS_PLAN("SELECT " TARGET " FROM agent.targets t"
		 " WHERE t.agent_id = $1 AND $2 BETWEEN t.period_start AND t.period_end AND NOT (" IN_RANGE ")",
		 UUIDOID, DATEOID, NUMERICOID, INT4OID);

typedef struct Target
{
	Datum		id;
	Datum		agent_id;
	DateADT		first;
	DateADT		last;			/* included */
} Target;

static bool
is_moved(TriggerData *trigger)
{
	return wms_trigger_changes(trigger, "agent_id") ||
		wms_trigger_changes(trigger, "period_start") ||
		wms_trigger_changes(trigger, "period_end");
}

static const char *
zone_name(void)
{
	return pg_get_timezone_name(wms_timezone());
}

static void
refuse_range(const Target *target, char *amount)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("achieved_amount of target %s is out of range", wms_uuid_text(DatumGetUUIDP(target->id))),
			 errdetail("The orders of its period come to %s; the most is 9999999999.99.", amount),
			 errhint("Set targets of shorter periods.")));
}

/* The target, which is locked, as its orders have it. */
static void
compute(const Target *target)
{
	Datum		values[5] = {target->agent_id};
	bool		isnull;

	values[1] = TimestampTzGetDatum(DATE_IS_NOBEGIN(target->first) ? DT_NOBEGIN : wms_business_day_start(target->first));
	values[2] = TimestampTzGetDatum(DATE_IS_NOEND(target->last) ? DT_NOEND : wms_business_day_start(target->last + 1));
	wms_read_latest(&sum_orders, values);
	if (wms_value_bool(0, 3))
		refuse_range(target, wms_value_text(0, 2));
	values[0] = target->id;
	values[1] = wms_value(0, 1, &isnull);
	values[2] = wms_value(0, 2, &isnull);
	values[3] = DateADTGetDatum(wms_business_date(wms_clock()));
	values[4] = CStringGetTextDatum(zone_name());
	wms_run(&set_achieved, values, NULL);
}

/* The targets that are in SPI_tuptable. */
static void
compute_all(uint64 count)
{
	Target	   *targets = palloc(count * sizeof(Target));
	bool		isnull;

	for (uint64 row = 0; row < count; row++)
	{
		targets[row].id = wms_value(row, 1, &isnull);
		targets[row].agent_id = wms_value(row, 2, &isnull);
		targets[row].first = DatumGetDateADT(wms_value(row, 3, &isnull));
		targets[row].last = DatumGetDateADT(wms_value(row, 4, &isnull));
	}
	for (uint64 row = 0; row < count; row++)
	{
		CHECK_FOR_INTERRUPTS();
		compute(&targets[row]);
	}
}

static void
compute_moved(TriggerData *trigger, HeapTuple row)
{
	bool		isnull;
	Target		target = {
		.id = wms_trigger_value(trigger, row, "id", UUIDOID, &isnull),
		.agent_id = wms_trigger_value(trigger, row, "agent_id", UUIDOID, &isnull),
		.first = DatumGetDateADT(wms_trigger_value(trigger, row, "period_start", DATEOID, &isnull)),
		.last = DatumGetDateADT(wms_trigger_value(trigger, row, "period_end", DATEOID, &isnull))
	};

	wms_run(&lock_agent, &target.agent_id, NULL);
	compute(&target);
}

/* What wms writes here itself is right already. */
Datum
wms_compute_target(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE);
	HeapTuple	target = wms_trigger_row(trigger);
	WmsTriggerWork work;

	wms_trigger_require_table(trigger, "agent", "targets");
	if (wms_guard_lets_pass(trigger))
		return PointerGetDatum(NULL);
	wms_trigger_work_begin(&work);
	if (is_moved(trigger))
		compute_moved(trigger, target);
	else
	{
		bool		isnull;
		Datum		values[] = {wms_trigger_value(trigger, target, "id", UUIDOID, &isnull),
		DateADTGetDatum(wms_business_date(wms_clock()))};

		wms_run(&set_status, values, NULL);
	}
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}

/*
 * Locks the targets of an agent on a date; returns how many.  A target that was set after the
 * snapshot of the transaction did not count the order and would not be found here: only a new transaction
 * can put that right.
 */
static uint64
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
	return locked;
}

static void
change_targets(const pg_uuid_t *agent_id, TimestampTz confirmed_at, Numeric amount, int32 orders)
{
	Datum		values[] = {UUIDPGetDatum(agent_id), DateADTGetDatum(wms_business_date(confirmed_at)),
	NumericGetDatum(amount), Int32GetDatum(orders), DateADTGetDatum(wms_business_date(wms_clock()))};

	uint64		locked = lock_targets_of(values);

	if (locked > 0 && wms_run(&count_for_targets, values, NULL) < locked)
		compute_all(wms_run(&find_out_of_range, values, NULL));
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

int64
wms_targets_recompute(int32 at_most)
{
	Datum		values[] = {CStringGetTextDatum(zone_name()), Int32GetDatum(at_most)};
	uint64		count = wms_run(&lock_stale, values, NULL);

	compute_all(count);
	return (int64) count;
}
