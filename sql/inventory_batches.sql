-- Batches: first expired first out, the last good day, blocked stock, and holds on what went bad.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a701\''
\set w2 '\'00000000-0000-4000-8000-00000000a702\''
\set milk '\'00000000-0000-4000-8000-00000000b701\''
\set shirt '\'00000000-0000-4000-8000-00000000b702\''
\set tea '\'00000000-0000-4000-8000-00000000b703\''
BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SELECT (clock_timestamp() AT TIME ZONE 'Asia/Kuala_Lumpur')::date AS today \gset
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'BT-1', 'Main'), (:w2, 'BT-2', 'Shop');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:milk, 'BT-MILK', 'Milk', 2), (:shirt, 'BT-SHIRT', 'Shirt', 2), (:tea, 'BT-TEA', 'Tea', 2);
INSERT INTO catalog.product_variants (product_id, sku, name) VALUES (:shirt, 'BT-S', 'S'), (:shirt, 'BT-L', 'L');
CREATE FUNCTION pg_temp.line(sku text, quantity integer, batch text DEFAULT NULL, days integer DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('sku', sku, 'quantity', quantity, 'batch_number', batch,
  'expiry_date', to_char((clock_timestamp() AT TIME ZONE 'Asia/Kuala_Lumpur')::date + days, 'YYYY-MM-DD')))) $$;
CREATE FUNCTION pg_temp.batch(number text) RETURNS uuid LANGUAGE sql AS $$ SELECT id FROM inventory.product_batches WHERE batch_number = number $$;
CREATE FUNCTION pg_temp.hold(lines jsonb, warehouse_id uuid DEFAULT '00000000-0000-4000-8000-00000000a701') RETURNS TABLE (batch text, quantity integer) LANGUAGE sql AS $$
SELECT b.batch_number, r.quantity FROM wms_reserve_stock(lines, warehouse_id) r LEFT JOIN inventory.product_batches b ON b.id = r.batch_id ORDER BY 1 $$;
CREATE VIEW pg_temp.batches AS SELECT w.code, b.batch_number, b.status, b.quantity AS everywhere, i.quantity, i.reserved_quantity FROM inventory.product_batches b
  LEFT JOIN inventory.stock_item_batches i ON i.batch_id = b.id LEFT JOIN inventory.warehouses w ON w.id = i.warehouse_id
 WHERE b.product_id IN ('00000000-0000-4000-8000-00000000b701', '00000000-0000-4000-8000-00000000b702') ORDER BY 1, 2;

-- the first receipt that names a batch makes the product batch tracked; from then on every one does
SELECT batch_tracked FROM catalog.products WHERE id = :milk;
SELECT wms_receive_stock(:w1, pg_temp.line('BT-MILK', 4, 'LATE', 30));
SELECT batch_tracked FROM catalog.products WHERE id = :milk;
SELECT wms_receive_stock(:w1, pg_temp.line('BT-MILK', 4));
\echo :SQLSTATE
SELECT wms_receive_stock(:w1, pg_temp.line('BT-MILK', 10, 'YESTERDAY', -1)), wms_receive_stock(:w1, pg_temp.line('BT-MILK', 3, 'TODAY', 0)),
  wms_receive_stock(:w1, pg_temp.line('BT-MILK', 2, 'NEVER')), wms_receive_stock(:w1, pg_temp.line('BT-MILK', 5, 'TOMORROW', 1)),
  wms_receive_stock(:w1, pg_temp.line('BT-MILK', 1, 'NEVER2')), wms_receive_stock(:w1, pg_temp.line('BT-MILK', 100, 'RECALLED', 90));
UPDATE inventory.product_batches SET status = 'recalled' WHERE batch_number = 'RECALLED' AND product_id = :milk;
-- what is known of a batch stays; a date may be left out but not be another
SELECT wms_receive_stock(:w2, pg_temp.line('BT-MILK', 6, 'LATE')), wms_receive_stock(:w2, pg_temp.line('BT-MILK', 1, 'LATE', 30));
SELECT expiry_date - :'today'::date FROM inventory.product_batches WHERE batch_number = 'LATE';
CREATE FUNCTION pg_temp.state(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  RETURN '00000';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT pg_temp.state(format('SELECT wms_receive_stock(%L, %L)', :w2, pg_temp.line('BT-MILK', 1, 'LATE', 31)));
SELECT pg_temp.state(format('SELECT wms_receive_stock(%L, %L)', :w2, pg_temp.line('BT-MILK', 1, 'NEVER', 31)));
SELECT pg_temp.state(format('SELECT wms_receive_stock(%L, %L)', :w2, pg_temp.line('BT-MILK', 1, 'TWO', 1) || pg_temp.line('BT-MILK', 1, 'TWO', 2)));
SELECT * FROM pg_temp.batches;
UPDATE inventory.product_batches SET created_at = created_at - interval '1 day' WHERE batch_number = 'NEVER' AND product_id = :milk;
SAVEPOINT received;

-- the earliest date first, none last, then the oldest; yesterday's and the recalled one never
SELECT wms_available_quantity(:milk, NULL, :w1);
SELECT * FROM pg_temp.hold(pg_temp.line('BT-MILK', 7));
SELECT * FROM pg_temp.hold(pg_temp.line('BT-MILK', 7));
SELECT * FROM pg_temp.hold(pg_temp.line('BT-MILK', 1));
SELECT * FROM pg_temp.batches WHERE code = 'BT-1';
SELECT * FROM pg_temp.hold(pg_temp.line('BT-MILK', 1));
\echo :SQLSTATE
SELECT * FROM wms_verify();
ROLLBACK TO received;
-- a named batch is the one, whatever the order; others fill up around it
SELECT * FROM pg_temp.hold(jsonb_build_array(jsonb_build_object('sku', 'BT-MILK', 'quantity', 2, 'batch_id', pg_temp.batch('TODAY')), jsonb_build_object('sku', 'BT-MILK', 'quantity', 3)));
ROLLBACK TO received;
-- the same day for every client
SET LOCAL timezone = 'Pacific/Kiritimati';
SELECT * FROM pg_temp.hold(pg_temp.line('BT-MILK', 4));
ROLLBACK TO received;
SET LOCAL timezone = 'Pacific/Pago_Pago';
SELECT * FROM pg_temp.hold(pg_temp.line('BT-MILK', 4));
ROLLBACK TO received;
-- expired, recalled, too much, of another item
SELECT b, pg_temp.state(format('SELECT wms_reserve_stock(%L, %L)', jsonb_build_array(jsonb_build_object('sku', 'BT-MILK', 'quantity', 4, 'batch_id', pg_temp.batch(b))), :w1))
  FROM unnest('{YESTERDAY,RECALLED,TODAY,TOMORROW}'::text[]) b;
SELECT pg_temp.state(format('SELECT wms_reserve_stock(%L)', jsonb_build_array(jsonb_build_object('sku', 'BT-TEA', 'quantity', 4, 'batch_id', pg_temp.batch('TODAY')))));
SELECT pg_temp.state(format('SELECT wms_place_order(%L)', jsonb_build_array(jsonb_build_object('sku', 'BT-MILK', 'quantity', 1, 'batch_id', gen_random_uuid()))));
ROLLBACK TO received;

-- sold batch by batch; at 0 a batch is depleted, and a receipt or a return undoes that
SELECT wms_place_order(pg_temp.line('BT-MILK', 4), warehouse_id => :w1) AS order \gset
SELECT wms_confirm_order(:'order'), wms_process_order(:'order'), wms_pack_order(:'order'), wms_ship_order(:'order');
SELECT b.batch_number, m.type, m.quantity FROM inventory.stock_movements m JOIN inventory.product_batches b ON b.id = m.batch_id WHERE m.reference_id = :'order' ORDER BY 1;
SELECT * FROM pg_temp.batches WHERE batch_number IN ('TODAY', 'TOMORROW');
SELECT t.action, t.quantity, t.reference_type, t.reference_id = :'order' FROM inventory.product_batch_tracks t WHERE t.product_batch_id = pg_temp.batch('TODAY') ORDER BY t.created_at, t.id;
SELECT wms_return_stock(:w2, pg_temp.line('BT-MILK', 1, 'TODAY'));
SELECT * FROM pg_temp.batches WHERE batch_number = 'TODAY';
SELECT * FROM wms_verify();
ROLLBACK TO received;

-- a batch that goes bad while it is held: the goods come from good ones when they leave
SELECT wms_place_order(pg_temp.line('BT-MILK', 3), warehouse_id => :w1) AS order \gset
SELECT wms_confirm_order(:'order'), wms_process_order(:'order'), wms_pack_order(:'order');
SAVEPOINT packed;
UPDATE inventory.product_batches SET expiry_date = :'today'::date - 1 WHERE batch_number = 'TODAY';
SELECT wms_available_quantity(:milk, NULL, :w1);
SELECT wms_ship_order(:'order');
SELECT b.batch_number, m.type, m.quantity FROM inventory.stock_movements m JOIN inventory.product_batches b ON b.id = m.batch_id WHERE m.reference_id = :'order' ORDER BY 1;
SELECT * FROM pg_temp.batches WHERE batch_number IN ('TODAY', 'TOMORROW');
SELECT * FROM wms_verify();
ROLLBACK TO packed;
-- or it stays where it is
UPDATE inventory.product_batches SET expiry_date = :'today'::date - 1 WHERE product_id = :milk AND batch_number <> 'TOMORROW';
SELECT count(*) FROM pg_temp.hold(pg_temp.line('BT-MILK', 2));
SAVEPOINT scarce;
UPDATE inventory.product_batches SET expiry_date = :'today'::date - 1 WHERE product_id = :milk;
SELECT pg_temp.state(format('SELECT wms_ship_order(%L)', :'order'));
SELECT status FROM sales.orders WHERE id = :'order';
ROLLBACK TO scarce;
-- stock that is blocked can still be released
SELECT wms_cancel_order(:'order');
SELECT * FROM pg_temp.batches WHERE code = 'BT-1' AND batch_number IN ('TODAY', 'TOMORROW');
-- what a hold on expired stock takes from the promise is taken from a named batch too
ROLLBACK TO packed;
UPDATE inventory.product_batches SET expiry_date = :'today'::date - 1 WHERE product_id = :milk AND batch_number <> 'TOMORROW';
SELECT wms_available_quantity(:milk, NULL, :w1);
SELECT pg_temp.state(format('SELECT wms_reserve_stock(%L, %L)', jsonb_build_array(jsonb_build_object('sku', 'BT-MILK', 'quantity', 3, 'batch_id', pg_temp.batch('TOMORROW'))), :w1));
SELECT * FROM pg_temp.hold(jsonb_build_array(jsonb_build_object('sku', 'BT-MILK', 'quantity', 2, 'batch_id', pg_temp.batch('TOMORROW'))));
ROLLBACK TO received;

-- the variants of a product have batches of their own, and are tracked together
SELECT wms_receive_stock(:w1, pg_temp.line('BT-S', 3, 'SAME', 5) || pg_temp.line('BT-L', 4, 'SAME', 9));
SELECT v.sku, b.batch_number, b.quantity FROM inventory.product_batches b JOIN catalog.product_variants v ON v.id = b.variant_id WHERE b.product_id = :shirt ORDER BY 1;
SELECT pg_temp.state(format('SELECT wms_receive_stock(%L, %L)', :w1, pg_temp.line('BT-L', 1)));
-- a product with stock cannot begin; emptied by hand it can
SELECT wms_receive_stock(:w1, pg_temp.line('BT-TEA', 2));
SELECT pg_temp.state(format('SELECT wms_receive_stock(%L, %L)', :w2, pg_temp.line('BT-TEA', 1, 'T', 1)));
UPDATE inventory.stock_items SET quantity = 0 WHERE product_id = :tea;
SELECT pg_temp.state(format('SELECT wms_receive_stock(%L, %L)', :w2, pg_temp.line('BT-TEA', 1, 'T', 1)));
-- no warehouse has it all: each gives what it has of the named batch, and of the others what that leaves
SELECT w.code, b.batch_number, r.quantity FROM wms_reserve_stock(jsonb_build_array(jsonb_build_object('sku', 'BT-MILK', 'quantity', 6, 'batch_id', pg_temp.batch('LATE')),
  jsonb_build_object('sku', 'BT-MILK', 'quantity', 2))) r JOIN inventory.warehouses w ON w.id = r.warehouse_id JOIN inventory.product_batches b ON b.id = r.batch_id ORDER BY 1, 2;
SELECT * FROM wms_verify();
ROLLBACK;
