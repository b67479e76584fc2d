-- Payouts: everything approved and unpaid up to a day, debts netted, once; completed it is paid, failed it can be paid again.
\set VERBOSITY default
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_ROLLBACK on
BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
CREATE FUNCTION pg_temp.id(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('00000000-0000-4000-8000-0000000d0' || lpad(n::text, 3, '0'))::uuid $$;
INSERT INTO catalog.products (sku, name, base_price, is_stocked) VALUES ('PO-1', 'Goods', 1, false);
INSERT INTO auth.users (id, email) SELECT pg_temp.id(n), 'po' || n || '@po.example' FROM generate_series(0, 4) n;
INSERT INTO agent.agents (id, user_id, agent_code, parent_agent_id, commission_rate, bank_name, bank_account)
SELECT pg_temp.id(n), pg_temp.id(n), 'PO-' || n, CASE WHEN n = 2 THEN pg_temp.id(1) END, 10, 'Bank ' || n, '00' || n FROM generate_series(1, 4) n;
DELETE FROM agent.override_rates;
INSERT INTO agent.override_rates (tier, level, rate) VALUES ('bronze', 1, 1);
-- sold and delivered; the day it was confirmed is that of the business, 23:59:59 of the 31st there is the 31st
CREATE FUNCTION pg_temp.sold(units integer, seller integer) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  placed uuid := wms_place_order(jsonb_build_array(jsonb_build_object('sku', 'PO-1', 'quantity', units)), pg_temp.id(0), agent_id => pg_temp.id(seller));
BEGIN
  PERFORM wms_record_payment(placed, units, 'cash');
  PERFORM wms_confirm_order(placed), wms_process_order(placed), wms_pack_order(placed), wms_ship_order(placed), wms_deliver_order(placed);
  RETURN placed;
END $$;
CREATE FUNCTION pg_temp.imported(units integer, seller integer, confirmed timestamptz) RETURNS numeric LANGUAGE sql AS $$
  WITH o AS (INSERT INTO sales.orders (agent_id, status, subtotal, total, confirmed_at) VALUES (pg_temp.id(seller), 'delivered', units, units, confirmed) RETURNING id) SELECT wms_calculate_commission(id) FROM o $$;
CREATE FUNCTION pg_temp.row_of(payout uuid) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', a.agent_code, p.amount, p.payment_method, p.bank_name, p.bank_account, p.status, p.processed_at IS NOT NULL, p.notes, (SELECT count(*) || ' rows ' || coalesce(string_agg(DISTINCT c.status || ' ' || (c.paid_at IS NOT NULL), ', '), '') FROM agent.commissions c WHERE c.payout_id = p.id))
    FROM agent.payouts p JOIN agent.agents a ON a.id = p.agent_id WHERE p.id = payout $$;
CREATE FUNCTION pg_temp.balances() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT a.agent_code || ' ' || b FROM agent.agents a CROSS JOIN LATERAL wms_agent_balance(a.id) b ORDER BY 1 $$;
SAVEPOINT fresh;

-- nothing yet: pending is not approved
SELECT wms_place_order('[{"sku": "PO-1", "quantity": 100}]', agent_id => pg_temp.id(1)) AS o \gset
SELECT wms_confirm_order(:'o');
SELECT wms_create_payout(pg_temp.id(1));
\echo :SQLSTATE
SELECT * FROM wms_create_payouts();
SELECT pg_temp.balances();

-- his bank, or another for once; a number; the rows
SELECT pg_temp.sold(100, 2) AS o2 \gset
SELECT pg_temp.sold(55, 2) AS o3 \gset
SELECT pg_temp.balances();
SELECT wms_create_payout(pg_temp.id(2), 'bank_transfer', 'May', NULL, NULL, '777', 'key-1') AS p \gset
SELECT pg_temp.row_of(:'p');
SELECT payout_number ~ ('^PAY-' || to_char(created_at AT TIME ZONE 'Asia/Kuala_Lumpur', 'YYYYMMDD') || '-\d{6}$') FROM agent.payouts WHERE id = :'p';
-- once: by the key, and without it
SELECT wms_create_payout(pg_temp.id(2), 'bank_transfer', 'May', NULL, NULL, '777', 'key-1') = :'p';
SELECT wms_create_payout(pg_temp.id(2), 'bank_transfer', 'June', NULL, NULL, '777', 'key-1');
\echo :SQLSTATE
SELECT wms_create_payout(pg_temp.id(2));
\echo :SQLSTATE
SELECT pg_temp.balances();
-- the other one, whom he earns for, in the run over all
SELECT p.amount, pg_temp.row_of(p.payout_id) FROM wms_create_payouts() p;
SELECT * FROM wms_verify();

-- pending, processing, completed; what is reached is reached
SELECT wms_process_payout(:'p'), wms_process_payout(:'p'), pg_temp.row_of(:'p');
SELECT wms_complete_payout(:'p'), wms_complete_payout(:'p'), pg_temp.row_of(:'p');
\set VERBOSITY sqlstate
SELECT wms_process_payout(:'p');
SELECT wms_fail_payout(:'p', 'no');
\set VERBOSITY default
SELECT pg_temp.balances();
-- paid: refunds are a debt, which the next payout nets
SELECT wms_refund_order(:'o3') IS NOT NULL;
SELECT pg_temp.balances();
SELECT wms_create_payout(pg_temp.id(2));
\echo :SQLSTATE
SELECT p.amount, pg_temp.row_of(p.payout_id) FROM wms_create_payouts() p;
SELECT pg_temp.sold(55, 2) AS o4 \gset
SELECT wms_create_payout(pg_temp.id(2));
\echo :SQLSTATE
SELECT pg_temp.sold(1, 2) AS o5 \gset
SELECT wms_create_payout(pg_temp.id(2)) AS p2 \gset
SELECT pg_temp.row_of(:'p2');
SELECT * FROM wms_verify();

-- failed: free again; the record stays, notes are added
SELECT wms_fail_payout(:'p2', 'account closed'), wms_fail_payout(:'p2', 'again'), pg_temp.row_of(:'p2');
\set VERBOSITY sqlstate
SELECT wms_complete_payout(:'p2');
\set VERBOSITY default
SELECT pg_temp.balances();
-- a refund while it is paid out is not in it
SELECT wms_create_payout(pg_temp.id(2), notes => 'once more') AS p3 \gset
SELECT wms_refund_order(:'o5') IS NOT NULL, pg_temp.row_of(:'p3');
SELECT wms_complete_payout(:'p3'), pg_temp.row_of(:'p3');
SELECT pg_temp.balances();
SELECT sum(c.commission_amount) FROM agent.commissions c WHERE c.order_id IN (:'o3', :'o5');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- up to a day, included: by the day the order was confirmed on, its refunds with it
SELECT pg_temp.imported(1000, 3, '2025-01-31 23:59:59.999999+08'), pg_temp.imported(2000, 3, '2025-02-01 00:00+08'), pg_temp.imported(400, 3, '2024-12-31 16:00+00');
SELECT count(*) FROM wms_create_payouts('2024-12-31');
SELECT wms_create_payout(pg_temp.id(3), up_to => '2025-01-31') AS p \gset
SELECT pg_temp.row_of(:'p');
SELECT p.amount FROM wms_create_payouts('2025-02-01') p;
SELECT wms_fail_payout(payout_id) FROM agent.commissions WHERE payout_id IS NOT NULL GROUP BY payout_id;
SELECT wms_record_payment(o.id, 400, 'cash') IS NOT NULL, wms_refund_order(o.id, 100) IS NOT NULL FROM sales.orders o WHERE o.total = 400;
SELECT p.amount FROM wms_create_payouts('2025-01-31') p;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- a debt is of no day: of what was in a payout all that comes back is netted; of what was not, what comes back goes with it
SELECT pg_temp.imported(1000, 3, '2025-01-31'), pg_temp.imported(2000, 3, '2025-02-15'), pg_temp.imported(3000, 3, '2025-03-15');
SELECT p.amount FROM wms_create_payouts('2025-02-28') p;
SELECT count(wms_record_payment(o.id, o.total, 'cash')), count(wms_refund_order(o.id, 500)) FROM sales.orders o WHERE o.total IN (2000, 3000);
SELECT pg_temp.balances();
-- it waits for what is to be paid: the debt alone comes to less than nothing
SELECT wms_create_payout(pg_temp.id(3), up_to => '2025-01-31');
\echo :SQLSTATE
SELECT pg_temp.imported(800, 3, '2025-01-20');
SELECT pg_temp.row_of(wms_create_payout(pg_temp.id(3), up_to => '2025-01-31'));
-- one that is approved, but later
SELECT wms_create_payout(pg_temp.id(3), up_to => '2025-03-14');
\echo :SQLSTATE
SELECT pg_temp.row_of(wms_create_payout(pg_temp.id(3)));
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- whoever does not sell any more gets what he earned
SELECT pg_temp.sold(100, 4) AS o \gset
UPDATE agent.agents SET is_active = false, deleted_at = now() WHERE agent_code = 'PO-4';
SELECT pg_temp.row_of(wms_create_payout(pg_temp.id(4)));
ROLLBACK TO fresh;

-- more than an amount holds
SELECT pg_temp.imported(1, 3, now()) FROM generate_series(1, 12);
SET LOCAL wms.guard = off;
UPDATE agent.commissions SET order_total = 9999999999, commission_amount = 999999999 WHERE agent_id = pg_temp.id(3);
RESET wms.guard;
SELECT wms_create_payout(pg_temp.id(3));
\echo :SQLSTATE
ROLLBACK TO fresh;

-- refused
SELECT wms_create_payout(NULL);
\echo :SQLSTATE
SELECT wms_create_payout(pg_temp.id(999));
\echo :SQLSTATE
SELECT wms_create_payout(pg_temp.id(1), 'shells');
\echo :SQLSTATE
SELECT wms_create_payout(pg_temp.id(1), up_to => 'infinity');
\echo :SQLSTATE
SELECT wms_create_payout(pg_temp.id(1), up_to => '5874897-12-31');
\echo :SQLSTATE
SELECT wms_create_payout(pg_temp.id(1), idempotency_key => '');
\echo :SQLSTATE
SELECT * FROM wms_create_payouts('-infinity');
\echo :SQLSTATE
SELECT wms_process_payout(NULL);
\echo :SQLSTATE
SELECT wms_complete_payout(pg_temp.id(999));
\echo :SQLSTATE

-- direct SQL: the amount, and what it is of, are not to be written, nor anybody's commission to be paid to another
SELECT pg_temp.sold(100, 1) AS o \gset
SELECT wms_create_payout(pg_temp.id(1)) AS p \gset
\set VERBOSITY terse
UPDATE agent.payouts SET amount = amount + 1 WHERE id = :'p';
\echo :SQLSTATE
UPDATE agent.commissions SET payout_id = NULL WHERE payout_id = :'p';
\echo :SQLSTATE
UPDATE agent.commissions SET commission_amount = 11 WHERE payout_id = :'p';
\echo :SQLSTATE
COPY agent.payouts (agent_id, payout_number, amount) FROM STDIN;
00000000-0000-4000-8000-0000000d0001	X	5
\.
\echo :SQLSTATE
SET LOCAL wms.guard = off;
UPDATE agent.commissions SET agent_id = pg_temp.id(2) WHERE payout_id = :'p';
\echo :SQLSTATE
UPDATE agent.payouts SET amount = 11 WHERE id = :'p';
SELECT rule, expected, actual FROM wms_verify();
\set VERBOSITY default
ROLLBACK TO fresh;

-- a trigger of the user that meddles
SELECT pg_temp.sold(100, 1) AS o \gset
SAVEPOINT meddle;
CREATE FUNCTION pg_temp.more() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.amount := NEW.amount + 1; RETURN NEW; END';
CREATE TRIGGER more BEFORE INSERT ON agent.payouts FOR EACH ROW EXECUTE FUNCTION pg_temp.more();
SELECT wms_create_payout(pg_temp.id(1));
\echo :SQLSTATE
ROLLBACK TO meddle;
CREATE FUNCTION pg_temp.none() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER none BEFORE UPDATE ON agent.commissions FOR EACH ROW EXECUTE FUNCTION pg_temp.none();
SELECT * FROM wms_create_payouts();
\echo :SQLSTATE
DROP TRIGGER none ON agent.commissions;
SELECT wms_create_payout(pg_temp.id(1)) AS p \gset
CREATE TRIGGER none BEFORE UPDATE ON agent.commissions FOR EACH ROW EXECUTE FUNCTION pg_temp.none();
SELECT wms_complete_payout(:'p');
\echo :SQLSTATE
SELECT wms_fail_payout(:'p');
\echo :SQLSTATE
ROLLBACK;
