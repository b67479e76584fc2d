CREATE FUNCTION wms_category_tree(category_id uuid DEFAULT NULL)
RETURNS TABLE (
  category_id uuid,
  parent_id   uuid,
  name        text,
  depth       integer,
  path        text
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_category_tree(uuid) IS
'A live category at depth 0 with its live descendants, NULL: all trees; parents before children, siblings by sort_order and name. path leads from the top of the tree';

CREATE FUNCTION wms_products_in_category(
  category_id           uuid,
  include_subcategories boolean DEFAULT true,
  max_rows              integer DEFAULT 50,
  skip_rows             integer DEFAULT 0
) RETURNS TABLE (
  product_id  uuid,
  sku         text,
  name        text,
  brand_name  text,
  price       numeric,
  total_count bigint
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 50 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_products_in_category(uuid, boolean, integer, integer) IS
'Active, live products of a category and those below it, each once, by name; price is what a single unit costs anybody now';

CREATE FUNCTION wms_filter_products(
  category_id      uuid,
  attribute_values uuid[],
  max_rows         integer DEFAULT 50,
  skip_rows        integer DEFAULT 0
) RETURNS TABLE (
  product_id  uuid,
  sku         text,
  name        text,
  brand_name  text,
  price       numeric,
  total_count bigint
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 50 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_filter_products(uuid, uuid[], integer, integer) IS
'Active, live products of a category and those below it (NULL: of all) that have, for every attribute of which values are given, one of these';
