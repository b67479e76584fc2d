-- updated_at is the start of the transaction that changed the row last, whatever the client sends.
\set VERBOSITY default

-- every table that has the column has the trigger
SELECT c.oid::regclass AS without_trigger
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'updated_at' AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p')
   AND c.relnamespace IN ('auth'::regnamespace, 'catalog'::regnamespace, 'inventory'::regnamespace,
                          'sales'::regnamespace, 'crm'::regnamespace, 'agent'::regnamespace)
   AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'wms_updated_at')
 ORDER BY 1;

BEGIN;
CREATE FUNCTION pg_temp.stamped(OUT stamped boolean) LANGUAGE sql AS
$$SELECT updated_at = CURRENT_TIMESTAMP FROM catalog.brands WHERE name = 'Updated at'$$;

INSERT INTO catalog.brands (name, updated_at) VALUES ('Updated at', '2001-01-01');
SELECT pg_temp.stamped() AS after_insert;

-- an update that changes something, one that changes nothing, one that brings a value of its own
UPDATE catalog.brands SET description = 'x' WHERE name = 'Updated at';
SELECT pg_temp.stamped();
ALTER TABLE catalog.brands DISABLE TRIGGER wms_updated_at;
UPDATE catalog.brands SET updated_at = '2001-01-01' WHERE name = 'Updated at';
ALTER TABLE catalog.brands ENABLE TRIGGER wms_updated_at;
UPDATE catalog.brands SET name = name WHERE name = 'Updated at';
SELECT pg_temp.stamped();
UPDATE catalog.brands SET updated_at = '2001-01-01' WHERE name = 'Updated at';
SELECT pg_temp.stamped();
UPDATE catalog.brands SET updated_at = NULL WHERE name = 'Updated at';
SELECT pg_temp.stamped();

-- it finds the column again when the table changes between two statements
ALTER TABLE catalog.brands DROP COLUMN description, ADD COLUMN story text;
UPDATE catalog.brands SET story = 'once upon a time', updated_at = '2001-01-01' WHERE name = 'Updated at';
SELECT pg_temp.stamped();
ROLLBACK;

-- on tables of users: partitions too
BEGIN;
CREATE TABLE parts (id integer, updated_at timestamptz) PARTITION BY LIST (id);
CREATE TABLE parts_1 (extra text, updated_at timestamptz, id integer);
ALTER TABLE parts_1 DROP COLUMN extra;
ALTER TABLE parts ATTACH PARTITION parts_1 FOR VALUES IN (1);
CREATE TRIGGER stamp BEFORE UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at();
INSERT INTO parts VALUES (1, '2001-01-01');
UPDATE parts SET id = 1;
SELECT updated_at = CURRENT_TIMESTAMP AS stamped FROM parts;
ROLLBACK;

-- what it refuses
CREATE TABLE bare (id integer);
CREATE TRIGGER stamp BEFORE UPDATE ON bare FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at();
INSERT INTO bare VALUES (1);
UPDATE bare SET id = 2;
\echo :SQLSTATE
ALTER TABLE bare ADD COLUMN updated_at date;
UPDATE bare SET id = 2;
\echo :SQLSTATE
CREATE TRIGGER stamp_late AFTER UPDATE ON bare FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at();
ALTER TABLE bare DISABLE TRIGGER stamp;
UPDATE bare SET id = 2;
\echo :SQLSTATE
DROP TABLE bare;
SELECT wms_set_updated_at();
\echo :SQLSTATE
