-- wms_receive_stock(): what comes in, what it leaves behind, and what is refused.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set main '\'00000000-0000-4000-8000-00000000a201\''
\set closed '\'00000000-0000-4000-8000-00000000a202\''
\set gone '\'00000000-0000-4000-8000-00000000a203\''
\set tea '\'00000000-0000-4000-8000-00000000b201\''
\set milk '\'00000000-0000-4000-8000-00000000b202\''
\set postage '\'00000000-0000-4000-8000-00000000b203\''
\set kit '\'00000000-0000-4000-8000-00000000b204\''
\set shirt '\'00000000-0000-4000-8000-00000000b205\''
\set small '\'00000000-0000-4000-8000-00000000c201\''
\set ref '\'00000000-0000-4000-8000-00000000e201\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name, is_active, deleted_at) VALUES (:main, 'RC-1', 'Main', true, NULL), (:closed, 'RC-2', 'Closed', false, NULL), (:gone, 'RC-3', 'Gone', true, now());
INSERT INTO catalog.products (id, sku, name, is_stocked) VALUES (:tea, 'RC-TEA', 'Tea', true), (:milk, 'RC-MILK', 'Milk', true), (:postage, 'RC-POST', 'Postage', false), (:kit, 'RC-KIT', 'Kit', true), (:shirt, 'RC-SHIRT', 'Shirt', true);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (:small, :shirt, 'RC-SHIRT-S', 'S');
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id) VALUES (:kit, :tea);
CREATE VIEW pg_temp.stock AS
SELECT w.code, coalesce(v.sku, p.sku) AS sku, s.quantity, s.reserved_quantity, (SELECT sum(m.quantity) FROM inventory.stock_movements m
       WHERE (m.warehouse_id, m.product_id) = (s.warehouse_id, s.product_id) AND m.variant_id IS NOT DISTINCT FROM s.variant_id) AS moved
  FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id JOIN catalog.products p ON p.id = s.product_id
  LEFT JOIN catalog.product_variants v ON v.id = s.variant_id WHERE w.code LIKE 'RC-%' ORDER BY 1, 2;
CREATE FUNCTION pg_temp.world() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' ', (SELECT concat_ws(':', count(*), sum(quantity), sum(reserved_quantity)) FROM inventory.stock_items),
  (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.stock_movements), (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.product_batches),
  (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.stock_item_batches), (SELECT count(*) FROM inventory.product_batch_tracks),
  (SELECT count(*) FROM catalog.products WHERE batch_tracked), (SELECT count(*) FROM auth.idempotency_keys)) $$;

-- units come back; a movement a line, with cost, reference, notes and who did it
SET LOCAL wms.actor_id = '00000000-0000-4000-8000-00000000d201';
SELECT wms_receive_stock(warehouse_id => :main, lines => '[{"sku": "RC-TEA", "quantity": 10, "unit_cost": 1.23456}, {"sku": "RC-SHIRT-S", "quantity": 3},
  {"sku": "RC-TEA", "quantity": 5}]', reference_type => 'purchase', reference_id => :ref, notes => 'by truck');
SELECT * FROM pg_temp.stock;
SELECT coalesce(v.sku, p.sku), m.type, m.quantity, m.unit_cost, m.reference_type, m.reference_id = :ref, m.notes, m.created_by, m.batch_id
  FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id LEFT JOIN catalog.product_variants v ON v.id = m.variant_id
 WHERE m.warehouse_id = :main ORDER BY 1, 3;
RESET wms.actor_id;
-- a closed warehouse takes goods in all the same; without reference there is none
SELECT wms_receive_stock(:closed, '[{"sku": "RC-TEA", "quantity": 2147483647}]');
SELECT type, quantity, reference_type, reference_id, notes, created_by FROM inventory.stock_movements WHERE warehouse_id = :closed;

-- arguments
SELECT pg_temp.world() AS before \gset
SELECT wms_receive_stock(NULL, '[{"sku": "RC-TEA", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, NULL);
\echo :SQLSTATE
SELECT wms_receive_stock(:nothing, '[{"sku": "RC-TEA", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:gone, '[{"sku": "RC-TEA", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_receive_stock('main', '[{"sku": "RC-TEA", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-TEA", "quantity": 1}]', idempotency_key => '');
\echo :SQLSTATE
-- what has no stock
SELECT wms_receive_stock(:main, '[{"sku": "RC-TEA", "quantity": 1}, {"sku": "RC-POST", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-KIT", "quantity": 1}]');
\echo :SQLSTATE
-- more than fits: on what is there, in one line, over the lines
SELECT wms_receive_stock(:closed, '[{"sku": "RC-SHIRT-S", "quantity": 1}, {"sku": "RC-TEA", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-TEA", "quantity": 2147483647}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-TEA", "quantity": 1073741824}, {"sku": "RC-TEA", "quantity": 1073741824}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-MILK", "quantity": 2147483647}, {"sku": "RC-MILK", "quantity": 2147483647}]');
\echo :SQLSTATE
-- costs
SELECT wms_receive_stock(:main, '[{"sku": "RC-TEA", "quantity": 1, "unit_cost": -0.01}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-TEA", "quantity": 1, "unit_cost": 9999999999.99995}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-TEA", "quantity": 1, "unit_cost": 1e400}]');
\echo :SQLSTATE
-- batches and their dates
SELECT wms_receive_stock(:main, '[{"sku": "RC-MILK", "quantity": 1, "batch_number": "B", "batch_id": "00000000-0000-4000-8000-00000000ffff"}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-MILK", "quantity": 1, "batch_id": "00000000-0000-4000-8000-00000000ffff"}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-MILK", "quantity": 1, "batch_number": ""}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-MILK", "quantity": 1, "expiry_date": "2030-01-01"}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-MILK", "quantity": 1, "batch_number": "B", "manufacturing_date": "2030-01-02", "expiry_date": "2030-01-01"}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, jsonb_build_array(jsonb_build_object('sku', 'RC-MILK', 'quantity', 1, 'batch_number', 'B', 'expiry_date', d)))
  FROM (VALUES ('2030-02-29')) v (d);
\echo :SQLSTATE
CREATE FUNCTION pg_temp.state(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT d, pg_temp.state(format('SELECT wms_receive_stock(%L, %L)', :main, jsonb_build_array(jsonb_build_object('sku', 'RC-MILK', 'quantity', 1, 'batch_number', 'B', 'expiry_date', d))))
  FROM unnest('{2030-13-01,2030-00-10,2030-01-00,2030-04-31,2030-1-1,01-02-2030,02/01/2030,20300102,tomorrow,infinity,+030-01-01,2030-01- 1,0000-01-01,2030-01-01T00:00}'::text[]) d;
-- a first batch only where nothing lies without one, and for all lines of the product at once
SELECT wms_receive_stock(:main, '[{"sku": "RC-TEA", "quantity": 1, "batch_number": "T1"}]');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "RC-MILK", "quantity": 1, "batch_number": "M1"}, {"sku": "RC-MILK", "quantity": 1}]');
\echo :SQLSTATE
SELECT pg_temp.world() = :'before' AS unchanged;

-- the largest cost and the earliest date there are
SELECT wms_receive_stock(:main, '[{"sku": "RC-SHIRT-S", "quantity": 1, "unit_cost": 9999999999.99994}, {"sku": "RC-SHIRT-S", "quantity": 1, "unit_cost": 0},
  {"sku": "RC-MILK", "quantity": 1, "batch_number": "OLD", "manufacturing_date": "0001-01-01", "expiry_date": "2028-02-29"}]');
SELECT max(unit_cost), min(unit_cost) FROM inventory.stock_movements WHERE variant_id = :small;
-- stock written by hand and stock received are one
INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity) VALUES (:main, :kit, 0);
UPDATE inventory.stock_items SET quantity = quantity + 4 WHERE warehouse_id = :main AND product_id = :tea;
SELECT wms_receive_stock(:main, '[{"sku": "RC-TEA", "quantity": 1}]');
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
-- nobody may but who was given it
CREATE ROLE regress_wms_receiver;
SET LOCAL ROLE regress_wms_receiver;
SELECT wms_receive_stock(:main, '[{"sku": "RC-TEA", "quantity": 1}]');
\echo :SQLSTATE
ROLLBACK;
