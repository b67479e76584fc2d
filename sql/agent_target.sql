-- Targets: active until every goal is reached, then achieved; missed when the period is over without; refunds undo it.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_ROLLBACK on
BEGIN;
-- where it is about noon, so that no day ends meanwhile
SELECT set_config('wms.timezone', 'Etc/GMT' || CASE WHEN hour < 12 THEN '-' ELSE '+' END || abs(hour - 12), true) <> '' FROM (SELECT date_part('hour', now() AT TIME ZONE 'UTC')::integer AS hour) x;
SELECT (now() AT TIME ZONE current_setting('wms.timezone'))::date AS today \gset
\set agent '\'00000000-0000-4000-8000-0000000e0001\''
INSERT INTO catalog.products (sku, name, base_price, is_stocked) VALUES ('TG-1', 'Goods', 10, false);
INSERT INTO auth.users (id, email) VALUES (:agent, 'tg@tg.example');
INSERT INTO agent.agents (id, user_id, agent_code, commission_rate) VALUES (:agent, :agent, 'TG', 10);
INSERT INTO agent.targets (agent_id, period_start, period_end, target_amount, target_orders) VALUES
 (:agent, :'today', :'today', 100, 2), (:agent, :'today'::date - 1, :'today', 100, NULL), (:agent, :'today', :'today'::date + 1, NULL, 1),
 (:agent, :'today'::date - 2, :'today', NULL, NULL), (:agent, :'today'::date - 9, :'today'::date - 1, 100, NULL), (:agent, :'today'::date - 8, :'today'::date - 1, NULL, NULL), (:agent, :'today'::date - 7, :'today'::date - 1, 0, NULL);
CREATE FUNCTION pg_temp.targets() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat_ws(' ', (t.period_start - (now() AT TIME ZONE current_setting('wms.timezone'))::date) || '..' || (t.period_end - (now() AT TIME ZONE current_setting('wms.timezone'))::date), t.achieved_amount || '/' || t.target_amount, t.achieved_orders || '/' || t.target_orders, t.status)
    FROM agent.targets t WHERE t.agent_id = '00000000-0000-4000-8000-0000000e0001' ORDER BY t.period_start, t.period_end $$;
SELECT pg_temp.targets();
CREATE FUNCTION pg_temp.sold(units integer) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  placed uuid := wms_place_order(jsonb_build_array(jsonb_build_object('sku', 'TG-1', 'quantity', units)), agent_id => '00000000-0000-4000-8000-0000000e0001');
BEGIN
  PERFORM wms_record_payment(placed, units * 10, 'cash'), wms_confirm_order(placed);
  RETURN placed;
END $$;
SELECT pg_temp.sold(9) AS o1 \gset
SELECT pg_temp.targets();
SELECT pg_temp.sold(1) AS o2 \gset
SELECT pg_temp.targets();
-- back below, by a change, a cancellation, a refund; and up again
SELECT wms_change_order(:'o1', '[{"sku": "TG-1", "quantity": 8}]');
SELECT pg_temp.targets();
SELECT wms_change_order(:'o1', '[{"sku": "TG-1", "quantity": 9}]'), wms_cancel_order(:'o2');
SELECT pg_temp.targets();
SELECT pg_temp.sold(3) AS o3 \gset
SELECT pg_temp.targets();
SELECT wms_refund_order(:'o3', 25) IS NOT NULL;
SELECT pg_temp.targets();
-- goals that change
UPDATE agent.targets SET target_amount = 95 WHERE agent_id = :agent;
SELECT pg_temp.targets();
UPDATE agent.targets SET target_amount = 96, target_orders = NULL WHERE agent_id = :agent;
SELECT pg_temp.targets();
-- the status follows, whatever is written there
UPDATE agent.targets SET status = 'achieved' WHERE agent_id = :agent;
SELECT pg_temp.targets();
UPDATE agent.targets SET status = 'sold' WHERE agent_id = :agent;
\echo :SQLSTATE
UPDATE agent.targets SET achieved_amount = 1000 WHERE agent_id = :agent;
\echo :SQLSTATE
-- a period that ended: an order of then counts, a refund of now does too
INSERT INTO sales.orders (agent_id, status, subtotal, total, confirmed_at) VALUES (:agent, 'delivered', 96, 96, ((:'today'::date)::timestamp - interval '1 second') AT TIME ZONE current_setting('wms.timezone')) RETURNING id AS o4 \gset
SELECT pg_temp.targets();
SELECT wms_record_payment(:'o4', 96, 'cash') IS NOT NULL, wms_refund_order(:'o4', 1) IS NOT NULL;
SELECT pg_temp.targets();
-- what only the calendar ends, maintenance does: as if it were still active
SET LOCAL wms.guard = off;
UPDATE agent.targets SET status = 'active' WHERE agent_id = :agent;
RESET wms.guard;
SELECT * FROM wms_maintain() WHERE task = 'targets';
SELECT pg_temp.targets();
SELECT * FROM wms_maintain() WHERE task = 'targets';
SELECT * FROM wms_verify();
ROLLBACK;

-- midnight comes twice where the clock goes back over it: the day has begun with the first, and where it is skipped with what follows
BEGIN;
\set agent '\'00000000-0000-4000-8000-0000000e0001\''
INSERT INTO auth.users (id, email) VALUES (:agent, 'tg@tg.example');
INSERT INTO agent.agents (id, user_id, agent_code, commission_rate) VALUES (:agent, :agent, 'TG', 10);
CREATE FUNCTION pg_temp.sums() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat_ws(' ', t.period_start, t.period_end, t.achieved_amount, t.achieved_orders, t.time_zone) FROM agent.targets t WHERE t.agent_id = '00000000-0000-4000-8000-0000000e0001' ORDER BY t.period_start, t.period_end $$;
SAVEPOINT zones;
CREATE FUNCTION pg_temp.imported(worth integer, confirmed timestamptz) RETURNS uuid LANGUAGE sql AS $$
  INSERT INTO sales.orders (agent_id, status, subtotal, total, confirmed_at) VALUES ('00000000-0000-4000-8000-0000000e0001', 'delivered', worth, worth, confirmed) RETURNING id $$;
SET LOCAL wms.timezone = 'Atlantic/Azores';
INSERT INTO agent.targets (agent_id, period_start, period_end) VALUES (:agent, '2026-10-24', '2026-10-24'), (:agent, '2026-10-25', '2026-10-25');
SELECT pg_temp.imported(1, '2026-10-24 23:59:59.999999Z') IS NOT NULL, pg_temp.imported(10, '2026-10-25 00:00Z') IS NOT NULL, pg_temp.imported(100, '2026-10-25 01:30Z') IS NOT NULL;
SELECT pg_temp.imported(1000, '2026-10-25 00:30Z') AS o \gset
SELECT pg_temp.sums();
SELECT * FROM wms_verify();
-- the same when it is summed up at once, and in the report
UPDATE agent.targets SET period_start = period_start - 100, period_end = period_end - 100;
UPDATE agent.targets SET period_start = period_start + 100, period_end = period_end + 100;
SELECT pg_temp.sums();
SELECT group_key, sales FROM wms_sales_report('2026-10-24', '2026-10-24') UNION ALL SELECT group_key, sales FROM wms_sales_report('2026-10-25', '2026-10-25');
SELECT wms_record_payment(:'o', 1000, 'cash') IS NOT NULL, wms_refund_order(:'o') IS NOT NULL;
SELECT pg_temp.sums();
SELECT * FROM wms_verify();
ROLLBACK TO zones;
SET LOCAL timezone = 'UTC';
INSERT INTO sales.orders (order_number, agent_id, status, subtotal, total, confirmed_at)
SELECT d.zone || i, :agent, 'delivered', 1, 1, d.day::timestamp AT TIME ZONE 'UTC' + i * interval '30 minutes'
  FROM (VALUES ('Havana', date '2025-11-02'), ('Azores', '2025-03-30'), ('Beirut', '2025-03-30'), ('Apia', '2011-12-31')) d (zone, day), generate_series(-52, 100) i;
CREATE FUNCTION pg_temp.orders_on(zone text, day date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  PERFORM set_config('wms.timezone', zone, true);
  INSERT INTO agent.targets (agent_id, period_start, period_end) VALUES ('00000000-0000-4000-8000-0000000e0001', day, day);
  SELECT t.achieved_orders || ' = ' || (SELECT count(*) FROM sales.orders o WHERE (o.confirmed_at AT TIME ZONE zone)::date = day) INTO result
    FROM agent.targets t WHERE t.period_start = day;
  DELETE FROM agent.targets;
  RETURN result;
END $$;
SELECT zone, day, pg_temp.orders_on(zone, day) FROM (VALUES ('America/Havana', date '2025-11-01'), ('America/Havana', '2025-11-02'), ('Atlantic/Azores', '2025-03-29'), ('Atlantic/Azores', '2025-03-30'),
  ('Asia/Beirut', '2025-03-29'), ('Asia/Beirut', '2025-03-30'), ('Pacific/Apia', '2011-12-29'), ('Pacific/Apia', '2011-12-30'), ('Pacific/Apia', '2011-12-31')) d (zone, day);
ROLLBACK TO zones;

-- another zone: maintenance counts anew, and what would be less than nothing is counted anew at once
SET LOCAL wms.timezone = 'UTC';
INSERT INTO agent.targets (agent_id, period_start, period_end) VALUES (:agent, '2025-01-01', '2025-01-31'), (:agent, '2025-02-01', '2025-02-28');
INSERT INTO sales.orders (agent_id, status, subtotal, total, confirmed_at) VALUES (:agent, 'delivered', 50, 50, '2025-01-31 20:00Z') RETURNING id AS o \gset
SELECT pg_temp.sums();
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SAVEPOINT moved;
SELECT * FROM wms_verify();
SELECT * FROM wms_maintain() WHERE task = 'targets';
SELECT pg_temp.sums();
SELECT * FROM wms_verify();
SELECT * FROM wms_maintain() WHERE task = 'targets';
ROLLBACK TO moved;
SELECT wms_record_payment(:'o', 50, 'cash') IS NOT NULL, wms_refund_order(:'o', 20) IS NOT NULL;
SELECT pg_temp.sums();
SELECT * FROM wms_maintain() WHERE task = 'targets';
SELECT pg_temp.sums();
SELECT * FROM wms_verify();
ROLLBACK TO zones;

-- more than a sum holds
\set VERBOSITY default
\set SHOW_CONTEXT never
SET LOCAL wms.timezone = 'UTC';
INSERT INTO agent.targets (id, agent_id, period_start, period_end) VALUES (:agent, :agent, '2025-01-01', '2025-01-31');
INSERT INTO sales.orders (agent_id, status, subtotal, total, confirmed_at) VALUES (:agent, 'delivered', 9999999999.99, 9999999999.99, '2025-01-31');
INSERT INTO sales.orders (agent_id, status, subtotal, total, confirmed_at) VALUES (:agent, 'delivered', 0.01, 0.01, '2025-01-01');
\echo :SQLSTATE
DELETE FROM agent.targets;
INSERT INTO sales.orders (agent_id, status, subtotal, total, confirmed_at) VALUES (:agent, 'delivered', 0.01, 0.01, '2025-01-01');
INSERT INTO agent.targets (id, agent_id, period_start, period_end) VALUES (:agent, :agent, '2025-01-01', '2025-01-31');
\echo :SQLSTATE
SELECT pg_temp.sums();
ROLLBACK;
