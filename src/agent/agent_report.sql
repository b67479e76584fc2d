CREATE FUNCTION wms_agent_tree(agent_id uuid)
RETURNS TABLE (
  agent_id        uuid,
  agent_code      text,
  parent_agent_id uuid,
  tier            text,
  depth           integer
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_agent_tree(uuid) IS
'An agent at depth 0 and everybody below him, whether they sell or not, level by level';

CREATE FUNCTION wms_agent_balance(agent_id uuid)
RETURNS TABLE (pending numeric, approved numeric, in_payout numeric, paid numeric)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_agent_balance(uuid) IS
'Commissions of an agent, clawbacks netted: not approved yet, to be paid (below zero: a debt), in a payout on its way, and paid';

CREATE FUNCTION wms_agent_performance(agent_id uuid, from_date date, to_date date)
RETURNS TABLE (
  orders              bigint,
  sales               numeric,
  commission_pending  numeric,
  commission_approved numeric,
  commission_paid     numeric
)
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 1
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_agent_performance(uuid, date, date) IS
'Own orders confirmed from from_date to to_date (business dates, both included), less refunds, and the commissions of all orders confirmed then, own and of those below';
