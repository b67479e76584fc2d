-- wms_batch_trace() and wms_has_active_batches(): who got it, what became of it, and whether there is a good one.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set w1 '\'00000000-0000-4000-8000-00000000a721\''
\set milk '\'00000000-0000-4000-8000-00000000b721\''
\set plain '\'00000000-0000-4000-8000-00000000b722\''
\set keeper '\'00000000-0000-4000-8000-000000000721\''
BEGIN;
SET LOCAL wms.timezone = 'Asia/Kuala_Lumpur';
SELECT (clock_timestamp() AT TIME ZONE 'Asia/Kuala_Lumpur')::date AS today \gset
INSERT INTO auth.users (id, email, password_hash) VALUES (:keeper, 'trace@example.com', 'x');
INSERT INTO inventory.warehouses (id, code, name, priority) VALUES (:w1, 'TC-1', 'Main', -1);
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:milk, 'TC-MILK', 'Milk', 2), (:plain, 'TC-PLAIN', 'Plain', 2);
SELECT wms_receive_stock(:w1, '[{"sku": "TC-MILK", "quantity": 10, "batch_number": "T1"}, {"sku": "TC-MILK", "quantity": 10, "batch_number": "T2"}]', notes => 'delivery');
SELECT id AS batch FROM inventory.product_batches WHERE batch_number = 'T1' \gset
SELECT id AS other FROM inventory.product_batches WHERE batch_number = 'T2' \gset
UPDATE inventory.product_batches SET expiry_date = :'today'::date + 9 WHERE id = :'batch';
SELECT wms_place_order('[{"sku": "TC-MILK", "quantity": 3}]', guest_email => 'one@example.com') AS one \gset
SELECT wms_place_order('[{"sku": "TC-MILK", "quantity": 4}]', guest_email => 'two@example.com') AS two \gset
SELECT wms_confirm_order(:'one'), wms_process_order(:'one'), wms_pack_order(:'one'), wms_ship_order(:'one');
SET LOCAL wms.actor_id = :keeper;
SELECT wms_set_batch_status(:'batch', 'recalled', 'glass');

-- in order of time; what a recall must know: which orders it went to, and which ones only held it
SELECT t.action, t.quantity, t.warehouse_id = :w1, CASE t.order_id WHEN :'one' THEN 'one' WHEN :'two' THEN 'two' END, t.order_number = o.order_number, t.user_id = :keeper, t.description
  FROM wms_batch_trace(:'batch') WITH ORDINALITY t LEFT JOIN sales.orders o ON o.id = t.order_id ORDER BY t.ordinality;
SELECT bool_and(happened_at <= next) FROM (SELECT happened_at, lead(happened_at) OVER (ORDER BY ordinality) AS next FROM wms_batch_trace(:'batch') WITH ORDINALITY) t;
SELECT CASE order_id WHEN :'one' THEN 'one' WHEN :'two' THEN 'two' END, -sum(quantity) FROM wms_batch_trace(:'batch') WHERE action = 'sold' GROUP BY 1;
SELECT action, quantity, CASE order_id WHEN :'one' THEN 'one' WHEN :'two' THEN 'two' END FROM wms_batch_trace(:'other');
SELECT * FROM wms_batch_trace('00000000-0000-4000-8000-00000000ffff');
\echo :SQLSTATE
SELECT * FROM wms_batch_trace(NULL);
\echo :SQLSTATE

-- active, live, and on the day before, the day, the day after
SELECT wms_has_active_batches(:milk), wms_has_active_batches(:plain);
UPDATE inventory.product_batches SET expiry_date = :'today'::date + 1 WHERE id = :'other';
SELECT wms_has_active_batches(:milk);
UPDATE inventory.product_batches SET expiry_date = :'today'::date WHERE id = :'other';
SELECT wms_has_active_batches(:milk);
UPDATE inventory.product_batches SET expiry_date = :'today'::date - 1 WHERE id = :'other';
SELECT wms_has_active_batches(:milk);
UPDATE inventory.product_batches SET expiry_date = NULL, deleted_at = now() WHERE id = :'other';
SELECT wms_has_active_batches(:milk);
SELECT wms_has_active_batches('00000000-0000-4000-8000-00000000ffff');
\echo :SQLSTATE
SELECT wms_has_active_batches(NULL);
\echo :SQLSTATE
-- they read as the caller
\set VERBOSITY sqlstate
CREATE ROLE regress_wms_tracer;
SET LOCAL ROLE regress_wms_tracer;
SELECT * FROM wms_batch_trace(:'batch');
\echo :SQLSTATE
SELECT wms_has_active_batches(:milk);
\echo :SQLSTATE
SELECT wms_set_batch_status(:'batch', 'active');
\echo :SQLSTATE
SELECT wms_expire_batches();
\echo :SQLSTATE
ROLLBACK;
