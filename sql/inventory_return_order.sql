-- wms_return_stock() of orders: what was shipped comes back, once, into the batch it left.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set main '\'00000000-0000-4000-8000-00000000ca01\''
\set back '\'00000000-0000-4000-8000-00000000ca02\''
\set gone '\'00000000-0000-4000-8000-00000000ca03\''
\set tea '\'00000000-0000-4000-8000-00000000cb01\''
\set milk '\'00000000-0000-4000-8000-00000000cb02\''
\set kit '\'00000000-0000-4000-8000-00000000cb03\''
\set rma '\'00000000-0000-4000-8000-00000000ce01\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name, deleted_at) VALUES (:main, 'RO-1', 'Main', NULL), (:back, 'RO-2', 'Returns', NULL), (:gone, 'RO-3', 'Gone', now());
INSERT INTO catalog.products (id, sku, name, is_stocked, base_price) VALUES (:tea, 'RO-TEA', 'Tea', true, 1), (:milk, 'RO-MILK', 'Milk', true, 1),
  (:kit, 'RO-KIT', 'Kit', true, 1), ('00000000-0000-4000-8000-00000000cb04', 'RO-POST', 'Postage', false, 1), ('00000000-0000-4000-8000-00000000cb05', 'RO-CUP', 'Cup', true, 1);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES (:kit, :tea, 2), (:kit, :milk, 1), (:kit, '00000000-0000-4000-8000-00000000cb04', 1);
SELECT wms_receive_stock(:main, '[{"sku": "RO-TEA", "quantity": 50}, {"sku": "RO-CUP", "quantity": 9}, {"sku": "RO-MILK", "quantity": 4, "batch_number": "M1", "expiry_date": "2040-01-01"},
  {"sku": "RO-MILK", "quantity": 20, "batch_number": "M2", "expiry_date": "2041-01-01"}]');
SELECT wms_place_order('[{"sku": "RO-TEA", "quantity": 3}, {"sku": "RO-KIT", "quantity": 2}, {"sku": "RO-MILK", "quantity": 6}, {"sku": "RO-TEA", "quantity": 4}, {"sku": "RO-POST", "quantity": 1}]', warehouse_id => :main) AS o \gset
SELECT wms_place_order('[{"sku": "RO-TEA", "quantity": 5}, {"sku": "RO-MILK", "quantity": 3}]', warehouse_id => :main) AS other \gset
SELECT max(id::text) FILTER (WHERE line_number = 1) AS l1, max(id::text) FILTER (WHERE line_number = 2) AS l2, max(id::text) FILTER (WHERE line_number = 3) AS l3,
  max(id::text) FILTER (WHERE line_number = 4) AS l4, max(id::text) FILTER (WHERE line_number = 5) AS l5 FROM sales.order_items WHERE order_id = :'o' \gset
SELECT max(id::text) FILTER (WHERE line_number = 1) AS o1, max(id::text) FILTER (WHERE line_number = 2) AS o2 FROM sales.order_items WHERE order_id = :'other' \gset

CREATE FUNCTION pg_temp.back(VARIADIC lines text[]) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_agg(jsonb_build_object('order_item_id', split_part(l, ' ', 1), 'quantity', split_part(l, ' ', 2)::integer)
  || CASE WHEN l LIKE '% % %' THEN jsonb_build_object('batch_number', split_part(l, ' ', 3)) ELSE '{}' END) FROM unnest(lines) l $$;
CREATE FUNCTION pg_temp.attempt(lines jsonb, reference uuid DEFAULT NULL, OUT state text, OUT message text, OUT detail text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM wms_return_stock('00000000-0000-4000-8000-00000000ca02', lines, CASE WHEN reference IS NOT NULL THEN 'order' END, reference);
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
  message := regexp_replace(regexp_replace(message, 'ORD-[0-9-]+', 'ORD-...'), '[0-9a-f]{8}-[0-9a-f-]{27}', '...');
END $$;
CREATE FUNCTION pg_temp.world() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' ', (SELECT concat_ws(':', count(*), sum(quantity), sum(reserved_quantity)) FROM inventory.stock_items), (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.stock_movements),
  (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.product_batches), (SELECT count(*) FROM inventory.product_batch_tracks), (SELECT sum(returned_quantity) FROM sales.order_items)) $$;
CREATE VIEW pg_temp.returns AS SELECT p.sku, b.batch_number, m.quantity, m.reference_type, m.notes FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id
  LEFT JOIN inventory.product_batches b ON b.id = m.batch_id WHERE m.type = 'return' AND m.warehouse_id = '00000000-0000-4000-8000-00000000ca02' ORDER BY 5, 1, 2, 3;
CREATE VIEW pg_temp.came_back AS SELECT string_agg(returned_quantity || '/' || quantity, ' ' ORDER BY line_number) FROM sales.order_items i JOIN catalog.products p ON p.id = i.product_id WHERE p.sku LIKE 'RO-%' GROUP BY order_id ORDER BY count(*) DESC, 1;

-- nothing has left yet
SELECT * FROM pg_temp.attempt(pg_temp.back(:'l1' || ' 1'));
SELECT wms_confirm_order(:'o'), wms_process_order(:'o'), wms_pack_order(:'o'), wms_ship_order(:'o');
SELECT * FROM pg_temp.attempt(pg_temp.back(:'o1' || ' 1'));
SELECT wms_confirm_order(:'other'), wms_process_order(:'other'), wms_pack_order(:'other'), wms_ship_order(:'other'), wms_deliver_order(:'other');

-- it comes back to where it is brought; the order knows
SELECT wms_return_stock(warehouse_id => :back, lines => pg_temp.back(:'l1' || ' 2'), notes => 'too strong');
SELECT sku, quantity, reference_type, notes FROM pg_temp.returns;
SELECT reference_id = :'o' FROM inventory.stock_movements WHERE warehouse_id = :back;
TABLE pg_temp.came_back;
-- once, however it is asked
SELECT pg_temp.world() AS before \gset
SELECT * FROM pg_temp.attempt(pg_temp.back(:'l1' || ' 2'));
SELECT * FROM pg_temp.attempt(pg_temp.back(:'l4' || ' 3', :'l1' || ' 1', :'l4' || ' 2'));
SELECT * FROM pg_temp.attempt(pg_temp.back(:'l2' || ' 3'));
SELECT * FROM pg_temp.attempt(pg_temp.back(:'l5' || ' 1'));
SELECT * FROM pg_temp.attempt(pg_temp.back(:'l2' || ' 1 M1'));
SELECT * FROM pg_temp.attempt(pg_temp.back('00000000-0000-4000-8000-00000000ffff 1'));
SELECT * FROM pg_temp.attempt(pg_temp.back(:'l3' || ' 0'));
SELECT * FROM pg_temp.attempt('[{"sku": "RO-CUP", "quantity": 1}]', :'o');
SELECT * FROM pg_temp.attempt('[{"sku": "RO-TEA", "quantity": 6}]', :'o');
SELECT pg_temp.world() = :'before' AS unchanged;

-- a kit comes back as the parts that left, whatever it is made of now; each into its batch
UPDATE catalog.product_bundle_items SET component_product_id = '00000000-0000-4000-8000-00000000cb05' WHERE bundle_product_id = :kit AND component_product_id = :milk;
SELECT wms_return_stock(:back, pg_temp.back(:'l2' || ' 1'), notes => 'kit');
SELECT sku, batch_number, quantity FROM pg_temp.returns WHERE notes = 'kit';
-- of several batches the one that expires first is taken to be back first; or the one that is named
SELECT b.batch_number, -sum(m.quantity) FROM inventory.stock_movements m JOIN inventory.product_batches b ON b.id = m.batch_id WHERE m.reference_id = :'o' AND m.type = 'sale' GROUP BY 1 ORDER BY 1;
SELECT wms_return_stock(:back, pg_temp.back(:'l3' || ' 1 M2'), notes => 'named');
UPDATE inventory.product_batches SET deleted_at = now() WHERE product_id = :milk AND batch_number = 'M1';
SELECT wms_return_stock(:back, pg_temp.back(:'l3' || ' 4'), notes => 'found');
SELECT sku, batch_number, quantity, notes FROM pg_temp.returns WHERE notes IN ('named', 'found');
SELECT b.batch_number, t.quantity FROM inventory.product_batch_tracks t JOIN inventory.product_batches b ON b.id = t.product_batch_id WHERE b.product_id = :milk AND t.action = 'returned' ORDER BY 1, 2;

-- by item with a reference to the order: its lines in their order
SELECT wms_return_stock(:back, '[{"sku": "RO-TEA", "quantity": 2}, {"sku": "RO-KIT", "quantity": 1}]', 'order', :'o', 'by item');
SELECT sku, batch_number, quantity FROM pg_temp.returns WHERE notes = 'by item';
TABLE pg_temp.came_back;
-- several orders, and goods of none, at once; another reference is kept
SELECT wms_return_stock(:back, pg_temp.back(:'o1' || ' 1', :'l4' || ' 1') || '[{"sku": "RO-TEA", "quantity": 1}]', notes => 'mixed');
SELECT quantity, reference_type, CASE reference_id WHEN :'o' THEN 'this' WHEN :'other' THEN 'other' END FROM inventory.stock_movements WHERE notes = 'mixed' ORDER BY 3;
SELECT wms_return_stock(:back, pg_temp.back(:'o2' || ' 2'), 'rma', :rma, 'rma');
SELECT sku, batch_number, quantity, reference_type FROM pg_temp.returns WHERE notes = 'rma';
-- and what came back under it is not taken to come back again
SELECT wms_receive_stock(:main, '[{"sku": "RO-MILK", "quantity": 2, "batch_number": "M0", "expiry_date": "2039-01-01"}]');
SELECT wms_place_order('[{"sku": "RO-MILK", "quantity": 3}]', warehouse_id => :main) AS third \gset
SELECT id AS t1 FROM sales.order_items WHERE order_id = :'third' \gset
SELECT wms_confirm_order(:'third'), wms_process_order(:'third'), wms_pack_order(:'third'), wms_ship_order(:'third');
SELECT wms_return_stock(:back, pg_temp.back(:'t1' || ' 2'), 'rma', :rma, 'rma 1'), wms_return_stock(:back, pg_temp.back(:'t1' || ' 1'), 'rma', :rma, 'rma 2');
SELECT sku, batch_number, quantity, notes FROM pg_temp.returns WHERE notes LIKE 'rma _';
-- nor what was refunded before it left
SELECT wms_receive_stock(:main, '[{"sku": "RO-MILK", "quantity": 2, "batch_number": "M3", "expiry_date": "2038-01-01"}]');
SELECT wms_place_order('[{"sku": "RO-MILK", "quantity": 5}]', warehouse_id => :main) AS fourth \gset
SELECT id AS f1 FROM sales.order_items WHERE order_id = :'fourth' \gset
SELECT wms_confirm_order(:'fourth'), wms_refund_order(:'fourth', amount => 0, lines => pg_temp.back(:'f1' || ' 2')) IS NOT NULL;
SELECT wms_process_order(:'fourth'), wms_pack_order(:'fourth'), wms_ship_order(:'fourth');
SELECT * FROM pg_temp.attempt(pg_temp.back(:'f1' || ' 4'));
SELECT wms_return_stock(:back, pg_temp.back(:'f1' || ' 1'), notes => 'shipped');
SELECT sku, batch_number, quantity FROM pg_temp.returns WHERE notes = 'shipped';

-- a sku is that of the order before it is that of the catalogue, where another item has it by now
SELECT wms_place_order('[{"sku": "RO-TEA", "quantity": 1}, {"sku": "RO-CUP", "quantity": 2}]', warehouse_id => :main) AS fifth \gset
SELECT wms_confirm_order(:'fifth'), wms_process_order(:'fifth'), wms_pack_order(:'fifth'), wms_ship_order(:'fifth');
UPDATE catalog.products SET sku = 'RO-WAS-CUP' WHERE sku = 'RO-CUP';
UPDATE catalog.products SET sku = 'RO-CUP' WHERE sku = 'RO-TEA';
UPDATE catalog.products SET sku = 'RO-TEA' WHERE sku = 'RO-WAS-CUP';
SELECT * FROM pg_temp.attempt('[{"sku": "RO-TEA", "quantity": 2}]', :'fifth');
SELECT wms_return_stock(:back, '[{"sku": "RO-TEA", "quantity": 1}, {"sku": "RO-CUP", "quantity": 1}, {"sku": "RO-CUP", "quantity": 1}]', 'order', :'fifth');
SELECT sku, returned_quantity FROM sales.order_items WHERE order_id = :'fifth' ORDER BY line_number;
UPDATE catalog.products SET sku = 'RO-WAS-CUP' WHERE sku = 'RO-TEA';
UPDATE catalog.products SET sku = 'RO-TEA' WHERE sku = 'RO-CUP';
UPDATE catalog.products SET sku = 'RO-CUP' WHERE sku = 'RO-WAS-CUP';

-- a kit of which a part was refunded after it had lapsed, won again for the rest, and made otherwise by now
SET LOCAL wms.order_hold = '1h';
SELECT wms_place_order('[{"sku": "RO-KIT", "quantity": 3}]', warehouse_id => :main) AS sixth \gset
RESET wms.order_hold;
SET LOCAL wms.guard = off;
UPDATE inventory.stock_reservations SET expires_at = clock_timestamp() - interval '1 microsecond' WHERE reference_id = :'sixth';
RESET wms.guard;
SELECT count(*) FROM wms_reserve_stock((SELECT jsonb_agg(jsonb_build_object('product_id', p.id, 'quantity', wms_available_quantity(p.id, NULL, :main))) FROM catalog.products p WHERE p.sku IN ('RO-TEA', 'RO-CUP')), :main, 'test', :rma);
SELECT wms_release_reservations('test', :rma), wms_refund_order(:'sixth', amount => 0, lines => '[{"sku": "RO-KIT", "quantity": 1}]') IS NOT NULL;
SELECT wms_confirm_order(:'sixth'), wms_process_order(:'sixth'), wms_pack_order(:'sixth'), wms_ship_order(:'sixth');
UPDATE catalog.product_bundle_items SET quantity = 3 WHERE bundle_product_id = :kit AND component_product_id = :tea;
SELECT wms_return_stock(:back, '[{"sku": "RO-KIT", "quantity": 2}]', 'order', :'sixth');
SELECT p.sku, m.type, sum(m.quantity) FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id WHERE m.reference_id = :'sixth' GROUP BY 1, 2 ORDER BY 1, 2;

-- nothing is stranded: deleted item, deleted warehouse, variants since
UPDATE catalog.products SET deleted_at = now() WHERE id = :tea;
INSERT INTO catalog.product_variants (product_id, sku, name) VALUES (:tea, 'RO-TEA-L', 'L');
SELECT wms_return_stock(:gone, pg_temp.back(:'l4' || ' 2'), idempotency_key => 'ro-1'), wms_return_stock(:gone, pg_temp.back(:'l4' || ' 2'), idempotency_key => 'ro-1');
SELECT * FROM pg_temp.attempt(pg_temp.back(:'l1' || ' 1', :'l4' || ' 1'));
TABLE pg_temp.came_back;
SELECT p.sku, s.quantity FROM inventory.stock_items s JOIN catalog.products p ON p.id = s.product_id WHERE s.warehouse_id IN (:back, :gone) ORDER BY 1, 2;
SELECT status FROM sales.orders WHERE id = :'o';
SELECT * FROM wms_verify();
ROLLBACK;
