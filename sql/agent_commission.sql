-- What an order earns: own rate or an explicit one, overrides by tier and distance, rounding, and that it stays as it was reckoned.
\set VERBOSITY default
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_ROLLBACK on

-- half away from zero, to the cent; exact whatever the digits
SELECT wms_commission_amount(t, r) FROM (VALUES (100, 5), (10.10, 5), (0.10, 5), (0.09, 5), (-0.10, 5), (-0.09, 5), (33.35, 10), (1.005, 100), (2.675, 100), (199.99, 7.77), (0, 5), (100, 0)) x (t, r);
SELECT wms_commission_amount(99999999999999999999.49999999999999999999, 1), wms_commission_amount(0.499999999999999999999999999999, 1), wms_commission_amount(0.5, 1);
SELECT wms_commission_amount(NULL, 5), wms_commission_amount(5, NULL);
SELECT wms_commission_amount(100, -0.01);
\echo :SQLSTATE
SELECT wms_commission_amount(100, 100.01);
\echo :SQLSTATE
SELECT wms_commission_amount(100, 'NaN'), 1;
\echo :SQLSTATE
SELECT wms_commission_amount(100, '-Infinity'), 1;
\echo :SQLSTATE
SELECT wms_commission_amount('NaN', 5);
\echo :SQLSTATE
SELECT wms_commission_amount('Infinity', 5);
\echo :SQLSTATE

BEGIN;
INSERT INTO catalog.products (sku, name, base_price, is_stocked) VALUES ('CM-1', 'Goods', 10, false);
CREATE FUNCTION pg_temp.id(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('00000000-0000-4000-8000-0000000c0' || lpad(n::text, 3, '0'))::uuid $$;
INSERT INTO auth.users (id, email) SELECT pg_temp.id(n), 'cm' || n || '@cm.example' FROM generate_series(0, 9) n;
-- 1 <- 2 <- 3 <- 4 <- 5 <- 6 <- 7: the last one sells
INSERT INTO agent.agents (id, user_id, agent_code, parent_agent_id, tier, commission_rate)
SELECT pg_temp.id(n), pg_temp.id(n), 'CM-' || n, CASE WHEN n > 1 THEN pg_temp.id(n - 1) END, CASE n WHEN 7 THEN 'bronze' WHEN 6 THEN 'silver' WHEN 5 THEN 'gold' WHEN 4 THEN 'silver' ELSE 'platinum' END, CASE n WHEN 7 THEN 10 END
  FROM generate_series(1, 7) n;
DELETE FROM agent.override_rates;
INSERT INTO agent.override_rates (tier, level, rate) VALUES ('bronze', 0, 4), ('bronze', 1, 99), ('silver', 1, 5), ('silver', 3, 2), ('gold', 2, 3), ('platinum', 4, 1), ('platinum', 5, 0.5), ('platinum', 6, 0.25);
CREATE FUNCTION pg_temp.placed(units integer DEFAULT 10, seller integer DEFAULT 7) RETURNS uuid LANGUAGE sql AS $$
SELECT wms_place_order(jsonb_build_array(jsonb_build_object('sku', 'CM-1', 'quantity', units)), pg_temp.id(0), agent_id => CASE WHEN seller > 0 THEN pg_temp.id(seller) END) $$;
CREATE FUNCTION pg_temp.walk(placed uuid, VARIADIC steps text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE step text;
BEGIN
  FOREACH step IN ARRAY steps LOOP PERFORM wms_set_order_status(placed, step); END LOOP;
  RETURN step;
END $$;
CREATE FUNCTION pg_temp.earned(placed uuid) RETURNS SETOF text LANGUAGE sql AS $$
SELECT concat_ws(' ', a.agent_code, c.level, c.order_total, c.commission_rate, c.commission_amount, c.status, CASE WHEN c.refund_id IS NOT NULL THEN 'clawback' END)
  FROM agent.commissions c JOIN agent.agents a ON a.id = c.agent_id LEFT JOIN sales.refunds r ON r.id = c.refund_id WHERE c.order_id = placed ORDER BY c.level, r.created_at NULLS FIRST $$;
SAVEPOINT fresh;

-- the own tier of each at his distance, five levels up
SELECT pg_temp.placed() AS o \gset
SELECT pg_temp.walk(:'o', 'confirmed');
SELECT * FROM pg_temp.earned(:'o');
-- again, and at another rate: it has its commissions
SELECT wms_calculate_commission(:'o'), wms_calculate_commission(:'o', 50);
-- whoever is above by now, at whatever rates
UPDATE agent.agents SET parent_agent_id = pg_temp.id(1), tier = 'platinum', commission_rate = 90 WHERE agent_code = 'CM-7';
UPDATE agent.override_rates SET rate = 60;
SELECT wms_calculate_commission(:'o');
SELECT count(*) FROM agent.commissions WHERE order_id = :'o';
SELECT pg_temp.walk(:'o', 'processing', 'packed', 'shipped', 'delivered');
SELECT * FROM pg_temp.earned(:'o');
ROLLBACK TO fresh;

-- other depths
SET LOCAL wms.commission_max_levels = 2;
SELECT pg_temp.placed() AS o \gset
SELECT wms_calculate_commission(:'o');
SELECT * FROM pg_temp.earned(:'o');
SET LOCAL wms.commission_max_levels = 0;
SELECT pg_temp.placed() AS o \gset
SELECT wms_calculate_commission(:'o');
SELECT * FROM pg_temp.earned(:'o');
ROLLBACK TO fresh;

-- without a rate of his own: that of his tier at level 0; without any: nothing; those above him all the same
UPDATE agent.agents SET commission_rate = NULL WHERE agent_code = 'CM-7';
SELECT pg_temp.placed() AS o \gset
SELECT wms_calculate_commission(:'o');
UPDATE agent.agents SET tier = 'diamond' WHERE agent_code = 'CM-7';
SELECT pg_temp.placed() AS o2 \gset
SELECT wms_calculate_commission(:'o2');
SELECT * FROM pg_temp.earned(:'o2');
-- a rate may still be given to a seller without, and no more than once
SELECT wms_calculate_commission(:'o2', 7.5), wms_calculate_commission(:'o2', 9);
SELECT * FROM pg_temp.earned(:'o2');
ROLLBACK TO fresh;

-- inactive and deleted agents earn nothing; those above them earn from where they are
UPDATE agent.agents SET is_active = false WHERE agent_code IN ('CM-6', 'CM-7');
UPDATE agent.agents SET deleted_at = now() WHERE agent_code = 'CM-4';
SELECT pg_temp.placed() AS o \gset
SELECT wms_calculate_commission(:'o', 20);
SELECT * FROM pg_temp.earned(:'o');
ROLLBACK TO fresh;

-- an explicit rate before the confirmation stays; the order may still change, and be cancelled
SELECT pg_temp.placed() AS o \gset
SELECT wms_calculate_commission(:'o', 12.34);
SELECT wms_change_order(:'o', '[{"sku": "CM-1", "quantity": 4}]');
SELECT pg_temp.walk(:'o', 'confirmed');
SELECT * FROM pg_temp.earned(:'o');
SELECT wms_change_order(:'o', '[{"sku": "CM-1", "quantity": 8}]');
SELECT * FROM pg_temp.earned(:'o');
SELECT * FROM wms_verify();
SELECT wms_cancel_order(:'o'), wms_calculate_commission(:'o'), wms_calculate_commission(:'o', 5);
SELECT * FROM pg_temp.earned(:'o');
SELECT pg_temp.placed() AS o \gset
SELECT wms_calculate_commission(:'o'), wms_cancel_order(:'o');
SELECT * FROM pg_temp.earned(:'o');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- refunded before the confirmation: what is left earns
SELECT pg_temp.placed() AS o \gset
SELECT wms_record_payment(:'o', 100, 'cash') IS NOT NULL, wms_refund_order(:'o', 25) IS NOT NULL;
SELECT wms_calculate_commission(:'o');
SELECT wms_refund_order(:'o', 25) IS NOT NULL, wms_calculate_commission(:'o');
SELECT pg_temp.walk(:'o', 'confirmed', 'processing', 'packed', 'shipped', 'delivered');
SELECT * FROM pg_temp.earned(:'o');
SELECT wms_refund_order(:'o') IS NOT NULL, wms_calculate_commission(:'o');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- imports earn when they are told to: approved where they are delivered
INSERT INTO sales.orders (id, order_number, agent_id, status, subtotal, total, confirmed_at) VALUES (pg_temp.id(901), 'CM-901', pg_temp.id(7), 'delivered', 100, 100, now()), (pg_temp.id(902), 'CM-902', pg_temp.id(7), 'pending', 50, 50, NULL), (pg_temp.id(903), 'CM-903', pg_temp.id(7), 'refunded', 50, 50, now()), (pg_temp.id(904), 'CM-904', NULL, 'confirmed', 50, 50, now());
SELECT count(*) FROM agent.commissions;
SELECT n, wms_calculate_commission(pg_temp.id(n), 3) FROM generate_series(901, 904) n;
SELECT * FROM pg_temp.earned(pg_temp.id(901));
SELECT * FROM pg_temp.earned(pg_temp.id(902));
-- its amounts and its agent are binding then
UPDATE sales.orders SET agent_id = pg_temp.id(6) WHERE id = pg_temp.id(902);
\echo :SQLSTATE
UPDATE sales.orders SET subtotal = 60, total = 60 WHERE id = pg_temp.id(902);
\echo :SQLSTATE
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- of the goods alone: 100 less a tenth, postage and tax aside
SET LOCAL wms.commission_base = 'net';
SET LOCAL wms.tax_rate = '6';
INSERT INTO sales.shipping_methods (code, name, base_cost) VALUES ('cm-post', 'Post', 20);
INSERT INTO sales.coupons (code, type, value) VALUES ('CM-TEN', 'percentage', 10);
SELECT wms_place_order('[{"sku": "CM-1", "quantity": 10}]', pg_temp.id(0), shipping_method => 'cm-post', coupon_code => 'CM-TEN', agent_id => pg_temp.id(7)) AS o \gset
SELECT wms_confirm_order(:'o');
SELECT subtotal, discount_amount, shipping_cost, tax_amount, total FROM sales.orders WHERE id = :'o';
SELECT * FROM pg_temp.earned(:'o') LIMIT 2;
ROLLBACK TO fresh;

-- refused
SELECT wms_calculate_commission(NULL);
\echo :SQLSTATE
SELECT wms_calculate_commission(pg_temp.id(999));
\echo :SQLSTATE
SELECT pg_temp.placed() AS o \gset
SELECT wms_calculate_commission(:'o', 100.5);
\echo :SQLSTATE
SELECT wms_calculate_commission(:'o', -1);
\echo :SQLSTATE
SELECT wms_calculate_commission(:'o', 'NaN');
\echo :SQLSTATE
SELECT wms_calculate_commission(:'o', 1e5000);
\echo :SQLSTATE
SELECT wms_calculate_commission(:'o', 7.125);
\echo :SQLSTATE
SELECT count(*) FROM agent.commissions;
-- nothing, but those above
SELECT wms_calculate_commission(:'o', 0);
ROLLBACK;
