-- Refunds of lines: what a unit is worth, to the cent over all of them; which lines; how many units.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set main '\'00000000-0000-4000-8000-00000000ae11\''
\set tea '\'00000000-0000-4000-8000-00000000be11\''
\set shirt '\'00000000-0000-4000-8000-00000000be12\''
\set fee '\'00000000-0000-4000-8000-00000000be13\''
\set small '\'00000000-0000-4000-8000-00000000ce11\''
\set large '\'00000000-0000-4000-8000-00000000ce12\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:main, 'RL-1', 'Main');
INSERT INTO catalog.products (id, sku, name, base_price, is_stocked) VALUES (:tea, 'RL-TEA', 'Tea', 10, true), (:shirt, 'RL-SHIRT', 'Shirt', 20, true), (:fee, 'RL-FEE', 'Fee', 3, false);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (:small, :shirt, 'RL-S', 'S'), (:large, :shirt, 'RL-L', 'L');
INSERT INTO catalog.product_barcodes (product_id, variant_id, type, barcode) VALUES (:shirt, :large, 'internal', 'rl-large');
SELECT wms_receive_stock(:main, '[{"sku": "RL-TEA", "quantity": 1000}, {"sku": "RL-S", "quantity": 100}, {"sku": "RL-L", "quantity": 100}]');
INSERT INTO sales.coupons (code, type, value) VALUES ('RL-10', 'fixed', 10), ('RL-100', 'percentage', 100), ('RL-CENT', 'fixed', 0.01);
CREATE FUNCTION pg_temp.ordered(lines jsonb, coupon text DEFAULT NULL, paid boolean DEFAULT true, status text DEFAULT 'shipped') RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  placed uuid := wms_place_order(lines, coupon_code => coupon);
  step text;
BEGIN
  FOREACH step IN ARRAY CASE status WHEN 'shipped' THEN '{confirmed,processing,packed,shipped}' WHEN 'confirmed' THEN '{confirmed}' ELSE '{}' END::text[] LOOP
    PERFORM wms_set_order_status(placed, step);
  END LOOP;
  IF paid THEN PERFORM wms_record_payment(placed, total, 'cash') FROM sales.orders WHERE id = placed AND total > 0; END IF;
  RETURN placed;
END $$;
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command INTO message;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  message := regexp_replace(regexp_replace(message, 'ORD-\d{8}-\d+', '<number>'), 'order item [0-9a-f-]{36}', 'order item <id>');
END $$;
-- the refund of lines, or the money of it alone: what it was, line by line
CREATE FUNCTION pg_temp.refund(placed uuid, lines jsonb, amount numeric DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  made uuid := wms_refund_order(placed, amount, lines);
BEGIN
  RETURN (SELECT r.amount || ':' || coalesce(string_agg(' ' || i.line_number || 'x' || x.quantity || '=' || x.amount, '' ORDER BY i.line_number), '') || ' ' || o.status
    FROM sales.refunds r JOIN sales.orders o ON o.id = r.order_id LEFT JOIN sales.refund_items x ON x.refund_id = r.id LEFT JOIN sales.order_items i ON i.id = x.order_item_id WHERE r.id = made GROUP BY r.id, o.id);
END $$;
SAVEPOINT fresh;

-- 33.333333 three times is 100: 33.33, 33.34, 33.33
SELECT pg_temp.ordered('[{"sku": "RL-TEA", "quantity": 3, "unit_price": 33.333333}]') AS id \gset
SELECT total_price FROM sales.order_items WHERE order_id = :'id';
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]');
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]');
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]');
-- half cents: of 0.005 three times, 0.02 in all
SELECT pg_temp.ordered('[{"sku": "RL-TEA", "quantity": 3, "unit_price": 0.005}]') AS id \gset
SELECT total_price FROM sales.order_items WHERE order_id = :'id';
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]'), pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]'), pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]');
-- seven units of a cent in all
SELECT pg_temp.ordered('[{"sku": "RL-TEA", "quantity": 7, "unit_price": 0.0014}]') AS id \gset
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 3}]'), pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]'), pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 3}]');
-- discount and tax belong to it, postage does not; 100 percent off is worth nothing
SET LOCAL wms.tax_rate = '6';
SELECT pg_temp.ordered('[{"sku": "RL-TEA", "quantity": 3}, {"sku": "RL-S", "quantity": 1, "unit_price": 19.99}]', 'RL-10') AS id \gset
SELECT line_number, total_price, discount_amount, tax_amount FROM sales.order_items WHERE order_id = :'id' ORDER BY 1;
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 2}, {"sku": "RL-S", "quantity": 1}]');
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]');
SELECT * FROM wms_order_balance(:'id');
SELECT pg_temp.ordered('[{"sku": "RL-TEA", "quantity": 2}, {"sku": "RL-S", "quantity": 1}]', 'RL-100') AS id \gset
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 2}]');
SELECT pg_temp.refund(:'id', '[{"sku": "RL-S", "quantity": 1}]');
RESET wms.tax_rate;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- an amount is spread by worth; the largest remainder takes the cent; more than the lines are worth is possible, more than the balance is not
SELECT pg_temp.ordered('[{"sku": "RL-TEA", "quantity": 1, "unit_price": 10}, {"sku": "RL-S", "quantity": 1, "unit_price": 10}, {"sku": "RL-L", "quantity": 1, "unit_price": 10}, {"sku": "RL-FEE", "quantity": 1, "unit_price": 70}]') AS id \gset
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}, {"sku": "RL-S", "quantity": 1}, {"sku": "RL-L", "quantity": 1}]', 0.05);
SELECT a.* FROM pg_temp.attempt(format($$SELECT wms_refund_order(%L, 99.96, '[{"sku": "RL-FEE", "quantity": 1}]')$$, :'id')) a;
SELECT pg_temp.refund(:'id', '[{"sku": "RL-FEE", "quantity": 1}]', 80);
SELECT pg_temp.refund(:'id', NULL);
SELECT pg_temp.ordered('[{"sku": "RL-TEA", "quantity": 3}, {"sku": "RL-S", "quantity": 1, "unit_price": 7}]') AS id \gset
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}, {"sku": "RL-S", "quantity": 1}]', 11);
-- without money; what follows is worth the unit too, and what is worth nothing any more takes its amount by units
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]', 0);
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]');
SELECT pg_temp.ordered('[{"sku": "RL-FEE", "quantity": 1, "unit_price": 9}, {"sku": "RL-TEA", "quantity": 2, "unit_price": 0}, {"sku": "RL-S", "quantity": 1, "unit_price": 0}]') AS id \gset
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 2}, {"sku": "RL-S", "quantity": 1}]', 1);
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- lines by item: in the order of the order, after those that are named themselves
SELECT pg_temp.ordered('[{"sku": "RL-TEA", "quantity": 2}, {"sku": "RL-S", "quantity": 2}, {"sku": "RL-TEA", "quantity": 2, "unit_price": 7}, {"sku": "RL-L", "quantity": 2}, {"sku": "RL-FEE", "quantity": 1}]') AS id \gset
SELECT id AS third FROM sales.order_items WHERE order_id = :'id' AND line_number = 3 \gset
SELECT pg_temp.refund(:'id', jsonb_build_array(jsonb_build_object('product_id', :tea, 'quantity', 2), jsonb_build_object('order_item_id', :'third', 'quantity', 1), jsonb_build_object('product_id', :shirt, 'variant_id', :small, 'quantity', 1), '{"barcode": "rl-large", "quantity": 1}'::jsonb));
SELECT a.* FROM unnest(ARRAY['[{"sku": "RL-TEA", "quantity": 2}]', '[{"sku": "RL-TEA", "quantity": 1}, {"sku": "RL-TEA", "quantity": 1}]', format('[{"order_item_id": "%s", "quantity": 2}]', :'third'), '[{"sku": "RL-S", "quantity": 2147483647}]']) l, pg_temp.attempt(format('SELECT wms_refund_order(%L, 0, %L)', :'id', l)) a;
SELECT a.* FROM unnest(ARRAY[format('[{"product_id": "%s", "quantity": 1}]', :shirt), '[{"sku": "RL-SHIRT", "quantity": 1}]', '[{"sku": "RL-NONE", "quantity": 1}]', '[{"barcode": "rl-none", "quantity": 1}]', '[{"order_item_id": "00000000-0000-4000-8000-00000000ffff", "quantity": 1}]',
  '[{"sku": "RL-S", "quantity": 0}]', '[{"sku": "RL-S", "quantity": 1, "unit_price": 1}]', '[{"sku": "RL-S"}]', '{}']) l, pg_temp.attempt(format('SELECT wms_refund_order(%L, 0, %L)', :'id', l)) a;
-- a line of another order is none of this one
SELECT a.state FROM pg_temp.attempt(format('SELECT wms_refund_order(%L, 0, %L)', pg_temp.ordered('[{"sku": "RL-TEA", "quantity": 1}]'), format('[{"order_item_id": "%s", "quantity": 1}]', :'third'))) a;
-- what has become of the item since does not matter: deleted, its sku given to another, another sku, variants
UPDATE catalog.products SET deleted_at = now() WHERE id = :tea;
INSERT INTO catalog.products (id, sku, name) VALUES ('00000000-0000-4000-8000-00000000be14', 'RL-TEA', 'Another tea');
UPDATE catalog.product_variants SET sku = 'RL-SMALL' WHERE id = :small;
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}, {"sku": "RL-SMALL", "quantity": 1}, {"sku": "RL-FEE", "quantity": 1}]');
SELECT a.state FROM pg_temp.attempt(format($$SELECT wms_refund_order(%L, 0, '[{"product_id": "00000000-0000-4000-8000-00000000be14", "quantity": 1}]')$$, :'id')) a;
SELECT string_agg(quantity || '/' || returned_quantity, ' ' ORDER BY line_number) FROM sales.order_items WHERE order_id = :'id';
SELECT pg_temp.refund(:'id', '[{"sku": "RL-L", "quantity": 1}]');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- not paid: goods come back without money, or not at all; everything back and nothing left ends the order, fees aside
SELECT pg_temp.ordered('[{"sku": "RL-TEA", "quantity": 2}, {"sku": "RL-FEE", "quantity": 1}]', NULL, false) AS id \gset
SELECT a.* FROM pg_temp.attempt(format($$SELECT wms_refund_order(%L, NULL, '[{"sku": "RL-TEA", "quantity": 2}]')$$, :'id')) a;
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]', 0);
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 1}]', 0);
-- before shipping, lines may go, but not all; what is refunded is not shipped
SELECT pg_temp.ordered('[{"sku": "RL-TEA", "quantity": 3}, {"sku": "RL-S", "quantity": 1}]', NULL, true, 'confirmed') AS id \gset
SELECT pg_temp.refund(:'id', '[{"sku": "RL-S", "quantity": 1}, {"sku": "RL-TEA", "quantity": 1}]');
SELECT a.* FROM unnest('{2,3}'::int[]) n, pg_temp.attempt(format($$SELECT wms_refund_order(%L, 0, '[{"sku": "RL-TEA", "quantity": %s}]')$$, :'id', n)) a;
SELECT a.state FROM pg_temp.attempt(format($$SELECT wms_refund_order(%L, 20, '[{"sku": "RL-TEA", "quantity": 1}]')$$, :'id')) a;
SELECT p.sku, r.quantity, r.original_quantity, r.status FROM inventory.stock_reservations r JOIN catalog.products p ON p.id = r.product_id WHERE r.reference_id = :'id' ORDER BY 1;
SELECT wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT m.type, m.quantity FROM inventory.stock_movements m WHERE m.reference_id = :'id';
SELECT * FROM wms_verify();
SELECT pg_temp.refund(:'id', '[{"sku": "RL-TEA", "quantity": 2}]');
-- a share of so much over so many is rounded once, to the cent below the half
SELECT pg_temp.ordered('[{"sku": "RL-FEE", "quantity": 2000001, "unit_price": 2500}]', 'rl-cent') AS id \gset
SELECT wms_refund_order(:'id', lines => '[{"sku": "RL-FEE", "quantity": 1000001}]') IS NOT NULL;
SELECT amount = div(500000249999::numeric * 1000001 * 2 + 2000001, 2 * 2000001) / 100, amount FROM sales.refund_items WHERE order_id = :'id';
SELECT * FROM wms_verify();
ROLLBACK;
