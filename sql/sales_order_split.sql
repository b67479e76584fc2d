-- Orders held in several warehouses: what a change, a refund and a confirmation leave held, where, and of which batch;
-- every kit stays whole in one warehouse.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-0000000c5101\''
\set w2 '\'00000000-0000-4000-8000-0000000c5102\''
\set w3 '\'00000000-0000-4000-8000-0000000c5103\''
\set milk '\'00000000-0000-4000-8000-0000000c5115\''
BEGIN;
SET LOCAL wms.timezone = 'UTC';
SET LOCAL wms.split_orders = on;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'SO-1', 'Main'), (:w2, 'SO-2', 'Shop'), (:w3, 'SO-3', 'Yard');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES
  ('00000000-0000-4000-8000-0000000c5111', 'SO-TEA', 'Tea', 10), ('00000000-0000-4000-8000-0000000c5112', 'SO-MUG', 'Mug', 8),
  ('00000000-0000-4000-8000-0000000c5113', 'SO-SET', 'Set', 20), (:milk, 'SO-MILK', 'Milk', 2);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity)
VALUES ('00000000-0000-4000-8000-0000000c5113', '00000000-0000-4000-8000-0000000c5111', 1), ('00000000-0000-4000-8000-0000000c5113', '00000000-0000-4000-8000-0000000c5112', 2);
SELECT wms_receive_stock(:w1, '[{"sku": "SO-TEA", "quantity": 4}, {"sku": "SO-MUG", "quantity": 8}, {"sku": "SO-MILK", "quantity": 5, "batch_number": "M1", "expiry_date": "2100-01-01"}, {"sku": "SO-MILK", "quantity": 5, "batch_number": "M2", "expiry_date": "2100-02-01"}]'),
       wms_receive_stock(:w2, '[{"sku": "SO-TEA", "quantity": 6}, {"sku": "SO-MUG", "quantity": 20}]');
SELECT id AS m1 FROM inventory.product_batches WHERE batch_number = 'M1' AND product_id = :milk \gset
SELECT id AS m2 FROM inventory.product_batches WHERE batch_number = 'M2' AND product_id = :milk \gset
CREATE FUNCTION pg_temp.held(placed uuid) RETURNS TABLE (line text, held text) LANGUAGE sql AS $$
SELECT i.line_number || ' ' || i.sku || ' ' || i.quantity, string_agg(concat_ws(' ', h.code, h.sku || coalesce('-' || h.batch_number, ''), h.units), ', ' ORDER BY h.code, h.sku, h.batch_number)
  FROM sales.order_items i LEFT JOIN (SELECT r.reference_line_id, w.code, p.sku, b.batch_number, sum(r.quantity) AS units FROM inventory.stock_reservations r JOIN inventory.warehouses w ON w.id = r.warehouse_id
         JOIN catalog.products p ON p.id = r.product_id LEFT JOIN inventory.product_batches b ON b.id = r.batch_id WHERE r.reference_id = placed AND r.status = 'active' GROUP BY 1, 2, 3, 4) h ON h.reference_line_id = i.id
 WHERE i.order_id = placed GROUP BY i.id ORDER BY i.line_number $$;
CREATE FUNCTION pg_temp.attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
  EXECUTE command INTO said;
  RETURN said;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
  RETURN SQLSTATE || ' ' || SQLERRM || ' ' || said;
END $$;
CREATE FUNCTION pg_temp.lapse(placed uuid) RETURNS void LANGUAGE sql AS $$
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = clock_timestamp() - interval '1 microsecond' WHERE reference_id = placed AND status = 'active';
SET LOCAL session_replication_role = origin $$;
-- the holds of an order lapse, others take all there is, and give it back
CREATE FUNCTION pg_temp.lose(placed uuid, place uuid, lines jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE other uuid := gen_random_uuid();
BEGIN
  PERFORM pg_temp.lapse(placed);
  PERFORM wms_reserve_stock(lines, place, 'basket', other);
  PERFORM wms_release_reservations('basket', other);
  RETURN (SELECT count(*) FROM inventory.stock_reservations r WHERE r.reference_id = placed AND r.status = 'expired');
END $$;
SAVEPOINT fresh;

-- more, less or none of one line leaves the others what they hold: their batch, though it is not the first to expire
SELECT wms_place_order(format('[{"sku": "SO-MILK", "quantity": 2, "batch_id": "%s"}, {"sku": "SO-TEA", "quantity": 6}]', :'m2')::jsonb) AS id \gset
SELECT * FROM pg_temp.held(:'id');
SELECT wms_change_order(:'id', '[{"sku": "SO-MILK", "quantity": 2}, {"sku": "SO-TEA", "quantity": 7}]');
SELECT * FROM pg_temp.held(:'id');
SELECT wms_change_order(:'id', '[{"sku": "SO-MILK", "quantity": 2}, {"sku": "SO-TEA", "quantity": 5}, {"sku": "SO-MUG", "quantity": 9}]');
SELECT * FROM pg_temp.held(:'id');
SELECT wms_change_order(:'id', '[{"sku": "SO-MILK", "quantity": 4}, {"sku": "SO-MUG", "quantity": 9}]');
SELECT * FROM pg_temp.held(:'id');
SELECT pg_temp.attempt(format('SELECT wms_change_order(%L, %L)', :'id', '[{"sku": "SO-MILK", "quantity": 4}, {"sku": "SO-MUG", "quantity": 29}]'));
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- also while they may lapse: their time begins anew
SET LOCAL wms.order_hold = '15min';
SELECT wms_place_order(format('[{"sku": "SO-MILK", "quantity": 2, "batch_id": "%s"}, {"sku": "SO-TEA", "quantity": 6}]', :'m2')::jsonb) AS id \gset
SELECT pg_temp.lapse(:'id');
SELECT wms_change_order(:'id', '[{"sku": "SO-MILK", "quantity": 2}, {"sku": "SO-TEA", "quantity": 6}, {"sku": "SO-MUG", "quantity": 1}]');
SELECT * FROM pg_temp.held(:'id');
SELECT DISTINCT status, expires_at > clock_timestamp() + interval '14 minutes' FROM inventory.stock_reservations WHERE reference_id = :'id';
-- what was taken away is asked for, what was not is kept
SELECT pg_temp.lose(:'id', :w1, '[{"sku": "SO-TEA", "quantity": 4}, {"sku": "SO-MILK", "quantity": 10}]');
SELECT count(*) FROM wms_reserve_stock('[{"sku": "SO-TEA", "quantity": 1}]', :w1);
SELECT wms_change_order(:'id', '[{"sku": "SO-MILK", "quantity": 3}, {"sku": "SO-TEA", "quantity": 6}]');
SELECT * FROM pg_temp.held(:'id');
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.held(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- won again when it is confirmed, each line has the batch it had where that may be had, else what expires first
SET LOCAL wms.order_hold = '15min';
SELECT wms_place_order(format('[{"sku": "SO-MILK", "quantity": 3, "batch_id": "%s"}, {"sku": "SO-MILK", "quantity": 2}, {"sku": "SO-TEA", "quantity": 6}]', :'m2')::jsonb) AS id \gset
SELECT * FROM pg_temp.held(:'id');
SELECT pg_temp.lose(:'id', :w1, '[{"sku": "SO-MILK", "quantity": 10}]');
SAVEPOINT lost;
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.held(:'id');
ROLLBACK TO lost;
SELECT count(*) FROM wms_reserve_stock(format('[{"sku": "SO-MILK", "quantity": 3, "batch_id": "%s"}]', :'m2')::jsonb);
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.held(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO lost;
SELECT wms_set_batch_status(:'m2', 'quarantined');
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.held(:'id');
ROLLBACK TO fresh;

-- what became of a batch or a warehouse is no matter for lines that stay; more of such a line comes from elsewhere
SELECT wms_place_order('[{"sku": "SO-MILK", "quantity": 10}, {"sku": "SO-TEA", "quantity": 6}]') AS id \gset
SELECT wms_set_batch_status(:'m2', 'quarantined');
SELECT wms_change_order(:'id', '[{"sku": "SO-MILK", "quantity": 10}, {"sku": "SO-TEA", "quantity": 7}]');
SELECT * FROM pg_temp.held(:'id');
SELECT pg_temp.attempt(format('SELECT wms_change_order(%L, %L)', :'id', '[{"sku": "SO-MILK", "quantity": 11}, {"sku": "SO-TEA", "quantity": 7}]'));
UPDATE inventory.warehouses SET is_active = false WHERE id = :w1;
SELECT wms_change_order(:'id', '[{"sku": "SO-MILK", "quantity": 9}, {"sku": "SO-TEA", "quantity": 8}]');
SELECT * FROM pg_temp.held(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- kits: fewer of them free whole kits in one warehouse, more come whole from one
SELECT wms_place_order('[{"sku": "SO-SET", "quantity": 7}]') AS id \gset
SELECT * FROM pg_temp.held(:'id');
SELECT wms_change_order(:'id', '[{"sku": "SO-SET", "quantity": 6}]');
SELECT * FROM pg_temp.held(:'id');
SELECT wms_change_order(:'id', '[{"sku": "SO-SET", "quantity": 5}]');
SELECT * FROM pg_temp.held(:'id');
SELECT wms_change_order(:'id', '[{"sku": "SO-SET", "quantity": 9}, {"sku": "SO-MUG", "quantity": 3}]');
SELECT * FROM pg_temp.held(:'id');
-- its parts serve another line of the same change
SELECT wms_change_order(:'id', '[{"sku": "SO-SET", "quantity": 4}, {"sku": "SO-TEA", "quantity": 6}]');
SELECT * FROM pg_temp.held(:'id');
SELECT pg_temp.attempt(format('SELECT wms_change_order(%L, %L)', :'id', '[{"sku": "SO-SET", "quantity": 5}, {"sku": "SO-TEA", "quantity": 6}]'));
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- what a line holds is not in the way of a kit that has only that warehouse
SELECT wms_place_order('[{"sku": "SO-TEA", "quantity": 8}]') AS id \gset
SELECT count(*) FROM wms_reserve_stock('[{"sku": "SO-MUG", "quantity": 20}]', :w2);
SELECT * FROM pg_temp.held(:'id');
SELECT wms_change_order(:'id', '[{"sku": "SO-TEA", "quantity": 6}, {"sku": "SO-SET", "quantity": 2}]');
SELECT * FROM pg_temp.held(:'id');
SELECT pg_temp.attempt(format('SELECT wms_change_order(%L, %L)', :'id', '[{"sku": "SO-TEA", "quantity": 6}, {"sku": "SO-SET", "quantity": 5}]'));
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- the parts of a kit were held in another order in each warehouse: first a shop had the tea, then another the mugs
SELECT wms_place_order('[{"sku": "SO-SET", "quantity": 7}]') AS id \gset
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations r SET id = CASE p.sku || w.code WHEN 'SO-TEASO-1' THEN '00000000-0000-7000-8000-000000000001' WHEN 'SO-MUGSO-2' THEN '00000000-0000-7000-8000-000000000002'
  WHEN 'SO-TEASO-2' THEN '00000000-0000-7000-8000-000000000003' ELSE '00000000-0000-7000-8000-000000000004' END::uuid FROM catalog.products p, inventory.warehouses w WHERE p.id = r.product_id AND w.id = r.warehouse_id AND r.reference_id = :'id';
SET LOCAL session_replication_role = origin;
SAVEPOINT crossed;
SELECT wms_change_order(:'id', '[{"sku": "SO-SET", "quantity": 6}]');
SELECT * FROM pg_temp.held(:'id');
ROLLBACK TO crossed;
SELECT wms_record_payment(:'id', 100, 'cash') IS NOT NULL;
SELECT wms_refund_order(:'id', 20, '[{"sku": "SO-SET", "quantity": 1}]') IS NOT NULL;
SELECT * FROM pg_temp.held(:'id');
SELECT wms_refund_order(:'id', 20, '[{"sku": "SO-SET", "quantity": 3}]') IS NOT NULL;
SELECT * FROM pg_temp.held(:'id');
SELECT wms_confirm_order(:'id'), wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT p.sku, w.code, sum(m.quantity) FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id JOIN inventory.warehouses w ON w.id = m.warehouse_id WHERE m.reference_id = :'id' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT * FROM wms_verify();
ROLLBACK TO crossed;

-- refunded while some of it has lapsed, kits are won again whole
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = clock_timestamp() + interval '1 hour' WHERE reference_id = :'id';
SET LOCAL session_replication_role = origin;
SELECT wms_record_payment(:'id', 100, 'cash') IS NOT NULL;
SELECT pg_temp.lose(:'id', :w2, '[{"sku": "SO-TEA", "quantity": 6}]');
SAVEPOINT lapsed;
SELECT wms_refund_order(:'id', 20, '[{"sku": "SO-SET", "quantity": 1}]') IS NOT NULL;
SELECT * FROM pg_temp.held(:'id');
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.held(:'id');
ROLLBACK TO lapsed;
SELECT pg_temp.lose(:'id', :w1, '[{"sku": "SO-TEA", "quantity": 4}, {"sku": "SO-MUG", "quantity": 8}]'), pg_temp.lose(:'id', :w2, '[{"sku": "SO-TEA", "quantity": 6}, {"sku": "SO-MUG", "quantity": 20}]');
SELECT wms_refund_order(:'id', 20, '[{"sku": "SO-SET", "quantity": 3}]') IS NOT NULL;
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.held(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO lapsed;
-- changed while some of it has lapsed: what is no whole kit any more is held anew, from wherever whole ones can be had
SELECT wms_change_order(:'id', '[{"sku": "SO-SET", "quantity": 5}]');
SELECT * FROM pg_temp.held(:'id');
SELECT * FROM wms_verify();
ROLLBACK;
