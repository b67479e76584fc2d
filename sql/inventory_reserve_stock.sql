-- wms_reserve_stock(): all lines or none, in one warehouse where one can serve, and what is said when none can.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a401\''
\set w2 '\'00000000-0000-4000-8000-00000000a402\''
\set w3 '\'00000000-0000-4000-8000-00000000a403\''
\set virtual '\'00000000-0000-4000-8000-00000000a404\''
\set closed '\'00000000-0000-4000-8000-00000000a405\''
\set gone '\'00000000-0000-4000-8000-00000000a406\''
\set tea '\'00000000-0000-4000-8000-00000000b401\''
\set cup '\'00000000-0000-4000-8000-00000000b402\''
\set postage '\'00000000-0000-4000-8000-00000000b403\''
\set shirt '\'00000000-0000-4000-8000-00000000b404\''
\set small '\'00000000-0000-4000-8000-00000000c401\''
\set large '\'00000000-0000-4000-8000-00000000c402\''
\set ref '\'00000000-0000-4000-8000-00000000e401\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name, type, is_active, priority, deleted_at) VALUES
  (:w1, 'RS-1', 'First', 'warehouse', true, 5, NULL), (:w2, 'RS-2', 'Second', 'store', true, 5, NULL), (:w3, 'RS-3', 'Preferred', 'warehouse', true, 1, NULL),
  (:virtual, 'RS-0', 'Drop shipper', 'virtual', true, 0, NULL), (:closed, 'RS-00', 'Closed', 'warehouse', false, 0, NULL), (:gone, 'RS-000', 'Gone', 'warehouse', true, 0, NULL);
INSERT INTO catalog.products (id, sku, name, is_stocked) VALUES (:tea, 'RS-TEA', 'Tea', true), (:cup, 'RS-CUP', 'A "cup" \ mug', true), (:postage, 'RS-POST', 'Postage', false), (:shirt, 'RS-SHIRT', 'Shirt', true);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (:small, :shirt, 'RS-"S"\', 'S'), (:large, :shirt, 'RS-L', 'L');
SELECT wms_receive_stock(:w1, '[{"sku": "RS-TEA", "quantity": 10}, {"sku": "RS-CUP", "quantity": 5}, {"sku": "RS-\"S\"\\", "quantity": 2}]'),
       wms_receive_stock(:w2, '[{"sku": "RS-TEA", "quantity": 8}, {"sku": "RS-CUP", "quantity": 9}]'), wms_receive_stock(:w3, '[{"sku": "RS-TEA", "quantity": 3}]'),
       wms_receive_stock(:virtual, '[{"sku": "RS-TEA", "quantity": 1000}]'), wms_receive_stock(:closed, '[{"sku": "RS-TEA", "quantity": 1000}]');
UPDATE inventory.warehouses SET deleted_at = now() WHERE id = :gone;
CREATE VIEW pg_temp.stock AS SELECT w.code, coalesce(v.sku, p.sku), s.quantity, s.reserved_quantity, s.available_quantity
  FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id JOIN catalog.products p ON p.id = s.product_id
  LEFT JOIN catalog.product_variants v ON v.id = s.variant_id WHERE w.code LIKE 'RS-%' AND s.quantity < 1000 ORDER BY 1, 2;
CREATE FUNCTION pg_temp.world() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' ', (SELECT concat_ws(':', count(*), sum(quantity), sum(reserved_quantity)) FROM inventory.stock_items), (SELECT count(*) FROM inventory.stock_movements),
  (SELECT concat_ws(':', count(*), sum(quantity), sum(original_quantity)) FROM inventory.stock_reservations), (SELECT count(*) FROM auth.idempotency_keys)) $$;
CREATE FUNCTION pg_temp.reserve(lines jsonb, warehouse_id uuid DEFAULT NULL) RETURNS TABLE (code text, sku text, quantity integer) LANGUAGE sql AS $$
SELECT w.code, coalesce(v.sku, p.sku), r.quantity FROM wms_reserve_stock(lines, warehouse_id) r JOIN inventory.warehouses w ON w.id = r.warehouse_id
  JOIN catalog.products p ON p.id = r.product_id LEFT JOIN catalog.product_variants v ON v.id = r.variant_id ORDER BY 1, 2, 3 $$;
-- what was refused: the code, the message, and DETAIL, which is JSON
CREATE FUNCTION pg_temp.shortage(command text) RETURNS TABLE (state text, message text, hint text, item jsonb) LANGUAGE plpgsql AS $$
DECLARE report text;
BEGIN
  EXECUTE command;
  RETURN QUERY SELECT '00000', NULL::text, NULL::text, NULL::jsonb;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, report = PG_EXCEPTION_DETAIL;
  RETURN QUERY SELECT shortage.state, shortage.message, shortage.hint, e FROM jsonb_array_elements(report::jsonb) e;
END $$;
SAVEPOINT fresh;

-- the first that serves the whole demand, by priority, then code; a line is a hold, the stock counts the sum
SELECT * FROM pg_temp.reserve('[{"sku": "RS-TEA", "quantity": 3}]');
SELECT * FROM pg_temp.reserve('[{"sku": "RS-TEA", "quantity": 1}]');
SELECT * FROM pg_temp.reserve('[{"sku": "RS-TEA", "quantity": 2}, {"sku": "RS-CUP", "quantity": 6}, {"sku": "RS-TEA", "quantity": 2}]');
SELECT * FROM pg_temp.stock;
ROLLBACK TO fresh;
-- none serves it all: split in that order, neither virtual nor closed ones; a named warehouse may be both
SELECT * FROM pg_temp.reserve('[{"sku": "RS-TEA", "quantity": 15}, {"sku": "RS-CUP", "quantity": 5}]');
SELECT * FROM pg_temp.stock;
SELECT * FROM pg_temp.reserve('[{"sku": "RS-TEA", "quantity": 7}]', :virtual);
SELECT * FROM pg_temp.reserve('[{"sku": "RS-TEA", "quantity": 7}]', :closed);
ROLLBACK TO fresh;
-- the very last unit, and a line whose product is not stocked among others
SELECT * FROM pg_temp.reserve('[{"sku": "RS-TEA", "quantity": 21}, {"sku": "RS-POST", "quantity": 1}]');
SELECT sum(reserved_quantity) FROM inventory.stock_items WHERE product_id = :tea AND quantity < 1000;
-- what a hold looks like
SET LOCAL wms.actor_id = '00000000-0000-4000-8000-00000000d401';
SELECT count(*) FROM wms_reserve_stock(lines => '[{"sku": "RS-CUP", "quantity": 4}]', warehouse_id => :w1, reference_type => 'cart', reference_id => :ref, expires_in => '15 minutes');
SELECT quantity, original_quantity, status, reference_type, reference_id = :ref, reference_line_id, expires_at - created_at BETWEEN '14 minutes' AND '15 minutes', created_by, resolved_at
  FROM inventory.stock_reservations WHERE reference_id = :ref;
RESET wms.actor_id;
SELECT count(*) FROM inventory.stock_movements WHERE type <> 'receive' AND warehouse_id = :w1;
ROLLBACK TO fresh;

-- short: which items, how many were asked for in all lines, what is free, held, elsewhere
SELECT count(*) FROM wms_reserve_stock('[{"sku": "RS-TEA", "quantity": 4}]', :w1);
SELECT pg_temp.world() AS before \gset
SELECT * FROM pg_temp.shortage(format('SELECT wms_reserve_stock(%L, %L)', '[{"sku": "RS-TEA", "quantity": 4}, {"sku": "RS-CUP", "quantity": 5}, {"sku": "RS-TEA", "quantity": 3}]', :w1));
SELECT * FROM pg_temp.shortage(format('SELECT wms_reserve_stock(%L)', '[{"sku": "RS-TEA", "quantity": 18}, {"sku": "RS-\"S\"\\", "quantity": 3}, {"sku": "RS-L", "quantity": 1}]'));
SELECT * FROM pg_temp.shortage(format('SELECT wms_reserve_stock(%L, %L)', '[{"sku": "RS-\"S\"\\", "quantity": 2147483647}, {"sku": "RS-\"S\"\\", "quantity": 2147483647}]', :w2));
SELECT * FROM pg_temp.shortage(format('SELECT wms_reserve_stock(%L, %L)', '[{"sku": "RS-TEA", "quantity": 1001}]', :closed));
-- an order comes from one warehouse: short is what the one that serves most lines lacks
SELECT * FROM pg_temp.shortage('SELECT wms_place_order(''[{"sku": "RS-TEA", "quantity": 3}, {"sku": "RS-CUP", "quantity": 6}, {"sku": "RS-L", "quantity": 1}]'')');
SELECT * FROM pg_temp.shortage('SELECT wms_place_order(''[{"sku": "RS-TEA", "quantity": 9}]'')');

-- arguments
SELECT wms_reserve_stock(NULL);
\echo :SQLSTATE
SELECT wms_reserve_stock('[{"sku": "RS-TEA", "quantity": 1}]', :nothing);
\echo :SQLSTATE
SELECT wms_reserve_stock('[{"sku": "RS-TEA", "quantity": 1}]', :gone);
\echo :SQLSTATE
SELECT wms_reserve_stock('[{"sku": "RS-POST", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_reserve_stock('[{"sku": "RS-TEA", "quantity": 1}]', expires_in => '0');
\echo :SQLSTATE
SELECT wms_reserve_stock('[{"sku": "RS-TEA", "quantity": 1}]', expires_in => '-1 second');
\echo :SQLSTATE
SELECT wms_reserve_stock('[{"sku": "RS-TEA", "quantity": 1}]', expires_in => '1000000 years');
\echo :SQLSTATE
SELECT wms_reserve_stock('[{"sku": "RS-TEA", "quantity": 1}]', idempotency_key => '');
\echo :SQLSTATE
SELECT wms_reserve_stock('[{"sku": "RS-TEA", "quantity": 1, "batch_id": "00000000-0000-4000-8000-00000000ffff"}]', :w1);
\echo :SQLSTATE
-- the holds of orders and transfers are made by their own commands
INSERT INTO sales.orders (id, order_number) VALUES (:ref, 'RS-ORDER');
SELECT wms_reserve_stock('[{"sku": "RS-TEA", "quantity": 1}]', reference_type => 'order', reference_id => :ref);
\echo :SQLSTATE
SELECT pg_temp.world() = :'before' AS unchanged;
SELECT count(*) FROM wms_reserve_stock('[{"sku": "RS-TEA", "quantity": 1}]', reference_type => 'order', reference_id => :nothing);
ROLLBACK TO fresh;

-- a hold that has lapsed is in nobody's way
SELECT count(*) FROM wms_reserve_stock('[{"sku": "RS-CUP", "quantity": 5}]', :w1, expires_in => '1 hour');
SELECT * FROM pg_temp.shortage(format('SELECT wms_reserve_stock(%L, %L)', '[{"sku": "RS-CUP", "quantity": 1}]', :w1));
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = now() - interval '1 microsecond' WHERE product_id = :cup;
SET LOCAL session_replication_role = origin;
SELECT * FROM pg_temp.reserve('[{"sku": "RS-CUP", "quantity": 5}]', :w1);
SELECT status, quantity, original_quantity, resolved_at IS NULL FROM inventory.stock_reservations WHERE product_id = :cup ORDER BY status;
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
ROLLBACK;
