-- Targets are computed; commissions and payouts are changed by commands only.
\set VERBOSITY default
SET wms.timezone = 'Asia/Kuala_Lumpur';
BEGIN;
INSERT INTO auth.users (id, email)
SELECT ('f0000000-0000-0000-0000-00000000000' || n)::uuid, 'agent' || n || '@example.com' FROM generate_series(1, 2) AS n;
INSERT INTO agent.agents (id, user_id, agent_code)
SELECT ('f1000000-0000-0000-0000-00000000000' || n)::uuid, ('f0000000-0000-0000-0000-00000000000' || n)::uuid, 'GUARD-' || n
  FROM generate_series(1, 2) AS n;

-- the day is that of the business, the last one included: 23:59:59 of the 31st counts, midnight does not
INSERT INTO sales.orders (order_number, agent_id, status, subtotal, total, confirmed_at, cancelled_at)
VALUES ('T-1', 'f1000000-0000-0000-0000-000000000001', 'confirmed', 100, 100, '2025-01-01 00:00:00+08', NULL),
       ('T-2', 'f1000000-0000-0000-0000-000000000001', 'shipped', 10, 10, '2025-01-31 23:59:59.999999+08', NULL),
       ('T-3', 'f1000000-0000-0000-0000-000000000001', 'confirmed', 1000, 1000, '2025-02-01 00:00:00+08', NULL),
       ('T-4', 'f1000000-0000-0000-0000-000000000001', 'confirmed', 1000, 1000, '2024-12-31 23:59:59+08', NULL),
       ('T-5', 'f1000000-0000-0000-0000-000000000001', 'cancelled', 500, 500, '2025-01-10 12:00+08', '2025-01-11 12:00+08'),
       ('T-6', 'f1000000-0000-0000-0000-000000000001', 'refunded', 70, 70, '2025-01-10 12:00+08', NULL),
       ('T-7', 'f1000000-0000-0000-0000-000000000001', 'delivered', 40, 40, '2025-01-12 12:00+08', NULL),
       ('T-8', 'f1000000-0000-0000-0000-000000000002', 'delivered', 3, 3, '2025-01-12 12:00+08', NULL);
SET LOCAL wms.guard = off;
INSERT INTO sales.refunds (refund_number, order_id, amount, overpaid_amount)
SELECT 'T-1', id, 25, 10 FROM sales.orders WHERE order_number = 'T-7';
SET LOCAL wms.guard = on;
INSERT INTO agent.targets (id, agent_id, period_start, period_end, target_amount)
VALUES ('f2000000-0000-0000-0000-000000000001', 'f1000000-0000-0000-0000-000000000001', '2025-01-01', '2025-01-31', 500);
CREATE VIEW pg_temp.achieved AS
SELECT period_start, period_end, achieved_orders, achieved_amount FROM agent.targets
 WHERE id = 'f2000000-0000-0000-0000-000000000001';
SELECT * FROM pg_temp.achieved;
UPDATE agent.targets SET period_end = '2025-02-01'
 WHERE id = 'f2000000-0000-0000-0000-000000000001';
SELECT * FROM pg_temp.achieved;
UPDATE agent.targets SET period_start = '-infinity', period_end = 'infinity'
 WHERE id = 'f2000000-0000-0000-0000-000000000001';
SELECT * FROM pg_temp.achieved;
UPDATE agent.targets SET agent_id = 'f1000000-0000-0000-0000-000000000002', target_amount = 1, status = 'achieved'
 WHERE id = 'f2000000-0000-0000-0000-000000000001';
SELECT * FROM pg_temp.achieved;

-- what is achieved cannot be written, nor moved and written at once
SAVEPOINT s;
UPDATE agent.targets SET achieved_amount = 10000
 WHERE id = 'f2000000-0000-0000-0000-000000000001';
\echo :SQLSTATE
ROLLBACK TO s;
UPDATE agent.targets SET period_start = '2025-01-01', achieved_orders = 9
 WHERE id = 'f2000000-0000-0000-0000-000000000001';
\echo :SQLSTATE
ROLLBACK TO s;
INSERT INTO agent.targets (id, agent_id, period_start, period_end, achieved_orders)
VALUES ('f2000000-0000-0000-0000-000000000002', 'f1000000-0000-0000-0000-000000000001', '2025-01-01', '2025-01-31', 1);
\echo :SQLSTATE
ROLLBACK TO s;

-- commissions
SET LOCAL wms.guard = off;
INSERT INTO agent.payouts (id, agent_id, payout_number, amount)
VALUES ('f3000000-0000-0000-0000-000000000001', 'f1000000-0000-0000-0000-000000000001', 'GUARD-1', 10);
INSERT INTO agent.commissions (id, agent_id, order_id, order_total, commission_rate, commission_amount)
SELECT 'f4000000-0000-0000-0000-000000000001', agent_id, id, 100, 10, 10 FROM sales.orders WHERE order_number = 'T-1';
SET LOCAL wms.guard = on;
SAVEPOINT s;
INSERT INTO agent.commissions (id, agent_id, order_id, order_total, commission_rate, commission_amount)
SELECT 'f4000000-0000-0000-0000-000000000002', agent_id, id, 100, 10, 10 FROM sales.orders WHERE order_number = 'T-2';
\echo :SQLSTATE
ROLLBACK TO s;
UPDATE agent.commissions SET status = 'paid' WHERE id = 'f4000000-0000-0000-0000-000000000001';
\echo :SQLSTATE
ROLLBACK TO s;
UPDATE agent.commissions SET payout_id = 'f3000000-0000-0000-0000-000000000001' WHERE id = 'f4000000-0000-0000-0000-000000000001';
\echo :SQLSTATE
ROLLBACK TO s;
DELETE FROM agent.commissions WHERE id = 'f4000000-0000-0000-0000-000000000001';
\echo :SQLSTATE
ROLLBACK TO s;
TRUNCATE agent.commissions;
\echo :SQLSTATE
ROLLBACK TO s;

-- payouts: the notes are free, and so is a column the user has added
UPDATE agent.payouts SET notes = 'bank holiday' WHERE payout_number = 'GUARD-1';
ALTER TABLE agent.payouts ADD COLUMN checked_by text;
UPDATE agent.payouts SET checked_by = 'me' WHERE payout_number = 'GUARD-1';
SAVEPOINT s;
UPDATE agent.payouts SET amount = 11 WHERE payout_number = 'GUARD-1';
\echo :SQLSTATE
ROLLBACK TO s;
UPDATE agent.payouts SET status = 'completed', notes = 'x' WHERE payout_number = 'GUARD-1';
\echo :SQLSTATE
ROLLBACK TO s;
INSERT INTO agent.payouts (id, agent_id, payout_number, amount)
VALUES ('f3000000-0000-0000-0000-000000000002', 'f1000000-0000-0000-0000-000000000001', 'GUARD-2', 10);
\echo :SQLSTATE
ROLLBACK TO s;
DELETE FROM agent.payouts WHERE payout_number = 'GUARD-1';
\echo :SQLSTATE
ROLLBACK TO s;
TRUNCATE agent.payouts CASCADE;
\echo :SQLSTATE
ROLLBACK TO s;

-- agents and rates are master data
INSERT INTO agent.override_rates (tier, level, rate) VALUES ('gold', 77, 5);
UPDATE agent.override_rates SET rate = 6 WHERE level = 77;
DELETE FROM agent.override_rates WHERE level = 77;
UPDATE agent.agents SET tier = 'gold', commission_rate = 12 WHERE agent_code = 'GUARD-1';
ROLLBACK;
RESET wms.timezone;
SELECT wms_compute_target();
\echo :SQLSTATE
