CREATE FUNCTION wms_place_order(
  lines            jsonb,
  user_id          uuid DEFAULT NULL,
  shipping_address jsonb DEFAULT NULL,
  shipping_method  text DEFAULT NULL,
  billing_address  jsonb DEFAULT NULL,
  coupon_code      text DEFAULT NULL,
  customer_notes   text DEFAULT NULL,
  agent_id         uuid DEFAULT NULL,
  warehouse_id     uuid DEFAULT NULL,
  guest_email      text DEFAULT NULL,
  channel          text DEFAULT NULL,
  expected_total   numeric DEFAULT NULL,
  idempotency_key  text DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_place_order(jsonb, uuid, jsonb, text, jsonb, text, text, uuid, uuid, text, text, numeric, text) IS
  'Places an order: prices its lines, redeems the coupon, holds the stock; returns the order';

REVOKE ALL ON FUNCTION
  wms_place_order(jsonb, uuid, jsonb, text, jsonb, text, text, uuid, uuid, text, text, numeric, text) FROM PUBLIC;
