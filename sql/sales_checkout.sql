-- wms_checkout(): a cart becomes one order at the prices of now; what it holds becomes the order's; what is refused.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-0000000cc001\''
\set w2 '\'00000000-0000-4000-8000-0000000cc002\''
\set tea '\'00000000-0000-4000-8000-0000000cc011\''
\set cup '\'00000000-0000-4000-8000-0000000cc012\''
\set kit '\'00000000-0000-4000-8000-0000000cc013\''
\set post '\'00000000-0000-4000-8000-0000000cc014\''
\set milk '\'00000000-0000-4000-8000-0000000cc015\''
\set ann '\'00000000-0000-4000-8000-0000000cc031\''
\set agent '\'00000000-0000-4000-8000-0000000cc032\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name, priority) VALUES (:w1, 'CO-1', 'Main', 1), (:w2, 'CO-2', 'Shop', 2);
INSERT INTO catalog.products (id, sku, name, base_price, cost_price, is_stocked) VALUES (:tea, 'CO-TEA', 'Tea', 10, 4, true), (:cup, 'CO-CUP', 'Cup', 4, 1, true), (:kit, 'CO-KIT', 'Kit', 25, 9, true),
  (:post, 'CO-POST', 'Postage', 3, NULL, false), (:milk, 'CO-MILK', 'Milk', 2, 1, true);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES (:kit, :tea, 2), (:kit, :cup, 1);
INSERT INTO auth.users (id, email) VALUES (:ann, 'Ann@CO.example'), (:agent, 'agent@co.example');
INSERT INTO agent.agents (id, user_id, agent_code) VALUES (:agent, :agent, 'CO-A');
INSERT INTO crm.addresses (user_id, label, recipient_name, address_line1, city, is_default) VALUES (:ann, 'Home', 'Ann', '1 Jalan Satu', 'Ipoh', true);
INSERT INTO sales.shipping_methods (code, name, base_cost) VALUES ('co-post', 'Post', 5);
INSERT INTO sales.coupons (code, type, value, per_customer_limit) VALUES ('CO-TEN', 'percentage', 10, 1);
SELECT wms_receive_stock(:w1, '[{"sku": "CO-TEA", "quantity": 5}, {"sku": "CO-CUP", "quantity": 2}, {"sku": "CO-MILK", "quantity": 3, "batch_number": "a", "expiry_date": "2999-01-01"}, {"sku": "CO-MILK", "quantity": 3, "batch_number": "b", "expiry_date": "2999-01-02"}]'),
  wms_receive_stock(:w2, '[{"sku": "CO-TEA", "quantity": 9}, {"sku": "CO-CUP", "quantity": 9}]');
CREATE FUNCTION pg_temp.cart(user_id uuid, VARIADIC content text[]) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  cart uuid := wms_create_cart(user_id);
BEGIN
  PERFORM wms_set_cart_item(cart, p.id, split_part(c, ' ', 2)::integer) FROM unnest(content) WITH ORDINALITY u (c, n) JOIN catalog.products p ON p.sku = 'CO-' || split_part(c, ' ', 1) ORDER BY n;
  RETURN cart;
END $$;
CREATE FUNCTION pg_temp.lines(order_id uuid) RETURNS SETOF text LANGUAGE sql AS $$
SELECT concat_ws(' ', i.line_number, i.sku, i.quantity, i.unit_price, i.unit_cost, i.total_price, i.discount_amount) FROM sales.order_items i WHERE i.order_id = $1 ORDER BY i.line_number $$;
CREATE FUNCTION pg_temp.holds() RETURNS SETOF text LANGUAGE sql AS $$
SELECT h FROM (SELECT concat_ws(' ', r.reference_type, w.code, p.sku, b.batch_number, r.status, r.quantity, 'of', r.original_quantity, CASE WHEN r.expires_at IS NOT NULL THEN 'lapses' END) AS h FROM inventory.stock_reservations r
  JOIN inventory.warehouses w ON w.id = r.warehouse_id JOIN catalog.products p ON p.id = r.product_id LEFT JOIN inventory.product_batches b ON b.id = r.batch_id) x ORDER BY h COLLATE "C" $$;
CREATE FUNCTION pg_temp.world() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' ', (SELECT concat_ws(':', count(*), sum(quantity), sum(reserved_quantity)) FROM inventory.stock_items), (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.stock_reservations),
  (SELECT count(*) FROM sales.orders), (SELECT count(*) FROM sales.order_items), (SELECT sum(used_count) FROM sales.coupons), (SELECT count(order_id) FROM sales.carts), (SELECT count(*) FROM auth.idempotency_keys)) $$;
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  message := regexp_replace(message, '\m(?!0{8})[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '<id>', 'g');
END $$;
SAVEPOINT fresh;

-- all that can be said; prices of now, lines in the order in which they were put in, once
SELECT pg_temp.cart(:ann, 'CUP 2', 'POST 1', 'TEA 4') AS cart \gset
SELECT wms_apply_coupon(:'cart', 'co-ten');
UPDATE catalog.products SET base_price = 12 WHERE id = :tea;
SELECT total AS quoted FROM wms_quote_cart(:'cart', 'co-post') \gset
SELECT wms_checkout(cart_id => :'cart', shipping_address => '{"city": "Melaka"}', shipping_method => 'co-post', billing_address => '{"city": "Klang"}', customer_notes => 'ring twice', agent_id => :agent, warehouse_id => :w2,
  guest_email => 'office@co.example', expected_total => :quoted, idempotency_key => 'co') AS id \gset
SELECT wms_checkout(cart_id => :'cart', shipping_address => '{"city": "Melaka"}', shipping_method => 'co-post', billing_address => '{"city": "Klang"}', customer_notes => 'ring twice', agent_id => :agent, warehouse_id => :w2,
  guest_email => 'office@co.example', expected_total => :quoted, idempotency_key => 'co') = :'id' AS the_same;
SELECT user_id = :ann, guest_email, agent_id = :agent, channel, status, subtotal, discount_amount, shipping_cost, total, total = :quoted, coupon_code, shipping_method, shipping_address, billing_address, warehouse_id = :w2, customer_notes
  FROM sales.orders WHERE id = :'id';
SELECT pg_temp.lines(:'id');
SELECT order_id = :'id', coupon_discount FROM sales.carts WHERE id = :'cart';
SELECT used_count FROM sales.coupons WHERE code = 'CO-TEN';
SELECT n, a.* FROM (VALUES (1, 'wms_checkout(%1$L)'), (2, 'wms_checkout(%1$L, idempotency_key => ''co'')'), (3, 'wms_set_cart_item(%1$L, %2$L, 1)'), (4, 'wms_apply_coupon(%1$L, NULL)')) c (n, command),
  pg_temp.attempt(format('SELECT ' || command, :'cart', :tea)) a ORDER BY n;
SELECT count(*) FROM sales.orders WHERE user_id = :ann;
SELECT wms_create_cart(:ann) <> :'cart';
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- a guest, and the user's own address where none is said
SELECT pg_temp.cart(NULL, 'POST 1') AS guest, pg_temp.cart(:ann, 'TEA 1') AS cart \gset
SELECT wms_checkout(:'guest', guest_email => 'guest@co.example') AS a, wms_checkout(:'cart') AS b \gset
SELECT user_id IS NULL, guest_email, shipping_address ->> 'city', total FROM sales.orders WHERE id IN (:'a', :'b') ORDER BY 1;
ROLLBACK TO fresh;

-- what the cart holds does not block it and becomes the order's, wherever it is
SET LOCAL wms.order_hold = 600;
SELECT pg_temp.cart(:ann, 'TEA 5', 'CUP 2') AS cart, pg_temp.cart(NULL, 'TEA 5') AS other \gset
SELECT count(*) FROM wms_reserve_stock('[{"sku": "CO-TEA", "quantity": 5}, {"sku": "CO-CUP", "quantity": 2}]', :w1, 'cart', :'cart');
SELECT a.state, a.message FROM pg_temp.attempt(format('SELECT wms_checkout(%L, warehouse_id => %L)', :'other', :w1)) a;
SELECT wms_checkout(:'cart') AS id \gset
SELECT pg_temp.holds();
SELECT * FROM wms_verify();
ROLLBACK TO fresh;
-- more than it orders, of something else, in another warehouse, in several: all of it ends
SELECT pg_temp.cart(:ann, 'TEA 3', 'MILK 4') AS cart \gset
SELECT count(*) FROM wms_reserve_stock('[{"sku": "CO-TEA", "quantity": 12}, {"sku": "CO-MILK", "quantity": 6}]', NULL, 'cart', :'cart');
SELECT count(*) FROM wms_reserve_stock('[{"sku": "CO-CUP", "quantity": 9}]', :w2, 'cart', :'cart', '1 hour');
SELECT wms_checkout(:'cart') AS id \gset
SELECT pg_temp.holds();
SELECT * FROM wms_verify();
ROLLBACK TO fresh;
-- parts of kits; postage alone
SELECT pg_temp.cart(:ann, 'KIT 2') AS cart, pg_temp.cart(NULL, 'POST 1') AS guest \gset
SELECT count(*) FROM wms_reserve_stock('[{"sku": "CO-KIT", "quantity": 2}]', :w1, 'cart', :'cart');
SELECT count(*) FROM wms_reserve_stock('[{"sku": "CO-TEA", "quantity": 5}]', :w2, 'cart', :'guest');
SELECT wms_checkout(:'cart', warehouse_id => :w1), wms_checkout(:'guest') \gset
SELECT pg_temp.holds();
SELECT * FROM wms_verify();
ROLLBACK TO fresh;
-- a hold that has lapsed helps nobody
SELECT pg_temp.cart(:ann, 'TEA 9') AS cart \gset
SELECT count(*) FROM wms_reserve_stock('[{"sku": "CO-TEA", "quantity": 9}]', :w2, 'cart', :'cart', '1 microsecond');
SELECT count(*) FROM wms_reserve_stock('[{"sku": "CO-TEA", "quantity": 1}]', :w2);
SELECT a.state, a.message FROM pg_temp.attempt(format('SELECT wms_checkout(%L)', :'cart')) a;
SELECT wms_set_cart_item(:'cart', :tea, 8) IS NOT NULL, wms_checkout(:'cart') IS NOT NULL;
SELECT pg_temp.holds();
ROLLBACK TO fresh;

-- refused, each for its reason, and nothing has changed
SELECT pg_temp.cart(:ann, 'TEA 15') AS cart, wms_create_cart() AS empty, pg_temp.cart(NULL, 'TEA 1') AS guest, pg_temp.cart(NULL, 'TEA 1', 'CUP 1') AS deleted \gset
SELECT wms_apply_coupon(:'guest', 'co-ten'), wms_set_cart_item(:'empty', :tea, 1) IS NOT NULL, wms_set_cart_item(:'empty', :tea, 0) IS NOT NULL;
UPDATE catalog.products SET deleted_at = now() WHERE id = :cup;
SELECT pg_temp.world() AS before \gset
SELECT n, a.state, a.message, a.hint FROM (VALUES (1, 'NULL'), (2, '%5$L'), (3, '%2$L'), (4, '%1$L'), (5, '%4$L'), (6, '%3$L'), (7, '%3$L, guest_email => ''g@co.example'', expected_total => 10'), (8, '%3$L, shipping_method => ''none'''),
  (9, '%3$L, agent_id => %5$L'), (10, '%3$L, ''[]'''), (11, '%3$L, shipping_method => '''''), (12, '%3$L, guest_email => '''''), (13, '%3$L, guest_email => ''g@co.example'', warehouse_id => %5$L'), (14, '%3$L, idempotency_key => ''''')) c (n, arguments),
  pg_temp.attempt(format('SELECT wms_checkout(' || arguments || ')', :'cart', :'empty', :'guest', :'deleted', :nothing)) a ORDER BY n;
SELECT pg_temp.world() = :'before' AS unchanged;
SELECT wms_checkout(:'guest', guest_email => 'g@co.example', warehouse_id => :w2, expected_total => 9) IS NOT NULL;
-- an order that is cancelled does not bring its cart back
SELECT wms_cancel_order(order_id) FROM sales.carts WHERE id = :'guest';
SELECT a.state, a.message FROM pg_temp.attempt(format('SELECT wms_checkout(%L)', :'guest')) a;
SELECT used_count FROM sales.coupons WHERE code = 'CO-TEN';
SELECT * FROM wms_verify();
CREATE ROLE regress_wms_co_stranger;
SET LOCAL ROLE regress_wms_co_stranger;
SELECT wms_checkout(:nothing);
\echo :SQLSTATE
ROLLBACK;
