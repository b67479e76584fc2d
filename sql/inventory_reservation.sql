-- wms_release_reservation(), wms_release_reservations() and wms_consume_reservation(): a hold resolves once.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set main '\'00000000-0000-4000-8000-00000000a501\''
\set tea '\'00000000-0000-4000-8000-00000000b501\''
\set shirt '\'00000000-0000-4000-8000-00000000b502\''
\set small '\'00000000-0000-4000-8000-00000000c501\''
\set ref '\'00000000-0000-4000-8000-00000000e501\''
\set other '\'00000000-0000-4000-8000-00000000e502\''
\set nothing '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO inventory.warehouses (id, code, name) VALUES (:main, 'RV-1', 'Main');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (:tea, 'RV-TEA', 'Tea', 1), (:shirt, 'RV-SHIRT', 'Shirt', 1);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES (:small, :shirt, 'RV-S', 'S');
SELECT wms_receive_stock(:main, '[{"sku": "RV-TEA", "quantity": 10}, {"sku": "RV-S", "quantity": 10}]');
CREATE VIEW pg_temp.stock AS SELECT coalesce(v.sku, p.sku), s.quantity, s.reserved_quantity, (SELECT string_agg(m.type || m.quantity, ' ' ORDER BY m.id)
       FROM inventory.stock_movements m WHERE m.product_id = s.product_id) FROM inventory.stock_items s JOIN catalog.products p ON p.id = s.product_id
  LEFT JOIN catalog.product_variants v ON v.id = s.variant_id WHERE s.warehouse_id = '00000000-0000-4000-8000-00000000a501' ORDER BY 1;
CREATE VIEW pg_temp.holds AS SELECT p.sku, r.quantity, r.original_quantity, r.status, r.resolved_at IS NOT NULL FROM inventory.stock_reservations r
  JOIN catalog.products p ON p.id = r.product_id WHERE r.warehouse_id = '00000000-0000-4000-8000-00000000a501' ORDER BY 1, r.id;
-- says which error it was, reservations by name
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  message := regexp_replace(message, '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}', '<hold>');
END $$;
SELECT reservation_id AS hold FROM wms_reserve_stock('[{"sku": "RV-TEA", "quantity": 6}]', :main, 'basket', :ref) \gset
SELECT reservation_id AS hold2 FROM wms_reserve_stock('[{"sku": "RV-S", "quantity": 5}]', :main, 'basket', :ref) \gset
SAVEPOINT held;

-- part by part: what is released is free again, what is consumed is sold, what remains stays held
SELECT wms_release_reservation(:'hold', 1);
SELECT wms_release_reservation(reservation_id => :'hold', quantity => 2);
SELECT wms_consume_reservation(reservation_id => :'hold', quantity => 2) AS movement \gset
SELECT * FROM pg_temp.stock;
SELECT * FROM pg_temp.holds;
SELECT type, quantity, product_id = :tea, variant_id, batch_id, reference_type, reference_id = :ref FROM inventory.stock_movements WHERE id = :'movement';
-- the status is how the last unit went
SELECT wms_consume_reservation(:'hold') IS NOT NULL;
SELECT wms_consume_reservation(:'hold2', 1) IS NOT NULL;
SELECT wms_release_reservation(:'hold2');
SELECT * FROM pg_temp.stock;
SELECT * FROM pg_temp.holds;
-- and that was it
SELECT a.* FROM unnest(ARRAY['wms_consume_reservation(%L)', 'wms_consume_reservation(%L, 1)', 'wms_release_reservation(%L)', 'wms_release_reservation(%L, 1)']) c,
  pg_temp.attempt(format('SELECT ' || c, :'hold')) a;
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_release_reservation(%L)', :'hold2')) a;
SELECT * FROM pg_temp.stock;
SELECT * FROM wms_verify();
ROLLBACK TO held;

-- all of a reference: how many there were; those of another one and those resolved before are none of its business
SELECT count(*) FROM wms_reserve_stock('[{"sku": "RV-S", "quantity": 1}]', :main, 'basket', :other);
SELECT count(*) FROM wms_reserve_stock('[{"sku": "RV-S", "quantity": 1}]', :main, 'loan', :ref);
SELECT wms_consume_reservation(:'hold') IS NOT NULL;
SELECT wms_release_reservations(reference_type => 'basket', reference_id => :ref);
SELECT wms_release_reservations('basket', :ref);
SELECT wms_release_reservations('nothing of the kind', :ref);
SELECT * FROM pg_temp.stock;
SELECT * FROM pg_temp.holds;
ROLLBACK TO held;

-- one's own hold needs no free stock: with everything held it can be sold all the same
SELECT count(*) FROM wms_reserve_stock('[{"sku": "RV-TEA", "quantity": 4}]', :main);
SELECT wms_consume_reservation(:'hold') IS NOT NULL;
SELECT * FROM pg_temp.stock;
ROLLBACK TO held;
-- nor does it matter that the product or the variant is deleted meanwhile
UPDATE catalog.products SET deleted_at = now() WHERE id = :tea;
UPDATE catalog.product_variants SET deleted_at = now() WHERE id = :small;
SELECT wms_consume_reservation(:'hold', 1) IS NOT NULL, wms_release_reservation(:'hold', 5), wms_release_reservation(:'hold2', 1), wms_consume_reservation(:'hold2') IS NOT NULL;
SELECT * FROM pg_temp.holds;
ROLLBACK TO held;

-- a hold that has lapsed is none any more, to release as to consume; it goes when somebody needs the stock
SET LOCAL session_replication_role = replica;
UPDATE inventory.stock_reservations SET expires_at = now() - interval '1 second' WHERE id = :'hold';
SET LOCAL session_replication_role = origin;
SELECT a.* FROM unnest(ARRAY['wms_consume_reservation(%L)', 'wms_release_reservation(%L)']) c, pg_temp.attempt(format('SELECT ' || c, :'hold')) a;
SELECT * FROM pg_temp.stock;
SELECT wms_release_reservations('basket', :ref);
SELECT * FROM pg_temp.stock;
SELECT * FROM pg_temp.holds;
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_consume_reservation(%L)', :'hold')) a;
SELECT * FROM wms_verify();
ROLLBACK TO held;

-- arguments
SELECT c, a.* FROM unnest(ARRAY['wms_release_reservation(NULL)', 'wms_consume_reservation(NULL)', 'wms_release_reservations(NULL, NULL)', 'wms_release_reservations(NULL, %1$L)',
  'wms_release_reservations(''basket'', NULL)', 'wms_release_reservation(%2$L)', 'wms_consume_reservation(%2$L)', 'wms_release_reservation(%3$L, 0)',
  'wms_release_reservation(%3$L, -1)', 'wms_consume_reservation(%3$L, 0)', 'wms_consume_reservation(%3$L, -2147483648)', 'wms_release_reservation(%3$L, 7)',
  'wms_consume_reservation(%3$L, 7)', 'wms_consume_reservation(%3$L, 2147483648)', 'wms_consume_reservation(''x'')']) c,
  pg_temp.attempt(format('SELECT ' || c, :ref, :nothing, :'hold')) a;
SELECT * FROM pg_temp.stock;
SELECT * FROM pg_temp.holds;

-- the holds of an order are moved by the commands of the order
SELECT wms_place_order('[{"sku": "RV-TEA", "quantity": 1}]') AS order \gset
SELECT id AS hold3 FROM inventory.stock_reservations WHERE reference_id = :'order' \gset
SELECT c, a.state, regexp_replace(a.message, '[0-9a-f-]{36}', '<order>'), a.detail, a.hint
  FROM unnest(ARRAY['wms_release_reservation(%1$L)', 'wms_consume_reservation(%1$L)', 'wms_release_reservations(''order'', %2$L)']) c,
       pg_temp.attempt(format('SELECT ' || c, :'hold3', :'order')) a;
SELECT * FROM pg_temp.holds;
SELECT * FROM wms_verify();

-- a trigger of the user that makes the sale another one
CREATE FUNCTION pg_temp.postpone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.created_at := NEW.created_at + interval ''1 second''; RETURN NEW; END';
CREATE TRIGGER postpone BEFORE INSERT ON inventory.stock_movements FOR EACH ROW EXECUTE FUNCTION pg_temp.postpone();
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_consume_reservation(%L, 1)', :'hold')) a;
ROLLBACK;
