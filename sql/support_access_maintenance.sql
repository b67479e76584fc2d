--
-- Maintenance runs what the owner of a table or view has put there: as him, and with no more rights than he has.
--
SET client_min_messages = warning;
CREATE ROLE regress_wms_customer;
CREATE ROLE regress_wms_clerk;
SELECT wms_grant('regress_wms_customer', 'customer') > 0 AS customer, wms_grant('regress_wms_clerk', 'manager') > 0 AS clerk;
CREATE FUNCTION regress_id(letter text) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5('maintenance ' || letter)::uuid $$;
INSERT INTO inventory.warehouses (id, code, name) VALUES (regress_id('w'), 'MNT', 'Maintenance');
INSERT INTO catalog.products (id, sku, name, base_price) VALUES (regress_id('p'), 'MNT-1', 'Tea', 10);
INSERT INTO auth.users (id, email) VALUES (regress_id('a'), 'a@maintenance.example'), (regress_id('b'), 'b@maintenance.example');
SELECT wms_receive_stock(regress_id('w'), '[{"sku": "MNT-1", "quantity": 10}]');
SELECT wms_place_order('[{"sku": "MNT-1", "quantity": 1}]', regress_id('a')) AS anns, wms_place_order('[{"sku": "MNT-1", "quantity": 1}]', regress_id('b')) AS bens \gset
SELECT wms_create_cart(regress_id('b')) AS cart \gset

-- each call that is tried is noted down with its answer
CREATE SCHEMA regress_trap;
CREATE TABLE regress_trap.answers (n serial, who name, call text, answer text);
CREATE TABLE regress_trap.calls (n integer, call text);
CREATE FUNCTION regress_trap.spring(part text) RETURNS text LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  call text;
  answer text;
BEGIN
  FOR call IN SELECT c.call FROM regress_trap.calls c ORDER BY n LOOP
    BEGIN
      EXECUTE 'SELECT ' || call INTO answer;
    EXCEPTION WHEN OTHERS THEN
      answer := SQLSTATE || ': ' || regexp_replace(SQLERRM, '[0-9a-f-]{36}', '...');
    END;
    INSERT INTO regress_trap.answers (who, call, answer) VALUES (current_user, call, answer);
  END LOOP;
  RETURN part;
END $$;
CREATE FUNCTION regress_trap.trap(part text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN regress_trap.spring(part); END $$;
GRANT CREATE, USAGE ON SCHEMA regress_trap TO regress_wms_customer, regress_wms_clerk;
GRANT ALL ON ALL TABLES IN SCHEMA regress_trap TO regress_wms_customer, regress_wms_clerk;
GRANT ALL ON ALL SEQUENCES IN SCHEMA regress_trap TO regress_wms_customer, regress_wms_clerk;

SET wms.actor_id = '';
SET ROLE regress_wms_customer;
CREATE TABLE regress_trap.customers (t text);
INSERT INTO regress_trap.customers VALUES ('x');
CREATE INDEX customers_index ON regress_trap.customers (regress_trap.trap(t));
CREATE MATERIALIZED VIEW regress_trap.customers_view AS SELECT regress_trap.trap('view') AS t WITH NO DATA;
SET ROLE regress_wms_clerk;
CREATE TABLE regress_trap.clerks (t text);
INSERT INTO regress_trap.clerks VALUES ('x');
CREATE INDEX clerks_index ON regress_trap.clerks (regress_trap.trap(t));
RESET ROLE;
INSERT INTO regress_trap.calls VALUES (1, format('wms_cancel_order(%L)', :'bens')), (2, format('wms_cart(%L)', :'cart')), (3, format('wms_set_cart_item(%L, %L, 1)', :'cart', regress_id('p'))),
  (4, format($$(SELECT problems FROM wms_quote_order('[{"sku": "MNT-1", "quantity": 1}]', %L))$$, regress_id('b'))), (5, format('(SELECT count(*) FROM sales.orders WHERE id = %L)', :'bens'));
REINDEX TABLE regress_trap.customers;
SELECT who, substring(call from 'wms_\w+|sales.orders') AS call, answer FROM regress_trap.answers ORDER BY n;
SELECT array_agg(DISTINCT who) AS who, count(*) AS calls, count(DISTINCT (call, answer)) AS answers FROM regress_trap.answers \gset by_reindex_
ANALYZE regress_trap.customers;
REFRESH MATERIALIZED VIEW regress_trap.customers_view;
CLUSTER regress_trap.customers USING customers_index;
SELECT array_agg(DISTINCT who) = :'by_reindex_who' AS same_caller, count(*) > :by_reindex_calls * 3 AS each_called, count(DISTINCT (call, answer)) = :by_reindex_answers AS same_answers FROM regress_trap.answers;
SELECT status FROM sales.orders WHERE id = :'bens';
-- commands of the staff are not for this at all, whoever maintains
TRUNCATE regress_trap.answers, regress_trap.calls;
INSERT INTO regress_trap.calls VALUES (1, format('wms_confirm_order(%L)', :'bens')), (2, format($$wms_adjust_stock(%L, %L, -1)$$, regress_id('w'), regress_id('p'))),
  (3, format('wms_available_quantity(%L)', regress_id('p')));
REINDEX TABLE regress_trap.clerks;
SELECT who, substring(call from 'wms_\w+|sales.orders') AS call, answer FROM regress_trap.answers ORDER BY n;
SELECT status FROM sales.orders WHERE id = :'bens';
-- in a statement of his own he does what his profile says
SET ROLE regress_wms_clerk;
SELECT wms_confirm_order(:'bens');
RESET ROLE;

DROP SCHEMA regress_trap CASCADE;
DROP FUNCTION regress_id;
RESET wms.actor_id;
SELECT wms_revoke('regress_wms_customer', 'customer') > 0 AS customer, wms_revoke('regress_wms_clerk', 'manager') > 0 AS clerk;
DROP ROLE regress_wms_customer, regress_wms_clerk;
SELECT * FROM wms_verify();
