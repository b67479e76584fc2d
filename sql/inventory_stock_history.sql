-- wms_stock_history() and wms_stock_as_of(): what the ledger says. The past is written as a replica would.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a741\''
\set w2 '\'00000000-0000-4000-8000-00000000a742\''
\set cup '\'00000000-0000-4000-8000-00000000b741\''
\set shirt '\'00000000-0000-4000-8000-00000000b742\''
\set small '\'00000000-0000-4000-8000-00000000c741\''
\set large '\'00000000-0000-4000-8000-00000000c742\''
BEGIN;
SET LOCAL TimeZone = 'UTC';
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'HI-1', 'Main'), (:w2, 'HI-2', 'Shop');
INSERT INTO catalog.products (id, sku, name) VALUES (:cup, 'HI-CUP', 'Cup'), (:shirt, 'HI-SHIRT', 'Shirt');
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (:small, :shirt, 'HI-S', 'S'), (:large, :shirt, 'HI-L', 'L');
SET LOCAL session_replication_role = replica;
INSERT INTO inventory.stock_movements (warehouse_id, product_id, variant_id, type, quantity, reference_type, notes, created_at) VALUES
  (:w1, :cup, NULL, 'receive', 10, 'delivery', 'first', '2024-01-01 10:00'), (:w2, :cup, NULL, 'receive', 100, NULL, NULL, '2024-01-01 11:00'),
  (:w1, :cup, NULL, 'sale', -3, 'order', NULL, '2024-01-02 10:00'), (:w1, :cup, NULL, 'adjustment', 2, NULL, 'found', '2024-01-03 10:00'),
  (:w2, :cup, NULL, 'sale', -100, 'order', NULL, '2024-01-03 11:00'), (:w1, :cup, NULL, 'damage', -1, NULL, NULL, '2024-01-04 10:00'),
  (:w1, :shirt, :small, 'receive', 5, NULL, NULL, '2024-01-01 10:00'), (:w1, :shirt, :large, 'receive', 7, NULL, NULL, '2024-01-02 10:00');
SET LOCAL session_replication_role = origin;

-- the stock after each movement, over what was selected
SELECT created_at, warehouse_id = :w1, type, quantity, balance, batch_id, reference_type, reference_id, created_by, notes FROM wms_stock_history(:cup);
SELECT type, quantity, balance FROM wms_stock_history(:cup, warehouse_id => :w1);
SELECT quantity, balance FROM wms_stock_history(:shirt);
SELECT quantity, balance FROM wms_stock_history(:shirt, :large);
SELECT count(*) FROM wms_stock_history(:cup, :large);
-- half open, and what was before counts
SELECT created_at, quantity, balance FROM wms_stock_history(:cup, NULL, :w1, '2024-01-02 10:00', '2024-01-04 10:00');
SELECT created_at, quantity, balance FROM wms_stock_history(:cup, from_time => '2024-01-03 10:00:00.000001');
SELECT count(*) FROM wms_stock_history(:cup, to_time => '2024-01-01 10:00');
SELECT m.quantity = h.quantity FROM wms_stock_history(:cup, to_time => '2024-01-02') h JOIN inventory.stock_movements m ON m.id = h.movement_id;
SELECT * FROM wms_stock_history(NULL);
\echo :SQLSTATE
SELECT * FROM wms_stock_history('00000000-0000-4000-8000-00000000ffff');
\echo :SQLSTATE

-- what was there, then
SELECT warehouse_id = :w1, product_id = :cup, variant_id = :small, quantity FROM wms_stock_as_of('2024-01-01 10:00') ORDER BY 2;
SELECT warehouse_id = :w1, quantity FROM wms_stock_as_of('2024-01-03 10:59') WHERE product_id = :cup;
SELECT warehouse_id = :w1, quantity FROM wms_stock_as_of('2024-01-03 11:00') WHERE product_id = :cup;
SELECT warehouse_id = :w1, variant_id = :small, quantity FROM wms_stock_as_of('infinity', :w1) ORDER BY 3;
SELECT count(*) FROM wms_stock_as_of('2024-01-01 09:59');
SELECT * FROM wms_stock_as_of(NULL);
\echo :SQLSTATE

-- the last balance is the stock on hand
SELECT wms_receive_stock(:w2, '[{"sku": "HI-S", "quantity": 9}, {"sku": "HI-S", "quantity": 1}]');
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "HI-S", "quantity": 4}]', :w2, 'job', :w1);
SELECT wms_consume_reservation(reservation_id) IS NOT NULL FROM wms_reservations('job', :w1);
SELECT type, quantity, balance, reference_id = :w1 FROM wms_stock_history(:shirt, :small, :w2) ORDER BY balance DESC, quantity DESC;
SELECT s.quantity, a.quantity FROM inventory.stock_items s JOIN wms_stock_as_of(clock_timestamp(), :w2) a USING (warehouse_id, product_id, variant_id);
-- a column of the user's is not mistaken for one of the query's
ALTER TABLE inventory.stock_movements ADD COLUMN balance integer;
SELECT balance FROM wms_stock_history(:cup, warehouse_id => :w2);
\set VERBOSITY sqlstate
CREATE ROLE regress_wms_historian;
SET LOCAL ROLE regress_wms_historian;
SELECT * FROM wms_stock_history(:cup);
\echo :SQLSTATE
SELECT * FROM wms_stock_as_of(now());
\echo :SQLSTATE
ROLLBACK;
