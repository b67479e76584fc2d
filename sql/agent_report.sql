-- Tree, balance and performance of agents.
\set VERBOSITY default
\set SHOW_CONTEXT never
\pset format unaligned
\set ON_ERROR_ROLLBACK on
BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
CREATE FUNCTION pg_temp.id(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('00000000-0000-4000-8000-0000000f0' || lpad(n::text, 3, '0'))::uuid $$;
INSERT INTO auth.users (id, email) SELECT pg_temp.id(n), 'ar' || n || '@ar.example' FROM generate_series(1, 6) n;
INSERT INTO agent.agents (id, user_id, agent_code, parent_agent_id, tier, commission_rate)
VALUES (pg_temp.id(1), pg_temp.id(1), 'AR-1', NULL, 'gold', 2), (pg_temp.id(2), pg_temp.id(2), 'AR-2', pg_temp.id(1), 'silver', 5), (pg_temp.id(4), pg_temp.id(4), 'AR-4', pg_temp.id(2), 'bronze', 10),
       (pg_temp.id(3), pg_temp.id(3), 'AR-3', pg_temp.id(1), 'bronze', NULL), (pg_temp.id(5), pg_temp.id(5), 'AR-5', pg_temp.id(3), 'bronze', NULL), (pg_temp.id(6), pg_temp.id(6), 'AR-6', NULL, 'diamond', NULL);
DELETE FROM agent.override_rates;
INSERT INTO agent.override_rates (tier, level, rate) VALUES ('silver', 1, 2), ('gold', 2, 1);

-- below him, level by level; those who do not sell any more still have those below them
UPDATE agent.agents SET deleted_at = now() WHERE agent_code = 'AR-3';
SELECT agent_code, (SELECT p.agent_code FROM agent.agents p WHERE p.id = t.parent_agent_id) AS parent, tier, depth FROM wms_agent_tree(pg_temp.id(1)) t;
SELECT agent_code, depth FROM wms_agent_tree(pg_temp.id(2));
SELECT agent_code, depth FROM wms_agent_tree(pg_temp.id(6));
-- moving an agent moves those below him
UPDATE agent.agents SET parent_agent_id = pg_temp.id(6) WHERE agent_code = 'AR-2';
SELECT agent_code, depth FROM wms_agent_tree(pg_temp.id(6));
SELECT agent_code, depth FROM wms_agent_tree(pg_temp.id(1));
UPDATE agent.agents SET parent_agent_id = pg_temp.id(1) WHERE agent_code = 'AR-2';
-- no cycle at any depth; one that got in all the same does not trap anybody
UPDATE agent.agents SET parent_agent_id = pg_temp.id(4) WHERE agent_code = 'AR-1';
\echo :SQLSTATE
UPDATE agent.agents SET parent_agent_id = id WHERE agent_code = 'AR-6';
\echo :SQLSTATE
SAVEPOINT cycle;
SET LOCAL session_replication_role = replica;
UPDATE agent.agents SET parent_agent_id = pg_temp.id(4) WHERE agent_code = 'AR-1';
SELECT agent_code, depth FROM wms_agent_tree(pg_temp.id(2));
ROLLBACK TO cycle;

-- 4 sold on three days: the 31st ends at midnight of the business
INSERT INTO sales.orders (id, order_number, agent_id, status, subtotal, total, confirmed_at, cancelled_at) VALUES
 (pg_temp.id(101), 'AR-101', pg_temp.id(4), 'delivered', 100, 100, '2025-01-31 23:59:59.999+08', NULL), (pg_temp.id(102), 'AR-102', pg_temp.id(4), 'confirmed', 200, 200, '2025-02-01 00:00+08', NULL),
 (pg_temp.id(103), 'AR-103', pg_temp.id(4), 'cancelled', 400, 400, '2025-01-10 12:00+08', '2025-01-11 12:00+08'), (pg_temp.id(104), 'AR-104', pg_temp.id(2), 'delivered', 1000, 1000, '2025-01-01 00:00+08', NULL),
 (pg_temp.id(105), 'AR-105', pg_temp.id(4), 'delivered', 50, 50, '2024-12-31 23:59+08', NULL);
SELECT n, wms_calculate_commission(pg_temp.id(n)) FROM generate_series(101, 105) n;
SELECT 'AR-' || n AS agent, b.* FROM unnest(ARRAY[1, 2, 4, 6]) n, LATERAL wms_agent_balance(pg_temp.id(n)) b;
SELECT 'AR-' || n AS agent, p.* FROM unnest(ARRAY[1, 2, 4, 6]) n, LATERAL wms_agent_performance(pg_temp.id(n), '2025-01-01', '2025-01-31') p;
SELECT * FROM wms_agent_performance(pg_temp.id(4), '2025-02-01', '2025-02-01');
SELECT * FROM wms_agent_performance(pg_temp.id(4), '2025-02-02', '2025-02-01');
-- a refund reduces the day of its order, also one of money alone; one that returns an overpayment does not
SELECT wms_record_payment(pg_temp.id(101), 110, 'cash') IS NOT NULL AS paid, wms_refund_order(pg_temp.id(101), 10) IS NOT NULL AS overpaid, wms_refund_order(pg_temp.id(101), 30) IS NOT NULL AS part;
SELECT * FROM wms_agent_performance(pg_temp.id(4), '2025-01-31', '2025-01-31');
SELECT amount FROM wms_create_payouts('2025-01-31') ORDER BY 1;
SELECT 'AR-' || n AS agent, b.* FROM unnest(ARRAY[1, 2, 4]) n, LATERAL wms_agent_balance(pg_temp.id(n)) b;
SELECT wms_complete_payout(p.id) FROM agent.payouts p;
SELECT wms_refund_order(pg_temp.id(101)) IS NOT NULL AS rest;
SELECT * FROM wms_agent_performance(pg_temp.id(4), '2025-01-31', '2025-01-31');
SELECT 'AR-' || n AS agent, b.* FROM unnest(ARRAY[1, 2, 4]) n, LATERAL wms_agent_balance(pg_temp.id(n)) b;
-- all of it over all days
SELECT * FROM wms_agent_performance(pg_temp.id(4), '0001-01-01', '9999-12-31');

SELECT * FROM wms_agent_tree(pg_temp.id(999));
\echo :SQLSTATE
SELECT * FROM wms_agent_tree(NULL);
\echo :SQLSTATE
SELECT * FROM wms_agent_balance(pg_temp.id(999));
\echo :SQLSTATE
SELECT * FROM wms_agent_performance(pg_temp.id(999), '2025-01-01', '2025-01-31');
\echo :SQLSTATE
SELECT * FROM wms_agent_performance(pg_temp.id(4), NULL, '2025-01-31');
\echo :SQLSTATE
SELECT * FROM wms_agent_performance(pg_temp.id(4), '2025-01-01', 'infinity');
\echo :SQLSTATE
-- as the caller
CREATE ROLE regress_wms_reader;
SET LOCAL ROLE regress_wms_reader;
SELECT * FROM wms_agent_balance('00000000-0000-4000-8000-0000000f0001');
\echo :SQLSTATE
SELECT wms_create_payout('00000000-0000-4000-8000-0000000f0001');
\echo :SQLSTATE
ROLLBACK;
