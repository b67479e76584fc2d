CREATE FUNCTION wms_set_default_address(address_id uuid) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_set_default_address(uuid) IS
'Makes an address the default of its user, in place of the one that was; returns it';

REVOKE ALL ON FUNCTION wms_set_default_address(uuid) FROM PUBLIC;

CREATE FUNCTION wms_promote_address() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_promote_address() IS
'Trigger AFTER DELETE FOR EACH ROW of crm.addresses: after the default, the newest of the user''s other addresses is it';
