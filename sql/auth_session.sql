-- Sessions: tokens are exchanged, repeated within the grace, betrayed by a replay; closed, expired, deleted with the user.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set nobody '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
SET LOCAL wms.bcrypt_cost = 4;
SET LOCAL wms.refresh_grace = '1h';
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command INTO message;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  message := regexp_replace(message, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'ID');
END $$;
-- what became of a token
CREATE FUNCTION pg_temp.refused(token text) RETURNS text LANGUAGE sql AS $$ SELECT state FROM pg_temp.attempt(format('SELECT session_id FROM wms_refresh_session(%L)', token)) $$;
SELECT wms_create_user('ann@as.example', 'correct horse') AS ann \gset
SELECT wms_create_user('bob@as.example', 'correct horse') AS bob \gset
CREATE VIEW pg_temp.rows AS SELECT s.* FROM auth.sessions s JOIN auth.users u ON u.id = s.user_id WHERE u.email = 'ann@as.example';

-- a token of 256 bits, of which only the SHA-256 is stored; 30 days unless said otherwise
SELECT session_id AS s0, refresh_token AS t0, expires_at AS e0 FROM wms_open_session(:'ann', 'Firefox', '192.0.2.7') \gset
SELECT :'t0' ~ '^[0-9a-f]{64}$', refresh_token = encode(sha256(convert_to(:'t0', 'UTF8')), 'hex'), family_id = id, id = :'s0', salt, user_agent, ip_address, replaced_at, closed_at,
  expires_at = :'e0', expires_at BETWEEN now() + '30 days' AND clock_timestamp() + '30 days' FROM pg_temp.rows;

-- exchanged: a new row of the family with what was known of the client, which ends when the login ends
SELECT session_id AS s1, refresh_token AS t1, expires_at AS e1 FROM wms_refresh_session(:'t0') \gset
SELECT :'t1' ~ '^[0-9a-f]{64}$', :'t1' <> :'t0', :'s1' <> :'s0', :'e1' = :'e0';
SELECT id = :'s1', family_id = :'s0', refresh_token = encode(sha256(convert_to(:'t1', 'UTF8')), 'hex'), salt IS NULL, user_agent, ip_address, replaced_at IS NULL, expires_at = :'e0' FROM pg_temp.rows ORDER BY replaced_at NULLS LAST;
-- again, within the grace: the same successor, from the salt and the old token
SELECT session_id = :'s1', refresh_token = :'t1', expires_at = :'e0' FROM wms_refresh_session(:'t0');
SELECT count(*) FROM pg_temp.rows;
SELECT octet_length(salt) FROM pg_temp.rows WHERE id = :'s0';
-- the successor may be exchanged too; each token gives its own
SELECT session_id AS s2, refresh_token AS t2 FROM wms_refresh_session(:'t1') \gset
SELECT refresh_token = :'t1' FROM wms_refresh_session(:'t0');
SELECT refresh_token = :'t2' FROM wms_refresh_session(:'t1');
SELECT count(*), count(salt), count(replaced_at) FROM pg_temp.rows;

-- salts are forgotten after the grace, with the next exchange
UPDATE auth.sessions SET replaced_at = replaced_at - interval '1 hour' WHERE id = :'s0';
SELECT session_id AS s3, refresh_token AS t3 FROM wms_refresh_session(:'t2') \gset
SELECT salt IS NULL, replaced_at IS NULL FROM pg_temp.rows ORDER BY replaced_at NULLS LAST;
-- after the grace the login is closed, all of it, and no row returned
SELECT count(*) FROM wms_refresh_session(:'t0');
SELECT DISTINCT closed_at = now(), expires_at = now() FROM pg_temp.rows;
SELECT pg_temp.refused(t) FROM unnest(ARRAY[:'t0', :'t1', :'t2', :'t3']) t;

-- the same by the clock alone: 59 minutes, 60 minutes; a grace of none; a longer grace does not bring salts back
SELECT refresh_token AS t0, session_id AS s0 FROM wms_open_session(:'ann') \gset
SELECT refresh_token AS t1 FROM wms_refresh_session(:'t0') \gset
UPDATE auth.sessions SET replaced_at = replaced_at - interval '59 minutes' WHERE id = :'s0';
SELECT refresh_token = :'t1' FROM wms_refresh_session(:'t0');
UPDATE auth.sessions SET replaced_at = replaced_at - interval '1 minute' WHERE id = :'s0';
SET LOCAL wms.refresh_grace = '2h';
SELECT refresh_token = :'t1' FROM wms_refresh_session(:'t0');
SET LOCAL wms.refresh_grace = '1h';
SELECT refresh_token AS t2 FROM wms_refresh_session(:'t1') \gset
SET LOCAL wms.refresh_grace = '2h';
SELECT count(*) FROM wms_refresh_session(:'t0');
SELECT pg_temp.refused(:'t2');
SET LOCAL wms.refresh_grace = 0;
SELECT refresh_token AS t0 FROM wms_open_session(:'ann') \gset
SELECT refresh_token AS t1 FROM wms_refresh_session(:'t0') \gset
SELECT count(*) FROM wms_refresh_session(:'t0');
SELECT pg_temp.refused(:'t1');
SET LOCAL wms.refresh_grace = '1h';

-- another login of his is not touched by it
SELECT session_id AS other, refresh_token AS other_token FROM wms_open_session(:'ann') \gset
SELECT session_id AS s0, refresh_token AS t0 FROM wms_open_session(:'ann') \gset
SELECT session_id AS s1, refresh_token AS t1 FROM wms_refresh_session(:'t0') \gset
UPDATE auth.sessions SET replaced_at = replaced_at - interval '1 hour' WHERE id = :'s0';
SELECT count(*) FROM wms_refresh_session(:'t0');
SELECT closed_at IS NULL FROM auth.sessions WHERE id = :'other';

-- unknown and malformed tokens, and the stored digest of a good one
SELECT a.* FROM pg_temp.attempt(format('SELECT * FROM wms_refresh_session(%L)', repeat('0', 64))) a;
SELECT pg_temp.refused(t) FROM unnest(ARRAY['', 'x', repeat('0', 63), repeat('0', 65), repeat('x', 64), repeat('x', 1000000), upper(:'other_token'), ' ' || :'other_token', (SELECT refresh_token FROM auth.sessions WHERE id = :'other'), (SELECT id::text FROM auth.sessions WHERE id = :'other'), ''' OR true --']) t;
SELECT a.* FROM pg_temp.attempt('SELECT * FROM wms_refresh_session(NULL)') a;

-- a user who is not active, in between; then he may go on
UPDATE auth.users SET status = 'suspended' WHERE id = :'ann';
SELECT a.* FROM pg_temp.attempt(format('SELECT * FROM wms_refresh_session(%L)', :'other_token')) a;
SELECT a.* FROM pg_temp.attempt(format('SELECT * FROM wms_open_session(%L)', :'ann')) a;
UPDATE auth.users SET status = 'inactive' WHERE id = :'ann';
SELECT pg_temp.refused(:'other_token'), a.state FROM pg_temp.attempt(format('SELECT * FROM wms_open_session(%L)', :'ann')) a;
UPDATE auth.users SET status = 'active' WHERE id = :'ann';
SELECT refresh_token AS other_token FROM wms_refresh_session(:'other_token') \gset
-- a replay is noticed even then
SELECT session_id AS s0, refresh_token AS t0 FROM wms_open_session(:'ann') \gset
SELECT refresh_token AS t1 FROM wms_refresh_session(:'t0') \gset
UPDATE auth.sessions SET replaced_at = replaced_at - interval '1 hour' WHERE id = :'s0';
UPDATE auth.users SET status = 'suspended' WHERE id = :'ann';
SELECT count(*) FROM wms_refresh_session(:'t0');
UPDATE auth.users SET status = 'active' WHERE id = :'ann';
SELECT pg_temp.refused(:'t1');

-- expired, to the instant
SELECT session_id AS s0, refresh_token AS t0 FROM wms_open_session(:'ann', expires_in => '1 microsecond') \gset
SELECT pg_temp.refused(:'t0');
SELECT wms_close_session(:'s0'), (SELECT closed_at FROM auth.sessions WHERE id = :'s0');
SELECT a.* FROM unnest(ARRAY['''0''', '''-1 day''', '''1 day -24 hours''', '''400000 years''', 'NULL']) i, pg_temp.attempt(format('SELECT * FROM wms_open_session(%L, expires_in => %s)', :'ann', i)) a;
SELECT a.* FROM unnest(ARRAY['NULL', quote_literal(:nobody)]) u, pg_temp.attempt(format('SELECT * FROM wms_open_session(%s)', u)) a;

-- closed: the whole login by any of its rows, once; the others stay
SELECT session_id AS s0, refresh_token AS t0 FROM wms_open_session(:'ann') \gset
SELECT session_id AS s1, refresh_token AS t1 FROM wms_refresh_session(:'t0') \gset
SELECT wms_close_session(:'s0'), wms_close_session(:'s0'), wms_close_session(:'s1');
SELECT pg_temp.refused(:'t0'), pg_temp.refused(:'t1');
SELECT session_id AS s0, refresh_token AS t0 FROM wms_open_session(:'ann') \gset
SELECT session_id AS s1, refresh_token AS t1 FROM wms_refresh_session(:'t0') \gset
SELECT wms_close_session(:'s1'), pg_temp.refused(:'t0'), pg_temp.refused(:'t1');
SELECT wms_close_session(:nobody);
SELECT a.* FROM pg_temp.attempt('SELECT wms_close_session(NULL)') a;
SELECT refresh_token AS other_token FROM wms_refresh_session(:'other_token') \gset
-- all of them: logins are counted, not rows
SELECT count(*) FROM wms_open_session(:'ann') a, wms_open_session(:'bob') b;
SELECT wms_close_sessions(:'ann'), wms_close_sessions(:'ann');
SELECT pg_temp.refused(:'other_token'), (SELECT count(*) FROM auth.sessions WHERE user_id = :'bob' AND closed_at IS NULL);
SELECT a.* FROM unnest(ARRAY['NULL', quote_literal(:nobody)]) u, pg_temp.attempt(format('SELECT wms_close_sessions(%s)', u)) a;

-- deleted with the user; restored, he signs in again
SELECT refresh_token AS t0 FROM wms_open_session(:'ann') \gset
UPDATE auth.users SET deleted_at = now() WHERE id = :'ann';
SELECT pg_temp.refused(:'t0'), wms_close_sessions(:'ann'), a.* FROM pg_temp.attempt(format('SELECT * FROM wms_open_session(%L)', :'ann')) a;
UPDATE auth.users SET deleted_at = NULL WHERE id = :'ann';
SELECT pg_temp.refused(:'t0'), (SELECT count(*) FROM wms_open_session(:'ann'));

-- maintenance takes what has expired or was closed, and no row of a login that lasts
SELECT session_id AS s0, refresh_token AS t0 FROM wms_open_session(:'bob', expires_in => '1 day') \gset
SELECT session_id AS s1, refresh_token AS t1 FROM wms_refresh_session(:'t0') \gset
SELECT refresh_token AS t2 FROM wms_refresh_session(:'t1') \gset
UPDATE auth.sessions SET created_at = created_at - interval '1 year', replaced_at = replaced_at - interval '1 year' WHERE family_id = :'s0';
SELECT done > 0 FROM wms_maintain() WHERE task = 'sessions';
SELECT count(*) FROM auth.sessions WHERE closed_at IS NOT NULL OR expires_at <= now();
SELECT count(*) FROM auth.sessions WHERE family_id = :'s0';
SELECT count(*) FROM wms_refresh_session(:'t0');
SELECT pg_temp.refused(:'t2');

-- a broken constraint does not show digests
SAVEPOINT before;
CREATE FUNCTION pg_temp.same() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.refresh_token := (SELECT refresh_token FROM auth.sessions LIMIT 1); RETURN NEW; END $$;
CREATE TRIGGER same BEFORE INSERT ON auth.sessions FOR EACH ROW EXECUTE FUNCTION pg_temp.same();
SELECT a.* FROM pg_temp.attempt(format('SELECT * FROM wms_open_session(%L)', :'bob')) a;
ROLLBACK TO before;
ALTER TABLE auth.sessions ADD CONSTRAINT small CHECK (length(user_agent) < 3) NOT VALID;
SELECT a.* FROM pg_temp.attempt(format('SELECT * FROM wms_open_session(%L, ''Firefox'')', :'bob')) a;
SELECT session_id AS s0, refresh_token AS t0 FROM wms_open_session(:'bob', 'x') \gset
ALTER TABLE auth.sessions ADD CONSTRAINT once CHECK (replaced_at IS NULL AND closed_at IS NULL) NOT VALID;
SELECT a.* FROM pg_temp.attempt(format('SELECT * FROM wms_refresh_session(%L)', :'t0')) a;
SELECT a.* FROM pg_temp.attempt(format('SELECT wms_close_session(%L)', :'s0')) a;
SELECT a.* FROM pg_temp.attempt(format('UPDATE auth.users SET deleted_at = now() WHERE id = %L', :'bob')) a;
ROLLBACK;
