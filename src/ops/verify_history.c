/*
 * verify_history.c
 *		I9: the status changes of orders, each recorded once, each with its side effects once.
 *
 * An order that entered the books past 'pending' is an import: what its status did happened elsewhere.
 * Side effects on stock are compared where the tables tell what was asked for, so not in orders with a
 * kit, whose components may have changed since.
 */
#include "postgres.h"

#include "ops/verify.h"

/* rows: order_id, what, expected, actual */
#define ORDER_RULE(rows) \
	WMS_VERIFY_RULE( \
		"SELECT 'I9', 'order ' || o.order_number || ', ' || k.what, k.expected::numeric, k.actual::numeric " \
		"FROM (" rows ") k JOIN sales.orders o ON o.id = k.order_id ORDER BY 2, 3, 4")

/*
 * No status comes before one that may follow it, so the statuses an order has reached are in the order of
 * $2, whatever the clock said.  Many orders share few ways through them, which are judged once each.
 */
#define WAYS \
	"WITH way AS MATERIALIZED (" \
	"  SELECT x.order_id, array_agg(x.position ORDER BY x.position) AS steps " \
	"  FROM (SELECT h.order_id, array_position($2, h.status) AS position FROM sales.order_status_history h) x " \
	"  GROUP BY x.order_id), " \
	"step AS MATERIALIZED (" \
	"  SELECT k.steps, s.position, count(*) AS rows, lag(s.position) OVER (PARTITION BY k.steps ORDER BY s.position) AS before " \
	"  FROM (SELECT w.steps FROM way w GROUP BY w.steps) k CROSS JOIN LATERAL unnest(k.steps) AS s (position) " \
	"  GROUP BY k.steps, s.position) "

/* Orders that began here as pending and have no kit, and when they went on. */
#define PLACED_ORDERS \
	"placed AS MATERIALIZED (" \
	"  SELECT h.order_id, h.confirmed_at, h.shipped_at, o.status IN ('confirmed', 'processing', 'packed') AS open " \
	"  FROM (SELECT x.order_id, min(x.created_at) FILTER (WHERE x.status = 'confirmed') AS confirmed_at, " \
	"      min(x.created_at) FILTER (WHERE x.status = 'shipped') AS shipped_at " \
	"      FROM sales.order_status_history x GROUP BY x.order_id HAVING bool_or(x.status = 'pending')) h " \
	"    JOIN sales.orders o ON o.id = h.order_id " \
	"  WHERE NOT EXISTS (SELECT FROM sales.order_items i " \
	"      JOIN catalog.product_bundle_items b ON b.bundle_product_id = i.product_id WHERE i.order_id = h.order_id) " \
	"    AND NOT EXISTS (SELECT FROM inventory.stock_reservations r " \
	"      JOIN sales.order_items i ON i.id = r.reference_line_id AND i.order_id = r.reference_id " \
	"      WHERE r.reference_type = 'order' AND r.reference_id = h.order_id AND r.product_id <> i.product_id))"

/* A product that had no movement yet was not kept in stock yet. */
#define FIRST_MOVEMENTS \
	"first_movement AS MATERIALIZED (" \
	"  SELECT m.product_id, min(m.created_at) AS created_at FROM inventory.stock_movements m GROUP BY m.product_id)"

/* Units of a line that were given back before anything was shipped never left; both instants are the clock's. */
#define UNITS_NOT_SHIPPED \
	"given_up AS MATERIALIZED (" \
	"  SELECT ri.order_id, ri.order_item_id, sum(ri.quantity) AS units FROM sales.refund_items ri " \
	"    JOIN sales.refunds r ON r.id = ri.refund_id AND r.order_id = ri.order_id " \
	"    JOIN placed l ON l.order_id = ri.order_id " \
	"  WHERE l.shipped_at IS NULL OR r.created_at < l.shipped_at GROUP BY ri.order_id, ri.order_item_id)"

/* By item of an order: what its lines ask for once it is shipped, or until then, and what has left or is held. */
#define GOODS_OF_ORDERS \
	"goods AS (" \
	"  SELECT y.order_id, y.product_id, y.variant_id, sum(y.to_leave) AS to_leave, sum(y.sold) AS sold, " \
	"    sum(y.to_hold) AS to_hold, sum(y.held) AS held " \
	"  FROM (SELECT i.order_id, i.product_id, i.variant_id, " \
	"        CASE WHEN f.created_at <= l.shipped_at THEN u.units ELSE 0 END AS to_leave, 0 AS sold, " \
	"        CASE WHEN l.open AND f.created_at <= l.confirmed_at THEN u.units ELSE 0 END AS to_hold, 0 AS held " \
	"      FROM placed l " \
	"        JOIN sales.order_items i ON i.order_id = l.order_id " \
	"        JOIN catalog.products p ON p.id = i.product_id AND p.is_stocked " \
	"        JOIN first_movement f ON f.product_id = i.product_id " \
	"        LEFT JOIN given_up g ON g.order_id = i.order_id AND g.order_item_id = i.id " \
	"        CROSS JOIN LATERAL (SELECT (i.quantity - coalesce(g.units, 0))::integer AS units) u " \
	"    UNION ALL " \
	"      SELECT m.reference_id, m.product_id, m.variant_id, 0, -m.quantity, 0, 0 " \
	"      FROM inventory.stock_movements m JOIN placed l ON l.order_id = m.reference_id " \
	"      WHERE m.reference_type = 'order' AND m.type = 'sale' " \
	"    UNION ALL " \
	"      SELECT r.reference_id, r.product_id, r.variant_id, 0, 0, 0, r.quantity " \
	"      FROM inventory.stock_reservations r JOIN placed l ON l.order_id = r.reference_id AND l.open " \
	"      WHERE r.reference_type = 'order' AND r.status = 'active' AND r.expires_at IS NULL) y " \
	"  GROUP BY y.order_id, y.product_id, y.variant_id " \
	"  HAVING sum(y.to_leave) <> sum(y.sold) OR sum(y.to_hold) <> sum(y.held)) "

WmsPlan		wms_verify_history[] = {
	/* one row a status reached; none missing in between; the last one says where the order is; each has its instant */
	ORDER_RULE(
		WAYS
		"SELECT w.order_id, k.what, k.expected, k.actual FROM way w "
		"  JOIN (SELECT s.steps, 'history rows ' || ($2)[s.position] AS what, 1 AS expected, s.rows AS actual "
		"      FROM step s WHERE s.rows > 1 "
		"    UNION ALL "
		"      SELECT s.steps, 'step ' || ($2)[s.before] || ' to ' || ($2)[s.position], 0, 1 FROM step s "
		"      WHERE s.before IS NOT NULL AND (($2)[s.before], ($2)[s.position]) NOT IN ("
		"        SELECT t.source, t.target FROM unnest($3, $4) AS t (source, target))) k ON k.steps = w.steps "
		"UNION ALL "
		"SELECT o.id, 'last history row ' || o.status, 1, 0 FROM sales.orders o LEFT JOIN way w ON w.order_id = o.id "
		"WHERE ($2)[w.steps[cardinality(w.steps)]] IS DISTINCT FROM o.status "
		"UNION ALL "
		"SELECT o.id, t.what, 1, 0 FROM way w JOIN sales.orders o ON o.id = w.order_id "
		"  CROSS JOIN LATERAL (VALUES ('confirmed', 'confirmed_at', o.confirmed_at), "
		"    ('shipped', 'shipped_at', o.shipped_at), ('delivered', 'delivered_at', o.delivered_at), "
		"    ('cancelled', 'cancelled_at', o.cancelled_at)) AS t (status, what, instant) "
		"WHERE t.instant IS NULL AND array_position($2, t.status) = ANY (w.steps) "
		"  AND array_position($2, 'pending') = ANY (w.steps)"),

	/*
	 * shipped: the lines have left the warehouse, once; confirmed and not yet shipped: they are held, and the
	 * holds do not lapse
	 */
	ORDER_RULE(
		"WITH " PLACED_ORDERS ", " FIRST_MOVEMENTS ", " UNITS_NOT_SHIPPED ", " GOODS_OF_ORDERS
		"SELECT x.order_id, t.what || ' ' || p.sku || coalesce(' / ' || v.sku, '') AS what, t.expected, t.actual "
		"FROM goods x "
		"  JOIN catalog.products p ON p.id = x.product_id AND p.is_stocked "
		"  LEFT JOIN catalog.product_variants v ON v.id = x.variant_id "
		"  CROSS JOIN LATERAL (VALUES ('sold', x.to_leave, x.sold), ('held', x.to_hold, x.held)) AS t (what, expected, actual) "
		"WHERE t.expected <> t.actual"),

	/* shipped or cancelled: nothing is held any more */
	ORDER_RULE(
		"SELECT r.reference_id AS order_id, 'holds' AS what, 0 AS expected, sum(r.quantity) AS actual "
		"FROM inventory.stock_reservations r JOIN sales.orders o ON o.id = r.reference_id "
		"WHERE r.reference_type = 'order' AND r.status = 'active' "
		"  AND o.status IN ('shipped', 'delivered', 'cancelled', 'refunded') "
		"GROUP BY r.reference_id"),

	/* cancelled: the coupon use is given back; otherwise there is one at most */
	ORDER_RULE(
		"SELECT o.id AS order_id, 'coupon uses' AS what, CASE WHEN o.cancelled_at IS NULL THEN 1 ELSE 0 END AS expected, "
		"  r.uses AS actual "
		"FROM (SELECT x.order_id, count(*) AS uses FROM sales.coupon_redemptions x "
		"    WHERE x.reversed_at IS NULL GROUP BY x.order_id) r "
		"  JOIN sales.orders o ON o.id = r.order_id "
		"WHERE r.uses > CASE WHEN o.cancelled_at IS NULL THEN 1 ELSE 0 END"),

	/* cancelled: so are the commissions, clawbacks too; delivered: none is pending any more */
	ORDER_RULE(
		"SELECT c.order_id, 'commissions ' || c.status AS what, 0 AS expected, count(*) AS actual "
		"FROM agent.commissions c JOIN sales.orders o ON o.id = c.order_id "
		"WHERE CASE WHEN o.cancelled_at IS NOT NULL THEN c.status <> 'cancelled' "
		"    ELSE o.status = 'delivered' AND c.status = 'pending' END "
		"GROUP BY c.order_id, c.status"),
};

const int	wms_verify_history_count = lengthof(wms_verify_history);
