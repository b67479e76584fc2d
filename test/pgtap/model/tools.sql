-- Commands are tried, what they said is kept; goods move in the model.
CREATE TEMP TABLE tried (said text, state text, message text, answer text, wrong text);
CREATE TEMP SEQUENCE keys;
-- the lines of what comes in or is counted
CREATE TEMP TABLE goods (n integer, item text, batch text, expiry date, quantity integer, expected_quantity integer);

CREATE FUNCTION pg_temp.pick(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;

-- what is rare is looked for until it was seen
CREATE FUNCTION pg_temp.was_seen(what text, status text) RETURNS boolean LANGUAGE sql AS $$ SELECT EXISTS (SELECT FROM seen s WHERE (s.what, s.status) = ($1, $2)) $$;

CREATE FUNCTION pg_temp.run(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
  IF command LIKE 'SELECT%' THEN
    EXECUTE 'SELECT string_agg(btrim(x::text, ''()''), '' '' ORDER BY x::text) FROM (' || command || ') x' INTO answer;
  ELSE
    EXECUTE command;
  END IF;
  RETURN answer;
END $$;

-- %L in the command is an idempotency key; such a command is now and then said twice, and done once
CREATE FUNCTION pg_temp.try(command text, expected text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  said text := replace(command, '%L', quote_literal('key ' || nextval('keys')));
  before text := CASE WHEN expected <> '00000' THEN pg_temp.hash() END;
  t tried := ROW (said, '00000', '', NULL, NULL);
BEGIN
  BEGIN
    t.answer := pg_temp.run(said);
  EXCEPTION WHEN OTHERS THEN
    t.state := SQLSTATE;
    t.message := SQLERRM;
  END;
  IF t.state <> '00000' AND before <> pg_temp.hash() THEN
    t.wrong := 'it was refused, and something has changed';
  ELSIF t.state = '00000' AND said <> command AND random() < 0.2 THEN
    before := pg_temp.hash();
    INSERT INTO seen VALUES ('key', 'used twice') ON CONFLICT DO NOTHING;
    IF pg_temp.run(said) IS DISTINCT FROM t.answer OR before <> pg_temp.hash() THEN t.wrong := 'the same key has done something else'; END IF;
  END IF;
  DELETE FROM tried;
  INSERT INTO tried SELECT t.*;
END $$;

CREATE FUNCTION pg_temp.passed() RETURNS boolean LANGUAGE sql AS $$ SELECT state = '00000' FROM tried $$;
CREATE FUNCTION pg_temp.answered(expected text) RETURNS text LANGUAGE sql AS $$ SELECT format('expected the answer %s, got %s', expected, answer) FROM tried WHERE answer IS DISTINCT FROM expected $$;

CREATE FUNCTION pg_temp.any_item() RETURNS text LANGUAGE sql AS $$ SELECT pg_temp.pick('RW-P', 'RW-N', 'RW-S1', 'RW-S2', 'RW-M', 'RW-M', 'RW-M', 'RW-C1', 'RW-C1', 'RW-C2', 'RW-F', 'RW-G') $$;

CREATE FUNCTION pg_temp.kit_is_deleted() RETURNS boolean LANGUAGE sql AS $$ SELECT EXISTS (SELECT FROM parts JOIN items USING (item) WHERE deleted) $$;

-- a line names its item by sku or by ids, what is deleted by ids alone
CREATE FUNCTION pg_temp.line(what text, units integer, lot text DEFAULT NULL, key text DEFAULT 'batch_number') RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_strip_nulls(CASE WHEN n.item IS NULL OR (NOT i.deleted AND random() < 0.5) THEN jsonb_build_object('sku', what) ELSE jsonb_build_object('product_id', n.product_id, 'variant_id', n.variant_id) END
    || jsonb_build_object('quantity', units, key, CASE key WHEN 'batch_id' THEN (SELECT b.id::text FROM batches b WHERE b.item = what AND b.batch = lot) ELSE lot END))
  FROM (SELECT) x LEFT JOIN names n ON n.item = what LEFT JOIN items i ON i.item = what $$;

-- with nothing left of it anywhere, on the way neither, a batch is depleted; what comes in undoes that
CREATE FUNCTION pg_temp.move(place text, what text, lot text, units integer, why text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE total bigint;
BEGIN
  IF units = 0 THEN RETURN; END IF;
  INSERT INTO stock VALUES (place, what, lot, units) ON CONFLICT (w, item, batch) DO UPDATE SET quantity = stock.quantity + EXCLUDED.quantity;
  IF why NOT LIKE 'transfer%' THEN INSERT INTO tally VALUES (what, why, units) ON CONFLICT (item, type) DO UPDATE SET units = tally.units + EXCLUDED.units; END IF;
  SELECT sum(s.quantity) INTO total FROM stock s WHERE s.item = what AND s.batch = lot;
  UPDATE batches SET status = CASE WHEN status = 'active' AND total = 0 AND NOT EXISTS (SELECT FROM transit t WHERE t.item = what AND t.batch = lot) THEN 'depleted' WHEN status = 'depleted' AND total > 0 THEN 'active'
      ELSE status END WHERE item = what AND batch = lot;
END $$;

-- a product can become batch tracked while nothing of it is anywhere
CREATE FUNCTION pg_temp.can_begin_tracking(what text) RETURNS boolean LANGUAGE sql AS $$
SELECT NOT EXISTS (SELECT FROM stock s WHERE s.item = what AND s.quantity > 0) AND NOT EXISTS (SELECT FROM transit t WHERE t.item = what) $$;

-- batches that were named for the first time; their products are tracked from now on
CREATE FUNCTION pg_temp.learn_batches() RETURNS void LANGUAGE sql AS $$
INSERT INTO batches SELECT g.item, g.batch, (SELECT r.id FROM real_batches r WHERE r.item = g.item AND r.batch = g.batch), max(g.expiry), 'active' FROM goods g WHERE g.batch IS NOT NULL GROUP BY 1, 2 ON CONFLICT DO NOTHING;
INSERT INTO seen SELECT 'product', 'became tracked' FROM goods g JOIN items USING (item) JOIN products p USING (product) WHERE g.batch IS NOT NULL AND NOT p.tracked AND g.item IN ('RW-F', 'RW-G') ON CONFLICT DO NOTHING;
UPDATE products p SET tracked = true FROM items i JOIN goods g USING (item) WHERE i.product = p.product AND g.batch IS NOT NULL $$;

-- lines of what comes in or is counted: of batches, old and new, with their dates or without; F and G become tracked by and by
CREATE FUNCTION pg_temp.draw_goods(OUT lines jsonb, OUT refused boolean) LANGUAGE plpgsql AS $$
DECLARE
  begins boolean := random() < 0.4;
  what text;
  lot text;
  known boolean;
  good_until date;
BEGIN
  DELETE FROM goods;
  FOR n IN 1 .. 1 + floor(random() * 3) LOOP
    what := pg_temp.any_item();
    lot := CASE WHEN (SELECT tracked FROM items JOIN products USING (product) WHERE item = what) OR (begins AND what IN ('RW-F', 'RW-G')) THEN pg_temp.pick('OLD', 'L1', 'L2', 'L3', 'L4') END;
    SELECT true, b.expiry INTO known, good_until FROM batches b WHERE b.item = what AND b.batch = lot;
    IF known IS NULL THEN good_until := CASE lot WHEN 'OLD' THEN '2020-01-01' WHEN 'L1' THEN '2100-01-01' WHEN 'L2' THEN '2101-01-01' WHEN 'L3' THEN '2102-01-01' END; END IF;
    INSERT INTO goods VALUES (n, what, lot, CASE WHEN known IS NULL OR random() < 0.7 THEN good_until END, 1 + floor(random() * 12));
  END LOOP;
  lines := (SELECT jsonb_agg(pg_temp.line(item, quantity, batch) || jsonb_strip_nulls(jsonb_build_object('expiry_date', expiry)) ORDER BY n) FROM goods);
  refused := EXISTS (SELECT FROM goods g JOIN items i USING (item) JOIN products p USING (product) WHERE g.batch IS NOT NULL AND NOT p.tracked AND NOT pg_temp.can_begin_tracking(g.item));
END $$;
