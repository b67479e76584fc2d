-- Other lines for an order. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-0000000c4001\''
\set w2 '\'00000000-0000-4000-8000-0000000c4002\''
\set ann '\'00000000-0000-4000-8000-0000000c4003\''
\set agent '\'00000000-0000-4000-8000-0000000c4004\''
BEGIN;
SET LOCAL wms.timezone = 'UTC';
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'CH-1', 'Main'), (:w2, 'CH-2', 'Shop');
INSERT INTO auth.users (id, email, password_hash, first_name) VALUES (:ann, 'ann@ch.test', 'x', 'Ann'), ('00000000-0000-4000-8000-0000000c4005', 'agent@ch.test', 'x', 'Gil');
INSERT INTO agent.agents (id, user_id, agent_code, commission_rate) VALUES (:agent, '00000000-0000-4000-8000-0000000c4005', 'CH-A', 10);
INSERT INTO agent.targets (agent_id, period_start, period_end) VALUES (:agent, '2000-01-01', '2100-01-01');
INSERT INTO catalog.products (id, sku, name, base_price, cost_price, is_stocked) VALUES
  ('00000000-0000-4000-8000-0000000c4011', 'CH-TEA', 'Tea', 10, 4, true), ('00000000-0000-4000-8000-0000000c4012', 'CH-MUG', 'Mug', 8, 3, true),
  ('00000000-0000-4000-8000-0000000c4013', 'CH-SET', 'Set', 20, NULL, true), ('00000000-0000-4000-8000-0000000c4014', 'CH-WRAP', 'Wrapping', 1, NULL, false),
  ('00000000-0000-4000-8000-0000000c4015', 'CH-MILK', 'Milk', 2, 1, true);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity)
VALUES ('00000000-0000-4000-8000-0000000c4013', '00000000-0000-4000-8000-0000000c4011', 1), ('00000000-0000-4000-8000-0000000c4013', '00000000-0000-4000-8000-0000000c4012', 2);
INSERT INTO sales.shipping_methods (code, name, base_cost, free_shipping_threshold) VALUES ('ch-post', 'Post', 5, 50);
INSERT INTO sales.coupons (code, type, value, min_order_amount) VALUES ('CH-TEN', 'percentage', 10, 20);
SELECT wms_receive_stock(:w1, '[{"sku": "CH-TEA", "quantity": 20}, {"sku": "CH-MUG", "quantity": 10}, {"sku": "CH-MILK", "quantity": 3, "batch_number": "M1", "expiry_date": "2100-01-01"}, {"sku": "CH-MILK", "quantity": 5, "batch_number": "M2", "expiry_date": "2100-02-01"}]'),
       wms_receive_stock(:w2, '[{"sku": "CH-TEA", "quantity": 20}, {"sku": "CH-MUG", "quantity": 100}]');
CREATE FUNCTION pg_temp.lines(placed uuid) RETURNS TABLE (line text, held text) LANGUAGE sql AS $$
SELECT format('%s %s %s x %s = %s - %s + %s', i.line_number, i.sku, i.quantity, i.unit_price, i.total_price, i.discount_amount, i.tax_amount),
       (SELECT string_agg(format('%s%s %s/%s', p.sku, '-' || b.batch_number, r.quantity, r.original_quantity), ', ' ORDER BY p.sku, b.batch_number, r.id) FROM inventory.stock_reservations r
          JOIN catalog.products p ON p.id = r.product_id LEFT JOIN inventory.product_batches b ON b.id = r.batch_id WHERE r.reference_id = placed AND r.reference_line_id = i.id AND r.status = 'active')
  FROM sales.order_items i WHERE i.order_id = placed ORDER BY i.line_number $$;
CREATE FUNCTION pg_temp.attempt(placed uuid, lines jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
  RETURN wms_change_order(placed, lines);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
  RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, '(ORD-|[0-9a-f]{8}-)[0-9a-f-]*', '...', 'g') || ' ' || said;
END $$;
CREATE VIEW pg_temp.stock AS SELECT w.code, p.sku, s.quantity, s.reserved_quantity FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id JOIN catalog.products p ON p.id = s.product_id
 WHERE w.code LIKE 'CH-%' ORDER BY 1, 2;

-- less, more, gone, new: with a coupon, tax and shipping, before and after the confirmation
SET LOCAL wms.tax_rate = '6';
SELECT wms_place_order('[{"sku": "CH-TEA", "quantity": 4}, {"sku": "CH-MUG", "quantity": 2}, {"sku": "CH-WRAP", "quantity": 1}]', user_id => :ann, agent_id => :agent, coupon_code => 'CH-TEN', shipping_method => 'ch-post', warehouse_id => :w1) AS id \gset
SELECT pg_temp.lines(:'id');
SELECT id AS tea FROM sales.order_items WHERE order_id = :'id' AND sku = 'CH-TEA' \gset
SELECT wms_change_order(:'id', '[{"sku": "CH-TEA", "quantity": 3}, {"sku": "CH-MILK", "quantity": 5}, {"sku": "CH-WRAP", "quantity": 1}]');
SELECT pg_temp.lines(:'id');
SELECT subtotal, discount_amount, coupon_discount, tax_amount, shipping_cost, total FROM sales.orders WHERE id = :'id';
SELECT discount_amount FROM sales.coupon_redemptions WHERE order_id = :'id';
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
SELECT wms_confirm_order(:'id');
SELECT wms_change_order(:'id', '[{"sku": "CH-MILK", "quantity": 4}, {"sku": "CH-TEA", "quantity": 6}]');
SELECT pg_temp.lines(:'id');
SELECT subtotal, discount_amount, tax_amount, shipping_cost, total, status FROM sales.orders WHERE id = :'id';
SELECT id = :'tea' AS same_line FROM sales.order_items WHERE order_id = :'id' AND sku = 'CH-TEA';
SELECT order_total, commission_rate, commission_amount, status FROM agent.commissions WHERE order_id = :'id';
SELECT total_orders, total_spent FROM crm.customer_profiles WHERE user_id = :ann;
SELECT achieved_orders, achieved_amount FROM agent.targets WHERE agent_id = :agent;
SELECT array_agg(status ORDER BY id) FROM sales.order_status_history WHERE order_id = :'id';
SELECT * FROM wms_verify();
SET LOCAL wms.tax_rate = '0';

-- what was ordered keeps its price: the rest is a line of its own, but for where nothing is different
UPDATE catalog.products SET base_price = 11 WHERE sku = 'CH-TEA';
UPDATE agent.agents SET commission_rate = 50 WHERE id = :agent;
UPDATE sales.shipping_methods SET base_cost = 7 WHERE code = 'ch-post';
SELECT wms_change_order(:'id', '[{"sku": "CH-TEA", "quantity": 8}]');
SELECT pg_temp.lines(:'id');
SELECT shipping_cost FROM sales.orders WHERE id = :'id';
SELECT wms_change_order(:'id', '[{"sku": "CH-TEA", "quantity": 3}, {"sku": "CH-TEA", "quantity": 4}]');
SELECT pg_temp.lines(:'id');
SELECT shipping_cost FROM sales.orders WHERE id = :'id';
SELECT wms_change_order(:'id', '[{"sku": "CH-TEA", "quantity": 9}]');
SELECT pg_temp.lines(:'id');
SELECT wms_change_order(:'id', '[{"sku": "CH-TEA", "quantity": 2, "unit_price": 11}, {"sku": "CH-TEA", "quantity": 1, "unit_price": 9.5}]');
SELECT pg_temp.lines(:'id');
SELECT wms_change_order(:'id', jsonb_build_array(jsonb_build_object('order_item_id', (SELECT id FROM sales.order_items WHERE order_id = :'id' AND unit_price = 9.5), 'quantity', 3)));
SELECT pg_temp.lines(:'id');
SELECT order_total, commission_rate, commission_amount FROM agent.commissions WHERE order_id = :'id';
SELECT * FROM wms_verify();

-- refused as a whole: too little stock, too small for the coupon, unknown things
SELECT pg_temp.attempt(:'id', '[{"sku": "CH-MUG", "quantity": 11}]');
SELECT pg_temp.attempt(:'id', '[{"sku": "CH-MUG", "quantity": 2}]');
SELECT pg_temp.attempt(:'id', '[{"sku": "CH-NONE", "quantity": 1}]');
SELECT pg_temp.attempt(:'id', '[{"sku": "CH-MUG", "quantity": 1, "batch_id": "00000000-0000-4000-8000-000000000001"}]');
SELECT pg_temp.attempt(:'id', jsonb_build_array(jsonb_build_object('order_item_id', :'tea', 'quantity', 1)));
SELECT pg_temp.attempt(:'id', '[]');
SELECT pg_temp.attempt(NULL, '[{"sku": "CH-MUG", "quantity": 1}]');
SELECT pg_temp.attempt('00000000-0000-4000-8000-0000000cffff', '[{"sku": "CH-MUG", "quantity": 1}]');
SELECT pg_temp.lines(:'id');
SELECT * FROM pg_temp.stock;

CREATE FUNCTION pg_temp.suppress() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER zz BEFORE UPDATE OR DELETE ON sales.order_items FOR EACH ROW EXECUTE FUNCTION pg_temp.suppress();
SELECT pg_temp.attempt(:'id', '[{"sku": "CH-TEA", "quantity": 2}]');
SELECT pg_temp.attempt(:'id', '[{"sku": "CH-MILK", "quantity": 2}, {"sku": "CH-MUG", "quantity": 3}]');
DROP TRIGGER zz ON sales.order_items;

-- a line that is named keeps its price; messages number the lines as the caller does
SELECT pg_temp.attempt(:'id', jsonb_build_array(jsonb_build_object('order_item_id', i.id, 'quantity', 1, 'unit_price', i.unit_price + 1))) FROM sales.order_items i WHERE i.order_id = :'id' ORDER BY i.line_number LIMIT 1;
SELECT pg_temp.attempt(:'id', '[{"sku": "CH-TEA", "quantity": 1}, {"sku": "CH-SET", "quantity": 2147483647, "unit_price": 0}]');

-- until it leaves
SELECT wms_process_order(:'id'), wms_pack_order(:'id');
SELECT wms_change_order(:'id', '[{"sku": "CH-TEA", "quantity": 2}, {"sku": "CH-MUG", "quantity": 1}]');
SELECT wms_ship_order(:'id');
SELECT m.quantity, p.sku FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id WHERE m.reference_id = :'id' AND m.type = 'sale' ORDER BY 2, 1;
SELECT pg_temp.attempt(:'id', '[{"sku": "CH-TEA", "quantity": 1}]');
SELECT wms_place_order('[{"sku": "CH-TEA", "quantity": 4}]') AS paid \gset
SELECT wms_record_payment(:'paid', 44, 'cash') IS NOT NULL, wms_refund_order(:'paid', lines => '[{"sku": "CH-TEA", "quantity": 1}]') IS NOT NULL;
SELECT pg_temp.attempt(:'paid', '[{"sku": "CH-TEA", "quantity": 1}]');
SELECT wms_place_order('[{"sku": "CH-TEA", "quantity": 4}]') AS off \gset
SELECT wms_cancel_order(:'off');
SELECT pg_temp.attempt(:'off', '[{"sku": "CH-TEA", "quantity": 1}]');
SELECT * FROM wms_verify();
ROLLBACK;
