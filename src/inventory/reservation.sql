CREATE FUNCTION wms_reserve_stock(
  lines           jsonb,
  warehouse_id    uuid DEFAULT NULL,
  reference_type  text DEFAULT NULL,
  reference_id    uuid DEFAULT NULL,
  expires_in      interval DEFAULT NULL,
  idempotency_key text DEFAULT NULL
) RETURNS TABLE (
  reservation_id uuid,
  warehouse_id   uuid,
  product_id     uuid,
  variant_id     uuid,
  batch_id       uuid,
  quantity       integer
)
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_reserve_stock(jsonb, uuid, text, uuid, interval, text) IS
  'Holds stock, all lines or none: in the named warehouse, else the first that serves all, else several';

REVOKE ALL ON FUNCTION wms_reserve_stock(jsonb, uuid, text, uuid, interval, text) FROM PUBLIC;

CREATE FUNCTION wms_release_reservation(reservation_id uuid, quantity integer DEFAULT NULL) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_release_reservation(uuid, integer) IS
  'Gives units of a hold back to what is available, all by default; returns the units';

REVOKE ALL ON FUNCTION wms_release_reservation(uuid, integer) FROM PUBLIC;

CREATE FUNCTION wms_release_reservations(reference_type text, reference_id uuid) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_release_reservations(text, uuid) IS
  'Gives back every live hold of a reference; returns how many there were';

REVOKE ALL ON FUNCTION wms_release_reservations(text, uuid) FROM PUBLIC;

CREATE FUNCTION wms_consume_reservation(reservation_id uuid, quantity integer DEFAULT NULL) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_consume_reservation(uuid, integer) IS
  'Turns units of a hold, all by default, into a sale movement; returns the movement';

REVOKE ALL ON FUNCTION wms_consume_reservation(uuid, integer) FROM PUBLIC;
