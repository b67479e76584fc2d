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

/* The bit of a status among the steps of an order. */
#define STEP(status) "(1 << array_position($2, " status "))"

/* The bits of the statuses whose instant the order does not have. */
#define UNDATED(status, instant) "CASE WHEN o." instant " IS NULL THEN " STEP("'" status "'") " ELSE 0 END"

/*
 * Every order with the statuses it has reached, as bits.  No status comes before one that may follow it, so they are
 * in the order of $2, whatever the clock said.
 */
#define WAYS \
	"way AS MATERIALIZED (" \
	"  SELECT o.id AS order_id, o.status, h.steps, h.rows, h.confirmed_at, h.shipped_at, " \
	"    " UNDATED("confirmed", "confirmed_at") " | " UNDATED("shipped", "shipped_at") " | " \
	"    " UNDATED("delivered", "delivered_at") " | " UNDATED("cancelled", "cancelled_at") " AS undated " \
	"  FROM sales.orders o LEFT JOIN (" \
	"    SELECT x.order_id, bit_or(" STEP("x.status") ") AS steps, count(*) AS rows, " \
	"      min(x.created_at) FILTER (WHERE x.status = 'confirmed') AS confirmed_at, " \
	"      min(x.created_at) FILTER (WHERE x.status = 'shipped') AS shipped_at " \
	"    FROM sales.order_status_history x GROUP BY x.order_id) h ON h.order_id = o.id)"

/* Many orders share few ways, which are judged once each. */
#define STEPS_OF_WAYS \
	"step AS MATERIALIZED (" \
	"  SELECT k.steps, s.position, lag(s.position) OVER (PARTITION BY k.steps ORDER BY s.position) AS before " \
	"  FROM (SELECT w.steps FROM way w GROUP BY w.steps) k " \
	"    JOIN generate_series(1, cardinality($2)) AS s (position) ON k.steps & (1 << s.position) <> 0)"

/* Orders that began here as pending, and when they went on. */
#define PLACED_ORDERS \
	"placed AS (" \
	"  SELECT w.order_id, w.confirmed_at, w.shipped_at, w.status IN ('confirmed', 'processing', 'packed') AS open " \
	"  FROM way w WHERE w.steps & " STEP("'pending'") " <> 0)"

/* Units of a line that were given back before anything was shipped never left; both instants are the clock's. */
#define UNITS_NOT_SHIPPED \
	"given_up AS MATERIALIZED (" \
	"  SELECT ri.order_id, ri.order_item_id, sum(ri.quantity) AS units FROM sales.refund_items ri " \
	"    JOIN sales.refunds r ON r.id = ri.refund_id AND r.order_id = ri.order_id " \
	"    JOIN placed l ON l.order_id = ri.order_id " \
	"  WHERE l.shipped_at IS NULL OR r.created_at < l.shipped_at GROUP BY ri.order_id, ri.order_item_id)"

/*
 * By item of an order, where it is not equal: what its lines ask for, and what has left once it is shipped, or is
 * held until then.
 */
#define GOODS_OF_ORDERS \
	"goods AS (" \
	"  SELECT y.order_id, y.product_id, y.variant_id, y.what, sum(y.expected) AS expected, sum(y.actual) AS actual " \
	"  FROM (SELECT i.order_id, i.product_id, i.variant_id, " \
	"        CASE WHEN l.shipped_at IS NULL THEN 'held' ELSE 'sold' END AS what, " \
	"        (i.quantity - coalesce(g.units, 0))::integer AS expected, 0 AS actual " \
	"      FROM placed l " \
	"        JOIN sales.order_items i ON i.order_id = l.order_id " \
	"        JOIN catalog.products p ON p.id = i.product_id AND p.is_stocked " \
	"        LEFT JOIN given_up g ON g.order_id = i.order_id AND g.order_item_id = i.id " \
	"      WHERE l.open OR l.shipped_at IS NOT NULL " \
	"    UNION ALL " \
	"      SELECT m.reference_id, m.product_id, m.variant_id, 'sold', 0, -m.quantity " \
	"      FROM inventory.stock_movements m JOIN placed l ON l.order_id = m.reference_id " \
	"      WHERE m.reference_type = 'order' AND m.type = 'sale' " \
	"    UNION ALL " \
	"      SELECT r.reference_id, r.product_id, r.variant_id, 'held', 0, r.quantity " \
	"      FROM inventory.stock_reservations r JOIN placed l ON l.order_id = r.reference_id AND l.open " \
	"      WHERE r.reference_type = 'order' AND r.status = 'active' AND r.expires_at IS NULL) y " \
	"  GROUP BY y.order_id, y.product_id, y.variant_id, y.what " \
	"  HAVING sum(y.expected) <> sum(y.actual))"

/* A product that had no movement yet was not kept in stock yet. */
#define FIRST_MOVEMENTS \
	"first_movement AS (" \
	"  SELECT m.product_id, min(m.created_at) AS created_at FROM inventory.stock_movements m GROUP BY m.product_id)"

/* Looked up for the few orders that seem to differ: OFFSET keeps them from being joined to all. */
#define HAS_KIT(of) \
	"(EXISTS (SELECT FROM sales.order_items i JOIN catalog.product_bundle_items b ON b.bundle_product_id = i.product_id " \
	"    WHERE i.order_id = " of " OFFSET 0) " \
	"  OR EXISTS (SELECT FROM inventory.stock_reservations r " \
	"    JOIN sales.order_items i ON i.id = r.reference_line_id AND i.order_id = r.reference_id " \
	"    WHERE r.reference_type = 'order' AND r.reference_id = " of " AND r.product_id <> i.product_id OFFSET 0))"

WmsPlan		wms_verify_history[] = {
	/*
	 * one row a status reached; none missing in between; the last one says where the order is; each has its instant;
	 * shipped: the lines have left the warehouse, once; confirmed and not yet shipped: they are held, and the holds do
	 * not lapse
	 */
	ORDER_RULE(
		"WITH " WAYS ", " STEPS_OF_WAYS ", " PLACED_ORDERS ", " UNITS_NOT_SHIPPED ", " GOODS_OF_ORDERS ", " FIRST_MOVEMENTS
		"SELECT w.order_id, 'history rows ' || d.status AS what, 1 AS expected, d.rows AS actual FROM way w "
		"  CROSS JOIN LATERAL (SELECT h.status, count(*) AS rows FROM sales.order_status_history h "
		"    WHERE h.order_id = w.order_id GROUP BY h.status HAVING count(*) > 1) d "
		"WHERE w.rows <> bit_count(w.steps::bit(32)) "
		"UNION ALL "
		"SELECT w.order_id, 'step ' || ($2)[s.before] || ' to ' || ($2)[s.position], 0, 1 FROM way w "
		"  JOIN step s ON s.steps = w.steps AND s.before IS NOT NULL AND (($2)[s.before], ($2)[s.position]) NOT IN ("
		"    SELECT t.source, t.target FROM unnest($3, $4) AS t (source, target)) "
		"UNION ALL "
		"SELECT w.order_id, 'last history row ' || w.status, 1, 0 FROM way w "
		"WHERE w.steps >> array_position($2, w.status) IS DISTINCT FROM 1 "
		"UNION ALL "
		"SELECT w.order_id, t.status || '_at', 1, 0 FROM way w "
		"  JOIN unnest($2) AS t (status) ON w.steps & w.undated & " STEP("t.status") " <> 0 "
		"WHERE w.steps & w.undated <> 0 AND w.steps & " STEP("'pending'") " <> 0 "
		"UNION ALL "
		"SELECT x.order_id, x.what || ' ' || p.sku || coalesce(' / ' || v.sku, ''), t.expected, x.actual "
		"FROM goods x "
		"  JOIN way w ON w.order_id = x.order_id "
		"  JOIN catalog.products p ON p.id = x.product_id AND p.is_stocked "
		"  LEFT JOIN catalog.product_variants v ON v.id = x.variant_id "
		"  LEFT JOIN first_movement f ON f.product_id = x.product_id "
		"  CROSS JOIN LATERAL (SELECT CASE WHEN f.created_at <= CASE x.what WHEN 'sold' THEN w.shipped_at "
		"    ELSE w.confirmed_at END THEN x.expected ELSE 0 END AS expected) t "
		"WHERE t.expected <> x.actual AND NOT " HAS_KIT("x.order_id")),

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
