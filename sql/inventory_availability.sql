-- What may be promised. The rows are written past triggers, as a replica would, so that this test needs
-- no command; everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set main '\'00000000-0000-4000-8000-00000000aa01\''
\set shop '\'00000000-0000-4000-8000-00000000aa02\''
\set drop_ship '\'00000000-0000-4000-8000-00000000aa03\''
\set closed '\'00000000-0000-4000-8000-00000000aa04\''
\set gone '\'00000000-0000-4000-8000-00000000aa05\''
\set plain '\'00000000-0000-4000-8000-00000000bb01\''
\set shirt '\'00000000-0000-4000-8000-00000000bb02\''
\set milk '\'00000000-0000-4000-8000-00000000bb03\''
\set kit '\'00000000-0000-4000-8000-00000000bb04\''
\set postage '\'00000000-0000-4000-8000-00000000bb05\''
\set deleted '\'00000000-0000-4000-8000-00000000bb06\''
\set empty '\'00000000-0000-4000-8000-00000000bb07\''
\set small '\'00000000-0000-4000-8000-00000000cc01\''
\set large '\'00000000-0000-4000-8000-00000000cc02\''
\set old '\'00000000-0000-4000-8000-00000000cc03\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''

BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SET LOCAL session_replication_role = replica;
SELECT (now() AT TIME ZONE 'Asia/Kuala_Lumpur')::date AS today \gset

INSERT INTO inventory.warehouses (id, code, name, type, is_active, deleted_at) VALUES
  (:main, 'AV-1', 'Main', 'warehouse', true, NULL), (:shop, 'AV-2', 'Shop', 'store', true, NULL),
  (:drop_ship, 'AV-3', 'Drop shipper', 'virtual', true, NULL),
  (:closed, 'AV-4', 'Closed', 'warehouse', false, NULL), (:gone, 'AV-5', 'Gone', 'warehouse', true, now());
INSERT INTO catalog.products (id, sku, name, slug, has_variants, is_stocked, batch_tracked, deleted_at) VALUES
  (:plain, 'AV-PLAIN', 'Plain', 'av-plain', false, true, false, NULL),
  (:shirt, 'AV-SHIRT', 'Shirt', 'av-shirt', true, true, false, NULL),
  (:milk, 'AV-MILK', 'Milk', 'av-milk', false, true, true, NULL),
  (:kit, 'AV-KIT', 'Breakfast', 'av-kit', false, true, false, NULL),
  (:postage, 'AV-POSTAGE', 'Postage', 'av-postage', false, false, false, NULL),
  (:deleted, 'AV-DELETED', 'Deleted', 'av-deleted', false, true, false, now()),
  (:empty, 'AV-EMPTY', 'Never received', 'av-empty', false, true, false, NULL);
INSERT INTO catalog.product_variants (id, product_id, sku, name, deleted_at) VALUES
  (:small, :shirt, 'AV-S', 'S', NULL), (:large, :shirt, 'AV-L', 'L', NULL), (:old, :shirt, 'AV-XL', 'XL', now());
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, component_variant_id, quantity) VALUES
  (:kit, :plain, NULL, 3), (:kit, :shirt, :small, 1), (:kit, :postage, NULL, 1);
INSERT INTO inventory.stock_items (warehouse_id, product_id, variant_id, quantity, reserved_quantity) VALUES
  (:main, :plain, NULL, 10, 7), (:shop, :plain, NULL, 8, 0), (:drop_ship, :plain, NULL, 100, 0),
  (:closed, :plain, NULL, 1000, 0), (:gone, :plain, NULL, 10000, 0),
  (:main, :shirt, NULL, 5, 0), (:main, :shirt, :small, 4, 0), (:main, :shirt, :large, 20, 0),
  (:main, :shirt, :old, 300, 0), (:shop, :shirt, :small, 1, 0),
  (:main, :milk, NULL, 100, 11), (:main, :deleted, NULL, 9, 0);
INSERT INTO inventory.stock_reservations (id, warehouse_id, product_id, variant_id, quantity, original_quantity, status, expires_at, resolved_at) VALUES
  (gen_random_uuid(), :main, :plain, NULL, 2, 2, 'active', NULL, NULL),
  (gen_random_uuid(), :main, :plain, NULL, 1, 3, 'active', now() + interval '1 hour', NULL),
  (gen_random_uuid(), :main, :plain, NULL, 4, 4, 'active', now() - interval '1 second', NULL),
  (gen_random_uuid(), :main, :plain, NULL, 0, 9, 'consumed', NULL, now());

-- live holds count, lapsed ones do not; only what is open to the public is summed up
SELECT wms_available_quantity(:plain) AS everywhere, wms_available_quantity(:plain, NULL, :main) AS main,
  wms_available_quantity(warehouse_id => :shop, product_id => :plain) AS shop;
-- a named warehouse is asked whatever it is, unless it is deleted
SELECT wms_available_quantity(:plain, NULL, :drop_ship) AS virtual, wms_available_quantity(:plain, NULL, :closed) AS inactive,
  wms_available_quantity(:plain, NULL, :gone) AS deleted;
-- a variant, all live variants, a deleted one
SELECT wms_available_quantity(:shirt, :small) AS small, wms_available_quantity(:shirt, :large) AS large,
  wms_available_quantity(:shirt) AS shirt, wms_available_quantity(:shirt, NULL, :shop) AS shop,
  wms_available_quantity(:shirt, :old) AS old;
-- a kit: 7 pieces for 2 kits and 4 shirts in the one, 8 for 2 and 1 shirt in the other; its postage is never short
SELECT wms_available_quantity(:kit) AS kits, wms_available_quantity(:kit, NULL, :main) AS main,
  wms_available_quantity(:kit, NULL, :drop_ship) AS shirtless;
-- one kit less for each part of it that is missing
UPDATE catalog.products SET deleted_at = now() WHERE id = :plain;
SELECT wms_available_quantity(:kit) AS without_part;
UPDATE catalog.products SET deleted_at = NULL WHERE id = :plain;
-- nothing there, nothing to sell, nothing to count
SELECT wms_available_quantity(:empty) AS empty, wms_available_quantity(:deleted) AS deleted,
  wms_available_quantity(:postage) IS NULL AS never_short;

-- batches: the last good day is a good day; a hold on stock that went bad counts against the rest
INSERT INTO inventory.product_batches (id, product_id, batch_number, quantity, expiry_date, status, deleted_at)
SELECT ('00000000-0000-4000-8000-00000000dd0' || n)::uuid, :milk, 'M' || n, units, :'today'::date + days, status, deleted
  FROM (VALUES (1, 40, -1, 'active', NULL), (2, 7, 0, 'active', NULL), (3, 5, 1, 'active', NULL),
               (4, 3, NULL, 'active', NULL), (5, 20, 9, 'quarantined', NULL), (6, 15, 9, 'recalled', NULL),
               (7, 10, 9, 'active', now())) AS b (n, units, days, status, deleted);
INSERT INTO inventory.stock_item_batches (warehouse_id, product_id, batch_id, quantity)
SELECT :main, product_id, id, quantity FROM inventory.product_batches WHERE product_id = :milk;
SELECT wms_available_quantity(:milk) AS good;
INSERT INTO inventory.stock_reservations (id, warehouse_id, product_id, batch_id, quantity, original_quantity)
VALUES (gen_random_uuid(), :main, :milk, '00000000-0000-4000-8000-00000000dd01', 11, 11);
SELECT wms_available_quantity(:milk) AS less_the_hold;
UPDATE inventory.stock_reservations SET quantity = 16, original_quantity = 16 WHERE product_id = :milk;
SELECT wms_available_quantity(:milk) AS never_negative;

-- the day is that of wms.timezone, not of the session
DELETE FROM inventory.stock_reservations WHERE product_id = :milk;
SET LOCAL timezone = 'Pacific/Kiritimati';
SELECT wms_available_quantity(:milk) AS good;
SET LOCAL timezone = 'Pacific/Pago_Pago';
SELECT wms_available_quantity(:milk) AS good;
RESET timezone;

-- what is not there
SELECT wms_available_quantity(:nothing);
\echo :SQLSTATE
SELECT wms_available_quantity(:plain, :small);
\echo :SQLSTATE
SELECT wms_available_quantity(:plain, NULL, :nothing);
\echo :SQLSTATE
SELECT wms_available_quantity(NULL);
\echo :SQLSTATE

-- a caller who may read no table gets the number, and nothing else
CREATE ROLE regress_wms_window_shopper;
SET LOCAL ROLE regress_wms_window_shopper;
SELECT wms_available_quantity(:plain) AS everywhere;
SELECT count(*) FROM inventory.stock_items;
\echo :SQLSTATE
ROLLBACK;
