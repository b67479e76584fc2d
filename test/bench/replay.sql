-- The same replay of past trade (test/demo/replay.sql) on the tables of plain.sql, in PL/pgSQL that loops over the lines.
-- Needs demo.invoice and functions.sql.

CREATE TABLE plain.invoice (LIKE demo.invoice INCLUDING ALL);
INSERT INTO plain.invoice SELECT * FROM demo.invoice;

CREATE TABLE plain.customer_totals (
  user_id uuid           PRIMARY KEY REFERENCES auth.users,
  orders  integer        NOT NULL,
  spent   numeric(14, 2) NOT NULL
);

CREATE FUNCTION plain.main() RETURNS uuid LANGUAGE sql STABLE AS
$$SELECT id FROM inventory.warehouses WHERE code = 'MAIN' AND deleted_at IS NULL$$;

CREATE FUNCTION plain.bring_in(product uuid, units integer, kind text, reference uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO plain.stock_items AS s (warehouse_id, product_id, quantity) VALUES (plain.main(), product, units)
  ON CONFLICT (warehouse_id, product_id, variant_id) DO UPDATE SET quantity = s.quantity + excluded.quantity, updated_at = now();
  INSERT INTO plain.stock_movements (warehouse_id, product_id, type, quantity, reference_type, reference_id)
  VALUES (plain.main(), product, kind, units, 'replay', reference);
END $$;

-- What wms was delivered for the week.
CREATE PROCEDURE plain.deliver(this_week date) LANGUAGE plpgsql AS $$
DECLARE
  d record;
BEGIN
  FOR d IN
    SELECT p.id AS product, x.units, x.id FROM demo.delivery x JOIN catalog.products p ON p.sku = x.stock_code
     WHERE x.week = this_week ORDER BY p.id
  LOOP
    PERFORM plain.bring_in(d.product, d.units::integer, 'receive', d.id);
  END LOOP;
END $$;

CREATE FUNCTION plain.place_invoice(i plain.invoice) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  line record;
BEGIN
  INSERT INTO plain.orders (id, order_number, user_id, warehouse_id, shipping_address)
  VALUES (i.id, 'ORD-' || to_char(now(), 'YYYYMMDD') || '-' || lpad(nextval('plain.order_number_seq')::text, 6, '0'), i.user_id,
          plain.main(), jsonb_build_object('country', i.country));
  INSERT INTO plain.order_status_history (order_id, status) VALUES (i.id, 'pending');
  FOR line IN
    SELECT p.id, p.sku, p.name, p.cost_price, p.is_stocked, (l.line ->> 'quantity')::integer AS units,
           (l.line ->> 'unit_price')::numeric AS price, l.n
      FROM jsonb_array_elements(i.sales) WITH ORDINALITY l (line, n)
      JOIN catalog.products p ON p.sku = l.line ->> 'sku' AND p.deleted_at IS NULL ORDER BY p.id, l.n
  LOOP
    IF line.is_stocked THEN
      PERFORM plain.reserve_loop(i.id, plain.main(), ARRAY[line.id], ARRAY[line.units]);
    END IF;
    INSERT INTO plain.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, unit_cost, total_price)
    VALUES (i.id, line.n, line.id, line.sku, line.name, line.units, line.price, line.cost_price, round(line.price * line.units, 2));
  END LOOP;
  UPDATE plain.orders o SET subtotal = x.goods, total = x.goods, updated_at = now()
    FROM (SELECT sum(total_price) AS goods FROM plain.order_items WHERE order_id = i.id) x WHERE o.id = i.id;
END $$;

CREATE FUNCTION plain.confirm(i plain.invoice) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM plain.set_status(i.id, 'confirmed');
  INSERT INTO plain.customer_totals AS t SELECT o.user_id, 1, o.total FROM plain.orders o WHERE o.id = i.id AND o.user_id IS NOT NULL
  ON CONFLICT (user_id) DO UPDATE SET orders = t.orders + 1, spent = t.spent + excluded.spent;
END $$;

CREATE FUNCTION plain.take_back(i plain.invoice) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  line record;
BEGIN
  FOR line IN
    SELECT p.id, (l.line ->> 'quantity')::integer AS units FROM jsonb_array_elements(i.returns) l (line)
      JOIN catalog.products p ON p.sku = l.line ->> 'sku' AND p.deleted_at IS NULL ORDER BY p.id
  LOOP
    PERFORM plain.bring_in(line.id, line.units, 'return', i.id);
  END LOOP;
END $$;

-- One step of one invoice, with the books that test/demo/replay.sql keeps too. True: done; NULL: to be repeated.
CREATE FUNCTION plain.step(i plain.invoice, what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  CASE what
    WHEN 'place' THEN PERFORM plain.place_invoice(i);
    WHEN 'confirm' THEN PERFORM plain.confirm(i);
    WHEN 'process' THEN PERFORM plain.set_status(i.id, 'processing');
    WHEN 'pack' THEN PERFORM plain.set_status(i.id, 'packed');
    WHEN 'ship' THEN PERFORM plain.ship_loop(i.id);
    WHEN 'deliver' THEN PERFORM plain.set_status(i.id, 'delivered');
    WHEN 'return' THEN PERFORM plain.take_back(i);
  END CASE;
  UPDATE plain.invoice x SET status = what WHERE x.invoice_no = i.invoice_no;
  RETURN true;
EXCEPTION WHEN serialization_failure OR deadlock_detected THEN
  RETURN NULL;
END $$;

CREATE PROCEDURE plain.replay(this_week date, this_session integer) LANGUAGE plpgsql AS $$
DECLARE
  numbers text[] := ARRAY(SELECT i.invoice_no FROM plain.invoice i
                           WHERE i.week = this_week AND i.session = this_session AND i.replayed_at IS NULL
                           ORDER BY i.invoice_date, i.invoice_no);
  this_number text;
  invoice plain.invoice;
  what text;
  done boolean;
BEGIN
  FOREACH this_number IN ARRAY numbers LOOP
    SELECT * INTO invoice FROM plain.invoice i WHERE i.invoice_no = this_number;
    FOREACH what IN ARRAY ARRAY['place', 'confirm', 'process', 'pack', 'ship', 'deliver', 'return'] LOOP
      CONTINUE WHEN CASE what WHEN 'return' THEN invoice.returns ELSE invoice.sales END IS NULL;
      LOOP
        done := plain.step(invoice, what);
        COMMIT;
        EXIT WHEN done IS NOT NULL;
      END LOOP;
    END LOOP;
    UPDATE plain.invoice i SET replayed_at = clock_timestamp() WHERE i.invoice_no = this_number;
    COMMIT;
  END LOOP;
END $$;
