-- Attacks by SQL: objects that shadow, code planted on the tables, trigger functions where they do not belong, a customer who tries
-- every function on what is not his.
BEGIN;
SELECT plan(42);
SET LOCAL client_min_messages = error;
CREATE ROLE regress_wms_owner;
CREATE ROLE regress_wms_mallory;
CREATE ROLE regress_wms_customer;
CREATE ROLE regress_wms_agent;
SELECT wms_set_owner('regress_wms_owner');
SELECT wms_grant('regress_wms_mallory', 'app');
INSERT INTO inventory.warehouses (id, code, name) VALUES (md5('w1')::uuid, 'A1', 'A'), (md5('w2')::uuid, 'A2', 'A');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (md5('p')::uuid, 'A-1', 'A', 5), (md5('b')::uuid, 'A-2', 'B', 5);
INSERT INTO auth.users (id, email) SELECT md5(u)::uuid, u || '@attack.example' FROM unnest('{ann,ben,agent,boss}'::text[]) u;
INSERT INTO agent.agents (id, user_id, agent_code, commission_rate) VALUES (md5('boss')::uuid, md5('boss')::uuid, 'BOSS', 1), (md5('agent')::uuid, md5('agent')::uuid, 'AGENT', 10);

-- what a shop does all day; each statement with its schema, so that only what wms itself looks up can be shadowed
CREATE PROCEDURE public.regress_day() LANGUAGE plpgsql AS $$
DECLARE
  o pg_catalog.uuid;
  t pg_catalog.uuid;
  c pg_catalog.uuid;
BEGIN
  PERFORM public.wms_receive_stock(pg_catalog.md5('w1')::pg_catalog.uuid, '[{"sku": "A-1", "quantity": 50, "unit_cost": 2}, {"sku": "A-2", "quantity": 50, "batch_number": "L", "expiry_date": "2999-01-01"}]');
  PERFORM public.wms_adjust_stock(pg_catalog.md5('w1')::pg_catalog.uuid, pg_catalog.md5('p')::pg_catalog.uuid, -1);
  PERFORM public.wms_count_stock(pg_catalog.md5('w1')::pg_catalog.uuid, '[{"sku": "A-1", "quantity": 60}]');
  PERFORM public.wms_set_batch_status((SELECT id FROM inventory.product_batches LIMIT 1), 'quarantined'), public.wms_set_batch_status((SELECT id FROM inventory.product_batches LIMIT 1), 'active');
  t := public.wms_create_transfer(pg_catalog.md5('w1')::pg_catalog.uuid, pg_catalog.md5('w2')::pg_catalog.uuid, '[{"sku": "A-1", "quantity": 5}]');
  PERFORM public.wms_approve_transfer(t), public.wms_ship_transfer(t), public.wms_complete_transfer(t);
  o := public.wms_place_order('[{"sku": "A-1", "quantity": 2}, {"sku": "A-2", "quantity": 1}]', pg_catalog.md5('ann')::pg_catalog.uuid, agent_id => pg_catalog.md5('agent')::pg_catalog.uuid, idempotency_key => pg_catalog.gen_random_uuid()::pg_catalog.text);
  PERFORM public.wms_record_payment(o, 15, 'cash'), public.wms_confirm_order(o), public.wms_process_order(o), public.wms_pack_order(o), public.wms_ship_order(o), public.wms_deliver_order(o), public.wms_refund_order(o, restock => true);
  c := public.wms_create_cart(pg_catalog.md5('ben')::pg_catalog.uuid);
  PERFORM public.wms_set_cart_item(c, pg_catalog.md5('p')::pg_catalog.uuid, 1), public.wms_cart(c), public.wms_quote_cart(c);
  o := public.wms_checkout(c);
  PERFORM public.wms_change_order(o, '[{"sku": "A-1", "quantity": 3}]'), public.wms_cancel_order(o);
  PERFORM public.wms_sell('[{"sku": "A-1", "quantity": 1}]', pg_catalog.md5('w1')::pg_catalog.uuid, 'cash'), public.wms_maintain();
  PERFORM public.wms_stock_levels(), public.wms_inventory_report(), public.wms_sales_report('2020-01-01', '2999-01-01'), public.wms_orders(), public.wms_order(o), public.wms_verify();
END $$;
CREATE PROCEDURE public.regress_direct() LANGUAGE plpgsql AS $$
BEGIN
  UPDATE inventory.stock_items SET quantity = 59 WHERE warehouse_id OPERATOR(pg_catalog.=) pg_catalog.md5('w1')::pg_catalog.uuid AND product_id OPERATOR(pg_catalog.=) pg_catalog.md5('p')::pg_catalog.uuid;
  INSERT INTO sales.orders (order_number, user_id, confirmed_at) VALUES ('', pg_catalog.md5('ann')::pg_catalog.uuid, pg_catalog.now());
  UPDATE agent.agents SET parent_agent_id = pg_catalog.md5('boss')::pg_catalog.uuid WHERE agent_code OPERATOR(pg_catalog.=) 'AGENT';
  INSERT INTO catalog.categories (name, slug) VALUES (pg_catalog.concat('Teas and more ', pg_catalog.gen_random_uuid()), NULL);
END $$;
CREATE FUNCTION public.regress_hits() RETURNS text LANGUAGE sql SET search_path = pg_catalog AS $$ SELECT nullif(current_setting('regress.hits', true), '') $$;

-- a schema of mallory's in front, and his temporary one
CREATE SCHEMA evil AUTHORIZATION regress_wms_mallory;
GRANT TEMPORARY ON DATABASE :DBNAME TO regress_wms_mallory;
SET LOCAL ROLE regress_wms_mallory;
CREATE FUNCTION evil.hit(what text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM set_config('regress.hits', coalesce(current_setting('regress.hits', true), '') || what || ' ', true);
END $$;
DO $$
DECLARE
  f record;
BEGIN
  FOR f IN SELECT * FROM (VALUES ('lower', 'text', 'text'), ('upper', 'text', 'text'), ('now', '', 'timestamptz'), ('round', 'numeric, integer', 'numeric'), ('greatest_of', 'integer', 'integer'),
      ('md5', 'text', 'text'), ('length', 'text', 'integer'), ('format', 'text, text', 'text'), ('gen_random_uuid', '', 'uuid'), ('to_jsonb', 'anyelement', 'jsonb'), ('statement_timestamp', '', 'timestamptz'),
      ('clock_timestamp', '', 'timestamptz'), ('nextval', 'regclass', 'bigint'), ('wms_current_actor', '', 'uuid'), ('wms_uuid_v7', '', 'uuid'), ('wms_own_agents', '', 'uuid[]'), ('unaccent', 'text', 'text'),
      ('to_tsvector', 'text', 'tsvector'), ('array_position', 'text[], text', 'integer'), ('jsonb_array_elements', 'jsonb', 'jsonb'), ('row_number', '', 'bigint'), ('has_column_privilege', 'text, text, text', 'boolean'),
      ('sum', 'integer', 'bigint'), ('count', '', 'bigint'), ('unnest', 'uuid[]', 'uuid')) v (name, arguments, result) LOOP
    EXECUTE format('CREATE FUNCTION evil.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', f.name, f.arguments, f.result, format('BEGIN PERFORM evil.hit(%L); RETURN NULL; END', f.name));
  END LOOP;
  FOR f IN SELECT o.op, t.name AS type, o.result FROM (VALUES ('=', NULL), ('<>', NULL), ('<', NULL), ('<=', NULL), ('>', NULL), ('>=', NULL), ('+', 'self'), ('-', 'self'), ('*', 'self'), ('||', 'self'), ('@>', NULL)) o (op, result),
      unnest('{uuid,text,integer,bigint,numeric,timestamptz,date,boolean,jsonb}'::text[]) t (name) LOOP
    EXECUTE format('CREATE FUNCTION evil.op_%s_%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', encode(f.op::bytea, 'hex'), f.type, f.type, f.type, coalesce(replace(f.result, 'self', f.type), 'boolean'),
      format('BEGIN PERFORM evil.hit(%L); RETURN NULL; END', f.op || f.type));
    EXECUTE format('CREATE OPERATOR evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = evil.op_%s_%s)', f.op, f.type, f.type, encode(f.op::bytea, 'hex'), f.type);
  END LOOP;
END $$;
CREATE TABLE evil.orders (id uuid);
CREATE TABLE evil.wms_wiring (ord integer);
CREATE TEMP TABLE orders (id uuid);
CREATE TEMP TABLE pg_class (oid oid);
CREATE TEMP TABLE pg_namespace (nspname name);
CREATE DOMAIN evil.uuid AS text CHECK (evil.hit('uuid') IS NULL);
CREATE DOMAIN evil.numeric AS text CHECK (evil.hit('numeric') IS NULL);
SET LOCAL search_path = evil, pg_temp, public, pg_catalog;
-- pgTAP itself would fall for them: what happens is kept in variables
SELECT evil.lower('x') IS NULL AS shadowed, public.regress_hits() AS hit \gset
SELECT pg_catalog.set_config('regress.hits', '', true);
CALL public.regress_day();
CALL public.regress_direct();
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
SELECT coalesce(public.regress_hits(), 'none') AS by_day \gset
RESET ROLE;
SELECT public.wms_grant('regress_wms_customer', 'customer') OPERATOR(pg_catalog.>) 0 AND public.wms_grant('regress_wms_agent', 'agent') OPERATOR(pg_catalog.>) 0 AS granted, public.wms_migrate(), public.wms_set_owner('regress_wms_owner') \gset
SELECT pg_catalog.set_config('wms.actor_id', pg_catalog.md5('ann')::pg_catalog.uuid::pg_catalog.text, true);
GRANT USAGE ON SCHEMA evil TO regress_wms_customer;
SELECT coalesce(public.regress_hits(), 'none') AS by_superuser \gset
SET LOCAL ROLE regress_wms_customer;
SET LOCAL search_path = evil, pg_temp, public, pg_catalog;
SELECT pg_catalog.count(*) AS own_orders FROM sales.orders \gset
SELECT coalesce(public.regress_hits(), 'none') AS by_policies \gset
RESET ROLE;
SET LOCAL search_path = public, pg_catalog;
SELECT is(:'shadowed' || :'hit', 't' || 'lower ', 'the shadows are there and tell when they are called');
SELECT is(:'by_day'::text, 'none', 'a day''s work calls none of them');
SELECT is(:'by_superuser'::text, 'none', 'nor do a superuser''s grants and migrations');
SELECT ok(:'own_orders'::integer > 0, 'a customer sees his orders behind them');
SELECT is(:'by_policies'::text, 'none', 'the policies call none of them');
SELECT is_empty('SELECT * FROM wms_verify()', 'everything adds up behind them');

-- code on the tables, in every place there is for it: runs as their owner, and cannot get any further
CREATE TABLE public.regress_seen (place text, who name, superuser text, attempt text);
GRANT INSERT ON public.regress_seen TO PUBLIC;
GRANT CREATE ON SCHEMA public TO regress_wms_owner;
SET LOCAL ROLE regress_wms_owner;
CREATE FUNCTION public.regress_trojan(place text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  attempt text;
  said text := '';
BEGIN
  IF coalesce(current_setting('regress.armed', true), '') <> 'on' THEN
    RETURN true;
  END IF;
  FOREACH attempt IN ARRAY ARRAY['ALTER ROLE regress_wms_owner SUPERUSER', 'SET ROLE NONE', 'RESET ROLE', 'SET SESSION AUTHORIZATION DEFAULT', 'SELECT pg_read_file(''PG_VERSION'')', 'SET LOCAL wms.guard = off', 'COPY public.regress_seen FROM PROGRAM ''true''', 'SELECT count(rolpassword) FROM pg_authid'] LOOP
    BEGIN
      EXECUTE attempt;
      said := said || attempt || '; ';
    EXCEPTION WHEN OTHERS THEN
      NULL;
    END;
  END LOOP;
  INSERT INTO public.regress_seen VALUES (place, current_user, current_setting('is_superuser'), said);
  RETURN true;
END $$;
CREATE FUNCTION public.regress_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.regress_trojan(TG_NAME); RETURN NEW; END $$;
CREATE FUNCTION public.regress_index(sku text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.regress_trojan('index'); RETURN sku; END $$;
CREATE FUNCTION public.regress_default() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.regress_trojan('default'); RETURN 'x'; END $$;
CREATE TRIGGER row_trigger BEFORE INSERT OR UPDATE ON sales.orders FOR EACH ROW EXECUTE FUNCTION public.regress_trigger();
CREATE TRIGGER statement_trigger AFTER INSERT ON inventory.stock_reservations FOR EACH STATEMENT EXECUTE FUNCTION public.regress_trigger();
CREATE CONSTRAINT TRIGGER constraint_trigger AFTER INSERT ON inventory.stock_movements FOR EACH ROW EXECUTE FUNCTION public.regress_trigger();
CREATE INDEX regress_index ON sales.order_items (public.regress_index(sku));
ALTER TABLE sales.orders ADD COLUMN regress_default text DEFAULT public.regress_default();
ALTER TABLE sales.orders ADD CONSTRAINT regress_check CHECK (public.regress_trojan('check')) NOT VALID;
CREATE RULE regress_rule AS ON INSERT TO sales.order_status_history DO ALSO SELECT public.regress_trojan('rule');
RESET ROLE;
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
SELECT set_config('regress.armed', 'on', true);
SELECT lives_ok('CALL public.regress_day()', 'a superuser works with planted code on the tables');
SELECT set_has($$SELECT place FROM public.regress_seen$$, $$VALUES ('row_trigger'), ('statement_trigger'), ('constraint_trigger'), ('index'), ('default'), ('check'), ('rule')$$, 'all of it ran');
SELECT is_empty($$SELECT DISTINCT place, who FROM public.regress_seen WHERE who <> 'regress_wms_owner'$$, 'as the owner of the tables, never as the superuser who calls');
SELECT is_empty($$SELECT DISTINCT place, superuser, attempt FROM public.regress_seen WHERE attempt <> ''$$, 'who can do nothing with it');
-- what waits for the commit would fire as whoever commits, up to PostgreSQL 17: it is refused there where a superuser calls
SELECT set_config('regress.armed', '', true);
SET LOCAL ROLE regress_wms_owner;
CREATE TABLE public.regress_later (n integer);
CREATE CONSTRAINT TRIGGER deferred_trigger AFTER INSERT ON public.regress_later DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.regress_trigger();
CREATE FUNCTION public.regress_defer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.regress_later VALUES (1); RETURN NEW; END $$;
CREATE TRIGGER defers AFTER INSERT ON inventory.stock_movements FOR EACH ROW EXECUTE FUNCTION public.regress_defer();
RESET ROLE;
TRUNCATE public.regress_seen;
SELECT set_config('regress.armed', 'on', true);
CREATE FUNCTION pg_temp.state_of(statement text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE statement; RETURN 'OK'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END $$;
SELECT is(pg_temp.state_of($$SELECT wms_receive_stock(md5('w1')::uuid, '[{"sku": "A-1", "quantity": 1}]')$$), CASE WHEN current_setting('server_version_num')::integer < 180000 THEN '42501' ELSE 'OK' END, 'a deferred trigger is refused, or runs as its owner');
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
SELECT is_empty($$SELECT * FROM public.regress_seen WHERE who <> 'regress_wms_owner' OR attempt <> ''$$, 'it never ran as a superuser');
-- to have set the role of the owner is no protection: the trigger takes it back
SET LOCAL ROLE regress_wms_owner;
SELECT pg_temp.state_of($$SELECT wms_receive_stock(md5('w1')::uuid, '[{"sku": "A-1", "quantity": 1}]')$$) AS by_set_role \gset
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
RESET ROLE;
SELECT is(:'by_set_role'::text, '42501', 'a deferred trigger is refused to a superuser who has set the role of the owner, too');
SELECT is_empty($$SELECT * FROM public.regress_seen WHERE who <> 'regress_wms_owner' OR attempt <> ''$$, 'it never took the role back');
-- the function of a constraint that waits is PostgreSQL's own, what its index computes is not
SELECT set_config('regress.armed', '', true);
SET LOCAL ROLE regress_wms_owner;
DROP TRIGGER defers ON inventory.stock_movements;
ALTER TABLE inventory.stock_movements ADD CONSTRAINT regress_plain UNIQUE (id) DEFERRABLE INITIALLY DEFERRED, ADD CONSTRAINT regress_operator EXCLUDE (id WITH =) DEFERRABLE INITIALLY DEFERRED;
RESET ROLE;
SELECT is(pg_temp.state_of($$SELECT wms_receive_stock(md5('w1')::uuid, '[{"sku": "A-1", "quantity": 1}]')$$), 'OK', 'deferred constraints on columns alone are no code of the owner');
SET LOCAL ROLE regress_wms_owner;
ALTER TABLE inventory.stock_movements DROP CONSTRAINT regress_plain, DROP CONSTRAINT regress_operator, ADD CONSTRAINT regress_expression EXCLUDE ((public.regress_index(id::text)) WITH =) DEFERRABLE INITIALLY DEFERRED;
RESET ROLE;
SELECT is(pg_temp.state_of($$SELECT wms_receive_stock(md5('w1')::uuid, '[{"sku": "A-1", "quantity": 1}]')$$), CASE WHEN current_setting('server_version_num')::integer < 180000 THEN '42501' ELSE 'OK' END, 'a deferred constraint with an expression of the owner is refused, or runs as its owner');
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
SET LOCAL ROLE regress_wms_owner;
ALTER TABLE inventory.stock_movements DROP CONSTRAINT regress_expression, ADD CONSTRAINT regress_predicate EXCLUDE (id WITH =) WHERE (public.regress_index(id::text) IS NOT NULL) DEFERRABLE INITIALLY DEFERRED;
RESET ROLE;
SELECT is(pg_temp.state_of($$SELECT wms_receive_stock(md5('w1')::uuid, '[{"sku": "A-1", "quantity": 1}]')$$), CASE WHEN current_setting('server_version_num')::integer < 180000 THEN '42501' ELSE 'OK' END, 'so is one with a predicate of his');
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
SET LOCAL ROLE regress_wms_owner;
ALTER TABLE inventory.stock_movements DROP CONSTRAINT regress_predicate;
CREATE FUNCTION public.regress_same(a uuid, b uuid) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.regress_trojan('operator'); RETURN a OPERATOR(pg_catalog.=) b; END $$;
RESET ROLE;
CREATE OPERATOR public.=== (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = public.regress_same, COMMUTATOR = OPERATOR(public.===));
CREATE OPERATOR CLASS public.regress_ops FOR TYPE uuid USING btree AS OPERATOR 3 public.===, FUNCTION 1 uuid_cmp(uuid, uuid);
SET LOCAL ROLE regress_wms_owner;
ALTER TABLE inventory.stock_movements ADD CONSTRAINT regress_operator EXCLUDE (id public.regress_ops WITH OPERATOR(public.===)) DEFERRABLE INITIALLY DEFERRED;
RESET ROLE;
SELECT is(pg_temp.state_of($$SELECT wms_receive_stock(md5('w1')::uuid, '[{"sku": "A-1", "quantity": 1}]')$$), CASE WHEN current_setting('server_version_num')::integer < 180000 THEN '42501' ELSE 'OK' END, 'and one with an operator of his');
SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;
SELECT is_empty($$SELECT * FROM public.regress_seen WHERE who <> 'regress_wms_owner' OR attempt <> ''$$, 'none of it ran as a superuser');
SET LOCAL ROLE regress_wms_owner;
ALTER TABLE inventory.stock_movements DROP CONSTRAINT regress_operator;
DROP RULE regress_rule ON sales.order_status_history;
DROP TRIGGER row_trigger ON sales.orders; DROP TRIGGER statement_trigger ON inventory.stock_reservations; DROP TRIGGER constraint_trigger ON inventory.stock_movements;
DROP INDEX sales.regress_index; ALTER TABLE sales.orders DROP COLUMN regress_default, DROP CONSTRAINT regress_check;
RESET ROLE;

-- trigger functions as functions, and on other tables
CREATE TEMP VIEW trigger_functions AS
SELECT p.oid, p.proname FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'wms' WHERE p.prorettype = 'trigger'::regtype;
CREATE TABLE evil.victim (id uuid, order_id uuid, quantity text, status xid, deleted_at box, slug integer, order_number bytea, user_id point, parent_id tid, product_id "char", name real);
SELECT is_empty($$SELECT proname, pg_temp.state_of(format('SELECT %s()', proname)) FROM trigger_functions WHERE pg_temp.state_of(format('SELECT %s()', proname)) NOT IN ('0A000', '39P01')$$, 'no trigger function is a function');
CREATE TEMP TABLE firings AS
SELECT f.proname, t.timing, e.event, l.level, a.arguments,
       pg_temp.state_of(format('CREATE TRIGGER zz %s %s ON evil.victim FOR EACH %s EXECUTE FUNCTION %s(%s)', t.timing, e.event, l.level, f.proname, a.arguments)) AS made,
       pg_temp.state_of(e.statement) AS fired, pg_temp.state_of('DROP TRIGGER IF EXISTS zz ON evil.victim') AS dropped
  FROM trigger_functions f, (VALUES ('BEFORE'), ('AFTER')) t (timing), (VALUES ('INSERT', $$INSERT INTO evil.victim VALUES (gen_random_uuid())$$), ('UPDATE', $$UPDATE evil.victim SET quantity = 'x'$$), ('DELETE', 'DELETE FROM evil.victim')) e (event, statement),
       (VALUES ('ROW'), ('STATEMENT')) l (level), (VALUES (''), ($$'hint', 'quantity'$$), ($$'parent_id'$$)) a (arguments);
SELECT is_empty($$SELECT DISTINCT proname, fired FROM firings WHERE made = 'OK' AND fired NOT IN ('OK', '39P01', '42703', '42804', 'WM092', 'WM011', '22023')$$, 'on another table a trigger function refuses in words');
SELECT cmp_ok((SELECT count(*) FROM firings WHERE made = 'OK' AND fired <> 'OK'), '>', 100::bigint, 'they were fired there');
SELECT is_empty('SELECT * FROM wms_verify()', 'and harmed nothing');

-- entry points of the library under other types are for superusers
SET LOCAL ROLE regress_wms_owner;
SELECT throws_ok($$CREATE FUNCTION public.mine(text) RETURNS text LANGUAGE c AS '$libdir/wms', 'wms_place_order'$$, '42501', NULL, 'the owner declares no C function');
SELECT throws_ok($$CREATE OR REPLACE FUNCTION public.wms_version() RETURNS text LANGUAGE sql AS 'SELECT 1'$$, '42501', NULL, 'and replaces none');
SELECT throws_ok($$ALTER FUNCTION public.wms_sell SECURITY INVOKER$$, '42501', NULL, 'nor alters one');
RESET ROLE;

-- a customer tries every function on everything that is Ben's, or the business's; so do an agent, and a role that inherits from a
-- customer and from a back end
CREATE ROLE regress_wms_both IN ROLE regress_wms_customer, regress_wms_mallory;
DELETE FROM sales.carts WHERE user_id = md5('ben')::uuid AND order_id IS NULL;
CREATE TEMP TABLE bens (name text PRIMARY KEY, id uuid);
INSERT INTO bens VALUES ('order_id', wms_place_order('[{"sku": "A-1", "quantity": 2}]', md5('ben')::uuid, customer_notes => 'bens secret')), ('cart_id', wms_create_cart(md5('ben')::uuid)), ('user_id', md5('ben')::uuid), ('agent_id', md5('boss')::uuid);
INSERT INTO bens SELECT 'guest_cart_id', id FROM bens WHERE name = 'cart_id' UNION ALL SELECT 'after_id', id FROM bens WHERE name = 'order_id' UNION ALL SELECT 'reference_id', id FROM bens WHERE name = 'order_id';
SELECT wms_set_cart_item((SELECT id FROM bens WHERE name = 'cart_id'), md5('p')::uuid, 7), wms_record_payment((SELECT id FROM bens WHERE name = 'order_id'), 1, 'cash', transaction_id => 'bens secret');
INSERT INTO crm.addresses (user_id, recipient_name, address_line1, city) VALUES (md5('ben')::uuid, 'bens secret', 'bens secret', 'bens secret') RETURNING id AS address \gset
INSERT INTO bens VALUES ('address_id', :'address');
INSERT INTO bens SELECT 'reservation_id', id FROM inventory.stock_reservations WHERE reference_id = (SELECT id FROM bens WHERE name = 'order_id');
SELECT wms_sell('[{"sku": "A-1", "quantity": 2}]', md5('w1')::uuid, 'cash', md5('ben')::uuid, md5('boss')::uuid) AS sold \gset
INSERT INTO bens VALUES ('product_id', md5('p')::uuid), ('warehouse_id', md5('w1')::uuid), ('from_warehouse_id', md5('w1')::uuid), ('to_warehouse_id', md5('w2')::uuid), ('id', md5('ben')::uuid),
  ('batch_id', (SELECT id FROM inventory.product_batches LIMIT 1)), ('transfer_id', wms_create_transfer(md5('w1')::uuid, md5('w2')::uuid, '[{"sku": "A-1", "quantity": 1}]')),
  ('session_id', (SELECT session_id FROM wms_open_session(md5('ben')::uuid))), ('payout_id', wms_create_payout(md5('boss')::uuid));
INSERT INTO auth.user_roles (user_id, role_id) SELECT md5('ben')::uuid, id FROM auth.roles LIMIT 1;
CREATE TEMP TABLE words (name text PRIMARY KEY, value text);
INSERT INTO words VALUES ('lines', (SELECT format($$'[{"order_item_id": "%s", "quantity": 1}]'$$, id) FROM sales.order_items WHERE order_id = :'sold')), ('products', $$'[{"sku": "A-1", "name": "stolen"}]'$$),
  ('status', $$'cancelled'$$), ('payment_method', $$'cash'$$), ('table_name', $$'auth.users'$$), ('email', $$'ben@attack.example'$$), ('role_name', $$'super_admin'$$), ('password', $$'correct horse'$$),
  ('new_password', $$'correct horse'$$), ('role', $$'admin'$$), ('reference_type', $$'order'$$), ('code', $$'A-1'$$), ('expires_in', $$'1 day'$$), ('title', $$'x'$$), ('query', $$'A'$$), ('token', $$'x'$$), ('password_hash', $$'x'$$), ('profile', $$'app'$$);
INSERT INTO words SELECT name, '1' FROM unnest('{amount,quantity,delta,threshold,subtotal,order_total,commission_rate,version,target}'::text[]) name UNION ALL SELECT name, $$'2029-01-01'$$ FROM unnest('{from_date,to_date,as_of}'::text[]) name;
SELECT is_empty($$SELECT p.proname, p.proargnames[a.n] FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'wms',
    unnest(p.proargtypes) WITH ORDINALITY a (type, n) WHERE p.prorettype <> 'trigger'::regtype AND (a.type = 'uuid'::regtype OR a.n <= p.pronargs - p.pronargdefaults)
    AND p.proargnames[a.n] NOT IN (SELECT name FROM bens UNION ALL SELECT name FROM words UNION ALL VALUES ('variant_id'), ('category_id'), ('attribute_values'))$$, 'whatever a function asks for, there is something of Ben''s or of the business to name');
CREATE TEMP VIEW bens_rows AS
SELECT o::text AS row FROM sales.orders o WHERE user_id = md5('ben')::uuid UNION ALL SELECT c::text FROM sales.carts c WHERE user_id = md5('ben')::uuid UNION ALL SELECT i::text FROM sales.cart_items i WHERE cart_id = (SELECT id FROM bens WHERE name = 'cart_id')
UNION ALL SELECT p::text FROM sales.payments p WHERE order_id = (SELECT id FROM bens WHERE name = 'order_id') UNION ALL SELECT a::text FROM crm.addresses a WHERE user_id = md5('ben')::uuid
UNION ALL SELECT r::text FROM inventory.stock_reservations r WHERE reference_id = (SELECT id FROM bens WHERE name = 'order_id') UNION ALL SELECT u::text FROM auth.users u WHERE id = md5('ben')::uuid
UNION ALL SELECT s::text FROM auth.sessions s UNION ALL SELECT r::text FROM auth.password_resets r UNION ALL SELECT r::text FROM auth.user_roles r UNION ALL SELECT p::text FROM agent.payouts p UNION ALL SELECT c::text FROM agent.commissions c
UNION ALL SELECT t::text FROM inventory.stock_transfers t UNION ALL SELECT m::text FROM inventory.stock_movements m UNION ALL SELECT b::text FROM inventory.product_batches b UNION ALL SELECT p::text FROM catalog.products p;
CREATE TEMP TABLE before AS SELECT * FROM bens_rows;
CREATE TEMP TABLE tries AS
SELECT p.proname::text AS function, format('SELECT string_agg(x::text, '' '') FROM public.%s(%s) x', p.proname, (SELECT string_agg(format('%I => %s::%s', p.proargnames[a.n],
         CASE WHEN b.id IS NOT NULL THEN quote_literal(b.id) WHEN p.proargnames[a.n] = 'lines' AND p.proname NOT IN ('wms_return_stock', 'wms_refund_order') THEN $$'[{"sku": "A-1", "quantity": 1}]'$$
              WHEN a.type = 'regrole'::regtype THEN $$'regress_wms_both'$$ ELSE coalesce(w.value, 'NULL') END, format_type(a.type, NULL)), ', ' ORDER BY a.n)
         FROM unnest(p.proargtypes) WITH ORDINALITY a (type, n) LEFT JOIN bens b ON b.name = p.proargnames[a.n] AND a.type = 'uuid'::regtype LEFT JOIN words w ON w.name = p.proargnames[a.n] WHERE a.n <= p.pronargs - p.pronargdefaults OR b.id IS NOT NULL)) AS sql
  FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'wms'
 WHERE p.prorettype <> 'trigger'::regtype AND p.proname NOT IN ('wms_every_row', 'wms_version', 'wms_privileges');
CREATE TEMP TABLE answers (who text, function text, state text, answer text);
GRANT SELECT ON tries TO PUBLIC; GRANT INSERT ON answers TO PUBLIC;
CREATE FUNCTION pg_temp.try_all(who text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  t record;
  found text;
BEGIN
  FOR t IN SELECT * FROM tries ORDER BY function LOOP
    BEGIN
      EXECUTE t.sql INTO found;
      INSERT INTO answers VALUES (who, t.function, 'OK', found);
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS found = PG_EXCEPTION_DETAIL;
      INSERT INTO answers VALUES (who, t.function, SQLSTATE, SQLERRM || ' ' || found);
    END;
  END LOOP;
END $$;
SELECT set_config('wms.actor_id', md5('ann')::uuid::text, true);
SET LOCAL ROLE regress_wms_customer;
SELECT pg_temp.try_all('customer');
RESET ROLE;
SELECT set_config('wms.actor_id', md5('agent')::uuid::text, true);
SET LOCAL ROLE regress_wms_agent;
SELECT pg_temp.try_all('agent');
RESET ROLE;
SELECT set_config('wms.actor_id', md5('ann')::uuid::text, true);
SET LOCAL ROLE regress_wms_both;
SELECT pg_temp.try_all('both');
RESET ROLE;
SELECT cmp_ok((SELECT count(*) FROM answers), '>', 300::bigint, 'every function was tried');
SELECT set_eq('SELECT * FROM bens_rows', 'SELECT * FROM before', 'nothing of his has changed');
SELECT is_empty($$SELECT who, function, left(answer, 200) FROM answers WHERE answer ~ 'bens secret|ben@attack'$$, 'nothing of his was told');
SELECT is_empty($$SELECT who, function, left(answer, 200) FROM answers, sales.orders o WHERE o.user_id = md5('ben')::uuid AND position(o.order_number in answer) > 0$$, 'not even an order number');
SELECT is_empty($$SELECT who, function, state, left(answer, 200) FROM answers WHERE state NOT IN ('OK', '42501', 'WM012', 'WM004', '22023', '22P02', '23505')$$, 'what is his is unknown or not allowed');
SELECT is_empty($$SELECT a.who, a.function, left(a.answer, 100) FROM answers a JOIN tries t USING (function) WHERE state = 'OK' AND t.sql ~ 'order_id|cart_id|address_id' AND answer <> '' AND answer <> '[]'$$, 'no answer has a row of it');

-- what they may call is judged here; a new function is, too
CREATE TEMP VIEW succeeded AS SELECT DISTINCT who, function FROM answers WHERE state = 'OK';
SELECT set_eq($$SELECT function FROM succeeded WHERE who = 'customer'$$,
  ARRAY['wms_available_quantity', 'wms_category_tree', 'wms_commission_amount', 'wms_current_actor', 'wms_effective_price', 'wms_filter_products', 'wms_find_item', 'wms_migrations', 'wms_order_transitions', 'wms_own_agents', 'wms_own_customers', 'wms_product', 'wms_search_products', 'wms_shipping_options', 'wms_slugify', 'wms_uuid_v7'],
  'what a customer may call with what is Ben''s is of the catalogue, or tells of himself');
SELECT is_empty($$SELECT function FROM succeeded WHERE who = 'agent' EXCEPT SELECT function FROM succeeded WHERE who = 'customer'$$, 'an agent can do no more with it');
SELECT set_eq($$SELECT function FROM succeeded WHERE who = 'both' EXCEPT SELECT function FROM succeeded WHERE who = 'customer'$$,
  ARRAY['wms_batch_trace', 'wms_expired_batches', 'wms_has_active_batches', 'wms_hash_password', 'wms_in_transit', 'wms_inventory_report', 'wms_low_stock', 'wms_low_stock_batches', 'wms_next_order_number', 'wms_reservations', 'wms_sales_report', 'wms_stock_as_of', 'wms_stock_history', 'wms_stock_levels', 'wms_transfer', 'wms_verify'],
  'nor a customer who inherits from a back end: he reads reports on what is nobody''s, and calls no command that writes');

-- keys: what is hidden does not show in what is taken
SET LOCAL ROLE regress_wms_customer;
SELECT throws_ok(format('INSERT INTO crm.addresses (id, user_id, recipient_name, address_line1, city) VALUES (%L, %L, ''x'', ''x'', ''x'')', :'address', md5('ann')::uuid), '42501', NULL, 'an id that is taken is not asked for');
SELECT throws_ok(format('UPDATE crm.addresses SET id = %L', :'address'), '42501', NULL, 'nor by an update');
SELECT throws_ok(format('INSERT INTO crm.wishlists (user_id, product_id) VALUES (%L, %L)', md5('ben')::uuid, md5('p')::uuid), '42501', 'new row violates row-level security policy "wms_own" for table "wishlists"', 'whether somebody wishes for something stays unknown');
SELECT is((SELECT count(*) FROM sales.orders o WHERE EXISTS (SELECT FROM auth.users u WHERE u.id = o.user_id AND u.email LIKE 'ben@%')), 0::bigint, 'sub-selects see no more');
SELECT throws_ok('SELECT count(*) FROM sales.coupon_redemptions', '42501', NULL, 'tables without a part of his are closed');
SELECT throws_ok('TABLE inventory.stock_items', '42501', NULL, 'stock too');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
