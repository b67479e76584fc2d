-- Users: made, recognised by password, refused; what errors must not show.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL wms.bcrypt_cost = 4;
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command INTO message;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  message := regexp_replace(message, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'ID');
END $$;

SELECT wms_create_user('Ann@AU.example', 'correct horse') AS ann \gset
SELECT wms_create_user(email => 'bob@au.example', password => 'battery staple', role => 'warehouse', first_name => 'Bob', last_name => 'B.', phone => '+60 3') AS bob \gset
SELECT email, left(password_hash, 7), role, status, first_name, last_name, phone, email_verified_at, last_login_at FROM auth.users WHERE email ILIKE '%@au.example' ORDER BY email;

-- recognised, whatever the case of the address
SELECT wms_authenticate('Ann@AU.example', 'correct horse') = :'ann', wms_authenticate('ann@au.EXAMPLE', 'correct horse') = :'ann';
SELECT last_login_at > now(), updated_at >= created_at FROM auth.users WHERE id = :'ann';
-- not recognised
SELECT count(wms_authenticate(e, p)) FROM (VALUES ('ann@au.example', 'Correct horse'), ('ann@au.example', ''), ('ann@au.example', 'battery staple'), ('ann@au.example', repeat('x', 100000)), ('nobody@au.example', 'correct horse'),
  ('', ''), (' ann@au.example', 'correct horse'), ('ann@au.example ', 'correct horse'), ('%', 'correct horse'), (''' OR true --', ''' OR true --'), (repeat('x', 1000000), 'correct horse')) v(e, p);
SELECT a.* FROM pg_temp.attempt($$SELECT wms_authenticate(NULL, 'correct horse')$$) a;
SELECT a.* FROM pg_temp.attempt($$SELECT wms_authenticate('ann@au.example', NULL)$$) a;
SELECT last_login_at FROM auth.users WHERE id = :'bob';

-- only active users
UPDATE auth.users SET status = 'inactive' WHERE id = :'ann';
SELECT wms_authenticate('ann@au.example', 'correct horse');
UPDATE auth.users SET status = 'suspended' WHERE id = :'ann';
SELECT wms_authenticate('ann@au.example', 'correct horse');
UPDATE auth.users SET status = 'active' WHERE id = :'ann';
SELECT wms_authenticate('ann@au.example', 'correct horse') = :'ann';

-- without a password, or with what is no hash, nobody signs in
INSERT INTO auth.users (email, password_hash) VALUES ('guest@au.example', NULL), ('import@au.example', 'correct horse'), ('heavy@au.example', '$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW');
SELECT count(wms_authenticate(email, p)) FROM auth.users, unnest('{correct horse,"",U*U}'::text[]) p WHERE email IN ('guest@au.example', 'import@au.example', 'heavy@au.example');

-- hashes of a lower cost are made anew with the next login, those of a higher one stay
INSERT INTO auth.users (email, password_hash) VALUES ('old@au.example', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW');
SET LOCAL wms.bcrypt_cost = 6;
SELECT wms_authenticate('old@au.example', 'U*U*') IS NULL, (SELECT left(password_hash, 7) FROM auth.users WHERE email = 'old@au.example');
SELECT wms_authenticate('old@au.example', 'U*U') IS NOT NULL;
SELECT left(password_hash, 7), wms_verify_password('U*U', password_hash) FROM auth.users WHERE email = 'old@au.example';
SET LOCAL wms.bcrypt_cost = 5;
SELECT wms_authenticate('old@au.example', 'U*U') IS NOT NULL;
SELECT left(password_hash, 7), wms_verify_password('U*U', password_hash) FROM auth.users WHERE email = 'old@au.example';
SET LOCAL wms.bcrypt_cost = 4;

-- one account an address, whatever its case, until it is deleted; nobody comes back onto a taken one
SELECT a.* FROM unnest('{ann@au.example,Ann@AU.example,ANN@AU.EXAMPLE}'::text[]) e, pg_temp.attempt(format('SELECT wms_create_user(%L, ''correct horse'')', e)) a;
UPDATE auth.users SET deleted_at = now() WHERE id = :'ann';
SELECT wms_authenticate('ann@au.example', 'correct horse');
SELECT wms_create_user('ann@au.example', 'another horse') AS ann2 \gset
SELECT wms_authenticate('ann@au.example', 'correct horse'), wms_authenticate('ann@au.example', 'another horse') = :'ann2';
SELECT a.state, a.message, a.detail FROM pg_temp.attempt(format('UPDATE auth.users SET deleted_at = NULL WHERE id = %L', :'ann')) a;

-- what is no address, no kind of user, no password
SELECT a.* FROM unnest(ARRAY['', '@', 'ann', 'ann@', '@au.example', ' ann@au.example', 'ann @au.example', repeat('x', 250) || '@b.c', 'a@' || repeat('x', 252), 'a@' || repeat('x', 253), repeat('x', 1000000), NULL]) WITH ORDINALITY e(email, n),
  pg_temp.attempt(format('SELECT wms_create_user(%L, ''correct horse'') IS NOT NULL', email)) a ORDER BY n;
SELECT a.state, a.detail FROM unnest(ARRAY[E'ann@au.example\n', E'ann\x01@au.example', E'ann@au.example\x7f', E'\tann@au.example']) e, pg_temp.attempt(format('SELECT wms_create_user(%L, ''correct horse'')', e)) a;
SELECT a.state FROM unnest('{a@b,"a@b@c.example",jörg@münchen.example,"o''brien@au.example","--@au.example"}'::text[]) e, pg_temp.attempt(format('SELECT wms_create_user(%L, ''correct horse'')', e)) a;
SELECT a.* FROM unnest('{manager,Admin,"",NULL}'::text[]) r, pg_temp.attempt(format('SELECT wms_create_user(''c@au.example'', ''correct horse'', %L)', r)) a;
SELECT a.* FROM unnest('{"",1234567,NULL}'::text[]) p, pg_temp.attempt(format('SELECT wms_create_user(''c@au.example'', %L)', p)) a;
SELECT count(wms_create_user(r || '@kinds.example', 'correct horse', r)) FROM unnest('{customer,admin,agent,warehouse,super_admin}'::text[]) r;
SELECT count(*) FROM auth.users WHERE email = 'c@au.example';

-- the address is confirmed once
SELECT wms_verify_email(:'bob'), wms_verify_email(:'bob');
SELECT email_verified_at > now() FROM auth.users WHERE id = :'bob';
SELECT a.* FROM unnest(ARRAY[:'ann', '00000000-0000-4000-8000-00000000ffff', NULL]) u, pg_temp.attempt(format('SELECT wms_verify_email(%L)', u)) a;

-- a constraint that is broken does not show the row with its secrets; everything else about it is told
SAVEPOINT before;
ALTER TABLE auth.users ADD CONSTRAINT reachable CHECK (phone IS NOT NULL AND phone <> '+60 3') NOT VALID;
SELECT a.* FROM unnest(ARRAY[format('SELECT wms_verify_email(%L)', :'ann2'), 'SELECT wms_authenticate(''bob@au.example'', ''battery staple'')', 'SELECT wms_create_user(''d@au.example'', ''correct horse'')',
  'SELECT wms_create_user(''d@au.example'', ''correct horse'', phone => ''1'') IS NOT NULL']) c, pg_temp.attempt(c) a;
ROLLBACK TO before;
-- a trigger of the user that keeps a row from being written
CREATE FUNCTION pg_temp.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER nothing BEFORE INSERT OR UPDATE ON auth.users FOR EACH ROW EXECUTE FUNCTION pg_temp.nothing();
SELECT a.* FROM unnest(ARRAY['SELECT wms_create_user(''d@au.example'', ''correct horse'')', 'SELECT wms_authenticate(''bob@au.example'', ''battery staple'')']) c, pg_temp.attempt(c) a;
ROLLBACK;
