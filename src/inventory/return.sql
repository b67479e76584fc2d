CREATE FUNCTION wms_return_stock(
  warehouse_id    uuid,
  lines           jsonb,
  reference_type  text DEFAULT NULL,
  reference_id    uuid DEFAULT NULL,
  notes           text DEFAULT NULL,
  idempotency_key text DEFAULT NULL
) RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_return_stock(uuid, jsonb, text, uuid, text, text) IS
  'Takes goods back from customers into a warehouse; returns the units returned';

REVOKE ALL ON FUNCTION wms_return_stock(uuid, jsonb, text, uuid, text, text) FROM PUBLIC;
