CREATE FUNCTION wms_create_transfer(
  from_warehouse_id uuid,
  to_warehouse_id   uuid,
  lines             jsonb,
  notes             text DEFAULT NULL,
  idempotency_key   text DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_create_transfer(uuid, uuid, jsonb, text, text) IS
  'Holds stock that is to go from one warehouse to another; a line that names a batch may move what is expired or blocked. Returns the transfer';

REVOKE ALL ON FUNCTION wms_create_transfer(uuid, uuid, jsonb, text, text) FROM PUBLIC;

CREATE FUNCTION wms_approve_transfer(
  transfer_id uuid
) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_approve_transfer(uuid) IS
  'Approves a pending transfer; with wms.transfer_four_eyes not by whoever created it';

REVOKE ALL ON FUNCTION wms_approve_transfer(uuid) FROM PUBLIC;

CREATE FUNCTION wms_ship_transfer(
  transfer_id uuid
) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_ship_transfer(uuid) IS
  'Sends an approved transfer off: what it holds leaves the source and is in transit';

REVOKE ALL ON FUNCTION wms_ship_transfer(uuid) FROM PUBLIC;

CREATE FUNCTION wms_receive_transfer(
  transfer_id     uuid,
  lines           jsonb,
  idempotency_key text DEFAULT NULL
) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_receive_transfer(uuid, jsonb, text) IS
  'Receives what has arrived of a transfer, on top of what arrived before; the last outstanding unit completes it. Returns its status';

REVOKE ALL ON FUNCTION wms_receive_transfer(uuid, jsonb, text) FROM PUBLIC;

CREATE FUNCTION wms_complete_transfer(
  transfer_id  uuid,
  lines        jsonb DEFAULT NULL,
  short_reason text DEFAULT NULL
) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_complete_transfer(uuid, jsonb, text) IS
  'Ends a transfer: all that is outstanding has arrived, or what the lines say; the rest is written off at the destination for short_reason';

REVOKE ALL ON FUNCTION wms_complete_transfer(uuid, jsonb, text) FROM PUBLIC;

CREATE FUNCTION wms_cancel_transfer(
  transfer_id uuid,
  reason      text DEFAULT NULL
) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_cancel_transfer(uuid, text) IS
  'Gives a transfer up: what it holds is free again, what is in transit goes back to the source';

REVOKE ALL ON FUNCTION wms_cancel_transfer(uuid, text) FROM PUBLIC;
