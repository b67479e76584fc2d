-- Steps of 05_random_sales: payments, refunds, goods that come back.

-- mostly one of the statuses that are preferred, and one of which money can go back where that is wanted
CREATE FUNCTION pg_temp.some_order(preferred text[], with_money boolean DEFAULT false) RETURNS orders LANGUAGE plpgsql AS $$
DECLARE
  o orders;
BEGIN
  SELECT x.* INTO o FROM orders x, pg_temp.money(x.id) m
   ORDER BY random() * CASE WHEN x.status = ANY (preferred) THEN 20 WHEN x.status = 'refunded' THEN 1 ELSE 4 END * CASE WHEN (SELECT count(DISTINCT h.w) FROM holds h WHERE h.order_id = x.id) > 1 AND NOT EXISTS (SELECT FROM refunds r WHERE r.order_id = x.id) THEN 10 ELSE 1 END * CASE WHEN with_money AND m.paid > m.refunded + m.overpaid THEN 10 ELSE 1 END DESC LIMIT 1;
  IF o.id IS NULL OR random() < 0.01 THEN o := NULL; o.id := gen_random_uuid(); END IF;
  RETURN o;
END $$;

CREATE FUNCTION pg_temp.pay(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  o orders := pg_temp.some_order('{pending,confirmed,packed,shipped,delivered}');
  way text[] := '{pending,processing,failed,completed,refunded}';
  known payments;
  p payments;
  total numeric := greatest(coalesce(o.total, 1), 1);
  key text := pg_temp.new_key();
  request text;
  result text;
BEGIN
  -- a webhook that is told again, on its way, with an old story, or with a wrong one
  SELECT * INTO known FROM payments x WHERE x.transaction IS NOT NULL AND random() < 0.45 ORDER BY random() LIMIT 1;
  p := known;
  IF p.id IS NULL THEN
    p.order_id := o.id;
    p.provider := pg_temp.pick('stripe', 'tng', NULL);
    p.transaction := CASE WHEN random() < 0.6 THEN 'T' || (SELECT count(*) FROM payments) END;
    p.amount := CASE pg_temp.upto(8) WHEN 1 THEN 0 WHEN 2 THEN total + 7 WHEN 5 THEN total + 0.5 WHEN 3 THEN round(total / 2, 2) WHEN 4 THEN round(total / 3, 2) + 0.004 ELSE total END;
  ELSE
    IF random() < 0.1 THEN p.order_id := o.id; END IF;
    IF random() < 0.1 THEN p.amount := p.amount + 0.01; END IF;
  END IF;
  p.status := CASE WHEN random() < 0.02 THEN 'lost' WHEN random() < 0.5 THEN 'completed' ELSE pg_temp.pick(VARIADIC way) END;
  expected := pg_temp.reasons(CASE WHEN p.amount = 0 OR p.status = 'lost' THEN '22023' END, CASE WHEN p.order_id NOT IN (SELECT x.id FROM orders x) THEN 'WM004' END,
    CASE WHEN known.order_id <> p.order_id OR known.amount <> round(p.amount, 2) THEN 'WM005' END);
  request := format('SELECT wms_record_payment(%L, %s, ''ewallet'', %L, %L, %L, jsonb_build_object(''note'', %%L), %%L)', p.order_id, p.amount, p.provider, p.transaction, p.status);
  SELECT * INTO state, result FROM pg_temp.try(format(request, 'n', key));
  PERFORM pg_temp.keep_key(key, request, 'n', state, result);
  IF state <> '00000' THEN RETURN; END IF;
  IF known.id IS NULL THEN
    INSERT INTO payments VALUES (result::uuid, p.order_id, p.provider, p.transaction, round(p.amount, 2), p.status, p.status = 'completed');
  ELSE
    wrong := CASE WHEN result::uuid <> known.id THEN 'another payment' END;
    UPDATE payments x SET status = p.status, paid = x.paid OR p.status = 'completed' WHERE x.id = known.id AND array_position(way, p.status) > array_position(way, known.status);
  END IF;
END $$;

-- names units of lines of the order, by line or by item, into "asked"; what is wrong with that
CREATE FUNCTION pg_temp.name_lines(which uuid, fees boolean, OUT request jsonb, OUT flaws text[]) LANGUAGE plpgsql AS $$
DECLARE
  r record;
  l lines;
  missing integer;
  part integer;
BEGIN
  request := '[]';
  flaws := '{}';
  DELETE FROM asked;
  FOR r IN SELECT x.n, x.item, random() < 0.6 AS by_line, greatest(1, CASE WHEN random() < 0.6 THEN x.quantity - x.back ELSE floor(random() * (x.quantity + 1))::integer END) AS units
             FROM (SELECT * FROM lines y WHERE y.order_id = which AND (fees OR y.item <> 'RS-F') ORDER BY y.n) x ORDER BY by_line DESC, random() LIMIT pg_temp.upto(4) LOOP
    request := request || CASE WHEN r.by_line THEN jsonb_build_object('order_item_id', (SELECT i.id FROM sales.order_items i WHERE i.order_id = which AND i.line_number = r.n), 'quantity', r.units)
                               ELSE jsonb_build_object('sku', r.item, 'quantity', r.units) END;
    missing := r.units;
    FOR l IN SELECT * FROM lines x WHERE x.order_id = which AND CASE WHEN r.by_line THEN x.n = r.n ELSE x.item = r.item END ORDER BY x.n LOOP
      part := least(missing, l.quantity - l.back - coalesce((SELECT b.units FROM asked b WHERE b.n = l.n), 0));
      CONTINUE WHEN part <= 0;
      INSERT INTO asked AS a VALUES (l.n, part) ON CONFLICT (n) DO UPDATE SET units = a.units + EXCLUDED.units;
      missing := missing - part;
    END LOOP;
    IF missing > 0 THEN flaws := '{WM010}'; END IF;
  END LOOP;
  IF random() < 0.03 OR request = '[]' THEN
    request := request || '[{"sku": "RS-Z", "quantity": 1}]';
    flaws := flaws || '{23503}';
  END IF;
END $$;

-- goods into the place, or to where they left: the parts of so many units of each line asked for
CREATE FUNCTION pg_temp.bring_back(which uuid, place text) RETURNS void LANGUAGE sql AS $$
UPDATE stock s SET quantity = r.quantity FROM real_stock r WHERE place IS NULL AND r.w = s.w AND r.part = s.part
   AND s.part IN (SELECT x.part FROM stock x JOIN real_stock y USING (w, part) GROUP BY 1
     HAVING sum(y.quantity - x.quantity) = (SELECT sum(a.units * p.units) FROM asked a JOIN lines l ON l.order_id = which AND l.n = a.n JOIN parts p ON p.item = l.item WHERE p.part = x.part));
INSERT INTO stock AS s SELECT place, p.part, sum(a.units * p.units) FROM asked a JOIN lines l ON l.order_id = which AND l.n = a.n JOIN parts p ON p.item = l.item WHERE place IS NOT NULL GROUP BY p.part
  ON CONFLICT (w, part) DO UPDATE SET quantity = s.quantity + EXCLUDED.quantity;
UPDATE lines l SET out = l.out - a.units FROM asked a WHERE l.order_id = which AND l.n = a.n $$;

CREATE FUNCTION pg_temp.free_holds(which uuid) RETURNS void LANGUAGE sql AS $$
UPDATE holds h SET units = h.units - a.units * p.units FROM asked a, lines l, parts p WHERE h.order_id = which AND h.n = a.n AND l.order_id = which AND l.n = a.n AND p.item = l.item AND p.part = h.part;
DELETE FROM holds h WHERE h.order_id = which AND h.units = 0 $$;

CREATE FUNCTION pg_temp.came_back(which uuid) RETURNS boolean LANGUAGE sql AS $$
SELECT coalesce(bool_and(l.back = l.quantity) FILTER (WHERE l.item <> 'RS-F'), bool_and(l.back = l.quantity)) FROM lines l WHERE l.order_id = which $$;

CREATE FUNCTION pg_temp.refund(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  o orders := pg_temp.some_order(CASE WHEN random() < CASE WHEN EXISTS (SELECT FROM rare r WHERE r.how = 'refund') THEN 0.7 ELSE 0.3 END THEN '{pending,confirmed,packed}' ELSE '{shipped,delivered,cancelled}' END::text[], random() < 0.8);
  m record := pg_temp.money(o.id);
  left_over numeric := m.paid - m.refunded - m.overpaid;
  surplus numeric := greatest(0, m.paid - m.overpaid - o.total);
  kind text := pg_temp.pick('all', 'all', 'amount', 'amount', 'amount', 'lines', 'lines', 'lines', 'both', 'both', 'goods', 'goods', CASE WHEN random() < 0.3 THEN 'flawed' ELSE 'lines' END);
  shipped boolean := NOT o.cancelled AND o.status IN ('shipped', 'delivered', 'refunded');
  restock boolean := random() < 0.4 AND kind <> 'amount';
  place text := CASE WHEN restock AND random() < 0.3 THEN coalesce(pg_temp.some_place(), 'RS-1') END;
  amount numeric;
  overpaid numeric;
  sum_of_worth numeric;
  for_lines numeric;
  named record;
  whole boolean;
  key text := pg_temp.new_key();
  request text;
  result text;
BEGIN
  IF (SELECT count(DISTINCT h.w) FROM holds h WHERE h.order_id = o.id) > 1 AND random() < 0.6 THEN kind := 'goods'; END IF;
  IF kind IN ('lines', 'both', 'goods') THEN SELECT * INTO named FROM pg_temp.name_lines(o.id, true); ELSE SELECT NULL::jsonb AS request, '{}'::text[] AS flaws INTO named; DELETE FROM asked; END IF;
  amount := CASE kind WHEN 'amount' THEN coalesce(CASE pg_temp.upto(7) WHEN 1 THEN left_over WHEN 2 THEN round(left_over / 2, 2) WHEN 3 THEN left_over + 0.01 WHEN 4 THEN least(surplus + 0.01, left_over)
      WHEN 5 THEN o.total WHEN 6 THEN 0.01 ELSE round(left_over / 3, 2) + 0.004 END, 1) WHEN 'both' THEN round(coalesce(left_over, 1) * pg_temp.upto(5) / 4, 2) WHEN 'goods' THEN 0 WHEN 'flawed' THEN -1 END;
  request := format('SELECT wms_refund_order(%L, %L, %L, %L, %L, %%L, idempotency_key => %%L)', o.id, amount, named.request, restock, pg_temp.place_id(place));
  -- everything that is still out comes back with all the money
  IF restock AND named.request IS NULL AND shipped THEN INSERT INTO asked SELECT l.n, l.quantity - l.back FROM lines l WHERE l.order_id = o.id AND l.quantity > l.back; END IF;
  amount := round(amount, 2);
  UPDATE asked a SET worth = greatest(0, round((l.total - l.discount + l.tax) * (l.back + a.units) / l.quantity, 2) - coalesce((SELECT sum(x.amount) FROM refund_lines x WHERE x.order_id = o.id AND x.n = a.n), 0))
    FROM lines l WHERE l.order_id = o.id AND l.n = a.n;
  SELECT coalesce(sum(a.worth), 0) INTO sum_of_worth FROM asked a;
  whole := amount IS NULL AND named.request IS NULL;
  amount := coalesce(amount, CASE WHEN whole THEN left_over ELSE sum_of_worth END);
  overpaid := least(amount, CASE WHEN named.request IS NULL THEN surplus ELSE greatest(0, m.refunded + amount - o.total) END);
  expected := named.flaws || pg_temp.reasons(CASE WHEN o.id NOT IN (SELECT x.id FROM orders x) OR place = 'X' THEN 'WM004' END,
    CASE WHEN kind = 'flawed' OR (amount = 0 AND kind = 'amount') THEN '22023' END,
    CASE WHEN NOT shipped AND NOT o.cancelled AND (whole OR (o.total > 0 AND m.refunded + amount - overpaid >= o.total)
      OR NOT EXISTS (SELECT FROM lines l LEFT JOIN asked a ON a.n = l.n WHERE l.order_id = o.id AND l.quantity - l.back > coalesce(a.units, 0))) THEN 'WM003' END,
    CASE WHEN amount > left_over OR (amount = 0 AND (o.cancelled OR NOT EXISTS (SELECT FROM asked)) AND NOT (o.status IN ('shipped', 'delivered') AND (o.total = 0 OR (whole AND pg_temp.came_back(o.id))))) THEN 'WM010' END);
  SELECT * INTO state, result FROM pg_temp.try(format(request, 'n', key));
  PERFORM pg_temp.keep_key(key, request, 'n', state, result);
  IF state <> '00000' OR expected <> '{}' THEN RETURN; END IF;
  for_lines := CASE WHEN named.request IS NULL THEN least(sum_of_worth, amount - overpaid) ELSE amount END;
  IF for_lines <> sum_of_worth THEN
    UPDATE asked a SET worth = x.share FROM unnest((SELECT array_agg(b.n ORDER BY b.n) FROM asked b),
      pg_temp.shares(for_lines, (SELECT array_agg(CASE WHEN sum_of_worth = 0 THEN b.units ELSE b.worth * 100 END ORDER BY b.n) FROM asked b))) x (n, share) WHERE a.n = x.n;
  END IF;
  INSERT INTO refunds VALUES (result::uuid, o.id, amount, overpaid);
  INSERT INTO refund_lines SELECT result::uuid, o.id, a.n, a.units, a.worth, CASE WHEN shipped AND restock AND l.item <> 'RS-F' THEN a.units ELSE 0 END FROM asked a JOIN lines l ON l.order_id = o.id AND l.n = a.n;
  UPDATE lines l SET back = l.back + a.units FROM asked a WHERE l.order_id = o.id AND l.n = a.n;
  IF shipped AND restock THEN PERFORM pg_temp.bring_back(o.id, coalesce(place, o.w)); END IF;
  IF NOT shipped AND NOT o.cancelled THEN
    INSERT INTO done SELECT e, state FROM pg_temp.several(o.id, 'refunded') e WHERE EXISTS (SELECT FROM asked a JOIN lines l ON l.order_id = o.id AND l.n = a.n WHERE l.item = 'RS-K' OR e NOT LIKE '%kits%');
    INSERT INTO done SELECT 'refunded what was lost', state WHERE EXISTS (SELECT FROM asked a JOIN lost l ON l.order_id = o.id AND l.n = a.n);
    IF o.w IS NULL OR EXISTS (SELECT FROM lost l WHERE l.order_id = o.id) THEN wrong := pg_temp.adopt_rest(o.id); ELSE PERFORM pg_temp.free_holds(o.id); END IF;
  END IF;
  IF o.status IN ('shipped', 'delivered', 'cancelled') AND amount >= left_over
     AND (o.cancelled OR (m.refunded + amount - overpaid >= o.total AND (o.total > 0 OR whole)) OR pg_temp.came_back(o.id)) THEN
    UPDATE orders x SET status = 'refunded' WHERE x.id = o.id RETURNING * INTO o;
  END IF;
  PERFORM pg_temp.claw_back(o.id, result::uuid, o.status = 'refunded');
END $$;

-- goods of an order, without money
CREATE FUNCTION pg_temp.give_back(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  o orders := pg_temp.some_order('{shipped,delivered}');
  place text := coalesce(pg_temp.some_place(), 'RS-1');
  named record := pg_temp.name_lines(o.id, random() < 0.1);
  key text := pg_temp.new_key();
  request text;
  result text;
  units bigint;
BEGIN
  SELECT coalesce(sum(a.units * p.units), 0) INTO units FROM asked a JOIN lines l ON l.order_id = o.id AND l.n = a.n JOIN parts p ON p.item = l.item;
  expected := named.flaws || pg_temp.reasons(CASE WHEN place = 'X' THEN 'WM004' END, CASE WHEN o.id NOT IN (SELECT x.id FROM orders x) THEN '23503' END,
    CASE WHEN o.cancelled OR o.status NOT IN ('shipped', 'delivered', 'refunded') THEN 'WM010' END,
    CASE WHEN EXISTS (SELECT FROM asked a JOIN lines l ON l.order_id = o.id AND l.n = a.n WHERE l.item = 'RS-F') THEN '22023' END);
  request := format('SELECT wms_return_stock(%L, %L, ''order'', %L, %%L, %%L)', pg_temp.place_id(place), named.request, o.id);
  SELECT * INTO state, result FROM pg_temp.try(format(request, 'n', key));
  PERFORM pg_temp.keep_key(key, request, 'n', state, result);
  IF state <> '00000' OR expected <> '{}' THEN RETURN; END IF;
  wrong := CASE WHEN result::bigint <> units THEN format('%s units instead of %s', result, units) END;
  UPDATE lines l SET back = l.back + a.units FROM asked a WHERE l.order_id = o.id AND l.n = a.n;
  PERFORM pg_temp.bring_back(o.id, place);
END $$;

-- a request that went through, again or changed under the same key
CREATE FUNCTION pg_temp.replay(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  k keyed;
  changed boolean := random() < 0.3;
  result text;
BEGIN
  SELECT * INTO k FROM keyed ORDER BY random() LIMIT 1;
  expected := pg_temp.reasons(CASE WHEN changed AND k.request IS NOT NULL THEN 'WM005' END);
  SELECT * INTO state, result FROM pg_temp.try(coalesce(CASE WHEN changed THEN k.other ELSE k.request END, 'SELECT NULL'));
  wrong := CASE WHEN state = '00000' AND result IS DISTINCT FROM k.result THEN 'another result' END;
END $$;
