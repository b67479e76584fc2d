-- What only commands write: uses of coupons, refunds, the history of statuses; and a line of an order that
-- was imported by an earlier transaction.
\set VERBOSITY terse
\set SHOW_CONTEXT never
\set ON_ERROR_ROLLBACK on
BEGIN;
INSERT INTO catalog.products (id, sku, name, slug) VALUES ('00000000-0000-4000-8000-0000000000b1', 'g-plain', 'plain', 'g-plain');
INSERT INTO sales.orders (id, order_number, status, subtotal, total) VALUES ('00000000-0000-4000-8000-000000000101', 'OLD-101', 'delivered', 30, 30);
INSERT INTO sales.order_items (id, order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES
  ('00000000-0000-4000-8000-000000000201', '00000000-0000-4000-8000-000000000101', 1, '00000000-0000-4000-8000-0000000000b1', 's', 'n', 1, 30, 30);
SET CONSTRAINTS ALL IMMEDIATE;

-- coupons: everything but the count of uses
INSERT INTO sales.coupons (code, type, value, used_count) VALUES ('G-1', 'fixed', 5, 1);
\echo :SQLSTATE
INSERT INTO sales.coupons (id, code, type, value, usage_limit) VALUES ('00000000-0000-4000-8000-000000000501', 'G-1', 'fixed', 5, 10);
UPDATE sales.coupons SET used_count = 1 WHERE code = 'G-1';
\echo :SQLSTATE
UPDATE sales.coupons SET value = 6, usage_limit = 20 WHERE code = 'G-1';
INSERT INTO sales.coupon_redemptions (coupon_id, order_id, discount_amount)
  VALUES ('00000000-0000-4000-8000-000000000501', '00000000-0000-4000-8000-000000000101', 5);
\echo :SQLSTATE

-- rows that are there
SET LOCAL wms.guard = off;
INSERT INTO sales.coupon_redemptions (coupon_id, order_id, discount_amount)
  VALUES ('00000000-0000-4000-8000-000000000501', '00000000-0000-4000-8000-000000000101', 5);
INSERT INTO sales.refunds (id, refund_number, order_id, amount)
  VALUES ('00000000-0000-4000-8000-000000000601', 'G-RFD', '00000000-0000-4000-8000-000000000101', 5);
INSERT INTO sales.refund_items (refund_id, order_id, order_item_id, quantity, amount)
  VALUES ('00000000-0000-4000-8000-000000000601', '00000000-0000-4000-8000-000000000101', '00000000-0000-4000-8000-000000000201', 1, 5);
RESET wms.guard;
UPDATE sales.coupon_redemptions SET reversed_at = now();
\echo :SQLSTATE
DELETE FROM sales.coupon_redemptions;
\echo :SQLSTATE
INSERT INTO sales.refunds (refund_number, order_id, amount) VALUES ('G-RFD-2', '00000000-0000-4000-8000-000000000101', 5);
\echo :SQLSTATE
UPDATE sales.refunds SET amount = 6;
\echo :SQLSTATE
UPDATE sales.refunds SET reason = 'x';
\echo :SQLSTATE
DELETE FROM sales.refunds;
\echo :SQLSTATE
INSERT INTO sales.refund_items (refund_id, order_id, order_item_id, quantity, amount)
  SELECT refund_id, order_id, gen_random_uuid(), 1, 1 FROM sales.refund_items;
\echo :SQLSTATE
UPDATE sales.refund_items SET amount = 6;
\echo :SQLSTATE
DELETE FROM sales.refund_items;
\echo :SQLSTATE
INSERT INTO sales.order_status_history (order_id, status) VALUES ('00000000-0000-4000-8000-000000000101', 'refunded');
\echo :SQLSTATE
UPDATE sales.order_status_history SET notes = 'x';
\echo :SQLSTATE
DELETE FROM sales.order_status_history;
\echo :SQLSTATE

-- columns of the user's own are his
ALTER TABLE sales.order_items ADD COLUMN gift_note text;
ALTER TABLE sales.refunds ADD COLUMN booked boolean;
UPDATE sales.order_items SET gift_note = 'for Ali' WHERE order_id = '00000000-0000-4000-8000-000000000101';
UPDATE sales.refunds SET booked = true WHERE refund_number = 'G-RFD';

-- TRUNCATE of each table that is guarded
SET LOCAL client_min_messages = warning;
TRUNCATE sales.payments;
\echo :SQLSTATE
TRUNCATE sales.order_status_history;
\echo :SQLSTATE
TRUNCATE sales.coupon_redemptions;
\echo :SQLSTATE
TRUNCATE sales.refund_items;
\echo :SQLSTATE
TRUNCATE sales.refunds CASCADE;
\echo :SQLSTATE
TRUNCATE sales.order_items CASCADE;
\echo :SQLSTATE
TRUNCATE sales.orders CASCADE;
\echo :SQLSTATE
TRUNCATE sales.coupons CASCADE;
\echo :SQLSTATE
-- carts are not guarded
TRUNCATE sales.cart_items, sales.carts;

-- a user's trigger that the import fires is guarded like anybody
CREATE FUNCTION pg_temp.hurry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE sales.orders SET status = 'shipped' WHERE id = NEW.order_id;
  RETURN NULL;
END $$;
CREATE TRIGGER hurry AFTER INSERT ON sales.order_status_history FOR EACH ROW EXECUTE FUNCTION pg_temp.hurry();
INSERT INTO sales.orders (order_number) VALUES ('OLD-102');
\echo :SQLSTATE
ROLLBACK;

-- the lines of an import belong to its transaction
INSERT INTO catalog.products (id, sku, name, slug) VALUES ('00000000-0000-4000-8000-0000000000b9', 'g-kept', 'kept', 'g-kept');
INSERT INTO sales.orders (id, order_number, status, subtotal, total) VALUES ('00000000-0000-4000-8000-000000000109', 'OLD-109', 'delivered', 0, 0);
BEGIN;
UPDATE sales.orders SET admin_notes = 'x' WHERE order_number = 'OLD-109';
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price) VALUES
  ('00000000-0000-4000-8000-000000000109', 1, '00000000-0000-4000-8000-0000000000b9', 's', 'n', 1, 0, 0);
\echo :SQLSTATE
ROLLBACK;
BEGIN;
SET LOCAL wms.guard = off;
DELETE FROM sales.order_status_history WHERE order_id = '00000000-0000-4000-8000-000000000109';
DELETE FROM sales.orders WHERE id = '00000000-0000-4000-8000-000000000109';
DELETE FROM catalog.products WHERE sku = 'g-kept';
COMMIT;
