CREATE FUNCTION wms_sell(
  lines           jsonb,
  warehouse_id    uuid,
  payment_method  text,
  user_id         uuid DEFAULT NULL,
  agent_id        uuid DEFAULT NULL,
  coupon_code     text DEFAULT NULL,
  guest_email     text DEFAULT NULL,
  idempotency_key text DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_sell(jsonb, uuid, text, uuid, uuid, text, text, text) IS
  'Sells over the counter: an order of channel counter, from placed to delivered and paid in one command; returns the order';

REVOKE ALL ON FUNCTION wms_sell(jsonb, uuid, text, uuid, uuid, text, text, text) FROM PUBLIC;
