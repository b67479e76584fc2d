-- wms_quote_cart() and wms_quote_order(): the price of now, and everything that would keep an order from being placed.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-0000000cb001\''
\set w2 '\'00000000-0000-4000-8000-0000000cb002\''
\set shut '\'00000000-0000-4000-8000-0000000cb003\''
\set tea '\'00000000-0000-4000-8000-0000000cb011\''
\set cup '\'00000000-0000-4000-8000-0000000cb012\''
\set kit '\'00000000-0000-4000-8000-0000000cb013\''
\set post '\'00000000-0000-4000-8000-0000000cb014\''
\set milk '\'00000000-0000-4000-8000-0000000cb015\''
\set shirt '\'00000000-0000-4000-8000-0000000cb016\''
\set ann '\'00000000-0000-4000-8000-0000000cb031\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name, priority, deleted_at) VALUES (:w1, 'CQ-1', 'Main', 1, NULL), (:w2, 'CQ-2', 'Shop', 2, NULL), (:shut, 'CQ-3', 'Shut', 3, now());
INSERT INTO catalog.products (id, sku, name, base_price, is_stocked) VALUES (:tea, 'CQ-TEA', 'Tea', 10, true), (:cup, 'CQ-CUP', 'Cup', 4, true), (:kit, 'CQ-KIT', 'Kit', 25, true), (:post, 'CQ-POST', 'Postage', 3, false),
  (:milk, 'CQ-MILK', 'Milk', 2, true), (:shirt, 'CQ-SHIRT', 'Shirt', 20, true);
INSERT INTO catalog.product_variants (product_id, sku, name) VALUES (:shirt, 'CQ-SHIRT-L', 'L');
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES (:kit, :tea, 2), (:kit, :cup, 1);
INSERT INTO auth.users (id, email) VALUES (:ann, 'Ann@CQ.example');
INSERT INTO sales.shipping_methods (code, name, base_cost, free_shipping_threshold, is_active) VALUES ('cq-post', 'Post', 5, 40, true), ('cq-pigeon', 'Pigeon', 1, NULL, false);
INSERT INTO sales.coupons (code, type, value, min_order_amount, per_customer_limit) VALUES ('CQ-TEN', 'percentage', 10, NULL, NULL), ('CQ-BIG', 'fixed', 5, 50, NULL), ('CQ-ONCE', 'fixed', 3, NULL, 1);
SELECT wms_receive_stock(:w1, '[{"sku": "CQ-TEA", "quantity": 5}, {"sku": "CQ-MILK", "quantity": 4, "batch_number": "good"}, {"sku": "CQ-MILK", "quantity": 3, "batch_number": "bad", "expiry_date": "2020-01-01"}]'),
  wms_receive_stock(:w2, '[{"sku": "CQ-TEA", "quantity": 2}, {"sku": "CQ-CUP", "quantity": 3}]');
SELECT id AS good FROM inventory.product_batches WHERE batch_number = 'good' AND product_id = :milk \gset
SELECT id AS bad FROM inventory.product_batches WHERE batch_number = 'bad' AND product_id = :milk \gset
CREATE FUNCTION pg_temp.problems(problems jsonb) RETURNS SETOF text LANGUAGE sql AS $$
SELECT concat_ws(' ', coalesce(p ->> 'line', '-'), p ->> 'code', regexp_replace(p ->> 'message', '\m(?!0{8})[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '<id>', 'g')) FROM jsonb_array_elements(problems) WITH ORDINALITY e (p, n) ORDER BY n $$;
CREATE FUNCTION pg_temp.sums(subtotal numeric, discount numeric, shipping numeric, tax numeric, total numeric) RETURNS text LANGUAGE sql AS $$SELECT concat_ws(' ', subtotal, discount, shipping, tax, total)$$;
CREATE FUNCTION pg_temp.cart(cart uuid, method text DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $$
SELECT pg_temp.sums(subtotal, discount_amount, shipping_cost, tax_amount, total) FROM wms_quote_cart(cart, method) UNION ALL SELECT pg_temp.problems(problems) FROM wms_quote_cart(cart, method) $$;
CREATE FUNCTION pg_temp.lines(lines jsonb, user_id uuid DEFAULT NULL, shipping_method text DEFAULT NULL, coupon_code text DEFAULT NULL, warehouse_id uuid DEFAULT NULL, guest_email text DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $$
SELECT pg_temp.sums(subtotal, discount_amount, shipping_cost, tax_amount, total) FROM wms_quote_order(lines, user_id, shipping_method, coupon_code, warehouse_id, guest_email)
UNION ALL SELECT pg_temp.problems(problems) FROM wms_quote_order(lines, user_id, shipping_method, coupon_code, warehouse_id, guest_email) $$;
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
END $$;
SAVEPOINT fresh;

-- what an order would cost, it costs
SET LOCAL wms.tax_rate = '6';
SELECT * FROM wms_quote_order('[{"sku": "CQ-TEA", "quantity": 3}, {"sku": "CQ-POST", "quantity": 1}, {"sku": "CQ-TEA", "quantity": 1, "unit_price": 1.005}]', :ann, 'cq-post', 'cq-ten');
SELECT wms_place_order('[{"sku": "CQ-TEA", "quantity": 3}, {"sku": "CQ-POST", "quantity": 1}, {"sku": "CQ-TEA", "quantity": 1, "unit_price": 1.005}]', :ann, NULL, 'cq-post', coupon_code => 'cq-ten') AS id \gset
SELECT subtotal, discount_amount, shipping_cost, tax_amount, total FROM sales.orders WHERE id = :'id';
ROLLBACK TO fresh;

-- stock: per warehouse, all lines of an item together, parts of kits, batches, in several warehouses when that is allowed
SELECT pg_temp.lines('[{"sku": "CQ-TEA", "quantity": 5}]');
SELECT pg_temp.lines('[{"sku": "CQ-TEA", "quantity": 3}, {"sku": "CQ-POST", "quantity": 9}, {"sku": "CQ-TEA", "quantity": 3}]');
SELECT pg_temp.lines('[{"sku": "CQ-TEA", "quantity": 3}, {"sku": "CQ-CUP", "quantity": 1}]');
SELECT pg_temp.lines('[{"sku": "CQ-KIT", "quantity": 1}, {"sku": "CQ-TEA", "quantity": 1}]');
SELECT pg_temp.lines('[{"sku": "CQ-KIT", "quantity": 9}]');
-- more than the parts can be counted: a problem too, not an error
SELECT pg_temp.lines('[{"sku": "CQ-KIT", "quantity": 2147483647}, {"sku": "CQ-TEA", "quantity": 1}]');
SELECT pg_temp.lines('[{"sku": "CQ-TEA", "quantity": 3}]', warehouse_id => :w2);
SELECT pg_temp.lines('[{"sku": "CQ-MILK", "quantity": 5}]');
SELECT pg_temp.lines(format('[{"sku": "CQ-MILK", "quantity": 4, "batch_id": "%s"}, {"sku": "CQ-MILK", "quantity": 1, "batch_id": "%s"}, {"sku": "CQ-TEA", "quantity": 1, "batch_id": "%1$s"}]', :'good', :'bad')::jsonb);
SET LOCAL wms.split_orders = on;
SELECT pg_temp.lines('[{"sku": "CQ-TEA", "quantity": 7}, {"sku": "CQ-CUP", "quantity": 1}]');
SELECT pg_temp.lines('[{"sku": "CQ-TEA", "quantity": 8}]');
ROLLBACK TO fresh;

-- everything else that would be refused, and by which code
SELECT pg_temp.lines('[{"sku": "CQ-NONE", "quantity": 1}, {"sku": "CQ-POST", "quantity": 2}, {"sku": "CQ-SHIRT", "quantity": 1}, {"barcode": "no", "quantity": 1}, {"product_id": "00000000-0000-4000-8000-00000000ffff", "quantity": 1}]',
  :nothing, 'cq-pigeon', 'cq-big', :shut);
SELECT pg_temp.lines('[{"sku": "CQ-NONE", "quantity": 1}]', shipping_method => 'cq-post', coupon_code => 'nope', warehouse_id => :nothing);
SELECT pg_temp.lines('[{"sku": "CQ-POST", "quantity": 1}]', coupon_code => 'cq-once'), pg_temp.lines('[{"sku": "CQ-POST", "quantity": 1}]', coupon_code => 'cq-once', guest_email => 'g@cq.example');
SELECT wms_place_order('[{"sku": "CQ-POST", "quantity": 1}]', coupon_code => 'cq-once', guest_email => 'G@cq.example') IS NOT NULL;
SELECT pg_temp.lines('[{"sku": "CQ-POST", "quantity": 1}]', coupon_code => 'cq-once', guest_email => 'g@cq.example');
SELECT pg_temp.lines('[{"sku": "CQ-POST", "quantity": 2, "unit_price": 9999999999}, {"sku": "CQ-POST", "quantity": 1}]'), pg_temp.lines('[{"sku": "CQ-POST", "quantity": 1, "unit_price": 9999999999.99}, {"sku": "CQ-POST", "quantity": 1}]');
UPDATE catalog.products SET deleted_at = now() WHERE id = :cup;
SELECT pg_temp.lines('[{"sku": "CQ-KIT", "quantity": 1}, {"sku": "CQ-TEA", "quantity": 6}]');
SELECT n, a.* FROM (VALUES (1, 'NULL'), (2, '''[]'''), (3, '''[{"sku": "CQ-TEA"}]'''), (4, '''[{"sku": "CQ-TEA", "quantity": 0}]'''), (5, '%L, shipping_method => '''''), (6, '%L, coupon_code => '''''), (7, '%L, guest_email => '''''),
  (8, '''[{"sku": "CQ-TEA", "quantity": 1, "price": 1}]''')) c (n, arguments), pg_temp.attempt(format('SELECT * FROM wms_quote_order(' || arguments || ')', '[{"sku": "CQ-TEA", "quantity": 1}]')) a ORDER BY n;
ROLLBACK TO fresh;

-- a cart: prices of now, what has changed since it was filled
SELECT wms_create_cart(:ann) AS cart, wms_create_cart() AS guest \gset
SELECT wms_set_cart_item(:'cart', :tea, 4) IS NOT NULL, wms_set_cart_item(:'cart', :post, 1) IS NOT NULL, wms_set_cart_item(:'cart', :cup, 1) IS NOT NULL, wms_apply_coupon(:'cart', 'cq-ten');
UPDATE catalog.products SET base_price = CASE id WHEN :tea THEN 12.5 ELSE 3.5 END, deleted_at = CASE id WHEN :cup THEN now() END WHERE id IN (:tea, :cup, :post);
SELECT pg_temp.cart(:'cart', 'cq-post');
SELECT wms_set_cart_item(:'cart', :tea, 5) IS NOT NULL, wms_set_cart_item(:'cart', :cup, 0) IS NOT NULL;
SELECT pg_temp.cart(:'cart');
-- nothing is written or locked: a read-only transaction will do
SAVEPOINT writing;
SET LOCAL transaction_read_only = on;
SELECT pg_temp.cart(:'cart'), pg_temp.lines('[{"sku": "CQ-TEA", "quantity": 6}]', :ann, 'cq-post', 'cq-ten', :w1), wms_cart(:'cart') ->> 'subtotal';
ROLLBACK TO writing;
-- what it holds itself does not count against it, what others hold does
SELECT count(*) FROM wms_reserve_stock('[{"sku": "CQ-TEA", "quantity": 5}]', NULL, 'cart', :'cart');
SELECT pg_temp.cart(:'cart'), pg_temp.lines('[{"sku": "CQ-TEA", "quantity": 5}]');
SELECT wms_set_cart_item(:'guest', :tea, 3) IS NOT NULL, wms_apply_coupon(:'guest', 'cq-once');
SELECT pg_temp.cart(:'guest', 'cq-none');
UPDATE sales.coupons SET is_active = false WHERE code = 'CQ-TEN';
SELECT pg_temp.cart(:'cart');
-- a cart that cannot be checked out costs nothing
SELECT wms_create_cart() AS empty \gset
SELECT pg_temp.cart(:'empty'), pg_temp.cart(:nothing);
UPDATE sales.carts SET expires_at = clock_timestamp() - interval '1 day' WHERE id = :'guest';
SELECT wms_apply_coupon(:'cart', NULL), wms_checkout(:'cart') AS id \gset
SELECT pg_temp.cart(:'guest'), pg_temp.cart(:'cart');
SELECT n, a.* FROM (VALUES (1, 'NULL'), (2, '%L, ''''')) c (n, arguments), pg_temp.attempt(format('SELECT * FROM wms_quote_cart(' || arguments || ')', :'cart')) a ORDER BY n;
ROLLBACK;
