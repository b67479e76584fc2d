ALTER TABLE sales.orders DROP CONSTRAINT orders_agent_id_fkey;
DROP TABLE agent.commissions;
DROP TABLE agent.payouts;
DROP TABLE agent.targets;
DROP TABLE agent.override_rates;
DROP TABLE agent.agents;
DROP SEQUENCE agent.payout_number_seq;
DROP SCHEMA agent;
