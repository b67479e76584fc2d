-- wms_extend_reservation(): a live hold lapses later.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a761\''
\set cup '\'00000000-0000-4000-8000-00000000b761\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name, priority) VALUES (:w1, 'EX-1', 'Main', -1);
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:cup, 'EX-CUP', 'Cup', 1);
SELECT wms_receive_stock(:w1, '[{"sku": "EX-CUP", "quantity": 9}]');
SELECT reservation_id AS hold FROM wms_reserve_stock('[{"sku": "EX-CUP", "quantity": 2}]', :w1, expires_in => '1 hour') \gset
SELECT reservation_id AS forever FROM wms_reserve_stock('[{"sku": "EX-CUP", "quantity": 2}]', :w1) \gset
SAVEPOINT held;

SELECT wms_extend_reservation(:'hold', '2 hours') - clock_timestamp() BETWEEN interval '119 minutes' AND interval '2 hours';
SELECT expires_at - clock_timestamp() BETWEEN interval '119 minutes' AND interval '2 hours', quantity, status FROM wms_reservations(warehouse_id => :w1) WHERE reservation_id = :'hold';
-- never earlier than it was
SELECT wms_extend_reservation(:'hold', '1 minute') - clock_timestamp() BETWEEN interval '119 minutes' AND interval '2 hours';
SELECT wms_extend_reservation(:'forever', '1 minute') IS NULL;
SELECT quantity, reserved_quantity FROM inventory.stock_items WHERE product_id = :cup;
SELECT wms_extend_reservation(NULL, '1 hour');
\echo :SQLSTATE
SELECT wms_extend_reservation(:'hold', NULL);
\echo :SQLSTATE
SELECT wms_extend_reservation(:'hold', '0 seconds');
\echo :SQLSTATE
SELECT wms_extend_reservation(:'hold', '-1 hour');
\echo :SQLSTATE
SELECT wms_extend_reservation('00000000-0000-4000-8000-00000000ffff', '1 hour');
\echo :SQLSTATE
\set VERBOSITY terse
-- resolved, or lapsed
SELECT wms_release_reservation(:'hold');
DO $$ BEGIN PERFORM wms_extend_reservation(id, '1 hour') FROM inventory.stock_reservations WHERE status = 'released'; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLSTATE; END $$;
ROLLBACK TO held;
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = now() WHERE id = :'hold';
SET LOCAL session_replication_role = origin;
DO $$ BEGIN PERFORM wms_extend_reservation(id, '1 hour') FROM inventory.stock_reservations WHERE expires_at IS NOT NULL; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLSTATE; END $$;
SELECT reserved_quantity FROM inventory.stock_items WHERE product_id = :cup;
-- an order looks after its own holds
SET LOCAL wms.order_hold = 3600;
SELECT wms_place_order('[{"sku": "EX-CUP", "quantity": 1}]', guest_email => 'ex@example.com') IS NOT NULL;
DO $$ BEGIN PERFORM wms_extend_reservation(id, '1 hour') FROM inventory.stock_reservations WHERE reference_type = 'order'; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLSTATE; END $$;
\set VERBOSITY sqlstate
CREATE ROLE regress_wms_extender;
SET LOCAL ROLE regress_wms_extender;
SELECT wms_extend_reservation('00000000-0000-4000-8000-00000000ffff', '1 hour');
\echo :SQLSTATE
ROLLBACK;
