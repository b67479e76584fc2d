-- wms_set_batch_status() and wms_expire_batches(): what is blocked, and where its holds go.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a711\''
\set w2 '\'00000000-0000-4000-8000-00000000a712\''
\set milk '\'00000000-0000-4000-8000-00000000b711\''
\set order '\'00000000-0000-4000-8000-00000000e711\''
BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SELECT (clock_timestamp() AT TIME ZONE 'Asia/Kuala_Lumpur')::date AS today \gset
INSERT INTO inventory.warehouses (id, code, name, priority) VALUES (:w1, 'BS-1', 'Main', -2), (:w2, 'BS-2', 'Shop', -1);
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:milk, 'BS-MILK', 'Milk', 2);
CREATE FUNCTION pg_temp.receive(warehouse uuid, batch text, quantity integer, days integer) RETURNS bigint LANGUAGE sql AS $$
SELECT wms_receive_stock(warehouse, jsonb_build_array(jsonb_build_object('sku', 'BS-MILK', 'quantity', quantity, 'batch_number', batch,
  'expiry_date', to_char((clock_timestamp() AT TIME ZONE 'Asia/Kuala_Lumpur')::date + days, 'YYYY-MM-DD')))) $$;
CREATE FUNCTION pg_temp.batch(number text) RETURNS uuid LANGUAGE sql AS $$ SELECT id FROM inventory.product_batches WHERE batch_number = number $$;
CREATE FUNCTION pg_temp.hold(quantity integer, reference uuid DEFAULT NULL, batch text DEFAULT NULL, warehouse uuid DEFAULT '00000000-0000-4000-8000-00000000a711') RETURNS bigint
LANGUAGE sql AS $$ SELECT sum(r.quantity) FROM wms_reserve_stock(jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('sku', 'BS-MILK', 'quantity', quantity, 'batch_id', pg_temp.batch(batch)))),
  warehouse, CASE WHEN reference IS NOT NULL THEN 'job' END, reference) r $$;
CREATE VIEW pg_temp.batches AS SELECT w.code, b.batch_number, b.status, i.quantity, i.reserved_quantity FROM inventory.product_batches b
  JOIN inventory.stock_item_batches i ON i.batch_id = b.id JOIN inventory.warehouses w ON w.id = i.warehouse_id WHERE w.code LIKE 'BS-%' ORDER BY 1, 2;
CREATE VIEW pg_temp.holds AS SELECT w.code, b.batch_number, r.quantity, r.original_quantity, r.reference_id IS NOT NULL, r.status FROM inventory.stock_reservations r
  JOIN inventory.warehouses w ON w.id = r.warehouse_id LEFT JOIN inventory.product_batches b ON b.id = r.batch_id WHERE w.code LIKE 'BS-%' ORDER BY 1, 2, 3, 4, 5;
SELECT pg_temp.receive(:w1, 'A', 10, 5), pg_temp.receive(:w1, 'B', 4, 10), pg_temp.receive(:w1, 'C', 5, 20), pg_temp.receive(:w2, 'A', 3, 5), pg_temp.receive(:w2, 'D', 9, 10);
SAVEPOINT received;

-- arguments
SELECT wms_set_batch_status(NULL, 'active');
\echo :SQLSTATE
SELECT wms_set_batch_status(pg_temp.batch('A'), NULL);
\echo :SQLSTATE
SELECT wms_set_batch_status(pg_temp.batch('A'), 'expired');
\echo :SQLSTATE
SELECT wms_set_batch_status(pg_temp.batch('A'), 'Recalled');
\echo :SQLSTATE
SELECT wms_set_batch_status('00000000-0000-4000-8000-00000000ffff', 'active');
\echo :SQLSTATE

-- a hold of a reference is split over what is good; the first part stays the hold, its first quantity is shared
SELECT pg_temp.hold(8, :order);
SELECT * FROM pg_temp.holds;
SELECT wms_set_batch_status(pg_temp.batch('A'), 'recalled', 'glass');
SELECT * FROM pg_temp.holds;
SELECT * FROM pg_temp.batches;
SELECT wms_available_quantity(:milk, NULL, :w1), wms_available_quantity(:milk, NULL, :w2);
SELECT action, quantity, description, reference_type, reference_id = :order FROM inventory.product_batch_tracks
 WHERE product_batch_id = pg_temp.batch('A') AND action IN ('status_changed', 'released') ORDER BY id;
SELECT b.batch_number, t.action, t.quantity, t.reference_type FROM inventory.product_batch_tracks t JOIN inventory.product_batches b ON b.id = t.product_batch_id
 WHERE t.action = 'reserved' AND b.batch_number IN ('B', 'C') ORDER BY 1;
-- the same again changes nothing
SELECT wms_set_batch_status(pg_temp.batch('A'), 'recalled', 'glass');
SELECT count(*) FROM inventory.product_batch_tracks WHERE action = 'status_changed';
-- it is not sold any more, and freed it is again
SELECT pg_temp.hold(2, :order);
\echo :SQLSTATE
SELECT wms_set_batch_status(pg_temp.batch('A'), 'quarantined'), wms_set_batch_status(pg_temp.batch('A'), 'active', 'it was another one');
SELECT * FROM pg_temp.holds;
SELECT wms_available_quantity(:milk, NULL, :w1);
SELECT pg_temp.hold(11, :order);
SELECT count(*), sum(quantity), wms_release_reservations('job', :order) FROM inventory.stock_reservations WHERE reference_id = :order;
SELECT * FROM wms_verify();
ROLLBACK TO received;

-- what finds no place stays, and counts against the promise; parts of a hold that only its id knows refer to it
SELECT pg_temp.hold(5, NULL, 'A'), pg_temp.hold(5, :order, 'A'), pg_temp.hold(3, NULL, 'A', :w2);
SELECT wms_set_batch_status(pg_temp.batch('A'), 'quarantined');
SELECT * FROM pg_temp.holds;
SELECT * FROM pg_temp.batches;
SELECT wms_available_quantity(:milk, NULL, :w1), wms_available_quantity(:milk, NULL, :w2);
SELECT pg_temp.hold(1);
\echo :SQLSTATE
SELECT * FROM wms_verify();
ROLLBACK TO received;
SELECT pg_temp.hold(6), pg_temp.hold(6, :order, NULL, :w2);
SELECT wms_set_batch_status(pg_temp.batch('A'), 'quarantined');
SELECT * FROM pg_temp.holds;
SELECT wms_available_quantity(:milk, NULL, :w1), wms_available_quantity(:milk, NULL, :w2);
SELECT * FROM wms_verify();
ROLLBACK TO received;
-- a hold that was used in part: only what it still holds moves
SELECT pg_temp.hold(10, :order);
SELECT wms_consume_reservation(reservation_id, 3) IS NOT NULL FROM wms_reservations('job', :order);
SELECT wms_set_batch_status(pg_temp.batch('A'), 'recalled');
SELECT * FROM pg_temp.holds;
-- a lapsed one does not move
SELECT wms_set_batch_status(pg_temp.batch('A'), 'active');
SELECT quantity FROM wms_reserve_stock(jsonb_build_array(jsonb_build_object('sku', 'BS-MILK', 'quantity', 1, 'batch_id', pg_temp.batch('A'))), :w1, expires_in => '1 hour');
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = now() - interval '1 hour' WHERE expires_at IS NOT NULL AND warehouse_id = :w1;
SET LOCAL session_replication_role = origin;
SELECT wms_set_batch_status(pg_temp.batch('A'), 'recalled');
SELECT b.batch_number, r.quantity, r.status FROM inventory.stock_reservations r JOIN inventory.product_batches b ON b.id = r.batch_id WHERE r.expires_at IS NOT NULL AND r.warehouse_id = :w1;
SELECT * FROM wms_verify();
-- from one blocked batch to the next
SELECT wms_release_reservation(reservation_id, 2) FROM wms_reservations('job', :order) WHERE batch_number = 'B';
SELECT wms_set_batch_status(pg_temp.batch('C'), 'recalled');
SELECT * FROM pg_temp.holds WHERE status = 'active';
ROLLBACK TO received;
-- what a transfer holds stays, travels as it is, and takes nothing from the good ones
SELECT wms_create_transfer(:w1, :w2, '[{"sku": "BS-MILK", "quantity": 7}]') IS NOT NULL;
SELECT wms_set_batch_status(pg_temp.batch('A'), 'recalled');
SELECT * FROM pg_temp.holds;
SELECT wms_available_quantity(:milk, NULL, :w1), l.available FROM wms_stock_levels(:milk, :w1) l;
UPDATE inventory.stock_items SET reorder_point = 9 WHERE product_id = :milk AND warehouse_id = :w1;
SELECT available_quantity FROM wms_low_stock(:w1);
ROLLBACK TO received;
-- nothing left: freed, it is depleted
SELECT pg_temp.receive(:w2, 'E', 1, 5), wms_set_batch_status(pg_temp.batch('E'), 'recalled');
SELECT wms_set_batch_status(pg_temp.batch('E'), 'active');
SELECT pg_temp.hold(1, :order, 'E', :w2);
SELECT wms_consume_reservation(reservation_id) IS NOT NULL FROM wms_reservations('job', :order);
SELECT status FROM inventory.product_batches WHERE batch_number = 'E';
SELECT wms_set_batch_status(pg_temp.batch('E'), 'recalled'), wms_set_batch_status(pg_temp.batch('E'), 'active'), wms_set_batch_status(pg_temp.batch('E'), 'active');
ROLLBACK TO received;

-- the day before, the day, the day after
SELECT pg_temp.receive(:w1, 'YESTERDAY', 1, -1), pg_temp.receive(:w1, 'TODAY', 1, 0), pg_temp.receive(:w1, 'TOMORROW', 1, 1);
SELECT wms_expire_batches();
SELECT batch_number, status FROM inventory.product_batches WHERE batch_number IN ('YESTERDAY', 'TODAY', 'TOMORROW') ORDER BY expiry_date;
SELECT wms_expire_batches(), wms_expire_batches(:'today'::date), wms_expire_batches(NULL);
SELECT wms_expire_batches('infinity');
\echo :SQLSTATE
SELECT pg_temp.hold(2, :order);
SELECT wms_expire_batches(:'today'::date + 1), wms_expire_batches(:'today'::date + 2);
SELECT * FROM pg_temp.holds;
SELECT action, quantity, user_id FROM inventory.product_batch_tracks WHERE product_batch_id = pg_temp.batch('TODAY') ORDER BY id;
-- what is past its date cannot be active; what is not can
\set VERBOSITY terse
SELECT wms_set_batch_status(pg_temp.batch('YESTERDAY'), 'active');
\echo :SQLSTATE
SELECT wms_set_batch_status(pg_temp.batch('YESTERDAY'), 'recalled'), wms_set_batch_status(pg_temp.batch('TODAY'), 'active');
SELECT wms_has_active_batches(:milk);
SELECT wms_expire_batches(:'today'::date + 100);
SELECT wms_has_active_batches(:milk), wms_available_quantity(:milk);
SELECT * FROM wms_verify();
ROLLBACK;
