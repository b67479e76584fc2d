/*
 * clawback.c
 *		What refunds take back of the commissions of an order: a negative row per refund and commission.
 *
 * Commissions that were cancelled are not clawed back, those that were paid are: the next payout nets them.
 *
 * Locks: the order is locked by the caller; agent.agents FOR KEY SHARE, by foreign key, in order of id.
 */
#include "postgres.h"

#include "agent/clawback.h"

#include "support/plans.h"

static WmsPlan claw_back = WMS_PLAN(
	"WITH sums AS MATERIALIZED ("
	"     SELECT o.total, least(o.total, (SELECT coalesce(sum(r.amount - r.overpaid_amount), 0)"
	"                                       FROM sales.refunds r WHERE r.order_id = o.id)) AS refunded"
	"       FROM sales.orders o WHERE o.id = $1),"
	" earlier AS MATERIALIZED ("
	"     SELECT c.agent_id, c.level, sum(c.order_total) AS base, sum(c.commission_amount) AS amount"
	"       FROM agent.commissions c"
	"      WHERE c.order_id = $1 AND c.refund_id IS NOT NULL AND c.status <> 'cancelled'"
	"      GROUP BY c.agent_id, c.level)"
	"INSERT INTO agent.commissions (agent_id, order_id, level, refund_id, order_total, commission_rate,"
	"       commission_amount, status)"
	"SELECT c.agent_id, $1, c.level, $2, least(0, -d.base), c.commission_rate, -d.amount,"
	"       CASE c.status WHEN 'pending' THEN 'pending' ELSE 'approved' END"
	"  FROM agent.commissions c"
	" CROSS JOIN sums s"
	"  LEFT JOIN earlier e ON e.agent_id = c.agent_id AND e.level = c.level"
	" CROSS JOIN LATERAL ("
	"       SELECT CASE WHEN $3 THEN c.order_total"
	"                   ELSE coalesce(round(c.order_total * s.refunded / nullif(s.total, 0), 2), 0) END"
	"              + coalesce(e.base, 0) AS base,"
	"              CASE WHEN $3 THEN c.commission_amount"
	"                   ELSE coalesce(round(c.commission_amount * s.refunded / nullif(s.total, 0), 2), 0) END"
	"              + coalesce(e.amount, 0) AS amount) d"
	" WHERE c.order_id = $1 AND c.refund_id IS NULL AND c.status <> 'cancelled' AND d.amount > 0"
	" ORDER BY c.agent_id, c.level",
	UUIDOID, UUIDOID, BOOLOID);

static WmsPlan find_last_refund = WMS_PLAN(
	"SELECT r.id FROM sales.refunds r WHERE r.order_id = $1 ORDER BY r.created_at DESC, r.id DESC LIMIT 1",
	UUIDOID);

void
wms_commissions_claw_back(const pg_uuid_t *order_id, const pg_uuid_t *refund_id, bool refunded)
{
	Datum		values[] = {UUIDPGetDatum(order_id), UUIDPGetDatum(refund_id), BoolGetDatum(refunded)};

	wms_run(&claw_back, values, NULL);
}

void
wms_commissions_claw_back_earlier(const pg_uuid_t *order_id)
{
	Datum		value = UUIDPGetDatum(order_id);
	bool		isnull;

	if (wms_run(&find_last_refund, &value, NULL) > 0)
		wms_commissions_claw_back(order_id, DatumGetUUIDP(wms_value(0, 1, &isnull)), false);
}
