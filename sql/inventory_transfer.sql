-- Transfers until they leave: what is held and of which batch, what is refused, who may approve, what shipping does.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set a '\'00000000-0000-4000-8000-00000000ac01\''
\set b '\'00000000-0000-4000-8000-00000000ac02\''
\set gone '\'00000000-0000-4000-8000-00000000ac03\''
\set tea '\'00000000-0000-4000-8000-00000000bd01\''
\set milk '\'00000000-0000-4000-8000-00000000bd02\''
\set shirt '\'00000000-0000-4000-8000-00000000bd03\''
\set kit '\'00000000-0000-4000-8000-00000000bd04\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
INSERT INTO inventory.warehouses (id, code, name) VALUES (:a, 'TF-A', 'A'), (:b, 'TF-B', 'B'), (:gone, 'TF-X', 'Gone');
UPDATE inventory.warehouses SET deleted_at = now() WHERE id = :gone;
INSERT INTO catalog.products (id, sku, name, is_stocked) VALUES (:tea, 'TF-TEA', 'Tea', true), (:milk, 'TF-MILK', 'Milk', true),
  (:shirt, 'TF-SHIRT', 'Shirt', true), (:kit, 'TF-KIT', 'Kit', true), (gen_random_uuid(), 'TF-POST', 'Postage', false);
INSERT INTO catalog.product_variants (product_id, sku, name) VALUES (:shirt, 'TF-S', 'S');
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES (:kit, :tea, 2);
SELECT wms_receive_stock(:a, jsonb_build_array('{"sku": "TF-TEA", "quantity": 10}'::jsonb, '{"sku": "TF-S", "quantity": 4}'::jsonb,
  jsonb_build_object('sku', 'TF-MILK', 'quantity', 10, 'batch_number', 'late', 'expiry_date', t + 30),
  jsonb_build_object('sku', 'TF-MILK', 'quantity', 5, 'batch_number', 'soon', 'expiry_date', t),
  jsonb_build_object('sku', 'TF-MILK', 'quantity', 7, 'batch_number', 'old', 'expiry_date', t - 1),
  jsonb_build_object('sku', 'TF-MILK', 'quantity', 3, 'batch_number', 'bad')))
  FROM (SELECT (now() AT TIME ZONE 'Asia/Kuala_Lumpur')::date) AS d (t);
UPDATE inventory.product_batches SET status = 'quarantined' WHERE batch_number = 'bad' AND product_id = :milk;
SELECT id AS late FROM inventory.product_batches WHERE product_id = :milk AND batch_number = 'late' \gset
SELECT id AS old FROM inventory.product_batches WHERE product_id = :milk AND batch_number = 'old' \gset
SELECT id AS bad FROM inventory.product_batches WHERE product_id = :milk AND batch_number = 'bad' \gset
CREATE VIEW pg_temp.stock AS SELECT w.code, coalesce(v.sku, p.sku) AS sku, b.batch_number, coalesce(k.quantity, s.quantity) AS quantity,
  coalesce(k.reserved_quantity, s.reserved_quantity) AS held
  FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id JOIN catalog.products p ON p.id = s.product_id
  LEFT JOIN catalog.product_variants v ON v.id = s.variant_id
  LEFT JOIN inventory.stock_item_batches k ON k.warehouse_id = s.warehouse_id AND k.product_id = s.product_id
  LEFT JOIN inventory.product_batches b ON b.id = k.batch_id WHERE w.code LIKE 'TF-%' ORDER BY 1, 2, 3;
CREATE FUNCTION pg_temp.items(transfer uuid) RETURNS TABLE (sku text, batch text, quantity int, received int, short int, outstanding int) LANGUAGE sql AS $$
SELECT sku, batch_number, quantity, received_quantity, short_quantity, outstanding_quantity FROM jsonb_to_recordset(wms_transfer(transfer)->'items')
  AS x (sku text, batch_number text, quantity int, received_quantity int, short_quantity int, outstanding_quantity int) ORDER BY 1, 2 $$;
-- what was refused: code, message without number and ids, figures
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
SAVEPOINT fresh;

-- held at creation: lines of an item add up, good batches first expired first, one item a batch
SET LOCAL wms.actor_id = '00000000-0000-4000-8000-0000000000a1';
SELECT wms_create_transfer(:a, :b, '[{"sku": "TF-TEA", "quantity": 2}, {"sku": "TF-MILK", "quantity": 4}, {"sku": "TF-S", "quantity": 1},
  {"sku": "TF-TEA", "quantity": 1}, {"sku": "TF-MILK", "quantity": 3}]', 'for the shop') AS id \gset
SELECT * FROM pg_temp.items(:'id');
SELECT * FROM pg_temp.stock;
SELECT transfer_number ~ '^TRF-[0-9]{8}-[0-9]{6,}$', status, notes, created_by, from_warehouse_id = :a, to_warehouse_id = :b FROM inventory.stock_transfers WHERE id = :'id';
SELECT count(*), sum(quantity), count(expires_at), bool_and(reference_line_id IN (SELECT i.id FROM inventory.stock_transfer_items i WHERE i.transfer_id = :'id'
  AND i.product_id = r.product_id AND i.batch_id IS NOT DISTINCT FROM r.batch_id)) FROM inventory.stock_reservations r WHERE reference_type = 'transfer' AND reference_id = :'id';
SELECT wms_available_quantity(:tea), wms_available_quantity(:milk), (SELECT count(*) FROM wms_in_transit() WHERE transfer_id = :'id');
SELECT * FROM wms_verify();
-- its holds are nobody else's business
SELECT state FROM pg_temp.refusal(format('SELECT wms_release_reservations(%L, %L)', 'transfer', :'id'));
-- shipping needs approval; with four eyes that of somebody else, who is named
SELECT * FROM pg_temp.refusal(format('SELECT wms_ship_transfer(%L)', :'id'));
SELECT * FROM pg_temp.refusal(format('SELECT wms_receive_transfer(%L, %L)', :'id', '[{"sku": "TF-TEA", "quantity": 1}]'));
SELECT * FROM pg_temp.refusal(format('SELECT wms_complete_transfer(%L)', :'id'));
SET LOCAL wms.transfer_four_eyes = on;
SELECT * FROM pg_temp.refusal(format('SELECT wms_approve_transfer(%L)', :'id'));
SET LOCAL wms.actor_id = '';
SELECT * FROM pg_temp.refusal(format('SELECT wms_approve_transfer(%L)', :'id'));
-- who created it must be known too, or nobody can be told from him
SELECT wms_create_transfer(:a, :b, '[{"sku": "TF-TEA", "quantity": 1}]') AS anonymous \gset
SET LOCAL wms.actor_id = '00000000-0000-4000-8000-0000000000a2';
SELECT * FROM pg_temp.refusal(format('SELECT wms_approve_transfer(%L)', :'anonymous'));
SELECT wms_cancel_transfer(:'anonymous');
SELECT wms_approve_transfer(:'id'), wms_approve_transfer(:'id');
SELECT status, approved_by, approved_at IS NOT NULL, completed_at FROM inventory.stock_transfers WHERE id = :'id';
-- shipped: gone from the source, in no warehouse, and nothing is depleted by being on its way
SELECT wms_ship_transfer(:'id'), wms_ship_transfer(:'id');
SELECT * FROM pg_temp.stock;
SELECT type, count(*), sum(quantity), bool_and(warehouse_id = :a) FROM inventory.stock_movements WHERE reference_type = 'transfer' AND reference_id = :'id' GROUP BY type;
SELECT batch_number, quantity, status FROM inventory.product_batches WHERE product_id = :milk ORDER BY 1;
SELECT p.sku, t.quantity, t.from_warehouse_id = :a FROM wms_in_transit() t JOIN catalog.products p ON p.id = t.product_id WHERE t.transfer_id = :'id' ORDER BY 1, 2;
SELECT action, sum(quantity) FROM inventory.product_batch_tracks WHERE reference_id = :'id' GROUP BY 1 ORDER BY 1;
SELECT status, sum(quantity), sum(original_quantity) FROM inventory.stock_reservations WHERE reference_id = :'id' GROUP BY 1;
SELECT * FROM wms_verify();
SELECT * FROM pg_temp.refusal(format('SELECT wms_approve_transfer(%L)', :'id'));
ROLLBACK TO fresh;

-- a line that names a batch gets that batch, be it expired or blocked, and takes nothing from the good ones
SELECT wms_create_transfer(:a, :b, jsonb_build_array(jsonb_build_object('product_id', :milk, 'quantity', 6, 'batch_id', :'old'),
  jsonb_build_object('sku', 'TF-MILK', 'quantity', 2), jsonb_build_object('sku', 'TF-MILK', 'quantity', 3, 'batch_id', :'bad'),
  jsonb_build_object('sku', 'TF-MILK', 'quantity', 1, 'batch_id', :'late'))) AS id \gset
SELECT * FROM pg_temp.items(:'id');
SELECT wms_available_quantity(:milk), (SELECT available FROM wms_stock_levels(:milk, :a)), (SELECT held FROM wms_stock_levels(:milk, :a));
SELECT * FROM pg_temp.refusal(format('SELECT * FROM wms_reserve_stock(%L)', '[{"sku": "TF-MILK", "quantity": 13}]'));
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "TF-MILK", "quantity": 12}]');
SELECT * FROM pg_temp.refusal(format('SELECT wms_create_transfer(%L, %L, %L)', :a, :b, jsonb_build_array(jsonb_build_object('sku', 'TF-MILK', 'quantity', 2, 'batch_id', :'old'))));
SELECT * FROM wms_verify();
-- what goes bad on the way to the lorry travels as it was picked
UPDATE inventory.product_batches SET status = 'recalled' WHERE batch_number = 'late' AND product_id = :milk;
SELECT wms_approve_transfer(:'id'), wms_ship_transfer(:'id');
SELECT b.batch_number, m.quantity FROM inventory.stock_movements m JOIN inventory.product_batches b ON b.id = m.batch_id WHERE m.reference_id = :'id' ORDER BY 1;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;
-- refused: too much, the sum of lines included; the report judges named and unnamed lines together
SELECT r.* FROM (VALUES
  (1, '[{"sku": "TF-TEA", "quantity": 6}, {"sku": "TF-TEA", "quantity": 5}]'), (2, '[{"sku": "TF-MILK", "quantity": 16}]'),
  (3, format('[{"sku": "TF-MILK", "quantity": 7, "batch_id": "%s"}, {"sku": "TF-MILK", "quantity": 15}, {"sku": "TF-TEA", "quantity": 11}]', :'old')),
  (4, format('[{"sku": "TF-MILK", "quantity": 8, "batch_id": "%s"}]', :'old')), (5, format('[{"sku": "TF-MILK", "quantity": 11, "batch_id": "%s"}]', :'late')),
  (6, '[{"sku": "TF-TEA", "quantity": 0}]'), (7, '[{"sku": "TF-TEA", "quantity": -3}]'), (8, '[]'), (9, '[{"sku": "TF-NONE", "quantity": 1}]'),
  (10, '[{"sku": "TF-KIT", "quantity": 1}]'), (11, '[{"sku": "TF-POST", "quantity": 1}]'), (12, '[{"sku": "TF-SHIRT", "quantity": 1}]'),
  (13, format('[{"sku": "TF-TEA", "quantity": 1, "batch_id": "%s"}]', :'old')), (14, '[{"sku": "TF-TEA", "quantity": 1, "batch_number": "x"}]')) AS l (n, lines),
  LATERAL pg_temp.refusal(format('SELECT wms_create_transfer(%L, %L, %L)', :a, :b, l.lines)) r ORDER BY n;
SELECT n, state FROM (VALUES (1, :a, :a), (2, NULL, :b), (3, :a, NULL), (4, :gone, :b), (5, :a, :gone), (6, :nothing, :b)) AS w (n, f, t),
  LATERAL pg_temp.refusal(format('SELECT wms_create_transfer(%L, %L, %L)', f, t, '[{"sku": "TF-TEA", "quantity": 1}]')) ORDER BY n;
SELECT n, r.* FROM (VALUES (1, format('wms_approve_transfer(%L)', :nothing)), (2, format('wms_ship_transfer(%L)', :nothing)), (3, format('wms_cancel_transfer(%L)', :nothing)),
  (4, format('wms_complete_transfer(%L)', :nothing)), (5, format('wms_receive_transfer(%L, %L)', :nothing, '[{"sku": "TF-TEA", "quantity": 1}]')),
  (6, format('wms_transfer(%L)', :nothing)), (7, 'wms_approve_transfer(NULL)'), (8, 'wms_transfer(NULL)')) AS c (n, command),
  LATERAL (SELECT state FROM pg_temp.refusal('SELECT ' || command)) r ORDER BY n;
SELECT count(*) FROM inventory.stock_transfers WHERE from_warehouse_id = :a;
-- a deleted product is not picked any more, but what was picked still travels
SELECT wms_create_transfer(:a, :b, '[{"sku": "TF-TEA", "quantity": 4}]') AS id \gset
UPDATE catalog.products SET deleted_at = now() WHERE id = :tea;
SELECT state, message = format('line 1: product %s is deleted', :tea) FROM pg_temp.refusal(format('SELECT wms_create_transfer(%L, %L, %L)', :a, :b, format('[{"product_id": "%s", "quantity": 1}]', :tea)));
SELECT wms_approve_transfer(:'id'), wms_ship_transfer(:'id');
SELECT wms_receive_transfer(:'id', format('[{"product_id": "%s", "quantity": 4}]', :tea)::jsonb);
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- the same request twice is one transfer
SELECT wms_create_transfer(:a, :b, '[{"sku": "TF-TEA", "quantity": 4}]', idempotency_key => 'T-1') AS id \gset
SELECT wms_create_transfer(:a, :b, '[{"sku": "TF-TEA", "quantity": 4}]', idempotency_key => 'T-1') = :'id';
SELECT state FROM pg_temp.refusal(format('SELECT wms_create_transfer(%L, %L, %L, NULL, %L)', :a, :b, '[{"sku": "TF-TEA", "quantity": 5}]', 'T-1'));
SELECT * FROM pg_temp.stock WHERE sku = 'TF-TEA';
-- only its notes are free
UPDATE inventory.stock_transfers SET notes = 'by hand' WHERE id = :'id';
SELECT n, state FROM (VALUES (1, format('UPDATE inventory.stock_transfers SET status = %L WHERE id = %L', 'completed', :'id')),
  (2, format('UPDATE inventory.stock_transfer_items SET received_quantity = 1 WHERE transfer_id = %L', :'id')),
  (3, format('DELETE FROM inventory.stock_transfers WHERE id = %L', :'id')),
  (4, format('UPDATE inventory.warehouses SET deleted_at = now() WHERE id = %L', :b))) AS c (n, command), LATERAL pg_temp.refusal(command) ORDER BY n;
-- who may call a command without a grant: nobody
SELECT proname FROM pg_proc WHERE proname ~ '^wms_.*transfer$' AND proname <> 'wms_transfer' AND (proacl IS NULL OR proacl::text ~ '[{,]=') ORDER BY 1;
ROLLBACK;
