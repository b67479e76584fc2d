-- Whoever goes around the commands: an order that is inserted is an import, what is binding in an order
-- is refused.  Transactions are rolled back, or fail to commit; psql sets a savepoint before each statement.
\set VERBOSITY default
\set SHOW_CONTEXT never
\set ON_ERROR_ROLLBACK on
SET wms.timezone = 'Asia/Kuala_Lumpur';
BEGIN;
INSERT INTO auth.users (id, email, password_hash, first_name) VALUES
  ('00000000-0000-4000-8000-000000000001', 'guard1@example.com', 'x', 'Siti'),
  ('00000000-0000-4000-8000-000000000002', 'guard2@example.com', 'x', 'Ali');
INSERT INTO catalog.products (id, sku, name, slug) VALUES
  ('00000000-0000-4000-8000-0000000000b1', 'g-plain', 'plain', 'g-plain');
INSERT INTO agent.agents (id, user_id, agent_code) VALUES
  ('00000000-0000-4000-8000-0000000000d1', '00000000-0000-4000-8000-000000000002', 'G-1');
INSERT INTO agent.targets (agent_id, period_start, period_end) VALUES
  ('00000000-0000-4000-8000-0000000000d1', '2024-02-01', '2024-02-29'),
  ('00000000-0000-4000-8000-0000000000d1', '2024-01-01', '2024-12-31'),
  ('00000000-0000-4000-8000-0000000000d1', '2024-03-01', '2024-03-31');

CREATE ROLE wms_test_importer;
GRANT USAGE ON SCHEMA sales TO wms_test_importer;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sales TO wms_test_importer;
SET ROLE wms_test_importer;

-- an import: number, first status, no commission; it counts on the business date of its confirmation
INSERT INTO sales.orders (id, order_number, user_id, agent_id, status, subtotal, total, confirmed_at, delivered_at) VALUES
  ('00000000-0000-4000-8000-000000000101', 'OLD-101', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000d1',
   'delivered', 30, 30, '2024-02-29 15:59+00', now()),
  ('00000000-0000-4000-8000-000000000102', 'OLD-102', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000d1',
   'shipped', 12, 12, '2024-02-29 16:00+00', NULL),
  ('00000000-0000-4000-8000-000000000103', 'OLD-103', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-0000000000d1',
   'refunded', 50, 50, '2024-02-10', NULL),
  ('00000000-0000-4000-8000-000000000104', 'OLD-104', '00000000-0000-4000-8000-000000000001', NULL, 'cancelled', 70, 70, '2024-02-10', NULL),
  ('00000000-0000-4000-8000-000000000105', 'OLD-105', '00000000-0000-4000-8000-000000000002', NULL, 'pending', 20, 20, NULL, NULL),
  ('00000000-0000-4000-8000-000000000106', 'OLD-106', NULL, NULL, 'delivered', 5, 5, NULL, NULL);
UPDATE sales.orders SET cancelled_at = now() WHERE order_number = 'OLD-104';
\echo :SQLSTATE
INSERT INTO sales.orders (order_number, user_id, status, subtotal, total, confirmed_at, cancelled_at) VALUES
  (NULL, '00000000-0000-4000-8000-000000000002', 'cancelled', 70, 70, '2024-02-10', '2024-02-11'),
  ('', '00000000-0000-4000-8000-000000000002', 'pending', 70, 70, NULL, NULL),
  ('OLD-107', NULL, 'cancelled', 1, 1, NULL, '2024-02-11');
RESET ROLE;
SELECT regexp_replace(o.order_number, '^ORD-\d{8}-\d{6,}$', 'made') AS number, h.status, o.status = h.status AS same, count(*) OVER (PARTITION BY o.id)
  FROM sales.orders o JOIN sales.order_status_history h ON h.order_id = o.id
 WHERE o.user_id = ANY ('{00000000-0000-4000-8000-000000000001,00000000-0000-4000-8000-000000000002}') OR o.order_number LIKE 'OLD-%'
 ORDER BY 1, 2;
SELECT user_id, total_orders, total_spent FROM crm.customer_profiles WHERE user_id::text LIKE '00000000-0000-4000-8000-00000000000_' ORDER BY 1;
SELECT period_start, achieved_orders, achieved_amount FROM agent.targets
 WHERE agent_id = '00000000-0000-4000-8000-0000000000d1' ORDER BY 1, period_end;
SELECT count(*) FROM agent.commissions WHERE agent_id = '00000000-0000-4000-8000-0000000000d1';
SELECT * FROM wms_verify();

-- lines may follow in the transaction of the import, whatever the status; what they add up to is checked
SET ROLE wms_test_importer;
INSERT INTO sales.order_items (id, order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES
  ('00000000-0000-4000-8000-000000000201', '00000000-0000-4000-8000-000000000101', 1, '00000000-0000-4000-8000-0000000000b1', 's', 'n', 3, 3.3333, 10),
  ('00000000-0000-4000-8000-000000000202', '00000000-0000-4000-8000-000000000101', 2, '00000000-0000-4000-8000-0000000000b1', 's', 'n', 1, 20, 20),
  ('00000000-0000-4000-8000-000000000203', '00000000-0000-4000-8000-000000000105', 1, '00000000-0000-4000-8000-0000000000b1', 's', 'n', 1, 20, 20);
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE sales.order_items SET quantity = 2 WHERE id = '00000000-0000-4000-8000-000000000201';
\echo :SQLSTATE
DELETE FROM sales.order_items WHERE id = '00000000-0000-4000-8000-000000000201';
\echo :SQLSTATE
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES
  ('00000000-0000-4000-8000-000000000101', 3, '00000000-0000-4000-8000-0000000000b1', 's', 'n', 1, 1, 1);
\echo :SQLSTATE
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES
  ('00000000-0000-4000-8000-000000000102', 1, '00000000-0000-4000-8000-0000000000b1', 's', 'n', 7, 2, 12);
\echo :SQLSTATE
-- a pending import may still change, as long as it adds up
UPDATE sales.orders SET subtotal = 25, total = 25 WHERE order_number = 'OLD-105';
\echo :SQLSTATE
UPDATE sales.order_items SET unit_price = 25, total_price = 25 WHERE id = '00000000-0000-4000-8000-000000000203';
\echo :SQLSTATE
SET CONSTRAINTS ALL DEFERRED;
UPDATE sales.orders SET subtotal = 25, total = 25, agent_id = NULL WHERE order_number = 'OLD-105';
UPDATE sales.order_items SET unit_price = 25, total_price = 25 WHERE id = '00000000-0000-4000-8000-000000000203';
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE sales.order_items SET order_id = '00000000-0000-4000-8000-000000000101', line_number = 9 WHERE id = '00000000-0000-4000-8000-000000000203';
\echo :SQLSTATE

-- one that counted when it was imported, still pending, counts once when it is confirmed
RESET ROLE;
SAVEPOINT counted;
INSERT INTO sales.orders (id, order_number, user_id, status, subtotal, total, confirmed_at) VALUES
  ('00000000-0000-4000-8000-000000000109', 'OLD-109', '00000000-0000-4000-8000-000000000002', 'pending', 9, 9, '2024-02-10');
SELECT total_orders, total_spent FROM crm.customer_profiles WHERE user_id = '00000000-0000-4000-8000-000000000002';
SELECT wms_confirm_order('00000000-0000-4000-8000-000000000109');
SELECT total_orders, total_spent FROM crm.customer_profiles WHERE user_id = '00000000-0000-4000-8000-000000000002';
SELECT * FROM wms_verify();
ROLLBACK TO counted;
SET ROLE wms_test_importer;

-- status, its instants, the number, binding amounts
UPDATE sales.orders SET status = 'shipped', shipped_at = now() WHERE order_number = 'OLD-105';
\echo :SQLSTATE
UPDATE sales.orders SET status = 'pending' WHERE order_number = 'OLD-106';
\echo :SQLSTATE
UPDATE sales.orders SET status = 'confirmed' WHERE order_number = 'OLD-107';
\echo :SQLSTATE
UPDATE sales.orders SET cancelled_at = now() WHERE order_number = 'OLD-106';
\echo :SQLSTATE
UPDATE sales.orders SET delivered_at = now() WHERE order_number = 'OLD-106';
\echo :SQLSTATE
UPDATE sales.orders SET order_number = 'NEW-106' WHERE order_number = 'OLD-106';
\echo :SQLSTATE
UPDATE sales.orders SET total = 6, shipping_cost = 1 WHERE order_number = 'OLD-106';
\echo :SQLSTATE
UPDATE sales.orders SET user_id = '00000000-0000-4000-8000-000000000002' WHERE order_number = 'OLD-106';
\echo :SQLSTATE
-- free
UPDATE sales.orders SET customer_notes = 'c', admin_notes = 'a', tracking_number = 't', tracking_url = 'u', metadata = '{"a": 1}',
       shipping_address = '{}', billing_address = '{}', cancellation_reason = 'r', status = status WHERE order_number = 'OLD-106';

-- an order that holds stock
RESET ROLE;
SET LOCAL wms.guard = off;
INSERT INTO inventory.warehouses (id, code, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'G-A', 'A');
INSERT INTO inventory.stock_reservations (warehouse_id, product_id, quantity, original_quantity, reference_type, reference_id)
  VALUES ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1', 4, 4, 'order', '00000000-0000-4000-8000-000000000105');
RESET wms.guard;
SET ROLE wms_test_importer;
UPDATE sales.orders SET subtotal = 26, total = 26 WHERE order_number = 'OLD-105';
\echo :SQLSTATE
DELETE FROM sales.order_items WHERE id = '00000000-0000-4000-8000-000000000203';
\echo :SQLSTATE
UPDATE sales.order_items SET name = 'other' WHERE id = '00000000-0000-4000-8000-000000000203';
\echo :SQLSTATE

-- orders and payments stay; a completed payment is fixed
DELETE FROM sales.orders WHERE id = '00000000-0000-4000-8000-000000000105';
\echo :SQLSTATE
INSERT INTO sales.payments (id, order_id, payment_method, amount, status) VALUES
  ('00000000-0000-4000-8000-000000000301', '00000000-0000-4000-8000-000000000105', 'cash', 5, 'completed'),
  ('00000000-0000-4000-8000-000000000302', '00000000-0000-4000-8000-000000000105', 'cod', 5, 'pending');
SELECT id, paid_at BETWEEN now() AND clock_timestamp() AS stamped FROM sales.payments
 WHERE order_id = '00000000-0000-4000-8000-000000000105' ORDER BY 1;
UPDATE sales.payments SET amount = 6 WHERE id = '00000000-0000-4000-8000-000000000301';
\echo :SQLSTATE
UPDATE sales.payments SET status = 'failed' WHERE id = '00000000-0000-4000-8000-000000000301';
\echo :SQLSTATE
UPDATE sales.payments SET order_id = '00000000-0000-4000-8000-000000000106' WHERE id = '00000000-0000-4000-8000-000000000301';
\echo :SQLSTATE
UPDATE sales.payments SET amount = 6, metadata = '{}' WHERE id = '00000000-0000-4000-8000-000000000302';
UPDATE sales.payments SET metadata = '{}' WHERE id = '00000000-0000-4000-8000-000000000301';
DELETE FROM sales.payments WHERE id = '00000000-0000-4000-8000-000000000302';
\echo :SQLSTATE
RESET ROLE;

-- wms.guard = off: no first status, no totals, nothing refused
SET LOCAL wms.guard = off;
INSERT INTO sales.orders (id, order_number, user_id, status, subtotal, total, confirmed_at) VALUES
  ('00000000-0000-4000-8000-000000000108', 'OLD-108', '00000000-0000-4000-8000-000000000001', 'delivered', 9, 9, now());
UPDATE sales.orders SET status = 'pending', total = 8, discount_amount = 1 WHERE order_number = 'OLD-108';
SELECT count(*), (SELECT total_orders FROM crm.customer_profiles WHERE user_id = '00000000-0000-4000-8000-000000000001')
  FROM sales.order_status_history WHERE order_id = '00000000-0000-4000-8000-000000000108';
ROLLBACK;

-- what does not add up is not committed, and neither is what a savepoint had only put right for a while
\set ON_ERROR_ROLLBACK off
BEGIN;
INSERT INTO catalog.products (id, sku, name, slug) VALUES ('00000000-0000-4000-8000-0000000000b1', 'g-plain', 'plain', 'g-plain');
INSERT INTO sales.orders (id, order_number, status, subtotal, total) VALUES ('00000000-0000-4000-8000-000000000101', 'OLD-101', 'delivered', 30, 30);
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES
  ('00000000-0000-4000-8000-000000000101', 1, '00000000-0000-4000-8000-0000000000b1', 's', 'n', 1, 10, 10);
SAVEPOINT s;
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES
  ('00000000-0000-4000-8000-000000000101', 2, '00000000-0000-4000-8000-0000000000b1', 's', 'n', 1, 20, 20);
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK TO s;
COMMIT;
\echo :SQLSTATE
SELECT count(*) FROM sales.orders WHERE order_number = 'OLD-101';
