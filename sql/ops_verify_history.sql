-- wms_verify() over status changes and their side effects: a sound world first, then each rule broken alone.
-- The rows are written past triggers, as a replica would; everything is rolled back.
\set verify 'SELECT * FROM wms_verify() WHERE object ILIKE \'%VF-%\' IS NOT FALSE;'
\set warehouse '\'00000000-0000-4000-8000-00000000aa51\''
\set tea '\'00000000-0000-4000-8000-00000000bb51\''
\set shirt '\'00000000-0000-4000-8000-00000000bb52\''
\set postage '\'00000000-0000-4000-8000-00000000bb53\''
\set kit '\'00000000-0000-4000-8000-00000000bb54\''
\set small '\'00000000-0000-4000-8000-00000000cc51\''
\set coupon '\'00000000-0000-4000-8000-00000000cc52\''
\set delivered '\'00000000-0000-4000-8000-00000000ee51\''
\set packed '\'00000000-0000-4000-8000-00000000ee52\''
\set cancelled '\'00000000-0000-4000-8000-00000000ee53\''
\set boxed '\'00000000-0000-4000-8000-00000000ee54\''
\set import '\'00000000-0000-4000-8000-00000000ee55\''
\set seller '\'00000000-0000-4000-8000-00000000ff51\''

BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:warehouse, 'VF-W', 'Main');
INSERT INTO catalog.products (id, sku, name, slug, has_variants, is_stocked) VALUES
  (:tea, 'VF-TEA', 'Tea', 'vf-tea', false, true), (:shirt, 'VF-SHIRT', 'Shirt', 'vf-shirt', true, true),
  (:postage, 'VF-POST', 'Postage', 'vf-post', false, false), (:kit, 'VF-KIT', 'Box', 'vf-kit', false, true),
  ('00000000-0000-4000-8000-00000000bb55', 'VF-LATE', 'Stocked later', 'vf-late', false, true);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (:small, :shirt, 'VF-S', 'S');
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES (:kit, :tea, 4);
INSERT INTO agent.agents (id, user_id, agent_code) VALUES (:seller, gen_random_uuid(), 'VF-A');
INSERT INTO sales.coupons (id, code, type, value, used_count) VALUES (:coupon, 'VF-C', 'fixed', 1, 1);
INSERT INTO sales.orders (id, order_number, status, confirmed_at, shipped_at, delivered_at, cancelled_at) VALUES
  (:delivered, 'VF-DELIVERED', 'delivered', '2026-01-03', '2026-01-06', '2026-01-07', NULL),
  (:packed, 'VF-PACKED', 'packed', '2026-01-03', NULL, NULL, NULL),
  (:cancelled, 'VF-CANCELLED', 'cancelled', NULL, NULL, NULL, '2026-01-03'),
  (:boxed, 'VF-BOXED', 'shipped', '2026-01-03', '2026-01-06', NULL, NULL),
  (:import, 'VF-IMPORT', 'delivered', NULL, NULL, NULL, NULL);
-- one instant for two steps, as in a counter sale; the clock may have been set back
INSERT INTO sales.order_status_history (id, order_id, status, created_at)
SELECT gen_random_uuid(), o.id, h.status, '2026-01-02'::timestamptz + h.day * interval '1 day'
  FROM sales.orders o, (VALUES ('pending', 0), ('confirmed', 1), ('processing', 1), ('packed', 3), ('shipped', 4), ('delivered', 5)) AS h (status, day)
 WHERE o.order_number IN ('VF-DELIVERED', 'VF-PACKED', 'VF-BOXED')
   AND h.day <= CASE o.order_number WHEN 'VF-DELIVERED' THEN 5 WHEN 'VF-BOXED' THEN 4 ELSE 3 END;
INSERT INTO sales.order_status_history (id, order_id, status, created_at) VALUES
  (gen_random_uuid(), :cancelled, 'pending', '2026-01-02'), (gen_random_uuid(), :cancelled, 'cancelled', '2026-01-03'),
  (gen_random_uuid(), :import, 'delivered', '2026-01-02');
INSERT INTO sales.order_items (id, order_id, line_number, product_id, variant_id, sku, name, quantity, unit_price, total_price) VALUES
  ('00000000-0000-4000-8000-00000000dd51', :delivered, 1, :tea, NULL, 'VF-TEA', 'Tea', 5, 0, 0),
  ('00000000-0000-4000-8000-00000000dd52', :delivered, 2, :tea, NULL, 'VF-TEA', 'Tea', 1, 0, 0),
  ('00000000-0000-4000-8000-00000000dd53', :delivered, 3, :shirt, :small, 'VF-S', 'Shirt', 2, 0, 0),
  ('00000000-0000-4000-8000-00000000dd54', :delivered, 4, :postage, NULL, 'VF-POST', 'Postage', 1, 0, 0),
  ('00000000-0000-4000-8000-00000000dd59', :delivered, 5, '00000000-0000-4000-8000-00000000bb55', NULL, 'VF-LATE', 'Stocked later', 1, 0, 0),
  ('00000000-0000-4000-8000-00000000dd55', :packed, 1, :tea, NULL, 'VF-TEA', 'Tea', 3, 0, 0),
  ('00000000-0000-4000-8000-00000000dd56', :packed, 2, :shirt, :small, 'VF-S', 'Shirt', 1, 0, 0),
  ('00000000-0000-4000-8000-00000000dd57', :boxed, 1, :kit, NULL, 'VF-KIT', 'Box', 1, 0, 0),
  ('00000000-0000-4000-8000-00000000dd58', :import, 1, :tea, NULL, 'VF-TEA', 'Tea', 9, 0, 0);
-- before it was shipped, one unit was given up; after that, another one came back
INSERT INTO sales.refunds (id, refund_number, order_id, amount, created_at) VALUES
  ('00000000-0000-4000-8000-00000000f051', 'VF-R1', :delivered, 0, '2026-01-05'), ('00000000-0000-4000-8000-00000000f052', 'VF-R2', :delivered, 0, '2026-01-09');
INSERT INTO sales.refund_items (refund_id, order_id, order_item_id, quantity, amount)
SELECT id, order_id, '00000000-0000-4000-8000-00000000dd51', 1, 0 FROM sales.refunds WHERE order_id = :delivered;
INSERT INTO inventory.stock_movements (id, warehouse_id, product_id, variant_id, type, quantity, reference_type, reference_id, created_at) VALUES
  (gen_random_uuid(), :warehouse, :tea, NULL, 'receive', 30, NULL, NULL, '2026-01-01'),
  (gen_random_uuid(), :warehouse, :shirt, :small, 'receive', 10, NULL, NULL, '2026-01-01'),
  (gen_random_uuid(), :warehouse, :tea, NULL, 'sale', -3, 'order', :delivered, '2026-01-06'),
  (gen_random_uuid(), :warehouse, :tea, NULL, 'sale', -2, 'order', :delivered, '2026-01-06'),
  (gen_random_uuid(), :warehouse, :shirt, :small, 'sale', -2, 'order', :delivered, '2026-01-06'),
  (gen_random_uuid(), :warehouse, :tea, NULL, 'return', 1, 'order', :delivered, '2026-01-09'),
  (gen_random_uuid(), :warehouse, :tea, NULL, 'sale', -4, 'order', :boxed, '2026-01-06');
INSERT INTO inventory.stock_items (warehouse_id, product_id, variant_id, quantity, reserved_quantity) VALUES
  (:warehouse, :tea, NULL, 22, 3), (:warehouse, :shirt, :small, 8, 1);
INSERT INTO inventory.stock_reservations (id, warehouse_id, product_id, variant_id, quantity, original_quantity, reference_type, reference_id, reference_line_id) VALUES
  (gen_random_uuid(), :warehouse, :tea, NULL, 3, 3, 'order', :packed, '00000000-0000-4000-8000-00000000dd55'),
  (gen_random_uuid(), :warehouse, :shirt, :small, 1, 1, 'order', :packed, '00000000-0000-4000-8000-00000000dd56');
INSERT INTO sales.coupon_redemptions (coupon_id, order_id, discount_amount, reversed_at) VALUES (:coupon, :packed, 0, NULL), (:coupon, :cancelled, 0, now());
INSERT INTO agent.commissions (agent_id, order_id, order_total, commission_rate, commission_amount, status) VALUES
  (:seller, :delivered, 0, 10, 0, 'approved'), (:seller, :packed, 0, 10, 0, 'pending'), (:seller, :cancelled, 0, 10, 0, 'cancelled');
SAVEPOINT sound;
:verify

-- I9: a change recorded twice, not at all, one that skipped a step, a status nobody recorded
INSERT INTO sales.order_status_history (id, order_id, status, created_at) VALUES (gen_random_uuid(), :packed, 'confirmed', '2026-01-03 01:00');
:verify
ROLLBACK TO sound;
DELETE FROM sales.order_status_history WHERE order_id = :cancelled AND status = 'cancelled';
:verify
ROLLBACK TO sound;
DELETE FROM sales.order_status_history WHERE order_id = :packed AND status = 'processing';
:verify
ROLLBACK TO sound;
DELETE FROM sales.order_status_history WHERE order_id = :import;
:verify
ROLLBACK TO sound;
UPDATE sales.orders SET status = 'shipped' WHERE id = :import;
:verify
ROLLBACK TO sound;
UPDATE sales.orders SET delivered_at = NULL WHERE id = :delivered;
:verify
ROLLBACK TO sound;

-- I9: shipped twice, in part, without being shipped, something that was not ordered
INSERT INTO inventory.stock_movements (id, warehouse_id, product_id, type, quantity, reference_type, reference_id)
VALUES (gen_random_uuid(), :warehouse, :tea, 'sale', -5, 'order', :delivered);
UPDATE inventory.stock_items SET quantity = 17 WHERE product_id = :tea;
:verify
ROLLBACK TO sound;
UPDATE inventory.stock_movements SET reference_id = :packed WHERE reference_id = :delivered AND product_id = :shirt;
:verify
ROLLBACK TO sound;
UPDATE inventory.stock_movements SET product_id = :tea, variant_id = NULL WHERE reference_id = :delivered AND product_id = :shirt;
UPDATE inventory.stock_items SET quantity = quantity - CASE product_id WHEN :tea THEN 2 ELSE -2 END;
:verify
ROLLBACK TO sound;

-- I9: a confirmed order whose hold lapses, holds that outlive a cancellation
UPDATE inventory.stock_reservations SET expires_at = now() WHERE product_id = :tea;
:verify
ROLLBACK TO sound;
UPDATE inventory.stock_reservations SET reference_id = :cancelled WHERE product_id = :tea;
:verify
ROLLBACK TO sound;

-- I9: a coupon use that a cancelled order keeps, commissions that missed the change
UPDATE sales.coupon_redemptions SET reversed_at = NULL WHERE order_id = :cancelled;
UPDATE sales.coupons SET used_count = 2 WHERE id = :coupon;
:verify
ROLLBACK TO sound;
UPDATE agent.commissions SET status = 'pending' WHERE agent_id = :seller;
:verify
ROLLBACK;
