-- wms_reservations(): what is held, in the order in which it is picked.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a751\''
\set w2 '\'00000000-0000-4000-8000-00000000a752\''
\set milk '\'00000000-0000-4000-8000-00000000b751\''
\set cup '\'00000000-0000-4000-8000-00000000b752\''
\set shirt '\'00000000-0000-4000-8000-00000000b753\''
\set small '\'00000000-0000-4000-8000-00000000c751\''
\set job '\'00000000-0000-4000-8000-00000000e751\''
BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SELECT (clock_timestamp() AT TIME ZONE 'Asia/Kuala_Lumpur')::date AS today \gset
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w2, 'PI-1', 'Shop'), (:w1, 'PI-2', 'Main');
INSERT INTO catalog.products (id, sku, name) VALUES (:milk, 'PI-MILK', 'Milk'), (:cup, 'PI-CUP', 'Cup'), (:shirt, 'PI-SHIRT', 'Shirt');
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (:small, :shirt, 'PI-S', 'S');
SELECT wms_receive_stock(:w1, jsonb_build_array(jsonb_build_object('sku', 'PI-MILK', 'quantity', 2, 'batch_number', 'NEVER'),
    jsonb_build_object('sku', 'PI-MILK', 'quantity', 2, 'batch_number', 'LATE', 'expiry_date', :'today'::date + 9),
    jsonb_build_object('sku', 'PI-MILK', 'quantity', 2, 'batch_number', 'SOON', 'expiry_date', :'today'::date + 1),
    jsonb_build_object('sku', 'PI-CUP', 'quantity', 5), jsonb_build_object('sku', 'PI-S', 'quantity', 5))), wms_receive_stock(:w2, '[{"sku": "PI-CUP", "quantity": 5}]');
UPDATE inventory.stock_items SET bin_location = CASE product_id WHEN :milk THEN 'B-01' WHEN :shirt THEN 'A-02' END WHERE warehouse_id = :w1;
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "PI-MILK", "quantity": 5}, {"sku": "PI-CUP", "quantity": 1}, {"sku": "PI-S", "quantity": 2}]', :w1, 'job', :job);
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "PI-CUP", "quantity": 3}]', :w2, 'job', :job, '1 hour');
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "PI-CUP", "quantity": 1}]', :w2, 'other', :job);
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "PI-CUP", "quantity": 2}]', :w1);

SELECT w.code, bin_location, sku, variant_id = :small AS small, batch_number, expiry_date - :'today'::date AS days, quantity, expires_at > clock_timestamp() AS lapses, status
  FROM wms_reservations('job', :job) r JOIN inventory.warehouses w ON w.id = r.warehouse_id;
SELECT count(*), sum(quantity) FROM wms_reservations(reference_id => :job);
SELECT count(*), sum(quantity) FROM wms_reservations('other');
SELECT sku, quantity FROM wms_reservations(product_id => :cup, warehouse_id => :w1) ORDER BY quantity;
SELECT count(*) FROM wms_reservations(warehouse_id => :w2);
SELECT count(*) FROM wms_reservations('job', :w1);
SELECT r.id = p.reservation_id, r.product_id = p.product_id FROM wms_reservations(warehouse_id => :w2, reference_type => 'other') p JOIN inventory.stock_reservations r ON r.id = p.reservation_id;
-- together they are what the stock rows say is held, lapsed ones included
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL;
SET LOCAL session_replication_role = origin;
SELECT status, sum(quantity) FROM wms_reservations(warehouse_id => :w2) GROUP BY 1 ORDER BY 1;
SELECT s.reserved_quantity = (SELECT sum(quantity) FROM wms_reservations(product_id => s.product_id, warehouse_id => s.warehouse_id)) FROM inventory.stock_items s WHERE s.warehouse_id IN (:w1, :w2);
-- what is resolved is not held
SELECT wms_release_reservations('job', :job);
SELECT count(*) FROM wms_reservations('job', :job);
SELECT count(*) FROM wms_reservations();
\set VERBOSITY sqlstate
CREATE ROLE regress_wms_picker;
SET LOCAL ROLE regress_wms_picker;
SELECT * FROM wms_reservations();
\echo :SQLSTATE
ROLLBACK;
