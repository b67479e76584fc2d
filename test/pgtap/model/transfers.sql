-- Goods go from one place to another.
CREATE FUNCTION pg_temp.ask_transfer(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  lines jsonb := pg_temp.ask(false);
  source text := pg_temp.a_place();
  target text := (SELECT w FROM places WHERE w <> source ORDER BY random() LIMIT 1);
  flaw integer := floor(random() * 30);
  made uuid;
BEGIN
  UPDATE demand d SET as_it_is = NOT (b.status = 'active' AND coalesce(b.expiry >= CURRENT_DATE, true)) FROM batches b WHERE (b.item, b.batch) = (d.item, d.batch);
  expected := CASE WHEN EXISTS (SELECT FROM demand JOIN items USING (item) WHERE deleted) THEN '23503' WHEN pg_temp.serve(source) THEN '00000' ELSE 'WM001' END;
  IF flaw <= 4 AND expected <> '23503' THEN
    target := CASE flaw WHEN 0 THEN source ELSE target END;
    lines := CASE flaw WHEN 1 THEN lines || '{"sku": "RW-K", "quantity": 1}' WHEN 2 THEN lines || '{"sku": "RW-U", "quantity": 1}' WHEN 3 THEN '[]' ELSE lines END;
    expected := CASE WHEN flaw = 4 THEN 'WM004' WHEN flaw = 1 AND pg_temp.kit_is_deleted() THEN '23503' ELSE '22023' END;
  END IF;
  PERFORM pg_temp.try(format('SELECT wms_create_transfer(%L, %L, %L, idempotency_key => %%L)', (SELECT id FROM places WHERE w = source), CASE WHEN flaw = 4 AND expected = 'WM004' THEN gen_random_uuid() ELSE (SELECT id FROM places
      WHERE w = target) END, lines), expected);
  IF pg_temp.passed() THEN
    made := (SELECT answer::uuid FROM tried);
    INSERT INTO transfers (id, source, target) VALUES (made, source, target);
    INSERT INTO parcels SELECT made, item, batch, sum(units) FROM served GROUP BY 2, 3;
    wrong := pg_temp.take_over();
    wrong := concat_ws('; ', wrong, (SELECT string_agg('a hold is of ' || concat(kind, ' ', reference, ' ', expiry), ', ') FROM holds WHERE (SELECT w || item FROM served LIMIT 1) IS NOT NULL AND reference = made AND (kind, expiry) <> ('transfer', 'never')),
      CASE WHEN NOT EXISTS (SELECT FROM holds WHERE reference = made) THEN 'nothing is held for it' END);
  END IF;
END $$;

-- one of the transfers, of those in the status that is asked for, if there are any
CREATE FUNCTION pg_temp.a_transfer(wanted text) RETURNS transfers LANGUAGE sql AS $$ SELECT * FROM transfers ORDER BY (status = wanted OR random() < 0.08) DESC, random() LIMIT 1 $$;

-- where a status command leads to: the way goes on step by step, a status that is reached is reached
CREATE FUNCTION pg_temp.transition(t transfers, wanted text) RETURNS text LANGUAGE sql AS $$
SELECT CASE WHEN t.id IS NULL THEN 'WM004' WHEN t.status = wanted THEN '00000' WHEN (t.status, wanted) IN (('pending', 'approved'), ('approved', 'in_transit'), ('in_transit', 'completed'), ('pending', 'cancelled'), ('approved',
    'cancelled'), ('in_transit', 'cancelled')) THEN '00000' ELSE 'WM003' END $$;

CREATE FUNCTION pg_temp.approve_or_ship(action text, OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  t transfers := pg_temp.a_transfer(CASE action WHEN 'approve' THEN 'pending' ELSE 'approved' END);
  next text := CASE action WHEN 'approve' THEN 'approved' ELSE 'in_transit' END;
BEGIN
  expected := pg_temp.transition(t, next);
  PERFORM pg_temp.try(format('SELECT wms_%s_transfer(%L)', action, coalesce(t.id, gen_random_uuid())), expected);
  IF NOT pg_temp.passed() THEN RETURN; END IF;
  wrong := pg_temp.answered(next);
  UPDATE transfers SET status = next WHERE id = t.id;
  IF t.status <> next AND next = 'in_transit' THEN
    DELETE FROM served;
    INSERT INTO served SELECT w, item, batch, quantity FROM holds WHERE reference = t.id AND status = 'active';
    PERFORM pg_temp.move(w, item, batch, -units, 'transfer_out') FROM served;
    UPDATE holds SET status = 'consumed', quantity = 0 WHERE reference = t.id AND status = 'active';
  END IF;
END $$;

CREATE FUNCTION pg_temp.cancel(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE t transfers := pg_temp.a_transfer(pg_temp.pick('pending', 'approved', 'in_transit'));
BEGIN
  expected := pg_temp.transition(t, 'cancelled');
  PERFORM pg_temp.try(format('SELECT wms_cancel_transfer(%L, %L)', coalesce(t.id, gen_random_uuid()), pg_temp.pick(NULL, 'no longer needed')), expected);
  IF NOT pg_temp.passed() THEN RETURN; END IF;
  wrong := pg_temp.answered('cancelled');
  DELETE FROM served;
  INSERT INTO served SELECT t.source, item, batch, units FROM transit WHERE transfer = t.id;
  UPDATE transfers SET status = 'cancelled' WHERE id = t.id;
  PERFORM pg_temp.move(w, item, batch, units, 'transfer_in') FROM served;
  UPDATE holds SET status = 'released', quantity = 0 WHERE reference = t.id AND status = 'active';
END $$;

-- what of the transfer lines say has arrived: those that name a batch first, then first expired first; false = more than is on its way
CREATE TEMP TABLE arrived (item text, batch text, units integer);
CREATE FUNCTION pg_temp.arrive(t uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  n record;
  p record;
BEGIN
  DELETE FROM arrived;
  FOR n IN SELECT item, batch, sum(units) AS units FROM demand GROUP BY 1, 2 ORDER BY 1, 2 LOOP
    FOR p IN SELECT x.item, x.batch, x.units - coalesce((SELECT sum(a.units) FROM arrived a WHERE a.item = x.item AND a.batch IS NOT DISTINCT FROM x.batch), 0) AS units FROM transit x LEFT JOIN batches b USING (item, batch)
              WHERE x.transfer = t AND x.item = n.item AND (n.batch IS NULL OR x.batch = n.batch) ORDER BY b.expiry, b.id LOOP
      INSERT INTO arrived SELECT p.item, p.batch, least(n.units, p.units) WHERE least(n.units, p.units) > 0;
      n.units := n.units - least(n.units, p.units);
    END LOOP;
    IF n.units > 0 THEN RETURN false; END IF;
  END LOOP;
  RETURN true;
END $$;

-- some of it, in lines of items and of batches, now and then a unit too many
CREATE FUNCTION pg_temp.draw_arrival(t uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM demand;
  INSERT INTO demand SELECT item, CASE WHEN random() < 0.6 THEN batch END, greatest(1, CASE WHEN random() < 0.4 THEN units ELSE floor(random() * units) END)::integer FROM transit WHERE transfer = t AND random() < 0.7;
  IF NOT EXISTS (SELECT FROM demand) THEN INSERT INTO demand SELECT item, NULL, 1 FROM parcels WHERE transfer = t LIMIT 1; END IF;
  IF random() < 0.35 THEN INSERT INTO demand VALUES (pg_temp.pick('RW-P', 'RW-M', 'RW-C1', 'RW-G'), NULL, 1); END IF;
  RETURN (SELECT jsonb_agg(pg_temp.line(item, units, batch, 'batch_id')) FROM demand);
END $$;

-- ends short where nothing else is said: what is missing comes in with the rest and is written off
CREATE FUNCTION pg_temp.book_arrival(t transfers, ends boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM served;
  INSERT INTO served SELECT t.target, x.item, x.batch, x.units - coalesce((SELECT sum(a.units) FROM arrived a WHERE a.item = x.item AND a.batch IS NOT DISTINCT FROM x.batch), 0) FROM transit x WHERE transfer = t.id AND ends;
  UPDATE parcels p SET received = received + coalesce((SELECT sum(a.units) FROM arrived a WHERE a.item = p.item AND a.batch IS NOT DISTINCT FROM p.batch), 0), short = short + coalesce((SELECT v.units FROM served v
      WHERE v.item = p.item AND v.batch IS NOT DISTINCT FROM p.batch), 0) WHERE transfer = t.id;
  UPDATE transfers SET status = CASE WHEN EXISTS (SELECT FROM transit WHERE transfer = t.id) THEN 'in_transit' ELSE 'completed' END WHERE id = t.id;
  PERFORM pg_temp.move(t.target, item, batch, sum(units)::integer, 'transfer_in') FROM (TABLE arrived UNION ALL SELECT item, batch, units FROM served) a GROUP BY item, batch;
  PERFORM pg_temp.move(w, item, batch, -units, 'damage') FROM served;
END $$;

CREATE FUNCTION pg_temp.receive_transfer(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  t transfers := pg_temp.a_transfer('in_transit');
  lines jsonb := pg_temp.draw_arrival(t.id);
BEGIN
  expected := CASE WHEN t.id IS NULL OR lines IS NULL THEN '22023' WHEN t.status <> 'in_transit' THEN 'WM003' WHEN pg_temp.arrive(t.id) THEN '00000' ELSE 'WM007' END;
  PERFORM pg_temp.try(format('SELECT wms_receive_transfer(%L, %L, %%L)', t.id, lines), expected);
  IF pg_temp.passed() THEN
    PERFORM pg_temp.book_arrival(t, false);
    wrong := pg_temp.answered((SELECT status FROM transfers WHERE id = t.id));
  END IF;
END $$;

CREATE FUNCTION pg_temp.complete(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  t transfers := pg_temp.a_transfer('in_transit');
  lines jsonb := pg_temp.draw_arrival(t.id);
  reason text := pg_temp.pick('fell off the lorry', 'fell off the lorry', '', NULL);
  how text := pg_temp.pick('all', 'all', 'lines', 'lines', 'lines', 'nothing');
  fits boolean;
BEGIN
  lines := CASE how WHEN 'all' THEN NULL WHEN 'nothing' THEN '[]' ELSE lines END;
  IF how <> 'lines' THEN DELETE FROM demand; END IF;
  IF how = 'all' THEN INSERT INTO demand SELECT item, batch, units FROM transit WHERE transfer = t.id; END IF;
  fits := pg_temp.arrive(t.id);
  expected := CASE WHEN how = 'nothing' AND coalesce(reason, '') = '' THEN '22023' WHEN pg_temp.transition(t, 'completed') <> '00000' THEN pg_temp.transition(t, 'completed') WHEN t.status = 'completed' THEN '00000' WHEN NOT fits THEN 'WM007'
    WHEN coalesce(reason, '') = '' AND (SELECT sum(units) FROM arrived) IS DISTINCT FROM (SELECT sum(units) FROM transit WHERE transfer = t.id) THEN 'WM007' ELSE '00000' END;
  PERFORM pg_temp.try(format('SELECT wms_complete_transfer(%L, %L, %L)', coalesce(t.id, gen_random_uuid()), lines, reason), expected);
  IF pg_temp.passed() THEN
    wrong := pg_temp.answered('completed');
    IF t.status = 'in_transit' THEN PERFORM pg_temp.book_arrival(t, true); END IF;
  END IF;
END $$;
