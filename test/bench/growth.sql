-- A shop that has traded for two years.  psql variables: movements, products.
--
-- Ten warehouses with every item; of the movements one in a hundred brings goods in, the others took one unit out for
-- an order.  One in twenty of those orders is there, with its line and its customer.

SET session_replication_role = replica;
SET maintenance_work_mem = '512MB';

INSERT INTO inventory.warehouses (code, name) SELECT 'bench-' || n, 'bench ' || n FROM generate_series(1, 10) n;
INSERT INTO catalog.brands (name) SELECT 'Maker ' || n FROM generate_series(1, 100) n;
INSERT INTO catalog.categories (name, slug) SELECT 'Shelf ' || n, 'shelf-' || n FROM generate_series(1, greatest(1, :products / 50)) n;
INSERT INTO auth.users (email, first_name) SELECT 'user-' || n || '@example.com', 'User ' || n FROM generate_series(1, greatest(1, :products / 5)) n;

CREATE TEMP TABLE brand AS SELECT id, row_number() OVER () - 1 AS n FROM catalog.brands;
CREATE TEMP TABLE category AS SELECT id, row_number() OVER () - 1 AS n FROM catalog.categories;
CREATE TEMP TABLE customer AS SELECT id, row_number() OVER () - 1 AS n FROM auth.users;
CREATE TEMP TABLE place AS SELECT id, row_number() OVER () - 1 AS n FROM inventory.warehouses;
SELECT count(*) AS users FROM customer \gset
SELECT count(*) AS categories FROM category \gset

-- the trigger that makes search documents
SET session_replication_role = origin;
INSERT INTO catalog.products (sku, name, slug, base_price, cost_price, brand_id)
SELECT 'bench-' || n, 'Thing ' || n || ' kind' || n / 20, 'bench-' || n, 1 + n % 100, 1, b.id
  FROM generate_series(1, :products) n JOIN brand b (id, number) ON b.number = n % 100;
SET session_replication_role = replica;
CREATE TEMP TABLE item AS SELECT id, row_number() OVER () - 1 AS n FROM catalog.products WHERE sku LIKE 'bench-%';
CREATE UNIQUE INDEX ON item (n);
INSERT INTO catalog.product_categories (product_id, category_id)
SELECT i.id, c.id FROM item i JOIN category c ON c.n = i.n % :categories;
ANALYZE;

-- Indexes of the ledger are made when it is full.
CREATE TEMP TABLE later AS SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
  FROM pg_index WHERE indrelid = 'inventory.stock_movements'::regclass AND NOT indisprimary;
SELECT 'DROP INDEX ' || name FROM later \gexec

INSERT INTO inventory.stock_movements (id, warehouse_id, product_id, type, quantity, reference_type, reference_id, created_at)
SELECT gen_random_uuid(), p.id, i.id, CASE WHEN n % 100 = 0 THEN 'receive' ELSE 'sale' END, CASE WHEN n % 100 = 0 THEN 1000000 ELSE -1 END,
       CASE WHEN n % 100 > 0 THEN 'order' END, CASE WHEN n % 100 > 0 THEN gen_random_uuid() END,
       now() - interval '2 years' * (1 - n / :movements::float8)
  FROM generate_series(1, :movements) n
  JOIN item i (id, number) ON i.number = n * 7919::bigint % :products
  JOIN place p (id, number) ON p.number = n % 10;
-- something of everything everywhere
INSERT INTO inventory.stock_movements (id, warehouse_id, product_id, type, quantity, created_at)
SELECT gen_random_uuid(), p.id, i.id, 'receive', 1000000, now() - interval '2 years' FROM place p, item i;
SELECT definition FROM later \gexec

INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity)
SELECT m.warehouse_id, m.product_id, sum(m.quantity) FROM inventory.stock_movements m GROUP BY 1, 2;

CREATE TEMP TABLE sold AS
SELECT m.reference_id AS id, m.product_id, m.created_at, p.sku, p.name, p.base_price, row_number() OVER (ORDER BY m.created_at) AS n
  FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id
 WHERE m.type = 'sale' AND hashtext(m.reference_id::text) % 20 = 0;
INSERT INTO sales.orders (id, order_number, user_id, status, subtotal, total, confirmed_at, shipped_at, delivered_at, created_at)
SELECT s.id, 'BENCH-' || s.n, c.id, 'delivered', s.base_price, s.base_price, s.created_at, s.created_at, s.created_at, s.created_at
  FROM sold s JOIN customer c ON c.n = s.n % :users;
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, unit_cost, total_price, created_at)
SELECT s.id, 1, s.product_id, s.sku, s.name, 1, s.base_price, 1, s.base_price, s.created_at FROM sold s;
INSERT INTO sales.order_status_history (order_id, status, created_at)
SELECT s.id, 'delivered', s.created_at FROM sold s;

RESET session_replication_role;
VACUUM ANALYZE;
