CREATE FUNCTION wms_compute_target() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_compute_target() IS
'Trigger AFTER INSERT OR UPDATE FOR EACH ROW of agent.targets: achieved_orders and achieved_amount from the orders confirmed in the period, and the status';
