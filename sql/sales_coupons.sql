-- Coupons: when one applies, how often, for whom, and that a use comes back once.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set goods '\'00000000-0000-4000-8000-00000000ba01\''
\set main '\'00000000-0000-4000-8000-00000000aa01\''
\set ann '\'00000000-0000-4000-8000-00000000da01\''
\set bob '\'00000000-0000-4000-8000-00000000da02\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:main, 'CO-1', 'Main');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:goods, 'CO-1', 'Goods', 10);
SELECT wms_receive_stock(:main, '[{"sku": "CO-1", "quantity": 100}]');
INSERT INTO auth.users (id, email) VALUES (:ann, 'Ann@co.example'), (:bob, 'bob@co.example');
INSERT INTO sales.coupons (code, type, value, min_order_amount, usage_limit, per_customer_limit, starts_at, expires_at, is_active, deleted_at) VALUES
  ('CO-Plain', 'fixed', 1, NULL, NULL, NULL, NULL, NULL, true, NULL), ('CO-MIN', 'fixed', 1, 30, NULL, NULL, NULL, NULL, true, NULL),
  ('CO-TWICE', 'fixed', 1, NULL, 2, NULL, NULL, NULL, true, NULL), ('CO-ONE', 'percentage', 10, NULL, NULL, 1, NULL, NULL, true, NULL),
  ('CO-NEVER', 'fixed', 1, NULL, 0, NULL, NULL, NULL, true, NULL), ('CO-NOBODY', 'fixed', 1, NULL, NULL, 0, NULL, NULL, true, NULL),
  ('CO-OFF', 'fixed', 1, NULL, NULL, NULL, NULL, NULL, false, NULL), ('CO-GONE', 'fixed', 1, NULL, NULL, NULL, NULL, NULL, true, now()),
  ('CO-SOON', 'fixed', 1, NULL, NULL, NULL, now() + interval '1 hour', NULL, true, NULL), ('CO-LATE', 'fixed', 1, NULL, NULL, NULL, NULL, now() - interval '1 second', true, NULL),
  ('CO-NOW', 'fixed', 1, NULL, NULL, NULL, now(), now() + interval '1 hour', true, NULL), ('CO-END', 'fixed', 1, NULL, NULL, NULL, NULL, now(), true, NULL);
CREATE FUNCTION pg_temp.buy(coupon text, buyer uuid DEFAULT NULL, email text DEFAULT NULL, pieces integer DEFAULT 1) RETURNS uuid LANGUAGE sql AS $$
SELECT wms_place_order(jsonb_build_array(jsonb_build_object('sku', 'CO-1', 'quantity', pieces)), buyer, coupon_code => coupon, guest_email => email) $$;
CREATE FUNCTION pg_temp.attempt(coupon text, buyer uuid DEFAULT NULL, email text DEFAULT NULL, pieces integer DEFAULT 1, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_temp.buy(coupon, buyer, email, pieces);
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
CREATE FUNCTION pg_temp.world() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' ', (SELECT concat_ws(':', count(*), sum(quantity), sum(reserved_quantity)) FROM inventory.stock_items), (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.stock_reservations),
  (SELECT count(*) FROM sales.orders), (SELECT sum(used_count) FROM sales.coupons), (SELECT count(*) FROM sales.coupon_redemptions), (SELECT count(*) FROM crm.customer_profiles)) $$;
CREATE VIEW pg_temp.uses AS SELECT c.code, c.used_count, count(r.id) FILTER (WHERE r.reversed_at IS NULL) AS live, count(r.id) AS ever FROM sales.coupons c
  LEFT JOIN sales.coupon_redemptions r ON r.coupon_id = c.id WHERE c.code LIKE 'CO-%' GROUP BY c.id HAVING count(r.id) > 0 ORDER BY 1;
SAVEPOINT fresh;

-- the code in any case, kept as the coupon has it; who used it, for how much
SELECT pg_temp.buy('co-pLAIN', :ann) AS id \gset
SELECT coupon_code, coupon_discount, discount_amount, subtotal, total FROM sales.orders WHERE id = :'id';
SELECT c.code, r.user_id = :ann, r.email, r.discount_amount, r.reversed_at FROM sales.coupon_redemptions r JOIN sales.coupons c ON c.id = r.coupon_id WHERE r.order_id = :'id';
SELECT pg_temp.buy('CO-Plain', NULL, 'Guest@co.example') AS id \gset
SELECT user_id, email, discount_amount FROM sales.coupon_redemptions WHERE order_id = :'id';
SELECT pg_temp.buy('CO-Plain') IS NOT NULL;
SELECT * FROM pg_temp.uses;
ROLLBACK TO fresh;

-- does not apply: the order is not placed, and DETAIL says why
SELECT pg_temp.world() AS before \gset
SELECT c, a.* FROM unnest('{CO-NONE,CO-OFF,CO-GONE,CO-SOON,CO-LATE,CO-END,CO-NEVER,CO-ONE,CO-NOBODY,CO-MIN}'::text[]) c, pg_temp.attempt(c) a;
SELECT a.* FROM pg_temp.attempt('CO-NOBODY', :ann) a;
SELECT a.* FROM pg_temp.attempt(' CO-Plain') a;
-- nor is a use taken when the order fails for another reason
SELECT a.state, a.message FROM pg_temp.attempt('CO-TWICE', NULL, NULL, 101) a;
SELECT pg_temp.world() = :'before' AS unchanged;
-- the minimum is on the subtotal, before the discount; from the first moment on
SELECT n, a.state, a.detail FROM generate_series(2, 3) n, pg_temp.attempt('CO-MIN', NULL, NULL, n) a;
SELECT a.state FROM pg_temp.attempt('CO-NOW') a;
ROLLBACK TO fresh;

-- a limit over all; a cancelled order gives its use back, once
SELECT pg_temp.buy('CO-TWICE') AS first, pg_temp.buy('CO-TWICE') AS second \gset
SELECT a.* FROM pg_temp.attempt('CO-TWICE') a;
SELECT wms_cancel_order(:'first', 'not paid');
SELECT * FROM pg_temp.uses;
SELECT reversed_at IS NOT NULL FROM sales.coupon_redemptions WHERE order_id = :'first';
SELECT wms_cancel_order(:'first');
SELECT * FROM pg_temp.uses;
SELECT pg_temp.buy('CO-TWICE') AS third \gset
SELECT a.state FROM pg_temp.attempt('CO-TWICE') a;
SELECT wms_confirm_order(:'third'), wms_process_order(:'third'), wms_pack_order(:'third'), wms_cancel_order(:'third');
SELECT wms_confirm_order(:'second'), wms_process_order(:'second'), wms_pack_order(:'second'), wms_ship_order(:'second'), wms_deliver_order(:'second');
SELECT * FROM pg_temp.uses;
SELECT discount_amount, coupon_code FROM sales.orders WHERE id IN (:'first', :'second', :'third');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- a limit per customer: by user or by address, in any case, as user and as guest
SELECT pg_temp.buy('CO-ONE', :ann) AS first \gset
SELECT n, a.state, a.detail FROM (VALUES (1, :ann::uuid, NULL), (2, :ann, 'other@co.example'), (3, NULL, 'ann@CO.example'), (4, NULL, 'guest@co.example'), (5, NULL, 'GUEST@co.example'),
  (6, :bob, NULL), (7, NULL, 'bob@co.example'), (8, NULL, NULL)) v (n, buyer, email), pg_temp.attempt('CO-ONE', buyer, email) a ORDER BY n;
SELECT wms_cancel_order(:'first');
SELECT a.state FROM pg_temp.attempt('CO-ONE', NULL, 'ann@co.example') a;
SELECT a.state, a.detail FROM pg_temp.attempt('CO-ONE', :ann) a;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- changed meanwhile: cheaper or gone, an order keeps what it was given, and its use comes back all the same
SELECT pg_temp.buy('CO-TWICE', :ann) AS first \gset
UPDATE sales.coupons SET value = 9, deleted_at = now() WHERE code = 'CO-TWICE';
INSERT INTO sales.coupons (code, type, value) VALUES ('co-twice', 'fixed', 2);
SELECT pg_temp.buy('CO-TWICE', :bob) AS second \gset
SELECT coupon_code, discount_amount FROM sales.orders WHERE id IN (:'first', :'second') ORDER BY 1, 2;
SELECT wms_cancel_order(:'first');
SELECT * FROM pg_temp.uses;
-- the limit cannot be put below what is used, nor the count changed by hand
\set VERBOSITY terse
UPDATE sales.coupons SET usage_limit = 0 WHERE code = 'co-twice' AND deleted_at IS NULL;
\echo :SQLSTATE
UPDATE sales.coupons SET used_count = 0 WHERE code = 'co-twice';
\echo :SQLSTATE
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM wms_verify();
ROLLBACK;
