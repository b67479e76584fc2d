-- Carts: one for each user and session, what is put in and taken out, coupons, merging at login, expiry.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w '\'00000000-0000-4000-8000-0000000ca001\''
\set tea '\'00000000-0000-4000-8000-0000000ca011\''
\set shirt '\'00000000-0000-4000-8000-0000000ca012\''
\set old '\'00000000-0000-4000-8000-0000000ca013\''
\set kit '\'00000000-0000-4000-8000-0000000ca014\''
\set large '\'00000000-0000-4000-8000-0000000ca021\''
\set small '\'00000000-0000-4000-8000-0000000ca022\''
\set ann '\'00000000-0000-4000-8000-0000000ca031\''
\set bob '\'00000000-0000-4000-8000-0000000ca032\''
\set gone '\'00000000-0000-4000-8000-0000000ca033\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w, 'CA-1', 'Main');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:tea, 'CA-TEA', 'Tea', 10), (:shirt, 'CA-SHIRT', 'Shirt', 25), (:old, 'CA-OLD', 'Old', 1), (:kit, 'CA-KIT', 'Kit', 30);
INSERT INTO catalog.product_variants (id, product_id, sku, name, price, deleted_at) VALUES (:large, :shirt, 'CA-L', 'L', 27.5, NULL), (:small, :shirt, 'CA-S', 'S', 20, now());
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES (:kit, :tea, 2), (:kit, :old, 1);
INSERT INTO auth.users (id, email, deleted_at) VALUES (:ann, 'Ann@CA.example', NULL), (:bob, 'bob@ca.example', NULL), (:gone, 'gone@ca.example', now());
INSERT INTO crm.customer_profiles (user_id, customer_group) VALUES (:ann, 'vip');
INSERT INTO catalog.product_prices (product_id, customer_group, min_quantity, price) VALUES (:tea, 'vip', 1, 9), (:tea, NULL, 5, 8);
INSERT INTO sales.coupons (code, type, value, min_order_amount, per_customer_limit, usage_limit, is_active) VALUES ('Ten', 'percentage', 10, NULL, NULL, NULL, true), ('BIG', 'fixed', 5, 50, NULL, NULL, true),
  ('ONCE', 'fixed', 3, NULL, 1, NULL, true), ('NONE', 'fixed', 3, NULL, NULL, 0, true), ('NOT', 'fixed', 3, NULL, 0, NULL, true), ('OFF', 'fixed', 3, NULL, NULL, NULL, false);
UPDATE catalog.products SET deleted_at = now() WHERE id = :old;
SELECT wms_receive_stock(:w, '[{"sku": "CA-TEA", "quantity": 20}, {"sku": "CA-L", "quantity": 5}]');
CREATE FUNCTION pg_temp.content(cart uuid) RETURNS TABLE (line text) LANGUAGE sql AS $$
SELECT concat_ws(' ', l ->> 'line_number', l ->> 'sku', l ->> 'quantity', l ->> 'unit_price', l ->> 'total_price') FROM jsonb_array_elements(wms_cart(cart) -> 'lines') l
UNION ALL SELECT concat_ws(' ', wms_cart(cart) ->> 'subtotal', wms_cart(cart) ->> 'coupon_code', wms_cart(cart) ->> 'coupon_discount', CASE WHEN (wms_cart(cart) ->> 'expired')::boolean THEN 'expired' END,
  CASE WHEN (wms_cart(cart) ->> 'expires_at')::timestamptz BETWEEN now() + interval '29 days 23 hours' AND now() + interval '30 days 1 hour' THEN '30 days' END) $$;
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  message := regexp_replace(message, '\m(?!0{8})[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '<id>', 'g');
END $$;
CREATE FUNCTION pg_temp.age(cart uuid) RETURNS void LANGUAGE sql AS $$UPDATE sales.carts SET expires_at = clock_timestamp() WHERE id = cart$$;
SAVEPOINT fresh;

-- one live cart for a user, one for a session, and as many as are wanted for nobody
SELECT wms_create_cart(:ann) AS anns, wms_create_cart(session_id => 'one') AS one, wms_create_cart() AS a, wms_create_cart() AS b \gset
SELECT wms_create_cart(:ann) = :'anns', wms_create_cart(:ann, 'one') = :'anns', wms_create_cart(session_id => 'one') = :'one', wms_create_cart(session_id => 'two') NOT IN (:'one', :'anns'), :'a' <> :'b';
SELECT wms_create_cart(:bob, 'one') AS bobs \gset
SELECT wms_create_cart(:bob) = :'bobs', wms_create_cart(session_id => 'one') = :'one';
SELECT user_id = :bob, session_id, order_id, coupon_discount FROM sales.carts WHERE id = :'bobs';
SELECT n, a.* FROM (VALUES (1, '%1$L'), (2, '%2$L'), (3, 'session_id => '''''), (4, 'session_id => repeat(''x'', 1001)')) c (n, arguments), pg_temp.attempt(format('SELECT wms_create_cart(' || arguments || ')', :nothing, :gone)) a ORDER BY n;

-- put in at the price shown to this customer for this many; put in again, it stays where it was
SELECT wms_set_cart_item(:'anns', :tea, 2) AS item \gset
SELECT wms_set_cart_item(:'anns', :shirt, 1, :large) IS NOT NULL, wms_set_cart_item(:'anns', :tea, 7) = :'item', wms_set_cart_item(:'one', :tea, 4) <> :'item', wms_set_cart_item(:'one', :tea, 5) IS NOT NULL;
SELECT * FROM pg_temp.content(:'anns');
SELECT * FROM pg_temp.content(:'one');
SELECT wms_set_cart_item(:'anns', :tea, 0) = :'item', wms_set_cart_item(:'anns', :tea, 0) IS NULL, wms_set_cart_item(:'anns', :old, 0) IS NULL, wms_set_cart_item(:'anns', :nothing, 0) IS NULL;
SELECT * FROM pg_temp.content(:'anns');
SELECT n, a.* FROM (VALUES (1, 'NULL, %2$L, 1'), (2, '%1$L, NULL, 1'), (3, '%1$L, %2$L, NULL'), (4, '%1$L, %2$L, -1'), (5, '%3$L, %2$L, 1'), (6, '%1$L, %3$L, 1'), (7, '%1$L, %4$L, 1'), (8, '%1$L, %5$L, 1'),
  (9, '%1$L, %5$L, 1, %6$L'), (10, '%1$L, %5$L, 1, %3$L'), (11, '%1$L, %2$L, 1, %7$L'), (12, '%1$L, %8$L, 1'), (13, '%1$L, %2$L, 2147483647')) c (n, arguments),
  pg_temp.attempt(format('SELECT wms_set_cart_item(' || arguments || ')', :'anns', :tea, :nothing, :old, :shirt, :small, :large, :kit)) a ORDER BY n;
SELECT * FROM pg_temp.content(:'anns');
-- a variant that was deleted since can be taken out, not put in
SELECT wms_set_cart_item(:'one', :shirt, 2, :large) IS NOT NULL;
UPDATE catalog.product_variants SET deleted_at = now() WHERE id = :large;
SELECT wms_set_cart_item(:'one', :shirt, 3, :large);
\echo :SQLSTATE
SELECT wms_set_cart_item(:'one', :shirt, 0, :large) IS NOT NULL;
UPDATE catalog.product_variants SET deleted_at = NULL WHERE id = :large;
-- carts are read by their id alone
SELECT wms_cart(:nothing);
\echo :SQLSTATE
SELECT wms_cart(:'one') ->> 'session_id', jsonb_object_keys(wms_cart(:'a'));

-- coupons: judged, not redeemed
SELECT wms_apply_coupon(:'anns', 'ten'), wms_apply_coupon(:'one', 'once'), wms_apply_coupon(:'a', 'ten');
SELECT * FROM pg_temp.content(:'anns');
SELECT n, a.* FROM (VALUES (1, '%1$L, ''none'''), (2, '%1$L, ''off'''), (3, '%1$L, ''not'''), (4, '%1$L, ''big'''), (5, '%1$L, ''unknown'''), (6, '%1$L, '''''), (7, '%2$L, ''ten'''), (8, 'NULL, ''ten''')) c (n, arguments),
  pg_temp.attempt(format('SELECT wms_apply_coupon(' || arguments || ')', :'anns', :nothing)) a ORDER BY n;
SELECT * FROM pg_temp.content(:'anns');
SELECT wms_apply_coupon(:'anns', NULL);
SELECT * FROM pg_temp.content(:'anns');
SELECT sum(used_count) FROM sales.coupons WHERE code IN ('Ten', 'ONCE');

-- merging: quantities add, the user's own coupon and prices stay, the guest's cart is gone
SELECT wms_set_cart_item(:'anns', :tea, 1) IS NOT NULL, wms_set_cart_item(:'one', :shirt, 1, :large) IS NOT NULL;
SELECT count(*) FROM wms_reserve_stock('[{"sku": "CA-TEA", "quantity": 5}]', NULL, 'cart', :'one');
SELECT wms_merge_carts(:'one', :ann) = :'anns';
SELECT * FROM pg_temp.content(:'anns');
SELECT count(*) FROM sales.carts WHERE id = :'one';
SELECT reference_id = :'anns', quantity, status FROM inventory.stock_reservations WHERE reference_type = 'cart';
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_merge_carts(%L, %L)', :'one', :ann)) a;
SELECT wms_merge_carts(:'anns', :ann) = :'anns';
SELECT wms_apply_coupon(:'anns', 'ten'), wms_apply_coupon(:'a', 'once'), wms_set_cart_item(:'a', :tea, 2) IS NOT NULL;
SELECT wms_merge_carts(:'a', :ann) = :'anns';
SELECT * FROM pg_temp.content(:'anns');
SELECT n, a.* FROM (VALUES (1, 'NULL, %1$L'), (2, '%3$L, NULL'), (3, '%4$L, %1$L'), (4, '%3$L, %4$L'), (5, '%3$L, %5$L'), (6, '%2$L, %1$L')) c (n, arguments),
  pg_temp.attempt(format('SELECT wms_merge_carts(' || arguments || ')', :ann, :'bobs', :'b', :nothing, :gone)) a ORDER BY n;
-- too many together
SELECT wms_set_cart_item(:'anns', :tea, 200000000) IS NOT NULL, wms_set_cart_item(:'b', :tea, 200000000) IS NOT NULL;
UPDATE sales.cart_items SET quantity = 2000000000 WHERE cart_id = :'b';
SELECT wms_merge_carts(:'b', :ann);
\echo :SQLSTATE
SELECT count(*) FROM sales.carts WHERE id = :'b';
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- a guest who comes for the first time as a user: his cart is made
SELECT wms_create_cart(session_id => 'one') AS one \gset
SELECT wms_set_cart_item(:'one', :tea, 3) IS NOT NULL, wms_apply_coupon(:'one', 'ten');
SELECT wms_merge_carts(:'one', :bob) AS bobs \gset
SELECT wms_create_cart(:bob) = :'bobs', wms_create_cart(session_id => 'one') NOT IN (:'one', :'bobs');
SELECT * FROM pg_temp.content(:'bobs');

-- expired: nothing works but making it anew, empty, with nothing held
SELECT count(*) FROM wms_reserve_stock('[{"sku": "CA-TEA", "quantity": 3}]', NULL, 'cart', :'bobs');
SELECT pg_temp.age(:'bobs');
SELECT * FROM pg_temp.content(:'bobs');
SELECT n, a.* FROM (VALUES (1, 'wms_set_cart_item(%1$L, %2$L, 1)'), (2, 'wms_set_cart_item(%1$L, %2$L, 0)'), (3, 'wms_apply_coupon(%1$L, NULL)'), (4, 'wms_checkout(%1$L)')) c (n, command),
  pg_temp.attempt(format('SELECT ' || command, :'bobs', :tea, :bob)) a ORDER BY n;
SELECT wms_create_cart(:bob) = :'bobs';
SELECT * FROM pg_temp.content(:'bobs');
SELECT wms_set_cart_item(:'bobs', :tea, 1) IS NOT NULL, pg_temp.age(:'bobs');
SELECT wms_merge_carts(:'bobs', :bob) = :'bobs';
SELECT * FROM pg_temp.content(:'bobs');
SELECT status, quantity FROM inventory.stock_reservations WHERE reference_type = 'cart' AND reference_id = :'bobs';
-- an expired guest's cart adds nothing; an expired user's is emptied first
SELECT wms_create_cart() AS guest, wms_set_cart_item(:'bobs', :tea, 1) AS item \gset
SELECT wms_set_cart_item(:'guest', :shirt, 2, :large) IS NOT NULL, count(*) FROM wms_reserve_stock('[{"sku": "CA-L", "quantity": 2}]', NULL, 'cart', :'guest');
SELECT pg_temp.age(:'guest');
SELECT wms_merge_carts(:'guest', :bob) = :'bobs';
SELECT status, quantity FROM inventory.stock_reservations WHERE reference_type = 'cart' AND reference_id = :'guest';
SELECT * FROM pg_temp.content(:'bobs');
SELECT wms_create_cart(session_id => 'late') AS late, pg_temp.age(:'bobs') \gset
SELECT wms_set_cart_item(:'late', :shirt, 1, :large) IS NOT NULL, wms_merge_carts(:'late', :bob) = :'bobs';
SELECT * FROM pg_temp.content(:'bobs');
-- a guest's cart that has become an order stays one, however old it is
SELECT wms_create_cart(session_id => 'sold') AS sold \gset
SELECT wms_set_cart_item(:'sold', :tea, 1) IS NOT NULL, wms_checkout(:'sold', guest_email => 'g@ca.example') IS NOT NULL;
SELECT pg_temp.age(:'sold');
SELECT a.state FROM pg_temp.attempt(format('SELECT wms_merge_carts(%L, %L)', :'sold', :bob)) a;
SELECT order_id IS NOT NULL AS ordered FROM sales.carts WHERE id = :'sold';
-- every change prolongs it
UPDATE sales.carts SET expires_at = clock_timestamp() + interval '1 minute' WHERE id = :'bobs';
SELECT wms_set_cart_item(:'bobs', :tea, 0) IS NULL;
SELECT * FROM pg_temp.content(:'bobs');
SELECT * FROM wms_verify();
CREATE ROLE regress_wms_ca_stranger;
SET LOCAL ROLE regress_wms_ca_stranger;
SELECT wms_set_cart_item(:'bobs', :tea, 1);
\echo :SQLSTATE
ROLLBACK;
