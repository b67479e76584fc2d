-- One product as a whole, and items by code. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set milk '\'00000000-0000-4000-8000-00000000da01\''
\set shirt '\'00000000-0000-4000-8000-00000000da02\''
\set user '\'00000000-0000-4000-8000-00000000de01\''
BEGIN;
INSERT INTO auth.users (id, email, first_name, password_hash) VALUES (:user, 'keeper@example.com', 'Kim', 'secret');
INSERT INTO catalog.brands (name) VALUES ('Acme');
INSERT INTO catalog.categories (id, name, sort_order) VALUES ('00000000-0000-4000-8000-00000000dc01', 'Second', 2), ('00000000-0000-4000-8000-00000000dc02', 'First', 1);
INSERT INTO catalog.products (id, sku, name, base_price, cost_price, brand_id, metadata) SELECT x.id, x.sku, x.name, 10, 4, b.id, '{"shelf": 7}' FROM (VALUES (:milk::uuid, 'DA-MILK', 'Milk'), (:shirt, 'DA-SHIRT', 'Shirt')) x (id, sku, name), catalog.brands b;
INSERT INTO catalog.product_categories (product_id, category_id) SELECT p.id, c.id FROM catalog.products p, catalog.categories c;
INSERT INTO catalog.product_variants (id, product_id, sku, name, cost_price, deleted_at) VALUES ('00000000-0000-4000-8000-00000000db01', :shirt, 'DA-L', 'L', 5, NULL), ('00000000-0000-4000-8000-00000000db02', :shirt, 'DA-M', 'M', 5, now());
INSERT INTO catalog.variant_options (id, name) VALUES ('00000000-0000-4000-8000-00000000d001', 'Size');
INSERT INTO catalog.variant_option_values (id, option_id, value) VALUES ('00000000-0000-4000-8000-00000000d002', '00000000-0000-4000-8000-00000000d001', 'L');
INSERT INTO catalog.product_variant_options (variant_id, option_id, option_value_id) VALUES ('00000000-0000-4000-8000-00000000db01', '00000000-0000-4000-8000-00000000d001', '00000000-0000-4000-8000-00000000d002');
INSERT INTO catalog.attributes (id, name, code) VALUES ('00000000-0000-4000-8000-00000000d003', 'Colour', 'colour');
INSERT INTO catalog.attribute_values (id, attribute_id, value) VALUES ('00000000-0000-4000-8000-00000000d004', '00000000-0000-4000-8000-00000000d003', 'red');
INSERT INTO catalog.product_attributes (product_id, attribute_id, attribute_value_id) VALUES (:shirt, '00000000-0000-4000-8000-00000000d003', '00000000-0000-4000-8000-00000000d004');
INSERT INTO catalog.product_images (product_id, url, is_primary) VALUES (:shirt, 'https://example.com/1.jpg', true);
INSERT INTO catalog.product_barcodes (product_id, variant_id, type, barcode) VALUES (:milk, NULL, 'gtin8', '96385074'), (:shirt, '00000000-0000-4000-8000-00000000db01', 'internal', 'L-CODE'), (:shirt, '00000000-0000-4000-8000-00000000db02', 'internal', 'M-CODE');
INSERT INTO catalog.product_prices (product_id, customer_group, price) VALUES (:shirt, 'vip', 8);
INSERT INTO catalog.products (id, sku, name) VALUES ('00000000-0000-4000-8000-00000000da03', 'DA-SET', 'Set');
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, component_variant_id, quantity) VALUES ('00000000-0000-4000-8000-00000000da03', :shirt, '00000000-0000-4000-8000-00000000db01', 1), ('00000000-0000-4000-8000-00000000da03', :milk, NULL, 2);
INSERT INTO inventory.warehouses (id, code, name) VALUES ('00000000-0000-4000-8000-00000000df01', 'DA', 'DA');
SET LOCAL wms.actor_id = '00000000-0000-4000-8000-00000000de01';
SELECT wms_receive_stock('00000000-0000-4000-8000-00000000df01', '[{"sku": "DA-MILK", "quantity": 5, "batch_number": "L2", "expiry_date": "2099-12-31"}, {"sku": "DA-MILK", "quantity": 6, "batch_number": "L1", "expiry_date": "2099-06-30"}]');

SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(wms_product(:shirt)) k;
SELECT w ->> 'sku' AS sku, w -> 'base_price' AS base_price, w -> 'cost_price' AS cost, w -> 'brand' ->> 'name' AS brand, w -> 'category' ->> 'name' AS category, jsonb_array_length(w -> 'categories') AS categories, w -> 'metadata' AS metadata FROM wms_product(:shirt) w;
SELECT v ->> 'sku' AS sku, v -> 'cost_price' AS cost, v -> 'options' -> 0 ->> 'name' AS option, v -> 'options' -> 0 ->> 'value' AS value FROM wms_product(:shirt) w, jsonb_array_elements(w -> 'variants') v;
SELECT w -> 'attributes' -> 0 ->> 'value' AS attribute, w -> 'images' -> 0 ->> 'url' AS image, w -> 'prices' -> 0 -> 'price' AS price, w -> 'barcodes' -> 0 ->> 'barcode' AS barcode, w -> 'batches' AS batches FROM wms_product(:shirt) w;
SELECT k ->> 'sku' AS sku, k -> 'quantity' AS quantity FROM wms_product('00000000-0000-4000-8000-00000000da03') w, jsonb_array_elements(w -> 'components') k;
-- batches, their tracks, and who did it
SELECT b ->> 'batch_number' AS batch, b -> 'quantity' AS quantity, b ->> 'expiry_date' AS expiry_date, t ->> 'action' AS action, t -> 'quantity' AS units, t -> 'user' AS "user"
  FROM wms_product(:milk) w, jsonb_array_elements(w -> 'batches') b, jsonb_array_elements(b -> 'tracks') t ORDER BY 3, 4;
SELECT wms_product(NULL);
\echo :SQLSTATE
SELECT wms_product('00000000-0000-4000-8000-00000000ffff');
\echo :SQLSTATE

-- what the caller may not read is left out
CREATE ROLE regress_wms_visitor;
GRANT USAGE ON SCHEMA catalog TO regress_wms_visitor;
GRANT SELECT ON ALL TABLES IN SCHEMA catalog TO regress_wms_visitor;
REVOKE SELECT ON catalog.products, catalog.product_variants FROM regress_wms_visitor;
SELECT format('GRANT SELECT (%s) ON %s TO regress_wms_visitor', string_agg(quote_ident(attname), ', '), attrelid::regclass) FROM pg_attribute
 WHERE attrelid IN ('catalog.products'::regclass, 'catalog.product_variants'::regclass) AND attnum > 0 AND attname <> 'cost_price' GROUP BY attrelid \gexec
CREATE FUNCTION pg_temp.seen() RETURNS TABLE (costs boolean, variant_costs boolean, batches boolean, tracks boolean, users boolean) LANGUAGE sql AS $$
SELECT s ? 'cost_price', s -> 'variants' -> 0 ? 'cost_price', m ? 'batches', m -> 'batches' -> 0 ? 'tracks', m -> 'batches' -> 0 -> 'tracks' -> 0 ? 'user'
  FROM wms_product('00000000-0000-4000-8000-00000000da02') s, wms_product('00000000-0000-4000-8000-00000000da01') m $$;
SET LOCAL ROLE regress_wms_visitor;
SELECT * FROM pg_temp.seen();
RESET ROLE;
GRANT USAGE ON SCHEMA inventory, auth TO regress_wms_visitor;
GRANT SELECT ON inventory.product_batches TO regress_wms_visitor;
SET LOCAL ROLE regress_wms_visitor;
SELECT * FROM pg_temp.seen();
RESET ROLE;
GRANT SELECT ON inventory.product_batch_tracks TO regress_wms_visitor;
GRANT SELECT (cost_price) ON catalog.products, catalog.product_variants TO regress_wms_visitor;
SET LOCAL ROLE regress_wms_visitor;
SELECT * FROM pg_temp.seen();
RESET ROLE;
GRANT SELECT (id, email, first_name, last_name) ON auth.users TO regress_wms_visitor;
SET LOCAL ROLE regress_wms_visitor;
SELECT * FROM pg_temp.seen();
SELECT wms_product(:milk) -> 'batches' -> 0 -> 'tracks' -> 0 -> 'user' AS "user";
RESET ROLE;
REVOKE ALL ON SCHEMA catalog FROM regress_wms_visitor;
SET LOCAL ROLE regress_wms_visitor;
SELECT wms_product(:milk);
\echo :SQLSTATE
RESET ROLE;

-- items by code: the sku of a variant, of a product, then a barcode
CREATE FUNCTION pg_temp.item(text) RETURNS text LANGUAGE sql AS $$
SELECT p.sku || coalesce(' ' || v.sku, '') FROM wms_find_item($1) f JOIN catalog.products p ON p.id = f.product_id LEFT JOIN catalog.product_variants v ON v.id = f.variant_id $$;
SELECT q, pg_temp.item(q) FROM unnest('{DA-L,DA-SHIRT,da-shirt,96385074,L-CODE,M-CODE,DA-M,"",nothing}'::text[]) q;
INSERT INTO catalog.product_barcodes (product_id, type, barcode) VALUES (:milk, 'internal', 'DA-L'), (:milk, 'internal', 'DA-SHIRT');
SELECT q, pg_temp.item(q) FROM unnest('{DA-L,DA-SHIRT}'::text[]) q;
UPDATE catalog.product_variants SET deleted_at = now() WHERE sku = 'DA-L';
SELECT q, pg_temp.item(q) FROM unnest('{DA-L,L-CODE}'::text[]) q;
UPDATE catalog.products SET deleted_at = now() WHERE id = :milk;
SELECT q, pg_temp.item(q) FROM unnest('{DA-L,DA-MILK,96385074}'::text[]) q;
SELECT * FROM wms_find_item(NULL);
\echo :SQLSTATE
-- deleted: readable still
SELECT w ->> 'sku' AS sku, w ->> 'deleted_at' IS NOT NULL AS deleted, jsonb_array_length(w -> 'batches') AS batches FROM wms_product(:milk) w;
ROLLBACK;
