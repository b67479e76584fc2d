-- wms_import_products(): what goes in, what is said of what does not. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set VERBOSITY default
BEGIN;
CREATE VIEW pg_temp.goods AS SELECT p.sku, p.name, p.slug, p.base_price, b.name AS brand, (SELECT string_agg(c.name, ', ' ORDER BY c.name) FROM catalog.product_categories pc JOIN catalog.categories c ON c.id = pc.category_id WHERE pc.product_id = p.id) AS categories,
    (SELECT string_agg(v.sku || ' (' || v.name || ' ' || coalesce(v.price::text, '-') || ')', ', ' ORDER BY v.sku) FROM catalog.product_variants v WHERE v.product_id = p.id) AS variants
  FROM catalog.products p LEFT JOIN catalog.brands b ON b.id = p.brand_id WHERE p.sku LIKE 'IM-%' ORDER BY p.sku;
CREATE VIEW pg_temp.codes AS SELECT k.barcode, k.type, coalesce(v.sku, p.sku) AS item FROM catalog.product_barcodes k JOIN catalog.products p ON p.id = k.product_id LEFT JOIN catalog.product_variants v ON v.id = k.variant_id WHERE p.sku LIKE 'IM-%' ORDER BY 1;
CREATE VIEW pg_temp.choices AS SELECT v.sku, string_agg(o.name || '=' || w.value, ' ' ORDER BY o.name) AS choice FROM catalog.product_variants v JOIN catalog.product_variant_options vo ON vo.variant_id = v.id JOIN catalog.variant_options o ON o.id = vo.option_id JOIN catalog.variant_option_values w ON w.id = vo.option_value_id WHERE v.sku LIKE 'IM-%' GROUP BY 1 ORDER BY 1;
-- new products, with all that a line can say
SELECT * FROM wms_import_products('[
  {"sku": "IM-TEA", "name": "Green tea", "base_price": 12.5, "cost_price": 4.12345, "brand": "Im Acme", "categories": ["Im Food / Tea", "Im Gifts"], "description": "Leaves", "short_description": "", "compare_price": null,
   "unit": "g", "is_active": true, "is_featured": true, "is_stocked": true, "weight": 0.25, "meta_title": "T", "meta_description": "D", "metadata": {"a": [1]}, "barcodes": ["4006381333931", {"type": "internal", "barcode": "im 1"}]},
  {"sku": "IM-SHIRT", "name": "Shirt", "slug": "", "variants": [{"sku": "IM-S-L", "name": "Large", "price": 20, "options": {"Im size": "L", "Im colour": "red"}, "barcodes": ["im L"]}, {"sku": "IM-S-M", "options": {"Im size": "M", "Im colour": "red"}}, {"sku": "IM-S-X", "is_active": false}]},
  {"sku": "IM-BARE", "name": "Shirt", "slug": null}]');
SELECT * FROM pg_temp.goods;
SELECT * FROM pg_temp.codes;
SELECT * FROM pg_temp.choices;
SELECT cost_price, description, short_description, compare_price, unit, is_active, is_featured, is_stocked, weight, meta_title, meta_description, metadata FROM catalog.products WHERE sku = 'IM-TEA';
SELECT unit, is_active, is_featured, is_stocked, has_variants FROM catalog.products WHERE sku IN ('IM-BARE', 'IM-SHIRT') ORDER BY sku;
SELECT path FROM wms_category_tree() WHERE path LIKE 'Im %';
SELECT sku, has_variants, array_length(v.option_values, 1) FROM wms_search_products('im shirt') JOIN catalog.products USING (sku) LEFT JOIN LATERAL (SELECT option_values FROM catalog.product_variants WHERE product_id = products.id AND option_values IS NOT NULL LIMIT 1) v ON true ORDER BY sku;

-- what there is: only what is given changes, and what is so already is not written
UPDATE catalog.products SET updated_at = '2000-01-01' WHERE sku LIKE 'IM-%';
CREATE TEMP TABLE was AS SELECT sku, ctid AS place FROM catalog.products WHERE sku LIKE 'IM-%';
SELECT * FROM wms_import_products('[{"sku": "IM-TEA", "base_price": 13, "categories": ["im-gifts"], "brand": null}, {"sku": "IM-BARE", "name": "Shirt"},
  {"sku": "IM-SHIRT", "variants": [{"sku": "IM-S-L", "price": null}, {"sku": "IM-S-M", "options": {"Im size": "S"}}, {"sku": "IM-S-N", "name": "New"}]}]');
SELECT * FROM pg_temp.goods;
SELECT * FROM pg_temp.choices;
SELECT p.sku, p.ctid <> was.place AS written FROM catalog.products p JOIN was USING (sku) ORDER BY 1;
SELECT * FROM wms_import_products('[{"sku": "IM-TEA", "categories": []}, {"sku": "IM-SHIRT", "variants": [{"sku": "IM-S-M", "options": {}}]}]');
SELECT sku, categories FROM pg_temp.goods WHERE sku = 'IM-TEA';
SELECT * FROM pg_temp.choices;

-- what is wrong with a line, and what becomes of the others
CREATE FUNCTION pg_temp.bad(text) RETURNS TABLE (line integer, sku text, result text, detail text) LANGUAGE sql AS $$ SELECT * FROM wms_import_products(('[' || $1 || ']')::jsonb, 'skip') $$;
SELECT * FROM pg_temp.bad($$ {"sku": "IM-OK", "name": "Fine"}, {"sku": "IM-1"}, {"sku": "IM-2", "name": "x", "colour": "red"}, {"sku": "IM-3", "name": "x", "base_price": "12"}, {"sku": "IM-4", "name": null}, {"sku": "IM-5", "name": ""},
  {"name": "x"}, {"sku": 5, "name": "x"}, {"sku": "", "name": "x"}, 7, null, "text", [1], {"sku": "IM-6", "name": "x", "base_price": -1}, {"sku": "IM-7", "name": "x", "base_price": 1e10}, {"sku": "IM-8", "name": "x", "weight": 12345678},
  {"sku": "IM-9", "name": "x", "base_price": 1e400}, {"sku": "IM-10", "name": "x", "is_active": "yes"}, {"sku": "IM-11", "name": "x", "is_active": null}, {"sku": "IM-OK", "name": "Again"}, {"sku": "IM-12", "name": "x", "id": "1"}, {"sku": "IM-13", "name": "x", "deleted_at": null} $$);
SELECT * FROM pg_temp.bad($$ {"sku": "IM-1", "name": "x", "categories": "Im Food"}, {"sku": "IM-2", "name": "x", "categories": [1]}, {"sku": "IM-3", "name": "x", "categories": ["Im Food / "]}, {"sku": "IM-4", "name": "x", "categories": [" / x"]}, {"sku": "IM-5", "name": "x", "categories": [""]},
  {"sku": "IM-6", "name": "x", "barcodes": "1"}, {"sku": "IM-7", "name": "x", "barcodes": [1]}, {"sku": "IM-8", "name": "x", "barcodes": ["4006381333932"]}, {"sku": "IM-9", "name": "x", "barcodes": [{"type": "gtin8", "barcode": "4006381333931"}]}, {"sku": "IM-10", "name": "x", "barcodes": [{"type": "ean", "barcode": "1"}]},
  {"sku": "IM-11", "name": "x", "barcodes": [{"barcode": "1", "x": 1}]}, {"sku": "IM-12", "name": "x", "barcodes": [{}]}, {"sku": "IM-13", "name": "x", "barcodes": ["im 1"]}, {"sku": "IM-14", "name": "x", "barcodes": ["im new"]}, {"sku": "IM-15", "name": "x", "barcodes": ["im new"]}, {"sku": "IM-TEA", "barcodes": ["im 1", "im 2"]} $$);
SELECT * FROM pg_temp.bad($$ {"sku": "IM-1", "name": "x", "variants": {}}, {"sku": "IM-2", "name": "x", "variants": [1]}, {"sku": "IM-3", "name": "x", "variants": [{"name": "x"}]}, {"sku": "IM-4", "name": "x", "variants": [{"sku": "IM-S-L"}]}, {"sku": "IM-5", "name": "x", "variants": [{"sku": "IM-5a", "cost": 1}]},
  {"sku": "IM-6", "name": "x", "variants": [{"sku": "IM-6a"}, {"sku": "IM-6a"}]}, {"sku": "IM-7", "name": "x", "variants": [{"sku": "IM-7a", "options": {"Im size": "L"}}, {"sku": "IM-7b", "options": {"Im size": "L"}}]}, {"sku": "IM-SHIRT", "variants": [{"sku": "IM-S-N", "options": {"Im size": "L", "Im colour": "red"}}]},
  {"sku": "IM-8", "name": "x", "variants": [{"sku": "IM-8a", "options": ["L"]}]}, {"sku": "IM-9", "name": "x", "variants": [{"sku": "IM-9a", "options": {"Im size": 1}}]}, {"sku": "IM-10", "name": "x", "variants": [{"sku": "IM-10a", "price": -1}]}, {"sku": "IM-11", "name": "x", "variants": [{"sku": "IM-same"}]}, {"sku": "IM-12", "name": "x", "variants": [{"sku": "IM-same"}]} $$);
SELECT * FROM pg_temp.bad($$ {"sku": "IM-1", "name": "x", "slug": "green-tea"}, {"sku": "IM-2", "name": "x", "slug": "im-slug"}, {"sku": "IM-3", "name": "x", "slug": "im-slug"}, {"sku": "IM-TEA", "is_stocked": false} $$);
SELECT sku, brand, categories, variants FROM pg_temp.goods;
-- what only the table knows of: the line alone is bad
ALTER TABLE catalog.products ADD CONSTRAINT no_thirteen CHECK (name <> 'thirteen');
SELECT line, sku, result, left(detail, 5) AS detail FROM wms_import_products((SELECT jsonb_agg(jsonb_build_object('sku', 'IM-N' || n, 'name', CASE WHEN n = 13 THEN 'thirteen' WHEN n = 14 THEN (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) i) ELSE 'N' || n END, 'brand', 'Im brand ' || n) ORDER BY n) FROM generate_series(1, 20) n), 'skip') WHERE result = 'error';
SELECT count(*) AS products, count(DISTINCT brand_id) AS brands, (SELECT count(*) FROM catalog.brands WHERE name LIKE 'Im brand %') AS of_brands FROM catalog.products WHERE sku LIKE 'IM-N%';

-- all or nothing
SELECT * FROM wms_import_products('[{"sku": "IM-A1", "name": "A", "brand": "Im never", "categories": ["Im never"]}, {"sku": "IM-A2"}]');
\echo :SQLSTATE
\set VERBOSITY terse
SELECT * FROM wms_import_products('[{"sku": "IM-A1", "name": "A"}, {"sku": "IM-A2", "name": "thirteen"}, {"sku": "IM-A3", "name": "A"}]');
\set VERBOSITY default
\echo :SQLSTATE
SELECT * FROM wms_import_products('[{"sku": "IM-A1", "name": "A"}, {"sku": "IM-A1", "name": "B"}]', 'abort');
SELECT count(*) FROM catalog.products WHERE sku LIKE 'IM-A%';
SELECT count(*) FROM catalog.brands WHERE name = 'Im never';
-- a deleted product is none: its sku makes a new one
SELECT wms_soft_delete('catalog.products', id) FROM catalog.products WHERE sku = 'IM-BARE';
SELECT * FROM wms_import_products('[{"sku": "IM-BARE", "base_price": 1}]', 'skip');
SELECT * FROM wms_import_products('[{"sku": "IM-BARE", "name": "Shirt", "base_price": 1}]', 'skip');
SELECT sku, slug, deleted_at IS NULL AS live FROM catalog.products WHERE sku = 'IM-BARE' ORDER BY 3;

-- arguments
SELECT * FROM wms_import_products('[]');
SELECT * FROM wms_import_products(NULL);
\echo :SQLSTATE
SELECT * FROM wms_import_products('{"sku": "IM-1"}');
\echo :SQLSTATE
SELECT * FROM wms_import_products('1');
SELECT * FROM wms_import_products('[]', 'ignore');
\echo :SQLSTATE
SELECT * FROM wms_import_products('[]', NULL);
\echo :SQLSTATE
SELECT * FROM pg_temp.bad('{"sku": "IM-1", "name": "x", "metadata": ' || repeat('[', 1000) || repeat(']', 1000) || '}');
-- more than a chunk, in any order
SELECT result, count(*) FROM wms_import_products((SELECT jsonb_agg(jsonb_build_object('sku', 'IM-M' || n, 'name', 'Many', 'categories', jsonb_build_array('Im many / ' || n % 7)) ORDER BY md5(n::text)) FROM generate_series(1, 2500) n)) GROUP BY 1;
SELECT result, count(*) FROM wms_import_products((SELECT jsonb_agg(jsonb_build_object('sku', 'IM-M' || n, 'name', CASE WHEN n % 500 = 0 THEN 'thirteen' ELSE 'Many' END)) FROM generate_series(1, 2600) n), 'skip') GROUP BY 1 ORDER BY 1;
SELECT count(DISTINCT slug) FROM catalog.products WHERE sku LIKE 'IM-M%';
SELECT * FROM wms_verify();
ROLLBACK;
