-- agent: who sells on commission, what they earned, and what they were paid.
--
-- Needs auth and sales. Closes the circle with sales: orders may now name an agent.

CREATE SCHEMA IF NOT EXISTS agent;

COMMENT ON SCHEMA agent IS 'Sales agents, their targets, commissions and payouts';

CREATE SEQUENCE agent.payout_number_seq;

COMMENT ON SEQUENCE agent.payout_number_seq IS 'Last part of payout numbers; gaps are normal';

CREATE TABLE agent.agents (
  id              uuid          NOT NULL DEFAULT gen_random_uuid(),
  user_id         uuid          NOT NULL,
  agent_code      text          NOT NULL,
  parent_agent_id uuid,
  tier            text          NOT NULL DEFAULT 'bronze',
  commission_rate numeric(5, 2),
  bank_name       text,
  bank_account    text,
  is_active       boolean       NOT NULL DEFAULT true,
  joined_at       timestamptz   NOT NULL DEFAULT now(),
  deleted_at      timestamptz,
  created_at      timestamptz   NOT NULL DEFAULT now(),
  updated_at      timestamptz   NOT NULL DEFAULT now(),
  CONSTRAINT agents_pkey PRIMARY KEY (id),
  CONSTRAINT agents_agent_code_check CHECK (agent_code <> ''),
  CONSTRAINT agents_tier_check CHECK (tier IN ('bronze', 'silver', 'gold', 'platinum', 'diamond')),
  CONSTRAINT agents_commission_rate_check
    CHECK (commission_rate >= 0 AND commission_rate <> 'NaN' AND commission_rate <= 100),
  CONSTRAINT agents_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id),
  CONSTRAINT agents_parent_agent_id_fkey FOREIGN KEY (parent_agent_id) REFERENCES agent.agents (id)
);

CREATE UNIQUE INDEX idx_agents_user_id ON agent.agents (user_id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX idx_agents_agent_code ON agent.agents (agent_code) WHERE deleted_at IS NULL;
CREATE INDEX idx_agents_parent_agent_id ON agent.agents (parent_agent_id);

COMMENT ON TABLE agent.agents IS 'Sales agents; a tree, of any depth';
COMMENT ON COLUMN agent.agents.user_id IS 'The user the agent signs in as; at most one live agent per user';
COMMENT ON COLUMN agent.agents.agent_code IS 'Short name for people; unique among live agents';
COMMENT ON COLUMN agent.agents.parent_agent_id IS 'Who leads the agent and earns an override from his sales; NULL = nobody';
COMMENT ON COLUMN agent.agents.tier IS 'Rank; decides the override rates';
COMMENT ON COLUMN agent.agents.commission_rate IS 'Percent of own sales; NULL = the rate of the tier at level 0';
COMMENT ON COLUMN agent.agents.bank_account IS 'Where payouts go; copied into each payout';
COMMENT ON COLUMN agent.agents.is_active IS 'False: earns nothing from new orders';
COMMENT ON COLUMN agent.agents.deleted_at IS 'Soft delete: set = deleted then, code and user are free again; earns nothing from new orders';

CREATE TABLE agent.override_rates (
  id         uuid          NOT NULL DEFAULT gen_random_uuid(),
  tier       text          NOT NULL,
  level      integer       NOT NULL,
  rate       numeric(5, 2) NOT NULL,
  created_at timestamptz   NOT NULL DEFAULT now(),
  updated_at timestamptz   NOT NULL DEFAULT now(),
  CONSTRAINT override_rates_pkey PRIMARY KEY (id),
  CONSTRAINT override_rates_tier_level_key UNIQUE (tier, level),
  CONSTRAINT override_rates_tier_check CHECK (tier IN ('bronze', 'silver', 'gold', 'platinum', 'diamond')),
  CONSTRAINT override_rates_level_check CHECK (level >= 0),
  CONSTRAINT override_rates_rate_check CHECK (rate >= 0 AND rate <> 'NaN' AND rate <= 100)
);

COMMENT ON TABLE agent.override_rates IS 'What agents of a tier earn from the sales of those below them';
COMMENT ON COLUMN agent.override_rates.tier IS 'Tier of the agent who earns';
COMMENT ON COLUMN agent.override_rates.level IS 'Distance from the selling agent; 0 = the seller himself, when he has no rate of his own';
COMMENT ON COLUMN agent.override_rates.rate IS 'Percent';

CREATE TABLE agent.targets (
  id              uuid           NOT NULL DEFAULT gen_random_uuid(),
  agent_id        uuid           NOT NULL,
  period_start    date           NOT NULL,
  period_end      date           NOT NULL,
  target_amount   numeric(12, 2),
  achieved_amount numeric(12, 2) NOT NULL DEFAULT 0,
  target_orders   integer,
  achieved_orders integer        NOT NULL DEFAULT 0,
  time_zone       text           NOT NULL DEFAULT '',
  status          text           NOT NULL DEFAULT 'active',
  created_at      timestamptz    NOT NULL DEFAULT now(),
  updated_at      timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT targets_pkey PRIMARY KEY (id),
  CONSTRAINT targets_agent_id_period_start_period_end_key UNIQUE (agent_id, period_start, period_end),
  CONSTRAINT targets_period_end_check CHECK (period_end >= period_start),
  CONSTRAINT targets_target_amount_check CHECK (target_amount >= 0 AND target_amount <> 'NaN'),
  CONSTRAINT targets_achieved_amount_check CHECK (achieved_amount >= 0 AND achieved_amount <> 'NaN'),
  CONSTRAINT targets_target_orders_check CHECK (target_orders >= 0),
  CONSTRAINT targets_achieved_orders_check CHECK (achieved_orders >= 0),
  CONSTRAINT targets_status_check CHECK (status IN ('active', 'achieved', 'missed')),
  CONSTRAINT targets_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agent.agents (id)
);

CREATE INDEX idx_targets_active ON agent.targets (period_end) WHERE status = 'active';
CREATE INDEX idx_targets_time_zone ON agent.targets (time_zone);

COMMENT ON TABLE agent.targets IS 'What an agent is to sell in a period, and has sold';
COMMENT ON COLUMN agent.targets.period_end IS 'Last day, included';
COMMENT ON COLUMN agent.targets.target_amount IS 'Sales to reach; NULL = no such goal';
COMMENT ON COLUMN agent.targets.achieved_amount IS 'Sales of orders confirmed in the period, less refunds; kept by the system';
COMMENT ON COLUMN agent.targets.time_zone IS 'Zone of the days the orders are counted by; where it is not wms.timezone, wms_maintain() counts them anew';
COMMENT ON COLUMN agent.targets.target_orders IS 'Number of orders to reach; NULL = no such goal';
COMMENT ON COLUMN agent.targets.achieved_orders IS 'Orders confirmed in the period; kept by the system';
COMMENT ON COLUMN agent.targets.status IS 'achieved = every goal is reached, missed = the period ended without; kept by the system';

CREATE TABLE agent.payouts (
  id             uuid           NOT NULL DEFAULT gen_random_uuid(),
  agent_id       uuid           NOT NULL,
  payout_number  text           NOT NULL,
  amount         numeric(12, 2) NOT NULL,
  payment_method text,
  bank_name      text,
  bank_account   text,
  status         text           NOT NULL DEFAULT 'pending',
  notes          text,
  processed_at   timestamptz,
  created_at     timestamptz    NOT NULL DEFAULT now(),
  updated_at     timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT payouts_pkey PRIMARY KEY (id),
  CONSTRAINT payouts_id_agent_id_key UNIQUE (id, agent_id),
  CONSTRAINT payouts_payout_number_key UNIQUE (payout_number),
  CONSTRAINT payouts_payout_number_check CHECK (payout_number <> ''),
  CONSTRAINT payouts_amount_check CHECK (amount > 0 AND amount <> 'NaN'),
  CONSTRAINT payouts_payment_method_check
    CHECK (payment_method IN ('cod', 'online_banking', 'credit_card', 'debit_card', 'ewallet', 'cash', 'bank_transfer')),
  CONSTRAINT payouts_status_check CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
  CONSTRAINT payouts_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agent.agents (id)
);

CREATE INDEX idx_payouts_agent_id ON agent.payouts (agent_id);

COMMENT ON TABLE agent.payouts IS 'Payments to agents; each is the sum of the commissions that name it';
COMMENT ON COLUMN agent.payouts.payout_number IS 'PAY-, business date, running number';
COMMENT ON COLUMN agent.payouts.amount IS 'Sum of its commissions, clawbacks netted';
COMMENT ON COLUMN agent.payouts.bank_account IS 'Where it goes, as it was when made';
COMMENT ON COLUMN agent.payouts.status IS 'The commissions of a failed payout can be paid again';
COMMENT ON COLUMN agent.payouts.processed_at IS 'When it was paid or failed';

CREATE TABLE agent.commissions (
  id                uuid           NOT NULL DEFAULT gen_random_uuid(),
  agent_id          uuid           NOT NULL,
  order_id          uuid           NOT NULL,
  level             integer        NOT NULL DEFAULT 0,
  refund_id         uuid,
  payout_id         uuid,
  order_total       numeric(12, 2) NOT NULL,
  commission_rate   numeric(5, 2)  NOT NULL,
  commission_amount numeric(12, 2) NOT NULL,
  status            text           NOT NULL DEFAULT 'pending',
  paid_at           timestamptz,
  created_at        timestamptz    NOT NULL DEFAULT now(),
  updated_at        timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT commissions_pkey PRIMARY KEY (id),
  CONSTRAINT commissions_level_check CHECK (level >= 0),
  CONSTRAINT commissions_order_total_check
    CHECK (order_total <> 'NaN' AND CASE WHEN refund_id IS NULL THEN order_total >= 0 ELSE order_total <= 0 END),
  CONSTRAINT commissions_commission_rate_check
    CHECK (commission_rate >= 0 AND commission_rate <> 'NaN' AND commission_rate <= 100),
  CONSTRAINT commissions_commission_amount_check
    CHECK (commission_amount <> 'NaN'
           AND CASE WHEN refund_id IS NULL THEN commission_amount >= 0 ELSE commission_amount <= 0 END),
  CONSTRAINT commissions_status_check CHECK (status IN ('pending', 'approved', 'paid', 'cancelled')),
  CONSTRAINT commissions_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agent.agents (id),
  CONSTRAINT commissions_order_id_fkey FOREIGN KEY (order_id) REFERENCES sales.orders (id),
  CONSTRAINT commissions_refund_id_order_id_fkey FOREIGN KEY (refund_id, order_id)
    REFERENCES sales.refunds (id, order_id),
  CONSTRAINT commissions_payout_id_agent_id_fkey FOREIGN KEY (payout_id, agent_id)
    REFERENCES agent.payouts (id, agent_id)
);

CREATE UNIQUE INDEX idx_commissions_order_agent_level ON agent.commissions (order_id, agent_id, level)
  WHERE refund_id IS NULL;
CREATE UNIQUE INDEX idx_commissions_refund_agent_level ON agent.commissions (refund_id, agent_id, level)
  WHERE refund_id IS NOT NULL;
CREATE INDEX idx_commissions_order_id ON agent.commissions (order_id);
CREATE INDEX idx_commissions_agent_status ON agent.commissions (agent_id, status);
CREATE INDEX idx_commissions_payout_id ON agent.commissions (payout_id) WHERE payout_id IS NOT NULL;

COMMENT ON TABLE agent.commissions IS 'What agents earned from orders, and what refunds took back (clawbacks, negative rows)';
COMMENT ON COLUMN agent.commissions.agent_id IS 'Who earns it: the seller or somebody above him';
COMMENT ON COLUMN agent.commissions.level IS 'Distance from the selling agent; 0 = the seller';
COMMENT ON COLUMN agent.commissions.refund_id IS 'The refund this row claws back for; NULL = an earned commission';
COMMENT ON COLUMN agent.commissions.payout_id IS 'The payout that pays it; NULL = in none that has not failed';
COMMENT ON COLUMN agent.commissions.order_total IS 'What it was reckoned on; negative in a clawback';
COMMENT ON COLUMN agent.commissions.commission_rate IS 'Percent used, frozen when earned';
COMMENT ON COLUMN agent.commissions.commission_amount IS 'Rounded to the cent; negative in a clawback';
COMMENT ON COLUMN agent.commissions.status IS 'pending from confirmation, approved from delivery, paid, or cancelled with the order';

ALTER TABLE sales.orders
  ADD CONSTRAINT orders_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agent.agents (id);
