CREATE FUNCTION wms_cart(cart_id uuid) RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_cart(uuid) IS
  'A cart as a whole: its state, its coupon, its lines with the prices shown when they were put in';
