--
-- The settings wms.*: what they take and what they refuse.
--
-- The library makes them known; it comes with the first call of any function.
SELECT wms_version() IS NOT NULL AS loaded;

SELECT name, setting, unit, context, vartype, min_val, max_val, enumvals FROM pg_settings
WHERE name LIKE 'wms.%' AND name <> 'wms.timezone' ORDER BY name;
SELECT bool_and(short_desc <> '') AS described FROM pg_settings WHERE name LIKE 'wms.%';

SET wms.no_such_setting = 1;
\echo :LAST_ERROR_SQLSTATE

-- who acts
SET wms.actor_id = '6f9619ff-8b86-d011-b42d-00c04fc964ff';
SET wms.actor_id = '{6F9619FF-8B86D011-b42d00c04fc964ff}';
SET wms.actor_id = '6f9619ff8b86d011b42d00c04fc964ff';
SET wms.actor_id = '';
SET wms.actor_id = 'me';
\echo :LAST_ERROR_SQLSTATE
SET wms.actor_id = '6f9619ff-8b86-d011-b42d-00c04fc964f';
SET wms.actor_id = '6f9619ff-8b86-d011-b42d-00c04fc964ff-';
SET wms.actor_id = '6f9619ff--8b86-d011-b42d-00c04fc964ff';
SET wms.actor_id = '{6f9619ff-8b86-d011-b42d-00c04fc964ff';

-- the business zone: what is shown can be used as a zone
SELECT current_setting('wms.timezone') = current_setting('log_timezone') AS that_of_the_log;
SET wms.timezone = 'America/Bogota';
SHOW wms.timezone;
SELECT timestamptz '2026-01-01 03:00+00' AT TIME ZONE current_setting('wms.timezone') AS there;
SET wms.timezone = 'Atlantis/Capital';
\echo :LAST_ERROR_SQLSTATE
SET wms.timezone = '';
SELECT current_setting('wms.timezone') = current_setting('log_timezone') AS that_of_the_log;

-- the tax rate is a decimal number, not a float
SET wms.tax_rate = '19';
SET wms.tax_rate = '8.875';
SET wms.tax_rate = '100.00';
SET wms.tax_rate = '0';
SET wms.tax_rate = '';
SET wms.tax_rate = '100.0001';
\echo :LAST_ERROR_SQLSTATE
SET wms.tax_rate = '-1';
SET wms.tax_rate = '1e1';
SET wms.tax_rate = '7.';
SET wms.tax_rate = '.5';
SET wms.tax_rate = '1.23456';
SET wms.tax_rate = 'NaN';
SET wms.tax_rate = '0019';

-- times are seconds, and may be written with a unit
SET wms.order_hold = '30min';
SHOW wms.order_hold;
SELECT setting FROM pg_settings WHERE name = 'wms.order_hold';
SET wms.idempotency_retention = '1d';
SHOW wms.idempotency_retention;

SET wms.commission_base = net;
SET wms.commission_base = gross;
-- out of range; PostgreSQL words this differently from version to version
\set VERBOSITY sqlstate
SET wms.order_hold = -1;
SET wms.refresh_grace = '2d';
SET wms.bcrypt_cost = 3;
SET wms.bcrypt_cost = 17;
\set VERBOSITY default

-- any session may say who acts and leave the tables alone; the rest is for superusers
CREATE ROLE regress_wms_settings;
SET ROLE regress_wms_settings;
SET wms.actor_id = '6f9619ff-8b86-d011-b42d-00c04fc964ff';
SET wms.install = off;
SET wms.guard = off;
\echo :LAST_ERROR_SQLSTATE
SET wms.tax_rate = '0';
SET wms.timezone = 'UTC';
RESET ROLE;
GRANT SET ON PARAMETER wms.tax_rate TO regress_wms_settings;
SET ROLE regress_wms_settings;
SET wms.tax_rate = '7';
RESET ROLE;
REVOKE SET ON PARAMETER wms.tax_rate FROM regress_wms_settings;
DROP ROLE regress_wms_settings;
RESET ALL;
