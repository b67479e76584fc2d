CREATE FUNCTION wms_customer_summary(user_id uuid) RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_customer_summary(uuid) IS
'One customer: who he is, his group, totals, first and last order (business dates), open orders, default address';
