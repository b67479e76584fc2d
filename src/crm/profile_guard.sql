CREATE FUNCTION wms_compute_profile_totals() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_compute_profile_totals() IS
'Trigger AFTER INSERT FOR EACH ROW of crm.customer_profiles: total_orders and total_spent from the orders that are there';
