CREATE FUNCTION wms_search_products(
  query     text,
  max_rows  integer DEFAULT 20,
  skip_rows integer DEFAULT 0
) RETURNS TABLE (
  product_id  uuid,
  sku         text,
  name        text,
  rank        real,
  total_count bigint
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 20 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_search_products(text, integer, integer) IS
'Active, live products in which every word of the query is found, the last one as a beginning: in name, sku, brand or description, best first';

CREATE FUNCTION wms_keep_search_document() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_keep_search_document() IS
'Trigger BEFORE INSERT OR UPDATE FOR EACH ROW of catalog.products: makes search_document, whatever is written there';

CREATE FUNCTION wms_note_brand() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_note_brand() IS
'Trigger AFTER UPDATE FOR EACH ROW of catalog.brands: makes search_document of its products when it is renamed, deleted or restored';
