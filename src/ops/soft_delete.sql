CREATE FUNCTION wms_guard_warehouse_deletion() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_guard_warehouse_deletion() IS
'Trigger AFTER UPDATE FOR EACH ROW of inventory.warehouses: refuses, with WM092, to delete one that holds stock or has open transfers';

CREATE FUNCTION wms_close_sessions_of_deleted_user() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_close_sessions_of_deleted_user() IS
'Trigger AFTER UPDATE FOR EACH ROW of auth.users: closes the sessions of a user who is deleted';

CREATE FUNCTION wms_delete_variants_of_product() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_delete_variants_of_product() IS
'Trigger AFTER UPDATE FOR EACH ROW of catalog.products: deletes and restores its live variants together with it';

INSERT INTO wms_wiring (ord, since, kind, rel, name, ddl) VALUES
  (7000, 3, 'trigger', 'inventory.warehouses', 'wms_guard_deletion', $$
    CREATE TRIGGER wms_guard_deletion AFTER UPDATE ON inventory.warehouses FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION wms_guard_warehouse_deletion()
  $$),
  (7001, 2, 'trigger', 'catalog.products', 'wms_delete_variants', $$
    CREATE TRIGGER wms_delete_variants AFTER UPDATE ON catalog.products FOR EACH ROW
    WHEN (OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
    EXECUTE FUNCTION wms_delete_variants_of_product()
  $$);
