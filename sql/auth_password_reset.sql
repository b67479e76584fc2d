-- Password resets: one use, one hour, all logins end.
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
END $$;
SELECT wms_create_user('Ann@ar.example', 'correct horse') AS ann \gset
SELECT wms_create_user('bob@ar.example', 'correct horse') AS bob \gset
CREATE VIEW pg_temp.requests AS SELECT r.* FROM auth.password_resets r JOIN auth.users u ON u.id = r.user_id WHERE u.email = 'Ann@ar.example';

-- a token of 256 bits, of which only the SHA-256 is stored, for one hour; each request has its own
SELECT wms_request_password_reset('ann@AR.example') AS t1 \gset
SELECT wms_request_password_reset('Ann@ar.example') AS t2 \gset
SELECT :'t1' ~ '^[0-9a-f]{64}$', :'t1' <> :'t2';
SELECT token = encode(sha256(convert_to(:'t1', 'UTF8')), 'hex') OR token = encode(sha256(convert_to(:'t2', 'UTF8')), 'hex'), used_at, expires_at BETWEEN now() + '1 hour' AND clock_timestamp() + '1 hour' FROM pg_temp.requests;

-- used: another password, no login left, and no other request is open any more
SELECT count(*) FROM wms_open_session(:'ann') a, wms_open_session(:'ann') b, wms_open_session(:'bob') c;
SELECT wms_reset_password(:'t1', 'battery staple');
SELECT wms_authenticate('ann@ar.example', 'correct horse'), wms_authenticate('ann@ar.example', 'battery staple') = :'ann';
SELECT u.email, count(*), count(s.closed_at) FROM auth.sessions s JOIN auth.users u ON u.id = s.user_id WHERE u.id IN (:'ann', :'bob') GROUP BY 1 ORDER BY 1;
SELECT used_at > now() FROM pg_temp.requests;
SELECT wms_reset_password(:'t1', 'third password'), wms_reset_password(:'t2', 'third password'), wms_authenticate('ann@ar.example', 'battery staple') = :'ann';
-- asked for once more
SELECT wms_request_password_reset('ann@ar.example') AS t3 \gset
SELECT wms_reset_password(token => :'t3', new_password => 'correct horse'), wms_authenticate('ann@ar.example', 'correct horse') = :'ann';

-- one hour by the clock
SELECT wms_request_password_reset('ann@ar.example') AS t1 \gset
UPDATE auth.password_resets SET expires_at = clock_timestamp() + interval '30 minutes' WHERE used_at IS NULL;
SELECT wms_request_password_reset('ann@ar.example') AS t2 \gset
UPDATE auth.password_resets SET expires_at = clock_timestamp() WHERE token = encode(sha256(convert_to(:'t2', 'UTF8')), 'hex');
SELECT wms_reset_password(:'t2', 'third password'), wms_reset_password(:'t1', 'third password'), wms_authenticate('ann@ar.example', 'third password') = :'ann';

-- a password that is refused does not use the token up
SELECT wms_request_password_reset('ann@ar.example') AS t1 \gset
SELECT a.* FROM unnest(ARRAY['', '1234567', repeat('x', 73), NULL]) p, pg_temp.attempt(format('SELECT wms_reset_password(%L, %L)', :'t1', p)) a;
SELECT a.* FROM pg_temp.attempt('SELECT wms_reset_password(repeat(''0'', 64), ''short'')') a;
SELECT a.* FROM pg_temp.attempt('SELECT wms_reset_password(NULL, ''correct horse'')') a;
SELECT wms_reset_password(:'t1', 'correct horse');

-- unknown and malformed tokens, and the stored digest of a good one
SELECT wms_request_password_reset('bob@ar.example') AS t1 \gset
SELECT DISTINCT wms_reset_password(t, 'battery staple') FROM unnest(ARRAY['', 'x', repeat('0', 64), repeat('x', 1000000), upper(:'t1'), (SELECT token FROM auth.password_resets WHERE user_id = :'bob'), ''' OR true --']) t;

-- nobody to write to
SELECT count(wms_request_password_reset(e)) FROM unnest(ARRAY['nobody@ar.example', '', '%', ' bob@ar.example', repeat('x', 1000000), ''' OR true --']) e;
SELECT a.* FROM pg_temp.attempt('SELECT wms_request_password_reset(NULL)') a;
UPDATE auth.users SET status = 'suspended' WHERE id = :'bob';
SELECT wms_request_password_reset('bob@ar.example'), wms_reset_password(:'t1', 'battery staple');
UPDATE auth.users SET status = 'inactive' WHERE id = :'bob';
SELECT wms_request_password_reset('bob@ar.example'), wms_reset_password(:'t1', 'battery staple');
UPDATE auth.users SET status = 'active', deleted_at = now() WHERE id = :'bob';
SELECT wms_request_password_reset('bob@ar.example'), wms_reset_password(:'t1', 'battery staple');
-- nor was the token used by these attempts; a user without a password gets one this way
UPDATE auth.users SET deleted_at = NULL, password_hash = NULL WHERE id = :'bob';
SELECT wms_reset_password(:'t1', 'battery staple'), wms_authenticate('bob@ar.example', 'battery staple') = :'bob';

-- a broken constraint does not show digests
SELECT wms_request_password_reset('bob@ar.example') AS t1 \gset
ALTER TABLE auth.password_resets ADD CONSTRAINT never CHECK (used_at IS NULL) NOT VALID;
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_reset_password(%L, ''correct horse'')', :'t1')) a;
ALTER TABLE auth.password_resets ADD CONSTRAINT none CHECK (false) NOT VALID;
SELECT a.* FROM pg_temp.attempt('SELECT wms_request_password_reset(''bob@ar.example'')') a;
ROLLBACK;
