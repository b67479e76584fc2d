CREATE FUNCTION wms_commission_amount(order_total numeric, commission_rate numeric) RETURNS numeric
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_commission_amount(numeric, numeric) IS
'Percentage of an amount, rounded half away from zero to the cent';

CREATE FUNCTION wms_calculate_commission(
  order_id        uuid,
  commission_rate numeric DEFAULT NULL
) RETURNS numeric
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_calculate_commission(uuid, numeric) IS
'Writes the commissions of an order, unless it has them, the seller''s at the rate passed or else at his own; returns their sum, clawbacks netted';

REVOKE ALL ON FUNCTION wms_calculate_commission(uuid, numeric) FROM PUBLIC;
