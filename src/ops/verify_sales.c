/*
 * verify_sales.c
 *		I5 and I6: the amounts of orders, and the uses of coupons.
 */
#include "postgres.h"

#include "ops/verify.h"

/* rows: order_id, expected, actual */
#define ORDER_RULE(rule, what, rows) \
	WMS_VERIFY_RULE( \
		"SELECT '" rule "', 'order ' || o.order_number || '" what "', k.expected::numeric, k.actual::numeric " \
		"FROM (" rows ") k JOIN sales.orders o ON o.id = k.order_id ORDER BY 2")

#define LIVE_REDEMPTIONS "FROM sales.coupon_redemptions r WHERE r.reversed_at IS NULL"

WmsPlan		wms_verify_sales[] = {
	/* I5: the total, never below zero */
	ORDER_RULE("I5", ", total",
		"SELECT o.id AS order_id, "
		"  greatest(0, o.subtotal + o.shipping_cost + o.tax_amount - o.discount_amount) AS expected, "
		"  o.total AS actual "
		"FROM sales.orders o "
		"WHERE o.total < 0 OR o.total <> o.subtotal + o.shipping_cost + o.tax_amount - o.discount_amount"),

	/* I5: the lines, where there are any */
	WMS_VERIFY_RULE(
		"SELECT 'I5', 'order ' || o.order_number || ', lines', i.total_price::numeric, o.subtotal::numeric "
		"FROM (SELECT x.order_id, sum(x.total_price) AS total_price FROM sales.order_items x GROUP BY x.order_id) i "
		"  JOIN sales.orders o ON o.id = i.order_id "
		"WHERE o.subtotal <> i.total_price ORDER BY 2"),

	/* I5: not more given back than was ever paid */
	ORDER_RULE("I5", ", refunds",
		"SELECT r.order_id, coalesce(p.amount, 0) AS expected, r.amount AS actual "
		"FROM (SELECT x.order_id, sum(x.amount) AS amount FROM sales.refunds x GROUP BY x.order_id) r "
		"  LEFT JOIN (SELECT x.order_id, sum(x.amount) AS amount FROM sales.payments x "
		"    WHERE x.paid_at IS NOT NULL GROUP BY x.order_id) p ON p.order_id = r.order_id "
		"WHERE r.amount > coalesce(p.amount, 0)"),

	/* I6: the counter, and its limit */
	WMS_VERIFY_RULE(
		"SELECT 'I6', 'coupon ' || c.code || k.what, k.expected::numeric, k.actual::numeric "
		"FROM sales.coupons c "
		"  LEFT JOIN (SELECT r.coupon_id, count(*) AS uses " LIVE_REDEMPTIONS " GROUP BY r.coupon_id) u "
		"    ON u.coupon_id = c.id "
		"  CROSS JOIN LATERAL (VALUES "
		"    (', used_count', coalesce(u.uses, 0), c.used_count), "
		"    (', usage_limit', least(coalesce(u.uses, 0), c.usage_limit), coalesce(u.uses, 0))) "
		"    AS k (what, expected, actual) "
		"WHERE k.expected <> k.actual ORDER BY 2"),

	/* I6: a customer is a user, and an e-mail address: neither has more uses than a customer may */
	WMS_VERIFY_RULE(
		"SELECT 'I6', 'coupon ' || c.code || ', customer ' || k.customer, c.per_customer_limit::numeric, k.uses::numeric "
		"FROM (SELECT r.coupon_id, coalesce(a.email, r.user_id::text) AS customer, count(*) AS uses "
		"    FROM sales.coupon_redemptions r LEFT JOIN auth.users a ON a.id = r.user_id "
		"    WHERE r.reversed_at IS NULL AND r.user_id IS NOT NULL GROUP BY r.coupon_id, r.user_id, a.email "
		"  UNION "
		"  SELECT r.coupon_id, lower(r.email), count(*) " LIVE_REDEMPTIONS " AND r.email IS NOT NULL GROUP BY 1, 2) k "
		"  JOIN sales.coupons c ON c.id = k.coupon_id "
		"WHERE k.uses > c.per_customer_limit ORDER BY 2"),
};

const int	wms_verify_sales_count = lengthof(wms_verify_sales);
