-- Roles: given, taken, asked for; those of the seed are there.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set nobody '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command INTO message;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  message := regexp_replace(message, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'ID');
END $$;
SELECT name, description FROM auth.roles ORDER BY 1;
INSERT INTO auth.users (email, role) VALUES ('ann@ao.example', 'super_admin') RETURNING id AS ann \gset
INSERT INTO auth.users (email) VALUES ('bob@ao.example') RETURNING id AS bob \gset

-- the kind of a user is not one of his roles
SELECT wms_has_role(:'ann', 'admin'), (SELECT count(*) FROM wms_user_roles(:'ann'));
SELECT wms_assign_role(:'ann', 'viewer'), wms_assign_role(:'ann', 'operator'), wms_assign_role(user_id => :'ann', role_name => 'viewer');
SELECT * FROM wms_user_roles(:'ann');
SELECT r.name, wms_has_role(:'ann', r.name), wms_has_role(:'bob', r.name) FROM auth.roles r ORDER BY 1;
SELECT wms_revoke_role(:'ann', 'viewer'), wms_revoke_role(:'ann', 'viewer'), wms_revoke_role(:'bob', 'viewer');
SELECT * FROM wms_user_roles(:'ann');
-- roles of one's own
INSERT INTO auth.roles (name) VALUES ('Night shift');
SELECT wms_assign_role(:'bob', 'Night shift');
SELECT wms_has_role(:'bob', 'Night shift');

-- names are exact; unknown ones are told apart from roles that a user has not got
SELECT a.* FROM unnest(ARRAY['Viewer', '', 'super_admin', ' viewer', repeat('x', 200), ''' OR true --', NULL]) WITH ORDINALITY r(name, n), unnest('{assign_role,revoke_role,has_role}'::text[]) f, pg_temp.attempt(format('SELECT wms_%s(%L, %L)', f, :'ann', name)) a ORDER BY f, n;
SELECT a.* FROM unnest(ARRAY[:nobody, NULL]) u, unnest('{assign_role,revoke_role,has_role}'::text[]) f, pg_temp.attempt(format('SELECT wms_%s(%L, ''viewer'')', f, u)) a ORDER BY f, u;
SELECT a.* FROM unnest(ARRAY[:nobody, NULL]) u, pg_temp.attempt(format('SELECT * FROM wms_user_roles(%L)', u)) a;

-- a deleted user has none and gets none; they can be taken from him, else they come back with him
UPDATE auth.users SET deleted_at = now() WHERE id IN (:'ann', :'bob');
SELECT wms_has_role(:'ann', 'operator'), (SELECT count(*) FROM wms_user_roles(:'ann')), wms_revoke_role(:'bob', 'Night shift');
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_assign_role(%L, ''viewer'')', :'ann')) a;
UPDATE auth.users SET deleted_at = NULL WHERE id IN (:'ann', :'bob');
SELECT wms_has_role(:'ann', 'operator'), wms_has_role(:'bob', 'Night shift');

-- a role that is held cannot be deleted; seeding again changes nothing
SELECT a.state FROM pg_temp.attempt('DELETE FROM auth.roles WHERE name = ''operator''') a;
SELECT wms_migrate() > 0, (SELECT count(*) FROM auth.roles);

-- questions are asked with the caller's rights
CREATE ROLE regress_wms_roles;
SET LOCAL ROLE regress_wms_roles;
SELECT a.state FROM unnest(ARRAY['SELECT wms_has_role(%L, ''operator'')', 'SELECT * FROM wms_user_roles(%L)', 'SELECT wms_assign_role(%L, ''operator'')', 'SELECT wms_revoke_role(%L, ''operator'')']) c, pg_temp.attempt(format(c, :'ann')) a;
RESET ROLE;
GRANT USAGE ON SCHEMA auth TO regress_wms_roles;
GRANT SELECT ON auth.roles, auth.user_roles TO regress_wms_roles;
GRANT SELECT (id, deleted_at) ON auth.users TO regress_wms_roles;
SET LOCAL ROLE regress_wms_roles;
SELECT wms_has_role(:'ann', 'operator'), (SELECT count(*) FROM wms_user_roles(:'ann'));
ROLLBACK;
