-- What is deleted still moves: named by sku and by batch number too, and never mixed up with what is live.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a831\''
\set w2 '\'00000000-0000-4000-8000-00000000a832\''
\set tea '\'00000000-0000-4000-8000-00000000b831\''
\set shirt '\'00000000-0000-4000-8000-00000000b832\''
\set milk '\'00000000-0000-4000-8000-00000000b833\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'DL-1', 'Main'), (:w2, 'DL-2', 'Shop');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:tea, 'DL-TEA', 'Tea', 2), (:shirt, 'DL-SHIRT', 'Shirt', 9), (:milk, 'DL-MILK', 'Milk', 1);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES ('00000000-0000-4000-8000-00000000c831', :shirt, 'DL-S', 'S'), ('00000000-0000-4000-8000-00000000c832', :shirt, 'DL-L', 'L');
SELECT wms_receive_stock(:w1, '[{"sku": "DL-TEA", "quantity": 10}, {"sku": "DL-S", "quantity": 10}, {"sku": "DL-L", "quantity": 10}, {"sku": "DL-MILK", "quantity": 10, "batch_number": "M1", "expiry_date": "2099-01-01"}]');
SELECT wms_create_transfer(:w1, :w2, '[{"sku": "DL-TEA", "quantity": 4}, {"sku": "DL-S", "quantity": 4}, {"sku": "DL-MILK", "quantity": 4}]') AS transfer \gset
SELECT wms_approve_transfer(:'transfer'), wms_ship_transfer(:'transfer');
SELECT wms_place_order('[{"sku": "DL-TEA", "quantity": 3}, {"sku": "DL-L", "quantity": 3}]') AS order \gset
SELECT wms_confirm_order(:'order'), wms_process_order(:'order'), wms_pack_order(:'order'), wms_ship_order(:'order');
UPDATE catalog.products SET deleted_at = now() WHERE id IN (:tea, :milk);
UPDATE catalog.product_variants SET deleted_at = now() WHERE product_id = :shirt;
CREATE VIEW pg_temp.stock AS SELECT w.code, coalesce(v.sku, p.sku), p.deleted_at IS NULL AND v.deleted_at IS NULL AS live, s.quantity FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id
  JOIN catalog.products p ON p.id = s.product_id LEFT JOIN catalog.product_variants v ON v.id = s.variant_id WHERE w.code LIKE 'DL-%' ORDER BY 1, 2, 3;
CREATE FUNCTION pg_temp.state(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  EXECUTE command;
  RETURN '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_HINT;
  RETURN concat_ws(' ', SQLSTATE, SQLERRM, '/', detail);
END $$;
SAVEPOINT deleted;

-- returns, counts and arrivals know the sku of what is deleted; what brings in something new does not
SELECT wms_return_stock(:w1, '[{"sku": "DL-TEA", "quantity": 1}, {"sku": "DL-S", "quantity": 1}]');
SELECT wms_return_stock(:w1, '[{"sku": "DL-TEA", "quantity": 1}, {"sku": "DL-L", "quantity": 2}]', 'order', :'order');
SELECT sku, returned_quantity FROM sales.order_items WHERE order_id = :'order' ORDER BY line_number;
SELECT counted, difference FROM wms_count_stock(:w1, '[{"sku": "DL-TEA", "quantity": 6}, {"sku": "DL-L", "quantity": 8}]');
SELECT wms_receive_transfer(:'transfer', '[{"sku": "DL-TEA", "quantity": 1}, {"sku": "DL-S", "quantity": 4}, {"sku": "DL-MILK", "quantity": 4}]');
SELECT * FROM pg_temp.stock;
SELECT command, pg_temp.state(format(command, :w1, '[{"sku": "DL-TEA", "quantity": 1}]', :w2)) FROM unnest('{"SELECT wms_receive_stock(%L, %L)","SELECT wms_reserve_stock(%2$L)","SELECT wms_place_order(%2$L)","SELECT wms_create_transfer(%L, %3$L, %2$L)"}'::text[]) command;
SELECT pg_temp.state(format('SELECT wms_receive_stock(%L, %L)', :w1, '[{"sku": "DL-L", "quantity": 1}]'));
SELECT * FROM wms_verify();
ROLLBACK TO deleted;
-- a live item of the same sku is the one that is meant
INSERT INTO catalog.products (sku, name, base_price) VALUES ('DL-TEA', 'New tea', 3), ('DL-L', 'A product that is called as the variant was', 3);
SELECT wms_return_stock(:w1, '[{"sku": "DL-TEA", "quantity": 1}, {"sku": "DL-L", "quantity": 1}]'), wms_receive_stock(:w1, '[{"sku": "DL-TEA", "quantity": 20}]');
SELECT counted, difference FROM wms_count_stock(:w1, '[{"sku": "DL-TEA", "quantity": 30}]');
SELECT * FROM pg_temp.stock WHERE code = 'DL-1';
-- but what arrives is what was sent, and what an order brings back is what it had
SELECT wms_receive_transfer(:'transfer', '[{"sku": "DL-TEA", "quantity": 3}]'), wms_complete_transfer(:'transfer', '[{"sku": "DL-TEA", "quantity": 1}, {"sku": "DL-S", "quantity": 4}]', 'no milk');
SELECT wms_return_stock(:w1, '[{"sku": "DL-TEA", "quantity": 1}]', 'order', :'order');
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
-- a transfer of both: the live one again
SELECT wms_receive_stock(:w1, '[{"sku": "DL-TEA", "quantity": 5}]');
UPDATE catalog.products SET deleted_at = NULL, sku = 'DL-TEA-OLD' WHERE id = :tea;
SELECT wms_create_transfer(:w1, :w2, '[{"sku": "DL-TEA", "quantity": 2}, {"sku": "DL-TEA-OLD", "quantity": 1}]') AS both \gset
SELECT wms_approve_transfer(:'both'), wms_ship_transfer(:'both');
UPDATE catalog.products SET deleted_at = now(), sku = 'DL-TEA' WHERE id = :tea;
SELECT wms_receive_transfer(:'both', '[{"sku": "DL-TEA", "quantity": 2}]');
SELECT quantity FROM wms_in_transit() WHERE transfer_id = :'both' AND product_id = :tea;
ROLLBACK TO deleted;
-- a live variant of a deleted product is no live item
UPDATE catalog.products SET deleted_at = now() WHERE id = :shirt;
UPDATE catalog.product_variants SET deleted_at = NULL WHERE sku = 'DL-L';
SELECT pg_temp.state(format('SELECT wms_receive_stock(%L, %L)', :w1, '[{"sku": "DL-L", "quantity": 1}]'));
SELECT counted, difference FROM wms_count_stock(:w1, '[{"sku": "DL-L", "quantity": 5}]');
INSERT INTO catalog.products (sku, name, base_price) VALUES ('DL-L', 'A product that is called as the variant was', 3);
SELECT wms_receive_stock(:w1, '[{"sku": "DL-L", "quantity": 1}]');
SELECT counted, difference FROM wms_count_stock(:w1, '[{"sku": "DL-L", "quantity": 5}]');
ROLLBACK TO deleted;
-- several that are deleted: nobody can know which
INSERT INTO catalog.products (id, sku, name, deleted_at) VALUES ('00000000-0000-4000-8000-00000000b839', 'DL-TEA', 'Older tea', now());
SELECT pg_temp.state(format('SELECT wms_return_stock(%L, %L)', :w1, '[{"sku": "DL-S", "quantity": 1}, {"sku": "DL-TEA", "quantity": 1}]'));
SELECT wms_return_stock(:w1, format('[{"product_id": "%s", "quantity": 1}]', :tea)::jsonb);
ROLLBACK TO deleted;

-- what is held of a deleted batch leaves from it, alone and by an order; nothing new is held of it, and a bad one gives nothing
UPDATE catalog.products SET deleted_at = NULL WHERE id = :milk;
SELECT wms_receive_stock(:w1, '[{"sku": "DL-MILK", "quantity": 2, "batch_number": "M9", "expiry_date": "2100-01-01"}]');
SELECT id AS m1 FROM inventory.product_batches WHERE batch_number = 'M1' AND product_id = :milk \gset
SELECT reservation_id AS held FROM wms_reserve_stock('[{"sku": "DL-MILK", "quantity": 3}]', warehouse_id => :w1) \gset
SELECT wms_place_order('[{"sku": "DL-MILK", "quantity": 2}]', warehouse_id => :w1) AS milk_order \gset
SELECT wms_confirm_order(:'milk_order'), wms_process_order(:'milk_order'), wms_pack_order(:'milk_order');
SELECT wms_soft_delete('inventory.product_batches', :'m1');
SELECT wms_available_quantity(:milk, warehouse_id => :w1), pg_temp.state(format('SELECT wms_reserve_stock(%L, warehouse_id => %L)', '[{"sku": "DL-MILK", "quantity": 3}]', :w1));
SELECT b.batch_number, x.quantity FROM wms_reserve_stock('[{"sku": "DL-MILK", "quantity": 2}]', warehouse_id => :w1) x JOIN inventory.product_batches b ON b.id = x.batch_id;
SAVEPOINT held;
SELECT wms_consume_reservation(:'held') IS NOT NULL, wms_ship_order(:'milk_order') IS NOT NULL;
SELECT b.batch_number, m.type, m.quantity FROM inventory.stock_movements m JOIN inventory.product_batches b ON b.id = m.batch_id WHERE m.product_id = :milk AND m.type = 'sale' ORDER BY m.quantity;
SELECT * FROM wms_verify();
ROLLBACK TO held;
UPDATE inventory.product_batches SET status = 'quarantined' WHERE id = :'m1';
SELECT command, pg_temp.state(format(command, :'held', :'milk_order')) FROM unnest('{"SELECT wms_consume_reservation(%L)","SELECT wms_ship_order(%2$L)"}'::text[]) command;
SELECT * FROM wms_verify();
ROLLBACK TO deleted;

-- a batch by its number: the live one, else the deleted one, else a new one
UPDATE catalog.products SET deleted_at = NULL WHERE id = :milk;
UPDATE inventory.product_batches SET deleted_at = now() WHERE batch_number = 'M1' AND product_id = :milk;
SELECT counted, difference FROM wms_count_stock(:w1, '[{"sku": "DL-MILK", "quantity": 5, "batch_number": "M1"}]');
SELECT counted, difference FROM wms_count_stock(:w1, '[{"sku": "DL-MILK", "quantity": 4, "batch_number": "M1", "expiry_date": "2099-01-01"}, {"sku": "DL-MILK", "quantity": 2, "batch_number": "M2"}]');
SELECT wms_return_stock(:w1, '[{"sku": "DL-MILK", "quantity": 3, "batch_number": "M1"}]');
SELECT pg_temp.state(format('SELECT wms_count_stock(%L, %L)', :w1, '[{"sku": "DL-MILK", "quantity": 1, "batch_number": "M1", "expiry_date": "2099-01-02"}]'));
SELECT pg_temp.state(format('SELECT wms_count_stock(%L, %L)', :w1, format('[{"sku": "DL-MILK", "quantity": 1, "batch_number": "M1"}, {"sku": "DL-MILK", "quantity": 1, "batch_id": "%s"}]', (SELECT id FROM inventory.product_batches WHERE batch_number = 'M1'))));
SELECT batch_number, deleted_at IS NULL AS live, quantity FROM inventory.product_batches WHERE product_id = :milk ORDER BY 1, 2;
SELECT * FROM wms_verify();
SAVEPOINT batches;
-- a receipt makes a new one; from then on that is meant
SELECT wms_receive_stock(:w1, '[{"sku": "DL-MILK", "quantity": 8, "batch_number": "M1"}]');
SELECT counted, difference FROM wms_count_stock(:w1, '[{"sku": "DL-MILK", "quantity": 7, "batch_number": "M1"}]');
SELECT batch_number, deleted_at IS NULL AS live, quantity FROM inventory.product_batches WHERE product_id = :milk ORDER BY 1, 2;
UPDATE inventory.product_batches SET deleted_at = now() WHERE product_id = :milk AND deleted_at IS NULL;
SELECT pg_temp.state(format('SELECT wms_count_stock(%L, %L)', :w1, '[{"sku": "DL-MILK", "quantity": 1, "batch_number": "M1"}]'));
SELECT * FROM wms_verify();
ROLLBACK;
