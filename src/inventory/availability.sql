CREATE OR REPLACE FUNCTION wms_available_quantity(
  product_id uuid,
  variant_id uuid DEFAULT NULL,
  warehouse_id uuid DEFAULT NULL
) RETURNS bigint
LANGUAGE c STABLE PARALLEL RESTRICTED SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'wms_available_quantity';

COMMENT ON FUNCTION wms_available_quantity(uuid, uuid, uuid) IS
'Units that may still be promised: good stock minus live holds, over active, live, non-virtual warehouses or in the named one; of a kit, what its components allow; of a product with variants and none named, their sum; 0 of what is deleted; NULL of what is not stocked, which never runs short.';
