-- A customer as a whole; profiles and their totals.
\set VERBOSITY default
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_ROLLBACK on
BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
\set ann '\'00000000-0000-4000-8000-0000000b0001\''
INSERT INTO catalog.products (sku, name, base_price, is_stocked) VALUES ('CS-1', 'Goods', 10, false);
INSERT INTO auth.users (id, email, first_name, last_name) VALUES (:ann, 'ann@cs.example', 'Ann', 'Lee');
-- without a profile, and with the one of the first order
SELECT jsonb_pretty(wms_customer_summary(:ann));
SELECT count(*) FROM crm.customer_profiles WHERE user_id = :ann;
SELECT wms_place_order('[{"sku": "CS-1", "quantity": 3}]', :ann) AS o1 \gset
SELECT total_orders, total_spent, customer_group, tags FROM crm.customer_profiles WHERE user_id = :ann;
UPDATE crm.customer_profiles SET customer_group = 'vip', tags = '{early, loud}', notes = 'pays late' WHERE user_id = :ann;
SELECT wms_place_order('[{"sku": "CS-1", "quantity": 4}]', :ann) AS o2 \gset
SELECT wms_record_payment(:'o1', 30, 'cash') IS NOT NULL, wms_confirm_order(:'o1'), wms_process_order(:'o1'), wms_pack_order(:'o1'), wms_ship_order(:'o1'), wms_deliver_order(:'o1'), wms_refund_order(:'o1', 5.01) IS NOT NULL;
-- days are those of the business: 16:00 in London is the next day there
INSERT INTO sales.orders (user_id, status, subtotal, total, confirmed_at, cancelled_at) VALUES (:ann, 'delivered', 20, 20, '2025-01-31 16:00+00', NULL), (:ann, 'cancelled', 20, 20, '2024-01-01', '2024-01-02');
INSERT INTO crm.addresses (id, user_id, label, recipient_name, address_line1, city, is_default) VALUES ('00000000-0000-4000-8000-0000000b0002', :ann, 'Home', 'Ann', 'Street 1', 'Town', true), ('00000000-0000-4000-8000-0000000b0003', :ann, 'Work', 'Ann', 'Street 2', 'Town', false);
INSERT INTO crm.wishlists (user_id, product_id) SELECT :ann, id FROM catalog.products WHERE sku = 'CS-1';
SELECT jsonb_pretty(wms_customer_summary(:ann) - 'last_order_on');
SELECT (wms_customer_summary(:ann) ->> 'last_order_on')::date = (confirmed_at AT TIME ZONE 'Asia/Kuala_Lumpur')::date FROM sales.orders WHERE id = :'o1';
-- refunded counts one order of nothing; guests have no profile
SELECT wms_refund_order(:'o1') IS NOT NULL;
SELECT wms_customer_summary(:ann) ->> 'total_orders', wms_customer_summary(:ann) ->> 'total_spent', wms_customer_summary(:ann) ->> 'average_order';
SELECT wms_confirm_order(wms_place_order('[{"sku": "CS-1", "quantity": 1}]', guest_email => 'guest@cs.example'));
SELECT count(*) FROM crm.customer_profiles;
SELECT * FROM wms_verify();
SELECT wms_customer_summary('00000000-0000-4000-8000-0000000b0009');
\echo :SQLSTATE
SELECT wms_customer_summary(NULL);
\echo :SQLSTATE
ROLLBACK;

-- more than total_spent holds
BEGIN;
INSERT INTO catalog.products (sku, name, base_price, is_stocked) VALUES ('CS-1', 'Goods', 10, false);
INSERT INTO auth.users (id, email) VALUES (:ann, 'ann@cs.example');
SELECT wms_confirm_order(wms_place_order('[{"sku": "CS-1", "quantity": 1, "unit_price": 9999999999.98}]', :ann)), wms_place_order('[{"sku": "CS-1", "quantity": 1, "unit_price": 0.01}]', :ann) AS o, wms_place_order('[{"sku": "CS-1", "quantity": 1, "unit_price": 0.01}]', :ann) AS o2 \gset
SELECT wms_confirm_order(:'o');
SELECT wms_confirm_order(:'o2');
\echo :SQLSTATE
SELECT wms_change_order(:'o', '[{"sku": "CS-1", "quantity": 2, "unit_price": 0.01}]');
\echo :SQLSTATE
SELECT total_orders, total_spent FROM crm.customer_profiles WHERE user_id = :ann;
ROLLBACK;
