CREATE FUNCTION wms_checkout(
  cart_id          uuid,
  shipping_address jsonb DEFAULT NULL,
  shipping_method  text DEFAULT NULL,
  billing_address  jsonb DEFAULT NULL,
  customer_notes   text DEFAULT NULL,
  agent_id         uuid DEFAULT NULL,
  warehouse_id     uuid DEFAULT NULL,
  guest_email      text DEFAULT NULL,
  expected_total   numeric DEFAULT NULL,
  idempotency_key  text DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_checkout(uuid, jsonb, text, jsonb, text, uuid, uuid, text, numeric, text) IS
  'Places what is in a cart as an order at the prices of the catalogue; what the cart holds becomes the order''s; returns the order';

REVOKE ALL ON FUNCTION wms_checkout(uuid, jsonb, text, jsonb, text, uuid, uuid, text, numeric, text) FROM PUBLIC;
