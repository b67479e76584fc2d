/*
 * commission.c
 *		Commissions of an order over its life.
 *
 * Locks: the order is locked by the caller; agent.agents FOR KEY SHARE, by foreign key; the rows written.
 */
#include "postgres.h"

#include "agent/commission.h"

#include "agent/commission_direct.h"
#include "support/plans.h"
#include "support/settings.h"
#include "utils/builtins.h"

/*
 * Those above an agent who earns nothing earn from where they are.  An order that has commissions keeps them, whoever
 * is above its agent by now; only a seller who earned nothing may still get a rate.
 */
static WmsPlan earn = WMS_PLAN(
	"WITH RECURSIVE line AS ("
	"     SELECT a.id, a.parent_agent_id, a.tier, a.commission_rate, a.is_active, a.deleted_at, 0 AS level"
	"       FROM agent.agents a WHERE a.id = $2"
	"      UNION ALL"
	"     SELECT a.id, a.parent_agent_id, a.tier, a.commission_rate, a.is_active, a.deleted_at, l.level + 1"
	"       FROM line l JOIN agent.agents a ON a.id = l.parent_agent_id"
	"      WHERE l.level < $4),"
	" earlier AS MATERIALIZED ("
	"     SELECT count(*) AS rows FROM agent.commissions c WHERE c.order_id = $1 AND c.refund_id IS NULL)"
	"INSERT INTO agent.commissions (agent_id, order_id, level, order_total, commission_rate,"
	"       commission_amount, status)"
	"SELECT l.id, $1, l.level, $3, r.rate, round($3 * r.rate / 100, 2), $6"
	"  FROM line l"
	" CROSS JOIN earlier e"
	" CROSS JOIN LATERAL (SELECT coalesce(CASE WHEN l.level = 0 THEN coalesce($5, l.commission_rate) END,"
	"       (SELECT o.rate FROM agent.override_rates o WHERE o.tier = l.tier AND o.level = l.level)) AS rate) r"
	" WHERE l.is_active AND l.deleted_at IS NULL AND r.rate > 0"
	"   AND (e.rows = 0 OR (l.level = 0 AND $5 IS NOT NULL))"
	" ORDER BY l.id"
	"    ON CONFLICT (order_id, agent_id, level) WHERE refund_id IS NULL DO NOTHING",
	UUIDOID, UUIDOID, NUMERICOID, INT4OID, NUMERICOID, TEXTOID);

static WmsPlan approve = WMS_PLAN_DIRECT(wms_direct_no_commissions, NULL,
	"UPDATE agent.commissions c SET status = 'approved', updated_at = CURRENT_TIMESTAMP"
	" WHERE c.order_id = $1 AND c.status = 'pending'",
	UUIDOID);

static WmsPlan cancel = WMS_PLAN_DIRECT(wms_direct_no_commissions, NULL,
	"UPDATE agent.commissions c SET status = 'cancelled', updated_at = CURRENT_TIMESTAMP"
	" WHERE c.order_id = $1 AND c.status IN ('pending', 'approved') AND c.payout_id IS NULL",
	UUIDOID);

/* At the rates they were earned at. */
static WmsPlan reckon = WMS_PLAN_DIRECT(wms_direct_no_commissions, NULL,
	"UPDATE agent.commissions c"
	"   SET order_total = $2, commission_amount = round($2 * c.commission_rate / 100, 2),"
	"       updated_at = CURRENT_TIMESTAMP"
	" WHERE c.order_id = $1 AND c.refund_id IS NULL AND c.status <> 'cancelled' AND c.payout_id IS NULL",
	UUIDOID, NUMERICOID);

void
wms_commissions_earn(const pg_uuid_t *order_id, const pg_uuid_t *agent_id, Numeric base, Numeric rate,
					 bool approved)
{
	Datum		values[] = {UUIDPGetDatum(order_id), UUIDPGetDatum(agent_id), NumericGetDatum(base),
	Int32GetDatum(wms_commission_max_levels), NumericGetDatum(rate), CStringGetTextDatum(approved ? "approved" : "pending")};
	bool		nulls[lengthof(values)] = {[4] = rate == NULL};

	wms_run(&earn, values, nulls);
}

void
wms_commissions_reckon(const pg_uuid_t *order_id, Numeric base)
{
	Datum		values[] = {UUIDPGetDatum(order_id), NumericGetDatum(base)};

	wms_run(&reckon, values, NULL);
}

void
wms_commissions_approve(const pg_uuid_t *order_id)
{
	Datum		value = UUIDPGetDatum(order_id);

	wms_run(&approve, &value, NULL);
}

void
wms_commissions_cancel(const pg_uuid_t *order_id)
{
	Datum		value = UUIDPGetDatum(order_id);

	wms_run(&cancel, &value, NULL);
}
