-- A few hundred random sales, good and bad ones, against a model in plain SQL (model/): every outcome is the one the
-- model expects; orders, shares, holds, money, coupons, customers and commissions are those of the model, and
-- wms_verify() finds nothing after each step.  Another walk: psql -v seed=0.5 -v steps=2000.
\if :{?seed}
\else
\set seed 0.3
\endif
\if :{?steps}
\else
\set steps 1200
\endif
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL wms.tax_rate = '6';
SET LOCAL wms.split_orders = on;
SET LOCAL wms.order_hold = '1h';
SELECT setseed(:seed) AS seeded \gset
SELECT plan(:steps + 9);
\ir model/sales_tables.sql
\ir model/sales_price.sql
\ir model/sales_holds.sql
\ir model/sales_orders.sql
\ir model/sales_buying.sql
\ir model/sales_carts.sql
\ir model/sales_money.sql
\ir model/sales_change.sql
\ir model/sales_compare.sql

-- what there is to sell: also a fee, a kit, goods in batches, and goods that cost next to nothing
INSERT INTO inventory.warehouses (code, name, priority) VALUES ('RS-1', 'One', 1), ('RS-2', 'Two', 2);
INSERT INTO catalog.products (sku, name, base_price, is_stocked) VALUES ('RS-A', 'Apple', 3.33, true), ('RS-S', 'Shirt', 9, true), ('RS-M', 'Milk', 1.0549, true), ('RS-F', 'Fee', 0.5, false),
  ('RS-K', 'Kit', 12.9951, true), ('RS-C', 'Crumb', 0.0133, true);
INSERT INTO catalog.product_variants (product_id, sku, name, price) SELECT id, 'RS-V', 'Blue', 7.4999 FROM catalog.products WHERE sku = 'RS-S';
INSERT INTO items SELECT coalesce(v.sku, p.sku), p.id, v.id, coalesce(v.price, p.base_price) FROM catalog.products p LEFT JOIN catalog.product_variants v ON v.product_id = p.id ORDER BY 1;
INSERT INTO parts SELECT item, item, 1 FROM items WHERE item NOT IN ('RS-F', 'RS-K');
INSERT INTO parts VALUES ('RS-K', 'RS-A', 2), ('RS-K', 'RS-V', 1);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, component_variant_id, quantity)
SELECT k.product_id, c.product_id, c.variant_id, p.units FROM parts p JOIN items k ON k.item = p.item JOIN items c ON c.item = p.part WHERE p.item = 'RS-K';
INSERT INTO prices VALUES ('RS-A', NULL, 5, 3.005), ('RS-A', 'vip', 1, 3.1), ('RS-A', 'vip', 4, 2.9999), ('RS-V', 'vip', 3, 6.6667);
INSERT INTO catalog.product_prices (product_id, variant_id, customer_group, min_quantity, price) SELECT i.product_id, i.variant_id, p.grp, p.least_units, p.price FROM prices p JOIN items i USING (item);

-- who buys and who sells
INSERT INTO users SELECT n, gen_random_uuid(), e, g FROM (VALUES ('ann', 'ann@rs.example', 'regular'), ('bob', 'Bob@RS.example', 'vip'), ('cem', 'cem@rs.example', 'regular'),
  ('gus', 'gus@rs.example', 'regular'), ('lea', 'lea@rs.example', 'regular'), ('sid', 'sid@rs.example', 'regular'), ('nia', 'nia@rs.example', 'regular'), ('off', 'off@rs.example', 'regular')) x (n, e, g);
INSERT INTO auth.users (id, email) SELECT id, email FROM users;
INSERT INTO crm.customer_profiles (user_id, customer_group) SELECT id, grp FROM users WHERE grp <> 'regular';
INSERT INTO agents SELECT a, gen_random_uuid(), p, t, r, act FROM (VALUES ('GUS', NULL, 'gold', 3.5, true), ('LEA', 'GUS', 'silver', NULL, true), ('SID', 'LEA', 'bronze', 7.77, true),
  ('NIA', 'GUS', 'bronze', NULL, true), ('OFF', 'LEA', 'gold', 20, false)) x (a, p, t, r, act);
INSERT INTO agent.agents (id, user_id, agent_code, parent_agent_id, tier, commission_rate, is_active)
SELECT a.id, u.id, a.agent, (SELECT p.id FROM agents p WHERE p.agent = a.parent), a.tier, a.rate, a.active FROM agents a JOIN users u ON u.name = lower(a.agent);
INSERT INTO rates VALUES ('bronze', 0, 5), ('silver', 0, 4.25), ('silver', 1, 2.5), ('gold', 1, 1.25), ('gold', 2, 0.33);
INSERT INTO agent.override_rates (tier, level, rate) TABLE rates;
INSERT INTO agent.targets (agent_id, period_start, period_end) SELECT id, current_date - 30, current_date + 30 FROM agents;

INSERT INTO posts VALUES ('rs-post', 6, 20), ('rs-fast', 12.5, NULL);
INSERT INTO sales.shipping_methods (code, name, base_cost, free_shipping_threshold) SELECT code, code, cost, free_from FROM posts;
INSERT INTO sales.shipping_methods (code, name, base_cost, is_active) VALUES ('rs-off', 'Off', 1, false);
INSERT INTO coupons VALUES ('TEN', 'percentage', 10, NULL, NULL, NULL, NULL, true), ('MAX', 'percentage', 35, NULL, 5, NULL, NULL, true), ('FIX', 'fixed', 4.44, 12, NULL, NULL, NULL, true), ('BIG', 'fixed', 500, NULL, NULL, 25, NULL, true),
  ('ONCE', 'percentage', 15.5, NULL, NULL, NULL, 1, true), ('TWICE', 'percentage', 100, 1, 7.77, NULL, 2, true), ('THREE', 'fixed', 1, NULL, NULL, 3, NULL, true), ('OLD', 'percentage', 10, NULL, NULL, NULL, NULL, false),
  ('SOON', 'percentage', 10, NULL, NULL, NULL, NULL, false), ('OFF', 'percentage', 10, NULL, NULL, NULL, NULL, false);
INSERT INTO sales.coupons (code, type, value, min_order_amount, max_discount, usage_limit, per_customer_limit, is_active, starts_at, expires_at)
SELECT code, kind, value, minimum, maximum, uses, per_customer, code <> 'OFF', CASE code WHEN 'SOON' THEN now() + interval '1 day' END, CASE code WHEN 'OLD' THEN now() END FROM coupons;

-- goods come in, batches of different age
CREATE FUNCTION pg_temp.receive(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  place text := pg_temp.pick('RS-1', 'RS-2');
  thing text := pg_temp.pick('RS-A', 'RS-V', 'RS-M', 'RS-C');
  units integer := CASE WHEN random() < 0.05 THEN 0 ELSE pg_temp.upto(16) END;
  batch text := CASE WHEN thing = 'RS-M' THEN pg_temp.pick('2100', '2101', '2102') END;
BEGIN
  expected := pg_temp.reasons(CASE WHEN units = 0 THEN '22023' END);
  SELECT * INTO state FROM pg_temp.try(format('SELECT wms_receive_stock(%L, %L)', pg_temp.place_id(place),
    jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('sku', thing, 'quantity', units, 'batch_number', batch, 'expiry_date', batch || '-01-01')))));
  IF state = '00000' THEN
    INSERT INTO stock AS s VALUES (place, thing, units) ON CONFLICT (w, part) DO UPDATE SET quantity = s.quantity + units;
  END IF;
END $$;

-- prices, rates and taxes change: what was agreed before does not; orders come from several places for a while, their holds lapse for a while
CREATE FUNCTION pg_temp.change_world(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
BEGIN
  state := '00000';
  CASE pg_temp.upto(8)
    WHEN 5, 6 THEN PERFORM set_config('wms.split_orders', pg_temp.pick('on', 'on', 'off'), true);
    WHEN 7, 8 THEN PERFORM set_config('wms.order_hold', pg_temp.pick('1h', '1h', '0'), true);
    WHEN 1 THEN PERFORM set_config('wms.tax_rate', pg_temp.pick('0', '6', '8.25', '19'), true);
    WHEN 2 THEN PERFORM set_config('wms.commission_base', pg_temp.pick('total', 'net'), true);
    WHEN 3 THEN
      UPDATE items i SET price = round(i.price * (0.8 + random()::numeric * 0.5), 4) WHERE i.item IN ('RS-A', 'RS-M', 'RS-K');
      UPDATE catalog.products p SET base_price = i.price FROM items i WHERE i.item = p.sku;
    WHEN 4 THEN
      UPDATE agents a SET rate = (random() * 10)::numeric(5, 2) WHERE a.agent = 'SID';
      UPDATE agent.agents x SET commission_rate = a.rate FROM agents a WHERE a.id = x.id AND a.agent = 'SID';
    ELSE
      UPDATE agents a SET active = NOT a.active WHERE a.agent = 'LEA';
      UPDATE agent.agents x SET is_active = a.active FROM agents a WHERE a.id = x.id AND a.agent = 'LEA';
  END CASE;
END $$;

-- how often each has to have happened at least; what has happened too rarely, and how it comes about, is asked for until it has, once where it may stay out
CREATE TEMP TABLE enough (action text, succeeded integer, failed integer, how text);
INSERT INTO enough SELECT a, s, f, a FROM (VALUES ('create_cart', 12, 0), ('set_item', 35, 10), ('apply_coupon', 5, 5), ('merge', 5, 3), ('checkout', 6, 8), ('place_order', 8, 8), ('sell', 6, 3), ('move_order', 50, 8),
  ('pay', 40, 8), ('refund', 20, 20), ('give_back', 3, 6), ('receive', 15, 0), ('change_order', 15, 3), ('replay', 8, 2), ('lapse', 8, 0)) x (a, s, f);
INSERT INTO enough VALUES ('ordered in several places', 1, 0, 'place_order'), ('ordered kits in several places', 0, 0, 'place_order'), ('changed in several places', 1, 0, 'change_order'),
  ('changed kits in several places', 0, 0, 'change_order'), ('refunded in several places', 0, 0, 'refund'), ('refunded kits in several places', 0, 0, 'refund'), ('changed what was lost', 1, 0, 'change_order'), ('won again', 1, 0, 'lapse');
CREATE TEMP VIEW rare AS SELECT e.how FROM enough e WHERE greatest(e.succeeded, 1) > (SELECT count(*) FROM done d WHERE d.action = e.action AND d.state = '00000') ORDER BY e.action;

CREATE FUNCTION pg_temp.step(n integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  doing text := pg_temp.pick('create_cart', 'create_cart', 'create_cart', 'set_item', 'set_item', 'set_item', 'set_item', 'set_item', 'set_item', 'set_item', 'set_item', 'set_item', 'set_item', 'set_item', 'apply_coupon', 'apply_coupon', 'merge', 'merge',
    CASE WHEN random() < 0.2 THEN 'expire_cart' ELSE 'set_item' END, 'checkout', 'checkout', 'checkout', 'place_order', 'place_order', 'place_order', 'place_order', 'place_order', 'sell', 'sell',
    'move_order', 'move_order', 'move_order', 'move_order', 'move_order', 'move_order', 'move_order', 'move_order', 'change_order', 'change_order', 'change_order', 'change_order', 'pay', 'pay', 'pay', 'pay', 'pay', 'pay', 'refund', 'refund', 'refund', 'refund',
    'refund', 'refund', 'give_back', 'give_back', 'receive', 'receive', 'receive', 'change_world', 'change_world', 'lapse', 'lapse', 'lapse', 'replay', 'replay');
  expected text[];
  state text;
  wrong text;
BEGIN
  -- after a difference the model follows another order of things
  IF current_setting('random_sales.wrong', true) = 'true' THEN RETURN NEXT skip(format('step %s', n)); RETURN; END IF;
  -- plans made for empty tables are slow when they have grown, and nobody else analyzes what is not committed
  IF n % 50 = 0 THEN
    ANALYZE orders, lines, refunds, payments, sales.orders, sales.order_items, sales.order_status_history, sales.payments, sales.refunds, sales.refund_items, sales.coupon_redemptions,
      inventory.stock_movements, inventory.stock_reservations, inventory.stock_items, inventory.product_batch_tracks, agent.commissions;
  END IF;
  IF random() < 0.3 THEN doing := coalesce((SELECT r.how FROM rare r ORDER BY random() LIMIT 1), doing); END IF;
  EXECUTE format('SELECT * FROM pg_temp.%I()', doing) INTO expected, state, wrong;
  INSERT INTO done VALUES (doing, state);
  PERFORM pg_temp.lose();
  wrong := nullif(concat_ws('; ', CASE WHEN state <> ALL (CASE WHEN coalesce(expected, '{}') = '{}' THEN '{00000}' ELSE expected END) THEN format('expected %s, got %s', expected, state) END, wrong,
    (SELECT string_agg(d, '; ') FROM (SELECT pg_temp.differences() UNION ALL SELECT pg_temp.balance_differs()) x (d))), '');
  IF wrong IS NOT NULL THEN PERFORM set_config('random_sales.wrong', 'true', true); END IF;
  RETURN NEXT is(wrong, NULL, format('step %s: %s %s', n, doing, state));
END $$;

SELECT count(pg_temp.receive()) AS received FROM generate_series(1, 14) \gset
SELECT pg_temp.step(n) FROM generate_series(1, :steps) n;

-- the walk went everywhere
SELECT is(string_agg(format('%s: %s done, %s refused', e.action, d.succeeded, d.failed), '; '), NULL, 'every command has succeeded and failed often enough') FROM enough e,
  LATERAL (SELECT count(*) FILTER (WHERE d.state = '00000') AS succeeded, count(*) FILTER (WHERE d.state <> '00000') AS failed FROM done d WHERE d.action = e.action) d
 WHERE d.succeeded < e.succeeded OR d.failed < e.failed;
SELECT is((SELECT string_agg(DISTINCT state, ' ' ORDER BY state) FROM done), '00000 22023 23503 WM001 WM003 WM004 WM005 WM006 WM009 WM010 WM012', 'every refusal has occurred');
SELECT cmp_ok((SELECT count(DISTINCT status) FROM orders), '>=', 6::bigint, 'orders ended everywhere');
SELECT cmp_ok((SELECT count(*) FROM uses), '>', 5::bigint, 'coupons were used');
SELECT cmp_ok((SELECT count(*) FROM uses u JOIN coupons c ON c.code = u.code WHERE c.per_customer IS NOT NULL OR c.uses IS NOT NULL), '>', 2::bigint, 'also those with a limit');
SELECT cmp_ok((SELECT count(*) FROM uses WHERE NOT live), '>', 0::bigint, 'and given back');
SELECT cmp_ok((SELECT count(DISTINCT level) FROM commissions), '=', 3::bigint, 'agents of three levels earned');
SELECT cmp_ok((SELECT count(*) FROM commissions WHERE refund_id IS NOT NULL), '>', 4::bigint, 'and gave back');
SELECT cmp_ok((SELECT count(*) FROM refunds WHERE overpaid > 0), '>', 0::bigint, 'overpayments were returned');
SELECT * FROM finish();
ROLLBACK;
