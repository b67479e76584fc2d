-- Steps of 05_random_sales: carts, and orders from carts, from lines and over the counter.

-- somebody, mostly known; a place, a way to send, mostly of those that are there
CREATE FUNCTION pg_temp.id_of(name_of text) RETURNS uuid LANGUAGE sql AS $$ SELECT CASE WHEN name_of IS NOT NULL THEN coalesce((SELECT u.id FROM users u WHERE u.name = name_of), '00000000-0000-4000-8000-00000000ffff') END $$;
CREATE FUNCTION pg_temp.agent_id(code text) RETURNS uuid LANGUAGE sql AS $$ SELECT CASE WHEN code IS NOT NULL THEN coalesce((SELECT a.id FROM agents a WHERE a.agent = code), '00000000-0000-4000-8000-00000000ffff') END $$;
CREATE FUNCTION pg_temp.place_id(place text) RETURNS uuid LANGUAGE sql AS $$ SELECT CASE WHEN place IS NOT NULL THEN coalesce((SELECT w.id FROM inventory.warehouses w WHERE w.code = place), '00000000-0000-4000-8000-00000000ffff') END $$;
CREATE FUNCTION pg_temp.some_buyer() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.03 THEN 'nobody' ELSE pg_temp.pick('ann', 'bob', 'cem', NULL) END $$;
CREATE FUNCTION pg_temp.some_guest() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT pg_temp.pick('dot@rs.example', 'Dot@RS.Example', 'DOT@rs.example', 'ANN@rs.example', NULL) $$;
CREATE FUNCTION pg_temp.some_agent() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.02 THEN 'X' ELSE pg_temp.pick('SID', 'SID', 'LEA', 'GUS', 'NIA', 'OFF', NULL) END $$;
CREATE FUNCTION pg_temp.some_post() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.02 THEN 'rs-off' ELSE pg_temp.pick('rs-post', 'rs-fast', NULL) END $$;
CREATE FUNCTION pg_temp.some_place() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.02 THEN 'X' ELSE pg_temp.pick('RS-1', 'RS-2', NULL, NULL, NULL) END $$;
CREATE FUNCTION pg_temp.some_coupon() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  code text := CASE WHEN random() < 0.12 THEN pg_temp.pick('OLD', 'SOON', 'OFF', 'NONE') ELSE pg_temp.pick('TEN', 'MAX', 'FIX', 'BIG', 'ONCE', 'ONCE', 'ONCE', 'TWICE', 'TWICE', 'THREE') END;
BEGIN
  RETURN CASE WHEN random() < 0.3 THEN lower(code) ELSE code END;
END $$;

-- what each place has of what can be sold; of kits, whole ones
CREATE TEMP VIEW most AS SELECT f.part AS item, f.w, f.units FROM free f UNION ALL SELECT 'RS-K', k.w, k.kits FROM place_kits k;

CREATE FUNCTION pg_temp.too_much() RETURNS boolean LANGUAGE sql AS $$ SELECT bool_and(m.units < b.quantity) FROM basket b JOIN most m ON m.item = b.item WHERE b.n = 1 $$;

CREATE FUNCTION pg_temp.fill_basket(much boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM basket;
  INSERT INTO basket SELECT n, CASE WHEN random() < 0.01 THEN 'RS-X' ELSE pg_temp.pick('RS-A', 'RS-A', 'RS-V', 'RS-M', 'RS-F', 'RS-K', 'RS-K', 'RS-C') END, 1 + floor(random() * random() * 9)::integer,
    CASE WHEN random() < 0.1 THEN 10 WHEN random() < 0.1 THEN trunc((random() * 20)::numeric, 4) END FROM generate_series(1, pg_temp.upto(4)) n;
  -- sometimes one more of something than any place has
  IF much AND pg_temp.splits() AND random() < 0.4 THEN
    UPDATE basket b SET item = 'RS-K' WHERE b.n = 1 AND random() < 0.6;
    UPDATE basket b SET quantity = x.units FROM (SELECT m.item, max(m.units) + 1 AS units FROM most m GROUP BY 1 HAVING count(*) > 1 AND min(m.units) > 0) x WHERE b.n = 1 AND b.item = x.item;
    DELETE FROM basket b WHERE b.n > 1 AND pg_temp.too_much();
  END IF;
  RETURN (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('sku', b.item, 'quantity', b.quantity, 'unit_price', b.price)) ORDER BY b.n) FROM basket b);
END $$;

-- what the customer expects to pay: right, wrong, or nothing in particular
CREATE FUNCTION pg_temp.some_total(total numeric) RETURNS numeric LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.1 THEN total + 0.01 WHEN random() < 0.4 THEN total END $$;

CREATE FUNCTION pg_temp.place_order(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  asked_lines jsonb := pg_temp.fill_basket(true);
  buyer text := pg_temp.some_buyer();
  guest text := pg_temp.some_guest();
  agent text := pg_temp.some_agent();
  post text := pg_temp.some_post();
  place text := CASE WHEN pg_temp.too_much() THEN NULL ELSE pg_temp.some_place() END;
  code text := CASE WHEN random() < 0.65 THEN pg_temp.some_coupon() END;
  quote record;
  wanted numeric := pg_temp.some_total((SELECT r.total FROM pg_temp.reckon(buyer, code, post) r));
  key text := pg_temp.new_key();
  request text;
  result text;
BEGIN
  expected := pg_temp.refusals(buyer, guest, agent, post, code, place, wanted);
  SELECT * INTO quote FROM wms_quote_order(asked_lines, pg_temp.id_of(buyer), post, code, pg_temp.place_id(place), guest);
  request := format('SELECT wms_place_order(%L, %L, shipping_method => %L, coupon_code => %L, agent_id => %L, warehouse_id => %L, guest_email => %L, channel => %L, expected_total => %L, ',
    asked_lines, pg_temp.id_of(buyer), post, code, pg_temp.agent_id(agent), pg_temp.place_id(place), guest, 'app', wanted);
  request := replace(request, '%', '%%') || 'customer_notes => %L, idempotency_key => %L)';
  SELECT * INTO state, result FROM pg_temp.try(format(request, 'n', key));
  PERFORM pg_temp.keep_key(key, request, 'n', state, result);
  wrong := pg_temp.judge_quote(quote, expected, buyer, code, post);
  IF state = '00000' THEN PERFORM pg_temp.take_order(result::uuid, buyer, guest, agent, post, code, place, 'app'); END IF;
END $$;

-- a quote costs what the order would and names what refuses it; what only the order knows is left out
CREATE FUNCTION pg_temp.judge_quote(quote record, expected text[], buyer text, code text, post text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text[] := (SELECT coalesce(array_agg(DISTINCT p ->> 'code'), '{}') FROM jsonb_array_elements(quote.problems) p WHERE p ->> 'code' <> 'price_changed');
  known text[] := array_remove(expected, 'WM006');
  sums record;
BEGIN
  IF found IS DISTINCT FROM (SELECT coalesce(array_agg(x ORDER BY x), '{}') FROM unnest(known) x) AND NOT known && '{WM004,23503}' THEN
    RETURN format('quote found %s instead of %s', found, known);
  END IF;
  SELECT * INTO sums FROM pg_temp.reckon(buyer, CASE WHEN 'WM009' = ANY (found) THEN NULL ELSE code END, post);
  IF NOT known && '{WM004,23503}' AND (quote.subtotal, quote.discount_amount, quote.shipping_cost, quote.tax_amount, quote.total) IS DISTINCT FROM
     (sums.subtotal, sums.discount, sums.shipping, sums.tax, sums.total) THEN
    RETURN format('quoted %s instead of %s', quote, sums);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION pg_temp.sell(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  asked_lines jsonb := pg_temp.fill_basket(false);
  buyer text := pg_temp.some_buyer();
  guest text := pg_temp.some_guest();
  agent text := pg_temp.some_agent();
  place text := coalesce(pg_temp.some_place(), 'RS-1');
  code text := CASE WHEN random() < 0.6 THEN pg_temp.some_coupon() END;
  method text := CASE WHEN random() < 0.03 THEN 'shells' ELSE 'cash' END;
  key text := pg_temp.new_key();
  request text;
  result text;
  sold orders;
BEGIN
  expected := pg_temp.refusals(buyer, guest, agent, NULL, code, place, NULL) || pg_temp.reasons(CASE WHEN method = 'shells' THEN '22023' END);
  request := format('SELECT wms_sell(%L, %L, %%L, %L, %L, %L, %L, %%L)', asked_lines, pg_temp.place_id(place), pg_temp.id_of(buyer), pg_temp.agent_id(agent), code, guest);
  SELECT * INTO state, result FROM pg_temp.try(format(request, method, key));
  INSERT INTO keyed SELECT format(request, method, key), format(request, 'ewallet', key), result WHERE key IS NOT NULL AND state = '00000';
  IF state <> '00000' THEN RETURN; END IF;
  PERFORM pg_temp.take_order(result::uuid, buyer, guest, agent, NULL, code, place, 'counter');
  SELECT * INTO sold FROM orders o WHERE o.id = result::uuid;
  PERFORM pg_temp.advance(sold.id, s) FROM unnest('{confirmed,processing,packed,shipped,delivered}'::text[]) s;
  INSERT INTO payments SELECT p.id, sold.id, NULL, NULL, sold.total, 'completed', true FROM sales.payments p WHERE p.order_id = sold.id AND sold.total > 0;
END $$;
