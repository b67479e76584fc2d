-- USAGE of this type holds a role to its own rows.  wms_grant() gives it along with profile customer or agent.
CREATE DOMAIN wms_own_only AS boolean;

COMMENT ON DOMAIN wms_own_only IS
'A mark: wms_grant() gives USAGE of it to roles with profile customer or agent, and whoever has it is held to his own rows';
REVOKE ALL ON DOMAIN wms_own_only FROM PUBLIC;

-- What the policies of profiles customer and agent call.  They are checked against the calling role, so they are
-- open to everybody; a role without these profiles gets nothing from them.

CREATE FUNCTION wms_every_row() RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_every_row() IS
'True: the policy that leaves all rows to roles without profile customer or agent calls it, so that it goes with the extension';

CREATE FUNCTION wms_own_agents() RETURNS uuid[]
LANGUAGE c STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_own_agents() IS
'Ids of the current actor''s agent and all agents below him; empty unless the role has profile agent';

CREATE FUNCTION wms_own_customers() RETURNS uuid[]
LANGUAGE c STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_own_customers() IS
'Ids of the users with confirmed orders from the agents of wms_own_agents(); empty unless the role has profile agent';
