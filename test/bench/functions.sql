-- What a competent user would write in PL/pgSQL, on the tables of plain.sql; run.sh makes it for those of seed.sql too.
--
-- Lines are expected in the order of their products, so that nobody needs to sort for the order of locks.

-- A loop over the lines, as most would write it.  Returns the reference, under which the holds are found again.
CREATE FUNCTION plain.reserve_loop(reference uuid, warehouse uuid, products uuid[], quantities integer[])
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  stock record;
BEGIN
  FOR i IN 1 .. array_length(products, 1) LOOP
    SELECT s.id, s.quantity - s.reserved_quantity AS available INTO stock FROM plain.stock_items s
     WHERE s.warehouse_id = warehouse AND s.product_id = products[i] AND s.variant_id IS NULL FOR NO KEY UPDATE;
    IF NOT FOUND OR stock.available < quantities[i] THEN
      RAISE EXCEPTION 'insufficient stock of %', products[i] USING ERRCODE = 'check_violation';
    END IF;
    UPDATE plain.stock_items SET reserved_quantity = reserved_quantity + quantities[i], updated_at = now()
     WHERE id = stock.id;
    INSERT INTO plain.stock_reservations (warehouse_id, product_id, quantity, original_quantity, reference_type, reference_id)
    VALUES (warehouse, products[i], quantities[i], quantities[i], 'bench', reference);
  END LOOP;
  RETURN reference;
END $$;

-- One statement for all lines.
CREATE FUNCTION plain.reserve_set(reference uuid, warehouse uuid, products uuid[], quantities integer[])
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  held integer;
BEGIN
  WITH locked AS (
    SELECT s.id, s.product_id, w.quantity, s.quantity - s.reserved_quantity AS available FROM unnest(products, quantities) AS w(product_id, quantity)
      JOIN plain.stock_items s ON s.warehouse_id = warehouse AND s.product_id = w.product_id AND s.variant_id IS NULL
     ORDER BY s.product_id FOR NO KEY UPDATE OF s),
  changed AS (
    UPDATE plain.stock_items s SET reserved_quantity = s.reserved_quantity + l.quantity, updated_at = now()
      FROM locked l WHERE s.id = l.id AND l.available >= l.quantity
    RETURNING l.product_id, l.quantity),
  written AS (
    INSERT INTO plain.stock_reservations (warehouse_id, product_id, quantity, original_quantity, reference_type, reference_id)
    SELECT warehouse, product_id, quantity, quantity, 'bench', reference FROM changed RETURNING 1)
  SELECT count(*) INTO held FROM written;
  IF held <> array_length(products, 1) THEN
    RAISE EXCEPTION 'insufficient stock' USING ERRCODE = 'check_violation';
  END IF;
  RETURN held;
END $$;

-- The one hold of a reference becomes a sale.
CREATE FUNCTION plain.consume(reference uuid) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  hold plain.stock_reservations;
  movement uuid;
BEGIN
  SELECT * INTO STRICT hold FROM plain.stock_reservations r
   WHERE r.reference_id = reference AND r.reference_type = 'bench' AND r.status = 'active';
  PERFORM FROM plain.stock_items s
    WHERE s.warehouse_id = hold.warehouse_id AND s.product_id = hold.product_id AND s.variant_id IS NULL FOR NO KEY UPDATE;
  UPDATE plain.stock_reservations r SET quantity = 0, status = 'consumed', resolved_at = clock_timestamp()
   WHERE r.id = hold.id AND r.status = 'active';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'hold % is gone', hold.id;
  END IF;
  UPDATE plain.stock_items s
     SET quantity = s.quantity - hold.quantity, reserved_quantity = s.reserved_quantity - hold.quantity, updated_at = now()
   WHERE s.warehouse_id = hold.warehouse_id AND s.product_id = hold.product_id AND s.variant_id IS NULL;
  INSERT INTO plain.stock_movements (warehouse_id, product_id, type, quantity, reference_type, reference_id)
  VALUES (hold.warehouse_id, hold.product_id, 'sale', -hold.quantity, 'bench', reference) RETURNING id INTO movement;
  RETURN movement;
END $$;

CREATE FUNCTION plain.insert_order(reference uuid, warehouse uuid, products uuid[], quantities integer[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  goods numeric;
BEGIN
  SELECT sum(round(p.base_price * w.quantity, 2)) INTO goods
    FROM unnest(products, quantities) AS w(product_id, quantity) JOIN catalog.products p ON p.id = w.product_id;
  INSERT INTO plain.orders (id, order_number, subtotal, total, warehouse_id)
  VALUES (reference, 'ORD-' || to_char(now(), 'YYYYMMDD') || '-' || lpad(nextval('plain.order_number_seq')::text, 6, '0'),
          goods, goods, warehouse);
  INSERT INTO plain.order_status_history (order_id, status) VALUES (reference, 'pending');
END $$;

CREATE FUNCTION plain.place_loop(reference uuid, warehouse uuid, products uuid[], quantities integer[])
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  product record;
BEGIN
  PERFORM plain.reserve_loop(reference, warehouse, products, quantities);
  PERFORM plain.insert_order(reference, warehouse, products, quantities);
  FOR i IN 1 .. array_length(products, 1) LOOP
    SELECT p.sku, p.name, p.base_price, p.cost_price INTO product FROM catalog.products p WHERE p.id = products[i];
    INSERT INTO plain.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, unit_cost, total_price)
    VALUES (reference, i, products[i], product.sku, product.name, quantities[i], product.base_price, product.cost_price,
            round(product.base_price * quantities[i], 2));
  END LOOP;
  RETURN reference;
END $$;

CREATE FUNCTION plain.place_set(reference uuid, warehouse uuid, products uuid[], quantities integer[])
RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
  PERFORM plain.reserve_set(reference, warehouse, products, quantities);
  PERFORM plain.insert_order(reference, warehouse, products, quantities);
  INSERT INTO plain.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, unit_cost, total_price)
  SELECT reference, w.n, p.id, p.sku, p.name, w.quantity, p.base_price, p.cost_price, round(p.base_price * w.quantity, 2)
    FROM unnest(products, quantities) WITH ORDINALITY AS w(product_id, quantity, n) JOIN catalog.products p ON p.id = w.product_id;
  RETURN reference;
END $$;

CREATE FUNCTION plain.set_status(reference uuid, wanted text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM plain.orders o WHERE o.id = reference FOR UPDATE;
  UPDATE plain.orders o
     SET status = wanted,
         confirmed_at = CASE WHEN wanted = 'confirmed' THEN now() ELSE confirmed_at END,
         shipped_at = CASE WHEN wanted = 'shipped' THEN now() ELSE shipped_at END,
         delivered_at = CASE WHEN wanted = 'delivered' THEN now() ELSE delivered_at END,
         updated_at = now()
   WHERE o.id = reference;
  INSERT INTO plain.order_status_history (order_id, status) VALUES (reference, wanted);
END $$;

CREATE FUNCTION plain.ship_loop(reference uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  hold record;
BEGIN
  PERFORM plain.set_status(reference, 'shipped');
  FOR hold IN
    SELECT r.id, r.warehouse_id, r.product_id, r.quantity FROM plain.stock_reservations r
     WHERE r.reference_id = reference AND r.reference_type = 'bench' AND r.status = 'active' ORDER BY r.product_id
  LOOP
    PERFORM FROM plain.stock_items s
      WHERE s.warehouse_id = hold.warehouse_id AND s.product_id = hold.product_id AND s.variant_id IS NULL FOR NO KEY UPDATE;
    UPDATE plain.stock_items s
       SET quantity = s.quantity - hold.quantity, reserved_quantity = s.reserved_quantity - hold.quantity, updated_at = now()
     WHERE s.warehouse_id = hold.warehouse_id AND s.product_id = hold.product_id AND s.variant_id IS NULL;
    UPDATE plain.stock_reservations r SET quantity = 0, status = 'consumed', resolved_at = now() WHERE r.id = hold.id;
    INSERT INTO plain.stock_movements (warehouse_id, product_id, type, quantity, reference_type, reference_id)
    VALUES (hold.warehouse_id, hold.product_id, 'sale', -hold.quantity, 'order', reference);
  END LOOP;
END $$;

CREATE FUNCTION plain.ship_set(reference uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM plain.set_status(reference, 'shipped');
  WITH locked AS (
    SELECT s.id, r.id AS hold_id, s.warehouse_id, s.product_id, r.quantity FROM plain.stock_reservations r
      JOIN plain.stock_items s ON s.warehouse_id = r.warehouse_id AND s.product_id = r.product_id AND s.variant_id IS NULL
     WHERE r.reference_id = reference AND r.reference_type = 'bench' AND r.status = 'active'
     ORDER BY s.product_id FOR NO KEY UPDATE OF s),
  changed AS (
    UPDATE plain.stock_items s
       SET quantity = s.quantity - l.quantity, reserved_quantity = s.reserved_quantity - l.quantity, updated_at = now()
      FROM locked l WHERE s.id = l.id),
  resolved AS (
    UPDATE plain.stock_reservations r SET quantity = 0, status = 'consumed', resolved_at = now()
      FROM locked l WHERE r.id = l.hold_id)
  INSERT INTO plain.stock_movements (warehouse_id, product_id, type, quantity, reference_type, reference_id)
  SELECT l.warehouse_id, l.product_id, 'sale', -l.quantity, 'order', reference FROM locked l;
END $$;
