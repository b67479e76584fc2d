CREATE FUNCTION wms_inventory_report()
RETURNS TABLE (
  product_name    text,
  category_name   text,
  brand_name      text,
  total_quantity  bigint,
  active_batches  bigint,
  expired_batches bigint
)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_inventory_report() IS
  'Per product by name: units in active batches or, of a product without batches, on hand; how many batches are active, and how many have expired';

CREATE FUNCTION wms_expired_batches(as_of date DEFAULT NULL)
RETURNS TABLE (
  batch_id     uuid,
  product_id   uuid,
  product_name text,
  batch_number text,
  quantity     integer,
  expiry_date  date,
  days_expired integer
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_expired_batches(date) IS
  'Batches with units left whose last good day is before the date, the business date by default; the longest expired first';

CREATE FUNCTION wms_low_stock_batches(threshold integer)
RETURNS TABLE (
  batch_id     uuid,
  product_id   uuid,
  product_name text,
  batch_number text,
  quantity     integer,
  expiry_date  date
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_low_stock_batches(integer) IS
  'Active batches with fewer units than the threshold, the smallest first';

CREATE FUNCTION wms_low_stock(warehouse_id uuid DEFAULT NULL)
RETURNS TABLE (
  warehouse_id       uuid,
  product_id         uuid,
  variant_id         uuid,
  sku                text,
  available_quantity bigint,
  reorder_point      integer,
  reorder_quantity   integer
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_low_stock(uuid) IS
  'Stock rows due for reorder: what may be promised is at or below their reorder point, which is above 0';
