-- The model of 05_random_sales: what there is to buy, to apply and to earn, and what has become of it.
-- Money is numeric, people, items, places and coupons are known by their short names.
CREATE TEMP TABLE items (item text PRIMARY KEY, product_id uuid, variant_id uuid, price numeric);
CREATE TEMP TABLE parts (item text, part text, units integer);
CREATE TEMP TABLE prices (item text, grp text, least_units integer, price numeric);
CREATE TEMP TABLE users (name text PRIMARY KEY, id uuid, email text, grp text);
CREATE TEMP TABLE posts (code text PRIMARY KEY, cost numeric, free_from numeric);
CREATE TEMP TABLE agents (agent text PRIMARY KEY, id uuid, parent text, tier text, rate numeric, active boolean);
CREATE TEMP TABLE rates (tier text, level integer, rate numeric);
CREATE TEMP TABLE coupons (code text PRIMARY KEY, kind text, value numeric, minimum numeric, maximum numeric, uses integer, per_customer integer, usable boolean);
CREATE TEMP TABLE uses (code text, order_id uuid PRIMARY KEY, buyer text, email text, discount numeric, live boolean);

CREATE TEMP TABLE stock (w text, part text, quantity integer, PRIMARY KEY (w, part));
-- lapsed = past their time, and still there; those that others have taken are lost
CREATE TEMP TABLE holds (order_id uuid, n integer, w text, part text, units integer, lapsed boolean NOT NULL, PRIMARY KEY (order_id, n, w, part));
CREATE TEMP TABLE lost (order_id uuid, n integer, w text, part text, units integer);
-- what an order on its way to other lines keeps of its holds; they count, its others do not
CREATE TEMP TABLE keeps (n integer, w text, part text, units integer);

CREATE TEMP TABLE carts (id uuid PRIMARY KEY, buyer text, session text, code text, discount numeric, order_id uuid, expired boolean);
CREATE TEMP TABLE cart_items (cart uuid, item text, quantity integer, price numeric, place serial, PRIMARY KEY (cart, item));

CREATE TEMP TABLE orders (id uuid PRIMARY KEY, buyer text, guest text, agent text, w text, status text, subtotal numeric, discount numeric, shipping numeric,
  tax numeric, total numeric, code text, post text, channel text, confirmed boolean, cancelled boolean);
-- back = units that are not the customer's any more; out = units that have left and are not back in stock
CREATE TEMP TABLE lines (order_id uuid, n integer, item text, quantity integer, price numeric, total numeric, discount numeric, tax numeric, back integer, out integer, PRIMARY KEY (order_id, n));
CREATE TEMP TABLE payments (id uuid PRIMARY KEY, order_id uuid, provider text, transaction text, amount numeric, status text, paid boolean);
CREATE TEMP TABLE refunds (id uuid PRIMARY KEY, order_id uuid, amount numeric, overpaid numeric, place serial);
CREATE TEMP TABLE refund_lines (refund_id uuid, order_id uuid, n integer, units integer, amount numeric, restocked integer);
CREATE TEMP TABLE commissions (order_id uuid, agent text, level integer, refund_id uuid, base numeric, rate numeric, amount numeric, status text);

-- the request on its way: what is asked for, what it costs, which units of an order are named
CREATE TEMP TABLE basket (n integer PRIMARY KEY, item text, quantity integer, price numeric);
CREATE TEMP TABLE priced (n integer PRIMARY KEY, item text, quantity integer, price numeric, total numeric, discount numeric, tax numeric);
CREATE TEMP TABLE asked (n integer PRIMARY KEY, units integer, worth numeric);
-- requests that went through under a key, with what they gave; how each step ended
CREATE TEMP TABLE keyed (request text, other text, result text);
CREATE TEMP TABLE done (action text, state text);

CREATE FUNCTION pg_temp.pick(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;
CREATE FUNCTION pg_temp.upto(most integer) RETURNS integer LANGUAGE sql VOLATILE AS $$ SELECT 1 + floor(random() * most)::integer $$;
CREATE FUNCTION pg_temp.reasons(VARIADIC found text[]) RETURNS text[] LANGUAGE sql AS $$ SELECT array_remove(found, NULL) $$;

CREATE FUNCTION pg_temp.try(command text, OUT state text, OUT result text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command INTO result;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  state := SQLSTATE;
END $$;

-- the key of a request: of every third one, the same again until one went through
CREATE FUNCTION pg_temp.new_key() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.35 THEN 'key ' || (SELECT count(*) FROM keyed) END $$;
CREATE FUNCTION pg_temp.keep_key(key text, template text, note text, state text, result text) RETURNS void LANGUAGE sql AS $$
INSERT INTO keyed SELECT format(template, note, key), format(template, 'another', key), result WHERE key IS NOT NULL AND state = '00000' $$;

-- an amount in shares by weight, the largest remainders take the cents that are left, the earlier line first
CREATE FUNCTION pg_temp.shares(amount numeric, weights numeric[]) RETURNS numeric[] LANGUAGE plpgsql AS $$
DECLARE
  cents numeric := amount * 100;
  weight numeric := (SELECT sum(w) FROM unnest(weights) w);
  given numeric[];
  rests numeric[];
  best integer;
BEGIN
  IF weight = 0 THEN RETURN array_fill(0::numeric, ARRAY[cardinality(weights)]); END IF;
  SELECT array_agg(trunc(cents * w / weight) ORDER BY n), array_agg(cents * w - trunc(cents * w / weight) * weight ORDER BY n) INTO given, rests FROM unnest(weights) WITH ORDINALITY x (w, n);
  WHILE (SELECT sum(g) FROM unnest(given) g) < cents LOOP
    SELECT n INTO best FROM unnest(rests) WITH ORDINALITY x (rest, n) ORDER BY rest DESC, n LIMIT 1;
    given[best] := given[best] + 1;
    rests[best] := -1;
  END LOOP;
  RETURN (SELECT array_agg(g / 100 ORDER BY n) FROM unnest(given) WITH ORDINALITY x (g, n));
END $$;

-- what was paid, refunded, and of that overpaid
CREATE FUNCTION pg_temp.money(which uuid, OUT paid numeric, OUT refunded numeric, OUT overpaid numeric) LANGUAGE sql AS $$
SELECT coalesce((SELECT sum(p.amount) FROM payments p WHERE p.order_id = which AND p.paid), 0), coalesce((SELECT sum(r.amount - r.overpaid) FROM refunds r WHERE r.order_id = which), 0),
  coalesce((SELECT sum(r.overpaid) FROM refunds r WHERE r.order_id = which), 0) $$;
