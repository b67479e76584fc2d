--
-- What notes a profile and what it gives do not part: no way of losing the note leaves a role with more than its profile gave.
--
-- In a database of its own.
SELECT current_database() AS main \gset
CREATE DATABASE regress_wms_mark;
\c regress_wms_mark
SET client_min_messages = warning;
CREATE EXTENSION wms;
CREATE ROLE regress_wms_keeper;
CREATE ROLE regress_wms_heir;
CREATE ROLE regress_wms_buyer;
CREATE ROLE regress_wms_clerk;
CREATE ROLE regress_wms_friend;
CREATE ROLE regress_wms_plain;
CREATE FUNCTION regress_try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
  detail text;
  hint text;
BEGIN
  EXECUTE statement INTO answer;
  RETURN coalesce(answer, 'nothing');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
INSERT INTO auth.users (id, email) VALUES (md5('ann')::uuid, 'ann@mark.example'), (md5('ben')::uuid, 'ben@mark.example');
INSERT INTO sales.orders (id, order_number, user_id) VALUES (md5('A')::uuid, 'MARK-A', md5('ann')::uuid), (md5('B')::uuid, 'MARK-B', md5('ben')::uuid);
SELECT set_config('wms.actor_id', md5('ann')::uuid::text, false) <> '' AS ann_acts;

-- the note is lost: with everything that the role was granted, or alone; the tables are the superuser's or somebody's who is none
CREATE FUNCTION regress_lose(how text) RETURNS TABLE (cancels text, sees text, after_migration text, taken boolean, left_over bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM wms_revoke('regress_wms_buyer', 'customer');
  PERFORM wms_grant('regress_wms_buyer', 'customer');
  EXECUTE how;
  SET LOCAL ROLE regress_wms_buyer;
  cancels := left(regress_try($q$SELECT wms_cancel_order(md5('B')::uuid)$q$), 5);
  sees := left(regress_try('SELECT count(*) FROM sales.orders'), 5);
  RESET ROLE;
  PERFORM wms_migrate();
  SET LOCAL ROLE regress_wms_buyer;
  after_migration := left(regress_try('SELECT count(*) FROM sales.orders'), 5);
  RESET ROLE;
  taken := wms_revoke('regress_wms_buyer', 'customer') > 0;
  SELECT count(*) INTO left_over FROM pg_shdepend WHERE refobjid = 'regress_wms_buyer'::regrole AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database());
  RETURN NEXT;
END $$;
SELECT l.* FROM unnest(ARRAY['DROP OWNED BY regress_wms_buyer', 'REVOKE ALL ON ALL TABLES IN SCHEMA wms FROM regress_wms_buyer', 'SELECT']) WITH ORDINALITY h (how, n), regress_lose(how) l ORDER BY n;
SELECT wms_set_owner('regress_wms_keeper') > 0 AS handed_over;
SELECT l.* FROM unnest(ARRAY['DROP OWNED BY regress_wms_buyer', 'REVOKE ALL ON ALL TABLES IN SCHEMA wms FROM regress_wms_buyer', 'SELECT']) WITH ORDINALITY h (how, n), regress_lose(how) l ORDER BY n;

SELECT wms_grant('regress_wms_buyer', 'customer') > 0 AS granted;
DROP OWNED BY regress_wms_buyer;
SELECT wms_grant('regress_wms_buyer', 'viewer');
SELECT wms_revoke('regress_wms_buyer', 'agent') > 0 AS taken, wms_grant('regress_wms_buyer', 'viewer') > 0 AS viewer, wms_revoke('regress_wms_buyer', 'viewer') > 0 AS taken;

-- a plain GRANT, of all functions too, holds nobody to his own rows
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_wms_plain;
SELECT wms_grant('regress_wms_buyer', 'customer') > 0 AS granted;
SET ROLE regress_wms_plain;
SELECT regress_try($$SELECT wms_cancel_order(md5('B')::uuid)$$) AS by_plain_grant;
RESET ROLE;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM regress_wms_plain;

-- REASSIGN OWNED: what the former owner granted is taken back by a superuser, and by nobody who could not
SELECT wms_grant('regress_wms_clerk', 'manager', '{sales}') > 0 AS granted;
REASSIGN OWNED BY regress_wms_keeper TO regress_wms_heir;
SELECT wms_migrate() > 0 AS migrated;
SET ROLE regress_wms_heir;
SELECT wms_revoke('regress_wms_clerk', 'manager');
RESET ROLE;
SELECT wms_revoke('regress_wms_clerk', 'manager') > 0 AS revoked,
  has_function_privilege('regress_wms_clerk', 'wms_cancel_order(uuid, text)', 'EXECUTE') AS still_cancels;
SELECT wms_set_owner('regress_wms_heir') >= 0 AS handed_over;
SET ROLE regress_wms_heir;
SELECT wms_grant('regress_wms_clerk', 'manager', '{sales}') > 0 AS granted, wms_revoke('regress_wms_clerk', 'manager') > 0 AS revoked;
RESET ROLE;
REASSIGN OWNED BY regress_wms_heir TO regress_wms_keeper;
SELECT wms_set_owner('regress_wms_heir') > 0 AS handed_over;
SET ROLE regress_wms_buyer;
SELECT left(regress_try($$SELECT wms_cancel_order(md5('B')::uuid)$$), 5) AS still_held, count(*) AS sees FROM sales.orders;
RESET ROLE;

-- what was granted onwards is named before anything is taken
GRANT EXECUTE ON FUNCTION wms_sell, wms_cancel_order TO regress_wms_clerk WITH GRANT OPTION;
SET ROLE regress_wms_clerk;
GRANT EXECUTE ON FUNCTION wms_sell, wms_cancel_order TO regress_wms_friend;
RESET ROLE;
SELECT wms_grant('regress_wms_clerk', 'manager', '{sales}') > 0 AS granted;
SELECT wms_revoke('regress_wms_clerk', 'manager');
SET ROLE regress_wms_clerk;
REVOKE EXECUTE ON FUNCTION wms_sell, wms_cancel_order FROM regress_wms_friend;
RESET ROLE;
SELECT wms_revoke('regress_wms_clerk', 'manager') > 0 AS revoked, has_function_privilege('regress_wms_clerk', 'wms_cancel_order(uuid, text)', 'EXECUTE') AS still_cancels;

-- the owner has everything already; who has a profile does not become the owner
SELECT wms_grant('regress_wms_heir', 'viewer');
SELECT wms_grant('regress_wms_clerk', 'viewer') > 0 AS granted;
SELECT wms_set_owner('regress_wms_clerk');
SELECT wms_revoke('regress_wms_clerk', 'viewer') > 0 AS revoked;

-- a former owner is left with nothing, whoever handed over
GRANT regress_wms_keeper TO regress_wms_heir;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_wms_heir, regress_wms_keeper', current_database()) \gexec
SET SESSION AUTHORIZATION regress_wms_heir;
SELECT wms_set_owner('regress_wms_keeper') > 0 AS handed_over;
RESET SESSION AUTHORIZATION;
REVOKE regress_wms_keeper FROM regress_wms_heir;
SELECT count(*) AS of_former_owner FROM pg_proc p, aclexplode(p.proacl) x WHERE x.grantee = 'regress_wms_heir'::regrole OR x.grantor = 'regress_wms_heir'::regrole;
SELECT count(*) AS of_owner FROM pg_proc p, aclexplode(p.proacl) x WHERE x.grantee = 'regress_wms_keeper'::regrole AND x.is_grantable AND p.proname = 'wms_sell';
SET ROLE regress_wms_keeper;
SELECT wms_grant('regress_wms_clerk', 'app') > 0 AS granted, wms_revoke('regress_wms_clerk', 'app') > 0 AS revoked;
RESET ROLE;
SET ROLE regress_wms_buyer;
SELECT left(regress_try($$SELECT wms_cancel_order(md5('B')::uuid)$$), 5) AS still_held, count(*) AS sees FROM sales.orders;
RESET ROLE;

-- one that restricts goes with no other, by membership neither
GRANT regress_wms_buyer TO regress_wms_friend;
SELECT wms_grant('regress_wms_friend', 'app');
REVOKE regress_wms_buyer FROM regress_wms_friend;
SELECT wms_grant('regress_wms_friend', 'app') > 0 AS granted;
GRANT regress_wms_plain TO regress_wms_friend;
SELECT wms_grant('regress_wms_plain', 'agent');

-- without the extension there are no policies
SELECT wms_revoke('regress_wms_friend', 'app') > 0 AS revoked;
DROP EXTENSION wms CASCADE;
SELECT polrelid::regclass, polname FROM pg_policy;
CREATE EXTENSION wms;
SELECT wms_migrate() > 0 AS migrated, count(*) > 20 AS policies FROM pg_policy;
SET ROLE regress_wms_buyer;
SELECT left(regress_try($$SELECT wms_cancel_order(md5('B')::uuid)$$), 5) AS still_held, count(*) AS sees FROM sales.orders;
RESET ROLE;

\c :main
DROP DATABASE regress_wms_mark;
DROP ROLE regress_wms_keeper, regress_wms_heir, regress_wms_buyer, regress_wms_clerk, regress_wms_friend, regress_wms_plain;
