CREATE FUNCTION wms_hash_password(password text) RETURNS text
LANGUAGE c VOLATILE PARALLEL SAFE COST 10000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_hash_password(text) IS
  'A new bcrypt hash of a password of 8 characters to 72 bytes, with the cost wms.bcrypt_cost';

REVOKE ALL ON FUNCTION wms_hash_password(text) FROM PUBLIC;

-- The cost makes the planner apply every other condition of a query first, and is too low for it to think of JIT.
CREATE FUNCTION wms_verify_password(password text, password_hash text) RETURNS boolean
LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_verify_password(text, text) IS
  'Is it the password of the bcrypt hash? False, never NULL, where one of them is NULL';

REVOKE ALL ON FUNCTION wms_verify_password(text, text) FROM PUBLIC;
