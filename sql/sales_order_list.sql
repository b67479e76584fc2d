-- Orders newest first, by keyset. The rows are written past triggers, as a replica would; everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set ann '\'00000000-0000-4000-8000-0000000f0001\''
\set bob '\'00000000-0000-4000-8000-0000000f0002\''
\set agent '\'00000000-0000-4000-8000-0000000f0003\''
\set north '\'00000000-0000-4000-8000-0000000f0004\''
\set south '\'00000000-0000-4000-8000-0000000f0005\''

BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SET LOCAL timezone = 'America/New_York';
SET LOCAL session_replication_role = replica;
DELETE FROM sales.orders;
-- OL-1 and OL-2 lie on both sides of midnight in the shop; OL-3 to OL-6 are of one instant
INSERT INTO sales.orders (id, order_number, status, user_id, agent_id, warehouse_id, subtotal, total, created_at) VALUES
  ('00000000-0000-4000-8000-0000000f1001', 'OL-1', 'delivered', :ann, NULL, :north, 10, 10, '2026-01-31 23:59:59+08'),
  ('00000000-0000-4000-8000-0000000f1002', 'OL-2', 'cancelled', :ann, NULL, :south, 20, 20, '2026-02-01 00:00:00+08'),
  ('00000000-0000-4000-8000-0000000f1003', 'OL-3', 'pending', :ann, :agent, :north, 30, 30, '2026-02-03 12:00:00+08'),
  ('00000000-0000-4000-8000-0000000f1004', 'OL-4', 'pending', :bob, :agent, :north, 40, 40, '2026-02-03 12:00:00+08'),
  ('00000000-0000-4000-8000-0000000f1005', 'OL-5', 'pending', NULL, NULL, :south, 50, 50, '2026-02-03 12:00:00+08'),
  ('00000000-0000-4000-8000-0000000f1006', 'OL-6', 'packed', :bob, NULL, :north, 60, 60, '2026-02-03 12:00:00+08');

SELECT order_number, status, user_id, total, created_at AT TIME ZONE 'Asia/Kuala_Lumpur' AS created_at FROM wms_orders();
SELECT order_id = '00000000-0000-4000-8000-0000000f1006' AS six FROM wms_orders(max_rows => 1);

-- filters, alone and together
SELECT string_agg(order_number, ' ') AS orders FROM wms_orders(status => 'pending');
SELECT string_agg(order_number, ' ') AS orders FROM wms_orders(status => 'cancelled');
SELECT string_agg(order_number, ' ') AS orders FROM wms_orders(user_id => :ann);
SELECT string_agg(order_number, ' ') AS orders FROM wms_orders(agent_id => :agent);
SELECT string_agg(order_number, ' ') AS orders FROM wms_orders(warehouse_id => :south);
SELECT string_agg(order_number, ' ') AS orders FROM wms_orders('pending', :bob, :agent, :north);
SELECT count(*) FROM wms_orders('packed', :bob, :agent, :north);
SELECT count(*) FROM wms_orders('packed', agent_id => :agent);

-- business dates, both included
SELECT string_agg(order_number, ' ') AS orders FROM wms_orders(to_date => '2026-01-31');
SELECT string_agg(order_number, ' ') AS orders FROM wms_orders(from_date => '2026-02-01', to_date => '2026-02-01');
SELECT string_agg(order_number, ' ') AS orders FROM wms_orders(from_date => '2026-02-02');
SELECT string_agg(order_number, ' ') AS orders FROM wms_orders(user_id => :ann, to_date => '2026-02-01');
SELECT count(*) FROM wms_orders(from_date => '2026-02-03', to_date => '2026-02-02');

-- pages over one instant; what comes in meanwhile shifts nothing
SELECT string_agg(order_number, ' ') AS page_1, min(order_id::text) AS last FROM wms_orders(max_rows => 2) \gset
\echo :page_1
INSERT INTO sales.orders (id, order_number, created_at) VALUES
  ('00000000-0000-4000-8000-0000000f1007', 'OL-7', '2026-02-03 12:00:00+08'),
  ('00000000-0000-4000-8000-0000000f1000', 'OL-8', '2026-02-04 12:00:00+08');
SELECT string_agg(order_number, ' ') AS page_2 FROM wms_orders(max_rows => 2, after_id => :'last');
SELECT string_agg(order_number, ' ') AS page_3 FROM wms_orders(after_id => '00000000-0000-4000-8000-0000000f1003');
SELECT string_agg(order_number, ' ') AS of_ann FROM wms_orders(user_id => :ann, after_id => :'last');
SELECT string_agg(order_number, ' ') AS before FROM wms_orders(to_date => '2026-02-01', after_id => :'last');
SELECT string_agg(order_number, ' ') AS after FROM wms_orders(to_date => '2026-02-03', after_id => :'last', max_rows => 1);
SELECT count(*) FROM wms_orders(after_id => '00000000-0000-4000-8000-0000000f1001');
SELECT count(*) FROM wms_orders(max_rows => 0);

-- a page reads its rows of the index, however many there are
INSERT INTO sales.orders (id, order_number, status, user_id, agent_id, created_at)
SELECT md5(n::text)::uuid, 'OLX-' || n, CASE n % 2 WHEN 0 THEN 'pending' ELSE 'delivered' END, :bob,
       CASE n % 2 WHEN 0 THEN :agent::uuid END, '2026-01-01'::timestamptz + n * interval '1 minute'
  FROM generate_series(1, 2000) n;
SELECT md5('1000')::uuid AS middle \gset
SELECT pg_stat_get_xact_tuples_returned('sales.idx_orders_created_at'::regclass) AS all_before,
       pg_stat_get_xact_tuples_returned('sales.idx_orders_status'::regclass) AS open_before,
       pg_stat_get_xact_tuples_returned('sales.idx_orders_agent_id'::regclass) AS agent_before \gset
SELECT min(order_number) AS first, max(order_number) AS last, count(*) FROM wms_orders(max_rows => 3, after_id => :'middle');
SELECT min(order_number) AS first, count(*) FROM wms_orders('pending', max_rows => 3, after_id => :'middle');
SELECT min(order_number) AS first, count(*) FROM wms_orders(agent_id => :agent, max_rows => 3, after_id => :'middle');
SELECT pg_stat_get_xact_tuples_returned('sales.idx_orders_created_at'::regclass) - :all_before BETWEEN 3 AND 5 AS all_orders,
       pg_stat_get_xact_tuples_returned('sales.idx_orders_status'::regclass) - :open_before BETWEEN 3 AND 5 AS open_orders,
       pg_stat_get_xact_tuples_returned('sales.idx_orders_agent_id'::regclass) - :agent_before BETWEEN 3 AND 5 AS of_agent;

SELECT * FROM wms_orders('sent');
\echo :SQLSTATE
SELECT * FROM wms_orders('');
\echo :SQLSTATE
SELECT * FROM wms_orders(max_rows => -1);
\echo :SQLSTATE
SELECT * FROM wms_orders(max_rows => NULL);
\echo :SQLSTATE
SELECT * FROM wms_orders(from_date => '-infinity');
\echo :SQLSTATE
SELECT * FROM wms_orders(after_id => '00000000-0000-4000-8000-0000000fffff');
\echo :SQLSTATE

-- it reads as the caller
CREATE ROLE regress_wms_visitor;
SET LOCAL ROLE regress_wms_visitor;
SELECT * FROM wms_orders();
\echo :SQLSTATE
ROLLBACK;
