-- What an order costs: prices, rounding, discount, tax and shipping, and that every cent is on a line.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set goods '\'00000000-0000-4000-8000-00000000b901\''
\set shirt '\'00000000-0000-4000-8000-00000000b902\''
\set large '\'00000000-0000-4000-8000-00000000c901\''
\set small '\'00000000-0000-4000-8000-00000000c902\''
\set vip '\'00000000-0000-4000-8000-00000000d901\''
\set new '\'00000000-0000-4000-8000-00000000d902\''
\set trade '\'00000000-0000-4000-8000-00000000d903\''
BEGIN;
INSERT INTO catalog.products (id, sku, name, base_price, is_stocked) VALUES (:goods, 'MO-1', 'Goods', 10, false), (:shirt, 'MO-SHIRT', 'Shirt', 40, false);
INSERT INTO catalog.product_variants (id, product_id, sku, name, price) VALUES (:large, :shirt, 'MO-L', 'L', 44), (:small, :shirt, 'MO-S', 'S', NULL);
INSERT INTO auth.users (id, email) VALUES (:vip, 'vip@mo.example'), (:new, 'new@mo.example'), (:trade, 'trade@mo.example');
INSERT INTO crm.customer_profiles (user_id, customer_group) VALUES (:vip, 'vip'), (:trade, 'wholesale');
INSERT INTO sales.shipping_methods (code, name, base_cost, free_shipping_threshold) VALUES ('mo-post', 'Post', 7.5, 100), ('mo-gift', 'Always free', 7.5, 0), ('mo-never', 'Never free', 7.5, NULL);
INSERT INTO sales.coupons (code, type, value, max_discount) VALUES ('MO-ALL', 'percentage', 100, NULL), ('MO-THIRD', 'percentage', 33.33, NULL), ('MO-10', 'percentage', 10, NULL), ('MO-CAP', 'percentage', 50, 5),
  ('MO-500', 'fixed', 500, NULL), ('MO-1', 'fixed', 1, NULL), ('MO-ZERO', 'fixed', 5, 0), ('MO-CENT', 'fixed', 0.01, NULL);
-- places an order of unit_price × quantity and so on, and shows it: amounts, then the lines' total, discount and tax
CREATE FUNCTION pg_temp.lines(VARIADIC pairs text[]) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_agg(jsonb_build_object('sku', 'MO-1', 'unit_price', split_part(p, 'x', 1)::numeric, 'quantity', split_part(p, 'x', 2)::integer) ORDER BY n) FROM unnest(pairs) WITH ORDINALITY u (p, n) $$;
CREATE FUNCTION pg_temp.amounts(lines jsonb, coupon text DEFAULT NULL, method text DEFAULT NULL, buyer uuid DEFAULT NULL, expected numeric DEFAULT NULL,
  OUT subtotal numeric, OUT discount numeric, OUT shipping numeric, OUT tax numeric, OUT total numeric, OUT per_line text, OUT sound boolean) LANGUAGE plpgsql AS $$
DECLARE placed uuid := wms_place_order(lines, buyer, coupon_code => coupon, shipping_method => method, expected_total => expected);
BEGIN
  SELECT o.subtotal, o.discount_amount, o.shipping_cost, o.tax_amount, o.total INTO subtotal, discount, shipping, tax, total FROM sales.orders o WHERE o.id = placed;
  SELECT string_agg(concat_ws('/', i.total_price, i.discount_amount, i.tax_amount), ' ' ORDER BY i.line_number),
         sum(i.total_price) = subtotal AND sum(i.discount_amount) = discount AND sum(i.tax_amount) = tax AND total = subtotal - discount + shipping + tax
         AND bool_and(i.discount_amount BETWEEN 0 AND i.total_price AND i.tax_amount >= 0) AND count(*) = jsonb_array_length(lines)
    INTO per_line, sound FROM sales.order_items i WHERE i.order_id = placed;
END $$;

-- rounding: each line to the cent, half away from zero; prices keep four digits
SELECT * FROM pg_temp.amounts(pg_temp.lines('0.005x1'));
SELECT * FROM pg_temp.amounts(pg_temp.lines('0.0049x1'));
SELECT * FROM pg_temp.amounts(pg_temp.lines('0.00005x1', '0.00004x1000000'));
SELECT * FROM pg_temp.amounts(pg_temp.lines('33.333333x3'));
SELECT * FROM pg_temp.amounts(pg_temp.lines('0.005x1', '0.005x1', '0.005x1'));
SELECT * FROM pg_temp.amounts(pg_temp.lines('0.005x3'));
SELECT * FROM pg_temp.amounts(pg_temp.lines('0x5'));

-- shares of a discount: the largest remainder, to the cent, never more than the line
SELECT * FROM pg_temp.amounts(pg_temp.lines('10x1', '10x1', '10x1'), 'MO-1');
SELECT * FROM pg_temp.amounts(pg_temp.lines('10x1', '20x1', '0x1', '0.01x1'), 'MO-THIRD');
SELECT * FROM pg_temp.amounts(pg_temp.lines('33.33x1', '33.33x1', '33.34x1'), 'MO-10');
SELECT * FROM pg_temp.amounts(pg_temp.lines('0.01x1', '0.01x1', '0.01x1'), 'MO-CENT');
SELECT * FROM pg_temp.amounts(pg_temp.lines('9999999999x1', '0.01x1'), 'MO-10');
SELECT * FROM pg_temp.amounts(pg_temp.lines('100x1'), 'MO-CAP');
-- never more than there is
SELECT * FROM pg_temp.amounts(pg_temp.lines('60x1', '40x1'), 'MO-500', 'mo-never');
SELECT * FROM pg_temp.amounts(pg_temp.lines('60.55x1', '39.99x3'), 'MO-ALL');
SELECT * FROM pg_temp.amounts(pg_temp.lines('0x1'), 'MO-500');
SELECT * FROM pg_temp.amounts(pg_temp.lines('60x1'), 'MO-ZERO');

-- tax: percent of subtotal − discount, on no shipping; shares by what each line costs after discount
SET LOCAL wms.tax_rate = '6';
SELECT * FROM pg_temp.amounts(pg_temp.lines('10x1', '10x1', '10x1'), 'MO-1', 'mo-post');
SELECT * FROM pg_temp.amounts(pg_temp.lines('0.08x1', '0.08x1', '0.08x1'));
SELECT * FROM pg_temp.amounts(pg_temp.lines('50x1', '50x1'), 'MO-ALL', 'mo-post');
SET LOCAL wms.tax_rate = '8.875';
SELECT * FROM pg_temp.amounts(pg_temp.lines('19.99x1', '5.01x1', '0.01x7'));
SET LOCAL wms.tax_rate = '0.1';
SELECT * FROM pg_temp.amounts(pg_temp.lines('5x1'));
SELECT * FROM pg_temp.amounts(pg_temp.lines('4.99x1'));
RESET wms.tax_rate;
-- many lines at odd prices: not a cent is lost
SET LOCAL wms.tax_rate = '7.35';
SELECT bool_and(a.sound) FROM generate_series(1, 60) n, LATERAL (SELECT array_agg(format('%s.%sx%s', (n * 7 + k * 13) % 90, lpad(((n * 31 + k * 17) % 100)::text, 2, '0'), 1 + (n + k) % 5)) AS pairs
  FROM generate_series(1, 1 + n % 9) k) p, pg_temp.amounts(pg_temp.lines(VARIADIC p.pairs), CASE n % 4 WHEN 0 THEN 'MO-THIRD' WHEN 1 THEN 'MO-1' WHEN 2 THEN 'MO-10' END, 'mo-post') a;
RESET wms.tax_rate;

-- free from the threshold on, of what remains after the discount
SELECT n, a.shipping, a.total FROM (VALUES (1, '99.99x1', NULL), (2, '100x1', NULL), (3, '100x1', 'MO-CENT'), (4, '100.01x1', 'MO-CENT')) v (n, pair, coupon), pg_temp.amounts(pg_temp.lines(pair), coupon, 'mo-post') a ORDER BY n;
SELECT a.shipping, b.shipping FROM pg_temp.amounts(pg_temp.lines('0x1'), NULL, 'mo-gift') a, pg_temp.amounts(pg_temp.lines('1000x1'), NULL, 'mo-never') b;

-- the total expected is the total, however many zeros it is written with
SELECT total FROM pg_temp.amounts(pg_temp.lines('10x1'), 'MO-1', 'mo-post', NULL, 16.5000);
SELECT total FROM pg_temp.amounts(pg_temp.lines('10x1'), 'MO-1', 'mo-post', NULL, 16.51);
\echo :SQLSTATE

-- the catalogue's price: the variant's, else the product's
CREATE FUNCTION pg_temp.price_of(sku text, quantity integer DEFAULT 1, buyer uuid DEFAULT NULL) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE placed uuid := wms_place_order(jsonb_build_array(jsonb_build_object('sku', sku, 'quantity', quantity)), buyer);
BEGIN
  RETURN (SELECT i.unit_price FROM sales.order_items i WHERE i.order_id = placed);
END $$;
SELECT pg_temp.price_of('MO-1') AS product, pg_temp.price_of('MO-L') AS large, pg_temp.price_of('MO-S') AS small;
-- by quantity; the named group before everybody; only while they hold, the end excluded; the latest start wins
INSERT INTO catalog.product_prices (product_id, variant_id, customer_group, min_quantity, price, starts_at, ends_at) VALUES
  (:goods, NULL, NULL, 10, 9, NULL, NULL), (:goods, NULL, NULL, 100, 8, NULL, NULL), (:goods, NULL, 'vip', 1, 9.5, NULL, NULL), (:goods, NULL, 'vip', 50, 7, NULL, NULL), (:goods, NULL, 'regular', 5, 9.75, NULL, NULL),
  (:shirt, NULL, NULL, 1, 39, NULL, NULL), (:shirt, :large, NULL, 1, 43, now() - interval '2 days', NULL), (:shirt, :large, NULL, 1, 42, now() - interval '1 day', now() + interval '1 day'),
  (:shirt, :large, NULL, 1, 1, now() + interval '1 hour', NULL), (:shirt, :large, 'vip', 1, 2, now() - interval '2 days', now() - interval '1 day');
SELECT q, pg_temp.price_of('MO-1', q) AS guest, pg_temp.price_of('MO-1', q, :new) AS new_customer, pg_temp.price_of('MO-1', q, :vip) AS vip, pg_temp.price_of('MO-1', q, :trade) AS trade
  FROM unnest('{1,4,5,9,10,49,50,99,100}'::integer[]) q;
SELECT pg_temp.price_of('MO-L') AS large, pg_temp.price_of('MO-S') AS small, pg_temp.price_of('MO-L', 1, :vip) AS vip;
UPDATE catalog.product_prices SET ends_at = statement_timestamp() WHERE price = 42 AND variant_id = :large;
SELECT pg_temp.price_of('MO-L') AS large;
-- a price of one's own goes before all of them
SELECT * FROM pg_temp.amounts(pg_temp.lines('1x100'), NULL, NULL, :vip);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM wms_verify();
ROLLBACK;
