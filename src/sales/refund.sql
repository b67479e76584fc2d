CREATE FUNCTION wms_refund_order(
  order_id        uuid,
  amount          numeric DEFAULT NULL,
  lines           jsonb DEFAULT NULL,
  restock         boolean DEFAULT false,
  warehouse_id    uuid DEFAULT NULL,
  reason          text DEFAULT NULL,
  transaction_id  text DEFAULT NULL,
  idempotency_key text DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_refund_order(uuid, numeric, jsonb, boolean, uuid, text, text, text) IS
  'Refunds an order by amount or by lines, at most what was paid, and puts goods back into stock; neither = all that is left; returns the refund';

REVOKE ALL ON FUNCTION wms_refund_order(uuid, numeric, jsonb, boolean, uuid, text, text, text) FROM PUBLIC;
