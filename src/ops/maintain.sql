CREATE FUNCTION wms_maintain()
RETURNS TABLE (task text, done bigint)
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER ROWS 7 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_maintain() IS
  'Tidies what is over: unpaid orders and holds that lapsed, batches past their date, carts, sessions, resets and keys; a part of it in each call, until all counts are 0';

REVOKE ALL ON FUNCTION wms_maintain() FROM PUBLIC;
