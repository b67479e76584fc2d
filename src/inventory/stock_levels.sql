CREATE OR REPLACE FUNCTION wms_stock_levels(
  product_id uuid DEFAULT NULL,
  warehouse_id uuid DEFAULT NULL,
  max_rows integer DEFAULT 100,
  skip_rows integer DEFAULT 0
) RETURNS TABLE (
  warehouse_id uuid, warehouse_code text, product_id uuid, variant_id uuid, sku text,
  quantity bigint, held bigint, blocked bigint, available bigint, bin_location text
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'wms_stock_levels';

COMMENT ON FUNCTION wms_stock_levels(uuid, uuid, integer, integer) IS
'Stock rows by warehouse code and sku: on hand, held (live holds), blocked (expired batches and those not active) and available.';
