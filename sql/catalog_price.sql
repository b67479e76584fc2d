-- What one unit costs. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set shirt '\'00000000-0000-4000-8000-00000000ab01\''
\set mug '\'00000000-0000-4000-8000-00000000ab02\''
\set large '\'00000000-0000-4000-8000-00000000ac01\''
\set small '\'00000000-0000-4000-8000-00000000ac02\''
\set gone '\'00000000-0000-4000-8000-00000000ac03\''
BEGIN;
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:shirt, 'PR-SHIRT', 'Shirt', 20), (:mug, 'PR-MUG', 'Mug', 9.9999);
INSERT INTO catalog.product_variants (id, product_id, sku, name, price, deleted_at) VALUES
  (:large, :shirt, 'PR-L', 'L', 25, NULL), (:small, :shirt, 'PR-S', 'S', NULL, NULL), (:gone, :shirt, 'PR-G', 'G', 1, now());
-- without rows: the variant's, else the product's
SELECT wms_effective_price(:shirt) AS shirt, wms_effective_price(:shirt, :large) AS large, wms_effective_price(:shirt, :small) AS small, wms_effective_price(:mug) AS mug;

INSERT INTO catalog.product_prices (product_id, variant_id, customer_group, min_quantity, price, starts_at, ends_at) VALUES
  (:shirt, NULL, NULL, 10, 18, NULL, NULL), (:shirt, NULL, NULL, 100, 15, NULL, NULL), (:shirt, NULL, 'wholesale', 1, 17, NULL, NULL),
  (:shirt, :large, NULL, 20, 22, NULL, NULL), (:shirt, :large, 'vip', 1, 24, NULL, NULL),
  (:mug, NULL, NULL, 1, 8, now() - interval '3 days', now() - interval '1 day'), (:mug, NULL, NULL, 1, 7, now() + interval '1 day', NULL);
-- the group before everybody, even where everybody pays less; then the most units
SELECT q AS quantity, wms_effective_price(:shirt, quantity => q) AS everybody, wms_effective_price(:shirt, customer_group => 'wholesale', quantity => q) AS wholesale, wms_effective_price(:shirt, customer_group => 'vip', quantity => q) AS vip
  FROM unnest('{1,9,10,99,100,2147483647}'::int[]) q;
-- a variant's own rows first; what has none inherits those of the product, before its own price
SELECT q AS quantity, wms_effective_price(:shirt, :large, quantity => q) AS large, wms_effective_price(:shirt, :large, 'vip', q) AS vip, wms_effective_price(:shirt, :large, 'wholesale', q) AS wholesale, wms_effective_price(:shirt, :small, 'wholesale', q) AS small
  FROM unnest('{1,10,20,100}'::int[]) q;
-- dates: from the start, no longer at the end; the latest start wins
SELECT wms_effective_price(:mug) AS neither_yet_nor_still;
UPDATE catalog.product_prices SET starts_at = statement_timestamp() WHERE price = 7;
SELECT wms_effective_price(:mug) AS since_now;
INSERT INTO catalog.product_prices (product_id, price, starts_at, ends_at) VALUES (:mug, 6, now() - interval '2 days', now() + interval '1 day'), (:mug, 5, NULL, NULL);
SELECT wms_effective_price(:mug) AS latest_start;
DELETE FROM catalog.product_prices WHERE price = 7;
SELECT wms_effective_price(:mug) AS before_it;
-- quotes and orders say the same
SELECT total FROM wms_quote_order('[{"sku": "PR-L", "quantity": 20}, {"sku": "PR-S", "quantity": 10}, {"sku": "PR-MUG", "quantity": 1}]');
SELECT round(20 * wms_effective_price(:shirt, :large, quantity => 20) + 10 * wms_effective_price(:shirt, :small, quantity => 10) + wms_effective_price(:mug), 2) AS total;

SELECT wms_effective_price(NULL);
\echo :SQLSTATE
SELECT wms_effective_price('00000000-0000-4000-8000-00000000ffff');
\echo :SQLSTATE
SELECT wms_effective_price(:mug, :large);
\echo :SQLSTATE
SELECT wms_effective_price(:shirt, :gone);
\echo :SQLSTATE
SELECT wms_effective_price(:mug, customer_group => 'VIP');
\echo :SQLSTATE
SELECT wms_effective_price(:mug, customer_group => '');
\echo :SQLSTATE
SELECT wms_effective_price(:mug, quantity => 0);
\echo :SQLSTATE
SELECT wms_effective_price(:mug, quantity => NULL);
\echo :SQLSTATE
UPDATE catalog.products SET deleted_at = now() WHERE id = :mug;
SELECT wms_effective_price(:mug);
\echo :SQLSTATE
ROLLBACK;
