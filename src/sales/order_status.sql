CREATE FUNCTION wms_set_order_status(
  order_id uuid,
  status   text,
  notes    text DEFAULT NULL
) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_set_order_status(uuid, text, text) IS
  'Moves an order to another status with all that follows from it; the same status again changes nothing; returns the status';

REVOKE ALL ON FUNCTION wms_set_order_status(uuid, text, text) FROM PUBLIC;

CREATE FUNCTION wms_confirm_order(order_id uuid) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_confirm_order(uuid) IS
  'Confirms an order: its holds no longer lapse, commissions and customer totals count it; returns the status';

REVOKE ALL ON FUNCTION wms_confirm_order(uuid) FROM PUBLIC;

CREATE FUNCTION wms_process_order(order_id uuid) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_process_order(uuid) IS
  'Says that an order is being prepared; returns the status';

REVOKE ALL ON FUNCTION wms_process_order(uuid) FROM PUBLIC;

CREATE FUNCTION wms_pack_order(order_id uuid) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_pack_order(uuid) IS
  'Says that an order is packed; returns the status';

REVOKE ALL ON FUNCTION wms_pack_order(uuid) FROM PUBLIC;

CREATE FUNCTION wms_ship_order(
  order_id        uuid,
  tracking_number text DEFAULT NULL,
  tracking_url    text DEFAULT NULL
) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_ship_order(uuid, text, text) IS
  'Ships an order: its holds become sale movements; returns the status';

REVOKE ALL ON FUNCTION wms_ship_order(uuid, text, text) FROM PUBLIC;

CREATE FUNCTION wms_deliver_order(order_id uuid) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_deliver_order(uuid) IS
  'Says that an order has arrived: its commissions are approved; returns the status';

REVOKE ALL ON FUNCTION wms_deliver_order(uuid) FROM PUBLIC;

CREATE FUNCTION wms_cancel_order(
  order_id uuid,
  reason   text DEFAULT NULL
) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_cancel_order(uuid, text) IS
  'Cancels an order that has not been shipped: holds released, coupon use given back, commissions cancelled; returns the status';

REVOKE ALL ON FUNCTION wms_cancel_order(uuid, text) FROM PUBLIC;
