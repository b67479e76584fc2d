-- Idempotency keys: the same request once, another one refused, and nothing kept of what failed.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set main '\'00000000-0000-4000-8000-00000000ad01\''
\set tea '\'00000000-0000-4000-8000-00000000bd01\''
\set ann '\'00000000-0000-4000-8000-00000000dd01\''
\set bob '\'00000000-0000-4000-8000-00000000dd02\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:main, 'ID-1', 'Main');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:tea, 'ID-TEA', 'Tea', 10);
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 20}]');
CREATE VIEW pg_temp.world AS SELECT s.quantity, s.reserved_quantity, (SELECT count(*) FROM inventory.stock_movements m WHERE m.warehouse_id = s.warehouse_id) AS movements,
  (SELECT count(*) FROM inventory.stock_reservations r WHERE r.warehouse_id = s.warehouse_id) AS holds, (SELECT count(*) FROM sales.orders o WHERE o.warehouse_id = s.warehouse_id) AS orders,
  (SELECT count(*) FROM auth.idempotency_keys k WHERE k.key LIKE 'id-%') AS keys FROM inventory.stock_items s WHERE s.product_id = '00000000-0000-4000-8000-00000000bd01';
CREATE FUNCTION pg_temp.state(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  RETURN '00000';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
SAVEPOINT fresh;

-- a twin gets the first result and changes nothing, from every command that makes something
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 5}]', idempotency_key => 'id-1');
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 5}]', idempotency_key => 'id-1');
SELECT wms_return_stock(:main, '[{"sku": "ID-TEA", "quantity": 4}]', idempotency_key => 'id-1');
SELECT wms_return_stock(:main, '[{"sku": "ID-TEA", "quantity": 4}]', idempotency_key => 'id-1');
CREATE TEMP TABLE first AS SELECT * FROM wms_reserve_stock('[{"sku": "ID-TEA", "quantity": 2}, {"sku": "ID-TEA", "quantity": 1}]', idempotency_key => 'id-1');
CREATE TEMP TABLE again AS SELECT * FROM wms_reserve_stock('[{"sku": "ID-TEA", "quantity": 2}, {"sku": "ID-TEA", "quantity": 1}]', idempotency_key => 'id-1');
SELECT (SELECT string_agg(f::text, ' ' ORDER BY f) FROM first f) = (SELECT string_agg(a::text, ' ' ORDER BY a) FROM again a), (SELECT array_agg(quantity ORDER BY quantity) FROM again);
SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 1}]', idempotency_key => 'id-1') AS first, wms_place_order('[{"sku": "ID-TEA", "quantity": 1}]', idempotency_key => 'id-1') AS again \gset
SELECT :'first' = :'again';
SELECT * FROM pg_temp.world;
-- the first result, whatever has become of it since
SELECT wms_cancel_order(:'first');
SELECT wms_release_reservation(reservation_id) FROM first ORDER BY quantity LIMIT 1;
SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 1}]', idempotency_key => 'id-1') = :'first';
SELECT sum(quantity) FROM wms_reserve_stock('[{"sku": "ID-TEA", "quantity": 2}, {"sku": "ID-TEA", "quantity": 1}]', idempotency_key => 'id-1');
UPDATE catalog.products SET deleted_at = now() WHERE id = :tea;
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 5}]', idempotency_key => 'id-1');
SELECT * FROM pg_temp.world;
-- what is kept: the command, a SHA-256, the result
SELECT command, key, actor_id, length(request_hash), jsonb_typeof(result) FROM auth.idempotency_keys WHERE key LIKE 'id-%' ORDER BY 1;
SELECT * FROM wms_verify();
ROLLBACK TO fresh;

-- another request under the same key
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 5}]', notes => 'n', idempotency_key => 'id-2');
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 6}]', notes => 'n', idempotency_key => 'id-2');
\echo :SQLSTATE
SELECT n, pg_temp.state(format('SELECT wms_receive_stock(%s, idempotency_key => ''id-2'')', format(arguments, :main)))
  FROM (VALUES (1, '%L, ''[{"sku": "ID-TEA", "quantity": 5}]'''), (2, '%L, ''[{"sku": "ID-TEA", "quantity": 5}]'', notes => '''''), (3, '%L, ''[{"sku": "ID-TEA", "quantity": 5}]'', notes => ''N'''),
    (4, '%L, ''[{"sku": "ID-TEA", "quantity": 5}]'', ''n'''), (5, '%L, ''[{"sku": "ID-TEA", "quantity": 5}, {"sku": "ID-TEA", "quantity": 5}]'', notes => ''n'''),
    (6, '%L, ''[{"sku": "ID-TEA", "quantity": 5, "unit_cost": 0}]'', notes => ''n'''), (7, '%L, ''[{"product_id": "00000000-0000-4000-8000-00000000bd01", "quantity": 5}]'', notes => ''n'''),
    (8, '%L, ''[{"quantity": 5, "sku": "ID-TEA"}]'', notes => ''n''')) v (n, arguments) ORDER BY n;
SELECT * FROM pg_temp.world;

-- the same request written differently: numbers by value, in arguments and in lines, intervals and keys in any order and style
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 10.0, "unit_cost": 1.50}]', idempotency_key => 'id-3'), wms_receive_stock(:main, '[{"unit_cost": 1.5, "quantity": 1e1, "sku": "ID-TEA"}]', idempotency_key => 'id-3');
SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 1}]', expected_total => 10.0, shipping_address => '{"floor": 1.0, "bell": null, "lift": true}', idempotency_key => 'id-3')
     = wms_place_order('[{"quantity": 1.00, "sku": "ID-TEA"}]', expected_total => 10, shipping_address => '{"lift": true, "bell": null, "floor": 1}', idempotency_key => 'id-3');
SELECT pg_temp.state($$SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 1}]', expected_total => 10, shipping_address => '{"floor": "1", "bell": null, "lift": true}', idempotency_key => 'id-3')$$),
       pg_temp.state($$SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 1}]', expected_total => 10, shipping_address => '{"floor": 1, "bell": "", "lift": true}', idempotency_key => 'id-3')$$),
       pg_temp.state($$SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 1}]', expected_total => 10, shipping_address => '{"floor": 1, "bell": null, "lift": false}', idempotency_key => 'id-3')$$),
       pg_temp.state($$SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 1}]', expected_total => 10, shipping_address => '{"floor": 1, "lift": {"bell": null}}', idempotency_key => 'id-3')$$);
SET LOCAL intervalstyle = 'iso_8601';
SELECT count(*) FROM wms_reserve_stock('[{"sku": "ID-TEA", "quantity": 1}]', expires_in => '90 minutes', idempotency_key => 'id-3');
SET LOCAL intervalstyle = 'sql_standard';
SELECT count(*) FROM wms_reserve_stock('[{"sku": "ID-TEA", "quantity": 1}]', expires_in => '1:30', idempotency_key => 'id-3');
SELECT pg_temp.state($$SELECT wms_reserve_stock('[{"sku": "ID-TEA", "quantity": 1}]', expires_in => '1:31', idempotency_key => 'id-3')$$);
RESET intervalstyle;
SELECT * FROM pg_temp.world;
ROLLBACK TO fresh;

-- unique per actor, nobody counting as one
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 1}]', idempotency_key => 'id-4');
SET LOCAL wms.actor_id = :ann;
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 2}]', idempotency_key => 'id-4'), wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 2}]', idempotency_key => 'id-4');
SET LOCAL wms.actor_id = :bob;
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 4}]', idempotency_key => 'id-4');
SELECT pg_temp.state(format('SELECT wms_receive_stock(%L, ''[{"sku": "ID-TEA", "quantity": 2}]'', idempotency_key => ''id-4'')', :main));
RESET wms.actor_id;
SELECT * FROM pg_temp.world;
-- case and spaces make another key; no key is no key
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 1}]', idempotency_key => 'id-4 '), wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 1}]', idempotency_key => 'ID-4'),
       wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 1}]', idempotency_key => NULL), wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 1}]');
SELECT quantity FROM pg_temp.world;
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 1}]', idempotency_key => '');
\echo :SQLSTATE
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 1}]', idempotency_key => repeat('id', 500));
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 1}]', idempotency_key => repeat('id', 500) || '-');
\echo :SQLSTATE
ROLLBACK TO fresh;

-- numbers that meet are not one number
SELECT pg_temp.state($$SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 1}]', shipping_address => '{"x": [{"a": 5}, {"b": 1}]}', idempotency_key => 'id-7')$$),
       pg_temp.state($$SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 1}]', shipping_address => '{"x": [{"a": 576, "b": 1}]}', idempotency_key => 'id-7')$$);
ROLLBACK TO fresh;

-- what fails or is rolled back keeps no key: the same again, or another request, is carried out
SELECT pg_temp.state($$SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 21}]', idempotency_key => 'id-5')$$), pg_temp.state($$SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 21}]', idempotency_key => 'id-5')$$);
SELECT pg_temp.state($$SELECT wms_place_order('[{"sku": "ID-TEA", "quantity": 20}]', idempotency_key => 'id-5')$$);
SELECT * FROM pg_temp.world;
SAVEPOINT undone;
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 7}]', idempotency_key => 'id-6');
ROLLBACK TO undone;
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 8}]', idempotency_key => 'id-6');
SELECT * FROM pg_temp.world;
-- and a key that is old enough is free again
SET LOCAL session_replication_role = replica;
UPDATE auth.idempotency_keys SET created_at = created_at - interval '8 days' WHERE key = 'id-6';
SET LOCAL session_replication_role = origin;
SELECT wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 9}]', idempotency_key => 'id-6'), wms_receive_stock(:main, '[{"sku": "ID-TEA", "quantity": 9}]', idempotency_key => 'id-6');
SELECT * FROM pg_temp.world;
SELECT * FROM wms_verify();
ROLLBACK;
