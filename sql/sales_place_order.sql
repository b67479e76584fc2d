-- wms_place_order(): what is written, from where it is served, and what is refused.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a801\''
\set w2 '\'00000000-0000-4000-8000-00000000a802\''
\set gone '\'00000000-0000-4000-8000-00000000a803\''
\set tea '\'00000000-0000-4000-8000-00000000b801\''
\set shirt '\'00000000-0000-4000-8000-00000000b802\''
\set postage '\'00000000-0000-4000-8000-00000000b803\''
\set large '\'00000000-0000-4000-8000-00000000c801\''
\set ann '\'00000000-0000-4000-8000-00000000d801\''
\set bob '\'00000000-0000-4000-8000-00000000d802\''
\set agent '\'00000000-0000-4000-8000-00000000d803\''
\set left '\'00000000-0000-4000-8000-00000000d804\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'PO-1', 'Main'), (:w2, 'PO-2', 'Shop'), (:gone, 'PO-3', 'Gone');
INSERT INTO catalog.products (id, sku, name, base_price, cost_price, is_stocked) VALUES (:tea, 'PO-TEA', 'Tea', 10, 4, true), (:shirt, 'PO-SHIRT', 'Shirt', 25, 11, true), (:postage, 'PO-POST', 'Postage', 3, NULL, false);
INSERT INTO catalog.product_variants (id, product_id, sku, name, price, cost_price) VALUES (:large, :shirt, 'PO-L', 'L', 27.5, 12.3456);
INSERT INTO auth.users (id, email, deleted_at) VALUES (:ann, 'Ann@PO.example', NULL), (:bob, 'bob@po.example', now()), (:agent, 'agent@po.example', NULL), (:left, 'left@po.example', NULL);
INSERT INTO agent.agents (id, user_id, agent_code, deleted_at) VALUES (:agent, :agent, 'PO-A', NULL), (:left, :left, 'PO-B', now());
INSERT INTO crm.addresses (user_id, label, recipient_name, address_line1, city, is_default) VALUES (:ann, 'Home', 'Ann', '1 Jalan Satu', 'Ipoh', true), (:ann, 'Office', 'Ann', '2 Jalan Dua', 'Taiping', false);
INSERT INTO sales.shipping_methods (code, name, base_cost, is_active) VALUES ('po-post', 'Post', 5, true), ('po-pigeon', 'Pigeon', 1, false);
SELECT wms_receive_stock(:w1, '[{"sku": "PO-TEA", "quantity": 10}, {"sku": "PO-L", "quantity": 2}]'), wms_receive_stock(:w2, '[{"sku": "PO-TEA", "quantity": 20}, {"sku": "PO-L", "quantity": 1}]');
UPDATE inventory.warehouses SET deleted_at = now() WHERE id = :gone;
CREATE FUNCTION pg_temp.world() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' ', (SELECT concat_ws(':', count(*), sum(quantity), sum(reserved_quantity)) FROM inventory.stock_items), (SELECT count(*) FROM inventory.stock_movements),
  (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.stock_reservations), (SELECT count(*) FROM sales.orders), (SELECT count(*) FROM sales.order_items),
  (SELECT count(*) FROM sales.order_status_history), (SELECT count(*) FROM crm.customer_profiles), (SELECT count(*) FROM auth.idempotency_keys)) $$;
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
SELECT pg_temp.world() AS before \gset
SAVEPOINT fresh;

-- all that can be said, by name
SET LOCAL wms.actor_id = '00000000-0000-4000-8000-00000000d803';
SELECT wms_place_order(lines => '[{"sku": "PO-L", "quantity": 1}, {"sku": "PO-TEA", "quantity": 3}, {"sku": "PO-POST", "quantity": 1}, {"sku": "PO-TEA", "quantity": 2}]',
  user_id => :ann, shipping_address => '{"city": "Melaka"}', shipping_method => 'po-post', billing_address => '{"city": "Klang"}', coupon_code => NULL, customer_notes => 'ring twice',
  agent_id => :agent, warehouse_id => :w2, guest_email => 'office@po.example', channel => 'phone', expected_total => 85.5, idempotency_key => 'po') AS id \gset
RESET wms.actor_id;
SELECT order_number ~ ('^ORD-' || to_char(now() AT TIME ZONE current_setting('wms.timezone'), 'YYYYMMDD') || '-\d{6,}$'), user_id = :ann, guest_email, agent_id = :agent, channel, status, subtotal, shipping_cost,
  tax_amount, discount_amount, total, coupon_code, shipping_method, shipping_address, billing_address, warehouse_id = :w2, customer_notes, confirmed_at FROM sales.orders WHERE id = :'id';
SELECT line_number, sku, name, variant_name, quantity, returned_quantity, unit_price, unit_cost, total_price FROM sales.order_items WHERE order_id = :'id' ORDER BY 1;
SELECT i.line_number, w.code, r.quantity, r.status, r.reference_type, r.expires_at FROM inventory.stock_reservations r JOIN sales.order_items i ON i.id = r.reference_line_id
  JOIN inventory.warehouses w ON w.id = r.warehouse_id WHERE r.reference_id = :'id' ORDER BY 1;
SELECT status, notes, created_by = :agent FROM sales.order_status_history WHERE order_id = :'id';
SELECT customer_group, total_orders, total_spent FROM crm.customer_profiles WHERE user_id = :ann;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- nothing but lines: nobody's order, from the first warehouse, shipped for nothing
SELECT wms_place_order('[{"sku": "PO-TEA", "quantity": 1}]') AS id \gset
SELECT user_id, guest_email, agent_id, channel, shipping_cost, total, shipping_method, shipping_address, (SELECT code FROM inventory.warehouses w WHERE w.id = o.warehouse_id) FROM sales.orders o WHERE id = :'id';
-- the customer's own address where none is said
SELECT wms_place_order('[{"sku": "PO-TEA", "quantity": 1}]', :ann) AS id \gset
SELECT shipping_address, billing_address FROM sales.orders WHERE id = :'id';
-- nothing that is stocked: no hold, the named warehouse or none
SELECT wms_place_order('[{"sku": "PO-POST", "quantity": 2}]', guest_email => 'guest@po.example') AS a, wms_place_order('[{"sku": "PO-POST", "quantity": 2}]', warehouse_id => :w2) AS b \gset
SELECT guest_email, total, warehouse_id = :w2 FROM sales.orders WHERE id IN (:'a', :'b') ORDER BY 1;
SELECT count(*) FROM inventory.stock_reservations WHERE reference_id IN (:'a', :'b');
ROLLBACK TO fresh;

-- one warehouse serves an order, the first that has all of it
SELECT wms_place_order('[{"sku": "PO-TEA", "quantity": 11}]') AS id \gset
SELECT w.code FROM sales.orders o JOIN inventory.warehouses w ON w.id = o.warehouse_id WHERE o.id = :'id';
SELECT wms_place_order('[{"sku": "PO-TEA", "quantity": 6}, {"sku": "PO-L", "quantity": 3}, {"sku": "PO-TEA", "quantity": 6}]');
\echo :SQLSTATE
SET LOCAL wms.split_orders = on;
SELECT wms_place_order('[{"sku": "PO-TEA", "quantity": 6}, {"sku": "PO-L", "quantity": 3}, {"sku": "PO-TEA", "quantity": 6}]') AS id \gset
SELECT warehouse_id, total FROM sales.orders WHERE id = :'id';
SELECT i.line_number, w.code, r.quantity FROM inventory.stock_reservations r JOIN sales.order_items i ON i.id = r.reference_line_id
  JOIN inventory.warehouses w ON w.id = r.warehouse_id WHERE r.reference_id = :'id' ORDER BY 1, 2;
SELECT wms_place_order('[{"sku": "PO-TEA", "quantity": 8}]', warehouse_id => :w1);
\echo :SQLSTATE
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- refused, each for its reason
SELECT n, a.* FROM (VALUES (1, 'NULL'), (2, '%1$L, user_id => %2$L'), (3, '%1$L, user_id => %3$L'), (4, '%1$L, agent_id => %2$L'), (5, '%1$L, agent_id => %4$L'),
  (6, '%1$L, warehouse_id => %2$L'), (7, '%1$L, warehouse_id => %5$L'), (8, '%1$L, shipping_method => ''po-none'''), (9, '%1$L, shipping_method => ''po-pigeon'''),
  (10, '%1$L, shipping_method => '''''), (11, '%1$L, shipping_method => ''PO-POST'''), (12, '%1$L, coupon_code => '''''), (13, '%1$L, guest_email => '''''), (14, '%1$L, channel => '''''),
  (15, '%1$L, shipping_address => ''[]'''), (16, '%1$L, shipping_address => ''null'''), (17, '%1$L, billing_address => ''"Ipoh"'''), (18, '%1$L, expected_total => 10.01'),
  (19, '%1$L, expected_total => 9.99'), (20, '%1$L, expected_total => ''NaN'''), (21, '%1$L, expected_total => -10'), (22, '%1$L, idempotency_key => '''''), (23, '%1$L, user_id => ''ann'''),
  (24, '''[{"sku": "PO-POST", "quantity": 1}]'', warehouse_id => %2$L'), (25, '''[{"sku": "PO-TEA", "quantity": 31}]'''), (26, '''[{"sku": "PO-TEA", "quantity": 1, "unit_price": -0.01}]'''),
  (27, '''[{"sku": "PO-TEA", "quantity": 1, "unit_price": "1"}]'''), (28, '''[{"sku": "PO-TEA", "quantity": 1, "unit_price": null}]'''),
  (29, '''[{"sku": "PO-TEA", "quantity": 1, "unit_price": 10000000000}]'''), (30, '''[{"sku": "PO-POST", "quantity": 2, "unit_price": 9999999999}]'''),
  (31, '''[{"sku": "PO-POST", "quantity": 1, "unit_price": 9999999999}, {"sku": "PO-POST", "quantity": 1, "unit_price": 1}]'''),
  (32, '''[{"sku": "PO-POST", "quantity": 1, "unit_price": 9999999999}]'', shipping_method => ''po-post'''),
  (33, '''[{"sku": "PO-POST", "quantity": 2147483647, "unit_price": 9999999999.9999}]''')) c (n, arguments),
  pg_temp.attempt(format('SELECT wms_place_order(' || arguments || ')', '[{"sku": "PO-TEA", "quantity": 1}]', :nothing, :bob, :left, :gone)) a ORDER BY n;
SELECT pg_temp.world() = :'before' AS unchanged;
-- what the indexes of coupon uses and of cities could not take
SELECT n, a.state, a.message, a.detail FROM (VALUES (1, 'guest_email => repeat(''x'', 1001)'), (2, 'shipping_address => jsonb_build_object(''city'', repeat(''x'', 1001))'),
  (3, 'shipping_address => jsonb_build_object(''city'', jsonb_build_array(repeat(''x'', 1001)))'), (4, 'shipping_address => ''{"city": null, "note": "none"}''')) c (n, argument),
  pg_temp.attempt(format('SELECT wms_place_order(''[{"sku": "PO-POST", "quantity": 1}]'', %s) IS NOT NULL', argument)) a ORDER BY n;
-- the largest order there is
SELECT wms_place_order('[{"sku": "PO-POST", "quantity": 1, "unit_price": 9999999999.99}]') AS id \gset
SELECT total FROM sales.orders WHERE id = :'id';
-- a stranger
CREATE ROLE regress_wms_po_stranger;
SET LOCAL ROLE regress_wms_po_stranger;
SELECT wms_place_order('[{"sku": "PO-POST", "quantity": 1}]');
\echo :SQLSTATE
ROLLBACK;
