CREATE FUNCTION wms_set_updated_at() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_set_updated_at() IS
'Trigger BEFORE UPDATE FOR EACH ROW: sets updated_at to CURRENT_TIMESTAMP, whatever else changes';
