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
