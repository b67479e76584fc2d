-- Goods that come back with a refund: into the batch they left, where they left or where it is said; kits as
-- their parts; and the holds that a refund before shipping frees.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000af21\''
\set w2 '\'00000000-0000-4000-8000-00000000af22\''
\set tea '\'00000000-0000-4000-8000-00000000bf21\''
\set milk '\'00000000-0000-4000-8000-00000000bf22\''
\set box '\'00000000-0000-4000-8000-00000000bf23\''
\set cup '\'00000000-0000-4000-8000-00000000bf24\''
\set fee '\'00000000-0000-4000-8000-00000000bf25\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name, priority) VALUES (:w1, 'RS-1', 'One', -2), (:w2, 'RS-2', 'Two', -1);
INSERT INTO catalog.products (id, sku, name, base_price, is_stocked) VALUES (:tea, 'RS-TEA', 'Tea', 10, true), (:milk, 'RS-MILK', 'Milk', 5, true), (:box, 'RS-BOX', 'Box', 30, false), (:cup, 'RS-CUP', 'Cup', 8, true), (:fee, 'RS-FEE', 'Fee', 1, false);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES (:box, :cup, 2), (:box, :milk, 1), (:box, :fee, 1);
SELECT wms_receive_stock(:w1, '[{"sku": "RS-TEA", "quantity": 10}, {"sku": "RS-CUP", "quantity": 20}, {"sku": "RS-MILK", "quantity": 3, "batch_number": "M1", "expiry_date": "2040-01-01"}, {"sku": "RS-MILK", "quantity": 9, "batch_number": "M2", "expiry_date": "2041-01-01"}]'), wms_receive_stock(:w2, '[{"sku": "RS-TEA", "quantity": 10}]');
CREATE VIEW pg_temp.stock AS SELECT w.code, p.sku, coalesce(b.batch_number, '-') AS batch, coalesce(x.quantity, s.quantity) AS quantity, coalesce(x.reserved_quantity, s.reserved_quantity) AS held
  FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id JOIN catalog.products p ON p.id = s.product_id LEFT JOIN inventory.stock_item_batches x ON x.warehouse_id = s.warehouse_id AND x.product_id = s.product_id LEFT JOIN inventory.product_batches b ON b.id = x.batch_id WHERE w.code LIKE 'RS-%' ORDER BY 1, 2, 3;
CREATE FUNCTION pg_temp.shipped(lines jsonb, way text[] DEFAULT '{confirmed,processing,packed,shipped}') RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  placed uuid := wms_place_order(lines);
  step text;
BEGIN
  FOREACH step IN ARRAY way LOOP PERFORM wms_set_order_status(placed, step); END LOOP;
  PERFORM wms_record_payment(placed, total, 'cash') FROM sales.orders WHERE id = placed;
  RETURN placed;
END $$;
CREATE FUNCTION pg_temp.back(placed uuid, lines jsonb, restock boolean DEFAULT true, warehouse uuid DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  made uuid := wms_refund_order(placed, lines => lines, restock => restock, warehouse_id => warehouse);
BEGIN
  RETURN (SELECT coalesce(string_agg(i.sku || ' ' || x.restocked_quantity || '/' || x.quantity, ', ' ORDER BY i.line_number), 'nothing') || coalesce(' to ' || w.code, '') || ', ' || o.status
    FROM sales.refunds r JOIN sales.orders o ON o.id = r.order_id LEFT JOIN inventory.warehouses w ON w.id = r.warehouse_id LEFT JOIN sales.refund_items x ON x.refund_id = r.id LEFT JOIN sales.order_items i ON i.id = x.order_item_id WHERE r.id = made GROUP BY w.id, o.id);
END $$;
CREATE FUNCTION pg_temp.moved(placed uuid) RETURNS SETOF text LANGUAGE sql AS $$
SELECT concat_ws(' ', w.code, p.sku, b.batch_number, m.type, sum(m.quantity), m.reference_type) FROM inventory.stock_movements m JOIN inventory.warehouses w ON w.id = m.warehouse_id JOIN catalog.products p ON p.id = m.product_id LEFT JOIN inventory.product_batches b ON b.id = m.batch_id
 WHERE m.reference_id = placed AND m.type <> 'sale' GROUP BY w.code, p.sku, b.batch_number, m.type, m.reference_type ORDER BY 1 $$;
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command INTO message;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;
CREATE FUNCTION pg_temp.lose(placed uuid, skus text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  other uuid := gen_random_uuid();
BEGIN
  SET LOCAL session_replication_role = replica;
  UPDATE inventory.stock_reservations r SET expires_at = clock_timestamp() - interval '1 microsecond' FROM catalog.products p WHERE p.id = r.product_id AND p.sku = ANY (skus) AND r.reference_id = placed AND r.status = 'active';
  SET LOCAL session_replication_role = origin;
  PERFORM wms_reserve_stock(jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity)), (SELECT id FROM inventory.warehouses WHERE code = 'RS-1'), 'basket', other) FROM (SELECT sku, sum(quantity) AS quantity FROM pg_temp.stock WHERE code = 'RS-1' AND sku = ANY (skus) GROUP BY sku) s;
  PERFORM wms_release_reservations('basket', other);
  RETURN (SELECT count(*) FROM inventory.stock_reservations r WHERE r.reference_id = placed AND r.status = 'expired');
END $$;
CREATE FUNCTION pg_temp.sent(placed uuid) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(sku || ' ' || units, ', ' ORDER BY sku) FROM (SELECT p.sku, -sum(m.quantity) AS units FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id WHERE m.reference_id = placed AND m.type = 'sale' GROUP BY 1) x $$;
TABLE pg_temp.stock;
SAVEPOINT fresh;

-- a batch-tracked item, two lines: each line's units go where its holds were, the last to expire last
SELECT pg_temp.shipped('[{"sku": "RS-MILK", "quantity": 2}, {"sku": "RS-MILK", "quantity": 4}, {"sku": "RS-TEA", "quantity": 1}, {"sku": "RS-FEE", "quantity": 2}]') AS id \gset
TABLE pg_temp.stock;
SELECT id AS second FROM sales.order_items WHERE order_id = :'id' AND line_number = 2 \gset
SELECT pg_temp.back(:'id', jsonb_build_array(jsonb_build_object('order_item_id', :'second', 'quantity', 2), '{"sku": "RS-FEE", "quantity": 1}'::jsonb));
SELECT * FROM pg_temp.moved(:'id');
SELECT pg_temp.back(:'id', '[{"sku": "RS-MILK", "quantity": 3}]', true, :w2);
SELECT * FROM pg_temp.moved(:'id');
-- a line that had none of what expires first brings none of it back
SAVEPOINT again;
SELECT pg_temp.shipped('[{"sku": "RS-MILK", "quantity": 2}, {"sku": "RS-MILK", "quantity": 1}]') AS later \gset
SELECT i.line_number, b.batch_number, sum(r.original_quantity) FROM inventory.stock_reservations r JOIN sales.order_items i ON i.id = r.reference_line_id JOIN inventory.product_batches b ON b.id = r.batch_id WHERE r.reference_id = :'later' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT id AS second FROM sales.order_items WHERE order_id = :'later' AND line_number = 2 \gset
SELECT pg_temp.back(:'later', jsonb_build_array(jsonb_build_object('order_item_id', :'second', 'quantity', 1)));
SELECT * FROM pg_temp.moved(:'later');
ROLLBACK TO again;
-- what stays with the customer does not come back later
SELECT pg_temp.back(:'id', '[{"sku": "RS-MILK", "quantity": 1}]', false);
SELECT pg_temp.back(:'id', '[{"sku": "RS-TEA", "quantity": 1}]', true, :w2);
SELECT * FROM pg_temp.stock;
SELECT t.action, t.quantity, b.batch_number FROM inventory.product_batch_tracks t JOIN inventory.product_batches b ON b.id = t.product_batch_id WHERE t.reference_id = :'id' AND t.action = 'returned' ORDER BY b.batch_number, t.quantity;
SELECT DISTINCT r.refund_number = m.notes FROM inventory.stock_movements m JOIN sales.refunds r ON r.order_id = m.reference_id AND r.refund_number = m.notes WHERE m.reference_id = :'id' AND m.type = 'return';
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- of a batch no more comes back than left, wherever it comes back to
SELECT pg_temp.shipped('[{"sku": "RS-MILK", "quantity": 4}]') AS id \gset
SELECT pg_temp.back(:'id', '[{"sku": "RS-MILK", "quantity": 2}]', true, :w2), pg_temp.back(:'id', '[{"sku": "RS-MILK", "quantity": 2}]');
SELECT * FROM pg_temp.moved(:'id');
ROLLBACK TO fresh;

-- what was shipped from another batch than was held goes back into that one; a depleted batch is active again
SELECT pg_temp.shipped('[{"sku": "RS-MILK", "quantity": 3}]', '{confirmed,processing,packed}') AS id \gset
UPDATE inventory.product_batches SET expiry_date = '2020-01-01' WHERE batch_number = 'M1' AND product_id = :milk;
SELECT wms_ship_order(:'id');
SELECT pg_temp.back(:'id', '[{"sku": "RS-MILK", "quantity": 3}]');
SELECT * FROM pg_temp.moved(:'id');
ROLLBACK TO fresh;
SELECT pg_temp.shipped('[{"sku": "RS-MILK", "quantity": 12}]') AS id \gset
SELECT string_agg(batch_number || status, ' ' ORDER BY batch_number) FROM inventory.product_batches WHERE product_id = :milk;
SELECT pg_temp.back(:'id', '[{"sku": "RS-MILK", "quantity": 4}]');
SELECT string_agg(batch_number || status || quantity, ' ' ORDER BY batch_number) FROM inventory.product_batches WHERE product_id = :milk;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- kits: their parts as they left, whatever the kit is made of now; parts that other lines have as well
SELECT pg_temp.shipped('[{"sku": "RS-BOX", "quantity": 3}, {"sku": "RS-CUP", "quantity": 1}]') AS id \gset
SELECT * FROM pg_temp.stock;
SELECT pg_temp.back(:'id', '[{"sku": "RS-BOX", "quantity": 1}]');
SELECT * FROM pg_temp.moved(:'id');
UPDATE catalog.product_bundle_items SET quantity = 5 WHERE bundle_product_id = :box;
SELECT pg_temp.back(:'id', '[{"sku": "RS-BOX", "quantity": 2}, {"sku": "RS-CUP", "quantity": 1}]');
SELECT * FROM pg_temp.moved(:'id');
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;
-- before shipping a kit's parts are freed; what remains is shipped and comes back
SELECT pg_temp.shipped('[{"sku": "RS-BOX", "quantity": 3}, {"sku": "RS-TEA", "quantity": 1}]', '{confirmed}') AS id \gset
SELECT pg_temp.back(:'id', '[{"sku": "RS-BOX", "quantity": 1}]', true);
SELECT * FROM pg_temp.stock WHERE held > 0;
SELECT wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT pg_temp.back(:'id', '[{"sku": "RS-BOX", "quantity": 1}]');
SELECT * FROM pg_temp.moved(:'id');
SELECT pg_temp.back(:'id', NULL);
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- from two warehouses: back to both, or to one
SET LOCAL wms.split_orders = on;
SELECT pg_temp.shipped('[{"sku": "RS-TEA", "quantity": 15}]') AS id \gset
SAVEPOINT split;
SELECT pg_temp.back(:'id', '[{"sku": "RS-TEA", "quantity": 12}]');
SELECT code, quantity FROM pg_temp.stock WHERE sku = 'RS-TEA';
SELECT pg_temp.back(:'id', '[{"sku": "RS-TEA", "quantity": 3}]');
SELECT code, quantity FROM pg_temp.stock WHERE sku = 'RS-TEA';
ROLLBACK TO split;
SELECT pg_temp.back(:'id', '[{"sku": "RS-TEA", "quantity": 12}]', true, :w2), pg_temp.back(:'id', '[{"sku": "RS-TEA", "quantity": 3}]');
SELECT sum(quantity) FROM pg_temp.stock WHERE sku = 'RS-TEA';
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- freed holds: the last to expire first; what has lapsed meanwhile is not won again for what was refunded
SELECT pg_temp.shipped('[{"sku": "RS-MILK", "quantity": 5}]', '{}') AS id \gset
SELECT pg_temp.back(:'id', '[{"sku": "RS-MILK", "quantity": 3}]');
SELECT batch, quantity, held FROM pg_temp.stock WHERE sku = 'RS-MILK';
SET LOCAL wms.order_hold = 3600;
SELECT pg_temp.shipped('[{"sku": "RS-TEA", "quantity": 9}, {"sku": "RS-BOX", "quantity": 4}]', '{}') AS id \gset
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = now() - interval '1 second' WHERE reference_id = :'id';
SET LOCAL session_replication_role = origin;
SELECT pg_temp.back(:'id', '[{"sku": "RS-TEA", "quantity": 3}]');
SELECT count(*) FROM wms_reserve_stock('[{"sku": "RS-TEA", "quantity": 10}, {"sku": "RS-CUP", "quantity": 13}, {"sku": "RS-MILK", "quantity": 10}]', :w1, expires_in => '1 hour');
SELECT status, sum(quantity) FROM inventory.stock_reservations WHERE reference_id = :'id' GROUP BY 1;
SELECT pg_temp.back(:'id', '[{"sku": "RS-TEA", "quantity": 2}, {"sku": "RS-BOX", "quantity": 1}]');
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = now() - interval '1 second' WHERE reference_id IS NULL;
SET LOCAL session_replication_role = origin;
SELECT wms_confirm_order(:'id');
SELECT p.sku, sum(r.quantity) FROM inventory.stock_reservations r JOIN catalog.products p ON p.id = r.product_id WHERE r.reference_id = :'id' GROUP BY 1 ORDER BY 1;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- what has lapsed and is won again counts once: of a kit, of one of its parts alone, of a plain line
INSERT INTO catalog.products (id, sku, name, base_price) VALUES ('00000000-0000-4000-8000-00000000bf26', 'RS-DUO', 'Duo', 9);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES ('00000000-0000-4000-8000-00000000bf26', :milk, 1), ('00000000-0000-4000-8000-00000000bf26', :cup, 1);
SET LOCAL wms.order_hold = '1h';
SELECT pg_temp.shipped('[{"sku": "RS-DUO", "quantity": 4}, {"sku": "RS-TEA", "quantity": 4}]', '{}') AS id \gset
SAVEPOINT placed;
SELECT pg_temp.lose(:'id', '{RS-MILK,RS-CUP,RS-TEA}'), wms_confirm_order(:'id');
SELECT pg_temp.back(:'id', '[{"sku": "RS-DUO", "quantity": 1}, {"sku": "RS-TEA", "quantity": 1}]');
SELECT wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT pg_temp.sent(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO placed;
SELECT pg_temp.lose(:'id', '{RS-MILK}'), wms_confirm_order(:'id');
SELECT pg_temp.back(:'id', '[{"sku": "RS-DUO", "quantity": 1}]');
SELECT wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT pg_temp.sent(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO placed;
-- refunded while it is lapsed, and once more when it is won again
SELECT pg_temp.lose(:'id', '{RS-MILK}');
SELECT pg_temp.back(:'id', '[{"sku": "RS-DUO", "quantity": 1}]');
SELECT wms_confirm_order(:'id');
SELECT pg_temp.back(:'id', '[{"sku": "RS-DUO", "quantity": 1}]');
SELECT wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT pg_temp.sent(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- a part that another line has as well, of which a hold was freed as a whole before shipping, or was won again
UPDATE catalog.product_bundle_items SET quantity = CASE WHEN component_product_id = :milk THEN 2 ELSE 1 END WHERE bundle_product_id = :box;
SET LOCAL wms.order_hold = '1h';
SELECT pg_temp.shipped('[{"sku": "RS-BOX", "quantity": 2}, {"sku": "RS-MILK", "quantity": 1}]', '{}') AS id \gset
SELECT b.batch_number, r.quantity FROM inventory.stock_reservations r JOIN sales.order_items i ON i.id = r.reference_line_id JOIN inventory.product_batches b ON b.id = r.batch_id WHERE i.order_id = :'id' AND i.line_number = 1 ORDER BY 1;
SAVEPOINT placed;
SELECT pg_temp.back(:'id', '[{"sku": "RS-BOX", "quantity": 1}]');
SELECT wms_confirm_order(:'id'), wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT pg_temp.sent(:'id');
UPDATE catalog.product_bundle_items SET quantity = 5 WHERE bundle_product_id = :box;
SAVEPOINT sent;
SELECT count(*) FROM wms_return_stock(:w1, '[{"sku": "RS-BOX", "quantity": 1}]', 'order', :'id');
SELECT * FROM pg_temp.moved(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO sent;
SELECT pg_temp.back(:'id', '[{"sku": "RS-BOX", "quantity": 1}]');
SELECT * FROM pg_temp.moved(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO placed;
SELECT pg_temp.back(:'id', '[{"sku": "RS-BOX", "quantity": 1}]');
SELECT pg_temp.lose(:'id', '{RS-MILK}'), wms_confirm_order(:'id');
SELECT wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT pg_temp.sent(:'id');
UPDATE catalog.product_bundle_items SET quantity = 5 WHERE bundle_product_id = :box;
SELECT pg_temp.back(:'id', '[{"sku": "RS-BOX", "quantity": 1}]');
SELECT * FROM pg_temp.moved(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- an order that came here pending and was refunded in part before it was confirmed holds the rest only; made otherwise by now
INSERT INTO sales.orders (id, order_number, subtotal, total, warehouse_id) VALUES ('00000000-0000-4000-8000-00000000ef23', 'RS-LATE', 136, 136, :w1);
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES ('00000000-0000-4000-8000-00000000ef23', 1, :box, 'RS-BOX', 'Box', 4, 30, 120), ('00000000-0000-4000-8000-00000000ef23', 2, :cup, 'RS-CUP', 'Cup', 2, 8, 16);
SELECT wms_record_payment('00000000-0000-4000-8000-00000000ef23', 136, 'cash') IS NOT NULL;
SELECT pg_temp.back('00000000-0000-4000-8000-00000000ef23', '[{"sku": "RS-BOX", "quantity": 2}]');
SELECT wms_confirm_order('00000000-0000-4000-8000-00000000ef23'), wms_process_order('00000000-0000-4000-8000-00000000ef23'), wms_pack_order('00000000-0000-4000-8000-00000000ef23'), wms_ship_order('00000000-0000-4000-8000-00000000ef23');
SELECT pg_temp.sent('00000000-0000-4000-8000-00000000ef23');
UPDATE catalog.product_bundle_items SET quantity = 5 WHERE bundle_product_id = :box;
SAVEPOINT sent;
SELECT count(*) FROM wms_return_stock(:w1, '[{"sku": "RS-BOX", "quantity": 1}]', 'order', '00000000-0000-4000-8000-00000000ef23');
SELECT * FROM pg_temp.moved('00000000-0000-4000-8000-00000000ef23');
ROLLBACK TO sent;
SELECT pg_temp.back('00000000-0000-4000-8000-00000000ef23', '[{"sku": "RS-BOX", "quantity": 2}]');
SELECT * FROM pg_temp.moved('00000000-0000-4000-8000-00000000ef23');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- an order that was shipped before it came here: goods go where it says, batches nobody knows
INSERT INTO sales.orders (id, order_number, status, subtotal, total, warehouse_id) VALUES ('00000000-0000-4000-8000-00000000ef21', 'RS-OLD', 'delivered', 46, 46, :w1), ('00000000-0000-4000-8000-00000000ef22', 'RS-LOST', 'delivered', 10, 10, NULL);
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES ('00000000-0000-4000-8000-00000000ef21', 1, :cup, 'RS-CUP', 'Cup', 2, 8, 16), ('00000000-0000-4000-8000-00000000ef21', 2, :box, 'RS-BOX', 'Box', 1, 30, 30), ('00000000-0000-4000-8000-00000000ef22', 1, :tea, 'RS-TEA', 'Tea', 1, 10, 10);
SELECT wms_record_payment(id, total, 'cash') IS NOT NULL FROM sales.orders WHERE order_number LIKE 'RS-%';
SELECT pg_temp.back('00000000-0000-4000-8000-00000000ef21', '[{"sku": "RS-CUP", "quantity": 1}]');
SELECT * FROM pg_temp.attempt($$SELECT pg_temp.back('00000000-0000-4000-8000-00000000ef21', '[{"sku": "RS-BOX", "quantity": 1}]')$$);
SELECT * FROM pg_temp.attempt($$SELECT pg_temp.back('00000000-0000-4000-8000-00000000ef22', NULL)$$);
SELECT pg_temp.back('00000000-0000-4000-8000-00000000ef22', NULL, true, :w2);
SELECT code, sku, batch, quantity FROM pg_temp.stock WHERE sku <> 'RS-MILK';

-- a warehouse that is deleted since takes its own back, an unknown one nothing
SELECT pg_temp.shipped('[{"sku": "RS-TEA", "quantity": 10}, {"sku": "RS-FEE", "quantity": 1}]') AS id \gset
SELECT * FROM pg_temp.attempt(format($$SELECT wms_refund_order(%L, 1, '[{"sku": "RS-TEA", "quantity": 1}]', true, '00000000-0000-4000-8000-00000000ffff')$$, :'id'));
SET LOCAL session_replication_role = replica;
UPDATE inventory.warehouses SET deleted_at = now() WHERE id = :w1;
SET LOCAL session_replication_role = origin;
SELECT pg_temp.back(:'id', '[{"sku": "RS-TEA", "quantity": 4}, {"sku": "RS-FEE", "quantity": 1}]');
-- what came back without a refund is back
SELECT wms_return_stock(:w2, '[{"sku": "RS-TEA", "quantity": 5}]', 'order', :'id');
SELECT state, message FROM pg_temp.attempt(format($$SELECT wms_refund_order(%L, 1, '[{"sku": "RS-TEA", "quantity": 2}]', true)$$, :'id'));
SELECT pg_temp.back(:'id', '[{"sku": "RS-TEA", "quantity": 1}]');
SELECT * FROM pg_temp.moved(:'id');
SELECT * FROM wms_verify();
ROLLBACK;
