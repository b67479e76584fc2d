CREATE FUNCTION wms_shipping_options(subtotal numeric)
RETURNS TABLE (
  code     text,
  name     text,
  cost     numeric,
  days_min integer,
  days_max integer
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_shipping_options(numeric) IS
  'Active shipping methods, by sort_order and code, with what they cost for goods of this value after discount';
