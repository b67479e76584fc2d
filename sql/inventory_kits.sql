-- Kits: a kit is held, sold and brought back as its parts.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a601\''
\set w2 '\'00000000-0000-4000-8000-00000000a602\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:w1, 'KT-1', 'Main'), (:w2, 'KT-2', 'Shop');
INSERT INTO catalog.products (id, sku, name, base_price, is_stocked) VALUES
  ('00000000-0000-4000-8000-00000000b601', 'KT-TEA', 'Tea', 3, true), ('00000000-0000-4000-8000-00000000b602', 'KT-CUP', 'Cup', 5, true),
  ('00000000-0000-4000-8000-00000000b603', 'KT-WRAP', 'Gift wrap', 1, false), ('00000000-0000-4000-8000-00000000b604', 'KT-SET', 'Tea set', 20, true),
  ('00000000-0000-4000-8000-00000000b605', 'KT-PAIR', 'Two cups', 9, true), ('00000000-0000-4000-8000-00000000b606', 'KT-AIR', 'Wraps only', 2, true),
  ('00000000-0000-4000-8000-00000000b607', 'KT-SOFT', 'Set without stock flag', 20, false);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES ('00000000-0000-4000-8000-00000000c601', '00000000-0000-4000-8000-00000000b602', 'KT-CUP-RED', 'Red'),
  ('00000000-0000-4000-8000-00000000c602', '00000000-0000-4000-8000-00000000b602', 'KT-CUP-BLUE', 'Blue');
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, component_variant_id, quantity) VALUES
  ('00000000-0000-4000-8000-00000000b604', '00000000-0000-4000-8000-00000000b601', NULL, 3),
  ('00000000-0000-4000-8000-00000000b604', '00000000-0000-4000-8000-00000000b602', '00000000-0000-4000-8000-00000000c601', 2),
  ('00000000-0000-4000-8000-00000000b604', '00000000-0000-4000-8000-00000000b603', NULL, 1),
  ('00000000-0000-4000-8000-00000000b605', '00000000-0000-4000-8000-00000000b602', '00000000-0000-4000-8000-00000000c601', 2),
  ('00000000-0000-4000-8000-00000000b606', '00000000-0000-4000-8000-00000000b603', NULL, 2),
  ('00000000-0000-4000-8000-00000000b607', '00000000-0000-4000-8000-00000000b601', NULL, 1);
SELECT wms_receive_stock(:w1, '[{"sku": "KT-TEA", "quantity": 12}, {"sku": "KT-CUP-RED", "quantity": 10}]'), wms_receive_stock(:w2, '[{"sku": "KT-TEA", "quantity": 30}]');
CREATE VIEW pg_temp.stock AS SELECT w.code, coalesce(v.sku, p.sku), s.quantity, s.reserved_quantity FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id
  JOIN catalog.products p ON p.id = s.product_id LEFT JOIN catalog.product_variants v ON v.id = s.variant_id WHERE w.code LIKE 'KT-%' ORDER BY 1, 2;
CREATE VIEW pg_temp.holds AS SELECT i.line_number, i.sku AS line, coalesce(v.sku, p.sku), r.quantity, r.status FROM inventory.stock_reservations r JOIN catalog.products p ON p.id = r.product_id
  LEFT JOIN catalog.product_variants v ON v.id = r.variant_id LEFT JOIN sales.order_items i ON i.id = r.reference_line_id
 WHERE p.sku LIKE 'KT-%' ORDER BY r.reference_id, 1, 3;
SAVEPOINT fresh;

-- holds of the parts, a line of its own each; what is not stocked needs none
SELECT p.sku, r.quantity FROM wms_reserve_stock('[{"sku": "KT-SET", "quantity": 2}]') r JOIN catalog.products p ON p.id = r.product_id ORDER BY 1;
SELECT wms_available_quantity('00000000-0000-4000-8000-00000000b604') AS sets, wms_available_quantity('00000000-0000-4000-8000-00000000b605') AS pairs;
SELECT * FROM pg_temp.stock;
ROLLBACK TO fresh;
SELECT wms_place_order('[{"sku": "KT-SET", "quantity": 2}, {"sku": "KT-CUP-RED", "quantity": 1}, {"sku": "KT-PAIR", "quantity": 2}]') AS first \gset
SELECT * FROM pg_temp.holds;
SELECT line_number, sku, name, quantity, unit_price, total_price FROM sales.order_items WHERE order_id = :'first' ORDER BY 1;
-- another order shares the parts; cancelling the first frees its holds and no others
SELECT wms_place_order('[{"sku": "KT-SET", "quantity": 1}, {"sku": "KT-TEA", "quantity": 3}]') AS second \gset
\echo :SQLSTATE
SELECT * FROM pg_temp.stock;
SELECT wms_cancel_order(:'first');
SELECT wms_place_order('[{"sku": "KT-SET", "quantity": 1}, {"sku": "KT-TEA", "quantity": 3}]') AS second \gset
SELECT * FROM pg_temp.stock;
-- sold as parts
SELECT wms_confirm_order(:'second'), wms_process_order(:'second'), wms_pack_order(:'second'), wms_ship_order(:'second');
SELECT coalesce(v.sku, p.sku), m.type, m.quantity FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id LEFT JOIN catalog.product_variants v ON v.id = m.variant_id
 WHERE m.reference_id = :'second' ORDER BY 1, 3;
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- short is the part, asked for by every line that needs it
SELECT wms_place_order('[{"sku": "KT-SET", "quantity": 3}, {"sku": "KT-PAIR", "quantity": 2}, {"sku": "KT-CUP-RED", "quantity": 1}]');
\echo :SQLSTATE
SELECT wms_reserve_stock('[{"sku": "KT-SET", "quantity": 5}]', :w2);
\echo :SQLSTATE
-- a part that is deleted, or has variants and names none, spoils the kit
UPDATE catalog.products SET deleted_at = now() WHERE sku = 'KT-WRAP';
SELECT wms_place_order('[{"sku": "KT-SET", "quantity": 1}]');
\echo :SQLSTATE
ROLLBACK TO fresh;
UPDATE catalog.product_variants SET deleted_at = now() WHERE sku = 'KT-CUP-RED';
SELECT wms_place_order('[{"sku": "KT-PAIR", "quantity": 1}]');
\echo :SQLSTATE
ROLLBACK TO fresh;
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id) VALUES ('00000000-0000-4000-8000-00000000b605', '00000000-0000-4000-8000-00000000b602');
SELECT wms_place_order('[{"sku": "KT-PAIR", "quantity": 1}]');
\echo :SQLSTATE
ROLLBACK TO fresh;
-- more parts than an integer counts
UPDATE catalog.product_bundle_items SET quantity = 2000000000 WHERE bundle_product_id = '00000000-0000-4000-8000-00000000b605';
SELECT wms_reserve_stock('[{"sku": "KT-PAIR", "quantity": 2}]');
\echo :SQLSTATE
SELECT wms_reserve_stock('[{"sku": "KT-PAIR", "quantity": 1}, {"sku": "KT-PAIR", "quantity": 1}]', :w1);
\echo :SQLSTATE
ROLLBACK TO fresh;
-- a kit of nothing stocked is never short, and holds nothing
SELECT wms_place_order('[{"sku": "KT-AIR", "quantity": 1000}]') AS air \gset
SELECT status, subtotal, warehouse_id FROM sales.orders WHERE id = :'air';
SELECT * FROM pg_temp.holds;
-- a kit holds its parts whatever is said of its own stock; imported, it does so when confirmed
SELECT wms_place_order('[{"sku": "KT-SOFT", "quantity": 1}]') AS soft \gset
SELECT * FROM pg_temp.holds;
INSERT INTO sales.orders (id, order_number, subtotal, total) VALUES ('00000000-0000-4000-8000-00000000e601', 'KT-IMPORT', 40, 40);
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES
  ('00000000-0000-4000-8000-00000000e601', 1, '00000000-0000-4000-8000-00000000b604', 'KT-SET', 'Tea set', 1, 20, 20),
  ('00000000-0000-4000-8000-00000000e601', 2, '00000000-0000-4000-8000-00000000b607', 'KT-SOFT', 'Soft', 1, 20, 20);
SELECT wms_confirm_order('00000000-0000-4000-8000-00000000e601');
SELECT i.sku, r.quantity, r.status FROM inventory.stock_reservations r JOIN sales.order_items i ON i.id = r.reference_line_id WHERE i.order_id = '00000000-0000-4000-8000-00000000e601' ORDER BY 1, 2;
SELECT * FROM wms_verify();
ROLLBACK;
