-- The model of 05_random_sales: holds in several places, and holds that lapse, are lost and won again.

CREATE TEMP VIEW real_stock AS
SELECT w.code AS w, coalesce(v.sku, p.sku) AS part, s.quantity, s.reserved_quantity FROM inventory.stock_items s JOIN inventory.warehouses w ON w.id = s.warehouse_id
  JOIN catalog.products p ON p.id = s.product_id LEFT JOIN catalog.product_variants v ON v.id = s.variant_id;
CREATE TEMP VIEW real_hold_rows AS
SELECT r.id, r.reference_id AS order_id, i.line_number AS n, w.code AS w, coalesce(v.sku, p.sku) AS part, r.quantity AS units, r.expires_at FROM inventory.stock_reservations r JOIN sales.order_items i ON i.id = r.reference_line_id
  JOIN inventory.warehouses w ON w.id = r.warehouse_id JOIN catalog.products p ON p.id = r.product_id LEFT JOIN catalog.product_variants v ON v.id = r.variant_id WHERE r.status = 'active';
CREATE TEMP VIEW real_holds AS SELECT r.order_id, r.n, r.w, r.part, sum(r.units)::integer AS units FROM real_hold_rows r GROUP BY 1, 2, 3, 4;

-- what the order holds where the model leaves open which place it comes from; differences() judges it
CREATE FUNCTION pg_temp.adopt(which uuid) RETURNS void LANGUAGE sql AS $$
DELETE FROM holds h WHERE h.order_id = which;
INSERT INTO holds SELECT r.order_id, r.n, r.w, r.part, sum(r.units), coalesce(bool_or(r.expires_at <= now()), false) FROM real_hold_rows r WHERE r.order_id = which GROUP BY 1, 2, 3, 4 $$;

-- what there is to say of something done with an order that is held in several places, or kits of one line are
CREATE FUNCTION pg_temp.several(which uuid, verb text) RETURNS SETOF text LANGUAGE sql AS $$
SELECT verb || ' in several places' FROM holds h WHERE h.order_id = which HAVING count(DISTINCT h.w) > 1
UNION ALL SELECT verb || ' kits in several places' WHERE EXISTS (SELECT FROM holds h JOIN lines l USING (order_id, n) WHERE h.order_id = which AND l.item = 'RS-K' GROUP BY h.n HAVING count(DISTINCT h.w) > 1) $$;

-- the same after holds were freed or won again: nothing is held that was not held there before
CREATE FUNCTION pg_temp.adopt_rest(which uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  more text;
BEGIN
  CREATE TEMP TABLE before AS SELECT h.n, h.w, h.part, sum(h.units) AS units FROM (SELECT x.n, x.w, x.part, x.units FROM holds x WHERE x.order_id = which UNION ALL SELECT l.n, l.w, l.part, l.units FROM lost l WHERE l.order_id = which) h GROUP BY 1, 2, 3;
  PERFORM pg_temp.adopt(which);
  SELECT string_agg('more held: ' || h, ', ') INTO more FROM holds h LEFT JOIN before b USING (n, w, part) WHERE h.order_id = which AND h.units > coalesce(b.units, 0);
  DROP TABLE before;
  RETURN more;
END $$;

-- lapsed holds that were taken away in the meantime
CREATE FUNCTION pg_temp.lose() RETURNS void LANGUAGE sql AS $$
WITH gone AS (DELETE FROM holds h WHERE h.lapsed AND NOT EXISTS (SELECT FROM real_holds r WHERE r.order_id = h.order_id AND r.n = h.n AND r.w = h.w AND r.part = h.part) RETURNING h.order_id, h.n, h.w, h.part, h.units)
INSERT INTO lost SELECT * FROM gone $$;

-- the holds of a pending order lapse, and mostly somebody takes all that is left of something
CREATE FUNCTION pg_temp.lapse(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  h holds;
  units bigint;
BEGIN
  expected := '{}';
  state := '00000';
  SELECT y.* INTO h FROM (SELECT x.*, o.w AS place FROM orders o JOIN holds x ON x.order_id = o.id WHERE o.status = 'pending' AND NOT EXISTS (SELECT FROM real_hold_rows r WHERE r.order_id = o.id AND r.expires_at IS NULL)
   ORDER BY o.ctid, x.n, x.w, x.part) y ORDER BY random() * CASE WHEN y.place IS NULL THEN 5 ELSE 1 END DESC LIMIT 1;
  IF h.order_id IS NULL THEN RETURN; END IF;
  PERFORM set_config('session_replication_role', 'replica', true);
  UPDATE inventory.stock_reservations r SET expires_at = '2000-01-01' WHERE r.reference_id = h.order_id AND r.status = 'active';
  PERFORM set_config('session_replication_role', 'origin', true);
  UPDATE holds x SET lapsed = true WHERE x.order_id = h.order_id;
  SELECT f.units INTO units FROM free f WHERE f.w = h.w AND f.part = h.part;
  IF random() < 0.3 THEN RETURN; END IF;
  SELECT t.state INTO state FROM pg_temp.try(format('SELECT wms_reserve_stock(%L, %L, ''basket'', %L)', jsonb_build_array(jsonb_build_object('sku', h.part, 'quantity', units)), pg_temp.place_id(h.w), h.order_id)) t;
  PERFORM wms_release_reservations('basket', h.order_id);
  wrong := CASE WHEN EXISTS (SELECT FROM real_holds r WHERE r.order_id = h.order_id AND r.w = h.w AND r.part = h.part) THEN 'still held' END;
END $$;

-- is there too little where the order lost something?  What of that a refund has made needless is not wanted again
CREATE FUNCTION pg_temp.lost_for_good(which uuid) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  short boolean;
BEGIN
  PERFORM set_config('random_sales.own', which::text, true);
  INSERT INTO keeps SELECT h.n, h.w, h.part, h.units FROM holds h WHERE h.order_id = which;
  short := EXISTS (SELECT FROM (SELECT l.w, l.part, sum(l.units) AS units FROM lost l WHERE l.order_id = which GROUP BY 1, 2) x JOIN free f USING (w, part) WHERE x.units > f.units);
  DELETE FROM keeps;
  PERFORM set_config('random_sales.own', '', true);
  RETURN CASE WHEN NOT short THEN '{}' WHEN EXISTS (SELECT FROM refund_lines r WHERE r.order_id = which) THEN '{00000,WM001}' ELSE '{WM001}' END;
END $$;
