--
-- The tables as steps up and down: wms_migrate, wms_migrations, wms_baseline.
--
-- In a database of its own, which goes down to nothing and up again.
SELECT current_database() AS main \gset
CREATE DATABASE regress_wms_migrate;
\c regress_wms_migrate
SET client_min_messages = warning;
CREATE EXTENSION wms;

SELECT wms_version() = extversion AS same FROM pg_extension WHERE extname = 'wms';
SELECT version, name, applied_at IS NOT NULL AS applied FROM wms_migrations();
SELECT wms_migrate();
SELECT version, name, direction FROM wms.schema_migrations ORDER BY applied_at;

-- nothing but functions and the steps themselves belongs to the extension
SELECT classid::regclass, objid FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'wms')
  AND classid NOT IN ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_type'::regclass);
SELECT objid::regclass FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND classid = 'pg_class'::regclass
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'wms') ORDER BY 1::text;

-- targets
SELECT wms_migrate(-1);
\echo :LAST_ERROR_SQLSTATE
SELECT wms_migrate(99);
SELECT wms_baseline(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT wms_baseline(99);
\echo :LAST_ERROR_SQLSTATE

-- down and up again, with nothing but what the steps insert themselves
SELECT wms_migrate(4);
SELECT version, applied_at IS NULL AS pending FROM wms_migrations();
SELECT wms_migrate(target => 0);
SELECT nspname FROM pg_namespace WHERE nspname IN ('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent', 'wms');
SELECT wms_migrate(3);
SELECT wms_migrate(3);
SELECT wms_migrate();

-- data is not destroyed
INSERT INTO catalog.brands (name) VALUES ('Acme');
SELECT wms_migrate(1);
\echo :LAST_ERROR_SQLSTATE
SELECT version AS pending FROM wms_migrations() WHERE applied_at IS NULL;
DELETE FROM catalog.brands;
INSERT INTO auth.roles (name) VALUES ('night watch');
SELECT wms_migrate(0);
DO $$
BEGIN
  PERFORM wms_migrate(0);
EXCEPTION WHEN SQLSTATE 'WM090' THEN
  RAISE WARNING 'caught: %', SQLERRM;
END $$;
-- a table of somebody else in one of our schemas is in the way
CREATE TABLE agent.mine (id integer);
SELECT wms_migrate(5);
\echo :LAST_ERROR_SQLSTATE
DO $$
BEGIN
  PERFORM wms_migrate(5);
EXCEPTION WHEN dependent_objects_still_exist THEN
  RAISE WARNING 'caught: %', SQLERRM;
END $$;
DROP TABLE agent.mine;
SET wms.allow_data_loss = on;
SELECT wms_migrate(0);
RESET wms.allow_data_loss;
SELECT wms_migrate();
SELECT name FROM auth.roles WHERE name = 'night watch';

-- without the standard rows
SELECT wms_migrate(0);
SET wms.seed = off;
SELECT wms_migrate();
SELECT count(*) FROM auth.roles;
RESET wms.seed;

-- a step of a later version: columns that are there already
INSERT INTO wms_migration (version, name, up, down) VALUES (7, '007_add_colour',
  'ALTER TABLE catalog.brands ADD COLUMN IF NOT EXISTS colour text, ADD COLUMN IF NOT EXISTS width numeric(8,3);',
  'ALTER TABLE catalog.brands DROP COLUMN colour, DROP COLUMN width;');
ALTER TABLE catalog.brands ADD COLUMN colour integer;
SELECT wms_migrate();
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE catalog.brands DROP COLUMN colour, ADD COLUMN width numeric(10,3);
SELECT wms_migrate();
ALTER TABLE catalog.brands DROP COLUMN width, ADD COLUMN colour text;
SELECT wms_migrate();
INSERT INTO catalog.brands (name, colour) VALUES ('Acme', 'red');
SELECT wms_migrate(6);
UPDATE catalog.brands SET colour = NULL;
SELECT wms_migrate(6);
DELETE FROM catalog.brands;

-- the statement that fails is shown, and nothing of the step stays
UPDATE wms_migration SET up = 'CREATE TABLE catalog.first (id integer); SELECT 1 / 0; CREATE TABLE catalog.second (id integer);'
WHERE version = 7;
SELECT wms_migrate();
SELECT to_regclass('catalog.first');
UPDATE wms_migration SET up = 'COMMIT' WHERE version = 7;
SELECT wms_migrate();
\echo :LAST_ERROR_SQLSTATE
UPDATE wms_migration SET up = 'CREATE TABLE public.brands (id integer)', down = 'DROP TABLE public.brands' WHERE version = 7;
CREATE TABLE public.brands (id integer);
SELECT wms_migrate();
\echo :LAST_ERROR_SQLSTATE
DROP TABLE public.brands;

-- a step may write what commands keep, though the tables are of no version while it runs
UPDATE wms_migration SET
  up = $$SET CONSTRAINTS ALL IMMEDIATE;
    INSERT INTO sales.orders (order_number, subtotal, total) VALUES ('OLD-1', 10, 10);
    UPDATE sales.orders SET status = 'cancelled' WHERE order_number = 'OLD-1';$$,
  down = 'SELECT 1'
WHERE version = 7;
SELECT wms_migrate();
SELECT status FROM sales.orders;
UPDATE sales.orders SET status = 'pending';
\echo :LAST_ERROR_SQLSTATE
SELECT wms_migrate(6);
UPDATE wms_migration SET up = 'CREATE TABLE wms.later (id integer)', down = 'DROP TABLE wms.later' WHERE version = 7;

-- tables without their log
SELECT wms_migrate();
TRUNCATE wms.schema_migrations;
SELECT wms_migrate();
\echo :LAST_ERROR_SQLSTATE
SELECT wms_baseline(6);
SELECT version FROM wms_migrations() WHERE applied_at IS NULL;
SELECT wms_baseline(7);
SELECT wms_migrate();
SELECT wms_migrate(6);

-- a log that is none
ALTER TABLE wms.schema_migrations ALTER COLUMN name TYPE integer USING 1;
SELECT wms_migrate();
ALTER TABLE wms.schema_migrations ALTER COLUMN name TYPE text USING 'restored';

-- tables of a later wms
INSERT INTO wms.schema_migrations (version, name, direction) VALUES (8, '008_from_the_future', 'up');
SELECT version, name FROM wms_migrations() WHERE applied_at IS NOT NULL AND version > 6;
SELECT wms_migrate();
\echo :LAST_ERROR_SQLSTATE
DELETE FROM wms.schema_migrations WHERE version = 8;
DELETE FROM wms_migration WHERE version = 7;

-- what hangs on the tables is made where it is missing, and left alone where it is not
INSERT INTO wms_wiring (ord, since, until, kind, rel, name, ddl) VALUES
  (900001, 2, NULL, 'trigger', 'catalog.brands', 'test_trigger',
   'CREATE TRIGGER test_trigger BEFORE UPDATE ON catalog.brands FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()'),
  (900002, 2, NULL, 'default', 'catalog.brands', 'description', 'ALTER TABLE catalog.brands ALTER COLUMN description SET DEFAULT wms_version()'),
  (900003, 2, NULL, 'policy', 'catalog.brands', 'test_policy', 'CREATE POLICY test_policy ON catalog.brands USING (wms_version() <> '''')'),
  (900004, 2, NULL, 'view', 'catalog.test_view', 'test_view', 'CREATE VIEW catalog.test_view AS SELECT wms_version() AS version'),
  (900005, 2, 6, 'trigger', 'catalog.brands', 'old_trigger', 'CREATE TRIGGER old_trigger this is not run'),
  (900006, 6, NULL, 'trigger', 'catalog.brands', 'new_trigger',
   'CREATE TRIGGER new_trigger BEFORE UPDATE ON catalog.brands FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()');
CREATE VIEW test_wiring AS
SELECT tgname::text AS name, tgenabled::text AS state FROM pg_trigger WHERE tgname ~ '^(test|old|new)_trigger$'
UNION ALL SELECT polname, 'policy' FROM pg_policy WHERE polname = 'test_policy'
UNION ALL SELECT column_name, column_default FROM information_schema.columns
  WHERE table_schema = 'catalog' AND table_name = 'brands' AND column_name = 'description'
UNION ALL SELECT 'view', to_regclass('catalog.test_view')::text;
SELECT wms_migrate();
SELECT * FROM test_wiring ORDER BY name;
ALTER TABLE catalog.brands DISABLE TRIGGER test_trigger, ALTER COLUMN description SET DEFAULT 'none';
DROP VIEW catalog.test_view;
SELECT wms_migrate();
SELECT * FROM test_wiring ORDER BY name;
-- on the way down it goes with the version it came with
DELETE FROM wms_wiring WHERE ord = 900005;
SELECT wms_migrate(5);
SELECT name FROM test_wiring ORDER BY name;
SELECT wms_migrate();
SELECT name FROM test_wiring ORDER BY name;
UPDATE wms_wiring SET ddl = 'CREATE VIEW catalog.test_view AS SELECT no_such_column' WHERE ord = 900004;
DROP VIEW catalog.test_view;
SELECT wms_migrate();
DELETE FROM wms_wiring WHERE ord > 900000;

-- who may
CREATE ROLE regress_wms_owner;
CREATE ROLE regress_wms_other;
GRANT EXECUTE ON FUNCTION wms_migrate(integer), wms_baseline(integer) TO regress_wms_owner;
SET ROLE regress_wms_other;
SELECT count(*) FROM wms_migrations();
SELECT wms_migrate();
\echo :LAST_ERROR_SQLSTATE
SELECT wms_baseline(6);
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_wms_owner;
SELECT wms_migrate();
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER SCHEMA wms OWNER TO regress_wms_owner;
ALTER TABLE wms.schema_migrations OWNER TO regress_wms_owner;
GRANT USAGE ON SCHEMA auth, catalog, inventory, sales, crm, agent TO regress_wms_owner;
SET ROLE regress_wms_owner;
SELECT wms_migrate();
RESET ROLE;
-- what a superuser makes then is the owner's
INSERT INTO wms_migration (version, name, up, down)
VALUES (7, '007_add_table', 'CREATE TABLE wms.later (id integer)', 'DROP TABLE wms.later');
SELECT wms_migrate();
SELECT relowner::regrole FROM pg_class WHERE oid = 'wms.later'::regclass;

-- old snapshots
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT wms_migrate();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN;
SELECT wms_migrate(6);
ROLLBACK;
SELECT max(version) FROM wms_migrations() WHERE applied_at IS NOT NULL;

\c :main
DROP DATABASE regress_wms_migrate;
DROP ROLE regress_wms_owner, regress_wms_other;
