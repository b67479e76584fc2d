--
-- What is told of whom, and used up in whose name: guests, customers an agent does not know yet; a role with two kinds of profile.
--
SET client_min_messages = warning;
CREATE ROLE regress_wms_customer;
CREATE ROLE regress_wms_agent;
CREATE ROLE regress_wms_app;
CREATE ROLE regress_wms_nobody;
CREATE ROLE regress_wms_both;
SELECT wms_grant('regress_wms_customer', 'customer') > 0 AS customer, wms_grant('regress_wms_agent', 'agent') > 0 AS agent, wms_grant('regress_wms_app', 'app') > 0 AS app;
CREATE FUNCTION regress_id(letter text) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5('parties ' || letter)::uuid $$;
CREATE FUNCTION regress_try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
  detail text;
BEGIN
  EXECUTE statement INTO answer;
  RETURN coalesce(answer, 'nothing');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(' / ', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''));
END $$;
CREATE FUNCTION regress_acts(letter text) RETURNS boolean LANGUAGE sql AS $$ SELECT set_config('wms.actor_id', regress_id(letter)::text, false) <> '' $$;

INSERT INTO inventory.warehouses (id, code, name) VALUES (regress_id('w'), 'PTY', 'Parties');
INSERT INTO catalog.products (id, sku, name, base_price, cost_price) VALUES (regress_id('p'), 'PTY-1', 'Tea', 10, 4);
SELECT wms_receive_stock(regress_id('w'), '[{"sku": "PTY-1", "quantity": 1000}]');
INSERT INTO sales.coupons (code, type, value, per_customer_limit) VALUES ('ONCE', 'fixed', 1, 1), ('FREELY', 'fixed', 1, NULL);
INSERT INTO auth.users (id, email) SELECT regress_id(l), l || '@parties.example' FROM unnest('{a,b,c,x}'::text[]) l;
INSERT INTO agent.agents (id, user_id, agent_code) VALUES (regress_id('X'), regress_id('x'), 'PTY-X');
INSERT INTO crm.addresses (user_id, recipient_name, address_line1, city, is_default) SELECT regress_id(l), upper(l), 'Secret road ' || l, 'Ipoh', true FROM unnest('{a,b,c,x}'::text[]) l;
-- Ben has used the coupon, Ann and Cat have not
SELECT wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', regress_id('b'), coupon_code => 'ONCE') IS NOT NULL AS ben_used_it;

-- whom a guest says he is tells nothing of whoever that is, and uses nothing up
CREATE FUNCTION regress_guest(email text) RETURNS TABLE (quote text, quote_cart text, checkout text) LANGUAGE plpgsql AS $$
DECLARE
  cart uuid := wms_create_cart(NULL, 'guest');
BEGIN
  PERFORM wms_set_cart_item(cart, regress_id('p'), 1), wms_apply_coupon(cart, 'ONCE');
  quote := regress_try(format($q$SELECT problems FROM wms_quote_order('[{"sku": "PTY-1", "quantity": 1}]', coupon_code => 'ONCE', guest_email => %L)$q$, email));
  quote_cart := regress_try(format($q$SELECT problems FROM wms_quote_cart(%L)$q$, cart));
  checkout := regress_try(format($q$SELECT 'placed' FROM wms_checkout(%L, guest_email => %L)$q$, cart, email));
  PERFORM wms_apply_coupon(cart, NULL) WHERE checkout <> 'placed';
  RETURN NEXT;
END $$;
SELECT regress_acts('a');
SET ROLE regress_wms_customer;
SELECT count(*) AS addresses, count(DISTINCT (g.*)::text) AS answers FROM unnest('{a@parties.example,b@parties.example,B@Parties.Example,nobody@parties.example}'::text[]) e, regress_guest(e) g;
\x
SELECT * FROM regress_guest('b@parties.example');
\x
SELECT regress_try($$SELECT problems FROM wms_quote_order('[{"sku": "PTY-1", "quantity": 1}]', regress_id('a'), coupon_code => 'ONCE')$$) AS own,
  regress_try($$SELECT problems FROM wms_quote_order('[{"sku": "PTY-1", "quantity": 1}]', coupon_code => 'FREELY', guest_email => 'b@parties.example')$$) AS without_limit;
SET ROLE regress_wms_nobody;
SELECT count(DISTINCT problems::text) AS answers_to_nobody FROM unnest('{a@parties.example,b@parties.example,nobody@parties.example}'::text[]) e,
  wms_quote_order('[{"sku": "PTY-1", "quantity": 1}]', coupon_code => 'ONCE', guest_email => e);
SET ROLE regress_wms_agent;
SELECT regress_acts('x');
SELECT count(DISTINCT g.answer) AS answers_to_agent, min(g.answer) AS answer FROM unnest('{a@parties.example,b@parties.example,nobody@parties.example}'::text[]) e,
  regress_try(format($$SELECT 'placed' FROM wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', coupon_code => 'ONCE', guest_email => %L)$$, e)) g(answer);
-- nor does ordering for a customer he does not know yet
SELECT count(DISTINCT g.answer) AS answers_to_agent, min(g.answer) AS answer FROM unnest('{a,b}'::text[]) u,
  regress_try(format($$SELECT 'placed' FROM wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', regress_id(%L), coupon_code => 'ONCE')$$, u)) g(answer);
RESET ROLE;
SELECT u.email, count(r.id) AS uses FROM auth.users u LEFT JOIN sales.coupon_redemptions r ON r.user_id = u.id OR lower(r.email) = u.email WHERE u.email LIKE '%@parties.example' GROUP BY 1 ORDER BY 1;
SELECT regress_acts('a');
SELECT wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', regress_id('a'), coupon_code => 'ONCE') IS NOT NULL AS ann_uses_hers;
-- a back end says who a guest is, and is believed
SET ROLE regress_wms_app;
SELECT regress_try($$SELECT 'placed' FROM wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', coupon_code => 'ONCE', guest_email => 'guest@parties.example')$$) AS first,
  regress_try($$SELECT 'placed' FROM wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', coupon_code => 'ONCE', guest_email => 'Guest@parties.example')$$) AS second;
RESET ROLE;

-- whoever orders for a customer who has no agent learns neither his address nor his e-mail by it
SELECT regress_acts('x');
SET ROLE regress_wms_agent;
SELECT wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', regress_id('c')) AS order_id \gset
SELECT shipping_address, (SELECT count(*) FROM auth.users WHERE id = regress_id('c')) AS users, (SELECT count(*) FROM crm.customer_profiles WHERE user_id = regress_id('c')) AS profiles
  FROM sales.orders WHERE id = :'order_id';
SELECT wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', regress_id('c'), shipping_address => '{"city": "Taiping"}') AS named_id, wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', regress_id('x')) AS own_id \gset
SELECT o.shipping_address AS named, (SELECT shipping_address ->> 'address_line1' FROM sales.orders WHERE id = :'own_id') AS his_own FROM sales.orders o WHERE o.id = :'named_id';
RESET ROLE;
-- the business has confirmed the order: he is a customer of the agent
SELECT wms_confirm_order(:'order_id');
SET ROLE regress_wms_agent;
SELECT wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', regress_id('c')) AS next_id \gset
SELECT shipping_address ->> 'address_line1' AS address, (SELECT email FROM auth.users WHERE id = regress_id('c')) AS email FROM sales.orders WHERE id = :'next_id';
RESET ROLE;

-- who inherits from both kinds is held to his own
GRANT regress_wms_app, regress_wms_customer TO regress_wms_both;
SELECT wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', regress_id('b')) AS bens \gset
SELECT wms_place_order('[{"sku": "PTY-1", "quantity": 1}]', regress_id('a'), shipping_address => '{}') AS anns \gset
SELECT i.id AS bens_line FROM sales.order_items i WHERE i.order_id = :'bens' \gset
SELECT wms_open_session(regress_id('b')) IS NOT NULL AS ben_is_logged_in, wms_request_password_reset('b@parties.example') IS NOT NULL AS and_forgets, wms_assign_role(regress_id('b'), name) AS has_role FROM auth.roles ORDER BY name LIMIT 1;
SELECT regress_acts('a');
SET ROLE regress_wms_both;
SELECT s.what, regexp_replace(regress_try(s.sql), '[0-9a-f-]{36}', '...') AS answer FROM (VALUES
  ('soft delete', $$SELECT wms_soft_delete('auth.users', regress_id('b'))$$),
  ('session', $$SELECT 'opened' FROM wms_open_session(regress_id('b'))$$),
  ('role', $$SELECT wms_assign_role(regress_id('a'), 'super_admin')$$),
  ('reset', $$SELECT 'token' FROM wms_request_password_reset('b@parties.example')$$),
  ('payout', $$SELECT wms_create_payout(regress_id('X'))$$),
  ('return', format($$SELECT wms_return_stock(regress_id('w'), '[{"order_item_id": "%s", "quantity": 1}]')$$, :'bens_line')),
  ('commission', format('SELECT wms_calculate_commission(%L)', :'bens')),
  ('confirm another''s', format('SELECT wms_confirm_order(%L)', :'bens')),
  ('confirm his own', format('SELECT wms_confirm_order(%L)', :'anns')),
  ('pay his own', format($$SELECT wms_record_payment(%L, 1, 'cash')$$, :'anns')),
  ('refund his own', format('SELECT wms_refund_order(%L)', :'anns')),
  ('change his own', format($$SELECT wms_change_order(%L, '[{"sku": "PTY-1", "quantity": 9}]')$$, :'anns')),
  ('sell', $$SELECT 'sold' FROM wms_sell('[{"sku": "PTY-1", "quantity": 1}]', regress_id('w'), 'cash')$$),
  ('cancel another''s', format('SELECT wms_cancel_order(%L)', :'bens')),
  ('cancel his own', format('SELECT wms_cancel_order(%L)', :'anns'))) s (what, sql);
SELECT (SELECT count(*) FROM sales.coupon_redemptions) AS redemptions, (SELECT count(*) FROM sales.orders WHERE user_id <> regress_id('a')) AS orders,
  (SELECT count(id) FROM auth.sessions) AS sessions, (SELECT count(id) FROM auth.password_resets) AS resets, (SELECT count(*) FROM auth.user_roles) AS roles;
RESET ROLE;
REVOKE regress_wms_customer FROM regress_wms_both;
SET ROLE regress_wms_both;
SELECT regress_try(format('SELECT wms_cancel_order(%L)', :'bens')) AS held_no_more;
RESET ROLE;
RESET wms.actor_id;

-- a row that breaks a constraint is not shown to who may not read it
ALTER TABLE sales.order_items ADD CONSTRAINT regress_few CHECK (quantity < 500);
SELECT regress_acts('a');
SET ROLE regress_wms_customer;
SELECT wms_set_cart_item(wms_create_cart(regress_id('a')), regress_id('p'), 500) IS NOT NULL AS put;
SELECT regress_try(format('SELECT wms_checkout(%L)', id)) FROM sales.carts WHERE order_id IS NULL AND user_id = regress_id('a');
SET ROLE regress_wms_app;
SELECT regress_try($$SELECT wms_place_order('[{"sku": "PTY-1", "quantity": 500}]', regress_id('a'))$$) ~ 'Failing row contains' AS shown_to_staff;
RESET ROLE;
ALTER TABLE sales.order_items DROP CONSTRAINT regress_few;
RESET wms.actor_id;

DROP FUNCTION regress_guest, regress_acts, regress_try, regress_id;
SELECT wms_revoke('regress_wms_customer', 'customer') > 0 AS customer, wms_revoke('regress_wms_agent', 'agent') > 0 AS agent, wms_revoke('regress_wms_app', 'app') > 0 AS app;
DROP ROLE regress_wms_customer, regress_wms_agent, regress_wms_app, regress_wms_nobody, regress_wms_both;
SELECT * FROM wms_verify();
