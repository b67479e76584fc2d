CREATE FUNCTION wms_adjust_stock(
  warehouse_id      uuid,
  product_id        uuid,
  delta             integer,
  variant_id        uuid DEFAULT NULL,
  batch_id          uuid DEFAULT NULL,
  reason            text DEFAULT NULL,
  expected_quantity integer DEFAULT NULL,
  idempotency_key   text DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_adjust_stock(uuid, uuid, integer, uuid, uuid, text, integer, text) IS
  'Corrects the quantity of an item, or of a batch of it, by delta; returns the movement';

REVOKE ALL ON FUNCTION wms_adjust_stock(uuid, uuid, integer, uuid, uuid, text, integer, text) FROM PUBLIC;

CREATE FUNCTION wms_write_off_stock(
  warehouse_id    uuid,
  product_id      uuid,
  quantity        integer,
  variant_id      uuid DEFAULT NULL,
  batch_id        uuid DEFAULT NULL,
  reason          text DEFAULT NULL,
  idempotency_key text DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_write_off_stock(uuid, uuid, integer, uuid, uuid, text, text) IS
  'Takes out units that are broken, lost or past their date; returns the movement';

REVOKE ALL ON FUNCTION wms_write_off_stock(uuid, uuid, integer, uuid, uuid, text, text) FROM PUBLIC;
