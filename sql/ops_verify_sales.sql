-- wms_verify() over orders, coupons, agents and customers: a sound world first, then each rule broken alone.
-- The rows are written past triggers, as a replica would; everything is rolled back.
\set verify 'SELECT * FROM wms_verify() WHERE object ILIKE \'%VF-%\' IS NOT FALSE;'
\set ann '\'00000000-0000-4000-8000-000000000041\''
\set bob '\'00000000-0000-4000-8000-000000000042\''
\set product '\'00000000-0000-4000-8000-00000000bb41\''
\set coupon '\'00000000-0000-4000-8000-00000000cc41\''
\set one '\'00000000-0000-4000-8000-00000000ee41\''
\set two '\'00000000-0000-4000-8000-00000000ee42\''
\set three '\'00000000-0000-4000-8000-00000000ee43\''
\set seller '\'00000000-0000-4000-8000-00000000ff41\''
\set boss '\'00000000-0000-4000-8000-00000000ff42\''
\set payout '\'00000000-0000-4000-8000-00000000ff43\''
\set refund '\'00000000-0000-4000-8000-00000000ff44\''
\set refund3 '\'00000000-0000-4000-8000-00000000ff45\''

BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SET LOCAL session_replication_role = replica;
INSERT INTO auth.users (id, email, password_hash, first_name) VALUES (:ann, 'vf-ann@example.com', 'x', 'Ann'), (:bob, 'vf-bob@example.com', 'x', 'Bob');
INSERT INTO catalog.products (id, sku, name, slug) VALUES (:product, 'VF-P', 'Tea', 'vf-p');
INSERT INTO agent.agents (id, user_id, agent_code, parent_agent_id) VALUES (:seller, :bob, 'VF-A1', :boss), (:boss, gen_random_uuid(), 'VF-A0', NULL);
-- imports, so that no side effect on stock is asked for; the second one was confirmed on the first of March, there
INSERT INTO sales.orders (id, order_number, user_id, guest_email, agent_id, status, subtotal, shipping_cost, tax_amount, discount_amount, total, confirmed_at) VALUES
  (:one, 'VF-1', :ann, NULL, :seller, 'delivered', 100, 10, 5, 20, 95, '2026-01-31 17:00+00'),
  (:two, 'VF-2', :ann, NULL, :seller, 'delivered', 50, 0, 0, 0, 50, '2026-02-28 16:00+00'),
  (:three, 'VF-3', NULL, 'VF-Guest@example.com', :seller, 'refunded', 30, 0, 0, 0, 30, '2026-02-01 00:00+08');
INSERT INTO sales.order_status_history (id, order_id, status) SELECT gen_random_uuid(), id, status FROM sales.orders WHERE order_number LIKE 'VF-%';
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price)
VALUES (:one, 1, :product, 'VF-P', 'Tea', 1, 60, 60), (:one, 2, :product, 'VF-P', 'Tea', 1, 40, 40);
INSERT INTO sales.payments (order_id, payment_method, amount, status, paid_at) VALUES
  (:one, 'cash', 100, 'completed', now()), (:one, 'cash', 500, 'failed', NULL), (:three, 'cash', 30, 'refunded', now());
INSERT INTO sales.refunds (id, refund_number, order_id, amount, overpaid_amount) VALUES (:refund, 'VF-R1', :one, 15, 5), (:refund3, 'VF-R3', :three, 30, 0);
INSERT INTO sales.coupons (id, code, type, value, usage_limit, used_count, per_customer_limit) VALUES (:coupon, 'VF-TEN', 'percentage', 10, 4, 3, 2);
INSERT INTO sales.coupon_redemptions (order_id, coupon_id, user_id, email, discount_amount, reversed_at) VALUES
  (:one, :coupon, :ann, NULL, 20, NULL), (:two, :coupon, :ann, NULL, 0, NULL), (:two, :coupon, :ann, NULL, 0, now()),
  (:three, :coupon, NULL, 'VF-Guest@example.com', 0, NULL);
INSERT INTO crm.customer_profiles (user_id, total_orders, total_spent) VALUES (:ann, 2, 135);
INSERT INTO agent.payouts (id, agent_id, payout_number, amount, status) VALUES (:payout, :seller, 'VF-PAY', 6, 'completed');
INSERT INTO agent.commissions (agent_id, order_id, level, refund_id, payout_id, order_total, commission_rate, commission_amount, status) VALUES
  (:seller, :one, 0, NULL, :payout, 95, 10, 9.5, 'paid'), (:seller, :one, 0, :refund, :payout, -10, 10, -1, 'paid'),
  (:boss, :one, 1, NULL, NULL, 95, 2, 1.9, 'approved'), (:seller, :two, 0, NULL, NULL, 50, 10, 5, 'approved'),
  (:seller, :three, 0, NULL, :payout, 30, 10, 3, 'paid'), (:seller, :three, 0, :refund3, :payout, -30, 10, -3, 'paid');
UPDATE agent.payouts SET amount = 8.5 WHERE id = :payout;
INSERT INTO agent.targets (agent_id, period_start, period_end, achieved_amount, achieved_orders) VALUES
  (:seller, '2026-02-01', '2026-02-28', 85, 2), (:seller, '2026-03-01', '2026-03-01', 50, 1), (:boss, '2026-02-01', '2026-02-28', 0, 0);
SAVEPOINT sound;
:verify

-- I5: a total that is no sum, lines that are not the subtotal, more given back than was paid
ALTER TABLE sales.orders DROP CONSTRAINT orders_total_check;
UPDATE sales.orders SET tax_amount = 6 WHERE id = :one;
:verify
ROLLBACK TO sound;
DELETE FROM sales.order_items WHERE order_id = :one AND line_number = 2;
:verify
DELETE FROM sales.order_items WHERE order_id = :one;
:verify
ROLLBACK TO sound;
UPDATE sales.payments SET paid_at = NULL WHERE order_id = :one;
:verify
ROLLBACK TO sound;

-- I6: the counter, its limit, and that of a customer
UPDATE sales.coupons SET used_count = 2 WHERE id = :coupon;
:verify
ROLLBACK TO sound;
ALTER TABLE sales.coupons DROP CONSTRAINT coupons_used_count_check;
UPDATE sales.coupons SET usage_limit = 2 WHERE id = :coupon;
:verify
ROLLBACK TO sound;
UPDATE sales.coupons SET per_customer_limit = 1 WHERE id = :coupon;
:verify
ROLLBACK TO sound;
UPDATE sales.coupon_redemptions SET user_id = NULL, email = 'vf-GUEST@example.com' WHERE coupon_id = :coupon;
:verify
ROLLBACK TO sound;
-- the guest who has an account by now
UPDATE sales.coupon_redemptions SET email = 'vf-guest@example.com' WHERE user_id = :ann;
:verify
ROLLBACK TO sound;

-- I7: earned twice, a payout of another amount, paid without a payout, something left of a refunded order
DROP INDEX agent.idx_commissions_order_agent_level;
INSERT INTO agent.commissions (agent_id, order_id, level, order_total, commission_rate, commission_amount, status)
VALUES (:boss, :one, 1, 95, 2, 1.9, 'approved');
:verify
ROLLBACK TO sound;
UPDATE agent.payouts SET amount = 9.5 WHERE id = :payout;
:verify
ROLLBACK TO sound;
UPDATE agent.commissions SET status = 'paid' WHERE agent_id = :boss;
:verify
ROLLBACK TO sound;
-- a failed one lets go of its commissions, and its amount stays
UPDATE agent.payouts SET status = 'failed' WHERE id = :payout;
:verify
UPDATE agent.commissions SET status = 'approved', payout_id = NULL WHERE payout_id = :payout;
:verify
ROLLBACK TO sound;
UPDATE agent.commissions SET commission_amount = -2.5 WHERE refund_id = :refund3;
UPDATE agent.payouts SET amount = 9 WHERE id = :payout;
:verify
ROLLBACK TO sound;

-- I8: totals of a customer, of one without a profile, of a target at the edges of its days
UPDATE crm.customer_profiles SET total_spent = 145, total_orders = 3 WHERE user_id = :ann;
:verify
ROLLBACK TO sound;
DELETE FROM crm.customer_profiles WHERE user_id = :ann;
:verify
ROLLBACK TO sound;
UPDATE sales.orders SET confirmed_at = '2026-02-28 15:59:59+00' WHERE id = :two;
:verify
ROLLBACK TO sound;
UPDATE sales.orders SET user_id = :bob WHERE id = :three;
:verify
ROLLBACK TO sound;
UPDATE sales.orders SET cancelled_at = now() WHERE id = :three;
SELECT * FROM wms_verify() WHERE object LIKE '%target%VF-%';
ROLLBACK;
