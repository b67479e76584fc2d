-- What a changed order holds: kits, batches, holds that lapse, several warehouses, imports, what is deleted by now.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-0000000c5001\''
\set w2 '\'00000000-0000-4000-8000-0000000c5002\''
\set import '\'00000000-0000-4000-8000-0000000c5003\''
BEGIN;
SET LOCAL wms.timezone = 'UTC';
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'CO-1', 'Main'), (:w2, 'CO-2', 'Shop');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES
  ('00000000-0000-4000-8000-0000000c5011', 'CO-TEA', 'Tea', 10), ('00000000-0000-4000-8000-0000000c5012', 'CO-MUG', 'Mug', 8),
  ('00000000-0000-4000-8000-0000000c5013', 'CO-SET', 'Set', 20), ('00000000-0000-4000-8000-0000000c5015', 'CO-MILK', 'Milk', 2);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity)
VALUES ('00000000-0000-4000-8000-0000000c5013', '00000000-0000-4000-8000-0000000c5011', 1), ('00000000-0000-4000-8000-0000000c5013', '00000000-0000-4000-8000-0000000c5012', 2);
SELECT wms_receive_stock(:w1, '[{"sku": "CO-TEA", "quantity": 10}, {"sku": "CO-MUG", "quantity": 10}, {"sku": "CO-MILK", "quantity": 3, "batch_number": "M1", "expiry_date": "2100-01-01"}, {"sku": "CO-MILK", "quantity": 5, "batch_number": "M2", "expiry_date": "2100-02-01"}]'),
       wms_receive_stock(:w2, '[{"sku": "CO-TEA", "quantity": 4}, {"sku": "CO-MUG", "quantity": 100}]');
CREATE FUNCTION pg_temp.lines(placed uuid) RETURNS TABLE (line text, held text) LANGUAGE sql AS $$
SELECT format('%s %s %s x %s', i.line_number, i.sku, i.quantity, i.unit_price),
       (SELECT string_agg(format('%s %s%s %s/%s', w.code, p.sku, '-' || b.batch_number, r.quantity, r.original_quantity), ', ' ORDER BY w.code, p.sku, b.batch_number, r.id) FROM inventory.stock_reservations r
          JOIN inventory.warehouses w ON w.id = r.warehouse_id JOIN catalog.products p ON p.id = r.product_id LEFT JOIN inventory.product_batches b ON b.id = r.batch_id
         WHERE r.reference_id = placed AND r.reference_line_id = i.id AND r.status = 'active')
  FROM sales.order_items i WHERE i.order_id = placed ORDER BY i.line_number $$;
CREATE FUNCTION pg_temp.attempt(placed uuid, lines jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
  RETURN wms_change_order(placed, lines);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
  RETURN SQLSTATE || ' ' || SQLERRM || ' ' || said;
END $$;
CREATE FUNCTION pg_temp.lapse(placed uuid) RETURNS void LANGUAGE sql AS $$
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = clock_timestamp() - interval '1 microsecond' WHERE reference_id = placed AND status = 'active';
SET LOCAL session_replication_role = origin $$;
SAVEPOINT fresh;

-- kits: their parts follow; more of one that is made of other parts by now is a line of its own
SELECT wms_place_order('[{"sku": "CO-SET", "quantity": 3}, {"sku": "CO-TEA", "quantity": 1}]', warehouse_id => :w1) AS id \gset
SELECT wms_change_order(:'id', '[{"sku": "CO-SET", "quantity": 2}]');
SELECT pg_temp.lines(:'id');
SELECT wms_change_order(:'id', '[{"sku": "CO-SET", "quantity": 4}]');
SELECT pg_temp.lines(:'id');
UPDATE catalog.product_bundle_items SET quantity = 3 WHERE component_product_id = '00000000-0000-4000-8000-0000000c5011';
SELECT wms_change_order(:'id', '[{"sku": "CO-SET", "quantity": 5}]');
SELECT pg_temp.lines(:'id');
SELECT pg_temp.attempt(:'id', '[{"sku": "CO-SET", "quantity": 6}]');
SELECT wms_change_order(:'id', '[{"sku": "CO-SET", "quantity": 3}]');
SELECT wms_confirm_order(:'id'), wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT p.sku, sum(m.quantity) FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id WHERE m.reference_id = :'id' AND m.type = 'sale' GROUP BY 1 ORDER BY 1;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- batches: the last to expire go first; less is possible whatever became of the batch, more is not
SELECT wms_place_order('[{"sku": "CO-MILK", "quantity": 8}]') AS id \gset
SELECT wms_change_order(:'id', '[{"sku": "CO-MILK", "quantity": 4}]');
SELECT pg_temp.lines(:'id');
SELECT id AS m2 FROM inventory.product_batches WHERE batch_number = 'M2' AND product_id = '00000000-0000-4000-8000-0000000c5015' \gset
SELECT wms_set_batch_status(:'m2', 'quarantined');
SELECT wms_change_order(:'id', '[{"sku": "CO-MILK", "quantity": 3}]');
SELECT pg_temp.lines(:'id');
SELECT pg_temp.attempt(:'id', '[{"sku": "CO-MILK", "quantity": 4}]');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- holds that may lapse begin anew together; those that were taken away are won again, or it fails
SET LOCAL wms.order_hold = '15min';
SELECT wms_place_order('[{"sku": "CO-TEA", "quantity": 6}, {"sku": "CO-SET", "quantity": 2}]', warehouse_id => :w1) AS id \gset
SELECT pg_temp.lapse(:'id');
SELECT wms_change_order(:'id', '[{"sku": "CO-TEA", "quantity": 7}, {"sku": "CO-SET", "quantity": 1}]');
SELECT pg_temp.lines(:'id');
SELECT DISTINCT status, expires_at > clock_timestamp() + interval '14 minutes' FROM inventory.stock_reservations WHERE reference_id = :'id' AND status = 'active';
SELECT pg_temp.lapse(:'id');
SELECT wms_place_order('[{"sku": "CO-TEA", "quantity": 5}]', warehouse_id => :w1) AS other \gset
SELECT pg_temp.attempt(:'id', '[{"sku": "CO-TEA", "quantity": 6}, {"sku": "CO-SET", "quantity": 1}]');
SELECT wms_change_order(:'id', '[{"sku": "CO-TEA", "quantity": 3}, {"sku": "CO-SET", "quantity": 2}]');
SELECT pg_temp.lines(:'id');
SELECT wms_confirm_order(:'id');
SELECT pg_temp.lines(:'id'), count(*) FILTER (WHERE expires_at IS NOT NULL) FROM inventory.stock_reservations WHERE reference_id = :'id' AND status = 'active';
SELECT wms_change_order(:'id', '[{"sku": "CO-SET", "quantity": 1}, {"sku": "CO-MUG", "quantity": 1}]');
SELECT count(*) FROM inventory.stock_reservations WHERE reference_id = :'id' AND expires_at IS NOT NULL AND status = 'active';
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- an order comes from its warehouse; one of several gets more from wherever it is, and may end in one
SELECT wms_place_order('[{"sku": "CO-TEA", "quantity": 1}]', warehouse_id => :w2) AS id \gset
SELECT pg_temp.attempt(:'id', '[{"sku": "CO-TEA", "quantity": 5}]');
SELECT wms_change_order(:'id', '[{"sku": "CO-MUG", "quantity": 20}]');
SELECT pg_temp.lines(:'id');
SET LOCAL wms.split_orders = on;
SELECT wms_place_order('[{"sku": "CO-TEA", "quantity": 12}]') AS id \gset
SET LOCAL wms.split_orders = off;
SELECT pg_temp.lines(:'id'), (SELECT warehouse_id IS NULL FROM sales.orders WHERE id = :'id');
SELECT wms_change_order(:'id', '[{"sku": "CO-TEA", "quantity": 13}]');
SELECT pg_temp.lines(:'id'), (SELECT warehouse_id IS NULL FROM sales.orders WHERE id = :'id');
SELECT wms_change_order(:'id', '[{"sku": "CO-TEA", "quantity": 5}]');
SELECT pg_temp.lines(:'id'), (SELECT warehouse_id = :w1 FROM sales.orders WHERE id = :'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- an import gets its holds, keeps a discount and a shipping cost that are nobody's, and its lines
INSERT INTO sales.orders (id, order_number, status, subtotal, discount_amount, shipping_cost, total, coupon_code, coupon_discount) VALUES (:import, 'CO-IMPORT', 'pending', 30, 5, 4, 29, 'OLD', 5);
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES (:import, 7, '00000000-0000-4000-8000-0000000c5011', 'OLD-TEA', 'Old tea', 2, 15, 30);
SELECT wms_change_order(:import, '[{"sku": "OLD-TEA", "quantity": 1}, {"sku": "CO-MUG", "quantity": 1}]');
SELECT pg_temp.lines(:import), (SELECT warehouse_id = :w1 FROM sales.orders WHERE id = :import);
SELECT subtotal, discount_amount, coupon_discount, shipping_cost, total FROM sales.orders WHERE id = :import;
SELECT wms_change_order(:import, '[{"sku": "OLD-TEA", "quantity": 1}]');
SELECT wms_confirm_order(:import);
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- what was ordered may stay when it is deleted by now, and is asked for by its old sku; more of it may not
SELECT wms_place_order('[{"sku": "CO-TEA", "quantity": 2}, {"sku": "CO-MUG", "quantity": 1}]', warehouse_id => :w1) AS id \gset
UPDATE catalog.products SET deleted_at = now() WHERE sku = 'CO-TEA';
INSERT INTO catalog.products (sku, name, base_price) VALUES ('CO-TEA', 'Other tea', 99);
SELECT wms_change_order(:'id', '[{"sku": "CO-TEA", "quantity": 1}, {"sku": "CO-MUG", "quantity": 2}]');
SELECT pg_temp.lines(:'id');
SELECT pg_temp.attempt(:'id', '[{"sku": "CO-TEA", "quantity": 2}]');
UPDATE inventory.warehouses SET is_active = false WHERE id = :w1;
SELECT wms_change_order(:'id', '[{"sku": "CO-TEA", "quantity": 1}]');
SELECT * FROM wms_verify();
ROLLBACK;
