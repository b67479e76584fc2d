-- wms_verify() over stock, holds, batches and transfers: a sound world first, then each rule broken alone.
-- The rows are written past triggers, as a replica would; everything is rolled back.
\set verify 'SELECT * FROM wms_verify() WHERE object ILIKE \'%VF-%\' IS NOT FALSE;'
\set north '\'00000000-0000-4000-8000-00000000aa31\''
\set south '\'00000000-0000-4000-8000-00000000aa32\''
\set tea '\'00000000-0000-4000-8000-00000000bb31\''
\set shirt '\'00000000-0000-4000-8000-00000000bb32\''
\set milk '\'00000000-0000-4000-8000-00000000bb33\''
\set small '\'00000000-0000-4000-8000-00000000cc31\''
\set batch '\'00000000-0000-4000-8000-00000000dd31\''
\set batch2 '\'00000000-0000-4000-8000-00000000dd32\''
\set transfer '\'00000000-0000-4000-8000-00000000ff31\''
\set sent_back '\'00000000-0000-4000-8000-00000000ff32\''

BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:north, 'VF-N', 'North'), (:south, 'VF-S', 'South');
INSERT INTO catalog.products (id, sku, name, slug, has_variants, batch_tracked) VALUES
  (:tea, 'VF-TEA', 'Tea', 'vf-tea', false, false), (:shirt, 'VF-SHIRT', 'Shirt', 'vf-shirt', true, false),
  (:milk, 'VF-MILK', 'Milk', 'vf-milk', false, true);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (:small, :shirt, 'VF-SHIRT-S', 'S');

CREATE TEMP TABLE moves (warehouse_id uuid, product_id uuid, variant_id uuid, batch_id uuid, type text, quantity integer, transfer_id uuid) ON COMMIT DROP;
INSERT INTO moves VALUES
  (:north, :tea, NULL, NULL, 'receive', 100, NULL), (:north, :tea, NULL, NULL, 'sale', -10, NULL),
  (:north, :shirt, :small, NULL, 'receive', 20, NULL),
  (:north, :milk, NULL, :batch, 'receive', 50, NULL), (:north, :milk, NULL, :batch2, 'receive', 5, NULL),
  (:south, :tea, NULL, NULL, 'receive', 3, NULL), (:south, :tea, NULL, NULL, 'damage', -3, NULL),
  (:north, :milk, NULL, :batch, 'transfer_out', -10, :transfer), (:south, :milk, NULL, :batch, 'transfer_in', 6, :transfer),
  (:south, :milk, NULL, :batch, 'damage', -1, :transfer);
INSERT INTO inventory.stock_movements (id, warehouse_id, product_id, variant_id, batch_id, type, quantity, reference_type, reference_id)
SELECT gen_random_uuid(), warehouse_id, product_id, variant_id, batch_id, type, quantity, CASE WHEN transfer_id IS NOT NULL THEN 'transfer' END, transfer_id
  FROM moves;
INSERT INTO inventory.stock_reservations (id, warehouse_id, product_id, variant_id, batch_id, quantity, original_quantity, expires_at) VALUES
  (gen_random_uuid(), :north, :tea, NULL, NULL, 5, 8, now() - interval '1 day'),
  (gen_random_uuid(), :north, :shirt, :small, NULL, 2, 2, NULL), (gen_random_uuid(), :north, :milk, NULL, :batch, 4, 4, NULL);
INSERT INTO inventory.stock_items (warehouse_id, product_id, variant_id, quantity, reserved_quantity) VALUES
  (:north, :tea, NULL, 90, 5), (:north, :shirt, :small, 20, 2), (:north, :milk, NULL, 45, 4), (:south, :milk, NULL, 5, 0);
INSERT INTO inventory.product_batches (id, product_id, batch_number, quantity) VALUES (:batch, :milk, 'VF-B1', 45), (:batch2, :milk, 'VF-B2', 5);
INSERT INTO inventory.stock_item_batches (warehouse_id, product_id, batch_id, quantity, reserved_quantity) VALUES
  (:north, :milk, :batch, 40, 4), (:south, :milk, :batch, 5, 0), (:north, :milk, :batch2, 5, 0);
INSERT INTO inventory.stock_transfers (id, transfer_number, from_warehouse_id, to_warehouse_id, status)
VALUES (:transfer, 'VF-T1', :north, :south, 'in_transit');
INSERT INTO inventory.stock_transfer_items (transfer_id, product_id, batch_id, quantity, received_quantity, short_quantity)
VALUES (:transfer, :milk, :batch, 10, 5, 1);
SAVEPOINT sound;
:verify

-- I1: a quantity without its movement, a movement without its stock row, a stock row without any movement
UPDATE inventory.stock_items SET quantity = quantity + 1 WHERE product_id = :shirt;
:verify
ROLLBACK TO sound;
DELETE FROM inventory.stock_movements WHERE warehouse_id = :south AND product_id = :tea AND type = 'damage';
:verify
ROLLBACK TO sound;
DELETE FROM inventory.stock_movements WHERE product_id = :shirt;
:verify
ROLLBACK TO sound;

-- I2: a hold the counter does not know, a counter without a hold, on the stock row and on the batch
UPDATE inventory.stock_reservations SET quantity = 6 WHERE product_id = :tea;
:verify
ROLLBACK TO sound;
UPDATE inventory.stock_items SET reserved_quantity = 3 WHERE warehouse_id = :south AND product_id = :milk;
UPDATE inventory.stock_item_batches SET reserved_quantity = 3 WHERE warehouse_id = :south;
:verify
ROLLBACK TO sound;
UPDATE inventory.stock_reservations SET batch_id = :batch2 WHERE batch_id = :batch;
:verify
ROLLBACK TO sound;

-- I3: more held than there is, less than nothing, where the constraints are gone
ALTER TABLE inventory.stock_items DROP CONSTRAINT stock_items_reserved_quantity_check, DROP CONSTRAINT stock_items_quantity_check;
ALTER TABLE inventory.stock_item_batches DROP CONSTRAINT stock_item_batches_reserved_quantity_check;
SAVEPOINT unchecked;
UPDATE inventory.stock_items SET reserved_quantity = 21 WHERE product_id = :shirt;
UPDATE inventory.stock_reservations SET quantity = 21, original_quantity = 21 WHERE product_id = :shirt;
:verify
ROLLBACK TO unchecked;
INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity) VALUES (:south, :tea, -1);
UPDATE inventory.stock_movements SET quantity = -4 WHERE warehouse_id = :south AND product_id = :tea AND type = 'damage';
:verify
ROLLBACK TO unchecked;
UPDATE inventory.stock_item_batches SET reserved_quantity = 6 WHERE batch_id = :batch2;
UPDATE inventory.stock_items SET reserved_quantity = 10 WHERE warehouse_id = :north AND product_id = :milk;
INSERT INTO inventory.stock_reservations (id, warehouse_id, product_id, batch_id, quantity, original_quantity)
VALUES (gen_random_uuid(), :north, :milk, :batch2, 6, 6);
:verify
ROLLBACK TO sound;

-- I3: the sums of batches, of their holds, and over the warehouses
UPDATE inventory.stock_item_batches SET quantity = 4 WHERE batch_id = :batch2;
UPDATE inventory.product_batches SET quantity = 4 WHERE id = :batch2;
:verify
ROLLBACK TO sound;
UPDATE inventory.stock_reservations SET batch_id = NULL WHERE batch_id = :batch;
UPDATE inventory.stock_item_batches SET reserved_quantity = 0 WHERE batch_id = :batch;
:verify
ROLLBACK TO sound;
UPDATE inventory.product_batches SET quantity = 46 WHERE id = :batch;
:verify
ROLLBACK TO sound;
DELETE FROM inventory.stock_item_batches WHERE batch_id = :batch2;
:verify
ROLLBACK TO sound;

-- I4: less sent than asked for, more received than arrived, a shortage not written off, units lost on the way
UPDATE inventory.stock_transfer_items SET quantity = 11 WHERE transfer_id = :transfer;
:verify
ROLLBACK TO sound;
UPDATE inventory.stock_transfer_items SET received_quantity = 6 WHERE transfer_id = :transfer;
:verify
ROLLBACK TO sound;
UPDATE inventory.stock_movements SET reference_id = NULL WHERE reference_id = :transfer AND type = 'damage';
:verify
ROLLBACK TO sound;
UPDATE inventory.stock_transfers SET status = 'completed' WHERE id = :transfer;
:verify
ROLLBACK TO sound;
-- cancelled, and what had not arrived went back
UPDATE inventory.stock_transfers SET status = 'cancelled' WHERE id = :transfer;
:verify
INSERT INTO inventory.stock_movements (id, warehouse_id, product_id, batch_id, type, quantity, reference_type, reference_id)
VALUES (gen_random_uuid(), :north, :milk, :batch, 'transfer_in', 4, 'transfer', :transfer);
UPDATE inventory.stock_items SET quantity = quantity + 4 WHERE warehouse_id = :north AND product_id = :milk;
UPDATE inventory.stock_item_batches SET quantity = quantity + 4 WHERE warehouse_id = :north AND batch_id = :batch;
UPDATE inventory.product_batches SET quantity = quantity + 4 WHERE id = :batch;
:verify
ROLLBACK TO sound;
-- what arrived is not the batch that was sent
UPDATE inventory.stock_movements SET batch_id = :batch2 WHERE type = 'transfer_in';
:verify
ROLLBACK TO sound;
-- a transfer holds what it is to move, until it is shipped and no longer
INSERT INTO inventory.stock_transfers (id, transfer_number, from_warehouse_id, to_warehouse_id) VALUES (:sent_back, 'VF-T2', :north, :south);
INSERT INTO inventory.stock_transfer_items (transfer_id, product_id, quantity) VALUES (:sent_back, :tea, 6);
UPDATE inventory.stock_reservations SET reference_type = 'transfer', reference_id = :sent_back WHERE product_id = :tea;
:verify
UPDATE inventory.stock_transfers SET status = 'cancelled' WHERE id = :sent_back;
:verify
ROLLBACK;
