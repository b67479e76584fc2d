-- Row level security of profiles customer and agent among many rows: by index, and not past a function that looks.
BEGIN;
SELECT plan(20);
CREATE ROLE regress_wms_customer;
CREATE ROLE regress_wms_agent;
CREATE ROLE regress_wms_plain;
GRANT USAGE ON SCHEMA sales TO regress_wms_plain;
GRANT SELECT ON ALL TABLES IN SCHEMA sales TO regress_wms_plain;
SELECT ok(NOT EXISTS (SELECT FROM pg_class WHERE relrowsecurity AND relnamespace = 'sales'::regnamespace), 'row level security is off until somebody is to be restricted');
SELECT ok(wms_grant('regress_wms_plain', 'viewer', '{crm}') > 0 AND NOT EXISTS (SELECT FROM pg_class WHERE relrowsecurity), 'other profiles leave it off');
SELECT ok(wms_grant('regress_wms_customer', 'customer') > 0, 'a customer');
SELECT ok(wms_grant('regress_wms_agent', 'agent') > 0, 'an agent');
SELECT is(count(*), 21::bigint, 'it is on where they see a part, or would by another profile') FROM pg_class WHERE relrowsecurity;

SELECT set_config('wms.guard', 'off', true);
INSERT INTO auth.users (id, email) SELECT md5('user' || n)::uuid, n || '@many.example' FROM generate_series(1, 2000) n;
INSERT INTO agent.agents (id, user_id, agent_code) SELECT md5('agent' || n)::uuid, md5('user' || n)::uuid, 'M' || n FROM generate_series(1, 20) n;
UPDATE agent.agents SET parent_agent_id = md5('agent1')::uuid WHERE agent_code = 'M2';
INSERT INTO catalog.products (id, sku, name) VALUES (md5('p')::uuid, 'MANY', 'Many');
INSERT INTO sales.orders (id, order_number, user_id, agent_id)
SELECT md5('order' || n)::uuid, 'MANY-' || n, md5('user' || 100 + n % 1900)::uuid, CASE WHEN n % 1000 < 20 THEN md5('agent' || 1 + n % 20)::uuid END FROM generate_series(1, 20000) n;
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price)
SELECT md5('order' || n)::uuid, 1, md5('p')::uuid, 'MANY', 'Many', 1, 0, 0 FROM generate_series(1, 20000) n;
INSERT INTO sales.payments (order_id, payment_method, amount, transaction_id) SELECT md5('order' || n)::uuid, 'cash', 1, 'MANY-' || n FROM generate_series(1, 20000) n;
ANALYZE auth.users, agent.agents, sales.orders, sales.order_items, sales.payments;

-- which tables a plan reads from end to end
CREATE FUNCTION pg_temp.scanned(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  RETURN (SELECT string_agg(node ->> 'Relation Name', ' ' ORDER BY 1) FROM jsonb_path_query(plan, '$.**') node
           WHERE jsonb_typeof(node) = 'object' AND node ->> 'Node Type' = 'Seq Scan');
END $$;
CREATE FUNCTION pg_temp.filtered(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
  RETURN plan #>> '{0,Plan,Filter}';
END $$;
SELECT set_config('wms.actor_id', md5('user150')::uuid::text, true);
SET LOCAL ROLE regress_wms_customer;
SELECT is(pg_temp.scanned('SELECT id, total FROM sales.orders'), NULL, 'a customer''s orders are found by index');
SELECT is(pg_temp.scanned('SELECT id FROM sales.order_items'), NULL, 'so are their lines');
SELECT is(pg_temp.scanned('SELECT * FROM sales.payments'), NULL, 'and payments');
SELECT is(pg_temp.scanned('SELECT o.id FROM sales.orders o JOIN sales.order_items i ON i.order_id = o.id JOIN sales.payments p ON p.order_id = o.id'), NULL, 'joined too');
SELECT is((SELECT count(*) FROM sales.orders), 11::bigint, 'they are his');
SELECT is((SELECT count(*) FROM sales.payments), 11::bigint, 'so are the payments');

-- a function that looks at every row it is given is given none of others
CREATE FUNCTION pg_temp.leak(number text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
  PERFORM set_config('regress.leaked', coalesce(current_setting('regress.leaked', true), '') || number || ' ', true);
  RETURN true;
END $$;
SELECT is((SELECT count(*) FROM sales.orders WHERE pg_temp.leak(order_number)), 11::bigint, 'a cheap function sees what the query sees');
SELECT is((SELECT count(*) FROM regexp_split_to_table(trim(current_setting('regress.leaked')), ' ')), 11::bigint, 'and nothing else');
SELECT set_config('regress.leaked', '', true);
SELECT is((SELECT count(*) FROM sales.order_items i JOIN sales.orders o ON o.id = i.order_id WHERE pg_temp.leak(i.order_id::text)), 11::bigint, 'in a join too');
SELECT is((SELECT count(*) FROM regexp_split_to_table(trim(current_setting('regress.leaked')), ' ')), 11::bigint, 'nothing else there either');
SELECT throws_ok($$SELECT 1 / (total - total) FROM sales.orders WHERE order_number = 'MANY-1'$$, NULL, NULL, 'a division by zero tells of own rows only')
 WHERE EXISTS (SELECT FROM sales.orders WHERE order_number = 'MANY-1')
UNION ALL SELECT lives_ok($$SELECT 1 / (total - total) FROM sales.orders WHERE order_number = 'MANY-1'$$, 'a division by zero tells of own rows only')
 WHERE NOT EXISTS (SELECT FROM sales.orders WHERE order_number = 'MANY-1');
RESET ROLE;

SELECT set_config('wms.actor_id', md5('user1')::uuid::text, true);
SET LOCAL ROLE regress_wms_agent;
SELECT is(pg_temp.scanned('SELECT id, total FROM sales.orders'), NULL, 'an agent''s orders are found by index');
SELECT is((SELECT count(*) FROM sales.orders), 40::bigint, 'those of the agent below him included');
RESET ROLE;
SET LOCAL ROLE regress_wms_plain;
SELECT is((SELECT count(*) FROM sales.orders), 20000::bigint, 'a plain role sees them all');
SELECT is(pg_temp.filtered('SELECT * FROM sales.orders'), NULL, 'and no row is looked at for it');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
