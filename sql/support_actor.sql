-- Who acts: the first setting that is set decides, and only wms.actor_id may be an error.
SELECT wms_current_actor() IS NULL AS nobody;

-- wms.actor_id goes first, in every form of a uuid
SET "jwt.claims.user_id" = '00000000-0000-4000-8000-00000000000c';
SET "request.jwt.claims" = '{"sub": "00000000-0000-4000-8000-00000000000b"}';
SET wms.actor_id = '00000000-0000-4000-8000-00000000000a';
SELECT wms_current_actor();
SET wms.actor_id = '{000000000000400080000000-0000000A}';
SELECT wms_current_actor();

-- '' is unset
SET wms.actor_id = '';
SELECT wms_current_actor();
SET "request.jwt.claims" = '';
SELECT wms_current_actor();
SET "jwt.claims.user_id" = '';
SELECT wms_current_actor() IS NULL AS nobody;

-- claims as they come; of those that name nobody, some leave the word to the next setting
SET "jwt.claims.user_id" = '00000000-0000-4000-8000-00000000000c';
CREATE TEMP TABLE claims (n integer, claims text);
INSERT INTO claims VALUES
  (1, '{"role": "customer", "sub":"00000000-0000-4000-8000-00000000000b", "exp": 1}'),
  (2, '{"sub" : null}'),
  (3, '{"sub": ""}'),
  (4, '{"aud": ["sub", "x"], "a": {"sub": "00000000-0000-4000-8000-00000000000d"}}'),
  (5, '["sub", "00000000-0000-4000-8000-00000000000d"]'),
  (6, '"sub"'),
  (7, '{}'),
  (8, '{"sub": "00000000-0000-4000-8000-00000000000d", "sub": "00000000-0000-4000-8000-00000000000b"}'),
  (9, '{"\u0073ub": "00000000\u002d0000-4000-8000-00000000000b"}'),
  (10, '{"role": "sub", "x": "\"sub\":", "sub": "00000000-0000-4000-8000-00000000000b"}'),
  (11, '{"sub": "alice"}'),
  (12, '{"sub": 7}'),
  (13, '{"sub": {"sub": "00000000-0000-4000-8000-00000000000d"}}'),
  (14, '{"sub": "00000000-0000-4000-8000-00000000000b"'),
  (15, 'sub'),
  (16, '{"sub": "00000000-0000-4000-8000-00000000000b "}'),
  (17, '{"sub": "00000000-0000-4000-8000-00000000000b", "x": "\u0000"}'),
  (18, '{"sub": "\ud83d\ude00", "x": "\udead"}'),
  (19, repeat('[', 1000000)),
  (20, '{"x": "' || repeat('[', 1000) || '\"", "sub": "00000000-0000-4000-8000-00000000000b"}');
SELECT n, left(claims, 40) AS claims, right(actor::text, 1) AS actor
  FROM claims, LATERAL (SELECT set_config('request.jwt.claims', claims, false) AS claimed OFFSET 0) c,
       LATERAL (SELECT CASE WHEN claimed IS NOT NULL THEN wms_current_actor() END AS actor) a
 ORDER BY n;

-- a claim that is no uuid is nobody
SET "request.jwt.claims" = '';
SET "jwt.claims.user_id" = 'alice';
SELECT wms_current_actor() IS NULL AS nobody;

-- a wms.actor_id that is none is an error, and leaves the one before as it was
SET wms.actor_id = '00000000-0000-4000-8000-00000000000a';
SELECT wms_current_actor();
SET wms.actor_id = 'alice';
\echo :SQLSTATE
SELECT wms_current_actor();

-- it is the transaction's, as SET LOCAL is
BEGIN;
SET LOCAL wms.actor_id = '00000000-0000-4000-8000-00000000000e';
SELECT wms_current_actor();
COMMIT;
SELECT wms_current_actor();

-- anybody may ask
CREATE ROLE regress_wms_anybody;
SET ROLE regress_wms_anybody;
SELECT wms_current_actor();
RESET ROLE;
DROP ROLE regress_wms_anybody;
RESET wms.actor_id;
RESET "request.jwt.claims";
RESET "jwt.claims.user_id";
