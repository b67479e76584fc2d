CREATE OR REPLACE FUNCTION wms_current_actor() RETURNS uuid
LANGUAGE c STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'wms_current_actor';

COMMENT ON FUNCTION wms_current_actor() IS
'On whose behalf the session acts: wms.actor_id, else the sub of request.jwt.claims, else jwt.claims.user_id; NULL for nobody. An assertion of the client, not a login.';
