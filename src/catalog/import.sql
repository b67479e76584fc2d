CREATE FUNCTION wms_import_products(
  products jsonb,
  on_error text DEFAULT 'abort'
) RETURNS TABLE (
  line   integer,
  sku    text,
  result text,
  detail text
)
LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 1000 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_import_products(jsonb, text) IS
'Creates products by sku, or updates what is given of them, with brands, categories, barcodes and variants; on_error abort: all or nothing, skip: the good lines';

REVOKE ALL ON FUNCTION wms_import_products(jsonb, text) FROM PUBLIC;
