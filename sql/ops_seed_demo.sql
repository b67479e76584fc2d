-- wms_seed_demo(): example data, in databases of its own.
\set VERBOSITY default
\set SHOW_CONTEXT never
\set back :DBNAME
CREATE DATABASE regress_wms_demo;
\c regress_wms_demo
CREATE EXTENSION wms;

SELECT wms_seed_demo(0);
SELECT wms_seed_demo(orders => -1);
SELECT wms_seed_demo(seed => NULL);
SELECT count(*) FROM catalog.products;

-- what the company is, but for ids and instants
CREATE TEMP VIEW company AS
SELECT string_agg(line, E'\n' ORDER BY line) AS text
  FROM (SELECT concat_ws('|', o.status, u.email, o.guest_email, o.coupon_code, o.total, i.sku, i.name, i.quantity,
                         i.unit_price) AS line
          FROM sales.orders o JOIN sales.order_items i ON i.order_id = o.id LEFT JOIN auth.users u ON u.id = o.user_id
        UNION ALL
        SELECT concat_ws('|', warehouse_code, sku, quantity, held, blocked, available, bin_location)
          FROM wms_stock_levels(max_rows => 100000)) lines;

BEGIN;
SELECT jsonb_pretty(wms_seed_demo(40, 60, 7));
SELECT md5(text) AS first FROM company \gset
SELECT * FROM wms_verify();
-- every status, each with what belongs to it
SELECT status, count(*), sum(total), count(confirmed_at) AS confirmed, count(shipped_at) AS shipped,
       count(tracking_number) AS tracked, count(cancelled_at) AS cancelled
  FROM sales.orders GROUP BY status ORDER BY status;
SELECT type, count(*), sum(quantity) FROM inventory.stock_movements GROUP BY type ORDER BY type;
SELECT reference_type, status, count(*), sum(quantity) FROM inventory.stock_reservations GROUP BY 1, 2 ORDER BY 1, 2;
-- some of everything
SELECT is_stocked, batch_tracked, has_variants, count(*) FROM catalog.products GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT r.name, u.email FROM auth.user_roles ur JOIN auth.roles r ON r.id = ur.role_id JOIN auth.users u ON u.id = ur.user_id
 ORDER BY r.name;
SELECT p.name AS department, c.name AS category, count(*)
  FROM catalog.product_categories pc JOIN catalog.categories c ON c.id = pc.category_id
  JOIN catalog.categories p ON p.id = c.parent_id GROUP BY 1, 2 ORDER BY 1, 2;
SELECT a.agent_code, b.agent_code AS parent, a.tier, a.commission_rate
  FROM agent.agents a LEFT JOIN agent.agents b ON b.id = a.parent_agent_id ORDER BY a.agent_code;
SELECT level, count(*), sum(commission_amount) FROM agent.commissions GROUP BY level ORDER BY level;
SELECT coupon_code, count(*), sum(discount_amount) FROM sales.orders WHERE coupon_code IS NOT NULL GROUP BY 1 ORDER BY 1;
SELECT expiry_date < CURRENT_DATE - 1 AS expired, count(*) FROM inventory.product_batches GROUP BY 1 ORDER BY 1;
SELECT count(*) = (SELECT count(*) FROM inventory.stock_movements WHERE batch_id IS NOT NULL AND type = 'receive') AS tracked
  FROM inventory.product_batch_tracks WHERE action = 'received';
SELECT count(*) > 0 AS low FROM inventory.stock_items WHERE available_quantity <= reorder_point AND reorder_point > 0;

-- not twice, and not where there is trade
\set ON_ERROR_ROLLBACK on
SELECT wms_seed_demo();
ROLLBACK;
SELECT has_function_privilege('public', 'wms_seed_demo(integer, integer, integer)', 'EXECUTE');
-- the same seed, the same company; another one, another
BEGIN;
SELECT wms_seed_demo(40, 60, 7) ->> 'orders' AS orders;
SELECT md5(text) = :'first' AS same FROM company;
SELECT wms_current_actor() IS NULL AS own_actor;
ROLLBACK;
BEGIN;
SELECT wms_seed_demo(40, 60, 8) ->> 'orders' AS orders;
SELECT sum(total) FROM sales.orders;
ROLLBACK;

-- the smallest; then it is there, without a single order
SELECT wms_seed_demo(1, 0) -> 'products' AS products;
SELECT wms_seed_demo(1, 0);
SELECT * FROM wms_verify();

\c :back
DROP DATABASE regress_wms_demo;
