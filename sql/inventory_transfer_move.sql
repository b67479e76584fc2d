-- Transfers on their way: arrived in parts, whole, short or not at all; no unit is lost or made at any moment.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set a '\'00000000-0000-4000-8000-00000000ac11\''
\set b '\'00000000-0000-4000-8000-00000000ac12\''
\set tea '\'00000000-0000-4000-8000-00000000bd11\''
\set milk '\'00000000-0000-4000-8000-00000000bd12\''
\set shirt '\'00000000-0000-4000-8000-00000000bd13\''
\set reward '\'00000000-0000-4000-8000-00000000bd14\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:a, 'TM-A', 'A'), (:b, 'TM-B', 'B');
INSERT INTO catalog.products (id, sku, name) VALUES (:tea, 'TM-TEA', 'Tea'), (:milk, 'TM-MILK', 'Milk'), (:shirt, 'TM-SHIRT', 'Shirt'), (:reward, 'TM-CUP', 'Cup');
INSERT INTO catalog.product_variants (product_id, sku, name) VALUES (:shirt, 'TM-S', 'S');
SELECT wms_receive_stock(:a, '[{"sku": "TM-TEA", "quantity": 10}, {"sku": "TM-S", "quantity": 4}, {"sku": "TM-MILK", "quantity": 6, "batch_number": "second", "expiry_date": "2099-02-01"},
  {"sku": "TM-MILK", "quantity": 4, "batch_number": "first", "expiry_date": "2099-01-01"}, {"sku": "TM-CUP", "quantity": 1}]'), wms_receive_stock(:b, '[{"sku": "TM-TEA", "quantity": 1}]');
SELECT id AS first FROM inventory.product_batches WHERE product_id = :milk AND batch_number = 'first' \gset
SELECT id AS second FROM inventory.product_batches WHERE product_id = :milk AND batch_number = 'second' \gset
CREATE VIEW pg_temp.stock AS SELECT w.code, p.sku, b.batch_number, coalesce(k.quantity, s.quantity) AS quantity, coalesce(k.reserved_quantity, s.reserved_quantity) AS held
  FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id JOIN catalog.products p ON p.id = s.product_id
  LEFT JOIN inventory.stock_item_batches k ON k.warehouse_id = s.warehouse_id AND k.product_id = s.product_id
  LEFT JOIN inventory.product_batches b ON b.id = k.batch_id WHERE w.code LIKE 'TM-%' AND p.sku <> 'TM-CUP' ORDER BY 1, 2, 3;
-- on hand, on the way, written off: the sum is always the same; then what wms_verify() finds
CREATE FUNCTION pg_temp.units() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' + ', sum(quantity), (SELECT coalesce(sum(t.quantity), 0) FROM wms_in_transit() t JOIN inventory.warehouses w ON w.id = t.to_warehouse_id AND w.code LIKE 'TM-%'),
  (SELECT coalesce(-sum(m.quantity), 0) FROM inventory.stock_movements m JOIN inventory.warehouses w ON w.id = m.warehouse_id AND w.code LIKE 'TM-%' WHERE m.type = 'damage'))
  || coalesce((SELECT string_agg(v::text, ' ') FROM wms_verify() v), '')
  FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id AND w.code LIKE 'TM-%' $$;
CREATE FUNCTION pg_temp.items(transfer uuid) RETURNS TABLE (sku text, batch text, quantity int, received int, short int, outstanding int) LANGUAGE sql AS $$
SELECT sku, batch_number, quantity, received_quantity, short_quantity, outstanding_quantity FROM jsonb_to_recordset(wms_transfer(transfer)->'items')
  AS x (sku text, batch_number text, quantity int, received_quantity int, short_quantity int, outstanding_quantity int) ORDER BY 1, 2 $$;
CREATE FUNCTION pg_temp.refusal(command text) RETURNS TABLE (state text, message text, detail text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  RETURN QUERY SELECT '00000', NULL::text, NULL::text;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
  message := regexp_replace(message, 'TRF-[0-9-]+', 'TRF', 'g');
  detail := regexp_replace(detail, '"(product|variant|batch)_id": "[^"]*", ', '', 'g');
  RETURN NEXT;
END $$;
CREATE FUNCTION pg_temp.receive(transfer uuid, lines text) RETURNS text LANGUAGE sql AS $$ SELECT format('SELECT wms_receive_transfer(%L, %L)', transfer, lines) $$;
CREATE FUNCTION pg_temp.complete(transfer uuid, lines text, reason text) RETURNS text LANGUAGE sql AS $$ SELECT format('SELECT wms_complete_transfer(%L, %L, %L)', transfer, lines, reason) $$;
SELECT pg_temp.units();
SELECT wms_create_transfer(:a, :b, '[{"sku": "TM-TEA", "quantity": 5}, {"sku": "TM-S", "quantity": 2}, {"sku": "TM-MILK", "quantity": 9}]', 'weekly') AS id \gset
SAVEPOINT pending;
SELECT pg_temp.units(), wms_approve_transfer(:'id'), pg_temp.units();
SAVEPOINT approved;
SELECT wms_ship_transfer(:'id');
SELECT pg_temp.units();
SAVEPOINT shipped;

-- in parts: a line without a batch is laid on what expires first, one that names a batch comes before it
SELECT wms_receive_transfer(:'id', format('[{"sku": "TM-MILK", "quantity": 5}, {"sku": "TM-TEA", "quantity": 1}, {"sku": "TM-MILK", "quantity": 1, "batch_id": "%s"}, {"sku": "TM-TEA", "quantity": 1}]', :'first')::jsonb);
SELECT * FROM pg_temp.items(:'id');
SELECT pg_temp.units();
-- more than is outstanding, by item, by batch, by sum, of what was not sent
SELECT r.* FROM (VALUES (1, '[{"sku": "TM-TEA", "quantity": 4}]'), (2, '[{"sku": "TM-S", "quantity": 2}, {"sku": "TM-S", "quantity": 1}]'), (3, '[{"sku": "TM-CUP", "quantity": 1}]'),
  (4, format('[{"sku": "TM-MILK", "quantity": 1, "batch_id": "%s"}]', :'first')), (5, format('[{"sku": "TM-MILK", "quantity": 2}, {"sku": "TM-MILK", "quantity": 2, "batch_id": "%s"}]', :'second')),
  (6, '[{"sku": "TM-TEA", "quantity": 0}]'), (7, '[{"sku": "TM-TEA", "quantity": -1}]'), (8, '[]'), (9, '[{"sku": "TM-SHIRT", "quantity": 1}]')) AS l (n, lines),
  LATERAL pg_temp.refusal(pg_temp.receive(:'id', lines)) r ORDER BY n;
SELECT state FROM pg_temp.refusal(format('SELECT wms_receive_transfer(%L, NULL)', :'id'));
-- once per key; without one it is another arrival
SELECT wms_receive_transfer(:'id', '[{"sku": "TM-S", "quantity": 1}]', 'R-1'), wms_receive_transfer(:'id', '[{"sku": "TM-S", "quantity": 1}]', 'R-1');
SELECT state FROM pg_temp.refusal(format('SELECT wms_receive_transfer(%L, %L, %L)', :'id', '[{"sku": "TM-S", "quantity": 2}]', 'R-1'));
SELECT * FROM pg_temp.items(:'id') WHERE sku = 'TM-S';
-- the last outstanding unit completes
SELECT wms_receive_transfer(:'id', '[{"sku": "TM-S", "quantity": 1}, {"sku": "TM-TEA", "quantity": 3}, {"sku": "TM-MILK", "quantity": 3}]');
SELECT status, completed_at IS NOT NULL FROM inventory.stock_transfers WHERE id = :'id';
SELECT * FROM pg_temp.stock;
SELECT pg_temp.units();
SELECT r.* FROM (VALUES (1, pg_temp.receive(:'id', '[{"sku": "TM-TEA", "quantity": 1}]')), (2, format('SELECT wms_cancel_transfer(%L)', :'id')), (3, format('SELECT wms_ship_transfer(%L)', :'id')),
  (4, format('SELECT wms_approve_transfer(%L)', :'id'))) AS c (n, command), LATERAL pg_temp.refusal(command) r ORDER BY n;
SELECT wms_complete_transfer(:'id'), wms_complete_transfer(:'id', '[{"sku": "TM-TEA", "quantity": 5}]'), pg_temp.units();
ROLLBACK TO shipped;

-- all of it at once; again it is nothing
SELECT wms_complete_transfer(:'id'), wms_complete_transfer(:'id');
SELECT * FROM pg_temp.stock;
SELECT m->>'type', sum((m->>'quantity')::integer), count(*) FROM jsonb_array_elements(wms_transfer(:'id')->'movements') m GROUP BY 1 ORDER BY 1;
SELECT pg_temp.units();
ROLLBACK TO shipped;
-- with lines the rest is short: only with a reason, and never more than is outstanding
SELECT wms_receive_transfer(:'id', '[{"sku": "TM-MILK", "quantity": 2}]');
SELECT r.* FROM (VALUES (1, '[{"sku": "TM-MILK", "quantity": 6}, {"sku": "TM-TEA", "quantity": 5}]', NULL), (2, '[{"sku": "TM-MILK", "quantity": 7}, {"sku": "TM-TEA", "quantity": 5}]', ''),
  (3, '[{"sku": "TM-MILK", "quantity": 8}]', 'a reason'), (4, '[]', NULL), (5, '{}', 'a reason')) AS l (n, lines, reason), LATERAL pg_temp.refusal(pg_temp.complete(:'id', lines, reason)) r ORDER BY n;
SELECT wms_complete_transfer(:'id', '[{"sku": "TM-MILK", "quantity": 6}, {"sku": "TM-TEA", "quantity": 5}]', 'fell off the lorry');
SELECT * FROM pg_temp.items(:'id');
SELECT type, quantity, notes, warehouse_id = :b FROM inventory.stock_movements WHERE reference_type = 'transfer' AND reference_id = :'id' AND type <> 'transfer_out' ORDER BY type, quantity, notes;
SELECT action, sum(quantity) FROM inventory.product_batch_tracks WHERE reference_id = :'id' GROUP BY 1 ORDER BY 1;
SELECT * FROM pg_temp.stock;
SELECT pg_temp.units();
ROLLBACK TO shipped;
-- all outstanding lines named: nothing is short; nothing arrived at all: everything is, and what is nowhere any more is depleted
SELECT wms_complete_transfer(:'id', '[{"sku": "TM-MILK", "quantity": 9}, {"sku": "TM-TEA", "quantity": 5}, {"sku": "TM-S", "quantity": 2}]'), pg_temp.units();
ROLLBACK TO shipped;
SELECT wms_complete_transfer(:'id', '[]', 'stolen'), pg_temp.units();
SELECT batch_number, quantity, status FROM inventory.product_batches WHERE product_id = :milk ORDER BY 1;
SELECT count(*) FROM wms_in_transit() WHERE transfer_id = :'id';
ROLLBACK TO shipped;

-- given up: on its way it goes back, but for what has arrived; before, it is free again
SELECT wms_receive_transfer(:'id', '[{"sku": "TM-MILK", "quantity": 3}, {"sku": "TM-TEA", "quantity": 5}]');
SELECT wms_cancel_transfer(:'id', 'road closed'), wms_cancel_transfer(:'id', 'once more');
SELECT status, notes FROM inventory.stock_transfers WHERE id = :'id';
SELECT * FROM pg_temp.items(:'id');
SELECT * FROM pg_temp.stock;
SELECT type, sum(quantity), count(*) FROM inventory.stock_movements WHERE reference_type = 'transfer' AND reference_id = :'id' AND warehouse_id = :a GROUP BY 1 ORDER BY 1;
SELECT pg_temp.units();
SELECT state FROM pg_temp.refusal(pg_temp.complete(:'id', NULL, NULL));
ROLLBACK TO approved;
SELECT wms_cancel_transfer(:'id'), pg_temp.units();
SELECT * FROM pg_temp.stock;
SELECT status, sum(quantity), sum(original_quantity) FROM inventory.stock_reservations WHERE reference_id = :'id' GROUP BY 1;
SELECT state FROM pg_temp.refusal(format('SELECT wms_ship_transfer(%L)', :'id'));
ROLLBACK TO pending;
SELECT wms_cancel_transfer(:'id', 'not needed'), pg_temp.units();
SELECT status, notes, (SELECT count(*) FROM inventory.stock_movements WHERE reference_id = :'id') FROM inventory.stock_transfers WHERE id = :'id';
SELECT action, sum(quantity) FROM inventory.product_batch_tracks WHERE reference_id = :'id' GROUP BY 1 ORDER BY 1;
-- what it held can be had again, all of it
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "TM-TEA", "quantity": 10}, {"sku": "TM-MILK", "quantity": 10}]', :a);
SELECT pg_temp.units();

-- what is on its way comes in as it left: until then its product becomes neither batch tracked nor unstocked
SELECT wms_create_transfer(:a, :b, '[{"sku": "TM-CUP", "quantity": 1}]') AS cup \gset
SELECT wms_approve_transfer(:'cup'), wms_ship_transfer(:'cup');
SELECT * FROM pg_temp.refusal(format('SELECT wms_receive_stock(%L, %L)', :b, '[{"sku": "TM-CUP", "quantity": 2, "batch_number": "blue"}]'));
SELECT state, detail FROM pg_temp.refusal('UPDATE catalog.products SET is_stocked = false WHERE sku = ''TM-CUP''');
SELECT wms_complete_transfer(:'cup'), pg_temp.units();
ROLLBACK;
