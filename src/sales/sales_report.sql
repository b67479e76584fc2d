CREATE FUNCTION wms_sales_report(
  from_date date,
  to_date   date,
  group_by  text DEFAULT 'day'
) RETURNS TABLE (
  group_key text,
  orders    bigint,
  units     bigint,
  sales     numeric,
  tax       numeric,
  refunds   numeric,
  cost      numeric
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_sales_report(date, date, text) IS
  'Confirmed orders that were not cancelled, by business day of the confirmation (or month), warehouse code, agent_code, first category or product sku; sales = what was charged, of it tax; refunds of these orders, overpayments aside; cost where it was known. NULL: what belongs to no group';
