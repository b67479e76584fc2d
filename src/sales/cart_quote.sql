CREATE FUNCTION wms_quote_cart(
  cart_id         uuid,
  shipping_method text DEFAULT NULL
) RETURNS TABLE (
  subtotal        numeric,
  discount_amount numeric,
  shipping_cost   numeric,
  tax_amount      numeric,
  total           numeric,
  problems        jsonb
)
LANGUAGE c STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_quote_cart(uuid, text) IS
  'What a checkout of the cart would cost now, and what would keep it from going through or has changed since; writes and locks nothing';

CREATE FUNCTION wms_quote_order(
  lines           jsonb,
  user_id         uuid DEFAULT NULL,
  shipping_method text DEFAULT NULL,
  coupon_code     text DEFAULT NULL,
  warehouse_id    uuid DEFAULT NULL,
  guest_email     text DEFAULT NULL
) RETURNS TABLE (
  subtotal        numeric,
  discount_amount numeric,
  shipping_cost   numeric,
  tax_amount      numeric,
  total           numeric,
  problems        jsonb
)
LANGUAGE c STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_quote_order(jsonb, uuid, text, text, uuid, text) IS
  'What an order of these lines would cost now, and what would keep it from being placed; writes and locks nothing';
