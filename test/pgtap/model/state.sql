-- The state of the model: what lies where, what is held and for whom, what is on its way, what there ever was.
CREATE TEMP TABLE places (w text PRIMARY KEY, id uuid, rank integer, active boolean, virtual boolean);
CREATE TEMP TABLE products (product text PRIMARY KEY, id uuid, tracked boolean DEFAULT false);
CREATE TEMP TABLE items (item text PRIMARY KEY, product text, variant uuid, deleted boolean DEFAULT false);
CREATE TEMP TABLE parts (kit text, item text, units integer);
CREATE TEMP TABLE batches (item text, batch text, id uuid, expiry date, status text DEFAULT 'active', PRIMARY KEY (item, batch));
CREATE TEMP TABLE stock (w text, item text, batch text, quantity integer, UNIQUE NULLS NOT DISTINCT (w, item, batch));
CREATE TEMP TABLE holds (id uuid UNIQUE, w text, item text, batch text, quantity integer, status text DEFAULT 'active', expiry text, kind text, reference uuid, born timestamptz);
CREATE TEMP TABLE transfers (n serial, id uuid PRIMARY KEY, source text, target text, status text DEFAULT 'pending');
CREATE TEMP TABLE parcels (transfer uuid, item text, batch text, quantity integer, received integer DEFAULT 0, short integer DEFAULT 0);
CREATE TEMP TABLE tally (item text, type text, units bigint, UNIQUE (item, type));
CREATE TEMP TABLE done (action text, state text);
CREATE TEMP TABLE seen (what text, status text, UNIQUE (what, status));

CREATE TEMP VIEW transit AS SELECT p.item, p.batch, t.id AS transfer, p.quantity - p.received - p.short AS units
  FROM parcels p JOIN transfers t ON t.id = p.transfer WHERE t.status = 'in_transit' AND p.quantity > p.received + p.short;
-- what is free of each batch, and what of a batch that may not be sold is held all the same, to be served from another one
CREATE TEMP VIEW lots AS SELECT s.*, b.id, b.expiry, b.good, s.quantity - h.held AS free, CASE WHEN b.good THEN 0 ELSE h.owed END AS owed, h.active
  FROM (SELECT s.*, p.tracked FROM stock s JOIN items i USING (item) JOIN products p USING (product) WHERE s.batch IS NOT NULL OR NOT p.tracked) s
  LEFT JOIN batches x USING (item, batch) CROSS JOIN LATERAL (SELECT x.id, x.expiry, x.id IS NULL OR (x.status = 'active' AND coalesce(x.expiry >= CURRENT_DATE, true)) AS good) b
 CROSS JOIN LATERAL (SELECT coalesce(sum(h.quantity) FILTER (WHERE h.expiry <> 'lapsed'), 0)::integer AS held, coalesce(sum(h.quantity), 0)::integer AS active,
    coalesce(sum(h.quantity) FILTER (WHERE h.expiry <> 'lapsed' AND h.kind IS DISTINCT FROM 'transfer'), 0)::integer AS owed
    FROM holds h WHERE h.status = 'active' AND h.w = s.w AND h.item = s.item AND h.batch IS NOT DISTINCT FROM s.batch) h;
CREATE TEMP VIEW supply AS SELECT w, item, greatest(0, sum(CASE WHEN good THEN free ELSE -owed END))::integer AS units FROM lots GROUP BY w, item;
-- of every item, every product with variants and every kit, in every place and overall
CREATE TEMP VIEW promise AS
WITH what AS MATERIALIZED (SELECT i.product, i.variant, s.w, s.units FROM items i JOIN supply s USING (item) WHERE NOT i.deleted UNION ALL SELECT i.product, NULL, s.w, s.units FROM items i JOIN supply s USING (item)
    WHERE i.variant IS NOT NULL AND NOT i.deleted
   UNION ALL SELECT k.kit, NULL, p.w, min(CASE WHEN i.deleted THEN 0 ELSE coalesce(s.units, 0) / k.units END) FROM places p CROSS JOIN parts k JOIN items i USING (item) LEFT JOIN supply s ON s.w = p.w AND s.item = k.item GROUP BY 1, 3)
SELECT p.id AS product, x.variant, l.id AS place, l.w, coalesce((SELECT sum(q.units) FROM what q JOIN places a ON a.w = q.w WHERE q.product = p.product AND q.variant IS NOT DISTINCT FROM x.variant
         AND CASE WHEN l.w IS NULL THEN a.active AND NOT a.virtual ELSE q.w = l.w END), 0)::bigint AS units, p.product AS name
  FROM products p JOIN (SELECT product, variant FROM items UNION SELECT product, NULL FROM items UNION SELECT kit, NULL FROM parts) x USING (product) CROSS JOIN (SELECT w, id FROM places UNION ALL SELECT NULL, NULL) l;

-- the same from the tables
CREATE TEMP VIEW names AS SELECT i.item, p.id AS product_id, i.variant AS variant_id FROM items i JOIN products p USING (product);
CREATE TEMP VIEW real_stock AS SELECT l.w, n.item, b.batch_number AS batch, CASE WHEN p.tracked THEN coalesce(x.quantity, 0) ELSE s.quantity END AS quantity, CASE WHEN p.tracked THEN coalesce(x.reserved_quantity, 0) ELSE s.reserved_quantity END AS reserved,
       s.id, s.quantity AS row_quantity, s.reserved_quantity AS row_reserved, p.tracked, n.product_id, n.variant_id, l.id AS warehouse_id
  FROM inventory.stock_items s JOIN places l ON l.id = s.warehouse_id JOIN names n ON n.product_id = s.product_id AND n.variant_id IS NOT DISTINCT FROM s.variant_id JOIN products p ON p.id = s.product_id
  LEFT JOIN inventory.stock_item_batches x ON x.warehouse_id = s.warehouse_id AND x.product_id = s.product_id AND x.variant_id IS NOT DISTINCT FROM s.variant_id LEFT JOIN inventory.product_batches b ON b.id = x.batch_id;
CREATE TEMP VIEW real_holds AS SELECT r.id, l.w, n.item, b.batch_number AS batch, r.quantity, r.status, CASE WHEN r.expires_at > clock_timestamp() THEN 'later' WHEN r.expires_at IS NULL THEN 'never' ELSE 'lapsed' END AS expiry,
       r.reference_type AS kind, r.reference_id AS reference, r.created_at AS born
  FROM inventory.stock_reservations r JOIN places l ON l.id = r.warehouse_id JOIN names n ON n.product_id = r.product_id AND n.variant_id IS NOT DISTINCT FROM r.variant_id LEFT JOIN inventory.product_batches b ON b.id = r.batch_id;
CREATE TEMP VIEW real_batches AS SELECT n.item, b.batch_number AS batch, b.id, b.expiry_date, b.status FROM inventory.product_batches b JOIN names n ON n.product_id = b.product_id AND n.variant_id IS NOT DISTINCT FROM b.variant_id;
CREATE TEMP VIEW real_parcels AS SELECT i.transfer_id, n.item, b.batch_number, i.quantity, i.received_quantity, i.short_quantity FROM inventory.stock_transfer_items i
  JOIN names n ON n.product_id = i.product_id AND n.variant_id IS NOT DISTINCT FROM i.variant_id LEFT JOIN inventory.product_batches b ON b.id = i.batch_id;
CREATE TEMP VIEW real_transfers AS SELECT t.id, s.w AS source, d.w AS target, t.status FROM inventory.stock_transfers t JOIN places s ON s.id = t.from_warehouse_id JOIN places d ON d.id = t.to_warehouse_id;

-- rows of which there are more on one side than on the other
CREATE TEMP TABLE rules (n serial, what text);
CREATE FUNCTION pg_temp.rule(what text, model text, actual text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rules (what) VALUES (what);
  EXECUTE format($f$CREATE FUNCTION pg_temp.%I() RETURNS text LANGUAGE plpgsql AS $r$ BEGIN RETURN (WITH m AS MATERIALIZED (%s), a AS MATERIALIZED (%s)
    SELECT string_agg(d, '; ') FROM (SELECT %L || d::text FROM (TABLE m EXCEPT ALL TABLE a) d UNION ALL SELECT %L || d::text FROM (TABLE a EXCEPT ALL TABLE m) d) d (d)); END $r$ $f$, what, model, actual, what || ' expected ', what || ' found ');
END $$;

-- I1 and I2, of rows and of batches; I3: bounds and sums; I4: whatever came in and has not gone is somewhere
SELECT
  pg_temp.rule('stock', 'SELECT w, item, batch, quantity, active FROM lots WHERE quantity <> 0', 'SELECT w, item, batch, quantity, reserved FROM real_stock WHERE (quantity, reserved) <> (0, 0)'),
  pg_temp.rule('hold', 'TABLE holds', 'TABLE real_holds'),
  pg_temp.rule('batch', 'TABLE batches', 'TABLE real_batches'),
  pg_temp.rule('transfer', 'SELECT id, source, target, status FROM transfers', 'TABLE real_transfers'),
  pg_temp.rule('parcel', 'TABLE parcels', 'TABLE real_parcels'),
  pg_temp.rule('in transit', 'SELECT transfer, item, units FROM transit', 'SELECT t.transfer_id, n.item, t.quantity FROM wms_in_transit() t JOIN names n ON n.product_id = t.product_id AND n.variant_id IS NOT DISTINCT FROM t.variant_id'),
  pg_temp.rule('moved', 'SELECT item, type, units FROM tally WHERE units <> 0 ', $q$SELECT n.item, m.type, sum(m.quantity) FROM inventory.stock_movements m JOIN names n ON n.product_id = m.product_id AND n.variant_id IS NOT DISTINCT FROM m.variant_id
      WHERE m.type NOT LIKE 'transfer%' GROUP BY 1, 2 HAVING sum(m.quantity) <> 0$q$),
  pg_temp.rule('promise', 'SELECT name, variant, w, units FROM promise', 'SELECT name, variant, w, wms_available_quantity(product, variant, place) FROM promise'),
  pg_temp.rule('tracked', 'SELECT product, tracked FROM products', 'SELECT m.product, p.batch_tracked FROM products m JOIN catalog.products p USING (id)'),
  pg_temp.rule('I1', 'SELECT warehouse_id, product_id, variant_id, sum(quantity) FROM inventory.stock_movements GROUP BY 1, 2, 3 HAVING sum(quantity) <> 0',
      'SELECT warehouse_id, product_id, variant_id, quantity FROM inventory.stock_items WHERE quantity <> 0'),
  pg_temp.rule('I2', $q$SELECT warehouse_id, product_id, variant_id, sum(quantity) FROM inventory.stock_reservations WHERE status = 'active' GROUP BY 1, 2, 3$q$,
      'SELECT warehouse_id, product_id, variant_id, reserved_quantity FROM inventory.stock_items WHERE reserved_quantity <> 0'),
  pg_temp.rule('I2 batch', $q$SELECT warehouse_id, batch_id, sum(quantity) FROM inventory.stock_reservations WHERE status = 'active' AND batch_id IS NOT NULL GROUP BY 1, 2$q$,
      'SELECT warehouse_id, batch_id, reserved_quantity FROM inventory.stock_item_batches WHERE reserved_quantity <> 0'),
  pg_temp.rule('I3 bounds', 'SELECT NULL::uuid WHERE false', 'SELECT id FROM (SELECT id, quantity, reserved_quantity FROM inventory.stock_items UNION ALL SELECT id, quantity, reserved_quantity FROM inventory.stock_item_batches) s WHERE reserved_quantity NOT BETWEEN 0 AND quantity'),
  pg_temp.rule('I3', 'SELECT warehouse_id, product_id, variant_id, sum(quantity), sum(reserved_quantity) FROM inventory.stock_item_batches GROUP BY 1, 2, 3 HAVING sum(quantity) <> 0',
      'SELECT warehouse_id, product_id, variant_id, quantity, reserved_quantity FROM inventory.stock_items WHERE quantity <> 0 AND product_id IN (SELECT id FROM products WHERE tracked)'),
  pg_temp.rule('I3 total', 'SELECT id, quantity FROM inventory.product_batches WHERE quantity <> 0', 'SELECT batch_id, sum(quantity) FROM inventory.stock_item_batches GROUP BY 1 HAVING sum(quantity) <> 0'),
  pg_temp.rule('tracks', $q$SELECT product_batch_id, warehouse_id, sum(quantity) FROM inventory.product_batch_tracks WHERE action IN ('received', 'sold', 'returned', 'adjusted', 'damaged', 'transferred_out',
      'transferred_in') GROUP BY 1, 2 HAVING sum(quantity) <> 0$q$, 'SELECT batch_id, warehouse_id, quantity FROM inventory.stock_item_batches WHERE quantity <> 0'),
  pg_temp.rule('track of status', 'SELECT item, batch, status FROM batches', $q$SELECT r.item, r.batch, coalesce((SELECT CASE t.action WHEN 'expired' THEN 'expired' ELSE split_part(split_part(t.description, ' to ', 2), ':', 1) END
      FROM inventory.product_batch_tracks t WHERE t.product_batch_id = r.id AND t.action IN ('status_changed', 'expired') ORDER BY t.created_at DESC, t.id DESC LIMIT 1), 'active') FROM real_batches r$q$),
  pg_temp.rule('I4', 'SELECT item, sum(units) FROM tally GROUP BY 1 HAVING sum(units) <> 0', $q$SELECT item, sum(units) FROM (SELECT n.item, s.quantity AS units FROM inventory.stock_items s
      JOIN names n ON n.product_id = s.product_id AND n.variant_id IS NOT DISTINCT FROM s.variant_id
      UNION ALL SELECT item, quantity - received_quantity - short_quantity FROM real_parcels p JOIN real_transfers t ON t.id = p.transfer_id WHERE t.status = 'in_transit') x GROUP BY 1 HAVING sum(units) <> 0$q$) \g /dev/null

-- where model and tables differ, and which invariant does not hold; '' = all is well
CREATE FUNCTION pg_temp.compare() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  r rules;
  difference text;
  problems text;
BEGIN
  -- a hold that has lapsed is swept when it is in the way of somebody: any command may
  UPDATE holds h SET status = 'expired', quantity = 0 FROM inventory.stock_reservations x WHERE x.id = h.id AND h.expiry = 'lapsed' AND h.status = 'active' AND x.status = 'expired';
  FOR r IN SELECT * FROM rules ORDER BY n LOOP
    EXECUTE format('SELECT pg_temp.%I()', r.what) INTO difference;
    problems := concat_ws('; ', problems, difference);
  END LOOP;
  RETURN concat_ws('; ', problems, (SELECT string_agg('wms_verify ' || v::text, ', ') FROM wms_verify() v));
END $$;

CREATE FUNCTION pg_temp.hash() RETURNS text LANGUAGE sql AS $$
SELECT md5(concat((SELECT string_agg(x::text, '' ORDER BY x.id) FROM inventory.stock_items x), (SELECT string_agg(x::text, '' ORDER BY x.id) FROM inventory.stock_item_batches x), (SELECT string_agg(x::text, '' ORDER BY x.id) FROM inventory.product_batches x),
  (SELECT string_agg(x::text, '' ORDER BY x.id) FROM inventory.stock_reservations x), (SELECT string_agg(x::text, '' ORDER BY x.id) FROM inventory.stock_movements x), (SELECT string_agg(x::text, '' ORDER BY x.id) FROM inventory.product_batch_tracks x),
  (SELECT string_agg(x::text, '' ORDER BY x.id) FROM inventory.stock_transfers x), (SELECT string_agg(x::text, '' ORDER BY x.id) FROM inventory.stock_transfer_items x), (SELECT string_agg(x::text, '' ORDER BY x.id) FROM inventory.warehouses x),
  (SELECT string_agg(x::text, '' ORDER BY x.id) FROM catalog.products x), (SELECT string_agg(x::text, '' ORDER BY x.id) FROM catalog.product_variants x), (SELECT string_agg(x::text, '' ORDER BY x.id) FROM auth.idempotency_keys x))) $$;
