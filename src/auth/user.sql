CREATE FUNCTION wms_create_user(
  email      text,
  password   text,
  role       text DEFAULT 'customer',
  first_name text DEFAULT NULL,
  last_name  text DEFAULT NULL,
  phone      text DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_create_user(text, text, text, text, text, text) IS
  'Makes a user who signs in by password; returns his id';

REVOKE ALL ON FUNCTION wms_create_user(text, text, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION wms_authenticate(email text, password text) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_authenticate(text, text) IS
  'The active user with this e-mail address and password, whose login is noted; NULL, equally slowly, for everybody else';

REVOKE ALL ON FUNCTION wms_authenticate(text, text) FROM PUBLIC;

CREATE FUNCTION wms_verify_email(user_id uuid) RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_verify_email(uuid) IS
  'Notes that the e-mail address of the user is his; false when that was known';

REVOKE ALL ON FUNCTION wms_verify_email(uuid) FROM PUBLIC;
