CREATE FUNCTION wms_receive_stock(
  warehouse_id    uuid,
  lines           jsonb,
  reference_type  text DEFAULT NULL,
  reference_id    uuid DEFAULT NULL,
  notes           text DEFAULT NULL,
  idempotency_key text DEFAULT NULL
) RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_receive_stock(uuid, jsonb, text, uuid, text, text) IS
  'Receives goods into a warehouse; returns the units received';

REVOKE ALL ON FUNCTION wms_receive_stock(uuid, jsonb, text, uuid, text, text) FROM PUBLIC;
