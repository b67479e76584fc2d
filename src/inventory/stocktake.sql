CREATE FUNCTION wms_count_stock(
  warehouse_id    uuid,
  lines           jsonb,
  reason          text DEFAULT NULL,
  idempotency_key text DEFAULT NULL
) RETURNS TABLE (
  product_id uuid,
  variant_id uuid,
  batch_id   uuid,
  counted    integer,
  difference integer
)
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_count_stock(uuid, jsonb, text, text) IS
  'Sets what was counted of the named items in a warehouse, stocktake or opening stock; returns the differences';

REVOKE ALL ON FUNCTION wms_count_stock(uuid, jsonb, text, text) FROM PUBLIC;
