-- Soft deletion and restoring, table by table. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set VERBOSITY default
BEGIN;
CREATE FUNCTION pg_temp.x(text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('00000000-0000-4000-8000-0000000f' || lpad($1, 4, '0'))::uuid $$;
INSERT INTO auth.users (id, email, password_hash) VALUES (pg_temp.x('1'), 'Del@example.com', 'x'), (pg_temp.x('2'), 'agent@example.com', 'x');
INSERT INTO auth.sessions (user_id, refresh_token, family_id, salt, expires_at) VALUES (pg_temp.x('1'), repeat('a', 64), gen_random_uuid(), 's', now() + interval '1 day');
INSERT INTO catalog.brands (id, name) VALUES (pg_temp.x('3'), 'Del brand');
INSERT INTO catalog.categories (id, name) VALUES (pg_temp.x('4'), 'Del category');
INSERT INTO catalog.categories (id, parent_id, name) VALUES (pg_temp.x('41'), pg_temp.x('4'), 'Del below');
INSERT INTO catalog.products (id, sku, name, base_price, brand_id) VALUES (pg_temp.x('5'), 'DEL-1', 'Del product', 10, pg_temp.x('3')), (pg_temp.x('51'), 'DEL-2', 'Del with variant', 10, NULL);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (pg_temp.x('6'), pg_temp.x('51'), 'DEL-2-L', 'L');
INSERT INTO inventory.warehouses (id, code, name) VALUES (pg_temp.x('7'), 'DEL-A', 'A'), (pg_temp.x('71'), 'DEL-B', 'B');
INSERT INTO sales.coupons (id, code, type, value) VALUES (pg_temp.x('8'), 'DELTEN', 'percentage', 10);
INSERT INTO agent.agents (id, user_id, agent_code) VALUES (pg_temp.x('9'), pg_temp.x('2'), 'DEL-AG');
INSERT INTO inventory.product_batches (id, product_id, batch_number) VALUES (pg_temp.x('a'), pg_temp.x('5'), 'DEL-L1');
CREATE TEMP TABLE nine (n int, rel regclass, id uuid);
INSERT INTO nine VALUES (1, 'auth.users', pg_temp.x('1')), (2, 'catalog.brands', pg_temp.x('3')), (3, 'catalog.categories', pg_temp.x('4')), (4, 'catalog.products', pg_temp.x('5')), (5, 'catalog.product_variants', pg_temp.x('6')),
  (6, 'inventory.warehouses', pg_temp.x('7')), (7, 'sales.coupons', pg_temp.x('8')), (8, 'agent.agents', pg_temp.x('9')), (9, 'inventory.product_batches', pg_temp.x('a'));
SELECT rel, wms_restore(rel, id) AS live, wms_soft_delete(rel, id) AS deleted FROM nine ORDER BY n;
SELECT rel, wms_soft_delete(rel, id) AS again FROM nine ORDER BY n;
SELECT closed_at IS NOT NULL AS closed FROM auth.sessions WHERE user_id = pg_temp.x('1');
SELECT sku, has_variants FROM catalog.products WHERE sku = 'DEL-2';
SELECT name FROM wms_category_tree() WHERE name LIKE 'Del%';
-- what each was known by is free; then it cannot come back
INSERT INTO auth.users (email, password_hash) VALUES ('DEL@example.com', 'x');
INSERT INTO catalog.brands (name) VALUES ('Del brand');
INSERT INTO catalog.categories (name, slug) VALUES ('Del category', 'other');
INSERT INTO catalog.products (sku, name) VALUES ('DEL-1', 'Other');
INSERT INTO catalog.product_variants (product_id, sku, name) VALUES (pg_temp.x('51'), 'DEL-2-L', 'L');
INSERT INTO inventory.warehouses (code, name) VALUES ('DEL-A', 'Other');
INSERT INTO sales.coupons (code, type, value) VALUES ('delten', 'fixed', 1);
INSERT INTO agent.agents (user_id, agent_code) VALUES (pg_temp.x('1'), 'DEL-AG');
INSERT INTO inventory.product_batches (product_id, batch_number) VALUES (pg_temp.x('5'), 'DEL-L1');
SELECT wms_restore('auth.users', pg_temp.x('1'));
\echo :SQLSTATE
SELECT wms_restore('catalog.brands', pg_temp.x('3'));
SELECT wms_restore('catalog.categories', pg_temp.x('4'));
SELECT wms_restore('catalog.products', pg_temp.x('5'));
SELECT wms_restore('catalog.product_variants', pg_temp.x('6'));
SELECT wms_restore('inventory.warehouses', pg_temp.x('7'));
SELECT wms_restore('sales.coupons', pg_temp.x('8'));
SELECT wms_restore('agent.agents', pg_temp.x('9'));
SELECT wms_restore('inventory.product_batches', pg_temp.x('a'));
\echo :SQLSTATE
UPDATE catalog.products SET deleted_at = now() WHERE sku = 'DEL-1' AND name = 'Other';
SELECT wms_restore('catalog.products', pg_temp.x('5')) AS restored, wms_restore('catalog.products', pg_temp.x('5')) AS again;

-- a deleted product is not sold, what was sold of it can be read
SELECT wms_receive_stock(pg_temp.x('71'), '[{"sku": "DEL-1", "quantity": 5}]');
SELECT wms_sell('[{"sku": "DEL-1", "quantity": 2}]', pg_temp.x('71'), 'cash') AS sold \gset
SELECT wms_create_cart() AS cart \gset
SELECT wms_set_cart_item(:'cart', pg_temp.x('5'), 1) IS NOT NULL AS in_cart;
SELECT wms_soft_delete('catalog.products', pg_temp.x('5'));
SELECT wms_sell('[{"sku": "DEL-1", "quantity": 1}]', pg_temp.x('71'), 'cash');
SELECT wms_place_order(format('[{"product_id": "%s", "quantity": 1}]', pg_temp.x('5'))::jsonb);
SELECT wms_reserve_stock(format('[{"product_id": "%s", "quantity": 1}]', pg_temp.x('5'))::jsonb);
SELECT wms_receive_stock(pg_temp.x('71'), format('[{"product_id": "%s", "quantity": 1}]', pg_temp.x('5'))::jsonb);
SELECT wms_checkout(:'cart');
\echo :SQLSTATE
SELECT wms_set_cart_item(:'cart', pg_temp.x('5'), 2);
\echo :SQLSTATE
SELECT l ->> 'sku' AS sku, l -> 'quantity' AS quantity FROM wms_order(:'sold') o, jsonb_array_elements(o -> 'lines') l;
SELECT type, quantity, balance FROM wms_stock_history(pg_temp.x('5'));
SELECT wms_available_quantity(pg_temp.x('5')) AS promised, quantity AS on_hand FROM inventory.stock_items WHERE product_id = pg_temp.x('5');
SELECT wms_write_off_stock(pg_temp.x('71'), pg_temp.x('5'), 1) IS NOT NULL AS written_off;
SELECT wms_return_stock(pg_temp.x('71'), format('[{"product_id": "%s", "quantity": 1}]', pg_temp.x('5'))::jsonb, 'order', :'sold') AS returned;
-- the live variants of a product are deleted and restored with it, no others
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (pg_temp.x('52'), 'SHIRT', 'Shirt', 10);
INSERT INTO catalog.product_variants (id, product_id, sku, name, deleted_at) VALUES (pg_temp.x('61'), pg_temp.x('52'), 'SHIRT-M', 'M', NULL), (pg_temp.x('62'), pg_temp.x('52'), 'SHIRT-L', 'L', NULL), (pg_temp.x('63'), pg_temp.x('52'), 'SHIRT-S', 'S', '2026-01-01');
CREATE VIEW pg_temp.shirt AS SELECT v.sku, v.deleted_at IS NULL AS live, v.deleted_at = p.deleted_at AS with_it, p.has_variants FROM catalog.product_variants v JOIN catalog.products p ON p.id = v.product_id WHERE p.id = pg_temp.x('52') ORDER BY 1;
SELECT wms_receive_stock(pg_temp.x('71'), '[{"sku": "SHIRT-M", "quantity": 9}]');
SELECT wms_sell('[{"sku": "SHIRT-M", "quantity": 2}]', pg_temp.x('71'), 'cash') AS shirts \gset
SELECT wms_place_order('[{"sku": "SHIRT-M", "quantity": 1}]') AS placed \gset
SELECT wms_soft_delete('catalog.products', pg_temp.x('52'));
SELECT * FROM pg_temp.shirt;
-- what is there can still leave and come back
SELECT wms_write_off_stock(pg_temp.x('71'), pg_temp.x('52'), 1, variant_id => pg_temp.x('61')) IS NOT NULL AS written_off;
SELECT wms_return_stock(pg_temp.x('71'), format('[{"product_id": "%s", "variant_id": "%s", "quantity": 1}]', pg_temp.x('52'), pg_temp.x('61'))::jsonb, 'order', :'shirts') AS returned;
SELECT wms_sell('[{"sku": "SHIRT-M", "quantity": 1}]', pg_temp.x('71'), 'cash');
SELECT wms_cancel_order(:'placed') IS NOT NULL AS cancelled;
SELECT type, quantity, balance FROM wms_stock_history(pg_temp.x('52'), variant_id => pg_temp.x('61'));
-- the skus are free; taken, the product does not come back
INSERT INTO catalog.products (id, sku, name) VALUES (pg_temp.x('53'), 'SHIRT', 'Shirt');
INSERT INTO catalog.product_variants (product_id, sku, name) VALUES (pg_temp.x('53'), 'SHIRT-M', 'M');
UPDATE catalog.products SET (sku, slug) = ('SHIRT2', 'shirt2') WHERE id = pg_temp.x('53');
SELECT wms_restore('catalog.products', pg_temp.x('52'));
\echo :SQLSTATE
UPDATE catalog.product_variants SET sku = 'SHIRT2-M' WHERE product_id = pg_temp.x('53');
SELECT wms_restore('catalog.products', pg_temp.x('52'));
SELECT * FROM pg_temp.shirt;
-- by SQL, and when the time is corrected
UPDATE catalog.products SET deleted_at = '2026-02-02' WHERE id = pg_temp.x('52');
UPDATE catalog.products SET deleted_at = '2026-02-03' WHERE id = pg_temp.x('52');
SELECT * FROM pg_temp.shirt;
-- a choice of options that is taken by then
INSERT INTO catalog.variant_options (id, name) VALUES (pg_temp.x('b'), 'Del size');
INSERT INTO catalog.variant_option_values (id, option_id, value) VALUES (pg_temp.x('b1'), pg_temp.x('b'), 'M');
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (pg_temp.x('64'), pg_temp.x('52'), 'SHIRT-M2', 'M again');
INSERT INTO catalog.product_variant_options VALUES (pg_temp.x('61'), pg_temp.x('b'), pg_temp.x('b1')), (pg_temp.x('64'), pg_temp.x('b'), pg_temp.x('b1'));
SELECT wms_restore('catalog.products', pg_temp.x('52'));
\echo :SQLSTATE
DELETE FROM catalog.product_variant_options WHERE variant_id = pg_temp.x('64');
SELECT wms_restore('catalog.products', pg_temp.x('52'));
SELECT * FROM pg_temp.shirt;
-- a warehouse in use stays
SELECT wms_soft_delete('inventory.warehouses', pg_temp.x('71'));
\echo :SQLSTATE
-- arguments
SELECT wms_soft_delete(NULL, pg_temp.x('5'));
\echo :SQLSTATE
SELECT wms_soft_delete('catalog.products', NULL);
\echo :SQLSTATE
SELECT wms_soft_delete('sales.orders', :'sold');
SELECT wms_restore('pg_catalog.pg_class', pg_temp.x('5'));
\echo :SQLSTATE
SELECT wms_soft_delete('0', pg_temp.x('5'));
SELECT wms_soft_delete('agent.agents', pg_temp.x('ffff'));
SELECT wms_restore('sales.coupons', pg_temp.x('ffff'));
\echo :SQLSTATE
CREATE TEMP TABLE products (id uuid, deleted_at timestamptz);
\set VERBOSITY sqlstate
SELECT wms_soft_delete('pg_temp.products', pg_temp.x('5'));
\echo :SQLSTATE
SELECT * FROM wms_verify();
ROLLBACK;
