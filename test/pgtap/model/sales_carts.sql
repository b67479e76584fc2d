-- Steps of 05_random_sales: carts, from the first item to checkout.

CREATE FUNCTION pg_temp.some_cart(of_guest boolean DEFAULT false) RETURNS carts LANGUAGE plpgsql AS $$
DECLARE
  c carts;
BEGIN
  SELECT * INTO c FROM carts x ORDER BY random() * CASE WHEN x.order_id IS NULL THEN 20 ELSE 1 END * CASE WHEN of_guest AND x.buyer IS NULL THEN 10 ELSE 1 END DESC LIMIT 1;
  IF c.id IS NULL OR random() < 0.01 THEN c := NULL; c.id := gen_random_uuid(); END IF;
  RETURN c;
END $$;

CREATE FUNCTION pg_temp.cart_refusals(c carts) RETURNS text[] LANGUAGE sql AS $$
SELECT pg_temp.reasons(CASE WHEN c.expired OR c.order_id IS NOT NULL OR NOT EXISTS (SELECT FROM carts x WHERE x.id = c.id) THEN 'WM004' END) $$;

-- the live cart of somebody, emptied when it had expired; the one that was made when there was none
CREATE FUNCTION pg_temp.take_live(name_of text, token text, given uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  c carts;
BEGIN
  SELECT * INTO c FROM carts x WHERE x.order_id IS NULL AND CASE WHEN name_of IS NOT NULL THEN x.buyer = name_of ELSE x.session = token AND x.buyer IS NULL END;
  IF c.id <> given THEN RETURN 'not the live cart'; END IF;
  IF c.id IS NULL THEN
    IF given IN (SELECT x.id FROM carts x) THEN RETURN 'somebody else''s cart'; END IF;
    INSERT INTO carts VALUES (given, name_of, token, NULL, 0, NULL, false);
  ELSIF c.expired THEN
    DELETE FROM cart_items i WHERE i.cart = c.id;
    UPDATE carts x SET code = NULL, discount = 0, expired = false WHERE x.id = c.id;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION pg_temp.create_cart(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  buyer text := CASE WHEN random() < 0.5 THEN pg_temp.some_buyer() END;
  token text := CASE WHEN random() < 0.03 THEN '' WHEN random() < 0.1 THEN NULL ELSE pg_temp.pick('one', 'two') END;
  result text;
BEGIN
  expected := pg_temp.reasons(CASE WHEN buyer = 'nobody' THEN 'WM004' END, CASE WHEN token = '' THEN '22023' END);
  SELECT * INTO state, result FROM pg_temp.try(format('SELECT wms_create_cart(%L, %L)', pg_temp.id_of(buyer), token));
  wrong := CASE WHEN state = '00000' THEN pg_temp.take_live(buyer, token, result::uuid) END;
END $$;

CREATE FUNCTION pg_temp.set_item(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  c carts := pg_temp.some_cart();
  thing items;
  units integer := CASE WHEN random() < 0.02 THEN -1 ELSE floor(random() * 8) END;
  unknown boolean := random() < 0.02;
  bare boolean;
  result text;
BEGIN
  SELECT * INTO thing FROM items i ORDER BY random() * CASE WHEN i.item IN ('RS-A', 'RS-V') THEN 3 ELSE 1 END DESC LIMIT 1;
  bare := random() < 0.1 AND thing.variant_id IS NOT NULL;
  expected := pg_temp.cart_refusals(c) || pg_temp.reasons(CASE WHEN units < 0 OR (bare AND units > 0 AND NOT unknown) THEN '22023' END, CASE WHEN unknown AND units > 0 THEN 'WM004' END);
  SELECT * INTO state, result FROM pg_temp.try(format('SELECT wms_set_cart_item(%L, %L, %s, %L)', c.id, CASE WHEN unknown THEN c.id ELSE thing.product_id END, units, CASE WHEN NOT bare THEN thing.variant_id END));
  IF state <> '00000' THEN RETURN; END IF;
  IF units = 0 THEN
    wrong := CASE WHEN (result IS NULL) <> (unknown OR bare OR NOT EXISTS (SELECT FROM cart_items i WHERE i.cart = c.id AND i.item = thing.item)) THEN 'removed ' || coalesce(result, 'nothing') END;
    DELETE FROM cart_items i WHERE i.cart = c.id AND i.item = thing.item AND NOT unknown AND NOT bare;
  ELSE
    INSERT INTO cart_items VALUES (c.id, thing.item, units, pg_temp.price_of(thing.item, units, c.buyer))
      ON CONFLICT (cart, item) DO UPDATE SET quantity = EXCLUDED.quantity, price = EXCLUDED.price;
  END IF;
END $$;

CREATE FUNCTION pg_temp.basket_of(cart_id uuid) RETURNS void LANGUAGE sql AS $$
DELETE FROM basket;
INSERT INTO basket SELECT row_number() OVER (ORDER BY i.place), i.item, i.quantity FROM cart_items i WHERE i.cart = cart_id $$;

CREATE FUNCTION pg_temp.apply_coupon(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  c carts := pg_temp.some_cart();
  coupon text := CASE WHEN random() < 0.85 THEN pg_temp.some_coupon() END;
  result text;
  sums record;
BEGIN
  PERFORM pg_temp.basket_of(c.id);
  SELECT * INTO sums FROM pg_temp.reckon(c.buyer, coupon, NULL);
  expected := pg_temp.cart_refusals(c) || pg_temp.reasons(CASE WHEN coupon IS NOT NULL AND (NOT pg_temp.coupon_applies(coupon, c.buyer, NULL, true)
    OR sums.subtotal < (SELECT x.minimum FROM coupons x WHERE upper(x.code) = upper(coupon))) THEN 'WM009' END);
  SELECT * INTO state, result FROM pg_temp.try(format('SELECT wms_apply_coupon(%L, %L)', c.id, coupon));
  IF state <> '00000' THEN RETURN; END IF;
  wrong := CASE WHEN result::numeric IS DISTINCT FROM sums.discount THEN format('takes off %s instead of %s', result, sums.discount) END;
  UPDATE carts x SET code = upper(coupon), discount = sums.discount WHERE x.id = c.id;
END $$;

CREATE FUNCTION pg_temp.merge(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  c carts := pg_temp.some_cart(true);
  name_of text := coalesce(pg_temp.some_buyer(), 'ann');
  result text;
BEGIN
  expected := pg_temp.reasons(CASE WHEN name_of = 'nobody' OR (c.buyer IS NULL AND (c.order_id IS NOT NULL OR c.id NOT IN (SELECT x.id FROM carts x))) THEN 'WM004' END, CASE WHEN c.buyer <> name_of THEN 'WM012' END);
  SELECT * INTO state, result FROM pg_temp.try(format('SELECT wms_merge_carts(%L, %L)', c.id, pg_temp.id_of(name_of)));
  IF state <> '00000' THEN RETURN; END IF;
  wrong := pg_temp.take_live(name_of, NULL, result::uuid);
  IF c.buyer = name_of THEN RETURN; END IF;
  IF NOT c.expired THEN
    INSERT INTO cart_items SELECT result::uuid, i.item, i.quantity, i.price, i.place FROM cart_items i WHERE i.cart = c.id ON CONFLICT (cart, item) DO UPDATE SET quantity = cart_items.quantity + EXCLUDED.quantity;
    UPDATE carts x SET code = c.code, discount = c.discount WHERE x.id = result::uuid AND x.code IS NULL AND c.code IS NOT NULL;
  END IF;
  DELETE FROM cart_items i WHERE i.cart = c.id;
  DELETE FROM carts x WHERE x.id = c.id;
END $$;

CREATE FUNCTION pg_temp.expire_cart(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  c carts := pg_temp.some_cart();
BEGIN
  SELECT * INTO state FROM pg_temp.try(format('UPDATE sales.carts SET expires_at = now() - interval ''1 second'' WHERE id = %L RETURNING id', c.id));
  UPDATE carts x SET expired = true WHERE x.id = c.id;
END $$;

CREATE FUNCTION pg_temp.checkout(OUT expected text[], OUT state text, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
  c carts := pg_temp.some_cart();
  guest text := pg_temp.some_guest();
  agent text := pg_temp.some_agent();
  post text := pg_temp.some_post();
  place text := pg_temp.some_place();
  wanted numeric;
  key text := pg_temp.new_key();
  quote record;
  request text;
  result text;
BEGIN
  PERFORM pg_temp.basket_of(c.id);
  wanted := pg_temp.some_total((SELECT r.total FROM pg_temp.reckon(c.buyer, c.code, post) r));
  expected := pg_temp.cart_refusals(c) || pg_temp.reasons(CASE WHEN NOT EXISTS (SELECT FROM basket) THEN 'WM004' END) || pg_temp.refusals(c.buyer, guest, agent, post, c.code, place, wanted);
  SELECT * INTO quote FROM wms_quote_cart(c.id, post);
  request := format('SELECT wms_checkout(%L, shipping_method => %L, agent_id => %L, warehouse_id => %L, guest_email => %L, expected_total => %L, customer_notes => %%L, idempotency_key => %%L)',
    c.id, post, pg_temp.agent_id(agent), pg_temp.place_id(place), guest, wanted);
  SELECT * INTO state, result FROM pg_temp.try(format(request, 'n', key));
  PERFORM pg_temp.keep_key(key, request, 'n', state, result);
  -- the quote knows neither the place nor who the guest is
  IF place IS NULL AND (c.buyer IS NOT NULL OR NOT EXISTS (SELECT FROM coupons x WHERE x.code = c.code AND x.per_customer > 0)) THEN wrong := pg_temp.judge_quote(quote, expected, c.buyer, c.code, post); END IF;
  IF state <> '00000' THEN RETURN; END IF;
  wrong := concat_ws('; ', wrong, CASE WHEN quote.total <> (SELECT o.total FROM sales.orders o WHERE o.id = result::uuid) AND NOT quote.problems @> '[{"code": "WM009"}]' THEN 'quoted ' || quote.total END);
  wrong := nullif(wrong, '');
  PERFORM pg_temp.take_order(result::uuid, c.buyer, guest, agent, post, c.code, place, 'web');
  UPDATE carts x SET order_id = result::uuid, discount = o.discount FROM orders o WHERE x.id = c.id AND o.id = result::uuid;
END $$;
