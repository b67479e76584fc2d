-- Refunds of money: balance, overpayment, when an order becomes refunded, what is refused.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set main '\'00000000-0000-4000-8000-00000000af01\''
\set goods '\'00000000-0000-4000-8000-00000000bf01\''
\set ann '\'00000000-0000-4000-8000-00000000df01\''
\set nobody '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:main, 'RF-1', 'Main');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:goods, 'RF-1', 'Goods', 10);
SELECT wms_receive_stock(:main, '[{"sku": "RF-1", "quantity": 1000}]');
INSERT INTO auth.users (id, email) VALUES (:ann, 'ann@rf.example');
INSERT INTO sales.shipping_methods (code, name, base_cost) VALUES ('rf-post', 'Post', 6);
INSERT INTO sales.coupons (code, type, value) VALUES ('RF-FREE', 'percentage', 100);
-- an order of 3 for 30 and 6 of postage, on its way to a status, with what was paid
CREATE FUNCTION pg_temp.order_in(wanted text, paid numeric DEFAULT 36, coupon text DEFAULT NULL, post text DEFAULT 'rf-post') RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  placed uuid := wms_place_order('[{"sku": "RF-1", "quantity": 3}]', '00000000-0000-4000-8000-00000000df01', shipping_method => post, coupon_code => coupon);
  way text[] := '{confirmed,processing,packed,shipped,delivered}';
  step text;
BEGIN
  FOREACH step IN ARRAY CASE wanted WHEN 'pending' THEN '{}' WHEN 'cancelled' THEN '{confirmed,cancelled}'
    ELSE trim_array(way, cardinality(way) - array_position(way, wanted)) END LOOP
    PERFORM wms_set_order_status(placed, step);
  END LOOP;
  IF paid > 0 THEN PERFORM wms_record_payment(placed, paid, 'cash'); END IF;
  RETURN placed;
END $$;
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command INTO message;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  message := regexp_replace(message, 'ORD-\d{8}-\d+', '<number>');
END $$;
CREATE FUNCTION pg_temp.state(placed uuid, OUT status text, OUT due numeric, OUT refunds text, OUT history text, OUT returned bigint, OUT profile text) LANGUAGE sql AS $$
SELECT o.status, b.due, (SELECT string_agg(r.amount || '/' || r.overpaid_amount, ' ' ORDER BY r.created_at) FROM sales.refunds r WHERE r.order_id = o.id),
  (SELECT string_agg(h.status || coalesce(':' || h.notes, ''), ' ' ORDER BY h.id) FROM sales.order_status_history h WHERE h.order_id = o.id),
  (SELECT sum(i.returned_quantity) FROM sales.order_items i WHERE i.order_id = o.id), (SELECT p.total_orders || ':' || p.total_spent FROM crm.customer_profiles p WHERE p.user_id = o.user_id)
  FROM sales.orders o, wms_order_balance(o.id) b WHERE o.id = placed $$;
SAVEPOINT fresh;

-- all of it
SELECT pg_temp.order_in('delivered') AS id \gset
SET LOCAL wms.actor_id = :ann;
SELECT wms_refund_order(order_id => :'id', reason => 'broken', transaction_id => 'R-1', idempotency_key => 'rf-1') AS refund \gset
RESET wms.actor_id;
SELECT * FROM pg_temp.state(:'id');
SELECT refund_number ~ '^RFD-\d{8}-\d{6,}$', amount, overpaid_amount, reason, warehouse_id, transaction_id, created_by = :ann FROM sales.refunds WHERE id = :'refund';
SELECT quantity FROM inventory.stock_items WHERE warehouse_id = :main;
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_refund_order(%L)', :'id')) a;
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_refund_order(%L, 0.01)', :'id')) a;
SELECT a.* FROM pg_temp.attempt(format($$SELECT wms_set_order_status(%L, 'delivered')$$, :'id')) a;
-- the key again; another request under it
SET LOCAL wms.actor_id = :ann;
SELECT wms_refund_order(:'id', reason => 'broken', transaction_id => 'R-1', idempotency_key => 'rf-1') = :'refund';
SELECT a.state FROM pg_temp.attempt(format($$SELECT wms_refund_order(%L, reason => 'late', idempotency_key => 'rf-1')$$, :'id')) a;
RESET wms.actor_id;
-- the goods may come back later, without money
SELECT wms_refund_order(:'id', 0, '[{"sku": "RF-1", "quantity": 3}]', true) IS NOT NULL;
SELECT * FROM pg_temp.state(:'id');
SELECT quantity FROM inventory.stock_items WHERE warehouse_id = :main;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- in three parts to the cent, and not a cent more: 179.25
SELECT wms_place_order('[{"sku": "RF-1", "quantity": 1, "unit_price": 179.25}]', :ann) AS id \gset
SELECT wms_record_payment(:'id', 179.25, 'cash') IS NOT NULL, wms_confirm_order(:'id'), wms_process_order(:'id'), wms_pack_order(:'id'), wms_ship_order(:'id');
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_refund_order(%L, 179.26)', :'id')) a;
SELECT wms_refund_order(:'id', 59.75) IS NOT NULL, wms_refund_order(:'id', 59.745) IS NOT NULL;
SELECT * FROM pg_temp.state(:'id');
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_refund_order(%L, 59.76)', :'id')) a;
SELECT wms_refund_order(:'id') IS NOT NULL;
SELECT * FROM pg_temp.state(:'id');
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- an overpayment goes back first and touches no totals
SELECT pg_temp.order_in('shipped', 50) AS id \gset
SELECT wms_refund_order(:'id', 10) IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT wms_refund_order(:'id', 10) IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT wms_refund_order(:'id', 30) IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT * FROM wms_verify();
-- what is paid after that is an overpayment as well
SELECT wms_record_payment(:'id', 5, 'cash') IS NOT NULL, wms_refund_order(:'id') IS NOT NULL, (pg_temp.state(:'id')).*;
-- with lines it stays; what is more than the order costs is one
SELECT pg_temp.order_in('shipped', 50) AS id \gset
SELECT wms_refund_order(:'id', NULL, '[{"sku": "RF-1", "quantity": 3}]') IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT wms_refund_order(:'id', 14) IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT wms_refund_order(:'id') IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT pg_temp.order_in('shipped', 50) AS id \gset
SELECT wms_refund_order(:'id', 50, '[{"sku": "RF-1", "quantity": 1}]') IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- paid in part: all of the balance is not all of the order; goods that all came back are
SELECT pg_temp.order_in('shipped', 10) AS id \gset
SELECT wms_refund_order(:'id') IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT wms_refund_order(:'id', 0, '[{"sku": "RF-1", "quantity": 3}]', reason => 'refused at the door') IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT pg_temp.order_in('shipped', 0) AS id \gset
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_refund_order(%L)', :'id')) a;
SELECT wms_refund_order(:'id', restock => true) IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT quantity FROM inventory.stock_items WHERE warehouse_id = :main;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- a free order: not refunded before it is refunded
SELECT pg_temp.order_in('delivered', 0, 'RF-FREE', NULL) AS id \gset
SELECT wms_refund_order(:'id', NULL, '[{"sku": "RF-1", "quantity": 1}]') IS NOT NULL, (pg_temp.state(:'id')).*;
SAVEPOINT free;
SELECT wms_refund_order(:'id', 0, '[{"sku": "RF-1", "quantity": 2}]') IS NOT NULL, (pg_temp.state(:'id')).*;
ROLLBACK TO free;
SELECT wms_refund_order(:'id') IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT a.state FROM pg_temp.attempt(format('SELECT wms_refund_order(%L)', :'id')) a;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- a cancelled order: refunded when nothing is left
SELECT pg_temp.order_in('cancelled') AS id \gset
SELECT wms_refund_order(:'id', 20) IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT wms_refund_order(:'id', restock => true) IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT pg_temp.order_in('cancelled') AS id \gset
SELECT wms_refund_order(:'id', NULL, '[{"sku": "RF-1", "quantity": 3}]', true) IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT quantity FROM inventory.stock_items WHERE warehouse_id = :main;
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_refund_order(%L)', pg_temp.order_in('cancelled', 0))) a;
SELECT a.state FROM pg_temp.attempt(format($$SELECT wms_refund_order(%L, 0, '[{"sku": "RF-1", "quantity": 1}]')$$, pg_temp.order_in('cancelled', 0))) a;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- before shipping: a part of it, never all
SELECT s, a.* FROM unnest('{pending,confirmed,processing,packed}'::text[]) s, LATERAL (SELECT pg_temp.order_in(s) AS id) o, pg_temp.attempt(format('SELECT wms_refund_order(%L)', o.id)) a;
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_refund_order(%L, 36)', pg_temp.order_in('pending'))) a;
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_refund_order(%L, 36.01)', pg_temp.order_in('pending'))) a;
SELECT pg_temp.order_in('pending', 40) AS id \gset
SELECT wms_refund_order(:'id', 34) IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT a.state FROM pg_temp.attempt(format('SELECT wms_refund_order(%L, 6)', :'id')) a;
SELECT wms_confirm_order(:'id');
SELECT (pg_temp.state(:'id')).*;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- never paid, and all of it came back before: the refund of nothing ends the order
SELECT pg_temp.order_in('delivered', 0) AS id \gset
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_refund_order(%L)', :'id')) a;
SELECT wms_return_stock(:main, (SELECT jsonb_agg(jsonb_build_object('order_item_id', i.id, 'quantity', i.quantity)) FROM sales.order_items i JOIN catalog.products p ON p.id = i.product_id WHERE i.order_id = :'id' AND p.is_stocked));
SELECT wms_refund_order(:'id', reason => 'not accepted') IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT a.state FROM pg_temp.attempt(format('SELECT wms_refund_order(%L)', :'id')) a;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- refused
SELECT pg_temp.order_in('shipped') AS id \gset
SELECT v, a.* FROM unnest(ARRAY['-1', '0', '0.004', '''NaN''', '1e200']) v, pg_temp.attempt(format('SELECT wms_refund_order(%L, %s)', :'id', v)) a;
SELECT v, a.* FROM unnest(ARRAY['restock => NULL', 'amount => 5, restock => true', format('warehouse_id => %L', :main), 'lines => ''[]''', 'transaction_id => ''''', 'transaction_id => repeat(''x'', 1001)', 'idempotency_key => ''''']) v, pg_temp.attempt(format('SELECT wms_refund_order(%L, %s)', :'id', v)) a;
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_refund_order(%L)', :nobody)) a;
SELECT a.state FROM pg_temp.attempt('SELECT wms_refund_order(NULL)') a;
-- an unknown warehouse, also where nothing would be put into it
SELECT s, a.state FROM unnest('{pending,shipped,cancelled}'::text[]) s, LATERAL (SELECT pg_temp.order_in(s) AS id) o, pg_temp.attempt(format('SELECT wms_refund_order(%L, 5, ''[{"sku": "RF-1", "quantity": 1}]'', true, %L)', o.id, :nobody)) a;
SELECT wms_refund_order(:'id', 36, restock => true) IS NOT NULL, (pg_temp.state(:'id')).*;
SELECT * FROM wms_verify();
ROLLBACK;
