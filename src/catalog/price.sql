CREATE FUNCTION wms_effective_price(
  product_id     uuid,
  variant_id     uuid    DEFAULT NULL,
  customer_group text    DEFAULT NULL,
  quantity       integer DEFAULT 1
) RETURNS numeric
LANGUAGE c STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_effective_price(uuid, uuid, text, integer) IS
'Price of one unit for a customer group and a quantity, now: the best matching row of product_prices, else the price of the variant, else that of the product';
