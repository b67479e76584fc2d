CREATE FUNCTION wms_assign_role(user_id uuid, role_name text) RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_assign_role(uuid, text) IS
  'Gives a user a role of auth.roles; false when he has it';

REVOKE ALL ON FUNCTION wms_assign_role(uuid, text) FROM PUBLIC;

CREATE FUNCTION wms_revoke_role(user_id uuid, role_name text) RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_revoke_role(uuid, text) IS
  'Takes a role of auth.roles from a user; false when he has not got it';

REVOKE ALL ON FUNCTION wms_revoke_role(uuid, text) FROM PUBLIC;

CREATE FUNCTION wms_has_role(user_id uuid, role_name text) RETURNS boolean
LANGUAGE c STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_has_role(uuid, text) IS
  'Has the user this role of auth.roles? A deleted one has none';

CREATE FUNCTION wms_user_roles(user_id uuid) RETURNS TABLE (role_name text)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 4 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_user_roles(uuid) IS
  'The roles of auth.roles that a user has, by name; a deleted one has none';
