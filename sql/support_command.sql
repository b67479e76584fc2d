-- Settings that a trigger of the tables' owner changes end with the command, or the statement, that fired it.
\set VERBOSITY terse
BEGIN;
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('search_path', 'meddled', false), set_config('wms.actor_id', gen_random_uuid()::text, false);
  RETURN NULL;
END $$;
CREATE TRIGGER meddle AFTER INSERT ON sales.carts FOR EACH ROW EXECUTE FUNCTION meddle();
CREATE TRIGGER meddle AFTER INSERT ON inventory.stock_movements FOR EACH ROW EXECUTE FUNCTION meddle();
SHOW search_path;
-- a command
SELECT wms_create_cart(session_id => 'a guest') IS NOT NULL AS created;
SHOW search_path;
SELECT wms_current_actor() IS NULL AS nobody;
-- what a guard records of a direct change
INSERT INTO inventory.warehouses (code, name) VALUES ('COMMAND', 'a warehouse');
INSERT INTO catalog.products (sku, name) VALUES ('COMMAND', 'a product');
INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity)
SELECT w.id, p.id, 3 FROM inventory.warehouses w, catalog.products p WHERE w.code = 'COMMAND' AND p.sku = 'COMMAND';
SHOW search_path;
SELECT wms_current_actor() IS NULL AS nobody;
-- what the caller sets himself stays
SET wms.actor_id = '8d0f4a54-64a5-4c6f-9d3c-1c0f3e5b7a11';
SELECT wms_create_cart(session_id => 'another guest') IS NOT NULL AS created;
SELECT wms_current_actor();
RESET wms.actor_id;
ROLLBACK;
