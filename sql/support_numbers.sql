-- Time-ordered keys, order numbers and the business date.
\set VERBOSITY default

-- version 7, variant of the RFC, of now, ascending in one session
SELECT substr(u::text, 15, 1) AS version, substr(u::text, 20, 1) IN ('8', '9', 'a', 'b') AS variant,
       abs(('x' || substr(replace(u::text, '-', ''), 1, 12))::bit(48)::bigint
           - extract(epoch FROM clock_timestamp()) * 1000) < 60000 AS now
  FROM wms_uuid_v7() AS u;
SELECT bool_and(previous < u) AS ascending, count(DISTINCT u)
  FROM (SELECT u, lag(u) OVER (ORDER BY n) AS previous
          FROM (SELECT n, wms_uuid_v7() AS u FROM generate_series(1, 20000) AS n OFFSET 0) AS made) AS pairs;

-- order numbers: the date is that of the business, whatever the client's zone
SET TimeZone = 'Pacific/Kiritimati';
SET wms.timezone = 'Etc/GMT+12';
SELECT wms_next_order_number()
       ~ format('^ORD-%s-[0-9]{6}$', to_char(clock_timestamp() AT TIME ZONE 'Etc/GMT+12', 'YYYYMMDD')) AS west;
SET wms.timezone = 'Pacific/Kiritimati';
SET TimeZone = 'Etc/GMT+12';
SELECT wms_next_order_number()
       ~ format('^ORD-%s-[0-9]{6}$', to_char(clock_timestamp() AT TIME ZONE 'Pacific/Kiritimati', 'YYYYMMDD')) AS east;
RESET TimeZone;
RESET wms.timezone;

-- at least six digits, more when it must be
BEGIN;
ALTER SEQUENCE sales.order_number_seq RESTART 999998;
SELECT substr(wms_next_order_number(), 14) FROM generate_series(1, 4);
ROLLBACK;

-- only an order without a number gets one; a role that may only insert orders gets it too
BEGIN;
ALTER SEQUENCE sales.order_number_seq RESTART 42;
CREATE ROLE wms_test_importer;
GRANT USAGE ON SCHEMA sales TO wms_test_importer;
GRANT INSERT, SELECT ON sales.orders TO wms_test_importer;
SET LOCAL ROLE wms_test_importer;
INSERT INTO sales.orders (order_number, channel) VALUES (NULL, 'test-a'), ('', 'test-b'), ('OLD-7', 'test-c');
SELECT channel, regexp_replace(order_number, '-[0-9]{8}-', '-date-') AS order_number
  FROM sales.orders WHERE channel LIKE 'test-_' ORDER BY channel;
SAVEPOINT s;
SELECT wms_next_order_number();
\echo :SQLSTATE
ROLLBACK TO s;
SELECT wms_uuid_v7() IS NOT NULL AS open_to_all;
ROLLBACK;

-- a dropped and remade sequence is found again, a missing one named
BEGIN;
DROP SEQUENCE sales.order_number_seq;
CREATE SEQUENCE sales.order_number_seq START 5;
SELECT substr(wms_next_order_number(), 14);
DROP SEQUENCE sales.order_number_seq;
SELECT wms_next_order_number();
\echo :SQLSTATE
ROLLBACK;
SELECT wms_generate_order_number();
\echo :SQLSTATE
