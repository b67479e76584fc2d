-- Ten warehouses with the same items in all of them, and the same stock on all sides; psql variable: rows.
--
-- What the triggers would write besides is written here in one go.

SET session_replication_role = replica;

INSERT INTO inventory.warehouses (code, name) SELECT 'bench-' || n, 'bench ' || n FROM generate_series(1, 10) n;

INSERT INTO catalog.products (sku, name, slug, base_price, cost_price)
SELECT 'bench-' || n, 'bench ' || n, 'bench-' || n, 1 + n % 100, 1
  FROM generate_series(1, greatest(1, :rows / 10)) n;

CREATE TEMP TABLE filled AS
SELECT w.id AS warehouse_id, p.id AS product_id FROM inventory.warehouses w, catalog.products p
 WHERE w.code LIKE 'bench-%' AND p.sku LIKE 'bench-%' ORDER BY random();

INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity)
SELECT warehouse_id, product_id, 1000000000 FROM filled;
INSERT INTO plain.stock_items (warehouse_id, product_id, quantity)
SELECT warehouse_id, product_id, 1000000000 FROM filled;

INSERT INTO seed.stock_items (warehouse_id, product_id, quantity)
SELECT warehouse_id, product_id, 1000000000 FROM filled;

INSERT INTO inventory.stock_movements (id, warehouse_id, product_id, type, quantity)
SELECT gen_random_uuid(), warehouse_id, product_id, 'receive', 1000000000 FROM filled;
INSERT INTO plain.stock_movements (id, warehouse_id, product_id, type, quantity)
SELECT gen_random_uuid(), warehouse_id, product_id, 'receive', 1000000000 FROM filled;
INSERT INTO seed.stock_movements (warehouse_id, product_id, type, quantity)
SELECT warehouse_id, product_id, 'receive', 1000000000 FROM filled;

RESET session_replication_role;
VACUUM ANALYZE;
