-- Triggers, rules and defaults of the user inside the statements of wms: what they suppress or change is an
-- error, what they write themselves is guarded like anybody's.
\set VERBOSITY terse
BEGIN;
\set ON_ERROR_ROLLBACK on
INSERT INTO inventory.warehouses (code, name) VALUES ('OWN', 'Own') RETURNING id AS w \gset
INSERT INTO catalog.products (sku, name, base_price) VALUES ('OWN-1', 'Own', 10) RETURNING id AS p \gset
INSERT INTO catalog.products (sku, name, base_price) VALUES ('OWN-2', 'Own, in batches', 10) RETURNING id AS b \gset
SELECT wms_receive_stock(:'w', '[{"sku":"OWN-1","quantity":10},{"sku":"OWN-2","quantity":10,"batch_number":"B"}]');
CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION add_seven() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.quantity := NEW.quantity + 7; RETURN NEW; END';
CREATE FUNCTION revert() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
CREATE FUNCTION set_packed() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.status := 'packed'; RETURN NEW; END$$;
CREATE FUNCTION with_trigger(firing text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'CREATE TRIGGER zz BEFORE ' || firing || '()';
  EXECUTE statement;
  RETURN 'done';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
\set receive 'SELECT wms_receive_stock(''':w''', ''[{"sku":"OWN-1","quantity":5}]'')'
\set receive_batch 'SELECT wms_receive_stock(''':w''', ''[{"sku":"OWN-2","quantity":5,"batch_number":"B"}]'')'
\set reserve 'SELECT wms_reserve_stock(''[{"sku":"OWN-1","quantity":1}]'', ''':w''')'
\set place 'SELECT wms_place_order(''[{"sku":"OWN-1","quantity":1}]'')'

SELECT with_trigger('INSERT ON inventory.stock_movements FOR EACH ROW EXECUTE FUNCTION suppress', :'receive');
SELECT with_trigger('INSERT ON inventory.stock_movements FOR EACH ROW EXECUTE FUNCTION add_seven', :'receive');
SELECT with_trigger('UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION suppress', :'receive');
SELECT with_trigger('UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION add_seven', :'receive');
SELECT with_trigger('UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION revert', :'receive');
SELECT with_trigger('UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION revert', :'reserve');
SELECT with_trigger('UPDATE ON inventory.stock_item_batches FOR EACH ROW EXECUTE FUNCTION suppress', :'receive_batch');
SELECT with_trigger('UPDATE ON inventory.product_batches FOR EACH ROW EXECUTE FUNCTION suppress', :'receive_batch');
SELECT with_trigger('INSERT ON inventory.product_batch_tracks FOR EACH ROW EXECUTE FUNCTION suppress', :'receive_batch');
SELECT with_trigger('INSERT ON inventory.stock_reservations FOR EACH ROW EXECUTE FUNCTION suppress', :'reserve');
SELECT with_trigger('INSERT ON inventory.stock_reservations FOR EACH ROW EXECUTE FUNCTION add_seven', :'reserve');
SELECT with_trigger('INSERT ON sales.orders FOR EACH ROW EXECUTE FUNCTION set_packed', :'place');
SELECT with_trigger('INSERT ON sales.order_items FOR EACH ROW EXECUTE FUNCTION suppress', :'place');
SELECT with_trigger('INSERT ON sales.order_status_history FOR EACH ROW EXECUTE FUNCTION suppress', :'place');
INSERT INTO sales.coupons (code, type, value) VALUES ('OWN', 'fixed', 1);
SELECT with_trigger('INSERT ON sales.coupon_redemptions FOR EACH ROW EXECUTE FUNCTION suppress',
                    'SELECT wms_place_order(''[{"sku":"OWN-1","quantity":1}]'', guest_email => ''own@example.com'', coupon_code => ''OWN'')');
SELECT wms_place_order('[{"sku":"OWN-1","quantity":1}]') AS o \gset
SELECT with_trigger('UPDATE ON sales.orders FOR EACH ROW EXECUTE FUNCTION set_packed',
                    format('SELECT wms_confirm_order(%L)', :'o'));
SELECT with_trigger('UPDATE ON inventory.stock_reservations FOR EACH ROW EXECUTE FUNCTION suppress',
                    format('SELECT wms_cancel_order(%L)', :'o'));

-- what a rule adds, and what a rule puts in the place of the statement
SAVEPOINT before_rule;
CREATE RULE r AS ON INSERT TO inventory.stock_movements DO ALSO
  UPDATE inventory.stock_items SET reserved_quantity = quantity WHERE product_id = NEW.product_id;
:receive;
\echo :SQLSTATE
ROLLBACK TO before_rule;
CREATE RULE r AS ON INSERT TO inventory.product_batch_tracks DO INSTEAD
  INSERT INTO inventory.stock_reservations (warehouse_id, product_id, quantity, original_quantity, status)
  VALUES (NEW.warehouse_id, (SELECT id FROM catalog.products WHERE sku = 'OWN-1'), 1, 1, 'active');
:receive_batch;
\echo :SQLSTATE
ROLLBACK TO before_rule;

-- COPY by a function in a default; it acts as a superuser, whoever owns the tables
CREATE FUNCTION copying() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  EXECUTE format('COPY inventory.stock_reservations (warehouse_id, product_id, quantity, original_quantity, status) '
                 'FROM PROGRAM %L CSV', 'echo ' || current_setting('test.row'));
  RETURN 'x';
END $$;
SELECT set_config('test.row', format('%s,%s,1,1,active', :'w', :'p'), true) IS NOT NULL AS row_set;
ALTER TABLE inventory.stock_movements ADD COLUMN copied text;
ALTER TABLE inventory.stock_movements ALTER copied SET DEFAULT copying();
:receive;
\echo :SQLSTATE
ROLLBACK TO before_rule;

-- harmless ones are let alone, and everything still adds up
CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.bin_location := 'A1'; RETURN NEW; END$$;
CREATE TRIGGER zz BEFORE UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION note_it();
:receive;
SELECT count(*) FROM wms_verify();
ROLLBACK;
