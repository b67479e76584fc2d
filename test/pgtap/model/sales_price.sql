-- The model of 05_random_sales: what a basket costs, and what keeps it from being ordered.

-- variant before product is in the list already: the group before everybody, then the most units reached
CREATE FUNCTION pg_temp.price_of(thing text, units integer, name_of text) RETURNS numeric LANGUAGE sql AS $$
SELECT coalesce((SELECT p.price FROM prices p WHERE p.item = thing AND p.least_units <= units AND (p.grp IS NULL OR p.grp = (SELECT u.grp FROM users u WHERE u.name = name_of))
    ORDER BY p.grp IS NULL, p.least_units DESC LIMIT 1), (SELECT i.price FROM items i WHERE i.item = thing)) $$;

-- may the coupon be used once more?  later = a guest may say who he is afterwards
CREATE FUNCTION pg_temp.coupon_applies(name_of_it text, name_of text, guest text, later boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  c coupons;
  address text := CASE WHEN name_of IS NULL THEN guest ELSE (SELECT u.email FROM users u WHERE u.name = name_of) END;
BEGIN
  SELECT * INTO c FROM coupons x WHERE upper(x.code) = upper(name_of_it);
  IF c.code IS NULL OR NOT c.usable OR (SELECT count(*) FROM uses u WHERE u.code = c.code AND u.live) >= c.uses THEN RETURN false; END IF;
  IF c.per_customer IS NULL THEN RETURN true; END IF;
  IF name_of IS NULL AND address IS NULL THEN RETURN later; END IF;
  RETURN (SELECT count(*) FROM uses u WHERE u.code = c.code AND u.live AND (u.buyer = name_of OR upper(u.email) = upper(address))) < c.per_customer;
END $$;

-- prices the basket into "priced"; a coupon below its minimum counts for nothing here
CREATE FUNCTION pg_temp.reckon(name_of text, coupon text, post text, OUT subtotal numeric, OUT discount numeric, OUT shipping numeric, OUT tax numeric, OUT total numeric) LANGUAGE plpgsql AS $$
DECLARE
  c coupons;
  net numeric;
BEGIN
  DELETE FROM priced;
  INSERT INTO priced SELECT b.n, b.item, b.quantity, x.price, round(x.price * b.quantity, 2) FROM basket b, LATERAL (SELECT coalesce(b.price, pg_temp.price_of(b.item, b.quantity, name_of)) AS price) x;
  subtotal := (SELECT coalesce(sum(p.total), 0) FROM priced p);
  SELECT * INTO c FROM coupons x WHERE upper(x.code) = upper(coupon);
  discount := CASE WHEN c.code IS NULL OR subtotal < c.minimum THEN 0 WHEN c.kind = 'fixed' THEN c.value ELSE round(subtotal * c.value / 100, 2) END;
  IF discount > c.maximum THEN discount := c.maximum; END IF;
  IF discount > subtotal THEN discount := subtotal; END IF;
  net := subtotal - discount;
  tax := round(net * current_setting('wms.tax_rate')::numeric / 100, 2);
  shipping := coalesce((SELECT CASE WHEN net < s.free_from OR s.free_from IS NULL THEN s.cost ELSE 0 END FROM posts s WHERE s.code = post), 0);
  total := net + tax + shipping;
  UPDATE priced p SET discount = x.share FROM unnest((SELECT array_agg(q.n ORDER BY q.n) FROM priced q), pg_temp.shares(reckon.discount, (SELECT array_agg(q.total ORDER BY q.n) FROM priced q))) x (n, share) WHERE p.n = x.n;
  UPDATE priced p SET tax = x.share FROM unnest((SELECT array_agg(q.n ORDER BY q.n) FROM priced q), pg_temp.shares(reckon.tax, (SELECT array_agg(q.total - q.discount ORDER BY q.n) FROM priced q))) x (n, share) WHERE p.n = x.n;
END $$;

-- what may be promised: less what is held, but by the order that is looked at, which has only what it keeps
CREATE TEMP VIEW free AS SELECT s.w, s.part, s.quantity
  - coalesce((SELECT sum(h.units) FROM holds h WHERE h.w = s.w AND h.part = s.part AND NOT h.lapsed AND h.order_id::text IS DISTINCT FROM current_setting('random_sales.own', true)), 0)
  - coalesce((SELECT sum(k.units) FROM keeps k WHERE k.w = s.w AND k.part = s.part), 0) AS units FROM stock s;
CREATE TEMP VIEW demand AS SELECT d.part, d.units FROM (SELECT p.part, sum(p.units * b.quantity) - coalesce((SELECT sum(k.units) FROM keeps k WHERE k.part = p.part), 0) AS units
  FROM basket b JOIN parts p ON p.item = b.item GROUP BY p.part) d WHERE d.units > 0;
CREATE TEMP VIEW demanded_kits AS SELECT (SELECT coalesce(sum(b.quantity), 0) FROM basket b WHERE b.item = 'RS-K')
  - (SELECT coalesce(sum(k.units), 0) FROM keeps k JOIN basket b ON b.n = k.n AND b.item = 'RS-K' WHERE k.part = 'RS-V') AS kits;
CREATE TEMP VIEW place_kits AS SELECT w, least(a.units / 2, v.units) AS kits FROM free a JOIN free v USING (w) WHERE a.part = 'RS-A' AND v.part = 'RS-V';
CREATE TEMP VIEW free_kits AS SELECT coalesce(sum(k.kits), 0) AS kits FROM place_kits k;

CREATE FUNCTION pg_temp.can_serve(place text) RETURNS boolean LANGUAGE sql AS $$
SELECT NOT EXISTS (SELECT FROM demand d WHERE d.units > coalesce((SELECT f.units FROM free f WHERE f.w = place AND f.part = d.part), 0)) $$;

-- from all places together, each kit from one of them
CREATE FUNCTION pg_temp.can_split() RETURNS boolean LANGUAGE sql AS $$
SELECT d.kits <= f.kits AND NOT EXISTS (SELECT FROM demand d WHERE d.units > coalesce((SELECT sum(x.units) FROM free x WHERE x.part = d.part), 0)) FROM demanded_kits d, free_kits f $$;

-- the place that serves the basket: the one that is named, else the first that can
CREATE FUNCTION pg_temp.serving(named text) RETURNS text LANGUAGE sql AS $$
SELECT min(w) FROM unnest('{RS-1,RS-2}'::text[]) w WHERE w = coalesce(named, w) AND pg_temp.can_serve(w) $$;
CREATE FUNCTION pg_temp.splits() RETURNS boolean LANGUAGE sql AS $$ SELECT current_setting('wms.split_orders')::boolean $$;

-- every reason for which the basket cannot be ordered like this; 'total' is what the customer expects
CREATE FUNCTION pg_temp.refusals(name_of text, guest text, agent_code text, post text, coupon text, place text, expected numeric) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  sums record;
BEGIN
  SELECT * INTO sums FROM pg_temp.reckon(name_of, coupon, post);
  RETURN pg_temp.reasons(
    CASE WHEN post NOT IN (SELECT p.code FROM posts p) OR name_of NOT IN (SELECT u.name FROM users u) OR agent_code NOT IN (SELECT a.agent FROM agents a) OR place NOT LIKE 'RS-_' THEN 'WM004' END,
    CASE WHEN coupon IS NOT NULL AND (NOT pg_temp.coupon_applies(coupon, name_of, guest, false) OR sums.subtotal < (SELECT c.minimum FROM coupons c WHERE upper(c.code) = upper(coupon))) THEN 'WM009' END,
    CASE WHEN EXISTS (SELECT FROM basket b WHERE b.item NOT IN (SELECT i.item FROM items i)) THEN '23503' END,
    CASE WHEN expected <> sums.total THEN 'WM006' END,
    CASE WHEN pg_temp.serving(place) IS NULL AND NOT (place IS NULL AND pg_temp.splits() AND pg_temp.can_split()) THEN 'WM001' END);
END $$;

-- the order that the basket has become
CREATE FUNCTION pg_temp.take_order(which uuid, name_of text, guest text, agent_code text, post text, coupon text, place text, kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  sums record;
  c coupons;
  from_place text := pg_temp.serving(place);
BEGIN
  SELECT * INTO sums FROM pg_temp.reckon(name_of, coupon, post);
  SELECT * INTO c FROM coupons x WHERE upper(x.code) = upper(coupon);
  IF from_place IS NULL THEN PERFORM pg_temp.adopt(which); END IF;
  INSERT INTO holds SELECT which, b.n, from_place, p.part, p.units * b.quantity, false FROM basket b JOIN parts p ON p.item = b.item WHERE from_place IS NOT NULL;
  INSERT INTO orders VALUES (which, name_of, guest, agent_code, CASE WHEN place IS NOT NULL OR EXISTS (SELECT FROM demand) THEN from_place END, 'pending',
    sums.subtotal, sums.discount, sums.shipping, sums.tax, sums.total, c.code, post, kind, false, false);
  INSERT INTO lines SELECT which, p.*, 0, 0 FROM priced p;
  INSERT INTO done SELECT e, '00000' FROM pg_temp.several(which, 'ordered') e;
  IF c.code IS NOT NULL THEN
    INSERT INTO uses VALUES (c.code, which, name_of, CASE WHEN name_of IS NULL THEN guest ELSE (SELECT u.email FROM users u WHERE u.name = name_of) END, sums.discount, true);
  END IF;
END $$;
