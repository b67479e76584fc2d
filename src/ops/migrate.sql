-- The tables as code.  These two are members of the extension; what they describe is not.

-- One row a step.  "keep" maps a table to the predicate of the rows a step itself inserts, so that they do
-- not count as data on the way down: {"auth.roles": "name IN ('admin', 'staff')"}.
CREATE TABLE wms_migration (
  version integer NOT NULL,
  name text NOT NULL,
  up text NOT NULL,
  down text NOT NULL,
  keep jsonb,
  CONSTRAINT wms_migration_pkey PRIMARY KEY (version),
  CONSTRAINT wms_migration_name_key UNIQUE (name),
  CONSTRAINT wms_migration_version_check CHECK (version > 0)
);

-- What hangs on the tables and calls member functions, so that DROP EXTENSION ... CASCADE takes it along.
-- wms_migrate() makes what is missing of the rows with since <= version < until, in the order of "ord".
--   ord    order of creation; gaps are welcome
--   since  the first version of the tables that has it
--   until  the first version that no longer has it; NULL = still there (the step removes it on its way up)
--   kind   trigger, default, policy or view; restriction: a policy for the roles with profile customer or
--          agent, put at %s of its ddl, there while there are such roles
--   rel    the table, or the view itself, with its schema
--   name   of the trigger, the policy or the column; of a view its name without schema
--   ddl    one statement; it may name member functions without their schema, and must name that of all else
CREATE TABLE wms_wiring (
  ord integer NOT NULL,
  since integer NOT NULL,
  until integer,
  kind text NOT NULL,
  rel text NOT NULL,
  name text NOT NULL,
  ddl text NOT NULL,
  CONSTRAINT wms_wiring_pkey PRIMARY KEY (ord),
  CONSTRAINT wms_wiring_key UNIQUE NULLS NOT DISTINCT (kind, rel, name, until),
  CONSTRAINT wms_wiring_kind_check CHECK (kind IN ('trigger', 'default', 'policy', 'view', 'restriction')),
  CONSTRAINT wms_wiring_until_check CHECK (until > since)
);

COMMENT ON TABLE wms_migration IS 'the steps that make the tables of wms, run by wms_migrate()';
COMMENT ON TABLE wms_wiring IS 'triggers, defaults, policies and views that call functions of wms, put back by wms_migrate() where missing';

-- Public like the source they come from: whoever owns the tables runs the steps.
GRANT SELECT ON wms_migration, wms_wiring TO PUBLIC;

CREATE FUNCTION wms_migrate(target integer DEFAULT NULL)
RETURNS integer
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_migrate(integer) IS
  'brings the tables to a version (NULL: the newest), puts missing triggers, defaults, policies and views back, and returns the version';
REVOKE ALL ON FUNCTION wms_migrate(integer) FROM PUBLIC;

CREATE FUNCTION wms_baseline(version integer)
RETURNS integer
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_baseline(integer) IS
  'records that the tables are at a version without touching them, for tables that were restored without their log';
REVOKE ALL ON FUNCTION wms_baseline(integer) FROM PUBLIC;

CREATE FUNCTION wms_migrations()
RETURNS TABLE (version integer, name text, applied_at timestamptz)
LANGUAGE C STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_migrations() IS 'the steps and when each was applied; NULL: pending';
