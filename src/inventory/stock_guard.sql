CREATE OR REPLACE FUNCTION wms_guard_stock_items() RETURNS trigger
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME', 'wms_guard_stock_items';

COMMENT ON FUNCTION wms_guard_stock_items() IS
'Trigger of inventory.stock_items: a direct change of quantity is recorded as an adjustment, one of the hold or the key is refused (WM092).';
