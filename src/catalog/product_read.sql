CREATE FUNCTION wms_product(product_id uuid) RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_product(uuid) IS
'The whole product: its columns, brand, categories, images, attributes, barcodes, components, live variants and prices; costs, and batches with their tracks and users, where the caller may SELECT them';

CREATE FUNCTION wms_find_item(code text)
RETURNS TABLE (
  product_id uuid,
  variant_id uuid
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_find_item(text) IS
'The live item of a code: the variant of that sku, else the product, else the item of that barcode; no row where there is none';
