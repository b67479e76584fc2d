CREATE OR REPLACE FUNCTION wms_order(order_id uuid) RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'wms_order';

COMMENT ON FUNCTION wms_order(uuid) IS
'The whole order: its columns, lines, payments, refunds with their lines, holds and status history. admin_notes and unit_cost are there for callers who may SELECT both.';

CREATE OR REPLACE FUNCTION wms_order_balance(order_id uuid)
RETURNS TABLE (total numeric, paid numeric, refunded numeric, due numeric)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'wms_order_balance';

COMMENT ON FUNCTION wms_order_balance(uuid) IS
'What was paid (payments ever completed), given back, and is still due: total - paid + overpayments returned. Nothing is due on a cancelled or refunded order; below zero the customer has it to get.';

CREATE OR REPLACE FUNCTION wms_order_transitions()
RETURNS TABLE (from_status text, to_status text)
LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 12
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'wms_order_transitions';

COMMENT ON FUNCTION wms_order_transitions() IS
'Every status change an order may make; refunded is reached by refunds only.';
