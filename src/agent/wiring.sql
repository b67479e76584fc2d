-- Triggers of the tables of schema agent.  Columns a user adds are not in the lists, so they are his to change.
-- Conditions are written as PostgreSQL prints them, or a dump of a restored database would differ.

INSERT INTO wms_wiring (ord, since, kind, rel, name, ddl)
SELECT 6000 + t.position, 6, 'trigger', t.rel, 'wms_updated_at',
       format('CREATE TRIGGER wms_updated_at BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()',
              t.rel)
  FROM unnest(ARRAY['agent.agents', 'agent.override_rates', 'agent.targets', 'agent.payouts',
                    'agent.commissions']) WITH ORDINALITY AS t (rel, position);

INSERT INTO wms_wiring (ord, since, kind, rel, name, ddl) VALUES
  (6100, 6, 'trigger', 'agent.agents', 'wms_refuse_cycle_of_insert', $$
    CREATE TRIGGER wms_refuse_cycle_of_insert AFTER INSERT ON agent.agents FOR EACH ROW
    WHEN (NEW.parent_agent_id IS NOT NULL)
    EXECUTE FUNCTION wms_refuse_cycle('parent_agent_id')
  $$),
  (6101, 6, 'trigger', 'agent.agents', 'wms_refuse_cycle_of_update', $$
    CREATE TRIGGER wms_refuse_cycle_of_update AFTER UPDATE ON agent.agents FOR EACH ROW
    WHEN (OLD.parent_agent_id IS DISTINCT FROM NEW.parent_agent_id)
    EXECUTE FUNCTION wms_refuse_cycle('parent_agent_id')
  $$),
  (6200, 6, 'trigger', 'agent.targets', 'wms_guard_achieved', $$
    CREATE TRIGGER wms_guard_achieved AFTER INSERT OR UPDATE ON agent.targets FOR EACH ROW
    EXECUTE FUNCTION wms_guard_columns(
      'What is achieved follows the orders confirmed in the period; leave it out.',
      'achieved_amount', 'achieved_orders')
  $$),
  (6201, 6, 'trigger', 'agent.targets', 'wms_compute_target', $$
    CREATE TRIGGER wms_compute_target AFTER INSERT ON agent.targets FOR EACH ROW
    EXECUTE FUNCTION wms_compute_target()
  $$),
  (6202, 6, 'trigger', 'agent.targets', 'wms_compute_target_of_update', $$
    CREATE TRIGGER wms_compute_target_of_update AFTER UPDATE ON agent.targets FOR EACH ROW
    WHEN (OLD.agent_id IS DISTINCT FROM NEW.agent_id OR OLD.period_start IS DISTINCT FROM NEW.period_start
          OR OLD.period_end IS DISTINCT FROM NEW.period_end OR OLD.status IS DISTINCT FROM NEW.status
          OR OLD.target_amount IS DISTINCT FROM NEW.target_amount
          OR OLD.target_orders IS DISTINCT FROM NEW.target_orders)
    EXECUTE FUNCTION wms_compute_target()
  $$),
  (6300, 6, 'trigger', 'agent.payouts', 'wms_guard_rows', $$
    CREATE TRIGGER wms_guard_rows BEFORE INSERT OR DELETE ON agent.payouts FOR EACH ROW
    EXECUTE FUNCTION wms_guard_rows('Call wms_create_payout() to pay an agent; a payout that failed stays as a record.')
  $$),
  (6301, 6, 'trigger', 'agent.payouts', 'wms_guard_truncate', $$
    CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON agent.payouts FOR EACH STATEMENT
    EXECUTE FUNCTION wms_guard_rows('Payouts are kept; wms_fail_payout() ends one.')
  $$),
  (6302, 6, 'trigger', 'agent.payouts', 'wms_guard_columns', $$
    CREATE TRIGGER wms_guard_columns AFTER UPDATE ON agent.payouts FOR EACH ROW
    EXECUTE FUNCTION wms_guard_columns(
      'Call wms_process_payout(), wms_complete_payout() or wms_fail_payout(); only the notes are free to change.',
      'id', 'agent_id', 'payout_number', 'amount', 'payment_method', 'bank_name', 'bank_account', 'status',
      'processed_at', 'created_at')
  $$),
  (6400, 6, 'trigger', 'agent.commissions', 'wms_guard_rows', $$
    CREATE TRIGGER wms_guard_rows BEFORE INSERT OR DELETE ON agent.commissions FOR EACH ROW
    EXECUTE FUNCTION wms_guard_rows(
      'Commissions follow their order: call wms_confirm_order() or wms_calculate_commission().')
  $$),
  (6401, 6, 'trigger', 'agent.commissions', 'wms_guard_truncate', $$
    CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON agent.commissions FOR EACH STATEMENT
    EXECUTE FUNCTION wms_guard_rows('Commissions are kept; wms_cancel_order() and wms_refund_order() take them back.')
  $$),
  (6402, 6, 'trigger', 'agent.commissions', 'wms_guard_columns', $$
    CREATE TRIGGER wms_guard_columns AFTER UPDATE ON agent.commissions FOR EACH ROW
    EXECUTE FUNCTION wms_guard_columns(
      'Commissions follow their order and their payout: call wms_deliver_order(), wms_cancel_order(), wms_refund_order() or wms_create_payout().',
      'id', 'agent_id', 'order_id', 'level', 'refund_id', 'payout_id', 'order_total', 'commission_rate',
      'commission_amount', 'status', 'paid_at', 'created_at')
  $$);
