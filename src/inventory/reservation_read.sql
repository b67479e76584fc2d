CREATE FUNCTION wms_reservations(
  reference_type text DEFAULT NULL,
  reference_id   uuid DEFAULT NULL,
  product_id     uuid DEFAULT NULL,
  warehouse_id   uuid DEFAULT NULL
) RETURNS TABLE (
  reservation_id uuid,
  warehouse_id   uuid,
  bin_location   text,
  product_id     uuid,
  variant_id     uuid,
  sku            text,
  batch_number   text,
  expiry_date    date,
  quantity       integer,
  expires_at     timestamptz,
  status         text
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_reservations(text, uuid, uuid, uuid) IS
  'What is held, in the order in which it is picked: warehouse, bin, sku, batch by expiry; status expired = lapsed, and still counted until somebody needs the stock';
