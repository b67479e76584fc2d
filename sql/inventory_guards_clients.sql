-- Who writes to the tables of inventory and in which way makes no difference: a clerk with plain GRANTs, the owner
-- of the tables and a superuser, by UPDATE, DELETE, upsert, MERGE, writable CTE and COPY; and triggers of the user on
-- stock rows.  A quantity becomes an adjustment of the difference, the rest is WM092.  One transaction that is rolled
-- back; psql sets a savepoint before each statement.
\set VERBOSITY terse
\set SHOW_CONTEXT never
\set ON_ERROR_ROLLBACK on
BEGIN;
CREATE ROLE wms_test_clerk;
CREATE ROLE wms_test_owner;
GRANT USAGE ON SCHEMA inventory TO wms_test_clerk, wms_test_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA inventory TO wms_test_clerk;

INSERT INTO inventory.warehouses (id, code, name) VALUES
  ('00000000-0000-4000-8000-0000000000a1', 'G-A', 'A'), ('00000000-0000-4000-8000-0000000000a2', 'G-B', 'B');
INSERT INTO catalog.products (id, sku, name, slug) VALUES
  ('00000000-0000-4000-8000-0000000000b1', 'g-plain', 'plain', 'g-plain'),
  ('00000000-0000-4000-8000-0000000000b2', 'g-other', 'other', 'g-other'),
  ('00000000-0000-4000-8000-0000000000b3', 'g-batch', 'batch', 'g-batch');
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES
  ('00000000-0000-4000-8000-0000000000ba', '00000000-0000-4000-8000-0000000000b1', 'g-plain-red', 'red');
SET LOCAL wms.guard = off;
UPDATE catalog.products SET has_variants = false WHERE sku = 'g-plain';
RESET wms.guard;
SELECT wms_receive_stock('00000000-0000-4000-8000-0000000000a1',
  '[{"sku": "g-other", "quantity": 10}, {"sku": "g-batch", "quantity": 5, "batch_number": "G1"}]');
SELECT count(*) FROM wms_reserve_stock('[{"sku": "g-other", "quantity": 2}]', '00000000-0000-4000-8000-0000000000a1');
SELECT wms_create_transfer('00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000a2',
  '[{"sku": "g-batch", "quantity": 1}]') IS NOT NULL AS created;

-- the movements that a statement of somebody left, or what it was refused with
CREATE FUNCTION pg_temp.recorded(since bigint) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$
  SELECT coalesce(string_agg(format('%s %s %s%s', w.code, p.sku, m.type, to_char(m.quantity, 'FMSG99')), ', ' ORDER BY w.code, p.sku, m.id), 'nothing')
    FROM (SELECT * FROM inventory.stock_movements ORDER BY id OFFSET since) m
    JOIN inventory.warehouses w ON w.id = m.warehouse_id
    JOIN catalog.products p ON p.id = m.product_id $$;
CREATE FUNCTION pg_temp.movements() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM inventory.stock_movements';
CREATE FUNCTION pg_temp.attempt(who text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  before bigint := pg_temp.movements();
  message text;
BEGIN
  PERFORM set_config('role', who, true);
  EXECUTE statement;
  SET CONSTRAINTS ALL IMMEDIATE;
  PERFORM set_config('role', 'none', true);
  RETURN pg_temp.recorded(before);
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;

-- what only commands write, in every way that SQL has
CREATE TEMP TABLE closed (nr integer, name text, one_row text, change text);
INSERT INTO closed VALUES
  (1, 'stock_items', 't.product_id = :other', 'reserved_quantity = t.reserved_quantity + 1'),
  (2, 'stock_items', 't.product_id = :other', 'warehouse_id = ''00000000-0000-4000-8000-0000000000a2'''),
  (3, 'stock_items', 't.product_id = :other', 'product_id = ''00000000-0000-4000-8000-0000000000b1'''),
  (4, 'stock_items', 't.product_id = :other', 'variant_id = ''00000000-0000-4000-8000-0000000000ba'''),
  (5, 'stock_item_batches', 'true', 'quantity = t.quantity - 1'), (6, 'stock_item_batches', 'true', 'reserved_quantity = t.reserved_quantity - 1'),
  (7, 'product_batches', 'true', 'quantity = t.quantity + 1'), (8, 'stock_reservations', 't.product_id = :other', 'quantity = t.quantity - 1'),
  (9, 'stock_reservations', 't.product_id = :other', 'status = ''consumed'', quantity = 0, resolved_at = now()'),
  (10, 'stock_movements', 't.product_id = :other', 'quantity = t.quantity + 1'), (11, 'product_batch_tracks', 't.action = ''received''', 'quantity = 7'),
  (12, 'stock_transfers', 'true', 'status = ''in_transit'''), (13, 'stock_transfer_items', 'true', 'received_quantity = 1');
UPDATE closed SET one_row = replace(one_row, ':other', '''00000000-0000-4000-8000-0000000000b2''');
CREATE TEMP TABLE ways (nr integer, way text, template text);
INSERT INTO ways VALUES
  (1, 'update', 'UPDATE inventory.%1$I t SET %2$s WHERE %6$s'),
  (2, 'cte', 'WITH w AS (UPDATE inventory.%1$I t SET %2$s WHERE %6$s RETURNING 1) SELECT count(*) FROM w'),
  (3, 'merge', 'MERGE INTO inventory.%1$I t USING (VALUES (1)) x ON %6$s WHEN MATCHED THEN UPDATE SET %2$s'),
  (4, 'upsert', 'INSERT INTO inventory.%1$I AS t (%3$s) SELECT %3$s FROM inventory.%1$I t WHERE %6$s ON CONFLICT (%4$s) DO UPDATE SET %2$s'),
  (5, 'delete', 'DELETE FROM inventory.%1$I t WHERE %6$s'),
  (6, 'delete in a cte', 'WITH w AS (DELETE FROM inventory.%1$I t WHERE %6$s RETURNING 1) SELECT count(*) FROM w'),
  (7, 'delete by merge', 'MERGE INTO inventory.%1$I t USING (VALUES (1)) x ON %6$s WHEN MATCHED THEN DELETE'),
  (8, 'insert', 'INSERT INTO inventory.%1$I (%5$s) SELECT %5$s FROM inventory.%1$I t WHERE %6$s');
CREATE TEMP VIEW statements AS
  SELECT c.nr, c.name, split_part(c.change, ' = ', 1) AS change, w.nr AS way_nr, w.way,
         format(w.template, c.name, c.change, k.columns, k.key, k.others, c.one_row) AS statement
    FROM closed c CROSS JOIN ways w
    JOIN LATERAL (
         SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns,
                string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attnum = ANY (i.indkey)) AS key,
                string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '' AND a.attname <> 'id') AS others
           FROM pg_attribute a JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
          WHERE a.attrelid = ('inventory.' || c.name)::regclass AND a.attnum > 0 AND NOT a.attisdropped) k ON true;
CREATE FUNCTION pg_temp.refusals(who text) RETURNS TABLE (name text, change text, refused bigint, otherwise text) LANGUAGE sql AS $$
  SELECT name, change, count(*) FILTER (WHERE outcome = 'WM092'),
         string_agg(format('%s: %s', way, outcome), ', ' ORDER BY way_nr) FILTER (WHERE outcome <> 'WM092')
    FROM (SELECT *, pg_temp.attempt(who, statement) AS outcome FROM statements ORDER BY nr, way_nr OFFSET 0) o
   GROUP BY nr, name, change ORDER BY nr $$;
SELECT * FROM pg_temp.refusals('wms_test_clerk');
SELECT count(*) AS broken FROM wms_verify();

-- a quantity, in every way that SQL has: the difference is recorded
CREATE TEMP TABLE open_ways (nr integer, way text, statement text);
INSERT INTO open_ways VALUES
  (1, 'insert', 'INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity) VALUES (''00000000-0000-4000-8000-0000000000a1'', :plain, 9)'),
  (2, 'update', 'UPDATE inventory.stock_items SET quantity = quantity - 2 WHERE product_id = :plain'),
  (3, 'upsert', 'INSERT INTO inventory.stock_items AS s (warehouse_id, product_id, quantity) VALUES (''00000000-0000-4000-8000-0000000000a1'', :plain, 3),'
                '(''00000000-0000-4000-8000-0000000000a2'', :plain, 4) ON CONFLICT (warehouse_id, product_id, variant_id) DO UPDATE SET quantity = s.quantity + EXCLUDED.quantity'),
  (4, 'merge', 'MERGE INTO inventory.stock_items s USING (VALUES (''00000000-0000-4000-8000-0000000000a1''::uuid, 1), (''00000000-0000-4000-8000-0000000000a2'', 0)) x (w, q)'
               ' ON s.warehouse_id = x.w AND s.product_id = :plain WHEN MATCHED AND x.q = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET quantity = x.q'
               ' WHEN NOT MATCHED THEN INSERT (warehouse_id, product_id, quantity) VALUES (x.w, :plain, x.q)'),
  (5, 'merge that inserts', 'MERGE INTO inventory.stock_items s USING (VALUES (''00000000-0000-4000-8000-0000000000a2''::uuid, 6)) x (w, q)'
               ' ON s.warehouse_id = x.w AND s.product_id = :plain WHEN MATCHED THEN DO NOTHING'
               ' WHEN NOT MATCHED THEN INSERT (warehouse_id, product_id, quantity) VALUES (x.w, :plain, x.q)'),
  (6, 'cte', 'WITH gone AS (DELETE FROM inventory.stock_items WHERE product_id = :plain AND warehouse_id = ''00000000-0000-4000-8000-0000000000a2'' RETURNING quantity)'
             ' UPDATE inventory.stock_items SET quantity = stock_items.quantity + gone.quantity FROM gone WHERE product_id = :plain'),
  (7, 'below what is held', 'UPDATE inventory.stock_items SET quantity = 1 WHERE product_id = ''00000000-0000-4000-8000-0000000000b2'''),
  (8, 'in batches', 'UPDATE inventory.stock_items SET quantity = quantity + 1 WHERE product_id = ''00000000-0000-4000-8000-0000000000b3'''),
  (9, 'delete', 'DELETE FROM inventory.stock_items WHERE product_id = :plain');
UPDATE open_ways SET statement = replace(statement, ':plain', '''00000000-0000-4000-8000-0000000000b1''');
SELECT way, pg_temp.attempt('wms_test_clerk', statement) AS outcome FROM open_ways ORDER BY nr;
SELECT count(*) AS broken FROM wms_verify();

-- COPY, by the clerk
\set VERBOSITY sqlstate
SET ROLE wms_test_clerk;
COPY inventory.stock_items (warehouse_id, product_id, quantity) FROM stdin WITH (FORMAT csv);
00000000-0000-4000-8000-0000000000a1,00000000-0000-4000-8000-0000000000b1,20
\.
COPY inventory.stock_items (warehouse_id, product_id, quantity, reserved_quantity) FROM stdin WITH (FORMAT csv);
00000000-0000-4000-8000-0000000000a2,00000000-0000-4000-8000-0000000000b1,20,1
\.
COPY inventory.stock_item_batches (warehouse_id, product_id, batch_id, quantity) FROM stdin WITH (FORMAT csv);
00000000-0000-4000-8000-0000000000a2,00000000-0000-4000-8000-0000000000b3,00000000-0000-4000-8000-0000000000c1,1
\.
COPY inventory.product_batches (product_id, batch_number, quantity) FROM stdin WITH (FORMAT csv);
00000000-0000-4000-8000-0000000000b3,G2,1
\.
COPY inventory.stock_reservations (warehouse_id, product_id, quantity, original_quantity) FROM stdin WITH (FORMAT csv);
00000000-0000-4000-8000-0000000000a1,00000000-0000-4000-8000-0000000000b1,1,1
\.
COPY inventory.stock_movements (warehouse_id, product_id, type, quantity) FROM stdin WITH (FORMAT csv);
00000000-0000-4000-8000-0000000000a1,00000000-0000-4000-8000-0000000000b1,receive,1
\.
COPY inventory.product_batch_tracks (product_batch_id, action) FROM stdin WITH (FORMAT csv);
00000000-0000-4000-8000-0000000000c1,received
\.
COPY inventory.stock_transfers (transfer_number, from_warehouse_id, to_warehouse_id) FROM stdin WITH (FORMAT csv);
T,00000000-0000-4000-8000-0000000000a1,00000000-0000-4000-8000-0000000000a2
\.
COPY inventory.stock_transfer_items (transfer_id, product_id, quantity) FROM stdin WITH (FORMAT csv);
00000000-0000-4000-8000-0000000000f1,00000000-0000-4000-8000-0000000000b1,1
\.
RESET ROLE;
\set VERBOSITY terse
SELECT pg_temp.recorded(pg_temp.movements() - 1);

-- triggers of the user on stock rows, while the clerk writes: what is stored is recorded, not what was asked for
CREATE FUNCTION pg_temp.seven_more() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.quantity := NEW.quantity + 7; RETURN NEW; END$$;
CREATE FUNCTION pg_temp.never() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE FUNCTION pg_temp.hold_one() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.reserved_quantity := 1; RETURN NEW; END$$;
CREATE FUNCTION pg_temp.one_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE inventory.stock_items SET quantity = quantity + 1 WHERE id = NEW.id AND pg_trigger_depth() = 1;
  RETURN NULL;
END$$;
CREATE FUNCTION pg_temp.other_too() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE inventory.stock_items SET quantity = quantity + 3 WHERE product_id = '00000000-0000-4000-8000-0000000000b2' AND pg_trigger_depth() = 1;
  RETURN NEW;
END$$;
CREATE FUNCTION pg_temp.hold_after() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE inventory.stock_items SET reserved_quantity = 1 WHERE id = NEW.id AND pg_trigger_depth() = 1;
  RETURN NULL;
END$$;
CREATE FUNCTION pg_temp.with_trigger(trigger text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  outcome text;
BEGIN
  EXECUTE format('CREATE TRIGGER %s', trigger);
  outcome := pg_temp.attempt('wms_test_clerk', statement);
  EXECUTE format('DROP TRIGGER %s ON inventory.stock_items', split_part(trigger, ' ', 1));
  RETURN outcome;
END $$;
\set takes '$$UPDATE inventory.stock_items SET quantity = quantity - 2 WHERE product_id = ''00000000-0000-4000-8000-0000000000b1''$$'
\set brings '$$INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity) VALUES (''00000000-0000-4000-8000-0000000000a2'', ''00000000-0000-4000-8000-0000000000b1'', 5)$$'
SELECT pg_temp.with_trigger('zz BEFORE UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION pg_temp.seven_more()', :takes);
SELECT pg_temp.with_trigger('zz BEFORE INSERT ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION pg_temp.seven_more()', :brings);
SELECT pg_temp.with_trigger('zz BEFORE UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION pg_temp.never()', :takes);
SELECT pg_temp.with_trigger('zz BEFORE UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION pg_temp.hold_one()', :takes);
SELECT pg_temp.with_trigger('zz BEFORE UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION pg_temp.other_too()', :takes);
-- before the guard, and after it
SELECT pg_temp.with_trigger('aa AFTER UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION pg_temp.one_back()', :takes);
SELECT pg_temp.with_trigger('zz AFTER UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION pg_temp.one_back()', :takes);
SELECT pg_temp.with_trigger('aa AFTER UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION pg_temp.hold_after()', :takes);
SELECT pg_temp.with_trigger('zz AFTER UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION pg_temp.hold_after()', :takes);
SELECT w.code, p.sku, s.quantity, s.reserved_quantity FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id
  JOIN catalog.products p ON p.id = s.product_id ORDER BY 1, 2;
SELECT count(*) AS broken FROM wms_verify();

-- the owner of the tables, who is no superuser, and a superuser
DELETE FROM inventory.stock_items WHERE product_id = '00000000-0000-4000-8000-0000000000b1';
-- whoever owned them keeps his rights
DO $$
DECLARE
  former regrole := (SELECT relowner FROM pg_class WHERE oid = 'inventory.stock_items'::regclass);
  name regclass;
BEGIN
  FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'inventory'::regnamespace AND relkind IN ('r', 'p') LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO wms_test_owner', name);
    EXECUTE format('GRANT ALL ON %s TO %s', name, former);
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA catalog TO wms_test_owner;
GRANT SELECT, REFERENCES, UPDATE ON ALL TABLES IN SCHEMA catalog TO wms_test_owner;
SELECT * FROM pg_temp.refusals('wms_test_owner');
SELECT way, pg_temp.attempt('wms_test_owner', statement) AS outcome FROM open_ways ORDER BY nr;
SELECT * FROM pg_temp.refusals(session_user::text);
SELECT way, pg_temp.attempt(session_user::text, statement) AS outcome FROM open_ways ORDER BY nr;
SELECT count(*) AS broken FROM wms_verify();
ROLLBACK;
