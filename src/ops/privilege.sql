CREATE FUNCTION wms_privileges()
RETURNS TABLE (schema_name text, object_kind text, object_name text, privilege text, only_columns text[],
               except_columns text[], profiles text[])
LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 250
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_privileges() IS
  'What each profile of wms_grant() may do: one row a function, one a table and privilege, with its columns where these are not all';
