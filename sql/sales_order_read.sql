-- One order as a whole. The rows are written past triggers, as a replica would; everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set order '\'00000000-0000-4000-8000-00000000ee01\''
\set line1 '\'00000000-0000-4000-8000-00000000ee11\''
\set line2 '\'00000000-0000-4000-8000-00000000ee12\''
\set bare '\'00000000-0000-4000-8000-00000000ee02\''
\set product '\'00000000-0000-4000-8000-00000000bb21\''
\set warehouse '\'00000000-0000-4000-8000-00000000aa21\''

SELECT * FROM wms_order_transitions();

BEGIN;
SET LOCAL session_replication_role = replica;
SET LOCAL timezone = 'UTC';
INSERT INTO inventory.warehouses (id, code, name) VALUES (:warehouse, 'OR-1', 'Main');
INSERT INTO catalog.products (id, sku, name, slug) VALUES (:product, 'OR-1', 'Tea', 'or-1');
INSERT INTO sales.orders (id, order_number, guest_email, status, subtotal, shipping_cost, total, admin_notes, warehouse_id, created_at, updated_at)
VALUES (:order, 'ORD-20260101-000001', 'ann@example.com', 'confirmed', 90, 10, 100, 'friend of the house', :warehouse, '2026-01-01', '2026-01-01'),
       (:bare, 'ORD-20260101-000002', NULL, 'pending', 0, 0, 0, NULL, NULL, '2026-01-01', '2026-01-01');
INSERT INTO sales.order_items (id, order_id, line_number, product_id, sku, name, quantity, unit_price, unit_cost, total_price, created_at) VALUES
  (:line2, :order, 2, :product, 'OR-1', 'Tea', 1, 30, 9, 30, '2026-01-01'), (:line1, :order, 1, :product, 'OR-1', 'Tea', 2, 30, 9, 60, '2026-01-01');
INSERT INTO sales.payments (id, order_id, payment_method, amount, status, paid_at, created_at, updated_at) VALUES
  ('00000000-0000-4000-8000-00000000ee22', :order, 'cash', 500, 'pending', NULL, '2026-01-03', '2026-01-03'),
  ('00000000-0000-4000-8000-00000000ee21', :order, 'cash', 120, 'refunded', '2026-01-02', '2026-01-02', '2026-01-02');
INSERT INTO inventory.stock_reservations (id, warehouse_id, product_id, quantity, original_quantity, reference_type, reference_id, reference_line_id, created_at) VALUES
  ('00000000-0000-4000-8000-00000000ee32', :warehouse, :product, 1, 1, 'order', :order, :line2, '2026-01-02'),
  ('00000000-0000-4000-8000-00000000ee31', :warehouse, :product, 2, 2, 'order', :order, :line1, '2026-01-01'),
  ('00000000-0000-4000-8000-00000000ee33', :warehouse, :product, 7, 7, 'cart', :order, NULL, '2026-01-01');
INSERT INTO sales.order_status_history (id, order_id, status, created_at) VALUES
  ('00000000-0000-4000-8000-00000000ee42', :order, 'confirmed', '2026-01-02'),
  ('00000000-0000-4000-8000-00000000ee41', :order, 'pending', '2026-01-01');

-- what is owed: nothing more once it is paid, less than nothing where too much was paid, and so after refunds
SELECT * FROM wms_order_balance(:order);
INSERT INTO sales.refunds (id, refund_number, order_id, amount, overpaid_amount, created_at)
VALUES ('00000000-0000-4000-8000-00000000ee51', 'RFD-1', :order, 20, 20, '2026-01-04');
SELECT * FROM wms_order_balance(:order);
INSERT INTO sales.refunds (id, refund_number, order_id, amount, created_at)
VALUES ('00000000-0000-4000-8000-00000000ee52', 'RFD-2', :order, 30, '2026-01-05');
INSERT INTO sales.refund_items (id, refund_id, order_id, order_item_id, quantity, amount) VALUES
  ('00000000-0000-4000-8000-00000000ee61', '00000000-0000-4000-8000-00000000ee52', :order, :line2, 0, 10),
  ('00000000-0000-4000-8000-00000000ee62', '00000000-0000-4000-8000-00000000ee52', :order, :line1, 1, 20);
SELECT * FROM wms_order_balance(:order);
SELECT * FROM wms_order_balance(:bare);

-- the whole of it
SELECT jsonb_pretty(wms_order(:order));
SELECT array_agg(line ->> 'line_number') AS lines FROM jsonb_array_elements(wms_order(:order) -> 'lines') line;
SELECT jsonb_path_query_array(wms_order(:bare), '$.lines.size()') AS lines, wms_order(:bare) -> 'payments' AS payments,
  wms_order(:bare) -> 'refunds' AS refunds, wms_order(:bare) -> 'holds' AS holds, wms_order(:bare) -> 'history' AS history;
-- every column that is wms's own is there
SELECT attname FROM pg_attribute
 WHERE attrelid = 'sales.orders'::regclass AND attnum > 0 AND NOT attisdropped AND NOT wms_order(:order) ? attname;

-- nothing is due on what was cancelled or refunded, only to be given back
UPDATE sales.orders SET status = 'cancelled' WHERE id = :order;
SELECT * FROM wms_order_balance(:order);
UPDATE sales.orders SET status = 'refunded' WHERE id = :order;
SELECT * FROM wms_order_balance(:order);
UPDATE sales.payments SET paid_at = NULL WHERE order_id = :order;
SELECT * FROM wms_order_balance(:order);
UPDATE sales.orders SET status = 'delivered' WHERE id = :order;
SELECT * FROM wms_order_balance(:order);

-- what is not there, or not for the caller to see
SELECT wms_order('00000000-0000-4000-8000-00000000ffff');
\echo :SQLSTATE
SELECT * FROM wms_order_balance('00000000-0000-4000-8000-00000000ffff');
\echo :SQLSTATE
SELECT wms_order(NULL);
\echo :SQLSTATE
CREATE ROLE regress_wms_stranger;
GRANT USAGE ON SCHEMA sales, inventory TO regress_wms_stranger;
GRANT SELECT ON sales.payments, sales.refunds, sales.refund_items, sales.order_status_history, inventory.stock_reservations TO regress_wms_stranger;
-- who may not read notes and costs gets the rest
SELECT format('GRANT SELECT (%s) ON %s TO regress_wms_stranger', string_agg(quote_ident(attname), ', '), attrelid::regclass)
  FROM pg_attribute
 WHERE attrelid IN ('sales.orders'::regclass, 'sales.order_items'::regclass) AND attnum > 0 AND NOT attisdropped
   AND attname NOT IN ('admin_notes', 'unit_cost')
 GROUP BY attrelid \gexec
SET LOCAL ROLE regress_wms_stranger;
SELECT o ->> 'order_number' AS order_number, o ? 'admin_notes' AS notes, o -> 'lines' -> 0 ? 'unit_cost' AS cost,
  o -> 'lines' -> 0 ->> 'unit_price' AS price
  FROM wms_order(:order) o;
-- an order that row level security hides is one that is not there
RESET ROLE;
ALTER TABLE sales.orders ENABLE ROW LEVEL SECURITY;
SET LOCAL ROLE regress_wms_stranger;
SELECT wms_order(:order);
\echo :SQLSTATE
SELECT * FROM wms_order_balance(:order);
\echo :SQLSTATE
ROLLBACK;
