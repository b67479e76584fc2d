-- Categories and agents are trees: no cycle at any depth, by any statement.
\set VERBOSITY default
BEGIN;
INSERT INTO catalog.categories (id, name, parent_id)
SELECT ('c0000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'Tree ' || n,
       CASE WHEN n > 1 THEN ('c0000000-0000-0000-0000-' || lpad((n - 1)::text, 12, '0'))::uuid END
  FROM generate_series(1, 200) AS n;

-- its own parent, below its child, below its farthest descendant
SAVEPOINT s;
UPDATE catalog.categories SET parent_id = id WHERE name = 'Tree 5';
\echo :SQLSTATE
ROLLBACK TO s;
UPDATE catalog.categories SET parent_id = (SELECT id FROM catalog.categories WHERE name = 'Tree 2') WHERE name = 'Tree 1';
\echo :SQLSTATE
ROLLBACK TO s;
UPDATE catalog.categories SET parent_id = (SELECT id FROM catalog.categories WHERE name = 'Tree 200') WHERE name = 'Tree 3';
\echo :SQLSTATE
ROLLBACK TO s;

-- by INSERT: oneself, and two rows of one statement that point to each other
INSERT INTO catalog.categories (id, name, parent_id)
VALUES ('c1000000-0000-0000-0000-000000000001', 'Alone', 'c1000000-0000-0000-0000-000000000001');
\echo :SQLSTATE
ROLLBACK TO s;
INSERT INTO catalog.categories (id, name, parent_id)
VALUES ('c1000000-0000-0000-0000-000000000001', 'Hen', 'c1000000-0000-0000-0000-000000000002'),
       ('c1000000-0000-0000-0000-000000000002', 'Egg', 'c1000000-0000-0000-0000-000000000001');
\echo :SQLSTATE
ROLLBACK TO s;

-- by two rows of one UPDATE, each good alone
UPDATE catalog.categories SET parent_id = NULL WHERE name IN ('Tree 10', 'Tree 20');
UPDATE catalog.categories c SET parent_id = p.id
  FROM catalog.categories p
 WHERE (c.name, p.name) IN (('Tree 10', 'Tree 30'), ('Tree 20', 'Tree 15'));
\echo :SQLSTATE
ROLLBACK TO s;

-- by a trigger of the user, though the statement does not name the column
CREATE FUNCTION pg_temp.adopt() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN NEW.parent_id := 'c0000000-0000-0000-0000-000000000009'; RETURN NEW; END$$;
CREATE TRIGGER zzz_adopt BEFORE UPDATE ON catalog.categories FOR EACH ROW EXECUTE FUNCTION pg_temp.adopt();
UPDATE catalog.categories SET description = 'harmless' WHERE name = 'Tree 4';
\echo :SQLSTATE
ROLLBACK TO s;

-- what stays allowed: moving a branch, swapping a chain around in the right order, the same parent again
UPDATE catalog.categories SET parent_id = 'c0000000-0000-0000-0000-000000000001' WHERE name = 'Tree 100';
UPDATE catalog.categories SET parent_id = 'c0000000-0000-0000-0000-000000000150' WHERE name = 'Tree 2';
UPDATE catalog.categories SET parent_id = parent_id;
UPDATE catalog.categories SET parent_id = NULL WHERE name = 'Tree 3';
UPDATE catalog.categories SET parent_id = 'c0000000-0000-0000-0000-000000000050' WHERE name = 'Tree 2';
ROLLBACK TO s;

-- wms.guard does not switch it off; a cycle from before does not hang it
SET LOCAL wms.guard = off;
UPDATE catalog.categories SET parent_id = id WHERE name = 'Tree 5';
\echo :SQLSTATE
ROLLBACK TO s;
SET LOCAL session_replication_role = replica;
UPDATE catalog.categories SET parent_id = 'c0000000-0000-0000-0000-000000000003' WHERE name = 'Tree 1';
SET LOCAL session_replication_role = origin;
INSERT INTO catalog.categories (name, parent_id) VALUES ('Below a cycle', 'c0000000-0000-0000-0000-000000000002');
UPDATE catalog.categories SET parent_id = NULL WHERE name = 'Tree 1';
ROLLBACK;

-- agents
BEGIN;
INSERT INTO auth.users (id, email)
SELECT ('a0000000-0000-0000-0000-00000000000' || n)::uuid, 'tree' || n || '@example.com' FROM generate_series(1, 3) AS n;
INSERT INTO agent.agents (id, user_id, agent_code, parent_agent_id)
VALUES ('a0000000-0000-0000-0000-000000000001', 'a0000000-0000-0000-0000-000000000001', 'TREE-1', NULL),
       ('a0000000-0000-0000-0000-000000000002', 'a0000000-0000-0000-0000-000000000002', 'TREE-2', 'a0000000-0000-0000-0000-000000000001'),
       ('a0000000-0000-0000-0000-000000000003', 'a0000000-0000-0000-0000-000000000003', 'TREE-3', 'a0000000-0000-0000-0000-000000000002');
SAVEPOINT s;
UPDATE agent.agents SET parent_agent_id = 'a0000000-0000-0000-0000-000000000003' WHERE agent_code = 'TREE-1';
\echo :SQLSTATE
ROLLBACK TO s;
-- a role without any right to read may be refused as well
CREATE ROLE wms_test_mover;
GRANT USAGE ON SCHEMA agent TO wms_test_mover;
GRANT SELECT (id), UPDATE (parent_agent_id) ON agent.agents TO wms_test_mover;
SET LOCAL ROLE wms_test_mover;
UPDATE agent.agents SET parent_agent_id = 'a0000000-0000-0000-0000-000000000001'
 WHERE id = 'a0000000-0000-0000-0000-000000000003';
UPDATE agent.agents SET parent_agent_id = 'a0000000-0000-0000-0000-000000000003'
 WHERE id = 'a0000000-0000-0000-0000-000000000001';
\echo :SQLSTATE
ROLLBACK;

-- only on these tables
CREATE TABLE own_tree (id uuid, parent_id uuid);
CREATE TRIGGER tree AFTER INSERT ON own_tree FOR EACH ROW EXECUTE FUNCTION wms_refuse_cycle('parent_id');
INSERT INTO own_tree VALUES (gen_random_uuid(), gen_random_uuid());
\echo :SQLSTATE
CREATE OR REPLACE TRIGGER tree AFTER INSERT ON own_tree FOR EACH ROW EXECUTE FUNCTION wms_refuse_cycle('boss_id');
INSERT INTO own_tree VALUES (gen_random_uuid(), gen_random_uuid());
\echo :SQLSTATE
DROP TABLE own_tree;
SELECT wms_refuse_cycle();
\echo :SQLSTATE
