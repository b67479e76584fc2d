-- No two live variants of a product are the same choice of options.  Each step is a transaction, the check is at commit.
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE FUNCTION pg_temp.v(text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('00000000-0000-4000-8000-0000000e' || lpad($1, 4, '0'))::uuid $$;
INSERT INTO catalog.products (id, sku, name) VALUES (pg_temp.v('1'), 'VO-1', 'Shirt'), (pg_temp.v('2'), 'VO-2', 'Other');
INSERT INTO catalog.product_variants (id, product_id, sku, name) SELECT pg_temp.v('a' || n), pg_temp.v(CASE WHEN n = 4 THEN '2' ELSE '1' END), 'VO-a' || n, 'a' || n FROM generate_series(1, 4) n;
INSERT INTO catalog.variant_options (id, name) VALUES (pg_temp.v('c'), 'VO colour'), (pg_temp.v('d'), 'VO size');
INSERT INTO catalog.variant_option_values (id, option_id, value) VALUES (pg_temp.v('c1'), pg_temp.v('c'), 'red'), (pg_temp.v('c2'), pg_temp.v('c'), 'blue'), (pg_temp.v('d1'), pg_temp.v('d'), 'L'), (pg_temp.v('d2'), pg_temp.v('d'), 'M');
CREATE VIEW pg_temp.choices AS SELECT v.name, (SELECT string_agg(o.value, ' ' ORDER BY u.n) FROM unnest(v.option_values) WITH ORDINALITY u (id, n) JOIN catalog.variant_option_values o ON o.id = u.id) AS option_values
  FROM catalog.product_variants v WHERE v.sku LIKE 'VO-%' ORDER BY 1;
-- none have options: no two are alike in that
SELECT * FROM pg_temp.choices;
-- option by option for all of them: in between some look alike
BEGIN;
INSERT INTO catalog.product_variant_options VALUES (pg_temp.v('a1'), pg_temp.v('c'), pg_temp.v('c1')), (pg_temp.v('a2'), pg_temp.v('c'), pg_temp.v('c1')), (pg_temp.v('a4'), pg_temp.v('c'), pg_temp.v('c1'));
INSERT INTO catalog.product_variant_options VALUES (pg_temp.v('a1'), pg_temp.v('d'), pg_temp.v('d1')), (pg_temp.v('a2'), pg_temp.v('d'), pg_temp.v('d2')), (pg_temp.v('a4'), pg_temp.v('d'), pg_temp.v('d1'));
COMMIT;
SELECT * FROM pg_temp.choices;
-- the same again, in another order of options
INSERT INTO catalog.product_variant_options VALUES (pg_temp.v('a3'), pg_temp.v('d'), pg_temp.v('d1')), (pg_temp.v('a3'), pg_temp.v('c'), pg_temp.v('c1'));
\echo :SQLSTATE
-- by a change, by taking an option away, by another product
UPDATE catalog.product_variant_options SET option_value_id = pg_temp.v('d1') WHERE variant_id = pg_temp.v('a2') AND option_id = pg_temp.v('d');
\echo :SQLSTATE
BEGIN;
DELETE FROM catalog.product_variant_options WHERE option_id = pg_temp.v('d');
SELECT * FROM pg_temp.choices;
COMMIT;
\echo :SQLSTATE
UPDATE catalog.product_variants SET product_id = pg_temp.v('1') WHERE id = pg_temp.v('a4');
\echo :SQLSTATE
UPDATE catalog.product_variant_options SET variant_id = pg_temp.v('a3') WHERE variant_id = pg_temp.v('a2');
SELECT * FROM pg_temp.choices;
UPDATE catalog.product_variant_options SET variant_id = pg_temp.v('a2') WHERE variant_id = pg_temp.v('a3');
-- two change places
BEGIN;
UPDATE catalog.product_variant_options SET option_value_id = CASE option_value_id WHEN pg_temp.v('d1') THEN pg_temp.v('d2') ELSE pg_temp.v('d1') END WHERE option_id = pg_temp.v('d') AND variant_id IN (pg_temp.v('a1'), pg_temp.v('a2'));
COMMIT;
SELECT * FROM pg_temp.choices;
-- a deleted variant keeps nobody from its choice, and comes back only while that is free
UPDATE catalog.product_variants SET deleted_at = now() WHERE id = pg_temp.v('a1');
INSERT INTO catalog.product_variant_options VALUES (pg_temp.v('a3'), pg_temp.v('d'), pg_temp.v('d2')), (pg_temp.v('a3'), pg_temp.v('c'), pg_temp.v('c1'));
SELECT * FROM pg_temp.choices;
UPDATE catalog.product_variants SET deleted_at = NULL WHERE id = pg_temp.v('a1');
\echo :SQLSTATE
\set VERBOSITY default
SELECT wms_restore('catalog.product_variants', pg_temp.v('a1'));
\echo :SQLSTATE
\set VERBOSITY terse
UPDATE catalog.product_variant_options SET option_value_id = pg_temp.v('c2') WHERE variant_id = pg_temp.v('a1') AND option_id = pg_temp.v('c');
SELECT wms_restore('catalog.product_variants', pg_temp.v('a1'));
SELECT * FROM pg_temp.choices;
-- all options at once
BEGIN;
TRUNCATE catalog.product_variant_options;
SELECT * FROM pg_temp.choices;
INSERT INTO catalog.product_variant_options VALUES (pg_temp.v('a3'), pg_temp.v('c'), pg_temp.v('c2')), (pg_temp.v('a3'), pg_temp.v('d'), pg_temp.v('d2'));
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM pg_temp.choices;
ROLLBACK;
-- whatever is written there
UPDATE catalog.product_variants SET option_values = CASE name WHEN 'a1' THEN NULL ELSE '{}' END::uuid[] WHERE sku LIKE 'VO-%';
INSERT INTO catalog.product_variants (product_id, sku, name, option_values) VALUES (pg_temp.v('1'), 'VO-a5', 'a5', ARRAY[pg_temp.v('c1')]);
SELECT * FROM pg_temp.choices;

DELETE FROM catalog.product_variant_options WHERE option_id IN (pg_temp.v('c'), pg_temp.v('d'));
SELECT * FROM pg_temp.choices;
DELETE FROM catalog.product_variants WHERE sku LIKE 'VO-%';
DELETE FROM catalog.products WHERE sku LIKE 'VO-%';
DELETE FROM catalog.variant_option_values WHERE option_id IN (pg_temp.v('c'), pg_temp.v('d'));
DELETE FROM catalog.variant_options WHERE name LIKE 'VO %';
