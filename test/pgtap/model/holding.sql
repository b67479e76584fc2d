-- Who is served from where, and how holds end.
CREATE TEMP TABLE demand (item text, batch text, units integer, as_it_is boolean DEFAULT false);
CREATE TEMP TABLE shares (w text, item text, batch text, units integer);
CREATE TEMP TABLE served (w text, item text, batch text, units integer);
CREATE TEMP VIEW needs AS SELECT item, batch, as_it_is, sum(units) AS units FROM demand GROUP BY 1, 2, 3;
-- what a place has for those who name a batch: a transfer may take one as it is
CREATE TEMP VIEW named AS SELECT n.*, l.w, CASE WHEN n.as_it_is THEN l.free WHEN l.good THEN least(l.free, s.units) ELSE 0 END AS has
  FROM needs n JOIN lots l USING (item, batch) JOIN supply s ON s.w = l.w AND s.item = l.item WHERE n.batch IS NOT NULL;

CREATE FUNCTION pg_temp.can_serve(place text) RETURNS boolean LANGUAGE sql AS $$
SELECT NOT EXISTS (SELECT FROM (SELECT item, sum(units) AS units FROM demand WHERE NOT as_it_is GROUP BY 1) d WHERE d.units > coalesce((SELECT s.units FROM supply s WHERE s.w = place AND s.item = d.item), 0))
   AND NOT EXISTS (SELECT FROM needs n WHERE n.batch IS NOT NULL AND n.units > coalesce((SELECT m.has FROM named m WHERE m.w = place AND (m.item, m.batch) = (n.item, n.batch)), 0)) $$;

-- every place gives what it has, one after the other
CREATE FUNCTION pg_temp.split() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  p places;
  n record;
BEGIN
  FOR p IN SELECT * FROM places WHERE active AND NOT virtual ORDER BY rank LOOP
    FOR n IN SELECT *, units - coalesce((SELECT sum(s.units) FROM shares s WHERE s.item = d.item AND s.batch IS NOT DISTINCT FROM d.batch), 0) AS missing FROM needs d ORDER BY item, batch LOOP
      INSERT INTO shares SELECT p.w, n.item, n.batch, least(n.missing, s.units - coalesce((SELECT sum(x.units) FROM shares x WHERE x.w = p.w AND x.item = n.item), 0), (SELECT m.has FROM named m WHERE m.w = p.w AND (m.item, m.batch) = (n.item, n.batch)))
        FROM supply s WHERE s.w = p.w AND s.item = n.item AND (n.batch IS NULL OR EXISTS (SELECT FROM named m WHERE m.w = p.w AND (m.item, m.batch) = (n.item, n.batch)));
      DELETE FROM shares WHERE units <= 0;
    END LOOP;
  END LOOP;
  IF (SELECT sum(units) FROM demand) IS DISTINCT FROM (SELECT sum(units) FROM shares) THEN RETURN false; END IF;
  INSERT INTO seen VALUES ('hold', 'in several places') ON CONFLICT DO NOTHING;
  RETURN true;
END $$;

-- lays shares on batches, first expired first, after those that are named
CREATE FUNCTION pg_temp.lay_on_batches() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  s shares;
  l record;
  open integer;
BEGIN
  FOR s IN SELECT * FROM shares ORDER BY w, item, batch LOOP
    open := s.units;
    FOR l IN SELECT batch, free - coalesce((SELECT sum(v.units) FROM served v WHERE v.w = x.w AND v.item = x.item AND v.batch = x.batch), 0) AS free FROM lots x
              WHERE w = s.w AND item = s.item AND (batch = s.batch OR (s.batch IS NULL AND good)) ORDER BY expiry, id LOOP
      INSERT INTO served SELECT s.w, s.item, l.batch, least(open, l.free) WHERE least(open, l.free) > 0;
      open := open - greatest(0, least(open, l.free));
    END LOOP;
  END LOOP;
END $$;

-- how the demand is to be met from a place, or from the first that can, or from several; false = it cannot
CREATE FUNCTION pg_temp.serve(place text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  one text := coalesce(place, (SELECT w FROM places WHERE active AND NOT virtual AND pg_temp.can_serve(w) ORDER BY rank LIMIT 1));
BEGIN
  DELETE FROM shares;
  DELETE FROM served;
  IF one IS NULL THEN
    IF NOT pg_temp.split() THEN RETURN false; END IF;
  ELSE
    IF NOT pg_temp.can_serve(one) THEN RETURN false; END IF;
    INSERT INTO shares SELECT one, item, batch, units FROM needs;
  END IF;
  PERFORM pg_temp.lay_on_batches();
  RETURN true;
END $$;

-- the holds that are new, which must be what was to be served
SELECT pg_temp.rule('held', 'SELECT w, item, batch, sum(units) FROM served GROUP BY 1, 2, 3', 'SELECT w, item, batch, sum(quantity) FROM real_holds WHERE id NOT IN (SELECT id FROM holds) GROUP BY 1, 2, 3') \g /dev/null
DELETE FROM rules WHERE what = 'held';
CREATE FUNCTION pg_temp.take_over() RETURNS text LANGUAGE plpgsql AS $$
DECLARE wrong text := pg_temp.held();
BEGIN
  INSERT INTO holds SELECT * FROM real_holds r WHERE r.id NOT IN (SELECT id FROM holds) ORDER BY w, item, batch, quantity, id;
  RETURN wrong;
END $$;

-- what may be asked for: one to three lines, kits among them, now and then of a batch
CREATE FUNCTION pg_temp.ask(whole_kits boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  lines jsonb := '[]';
  what text;
  lot text;
  units integer;
BEGIN
  DELETE FROM demand;
  FOR n IN 1 .. 1 + floor(random() * 3) LOOP
    what := CASE WHEN whole_kits AND random() < 0.15 THEN 'RW-K' ELSE pg_temp.any_item() END;
    lot := CASE WHEN random() < 0.4 AND NOT EXISTS (SELECT FROM demand WHERE batch IS NOT NULL) THEN (SELECT batch FROM batches WHERE item = what ORDER BY random() LIMIT 1) END;
    units := 1 + floor(random() * random() * 9);
    lines := lines || pg_temp.line(what, units, lot, 'batch_id');
    INSERT INTO demand SELECT item, NULL, k.units * n.units FROM parts k, (SELECT units) n WHERE kit = what UNION ALL SELECT what, lot, units WHERE what <> 'RW-K';
  END LOOP;
  RETURN lines;
END $$;

-- more often than not one that can serve the demand
CREATE FUNCTION pg_temp.a_place() RETURNS text LANGUAGE sql AS $$ SELECT w FROM places ORDER BY (random() < 0.8 AND pg_temp.can_serve(w)) DESC, random() LIMIT 1 $$;

CREATE FUNCTION pg_temp.reserve(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  lines jsonb := pg_temp.ask(true);
  place text := CASE WHEN random() < 0.5 THEN pg_temp.a_place() END;
  lapses text := pg_temp.pick(NULL, NULL, '2 hours', '3 days');
  kind text := pg_temp.pick(NULL, 'cart', 'cart');
  reference uuid := CASE WHEN kind = 'cart' THEN md5((floor(random() * 20))::text)::uuid END;
  flaw integer := floor(random() * 60);
BEGIN
  expected := CASE WHEN EXISTS (SELECT FROM demand JOIN items USING (item) WHERE deleted) THEN '23503' WHEN pg_temp.serve(place) THEN '00000' ELSE 'WM001' END;
  IF flaw <= 7 AND expected <> '23503' THEN
    lines := CASE flaw WHEN 1 THEN lines || '{"sku": "RW-X", "quantity": 1}' WHEN 2 THEN lines || '{"sku": "RW-P", "quantity": 0}' WHEN 3 THEN lines || '{"sku": "RW-S", "quantity": 1}'
      WHEN 4 THEN '[{"sku": "RW-U", "quantity": 1}]' WHEN 5 THEN lines || jsonb_build_object('sku', 'RW-N', 'quantity', 1, 'batch_id', (SELECT id FROM batches ORDER BY random() LIMIT 1)) ELSE lines END;
    lapses := CASE flaw WHEN 6 THEN '-1 hour' ELSE lapses END;
    kind := CASE flaw WHEN 7 THEN 'transfer' ELSE kind END;
    reference := CASE flaw WHEN 7 THEN (SELECT id FROM transfers ORDER BY random() LIMIT 1) ELSE reference END;
    expected := CASE WHEN flaw = 0 THEN 'WM004' WHEN flaw = 1 THEN '23503' WHEN flaw = 5 THEN CASE WHEN EXISTS (SELECT FROM batches) THEN '23503' ELSE '22023' END WHEN flaw = 7 THEN CASE WHEN reference IS NULL THEN expected ELSE 'WM092' END ELSE '22023' END;
    IF flaw = 7 AND expected <> 'WM092' THEN kind := NULL; END IF;
  END IF;
  PERFORM pg_temp.try(format('SELECT * FROM wms_reserve_stock(%L, %L, %L, %L, %L, %%L)', lines, CASE WHEN flaw = 0 AND expected = 'WM004' THEN gen_random_uuid() ELSE (SELECT id FROM places WHERE w = place) END, kind, reference, lapses), expected);
  wrong := CASE WHEN pg_temp.passed() THEN pg_temp.take_over() END;
END $$;

-- units leave a hold: they are free again, or gone; what was held of a batch that may not be sold comes from others
CREATE FUNCTION pg_temp.end_hold(h holds, units integer, how text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE holds SET quantity = quantity - units, status = CASE WHEN quantity > units THEN status ELSE how END WHERE id = h.id;
  IF how = 'consumed' THEN
    PERFORM pg_temp.move(w, item, batch, -v.units, CASE WHEN h.kind = 'transfer' THEN 'transfer_out' ELSE 'sale' END) FROM served v;
  END IF;
END $$;

CREATE FUNCTION pg_temp.resolve(action text, OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  h holds;
  wanted text := CASE WHEN action = 'consume' AND random() < 0.5 THEN 'stuck' ELSE pg_temp.pick('live', 'live', 'live', 'live', 'live', 'stuck', 'resolved', 'lapsed', 'any', 'unknown') END;
  units integer;
  lapses text := pg_temp.pick('1 hour', '5 hours', '9 days', '-1 hour');
BEGIN
  SELECT * INTO h FROM holds x WHERE wanted <> 'unknown' ORDER BY (CASE wanted WHEN 'live' THEN x.status = 'active' AND x.expiry <> 'lapsed' AND x.kind IS DISTINCT FROM 'transfer'
      WHEN 'stuck' THEN x.status = 'active' AND x.expiry <> 'lapsed' AND x.kind IS DISTINCT FROM 'transfer' AND EXISTS (SELECT FROM lots l WHERE (l.w, l.item, l.batch) = (x.w, x.item, x.batch) AND NOT l.good)
      WHEN 'resolved' THEN x.status <> 'active'
      WHEN 'lapsed' THEN x.expiry = 'lapsed' ELSE true END) DESC, random() LIMIT 1;
  units := CASE WHEN random() < 0.5 THEN floor(random() * (h.quantity + 2)) END;
  DELETE FROM shares;
  DELETE FROM served;
  INSERT INTO shares SELECT w, item, CASE WHEN good THEN batch END, coalesce(units, h.quantity) FROM lots WHERE w = h.w AND item = h.item AND batch IS NOT DISTINCT FROM h.batch AND h.status = 'active' AND units IS DISTINCT FROM 0;
  IF EXISTS (SELECT FROM shares WHERE batch = h.batch OR h.batch IS NULL) THEN INSERT INTO served SELECT h.w, h.item, h.batch, s.units FROM shares s; ELSE PERFORM pg_temp.lay_on_batches(); END IF;
  expected := CASE WHEN CASE action WHEN 'extend' THEN lapses = '-1 hour' ELSE units < 1 END THEN '22023' WHEN h.id IS NULL THEN 'WM004' WHEN h.kind = 'transfer' THEN 'WM092' WHEN h.status <> 'active' OR h.expiry = 'lapsed' THEN 'WM002'
    WHEN action <> 'extend' AND units > h.quantity THEN '22023' WHEN action = 'consume' AND (SELECT sum(v.units) FROM served v) IS DISTINCT FROM coalesce(units, h.quantity) THEN 'WM001' ELSE '00000' END;
  PERFORM pg_temp.try(format('SELECT wms_%s_reservation(%L, %L)', action, coalesce(h.id, gen_random_uuid()), CASE action WHEN 'extend' THEN lapses ELSE units::text END), expected);
  IF pg_temp.passed() AND action <> 'extend' THEN
    PERFORM pg_temp.end_hold(h, coalesce(units, h.quantity), action || 'd');
    IF action = 'consume' AND EXISTS (SELECT FROM served v WHERE v.batch <> h.batch) THEN INSERT INTO seen VALUES ('hold', 'served from another batch') ON CONFLICT DO NOTHING; END IF;
  END IF;
END $$;

-- all that is held for a cart
CREATE FUNCTION pg_temp.give_up(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  h holds;
  live integer;
BEGIN
  SELECT * INTO h FROM holds x WHERE kind = 'cart' OR random() < 0.1 ORDER BY status = 'active' DESC, random() LIMIT 1;
  SELECT count(*) INTO live FROM holds x WHERE x.kind = h.kind AND x.reference = h.reference AND x.status = 'active' AND x.expiry <> 'lapsed';
  expected := CASE WHEN h.kind IS NULL THEN '22023' WHEN h.kind = 'transfer' THEN 'WM092' ELSE '00000' END;
  PERFORM pg_temp.try(format('SELECT wms_release_reservations(%L, %L)', h.kind, h.reference), expected);
  IF pg_temp.passed() THEN
    wrong := pg_temp.answered(live::text);
    PERFORM pg_temp.end_hold(x, x.quantity, CASE x.expiry WHEN 'lapsed' THEN 'expired' ELSE 'released' END) FROM holds x WHERE x.kind = h.kind AND x.reference = h.reference AND x.status = 'active';
  END IF;
END $$;

-- time passes for a hold
CREATE FUNCTION pg_temp.lapse(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE hold uuid := (SELECT id FROM holds WHERE expiry = 'later' AND status = 'active' ORDER BY random() LIMIT 1);
BEGIN
  expected := '00000';
  PERFORM set_config('wms.guard', 'off', true);
  PERFORM pg_temp.try(format($q$UPDATE inventory.stock_reservations SET expires_at = now() - interval '1 hour' WHERE id = %L$q$, hold), expected);
  PERFORM set_config('wms.guard', 'on', true);
  UPDATE holds SET expiry = 'lapsed' WHERE id = hold;
END $$;
