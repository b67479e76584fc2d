/*
 * verify_parties.c
 *		I7 and I8: what agents earn and are paid, and the totals of customers and targets.
 */
#include "postgres.h"

#include "ops/verify.h"

/*
 * Orders that count for customers and targets, each with what it is worth: its total less refunds, those
 * of overpayments aside; nothing once it is refunded.
 */
#define COUNTED_ORDERS \
	"SELECT o.user_id, o.agent_id, o.confirmed_at, " \
	"  CASE o.status WHEN 'refunded' THEN 0 ELSE greatest(0, o.total - coalesce(r.amount, 0)) END AS worth " \
	"FROM sales.orders o " \
	"  LEFT JOIN (SELECT x.order_id, sum(x.amount - x.overpaid_amount) AS amount " \
	"    FROM sales.refunds x GROUP BY x.order_id) r ON r.order_id = o.id " \
	"WHERE o.confirmed_at IS NOT NULL AND o.cancelled_at IS NULL"

WmsPlan		wms_verify_parties[] = {
	/* I7: one earned commission an order, agent and level, so in one payout at most */
	WMS_VERIFY_RULE(
		"SELECT 'I7', 'agent ' || a.agent_code || ' on order ' || o.order_number || ', level ' || k.level, "
		"  1::numeric, k.rows::numeric "
		"FROM (SELECT c.order_id, c.agent_id, c.level, count(*) AS rows FROM agent.commissions c "
		"    WHERE c.refund_id IS NULL GROUP BY c.order_id, c.agent_id, c.level HAVING count(*) > 1) k "
		"  JOIN agent.agents a ON a.id = k.agent_id "
		"  JOIN sales.orders o ON o.id = k.order_id "
		"ORDER BY 2"),

	/* I7: a commission is paid when, and only when, its payout is completed */
	WMS_VERIFY_RULE(
		"SELECT 'I7', 'agent ' || a.agent_code || ' on order ' || o.order_number || ', paid', "
		"  k.completed::numeric, k.paid::numeric "
		"FROM (SELECT c.agent_id, c.order_id, count(*) FILTER (WHERE p.status = 'completed') AS completed, "
		"    count(*) FILTER (WHERE c.status = 'paid') AS paid "
		"    FROM agent.commissions c LEFT JOIN agent.payouts p ON p.id = c.payout_id "
		"    WHERE (c.status = 'paid') IS DISTINCT FROM coalesce(p.status = 'completed', false) "
		"    GROUP BY c.agent_id, c.order_id) k "
		"  JOIN agent.agents a ON a.id = k.agent_id "
		"  JOIN sales.orders o ON o.id = k.order_id "
		"ORDER BY 2"),

	/* I7: what is in a payout is approved or paid; those of a failed one are free again */
	WMS_VERIFY_RULE(
		"SELECT 'I7', 'payout ' || p.payout_number || ', commissions not due', 0::numeric, count(*)::numeric "
		"FROM agent.payouts p JOIN agent.commissions c ON c.payout_id = p.id "
		"WHERE p.status = 'failed' OR c.status NOT IN ('approved', 'paid') "
		"GROUP BY p.payout_number ORDER BY 2"),

	/* I7: a payout is the sum of its commissions */
	WMS_VERIFY_RULE(
		"SELECT 'I7', 'payout ' || p.payout_number, coalesce(c.amount, 0)::numeric, p.amount::numeric "
		"FROM agent.payouts p "
		"  LEFT JOIN (SELECT x.payout_id, sum(x.commission_amount) AS amount FROM agent.commissions x "
		"    WHERE x.payout_id IS NOT NULL GROUP BY x.payout_id) c ON c.payout_id = p.id "
		"WHERE p.status <> 'failed' AND p.amount <> coalesce(c.amount, 0) ORDER BY 2"),

	/* I7: nothing is left of the commissions on a refunded order */
	WMS_VERIFY_RULE(
		"SELECT 'I7', 'agent ' || a.agent_code || ' on order ' || o.order_number || ', net', 0::numeric, k.net::numeric "
		"FROM (SELECT c.order_id, c.agent_id, sum(c.commission_amount) AS net FROM agent.commissions c "
		"    WHERE c.status <> 'cancelled' GROUP BY c.order_id, c.agent_id) k "
		"  JOIN sales.orders o ON o.id = k.order_id "
		"  JOIN agent.agents a ON a.id = k.agent_id "
		"WHERE o.status = 'refunded' AND k.net <> 0 ORDER BY 2"),

	/* I8: customers, with or without a profile */
	WMS_VERIFY_RULE(
		"SELECT 'I8', 'customer ' || coalesce(u.email, k.user_id::text) || c.what, c.expected::numeric, c.actual::numeric "
		"FROM (SELECT x.user_id, sum(x.orders) AS orders, sum(x.worth) AS worth, sum(x.total_orders) AS total_orders, "
		"      sum(x.total_spent) AS total_spent "
		"    FROM (SELECT o.user_id, 1 AS orders, o.worth, 0 AS total_orders, 0 AS total_spent "
		"        FROM (" COUNTED_ORDERS ") o WHERE o.user_id IS NOT NULL "
		"      UNION ALL "
		"      SELECT p.user_id, 0, 0, p.total_orders, p.total_spent FROM crm.customer_profiles p) x "
		"    GROUP BY x.user_id) k "
		"  LEFT JOIN auth.users u ON u.id = k.user_id "
		"  CROSS JOIN LATERAL (VALUES "
		"    (', total_orders', k.orders, k.total_orders), "
		"    (', total_spent', k.worth, k.total_spent)) AS c (what, expected, actual) "
		"WHERE c.expected <> c.actual ORDER BY 2"),

	/* I8: targets, by the business day of the confirmation, the last day included */
	WMS_VERIFY_RULE(
		"SELECT 'I8', 'target of agent ' || a.agent_code || ' from ' || to_char(t.period_start, 'YYYY-MM-DD') || ' to ' "
		"  || to_char(t.period_end, 'YYYY-MM-DD') || c.what, c.expected::numeric, c.actual::numeric "
		"FROM agent.targets t "
		"  JOIN agent.agents a ON a.id = t.agent_id "
		"  LEFT JOIN (SELECT x.id, count(*) AS orders, sum(o.worth) AS worth FROM agent.targets x "
		"    JOIN (" COUNTED_ORDERS ") o ON o.agent_id = x.agent_id "
		"      AND (o.confirmed_at AT TIME ZONE $1)::date BETWEEN x.period_start AND x.period_end "
		"    GROUP BY x.id) k ON k.id = t.id "
		"  CROSS JOIN LATERAL (VALUES "
		"    (', achieved_orders', coalesce(k.orders, 0), t.achieved_orders), "
		"    (', achieved_amount', coalesce(k.worth, 0), t.achieved_amount)) AS c (what, expected, actual) "
		"WHERE c.expected <> c.actual ORDER BY 2"),
};

const int	wms_verify_parties_count = lengthof(wms_verify_parties);
