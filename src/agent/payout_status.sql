CREATE FUNCTION wms_process_payout(payout_id uuid) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_process_payout(uuid) IS
'A payout is on its way to the agent; returns its status';

REVOKE ALL ON FUNCTION wms_process_payout(uuid) FROM PUBLIC;

CREATE FUNCTION wms_complete_payout(payout_id uuid) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_complete_payout(uuid) IS
'A payout has arrived: its commissions are paid; returns its status';

REVOKE ALL ON FUNCTION wms_complete_payout(uuid) FROM PUBLIC;

CREATE FUNCTION wms_fail_payout(payout_id uuid, reason text DEFAULT NULL) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_fail_payout(uuid, text) IS
'A payout has not arrived: its commissions can be paid again; returns its status';

REVOKE ALL ON FUNCTION wms_fail_payout(uuid, text) FROM PUBLIC;
