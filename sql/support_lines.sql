-- The lines of commands: every way to get one wrong is refused in every command, and nothing has changed.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES ('00000000-0000-4000-8000-00000000a101', 'SL-1', 'Main');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES
  ('00000000-0000-4000-8000-00000000b101', 'SL-TEA', 'Tea', 10), ('00000000-0000-4000-8000-00000000b102', 'SL-SHIRT', 'Shirt', 10),
  ('00000000-0000-4000-8000-00000000b103', 'SL-CAP', 'Cap', 10), ('00000000-0000-4000-8000-00000000b104', 'SL-OLD', 'Old', 10),
  ('00000000-0000-4000-8000-00000000b105', 'SL-KIT', 'Kit', 10), ('00000000-0000-4000-8000-00000000b106', 'SL-NEST', 'Kit of kits', 10),
  ('00000000-0000-4000-8000-00000000b107', 'SL-BIG', 'Truckload', 10);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES
  ('00000000-0000-4000-8000-00000000c101', '00000000-0000-4000-8000-00000000b102', 'SL-SHIRT-S', 'S'),
  ('00000000-0000-4000-8000-00000000c102', '00000000-0000-4000-8000-00000000b102', 'SL-SHIRT-L', 'L'),
  ('00000000-0000-4000-8000-00000000c103', '00000000-0000-4000-8000-00000000b103', 'SL-CAP-RED', 'Red');
INSERT INTO catalog.product_barcodes (product_id, variant_id, barcode) VALUES
  ('00000000-0000-4000-8000-00000000b101', NULL, 'SL-111'), ('00000000-0000-4000-8000-00000000b104', NULL, 'SL-444'),
  ('00000000-0000-4000-8000-00000000b102', '00000000-0000-4000-8000-00000000c102', 'SL-222');
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity) VALUES
  ('00000000-0000-4000-8000-00000000b105', '00000000-0000-4000-8000-00000000b101', 2),
  ('00000000-0000-4000-8000-00000000b106', '00000000-0000-4000-8000-00000000b105', 1),
  ('00000000-0000-4000-8000-00000000b107', '00000000-0000-4000-8000-00000000b101', 1000000000);
SELECT wms_receive_stock('00000000-0000-4000-8000-00000000a101', '[{"sku": "SL-TEA", "quantity": 100}, {"sku": "SL-SHIRT-S", "quantity": 7},
  {"sku": "SL-OLD", "quantity": 5}]');
UPDATE catalog.product_variants SET deleted_at = now() WHERE sku = 'SL-SHIRT-L';
UPDATE catalog.products SET deleted_at = now() WHERE sku = 'SL-OLD';

CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
CREATE FUNCTION pg_temp.world() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws(' ', (SELECT concat_ws(':', count(*), sum(quantity), sum(reserved_quantity)) FROM inventory.stock_items),
  (SELECT concat_ws(':', count(*), sum(quantity)) FROM inventory.stock_movements), (SELECT count(*) FROM inventory.stock_reservations),
  (SELECT count(*) FROM inventory.product_batches), (SELECT count(*) FROM inventory.product_batch_tracks),
  (SELECT count(*) FROM catalog.products WHERE batch_tracked), (SELECT count(*) FROM sales.orders), (SELECT count(*) FROM sales.order_items),
  (SELECT count(*) FROM sales.order_status_history), (SELECT count(*) FROM auth.idempotency_keys)) $$;

CREATE TEMP TABLE bad (n integer GENERATED ALWAYS AS IDENTITY, lines jsonb);
INSERT INTO bad (lines) VALUES
  -- no array, no lines, no objects
  (NULL), ('null'), ('5'), ('"SL-TEA"'), ('{}'), ('{"sku": "SL-TEA", "quantity": 1}'), ('[]'), ('[null]'), ('[1]'), ('[[]]'), ('[{}]'),
  ('[{"sku": "SL-TEA", "quantity": 1}, "x"]'), ('[[{"sku": "SL-TEA", "quantity": 1}]]'),
  -- which item
  ('[{"quantity": 1}]'), ('[{"sku": "SL-TEA", "barcode": "SL-111", "quantity": 1}]'),
  ('[{"sku": "SL-TEA", "product_id": "00000000-0000-4000-8000-00000000b101", "quantity": 1}]'),
  ('[{"sku": "SL-SHIRT-S", "variant_id": "00000000-0000-4000-8000-00000000c101", "quantity": 1}]'),
  ('[{"variant_id": "00000000-0000-4000-8000-00000000c101", "quantity": 1}]'),
  ('[{"sku": "", "quantity": 1}]'), ('[{"sku": 7, "quantity": 1}]'), ('[{"sku": null, "quantity": 1}]'), ('[{"sku": ["SL-TEA"], "quantity": 1}]'),
  ('[{"sku": "sl-tea", "quantity": 1}]'), ('[{"sku": "SL-NONE", "quantity": 1}]'), ('[{"barcode": "SL-999", "quantity": 1}]'),
  ('[{"product_id": "00000000-0000-4000-8000-00000000ffff", "quantity": 1}]'),
  ('[{"product_id": "x", "quantity": 1}]'), ('[{"product_id": "00000000-0000-4000-8000-00000000b10", "quantity": 1}]'),
  ('[{"product_id": "00000000-0000-4000-8000_00000000b101", "quantity": 1}]'), ('[{"product_id": 1, "quantity": 1}]'),
  ('[{"sku": "SL-SHIRT", "quantity": 1}]'), ('[{"product_id": "00000000-0000-4000-8000-00000000b102", "quantity": 1}]'),
  ('[{"product_id": "00000000-0000-4000-8000-00000000b102", "variant_id": "00000000-0000-4000-8000-00000000c103", "quantity": 1}]'),
  ('[{"product_id": "00000000-0000-4000-8000-00000000b101", "variant_id": "00000000-0000-4000-8000-00000000c101", "quantity": 1}]'),
  ('[{"product_id": "00000000-0000-4000-8000-00000000b102", "variant_id": "00000000-0000-4000-8000-00000000ffff", "quantity": 1}]'),
  ('[{"product_id": "00000000-0000-4000-8000-00000000b102", "variant_id": "", "quantity": 1}]'),
  ('[{"product_id": "00000000-0000-4000-8000-00000000b106", "quantity": 1}]'), ('[{"sku": "SL-BIG", "quantity": 3}]'),
  -- how many
  ('[{"sku": "SL-TEA"}]'), ('[{"sku": "SL-TEA", "quantity": null}]'), ('[{"sku": "SL-TEA", "quantity": 0}]'), ('[{"sku": "SL-TEA", "quantity": -1}]'),
  ('[{"sku": "SL-TEA", "quantity": -0.0}]'), ('[{"sku": "SL-TEA", "quantity": 1.5}]'), ('[{"sku": "SL-TEA", "quantity": 0.4}]'),
  ('[{"sku": "SL-TEA", "quantity": 2147483648}]'), ('[{"sku": "SL-TEA", "quantity": 1e30}]'), ('[{"sku": "SL-TEA", "quantity": 1e1000}]'),
  ('[{"sku": "SL-TEA", "quantity": "5"}]'), ('[{"sku": "SL-TEA", "quantity": true}]'), ('[{"sku": "SL-TEA", "quantity": [5]}]'),
  ('[{"sku": "SL-TEA", "quantity": {"value": 5}}]'), ('[{"sku": "SL-TEA", "quantity": 9223372036854775808}]'),
  -- what else
  ('[{"sku": "SL-TEA", "quantity": 1, "qty": 1}]'), ('[{"sku": "SL-TEA", "quantity": 1, "SKU": "SL-TEA"}]'), ('[{"sku": "SL-TEA", "quantity": 1, "": 1}]'),
  -- the line is named, and one bad line spoils all
  ('[{"sku": "SL-TEA", "quantity": 1}, {"sku": "SL-SHIRT-S", "quantity": 1}, {"sku": "SL-NONE", "quantity": 1}]'),
  ('[{"sku": "SL-TEA", "quantity": 1}, {"sku": "SL-TEA", "quantity": 0}]');

-- what is long is shown in part
INSERT INTO bad (lines) SELECT jsonb_build_array(jsonb_build_object(k, repeat('e', 200), 'quantity', 1)) FROM unnest('{sku,barcode,product_id}'::text[]) k;
INSERT INTO bad (lines) VALUES (jsonb_build_array(jsonb_build_object(repeat('k', 200), 1)));

SELECT pg_temp.world() AS before \gset
SELECT b.n, left(b.lines::text, 130), a.* FROM bad b, pg_temp.attempt(format('SELECT wms_receive_stock(''00000000-0000-4000-8000-00000000a101'', %L)', b.lines)) a ORDER BY b.n;
-- the other commands say the same
SELECT command, b.n, b.lines, a.state, r.state, a.message FROM bad b
 CROSS JOIN (VALUES ('SELECT wms_return_stock(''00000000-0000-4000-8000-00000000a101'', %L)'), ('SELECT wms_reserve_stock(%L)'),
                    ('SELECT wms_reserve_stock(%L, ''00000000-0000-4000-8000-00000000a101'')'), ('SELECT wms_place_order(%L)')) c (command)
 CROSS JOIN LATERAL pg_temp.attempt(format(command, b.lines)) a
 CROSS JOIN LATERAL pg_temp.attempt(format('SELECT wms_receive_stock(''00000000-0000-4000-8000-00000000a101'', %L)', b.lines)) r
 WHERE (a.state, a.message) IS DISTINCT FROM (r.state, r.message) ORDER BY command, b.n;

-- deleted items: refused for receiving, holding and selling; taken back all the same
CREATE TEMP TABLE deleted (n integer GENERATED ALWAYS AS IDENTITY, lines jsonb);
INSERT INTO deleted (lines) VALUES ('[{"product_id": "00000000-0000-4000-8000-00000000b104", "quantity": 1}]'), ('[{"barcode": "SL-444", "quantity": 1}]'),
  ('[{"product_id": "00000000-0000-4000-8000-00000000b102", "variant_id": "00000000-0000-4000-8000-00000000c102", "quantity": 1}]'),
  ('[{"barcode": "SL-222", "quantity": 1}]'), ('[{"sku": "SL-OLD", "quantity": 1}]'), ('[{"sku": "SL-SHIRT-L", "quantity": 1}]');
SELECT command, d.n, a.* FROM deleted d
 CROSS JOIN (VALUES (1, 'wms_receive_stock(''00000000-0000-4000-8000-00000000a101'', %L)'), (2, 'wms_reserve_stock(%L)'), (3, 'wms_place_order(%L)')) c (n, command)
 CROSS JOIN LATERAL pg_temp.attempt(format('SELECT ' || command, d.lines)) a ORDER BY c.n, d.n;
SELECT pg_temp.world() = :'before' AS unchanged;
SELECT d.n, a.* FROM deleted d, pg_temp.attempt(format('SELECT wms_return_stock(''00000000-0000-4000-8000-00000000a101'', %L)', d.lines)) a ORDER BY d.n;

-- keys that belong to one command are unknown to the next
SELECT c.n, k.key, a.state, a.message, a.hint
  FROM (VALUES (1, 'wms_receive_stock(''00000000-0000-4000-8000-00000000a101'', %L)'), (2, 'wms_return_stock(''00000000-0000-4000-8000-00000000a101'', %L)'),
               (3, 'wms_reserve_stock(%L)'), (4, 'wms_place_order(%L)')) c (n, command)
 CROSS JOIN (VALUES ('batch_id', '0'), ('batch_number', '0'), ('expiry_date', '0'), ('manufacturing_date', '0'), ('unit_price', '"0"'), ('unit_cost', '"0"'),
                    ('order_item_id', '0'), ('expected_quantity', '0')) k (key, value)
 CROSS JOIN LATERAL pg_temp.attempt(format('SELECT ' || command, jsonb_build_array(jsonb_build_object('sku', 'SL-TEA', 'quantity', 1, k.key, k.value::jsonb)))) a
 ORDER BY c.n, k.key;

-- what is right: whole numbers however written, uuids in upper case, the same item twice, barcodes of variants, spaces kept
SELECT wms_receive_stock('00000000-0000-4000-8000-00000000a101', '[{"sku": "SL-TEA", "quantity": 2.0}, {"sku": "SL-TEA", "quantity": 3e0},
  {"product_id": "00000000-0000-4000-8000-00000000B101", "quantity": 1}, {"barcode": "SL-111", "quantity": 1}, {"sku": "SL-SHIRT-S", "quantity": 1},
  {"product_id": "00000000-0000-4000-8000-00000000b102", "variant_id": "00000000-0000-4000-8000-00000000c101", "quantity": 1}]');
SELECT p.sku, v.sku, s.quantity FROM inventory.stock_items s JOIN catalog.products p ON p.id = s.product_id LEFT JOIN catalog.product_variants v ON v.id = s.variant_id
 WHERE p.sku LIKE 'SL-%' ORDER BY 1, 2;
SELECT * FROM wms_verify();
ROLLBACK;
