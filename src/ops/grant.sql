CREATE FUNCTION wms_grant(role_name regrole, profile text, schemas text[] DEFAULT NULL) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_grant(regrole, text, text[]) IS
  'Grants a role what its profile may do, in some schemas or all; returns how much of it was new. For superusers and the owner of schema wms';
REVOKE ALL ON FUNCTION wms_grant(regrole, text, text[]) FROM PUBLIC;

CREATE FUNCTION wms_revoke(role_name regrole, profile text) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_revoke(regrole, text) IS
  'Takes a profile back from a role, but for what its other profiles give; returns how much that was. For superusers and the owner of schema wms';
REVOKE ALL ON FUNCTION wms_revoke(regrole, text) FROM PUBLIC;
