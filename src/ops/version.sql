CREATE FUNCTION wms_version()
RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_version() IS 'the version of the installed library';
