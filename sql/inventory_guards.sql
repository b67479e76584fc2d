-- Whoever goes around the commands: changes of stock rows are recorded or refused, the rest of inventory
-- is refused.  One transaction that is rolled back; psql sets a savepoint before each statement.
\set VERBOSITY default
\set SHOW_CONTEXT never
\set ON_ERROR_ROLLBACK on
BEGIN;
CREATE ROLE wms_test_clerk;
GRANT USAGE ON SCHEMA inventory TO wms_test_clerk;
GRANT SELECT, INSERT, UPDATE, DELETE ON inventory.stock_items TO wms_test_clerk;

INSERT INTO inventory.warehouses (id, code, name) VALUES
  ('00000000-0000-4000-8000-0000000000a1', 'G-A', 'A'), ('00000000-0000-4000-8000-0000000000a2', 'G-B', 'B');
INSERT INTO catalog.products (id, sku, name, slug, is_stocked) VALUES
  ('00000000-0000-4000-8000-0000000000b1', 'g-plain', 'plain', 'g-plain', true),
  ('00000000-0000-4000-8000-0000000000b2', 'g-other', 'other', 'g-other', true),
  ('00000000-0000-4000-8000-0000000000b3', 'g-batch', 'batch', 'g-batch', true),
  ('00000000-0000-4000-8000-0000000000b4', 'g-fee', 'fee', 'g-fee', false);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES
  ('00000000-0000-4000-8000-0000000000ba', '00000000-0000-4000-8000-0000000000b1', 'g-plain-red', 'red');
SET LOCAL wms.guard = off;
UPDATE catalog.products SET batch_tracked = true WHERE sku = 'g-batch';
RESET wms.guard;

-- I1 of the rows of this test, and what was recorded
CREATE FUNCTION pg_temp.ledger_of_test() RETURNS TABLE (warehouse text, sku text, quantities integer[], on_hand integer, i1 boolean)
LANGUAGE sql SECURITY DEFINER AS $$
  SELECT w.code, p.sku, array_agg(m.quantity ORDER BY m.id), s.quantity, coalesce(s.quantity, 0) = sum(m.quantity)
    FROM inventory.stock_movements m
    JOIN inventory.warehouses w ON w.id = m.warehouse_id
    JOIN catalog.products p ON p.id = m.product_id
    LEFT JOIN inventory.stock_items s ON s.warehouse_id = m.warehouse_id AND s.product_id = m.product_id
   WHERE w.code LIKE 'G-%' GROUP BY w.code, p.sku, s.quantity ORDER BY 1, 2 $$;
CREATE VIEW pg_temp.ledger AS SELECT * FROM pg_temp.ledger_of_test();
GRANT SELECT ON pg_temp.ledger TO wms_test_clerk;

-- recorded: INSERT, UPDATE, upsert, COPY, MERGE, a writable CTE, DELETE; as the owner and as a clerk
INSERT INTO inventory.stock_items (id, warehouse_id, product_id, quantity) VALUES
  ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1', 10);
UPDATE inventory.stock_items SET quantity = quantity - 3 WHERE id = '00000000-0000-4000-8000-0000000000c1';
UPDATE inventory.stock_items SET reorder_point = 5, bin_location = 'A-1', quantity = quantity WHERE id = '00000000-0000-4000-8000-0000000000c1';
SELECT * FROM pg_temp.ledger;
SET ROLE wms_test_clerk;
SET LOCAL wms.actor_id = '00000000-0000-4000-8000-0000000000e1';
INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity) VALUES
  ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1', 4)
  ON CONFLICT (warehouse_id, product_id, variant_id) DO UPDATE SET quantity = stock_items.quantity + EXCLUDED.quantity;
INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity) VALUES
  ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1', 4) ON CONFLICT DO NOTHING;
COPY inventory.stock_items (warehouse_id, product_id, quantity) FROM stdin WITH (FORMAT csv);
00000000-0000-4000-8000-0000000000a2,00000000-0000-4000-8000-0000000000b1,20
00000000-0000-4000-8000-0000000000a2,00000000-0000-4000-8000-0000000000b2,30
\.
MERGE INTO inventory.stock_items s
  USING (VALUES ('00000000-0000-4000-8000-0000000000a1'::uuid, '00000000-0000-4000-8000-0000000000b1'::uuid, 50),
                ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b2', 60)) n (w, p, q)
  ON s.warehouse_id = n.w AND s.product_id = n.p
  WHEN MATCHED THEN UPDATE SET quantity = n.q
  WHEN NOT MATCHED THEN INSERT (warehouse_id, product_id, quantity) VALUES (n.w, n.p, n.q);
WITH taken AS (UPDATE inventory.stock_items SET quantity = quantity - 5
                WHERE warehouse_id = '00000000-0000-4000-8000-0000000000a2' RETURNING product_id)
SELECT count(*) FROM taken;
DELETE FROM inventory.stock_items WHERE warehouse_id = '00000000-0000-4000-8000-0000000000a2'
  AND product_id = '00000000-0000-4000-8000-0000000000b2';
SELECT * FROM pg_temp.ledger;
SELECT * FROM inventory.stock_movements;
\echo :SQLSTATE
RESET ROLE;
SELECT m.created_by, count(*), bool_and(m.type = 'adjustment' AND m.notes IS NULL AND m.reference_id IS NULL
       AND m.batch_id IS NULL AND m.created_at BETWEEN now() AND clock_timestamp()) AS as_written
  FROM inventory.stock_movements m JOIN inventory.warehouses w ON w.id = m.warehouse_id WHERE w.code LIKE 'G-%' GROUP BY 1 ORDER BY 1;
RESET wms.actor_id;

-- of things that are deleted too
UPDATE catalog.products SET deleted_at = now() WHERE sku = 'g-plain';
UPDATE inventory.stock_items SET quantity = 49 WHERE id = '00000000-0000-4000-8000-0000000000c1';
SELECT * FROM pg_temp.ledger WHERE warehouse = 'G-A' AND sku = 'g-plain';
UPDATE catalog.products SET deleted_at = NULL WHERE sku = 'g-plain';

-- refused: negative, the hold, the key, holds on the way in
\set VERBOSITY terse
UPDATE inventory.stock_items SET quantity = -1 WHERE id = '00000000-0000-4000-8000-0000000000c1';
\echo :SQLSTATE
\set VERBOSITY default
SET ROLE wms_test_clerk;
UPDATE inventory.stock_items SET reserved_quantity = 1 WHERE id = '00000000-0000-4000-8000-0000000000c1';
\echo :SQLSTATE
UPDATE inventory.stock_items SET warehouse_id = '00000000-0000-4000-8000-0000000000a2', product_id = '00000000-0000-4000-8000-0000000000b2'
 WHERE id = '00000000-0000-4000-8000-0000000000c1';
\echo :SQLSTATE
INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity, reserved_quantity) VALUES
  ('00000000-0000-4000-8000-0000000000a2', '00000000-0000-4000-8000-0000000000b2', 5, 1);
\echo :SQLSTATE
INSERT INTO inventory.stock_items (warehouse_id, product_id, variant_id, quantity) VALUES
  ('00000000-0000-4000-8000-0000000000a2', '00000000-0000-4000-8000-0000000000b2', '00000000-0000-4000-8000-0000000000ba', 5);
\echo :SQLSTATE
INSERT INTO inventory.stock_items (warehouse_id, product_id, variant_id, quantity) VALUES
  ('00000000-0000-4000-8000-0000000000a2', '00000000-0000-4000-8000-0000000000b1', '00000000-0000-4000-8000-0000000000ba', 5);
-- a product kept by batches, one that has no stock; a row without units is fine
INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity) VALUES
  ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b3', 5);
\echo :SQLSTATE
INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity) VALUES
  ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b4', 5);
\echo :SQLSTATE
INSERT INTO inventory.stock_items (id, warehouse_id, product_id, reorder_point) VALUES
  ('00000000-0000-4000-8000-0000000000c3', '00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b3', 5);
UPDATE inventory.stock_items SET quantity = 1 WHERE id = '00000000-0000-4000-8000-0000000000c3';
\echo :SQLSTATE
DELETE FROM inventory.stock_items WHERE id = '00000000-0000-4000-8000-0000000000c3';
RESET ROLE;
TRUNCATE inventory.stock_items;
\echo :SQLSTATE

-- wms.guard = off neither refuses nor records
SET LOCAL wms.guard = off;
UPDATE inventory.stock_items SET quantity = 100, reserved_quantity = 2 WHERE id = '00000000-0000-4000-8000-0000000000c1';
SELECT on_hand, i1 FROM pg_temp.ledger WHERE warehouse = 'G-A' AND sku = 'g-plain';
RESET wms.guard;
DELETE FROM inventory.stock_items WHERE id = '00000000-0000-4000-8000-0000000000c1';
\echo :SQLSTATE
\set VERBOSITY terse
UPDATE inventory.stock_items SET quantity = 1 WHERE id = '00000000-0000-4000-8000-0000000000c1';
\echo :SQLSTATE

-- who attaches the trigger to a table of his own records nothing in ours
CREATE SCHEMA wms_test;
CREATE TABLE wms_test.stock_items (LIKE inventory.stock_items INCLUDING DEFAULTS);
CREATE TRIGGER forged AFTER INSERT ON wms_test.stock_items FOR EACH ROW EXECUTE FUNCTION wms_guard_stock_items();
INSERT INTO wms_test.stock_items (warehouse_id, product_id, quantity) VALUES
  ('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000b1', 1);
\echo :SQLSTATE
SELECT wms_guard_stock_items();
\echo :SQLSTATE
ROLLBACK;
