-- wms_count_stock(): what was counted becomes what is there; what is held stays; what is not named stays.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set main '\'00000000-0000-4000-8000-00000000ba01\''
\set gone '\'00000000-0000-4000-8000-00000000ba02\''
\set tea '\'00000000-0000-4000-8000-00000000bb01\''
\set milk '\'00000000-0000-4000-8000-00000000bb02\''
\set shirt '\'00000000-0000-4000-8000-00000000bb03\''
\set rice '\'00000000-0000-4000-8000-00000000bb06\''
\set small '\'00000000-0000-4000-8000-00000000bc01\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name, deleted_at) VALUES (:main, 'ST-1', 'Main', NULL), (:gone, 'ST-2', 'Gone', now());
INSERT INTO catalog.products (id, sku, name, is_stocked) VALUES (:tea, 'ST-TEA', 'Tea', true), (:milk, 'ST-MILK', 'Milk', true), (:shirt, 'ST-SHIRT', 'Shirt', true),
  ('00000000-0000-4000-8000-00000000bb04', 'ST-POST', 'Postage', false), ('00000000-0000-4000-8000-00000000bb05', 'ST-KIT', 'Kit', true), (:rice, 'ST-RICE', 'Rice', true);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (:small, :shirt, 'ST-SHIRT-S', 'S');
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id) VALUES ('00000000-0000-4000-8000-00000000bb05', :tea);
CREATE FUNCTION pg_temp.world() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' ', (SELECT concat_ws(':', count(*), sum(quantity), sum(reserved_quantity)) FROM inventory.stock_items),
  (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.stock_movements), (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.product_batches),
  (SELECT count(*) FROM inventory.product_batch_tracks), (SELECT count(*) FROM auth.idempotency_keys), (SELECT count(*) FROM catalog.products WHERE batch_tracked)) $$;
CREATE VIEW pg_temp.stock AS SELECT p.sku, b.batch_number, coalesce(i.quantity, s.quantity) AS quantity, s.quantity AS row FROM inventory.stock_items s JOIN catalog.products p ON p.id = s.product_id
  LEFT JOIN inventory.stock_item_batches i ON i.warehouse_id = s.warehouse_id AND i.product_id = s.product_id LEFT JOIN inventory.product_batches b ON b.id = i.batch_id
  WHERE s.warehouse_id = '00000000-0000-4000-8000-00000000ba01' ORDER BY 1, 2;

-- opening stock: rows and batches are made, the product becomes batch tracked; rows come back in line order
SELECT product_id = :shirt, variant_id = :small, batch_id, counted, difference FROM wms_count_stock(warehouse_id => :main, lines => '[{"sku": "ST-SHIRT-S", "quantity": 4}]', reason => 'opening');
SELECT p.sku, b.batch_number, c.counted, c.difference FROM wms_count_stock(:main, '[{"sku": "ST-TEA", "quantity": 10}, {"sku": "ST-MILK", "quantity": 5, "batch_number": "M2", "expiry_date": "2041-01-01"},
  {"sku": "ST-RICE", "quantity": 0}, {"sku": "ST-MILK", "quantity": 7, "batch_number": "M1", "expiry_date": "2040-01-01"}]') c
  JOIN catalog.products p ON p.id = c.product_id LEFT JOIN inventory.product_batches b ON b.id = c.batch_id;
TABLE pg_temp.stock;
SELECT type, quantity, notes FROM inventory.stock_movements WHERE warehouse_id = :main ORDER BY notes, quantity;
SELECT b.batch_number, t.action, t.quantity FROM inventory.product_batch_tracks t JOIN inventory.product_batches b ON b.id = t.product_batch_id WHERE b.product_id = :milk ORDER BY 1, t.id;

-- less, more, as it was; what is not named stays
SELECT counted, difference FROM wms_count_stock(:main, '[{"sku": "ST-TEA", "quantity": 8, "expected_quantity": 10}, {"sku": "ST-MILK", "quantity": 9, "batch_number": "M1", "expected_quantity": 7},
  {"sku": "ST-SHIRT-S", "quantity": 4, "expected_quantity": 4}]', 'stocktake');
SELECT type, quantity, notes FROM inventory.stock_movements WHERE warehouse_id = :main AND notes = 'stocktake' ORDER BY quantity;
TABLE pg_temp.stock;

-- what is held is there, or the count is wrong; a hold that has lapsed is nobody's
SELECT count(*) FROM wms_reserve_stock('[{"sku": "ST-TEA", "quantity": 6}, {"sku": "ST-MILK", "quantity": 3}]', :main);
SELECT count(*) FROM wms_reserve_stock('[{"sku": "ST-TEA", "quantity": 2}]', :main, 'cart', :tea, '1 microsecond');
SELECT pg_temp.world() AS before \gset
CREATE FUNCTION pg_temp.attempt(lines jsonb, OUT state text, OUT message text, OUT detail text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM wms_count_stock('00000000-0000-4000-8000-00000000ba01', lines);
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
  detail := regexp_replace(detail, '"batch_id": "[^"]*"', '"batch_id": ...');
END $$;
SELECT a.* FROM (VALUES (1, '[{"sku": "ST-TEA", "quantity": 5}]'::jsonb), (2, '[{"sku": "ST-RICE", "quantity": 1}, {"sku": "ST-TEA", "quantity": 0}, {"sku": "ST-MILK", "quantity": 2, "batch_number": "M1"}]'),
  (3, '[{"sku": "ST-TEA", "quantity": 8, "expected_quantity": 9}]'), (4, '[{"sku": "ST-RICE", "quantity": 1}, {"sku": "ST-MILK", "quantity": 9, "batch_number": "M1", "expected_quantity": 14}]'),
  (5, '[{"sku": "ST-MILK", "quantity": 1, "batch_number": "M9", "expected_quantity": 1}]'),
  -- twice, by whatever name
  (10, '[{"sku": "ST-TEA", "quantity": 8}, {"sku": "ST-TEA", "quantity": 8}]'), (11, '[{"sku": "ST-TEA", "quantity": 8}, {"product_id": "00000000-0000-4000-8000-00000000bb01", "quantity": 1}]'),
  (12, '[{"sku": "ST-MILK", "quantity": 8, "batch_number": "M1"}, {"sku": "ST-MILK", "quantity": 5, "batch_number": "M2"}, {"sku": "ST-MILK", "quantity": 8, "batch_number": "M1"}]'),
  (13, '[{"sku": "ST-MILK", "quantity": 8, "batch_number": "M7"}, {"sku": "ST-MILK", "quantity": 8, "batch_number": "M7"}]'),
  -- malformed
  (20, '[]'), (21, '[{"sku": "ST-TEA"}]'), (22, '[{"sku": "ST-TEA", "quantity": -1}]'), (23, '[{"sku": "ST-TEA", "quantity": 1.5}]'), (24, '[{"sku": "ST-TEA", "quantity": 2147483648}]'),
  (25, '[{"sku": "ST-TEA", "quantity": 1, "expected_quantity": -1}]'), (26, '[{"sku": "ST-TEA", "quantity": 1, "unit_cost": 1}]'), (27, '[{"sku": "ST-TEA", "quantity": null}]'),
  (28, '[{"sku": "ST-MILK", "quantity": 1}]'), (29, '[{"sku": "ST-SHIRT", "quantity": 1}]'), (30, '[{"sku": "ST-POST", "quantity": 1}]'), (31, '[{"sku": "ST-KIT", "quantity": 1}]'),
  (32, '[{"sku": "ST-NONE", "quantity": 1}]'), (33, '[{"sku": "ST-TEA", "quantity": 8, "batch_number": "T1"}]'), (34, '[{"sku": "ST-MILK", "quantity": 1, "batch_id": "00000000-0000-4000-8000-00000000ffff"}]'),
  (35, '[{"sku": "ST-MILK", "quantity": 1, "batch_number": "M1", "expiry_date": "2040-01-02"}]'), (36, '[{"sku": "ST-MILK", "quantity": 2147483647, "batch_number": "M1"}]')) AS t(n, lines)
  CROSS JOIN LATERAL pg_temp.attempt(t.lines) a ORDER BY t.n;
SELECT pg_temp.world() = :'before' AS unchanged;
SELECT wms_count_stock(NULL, '[{"sku": "ST-TEA", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_count_stock(:tea, '[{"sku": "ST-TEA", "quantity": 1}]');
\echo :SQLSTATE
-- an expected quantity above zero and 0 in other commands stay refused there
SELECT wms_receive_stock(:main, '[{"sku": "ST-TEA", "quantity": 0}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "ST-TEA", "quantity": 1, "expected_quantity": 1}]');
\echo :SQLSTATE
SELECT counted, difference FROM wms_count_stock(:main, '[{"sku": "ST-TEA", "quantity": 6}]');
SELECT status FROM inventory.stock_reservations WHERE reference_id = :tea;

-- blocked, deleted and past their date are counted too, in a deleted warehouse as well
UPDATE inventory.product_batches SET status = 'recalled' WHERE product_id = :milk AND batch_number = 'M2';
UPDATE inventory.product_batches SET deleted_at = now() WHERE product_id = :milk AND batch_number = 'M2' RETURNING id AS m2 \gset
UPDATE catalog.products SET deleted_at = now() WHERE id IN (:milk, :shirt);
SELECT counted, difference FROM wms_count_stock(:main, jsonb_build_array(jsonb_build_object('product_id', :milk, 'batch_id', :'m2', 'quantity', 1),
  jsonb_build_object('product_id', :shirt, 'variant_id', :small, 'quantity', 0)));
SELECT counted, difference FROM wms_count_stock(:gone, '[{"sku": "ST-TEA", "quantity": 2}]');
SELECT counted, difference FROM wms_count_stock(:gone, '[{"sku": "ST-TEA", "quantity": 0}]');

-- the same request is carried out once and says the same
SELECT string_agg(c::text, ' ') AS first FROM wms_count_stock(:main, '[{"sku": "ST-TEA", "quantity": 20}, {"sku": "ST-RICE", "quantity": 0}]', idempotency_key => 'st-1') c \gset
SELECT wms_adjust_stock(:main, :tea, 1) IS NOT NULL;
SELECT string_agg(c::text, ' ') = :'first' FROM wms_count_stock(:main, '[{"sku": "ST-TEA", "quantity": 20}, {"sku": "ST-RICE", "quantity": 0}]', idempotency_key => 'st-1') c;
SELECT quantity FROM pg_temp.stock WHERE sku = 'ST-TEA';
SELECT wms_count_stock(:main, '[{"sku": "ST-TEA", "quantity": 21}]', idempotency_key => 'st-1');
\echo :SQLSTATE
SELECT * FROM wms_verify();
CREATE ROLE regress_wms_counter;
SET LOCAL ROLE regress_wms_counter;
SELECT wms_count_stock(:main, '[{"sku": "ST-TEA", "quantity": 1}]');
\echo :SQLSTATE
ROLLBACK;
