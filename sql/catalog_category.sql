-- The tree of categories and the products in it. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
BEGIN;
-- ids say where: a, aa below it, aaa below that
CREATE FUNCTION pg_temp.c(text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('00000000-0000-4000-8000-' || lpad($1, 12, '0'))::uuid $$;
INSERT INTO catalog.categories (id, parent_id, name, sort_order) VALUES
  (pg_temp.c('a'), NULL, 'Clothes', 2), (pg_temp.c('b'), NULL, 'Books', 2), (pg_temp.c('c'), NULL, 'Zoo', 1),
  (pg_temp.c('aa'), pg_temp.c('a'), 'Shirts', 0), (pg_temp.c('ab'), pg_temp.c('a'), 'Hats', 0), (pg_temp.c('ac'), pg_temp.c('a'), 'Shoes', -1),
  (pg_temp.c('aaa'), pg_temp.c('aa'), 'Polo', 0), (pg_temp.c('aab'), pg_temp.c('aa'), 'Gone', 0), (pg_temp.c('aaba'), pg_temp.c('aab'), 'Below gone', 0);
UPDATE catalog.categories SET deleted_at = now() WHERE name = 'Gone';
UPDATE catalog.categories SET is_active = false WHERE name = 'Hats';
SELECT path, depth FROM wms_category_tree();
SELECT name, depth, path, category_id = pg_temp.c('aa') AS itself, parent_id = pg_temp.c('a') AS below FROM wms_category_tree(pg_temp.c('aa'));
SELECT path FROM wms_category_tree(pg_temp.c('aaba'));
SELECT * FROM wms_category_tree(pg_temp.c('aab'));
\echo :SQLSTATE
SELECT * FROM wms_category_tree(pg_temp.c('ffff'));
\echo :SQLSTATE

INSERT INTO catalog.brands (name) VALUES ('Acme'), ('Gone');
UPDATE catalog.brands SET deleted_at = now() WHERE name = 'Gone';
INSERT INTO catalog.products (id, sku, name, base_price, is_active, brand_id)
SELECT pg_temp.c(p.id), p.sku, p.name, p.price, p.active, b.id FROM (VALUES ('1', 'P-1', 'Polo shirt', 10, true, 'Acme'), ('3', 'P-3', 'Hat', 7, true, 'Gone'), ('2', 'P-2', 'Hat', 8, true, NULL),
  ('4', 'P-4', 'Sleeping', 1, false, NULL), ('5', 'P-5', 'Deleted', 1, true, NULL), ('6', 'P-6', 'Novel', 5, true, NULL), ('7', 'P-7', 'Below', 5, true, NULL)) p (id, sku, name, price, active, brand)
  LEFT JOIN catalog.brands b ON b.name = p.brand;
UPDATE catalog.products SET deleted_at = now() WHERE sku = 'P-5';
INSERT INTO catalog.product_prices (product_id, customer_group, min_quantity, price) VALUES (pg_temp.c('3'), NULL, 1, 6.5), (pg_temp.c('3'), 'vip', 1, 5), (pg_temp.c('3'), NULL, 2, 4);
INSERT INTO catalog.product_categories (product_id, category_id) VALUES
  (pg_temp.c('1'), pg_temp.c('aaa')), (pg_temp.c('1'), pg_temp.c('aa')), (pg_temp.c('1'), pg_temp.c('a')), (pg_temp.c('2'), pg_temp.c('ab')), (pg_temp.c('3'), pg_temp.c('ab')),
  (pg_temp.c('4'), pg_temp.c('ab')), (pg_temp.c('5'), pg_temp.c('ab')), (pg_temp.c('6'), pg_temp.c('b')), (pg_temp.c('7'), pg_temp.c('aaba'));
SELECT sku, name, brand_name, price, total_count FROM wms_products_in_category(pg_temp.c('a'));
SELECT sku, total_count FROM wms_products_in_category(pg_temp.c('a'), false);
SELECT sku, total_count FROM wms_products_in_category(pg_temp.c('ab'), false, 1);
SELECT sku, total_count FROM wms_products_in_category(pg_temp.c('ab'), false, max_rows => 1, skip_rows => 1);
SELECT count(*) FROM wms_products_in_category(pg_temp.c('ac'));
-- a branch moves with all that is in it
UPDATE catalog.categories SET parent_id = pg_temp.c('b') WHERE id = pg_temp.c('aa');
SELECT path FROM wms_category_tree(pg_temp.c('b'));
SELECT sku, total_count FROM wms_products_in_category(pg_temp.c('b'));
UPDATE catalog.categories SET parent_id = pg_temp.c('aaa') WHERE id = pg_temp.c('b');
\echo :SQLSTATE
-- what is wrong
SELECT * FROM wms_products_in_category(NULL);
\echo :SQLSTATE
SELECT * FROM wms_products_in_category(pg_temp.c('a'), NULL);
\echo :SQLSTATE
SELECT * FROM wms_products_in_category(pg_temp.c('a'), max_rows => NULL);
\echo :SQLSTATE
SELECT * FROM wms_products_in_category(pg_temp.c('aab'));
\echo :SQLSTATE

-- filters: one of the values of each attribute
INSERT INTO catalog.attributes (id, name, code) VALUES (pg_temp.c('a1'), 'Colour', 'colour'), (pg_temp.c('a2'), 'Material', 'material');
INSERT INTO catalog.attribute_values (id, attribute_id, value) VALUES (pg_temp.c('e1'), pg_temp.c('a1'), 'red'), (pg_temp.c('e2'), pg_temp.c('a1'), 'blue'), (pg_temp.c('e3'), pg_temp.c('a2'), 'wool'), (pg_temp.c('e4'), pg_temp.c('a2'), 'felt');
INSERT INTO catalog.product_attributes (product_id, attribute_id, attribute_value_id)
SELECT pg_temp.c(p), v.attribute_id, v.id FROM (VALUES ('1', 'red'), ('1', 'blue'), ('1', 'wool'), ('2', 'red'), ('2', 'felt'), ('3', 'blue'), ('4', 'red'), ('6', 'red'), ('6', 'wool')) x (p, value) JOIN catalog.attribute_values v USING (value);
CREATE FUNCTION pg_temp.filtered(category text, wanted text[]) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(sku, ' ') || ' of ' || max(total_count) FROM wms_filter_products(pg_temp.c(category), ARRAY(SELECT id FROM catalog.attribute_values WHERE value = ANY (wanted))) $$;
SELECT pg_temp.filtered(NULL, '{red}') AS red, pg_temp.filtered(NULL, '{red,blue}') AS red_or_blue, pg_temp.filtered(NULL, '{red,blue,wool}') AS of_wool,
       pg_temp.filtered(NULL, '{red,felt,wool}') AS red_felt_or_wool, pg_temp.filtered('a', '{red}') AS below_a, pg_temp.filtered('c', '{red}') AS below_c, pg_temp.filtered('a', '{}') AS all_below_a;
SELECT count(*) FROM wms_filter_products(pg_temp.c('a'), NULL);
SELECT sku, price, total_count FROM wms_filter_products(NULL, ARRAY[pg_temp.c('e1'), pg_temp.c('e1')], 1, 1);
SELECT * FROM wms_filter_products(NULL, ARRAY[pg_temp.c('e1'), NULL]);
\echo :SQLSTATE
SELECT * FROM wms_filter_products(NULL, ARRAY[pg_temp.c('e1'), pg_temp.c('fffe')]);
\echo :SQLSTATE
SELECT * FROM wms_filter_products(pg_temp.c('aab'), ARRAY[pg_temp.c('e1')]);
\echo :SQLSTATE
SELECT count(*) FROM wms_filter_products(NULL, ARRAY[[pg_temp.c('e1')], [pg_temp.c('e3')]]);

-- a cycle that got in while triggers were off ends no session
SET LOCAL session_replication_role = replica;
UPDATE catalog.categories SET parent_id = pg_temp.c('aaa') WHERE id = pg_temp.c('b');
SET LOCAL session_replication_role = origin;
SELECT name, depth FROM wms_category_tree(pg_temp.c('b'));
SELECT sku FROM wms_products_in_category(pg_temp.c('aa'));
-- depth has no limit
INSERT INTO catalog.categories (id, parent_id, name) SELECT pg_temp.c('d' || n), CASE WHEN n > 1 THEN pg_temp.c('d' || n - 1) END, 'D' || n FROM generate_series(1, 1000) n;
INSERT INTO catalog.product_categories (product_id, category_id) VALUES (pg_temp.c('6'), pg_temp.c('d1000'));
SELECT max(depth), length(max(path)) > 4000 AS path FROM wms_category_tree(pg_temp.c('d1'));
SELECT sku FROM wms_products_in_category(pg_temp.c('d1'));
ROLLBACK;
