--
-- What is whose: row level security and ownership for roles with profile customer or agent.
--
-- Ann buys for herself, Ben from agent Xa, Cat from agent Yo; Xa leads Xb, who has sold to Dan.
SET client_min_messages = warning;
CREATE ROLE regress_wms_customer;
CREATE ROLE regress_wms_agent;
CREATE ROLE regress_wms_plain;
GRANT USAGE ON SCHEMA sales, auth TO regress_wms_plain;
GRANT SELECT ON sales.orders, sales.carts TO regress_wms_plain;
GRANT EXECUTE ON FUNCTION wms_place_order, wms_cancel_order TO regress_wms_plain;
SELECT wms_grant('regress_wms_customer', 'customer') > 0 AND wms_grant('regress_wms_agent', 'agent') > 0 AS granted;

CREATE FUNCTION regress_id(letter text) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT (repeat(encode(letter::bytea, 'hex'), 16))::uuid $$;
CREATE FUNCTION regress_try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
BEGIN
  EXECUTE statement INTO answer;
  RETURN coalesce(answer, 'nothing');
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

INSERT INTO inventory.warehouses (id, code, name) VALUES (regress_id('w'), 'ACC', 'Access');
INSERT INTO catalog.products (id, sku, name, base_price, cost_price) VALUES (regress_id('p'), 'ACC-1', 'Tea', 10, 4);
SELECT wms_receive_stock(regress_id('w'), '[{"sku": "ACC-1", "quantity": 1000}]');
INSERT INTO auth.users (id, email) SELECT regress_id(l), l || '@access.example' FROM unnest('{a,b,c,d,e,x,y,z}'::text[]) l;
INSERT INTO agent.agents (id, user_id, agent_code, parent_agent_id) VALUES
  (regress_id('X'), regress_id('x'), 'ACC-X', NULL), (regress_id('Z'), regress_id('z'), 'ACC-Z', regress_id('X')), (regress_id('Y'), regress_id('y'), 'ACC-Y', NULL);
INSERT INTO sales.orders (id, order_number, user_id, agent_id, subtotal, total, admin_notes)
SELECT regress_id(upper(l)), 'ACC-' || upper(l), regress_id(l), regress_id(agent), 20, 20, 'secret'
  FROM (VALUES ('a', NULL), ('b', 'X'), ('c', 'Y'), ('d', 'Z')) v (l, agent);
INSERT INTO sales.order_items (order_id, line_number, product_id, sku, name, quantity, unit_price, total_price)
SELECT id, 1, regress_id('p'), 'ACC-1', 'Tea', 2, 10, 20 FROM sales.orders WHERE order_number LIKE 'ACC-%';
SELECT count(wms_confirm_order(wms_place_order('[{"sku": "ACC-1", "quantity": 1}]', regress_id(l), agent_id => regress_id(agent)))) AS confirmed FROM (VALUES ('b', 'X'), ('d', 'Z')) v (l, agent);
SELECT count(wms_record_payment(id, 20, 'cash', transaction_id => order_number)) FROM sales.orders WHERE order_number LIKE 'ACC-%';
INSERT INTO crm.addresses (id, user_id, recipient_name, address_line1, city) SELECT regress_id(l), regress_id(l), upper(l), 'Road 1', 'Ipoh' FROM unnest('{a,b,c,d}'::text[]) l;
INSERT INTO crm.wishlists (user_id, product_id) SELECT regress_id(l), regress_id('p') FROM unnest('{a,b,c,d}'::text[]) l;
INSERT INTO crm.customer_profiles (user_id) SELECT regress_id(l) FROM unnest('{a,b,c,d}'::text[]) l ON CONFLICT DO NOTHING;
INSERT INTO sales.carts (id, user_id, session_id) VALUES (regress_id('1'), regress_id('a'), NULL), (regress_id('2'), regress_id('b'), NULL), (regress_id('3'), NULL, 'guest'), (regress_id('4'), regress_id('c'), NULL);
INSERT INTO sales.cart_items (cart_id, product_id, unit_price) SELECT id, regress_id('p'), 10 FROM sales.carts WHERE id IN (regress_id('1'), regress_id('2'), regress_id('3'), regress_id('4'));

-- what each sees of it
CREATE FUNCTION regress_sees() RETURNS TABLE (of text, rows text) LANGUAGE sql AS $$
  SELECT 'orders', string_agg(right(order_number, 1), '' ORDER BY order_number) FROM sales.orders WHERE order_number LIKE 'ACC-%'
  UNION ALL SELECT 'lines', count(*)::text FROM sales.order_items WHERE sku = 'ACC-1'
  UNION ALL SELECT 'payments', count(*)::text FROM sales.payments WHERE transaction_id LIKE 'ACC-%'
  UNION ALL SELECT 'carts', string_agg(chr(get_byte(uuid_send(id), 0)), '' ORDER BY id) FROM sales.carts WHERE get_byte(uuid_send(id), 1) BETWEEN 49 AND 52
  UNION ALL SELECT 'cart lines', count(*)::text FROM sales.cart_items WHERE product_id = regress_id('p')
  UNION ALL SELECT 'addresses', string_agg(recipient_name, '' ORDER BY recipient_name) FROM crm.addresses WHERE address_line1 = 'Road 1'
  UNION ALL SELECT 'wishes', count(*)::text FROM crm.wishlists WHERE product_id = regress_id('p')
  UNION ALL SELECT 'profiles', count(*)::text FROM crm.customer_profiles c JOIN auth.users u ON u.id = c.user_id WHERE u.email LIKE '%@access.example'
  UNION ALL SELECT 'users', string_agg(left(email, 1), '' ORDER BY email) FROM auth.users WHERE email LIKE '%@access.example'
$$;
CREATE FUNCTION regress_agents() RETURNS TABLE (of text, rows text) LANGUAGE sql AS $$
  SELECT 'agents', string_agg(agent_code, ' ' ORDER BY agent_code) FROM agent.agents WHERE agent_code LIKE 'ACC-%'
$$;
BEGIN;
SET LOCAL ROLE regress_wms_customer;
SELECT * FROM regress_sees();
SET LOCAL wms.actor_id = '61616161-6161-6161-6161-616161616161';
SELECT * FROM regress_sees();
SELECT regress_try('SELECT admin_notes FROM sales.orders') AS notes, regress_try('SELECT count(*) FROM agent.agents') AS agents;
SELECT order_number FROM wms_orders() JOIN sales.orders USING (order_number);
SELECT wms_order(regress_id('A')) ->> 'order_number' AS own, regress_try($$SELECT wms_order(regress_id('B'))$$) AS foreign_one;
ROLLBACK;
BEGIN;
SET LOCAL ROLE regress_wms_agent;
SET LOCAL wms.actor_id = '78787878-7878-7878-7878-787878787878';
SELECT * FROM regress_sees() UNION ALL SELECT * FROM regress_agents();
SET LOCAL wms.actor_id = '7a7a7a7a-7a7a-7a7a-7a7a-7a7a7a7a7a7a';
SELECT * FROM regress_sees() UNION ALL SELECT * FROM regress_agents();
SET LOCAL wms.actor_id = '61616161-6161-6161-6161-616161616161';
SELECT * FROM regress_sees() UNION ALL SELECT * FROM regress_agents();
ROLLBACK;

-- roles without these profiles see every row; whoever inherits one of them is held to his own
SET ROLE regress_wms_plain;
SELECT count(*) FROM sales.orders WHERE order_number LIKE 'ACC-%';
RESET ROLE;
GRANT regress_wms_customer TO regress_wms_plain;
SET ROLE regress_wms_plain;
SELECT count(*) FROM sales.orders WHERE order_number LIKE 'ACC-%';
SELECT regress_try($$SELECT wms_cancel_order(regress_id('B'))$$);
RESET ROLE;
REVOKE regress_wms_customer FROM regress_wms_plain;
ALTER ROLE regress_wms_plain NOINHERIT;
GRANT regress_wms_customer TO regress_wms_plain;
SET ROLE regress_wms_plain;
SELECT count(*) FROM sales.orders WHERE order_number LIKE 'ACC-%';
RESET ROLE;
REVOKE regress_wms_customer FROM regress_wms_plain;

-- direct writes: one's own address book and wish list, ids excepted
SET ROLE regress_wms_customer;
SET wms.actor_id = '61616161-6161-6161-6161-616161616161';
INSERT INTO crm.addresses (user_id, recipient_name, address_line1, city) VALUES (regress_id('a'), 'A2', 'Road 2', 'Ipoh');
INSERT INTO crm.addresses (user_id, recipient_name, address_line1, city) VALUES (regress_id('b'), 'A3', 'Road 3', 'Ipoh');
INSERT INTO crm.addresses (id, user_id, recipient_name, address_line1, city) VALUES (regress_id('b'), regress_id('a'), 'A3', 'Road 3', 'Ipoh');
UPDATE crm.addresses SET city = 'Melaka' WHERE address_line1 LIKE 'Road _' RETURNING recipient_name;
UPDATE crm.addresses SET user_id = regress_id('b');
DELETE FROM crm.addresses WHERE address_line1 LIKE 'Road _' AND recipient_name <> 'A' RETURNING recipient_name;
INSERT INTO crm.wishlists (user_id, product_id) VALUES (regress_id('b'), regress_id('p')) ON CONFLICT DO NOTHING;
UPDATE sales.orders SET customer_notes = 'mine';
UPDATE sales.carts SET notes = 'mine';
DELETE FROM sales.payments;

-- commands and the queries that read as the owner: own, somebody else's, a guest's, unknown
SELECT v.what, regress_try(format(v.sql, 'a')) AS own, regress_try(format(v.sql, 'b')) AS foreign_one
  FROM (VALUES
    ('cancel', $$SELECT wms_cancel_order(regress_id(upper('%s')))$$),
    ('create_cart', $$SELECT 'made' FROM wms_create_cart(regress_id('%s'))$$),
    ('set_cart_item', $$SELECT 'put' FROM wms_set_cart_item(regress_id(translate('%s', 'ab', '12')), regress_id('p'), 2)$$),
    ('apply_coupon', $$SELECT wms_apply_coupon(regress_id(translate('%s', 'ab', '12')), NULL)$$),
    ('cart', $$SELECT 'read' FROM wms_cart(regress_id(translate('%s', 'ab', '12')))$$),
    ('quote_cart', $$SELECT total FROM wms_quote_cart(regress_id(translate('%s', 'ab', '12')))$$),
    ('quote_order', $$SELECT total FROM wms_quote_order('[{"sku": "ACC-1", "quantity": 1}]', regress_id('%s'))$$),
    ('checkout', $$SELECT 'placed' FROM wms_checkout(regress_id(translate('%s', 'ab', '12')))$$),
    ('merge', $$SELECT 'merged' FROM wms_merge_carts(regress_id('3'), regress_id('%s'))$$)) v (what, sql);
SELECT regress_try($$SELECT wms_cart(regress_id('9'))$$) AS unknown, regress_try($$SELECT wms_cancel_order(regress_id('Q'))$$) AS unknown_order,
  regress_try($$SELECT wms_merge_carts(regress_id('2'), regress_id('a'))$$) AS merge_foreign;
SELECT regress_try($$SELECT wms_place_order('[{"sku": "ACC-1", "quantity": 1}]', regress_id('a'))$$) AS place, regress_try($$SELECT wms_confirm_order(regress_id('A'))$$) AS confirm;
SELECT regress_try($$SELECT wms_checkout(wms_create_cart(regress_id('a')), agent_id => regress_id('X'))$$) AS empty, problems FROM wms_quote_order('[{"sku": "ACC-1", "quantity": 1, "unit_price": 1}]');
RESET ROLE;
-- a command open to the role by a plain grant asks all the same
GRANT EXECUTE ON FUNCTION wms_confirm_order, wms_record_payment, wms_refund_order, wms_change_order, wms_sell, wms_set_order_status TO regress_wms_customer;
SET ROLE regress_wms_customer;
SELECT regress_try(s) FROM unnest(ARRAY[$$SELECT wms_confirm_order(regress_id('B'))$$, $$SELECT wms_record_payment(regress_id('B'), 1, 'cash')$$,
  $$SELECT wms_refund_order(regress_id('B'))$$, $$SELECT wms_change_order(regress_id('B'), '[{"sku": "ACC-1", "quantity": 1}]')$$,
  $$SELECT wms_set_order_status(regress_id('B'), 'cancelled')$$, $$SELECT wms_sell('[{"sku": "ACC-1", "quantity": 1}]', regress_id('w'), 'cash', regress_id('b'))$$,
  $$SELECT wms_sell('[{"sku": "ACC-1", "quantity": 1, "unit_price": 1}]', regress_id('w'), 'cash', regress_id('a'))$$]) s;
SELECT wms_confirm_order(id) FROM wms_orders(status => 'pending') o (id);
SELECT regexp_replace(regress_try(format('SELECT wms_cancel_order(%L)', order_id)), '[0-9a-f-]{36}', '...') AS too_late FROM wms_orders(status => 'confirmed');
RESET ROLE;

-- an agent places orders for his customers and for those who have no agent, by himself and those below him
SET ROLE regress_wms_agent;
SET wms.actor_id = '78787878-7878-7878-7878-787878787878';
SELECT v.buyer, v.seller, regress_try(format($$SELECT 'placed' FROM wms_place_order('[{"sku": "ACC-1", "quantity": 1}]', user_id => regress_id(%L), agent_id => regress_id(%L))$$, buyer, seller))
  FROM (VALUES ('b', NULL), ('b', 'Z'), ('d', 'Z'), ('e', NULL), (NULL, NULL), ('c', NULL), ('q', NULL), ('b', 'Y'), ('b', 'Q')) v (buyer, seller);
SELECT left(u.email, 1) AS buyer, a.agent_code FROM sales.orders o LEFT JOIN auth.users u ON u.id = o.user_id JOIN agent.agents a ON a.id = o.agent_id WHERE o.order_number NOT LIKE 'ACC-%' AND o.status = 'pending' ORDER BY 1, 2;
SELECT regress_try($$SELECT wms_cancel_order(regress_id('D'))$$) AS below, regress_try($$SELECT wms_cancel_order(regress_id('C'))$$) AS other,
  regress_try($$SELECT wms_cart(regress_id('2'))$$) AS cart_of_customer, regress_try($$SELECT wms_place_order('[{"sku": "ACC-1", "quantity": 1, "unit_price": 1}]')$$) AS price;
RESET ROLE;

-- the profile alone makes nobody an agent: whose agent is deleted, or who never was one, acts for himself
BEGIN;
UPDATE agent.agents SET deleted_at = now() WHERE id = regress_id('Y');
SET LOCAL ROLE regress_wms_agent;
SELECT v.actor, set_config('wms.actor_id', regress_id(v.actor)::text, true) <> '' AS acts, v.buyer,
  regress_try(format($$SELECT 'placed' FROM wms_place_order('[{"sku": "ACC-1", "quantity": 1}]', user_id => regress_id(%L))$$, v.buyer)) AS place,
  regress_try(format($$SELECT total FROM wms_quote_order('[{"sku": "ACC-1", "quantity": 1}]', regress_id(%L))$$, v.buyer)) AS quote
  FROM (VALUES ('y', 'a'), ('y', 'y'), ('c', 'a'), ('c', 'c'), ('x', 'a')) v (actor, buyer);
ROLLBACK;

-- a role without profile: may not price; what everybody may call is closed without SELECT on carts
SET ROLE regress_wms_plain;
SELECT regress_try($$SELECT wms_place_order('[{"sku": "ACC-1", "quantity": 1, "unit_price": 1}]')$$) AS price,
  regress_try($$SELECT 'placed' FROM wms_place_order('[{"sku": "ACC-1", "quantity": 1}]', regress_id('c'))$$) AS placed, regress_try($$SELECT 'read' FROM wms_cart(regress_id('2'))$$) AS cart;
RESET ROLE;
REVOKE SELECT ON sales.carts FROM regress_wms_plain;
SET ROLE regress_wms_plain;
SELECT regress_try($$SELECT 'read' FROM wms_cart(regress_id('2'))$$) AS cart, regress_try($$SELECT total FROM wms_quote_order('[{"sku": "ACC-1", "quantity": 1}]', regress_id('c'))$$) AS quote;
RESET ROLE;
RESET wms.actor_id;

DROP FUNCTION regress_sees, regress_agents, regress_try, regress_id;
SELECT wms_revoke('regress_wms_customer', 'customer') > 0 AND wms_revoke('regress_wms_agent', 'agent') > 0 AS revoked;
DROP OWNED BY regress_wms_customer, regress_wms_agent, regress_wms_plain;
DROP ROLE regress_wms_customer, regress_wms_agent, regress_wms_plain;
SELECT * FROM wms_verify();
