CREATE FUNCTION wms_record_payment(
  order_id         uuid,
  amount           numeric,
  payment_method   text,
  payment_provider text DEFAULT NULL,
  transaction_id   text DEFAULT NULL,
  status           text DEFAULT 'completed',
  metadata         jsonb DEFAULT NULL,
  idempotency_key  text DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_record_payment(uuid, numeric, text, text, text, text, jsonb, text) IS
  'Records a payment towards an order; the same transaction of a provider again is the same payment, whose status only moves forward; returns the payment';

REVOKE ALL ON FUNCTION wms_record_payment(uuid, numeric, text, text, text, text, jsonb, text) FROM PUBLIC;
