CREATE FUNCTION wms_change_order(order_id uuid, lines jsonb) RETURNS numeric
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_change_order(uuid, jsonb) IS
  'Gives an order that has not left other lines: what was ordered keeps its price, the rest is priced anew; holds, discount, tax, commissions and totals follow; returns the new total';

REVOKE ALL ON FUNCTION wms_change_order(uuid, jsonb) FROM PUBLIC;
