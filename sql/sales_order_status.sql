-- The life of an order: every change that it may make, every one that it may not, and each effect once.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set main '\'00000000-0000-4000-8000-00000000ab01\''
\set goods '\'00000000-0000-4000-8000-00000000bb91\''
\set ann '\'00000000-0000-4000-8000-00000000db01\''
\set seller '\'00000000-0000-4000-8000-00000000db02\''
\set boss '\'00000000-0000-4000-8000-00000000db03\''
\set top '\'00000000-0000-4000-8000-00000000db04\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:main, 'OS-1', 'Main');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:goods, 'OS-1', 'Goods', 33.33);
SELECT wms_receive_stock(:main, '[{"sku": "OS-1", "quantity": 1000}]');
INSERT INTO auth.users (id, email) VALUES (:ann, 'ann@os.example'), (:seller, 'seller@os.example'), (:boss, 'boss@os.example'), (:top, 'top@os.example');
INSERT INTO agent.agents (id, user_id, agent_code, parent_agent_id, tier, commission_rate) VALUES (:top, :top, 'OS-T', NULL, 'gold', 50), (:boss, :boss, 'OS-B', :top, 'silver', NULL), (:seller, :seller, 'OS-S', :boss, 'bronze', 7.5);
DELETE FROM agent.override_rates;
INSERT INTO agent.override_rates (tier, level, rate) VALUES ('bronze', 0, 5), ('silver', 0, 6), ('silver', 1, 2), ('gold', 1, 9), ('gold', 2, 0.01);
INSERT INTO agent.targets (agent_id, period_start, period_end) SELECT :seller, d, d + 30 FROM (SELECT (now() AT TIME ZONE current_setting('wms.timezone'))::date - 15) x (d);
INSERT INTO sales.coupons (code, type, value) VALUES ('OS-10', 'percentage', 10);
CREATE FUNCTION pg_temp.order_in(wanted text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  placed uuid := wms_place_order('[{"sku": "OS-1", "quantity": 3}]', '00000000-0000-4000-8000-00000000db01', coupon_code => 'OS-10', agent_id => '00000000-0000-4000-8000-00000000db02');
  way text[] := '{confirmed,processing,packed,shipped,delivered}';
  step text;
BEGIN
  FOREACH step IN ARRAY CASE wanted WHEN 'pending' THEN '{}' WHEN 'cancelled' THEN '{cancelled}'
    ELSE trim_array(way, cardinality(way) - array_position(way, wanted)) END LOOP
    PERFORM wms_set_order_status(placed, step);
  END LOOP;
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
-- everything that a change of status may touch
CREATE FUNCTION pg_temp.effects(placed uuid, OUT status text, OUT history text, OUT stamps text, OUT holds text, OUT stock text, OUT sold bigint, OUT uses integer, OUT commissions text, OUT profile text, OUT target text) LANGUAGE sql AS $$
SELECT o.status, (SELECT string_agg(h.status, ' ' ORDER BY h.id) FROM sales.order_status_history h WHERE h.order_id = o.id),
  concat_ws(' ', CASE WHEN o.confirmed_at IS NOT NULL THEN 'confirmed' END, CASE WHEN o.shipped_at IS NOT NULL THEN 'shipped' END, CASE WHEN o.delivered_at IS NOT NULL THEN 'delivered' END, CASE WHEN o.cancelled_at IS NOT NULL THEN 'cancelled' END),
  (SELECT string_agg(r.status || r.quantity, ' ' ORDER BY r.id) FROM inventory.stock_reservations r WHERE r.reference_id = o.id), (SELECT s.quantity || '-' || s.reserved_quantity FROM inventory.stock_items s WHERE s.warehouse_id = o.warehouse_id),
  (SELECT sum(m.quantity) FROM inventory.stock_movements m WHERE m.reference_id = o.id), (SELECT c.used_count FROM sales.coupons c WHERE c.code = o.coupon_code),
  (SELECT string_agg(concat_ws('/', a.agent_code, c.level, c.commission_rate, c.commission_amount, c.status), ' ' ORDER BY c.level) FROM agent.commissions c JOIN agent.agents a ON a.id = c.agent_id WHERE c.order_id = o.id),
  (SELECT p.total_orders || ':' || p.total_spent FROM crm.customer_profiles p WHERE p.user_id = o.user_id), (SELECT t.achieved_orders || ':' || t.achieved_amount FROM agent.targets t WHERE t.agent_id = o.agent_id)
  FROM sales.orders o WHERE o.id = placed $$;
SAVEPOINT fresh;

-- the whole way, by its verbs, each twice: the second time says the status and does nothing
SELECT wms_place_order('[{"sku": "OS-1", "quantity": 3}]', :ann, coupon_code => 'OS-10', agent_id => :seller) AS id \gset
SELECT * FROM pg_temp.effects(:'id');
SELECT wms_confirm_order(:'id');
SELECT * FROM pg_temp.effects(:'id');
SELECT wms_confirm_order(order_id => :'id'), wms_set_order_status(:'id', 'confirmed', 'again'), wms_process_order(:'id'), wms_process_order(order_id => :'id'), wms_pack_order(:'id'), wms_pack_order(order_id => :'id');
SELECT * FROM pg_temp.effects(:'id');
SELECT wms_ship_order(order_id => :'id', tracking_number => 'T-1', tracking_url => 'https://track.example/T-1'), wms_ship_order(:'id', 'T-2');
SELECT * FROM pg_temp.effects(:'id');
SELECT wms_deliver_order(order_id => :'id'), wms_deliver_order(:'id'), wms_set_order_status(:'id', 'delivered');
SELECT * FROM pg_temp.effects(:'id');
SELECT tracking_number, tracking_url, cancellation_reason FROM sales.orders WHERE id = :'id';
SELECT type, quantity, reference_type FROM inventory.stock_movements WHERE reference_id = :'id';
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- cancelled from each status that allows it: everything as it was before the order
SELECT s, e.* FROM unnest('{pending,confirmed,processing,packed}'::text[]) s, LATERAL (SELECT pg_temp.order_in(s) AS id OFFSET 0) i,
  LATERAL (SELECT i.id, wms_cancel_order(i.id, 'changed my mind') AS c OFFSET 0) c, LATERAL (SELECT CASE WHEN c.c = 'cancelled' THEN c.id END AS id OFFSET 0) x, pg_temp.effects(x.id) e;
SELECT DISTINCT o.cancellation_reason, h.notes FROM sales.orders o JOIN sales.order_status_history h ON h.order_id = o.id AND h.status = 'cancelled' WHERE o.agent_id = :seller;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- every pair of statuses, by the command: what is not in the table is WM003 and changes nothing
CREATE TEMP TABLE tried (n integer GENERATED ALWAYS AS IDENTITY, was text, wanted text, id uuid, state text, message text, detail text, hint text, status text, history text);
INSERT INTO tried (was, wanted, id)
SELECT f, t, pg_temp.order_in(f) FROM unnest('{pending,confirmed,processing,packed,shipped,delivered,cancelled}'::text[]) WITH ORDINALITY u (f, fn)
 CROSS JOIN unnest('{pending,confirmed,processing,packed,shipped,delivered,cancelled,refunded}'::text[]) WITH ORDINALITY v (t, tn) ORDER BY fn, tn;
UPDATE tried t SET (state, message, detail, hint) = (SELECT a.* FROM pg_temp.attempt(format('SELECT wms_set_order_status(%L, %L)', t.id, t.wanted)) a);
UPDATE tried t SET (status, history) = (SELECT e.status, e.history FROM pg_temp.effects(t.id) e);
SELECT was, wanted, state, message, detail, hint, status, history FROM tried ORDER BY n;
-- the same as the table that is shown; what only refunds reach is not for this command
SELECT t.was, t.wanted FROM tried t WHERE (t.state = '00000') <> (t.was = t.wanted OR (t.was, t.wanted) IN (SELECT from_status, to_status FROM wms_order_transitions() WHERE to_status <> 'refunded'));
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- arguments
SELECT c, a.* FROM unnest(ARRAY['wms_set_order_status(NULL, ''confirmed'')', 'wms_set_order_status(%1$L, NULL)', 'wms_set_order_status(%1$L, ''confirmed'')', 'wms_set_order_status(%1$L, '''')',
  'wms_set_order_status(%1$L, ''Confirmed'')', 'wms_set_order_status(%1$L, ''paid'')', 'wms_confirm_order(NULL)', 'wms_process_order(NULL)', 'wms_pack_order(NULL)', 'wms_ship_order(NULL)', 'wms_deliver_order(NULL)',
  'wms_cancel_order(NULL)', 'wms_confirm_order(%1$L)', 'wms_process_order(%1$L)', 'wms_pack_order(%1$L)', 'wms_ship_order(%1$L)', 'wms_deliver_order(%1$L)', 'wms_cancel_order(%1$L)', 'wms_ship_order(''x'')']) c,
  pg_temp.attempt(format('SELECT ' || c, :nothing)) a;

-- who earns: rates by tier and distance, the seller's own first; nobody who is inactive or deleted, nor beyond the levels
SAVEPOINT agents;
SELECT (pg_temp.effects(pg_temp.order_in('confirmed'))).commissions;
UPDATE agent.agents SET is_active = false WHERE id = :seller;
SELECT (pg_temp.effects(pg_temp.order_in('confirmed'))).commissions;
UPDATE agent.agents SET deleted_at = now() WHERE id = :boss;
SELECT (pg_temp.effects(pg_temp.order_in('confirmed'))).commissions;
ROLLBACK TO agents;
UPDATE agent.agents SET commission_rate = NULL WHERE id = :seller;
SET LOCAL wms.commission_max_levels = 1;
SELECT (pg_temp.effects(pg_temp.order_in('confirmed'))).commissions;
SET LOCAL wms.commission_max_levels = 0;
SELECT (pg_temp.effects(pg_temp.order_in('confirmed'))).commissions;
RESET wms.commission_max_levels;
-- of the total, or of the goods after discount
INSERT INTO sales.shipping_methods (code, name, base_cost) VALUES ('os-post', 'Post', 10);
SET LOCAL wms.tax_rate = '10';
SELECT wms_place_order('[{"sku": "OS-1", "quantity": 3}]', agent_id => :seller, coupon_code => 'OS-10', shipping_method => 'os-post') AS gross, wms_place_order('[{"sku": "OS-1", "quantity": 3}]', agent_id => :seller, coupon_code => 'OS-10', shipping_method => 'os-post') AS net \gset
SELECT wms_confirm_order(:'gross');
SET LOCAL wms.commission_base = 'net';
SELECT wms_confirm_order(:'net');
SELECT o.total, c.order_total, c.level, c.commission_amount FROM agent.commissions c JOIN sales.orders o ON o.id = c.order_id WHERE c.order_id IN (:'gross', :'net') AND level < 2 ORDER BY 2 DESC, 3;
SELECT * FROM wms_verify();
ROLLBACK;
