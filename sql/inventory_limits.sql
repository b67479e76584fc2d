-- More than an integer can say is refused with the figures, before anything is written, on every way in; and names
-- that are too long.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a841\''
\set w2 '\'00000000-0000-4000-8000-00000000a842\''
\set tea '\'00000000-0000-4000-8000-00000000b841\''
\set milk '\'00000000-0000-4000-8000-00000000b842\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'LM-1', 'Main'), (:w2, 'LM-2', 'Shop');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:tea, 'LM-TEA', 'Tea', 0), (:milk, 'LM-MILK', 'Milk', 0);
SELECT wms_receive_stock(:w1, '[{"sku": "LM-TEA", "quantity": 50}, {"sku": "LM-MILK", "quantity": 50, "batch_number": "M1"}]');
SELECT wms_create_transfer(:w1, :w2, '[{"sku": "LM-TEA", "quantity": 20}, {"sku": "LM-MILK", "quantity": 20}]') AS id \gset
SELECT wms_approve_transfer(:'id'), wms_ship_transfer(:'id');
SAVEPOINT sent;
-- arrivals, of which a shortage is one for a moment, and what comes back
SELECT wms_count_stock(:w2, '[{"sku": "LM-TEA", "quantity": 2147483640}]');
SELECT wms_receive_transfer(:'id', '[{"sku": "LM-TEA", "quantity": 8}]');
SELECT wms_complete_transfer(:'id');
SELECT wms_complete_transfer(:'id', '[]', 'all of it lost');
SELECT wms_receive_transfer(:'id', '[{"sku": "LM-TEA", "quantity": 7}, {"sku": "LM-MILK", "quantity": 20}]');
SELECT wms_adjust_stock(:w2, :tea, -1) IS NOT NULL, wms_adjust_stock(:w1, :tea, 2147483610) IS NOT NULL;
SELECT wms_cancel_transfer(:'id');
SELECT wms_adjust_stock(:w1, :tea, -20) IS NOT NULL;
SELECT wms_cancel_transfer(:'id');
SELECT w.code, s.quantity FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id WHERE s.product_id = :tea ORDER BY 1;
SELECT * FROM wms_verify();
ROLLBACK TO sent;
-- lines of one item together
SELECT wms_receive_stock(:w1, '[{"sku": "LM-TEA", "quantity": 2147483000}, {"sku": "LM-TEA", "quantity": 600}, {"sku": "LM-TEA", "quantity": 18}]');
SELECT wms_return_stock(:w1, '[{"sku": "LM-TEA", "quantity": 2147483000}, {"sku": "LM-TEA", "quantity": 600}, {"sku": "LM-TEA", "quantity": 18}]');
SELECT wms_receive_stock(:w1, '[{"sku": "LM-TEA", "quantity": 2147483000}, {"sku": "LM-TEA", "quantity": 617}]');
SELECT wms_adjust_stock(:w1, :tea, 1);
ROLLBACK TO sent;
-- a batch in all warehouses together, while each of them could have more
SELECT wms_receive_stock(:w2, '[{"sku": "LM-MILK", "quantity": 2147483618, "batch_number": "M1"}]');
SELECT wms_return_stock(:w2, '[{"sku": "LM-MILK", "quantity": 2147483618, "batch_number": "M1"}]');
SELECT wms_count_stock(:w2, '[{"sku": "LM-MILK", "quantity": 2147483618, "batch_number": "M1"}]');
SELECT wms_receive_stock(:w2, '[{"sku": "LM-MILK", "quantity": 2147483600, "batch_number": "M1"}]');
SELECT wms_receive_transfer(:'id', '[{"sku": "LM-MILK", "quantity": 18}]');
SELECT wms_receive_transfer(:'id', '[{"sku": "LM-MILK", "quantity": 17}]');
SELECT wms_receive_stock(:w1, '[{"sku": "LM-MILK", "quantity": 2147483600, "batch_number": "M2"}]');
SELECT quantity FROM inventory.product_batches WHERE product_id = :milk ORDER BY batch_number;
SELECT * FROM wms_verify();
ROLLBACK TO sent;
-- names that no index takes
CREATE FUNCTION pg_temp.named(sku text, key text) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_array(jsonb_build_object('sku', 'LM-TEA', 'quantity', 1), jsonb_build_object('sku', sku, 'quantity', 1, key, string_agg(md5(i::text), '')))
    FROM generate_series(1, 300) i $$;
SELECT string_agg(md5(i::text), '') AS long, left(string_agg(md5(i::text), ''), 1000) AS fits FROM generate_series(1, 300) i \gset
SELECT wms_receive_stock(:w1, pg_temp.named('LM-MILK', 'batch_number'));
SELECT wms_return_stock(:w1, pg_temp.named('LM-MILK', 'batch_number'));
SELECT wms_count_stock(:w1, pg_temp.named('LM-MILK', 'batch_number'));
SELECT wms_receive_stock(:w1, jsonb_build_array(jsonb_build_object('barcode', :'long', 'quantity', 1)));
SELECT wms_receive_stock(:w1, '[{"sku": "LM-TEA", "quantity": 1}]', :'long', gen_random_uuid());
SELECT wms_return_stock(:w1, '[{"sku": "LM-TEA", "quantity": 1}]', :'long', gen_random_uuid());
SELECT wms_reserve_stock('[{"sku": "LM-TEA", "quantity": 1}]', :w1, :'long', gen_random_uuid());
SELECT wms_receive_stock(:w1, '[{"sku": "LM-TEA", "quantity": 1}]', '');
SELECT wms_receive_stock(:w1, jsonb_build_array(jsonb_build_object('sku', 'LM-MILK', 'quantity', 1, 'batch_number', :'fits')), :'fits', gen_random_uuid());
SELECT count(*) FROM wms_reserve_stock('[{"sku": "LM-TEA", "quantity": 1}]', :w1, :'fits', '00000000-0000-4000-8000-00000000e841');
SELECT wms_release_reservations(:'fits', '00000000-0000-4000-8000-00000000e841');
ROLLBACK;
