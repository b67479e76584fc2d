-- Search: what is found, in which order, and what any text does. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
SET client_encoding = 'UTF8';
BEGIN;
INSERT INTO catalog.brands (name) VALUES ('Zephyr Möbel'), ('Quokka');
CREATE FUNCTION pg_temp.brand(text) RETURNS uuid LANGUAGE sql AS 'SELECT id FROM catalog.brands WHERE name LIKE $1';
INSERT INTO catalog.products (sku, name, description, short_description, brand_id, is_active) VALUES
  ('S-1', 'Wombat lamp', 'Bright', NULL, pg_temp.brand('Zephyr%'), true),
  ('WOMBAT-2', 'Table', NULL, NULL, NULL, true),
  ('S-3', 'Chair', 'Goes with the wombat', NULL, NULL, true),
  ('S-4', 'Shelf', NULL, 'wombat wombat wombat', pg_temp.brand('Quokka'), true),
  ('15056BL', 'Wombats galore', NULL, NULL, pg_temp.brand('Quokka'), true),
  ('S-6', 'Wombat, inactive', NULL, NULL, NULL, false),
  ('S-7', 'Wombat, deleted', NULL, NULL, NULL, true),
  ('ÅBC/7_x', 'Crème brûlée Łódź Straße', NULL, NULL, NULL, true);
UPDATE catalog.products SET deleted_at = now() WHERE sku = 'S-7';
CREATE FUNCTION pg_temp.found(text) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(sku, ' ' ORDER BY n) FROM wms_search_products($1) WITH ORDINALITY AS s (product_id, sku, name, rank, total_count, n) $$;

-- name before sku before description; whole words before beginnings
SELECT sku, name, total_count, rank > 0 AS ranked FROM wms_search_products('wombat');
-- every word, the last one as a beginning
SELECT q, pg_temp.found(q) FROM unnest('{lamp wom,lamp wombat,wom lamp,bright lamp,brig lamp,lamp bright zephyr}'::text[]) q;
-- by brand, with whatever else; accents and case
SELECT q, pg_temp.found(q) FROM unnest('{zephyr,MOBEL,möb,quokka wombats,zephyr wombats,quok}'::text[]) q;
-- skus by their parts and as a whole
SELECT q, pg_temp.found(q) FROM unnest('{15056,15056bl,WOMBAT-2,wombat2,abc,abc/7,ÅBC7X,7 x}'::text[]) q;
SELECT q, pg_temp.found(q) FROM unnest('{creme,CRÈME BRU,lodz,strasse}'::text[]) q;
-- no text is a mistake
SELECT q, pg_temp.found(q) FROM unnest(ARRAY['', '   ', '!!!', '🎁', '''', '\', 'wombat & !lamp', 'wombat | chair', '(lamp', 'lamp:*', 'lamp <-> wombat', ':A', '''lamp''',
  'lamp'';DROP TABLE x', '"lamp"', '%', U&'\0301', E'lamp\n\twombat', '@lamp', '@']) q;
SELECT count(*) FROM wms_search_products(NULL);
SELECT count(*) FROM wms_search_products(repeat('wombat ', 150000));
SELECT count(*) FROM wms_search_products(repeat('x', 1000000));
SELECT count(*) FROM wms_search_products(repeat('🎁', 250000));
SELECT count(*) FROM wms_search_products(repeat('wombat ', 31) || 'lamp nothing');
SELECT count(*) FROM wms_search_products(repeat('wombat ', 31) || 'nothing lamp');

-- pages
SELECT sku, total_count FROM wms_search_products('wombat', 2);
SELECT sku, total_count FROM wms_search_products('wombat', max_rows => 2, skip_rows => 2);
SELECT count(*) FROM wms_search_products('wombat', 0);
SELECT count(*) FROM wms_search_products('wombat', 20, 100);
SELECT * FROM wms_search_products('wombat', -1);
\echo :SQLSTATE
SELECT * FROM wms_search_products('wombat', skip_rows => NULL);
\echo :SQLSTATE
-- equal ranks: by name, then id
INSERT INTO catalog.products (id, sku, name) VALUES ('00000000-0000-4000-8000-0000000000e2', 'E-2', 'Bilby'), ('00000000-0000-4000-8000-0000000000e1', 'E-1', 'Bilby');
SELECT sku FROM wms_search_products('bilby');

-- what changes is found by what it is now
UPDATE catalog.products SET name = 'Numbat lamp' WHERE sku = 'S-1';
UPDATE catalog.brands SET name = 'Potoroo' WHERE name = 'Quokka';
SELECT q, pg_temp.found(q) FROM unnest('{numbat,quokka,potoroo shelf}'::text[]) q;
UPDATE catalog.brands SET deleted_at = now() WHERE name = 'Potoroo';
SELECT pg_temp.found('potoroo'), pg_temp.found('shelf');
UPDATE catalog.brands SET deleted_at = NULL WHERE name = 'Potoroo';
SELECT pg_temp.found('potoroo');
-- only the products of the brand are written, and only when its name changes
CREATE FUNCTION pg_temp.written() RETURNS bigint LANGUAGE sql AS $$ SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relid = 'catalog.products'::regclass $$;
SELECT pg_temp.written() AS before \gset
UPDATE catalog.brands SET description = 'Long-nosed', name = name WHERE name = 'Potoroo';
SELECT pg_temp.written() - :before AS by_description;
UPDATE catalog.brands SET name = name || ' too' WHERE name = 'Potoroo';
SELECT pg_temp.written() - :before AS by_name;
-- many brands of one beginning
INSERT INTO catalog.brands (name) SELECT 'Acme GmbH ' || n FROM generate_series(1, 3000) n;
INSERT INTO catalog.products (sku, name, brand_id) SELECT 'AC-' || n, 'Trap', b.id FROM generate_series(1, 3) n JOIN catalog.brands b ON b.name = 'Acme GmbH ' || n;
SELECT count(*), max(total_count) FROM wms_search_products(repeat('gmbh ', 32));
SELECT count(*), max(total_count) FROM wms_search_products('a');
SELECT sku, total_count FROM wms_search_products('acme 2 tra');
SELECT bool_and(rank > 0), count(DISTINCT rank) FROM wms_search_products('acme gmbh');
UPDATE catalog.products SET brand_id = pg_temp.brand('Zephyr%') WHERE sku = 'S-3';
UPDATE catalog.products SET description = NULL, short_description = NULL WHERE sku IN ('S-3', 'S-4');
SELECT pg_temp.found('zephyr chair'), pg_temp.found('goes'), pg_temp.found('shelf wombat');
INSERT INTO catalog.product_variants (product_id, sku, name) SELECT id, 'VAR-9/' || v, v FROM catalog.products, unnest('{L,M}'::text[]) v WHERE sku = 'S-4';
SELECT pg_temp.found('var9l'), pg_temp.found('var 9 m');
UPDATE catalog.product_variants SET sku = 'OTHER-1' WHERE sku = 'VAR-9/L';
UPDATE catalog.product_variants SET deleted_at = now() WHERE sku = 'VAR-9/M';
SELECT pg_temp.found('var9'), pg_temp.found('other1');
DELETE FROM catalog.product_variants WHERE sku = 'OTHER-1';
SELECT pg_temp.found('other1'), pg_temp.found('shelf');
-- whatever is written there
UPDATE catalog.products SET search_document = 'nonsense' WHERE sku = 'S-4';
INSERT INTO catalog.products (sku, name, search_document) VALUES ('S-9', 'Echidna', 'nonsense');
SELECT pg_temp.found('nonsense'), pg_temp.found('echidna'), pg_temp.found('shelf'), pg_temp.found('mobel');
-- texts of any length can be written
INSERT INTO catalog.products (sku, name, description) VALUES ('S-10', 'Quoll', repeat('leaf ', 300000)), ('S-11', 'Quoll too', repeat('x', 3000000)),
  ('S-12', 'Quoll three', (SELECT string_agg('word' || n, ' ') FROM generate_series(1, 200000) n));
SELECT pg_temp.found('quoll leaf'), pg_temp.found('quoll xx'), pg_temp.found('word77 quoll');

-- it reads as the caller, and its trigger is for these tables
CREATE ROLE regress_wms_visitor;
SET LOCAL ROLE regress_wms_visitor;
SELECT * FROM wms_search_products('wombat');
\echo :SQLSTATE
CREATE TEMP TABLE products (id uuid, name text, search_document text);
CREATE TRIGGER t BEFORE INSERT ON products FOR EACH ROW EXECUTE FUNCTION wms_keep_search_document();
CREATE TEMP TABLE brands (id uuid);
CREATE TRIGGER t AFTER UPDATE ON brands FOR EACH ROW EXECUTE FUNCTION wms_note_brand();
INSERT INTO brands VALUES (NULL);
\set VERBOSITY sqlstate
UPDATE brands SET id = NULL;
INSERT INTO products (name) VALUES ('x');
\echo :SQLSTATE
ROLLBACK;
