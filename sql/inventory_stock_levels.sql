-- What lies where. The rows are written past triggers, as a replica would; everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set north '\'00000000-0000-4000-8000-00000000aa11\''
\set south '\'00000000-0000-4000-8000-00000000aa12\''
\set shirt '\'00000000-0000-4000-8000-00000000bb11\''
\set milk '\'00000000-0000-4000-8000-00000000bb12\''
\set small '\'00000000-0000-4000-8000-00000000cc11\''
\set large '\'00000000-0000-4000-8000-00000000cc12\''

BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SET LOCAL session_replication_role = replica;
SELECT (now() AT TIME ZONE 'Asia/Kuala_Lumpur')::date AS today \gset

INSERT INTO inventory.warehouses (id, code, name) VALUES (:south, 'LV-1', 'South'), (:north, 'LV-2', 'North');
INSERT INTO catalog.products (id, sku, name, slug, has_variants, batch_tracked) VALUES
  (:shirt, 'LV-SHIRT', 'Shirt', 'lv-shirt', true, false), (:milk, 'LV-MILK', 'Milk', 'lv-milk', false, true);
INSERT INTO catalog.product_variants (id, product_id, sku, name, deleted_at) VALUES
  (:small, :shirt, 'LV-S', 'S', NULL), (:large, :shirt, 'LV-L', 'L', now());
INSERT INTO inventory.stock_items (warehouse_id, product_id, variant_id, quantity, reserved_quantity, bin_location) VALUES
  (:north, :shirt, :small, 10, 6, 'A-01'), (:north, :shirt, :large, 8, 0, NULL), (:north, :milk, NULL, 100, 15, 'COLD'),
  (:south, :shirt, :small, 3, 0, NULL), (:south, :milk, NULL, 0, 0, NULL);
INSERT INTO inventory.stock_reservations (id, warehouse_id, product_id, variant_id, quantity, original_quantity, expires_at) VALUES
  (gen_random_uuid(), :north, :shirt, :small, 2, 2, NULL),
  (gen_random_uuid(), :north, :shirt, :small, 4, 4, now() - interval '1 second'),
  (gen_random_uuid(), :north, :milk, NULL, 15, 15, NULL);
INSERT INTO inventory.product_batches (id, product_id, batch_number, quantity, expiry_date, status) VALUES
  ('00000000-0000-4000-8000-00000000dd11', :milk, 'M1', 40, :'today'::date - 1, 'active'),
  ('00000000-0000-4000-8000-00000000dd12', :milk, 'M2', 50, :'today', 'active'),
  ('00000000-0000-4000-8000-00000000dd13', :milk, 'M3', 10, NULL, 'quarantined');
INSERT INTO inventory.stock_item_batches (warehouse_id, product_id, batch_id, quantity)
SELECT :north, product_id, id, quantity FROM inventory.product_batches WHERE product_id = :milk;

SELECT warehouse_code, sku, quantity, held, blocked, available, bin_location
  FROM wms_stock_levels(warehouse_id => :north);
SELECT warehouse_code, sku, quantity, held, blocked, available FROM wms_stock_levels(:shirt);
SELECT warehouse_code, warehouse_id = :south AS south, product_id = :shirt AS shirt, variant_id = :small AS small, sku
  FROM wms_stock_levels(:shirt, :south);
-- what is available there is what may be promised there
SELECT l.sku, l.available, wms_available_quantity(l.product_id, l.variant_id, l.warehouse_id) AS promised
  FROM wms_stock_levels(warehouse_id => :north) l;

-- pages
SELECT sku FROM wms_stock_levels(warehouse_id => :north, max_rows => 2);
SELECT sku FROM wms_stock_levels(warehouse_id => :north, max_rows => 2, skip_rows => 2);
SELECT count(*) FROM wms_stock_levels(warehouse_id => :north, max_rows => 0);
SELECT count(*) FROM wms_stock_levels('00000000-0000-4000-8000-00000000ffff');
SELECT * FROM wms_stock_levels(max_rows => -1);
\echo :SQLSTATE
SELECT * FROM wms_stock_levels(skip_rows => NULL);
\echo :SQLSTATE

-- it reads as the caller
CREATE ROLE regress_wms_visitor;
SET LOCAL ROLE regress_wms_visitor;
SELECT * FROM wms_stock_levels();
\echo :SQLSTATE
ROLLBACK;
