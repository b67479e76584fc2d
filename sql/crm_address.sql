-- One default address: set, replaced, and followed by the newest when it is deleted. Wishlists once.
\set VERBOSITY default
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_ROLLBACK on
BEGIN;
CREATE FUNCTION pg_temp.id(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT ('00000000-0000-4000-8000-0000000a0' || lpad(n::text, 3, '0'))::uuid $$;
INSERT INTO auth.users (id, email) SELECT pg_temp.id(n), 'ad' || n || '@ad.example' FROM generate_series(1, 2) n;
INSERT INTO crm.addresses (id, user_id, label, recipient_name, address_line1, city, created_at)
SELECT pg_temp.id(10 + n), pg_temp.id(1), 'A' || n, 'Ann', 'Street ' || n, 'Town', timestamptz '2025-01-01' + n * interval '1 day' FROM generate_series(1, 5) n;
INSERT INTO crm.addresses (id, user_id, label, recipient_name, address_line1, city, is_default) VALUES (pg_temp.id(20), pg_temp.id(2), 'B', 'Bob', 'Street', 'Town', true);
CREATE FUNCTION pg_temp.defaults() RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(label, ' ' ORDER BY label), 'none') FROM crm.addresses WHERE is_default $$;
-- the first is not the default by itself
SELECT pg_temp.defaults();
SELECT wms_set_default_address(pg_temp.id(12)), pg_temp.defaults();
SELECT wms_set_default_address(pg_temp.id(12)), pg_temp.defaults();
SELECT wms_set_default_address(pg_temp.id(14)), pg_temp.defaults();
-- orders go there
INSERT INTO catalog.products (id, sku, name, base_price, is_stocked) VALUES (pg_temp.id(40), 'AD-1', 'Goods', 1, false);
SELECT wms_place_order('[{"sku": "AD-1", "quantity": 1}]', pg_temp.id(1)) AS o \gset
SELECT shipping_address ->> 'address_line1' FROM sales.orders WHERE id = :'o';
-- a second one by hand is refused
UPDATE crm.addresses SET is_default = true WHERE label = 'A1';
\echo :SQLSTATE
INSERT INTO crm.addresses (user_id, label, recipient_name, address_line1, city, is_default) VALUES (pg_temp.id(1), 'A9', 'Ann', 'Street 9', 'Town', true);
\echo :SQLSTATE
-- not the default: nothing follows; the default: the newest does
DELETE FROM crm.addresses WHERE label = 'A3';
SELECT pg_temp.defaults();
DELETE FROM crm.addresses WHERE label = 'A4';
SELECT pg_temp.defaults();
DELETE FROM crm.addresses WHERE label IN ('A5', 'A2');
SELECT pg_temp.defaults();
-- of the same instant: one of them
INSERT INTO crm.addresses (id, user_id, label, recipient_name, address_line1, city, created_at)
SELECT pg_temp.id(30 + n), pg_temp.id(1), 'C' || n, 'Ann', 'Street', 'Town', '2025-02-01' FROM generate_series(1, 3) n;
DELETE FROM crm.addresses WHERE label = 'A1';
SELECT pg_temp.defaults();
-- all of them at once: nobody's is left
DELETE FROM crm.addresses WHERE user_id = pg_temp.id(1);
SELECT pg_temp.defaults();
-- switched off: none follows
INSERT INTO crm.addresses (user_id, label, recipient_name, address_line1, city) VALUES (pg_temp.id(2), 'B2', 'Bob', 'Street', 'Town');
SET LOCAL wms.guard = off;
DELETE FROM crm.addresses WHERE label = 'B';
RESET wms.guard;
SELECT pg_temp.defaults();
SELECT wms_set_default_address(pg_temp.id(99));
\echo :SQLSTATE
SELECT wms_set_default_address(NULL);
\echo :SQLSTATE
-- a trigger of the user that meddles
CREATE FUNCTION pg_temp.never() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.is_default := false; RETURN NEW; END';
CREATE TRIGGER never BEFORE UPDATE ON crm.addresses FOR EACH ROW EXECUTE FUNCTION pg_temp.never();
SELECT wms_set_default_address(id) FROM crm.addresses WHERE label = 'B2';
\echo :SQLSTATE
DROP TRIGGER never ON crm.addresses;
CREATE FUNCTION pg_temp.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep BEFORE UPDATE ON crm.addresses FOR EACH ROW EXECUTE FUNCTION pg_temp.keep();
INSERT INTO crm.addresses (user_id, label, recipient_name, address_line1, city, is_default) VALUES (pg_temp.id(2), 'B3', 'Bob', 'Street', 'Town', true);
DELETE FROM crm.addresses WHERE label = 'B3';
\echo :SQLSTATE
DROP TRIGGER keep ON crm.addresses;
-- a customer, his own ones
INSERT INTO crm.addresses (id, user_id, label, recipient_name, address_line1, city) VALUES (pg_temp.id(50), pg_temp.id(1), 'D', 'Ann', 'Street', 'Town');
SET CONSTRAINTS ALL IMMEDIATE;
CREATE ROLE regress_wms_customer;
SELECT wms_grant('regress_wms_customer', 'customer') > 0;
SET LOCAL wms.actor_id = '00000000-0000-4000-8000-0000000a0002';
SET LOCAL ROLE regress_wms_customer;
SELECT count(wms_set_default_address(id)) FROM crm.addresses WHERE label = 'B2';
DELETE FROM crm.addresses WHERE label = 'B2';
SELECT label, is_default FROM crm.addresses;
SELECT wms_customer_summary('00000000-0000-4000-8000-0000000a0002') ->> 'email', wms_customer_summary('00000000-0000-4000-8000-0000000a0002') ? 'tags';
SELECT wms_customer_summary('00000000-0000-4000-8000-0000000a0001');
\echo :SQLSTATE
SELECT wms_set_default_address('00000000-0000-4000-8000-0000000a0050');
\echo :SQLSTATE
RESET ROLE;
RESET wms.actor_id;
-- wishes, once each
INSERT INTO crm.wishlists (user_id, product_id) SELECT pg_temp.id(1), id FROM catalog.products WHERE sku = 'AD-1';
INSERT INTO crm.wishlists (user_id, product_id) SELECT pg_temp.id(1), id FROM catalog.products WHERE sku = 'AD-1' ON CONFLICT DO NOTHING;
INSERT INTO crm.wishlists (user_id, product_id) SELECT pg_temp.id(1), id FROM catalog.products WHERE sku = 'AD-1';
\echo :SQLSTATE
ROLLBACK;
SELECT wms_promote_address();
\echo :SQLSTATE
