-- wms_maintain(): what is over is tidied away, and nothing else is. Time passes by writing the past as a replica would.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a771\''
\set cup '\'00000000-0000-4000-8000-00000000b771\''
\set milk '\'00000000-0000-4000-8000-00000000b772\''
\set fee '\'00000000-0000-4000-8000-00000000b773\''
\set user '\'00000000-0000-4000-8000-000000000771\''
\set job '\'00000000-0000-4000-8000-00000000e771\''
BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SELECT * FROM wms_maintain();
INSERT INTO auth.users (id, email, password_hash) VALUES (:user, 'maintain@example.com', 'x');
INSERT INTO inventory.warehouses (id, code, name, priority) VALUES (:w1, 'MT-1', 'Main', -1);
INSERT INTO catalog.products (id, sku, name, base_price, is_stocked) VALUES (:cup, 'MT-CUP', 'Cup', 10, true), (:milk, 'MT-MILK', 'Milk', 10, true), (:fee, 'MT-FEE', 'Fee', 10, false);
INSERT INTO sales.coupons (code, type, value, usage_limit) VALUES ('MT-TEN', 'percentage', 10, 5);
SELECT wms_receive_stock(:w1, '[{"sku": "MT-CUP", "quantity": 100}]');
SELECT wms_receive_stock(:w1, jsonb_build_array(jsonb_build_object('sku', 'MT-MILK', 'quantity', 5, 'batch_number', 'MT-B' || d,
  'expiry_date', (clock_timestamp() AT TIME ZONE 'Asia/Kuala_Lumpur')::date + d))) FROM generate_series(-1, 1) d;
SET LOCAL wms.order_hold = 3600;
CREATE FUNCTION pg_temp.place(number text, lines jsonb, coupon text DEFAULT NULL) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE placed uuid := wms_place_order(lines, coupon_code => coupon, guest_email => 'guest@example.com');
BEGIN
  SET LOCAL session_replication_role = replica;
  UPDATE sales.orders o SET order_number = number WHERE o.id = placed;
  SET LOCAL session_replication_role = origin;
  RETURN placed;
END $$;
SELECT pg_temp.place('MT-LAPSED', '[{"sku": "MT-CUP", "quantity": 4}, {"sku": "MT-MILK", "quantity": 1}]', 'MT-TEN') AS lapsed \gset
SELECT pg_temp.place('MT-TAKEN', '[{"sku": "MT-CUP", "quantity": 5}]', 'MT-TEN') AS taken \gset
SELECT pg_temp.place('MT-MILK', '[{"sku": "MT-MILK", "quantity": 2}]') AS milk_only \gset
SELECT pg_temp.place('MT-PAID', '[{"sku": "MT-CUP", "quantity": 6}]') AS paid \gset
SELECT pg_temp.place('MT-TRIED', '[{"sku": "MT-CUP", "quantity": 7}]') AS tried \gset
SELECT pg_temp.place('MT-CONFIRMED', '[{"sku": "MT-CUP", "quantity": 8}]') AS confirmed \gset
SELECT pg_temp.place('MT-FEE', '[{"sku": "MT-FEE", "quantity": 1}]') AS fee_only \gset
SELECT wms_confirm_order(:'confirmed');
INSERT INTO sales.payments (order_id, payment_method, amount, status, paid_at) VALUES (:'paid', 'cash', 60, 'completed', now()), (:'tried', 'cash', 70, 'failed', NULL);
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = now() WHERE expires_at IS NOT NULL;
SET LOCAL session_replication_role = origin;
SELECT pg_temp.place('MT-FRESH', '[{"sku": "MT-CUP", "quantity": 9}]') AS fresh \gset
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "MT-CUP", "quantity": 1}]', :w1, 'job', :job, '1 hour');
-- somebody needed what one of them held
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "MT-CUP", "quantity": 70}]', :w1, 'job', :job);
SELECT o.order_number, r.status, r.quantity FROM inventory.stock_reservations r JOIN sales.orders o ON o.id = r.reference_id ORDER BY o.order_number, r.product_id;
CREATE VIEW pg_temp.orders AS SELECT o.order_number, o.status, o.cancellation_reason, (SELECT count(*) FROM sales.order_status_history h WHERE h.order_id = o.id) FROM sales.orders o WHERE o.order_number LIKE 'MT-%' ORDER BY 1;
CREATE VIEW pg_temp.stock AS SELECT p.sku, s.quantity, s.reserved_quantity FROM inventory.stock_items s JOIN catalog.products p ON p.id = s.product_id WHERE p.sku LIKE 'MT-%' ORDER BY 1;
SAVEPOINT ready;

-- without wms.order_hold no order is cancelled
SET LOCAL wms.order_hold = 0;
SELECT * FROM wms_maintain();
SELECT * FROM pg_temp.orders WHERE status = 'cancelled';
SELECT * FROM pg_temp.stock;
SELECT batch_number, status FROM inventory.product_batches WHERE batch_number LIKE 'MT-B%' ORDER BY expiry_date;
ROLLBACK TO ready;

-- pending, unpaid, and its hold lapsed or gone: cancelled, the coupon given back
SELECT used_count FROM sales.coupons WHERE code = 'MT-TEN';
SELECT * FROM wms_maintain();
SELECT * FROM pg_temp.orders;
SELECT * FROM pg_temp.stock;
SELECT used_count FROM sales.coupons WHERE code = 'MT-TEN';
SELECT sum(quantity) FROM wms_reservations('job', :job);
SELECT * FROM wms_maintain() WHERE done > 0;
SELECT * FROM wms_verify();
ROLLBACK TO ready;
-- an order whose line is held again is not cancelled for the hold it lost
SET LOCAL session_replication_role = replica;
INSERT INTO inventory.stock_reservations (id, warehouse_id, product_id, quantity, original_quantity, reference_type, reference_id, reference_line_id)
SELECT wms_uuid_v7(), warehouse_id, product_id, 5, 5, 'order', reference_id, reference_line_id FROM inventory.stock_reservations WHERE reference_id = :'taken';
SET LOCAL session_replication_role = origin;
SELECT * FROM wms_maintain() WHERE task = 'orders';
SELECT status FROM sales.orders WHERE id = :'taken';
ROLLBACK TO ready;

-- sessions, resets, keys and carts whose time is up
SET LOCAL wms.idempotency_retention = 3600;
INSERT INTO auth.sessions (user_id, refresh_token, expires_at) SELECT :user, repeat(n::text, 64), now() + n * interval '1 hour' - interval '1 hour' FROM generate_series(0, 2) n;
INSERT INTO auth.password_resets (user_id, token, expires_at) SELECT :user, repeat(n::text, 64), now() + n * interval '1 hour' - interval '1 hour' FROM generate_series(0, 2) n;
INSERT INTO auth.idempotency_keys (command, key, request_hash, created_at) SELECT 'mt', n::text, sha256('x'), now() - n * interval '1 hour' FROM generate_series(0, 2) n;
INSERT INTO sales.carts (id, session_id, expires_at, order_id) VALUES ('00000000-0000-4000-8000-00000000f771', 'mt1', now(), NULL), ('00000000-0000-4000-8000-00000000f772', 'mt2', now() + interval '1 second', NULL),
  ('00000000-0000-4000-8000-00000000f773', 'mt3', now(), :'taken'), ('00000000-0000-4000-8000-00000000f774', 'mt4', now(), NULL);
INSERT INTO sales.cart_items (cart_id, product_id) SELECT id, :cup FROM sales.carts WHERE session_id LIKE 'mt%';
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "MT-CUP", "quantity": 1}]', :w1, 'cart', '00000000-0000-4000-8000-00000000f774');
SELECT * FROM wms_maintain() WHERE task NOT IN ('orders', 'holds', 'batches');
SELECT left(refresh_token, 1) FROM auth.sessions WHERE user_id = :user ORDER BY 1;
SELECT left(token, 1) FROM auth.password_resets WHERE user_id = :user ORDER BY 1;
SELECT key FROM auth.idempotency_keys WHERE command = 'mt' ORDER BY 1;
-- a cart that became an order stays, and so does one that holds stock, until it is released
SELECT c.session_id, count(i.id) FROM sales.carts c LEFT JOIN sales.cart_items i ON i.cart_id = c.id WHERE c.session_id LIKE 'mt%' GROUP BY 1 ORDER BY 1;
SELECT wms_release_reservations('cart', '00000000-0000-4000-8000-00000000f774');
SELECT * FROM wms_maintain() WHERE done > 0;
-- a thousand at a time
INSERT INTO auth.idempotency_keys (command, key, request_hash, created_at) SELECT 'mt', 'k' || n, sha256('x'), now() - interval '2 hours' FROM generate_series(1, 1500) n;
SELECT done FROM wms_maintain() WHERE task = 'idempotency_keys';
SELECT done FROM wms_maintain() WHERE task = 'idempotency_keys';
SELECT done FROM wms_maintain() WHERE task = 'idempotency_keys';
\set VERBOSITY sqlstate
CREATE ROLE regress_wms_maintainer;
SET LOCAL ROLE regress_wms_maintainer;
SELECT * FROM wms_maintain();
ROLLBACK;
