-- Every function with hostile values in every argument: SQL, formats, NULL, numbers out of range, jsonb that is deep, long or of
-- the wrong kind.  Each call ends well or with a documented SQLSTATE; nothing of the text is executed, nothing is left wrong.
BEGIN;
SELECT plan(9);
SET LOCAL client_min_messages = error;
SET LOCAL statement_timeout = '300s';
SET LOCAL wms.bcrypt_cost = 4;

INSERT INTO inventory.warehouses (id, code, name) VALUES (md5('warehouse_id')::uuid, 'H1', 'H'), (md5('to_warehouse_id')::uuid, 'H2', 'H');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (md5('product_id')::uuid, 'H-1', 'H', 5), (md5('batched')::uuid, 'H-2', 'H in batches', 5);
INSERT INTO catalog.categories (id, name) VALUES (md5('category_id')::uuid, 'H');
INSERT INTO auth.users (id, email) VALUES (md5('user_id')::uuid, 'hostile@example.org'), (md5('agent_user')::uuid, 'agent@example.org');
INSERT INTO agent.agents (id, user_id, agent_code, commission_rate) VALUES (md5('agent_id')::uuid, md5('agent_user')::uuid, 'H-A', 10);
INSERT INTO crm.addresses (id, user_id, recipient_name, address_line1, city) VALUES (md5('address_id')::uuid, md5('user_id')::uuid, 'H', 'H', 'H');
SELECT wms_receive_stock(md5('warehouse_id')::uuid, '[{"sku": "H-1", "quantity": 100000}, {"sku": "H-2", "quantity": 1000, "batch_number": "B"}]');
CREATE TEMP TABLE good (name text PRIMARY KEY, value text);
INSERT INTO good SELECT name, quote_literal(md5(name)::uuid) FROM unnest('{warehouse_id,to_warehouse_id,product_id,category_id,user_id,agent_id,address_id}'::text[]) name;
INSERT INTO good VALUES
  ('from_warehouse_id', quote_literal(md5('warehouse_id')::uuid)), ('lines', $$'[{"sku": "H-1", "quantity": 1}]'$$), ('quantity', '1'), ('delta', '1'), ('amount', '1'), ('payment_method', $$'cash'$$),
  ('status', $$'confirmed'$$), ('profile', $$'viewer'$$), ('role_name', $$'regress_wms_hostile'$$), ('expires_in', $$'1 hour'$$), ('from_date', $$'2020-01-01'$$), ('to_date', $$'2030-01-01'$$),
  ('email', $$'new@example.org'$$), ('password', $$'correct horse'$$), ('new_password', $$'correct horse'$$), ('query', $$'tea'$$), ('code', 'NULL'), ('title', $$'Tea'$$), ('threshold', '5'),
  ('products', $$'[{"sku": "H-9", "name": "H"}]'$$), ('attribute_values', $$'{}'$$), ('order_total', '10'), ('commission_rate', '5'), ('subtotal', '10'), ('as_of', $$'2030-01-01'$$),
  ('table_name', $$'catalog.brands'$$), ('id', quote_literal(md5('brand')::uuid)), ('reference_type', $$'job'$$), ('reference_id', quote_literal(md5('job')::uuid)),
  ('order_id', quote_literal(wms_place_order('[{"sku": "H-1", "quantity": 3}]', md5('user_id')::uuid, agent_id => md5('agent_id')::uuid))),
  ('cart_id', quote_literal(wms_create_cart(md5('user_id')::uuid))), ('guest_cart_id', quote_literal(wms_create_cart(NULL, 'hostile'))),
  ('transfer_id', quote_literal(wms_create_transfer(md5('warehouse_id')::uuid, md5('to_warehouse_id')::uuid, '[{"sku": "H-1", "quantity": 2}]'))),
  ('batch_id', (SELECT quote_literal(id) FROM inventory.product_batches WHERE batch_number = 'B')),
  ('reservation_id', (SELECT quote_literal(reservation_id) FROM wms_reserve_stock('[{"sku": "H-1", "quantity": 5}]')));
SELECT wms_set_cart_item((SELECT trim(value, '''')::uuid FROM good WHERE name = 'cart_id'), md5('product_id')::uuid, 2);
CREATE ROLE regress_wms_hostile;

-- each as an SQL expression
CREATE TEMP TABLE hostile (type text, value text);
INSERT INTO hostile SELECT 'text', v FROM unnest(ARRAY['NULL', $$''$$, $$' '$$, $$'''; DROP TABLE sales.orders; --'$$, $$'%s%n%d%1$s'$$, $$'\'$$, $$'{"sku": 1}'$$, $$repeat('x', 300000)$$, $$repeat(chr(8238), 300)$$, $$chr(1) || chr(127)$$, $$'-1'$$]) v;
INSERT INTO hostile SELECT 'uuid', v FROM unnest(ARRAY['NULL', $$'00000000-0000-0000-0000-000000000000'$$, $$'ffffffff-ffff-ffff-ffff-ffffffffffff'$$]) v;
INSERT INTO hostile SELECT 'integer', v FROM unnest(ARRAY['NULL', '0', '-1', '2147483647', '-2147483648']) v;
INSERT INTO hostile SELECT 'numeric', v FROM unnest(ARRAY['NULL', '0', '-1', '0.0001', $$'NaN'$$, $$'Infinity'$$, $$'-Infinity'$$, '1e30', '-1e30', '1e-16000', '1e100000']) v;
INSERT INTO hostile SELECT 'date', v FROM unnest(ARRAY['NULL', $$'infinity'$$, $$'-infinity'$$, $$'4713-01-01 BC'$$, $$'5874897-12-31'$$]) v;
INSERT INTO hostile SELECT 'timestamp with time zone', v FROM unnest(ARRAY['NULL', $$'infinity'$$, $$'-infinity'$$, $$'4713-01-01 BC'$$, $$'294276-12-31'$$]) v;
INSERT INTO hostile SELECT 'interval', v FROM unnest(ARRAY['NULL', $$'0'$$, $$'-1 day'$$, $$'178000000 years'$$, $$'-178000000 years'$$, $$'1 microsecond'$$]) v;
INSERT INTO hostile SELECT 'boolean', v FROM unnest(ARRAY['NULL', 'true', 'false']) v;
INSERT INTO hostile SELECT t, v FROM unnest('{text[],uuid[]}'::text[]) t, unnest(ARRAY['NULL', $$'{}'$$, $$'{NULL}'$$, $$ARRAY[ARRAY[NULL, NULL], ARRAY[NULL, NULL]]$$]) v;
INSERT INTO hostile SELECT 'uuid[]', $$'[-5:-5]={00000000-0000-0000-0000-000000000000}'$$ UNION ALL SELECT 'text[]', $$ARRAY[repeat('x', 100000)]$$;
INSERT INTO hostile SELECT 'regclass', v FROM unnest(ARRAY['NULL', '0', '4294967295', $$'pg_catalog.pg_authid'$$, $$'sales.orders'$$, $$'sales.order_number_seq'$$, $$'catalog.products'$$]) v;
INSERT INTO hostile SELECT 'regrole', v FROM unnest(ARRAY['NULL', '0', '4294967295', $$'regress_wms_hostile'$$]) v;
INSERT INTO hostile SELECT 'inet', v FROM unnest(ARRAY['NULL', $$'::1'$$, $$'255.255.255.255/0'$$]) v;
INSERT INTO hostile SELECT 'jsonb', v FROM unnest(ARRAY['NULL', $$'null'$$, $$'1'$$, $$'"x"'$$, $$'true'$$, $$'{}'$$, $$'[]'$$, $$'[null]'$$, $$'[1]'$$, $$'[[]]'$$, $$'[{}]'$$, $$'[{"": null}]'$$,
  $$'[{"sku": null, "quantity": 1}]'$$, $$'[{"sku": "H-1", "quantity": null}]'$$, $$'[{"sku": {"sku": "H-1"}, "quantity": 1}]'$$, $$'[{"sku": "H-1", "quantity": "1"}]'$$,
  $$'[{"sku": "H-1", "quantity": 0}]'$$, $$'[{"sku": "H-1", "quantity": -1}]'$$, $$'[{"sku": "H-1", "quantity": 1.5}]'$$, $$'[{"sku": "H-1", "quantity": 2147483648}]'$$, $$'[{"sku": "H-1", "quantity": 1e1000}]'$$,
  $$'[{"sku": "H-1", "quantity": 1e-1000}]'$$, $$'[{"sku": "H-1", "quantity": 2147483647}, {"sku": "H-1", "quantity": 2147483647}]'$$, $$'[{"sku": "H-1", "quantity": 1, "quantity": 2}]'$$,
  $$'[{"sku": "H-1", "quantity": 1, "unit_price": 1e300}]'$$, $$'[{"sku": "H-1", "quantity": 1, "unit_price": -1}]'$$, $$'[{"sku": "H-1", "quantity": 1, "unit_cost": 1e300}]'$$,
  $$'[{"sku": "''; DROP TABLE sales.orders; --", "quantity": 1}]'$$, $$'[{"sku": "H-1", "quantity": 1, "x": "%s%n"}]'$$, $$'[{"product_id": "x", "quantity": 1}]'$$, $$'[{"batch_id": "x", "sku": "H-2", "quantity": 1}]'$$,
  $$'[{"sku": "H-2", "quantity": 1, "batch_number": "", "expiry_date": "9999-99-99"}]'$$, $$'[{"sku": "H-2", "quantity": 1, "batch_number": "N", "expiry_date": "infinity"}]'$$,
  $$(repeat('[', 3000) || repeat(']', 3000))::jsonb$$, $$(repeat('{"a":', 3000) || '1' || repeat('}', 3000))::jsonb$$, $$('[' || repeat('[', 3000) || repeat(']', 3000) || ']')::jsonb$$,
  $$jsonb_build_array(jsonb_build_object('sku', repeat('x', 300000), 'quantity', 1))$$, $$jsonb_build_array(jsonb_build_object(repeat('k', 300000), 1))$$,
  $$(SELECT jsonb_agg(jsonb_build_object('sku', 'H-1', 'quantity', 1)) FROM generate_series(1, 2000))$$, $$(SELECT jsonb_object_agg(n::text, n) FROM generate_series(1, 5000) n)$$]) v;

CREATE TEMP VIEW arguments AS
SELECT p.proname::text AS function, a.n, p.proargnames[a.n] AS argument, format_type(a.type, NULL) AS type, p.pronargs,
       a.n <= p.pronargs - p.pronargdefaults AS required
  FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'wms',
       unnest(p.proargtypes) WITH ORDINALITY AS a (type, n)
 WHERE p.prorettype <> 'trigger'::regtype;
-- all required arguments of a call but one are good; what is optional is left out
CREATE TEMP TABLE calls AS
SELECT x.function, x.argument, h.value, format('SELECT count(*) FROM wms_%s(%s)', substr(x.function, 5),
         (SELECT string_agg(format('%I => %s::%s', a.argument, CASE WHEN a.n = x.n THEN h.value ELSE coalesce(g.value, 'NULL') END, a.type), ', ' ORDER BY a.n)
            FROM arguments a LEFT JOIN good g ON g.name = a.argument WHERE a.function = x.function AND (a.n = x.n OR a.required))) AS sql
  FROM arguments x LEFT JOIN hostile h USING (type)
 WHERE NOT (x.function IN ('wms_migrate', 'wms_baseline', 'wms_set_owner'))
   AND NOT (x.function = 'wms_seed_demo' AND h.value = '2147483647');

CREATE TEMP TABLE outcomes (function text, argument text, value text, state text, message text);
CREATE PROCEDURE pg_temp.try_all() LANGUAGE plpgsql AS $$
DECLARE
  c record;
BEGIN
  FOR c IN SELECT * FROM calls ORDER BY function, argument, value LOOP
    BEGIN
      EXECUTE c.sql;
      RAISE EXCEPTION USING ERRCODE = 'OK000', MESSAGE = 'done';
    EXCEPTION WHEN OTHERS THEN
      INSERT INTO outcomes VALUES (c.function, c.argument, c.value, SQLSTATE, SQLERRM);
    END;
  END LOOP;
END $$;
SELECT is_empty('SELECT DISTINCT type FROM arguments WHERE type NOT IN (SELECT type FROM hostile)', 'there are hostile values of every type');
SELECT is_empty('SELECT DISTINCT function, argument FROM arguments a WHERE required AND NOT EXISTS (SELECT FROM good g WHERE g.name = a.argument) AND type NOT IN (''text'', ''uuid'', ''regrole'', ''integer'')', 'and good ones of most');
CALL pg_temp.try_all();
SELECT cmp_ok((SELECT count(*) FROM outcomes), '>', 1500::bigint, 'they were tried');
SELECT cmp_ok((SELECT count(*) FROM outcomes WHERE state = 'OK000'), '>', 300::bigint, 'some were harmless');
SELECT is_empty($$SELECT function, argument, left(value, 60), state, left(message, 200) FROM outcomes WHERE state NOT LIKE 'WM%'
  AND state NOT IN ('OK000', '22023', '22003', '22P02', '22007', '22008', '23503', '23505', '23514', '42501', '42704', '55000', '54000', '54001', '0A000')$$, 'every refusal has a documented SQLSTATE');
SELECT is_empty($$SELECT function, argument, left(value, 60), length(message) FROM outcomes WHERE message = '' OR length(message) > 2000$$, 'and says so in a few words');
SELECT is_empty($$SELECT function, argument, value, state FROM outcomes WHERE value = 'NULL' AND state NOT LIKE 'WM%' AND state NOT IN ('OK000', '22023', '42704', '55000', '22003')$$, 'NULL is refused as an argument, or has a meaning');
SELECT has_table('sales'::name, 'orders'::name, 'nothing of the text was executed');
SELECT is_empty('SELECT * FROM wms_verify()', 'everything adds up');
SELECT * FROM finish();
ROLLBACK;
