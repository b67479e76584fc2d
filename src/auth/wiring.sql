-- Triggers of the tables of schema auth.

INSERT INTO wms_wiring (ord, since, kind, rel, name, ddl)
SELECT 1000 + t.position, 1, 'trigger', t.rel, 'wms_updated_at',
       format('CREATE TRIGGER wms_updated_at BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()',
              t.rel)
  FROM unnest(ARRAY['auth.users', 'auth.roles']) WITH ORDINALITY AS t (rel, position);

INSERT INTO wms_wiring (ord, since, kind, rel, name, ddl) VALUES
  (1100, 1, 'trigger', 'auth.users', 'wms_close_sessions', $$
    CREATE TRIGGER wms_close_sessions AFTER UPDATE ON auth.users FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION wms_close_sessions_of_deleted_user()
  $$);
