-- What was used stays allowed, what was checked out stays an order, and a variant with stock stays with its product.
\set VERBOSITY default
\set SHOW_CONTEXT never
BEGIN;
\set ON_ERROR_ROLLBACK on
INSERT INTO auth.users (email, password_hash) VALUES ('cg@example.com', 'x') RETURNING id AS u \gset
INSERT INTO inventory.warehouses (code, name) VALUES ('CG', 'Guarded') RETURNING id AS w \gset
INSERT INTO catalog.products (sku, name, base_price) VALUES ('CG-1', 'Cap', 10) RETURNING id AS p \gset
INSERT INTO catalog.products (sku, name, base_price) VALUES ('CG-2', 'Hat', 10) RETURNING id AS other \gset
INSERT INTO catalog.product_variants (id, product_id, sku, name)
VALUES ('c6000000-0000-0000-0000-000000000001', :'p', 'CG-1-S', 'small'),
       ('c6000000-0000-0000-0000-000000000002', :'p', 'CG-1-L', 'large');
SELECT wms_receive_stock(:'w', '[{"sku":"CG-1-S","quantity":10},{"sku":"CG-2","quantity":10}]');
INSERT INTO sales.coupons (code, type, value, per_customer_limit) VALUES ('CG-FIVE', 'fixed', 5, 3), ('CG-ANY', 'fixed', 5, NULL);

-- two uses of a user, two of a guest
SELECT wms_place_order('[{"sku":"CG-1-S","quantity":1}]', user_id => :'u', coupon_code => 'CG-FIVE') AS o1 \gset
SELECT wms_place_order('[{"sku":"CG-1-S","quantity":1}]', user_id => :'u', coupon_code => 'CG-FIVE') AS o2 \gset
SELECT wms_place_order('[{"sku":"CG-1-S","quantity":1}]', guest_email => 'Guest@example.com', coupon_code => 'CG-ANY') AS o3 \gset
SELECT wms_place_order('[{"sku":"CG-1-S","quantity":1}]', guest_email => 'guest@example.com', coupon_code => 'CG-ANY') AS o4 \gset
UPDATE sales.coupons SET per_customer_limit = 1 WHERE code = 'CG-FIVE';
\echo :SQLSTATE
UPDATE sales.coupons SET per_customer_limit = 1 WHERE code = 'CG-ANY';
\echo :SQLSTATE
-- down to what was used, up, away, and lower once a use is given back
UPDATE sales.coupons SET per_customer_limit = 2 WHERE code IN ('CG-FIVE', 'CG-ANY');
UPDATE sales.coupons SET per_customer_limit = NULL WHERE code = 'CG-ANY';
SELECT wms_cancel_order(:'o1');
UPDATE sales.coupons SET per_customer_limit = 1 WHERE code = 'CG-FIVE';
SELECT count(*) FROM wms_verify();

-- a cart becomes an order once
\set VERBOSITY terse
SELECT wms_create_cart(:'u') AS cart \gset
SELECT wms_set_cart_item(:'cart', :'other', 1) IS NOT NULL AS put_in;
SELECT wms_checkout(:'cart') IS NOT NULL AS checked_out;
UPDATE sales.carts SET order_id = NULL WHERE id = :'cart';
\echo :SQLSTATE
UPDATE sales.carts SET expires_at = now() WHERE id = :'cart';
SELECT wms_create_cart(:'u') AS next_cart \gset
UPDATE sales.carts SET order_id = :'o2' WHERE id = :'next_cart';
\echo :SQLSTATE
\set VERBOSITY default

-- one variant has stock, holds and order lines; the other is free to move
UPDATE catalog.product_variants SET product_id = :'other' WHERE sku = 'CG-1-S';
\echo :SQLSTATE
UPDATE catalog.product_variants SET product_id = :'other' WHERE sku = 'CG-1-L';
SELECT p.sku FROM catalog.product_variants v JOIN catalog.products p ON p.id = v.product_id WHERE v.sku = 'CG-1-L';
ROLLBACK;
