-- What the catalogue must say of functions and tables, whatever is added to them.
BEGIN;
SELECT plan(33);

CREATE TEMP VIEW functions AS
SELECT p.*, p.proname::text AS name, p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) AS is_trigger, has_function_privilege('regress_wms_nobody', p.oid, 'EXECUTE') AS is_public
  FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'wms';
CREATE TEMP VIEW tables AS
SELECT c.oid, n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent') AND c.relkind IN ('r', 'p');
CREATE TEMP VIEW columns AS
SELECT t.name AS table_name, t.oid, a.attname::text AS name, a.attnum, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required, pg_get_expr(d.adbin, d.adrelid) AS fallback
  FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum;
CREATE ROLE regress_wms_nobody;

-- functions
SELECT is_empty($$SELECT name FROM functions WHERE name !~ '^wms_[a-z0-9_]+$'$$, 'every function is called wms_...');
SELECT is_empty($$SELECT name FROM functions GROUP BY name HAVING count(*) > 1$$, 'no function is overloaded');
SELECT is_empty($$SELECT name FROM functions WHERE coalesce(obj_description(oid, 'pg_proc'), '') = ''$$, 'every function has a comment');
SELECT is_empty($$SELECT name, p.proname FROM functions f JOIN pg_proc p ON p.proname = f.name AND p.oid <> f.oid$$, 'nor does anything else carry the name of one');
SELECT is_empty($$SELECT name FROM functions WHERE prosecdef AND proconfig IS DISTINCT FROM '{"search_path=pg_catalog, pg_temp"}'$$, 'with the rights of another only on a pinned search_path');
SELECT is_empty($$SELECT name FROM functions WHERE NOT is_trigger AND provolatile <> 'i' AND NOT coalesce(proconfig @> '{"search_path=pg_catalog, pg_temp"}', false)
  AND name NOT IN ('wms_uuid_v7', 'wms_migrate', 'wms_baseline', 'wms_hash_password', 'wms_verify_password')$$, 'whatever runs SQL does so on a pinned search_path, migrations pin their own');
SELECT is_empty($$SELECT name FROM functions WHERE provolatile = 'v' AND NOT is_trigger AND is_public AND name <> 'wms_uuid_v7'$$, 'no command is open to everybody');
SELECT is_empty($$SELECT name FROM functions WHERE (is_trigger OR name = 'wms_uuid_v7' OR provolatile <> 'v') AND NOT is_public AND name NOT IN ('wms_verify_password', 'wms_health')$$, 'triggers, defaults and queries are');
SELECT is_empty($$SELECT name FROM functions WHERE prosecdef AND provolatile <> 'v' AND name NOT IN ('wms_available_quantity', 'wms_cart', 'wms_quote_cart', 'wms_quote_order')$$, 'queries see what their caller may see');
SELECT is_empty($$SELECT name FROM functions WHERE provolatile = 'v' AND NOT prosecdef AND NOT is_trigger
  AND name NOT IN ('wms_uuid_v7', 'wms_next_order_number', 'wms_migrate', 'wms_baseline', 'wms_grant', 'wms_revoke', 'wms_set_owner', 'wms_hash_password')$$, 'commands act for their owner, those over rights and schema for their caller');
SELECT is_empty($$SELECT name FROM functions WHERE is_trigger AND prosecdef$$, 'no trigger acts for its owner');
SELECT is_empty($$SELECT name FROM functions WHERE prosecdef AND proparallel = 's'$$, 'who switches users does so in the leader');
SELECT is_empty($$SELECT name FROM functions WHERE 'idempotency_key' = ANY (proargnames) AND (proargnames[pronargs] <> 'idempotency_key' OR proargtypes[pronargs - 1] <> 'text'::regtype OR pronargdefaults = 0)$$,
  'idempotency_key is the last parameter and may be left out');
SELECT is_empty($$SELECT name, argument FROM functions, unnest(proargnames) argument WHERE argument !~ '^[a-z][a-z0-9_]*$'
  UNION ALL SELECT name, word FROM functions, unnest(proargnames) argument JOIN pg_get_keywords() k ON k.word = argument WHERE k.catcode = 'R'$$, 'every parameter and result can be typed without quotes');
SELECT is_empty($$SELECT name FROM functions WHERE NOT is_trigger AND pronargs > 0 AND proargnames IS NULL$$, 'every parameter has a name');
SELECT is_empty($$SELECT f.name, t.typname FROM functions f JOIN pg_type t ON t.oid = f.prorettype OR t.oid = ANY (f.proargtypes) OR t.oid = ANY (f.proallargtypes) JOIN pg_class c ON c.oid = t.typrelid$$,
  'no signature names the row type of a table');
SELECT is_empty($$SELECT f.name, d.classid::regclass, d.objid FROM functions f JOIN pg_depend d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid AND (d.classid = 'pg_constraint'::regclass OR d.classid = 'pg_class'::regclass
   OR (d.classid = 'pg_attrdef'::regclass AND EXISTS (SELECT FROM pg_attrdef x JOIN pg_attribute a ON a.attrelid = x.adrelid AND a.attnum = x.adnum AND a.attgenerated <> '' WHERE x.oid = d.objid)))$$,
  'no check, index or generated column calls a function of ours');

-- tables
SELECT is_empty($$SELECT t.name FROM tables t JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.deptype = 'e'$$, 'the tables are the user''s, no members');
SELECT is_empty($$SELECT t.name FROM tables t WHERE NOT EXISTS (SELECT FROM columns c WHERE c.oid = t.oid AND c.name = 'id' AND c.type = 'uuid' AND c.required AND c.fallback IN ('gen_random_uuid()', 'wms_uuid_v7()'))
  AND t.name NOT IN ('auth.user_roles', 'catalog.product_categories', 'catalog.product_attributes', 'catalog.product_variant_options')$$, 'every table has an id that comes by itself, junctions excepted');
SELECT set_eq($$SELECT table_name FROM columns WHERE name = 'id' AND fallback LIKE '%wms_uuid_v7()'$$,
  ARRAY['inventory.product_batch_tracks', 'inventory.stock_movements', 'inventory.stock_reservations', 'sales.order_status_history'], 'those that grow fastest are ordered by time');
SELECT is_empty($$SELECT t.name FROM tables t WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'p')$$, 'every table has a primary key');
SELECT is_empty($$SELECT t.name FROM tables t WHERE NOT EXISTS (SELECT FROM columns c WHERE c.oid = t.oid AND c.name = 'created_at' AND c.type = 'timestamp with time zone' AND c.required AND c.fallback = 'now()')$$,
  'every table has created_at');
SELECT is_empty($$SELECT c.table_name FROM columns c WHERE c.name = 'updated_at' AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname = 'wms_updated_at' AND g.tgfoid = 'wms_set_updated_at'::regproc
  AND g.tgenabled = 'O' AND g.tgtype & 1 = 1 AND g.tgtype & 2 = 2 AND g.tgtype & 16 = 16)$$, 'every updated_at is kept by its trigger');
SELECT is_empty($$SELECT t.name FROM tables t WHERE coalesce(obj_description(t.oid, 'pg_class'), '') = ''
  UNION ALL SELECT nspname FROM pg_namespace WHERE nspname IN ('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent', 'wms') AND coalesce(obj_description(oid, 'pg_namespace'), '') = ''$$, 'every schema and table has a comment');
SELECT is_empty($$SELECT table_name, name, type FROM columns WHERE type LIKE 'timestamp%' AND type <> 'timestamp with time zone' OR type IN ('real', 'double precision', 'money', 'serial', 'numeric') OR type LIKE 'character%'
  OR (type LIKE 'numeric%' AND type NOT IN ('numeric(12,2)', 'numeric(14,4)', 'numeric(5,2)') AND name <> 'weight')$$, 'instants have a zone, amounts a scale, texts no length');
SELECT is_empty($$SELECT c.table_name, c.name FROM columns c WHERE c.name IN ('status', 'type', 'role', 'tier', 'customer_group', 'payment_method', 'gender', 'action')
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey @> ARRAY[c.attnum])$$, 'every status and type is a text with a list');
SELECT is_empty($$SELECT k.conrelid::regclass, k.conname FROM pg_constraint k JOIN tables t ON t.oid = k.conrelid WHERE k.contype = 'f' AND ((k.confdeltype NOT IN ('a', 'r') AND k.conrelid::regclass::text <> 'sales.cart_items') OR NOT k.convalidated
  OR (k.confdeltype <> 'r' AND t.name IN ('inventory.stock_movements', 'inventory.product_batch_tracks', 'sales.order_status_history')))$$, 'nothing is deleted along with something else but the lines of a cart; ledgers restrict');
SELECT is_empty($$SELECT i.indexrelid::regclass FROM pg_index i JOIN columns c ON c.oid = i.indrelid AND c.attnum = ANY (i.indkey) WHERE i.indisunique AND NOT i.indnullsnotdistinct AND NOT c.required
  AND c.name IN ('variant_id', 'component_variant_id', 'customer_group', 'starts_at', 'actor_id', 'parent_id', 'batch_id', 'payment_provider')$$, 'no unique key lets two rows in because a part of it is NULL');
SELECT set_eq($$SELECT table_name FROM columns WHERE name = 'deleted_at'$$, ARRAY['auth.users', 'catalog.products', 'catalog.product_variants', 'catalog.categories', 'catalog.brands', 'inventory.warehouses',
  'inventory.product_batches', 'sales.coupons', 'agent.agents'], 'nine tables know soft deletion');
SELECT is_empty($$SELECT i.indexrelid::regclass FROM pg_index i JOIN columns c ON c.oid = i.indrelid AND c.name = 'deleted_at' WHERE i.indisunique AND pg_get_expr(i.indpred, i.indrelid) IS DISTINCT FROM '(deleted_at IS NULL)'
  AND NOT EXISTS (SELECT FROM columns id WHERE id.oid = i.indrelid AND id.name IN ('id', 'option_values') AND id.attnum = ANY (i.indkey))$$, 'and what was deleted there blocks no name');

-- ready to be distributed: stock by its warehouse, everything of an order by the order
SELECT is_empty($$SELECT v FROM (VALUES ('inventory.stock_items'), ('inventory.stock_item_batches'), ('inventory.stock_movements'), ('inventory.stock_reservations')) v (v)
  WHERE NOT EXISTS (SELECT FROM columns c WHERE c.table_name = v AND c.name = 'warehouse_id' AND c.type = 'uuid' AND c.required)$$, 'every row about stock carries its warehouse');
SELECT is_empty($$SELECT v FROM (VALUES ('sales.order_items'), ('sales.order_status_history'), ('sales.payments'), ('sales.coupon_redemptions'), ('sales.refunds'), ('sales.refund_items'), ('agent.commissions')) v (v)
  WHERE NOT EXISTS (SELECT FROM columns c WHERE c.table_name = v AND c.name = 'order_id' AND c.type = 'uuid' AND c.required)$$, 'every child of an order carries it');
SELECT is_empty($$SELECT t.name FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attidentity <> ''
  UNION ALL SELECT s.relnamespace::regnamespace || '.' || s.relname FROM pg_class s WHERE s.relkind = 'S' AND s.relnamespace::regnamespace::text IN ('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent')
    AND s.relname NOT IN ('order_number_seq', 'refund_number_seq', 'transfer_number_seq', 'payout_number_seq')$$, 'numbers come from sequences in four documents and nowhere else');
SELECT * FROM finish();
ROLLBACK;
