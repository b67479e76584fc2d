-- The model of 05_random_sales: the life of an order, and what agents earn from it.

-- what refunds have taken back by then; of a refunded order everything
CREATE FUNCTION pg_temp.claw_back(which uuid, refund uuid, everything boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  whole numeric := (SELECT o.total FROM orders o WHERE o.id = which);
  part numeric := least(whole, (SELECT m.refunded FROM pg_temp.money(which) m));
  c commissions;
  base_due numeric;
  due numeric;
BEGIN
  FOR c IN SELECT * FROM commissions x WHERE x.order_id = which AND x.refund_id IS NULL AND x.status <> 'cancelled' LOOP
    SELECT CASE WHEN everything THEN c.base WHEN whole = 0 THEN 0 ELSE round(c.base * part / whole, 2) END + coalesce(sum(x.base), 0),
           CASE WHEN everything THEN c.amount WHEN whole = 0 THEN 0 ELSE round(c.amount * part / whole, 2) END + coalesce(sum(x.amount), 0) INTO base_due, due
      FROM commissions x WHERE x.order_id = which AND x.agent = c.agent AND x.level = c.level AND x.refund_id IS NOT NULL AND x.status <> 'cancelled';
    IF due > 0 THEN
      INSERT INTO commissions VALUES (which, c.agent, c.level, refund, -base_due, c.rate, -due, CASE c.status WHEN 'pending' THEN 'pending' ELSE 'approved' END);
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION pg_temp.earn(o orders) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  base numeric := CASE current_setting('wms.commission_base') WHEN 'net' THEN o.subtotal - o.discount ELSE o.total END;
  a agents;
  percent numeric;
  last_refund uuid := (SELECT r.id FROM refunds r WHERE r.order_id = o.id ORDER BY r.place DESC LIMIT 1);
BEGIN
  SELECT * INTO a FROM agents x WHERE x.agent = o.agent;
  FOR distance IN 0..5 LOOP
    EXIT WHEN a.agent IS NULL;
    percent := coalesce(CASE WHEN distance = 0 THEN a.rate END, (SELECT r.rate FROM rates r WHERE r.tier = a.tier AND r.level = distance));
    IF a.active AND percent > 0 THEN
      INSERT INTO commissions VALUES (o.id, a.agent, distance, NULL, base, percent, round(base * percent / 100, 2), 'pending');
    END IF;
    SELECT * INTO a FROM agents x WHERE x.agent = a.parent;
  END LOOP;
  IF last_refund IS NOT NULL THEN PERFORM pg_temp.claw_back(o.id, last_refund, false); END IF;
END $$;

CREATE FUNCTION pg_temp.let_go(which uuid, sold boolean) RETURNS void LANGUAGE sql AS $$
UPDATE stock s SET quantity = s.quantity - h.units
  FROM (SELECT x.w, x.part, sum(x.units) AS units FROM holds x WHERE x.order_id = which GROUP BY 1, 2) h WHERE sold AND s.w = h.w AND s.part = h.part;
DELETE FROM holds h WHERE h.order_id = which;
DELETE FROM lost l WHERE l.order_id = which $$;

CREATE FUNCTION pg_temp.advance(which uuid, wanted text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  o orders;
BEGIN
  UPDATE orders x SET status = wanted, confirmed = x.confirmed OR wanted = 'confirmed', cancelled = x.cancelled OR wanted = 'cancelled' WHERE x.id = which RETURNING * INTO o;
  CASE wanted
    WHEN 'confirmed' THEN
      UPDATE holds h SET lapsed = false WHERE h.order_id = which;
      PERFORM pg_temp.earn(o);
    WHEN 'shipped' THEN
      PERFORM pg_temp.let_go(which, true);
      UPDATE lines l SET out = l.quantity - l.back WHERE l.order_id = which;
    WHEN 'delivered' THEN
      UPDATE commissions c SET status = 'approved' WHERE c.order_id = which AND c.status = 'pending';
    WHEN 'cancelled' THEN
      PERFORM pg_temp.let_go(which, false);
      UPDATE uses u SET live = false WHERE u.order_id = which;
      UPDATE commissions c SET status = 'cancelled' WHERE c.order_id = which;
    ELSE
  END CASE;
END $$;

CREATE FUNCTION pg_temp.move_order(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  way text[] := '{pending,confirmed,processing,packed,shipped,delivered}';
  verbs text[] := '{none,wms_confirm_order,wms_process_order,wms_pack_order,wms_ship_order,wms_deliver_order}';
  o orders;
  wanted text;
  step integer;
  result text;
BEGIN
  SELECT * INTO o FROM orders x ORDER BY random() * CASE WHEN x.status IN ('delivered', 'cancelled', 'refunded') THEN 1 ELSE 25 END DESC LIMIT 1;
  step := array_position(way, o.status);
  wanted := CASE WHEN random() < 0.72 AND step < 6 THEN way[step + 1] WHEN random() < 0.5 AND step < 5 THEN 'cancelled' ELSE pg_temp.pick(VARIADIC way || '{cancelled,cancelled,refunded,lost}'::text[]) END;
  expected := pg_temp.reasons(CASE WHEN wanted = 'lost' THEN '22023' WHEN o.id IS NULL THEN 'WM004'
    WHEN wanted <> o.status AND coalesce(array_position(way, wanted), 0) <> coalesce(step, 9) + 1 AND NOT (wanted = 'cancelled' AND coalesce(step, 9) <= 4) THEN 'WM003' END);
  IF wanted = 'confirmed' AND o.status = 'pending' THEN expected := pg_temp.lost_for_good(o.id); END IF;
  step := array_position(way, wanted);
  SELECT * INTO state, result FROM pg_temp.try(CASE WHEN random() < 0.5 AND step > 1 THEN format('SELECT %I(%L)', verbs[step], coalesce(o.id, gen_random_uuid()))
    ELSE format('SELECT wms_set_order_status(%L, %L)', coalesce(o.id, gen_random_uuid()), wanted) END);
  INSERT INTO done SELECT 'won again', state WHERE wanted = 'confirmed' AND EXISTS (SELECT FROM lost l WHERE l.order_id = o.id);
  IF state <> '00000' THEN RETURN; END IF;
  wrong := CASE WHEN result IS DISTINCT FROM wanted THEN 'returned ' || result END;
  IF wanted = 'confirmed' AND EXISTS (SELECT FROM lost l WHERE l.order_id = o.id) THEN
    wrong := nullif(concat_ws('; ', wrong, pg_temp.adopt_rest(o.id)), '');
    DELETE FROM lost l WHERE l.order_id = o.id;
  END IF;
  IF wanted <> o.status THEN PERFORM pg_temp.advance(o.id, wanted); END IF;
END $$;
