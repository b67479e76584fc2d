-- A few hundred random steps, good and bad ones, against a model in plain SQL: every outcome is the one the
-- model expects, stock and holds are those of the model, and I1 to I3 and wms_verify() hold after each step.
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT setseed(0.4711) AS seeded \gset
\set steps 600
SELECT plan(:steps + 5);

INSERT INTO inventory.warehouses (code, name, priority) VALUES ('RI-1', 'One', 2), ('RI-2', 'Two', 1), ('RI-3', 'Three', 3);
INSERT INTO catalog.products (sku, name, base_price, batch_tracked) VALUES ('RI-P', 'Plain', 1, false), ('RI-S', 'Shirt', 1, false), ('RI-M', 'Milk', 1, true), ('RI-K', 'Kit', 1, false);
INSERT INTO catalog.product_variants (product_id, sku, name) SELECT id, v, v FROM catalog.products, unnest('{RI-V1,RI-V2}'::text[]) v WHERE sku = 'RI-S';
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, component_variant_id, quantity)
SELECT k.id, c.id, v.id, CASE WHEN v.id IS NULL THEN 2 ELSE 1 END FROM catalog.products k, catalog.products c LEFT JOIN catalog.product_variants v ON v.product_id = c.id AND v.sku = 'RI-V1'
 WHERE k.sku = 'RI-K' AND c.sku IN ('RI-P', 'RI-S');

-- the model: what lies where, what is held, what the orders are; batches in the order in which they go out
CREATE TEMP TABLE stock (w text, item text, batch text, quantity integer, reserved integer, UNIQUE NULLS NOT DISTINCT (w, item, batch));
CREATE TEMP TABLE holds (id uuid PRIMARY KEY, w text, item text, batch text, quantity integer, status text, order_id uuid);
CREATE TEMP TABLE orders (id uuid PRIMARY KEY, status text);
CREATE TEMP TABLE done (action text, state text);
CREATE TEMP TABLE batches (batch text PRIMARY KEY, rank integer, expiry date);
INSERT INTO batches VALUES ('EXPIRED', NULL, '2020-01-01'), ('A', 1, '2100-01-01'), ('B', 2, '2100-01-02'), ('NEVER', 3, NULL);
CREATE TEMP TABLE demand (item text, quantity bigint);
CREATE TEMP TABLE demanded_kits (kits bigint);
CREATE TEMP VIEW free AS SELECT s.w, s.item, sum(s.quantity - s.reserved) AS units FROM stock s WHERE s.batch IS DISTINCT FROM 'EXPIRED' GROUP BY 1, 2;
CREATE TEMP VIEW serving AS SELECT w.code FROM inventory.warehouses w WHERE w.code LIKE 'RI-%' AND NOT EXISTS (SELECT FROM demand d
  WHERE d.quantity > coalesce((SELECT f.units FROM free f WHERE f.w = w.code AND f.item = d.item), 0)) ORDER BY w.priority LIMIT 1;

-- the same from the tables
CREATE TEMP VIEW real_stock AS
SELECT w.code AS w, coalesce(v.sku, p.sku) AS item, b.batch_number AS batch, coalesce(i.quantity, s.quantity) AS quantity, coalesce(i.reserved_quantity, s.reserved_quantity) AS reserved, s.id
  FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id JOIN catalog.products p ON p.id = s.product_id LEFT JOIN catalog.product_variants v ON v.id = s.variant_id
  LEFT JOIN inventory.stock_item_batches i ON i.warehouse_id = s.warehouse_id AND i.product_id = s.product_id LEFT JOIN inventory.product_batches b ON b.id = i.batch_id;
CREATE TEMP VIEW real_holds AS
SELECT r.id, w.code AS w, coalesce(v.sku, p.sku) AS item, b.batch_number AS batch, r.quantity, r.status, CASE WHEN r.reference_type = 'order' THEN r.reference_id END AS order_id
  FROM inventory.stock_reservations r JOIN inventory.warehouses w ON w.id = r.warehouse_id JOIN catalog.products p ON p.id = r.product_id
  LEFT JOIN catalog.product_variants v ON v.id = r.variant_id LEFT JOIN inventory.product_batches b ON b.id = r.batch_id;

CREATE FUNCTION pg_temp.pick(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;
CREATE FUNCTION pg_temp.try(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  RETURN '00000';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;

-- the kits whose parts are there, those of each kit in one warehouse
CREATE TEMP VIEW free_kits AS SELECT coalesce(sum(least(p.units / 2, v.units)), 0) AS kits FROM free p JOIN free v USING (w) WHERE p.item = 'RI-P' AND v.item = 'RI-V1';

-- one to three lines of what can be sold, and what they ask of the stock
CREATE FUNCTION pg_temp.ask() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE lines jsonb;
BEGIN
  SELECT jsonb_agg(jsonb_build_object('sku', pg_temp.pick('RI-P', 'RI-V1', 'RI-V2', 'RI-M', 'RI-M', 'RI-K'), 'quantity', 1 + floor(random() * random() * 14)::integer)) INTO lines
    FROM generate_series(1, 1 + floor(random() * 3)::integer);
  DELETE FROM demand;
  DELETE FROM demanded_kits;
  INSERT INTO demanded_kits SELECT coalesce(sum((l ->> 'quantity')::integer), 0) FROM jsonb_array_elements(lines) l WHERE l ->> 'sku' = 'RI-K';
  INSERT INTO demand SELECT c.item, sum(c.units * (l ->> 'quantity')::integer) FROM jsonb_array_elements(lines) l
    JOIN (VALUES ('RI-P', 'RI-P', 1), ('RI-V1', 'RI-V1', 1), ('RI-V2', 'RI-V2', 1), ('RI-M', 'RI-M', 1), ('RI-K', 'RI-P', 2), ('RI-K', 'RI-V1', 1)) c (sku, item, units) ON c.sku = l ->> 'sku' GROUP BY 1;
  RETURN lines;
END $$;

-- takes over the holds that were made, which must be what was asked for, from the right places
CREATE FUNCTION pg_temp.take_over(warehouse text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE wrong text;
BEGIN
  CREATE TEMP TABLE new ON COMMIT DROP AS SELECT * FROM real_holds r WHERE r.id NOT IN (SELECT h.id FROM holds h);
  SELECT string_agg(format('%s: %s asked, %s held', d.item, d.quantity, n.units), ', ') INTO wrong FROM demand d FULL JOIN (SELECT item, sum(quantity) AS units FROM new GROUP BY 1) n USING (item)
   WHERE n.units IS DISTINCT FROM d.quantity;
  SELECT concat_ws('; ', wrong, string_agg('held in ' || n.w || ' instead of ' || warehouse, ', ')) INTO wrong FROM new n WHERE warehouse IS NOT NULL AND n.w <> warehouse;
  SELECT concat_ws('; ', nullif(wrong, ''), 'kits in pieces') INTO wrong FROM demanded_kits
   WHERE kits > (SELECT coalesce(sum(least(p / 2, v)), 0) FROM (SELECT coalesce(sum(quantity) FILTER (WHERE item = 'RI-P'), 0) AS p, coalesce(sum(quantity) FILTER (WHERE item = 'RI-V1'), 0) AS v FROM new GROUP BY w) x);
  INSERT INTO holds SELECT * FROM new ORDER BY w, item, batch, quantity;
  UPDATE stock s SET reserved = s.reserved + n.units FROM (SELECT w, item, batch, sum(quantity) AS units FROM new GROUP BY 1, 2, 3) n
   WHERE s.w = n.w AND s.item = n.item AND s.batch IS NOT DISTINCT FROM n.batch;
  SELECT concat_ws('; ', nullif(wrong, ''), string_agg('batch ' || n.batch || ' before ' || s.batch, ', ')) INTO wrong FROM new n JOIN batches b USING (batch) JOIN stock s ON s.w = n.w AND s.item = n.item
    JOIN batches e ON e.batch = s.batch WHERE e.rank < b.rank AND s.quantity > s.reserved;
  DROP TABLE new;
  RETURN nullif(wrong, '');
END $$;

CREATE FUNCTION pg_temp.let_go(hold uuid, units integer, sold boolean) RETURNS void LANGUAGE sql AS $$
UPDATE stock s SET reserved = s.reserved - units, quantity = s.quantity - CASE WHEN sold THEN units ELSE 0 END FROM holds h
 WHERE h.id = hold AND s.w = h.w AND s.item = h.item AND s.batch IS NOT DISTINCT FROM h.batch;
UPDATE holds SET quantity = quantity - units, status = CASE WHEN quantity > units THEN status WHEN sold THEN 'consumed' ELSE 'released' END WHERE id = hold $$;

-- what comes in, sometimes with a flaw that must spoil all of it
CREATE FUNCTION pg_temp.bring_in(command text, OUT expected text, OUT state text) LANGUAGE plpgsql AS $$
DECLARE
  place text := pg_temp.pick('RI-1', 'RI-2', 'RI-3');
  lines jsonb;
  flaw integer := floor(random() * 14);
BEGIN
  CREATE TEMP TABLE goods ON COMMIT DROP AS SELECT pg_temp.pick('RI-P', 'RI-V1', 'RI-V2', 'RI-M', 'RI-M') AS item, NULL::text AS batch, 1 + floor(random() * 6)::integer AS quantity FROM generate_series(1, 1 + floor(random() * 3)::integer);
  UPDATE goods SET batch = pg_temp.pick('EXPIRED', 'A', 'B', 'NEVER') WHERE item = 'RI-M';
  SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('sku', item, 'quantity', quantity, 'batch_number', g.batch, 'expiry_date', b.expiry))) INTO lines FROM goods g LEFT JOIN batches b USING (batch);
  lines := lines || CASE flaw WHEN 0 THEN '{"sku": "RI-P", "quantity": 0}' WHEN 1 THEN '{"sku": "RI-X", "quantity": 1}' WHEN 2 THEN '{"sku": "RI-M", "quantity": 1}' WHEN 3 THEN '{"sku": "RI-S", "quantity": 1}'
    WHEN 4 THEN '{"sku": "RI-K", "quantity": 1}' WHEN 5 THEN '{"sku": "RI-P", "quantity": 2147483648}' ELSE '[]' END::jsonb;
  expected := CASE WHEN flaw = 1 THEN '23503' WHEN flaw = 5 THEN '22003' WHEN flaw < 5 THEN '22023' ELSE '00000' END;
  state := pg_temp.try(format('SELECT %I(%L, %L)', command, (SELECT w.id FROM inventory.warehouses w WHERE w.code = place), lines));
  IF state = '00000' THEN
    INSERT INTO stock SELECT place, item, batch, sum(quantity), 0 FROM goods GROUP BY 2, 3 ON CONFLICT (w, item, batch) DO UPDATE SET quantity = stock.quantity + EXCLUDED.quantity;
  END IF;
  DROP TABLE goods;
END $$;

CREATE FUNCTION pg_temp.hold(OUT expected text, OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  lines jsonb := pg_temp.ask();
  place text := pg_temp.pick('RI-1', 'RI-2', 'RI-3', NULL);
BEGIN
  expected := CASE WHEN place IS NOT NULL AND EXISTS (SELECT FROM demand d WHERE d.quantity > coalesce((SELECT f.units FROM free f WHERE f.w = place AND f.item = d.item), 0))
                OR EXISTS (SELECT FROM demand d WHERE d.quantity > coalesce((SELECT sum(f.units) FROM free f WHERE f.item = d.item), 0))
                OR (place IS NULL AND (SELECT kits FROM demanded_kits) > (SELECT kits FROM free_kits)) THEN 'WM001' ELSE '00000' END;
  state := pg_temp.try(format('SELECT wms_reserve_stock(%L, %L)', lines, (SELECT w.id FROM inventory.warehouses w WHERE w.code = place)));
  wrong := CASE WHEN state = '00000' THEN pg_temp.take_over(coalesce(place, (SELECT code FROM serving))) END;
END $$;

CREATE FUNCTION pg_temp.place(OUT expected text, OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  lines jsonb := pg_temp.ask();
  place text := (SELECT code FROM serving);
BEGIN
  expected := CASE WHEN place IS NULL THEN 'WM001' ELSE '00000' END;
  state := pg_temp.try(format('SELECT wms_place_order(%L)', lines));
  IF state = '00000' THEN
    INSERT INTO orders SELECT o.id, 'pending' FROM sales.orders o WHERE o.id NOT IN (SELECT id FROM orders);
    wrong := pg_temp.take_over(place);
  END IF;
END $$;

CREATE FUNCTION pg_temp.resolve(command text, OUT expected text, OUT state text) LANGUAGE plpgsql AS $$
DECLARE
  h holds;
  units integer := 1 + floor(random() * 4);
  kind text := pg_temp.pick('live', 'live', 'live', 'resolved', 'any');
BEGIN
  SELECT * INTO h FROM holds ORDER BY (kind = 'any' OR (order_id IS NULL AND (status = 'active') = (kind = 'live'))) DESC, random() LIMIT 1;
  units := CASE WHEN random() < 0.4 THEN NULL ELSE units END;
  expected := CASE WHEN h.id IS NULL THEN '22023' WHEN h.order_id IS NOT NULL THEN 'WM092' WHEN h.status <> 'active' THEN 'WM002' WHEN units > h.quantity THEN '22023' ELSE '00000' END;
  state := pg_temp.try(format('SELECT %I(%L, %L)', command, h.id, units));
  IF state = '00000' THEN
    PERFORM pg_temp.let_go(h.id, coalesce(units, h.quantity), command = 'wms_consume_reservation');
  END IF;
END $$;

CREATE FUNCTION pg_temp.move_order(OUT expected text, OUT state text) LANGUAGE plpgsql AS $$
DECLARE
  o orders;
  way text[] := '{pending,confirmed,processing,packed,shipped,delivered}';
  wanted text;
  at integer;
BEGIN
  SELECT * INTO o FROM orders ORDER BY status NOT IN ('cancelled', 'delivered') DESC, random() LIMIT 1;
  at := array_position(way, o.status);
  wanted := CASE WHEN random() < 0.8 AND at < 6 THEN way[at + 1] ELSE pg_temp.pick(VARIADIC way || '{cancelled,cancelled,refunded}'::text[]) END;
  expected := CASE WHEN o.id IS NULL THEN '22023' WHEN wanted = o.status OR array_position(way, wanted) = at + 1 OR (wanted = 'cancelled' AND at <= 4) THEN '00000' ELSE 'WM003' END;
  state := pg_temp.try(format('SELECT wms_set_order_status(%L, %L)', o.id, wanted));
  IF state = '00000' AND wanted <> o.status THEN
    UPDATE orders SET status = wanted WHERE id = o.id;
    IF wanted IN ('shipped', 'cancelled') THEN
      PERFORM pg_temp.let_go(h.id, h.quantity, wanted = 'shipped') FROM holds h WHERE h.order_id = o.id AND h.status = 'active';
    END IF;
  END IF;
END $$;

-- by hand: the quantity of a row without batches down to what is held, nothing else
CREATE FUNCTION pg_temp.change_by_hand(OUT expected text, OUT state text) LANGUAGE plpgsql AS $$
DECLARE
  s stock;
  change integer := floor(random() * 24) - 17;
  counter text := pg_temp.pick('quantity', 'quantity', 'quantity', 'reserved_quantity');
BEGIN
  SELECT * INTO s FROM stock ORDER BY random() * (CASE WHEN batch IS NULL THEN 2 ELSE 1 END) DESC LIMIT 1;
  expected := CASE WHEN s.w IS NULL OR change = 0 THEN '00000' WHEN counter = 'reserved_quantity' OR s.batch IS NOT NULL THEN 'WM092' WHEN s.quantity + change < s.reserved THEN '23514' ELSE '00000' END;
  state := pg_temp.try(format('UPDATE inventory.stock_items SET %I = %1$I + %s WHERE id = %L', counter, change, (SELECT r.id FROM real_stock r WHERE (r.w, r.item) = (s.w, s.item) LIMIT 1)));
  -- the constraint and the guard both refuse, whichever comes first
  state := CASE WHEN expected = 'WM092' AND state = '23514' THEN expected ELSE state END;
  IF state = '00000' AND s.batch IS NULL THEN
    UPDATE stock x SET quantity = x.quantity + change WHERE x.w = s.w AND x.item = s.item;
  END IF;
END $$;

-- where model and tables differ, and which invariant does not hold; NULL = all is well
CREATE FUNCTION pg_temp.compare() RETURNS text LANGUAGE sql AS $$
SELECT nullif(concat_ws('; ',
  (SELECT string_agg('stock ' || d::text, ', ') FROM (TABLE stock EXCEPT SELECT w, item, batch, quantity, reserved FROM real_stock) d), (SELECT string_agg('unknown stock ' || d::text, ', ') FROM (SELECT w, item, batch, quantity, reserved FROM real_stock EXCEPT TABLE stock) d),
  (SELECT string_agg('hold ' || d::text, ', ') FROM (TABLE holds EXCEPT SELECT * FROM real_holds) d), (SELECT string_agg('unknown hold ' || d::text, ', ') FROM (SELECT * FROM real_holds EXCEPT TABLE holds) d),
  (SELECT string_agg('order ' || d::text, ', ') FROM (TABLE orders EXCEPT SELECT o.id, o.status FROM sales.orders o) d),
  (SELECT string_agg('I1 ' || s.id, ', ') FROM inventory.stock_items s WHERE s.quantity <> (SELECT coalesce(sum(m.quantity), 0) FROM inventory.stock_movements m
    WHERE m.warehouse_id = s.warehouse_id AND m.product_id = s.product_id AND m.variant_id IS NOT DISTINCT FROM s.variant_id)),
  (SELECT string_agg('I2 ' || s.id, ', ') FROM inventory.stock_items s WHERE s.reserved_quantity <> (SELECT coalesce(sum(r.quantity), 0) FROM inventory.stock_reservations r
    WHERE r.warehouse_id = s.warehouse_id AND r.product_id = s.product_id AND r.variant_id IS NOT DISTINCT FROM s.variant_id AND r.status = 'active')),
  (SELECT string_agg('I3 ' || s.id, ', ') FROM inventory.stock_items s JOIN catalog.products p ON p.id = s.product_id CROSS JOIN LATERAL (SELECT coalesce(sum(i.quantity), 0) AS q, coalesce(sum(i.reserved_quantity), 0) AS r
     FROM inventory.stock_item_batches i WHERE i.warehouse_id = s.warehouse_id AND i.product_id = s.product_id) b
    WHERE s.reserved_quantity NOT BETWEEN 0 AND s.quantity OR (p.batch_tracked AND (s.quantity, s.reserved_quantity) <> (b.q, b.r))),
  (SELECT string_agg('I3 ' || b.batch_number, ', ') FROM inventory.product_batches b WHERE b.quantity <> (SELECT coalesce(sum(i.quantity), 0) FROM inventory.stock_item_batches i WHERE i.batch_id = b.id)),
  (SELECT string_agg('wms_verify ' || v::text, ', ') FROM wms_verify() v)), '') $$;

CREATE FUNCTION pg_temp.step(n integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  action text := pg_temp.pick('receive', 'receive', 'return', 'reserve', 'reserve', 'place', 'place', 'release', 'consume', 'order', 'order', 'order', 'order', 'by hand');
  expected text;
  state text;
  wrong text;
BEGIN
  CASE action
    WHEN 'receive' THEN SELECT * INTO expected, state FROM pg_temp.bring_in('wms_receive_stock');
    WHEN 'return' THEN SELECT * INTO expected, state FROM pg_temp.bring_in('wms_return_stock');
    WHEN 'reserve' THEN SELECT * INTO expected, state, wrong FROM pg_temp.hold();
    WHEN 'place' THEN SELECT * INTO expected, state, wrong FROM pg_temp.place();
    WHEN 'release' THEN SELECT * INTO expected, state FROM pg_temp.resolve('wms_release_reservation');
    WHEN 'consume' THEN SELECT * INTO expected, state FROM pg_temp.resolve('wms_consume_reservation');
    WHEN 'order' THEN SELECT * INTO expected, state FROM pg_temp.move_order();
    ELSE SELECT * INTO expected, state FROM pg_temp.change_by_hand();
  END CASE;
  INSERT INTO done VALUES (action, state);
  RETURN NEXT is(concat_ws('; ', CASE WHEN state <> expected THEN 'expected ' || expected || ', got ' || state END, wrong, pg_temp.compare()), '', format('step %s: %s %s', n, action, state));
END $$;

SELECT pg_temp.step(n) FROM generate_series(1, :steps) n;

-- the walk went everywhere
SELECT is((SELECT count(DISTINCT action) FROM done WHERE state = '00000'), 8::bigint, 'every action has succeeded');
SELECT is((SELECT string_agg(DISTINCT state, ' ' ORDER BY state) FROM done), '00000 22003 22023 23503 23514 WM001 WM002 WM003 WM092', 'every refusal has occurred');
SELECT cmp_ok((SELECT count(*) FROM orders WHERE status IN ('shipped', 'delivered')), '>', 5::bigint, 'orders were shipped');
SELECT cmp_ok((SELECT count(DISTINCT batch) FROM holds), '=', 3::bigint, 'every good batch was held, the expired one never');
SELECT cmp_ok((SELECT count(*) FROM inventory.stock_movements), '>', 100::bigint, 'there were movements');
SELECT * FROM finish();
ROLLBACK;
