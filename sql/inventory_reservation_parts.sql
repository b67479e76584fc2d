-- A hold known by its id alone, split when its batch was blocked: its id still stands for all of it.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set VERBOSITY sqlstate
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a821\''
\set w2 '\'00000000-0000-4000-8000-00000000a822\''
\set milk '\'00000000-0000-4000-8000-00000000b821\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'RP-1', 'Main'), (:w2, 'RP-2', 'Shop');
INSERT INTO catalog.products (id, sku, name) VALUES (:milk, 'RP-MILK', 'Milk');
SELECT wms_receive_stock(:w1, '[{"sku": "RP-MILK", "quantity": 10, "batch_number": "A", "expiry_date": "2099-01-01"}, {"sku": "RP-MILK", "quantity": 4, "batch_number": "B", "expiry_date": "2099-02-01"},
  {"sku": "RP-MILK", "quantity": 3, "batch_number": "C", "expiry_date": "2099-03-01"}]');
CREATE FUNCTION pg_temp.batch(number text) RETURNS uuid LANGUAGE sql AS $$ SELECT id FROM inventory.product_batches WHERE batch_number = number $$;
SELECT reservation_id AS hold FROM wms_reserve_stock('[{"sku": "RP-MILK", "quantity": 9}]', :w1, 'phone call', expires_in => '1 hour') \gset
CREATE VIEW pg_temp.holds AS SELECT b.batch_number, r.quantity, r.original_quantity, r.status FROM inventory.stock_reservations r JOIN inventory.product_batches b ON b.id = r.batch_id
 WHERE r.product_id = '00000000-0000-4000-8000-00000000b821' ORDER BY r.reference_id IS NOT NULL, 1;
CREATE VIEW pg_temp.batches AS SELECT b.batch_number, i.quantity, i.reserved_quantity FROM inventory.stock_item_batches i JOIN inventory.product_batches b ON b.id = i.batch_id
 WHERE i.product_id = '00000000-0000-4000-8000-00000000b821' ORDER BY 1;

-- no batch has room for all of it: the good ones take what they can, and of the blocked one that much is free to be written off
SELECT wms_set_batch_status(pg_temp.batch('A'), 'recalled');
SELECT * FROM pg_temp.holds;
SELECT * FROM pg_temp.batches;
SELECT wms_write_off_stock(:w1, :milk, 8, batch_id => pg_temp.batch('A')) IS NOT NULL;
SELECT wms_write_off_stock(:w1, :milk, 1, batch_id => pg_temp.batch('A'));
SELECT batch_number, quantity, status FROM wms_reservations('phone call');
SELECT wms_available_quantity(:milk);
SAVEPOINT split;
-- all of it given back
SELECT wms_release_reservation(:'hold');
SELECT * FROM pg_temp.holds;
SELECT wms_release_reservation(:'hold');
ROLLBACK TO split;
-- what is given back in part is what stayed on the blocked batch, then what expires last
SELECT wms_release_reservation(:'hold', 3);
SELECT * FROM pg_temp.holds;
SELECT wms_release_reservation(:'hold', 7);
SELECT wms_release_reservation(:'hold', 6);
SELECT * FROM pg_temp.batches;
ROLLBACK TO split;
-- sold: first expired first; at last what stayed on the blocked batch, with goods from others
SELECT wms_consume_reservation(:'hold', 5) IS NOT NULL;
SELECT * FROM pg_temp.holds;
SELECT wms_consume_reservation(:'hold', 2) IS NOT NULL;
SELECT wms_consume_reservation(:'hold', 1);
SELECT wms_receive_stock(:w1, '[{"sku": "RP-MILK", "quantity": 1, "batch_number": "D", "expiry_date": "2099-04-01"}, {"sku": "RP-MILK", "quantity": 2, "batch_number": "E"}]');
SELECT wms_consume_reservation(:'hold', 3);
SELECT wms_consume_reservation(:'hold') AS movement \gset
SELECT b.batch_number, m.quantity FROM inventory.stock_movements m JOIN inventory.product_batches b ON b.id = m.batch_id WHERE m.product_id = :milk AND m.type = 'sale' ORDER BY 1, 2;
SELECT m.type, m.id = (SELECT max(x.id::text)::uuid FROM inventory.stock_movements x WHERE x.product_id = :milk) AS the_last FROM inventory.stock_movements m WHERE m.id = :'movement';
SELECT * FROM pg_temp.holds;
SELECT * FROM pg_temp.batches;
SELECT wms_consume_reservation(:'hold');
SELECT * FROM wms_verify();
ROLLBACK TO split;
-- the parts lapse together
SELECT wms_extend_reservation(:'hold', '2 days') > now() + interval '1 day';
SELECT count(DISTINCT expires_at) FROM wms_reservations('phone call');
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = now() - interval '1 hour' WHERE product_id = :milk;
SET LOCAL session_replication_role = origin;
SELECT wms_consume_reservation(:'hold');
ROLLBACK TO split;
-- a part has an id too, and is blocked and split like any hold, for the same hold
SELECT reservation_id AS part FROM wms_reservations('phone call') WHERE batch_number = 'C' \gset
SELECT wms_release_reservation(:'part', 1);
SELECT wms_receive_stock(:w1, '[{"sku": "RP-MILK", "quantity": 1, "batch_number": "D", "expiry_date": "2099-04-01"}, {"sku": "RP-MILK", "quantity": 1, "batch_number": "E"}]');
SELECT wms_set_batch_status(pg_temp.batch('C'), 'quarantined');
SELECT * FROM pg_temp.holds;
SELECT wms_release_reservation(:'hold');
SELECT * FROM pg_temp.batches;
SELECT * FROM wms_verify();
ROLLBACK TO split;
-- a hold that has a reference is known by that: its parts are listed under it, and each id stands for its own row
SELECT wms_release_reservation(:'hold'), wms_receive_stock(:w2, '[{"sku": "RP-MILK", "quantity": 2, "batch_number": "F", "expiry_date": "2098-01-01"}]');
SELECT reservation_id AS basket FROM wms_reserve_stock('[{"sku": "RP-MILK", "quantity": 2}]', :w2, 'basket', '00000000-0000-4000-8000-00000000e821') \gset
SELECT wms_receive_stock(:w2, '[{"sku": "RP-MILK", "quantity": 1, "batch_number": "G", "expiry_date": "2099-01-01"}, {"sku": "RP-MILK", "quantity": 1, "batch_number": "H"}]');
SELECT wms_set_batch_status(pg_temp.batch('F'), 'quarantined');
\set VERBOSITY default
DO $$ BEGIN PERFORM wms_consume_reservation(reservation_id, 2) FROM wms_reservations('basket') WHERE batch_number = 'G'; EXCEPTION WHEN SQLSTATE '22023' THEN
DECLARE detail text; hint text; BEGIN GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT; RAISE NOTICE '% %', detail, hint; END; END $$;
\set VERBOSITY sqlstate
SELECT count(wms_consume_reservation(reservation_id, quantity)) FROM wms_reservations('basket', '00000000-0000-4000-8000-00000000e821');
SELECT wms_consume_reservation(:'basket');
SELECT * FROM wms_verify();
ROLLBACK TO split;
-- what somebody else holds and calls by the id of this one is not a part of it
SELECT quantity FROM wms_reserve_stock('[{"sku": "RP-MILK", "quantity": 1}]', :w2, 'phone call', :'hold');
SELECT wms_receive_stock(:w2, '[{"sku": "RP-MILK", "quantity": 1, "batch_number": "F"}]');
SELECT quantity FROM wms_reserve_stock('[{"sku": "RP-MILK", "quantity": 1}]', :w2, 'phone call', :'hold');
SELECT wms_release_reservation(:'hold');
SELECT batch_number, quantity FROM wms_reservations('phone call');
SELECT * FROM wms_verify();
ROLLBACK;
