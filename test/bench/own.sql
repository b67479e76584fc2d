-- Small things by themselves: what a row pays for its number, for updated_at, for its commission.
-- psql variables: rounds, rows.  Prints, separated by tabs: round, what, way, nanoseconds of processor time a row.
--
-- The own cost of each is measured: the statement with it less the statement without.  An UPDATE with any BEFORE
-- trigger fetches and locks the row once more, so updated_at is compared with a trigger that leaves the row alone.

SET client_min_messages = warning;
SET wms.install = off;
CREATE EXTENSION wms;

CREATE SCHEMA sales;
CREATE SEQUENCE sales.order_number_seq;
CREATE UNLOGGED TABLE sales.orders (n integer, order_number text);
CREATE UNLOGGED TABLE touched (n integer, updated_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 40);
CREATE UNLOGGED TABLE totals AS SELECT round((random() * 1000)::numeric, 2) AS total, round((random() * 10)::numeric, 2) AS rate
  FROM generate_series(1, :rows);
VACUUM ANALYZE totals;

CREATE FUNCTION number_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.order_number = 'ORD-' || to_char(CURRENT_DATE, 'YYYYMMDD') || '-' || lpad(nextval('sales.order_number_seq')::text, 6, '0');
  RETURN NEW;
END $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at = CURRENT_TIMESTAMP;
  RETURN NEW;
END $$;
CREATE FUNCTION commission(total numeric, rate numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN round(total * rate / 100, 2);
END $$;

-- Nanoseconds that this session has run so far, as Linux counts them, which it does when the session waits; elsewhere
-- what the clock says.
CREATE FUNCTION spent() RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_sleep(0.001);
  RETURN split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);
EXCEPTION WHEN undefined_file THEN
  RETURN extract(epoch FROM clock_timestamp()) * 1e9;
END $$;

-- Nanoseconds that the statement takes a row, of so many.
CREATE FUNCTION took(statement text, rows integer) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  since numeric := spent();
BEGIN
  EXECUTE statement;
  RETURN (spent() - since) / rows;
END $$;

-- The statement with each trigger in turn, on a table that is the same each time.
CREATE PROCEDURE with_triggers(round integer, what text, rel regclass, event text, ways text[], functions text[], prepare text,
                               statement text, rows integer) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. array_length(ways, 1) LOOP
    EXECUTE format('TRUNCATE %s', rel);
    EXECUTE prepare;
    IF functions[i] IS NOT NULL THEN
      EXECUTE format('CREATE TRIGGER t BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION %s()', event, rel, functions[i]);
    END IF;
    INSERT INTO measured VALUES (round, what, ways[i], took(statement, rows));
    EXECUTE format('DROP TRIGGER IF EXISTS t ON %s', rel);
    COMMIT;
  END LOOP;
END $$;

CREATE TABLE measured (round integer, what text, way text, ns numeric);

CREATE PROCEDURE measure(rounds integer, rows integer) LANGUAGE plpgsql AS $$
DECLARE
  fill text := format('INSERT INTO touched SELECT generate_series(1, %s)', rows);
BEGIN
  FOR round IN 1 .. rounds LOOP
    CALL with_triggers(round, 'order number', 'sales.orders', 'INSERT', '{without,wms,PL/pgSQL}',
                       '{NULL,wms_generate_order_number,number_order}', 'SELECT',
                       format('INSERT INTO sales.orders (n) SELECT generate_series(1, %s)', rows), rows);
    CALL with_triggers(round, 'updated_at', 'touched', 'UPDATE', '{without,wms,PL/pgSQL}',
                       '{suppress_redundant_updates_trigger,wms_set_updated_at,touch}', fill, 'UPDATE touched SET n = n + 1', rows);
    INSERT INTO measured VALUES (round, 'commission', 'without', took('SELECT sum(total), count(rate) FROM totals', rows));
    INSERT INTO measured VALUES (round, 'commission', 'wms', took('SELECT sum(wms_commission_amount(total, rate)) FROM totals', rows));
    INSERT INTO measured VALUES (round, 'commission', 'PL/pgSQL', took('SELECT sum(commission(total, rate)) FROM totals', rows));
    COMMIT;
  END LOOP;
END $$;

SET max_parallel_workers_per_gather = 0;
CALL measure(:rounds, :rows);
\pset format unaligned
\pset fieldsep '\t'
\pset tuples_only on
SELECT m.round, m.what, m.way, round(m.ns, 1) FROM measured m ORDER BY m.round, m.what, m.way;
