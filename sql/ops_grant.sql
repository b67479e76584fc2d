--
-- wms_grant, wms_revoke, wms_set_owner: what they count and refuse. What each profile may do: test/pgtap/06_privileges.sql.
--
-- In a database of its own.
SELECT current_database() AS main \gset
CREATE DATABASE regress_wms_grant;
\c regress_wms_grant
SET client_min_messages = warning;
CREATE EXTENSION wms;
CREATE ROLE regress_wms_clerk;
CREATE ROLE regress_wms_buyer;
CREATE ROLE regress_wms_keeper;

-- repeating grants nothing; what came since is granted
SELECT wms_grant('regress_wms_clerk', 'viewer') > 0 AS first, wms_grant('regress_wms_clerk', 'viewer') AS again;
SELECT to_regclass('wms.profiles') AS noted_in, count(*) AS rows FROM wms.profiles;
ALTER TABLE auth.users ADD COLUMN nickname text;
SELECT has_column_privilege('regress_wms_clerk', 'auth.users', 'nickname', 'SELECT') AS before, wms_grant('regress_wms_clerk', 'viewer') AS added;
SELECT has_column_privilege('regress_wms_clerk', 'auth.users', 'nickname', 'SELECT') AS after;
ALTER TABLE auth.users ADD COLUMN motto text;
SELECT wms_migrate() > 0 AS migrated, has_column_privilege('regress_wms_clerk', 'auth.users', 'motto', 'SELECT') AS after;

-- some schemas
SELECT wms_grant('regress_wms_clerk', 'manager', '{sales}') > 0 AS manager_of_sales;
SELECT has_function_privilege('regress_wms_clerk', 'wms_sell(jsonb, uuid, text, uuid, uuid, text, text, text)', 'EXECUTE') AS sells,
  has_table_privilege('regress_wms_clerk', 'sales.shipping_methods', 'INSERT') AS writes_shipping, has_table_privilege('regress_wms_clerk', 'catalog.products', 'INSERT') AS writes_products,
  has_function_privilege('regress_wms_clerk', 'wms_adjust_stock(uuid, uuid, integer, uuid, uuid, text, integer, text)', 'EXECUTE') AS adjusts;
SELECT wms_grant('regress_wms_clerk', 'manager', '{sales,sales}') AS again, wms_grant('regress_wms_clerk', 'manager', '{catalog}') > 0 AS of_catalog;

-- what another profile gives stays, where it gives it
SELECT wms_revoke('regress_wms_clerk', 'viewer') > 0 AS viewer_taken, wms_migrate() > 0 AS migrated;
SELECT has_schema_privilege('regress_wms_clerk', 'inventory', 'USAGE') AS uses_inventory, has_table_privilege('regress_wms_clerk', 'inventory.warehouses', 'INSERT') AS writes_warehouses;
SELECT has_table_privilege('regress_wms_clerk', 'sales.orders', 'SELECT') AS reads_orders, has_table_privilege('regress_wms_clerk', 'catalog.products', 'SELECT') AS reads_products;
SELECT wms_revoke('regress_wms_clerk', 'viewer') AS not_there, wms_revoke('regress_wms_clerk', 'manager') > 0 AS taken, wms_revoke('regress_wms_clerk', 'manager') AS again;
SELECT has_schema_privilege('regress_wms_clerk', 'sales', 'USAGE') AS uses_sales, has_table_privilege('regress_wms_clerk', 'sales.orders', 'SELECT') AS reads_orders;

-- one that restricts stands alone
SELECT wms_grant('regress_wms_buyer', 'customer') > 0 AS customer, wms_grant('regress_wms_buyer', 'agent') > 0 AS agent_too;
SELECT wms_grant('regress_wms_buyer', 'viewer');
SELECT wms_grant('regress_wms_clerk', 'app') > 0 AS app;
SELECT wms_grant('regress_wms_clerk', 'customer');
SELECT wms_grant(current_user::regrole, 'agent');
SELECT count(*) AS tables, bool_and(relrowsecurity) AS on FROM pg_class WHERE oid IN (SELECT polrelid FROM pg_policy);
SELECT DISTINCT polname, polpermissive, ARRAY(SELECT r::regrole FROM unnest(polroles) r WHERE r <> 0) AS roles FROM pg_policy ORDER BY 1;
SELECT wms_revoke('regress_wms_buyer', 'customer') > 0 AS customer, wms_revoke('regress_wms_buyer', 'agent') > 0 AS agent;
SELECT DISTINCT polname FROM pg_policy;
-- in the other order neither leaves anything
SELECT wms_grant('regress_wms_buyer', 'customer') > 0 AS customer, wms_grant('regress_wms_buyer', 'agent') > 0 AS agent_too;
SELECT wms_revoke('regress_wms_buyer', 'agent') > 0 AS agent;
SELECT has_schema_privilege('regress_wms_buyer', 'agent', 'USAGE') AS uses_agent, has_schema_privilege('regress_wms_buyer', 'sales', 'USAGE') AS uses_sales;
SELECT wms_revoke('regress_wms_buyer', 'customer') > 0 AS customer;
SELECT count(*) AS left_over FROM pg_shdepend WHERE refobjid = 'regress_wms_buyer'::regrole AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database());

-- arguments
SELECT wms_grant(NULL, 'viewer');
SELECT wms_grant('regress_wms_clerk', NULL);
SELECT wms_grant('regress_wms_clerk', 'root');
SELECT wms_grant('regress_wms_clerk', 'viewer', '{}');
SELECT wms_grant('regress_wms_clerk', 'viewer', '{sales,NULL}');
SELECT wms_grant('regress_wms_clerk', 'viewer', '{sales,public}');
SELECT wms_grant('regress_wms_missing', 'viewer');
SELECT wms_grant(0::regrole, 'viewer');
SELECT wms_revoke('regress_wms_clerk', 'root');
SELECT wms_set_owner(NULL);
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT wms_grant('regress_wms_clerk', 'viewer');
ROLLBACK;
BEGIN READ ONLY;
SELECT wms_grant('regress_wms_clerk', 'viewer');
ROLLBACK;

-- for superusers and the owner, whoever has EXECUTE
GRANT EXECUTE ON FUNCTION wms_grant, wms_revoke, wms_set_owner TO regress_wms_clerk;
SET ROLE regress_wms_clerk;
SELECT wms_grant('regress_wms_clerk', 'admin');
SELECT wms_revoke('regress_wms_clerk', 'app');
SELECT wms_set_owner('regress_wms_clerk');
RESET ROLE;
SELECT wms_set_owner('regress_wms_keeper') > 50 AS handed_over, wms_set_owner('regress_wms_keeper') AS again;
SELECT DISTINCT c.relowner::regrole FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent', 'wms');
SET ROLE regress_wms_keeper;
SELECT wms_grant('regress_wms_buyer', 'viewer') > 0 AS granted, wms_revoke('regress_wms_clerk', 'app') > 0 AS revoked;
RESET ROLE;
-- an owner who was made so by hand
CREATE ROLE regress_wms_other;
ALTER SCHEMA wms OWNER TO regress_wms_other;
GRANT EXECUTE ON FUNCTION wms_grant TO regress_wms_other;
SET ROLE regress_wms_other;
SELECT wms_grant('regress_wms_buyer', 'operator');
RESET ROLE;
SELECT wms_set_owner('regress_wms_other') > 0 AS handed_over;
ALTER SCHEMA wms OWNER TO regress_wms_keeper;
SELECT wms_set_owner('regress_wms_other') > 0 AS handed_over;
SET ROLE regress_wms_other;
SELECT wms_grant('regress_wms_buyer', 'operator') > 0 AS granted;
RESET ROLE;

\c :main
DROP DATABASE regress_wms_grant;
DROP ROLE regress_wms_clerk, regress_wms_buyer, regress_wms_keeper, regress_wms_other;
