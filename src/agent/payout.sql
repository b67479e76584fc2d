CREATE FUNCTION wms_create_payout(
  agent_id        uuid,
  payment_method  text DEFAULT NULL,
  notes           text DEFAULT NULL,
  up_to           date DEFAULT NULL,
  bank_name       text DEFAULT NULL,
  bank_account    text DEFAULT NULL,
  idempotency_key text DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_create_payout(uuid, text, text, date, text, text, text) IS
'Makes a payout of everything that is approved and unpaid of an agent, clawbacks netted; returns it';

REVOKE ALL ON FUNCTION wms_create_payout(uuid, text, text, date, text, text, text) FROM PUBLIC;

CREATE FUNCTION wms_create_payouts(up_to date DEFAULT NULL)
RETURNS TABLE (agent_id uuid, payout_id uuid, amount numeric)
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_create_payouts(date) IS
'Makes a payout for every agent who has something to get, clawbacks netted; returns them';

REVOKE ALL ON FUNCTION wms_create_payouts(date) FROM PUBLIC;
