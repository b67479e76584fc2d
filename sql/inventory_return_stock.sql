-- wms_return_stock(): goods that customers bring back, also of what is no longer sold.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set main '\'00000000-0000-4000-8000-00000000a301\''
\set gone '\'00000000-0000-4000-8000-00000000a302\''
\set tea '\'00000000-0000-4000-8000-00000000b301\''
\set milk '\'00000000-0000-4000-8000-00000000b302\''
\set postage '\'00000000-0000-4000-8000-00000000b303\''
\set kit '\'00000000-0000-4000-8000-00000000b304\''
\set ref '\'00000000-0000-4000-8000-00000000e301\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name, deleted_at) VALUES (:main, 'RT-1', 'Main', NULL), (:gone, 'RT-2', 'Gone', now());
INSERT INTO catalog.products (id, sku, name, is_stocked) VALUES (:tea, 'RT-TEA', 'Tea', true), (:milk, 'RT-MILK', 'Milk', true), (:postage, 'RT-POST', 'Postage', false), (:kit, 'RT-KIT', 'Kit', true);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id) VALUES (:kit, :tea);
SELECT wms_receive_stock(:main, '[{"sku": "RT-TEA", "quantity": 10}, {"sku": "RT-MILK", "quantity": 4, "batch_number": "M1", "expiry_date": "2030-01-01"}]');
SELECT id AS m1 FROM inventory.product_batches WHERE product_id = :milk \gset
CREATE FUNCTION pg_temp.world() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' ', (SELECT concat_ws(':', count(*), sum(quantity), sum(reserved_quantity)) FROM inventory.stock_items),
  (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.stock_movements), (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.product_batches),
  (SELECT count(*) FROM inventory.product_batch_tracks), (SELECT count(*) FROM auth.idempotency_keys)) $$;

-- a return is a movement of its own kind; the batch is named by id or number
SELECT wms_return_stock(warehouse_id => :main, lines => '[{"sku": "RT-TEA", "quantity": 2}]', reference_type => 'claim', reference_id => :ref, notes => 'wrong size');
SELECT wms_return_stock(:main, jsonb_build_array(jsonb_build_object('sku', 'RT-MILK', 'quantity', 1, 'batch_id', :'m1'), jsonb_build_object('sku', 'RT-MILK', 'quantity', 3, 'batch_number', 'M1')));
SELECT p.sku, m.quantity, m.batch_id IS NOT NULL, m.reference_type, m.reference_id = :ref, m.notes FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id
 WHERE m.warehouse_id = :main AND m.type = 'return' ORDER BY 1, 2;
SELECT p.sku, s.quantity FROM inventory.stock_items s JOIN catalog.products p ON p.id = s.product_id WHERE s.warehouse_id = :main ORDER BY 1;
SELECT b.quantity, i.quantity, b.status FROM inventory.product_batches b JOIN inventory.stock_item_batches i ON i.batch_id = b.id WHERE b.id = :'m1';
SELECT action, sum(quantity) FROM inventory.product_batch_tracks WHERE product_batch_id = :'m1' GROUP BY 1 ORDER BY 1;

-- refused, and nothing has changed
SELECT pg_temp.world() AS before \gset
SELECT wms_return_stock(NULL, '[{"sku": "RT-TEA", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_return_stock(:main, NULL);
\echo :SQLSTATE
SELECT wms_return_stock(:nothing, '[{"sku": "RT-TEA", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_return_stock(:main, '[{"sku": "RT-TEA", "quantity": 1}]', idempotency_key => '');
\echo :SQLSTATE
SELECT wms_return_stock(:main, '[{"sku": "RT-TEA", "quantity": 1}, {"sku": "RT-POST", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_return_stock(:main, '[{"sku": "RT-KIT", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_return_stock(:main, '[{"sku": "RT-MILK", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_return_stock(:main, '[{"sku": "RT-MILK", "quantity": 1, "batch_number": "M1", "expiry_date": "2030-01-02"}]');
\echo :SQLSTATE
SELECT wms_return_stock(:main, '[{"sku": "RT-TEA", "quantity": 1, "batch_number": "M1"}]');
\echo :SQLSTATE
SELECT wms_return_stock(:main, '[{"sku": "RT-TEA", "quantity": 2147483647}]');
\echo :SQLSTATE
SELECT wms_return_stock(:main, '[{"sku": "RT-TEA", "quantity": 1, "unit_cost": 1}]');
\echo :SQLSTATE
SELECT pg_temp.world() = :'before' AS unchanged;

-- what was deleted meanwhile still comes back, and is not promised
SELECT wms_available_quantity(:tea);
UPDATE catalog.products SET deleted_at = now() WHERE id = :tea;
SELECT wms_return_stock(:main, jsonb_build_array(jsonb_build_object('product_id', :tea, 'quantity', 5)));
SELECT quantity FROM inventory.stock_items WHERE warehouse_id = :main AND product_id = :tea;
SELECT wms_available_quantity(:tea);
SELECT wms_return_stock(:gone, '[{"sku": "RT-MILK", "quantity": 1, "batch_number": "M1"}]');
SELECT wms_available_quantity(:milk), wms_available_quantity(:milk, NULL, :gone);
SELECT * FROM wms_verify();
CREATE ROLE regress_wms_returner;
SET LOCAL ROLE regress_wms_returner;
SELECT wms_return_stock(:main, '[{"sku": "RT-TEA", "quantity": 1}]');
\echo :SQLSTATE
ROLLBACK;
