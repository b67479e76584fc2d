CREATE FUNCTION wms_batch_trace(batch_id uuid)
RETURNS TABLE (
  happened_at  timestamptz,
  action       text,
  quantity     integer,
  warehouse_id uuid,
  order_id     uuid,
  order_number text,
  user_id      uuid,
  description  text
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_batch_trace(uuid) IS
  'The life of a batch in order of time: what came in, who held it, which orders it went to, every change of status';

CREATE FUNCTION wms_has_active_batches(product_id uuid) RETURNS boolean
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_has_active_batches(uuid) IS
  'Has the product a live batch that is active and not past its last good day?';
