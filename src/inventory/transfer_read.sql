CREATE FUNCTION wms_transfer(transfer_id uuid) RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_transfer(uuid) IS
'The whole transfer: its columns, items with what was received, is short and is outstanding, holds and movements.';

CREATE FUNCTION wms_in_transit()
RETURNS TABLE (
  transfer_id uuid, transfer_number text, from_warehouse_id uuid, to_warehouse_id uuid,
  product_id uuid, variant_id uuid, batch_id uuid, quantity integer
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_in_transit() IS
'What has left one warehouse and not arrived in another, by transfer number.';
