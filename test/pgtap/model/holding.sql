-- Who is served from where, and how holds end.
CREATE TEMP TABLE demand (item text, batch text, units integer, as_it_is boolean DEFAULT false, kit integer, kits integer);
CREATE TEMP TABLE shares (w text, item text, batch text, units integer);
CREATE TEMP TABLE served (w text, item text, batch text, units integer);
CREATE TEMP VIEW needs AS SELECT item, batch, as_it_is, sum(units) AS units FROM demand GROUP BY 1, 2, 3;
-- what a place has for those who name a batch: a transfer may take one as it is
CREATE TEMP VIEW named AS SELECT n.*, l.w, CASE WHEN n.as_it_is THEN l.free WHEN l.good THEN least(l.free, s.units) ELSE 0 END AS has
  FROM needs n JOIN lots l USING (item, batch) JOIN supply s ON s.w = l.w AND s.item = l.item WHERE n.batch IS NOT NULL;

CREATE FUNCTION pg_temp.can_serve(place text) RETURNS boolean LANGUAGE sql AS $$
SELECT NOT EXISTS (SELECT FROM (SELECT item, sum(units) AS units FROM demand WHERE NOT as_it_is GROUP BY 1) d WHERE d.units > coalesce((SELECT s.units FROM supply s WHERE s.w = place AND s.item = d.item), 0))
   AND NOT EXISTS (SELECT FROM needs n WHERE n.batch IS NOT NULL AND n.units > coalesce((SELECT m.has FROM named m WHERE m.w = place AND (m.item, m.batch) = (n.item, n.batch)), 0)) $$;

-- what a place has left for an item, or for a batch of it
CREATE FUNCTION pg_temp.left_at(place text, what text, lot text) RETURNS integer LANGUAGE sql AS $$
SELECT coalesce((SELECT least(s.units - coalesce((SELECT sum(x.units) FROM shares x WHERE x.w = place AND x.item = what), 0), CASE WHEN lot IS NOT NULL THEN coalesce((SELECT m.has FROM named m WHERE m.w = place AND (m.item, m.batch) = (what, lot)), 0) END)
                   FROM supply s WHERE s.w = place AND s.item = what), 0)::integer $$;

-- of every kit as many as a place has all parts of, one place after the other
CREATE FUNCTION pg_temp.split_kits() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  k record;
  p places;
  most integer;
BEGIN
  FOR k IN SELECT kit, kits AS missing FROM demand WHERE kit IS NOT NULL GROUP BY 1, 2 ORDER BY 1 LOOP
    FOR p IN SELECT * FROM places WHERE active AND NOT virtual ORDER BY rank LOOP
      SELECT least(k.missing, min(pg_temp.left_at(p.w, d.item, NULL) / (d.units / d.kits))) INTO most FROM demand d WHERE d.kit = k.kit;
      CONTINUE WHEN most <= 0;
      INSERT INTO shares SELECT p.w, d.item, NULL, most * d.units / d.kits FROM demand d WHERE d.kit = k.kit;
      k.missing := k.missing - most;
    END LOOP;
    IF k.missing > 0 THEN RETURN false; END IF;
  END LOOP;
  RETURN true;
END $$;

-- of everything else every place gives what it has, one after the other
CREATE FUNCTION pg_temp.split_others() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  p places;
  n record;
  missing integer;
  part integer;
BEGIN
  FOR n IN SELECT item, batch, sum(units) AS units FROM demand WHERE kit IS NULL GROUP BY 1, 2 ORDER BY item, batch LOOP
    missing := n.units;
    FOR p IN SELECT * FROM places WHERE active AND NOT virtual ORDER BY rank LOOP
      part := least(missing, pg_temp.left_at(p.w, n.item, n.batch));
      CONTINUE WHEN part <= 0;
      INSERT INTO shares VALUES (p.w, n.item, n.batch, part);
      missing := missing - part;
    END LOOP;
    IF missing > 0 THEN RETURN false; END IF;
  END LOOP;
  RETURN true;
END $$;

-- kits have less choice of a place, others may name a batch: they come first, or else last
CREATE FUNCTION pg_temp.split() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (pg_temp.split_kits() AND pg_temp.split_others()) THEN
    DELETE FROM shares;
    IF NOT (pg_temp.split_others() AND pg_temp.split_kits()) THEN RETURN false; END IF;
  END IF;
  INSERT INTO seen VALUES ('hold', 'in several places') ON CONFLICT DO NOTHING;
  INSERT INTO seen SELECT 'kit', 'in several places' FROM demand WHERE kit IS NOT NULL GROUP BY kit HAVING (SELECT count(DISTINCT w) FROM shares) > 1 ON CONFLICT DO NOTHING;
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
    what := CASE WHEN whole_kits AND random() < CASE WHEN pg_temp.was_seen('kit', 'in several places') THEN 0.15 ELSE 0.4 END THEN 'RW-K' ELSE pg_temp.any_item() END;
    lot := CASE WHEN random() < 0.4 THEN (SELECT batch FROM batches WHERE item = what ORDER BY random() LIMIT 1) END;
    units := 1 + floor(random() * random() * CASE WHEN whole_kits THEN 18 ELSE 9 END);
    lines := lines || pg_temp.line(what, units, lot, 'batch_id');
    INSERT INTO demand SELECT item, NULL, k.units * u.units, false, n, u.units FROM parts k, (SELECT units) u WHERE kit = what UNION ALL SELECT what, lot, units, false, NULL, NULL WHERE what <> 'RW-K';
  END LOOP;
  RETURN lines;
END $$;

-- more often than not one that can serve the demand
CREATE FUNCTION pg_temp.a_place() RETURNS text LANGUAGE sql AS $$ SELECT w FROM places ORDER BY (random() < 0.8 AND pg_temp.can_serve(w)) DESC, random() LIMIT 1 $$;

-- what one place cannot serve but all can, and what leaves other batches less than it holds: asked for until it has happened
CREATE FUNCTION pg_temp.ask_rarely(OUT lines jsonb, OUT place text) LANGUAGE plpgsql AS $$
DECLARE
  r record;
BEGIN
  SELECT NULL::text AS item INTO r;
  IF NOT pg_temp.was_seen('kit', 'in several places') THEN
    SELECT name AS item, max(units)::integer + 1 AS units, NULL::text AS batch, NULL::text AS w INTO r FROM promise JOIN places p USING (w) WHERE name = 'RW-K' AND variant IS NULL AND p.active AND NOT p.virtual
     GROUP BY name HAVING max(units) BETWEEN 1 AND sum(units) - 1;
  ELSIF NOT pg_temp.was_seen('hold', 'in several places') THEN
    SELECT item, max(units) + 1 AS units, NULL::text AS batch, NULL::text AS w INTO r FROM supply JOIN places p USING (w) JOIN items i USING (item) WHERE p.active AND NOT p.virtual AND NOT i.deleted
     GROUP BY item HAVING max(units) BETWEEN 1 AND sum(units) - 1 ORDER BY random() LIMIT 1;
  ELSIF NOT pg_temp.was_seen('hold', 'split over batches') THEN
    SELECT l.item, l.free AS units, l.batch, l.w INTO r FROM lots l JOIN items i USING (item) JOIN supply s USING (w, item) WHERE l.good AND l.batch IS NOT NULL AND NOT i.deleted AND s.units >= l.free
       AND (SELECT sum(o.free) FROM lots o WHERE (o.w, o.item) = (l.w, l.item) AND o.batch <> l.batch AND o.good) BETWEEN 1 AND l.free - 1 ORDER BY random() LIMIT 1;
  END IF;
  IF r.item IS NOT NULL THEN
    DELETE FROM demand;
    lines := jsonb_build_array(pg_temp.line(r.item, r.units, r.batch, 'batch_id'));
    place := r.w;
    INSERT INTO demand SELECT item, NULL, k.units * r.units, false, 1, r.units FROM parts k WHERE kit = r.item UNION ALL SELECT r.item, r.batch, r.units, false, NULL, NULL WHERE r.item <> 'RW-K';
  END IF;
END $$;

CREATE FUNCTION pg_temp.reserve(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  lines jsonb := pg_temp.ask(true);
  place text := CASE WHEN random() < 0.5 THEN pg_temp.a_place() END;
  lapses text := pg_temp.pick(NULL, NULL, '2 hours', '3 days');
  kind text := pg_temp.pick(NULL, 'cart');
  reference uuid := CASE WHEN kind = 'cart' THEN md5((floor(random() * 20))::text)::uuid END;
  flaw integer := floor(random() * 60);
  rare record;
BEGIN
  SELECT NULL::jsonb AS lines, NULL::text AS place INTO rare;
  IF flaw > 7 AND random() < 0.4 THEN SELECT * INTO rare FROM pg_temp.ask_rarely(); END IF;
  IF rare.lines IS NOT NULL THEN
    lines := rare.lines;
    place := rare.place;
    IF place IS NOT NULL THEN SELECT NULL, NULL INTO kind, reference; END IF;
  END IF;
  -- who takes which batch from where, when several are named and no place has all, is a riddle that is left to others
  IF place IS NULL AND EXISTS (SELECT FROM needs WHERE batch IS NOT NULL GROUP BY item HAVING count(*) > 1) THEN place := pg_temp.a_place(); END IF;
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

-- units leave a hold
CREATE FUNCTION pg_temp.end_hold(h holds, units integer, how text) RETURNS void LANGUAGE sql AS $$
UPDATE holds SET quantity = quantity - units, status = CASE WHEN quantity > units THEN status ELSE how END WHERE id = h.id $$;

-- and are gone
CREATE FUNCTION pg_temp.move_served(why text) RETURNS void LANGUAGE sql AS $$ SELECT count(pg_temp.move(w, item, batch, -units, why) IS NULL) FROM served $$;

-- a hold and the parts of it that moved to other batches when its own was blocked: sold first expired first, what cannot be sold last; freed the other way round
CREATE TEMP TABLE family (n serial, id uuid, good boolean, batch text, quantity integer, units integer);
CREATE FUNCTION pg_temp.find_family(h holds, action text, wanted integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  f family;
  open integer;
BEGIN
  DELETE FROM family;
  INSERT INTO family (id, good, batch, quantity) SELECT x.id, l.good, x.batch, x.quantity FROM holds x JOIN lots l ON l.w = x.w AND l.item = x.item AND l.batch IS NOT DISTINCT FROM x.batch
   WHERE (x.id = h.id OR (x.reference = h.id AND h.reference IS NULL)) AND x.status = 'active' AND x.expiry <> 'lapsed'
   ORDER BY CASE action WHEN 'consume' THEN 1 ELSE -1 END * row_number() OVER (ORDER BY l.good DESC, l.expiry, l.id, x.id);
  open := coalesce(wanted, (SELECT sum(quantity) FROM family));
  FOR f IN SELECT * FROM family ORDER BY n LOOP
    UPDATE family SET units = greatest(0, least(f.quantity, open)) WHERE n = f.n;
    open := open - f.quantity;
  END LOOP;
  DELETE FROM shares;
  DELETE FROM served;
  -- what was held of a batch that may not be sold comes from others, as far as these are free
  INSERT INTO shares SELECT h.w, h.item, NULL, sum(units) FROM family WHERE NOT good HAVING sum(units) > 0;
  PERFORM pg_temp.lay_on_batches();
  INSERT INTO served SELECT h.w, h.item, batch, units FROM family WHERE good AND units > 0;
END $$;

CREATE FUNCTION pg_temp.resolve(action text, OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  h holds;
  wanted text := CASE WHEN action <> 'extend' AND NOT pg_temp.was_seen('hold', action || 'd with its parts') AND EXISTS (SELECT FROM holds p JOIN holds x ON p.reference = x.id WHERE p.status = 'active') THEN 'parts'
      WHEN action = 'consume' AND random() < 0.5 THEN 'stuck' ELSE pg_temp.pick('live', 'live', 'live', 'live', 'live', 'stuck', 'parts', 'resolved', 'lapsed', 'any', 'unknown') END;
  held integer;
  units integer;
  lapses text := pg_temp.pick('1 hour', '5 hours', '9 days', '-1 hour');
BEGIN
  SELECT * INTO h FROM holds x WHERE wanted <> 'unknown' ORDER BY (CASE wanted WHEN 'live' THEN x.status = 'active' AND x.expiry <> 'lapsed' AND x.kind IS DISTINCT FROM 'transfer'
      WHEN 'stuck' THEN x.status = 'active' AND x.expiry <> 'lapsed' AND x.kind IS DISTINCT FROM 'transfer' AND EXISTS (SELECT FROM lots l WHERE (l.w, l.item, l.batch) = (x.w, x.item, x.batch) AND NOT l.good)
      WHEN 'parts' THEN EXISTS (SELECT FROM holds p WHERE p.reference = x.id AND p.status = 'active')
      WHEN 'resolved' THEN x.status <> 'active'
      WHEN 'lapsed' THEN x.expiry = 'lapsed' ELSE true END) DESC, random() LIMIT 1;
  PERFORM pg_temp.find_family(h, action, NULL);
  held := (SELECT sum(quantity) FROM family);
  units := CASE WHEN wanted = 'stuck' AND NOT pg_temp.was_seen('hold', 'served from another batch') THEN 1 WHEN random() < 0.5 AND wanted <> 'parts' THEN floor(random() * (coalesce(held, 0) + 2)) END;
  PERFORM pg_temp.find_family(h, action, units);
  expected := CASE WHEN CASE action WHEN 'extend' THEN lapses = '-1 hour' ELSE units < 1 END THEN '22023' WHEN h.id IS NULL THEN 'WM004' WHEN h.kind = 'transfer' THEN 'WM092' WHEN held IS NULL THEN 'WM002'
    WHEN action <> 'extend' AND units > held THEN '22023' WHEN action = 'consume' AND (SELECT sum(v.units) FROM served v) IS DISTINCT FROM coalesce(units, held) THEN 'WM001' ELSE '00000' END;
  PERFORM pg_temp.try(format('SELECT wms_%s_reservation(%L, %L)', action, coalesce(h.id, gen_random_uuid()), CASE action WHEN 'extend' THEN lapses ELSE units::text END), expected);
  IF pg_temp.passed() AND action <> 'extend' THEN
    IF (SELECT count(*) FROM family f WHERE f.units > 0) > 1 THEN INSERT INTO seen VALUES ('hold', action || 'd with its parts') ON CONFLICT DO NOTHING; END IF;
    IF action = 'consume' AND EXISTS (SELECT FROM family f WHERE NOT f.good AND f.units > 0) THEN INSERT INTO seen VALUES ('hold', 'served from another batch') ON CONFLICT DO NOTHING; END IF;
    PERFORM pg_temp.end_hold(x, f.units, action || 'd') FROM family f JOIN holds x USING (id) WHERE f.units > 0;
    IF action = 'consume' THEN PERFORM pg_temp.move_served('sale'); END IF;
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
