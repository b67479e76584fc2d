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
 * $2, whatever the clock said.
 */
#define POSITION "array_position($2, h.status)"

/* Orders that began here as pending and have no kit, and when they went on. */
#define PLACED_ORDERS \
	"placed AS MATERIALIZED (" \
	"  SELECT h.order_id, min(h.created_at) FILTER (WHERE h.status = 'confirmed') AS confirmed_at, " \
	"    min(h.created_at) FILTER (WHERE h.status = 'shipped') AS shipped_at " \
	"  FROM sales.order_status_history h " \
	"  WHERE NOT EXISTS (SELECT FROM sales.order_items i " \
	"      JOIN catalog.product_bundle_items b ON b.bundle_product_id = i.product_id WHERE i.order_id = h.order_id) " \
	"    AND NOT EXISTS (SELECT FROM inventory.stock_reservations r " \
	"      JOIN sales.order_items i ON i.id = r.reference_line_id AND i.order_id = r.reference_id " \
	"      WHERE r.reference_type = 'order' AND r.reference_id = h.order_id AND r.product_id <> i.product_id) " \
	"  GROUP BY h.order_id HAVING bool_or(h.status = 'pending'))"

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

#define WITH_PLACED_ORDERS "WITH " PLACED_ORDERS ", " FIRST_MOVEMENTS ", " UNITS_NOT_SHIPPED " "

/* What the lines ask for, by item; when = the instant that asks for it */
#define DEMAND(when, condition) \
	"SELECT i.order_id, i.product_id, i.variant_id, i.quantity - coalesce(g.units, 0) AS expected, 0 AS actual " \
	"FROM placed l " \
	"  JOIN sales.orders o ON o.id = l.order_id " \
	"  JOIN sales.order_items i ON i.order_id = l.order_id " \
	"  JOIN catalog.products p ON p.id = i.product_id AND p.is_stocked " \
	"  JOIN first_movement f ON f.product_id = i.product_id AND f.created_at <= " when " " \
	"  LEFT JOIN given_up g ON g.order_id = i.order_id AND g.order_item_id = i.id " \
	"WHERE " condition

/* Both sides by item of an order, the name of the item in "what". */
#define BY_ORDER_ITEM(what, both) \
	"SELECT x.order_id, '" what " ' || p.sku || coalesce(' / ' || v.sku, '') AS what, x.expected, x.actual " \
	"FROM (SELECT y.order_id, y.product_id, y.variant_id, sum(y.expected) AS expected, sum(y.actual) AS actual " \
	"    FROM (" both ") y GROUP BY y.order_id, y.product_id, y.variant_id " \
	"    HAVING sum(y.expected) <> sum(y.actual)) x " \
	"  JOIN catalog.products p ON p.id = x.product_id AND p.is_stocked " \
	"  LEFT JOIN catalog.product_variants v ON v.id = x.variant_id"

WmsPlan		wms_verify_history[] = {
	/* one row a status reached: no status comes twice */
	ORDER_RULE(
		"SELECT h.order_id, 'history rows ' || h.status AS what, 1 AS expected, count(*) AS actual "
		"FROM sales.order_status_history h GROUP BY h.order_id, h.status HAVING count(*) > 1"),

	/* the last row says where the order is */
	ORDER_RULE(
		"SELECT o.id AS order_id, 'last history row ' || o.status AS what, 1 AS expected, 0 AS actual "
		"FROM sales.orders o "
		"  LEFT JOIN (SELECT h.order_id, max(" POSITION ") AS position FROM sales.order_status_history h "
		"    GROUP BY h.order_id) l ON l.order_id = o.id "
		"WHERE ($2)[l.position] IS DISTINCT FROM o.status"),

	/* no row is missing in between */
	ORDER_RULE(
		"SELECT s.order_id, 'step ' || s.before || ' to ' || s.status AS what, 0 AS expected, 1 AS actual "
		"FROM (SELECT h.order_id, h.status, lag(h.status) OVER (PARTITION BY h.order_id ORDER BY " POSITION ") AS before "
		"    FROM sales.order_status_history h GROUP BY h.order_id, h.status) s "
		"WHERE s.before IS NOT NULL "
		"  AND (s.before, s.status) NOT IN (SELECT t.source, t.target FROM unnest($3, $4) AS t (source, target))"),

	/* the instants of the statuses reached here */
	ORDER_RULE(
		"SELECT o.id AS order_id, t.what, 1 AS expected, 0 AS actual "
		"FROM (SELECT h.order_id, array_agg(h.status) AS reached FROM sales.order_status_history h "
		"    GROUP BY h.order_id HAVING bool_or(h.status = 'pending')) h "
		"  JOIN sales.orders o ON o.id = h.order_id "
		"  CROSS JOIN LATERAL (VALUES ('confirmed', 'confirmed_at', o.confirmed_at), "
		"    ('shipped', 'shipped_at', o.shipped_at), ('delivered', 'delivered_at', o.delivered_at), "
		"    ('cancelled', 'cancelled_at', o.cancelled_at)) AS t (status, what, instant) "
		"WHERE t.status = ANY (h.reached) AND t.instant IS NULL"),

	/* shipped: the lines have left the warehouse, once */
	ORDER_RULE(
		WITH_PLACED_ORDERS
		BY_ORDER_ITEM("sold",
			DEMAND("l.shipped_at", "l.shipped_at IS NOT NULL") " "
			"UNION ALL "
			"SELECT m.reference_id, m.product_id, m.variant_id, 0, -m.quantity "
			"FROM inventory.stock_movements m JOIN placed l ON l.order_id = m.reference_id "
			"WHERE m.reference_type = 'order' AND m.type = 'sale'")),

	/* confirmed and not yet shipped: the lines are held, and the holds do not lapse */
	ORDER_RULE(
		WITH_PLACED_ORDERS
		BY_ORDER_ITEM("held",
			DEMAND("l.confirmed_at", "o.status IN ('confirmed', 'processing', 'packed')") " "
			"UNION ALL "
			"SELECT r.reference_id, r.product_id, r.variant_id, 0, r.quantity "
			"FROM inventory.stock_reservations r JOIN placed l ON l.order_id = r.reference_id "
			"  JOIN sales.orders o ON o.id = r.reference_id "
			"WHERE r.reference_type = 'order' AND r.status = 'active' AND r.expires_at IS NULL "
			"  AND o.status IN ('confirmed', 'processing', 'packed')")),

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
