-- Choice of warehouses: lines share what there is of their item, and a kit comes whole from one warehouse.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a811\''
\set w2 '\'00000000-0000-4000-8000-00000000a812\''
\set w3 '\'00000000-0000-4000-8000-00000000a813\''
\set milk '\'00000000-0000-4000-8000-00000000b811\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name, priority) VALUES (:w1, 'CH-1', 'Main', 1), (:w2, 'CH-2', 'Shop', 2), (:w3, 'CH-3', 'Depot', 3);
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:milk, 'CH-MILK', 'Milk', 2), ('00000000-0000-4000-8000-00000000b812', 'CH-TEA', 'Tea', 3),
  ('00000000-0000-4000-8000-00000000b813', 'CH-CUP', 'Cup', 4), ('00000000-0000-4000-8000-00000000b814', 'CH-SET', 'Tea set', 9), ('00000000-0000-4000-8000-00000000b815', 'CH-PAIR', 'Two cups', 7);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES
  ('00000000-0000-4000-8000-00000000b814', '00000000-0000-4000-8000-00000000b812', 3), ('00000000-0000-4000-8000-00000000b814', '00000000-0000-4000-8000-00000000b813', 2),
  ('00000000-0000-4000-8000-00000000b815', '00000000-0000-4000-8000-00000000b813', 2);
INSERT INTO inventory.product_batches (id, product_id, batch_number, expiry_date) VALUES ('00000000-0000-4000-8000-00000000ba11', :milk, 'L1', '2099-01-01'),
  ('00000000-0000-4000-8000-00000000ba12', :milk, 'L2', '2099-02-01'), ('00000000-0000-4000-8000-00000000ba13', :milk, 'L3', '2099-03-01'), ('00000000-0000-4000-8000-00000000ba14', :milk, 'BAD', '2098-01-01');
CREATE FUNCTION pg_temp.receive(warehouse_id uuid, batch text, quantity integer) RETURNS bigint LANGUAGE sql AS $$
SELECT wms_receive_stock(warehouse_id, jsonb_build_array(jsonb_build_object('sku', 'CH-MILK', 'batch_number', batch, 'quantity', quantity))) $$;
CREATE FUNCTION pg_temp.want(VARIADIC wanted text[]) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('sku', 'CH-MILK', 'quantity', split_part(x, ' ', 1)::integer,
  'batch_id', (SELECT b.id FROM inventory.product_batches b WHERE b.batch_number = split_part(x, ' ', 2))))) FROM unnest(wanted) x $$;
CREATE FUNCTION pg_temp.hold(lines jsonb, warehouse_id uuid DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
  SELECT string_agg(concat_ws(' ', w.code, p.sku, b.batch_number, r.quantity), ', ' ORDER BY w.code, p.sku, b.batch_number, r.quantity) INTO answer
    FROM wms_reserve_stock(lines, $2, 'test') r JOIN inventory.warehouses w ON w.id = r.warehouse_id JOIN catalog.products p ON p.id = r.product_id
    LEFT JOIN inventory.product_batches b ON b.id = r.batch_id;
  RETURN answer;
EXCEPTION WHEN SQLSTATE 'WM001' THEN
  GET STACKED DIAGNOSTICS answer = PG_EXCEPTION_DETAIL;
  RETURN (SELECT string_agg(concat_ws(' ', d ->> 'sku', b.batch_number, d ->> 'requested', 'wanted', d ->> 'available', 'there', d ->> 'elsewhere', 'elsewhere'), ', ')
            FROM jsonb_array_elements(answer::jsonb) d LEFT JOIN inventory.product_batches b ON b.id = (d ->> 'batch_id')::uuid);
END $$;
-- in CH-1 ten units of BAD are held and then blocked: of 20 good units 10 may be promised, whichever batch they are of
SELECT pg_temp.receive(:w1, 'BAD', 10);
SELECT pg_temp.hold(pg_temp.want('10'));
SELECT pg_temp.receive(:w1, 'L1', 10), pg_temp.receive(:w1, 'L2', 10);
UPDATE inventory.product_batches SET status = 'quarantined' WHERE batch_number = 'BAD' AND product_id = :milk;
SELECT wms_available_quantity(:milk);
SAVEPOINT blocked;

-- one warehouse: two lines of two batches together want more than that
SELECT pg_temp.hold(pg_temp.want('6 L1', '6 L2'));
SELECT pg_temp.hold(pg_temp.want('6 L1', '6 L2'), :w1);
SELECT pg_temp.hold(pg_temp.want('6 L1', '4 L2', '1'));
SELECT pg_temp.hold(pg_temp.want('6 L1', '4 L2'));
ROLLBACK TO blocked;
SELECT line, message FROM wms_quote_order(pg_temp.want('6 L1', '6 L2')), jsonb_to_recordset(problems) AS p(line integer, message text);
-- another warehouse has both
SELECT pg_temp.receive(:w2, 'L1', 6), pg_temp.receive(:w2, 'L2', 6);
SELECT pg_temp.hold(pg_temp.want('6 L1', '6 L2'));
ROLLBACK TO blocked;
SELECT pg_temp.receive(:w2, 'L1', 6), pg_temp.receive(:w2, 'L2', 6);
SELECT wms_place_order(pg_temp.want('6 L1', '6 L2')) AS id \gset
SELECT w.code FROM sales.orders o JOIN inventory.warehouses w ON w.id = o.warehouse_id WHERE o.id = :'id';
ROLLBACK TO blocked;
-- several: what one line takes is gone for the other, which is served elsewhere
SELECT pg_temp.receive(:w2, 'L2', 2);
SELECT pg_temp.hold(pg_temp.want('6 L1', '6 L2'));
ROLLBACK TO blocked;
-- the second batch is in CH-1 only: the first comes from CH-2 then
SELECT pg_temp.receive(:w2, 'L1', 10);
SELECT pg_temp.hold(pg_temp.want('10 L1', '10 L2'));
ROLLBACK TO blocked;
-- and over three warehouses: L1 makes room for L2, and L3 for L1
SELECT pg_temp.receive(:w2, 'L1', 5), pg_temp.receive(:w2, 'L3', 5), pg_temp.receive(:w3, 'L3', 5), pg_temp.receive(:w2, 'BAD', 5);
UPDATE inventory.product_batches SET status = 'active' WHERE batch_number = 'BAD' AND product_id = :milk;
SELECT pg_temp.hold(pg_temp.want('5 BAD'), :w2);
UPDATE inventory.product_batches SET status = 'quarantined' WHERE batch_number = 'BAD' AND product_id = :milk;
SELECT pg_temp.hold(pg_temp.want('5 L1', '10 L2', '5 L3'));
SELECT * FROM wms_verify();
ROLLBACK TO blocked;

-- a kit: its promise is what one warehouse allows, and so is what is held
SELECT wms_receive_stock(:w1, '[{"sku": "CH-TEA", "quantity": 9}]'), wms_receive_stock(:w2, '[{"sku": "CH-CUP", "quantity": 6}]');
SELECT wms_available_quantity('00000000-0000-4000-8000-00000000b814');
SELECT pg_temp.hold('[{"sku": "CH-SET", "quantity": 1}]');
SET LOCAL wms.split_orders = on;
SELECT wms_place_order('[{"sku": "CH-SET", "quantity": 1}]');
\echo :SQLSTATE
SELECT line, message FROM wms_quote_order('[{"sku": "CH-SET", "quantity": 1}]'), jsonb_to_recordset(problems) AS p(line integer, message text);
-- the parts may come from different warehouses when they are bought for themselves
SELECT pg_temp.hold('[{"sku": "CH-TEA", "quantity": 3}, {"sku": "CH-CUP", "quantity": 2}]');
SELECT wms_release_reservation(reservation_id) FROM wms_reservations('test') WHERE sku IN ('CH-TEA', 'CH-CUP');
-- two here and one there are three, of each all parts from where it is; the rest is sold for itself
SELECT wms_receive_stock(:w1, '[{"sku": "CH-CUP", "quantity": 4}]'), wms_receive_stock(:w2, '[{"sku": "CH-TEA", "quantity": 4}]');
SELECT wms_available_quantity('00000000-0000-4000-8000-00000000b814') AS sets, wms_available_quantity('00000000-0000-4000-8000-00000000b812') AS tea, wms_available_quantity('00000000-0000-4000-8000-00000000b813') AS cups;
SAVEPOINT sets;
SELECT pg_temp.hold('[{"sku": "CH-SET", "quantity": 3}]');
SELECT pg_temp.hold('[{"sku": "CH-TEA", "quantity": 4}, {"sku": "CH-CUP", "quantity": 4}]');
ROLLBACK TO sets;
SELECT pg_temp.hold('[{"sku": "CH-SET", "quantity": 4}]');
SELECT line, message FROM wms_quote_order('[{"sku": "CH-SET", "quantity": 4}]'), jsonb_to_recordset(problems) AS p(line integer, message text);
-- with others in the same order, whatever their order
SELECT pg_temp.hold('[{"sku": "CH-CUP", "quantity": 2}, {"sku": "CH-TEA", "quantity": 4}, {"sku": "CH-SET", "quantity": 1}, {"sku": "CH-PAIR", "quantity": 1}, {"sku": "CH-SET", "quantity": 2}]');
SELECT pg_temp.hold('[{"sku": "CH-CUP", "quantity": 1}]');
ROLLBACK TO sets;
SELECT wms_place_order('[{"sku": "CH-TEA", "quantity": 4}, {"sku": "CH-SET", "quantity": 3}]') AS id \gset
SELECT i.line_number, w.code, p.sku, r.quantity FROM inventory.stock_reservations r JOIN sales.order_items i ON i.id = r.reference_line_id
  JOIN inventory.warehouses w ON w.id = r.warehouse_id JOIN catalog.products p ON p.id = r.product_id WHERE r.reference_id = :'id' ORDER BY 1, 2, 3;
-- changed: held anew, and whole again
SELECT wms_change_order(:'id', '[{"sku": "CH-SET", "quantity": 2}]');
SELECT w.code, p.sku, r.quantity FROM inventory.stock_reservations r JOIN inventory.warehouses w ON w.id = r.warehouse_id
  JOIN catalog.products p ON p.id = r.product_id WHERE r.reference_id = :'id' AND r.status = 'active' ORDER BY 1, 2;
SELECT wms_change_order(:'id', '[{"sku": "CH-SET", "quantity": 4}]');
\echo :SQLSTATE
SELECT wms_confirm_order(:'id'), wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO sets;
-- a line that names a batch of a part: neither kits that come first nor last leave enough for both
INSERT INTO catalog.products (id, sku, name, base_price) VALUES ('00000000-0000-4000-8000-00000000b816', 'CH-CAFE', 'Milk and cup', 6);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES ('00000000-0000-4000-8000-00000000b816', :milk, 1), ('00000000-0000-4000-8000-00000000b816', '00000000-0000-4000-8000-00000000b813', 1);
SELECT wms_adjust_stock(:w2, '00000000-0000-4000-8000-00000000b813', -4) IS NOT NULL, pg_temp.receive(:w2, 'L1', 2), pg_temp.receive(:w2, 'L2', 2);
SAVEPOINT search;
SELECT pg_temp.hold('[{"sku": "CH-CAFE", "quantity": 3}]'::jsonb || pg_temp.want('10 L1'));
ROLLBACK TO search;
SELECT pg_temp.hold('[{"sku": "CH-CAFE", "quantity": 3}]'::jsonb || pg_temp.want('12 L1'));
ROLLBACK TO sets;
-- a kit of two of the same: one here and one there are none
SELECT wms_adjust_stock(:w1, '00000000-0000-4000-8000-00000000b813', -3) IS NOT NULL, wms_adjust_stock(:w2, '00000000-0000-4000-8000-00000000b813', -5) IS NOT NULL;
SELECT wms_available_quantity('00000000-0000-4000-8000-00000000b815') AS pairs;
SELECT pg_temp.hold('[{"sku": "CH-PAIR", "quantity": 1}]');
SELECT pg_temp.hold('[{"sku": "CH-CUP", "quantity": 2}]');
ROLLBACK;
