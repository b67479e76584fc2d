-- The generic guards, on tables of the test: rows and columns changed by commands only, append-only tables.
\set VERBOSITY default

CREATE TABLE guarded (
  id integer PRIMARY KEY,
  held integer DEFAULT 0,
  worth numeric(12, 2) DEFAULT 0,
  flag boolean DEFAULT false,
  label text,
  notes text
);
CREATE TRIGGER guard AFTER INSERT OR UPDATE OR DELETE ON guarded FOR EACH ROW
  EXECUTE FUNCTION wms_guard_columns('Call the command.', 'held', 'worth', 'flag', 'label');

-- INSERT may leave them unset, or say so
INSERT INTO guarded (id) VALUES (1);
INSERT INTO guarded VALUES (2, 0, 0.00, false, NULL, 'free');
INSERT INTO guarded VALUES (3, NULL, NULL, NULL, NULL, NULL);
INSERT INTO guarded (id, held) VALUES (4, 1);
\echo :SQLSTATE
INSERT INTO guarded (id, worth) VALUES (4, 0.01);
INSERT INTO guarded (id, flag) VALUES (4, true);
INSERT INTO guarded (id, label) VALUES (4, '');
COPY guarded (id, held) FROM stdin;
4	7
\.
SELECT count(*) FROM guarded;

-- UPDATE may change everything else, and write the same again
UPDATE guarded SET notes = 'changed', held = held, worth = 0;
UPDATE guarded SET held = held + 1 WHERE id = 2;
\echo :SQLSTATE
UPDATE guarded SET worth = NULL WHERE id = 2;
UPDATE guarded SET held = 0 WHERE id = 3;
INSERT INTO guarded (id) VALUES (2) ON CONFLICT (id) DO UPDATE SET flag = true;

-- a trigger of the user cannot slip in behind
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.held := 99; RETURN NEW; END$$;
CREATE TRIGGER zzz_meddle BEFORE INSERT OR UPDATE ON guarded FOR EACH ROW EXECUTE FUNCTION meddle();
UPDATE guarded SET notes = 'harmless' WHERE id = 1;
INSERT INTO guarded (id) VALUES (5);
DROP TRIGGER zzz_meddle ON guarded;

-- DELETE must not take anything along
SET wms.guard = off;
UPDATE guarded SET held = 5 WHERE id = 1;
SET wms.guard = on;
DELETE FROM guarded WHERE id = 1;
\echo :SQLSTATE
DELETE FROM guarded WHERE id = 2;

-- only a superuser, or whom he lets, may switch it off
CREATE ROLE wms_test_clerk;
GRANT ALL ON guarded TO wms_test_clerk;
SET ROLE wms_test_clerk;
SET wms.guard = off;
\echo :SQLSTATE
UPDATE guarded SET held = 6 WHERE id = 1;
RESET ROLE;
DROP TABLE guarded;

-- whole rows; partitions inherit it
CREATE TABLE closed (id integer, kind text) PARTITION BY LIST (kind);
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON closed FOR EACH ROW
  EXECUTE FUNCTION wms_guard_rows('Call wms_open().');
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON closed FOR EACH STATEMENT
  EXECUTE FUNCTION wms_guard_rows('Call wms_empty().');
CREATE TABLE closed_a PARTITION OF closed FOR VALUES IN ('a');
INSERT INTO closed VALUES (1, 'a');
\echo :SQLSTATE
INSERT INTO closed_a VALUES (1, 'a');
SET wms.guard = off;
INSERT INTO closed VALUES (1, 'a');
RESET wms.guard;
UPDATE closed SET id = 2;
DELETE FROM closed;
TRUNCATE closed;
\echo :SQLSTATE
DROP TABLE closed;

-- append-only
CREATE TABLE ledger (id integer PRIMARY KEY, amount integer);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION wms_append_only();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ledger FOR EACH STATEMENT
  EXECUTE FUNCTION wms_append_only('Write a correction.');
INSERT INTO ledger VALUES (1, 10), (2, 20);
UPDATE ledger SET amount = amount WHERE id = 1;
\echo :SQLSTATE
DELETE FROM ledger;
INSERT INTO ledger VALUES (1, 11) ON CONFLICT (id) DO UPDATE SET amount = 11;
TRUNCATE ledger;
\echo :SQLSTATE
SET wms.guard = off;
DELETE FROM ledger WHERE id = 2;
TRUNCATE ledger;
RESET wms.guard;
DROP TABLE ledger;

-- used in a way they are not made for
SELECT wms_guard_rows();
\echo :SQLSTATE
SELECT wms_append_only();
CREATE TABLE odd (id integer);
CREATE TRIGGER odd BEFORE UPDATE ON odd FOR EACH ROW EXECUTE FUNCTION wms_guard_columns('Hint.', 'id');
INSERT INTO odd VALUES (1);
UPDATE odd SET id = 2;
\echo :SQLSTATE
CREATE OR REPLACE TRIGGER odd AFTER UPDATE ON odd FOR EACH ROW EXECUTE FUNCTION wms_guard_columns('Hint.', 'colour');
UPDATE odd SET id = 2;
\echo :SQLSTATE
CREATE OR REPLACE TRIGGER odd AFTER UPDATE ON odd FOR EACH ROW EXECUTE FUNCTION wms_guard_columns('Hint.');
UPDATE odd SET id = 2;
\echo :SQLSTATE
CREATE OR REPLACE TRIGGER odd BEFORE UPDATE ON odd FOR EACH ROW EXECUTE FUNCTION wms_guard_rows();
UPDATE odd SET id = 2;
\echo :SQLSTATE
DROP TABLE odd;
DROP FUNCTION meddle();
DROP ROLE wms_test_clerk;
