-- What was sold. The rows are written past triggers, as a replica would; everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set north '\'00000000-0000-4000-8000-0000000e0001\''
\set agent '\'00000000-0000-4000-8000-0000000e0002\''
\set tea '\'00000000-0000-4000-8000-0000000e0003\''
\set mug '\'00000000-0000-4000-8000-0000000e0004\''

BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SET LOCAL timezone = 'America/New_York';
SET LOCAL session_replication_role = replica;
DELETE FROM sales.orders;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:north, 'SR-N', 'North');
INSERT INTO agent.agents (id, user_id, agent_code) VALUES (:agent, gen_random_uuid(), 'SR-A');
INSERT INTO catalog.products (id, sku, name, slug) VALUES (:tea, 'SR-TEA', 'Tea', 'sr-tea'), (:mug, 'SR-MUG', 'Mug', 'sr-mug');
INSERT INTO catalog.categories (id, name, slug, sort_order, deleted_at) VALUES
  ('00000000-0000-4000-8000-0000000e0011', 'Zest', 'sr-z', 1, NULL), ('00000000-0000-4000-8000-0000000e0012', 'Drinks', 'sr-d', 2, NULL),
  ('00000000-0000-4000-8000-0000000e0013', 'Bar', 'sr-b', 2, NULL), ('00000000-0000-4000-8000-0000000e0014', 'Old', 'sr-o', 0, now());
-- tea: Old is deleted, Drinks and Bar tie; mug: Zest is sorted first
INSERT INTO catalog.product_categories (product_id, category_id) VALUES
  (:tea, '00000000-0000-4000-8000-0000000e0014'), (:tea, '00000000-0000-4000-8000-0000000e0012'), (:tea, '00000000-0000-4000-8000-0000000e0013'),
  (:mug, '00000000-0000-4000-8000-0000000e0013'), (:mug, '00000000-0000-4000-8000-0000000e0011');

-- SR-1 and SR-2 lie on both sides of midnight in the shop
INSERT INTO sales.orders (id, order_number, status, warehouse_id, agent_id, subtotal, discount_amount, tax_amount, shipping_cost, total, confirmed_at, cancelled_at, created_at) VALUES
  ('00000000-0000-4000-8000-0000000e1001', 'SR-1', 'delivered', :north, :agent, 100, 10, 9, 6, 105, '2026-01-31 23:59:59+08', NULL, '2026-01-15'),
  ('00000000-0000-4000-8000-0000000e1002', 'SR-2', 'confirmed', NULL, NULL, 40, 0, 4, 0, 44, '2026-02-01 00:00:00+08', NULL, '2026-01-15'),
  ('00000000-0000-4000-8000-0000000e1003', 'SR-3', 'refunded', :north, NULL, 20, 0, 0, 0, 20, '2026-02-01 10:00:00+08', NULL, '2026-02-01'),
  ('00000000-0000-4000-8000-0000000e1004', 'SR-4', 'cancelled', :north, NULL, 500, 0, 0, 0, 500, '2026-02-01 10:00:00+08', '2026-02-02', '2026-02-01'),
  ('00000000-0000-4000-8000-0000000e1005', 'SR-5', 'pending', :north, NULL, 700, 0, 0, 0, 700, NULL, NULL, '2026-02-01'),
  ('00000000-0000-4000-8000-0000000e1006', 'SR-6', 'shipped', NULL, NULL, 8, 0, 0, 0, 8, '2026-02-03 10:00:00+08', NULL, '2026-02-03');
INSERT INTO sales.order_items (id, order_id, line_number, product_id, sku, name, quantity, unit_price, unit_cost, total_price, discount_amount, tax_amount) VALUES
  ('00000000-0000-4000-8000-0000000e2001', '00000000-0000-4000-8000-0000000e1001', 1, :tea, 'x', 'x', 3, 20, 5.005, 60, 6, 5.40),
  ('00000000-0000-4000-8000-0000000e2002', '00000000-0000-4000-8000-0000000e1001', 2, :mug, 'x', 'x', 4, 10, NULL, 40, 4, 3.60),
  ('00000000-0000-4000-8000-0000000e2003', '00000000-0000-4000-8000-0000000e1002', 1, :tea, 'x', 'x', 1, 20, 5, 20, 0, 2),
  ('00000000-0000-4000-8000-0000000e2004', '00000000-0000-4000-8000-0000000e1002', 2, :tea, 'x', 'x', 1, 20, 5, 20, 0, 2),
  ('00000000-0000-4000-8000-0000000e2005', '00000000-0000-4000-8000-0000000e1003', 1, :mug, 'x', 'x', 2, 10, 4, 20, 0, 0),
  ('00000000-0000-4000-8000-0000000e2006', '00000000-0000-4000-8000-0000000e1004', 1, :mug, 'x', 'x', 50, 10, 4, 500, 0, 0),
  ('00000000-0000-4000-8000-0000000e2007', '00000000-0000-4000-8000-0000000e1005', 1, :mug, 'x', 'x', 70, 10, 4, 700, 0, 0);
-- SR-1 got 11 of tea back months later and 5 that had been overpaid, SR-3 everything; SR-6 has no lines
INSERT INTO sales.refunds (id, refund_number, order_id, amount, overpaid_amount, created_at) VALUES
  ('00000000-0000-4000-8000-0000000e3001', 'SR-R1', '00000000-0000-4000-8000-0000000e1001', 16, 5, '2026-05-05'),
  ('00000000-0000-4000-8000-0000000e3002', 'SR-R2', '00000000-0000-4000-8000-0000000e1003', 20, 0, '2026-02-02'),
  ('00000000-0000-4000-8000-0000000e3003', 'SR-R3', '00000000-0000-4000-8000-0000000e1004', 500, 0, '2026-02-02');
INSERT INTO sales.refund_items (refund_id, order_id, order_item_id, quantity, amount) VALUES
  ('00000000-0000-4000-8000-0000000e3001', '00000000-0000-4000-8000-0000000e1001', '00000000-0000-4000-8000-0000000e2001', 1, 11);

SELECT * FROM wms_sales_report('2026-01-31', '2026-02-03');
SELECT * FROM wms_sales_report('2026-02-01', '2026-02-01', 'day');
SELECT * FROM wms_sales_report('2026-01-01', '2026-12-31', 'month');
SELECT * FROM wms_sales_report('2026-01-31', '2026-02-03', 'warehouse');
SELECT * FROM wms_sales_report('2026-01-31', '2026-02-03', 'agent');
SELECT * FROM wms_sales_report('2026-01-31', '2026-02-03', 'category');
SELECT * FROM wms_sales_report('2026-01-31', '2026-02-03', 'product');
SELECT * FROM wms_sales_report('2026-03-01', '2026-03-31', 'product');
SELECT * FROM wms_sales_report('2026-02-03', '2026-01-31');

-- the columns add up to the same, whatever they are grouped by
SELECT DISTINCT sum(r.units) AS units, sum(r.sales) AS sales, sum(r.tax) AS tax, sum(r.refunds) AS refunds, sum(r.cost) AS cost
  FROM unnest(ARRAY['day', 'month', 'warehouse', 'agent', 'category', 'product']) g,
       LATERAL wms_sales_report('2026-01-31', '2026-02-03', g) r
 GROUP BY g;

SELECT * FROM wms_sales_report('2026-01-31', '2026-02-03', 'year');
\echo :SQLSTATE
SELECT * FROM wms_sales_report('2026-01-31', '2026-02-03', NULL);
\echo :SQLSTATE
SELECT * FROM wms_sales_report(NULL, '2026-02-03');
\echo :SQLSTATE
SELECT * FROM wms_sales_report('2026-01-31', 'infinity');
\echo :SQLSTATE
SELECT * FROM wms_sales_report('2026-01-31', '5874897-12-31');
\echo :SQLSTATE

-- it reads as the caller
CREATE ROLE regress_wms_visitor;
SET LOCAL ROLE regress_wms_visitor;
SELECT * FROM wms_sales_report('2026-01-31', '2026-02-03');
\echo :SQLSTATE
ROLLBACK;
