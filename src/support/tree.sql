CREATE FUNCTION wms_refuse_cycle() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_refuse_cycle() IS
'Trigger (parent column) AFTER INSERT OR UPDATE FOR EACH ROW of catalog.categories and agent.agents: refuses, with WM011, a row that would be its own ancestor';
