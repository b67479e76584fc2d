-- Soft deletes, profiles, and the records of agents: what direct changes may and may not do.
\set VERBOSITY default
BEGIN;
INSERT INTO auth.users (id, email)
SELECT ('e0000000-0000-0000-0000-00000000000' || n)::uuid, 'guard' || n || '@example.com' FROM generate_series(1, 3) AS n;

-- a deleted user has no open session, and his address is free until somebody takes it
INSERT INTO auth.sessions (user_id, refresh_token, expires_at)
SELECT 'e0000000-0000-0000-0000-000000000001', repeat(n::text, 64), now() + '1 day' FROM generate_series(1, 2) AS n;
INSERT INTO auth.sessions (user_id, refresh_token, expires_at)
VALUES ('e0000000-0000-0000-0000-000000000002', repeat('3', 64), now() + '1 day');
UPDATE auth.users SET deleted_at = now() WHERE email = 'guard1@example.com';
SELECT u.email, s.closed_at IS NOT NULL AS closed, s.expires_at <= now() AS expired
  FROM auth.sessions s JOIN auth.users u ON u.id = s.user_id WHERE u.email LIKE 'guard%' ORDER BY s.refresh_token;
INSERT INTO auth.users (email) VALUES ('Guard1@example.com');
SAVEPOINT s;
UPDATE auth.users SET deleted_at = NULL WHERE email = 'guard1@example.com';
\echo :SQLSTATE
ROLLBACK TO s;

-- a warehouse in use is not deleted; an empty one is, and comes back
INSERT INTO inventory.warehouses (id, code, name)
VALUES ('e1000000-0000-0000-0000-000000000001', 'GUARD-A', 'A'), ('e1000000-0000-0000-0000-000000000002', 'GUARD-B', 'B');
INSERT INTO catalog.products (id, sku, name) VALUES ('e2000000-0000-0000-0000-000000000001', 'GUARD-1', 'Guarded');
INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity)
VALUES ('e1000000-0000-0000-0000-000000000001', 'e2000000-0000-0000-0000-000000000001', 7);
SET LOCAL wms.guard = off;
INSERT INTO inventory.stock_transfers (transfer_number, from_warehouse_id, to_warehouse_id, status)
VALUES ('GUARD-1', 'e1000000-0000-0000-0000-000000000001', 'e1000000-0000-0000-0000-000000000002', 'approved'),
       ('GUARD-2', 'e1000000-0000-0000-0000-000000000001', 'e1000000-0000-0000-0000-000000000002', 'completed');
SET LOCAL wms.guard = on;
SAVEPOINT s;
UPDATE inventory.warehouses SET deleted_at = now() WHERE code = 'GUARD-A';
\echo :SQLSTATE
ROLLBACK TO s;
UPDATE inventory.warehouses SET deleted_at = now() WHERE code = 'GUARD-B';
\echo :SQLSTATE
ROLLBACK TO s;
SET LOCAL wms.guard = off;
UPDATE inventory.stock_transfers SET status = 'cancelled' WHERE transfer_number = 'GUARD-1';
SET LOCAL wms.guard = on;
UPDATE inventory.warehouses SET deleted_at = now() WHERE code = 'GUARD-B';
UPDATE inventory.warehouses SET deleted_at = NULL WHERE code = 'GUARD-B' RETURNING code;
UPDATE inventory.stock_items SET quantity = 0 WHERE warehouse_id = 'e1000000-0000-0000-0000-000000000001';
UPDATE inventory.warehouses SET deleted_at = now() WHERE code = 'GUARD-A' RETURNING code;

-- profiles: totals are computed, and stay
INSERT INTO sales.orders (order_number, user_id, status, subtotal, total, confirmed_at, cancelled_at)
VALUES ('GUARD-1', 'e0000000-0000-0000-0000-000000000003', 'confirmed', 100, 100, now(), NULL),
       ('GUARD-2', 'e0000000-0000-0000-0000-000000000003', 'refunded', 50, 50, now(), NULL),
       ('GUARD-3', 'e0000000-0000-0000-0000-000000000003', 'cancelled', 25, 25, now(), now()),
       ('GUARD-4', 'e0000000-0000-0000-0000-000000000003', 'pending', 12, 12, NULL, NULL);
SET LOCAL wms.guard = off;
DELETE FROM crm.customer_profiles WHERE user_id = 'e0000000-0000-0000-0000-000000000003';
SET LOCAL wms.guard = on;
INSERT INTO crm.customer_profiles (id, user_id)
VALUES ('e3000000-0000-0000-0000-000000000002', 'e0000000-0000-0000-0000-000000000003');
SELECT total_orders, total_spent FROM crm.customer_profiles WHERE user_id = 'e0000000-0000-0000-0000-000000000003';
SAVEPOINT s;
UPDATE crm.customer_profiles SET total_spent = 0 WHERE id = 'e3000000-0000-0000-0000-000000000002';
\echo :SQLSTATE
ROLLBACK TO s;
INSERT INTO crm.customer_profiles (id, user_id, total_orders)
VALUES ('e3000000-0000-0000-0000-000000000001', 'e0000000-0000-0000-0000-000000000002', 1);
\echo :SQLSTATE
ROLLBACK TO s;
UPDATE crm.customer_profiles SET user_id = 'e0000000-0000-0000-0000-000000000002' WHERE id = 'e3000000-0000-0000-0000-000000000002';
\echo :SQLSTATE
ROLLBACK TO s;
DELETE FROM crm.customer_profiles WHERE id = 'e3000000-0000-0000-0000-000000000002';
\echo :SQLSTATE
ROLLBACK TO s;
TRUNCATE crm.customer_profiles;
\echo :SQLSTATE
ROLLBACK TO s;
UPDATE crm.customer_profiles SET customer_group = 'vip', notes = 'free', tags = '{a}' WHERE id = 'e3000000-0000-0000-0000-000000000002';
INSERT INTO crm.customer_profiles (user_id) VALUES ('e0000000-0000-0000-0000-000000000002');
DELETE FROM crm.customer_profiles WHERE user_id = 'e0000000-0000-0000-0000-000000000002';
ROLLBACK;

-- on tables of somebody else these functions do nothing but complain
CREATE TABLE users (id uuid, deleted_at timestamptz);
CREATE TRIGGER close AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION wms_close_sessions_of_deleted_user();
INSERT INTO users VALUES (gen_random_uuid());
UPDATE users SET deleted_at = now();
\echo :SQLSTATE
DROP TABLE users;
SELECT wms_guard_warehouse_deletion();
\echo :SQLSTATE
