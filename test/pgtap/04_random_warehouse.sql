-- Some hundred random commands of the inventory, good and bad ones, over three places, against a model in plain SQL (model/):
-- each ends as the model expects, or is refused with the code it expects and has changed nothing; stock, holds, batches,
-- transfers and promises are those of the model, and I1 to I4 and wms_verify() hold, after every step.
-- Another walk: psql -v seed=17 -v steps=1000 -f 04_random_warehouse.sql
\if :{?seed} \else \set seed 88 \endif
\if :{?steps} \else \set steps 800 \endif
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL jit = off;
SELECT setseed((:seed % 100000) / 100000.0) AS seeded \gset
SELECT * FROM no_plan();
\ir model/state.sql
\ir model/tools.sql
\ir model/holding.sql
\ir model/goods.sql
\ir model/transfers.sql
\ir model/batches.sql

-- RW-1 comes after RW-2, which is closed at times; RW-V sells nothing
INSERT INTO inventory.warehouses (id, code, name, type, priority) SELECT md5(code)::uuid, code, code, type, priority FROM (VALUES ('RW-1', 'warehouse', 2), ('RW-2', 'store', 1), ('RW-V', 'virtual', 0)) w (code, type, priority);
INSERT INTO places SELECT code, id, priority, true, type = 'virtual' FROM inventory.warehouses WHERE code LIKE 'RW-%';
-- shirts have variants, milk has batches, cheese both; F and G have batches some day; a kit of nails, a shirt and milk; postage is not stocked
INSERT INTO catalog.products (id, sku, name, base_price, is_stocked) SELECT md5(sku)::uuid, sku, sku, 1, sku <> 'RW-U' FROM unnest('{RW-P,RW-N,RW-S,RW-M,RW-C,RW-F,RW-G,RW-K,RW-U}'::text[]) sku;
INSERT INTO catalog.product_variants (id, product_id, sku, name) SELECT md5(sku)::uuid, md5(left(sku, 4))::uuid, sku, sku FROM unnest('{RW-S1,RW-S2,RW-C1,RW-C2}'::text[]) sku;
INSERT INTO products SELECT sku, id FROM catalog.products WHERE sku LIKE 'RW-%';
INSERT INTO items SELECT coalesce(v.sku, p.sku), p.sku, v.id FROM catalog.products p LEFT JOIN catalog.product_variants v ON v.product_id = p.id WHERE p.sku LIKE 'RW-%' AND p.sku NOT IN ('RW-K', 'RW-U') ORDER BY 1;
INSERT INTO parts VALUES ('RW-K', 'RW-N', 2), ('RW-K', 'RW-S1', 1), ('RW-K', 'RW-M', 1);
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, component_variant_id, quantity) SELECT md5(kit)::uuid, n.product_id, n.variant_id, units FROM parts JOIN names n USING (item);

CREATE TEMP TABLE lost (step integer);

-- something of everything is everywhere
INSERT INTO goods SELECT row_number() OVER (), item, CASE WHEN item ~ '^RW-[MC]' THEN 'L1' END, CASE WHEN item ~ '^RW-[MC]' THEN '2100-01-01'::date END, 4 FROM items WHERE item NOT IN ('RW-F', 'RW-G');
SELECT wms_receive_stock(p.id, (SELECT jsonb_agg(pg_temp.line(item, quantity, batch) || jsonb_strip_nulls(jsonb_build_object('expiry_date', expiry))) FROM goods)) FROM places p ORDER BY w \g /dev/null
SELECT pg_temp.learn_batches(), (SELECT count(pg_temp.move(w, item, batch, quantity, 'receive') IS NULL) FROM places, goods) \g /dev/null

CREATE FUNCTION pg_temp.step(n integer, seed integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  action text := (SELECT string_to_array(string_agg(repeat(what || ' ', often), ''), ' ') FROM (VALUES ('receive', 6), ('return', 2), ('adjust', 3), ('write_off', 3), ('count', 3), ('reserve', 10), ('release', 6), ('consume', 6),
      ('extend', 2), ('give_up', 1), ('lapse', 1), ('ask_transfer', 6), ('approve', 4), ('ship', 4), ('receive_transfer', 4), ('complete', 3), ('cancel', 2), ('block', 6), ('expire', 1), ('maintain', 2), ('by_hand', 4),
      ('master_data', 3)) a (what, often))[1 + floor(random() * 82)];
  expected text;
  problems text;
  t tried;
BEGIN
  IF EXISTS (SELECT FROM lost) THEN RETURN pass('skipped: the model is lost'); END IF;
  CASE
    WHEN action IN ('receive', 'return') THEN SELECT * INTO expected, problems FROM pg_temp.bring_in(action);
    WHEN action IN ('adjust', 'write_off') THEN SELECT * INTO expected, problems FROM pg_temp.correct(action);
    WHEN action IN ('release', 'consume', 'extend') THEN SELECT * INTO expected, problems FROM pg_temp.resolve(action);
    WHEN action IN ('approve', 'ship') THEN SELECT * INTO expected, problems FROM pg_temp.approve_or_ship(action);
    ELSE EXECUTE format('SELECT * FROM pg_temp.%I()', action) INTO expected, problems;
  END CASE;
  SELECT * INTO t FROM tried;
  INSERT INTO done VALUES (action, t.state);
  INSERT INTO seen SELECT 'batch', status FROM batches UNION SELECT 'hold', status FROM holds UNION SELECT 'transfer', status FROM transfers ON CONFLICT DO NOTHING;
  problems := concat_ws('; ', CASE WHEN t.state <> expected THEN format('expected %s, got %s: %s', expected, t.state, t.message) END, t.wrong, problems, nullif(pg_temp.compare(), ''));
  IF problems <> '' THEN INSERT INTO lost VALUES (n); END IF;
  RETURN is(CASE WHEN problems <> '' THEN concat(problems, ' -- ', t.said) ELSE '' END, '', format('seed %s, step %s: %s %s', seed, n, action, t.state));
END $$;

-- where the walk is to have been, and has
CREATE TEMP TABLE everywhere (n integer, wanted text, meaning text);
INSERT INTO everywhere VALUES (1, NULL, 'every command has succeeded several times'), (2, NULL, 'and has been refused'), (3, '22', 'there are so many'),
  (4, '00000 22003 22023 23503 23505 23514 WM001 WM002 WM003 WM004 WM006 WM007 WM092', 'every refusal has occurred'),
  (5, 'batch active, batch depleted, batch expired, batch quarantined, batch recalled, hold active, hold consumed, hold consumed with its parts, hold expired, hold in several places, hold moved to another batch, hold released, hold released with its parts, hold served from another batch, hold split over batches, key used twice, kit in several places, product became tracked, transfer approved, transfer cancelled, transfer completed, transfer in_transit, transfer pending',
    'batches, holds and transfers were in every status, and some in rare ones');
CREATE TEMP VIEW been (n, what) AS
SELECT 1, (SELECT string_agg(concat(action, ' ', times), ', ' ORDER BY action) FROM (SELECT action, count(*) FILTER (WHERE state = '00000') AS times FROM done GROUP BY 1) d WHERE times < :steps / 200)
UNION ALL SELECT 2, (SELECT string_agg(concat(action, ' ', times), ', ' ORDER BY action) FROM (SELECT action, count(*) FILTER (WHERE state <> '00000') AS times FROM done WHERE action NOT IN ('expire', 'lapse', 'maintain', 'give_up',
    'master_data') GROUP BY 1) d WHERE times < :steps / 400)
UNION ALL SELECT 3, (SELECT count(DISTINCT action)::text FROM done)
UNION ALL SELECT 4, (SELECT string_agg(DISTINCT state, ' ' ORDER BY state) FROM done)
UNION ALL SELECT 5, (SELECT string_agg(concat(what, ' ', status), ', ' ORDER BY what, status) FROM seen);

-- who has not been everywhere goes on, three times as far at most
CREATE FUNCTION pg_temp.walk(steps integer, seed integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  FOR n IN 1 .. 3 * steps LOOP
    EXIT WHEN n > steps AND NOT EXISTS (SELECT FROM everywhere e JOIN been b USING (n) WHERE b.what IS DISTINCT FROM e.wanted);
    RETURN NEXT pg_temp.step(n, seed);
  END LOOP;
END $$;
SELECT pg_temp.walk(:steps, :seed);
SELECT is(b.what, e.wanted, e.meaning) FROM everywhere e JOIN been b USING (n) ORDER BY n;
SELECT * FROM finish();
ROLLBACK;
