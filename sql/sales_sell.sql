-- Sales over the counter: placed, delivered and paid at once. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set shop '\'00000000-0000-4000-8000-0000000a5001\''
\set other '\'00000000-0000-4000-8000-0000000a5002\''
\set ann '\'00000000-0000-4000-8000-0000000a5003\''
\set agent '\'00000000-0000-4000-8000-0000000a5004\''

BEGIN;
SET LOCAL wms.timezone = 'UTC';
INSERT INTO inventory.warehouses (id, code, name, priority) VALUES (:shop, 'SE-S', 'Shop', 9), (:other, 'SE-O', 'Other', 1);
INSERT INTO auth.users (id, email, password_hash, first_name) VALUES (:ann, 'ann@se.test', 'x', 'Ann'),
  ('00000000-0000-4000-8000-0000000a5005', 'agent@se.test', 'x', 'Gil');
INSERT INTO crm.addresses (user_id, recipient_name, address_line1, city, is_default) VALUES (:ann, 'Ann', '1 Road', 'Ipoh', true);
INSERT INTO agent.agents (id, user_id, agent_code, commission_rate) VALUES (:agent, '00000000-0000-4000-8000-0000000a5005', 'SE-A', 10);
INSERT INTO agent.targets (agent_id, period_start, period_end, target_amount) VALUES (:agent, '2000-01-01', '2100-01-01', 1000);
INSERT INTO catalog.products (id, sku, name, base_price, cost_price, is_stocked) VALUES
  ('00000000-0000-4000-8000-0000000a5011', 'SE-TEA', 'Tea', 12.50, 5, true), ('00000000-0000-4000-8000-0000000a5012', 'SE-MUG', 'Mug', 9, 4, true),
  ('00000000-0000-4000-8000-0000000a5013', 'SE-SET', 'Set', 20, NULL, true), ('00000000-0000-4000-8000-0000000a5014', 'SE-WRAP', 'Wrapping', 0, NULL, false);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity)
VALUES ('00000000-0000-4000-8000-0000000a5013', '00000000-0000-4000-8000-0000000a5011', 1), ('00000000-0000-4000-8000-0000000a5013', '00000000-0000-4000-8000-0000000a5012', 2);
INSERT INTO sales.coupons (code, type, value, usage_limit) VALUES ('SE-TEN', 'percentage', 10, 1);
SELECT wms_receive_stock(:shop, '[{"sku": "SE-TEA", "quantity": 3, "batch_number": "T2", "expiry_date": "2100-02-01"}, {"sku": "SE-TEA", "quantity": 2, "batch_number": "T1", "expiry_date": "2100-01-01"}, {"sku": "SE-MUG", "quantity": 5}]'),
       wms_receive_stock(:other, '[{"sku": "SE-MUG", "quantity": 50}]');
CREATE VIEW pg_temp.stock AS SELECT w.code, p.sku, b.batch_number, coalesce(sb.quantity, s.quantity) AS quantity, coalesce(sb.reserved_quantity, s.reserved_quantity) AS held
  FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id JOIN catalog.products p ON p.id = s.product_id
  LEFT JOIN inventory.stock_item_batches sb ON sb.warehouse_id = s.warehouse_id AND sb.product_id = s.product_id LEFT JOIN inventory.product_batches b ON b.id = sb.batch_id
 WHERE w.code LIKE 'SE-%' ORDER BY 1, 2, 3;

-- everything at once: a line with a batch to choose, a kit, what is not stocked; customer, agent, coupon, tax
SET LOCAL wms.tax_rate = '6';
SELECT wms_sell('[{"sku": "SE-TEA", "quantity": 2}, {"sku": "SE-SET", "quantity": 1}, {"sku": "SE-WRAP", "quantity": 1}]', :shop, 'cash',
                user_id => :ann, agent_id => :agent, coupon_code => 'se-ten') AS sale \gset
SELECT status, channel, subtotal, discount_amount, tax_amount, shipping_cost, total, coupon_code, warehouse_id = :shop AS shop, shipping_address,
       confirmed_at <= shipped_at AND shipped_at <= delivered_at AS in_order
  FROM sales.orders WHERE id = :'sale';
SELECT array_agg(status ORDER BY created_at, id) AS history FROM sales.order_status_history WHERE order_id = :'sale';
SELECT payment_method, payment_provider, amount, status, paid_at IS NOT NULL AS paid FROM sales.payments WHERE order_id = :'sale';
SELECT due FROM wms_order_balance(:'sale');
SELECT * FROM pg_temp.stock;
SELECT p.sku, b.batch_number, m.type, m.quantity FROM inventory.stock_movements m JOIN catalog.products p ON p.id = m.product_id LEFT JOIN inventory.product_batches b ON b.id = m.batch_id
 WHERE m.reference_type = 'order' AND m.reference_id = :'sale' ORDER BY 1, 2, 4;
SELECT status, count(*), sum(quantity) AS held, sum(original_quantity) AS was FROM inventory.stock_reservations WHERE reference_id = :'sale' GROUP BY 1;
SELECT level, order_total, commission_amount, status FROM agent.commissions WHERE order_id = :'sale';
SELECT total_orders, total_spent FROM crm.customer_profiles WHERE user_id = :ann;
SELECT achieved_orders, achieved_amount FROM agent.targets WHERE agent_id = :agent;
SELECT c.used_count, r.discount_amount, r.reversed_at FROM sales.coupons c JOIN sales.coupon_redemptions r ON r.coupon_id = c.id WHERE r.order_id = :'sale';
SELECT * FROM wms_verify();
SET LOCAL wms.tax_rate = '0';

-- it can be refunded like any other
SELECT wms_refund_order(:'sale', restock => true) IS NOT NULL AS refunded;
SELECT status FROM sales.orders WHERE id = :'sale';
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();

-- what costs nothing is not paid
SELECT wms_sell('[{"sku": "SE-WRAP", "quantity": 1}]', :shop, 'cash', guest_email => 'bob@se.test') AS free \gset
SELECT o.status, o.total, o.guest_email, o.warehouse_id = :shop AS shop, (SELECT count(*) FROM sales.payments p WHERE p.order_id = o.id) AS payments FROM sales.orders o WHERE o.id = :'free';

-- holds that lapse at once elsewhere do not get in the way
SET LOCAL wms.order_hold = '1s';
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1, "unit_price": 7.25}]', :shop, 'credit_card') AS held \gset
SELECT o.total, r.status, r.expires_at FROM sales.orders o JOIN inventory.stock_reservations r ON r.reference_id = o.id WHERE o.id = :'held';
SET LOCAL wms.order_hold = 0;

-- once under a key
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1}]', :shop, 'cash', idempotency_key => 'se-1') AS first \gset
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1}]', :shop, 'cash', idempotency_key => 'se-1') = :'first' AS same;
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1}]', :shop, 'ewallet', idempotency_key => 'se-1');
\echo :SQLSTATE

-- from that warehouse or not at all; what fails leaves nothing
SELECT count(*) AS before FROM sales.orders \gset
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 4}]', :shop, 'cash');
\echo :SQLSTATE
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1}]', :shop, 'cash', coupon_code => 'SE-NONE');
\echo :SQLSTATE
SELECT wms_sell('[{"sku": "SE-NONE", "quantity": 1}]', :shop, 'cash');
\echo :SQLSTATE
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1}]', NULL, 'cash');
\echo :SQLSTATE
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1}]', '00000000-0000-4000-8000-0000000affff', 'cash');
\echo :SQLSTATE
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1}]', :shop, 'shells');
\echo :SQLSTATE
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1}]', :shop, NULL);
\echo :SQLSTATE
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1}]', :shop, 'cash', user_id => '00000000-0000-4000-8000-0000000affff');
\echo :SQLSTATE
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1}]', :shop, 'cash', guest_email => '');
\echo :SQLSTATE
SELECT wms_sell('[]', :shop, 'cash');
\echo :SQLSTATE
CREATE FUNCTION pg_temp.suppress() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER zz BEFORE INSERT ON sales.payments FOR EACH ROW EXECUTE FUNCTION pg_temp.suppress();
SELECT wms_sell('[{"sku": "SE-MUG", "quantity": 1}]', :shop, 'cash');
\echo :SQLSTATE
SELECT count(*) - :before AS orders FROM sales.orders;
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
ROLLBACK;
