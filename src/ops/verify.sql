CREATE OR REPLACE FUNCTION wms_verify()
RETURNS TABLE (rule text, object text, expected numeric, actual numeric)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'wms_verify';

COMMENT ON FUNCTION wms_verify() IS
'Recomputes the rules I1 to I9 over all rows the caller sees and returns what breaks them; no row: all hold.';
