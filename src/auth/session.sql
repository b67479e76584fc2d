CREATE FUNCTION wms_open_session(
  user_id    uuid,
  user_agent text DEFAULT NULL,
  ip_address inet DEFAULT NULL,
  expires_in interval DEFAULT '30 days'
) RETURNS TABLE (session_id uuid, refresh_token text, expires_at timestamptz)
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_open_session(uuid, text, inet, interval) IS
  'Begins a login of an active user, which ends expires_in from now; the refresh token is shown here only';

REVOKE ALL ON FUNCTION wms_open_session(uuid, text, inet, interval) FROM PUBLIC;

CREATE FUNCTION wms_refresh_session(token text)
RETURNS TABLE (session_id uuid, refresh_token text, expires_at timestamptz)
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_refresh_session(text) IS
  'Exchanges a refresh token for the next one; without a row the token was used a second time, and its login is closed';

REVOKE ALL ON FUNCTION wms_refresh_session(text) FROM PUBLIC;

CREATE FUNCTION wms_close_session(session_id uuid) RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_close_session(uuid) IS
  'Ends the login that the session belongs to; false when it is over';

REVOKE ALL ON FUNCTION wms_close_session(uuid) FROM PUBLIC;

CREATE FUNCTION wms_close_sessions(user_id uuid) RETURNS integer
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_close_sessions(uuid) IS
  'Ends all logins of a user; returns how many there were';

REVOKE ALL ON FUNCTION wms_close_sessions(uuid) FROM PUBLIC;
