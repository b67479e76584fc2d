CREATE FUNCTION wms_extend_reservation(reservation_id uuid, expires_in interval) RETURNS timestamptz
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_extend_reservation(uuid, interval) IS
  'Lets a live hold lapse so long from now, never earlier than before; returns when, NULL for a hold that never lapses';

REVOKE ALL ON FUNCTION wms_extend_reservation(uuid, interval) FROM PUBLIC;
