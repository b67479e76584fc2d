-- wms_adjust_stock() and wms_write_off_stock(): one row or batch is corrected, nothing that is held, nobody's change lost.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set main '\'00000000-0000-4000-8000-00000000aa01\''
\set gone '\'00000000-0000-4000-8000-00000000aa02\''
\set tea '\'00000000-0000-4000-8000-00000000ab01\''
\set milk '\'00000000-0000-4000-8000-00000000ab02\''
\set shirt '\'00000000-0000-4000-8000-00000000ab03\''
\set postage '\'00000000-0000-4000-8000-00000000ab04\''
\set kit '\'00000000-0000-4000-8000-00000000ab05\''
\set small '\'00000000-0000-4000-8000-00000000ac01\''
\set m1 '\'00000000-0000-4000-8000-00000000ad01\''
\set m2 '\'00000000-0000-4000-8000-00000000ad02\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name, deleted_at) VALUES (:main, 'AJ-1', 'Main', NULL), (:gone, 'AJ-2', 'Gone', now());
INSERT INTO catalog.products (id, sku, name, is_stocked) VALUES (:tea, 'AJ-TEA', 'Tea', true), (:milk, 'AJ-MILK', 'Milk', true),
  (:shirt, 'AJ-SHIRT', 'Shirt', true), (:postage, 'AJ-POST', 'Postage', false), (:kit, 'AJ-KIT', 'Kit', true);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (:small, :shirt, 'AJ-SHIRT-S', 'S');
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id) VALUES (:kit, :tea);
INSERT INTO inventory.product_batches (id, product_id, batch_number, expiry_date) VALUES (:m1, :milk, 'M1', '2040-01-01'), (:m2, :milk, 'M2', '2020-01-01');
SELECT wms_receive_stock(:main, '[{"sku": "AJ-TEA", "quantity": 10}, {"sku": "AJ-SHIRT-S", "quantity": 3},
  {"sku": "AJ-MILK", "quantity": 8, "batch_number": "M1", "expiry_date": "2040-01-01"},
  {"sku": "AJ-MILK", "quantity": 5, "batch_number": "M2", "expiry_date": "2020-01-01"}]');
CREATE FUNCTION pg_temp.world() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' ', (SELECT concat_ws(':', count(*), sum(quantity), sum(reserved_quantity)) FROM inventory.stock_items),
  (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.stock_movements), (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.product_batches),
  (SELECT count(*) FROM inventory.product_batch_tracks), (SELECT count(*) FROM auth.idempotency_keys)) $$;

-- up and down; the movement is what is returned
SELECT wms_adjust_stock(warehouse_id => :main, product_id => :tea, delta => 4, reason => 'found behind the shelf') AS m \gset
SELECT type, quantity, notes, batch_id IS NULL, reference_type IS NULL FROM inventory.stock_movements WHERE id = :'m';
SELECT wms_adjust_stock(:main, :tea, -2, expected_quantity => 14) IS NOT NULL;
SELECT wms_write_off_stock(warehouse_id => :main, product_id => :tea, quantity => 3, reason => 'wet') AS m \gset
SELECT type, quantity, notes FROM inventory.stock_movements WHERE id = :'m';
SELECT wms_adjust_stock(:main, :shirt, 1, :small) IS NOT NULL, wms_write_off_stock(:main, :shirt, 2, :small) IS NOT NULL;
SELECT p.sku, s.quantity, s.reserved_quantity FROM inventory.stock_items s JOIN catalog.products p ON p.id = s.product_id WHERE s.warehouse_id = :main ORDER BY 1;

-- batches, good or bad; each event is tracked
SELECT wms_adjust_stock(:main, :milk, 2, batch_id => :m1, expected_quantity => 8) IS NOT NULL;
SELECT wms_write_off_stock(:main, :milk, 4, batch_id => :m2, reason => 'past its date') IS NOT NULL;
UPDATE inventory.product_batches SET status = 'quarantined' WHERE id = :m1;
SELECT wms_adjust_stock(:main, :milk, -1, batch_id => :m1) IS NOT NULL;
UPDATE inventory.product_batches SET status = 'active' WHERE id = :m1;
UPDATE inventory.product_batches SET deleted_at = now() WHERE id = :m2;
SELECT wms_write_off_stock(:main, :milk, 1, batch_id => :m2) IS NOT NULL;
SELECT b.batch_number, t.action, t.quantity, t.description FROM inventory.product_batch_tracks t JOIN inventory.product_batches b ON b.id = t.product_batch_id
 WHERE b.product_id = :milk AND t.action IN ('adjusted', 'damaged') ORDER BY t.id;
SELECT b.batch_number, b.quantity, i.quantity, b.status FROM inventory.product_batches b JOIN inventory.stock_item_batches i ON i.batch_id = b.id WHERE b.product_id = :milk ORDER BY 1;
SELECT quantity FROM inventory.stock_items WHERE warehouse_id = :main AND product_id = :milk;
SELECT wms_adjust_stock(:main, :milk, 1, batch_id => :m2) IS NOT NULL;
SELECT status FROM inventory.product_batches WHERE id = :m2;

-- what is held does not go; a hold that has lapsed is not in the way
SELECT count(*) FROM wms_reserve_stock('[{"sku": "AJ-TEA", "quantity": 6}, {"sku": "AJ-MILK", "quantity": 4}]', :main);
SELECT count(*) FROM wms_reserve_stock('[{"sku": "AJ-TEA", "quantity": 2}]', :main, 'cart', :tea, '1 microsecond');
SELECT pg_temp.world() AS before \gset
SELECT wms_adjust_stock(:main, :tea, -4);
\echo :SQLSTATE
SELECT wms_write_off_stock(:main, :milk, 6, batch_id => :m1);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :milk, -2, batch_id => :m2);
\echo :SQLSTATE
SELECT wms_adjust_stock(:gone, :tea, -1);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :tea, -2147483648);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :tea, 1, expected_quantity => 10);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :milk, 1, batch_id => :m1, expected_quantity => 10);
\echo :SQLSTATE
SELECT wms_adjust_stock(:gone, :tea, 1, expected_quantity => 1);
\echo :SQLSTATE

-- malformed
SELECT wms_adjust_stock(NULL, :tea, 1);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, NULL, 1);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :tea, NULL);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :tea, 0);
\echo :SQLSTATE
SELECT wms_write_off_stock(:main, :tea, 0);
\echo :SQLSTATE
SELECT wms_write_off_stock(:main, :tea, -1);
\echo :SQLSTATE
SELECT wms_write_off_stock(:main, :tea, NULL);
\echo :SQLSTATE
SELECT wms_adjust_stock(:nothing, :tea, 1);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :nothing, 1);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :tea, 1, :small);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :milk, 1, batch_id => :nothing);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :milk, 1);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :tea, 1, batch_id => :m1);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :shirt, 1);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :postage, 1);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :kit, 1);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :tea, 2147483647);
\echo :SQLSTATE
SELECT wms_adjust_stock(:main, :tea, 1, idempotency_key => '');
\echo :SQLSTATE
SELECT pg_temp.world() = :'before' AS unchanged;
SELECT wms_adjust_stock(:main, :tea, -3) IS NOT NULL;
SELECT quantity, reserved_quantity FROM inventory.stock_items WHERE warehouse_id = :main AND product_id = :tea;
SELECT status FROM inventory.stock_reservations WHERE reference_id = :tea;

-- nothing is stranded: deleted item, deleted warehouse, stock from before there were variants
UPDATE catalog.products SET deleted_at = now() WHERE id IN (:tea, :shirt);
UPDATE catalog.product_variants SET deleted_at = now() WHERE id = :small;
SELECT wms_adjust_stock(:main, :tea, 1) IS NOT NULL, wms_write_off_stock(:main, :shirt, 2, :small) IS NOT NULL, wms_adjust_stock(:gone, :tea, 1) IS NOT NULL;
SELECT wms_write_off_stock(:gone, :tea, 1) IS NOT NULL;
INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity) VALUES (:main, :kit, 2);
SELECT wms_write_off_stock(:main, :kit, 2) IS NOT NULL;

-- the same request is carried out once
SELECT wms_adjust_stock(:main, :tea, 5, idempotency_key => 'aj-1') = wms_adjust_stock(:main, :tea, 5, idempotency_key => 'aj-1') AS same;
SELECT wms_adjust_stock(:main, :tea, 6, idempotency_key => 'aj-1');
\echo :SQLSTATE
SELECT quantity FROM inventory.stock_items WHERE warehouse_id = :main AND product_id = :tea;
SELECT * FROM wms_verify();
CREATE ROLE regress_wms_adjuster;
SET LOCAL ROLE regress_wms_adjuster;
SELECT wms_adjust_stock(:main, :tea, 1);
\echo :SQLSTATE
SELECT wms_write_off_stock(:main, :tea, 1);
\echo :SQLSTATE
ROLLBACK;
