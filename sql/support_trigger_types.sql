-- Trigger functions on tables of whoever likes: columns of another type, or of none, are errors and no more.
\set VERBOSITY terse
CREATE FUNCTION pg_temp.fires(function_name text, columns text, firing text, arguments text DEFAULT '', each text DEFAULT 'ROW')
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TEMP TABLE hostile (%s)', columns);
  EXECUTE 'INSERT INTO hostile SELECT';
  EXECUTE format('CREATE TRIGGER t %s ON hostile FOR EACH %s EXECUTE FUNCTION %I(%s)', firing, each, function_name, arguments);
  IF firing ~ 'INSERT' THEN
    EXECUTE 'INSERT INTO hostile SELECT';
  END IF;
  IF firing ~ 'UPDATE' THEN
    EXECUTE format('UPDATE hostile SET %I = DEFAULT', split_part(columns, ' ', 1));
  END IF;
  RAISE EXCEPTION 'nothing was refused' USING ERRCODE = '00001';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, 'pg_temp_\d+', 'pg_temp');
END $$;

-- slugs and numbers: nothing is read, written or taken from the sequence
SELECT last_value AS before FROM sales.order_number_seq \gset
SELECT pg_temp.fires('wms_generate_slug', 'slug int DEFAULT 5, name text DEFAULT ''a''', 'BEFORE INSERT');
SELECT pg_temp.fires('wms_generate_slug', 'slug int, name text DEFAULT ''a''', 'BEFORE INSERT');
SELECT pg_temp.fires('wms_generate_slug', 'slug text, name int8 DEFAULT 4711', 'BEFORE INSERT');
SELECT pg_temp.fires('wms_generate_slug', 'slug text, name text DEFAULT ''a''', 'BEFORE INSERT');
SELECT pg_temp.fires('wms_generate_order_number', 'order_number int DEFAULT 5', 'BEFORE INSERT');
SELECT pg_temp.fires('wms_generate_order_number', 'order_number text', 'BEFORE INSERT');
SELECT last_value = :before AS sequence_untouched FROM sales.order_number_seq;

-- sales
SELECT pg_temp.fires('wms_stamp_payment', 'paid_at text, b text', 'BEFORE INSERT');
SELECT pg_temp.fires('wms_check_order_sums', 'order_id int DEFAULT 5', 'AFTER INSERT');
SELECT pg_temp.fires('wms_check_order_sums', 'id int DEFAULT 5', 'AFTER UPDATE');
SELECT pg_temp.fires('wms_guard_orders', 'id int DEFAULT 5, status int DEFAULT 5', 'AFTER INSERT');
SELECT pg_temp.fires('wms_guard_coupon_limit', 'id int DEFAULT 5, per_customer_limit text', 'AFTER UPDATE');
SELECT pg_temp.fires('wms_guard_variant_product', 'id int DEFAULT 5, product_id int DEFAULT 5', 'AFTER UPDATE');
SELECT pg_temp.fires('wms_guard_order_items', 'order_id int DEFAULT 5', 'AFTER INSERT');

-- the other rooms
SELECT pg_temp.fires('wms_set_updated_at', 'updated_at text', 'BEFORE UPDATE');
SELECT pg_temp.fires('wms_refuse_cycle', 'id int DEFAULT 5, parent_id int DEFAULT 5', 'AFTER INSERT', '''parent_id''');
SELECT pg_temp.fires('wms_compute_target', 'id int DEFAULT 5, agent_id int DEFAULT 5', 'AFTER INSERT');
SELECT pg_temp.fires('wms_keep_has_variants', 'product_id int DEFAULT 5, deleted_at int', 'AFTER INSERT', each => 'STATEMENT');
SELECT pg_temp.fires('wms_keep_has_variants', 'product_id int, deleted_at int', 'AFTER UPDATE', each => 'STATEMENT');
SELECT pg_temp.fires('wms_correct_has_variants', 'id int DEFAULT 5, has_variants text DEFAULT ''t''', 'AFTER INSERT');
SELECT pg_temp.fires('wms_guard_is_stocked', 'id int DEFAULT 5, is_stocked text', 'AFTER UPDATE');
SELECT pg_temp.fires('wms_compute_profile_totals', 'user_id int DEFAULT 5', 'AFTER INSERT');
SELECT pg_temp.fires('wms_guard_warehouse_deletion', 'id int DEFAULT 5, deleted_at int', 'AFTER UPDATE');
SELECT pg_temp.fires('wms_delete_variants_of_product', 'id int DEFAULT 5, deleted_at int', 'AFTER UPDATE');
SELECT pg_temp.fires('wms_note_brand', 'id int DEFAULT 5, name int', 'AFTER UPDATE');
SELECT pg_temp.fires('wms_close_sessions_of_deleted_user', 'id int DEFAULT 5, deleted_at int', 'AFTER UPDATE');
SELECT pg_temp.fires('wms_guard_stock_items', 'warehouse_id int DEFAULT 5, quantity text DEFAULT ''5''', 'AFTER INSERT');

-- a column of one of our own tables that somebody has made another type
BEGIN;
\set ON_ERROR_ROLLBACK on
ALTER TABLE sales.payments RENAME TO payments_kept;
CREATE TABLE sales.payments (paid_at text, status text);
CREATE TRIGGER t BEFORE INSERT ON sales.payments FOR EACH ROW EXECUTE FUNCTION wms_stamp_payment();
INSERT INTO sales.payments DEFAULT VALUES;
\echo :SQLSTATE
-- what is stored alike will do
DROP TABLE sales.payments;
CREATE DOMAIN pg_temp.instant AS timestamptz;
CREATE TABLE sales.payments (paid_at pg_temp.instant, status text);
CREATE TRIGGER t BEFORE INSERT ON sales.payments FOR EACH ROW EXECUTE FUNCTION wms_stamp_payment();
INSERT INTO sales.payments DEFAULT VALUES RETURNING paid_at IS NOT NULL AS stamped;
ROLLBACK;
\set ON_ERROR_ROLLBACK off
