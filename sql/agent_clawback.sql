-- Clawbacks: a negative row per refund and commission, in proportion, to the cent, and nothing left in the end.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set goods '\'00000000-0000-4000-8000-00000000be31\''
\set ann '\'00000000-0000-4000-8000-00000000de31\''
\set seller '\'00000000-0000-4000-8000-00000000de32\''
\set boss '\'00000000-0000-4000-8000-00000000de33\''
BEGIN;
INSERT INTO catalog.products (id, sku, name, base_price, is_stocked) VALUES (:goods, 'CB-1', 'Goods', 33.333333, false);
INSERT INTO auth.users (id, email) VALUES (:ann, 'ann@cb.example'), (:seller, 'seller@cb.example'), (:boss, 'boss@cb.example');
INSERT INTO agent.agents (id, user_id, agent_code, parent_agent_id, tier, commission_rate) VALUES (:boss, :boss, 'CB-B', NULL, 'gold', NULL), (:seller, :seller, 'CB-S', :boss, 'bronze', 7.77);
DELETE FROM agent.override_rates;
INSERT INTO agent.override_rates (tier, level, rate) VALUES ('gold', 1, 0.01);
INSERT INTO agent.targets (agent_id, period_start, period_end) SELECT :seller, d, d + 30 FROM (SELECT (now() AT TIME ZONE current_setting('wms.timezone'))::date - 15) x (d);
CREATE FUNCTION pg_temp.sold(way text[] DEFAULT '{confirmed,processing,packed,shipped,delivered}', price numeric DEFAULT 33.333333, paid numeric DEFAULT NULL) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  placed uuid := wms_place_order(jsonb_build_array(jsonb_build_object('sku', 'CB-1', 'quantity', 3, 'unit_price', price)), '00000000-0000-4000-8000-00000000de31', agent_id => '00000000-0000-4000-8000-00000000de32');
  step text;
BEGIN
  FOREACH step IN ARRAY way LOOP PERFORM wms_set_order_status(placed, step); END LOOP;
  PERFORM wms_record_payment(placed, coalesce(paid, total), 'cash') FROM sales.orders WHERE id = placed AND total > 0;
  RETURN placed;
END $$;
CREATE FUNCTION pg_temp.refund(placed uuid, amount numeric DEFAULT NULL, lines jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM wms_refund_order(placed, amount, lines);
  RETURN (SELECT o.status || ', profile ' || p.total_orders || ':' || p.total_spent || ', target ' || t.achieved_orders || ':' || t.achieved_amount FROM sales.orders o JOIN crm.customer_profiles p ON p.user_id = o.user_id JOIN agent.targets t ON t.agent_id = o.agent_id WHERE o.id = placed);
END $$;
CREATE FUNCTION pg_temp.earned(placed uuid) RETURNS SETOF text LANGUAGE sql AS $$
SELECT concat_ws(' ', a.agent_code, c.level, c.order_total, c.commission_rate, c.commission_amount, c.status, 'for ' || r.amount) FROM agent.commissions c JOIN agent.agents a ON a.id = c.agent_id LEFT JOIN sales.refunds r ON r.id = c.refund_id
 WHERE c.order_id = placed ORDER BY c.level, r.created_at NULLS FIRST $$;
CREATE FUNCTION pg_temp.net(placed uuid) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(x.level || ':' || x.net, ' ' ORDER BY x.level) FROM (SELECT c.level, sum(c.commission_amount) AS net FROM agent.commissions c WHERE c.order_id = placed AND c.status <> 'cancelled' GROUP BY c.level) x $$;
SAVEPOINT fresh;

-- 7.77 of 100 in three parts: 2.59 each, the last takes the rest; a cent of the boss goes when half of it is due; no row of nothing
SELECT pg_temp.sold() AS id \gset
SELECT * FROM pg_temp.earned(:'id');
SELECT pg_temp.refund(:'id', NULL, '[{"sku": "CB-1", "quantity": 1}]');
SELECT pg_temp.refund(:'id', NULL, '[{"sku": "CB-1", "quantity": 1}]');
SELECT * FROM pg_temp.earned(:'id');
SELECT pg_temp.refund(:'id', NULL, '[{"sku": "CB-1", "quantity": 1}]');
SELECT * FROM pg_temp.earned(:'id');
SELECT pg_temp.net(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- parts that round up: never more than was earned
SELECT pg_temp.sold(price => 0.1) AS id \gset
SELECT * FROM pg_temp.earned(:'id');
SELECT string_agg(pg_temp.refund(:'id', 0.05), '; ') FROM generate_series(1, 6);
SELECT * FROM pg_temp.earned(:'id');
SELECT pg_temp.net(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- the rate is that of the order, whatever the agent's is now
SELECT pg_temp.sold() AS id \gset
UPDATE agent.agents SET commission_rate = 50, is_active = false WHERE id = :seller;
SELECT pg_temp.refund(:'id', 50);
SELECT * FROM pg_temp.earned(:'id');
-- goods back without money take nothing
SELECT pg_temp.refund(:'id', 0, '[{"sku": "CB-1", "quantity": 2}]'), pg_temp.net(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- an overpayment takes nothing
SELECT pg_temp.sold(paid => 130) AS id \gset
SELECT pg_temp.refund(:'id', 30), pg_temp.net(:'id');
SELECT pg_temp.refund(:'id', 10);
SELECT * FROM pg_temp.earned(:'id');
SELECT pg_temp.refund(:'id'), pg_temp.net(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- pending while the commission is; approved with it; on an order that is refunded before delivery nothing is left either
SELECT pg_temp.sold('{confirmed,processing,packed,shipped}') AS id \gset
SELECT pg_temp.refund(:'id', 10);
SELECT * FROM pg_temp.earned(:'id');
SELECT wms_deliver_order(:'id');
SELECT * FROM pg_temp.earned(:'id');
SELECT pg_temp.sold('{confirmed,processing,packed,shipped}') AS id \gset
SELECT pg_temp.refund(:'id');
SELECT * FROM pg_temp.earned(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- refunds before the confirmation are taken off with it
SELECT pg_temp.sold('{}') AS id \gset
SELECT pg_temp.refund(:'id', 10), pg_temp.refund(:'id', 20);
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.earned(:'id');
SELECT pg_temp.refund(:'id', 10);
SELECT * FROM pg_temp.earned(:'id');
SELECT * FROM wms_verify();
-- cancelled commissions are not clawed back
SELECT wms_cancel_order(:'id');
SELECT pg_temp.refund(:'id');
SELECT * FROM pg_temp.earned(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- paid already: a debt
SELECT pg_temp.sold() AS id \gset
SET LOCAL wms.guard = off;
INSERT INTO agent.payouts (agent_id, payout_number, amount, status) SELECT :seller, 'CB-PAY', sum(commission_amount), 'completed' FROM agent.commissions WHERE order_id = :'id' AND level = 0;
UPDATE agent.commissions SET status = 'paid', payout_id = (SELECT id FROM agent.payouts WHERE payout_number = 'CB-PAY') WHERE order_id = :'id' AND level = 0;
RESET wms.guard;
SELECT pg_temp.refund(:'id', 40);
SELECT pg_temp.refund(:'id');
SELECT * FROM pg_temp.earned(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- of the goods alone
SET LOCAL wms.commission_base = 'net';
INSERT INTO sales.shipping_methods (code, name, base_cost) VALUES ('cb-post', 'Post', 20);
SELECT wms_place_order('[{"sku": "CB-1", "quantity": 3, "unit_price": 10}]', :ann, shipping_method => 'cb-post', agent_id => :seller) AS id \gset
SELECT wms_record_payment(:'id', 50, 'cash') IS NOT NULL, wms_confirm_order(:'id'), wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT pg_temp.refund(:'id', NULL, '[{"sku": "CB-1", "quantity": 3}]');
SELECT * FROM pg_temp.earned(:'id');
SELECT pg_temp.refund(:'id');
SELECT * FROM pg_temp.earned(:'id');
SELECT * FROM wms_verify();
ROLLBACK;
