-- Goods come in, are corrected, written off and counted; rows are changed by hand.
CREATE FUNCTION pg_temp.bring_in(command text, OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  place text := (SELECT w FROM places ORDER BY random() LIMIT 1);
  lines jsonb;
  refused boolean;
  flaw integer := floor(random() * 36);
  dated batches;
BEGIN
  SELECT * INTO lines, refused FROM pg_temp.draw_goods();
  SELECT * INTO dated FROM batches b JOIN items i USING (item) WHERE NOT i.deleted ORDER BY random() LIMIT 1;
  IF command = 'receive' AND EXISTS (SELECT FROM goods JOIN items USING (item) WHERE deleted) THEN expected := '23503'; flaw := NULL;
  ELSIF refused THEN expected := '22023'; flaw := NULL;
  ELSE expected := coalesce((ARRAY['22023', '23503', CASE WHEN command = 'receive' AND (SELECT deleted FROM items WHERE item = 'RW-M') THEN '23503' ELSE '22023' END, '22023', CASE
      WHEN command = 'receive' AND pg_temp.kit_is_deleted() THEN '23503' ELSE '22023' END, '22003', '22023', 'WM004', CASE WHEN EXISTS (SELECT FROM stock WHERE w = place AND item = 'RW-P' AND quantity > 0) THEN '22003'
      ELSE '00000' END, '23503', '22023', '22023'])[flaw + 1], '00000');
  END IF;
  lines := lines || CASE flaw WHEN 0 THEN '{"sku": "RW-P", "quantity": 0}' WHEN 1 THEN '{"sku": "RW-X", "quantity": 1}' WHEN 2 THEN pg_temp.line('RW-M', 1) WHEN 3 THEN '{"sku": "RW-S", "quantity": 1}'
      WHEN 4 THEN '{"sku": "RW-K", "quantity": 1}' WHEN 5 THEN '{"sku": "RW-P", "quantity": 2147483648}'
    WHEN 6 THEN pg_temp.line(dated.item, 1, dated.batch) || '{"expiry_date": "2099-09-09"}' WHEN 8 THEN CASE expected WHEN '00000' THEN '[]' ELSE '{"sku": "RW-P", "quantity": 2147483647}' END::jsonb
    WHEN 9 THEN jsonb_build_object('sku', 'RW-C1', 'quantity', 1, 'batch_id', gen_random_uuid()) WHEN 10 THEN '{"sku": "RW-P", "quantity": 1, "unit_price": 3}' WHEN 11 THEN '{"sku": "RW-U", "quantity": 1}' ELSE '[]' END::jsonb;
  PERFORM pg_temp.try(format('SELECT wms_%s_stock(%L, %L, idempotency_key => %%L)', command, CASE WHEN flaw = 7 THEN gen_random_uuid() ELSE (SELECT id FROM places WHERE w = place) END, lines), expected);
  IF pg_temp.passed() THEN
    wrong := pg_temp.answered((SELECT sum(quantity) FROM goods)::text);
    PERFORM pg_temp.learn_batches();
    PERFORM pg_temp.move(place, item, batch, quantity, command) FROM goods ORDER BY n;
  END IF;
END $$;

-- a correction by so many units, or a loss; of an item, or of a batch, whatever became of it
CREATE FUNCTION pg_temp.correct(action text, OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  l record;
  place uuid;
  delta integer := CASE action WHEN 'adjust' THEN floor(random() * 17) - 10 ELSE -1 - floor(random() * 7) END;
  guess integer;
  flaw integer := floor(random() * 45);
BEGIN
  SELECT a.w, a.id AS place, n.*, x.batch, x.id AS batch_id, p.tracked, coalesce(s.quantity, 0) AS quantity, coalesce(s.free, 0) AS free INTO l FROM places a CROSS JOIN names n JOIN items i USING (item)
      JOIN products p USING (product) LEFT JOIN batches x ON x.item = n.item AND p.tracked
    LEFT JOIN lots s ON s.w = a.w AND s.item = n.item AND s.batch IS NOT DISTINCT FROM x.batch WHERE x.id IS NOT NULL OR NOT p.tracked ORDER BY (coalesce(s.quantity, 0) > 0 OR random() < 0.1) DESC, random() LIMIT 1;
  place := l.place;
  delta := CASE WHEN random() < 0.2 THEN -l.quantity WHEN random() < 0.2 THEN -l.free ELSE delta END;
  guess := CASE WHEN action = 'adjust' AND random() < 0.3 THEN l.quantity + pg_temp.pick('0', '0', '1')::integer END;
  IF flaw <= 8 THEN
    CASE flaw WHEN 1 THEN place := gen_random_uuid(); WHEN 2 THEN l.product_id := gen_random_uuid(); WHEN 3 THEN l.batch_id := CASE WHEN l.tracked THEN NULL ELSE gen_random_uuid() END; WHEN 4 THEN l.product_id := (SELECT id
        FROM products WHERE product = 'RW-K'); l.variant_id := NULL;
      WHEN 5 THEN SELECT id, NULL INTO l.product_id, l.variant_id FROM products WHERE product = 'RW-U'; WHEN 6 THEN l.product_id := (SELECT id FROM products WHERE product = 'RW-S'); l.variant_id := NULL; l.batch_id := NULL;
      WHEN 7 THEN l.batch_id := CASE WHEN l.tracked THEN gen_random_uuid() END; WHEN 8 THEN NULL; ELSE delta := 0; END CASE;
    expected := (ARRAY['22023', 'WM004', 'WM004', '22023', '22023', '22023', '22023', CASE WHEN l.tracked THEN 'WM004' END, CASE WHEN action = 'adjust' AND (SELECT sum(quantity) FROM stock WHERE w = l.w AND item = l.item) > 0 THEN '22003' END])[flaw + 1];
    delta := CASE WHEN expected = '22003' THEN 2147483647 WHEN flaw BETWEEN 1 AND 7 AND delta = 0 THEN -1 ELSE delta END;
  END IF;
  expected := coalesce(expected, CASE WHEN delta = 0 THEN '22023' WHEN guess <> l.quantity THEN 'WM006' WHEN -delta > l.free THEN 'WM001' ELSE '00000' END);
  PERFORM pg_temp.try(format('SELECT wms_%s_stock(%L, %L, %s, %L, %L%s, idempotency_key => %%L)', action, place, l.product_id, CASE action WHEN 'adjust' THEN delta ELSE -delta END, l.variant_id, l.batch_id, CASE
      WHEN guess IS NULL THEN '' ELSE ', expected_quantity => ' || guess END), expected);
  IF pg_temp.passed() THEN
    PERFORM pg_temp.move(l.w, l.item, l.batch, delta, CASE action WHEN 'adjust' THEN 'adjustment' ELSE 'damage' END);
  END IF;
END $$;

-- a stocktake of some items of a place, never below what is held
CREATE FUNCTION pg_temp.count(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  place text := (SELECT w FROM places ORDER BY random() LIMIT 1);
  refused boolean;
  lines jsonb;
  flaw integer := floor(random() * 36);
BEGIN
  SELECT d.refused INTO refused FROM pg_temp.draw_goods() d;
  DELETE FROM goods g WHERE EXISTS (SELECT FROM goods x WHERE x.item = g.item AND x.batch IS NOT DISTINCT FROM g.batch AND x.n < g.n);
  UPDATE goods g SET quantity = greatest(0, l.quantity + CASE WHEN random() < 0.3 THEN -l.quantity WHEN random() < 0.2 THEN -l.free ELSE floor(random() * 9)::integer - 5 END) FROM lots l
      WHERE l.w = place AND l.item = g.item AND l.batch IS NOT DISTINCT FROM g.batch;
  UPDATE goods g SET expected_quantity = coalesce((SELECT l.quantity FROM lots l WHERE l.w = place AND l.item = g.item AND l.batch IS NOT DISTINCT FROM g.batch), 0) + pg_temp.pick('0', '0', '0', '1')::integer WHERE random() < 0.3;
  SELECT jsonb_agg(pg_temp.line(item, quantity, batch) || jsonb_strip_nulls(jsonb_build_object('expiry_date', expiry, 'expected_quantity', expected_quantity)) ORDER BY n) INTO lines FROM goods;
  expected := CASE WHEN refused THEN '22023' ELSE coalesce((ARRAY['22023', '23503', '22023', '22023', '22023', 'WM004'])[flaw + 1], (SELECT min(CASE WHEN g.expected_quantity <> coalesce(l.quantity, 0) THEN 'WM006' END)
      FROM goods g LEFT JOIN lots l ON l.w = place AND l.item = g.item AND l.batch IS NOT DISTINCT FROM g.batch),
    (SELECT min(CASE WHEN g.quantity < l.quantity - l.free THEN 'WM001' END) FROM goods g JOIN lots l ON l.w = place AND l.item = g.item AND l.batch IS NOT DISTINCT FROM g.batch), '00000') END;
  lines := lines || CASE WHEN refused THEN '[]' WHEN flaw = 0 THEN '{"sku": "RW-P", "quantity": -1}' WHEN flaw = 1 THEN '{"sku": "RW-X", "quantity": 1}' WHEN flaw = 2 THEN lines -> 0 WHEN flaw = 3 THEN pg_temp.line('RW-M', 1)
      WHEN flaw = 4 THEN '{"sku": "RW-K", "quantity": 1}' ELSE '[]' END::jsonb;
  PERFORM pg_temp.try(format('SELECT sum(counted), sum(difference) FROM wms_count_stock(%L, %L, idempotency_key => %%L)', CASE WHEN flaw = 5 AND NOT refused THEN gen_random_uuid() ELSE (SELECT id FROM places WHERE w = place) END, lines), expected);
  IF pg_temp.passed() THEN
    PERFORM pg_temp.learn_batches();
    wrong := pg_temp.answered((SELECT concat(sum(g.quantity), ',', sum(g.quantity - coalesce(l.quantity, 0))) FROM goods g LEFT JOIN lots l ON l.w = place AND l.item = g.item AND l.batch IS NOT DISTINCT FROM g.batch));
    PERFORM pg_temp.move(place, g.item, g.batch, g.quantity - coalesce((SELECT l.quantity FROM lots l WHERE l.w = place AND l.item = g.item AND l.batch IS NOT DISTINCT FROM g.batch), 0), 'adjustment') FROM goods g ORDER BY n;
  END IF;
END $$;

-- by hand: quantities without batches change within what is held, rows come and go; nothing else does
CREATE FUNCTION pg_temp.by_hand(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  r record;
  what text := pg_temp.pick('quantity', 'quantity', 'quantity', 'reserved_quantity', 'delete', 'delete', 'insert', 'insert', 'key', 'harmless', 'table');
  change integer := floor(random() * 20) - 14;
  place places;
  command text;
BEGIN
  SELECT * INTO place FROM places ORDER BY random() LIMIT 1;
  IF what = 'table' THEN
    command := pg_temp.pick('UPDATE inventory.stock_item_batches SET quantity = quantity + 1', 'UPDATE inventory.product_batches SET quantity = quantity + 1', 'DELETE FROM inventory.stock_item_batches',
        'UPDATE inventory.stock_reservations SET quantity = original_quantity, status = ''active'', resolved_at = NULL, expires_at = now()',
      'DELETE FROM inventory.stock_movements', 'UPDATE inventory.stock_movements SET quantity = quantity - 1 WHERE type = ''sale''', 'UPDATE inventory.stock_transfers SET status = ''completed'' WHERE status = ''in_transit''',
          'DELETE FROM inventory.stock_transfer_items', 'UPDATE catalog.products SET batch_tracked = NOT batch_tracked', 'DELETE FROM inventory.stock_reservations');
    expected := CASE WHEN command LIKE '%transfer%' THEN CASE WHEN command LIKE 'DELETE%' AND EXISTS (SELECT FROM parcels) OR command LIKE 'UPDATE%' AND EXISTS (SELECT FROM transfers WHERE status = 'in_transit') THEN 'WM092' ELSE '00000' END
      WHEN command LIKE '%reservations%' AND NOT EXISTS (SELECT FROM holds) OR command LIKE '%sale%' AND NOT EXISTS (SELECT FROM tally WHERE type = 'sale') THEN '00000' ELSE 'WM092' END;
  ELSE
    SELECT * INTO r FROM (SELECT n.item, n.product_id, n.variant_id, p.tracked, s.id, s.row_quantity AS quantity, s.row_reserved AS reserved
        FROM names n JOIN items i USING (item) JOIN products p USING (product)
        LEFT JOIN LATERAL (SELECT s.id, s.row_quantity, s.row_reserved FROM real_stock s WHERE s.w = place.w AND s.item = n.item LIMIT 1) s ON true ORDER BY n.item OFFSET 0) n
      ORDER BY (n.id IS NULL) = (what = 'insert' AND random() < 0.6) DESC, random() LIMIT 1;
    change := CASE WHEN what = 'insert' AND r.id IS NULL THEN greatest(change, 0) WHEN what = 'delete' THEN -r.quantity ELSE change END;
    expected := CASE CASE WHEN r.id IS NULL AND what <> 'insert' THEN 'harmless' ELSE what END WHEN 'harmless' THEN '00000' WHEN 'insert' THEN CASE WHEN change < 0 THEN '23514' WHEN r.id IS NOT NULL THEN '23505'
        WHEN r.tracked AND change <> 0 THEN 'WM092' ELSE '00000' END WHEN 'delete' THEN CASE WHEN r.reserved > 0 OR (r.tracked AND r.quantity > 0) THEN 'WM092' ELSE '00000' END
      WHEN 'key' THEN CASE WHEN EXISTS (SELECT FROM inventory.stock_items s WHERE s.warehouse_id = (SELECT id FROM places WHERE w = 'RW-V') AND s.product_id = r.product_id AND s.variant_id IS NOT DISTINCT
          FROM r.variant_id AND s.id <> r.id) THEN '23505' WHEN place.w = 'RW-V' THEN '00000' ELSE 'WM092' END
      WHEN 'quantity' THEN CASE WHEN r.quantity + change < r.reserved THEN '23514' WHEN r.tracked AND change <> 0 THEN 'WM092' ELSE '00000' END ELSE CASE WHEN r.reserved + change NOT BETWEEN 0 AND r.quantity THEN '23514'
          WHEN change <> 0 THEN 'WM092' ELSE '00000' END END;
    command := CASE what WHEN 'insert' THEN format('INSERT INTO inventory.stock_items (warehouse_id, product_id, variant_id, quantity) VALUES (%L, %L, %L, %s)', place.id, r.product_id, r.variant_id, change)
        WHEN 'delete' THEN format('DELETE FROM inventory.stock_items WHERE id = %L', r.id)
      WHEN 'key' THEN format('UPDATE inventory.stock_items SET warehouse_id = (SELECT id FROM places WHERE w = ''RW-V'') WHERE id = %L', r.id)
          WHEN 'harmless' THEN format('UPDATE inventory.stock_items SET bin_location = %L, reorder_point = 3 WHERE id = %L', change, r.id) ELSE format('UPDATE inventory.stock_items SET %I = %1$I + %s WHERE id = %L', what, change, r.id) END;
  END IF;
  PERFORM pg_temp.try(command, expected);
  IF pg_temp.passed() AND what IN ('quantity', 'insert', 'delete') THEN
    IF (r.id IS NOT NULL OR what = 'insert') AND NOT r.tracked THEN PERFORM pg_temp.move(place.w, r.item, NULL, change, 'adjustment'); END IF;
  END IF;
END $$;
