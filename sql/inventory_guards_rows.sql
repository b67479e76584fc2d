-- What only commands write: batches, holds, transfers and ledgers; and the triggers of users, which are
-- guarded like anybody even when a command fires them.
\set VERBOSITY default
\set SHOW_CONTEXT never
\set ON_ERROR_ROLLBACK on
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES
  ('00000000-0000-4000-8000-0000000000a1', 'G-A', 'A'), ('00000000-0000-4000-8000-0000000000a2', 'G-B', 'B');
INSERT INTO catalog.products (id, sku, name, slug) VALUES
  ('00000000-0000-4000-8000-0000000000b1', 'g-plain', 'plain', 'g-plain'),
  ('00000000-0000-4000-8000-0000000000b2', 'g-other', 'other', 'g-other'),
  ('00000000-0000-4000-8000-0000000000b3', 'g-batch', 'batch', 'g-batch');
SELECT wms_receive_stock('00000000-0000-4000-8000-0000000000a1',
  '[{"sku": "g-plain", "quantity": 10}, {"sku": "g-batch", "quantity": 5, "batch_number": "G1"}]');
SELECT count(*) FROM wms_reserve_stock('[{"sku": "g-plain", "quantity": 2}]', '00000000-0000-4000-8000-0000000000a1');
\set VERBOSITY terse

-- batches
UPDATE inventory.product_batches SET quantity = 6 WHERE batch_number = 'G1';
\echo :SQLSTATE
UPDATE inventory.product_batches SET product_id = '00000000-0000-4000-8000-0000000000b1' WHERE batch_number = 'G1';
\echo :SQLSTATE
INSERT INTO inventory.product_batches (product_id, batch_number, quantity) VALUES ('00000000-0000-4000-8000-0000000000b3', 'G2', 1);
\echo :SQLSTATE
INSERT INTO inventory.product_batches (product_id, batch_number) VALUES ('00000000-0000-4000-8000-0000000000b3', 'G2');
UPDATE inventory.product_batches SET expiry_date = '2030-01-01' WHERE batch_number = 'G2';
DELETE FROM inventory.product_batches WHERE batch_number = 'G2';
UPDATE inventory.stock_item_batches SET quantity = 6;
\echo :SQLSTATE
INSERT INTO inventory.stock_item_batches (warehouse_id, product_id, batch_id)
  SELECT '00000000-0000-4000-8000-0000000000a2', product_id, id FROM inventory.product_batches WHERE batch_number = 'G1';
\echo :SQLSTATE
DELETE FROM inventory.stock_item_batches;
\echo :SQLSTATE
UPDATE inventory.stock_items SET quantity = 6 WHERE product_id = '00000000-0000-4000-8000-0000000000b3';
\echo :SQLSTATE

-- holds
UPDATE inventory.stock_reservations SET status = 'released', quantity = 0, resolved_at = now();
\echo :SQLSTATE
UPDATE inventory.stock_reservations SET expires_at = now() + interval '1 hour';
\echo :SQLSTATE
DELETE FROM inventory.stock_reservations;
\echo :SQLSTATE
INSERT INTO inventory.stock_reservations (warehouse_id, product_id, quantity, original_quantity)
  VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1', 1, 1);
\echo :SQLSTATE
DELETE FROM inventory.stock_items WHERE product_id = '00000000-0000-4000-8000-0000000000b1';
\echo :SQLSTATE

-- transfers: notes are free
INSERT INTO inventory.stock_transfers (transfer_number, from_warehouse_id, to_warehouse_id)
  VALUES ('T', '00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000a2');
\echo :SQLSTATE
SET LOCAL wms.guard = off;
INSERT INTO inventory.stock_transfers (id, transfer_number, from_warehouse_id, to_warehouse_id, status)
  VALUES ('00000000-0000-4000-8000-0000000000f1', 'T', '00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000a2', 'cancelled');
INSERT INTO inventory.stock_transfer_items (transfer_id, product_id, quantity)
  VALUES ('00000000-0000-4000-8000-0000000000f1', '00000000-0000-4000-8000-0000000000b1', 1);
RESET wms.guard;
UPDATE inventory.stock_transfers SET notes = 'careful';
UPDATE inventory.stock_transfers SET status = 'in_transit';
\echo :SQLSTATE
UPDATE inventory.stock_transfer_items SET received_quantity = 1;
\echo :SQLSTATE
INSERT INTO inventory.stock_transfer_items (transfer_id, product_id, quantity)
  VALUES ('00000000-0000-4000-8000-0000000000f1', '00000000-0000-4000-8000-0000000000b2', 1);
\echo :SQLSTATE
DELETE FROM inventory.stock_transfer_items;
\echo :SQLSTATE
DELETE FROM inventory.stock_transfers;
\echo :SQLSTATE

-- ledgers
INSERT INTO inventory.stock_movements (warehouse_id, product_id, type, quantity)
  VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1', 'receive', 1);
\echo :SQLSTATE
UPDATE inventory.stock_movements SET notes = 'x';
\echo :SQLSTATE
DELETE FROM inventory.stock_movements;
\echo :SQLSTATE
INSERT INTO inventory.product_batch_tracks (product_batch_id, action) SELECT id, 'expired' FROM inventory.product_batches;
\echo :SQLSTATE
UPDATE inventory.product_batch_tracks SET description = 'x';
\echo :SQLSTATE
DELETE FROM inventory.product_batch_tracks;
\echo :SQLSTATE

-- TRUNCATE of each table that is guarded
SET client_min_messages = warning;
TRUNCATE inventory.stock_items;
\echo :SQLSTATE
TRUNCATE inventory.stock_item_batches;
\echo :SQLSTATE
TRUNCATE inventory.stock_reservations;
\echo :SQLSTATE
TRUNCATE inventory.stock_movements;
\echo :SQLSTATE
TRUNCATE inventory.product_batch_tracks;
\echo :SQLSTATE
TRUNCATE inventory.stock_transfer_items;
\echo :SQLSTATE
TRUNCATE inventory.stock_transfers CASCADE;
\echo :SQLSTATE
TRUNCATE inventory.product_batches CASCADE;
\echo :SQLSTATE
TRUNCATE inventory.warehouses CASCADE;
\echo :SQLSTATE

-- a user's trigger that a command fires: what it changes is recorded or refused as if he had typed it
SET LOCAL search_path = pg_catalog;
CREATE FUNCTION pg_temp.gift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity) VALUES (NEW.warehouse_id, '00000000-0000-4000-8000-0000000000b2', 1);
  RETURN NULL;
END $$;
CREATE TRIGGER gift AFTER INSERT ON inventory.stock_movements FOR EACH ROW WHEN (NEW.type = 'receive') EXECUTE FUNCTION pg_temp.gift();
RESET search_path;
SELECT wms_receive_stock('00000000-0000-4000-8000-0000000000a1', '[{"sku": "g-plain", "quantity": 1}]');
SELECT p.sku, m.type, m.quantity FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id
 WHERE p.sku IN ('g-plain', 'g-other') ORDER BY m.id;
CREATE OR REPLACE FUNCTION pg_temp.gift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE inventory.stock_items SET reserved_quantity = 1 WHERE product_id = NEW.product_id;
  RETURN NULL;
END $$;
SELECT wms_receive_stock('00000000-0000-4000-8000-0000000000a1', '[{"sku": "g-plain", "quantity": 1}]');
\echo :SQLSTATE
CREATE OR REPLACE FUNCTION pg_temp.gift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO inventory.stock_movements (warehouse_id, product_id, type, quantity) VALUES (NEW.warehouse_id, NEW.product_id, 'adjustment', 1);
  RETURN NULL;
END $$;
SELECT wms_receive_stock('00000000-0000-4000-8000-0000000000a1', '[{"sku": "g-plain", "quantity": 1}]');
\echo :SQLSTATE
-- while a command that the trigger calls is one
CREATE OR REPLACE FUNCTION pg_temp.gift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM count(*) FROM public.wms_reserve_stock(format('[{"product_id": "%s", "quantity": 3}]', NEW.product_id)::jsonb, NEW.warehouse_id);
  RETURN NULL;
END $$;
SELECT wms_receive_stock('00000000-0000-4000-8000-0000000000a1', '[{"sku": "g-plain", "quantity": 1}]');
SELECT s.quantity, s.reserved_quantity FROM inventory.stock_items s WHERE s.product_id = '00000000-0000-4000-8000-0000000000b1';
SELECT * FROM wms_verify();
ROLLBACK;
