-- Batches are blocked, freed and expire; what is deleted, what is closed.

-- what is held of the batches, blocked by now, goes to others where these have room; what only its id knows has parts that refer to it
CREATE FUNCTION pg_temp.vacate(blocked uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  h holds;
  l record;
  rest integer;
  whole boolean;
BEGIN
  FOR h IN SELECT x.* FROM holds x JOIN batches b USING (item, batch) WHERE b.id = ANY (blocked) AND x.status = 'active' AND x.expiry <> 'lapsed' AND x.kind IS DISTINCT FROM 'transfer' ORDER BY x.expiry <> 'never', x.born, x.id LOOP
    rest := h.quantity;
    whole := rest <= (SELECT sum(free) FROM lots WHERE w = h.w AND item = h.item AND good);
    FOR l IN SELECT batch, free FROM lots WHERE w = h.w AND item = h.item AND good AND free > 0 ORDER BY expiry, id LOOP
      CONTINUE WHEN rest = 0;
      IF whole AND rest = h.quantity THEN
        UPDATE holds SET batch = l.batch, quantity = least(l.free, rest) WHERE id = h.id;
        INSERT INTO seen VALUES ('hold', 'moved to another batch') ON CONFLICT DO NOTHING;
      ELSE
        INSERT INTO holds VALUES (NULL, h.w, h.item, l.batch, least(l.free, rest), 'active', h.expiry, h.kind, coalesce(h.reference, h.id), h.born);
        INSERT INTO seen VALUES ('hold', 'split over batches') ON CONFLICT DO NOTHING;
      END IF;
      rest := rest - least(l.free, rest);
    END LOOP;
    IF NOT whole AND rest < h.quantity THEN UPDATE holds SET quantity = rest WHERE id = h.id; END IF;
  END LOOP;
  -- parts that became holds of their own get to know who they are
  UPDATE holds x SET id = r.id FROM (SELECT *, row_number() OVER (PARTITION BY w, item, batch, quantity, kind, reference, expiry, born ORDER BY id) AS n FROM real_holds r WHERE NOT EXISTS (SELECT FROM holds k WHERE k.id = r.id)) r
    JOIN (SELECT ctid AS row, *, row_number() OVER (PARTITION BY w, item, batch, quantity, kind, reference, expiry, born) AS n FROM holds WHERE id IS NULL) m USING (w, item, batch, quantity, reference, expiry, born, n) WHERE x.ctid = m.row AND m.kind IS NOT DISTINCT FROM r.kind;
END $$;

CREATE FUNCTION pg_temp.block(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  b batches;
  rare batches;
  wanted text := pg_temp.pick('active', 'active', 'active', 'active', 'active', 'active', 'quarantined', 'quarantined', 'recalled', 'expired', 'lost');
  next text;
BEGIN
  SELECT * INTO b FROM batches x WHERE random() < 0.97 ORDER BY (CASE wanted WHEN 'active' THEN x.status <> 'active' ELSE EXISTS (SELECT FROM holds h
      WHERE (h.item, h.batch) = (x.item, x.batch) AND h.status = 'active') OR random() < 0.3 END) DESC, random() LIMIT 1;
  IF NOT pg_temp.was_seen('hold', 'split over batches') AND random() < 0.5 THEN
    SELECT x.* INTO rare FROM batches x JOIN holds h USING (item, batch) WHERE x.status = 'active' AND h.status = 'active' AND h.expiry <> 'lapsed' AND h.kind IS NULL
       AND (SELECT sum(l.free) FROM lots l WHERE l.w = h.w AND l.item = h.item AND l.batch <> h.batch AND l.good) BETWEEN 1 AND h.quantity - 1 ORDER BY random() LIMIT 1;
    IF rare.id IS NOT NULL THEN b := rare; wanted := 'quarantined'; END IF;
  ELSIF NOT pg_temp.was_seen('hold', 'consumed with its parts') AND random() < 0.5 THEN
    SELECT x.* INTO rare FROM batches x JOIN holds h USING (item, batch) WHERE x.status IN ('quarantined', 'recalled') AND h.status = 'active' AND h.expiry <> 'lapsed'
       AND EXISTS (SELECT FROM holds p WHERE p.reference = h.id AND p.status = 'active') ORDER BY random() LIMIT 1;
    IF rare.id IS NOT NULL THEN b := rare; wanted := 'active'; END IF;
  END IF;
  next := CASE WHEN wanted = 'active' AND NOT EXISTS (SELECT FROM stock s WHERE (s.item, s.batch) = (b.item, b.batch) AND s.quantity > 0) AND NOT EXISTS (SELECT FROM transit s WHERE (s.item, s.batch) = (b.item, b.batch)) THEN 'depleted' ELSE wanted END;
  next := CASE WHEN b.status = wanted THEN wanted ELSE next END;
  expected := CASE WHEN wanted IN ('expired', 'lost') THEN '22023' WHEN b.id IS NULL THEN 'WM004' WHEN wanted = 'active' AND b.status <> 'active' AND b.expiry < CURRENT_DATE THEN 'WM003' ELSE '00000' END;
  PERFORM pg_temp.try(format('SELECT wms_set_batch_status(%L, %L, %L)', coalesce(b.id, gen_random_uuid()), wanted, pg_temp.pick(NULL, 'a letter from the maker')), expected);
  IF pg_temp.passed() THEN
    wrong := pg_temp.answered(next);
    UPDATE batches SET status = next WHERE id = b.id;
    IF next IN ('quarantined', 'recalled') AND b.status <> next THEN PERFORM pg_temp.vacate(ARRAY[b.id]); END IF;
  END IF;
END $$;

CREATE FUNCTION pg_temp.expire_all(day date) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE gone uuid[] := ARRAY(SELECT id FROM batches WHERE status = 'active' AND expiry < day);
BEGIN
  UPDATE batches SET status = 'expired' WHERE id = ANY (gone);
  PERFORM pg_temp.vacate(gone);
  RETURN cardinality(gone);
END $$;

CREATE FUNCTION pg_temp.expire(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE day date := pg_temp.pick(NULL, '2020-01-01', '2020-01-02', '2100-01-01', '2100-01-02', '2101-06-01')::date;
BEGIN
  expected := '00000';
  PERFORM pg_temp.try(format('SELECT wms_expire_batches(%L)', day), expected);
  wrong := pg_temp.answered(pg_temp.expire_all(coalesce(day, CURRENT_DATE))::text);
END $$;

CREATE FUNCTION pg_temp.maintain(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE lapsed bigint := (SELECT count(*) FROM holds WHERE status = 'active' AND expiry = 'lapsed');
BEGIN
  expected := '00000';
  PERFORM pg_temp.try($q$SELECT string_agg(concat(task, ' ', done), ' ' ORDER BY task) AS done FROM wms_maintain() WHERE task IN ('batches', 'holds')$q$, expected);
  UPDATE holds SET status = 'expired', quantity = 0 WHERE status = 'active' AND expiry = 'lapsed';
  wrong := pg_temp.answered(format('"batches %s holds %s"', pg_temp.expire_all(CURRENT_DATE), lapsed));
END $$;

-- the date of a batch turns out to be another one, the past among them; a place closes or opens; what is sold is deleted or back
CREATE FUNCTION pg_temp.master_data(OUT expected text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  what text := pg_temp.pick('date', 'date', 'date', 'date', 'place', 'product', 'product', 'variant', 'warehouse');
  b batches;
  i record;
  day date := pg_temp.pick('2019-03-01', '2019-03-01', '2200-03-01', '2201-03-01');
BEGIN
  SELECT * INTO b FROM batches x ORDER BY EXISTS (SELECT FROM holds h WHERE (h.item, h.batch) = (x.item, x.batch) AND h.status = 'active') AND random() < 0.7 DESC, random() LIMIT 1;
  day := day + ascii(right(b.batch, 1));
  SELECT n.*, x.deleted, x.product INTO i FROM items x JOIN names n USING (item) WHERE x.item = ANY (CASE what WHEN 'variant' THEN '{RW-S2,RW-C2}' ELSE '{RW-N,RW-M,RW-F,RW-G}' END::text[]) ORDER BY x.deleted DESC, random() LIMIT 1;
  expected := CASE WHEN what = 'warehouse' THEN 'WM092' ELSE '00000' END;
  PERFORM pg_temp.try(CASE what WHEN 'date' THEN format('UPDATE inventory.product_batches SET expiry_date = %L WHERE id = %L', day, b.id) WHEN 'place' THEN 'UPDATE inventory.warehouses SET is_active = NOT is_active WHERE code = ''RW-2'''
    WHEN 'product' THEN format('UPDATE catalog.products SET deleted_at = %L WHERE id = %L', CASE WHEN i.deleted THEN NULL ELSE now() END, i.product_id)
        WHEN 'variant' THEN format('UPDATE catalog.product_variants SET deleted_at = %L WHERE id = %L', CASE WHEN i.deleted THEN NULL ELSE now() END, i.variant_id)
    ELSE format('UPDATE inventory.warehouses SET deleted_at = now() WHERE id = %L', (SELECT id FROM places WHERE w = (SELECT w FROM stock WHERE quantity > 0 UNION SELECT source FROM transfers WHERE status = 'pending' ORDER BY 1 LIMIT 1))) END, expected);
  CASE what WHEN 'date' THEN UPDATE batches SET expiry = day WHERE id = b.id; WHEN 'place' THEN UPDATE places SET active = NOT active WHERE w = 'RW-2'; WHEN 'warehouse' THEN NULL; ELSE UPDATE items SET deleted = NOT deleted WHERE item = i.item; END CASE;
END $$;
