CREATE FUNCTION wms_stock_history(
  product_id   uuid,
  variant_id   uuid DEFAULT NULL,
  warehouse_id uuid DEFAULT NULL,
  from_time    timestamptz DEFAULT NULL,
  to_time      timestamptz DEFAULT NULL
) RETURNS TABLE (
  movement_id    uuid,
  created_at     timestamptz,
  warehouse_id   uuid,
  type           text,
  quantity       integer,
  balance        bigint,
  batch_id       uuid,
  reference_type text,
  reference_id   uuid,
  created_by     uuid,
  notes          text
)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_stock_history(uuid, uuid, uuid, timestamptz, timestamptz) IS
  'Movements of a product in order of time, from_time included and to_time not, each with the stock after it over all that was selected, earlier movements counted';

CREATE FUNCTION wms_stock_as_of(as_of timestamptz, warehouse_id uuid DEFAULT NULL)
RETURNS TABLE (
  warehouse_id uuid,
  product_id   uuid,
  variant_id   uuid,
  quantity     bigint
)
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_stock_as_of(timestamptz, uuid) IS
  'What was on hand at an instant, movements of that very instant included; 0 = there had been some';
