CREATE FUNCTION wms_set_batch_status(
  batch_id uuid,
  status   text,
  reason   text DEFAULT NULL
) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_set_batch_status(uuid, text, text) IS
  'Sets a batch active, quarantined or recalled; what is held on a batch that is blocked moves to others where possible; returns the status';

REVOKE ALL ON FUNCTION wms_set_batch_status(uuid, text, text) FROM PUBLIC;

CREATE FUNCTION wms_expire_batches(as_of date DEFAULT NULL) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_expire_batches(date) IS
  'Expires active batches whose last good day is before the date, the business date by default, and moves what is held on them; returns the batches';

REVOKE ALL ON FUNCTION wms_expire_batches(date) FROM PUBLIC;
