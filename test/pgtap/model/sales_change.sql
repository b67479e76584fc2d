-- A step of 05_random_sales: an order that has not left gets other lines.
CREATE TEMP TABLE wanted (k serial PRIMARY KEY, line integer, item text, quantity integer);
CREATE TEMP TABLE kept (n integer PRIMARY KEY, item text, price numeric, open integer, units integer);
CREATE TEMP TABLE added (k integer PRIMARY KEY, item text, quantity integer, price numeric, joins integer);

-- most of the lines, more or less of some, and something new
CREATE FUNCTION pg_temp.want(which uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM wanted;
  INSERT INTO wanted (line, item, quantity) SELECT CASE WHEN random() < 0.4 THEN l.n END, l.item, CASE WHEN random() < 0.5 THEN l.quantity ELSE pg_temp.upto(l.quantity + 2) END
    FROM (SELECT * FROM lines x WHERE x.order_id = which ORDER BY x.n) l WHERE random() < 0.75;
  INSERT INTO wanted (item, quantity) SELECT CASE WHEN random() < 0.03 THEN 'RS-X' ELSE pg_temp.pick('RS-A', 'RS-V', 'RS-M', 'RS-F', 'RS-K', 'RS-C') END, pg_temp.upto(4)
   WHERE random() < 0.5 OR NOT EXISTS (SELECT FROM wanted);
  RETURN (SELECT jsonb_agg(CASE WHEN w.line IS NULL THEN jsonb_build_object('sku', w.item) ELSE jsonb_build_object('order_item_id', i.id) END || jsonb_build_object('quantity', w.quantity) ORDER BY w.k)
            FROM wanted w LEFT JOIN sales.order_items i ON i.order_id = which AND i.line_number = w.line);
END $$;

-- what was ordered stays in its line at its price, the rest costs what it costs now, and joins the line it took from where that is the same; into the basket
CREATE FUNCTION pg_temp.rearrange(o orders) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  w wanted;
  l kept;
  missing integer;
  part integer;
  last integer;
  price_now numeric;
BEGIN
  DELETE FROM kept;
  DELETE FROM added;
  INSERT INTO kept SELECT x.n, x.item, x.price, x.quantity, 0 FROM lines x WHERE x.order_id = o.id;
  FOR w IN SELECT * FROM wanted ORDER BY line IS NULL, k LOOP
    missing := w.quantity;
    last := NULL;
    FOR l IN SELECT * FROM kept x WHERE x.item = w.item AND x.n = coalesce(w.line, x.n) ORDER BY x.n LOOP
      part := least(missing, l.open);
      CONTINUE WHEN part = 0;
      UPDATE kept x SET open = x.open - part, units = x.units + part WHERE x.n = l.n;
      missing := missing - part;
      last := l.n;
    END LOOP;
    IF missing > 0 THEN
      price_now := pg_temp.price_of(w.item, missing, o.buyer);
      INSERT INTO added SELECT coalesce(max(a.k), 0) + 1, w.item, missing, price_now, (SELECT x.n FROM kept x WHERE x.n = last AND x.price = price_now) FROM added a;
    END IF;
  END LOOP;
  DELETE FROM basket;
  INSERT INTO basket SELECT x.n, x.item, x.units + coalesce((SELECT sum(a.quantity) FROM added a WHERE a.joins = x.n), 0), x.price FROM kept x WHERE x.units > 0;
  INSERT INTO basket SELECT (SELECT coalesce(max(x.n), 0) FROM kept x) + row_number() OVER (ORDER BY a.k), a.item, a.quantity, a.price FROM added a WHERE a.joins IS NULL;
END $$;

-- what an order of several places keeps for the basket: of a line the first holds, of a line of kits whole ones, from the first place on
CREATE FUNCTION pg_temp.keep(which uuid) RETURNS void LANGUAGE sql AS $$
INSERT INTO keeps SELECT x.n, x.w, x.part, sum(least(x.units, greatest(0, x.needed - x.before)))
  FROM (SELECT r.n, r.w, r.part, r.units, b.quantity AS needed, coalesce(sum(r.units) OVER (PARTITION BY r.n ORDER BY r.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
          FROM real_hold_rows r JOIN basket b ON b.n = r.n WHERE r.order_id = which AND b.item <> 'RS-K') x GROUP BY 1, 2, 3;
INSERT INTO keeps SELECT x.n, x.w, p.part, p.units * least(x.kits, greatest(0, x.needed - x.before))
  FROM (SELECT k.n, k.w, k.kits, b.quantity AS needed, coalesce(sum(k.kits) OVER (PARTITION BY k.n ORDER BY k.first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
          FROM (SELECT r.n, r.w, min(r.id::text) AS first, least(coalesce(sum(r.units) FILTER (WHERE r.part = 'RS-A'), 0) / 2, coalesce(sum(r.units) FILTER (WHERE r.part = 'RS-V'), 0)) AS kits
                  FROM real_hold_rows r WHERE r.order_id = which GROUP BY 1, 2) k JOIN basket b ON b.n = k.n AND b.item = 'RS-K') x, parts p WHERE p.item = 'RS-K' $$;

-- what the order holds for the basket; where that is in several places, at least what it kept
CREATE FUNCTION pg_temp.rehold(o orders) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM lost l WHERE l.order_id = o.id;
  IF o.w IS NULL THEN
    PERFORM pg_temp.adopt(o.id);
    RETURN (SELECT string_agg('not kept: ' || k, ', ') FROM keeps k LEFT JOIN holds h ON h.order_id = o.id AND h.n = k.n AND h.w = k.w AND h.part = k.part WHERE k.units > coalesce(h.units, 0));
  END IF;
  DELETE FROM holds h WHERE h.order_id = o.id;
  INSERT INTO holds SELECT o.id, b.n, o.w, p.part, p.units * b.quantity, false FROM basket b JOIN parts p ON p.item = b.item;
  RETURN NULL;
END $$;

CREATE FUNCTION pg_temp.change_order(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  o orders := pg_temp.some_order('{pending,confirmed,processing,packed}');
  asked_lines jsonb := pg_temp.want(o.id);
  coupon text := CASE WHEN NOT o.cancelled THEN o.code END;
  sums record;
  post_costs numeric;
  events text[] := ARRAY(SELECT pg_temp.several(o.id, 'changed') UNION ALL SELECT 'changed what was lost' WHERE EXISTS (SELECT FROM lost l WHERE l.order_id = o.id));
  split boolean := o.w IS NULL AND (pg_temp.splits() OR (SELECT count(DISTINCT h.w) FROM holds h WHERE h.order_id = o.id) > 1);
  result text;
BEGIN
  PERFORM pg_temp.rearrange(o);
  PERFORM set_config('random_sales.own', o.id::text, true);
  IF o.w IS NULL THEN PERFORM pg_temp.keep(o.id); END IF;
  SELECT * INTO sums FROM pg_temp.reckon(o.buyer, coupon, o.post);
  -- where sending it is not free, what was charged for it stays
  post_costs := CASE WHEN sums.shipping > 0 AND o.shipping > 0 THEN o.shipping ELSE sums.shipping END;
  expected := pg_temp.reasons(CASE WHEN o.status IS NULL THEN 'WM004' END,
    CASE WHEN o.status NOT IN ('pending', 'confirmed', 'processing', 'packed') OR EXISTS (SELECT FROM refunds r WHERE r.order_id = o.id) THEN 'WM003' END,
    CASE WHEN EXISTS (SELECT FROM basket b WHERE b.item NOT IN (SELECT i.item FROM items i)) THEN '23503' END,
    CASE WHEN sums.subtotal < (SELECT c.minimum FROM coupons c WHERE c.code = coupon) THEN 'WM009' END, CASE WHEN pg_temp.serving(o.w) IS NULL AND NOT (split AND pg_temp.can_split()) THEN 'WM001' END);
  SELECT * INTO state, result FROM pg_temp.try(format('SELECT wms_change_order(%L, %L)', o.id, asked_lines));
  IF state = '00000' AND expected = '{}' THEN
    wrong := CASE WHEN result::numeric IS DISTINCT FROM sums.total - sums.shipping + post_costs THEN 'returned ' || result END;
    wrong := nullif(concat_ws('; ', wrong, pg_temp.rehold(o)), '');
    IF o.w IS NULL AND (SELECT count(DISTINCT h.w) FROM holds h WHERE h.order_id = o.id) = 1 THEN SELECT h.w INTO o.w FROM holds h WHERE h.order_id = o.id; END IF;
    UPDATE orders x SET subtotal = sums.subtotal, discount = sums.discount, shipping = post_costs, tax = sums.tax, total = sums.total - sums.shipping + post_costs, w = o.w WHERE x.id = o.id RETURNING * INTO o;
    DELETE FROM lines l WHERE l.order_id = o.id;
    INSERT INTO lines SELECT o.id, p.*, 0, 0 FROM priced p;
    UPDATE uses u SET discount = o.discount WHERE u.order_id = o.id AND u.live;
    UPDATE commissions c SET base = y.base, amount = round(y.base * c.rate / 100, 2)
      FROM (SELECT CASE current_setting('wms.commission_base') WHEN 'net' THEN o.subtotal - o.discount ELSE o.total END AS base) y WHERE c.order_id = o.id;
  END IF;
  DELETE FROM keeps;
  PERFORM set_config('random_sales.own', '', true);
  INSERT INTO done SELECT e, state FROM unnest(events) e;
END $$;
