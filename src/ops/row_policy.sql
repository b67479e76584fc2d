-- What roles with profile customer or agent see of the tables that hold somebody's rows, also of those that they
-- may read by another profile only, which they inherit.  ord 8000 to 8999.
--
-- Written so that an index serves them: the actor, his agents and his orders are found once a statement, before
-- the rows are.  Sub-selects from a table with a policy see what that policy leaves.  Each calls wms_every_row(),
-- so that it goes with the extension; the planner leaves nothing of that.

INSERT INTO wms_wiring (ord, since, kind, rel, name, ddl)
SELECT 8000 + p.position, p.since, 'restriction', p.rel, 'wms_own',
       format('CREATE POLICY wms_own ON %s AS RESTRICTIVE TO %%s USING (wms_every_row() AND (%s))', p.rel, p.own)
  FROM (VALUES
    (10, 4, 'sales.orders',
     'user_id = (SELECT wms_current_actor()) OR agent_id = ANY ((SELECT wms_own_agents())::uuid[])'),
    (11, 4, 'sales.order_items', 'order_id = ANY (ARRAY(SELECT o.id FROM sales.orders o))'),
    (12, 4, 'sales.order_status_history', 'order_id = ANY (ARRAY(SELECT o.id FROM sales.orders o))'),
    (13, 4, 'sales.payments', 'order_id = ANY (ARRAY(SELECT o.id FROM sales.orders o))'),
    (14, 4, 'sales.refunds', 'order_id = ANY (ARRAY(SELECT o.id FROM sales.orders o))'),
    (15, 4, 'sales.refund_items', 'order_id = ANY (ARRAY(SELECT o.id FROM sales.orders o))'),
    (16, 4, 'sales.carts', 'user_id = (SELECT wms_current_actor())'),
    (17, 4, 'sales.cart_items', 'cart_id = ANY (ARRAY(SELECT c.id FROM sales.carts c))'),
    (18, 4, 'sales.coupon_redemptions', 'order_id = ANY (ARRAY(SELECT o.id FROM sales.orders o))'),
    (20, 4, 'inventory.stock_reservations',
     'reference_type = ''order'' AND reference_id = ANY (ARRAY(SELECT o.id FROM sales.orders o))'),
    (30, 5, 'auth.users',
     'id = (SELECT wms_current_actor()) OR id = ANY ((SELECT wms_own_customers())::uuid[])'),
    (31, 1, 'auth.sessions', 'user_id = (SELECT wms_current_actor())'),
    (32, 1, 'auth.password_resets', 'user_id = (SELECT wms_current_actor())'),
    (33, 1, 'auth.user_roles', 'user_id = (SELECT wms_current_actor())'),
    (40, 5, 'crm.customer_profiles',
     'user_id = (SELECT wms_current_actor()) OR user_id = ANY ((SELECT wms_own_customers())::uuid[])'),
    (41, 5, 'crm.addresses', 'user_id = (SELECT wms_current_actor())'),
    (42, 5, 'crm.wishlists', 'user_id = (SELECT wms_current_actor())'),
    (50, 6, 'agent.agents', 'id = ANY ((SELECT wms_own_agents())::uuid[])'),
    (51, 6, 'agent.targets', 'agent_id = ANY ((SELECT wms_own_agents())::uuid[])'),
    (52, 6, 'agent.commissions', 'agent_id = ANY ((SELECT wms_own_agents())::uuid[])'),
    (53, 6, 'agent.payouts', 'agent_id = ANY ((SELECT wms_own_agents())::uuid[])')
  ) AS p (position, since, rel, own);
