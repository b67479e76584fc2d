-- What a product says about its variants and its stock stays true.
\set VERBOSITY default
BEGIN;
INSERT INTO catalog.products (id, sku, name)
VALUES ('b0000000-0000-0000-0000-000000000001', 'PG-1', 'Guarded one'),
       ('b0000000-0000-0000-0000-000000000002', 'PG-2', 'Guarded two');
CREATE VIEW pg_temp.said AS
SELECT sku, has_variants FROM catalog.products WHERE sku LIKE 'PG-%' ORDER BY sku;

-- has_variants follows the live variants
INSERT INTO catalog.product_variants (product_id, sku, name)
VALUES ('b0000000-0000-0000-0000-000000000001', 'PG-1-S', 'S'), ('b0000000-0000-0000-0000-000000000001', 'PG-1-M', 'M');
SELECT * FROM pg_temp.said;
UPDATE catalog.product_variants SET deleted_at = now() WHERE sku = 'PG-1-S';
SELECT * FROM pg_temp.said;
UPDATE catalog.product_variants SET product_id = 'b0000000-0000-0000-0000-000000000002' WHERE sku = 'PG-1-M';
SELECT * FROM pg_temp.said;
UPDATE catalog.product_variants SET deleted_at = NULL WHERE sku = 'PG-1-S';
DELETE FROM catalog.product_variants WHERE sku = 'PG-1-M';
SELECT * FROM pg_temp.said;
WITH gone AS (DELETE FROM catalog.product_variants WHERE sku = 'PG-1-S')
INSERT INTO catalog.product_variants (product_id, sku, name) VALUES ('b0000000-0000-0000-0000-000000000001', 'PG-1-L', 'L');
SELECT * FROM pg_temp.said;

-- a statement writes each product once, however many variants it changes
CREATE FUNCTION pg_temp.written() RETURNS bigint LANGUAGE sql AS $$ SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relid = 'catalog.products'::regclass $$;
SELECT pg_temp.written() AS before \gset
INSERT INTO catalog.product_variants (product_id, sku, name) SELECT p.id, p.sku || '-N' || n, n FROM catalog.products p, generate_series(1, 300) n WHERE p.sku LIKE 'PG-_';
SELECT pg_temp.written() - :before AS by_insert, pg_temp.written() AS before \gset
UPDATE catalog.product_variants SET price = 3 WHERE sku LIKE 'PG-_-N%';
SELECT pg_temp.written() - :before AS by_price, pg_temp.written() AS before \gset
UPDATE catalog.product_variants SET sku = sku || 'x' WHERE sku LIKE 'PG-_-N%';
SELECT pg_temp.written() - :before AS by_sku, pg_temp.written() AS before \gset
DELETE FROM catalog.product_variants WHERE sku LIKE 'PG-_-N%';
SELECT :by_insert AS by_insert, :by_price AS by_price, :by_sku AS by_sku, pg_temp.written() - :before AS by_delete;
SELECT * FROM pg_temp.said;
-- all at once; what refers to them is refused, so without guards
SAVEPOINT s;
SET LOCAL wms.guard = off;
SET LOCAL client_min_messages = warning;
TRUNCATE catalog.product_variants CASCADE;
SELECT * FROM pg_temp.said;
SELECT count(*) FROM wms_search_products('pg1l');
ROLLBACK TO s;
SELECT count(*) FROM wms_search_products('pg1l');
-- the trigger needs the rows under their names
SET LOCAL client_min_messages = warning;
CREATE TRIGGER t AFTER INSERT ON catalog.product_variants REFERENCING NEW TABLE AS mine FOR EACH STATEMENT EXECUTE FUNCTION wms_keep_has_variants();
INSERT INTO catalog.product_variants (product_id, sku, name) VALUES ('b0000000-0000-0000-0000-000000000001', 'PG-1-X', 'X');
\echo :SQLSTATE
ROLLBACK TO s;

-- set directly, it is put right
UPDATE catalog.products SET has_variants = NOT has_variants WHERE sku LIKE 'PG-%';
SELECT * FROM pg_temp.said;
INSERT INTO catalog.products (sku, name, has_variants) VALUES ('PG-3', 'Guarded three', true);
SELECT * FROM pg_temp.said;
CREATE FUNCTION pg_temp.meddle() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.has_variants := true; RETURN NEW; END$$;
CREATE TRIGGER zzz_meddle BEFORE UPDATE ON catalog.products FOR EACH ROW
  WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION pg_temp.meddle();
UPDATE catalog.products SET description = 'x' WHERE sku = 'PG-3';
SELECT * FROM pg_temp.said;
DROP TRIGGER zzz_meddle ON catalog.products;
SET LOCAL wms.guard = off;
UPDATE catalog.products SET has_variants = true WHERE sku = 'PG-3';
SET LOCAL wms.guard = on;
SELECT * FROM pg_temp.said;

-- a role that may only write variants
CREATE ROLE wms_test_cataloguer;
GRANT USAGE ON SCHEMA catalog TO wms_test_cataloguer;
GRANT INSERT ON catalog.product_variants TO wms_test_cataloguer;
SET LOCAL ROLE wms_test_cataloguer;
INSERT INTO catalog.product_variants (product_id, sku, name) VALUES ('b0000000-0000-0000-0000-000000000002', 'PG-2-S', 'S');
RESET ROLE;
SELECT * FROM pg_temp.said;

-- batch_tracked: as a new product may say, never changed directly
SAVEPOINT s;
INSERT INTO catalog.products (id, sku, name, batch_tracked)
VALUES ('b0000000-0000-0000-0000-000000000004', 'PG-4', 'Guarded four', true);
UPDATE catalog.products SET batch_tracked = true, name = name WHERE sku = 'PG-4';
UPDATE catalog.products SET batch_tracked = false WHERE sku = 'PG-4';
\echo :SQLSTATE
ROLLBACK TO s;
UPDATE catalog.products SET batch_tracked = true WHERE sku = 'PG-2' RETURNING sku;
\echo :SQLSTATE
ROLLBACK TO s;

-- is_stocked: as long as there is no stock
INSERT INTO inventory.warehouses (id, code, name) VALUES ('d0000000-0000-0000-0000-000000000001', 'PG-WH', 'Guarded');
UPDATE catalog.products SET is_stocked = false WHERE sku = 'PG-3';
UPDATE catalog.products SET is_stocked = true WHERE sku = 'PG-3';
INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity)
SELECT 'd0000000-0000-0000-0000-000000000001', id, 5 FROM catalog.products WHERE id = 'b0000000-0000-0000-0000-000000000002';
SAVEPOINT s;
UPDATE catalog.products SET is_stocked = false WHERE sku = 'PG-2';
\echo :SQLSTATE
ROLLBACK TO s;
UPDATE inventory.stock_items SET quantity = 0 WHERE warehouse_id = 'd0000000-0000-0000-0000-000000000001';
UPDATE catalog.products SET is_stocked = false WHERE sku = 'PG-2' RETURNING is_stocked;
ROLLBACK;

SELECT wms_keep_has_variants();
\echo :SQLSTATE
SELECT wms_guard_is_stocked();
\echo :SQLSTATE
