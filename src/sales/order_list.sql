CREATE FUNCTION wms_orders(
  status       text DEFAULT NULL,
  user_id      uuid DEFAULT NULL,
  agent_id     uuid DEFAULT NULL,
  warehouse_id uuid DEFAULT NULL,
  from_date    date DEFAULT NULL,
  to_date      date DEFAULT NULL,
  max_rows     integer DEFAULT 50,
  after_id     uuid DEFAULT NULL
) RETURNS TABLE (
  order_id     uuid,
  order_number text,
  status       text,
  user_id      uuid,
  total        numeric,
  created_at   timestamptz
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 50
SET search_path = pg_catalog, pg_temp SET enable_bitmapscan = off
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_orders(text, uuid, uuid, uuid, date, date, integer, uuid) IS
  'Orders newest first, placed from from_date to to_date (business dates, both included); the next page starts after after_id, the last order of the page before';
