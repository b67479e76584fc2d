-- Slugs: what a name becomes, and how it is made unique.
\set VERBOSITY default
SET client_encoding = 'UTF8';

\pset format unaligned
SELECT title, wms_slugify(title) AS slug
  FROM (VALUES (1, 'Plain Name'), (2, '  --Cotton & Linen, 50/50!  '), (3, 'Crème brûlée'), (4, 'Größe XXL'),
               (5, 'Smørrebrød Æbleskiver'), (6, 'Łódź żółty'), (7, 'İstanbul ışık'), (8, 'Đường phố Hà Nội'),
               (9, 'Straße №5 ½ l'), (10, 'Ελληνικά Καφές'), (11, 'Чёрный чай Йод'), (12, '日本語 テスト'),
               (13, '한국어 책'), (14, 'Brand™ ® ©2024'), (15, 'ﬁne ＦＵＬＬ'), (16, 'हिन्दी किताब'), (17, '!!!'), (18, ''),
               (19, 'Women''s Clothing'), (20, 'soft' || U&'\00AD' || 'hyphen'), (21, '🎁 Gift'), (22, 'עברית 12'),
               (23, 'e' || U&'\0301' || 'a' || U&'\0302'), (24, U&'\0301' || 'x'), (25, 'UPPER_lower.9'),
               (26, 'Ärger ẞ Œuvre Þór')) AS t (n, title) ORDER BY n;
\pset format aligned
SELECT wms_slugify(NULL) IS NULL AS null_stays;
SELECT wms_slugify(wms_slugify(title)) = wms_slugify(title) AS stable
  FROM (VALUES ('Чёрный чай Йод'), ('한국어 책'), ('Größe'), ('Ελληνικά')) AS t (title);
SELECT provolatile, proparallel, proisstrict FROM pg_proc WHERE proname = 'wms_slugify';

-- generated where none is given, and unique
BEGIN;
INSERT INTO catalog.products (sku, name) SELECT 'SLUG-' || n, 'Same Name' FROM generate_series(1, 12) AS n;
INSERT INTO catalog.products (sku, name, slug) VALUES ('SLUG-e', 'Same Name', ''), ('SLUG-own', 'Same Name', 'my-own');
SELECT sku, slug FROM catalog.products WHERE sku LIKE 'SLUG-%' ORDER BY length(slug), slug;
-- a number that was given away to another name is left out
INSERT INTO catalog.products (sku, name) VALUES ('SLUG-x', 'Same Name 14');
INSERT INTO catalog.products (sku, name) VALUES ('SLUG-y', 'Same Name');
SELECT sku, slug FROM catalog.products WHERE sku IN ('SLUG-x', 'SLUG-y') ORDER BY sku;
-- a deleted row gives its slug back
UPDATE catalog.products SET deleted_at = now() WHERE slug = 'same-name';
INSERT INTO catalog.products (sku, name) VALUES ('SLUG-z', 'Same Name') RETURNING slug;
-- a slug that is given is never changed
SAVEPOINT s;
INSERT INTO catalog.products (sku, name, slug) VALUES ('SLUG-t', 'Taken', 'my-own');
\echo :SQLSTATE
ROLLBACK TO s;
SAVEPOINT s;
\set VERBOSITY terse
INSERT INTO catalog.products (sku, name) VALUES ('SLUG-n', NULL);
\echo :SQLSTATE
\set VERBOSITY default
ROLLBACK TO s;
-- what was chosen and rolled back is free again
SAVEPOINT s;
INSERT INTO catalog.products (sku, name) VALUES ('SLUG-r', 'Rolled Back') RETURNING slug;
ROLLBACK TO s;
INSERT INTO catalog.products (sku, name) VALUES ('SLUG-r', 'Rolled Back') RETURNING slug;
-- categories
INSERT INTO catalog.categories (name) VALUES ('Slug & Co'), ('slug co') RETURNING slug;
-- many of one name, and one lock at most
INSERT INTO catalog.products (sku, name) SELECT 'MANY-' || n, 'Many' FROM generate_series(1, 3000) AS n;
SELECT count(DISTINCT slug), max(substr(slug, 6)::integer) FROM catalog.products WHERE sku LIKE 'MANY-%' AND slug <> 'many';
SELECT count(*) <= 1 AS one_lock FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
-- without its index it still finds a free one
DROP INDEX catalog.idx_products_slug;
INSERT INTO catalog.products (sku, name) VALUES ('SLUG-i', 'My Own') RETURNING slug;
ROLLBACK;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();

SELECT wms_generate_slug();
\echo :SQLSTATE
