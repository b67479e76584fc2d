CREATE FUNCTION wms_request_password_reset(email text) RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_request_password_reset(text) IS
  'A token, good for one hour, that lets whoever reads the mail of an active user choose a new password; NULL when there is none with this address';

REVOKE ALL ON FUNCTION wms_request_password_reset(text) FROM PUBLIC;

CREATE FUNCTION wms_reset_password(token text, new_password text) RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_reset_password(text, text) IS
  'Changes the password of the user who asked for it, and ends all his logins; false for a token that is unknown, used or too old';

REVOKE ALL ON FUNCTION wms_reset_password(text, text) FROM PUBLIC;
