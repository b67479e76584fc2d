-- Triggers of the tables of schema crm.

INSERT INTO wms_wiring (ord, since, kind, rel, name, ddl)
SELECT 5000 + t.position, 5, 'trigger', t.rel, 'wms_updated_at',
       format('CREATE TRIGGER wms_updated_at BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()',
              t.rel)
  FROM unnest(ARRAY['crm.customer_profiles', 'crm.addresses']) WITH ORDINALITY AS t (rel, position);

INSERT INTO wms_wiring (ord, since, kind, rel, name, ddl) VALUES
  (5100, 5, 'trigger', 'crm.customer_profiles', 'wms_guard_totals', $$
    CREATE TRIGGER wms_guard_totals AFTER INSERT OR UPDATE OR DELETE ON crm.customer_profiles FOR EACH ROW
    EXECUTE FUNCTION wms_guard_columns(
      'Totals follow the orders: wms_confirm_order(), wms_cancel_order() and wms_refund_order() change them.',
      'total_orders', 'total_spent')
  $$),
  (5101, 5, 'trigger', 'crm.customer_profiles', 'wms_guard_user', $$
    CREATE TRIGGER wms_guard_user AFTER UPDATE ON crm.customer_profiles FOR EACH ROW
    WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id)
    EXECUTE FUNCTION wms_guard_columns(
      'A profile stays with its user, whose orders its totals count; insert one for the other user.', 'user_id')
  $$),
  (5102, 5, 'trigger', 'crm.customer_profiles', 'wms_guard_truncate', $$
    CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON crm.customer_profiles FOR EACH STATEMENT
    EXECUTE FUNCTION wms_guard_rows('Profiles count the orders of their users; delete those without orders one by one.')
  $$),
  (5103, 5, 'trigger', 'crm.customer_profiles', 'wms_compute_totals', $$
    CREATE TRIGGER wms_compute_totals AFTER INSERT ON crm.customer_profiles FOR EACH ROW
    EXECUTE FUNCTION wms_compute_profile_totals()
  $$),
  (5200, 5, 'trigger', 'crm.addresses', 'wms_promote_address', $$
    CREATE TRIGGER wms_promote_address AFTER DELETE ON crm.addresses FOR EACH ROW
    WHEN (OLD.is_default)
    EXECUTE FUNCTION wms_promote_address()
  $$);
