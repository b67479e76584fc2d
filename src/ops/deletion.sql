CREATE FUNCTION wms_soft_delete(table_name regclass, id uuid) RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_soft_delete(regclass, uuid) IS
'Marks a row of a table that knows soft deletion as deleted: its codes are free again, its history stays; false when it was deleted already';

REVOKE ALL ON FUNCTION wms_soft_delete(regclass, uuid) FROM PUBLIC;

CREATE FUNCTION wms_restore(table_name regclass, id uuid) RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_restore(regclass, uuid) IS
'Brings back a row that was deleted softly; false when it is live, 23505 when a code of it is taken by now';

REVOKE ALL ON FUNCTION wms_restore(regclass, uuid) FROM PUBLIC;
