-- Password hashes: what is good enough, hashes of other programs, and what is no hash.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
SET wms.bcrypt_cost = 4;
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command INTO message;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- a hash of the cost that is set, with a salt of its own
SELECT h ~ '^\$2b\$04\$[./A-Za-z0-9]{53}$', h <> wms_hash_password('correct horse') FROM wms_hash_password('correct horse') h;
SELECT wms_verify_password('correct horse', h), wms_verify_password('correct hors', h), wms_verify_password('Correct horse', h), wms_verify_password('', h) FROM wms_hash_password('correct horse') h;
SET wms.bcrypt_cost = 5;
SELECT left(wms_hash_password('correct horse'), 7);
RESET wms.bcrypt_cost;
SELECT left(wms_hash_password('correct horse'), 7);
SET wms.bcrypt_cost = 3;
SET wms.bcrypt_cost = 17;
SET wms.bcrypt_cost = 4;

-- 8 characters to 72 bytes; a character may be several bytes
SELECT a.* FROM unnest(ARRAY['', 'a', '1234567', '12345678', 'ääääää', 'äöüßäöüß', repeat('x', 72), repeat('x', 73), repeat('ä', 36), repeat('ä', 37), repeat('x', 1000000), E'\t\n\x01 12345', NULL]) WITH ORDINALITY p(word, n),
  pg_temp.attempt(format('SELECT wms_verify_password(%1$L, wms_hash_password(%1$L))', word)) a ORDER BY n;
-- nothing behind the 72nd byte is taken for a password, however much of it agrees
SELECT wms_verify_password(repeat('x', n), h) FROM wms_hash_password(repeat('x', 72)) h, unnest(ARRAY[71, 72, 73, 600, 10000000]) n;

-- known answers of the three kinds; the last bits of a salt do not count
SELECT wms_verify_password(p, h) FROM (VALUES
  ('U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'),
  ('U*U', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'),
  ('U*U', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'),
  ('U*U', '$2y$05$CCCCCCCCCCCCCCCCCCCCCAE5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'),
  ('U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'),
  ('U*U*U', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'),
  ('', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy'),
  ('U*U*', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW')) v(p, h);

-- never NULL
SELECT wms_verify_password(NULL, NULL), wms_verify_password('U*U', NULL), wms_verify_password(NULL, wms_hash_password('correct horse')), wms_verify_password(NULL, 'nonsense');

-- no hash, or one that would take for ever; it is not repeated in the error
SELECT a.* FROM unnest(ARRAY['', 'secret', '$2b$05$', '$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', '$2$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWw',
  '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWW', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO:W',
  '$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', '$2b$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', '$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
  '$2b$5.$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', '$2b$-5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', '$1$abcdefgh$irWbblnpmw.5z7wgBnprh0',
  '$6$rounds=999999999$abcdefgh$x', '*0', '*1', repeat('$2b$', 15), repeat('x', 1000000)]) h,
  pg_temp.attempt(format('SELECT wms_verify_password(''correct horse'', %L)', h)) a;

-- it is evaluated last, not for every row of a table
CREATE TEMP TABLE logins AS SELECT n, 'nonsense'::text AS hash FROM generate_series(1, 100) n;
SELECT count(*) FROM logins WHERE wms_verify_password('correct horse', hash) AND n = 0;

-- neither is for everybody
SELECT proname, provolatile, proisstrict, prosecdef, proacl::text ~ '[{,]=X' AS public FROM pg_proc WHERE proname IN ('wms_hash_password', 'wms_verify_password') ORDER BY 1;
