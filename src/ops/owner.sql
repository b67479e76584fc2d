CREATE FUNCTION wms_set_owner(role_name regrole) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_set_owner(regrole) IS
  'Hands the schemas and tables of wms, and thereby what commands act as, to a role; returns how many. For superusers and the owner of schema wms';
REVOKE ALL ON FUNCTION wms_set_owner(regrole) FROM PUBLIC;
