-- wms_inventory_report(), wms_expired_batches(), wms_low_stock_batches() and wms_low_stock().
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a731\''
\set w2 '\'00000000-0000-4000-8000-00000000a732\''
\set milk '\'00000000-0000-4000-8000-00000000b731\''
\set cup '\'00000000-0000-4000-8000-00000000b732\''
\set bare '\'00000000-0000-4000-8000-00000000b733\''
\set gone '\'00000000-0000-4000-8000-00000000b734\''
\set shirt '\'00000000-0000-4000-8000-00000000b735\''
\set small '\'00000000-0000-4000-8000-00000000c735\''
BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SELECT (clock_timestamp() AT TIME ZONE 'Asia/Kuala_Lumpur')::date AS today \gset
INSERT INTO catalog.brands (id, name) VALUES ('00000000-0000-4000-8000-00000000d731', 'RP Farm');
INSERT INTO catalog.categories (id, name, slug, sort_order) VALUES ('00000000-0000-4000-8000-00000000d732', 'RP Z first', 'rp-z', 1),
  ('00000000-0000-4000-8000-00000000d733', 'RP B', 'rp-b', 2), ('00000000-0000-4000-8000-00000000d734', 'RP A', 'rp-a', 2);
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'RP-1', 'Main'), (:w2, 'RP-2', 'Shop');
INSERT INTO catalog.products (id, sku, name, brand_id, deleted_at) VALUES (:milk, 'RP-MILK', 'RP Milk', '00000000-0000-4000-8000-00000000d731', NULL),
  (:cup, 'RP-CUP', 'RP Cup', NULL, NULL), (:bare, 'RP-BARE', 'RP Bare', NULL, NULL), (:gone, 'RP-GONE', 'RP Gone', NULL, NULL), (:shirt, 'RP-SHIRT', 'RP Shirt', NULL, NULL);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (:small, :shirt, 'RP-S', 'S');
INSERT INTO catalog.product_categories (product_id, category_id) VALUES (:milk, '00000000-0000-4000-8000-00000000d733'), (:milk, '00000000-0000-4000-8000-00000000d732'),
  (:cup, '00000000-0000-4000-8000-00000000d733'), (:cup, '00000000-0000-4000-8000-00000000d734');
CREATE FUNCTION pg_temp.receive(warehouse uuid, batch text, quantity integer, days integer) RETURNS bigint LANGUAGE sql AS $$
SELECT wms_receive_stock(warehouse, jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('sku', 'RP-MILK', 'quantity', quantity, 'batch_number', batch,
  'expiry_date', to_char((clock_timestamp() AT TIME ZONE 'Asia/Kuala_Lumpur')::date + days, 'YYYY-MM-DD'))))) $$;
SELECT pg_temp.receive(:w1, 'BEFORE', 1, -1), pg_temp.receive(:w1, 'DAY', 2, 0), pg_temp.receive(:w2, 'AFTER', 4, 1), pg_temp.receive(:w1, 'NEVER', 8, NULL),
  pg_temp.receive(:w1, 'QUARANTINE', 16, 9), pg_temp.receive(:w1, 'OLD', 32, -9), pg_temp.receive(:w1, 'OLD AND RECALLED', 64, -9), pg_temp.receive(:w1, 'AFTER', 128, 1);
SELECT wms_set_batch_status(id, CASE batch_number WHEN 'QUARANTINE' THEN 'quarantined' ELSE 'recalled' END) FROM inventory.product_batches
 WHERE batch_number IN ('QUARANTINE', 'OLD AND RECALLED') ORDER BY batch_number;
SELECT wms_receive_stock(:w1, '[{"sku": "RP-CUP", "quantity": 5}, {"sku": "RP-GONE", "quantity": 3}, {"sku": "RP-S", "quantity": 7}]'), wms_receive_stock(:w2, '[{"sku": "RP-CUP", "quantity": 6}]');
UPDATE catalog.products SET deleted_at = now() WHERE id = :gone;

SELECT * FROM wms_inventory_report() WHERE product_name LIKE 'RP %';
SELECT batch_number, quantity, :'today'::date - expiry_date, days_expired, product_name, product_id = :milk FROM wms_expired_batches();
SELECT batch_number, days_expired FROM wms_expired_batches(:'today'::date + 1);
SELECT batch_number, days_expired FROM wms_expired_batches(:'today'::date + 2);
SELECT count(*) FROM wms_expired_batches(:'today'::date - 9);
SELECT * FROM wms_expired_batches('infinity');
\echo :SQLSTATE
-- whether its status says so or not
SELECT wms_expire_batches();
SELECT batch_number, days_expired FROM wms_expired_batches();
SELECT * FROM wms_inventory_report() WHERE product_name LIKE 'RP %';
-- a deleted product is listed as long as there is some of it
UPDATE inventory.stock_items SET quantity = 0 WHERE product_id = :gone;
SELECT product_name FROM wms_inventory_report() WHERE product_name LIKE 'RP %';

SELECT batch_number, quantity, product_name FROM wms_low_stock_batches(9);
SELECT batch_number FROM wms_low_stock_batches(8);
SELECT count(*) FROM wms_low_stock_batches(0);
SELECT * FROM wms_low_stock_batches(NULL);
\echo :SQLSTATE

-- due for reorder is what may be promised at or below the point; 0 is never
SELECT count(*) FROM wms_low_stock();
UPDATE inventory.stock_items SET reorder_point = 10, reorder_quantity = 50 WHERE warehouse_id = :w1 AND product_id IN (:cup, :shirt, :gone);
UPDATE inventory.stock_items SET reorder_point = 6 WHERE warehouse_id = :w2 AND product_id = :cup;
UPDATE inventory.stock_items SET reorder_point = 137 WHERE warehouse_id = :w1 AND product_id = :milk;
SELECT warehouse_id = :w1 AS main, sku, variant_id = :small AS small, available_quantity, reorder_point, reorder_quantity FROM wms_low_stock();
UPDATE inventory.stock_items SET reorder_point = 138 WHERE warehouse_id = :w1 AND product_id = :milk;
SELECT sku, available_quantity, reorder_point FROM wms_low_stock(:w1);
SELECT sku, available_quantity FROM wms_low_stock(:w2);
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "RP-CUP", "quantity": 4}]', :w2);
SELECT sku, available_quantity FROM wms_low_stock(:w2);
SELECT count(*) FROM wms_low_stock('00000000-0000-4000-8000-00000000ffff');

-- they read as the caller
\set VERBOSITY sqlstate
CREATE ROLE regress_wms_reporter;
SET LOCAL ROLE regress_wms_reporter;
SELECT * FROM wms_inventory_report();
\echo :SQLSTATE
SELECT * FROM wms_expired_batches();
\echo :SQLSTATE
SELECT * FROM wms_low_stock_batches(1);
\echo :SQLSTATE
SELECT * FROM wms_low_stock();
\echo :SQLSTATE
ROLLBACK;
