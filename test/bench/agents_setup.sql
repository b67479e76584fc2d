-- Agents, their orders, refunds and payouts at random, and what every order should earn, kept in plain SQL.
--
-- agents_earn() is for REPEATABLE READ: the tree and the rates it writes down in model are those that the command sees.
-- agents_step() does everything else.

INSERT INTO catalog.products (sku, name, base_price, is_stocked) VALUES ('p1', 'p1', 9.99, false), ('p2', 'p2', 0.07, false);
INSERT INTO auth.users (email) SELECT 'agent' || n || '@example.com' FROM generate_series(1, 12) n;
INSERT INTO agent.agents (user_id, agent_code, tier, commission_rate)
SELECT u.id, u.email, (ARRAY['bronze', 'silver', 'gold'])[1 + floor(random() * 3)::integer],
       CASE WHEN random() < 0.7 THEN round((random() * 20)::numeric, 2) END
  FROM auth.users u;
DELETE FROM agent.override_rates;
INSERT INTO agent.override_rates (tier, level, rate)
SELECT t, l, round((random() * 5)::numeric, 2) FROM unnest(ARRAY['bronze', 'silver', 'gold']) t, generate_series(0, 4) l WHERE random() < 0.8;
INSERT INTO agent.targets (agent_id, period_start, period_end, target_amount) SELECT a.id, '2000-01-01', '2099-12-31', 500 FROM agent.agents a;

CREATE TABLE model (order_id uuid, agent_id uuid, level integer, rate numeric);
CREATE UNLOGGED TABLE load_results (command text NOT NULL, state text NOT NULL, message text);

CREATE FUNCTION some_agent() RETURNS uuid LANGUAGE sql AS $$ SELECT a.id FROM agent.agents a ORDER BY random() LIMIT 1 $$;

CREATE FUNCTION some_order(VARIADIC states text[]) RETURNS uuid LANGUAGE sql AS $$
  SELECT o.id FROM sales.orders o WHERE o.status = ANY (states) ORDER BY random() LIMIT 1 $$;

-- What an order earns whom by the agents and rates as they are; rate = that of the seller, NULL = his own.  Once it earned,
-- only a seller who was inactive then may still be given a rate.
CREATE FUNCTION write_down(the_order uuid, rate numeric) RETURNS void LANGUAGE sql AS $$
  INSERT INTO model
  WITH RECURSIVE above AS (
    SELECT a.*, 0 AS level FROM sales.orders o JOIN agent.agents a ON a.id = o.agent_id WHERE o.id = the_order
    UNION ALL
    SELECT a.*, b.level + 1 FROM above b JOIN agent.agents a ON a.id = b.parent_agent_id WHERE b.level < 5)
  SELECT the_order, b.id, b.level, x.rate
    FROM above b
    LEFT JOIN agent.override_rates r ON r.tier = b.tier AND r.level = b.level
   CROSS JOIN LATERAL (SELECT CASE WHEN b.level > 0 THEN r.rate ELSE coalesce(write_down.rate, b.commission_rate, r.rate) END) x (rate)
   WHERE b.is_active AND b.deleted_at IS NULL AND x.rate > 0
     AND (NOT EXISTS (SELECT FROM model m WHERE m.order_id = the_order)
          OR b.level = 0 AND write_down.rate IS NOT NULL AND NOT EXISTS (SELECT FROM model m WHERE m.order_id = the_order AND m.level = 0)) $$;

CREATE FUNCTION try(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  INSERT INTO load_results VALUES (split_part(command, '(', 1), '00000');
EXCEPTION
  WHEN serialization_failure OR deadlock_detected THEN RAISE;
  WHEN OTHERS THEN
    INSERT INTO load_results VALUES (split_part(command, '(', 1), SQLSTATE, SQLERRM);
END $$;

CREATE FUNCTION agents_earn() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  chosen uuid := some_order('pending');
  rate numeric := CASE WHEN random() < 0.3 THEN round((random() * 30)::numeric, 2) END;
BEGIN
  IF chosen IS NULL THEN
    RETURN;
  END IF;
  IF rate IS NULL THEN
    PERFORM try(format('SELECT write_down(%L, NULL) FROM wms_confirm_order(%L)', chosen, chosen));
  ELSE
    PERFORM try(format('SELECT write_down(%L, %s) FROM wms_calculate_commission(%L, %s)', chosen, rate, chosen, rate));
  END IF;
END $$;

CREATE FUNCTION lines() RETURNS text LANGUAGE sql AS $$
  SELECT quote_literal(jsonb_agg(jsonb_build_object('sku', s, 'quantity', 1 + floor(random() * 9)::integer)))
    FROM unnest(CASE WHEN random() < 0.5 THEN ARRAY['p1'] ELSE ARRAY['p1', 'p2'] END) s $$;

CREATE FUNCTION agents_step() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  dice integer := floor(random() * 100);
  chosen uuid;
BEGIN
  CASE
    WHEN dice < 20 THEN PERFORM try(format('SELECT wms_place_order(%s, user_id => %L, agent_id => %L)', lines(),
      CASE WHEN random() < 0.5 THEN (SELECT u.id FROM auth.users u ORDER BY random() LIMIT 1) END, some_agent()));
    WHEN dice < 32 THEN PERFORM try(format('SELECT wms_record_payment(%L, %s, ''cash'')',
      some_order('pending', 'confirmed', 'shipped', 'delivered'), 1 + floor(random() * 120)));
    WHEN dice < 55 THEN
      chosen := some_order('confirmed', 'processing', 'packed', 'shipped');
      FOR i IN 1 .. 1 + floor(random() * 5)::integer LOOP
        PERFORM try(format('SELECT wms_set_order_status(%L, %L)', chosen, t.to_status))
           FROM sales.orders o JOIN wms_order_transitions() t ON t.from_status = o.status
          WHERE o.id = chosen AND t.to_status NOT IN ('cancelled', 'refunded');
      END LOOP;
    WHEN dice < 58 THEN PERFORM try(format('SELECT wms_cancel_order(%L)', some_order('pending', 'confirmed', 'processing')));
    WHEN dice < 63 THEN PERFORM try(format('SELECT wms_change_order(%L, %s)', some_order('pending', 'confirmed', 'packed'), lines()));
    WHEN dice < 76 THEN PERFORM try(format('SELECT wms_refund_order(%L, %s)', some_order('pending', 'confirmed', 'shipped', 'delivered', 'delivered', 'cancelled'),
      CASE WHEN random() < 0.6 THEN round((random() * 30)::numeric, 2)::text ELSE 'NULL' END));
    WHEN dice < 79 THEN PERFORM try(format('SELECT wms_refund_order(%L, lines => ''[{"sku": "p1", "quantity": 1}]'')', some_order('shipped', 'delivered')));
    WHEN dice < 83 THEN PERFORM try('SELECT wms_create_payouts()');
    WHEN dice < 86 THEN PERFORM try(format('SELECT wms_create_payout(%L)', some_agent()));
    WHEN dice < 92 THEN PERFORM try(format('SELECT wms_%s_payout(%L)', (ARRAY['process', 'complete', 'complete', 'fail'])[1 + floor(random() * 4)::integer],
      (SELECT p.id FROM agent.payouts p ORDER BY p.status IN ('completed', 'failed'), random() LIMIT 1)));
    WHEN dice < 96 THEN PERFORM try(format('UPDATE agent.agents SET parent_agent_id = %L WHERE id = %L',
      CASE WHEN random() < 0.9 THEN some_agent() END, some_agent()));
    WHEN dice < 98 THEN PERFORM try(format('UPDATE agent.agents SET commission_rate = %s, is_active = random() < 0.9 WHERE id = %L',
      CASE WHEN random() < 0.8 THEN round((random() * 20)::numeric, 2)::text ELSE 'NULL' END, some_agent()));
    ELSE PERFORM try(format('UPDATE agent.override_rates SET rate = %s WHERE level = %s AND tier = ''gold''', round((random() * 5)::numeric, 2), floor(random() * 5)));
  END CASE;
END $$;

-- What is not as it should be: net commissions by order, agent and level, as reckoned from orders and refunds alone.
CREATE VIEW unequal AS
WITH worth AS (
  SELECT o.id, o.total, o.status, o.cancelled_at, (SELECT coalesce(sum(r.amount - r.overpaid_amount), 0) FROM sales.refunds r WHERE r.order_id = o.id) AS refunded
    FROM sales.orders o),
expected AS (
  SELECT m.order_id, m.agent_id, m.level, m.rate,
         CASE WHEN w.cancelled_at IS NOT NULL OR w.status = 'refunded' THEN 0
              ELSE e.amount - coalesce(round(e.amount * least(w.total, w.refunded) / nullif(w.total, 0), 2), 0) END AS net
    FROM model m JOIN worth w ON w.id = m.order_id
   CROSS JOIN LATERAL (SELECT round(w.total * m.rate / 100, 2)) e (amount)),
found AS (
  SELECT c.order_id, c.agent_id, c.level, max(c.commission_rate) AS rate, coalesce(sum(c.commission_amount) FILTER (WHERE c.status <> 'cancelled'), 0) AS net,
         count(*) FILTER (WHERE c.refund_id IS NULL) AS earned
    FROM agent.commissions c GROUP BY c.order_id, c.agent_id, c.level)
SELECT order_id, agent_id, level, e.rate AS rate_expected, f.rate AS rate_found, e.net AS expected, f.net AS found
  FROM expected e FULL JOIN found f USING (order_id, agent_id, level)
 WHERE (e.rate, e.net, 1) IS DISTINCT FROM (f.rate, f.net, f.earned);
