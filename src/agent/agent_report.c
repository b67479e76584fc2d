/*
 * agent_report.c
 *		An agent's tree, balance and performance.
 *
 * An order counts on the business day it was confirmed, its commissions, refunds and clawbacks too.
 *
 * Takes no locks; reads as the caller, so that an agent he may not see is one that is not there.
 */
#include "postgres.h"

#include "agent/agent.h"

#include "fmgr.h"
#include "funcapi.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_agent_tree);
PG_FUNCTION_INFO_V1(wms_agent_balance);
PG_FUNCTION_INFO_V1(wms_agent_performance);

/*
 * Whoever is below has one parent, so the only way round a cycle that got in while triggers were off leads back to
 * the top.
 */
static WmsPlan tree = WMS_PLAN(
	"WITH RECURSIVE tree AS ("
	"     SELECT a.id, a.agent_code, a.parent_agent_id, a.tier, 0 AS depth FROM agent.agents a WHERE a.id = $1"
	"      UNION ALL"
	"     SELECT a.id, a.agent_code, a.parent_agent_id, a.tier, t.depth + 1"
	"       FROM tree t JOIN agent.agents a ON a.parent_agent_id = t.id"
	"      WHERE a.id <> $1)"
	"SELECT t.id, t.agent_code, t.parent_agent_id, t.tier, t.depth FROM tree t ORDER BY t.depth, t.agent_code, t.id",
	UUIDOID);

#define SUM(of, condition) "coalesce(sum(" of ") FILTER (WHERE " condition "), 0.00)"

static WmsPlan balance = WMS_PLAN(
	"SELECT " SUM("c.commission_amount", "c.status = 'pending'") ", "
	SUM("c.commission_amount", "c.status = 'approved' AND c.payout_id IS NULL") ", "
	SUM("c.commission_amount", "c.status = 'approved' AND c.payout_id IS NOT NULL") ", "
	SUM("c.commission_amount", "c.status = 'paid'")
	"  FROM agent.agents a LEFT JOIN agent.commissions c ON c.agent_id = a.id"
	" WHERE a.id = $1 GROUP BY a.id",
	UUIDOID);

/* $2 and $3: from the first instant to the one after the last. */
static WmsPlan performance = WMS_REPORT(
	"SELECT s.orders, s.sales, e.pending, e.approved, e.paid"
	"  FROM agent.agents a"
	" CROSS JOIN (SELECT count(*) AS orders, coalesce(sum(CASE WHEN o.status = 'refunded' THEN 0.00"
	"                    ELSE greatest(0.00, o.total - (SELECT coalesce(sum(r.amount - r.overpaid_amount), 0.00)"
	"                                                     FROM sales.refunds r WHERE r.order_id = o.id)) END), 0.00) AS sales"
	"               FROM sales.orders o"
	"              WHERE o.agent_id = $1 AND o.confirmed_at >= $2 AND o.confirmed_at < $3 AND o.cancelled_at IS NULL) s"
	" CROSS JOIN (SELECT " SUM("c.commission_amount", "c.status = 'pending'") " AS pending, "
	SUM("c.commission_amount", "c.status = 'approved'") " AS approved, "
	SUM("c.commission_amount", "c.status = 'paid'") " AS paid"
	"               FROM agent.commissions c JOIN sales.orders o ON o.id = c.order_id"
	"              WHERE c.agent_id = $1 AND o.confirmed_at >= $2 AND o.confirmed_at < $3) e"
	" WHERE a.id = $1",
	UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

void
wms_refuse_unknown_agent(const pg_uuid_t *agent_id)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
			 errmsg("there is no agent %s", wms_uuid_text(agent_id)),
			 errhint("The agents are in agent.agents.")));
}

static Datum
rows_of_agent(FunctionCallInfo fcinfo, WmsPlan *plan, const pg_uuid_t *agent_id, Datum *values)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	wms_query_begin();
	if (wms_read(plan, values, NULL) == 0)
		wms_refuse_unknown_agent(agent_id);
	wms_put_rows(result->setResult);
	wms_query_end();
	return (Datum) 0;
}

/* wms_agent_tree(agent_id uuid) → table; raises WM004 */
Datum
wms_agent_tree(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *agent_id = wms_arg_uuid(fcinfo, 0, "agent_id");
	Datum		value = UUIDPGetDatum(agent_id);

	return rows_of_agent(fcinfo, &tree, agent_id, &value);
}

/* wms_agent_balance(agent_id uuid) → table (pending, approved, in_payout, paid numeric); raises WM004 */
Datum
wms_agent_balance(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *agent_id = wms_arg_uuid(fcinfo, 0, "agent_id");
	Datum		value = UUIDPGetDatum(agent_id);

	return rows_of_agent(fcinfo, &balance, agent_id, &value);
}

/* wms_agent_performance(agent_id uuid, from_date date, to_date date) → table; raises WM004, 22023 */
Datum
wms_agent_performance(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *agent_id = wms_arg_uuid(fcinfo, 0, "agent_id");
	Datum		values[3];

	values[0] = UUIDPGetDatum(agent_id);
	values[1] = TimestampTzGetDatum(wms_arg_day(fcinfo, 1, "from_date", 0));
	values[2] = TimestampTzGetDatum(wms_arg_day(fcinfo, 2, "to_date", 1));
	return rows_of_agent(fcinfo, &performance, agent_id, values);
}
