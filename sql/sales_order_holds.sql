-- The stock of an order over its life: holds that lapse, that are won again or not, and those of imports.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000ac01\''
\set w2 '\'00000000-0000-4000-8000-00000000ac02\''
\set tea '\'00000000-0000-4000-8000-00000000bc01\''
\set cup '\'00000000-0000-4000-8000-00000000bc02\''
\set milk '\'00000000-0000-4000-8000-00000000bc03\''
\set kit '\'00000000-0000-4000-8000-00000000bc04\''
\set import '\'00000000-0000-4000-8000-00000000ec01\''
BEGIN;
SET LOCAL wms.timezone = 'UTC';
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'OH-1', 'Main'), (:w2, 'OH-2', 'Shop');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:tea, 'OH-TEA', 'Tea', 10), (:cup, 'OH-CUP', 'Cup', 10), (:milk, 'OH-MILK', 'Milk', 10), (:kit, 'OH-KIT', 'Kit', 10);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES (:kit, :tea, 1), (:kit, :cup, 2);
SELECT wms_receive_stock(:w1, '[{"sku": "OH-TEA", "quantity": 5}, {"sku": "OH-CUP", "quantity": 5}, {"sku": "OH-MILK", "quantity": 2, "batch_number": "M1", "expiry_date": "2100-01-01"}]'),
       wms_receive_stock(:w2, '[{"sku": "OH-TEA", "quantity": 3}, {"sku": "OH-MILK", "quantity": 2, "batch_number": "M2", "expiry_date": "2100-01-02"}]');
CREATE FUNCTION pg_temp.lapse(placed uuid) RETURNS void LANGUAGE sql AS $$
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = clock_timestamp() - interval '1 microsecond' WHERE reference_id = placed AND status = 'active';
SET LOCAL session_replication_role = origin $$;
CREATE FUNCTION pg_temp.holds(placed uuid) RETURNS TABLE (line integer, warehouse text, sku text, batch text, hold text, lapses boolean) LANGUAGE sql AS $$
SELECT i.line_number, w.code, p.sku, b.batch_number, r.status || r.quantity || '/' || r.original_quantity, r.expires_at IS NOT NULL FROM inventory.stock_reservations r JOIN inventory.warehouses w ON w.id = r.warehouse_id
  JOIN catalog.products p ON p.id = r.product_id LEFT JOIN inventory.product_batches b ON b.id = r.batch_id LEFT JOIN sales.order_items i ON i.id = r.reference_line_id WHERE r.reference_id = placed ORDER BY 1, 2, 3, r.id $$;
CREATE FUNCTION pg_temp.attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
  EXECUTE command INTO said;
  RETURN said;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
  RETURN SQLSTATE || ' ' || SQLERRM || ' ' || said;
END $$;
CREATE VIEW pg_temp.stock AS SELECT w.code, p.sku, s.quantity, s.reserved_quantity FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id JOIN catalog.products p ON p.id = s.product_id
 WHERE w.code LIKE 'OH-%' ORDER BY 1, 2;
SAVEPOINT fresh;

-- without wms.order_hold nothing lapses; with it, until the order is confirmed
SELECT wms_place_order('[{"sku": "OH-TEA", "quantity": 1}]') AS id \gset
SELECT * FROM pg_temp.holds(:'id');
SET LOCAL wms.order_hold = '15min';
SELECT wms_place_order('[{"sku": "OH-TEA", "quantity": 2}, {"sku": "OH-KIT", "quantity": 1}]') AS id \gset
SELECT DISTINCT expires_at - created_at BETWEEN '14 minutes' AND '15 minutes' FROM inventory.stock_reservations WHERE reference_id = :'id';
SELECT wms_available_quantity(:tea, NULL, :w1);
SAVEPOINT placed;
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.holds(:'id');
ROLLBACK TO placed;

-- past its time a hold is nobody's; what nobody has needed since is simply kept when the order is confirmed
SELECT pg_temp.lapse(:'id');
SELECT wms_available_quantity(:tea, NULL, :w1);
SAVEPOINT lapsed;
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.holds(:'id');
SELECT wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
ROLLBACK TO lapsed;
-- cancelled, it gives nothing back that it does not have
SELECT wms_cancel_order(:'id');
SELECT * FROM pg_temp.holds(:'id');
SELECT * FROM pg_temp.stock;
ROLLBACK TO lapsed;

-- somebody else took it: the order stays pending with nothing changed, until it can be won again
SELECT wms_place_order('[{"sku": "OH-TEA", "quantity": 3}]', warehouse_id => :w1) AS other \gset
SELECT * FROM pg_temp.holds(:'id');
SELECT pg_temp.attempt(format('SELECT wms_confirm_order(%L)', :'id'));
SELECT status, confirmed_at, (SELECT count(*) FROM sales.order_status_history h WHERE h.order_id = o.id) FROM sales.orders o WHERE id = :'id';
SELECT * FROM pg_temp.stock;
SAVEPOINT taken;
-- a pending order whose hold is gone can be cancelled
SELECT wms_cancel_order(:'id');
SELECT * FROM pg_temp.stock;
ROLLBACK TO taken;
SELECT wms_cancel_order(:'other');
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.holds(:'id');
SELECT wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT * FROM pg_temp.stock;
SELECT p.sku, m.quantity FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id WHERE m.reference_id = :'id' ORDER BY 1, 2;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- won again from another batch, and in each warehouse of an order that comes from several
SET LOCAL wms.order_hold = '15min';
SET LOCAL wms.split_orders = on;
SELECT wms_place_order('[{"sku": "OH-TEA", "quantity": 7}, {"sku": "OH-MILK", "quantity": 1}]') AS id \gset
SELECT * FROM pg_temp.holds(:'id');
SELECT pg_temp.lapse(:'id');
SELECT count(*) FROM wms_reserve_stock('[{"sku": "OH-MILK", "quantity": 1}]', :w1, 'basket', :import) a, wms_reserve_stock('[{"sku": "OH-TEA", "quantity": 2}]', :w2, 'basket', :import) b;
UPDATE inventory.product_batches SET expiry_date = '2000-01-01' WHERE batch_number = 'M1' AND product_id = :milk;
SELECT wms_receive_stock(:w1, '[{"sku": "OH-MILK", "quantity": 3, "batch_number": "M3"}]');
SELECT pg_temp.attempt(format('SELECT wms_confirm_order(%L)', :'id'));
SELECT wms_release_reservations('basket', :import);
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.holds(:'id');
SELECT wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- an import holds nothing; confirmed by command it does, from its warehouse or the first that can
INSERT INTO sales.orders (id, order_number, status, subtotal, total, warehouse_id) VALUES (:import, 'OH-1', 'pending', 40, 40, :w2);
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES (:import, 1, :tea, 'OH-TEA', 'Tea', 3, 10, 30), (:import, 2, :milk, 'OH-MILK', 'Milk', 1, 10, 10);
SELECT * FROM pg_temp.holds(:import);
SAVEPOINT imported;
SELECT wms_confirm_order(:import);
SELECT * FROM pg_temp.holds(:import);
SELECT o.status, h.status FROM sales.orders o JOIN sales.order_status_history h ON h.order_id = o.id WHERE o.id = :import ORDER BY h.id;
ROLLBACK TO imported;
UPDATE sales.orders SET warehouse_id = NULL WHERE id = :import;
SELECT wms_confirm_order(:import);
SELECT * FROM pg_temp.holds(:import);
ROLLBACK TO imported;
SELECT count(*) FROM wms_reserve_stock('[{"sku": "OH-TEA", "quantity": 1}]', :w2);
SELECT pg_temp.attempt(format('SELECT wms_confirm_order(%L)', :import));
SELECT status FROM sales.orders WHERE id = :import;
ROLLBACK TO imported;
-- deleted meanwhile: what was ordered is served all the same
UPDATE catalog.products SET deleted_at = now() WHERE id = :tea;
SELECT wms_confirm_order(:import), wms_process_order(:import), wms_pack_order(:import), wms_ship_order(:import);
SELECT * FROM pg_temp.stock;
ROLLBACK TO fresh;
-- variants came meanwhile: what was ordered without one is served without one, lapsed or not
SET LOCAL wms.order_hold = '15min';
SELECT wms_place_order('[{"sku": "OH-CUP", "quantity": 2}]') AS kept, wms_place_order('[{"sku": "OH-CUP", "quantity": 2}]') AS lapsed \gset
INSERT INTO catalog.product_variants (product_id, sku, name) VALUES (:cup, 'OH-CUP-RED', 'Red');
SELECT pg_temp.lapse(:'lapsed');
SELECT wms_confirm_order(:'kept'), wms_confirm_order(:'lapsed');
SELECT * FROM pg_temp.holds(:'lapsed');
SELECT pg_temp.attempt('SELECT wms_place_order(''[{"sku": "OH-CUP", "quantity": 1}]'')');
ROLLBACK TO fresh;
-- imported further on: what ships by command leaves the stock, what was shipped when it came does not
INSERT INTO sales.orders (id, order_number, status, subtotal, total, warehouse_id, confirmed_at, shipped_at) VALUES (:import, 'OH-1', 'packed', 30, 30, :w2, now(), NULL),
  ('00000000-0000-4000-8000-00000000ec02', 'OH-2', 'shipped', 30, 30, :w2, now(), now());
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) SELECT id, 1, :tea, 'OH-TEA', 'Tea', 3, 10, 30 FROM sales.orders WHERE order_number LIKE 'OH-_';
SAVEPOINT imported;
SELECT wms_ship_order(:import), wms_deliver_order('00000000-0000-4000-8000-00000000ec02');
SELECT * FROM pg_temp.holds(:import);
SELECT * FROM pg_temp.holds('00000000-0000-4000-8000-00000000ec02');
SELECT * FROM pg_temp.stock;
ROLLBACK TO imported;
SELECT count(*) FROM wms_reserve_stock('[{"sku": "OH-TEA", "quantity": 1}]', :w2);
SELECT pg_temp.attempt(format('SELECT wms_ship_order(%L)', :import));
SELECT wms_cancel_order(:import);
SELECT * FROM pg_temp.stock;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- what held stock once is won again as it was placed, so its lines stay; cancelled_at belongs to a cancelled order
SET LOCAL wms.order_hold = '1s';
SELECT wms_place_order('[{"sku": "OH-TEA", "quantity": 1}]', warehouse_id => :w1) AS lapsed \gset
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET status = 'expired', quantity = 0, resolved_at = now() WHERE reference_id = :'lapsed';
UPDATE inventory.stock_items SET reserved_quantity = reserved_quantity - 1 WHERE product_id = (SELECT id FROM catalog.products WHERE sku = 'OH-TEA') AND warehouse_id = :w1;
SET LOCAL session_replication_role = origin;
\set VERBOSITY sqlstate
UPDATE sales.order_items SET quantity = 50, total_price = 50 WHERE order_id = :'lapsed';
INSERT INTO sales.orders (order_number, status, confirmed_at, cancelled_at) VALUES ('OH-2', 'processing', now(), now());
\set VERBOSITY default
ROLLBACK TO fresh;

-- held for an order's id before there was the order: no line of it is meant, so it is not imported over it
SELECT count(*) FROM wms_reserve_stock('[{"sku": "OH-TEA", "quantity": 2}]', :w1, 'order', :import, '1 hour');
INSERT INTO sales.orders (id, order_number) VALUES (:import, 'OH-1');
\echo :SQLSTATE
SELECT wms_release_reservations('order', :import);
INSERT INTO sales.orders (id, order_number) VALUES (:import, 'OH-1');
SELECT wms_confirm_order(:import);
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
ROLLBACK;
