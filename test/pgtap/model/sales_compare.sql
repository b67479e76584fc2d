-- The model of 05_random_sales beside the tables: where they differ, and which rule does not hold.

CREATE FUNCTION pg_temp.name_of(user_id uuid) RETURNS text LANGUAGE sql AS $$ SELECT u.name FROM users u WHERE u.id = user_id $$;

CREATE TEMP VIEW real_orders AS
SELECT o.id, u.name AS buyer, o.guest_email, a.agent, w.code AS w, o.status, o.subtotal, o.discount_amount, o.shipping_cost, o.tax_amount, o.total, o.coupon_code, o.shipping_method, o.channel,
       o.confirmed_at IS NOT NULL AS confirmed, o.cancelled_at IS NOT NULL AS cancelled
  FROM sales.orders o LEFT JOIN users u ON u.id = o.user_id LEFT JOIN agents a ON a.id = o.agent_id LEFT JOIN inventory.warehouses w ON w.id = o.warehouse_id;
CREATE TEMP VIEW real_lines AS
SELECT i.order_id, i.line_number, i.sku, i.quantity, i.unit_price, i.total_price, i.discount_amount, i.tax_amount, i.returned_quantity FROM sales.order_items i;
-- beside what lines hold, what they are to hold; and kits that are not whole in a place
CREATE TEMP VIEW line_parts AS
SELECT l.order_id, l.n, l.item, p.part, p.units * (l.quantity - l.back) AS needed, coalesce((SELECT sum(h.units) FROM holds h WHERE h.order_id = l.order_id AND h.n = l.n AND h.part = p.part), 0) AS held
  FROM lines l JOIN orders o ON o.id = l.order_id JOIN parts p ON p.item = l.item WHERE o.status IN ('pending', 'confirmed', 'processing', 'packed');
CREATE TEMP VIEW torn_kits AS
SELECT h.order_id, h.n, h.w FROM holds h JOIN lines l ON l.order_id = h.order_id AND l.n = h.n WHERE l.item = 'RS-K' AND NOT EXISTS (SELECT FROM lost x WHERE x.order_id = h.order_id)
 GROUP BY 1, 2, 3 HAVING coalesce(sum(h.units) FILTER (WHERE h.part = 'RS-A'), 0) <> 2 * coalesce(sum(h.units) FILTER (WHERE h.part = 'RS-V'), 0);
CREATE TEMP VIEW model_stock AS SELECT s.w, s.part, s.quantity, coalesce((SELECT sum(h.units) FROM holds h WHERE h.w = s.w AND h.part = s.part), 0)::integer AS reserved FROM stock s;
-- what of an order has left and not come back, by part; of a batch never more comes back than left
CREATE TEMP VIEW real_out AS
SELECT m.reference_id, coalesce(v.sku, p.sku) AS part, -sum(m.quantity) AS units, bool_or(m.too_many) AS too_many
  FROM (SELECT x.reference_id, x.product_id, x.variant_id, sum(x.quantity) AS quantity, sum(x.quantity) > 0 AS too_many FROM inventory.stock_movements x WHERE x.reference_type = 'order' GROUP BY 1, 2, 3, x.batch_id) m
  JOIN catalog.products p ON p.id = m.product_id LEFT JOIN catalog.product_variants v ON v.id = m.variant_id GROUP BY 1, 2;
CREATE TEMP VIEW model_out AS
SELECT l.order_id, p.part, sum(l.out * p.units) AS units FROM lines l JOIN parts p ON p.item = l.item GROUP BY 1, 2;
CREATE TEMP VIEW real_commissions AS
SELECT c.order_id, a.agent, c.level, c.refund_id, c.order_total, c.commission_rate, c.commission_amount, c.status FROM agent.commissions c JOIN agents a ON a.id = c.agent_id;
CREATE TEMP VIEW counted AS
SELECT o.buyer, o.agent, CASE WHEN o.status = 'refunded' THEN 0 ELSE greatest(0, o.total - (SELECT m.refunded FROM pg_temp.money(o.id) m)) END AS worth FROM orders o WHERE o.confirmed AND NOT o.cancelled;

CREATE FUNCTION pg_temp.differences() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
RETURN QUERY
SELECT 'order ' || d FROM (TABLE orders EXCEPT TABLE real_orders) d UNION ALL SELECT 'real order ' || d FROM (TABLE real_orders EXCEPT TABLE orders) d
UNION ALL SELECT 'line ' || d FROM (SELECT l.order_id, l.n, l.item, l.quantity, l.price, l.total, l.discount, l.tax, l.back FROM lines l EXCEPT TABLE real_lines) d
UNION ALL SELECT 'real line ' || d FROM (TABLE real_lines EXCEPT SELECT l.order_id, l.n, l.item, l.quantity, l.price, l.total, l.discount, l.tax, l.back FROM lines l) d
UNION ALL SELECT 'stock ' || d FROM (TABLE model_stock EXCEPT TABLE real_stock) d UNION ALL SELECT 'real stock ' || d FROM (TABLE real_stock EXCEPT TABLE model_stock) d
UNION ALL SELECT 'hold ' || d FROM (SELECT h.order_id, h.n, h.w, h.part, h.units FROM holds h EXCEPT TABLE real_holds) d
UNION ALL SELECT 'real hold ' || d FROM (TABLE real_holds EXCEPT SELECT h.order_id, h.n, h.w, h.part, h.units FROM holds h) d
UNION ALL SELECT 'held ' || p FROM line_parts p WHERE p.held <> p.needed AND (p.held > p.needed OR NOT EXISTS (SELECT FROM lost l WHERE l.order_id = p.order_id))
UNION ALL SELECT 'torn ' || k FROM torn_kits k
UNION ALL SELECT 'out ' || m || r FROM model_out m FULL JOIN real_out r ON r.reference_id = m.order_id AND r.part = m.part WHERE coalesce(m.units, 0) <> coalesce(r.units, 0) OR r.too_many
UNION ALL SELECT 'payment ' || d FROM (TABLE payments EXCEPT SELECT p.id, p.order_id, p.payment_provider, p.transaction_id, p.amount, p.status, p.paid_at IS NOT NULL FROM sales.payments p) d
UNION ALL SELECT 'payments ' || count(*) FROM sales.payments HAVING count(*) <> (SELECT count(*) FROM payments)
UNION ALL SELECT 'refund ' || d FROM (SELECT r.id, r.order_id, r.amount, r.overpaid FROM refunds r EXCEPT SELECT r.id, r.order_id, r.amount, r.overpaid_amount FROM sales.refunds r) d
UNION ALL SELECT 'refunds ' || count(*) FROM sales.refunds HAVING count(*) <> (SELECT count(*) FROM refunds)
UNION ALL SELECT 'refund line ' || d FROM (TABLE refund_lines EXCEPT SELECT r.refund_id, r.order_id, i.line_number, r.quantity, r.amount, r.restocked_quantity FROM sales.refund_items r JOIN sales.order_items i ON i.id = r.order_item_id) d
UNION ALL SELECT 'refund lines ' || count(*) FROM sales.refund_items HAVING count(*) <> (SELECT count(*) FROM refund_lines)
UNION ALL SELECT 'commission ' || d FROM (TABLE commissions EXCEPT TABLE real_commissions) d UNION ALL SELECT 'real commission ' || d FROM (TABLE real_commissions EXCEPT TABLE commissions) d
UNION ALL SELECT 'coupon use ' || d FROM (TABLE uses EXCEPT SELECT c.code, r.order_id, pg_temp.name_of(r.user_id), r.email, r.discount_amount, r.reversed_at IS NULL FROM sales.coupon_redemptions r JOIN sales.coupons c ON c.id = r.coupon_id) d
UNION ALL SELECT 'used ' || c.code || ' ' || c.used_count FROM sales.coupons c WHERE c.used_count <> (SELECT count(*) FROM uses u WHERE u.code = c.code AND u.live)
UNION ALL SELECT 'cart ' || d FROM (SELECT c.id, c.buyer, c.session, c.code, c.discount, c.order_id FROM carts c EXCEPT SELECT c.id, pg_temp.name_of(c.user_id), c.session_id, c.coupon_code, c.coupon_discount, c.order_id FROM sales.carts c) d
UNION ALL SELECT 'carts ' || count(*) FROM sales.carts HAVING count(*) <> (SELECT count(*) FROM carts)
UNION ALL SELECT 'cart item ' || d FROM (SELECT i.cart, x.product_id, x.variant_id, i.quantity, i.price FROM cart_items i JOIN items x ON x.item = i.item
  EXCEPT SELECT i.cart_id, i.product_id, i.variant_id, i.quantity, i.unit_price FROM sales.cart_items i) d
UNION ALL SELECT 'cart items ' || count(*) FROM sales.cart_items HAVING count(*) <> (SELECT count(*) FROM cart_items)
UNION ALL SELECT 'customer ' || u.name || ' ' || p.total_orders || ' ' || p.total_spent FROM users u JOIN crm.customer_profiles p ON p.user_id = u.id
  WHERE (p.total_orders, p.total_spent) <> (SELECT count(*), coalesce(sum(c.worth), 0) FROM counted c WHERE c.buyer = u.name)
UNION ALL SELECT 'no profile of ' || o.buyer FROM orders o JOIN users u ON u.name = o.buyer WHERE u.id NOT IN (SELECT p.user_id FROM crm.customer_profiles p)
UNION ALL SELECT 'target of ' || a.agent || ' ' || t.achieved_orders || ' ' || t.achieved_amount FROM agents a JOIN agent.targets t ON t.agent_id = a.id
  WHERE (t.achieved_orders, t.achieved_amount) <> (SELECT count(*), coalesce(sum(c.worth), 0) FROM counted c WHERE c.agent = a.agent)
UNION ALL SELECT 'shares of ' || o.id FROM orders o, LATERAL (SELECT sum(l.discount) AS discount, sum(l.tax) AS tax, sum(l.total) AS total FROM lines l WHERE l.order_id = o.id) s
  WHERE (s.total, s.discount, s.tax) <> (o.subtotal, o.discount, o.tax)
UNION ALL SELECT 'wms_verify ' || v FROM wms_verify() v;
END $$;

-- what the customer is told, of one order
CREATE FUNCTION pg_temp.balance_differs() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
RETURN QUERY
SELECT 'balance of ' || o.id || ' ' || b FROM (SELECT * FROM orders ORDER BY random() LIMIT 3) o, pg_temp.money(o.id) m, wms_order_balance(o.id) b
 WHERE (b.total, b.paid, b.refunded) <> (o.total, m.paid, m.refunded + m.overpaid)
    OR b.due <> CASE WHEN o.status IN ('cancelled', 'refunded') THEN -(m.paid - m.refunded - m.overpaid) ELSE o.total - m.paid + m.overpaid END;
END $$;
