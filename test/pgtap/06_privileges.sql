-- Every function and every table, privilege and column, for every profile, against wms_privileges(); and that list against
-- what the profiles are for.
BEGIN;
SELECT plan(31);

CREATE TEMP TABLE everybody (name text PRIMARY KEY, role regrole);
CREATE TEMP VIEW profile AS SELECT * FROM everybody WHERE name <> 'nobody';
DO $$
DECLARE name text;
BEGIN
  CREATE ROLE regress_wms_nobody;
  INSERT INTO everybody VALUES ('nobody', 'regress_wms_nobody');
  FOREACH name IN ARRAY '{viewer,operator,manager,admin,app,customer,agent}'::text[] LOOP
    EXECUTE format('CREATE ROLE regress_wms_%s', name);
    INSERT INTO everybody VALUES (name, ('regress_wms_' || name)::regrole);
    PERFORM wms_grant(('regress_wms_' || name)::regrole, name);
  END LOOP;
END $$;

CREATE TEMP VIEW functions AS
SELECT p.oid, p.proname::text AS name, p.prorettype = 'trigger'::regtype AS is_trigger, p.provolatile
  FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'wms';
CREATE TEMP VIEW columns AS
SELECT n.nspname || '.' || c.relname AS table_name, c.oid, a.attname::text AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE n.nspname IN ('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent') AND c.relkind IN ('r', 'p', 'v', 'm', 'f');
CREATE TEMP TABLE listed AS SELECT * FROM wms_privileges();
GRANT SELECT ON listed, columns, functions, profile TO PUBLIC;

-- the list knows all there is
SELECT is_empty($$SELECT name FROM functions WHERE NOT is_trigger AND name NOT IN (SELECT object_name FROM listed WHERE object_kind = 'function')$$,
  'every function has its line in src/ops/privilege.c');
SELECT is_empty($$SELECT DISTINCT table_name FROM columns WHERE table_name NOT IN (SELECT object_name FROM listed WHERE object_kind = 'table')$$, 'so has every table');
SELECT is_empty($$SELECT object_name FROM listed WHERE object_kind = 'table' AND to_regclass(object_name) IS NULL$$, 'no table is listed that is not there');
SELECT is_empty($$SELECT object_name FROM listed l WHERE EXISTS (SELECT FROM unnest(only_columns || except_columns) x WHERE x NOT IN (SELECT name FROM columns WHERE table_name = l.object_name))$$,
  'nor a column');
SELECT is_empty($$SELECT object_name, privilege, p FROM listed, unnest(profiles) p GROUP BY 1, 2, 3 HAVING count(*) > 1$$, 'a profile has a privilege once');
SELECT is_empty($$SELECT object_name FROM listed WHERE object_kind = 'function' GROUP BY 1 HAVING count(*) > 1$$, 'a function has one line');

-- the catalogue is as the list says
CREATE TEMP VIEW may_call_now AS
SELECT f.name, p.name AS profile, has_function_privilege(p.role, f.oid, 'EXECUTE') AS may,
       f.is_trigger OR EXISTS (SELECT FROM listed l WHERE l.object_name = f.name AND ('public' = ANY (l.profiles) OR p.name = ANY (l.profiles))) AS should
  FROM functions f, everybody p;
CREATE TEMP TABLE may_call AS SELECT * FROM may_call_now;
SELECT is_empty('SELECT * FROM may_call WHERE may AND NOT should', 'no profile may call a function too many');
SELECT is_empty('SELECT * FROM may_call WHERE should AND NOT may', 'nor one too few');
SELECT cmp_ok((SELECT count(*) FROM may_call), '>', 500::bigint, 'functions times profiles were compared');

CREATE TEMP VIEW may_touch_now AS
SELECT c.table_name, c.name, v.privilege, p.name AS profile, has_column_privilege(p.role, c.oid, c.name, v.privilege) AS may,
       EXISTS (SELECT FROM listed l WHERE l.object_name = c.table_name AND l.privilege = v.privilege AND p.name = ANY (l.profiles)
                  AND (l.only_columns IS NULL OR c.name = ANY (l.only_columns)) AND (l.except_columns IS NULL OR c.name <> ALL (l.except_columns))) AS should
  FROM columns c, unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) v (privilege), everybody p
UNION ALL
SELECT t.table_name, NULL, v.privilege, p.name, has_table_privilege(p.role, t.oid, v.privilege),
       EXISTS (SELECT FROM listed l WHERE l.object_name = t.table_name AND l.privilege = v.privilege AND p.name = ANY (l.profiles))
  FROM (SELECT DISTINCT table_name, oid FROM columns) t, unnest('{DELETE,TRUNCATE,TRIGGER}'::text[]) v (privilege), everybody p;
CREATE TEMP TABLE may_touch AS SELECT * FROM may_touch_now;
ANALYZE may_touch;
SELECT is_empty('SELECT * FROM may_touch WHERE may AND NOT should', 'no profile may touch a column too many');
SELECT is_empty('SELECT * FROM may_touch WHERE should AND NOT may', 'nor one too few');
SELECT cmp_ok((SELECT count(*) FROM may_touch), '>', 10000::bigint, 'columns times privileges times profiles were compared');
SELECT is_empty($$SELECT p.name, s.oid::regclass FROM profile p, pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace
  WHERE n.nspname IN ('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent', 'wms') AND s.relkind = 'S' AND has_sequence_privilege(p.role, s.oid, 'USAGE, SELECT, UPDATE')$$, 'sequences are for nobody');
SELECT is_empty($$SELECT p.name, n.nspname FROM profile p, pg_namespace n WHERE n.nspname IN ('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent', 'wms')
  AND has_schema_privilege(p.role, n.oid, 'CREATE')$$, 'no profile makes objects');
SELECT is_empty($$SELECT p.name, x.privilege FROM profile p, unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) x (privilege), (VALUES ('wms.schema_migrations'), ('wms.profiles')) t (name)
  WHERE has_table_privilege(p.role, t.name, x.privilege)$$, 'what wms keeps about itself is for nobody');

SELECT set_eq($$SELECT p.name FROM everybody p WHERE has_type_privilege(p.role, 'wms_own_only', 'USAGE')$$, ARRAY['customer', 'agent'], 'whoever is held to his own has the mark of it, and nobody else');
SELECT is_empty($$SELECT table_name, name FROM columns WHERE name IN ('user_id', 'order_id', 'cart_id', 'agent_id', 'refund_id') AND table_name <> 'inventory.product_batch_tracks'
  AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = to_regclass(table_name) AND p.polname = 'wms_own' AND NOT p.polpermissive AND p.polroles @> ARRAY(SELECT role::oid FROM profile WHERE profile.name IN ('customer', 'agent')))$$, 'and sees of every table with rows of people his own');

-- the list is what the profiles are for, in words of its own
SELECT is_empty($$SELECT table_name, name, profile FROM may_touch WHERE privilege = 'SELECT' AND may
  AND (table_name, name) IN (('auth.users', 'password_hash'), ('auth.sessions', 'refresh_token'), ('auth.sessions', 'salt'), ('auth.password_resets', 'token'))
   OR privilege = 'SELECT' AND may AND table_name = 'auth.idempotency_keys'$$, 'secrets are readable by nobody');
SELECT is_empty($$SELECT p.name, t FROM profile p, unnest('{auth.users,auth.sessions,auth.password_resets,auth.idempotency_keys}'::text[]) t WHERE has_table_privilege(p.role, t, 'SELECT')$$, 'SELECT * of them is refused');
SELECT set_eq($$SELECT DISTINCT table_name || '.' || name FROM may_touch WHERE profile = 'viewer' AND privilege = 'SELECT' AND NOT may AND table_name <> 'auth.idempotency_keys'$$,
  ARRAY['auth.users.password_hash', 'auth.sessions.refresh_token', 'auth.sessions.salt', 'auth.password_resets.token'], 'a viewer reads everything else');
SELECT is_empty($$SELECT * FROM may_touch WHERE profile IN ('viewer', 'operator') AND privilege <> 'SELECT' AND may$$, 'and writes nothing, nor does an operator');
SELECT set_eq($$SELECT DISTINCT split_part(table_name, '.', 1) || CASE WHEN table_name LIKE 'catalog.%' THEN '' ELSE '.' || split_part(table_name, '.', 2) END
    FROM may_touch WHERE profile = 'manager' AND privilege = 'UPDATE' AND may$$,
  ARRAY['catalog', 'inventory.warehouses', 'sales.coupons', 'sales.shipping_methods', 'crm.addresses', 'crm.customer_profiles', 'agent.agents', 'agent.targets', 'agent.override_rates'], 'a manager writes master data');
SELECT is_empty($$SELECT table_name FROM may_touch WHERE profile = 'manager' AND name = 'deleted_at' AND privilege <> 'SELECT' AND may$$, 'but deletes nothing softly, by a row put in as deleted neither');
SELECT is_empty($$SELECT table_name, privilege FROM may_touch WHERE profile = 'app' AND privilege IN ('INSERT', 'UPDATE', 'DELETE') AND NOT may$$, 'the app has DML on all tables');
SELECT is_empty($$SELECT name FROM may_call JOIN functions USING (name) WHERE profile = 'app' AND provolatile = 'v' AND NOT may
  AND name NOT IN ('wms_migrate', 'wms_baseline', 'wms_grant', 'wms_revoke', 'wms_set_owner')$$, 'and all commands but those for the owner');
SELECT is_empty($$SELECT a.* FROM (SELECT profile, table_name || coalesce('.' || name, '') || privilege AS what FROM may_touch WHERE may UNION ALL SELECT profile, name FROM may_call WHERE may) a
  JOIN (VALUES ('viewer', 'operator'), ('operator', 'manager'), ('manager', 'admin'), ('admin', 'app'), ('customer', 'agent')) l (lesser, greater) ON a.profile = l.lesser
  LEFT JOIN (SELECT profile, table_name || coalesce('.' || name, '') || privilege AS what FROM may_touch WHERE may UNION ALL SELECT profile, name FROM may_call WHERE may) b ON b.profile = l.greater AND b.what = a.what
  WHERE b.what IS NULL$$, 'each profile includes the one before');
SELECT set_eq($$SELECT name FROM may_call m WHERE profile = 'customer' AND may AND NOT (SELECT may FROM may_call WHERE name = m.name AND profile = 'nobody')
    AND name <> 'wms_set_default_address'$$,
  ARRAY['wms_create_cart', 'wms_set_cart_item', 'wms_apply_coupon', 'wms_merge_carts', 'wms_checkout', 'wms_cancel_order'], 'a customer fills carts, checks out and cancels');
SELECT set_eq($$SELECT name FROM may_call m WHERE profile = 'operator' AND may AND NOT (SELECT may FROM may_call WHERE name = m.name AND profile = 'nobody') AND name <> 'wms_health'$$,
  ARRAY['wms_receive_stock', 'wms_return_stock', 'wms_count_stock', 'wms_reserve_stock', 'wms_extend_reservation', 'wms_release_reservation', 'wms_release_reservations', 'wms_consume_reservation', 'wms_create_transfer',
        'wms_ship_transfer', 'wms_receive_transfer', 'wms_complete_transfer', 'wms_set_batch_status', 'wms_expire_batches', 'wms_process_order', 'wms_pack_order', 'wms_ship_order', 'wms_deliver_order'], 'an operator works in the warehouse');
SELECT is_empty($$SELECT m.* FROM may_call m JOIN listed l ON l.object_name = m.name WHERE profile IN ('customer', 'agent') AND l.schema_name = 'auth' AND may AND NOT 'public' = ANY (l.profiles)$$, 'customers and agents never call auth commands');

-- and back
CREATE TEMP TABLE counted AS SELECT name, wms_revoke(role, name) AS revoked FROM profile;
SELECT is_empty('WITH again AS MATERIALIZED (SELECT name, wms_grant(role, name) AS granted FROM profile) SELECT * FROM counted JOIN again USING (name) WHERE revoked <> granted', 'what is revoked can be granted again, all of it');
SELECT is_empty($$SELECT p.name FROM profile p WHERE wms_revoke(p.role, p.name) = 0 UNION ALL SELECT m.profile FROM may_touch_now m WHERE may UNION ALL
  SELECT m.profile FROM may_call_now m WHERE may AND NOT (SELECT may FROM may_call WHERE name = m.name AND profile = 'nobody')$$, 'and nothing is left after it was revoked');
SELECT * FROM finish();
ROLLBACK;
