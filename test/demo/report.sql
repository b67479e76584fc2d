-- What a manager wants to see.  Needs the psql variable seconds: how long the trading took.
\pset footer off
\pset numericlocale on
\pset null ''

\echo
\echo Orders by status
SELECT o.status, count(*) AS orders, sum(i.lines) AS lines, sum(i.units) AS units, sum(o.total) AS value
  FROM sales.orders o
  LEFT JOIN (SELECT order_id, count(*) AS lines, sum(quantity) AS units FROM sales.order_items GROUP BY order_id) i
    ON i.order_id = o.id
 GROUP BY o.status
 ORDER BY array_position(ARRAY['pending', 'confirmed', 'processing', 'packed', 'shipped', 'delivered', 'cancelled',
                               'refunded'], o.status);

\echo What sells best
SELECT i.sku, left(i.name, 36) AS name, count(DISTINCT i.order_id) AS orders, sum(i.quantity) AS units,
       sum(i.total_price) AS value
  FROM sales.order_items i JOIN sales.orders o ON o.id = i.order_id
  JOIN catalog.products p ON p.id = i.product_id
 WHERE o.status <> 'cancelled' AND p.is_stocked
 GROUP BY i.sku, i.name ORDER BY value DESC, i.sku LIMIT 8;

CREATE TEMP TABLE low_stock AS
SELECT l.sku, left(p.name, 36) AS name, l.warehouse_code AS warehouse, l.quantity AS "on hand", l.held,
       l.available, s.reorder_point AS "order at", s.reorder_quantity AS "order"
  FROM wms_stock_levels(max_rows => 1000000) l
  JOIN inventory.stock_items s ON s.warehouse_id = l.warehouse_id AND s.product_id = l.product_id
   AND s.variant_id IS NOT DISTINCT FROM l.variant_id
  JOIN catalog.products p ON p.id = l.product_id
 WHERE s.reorder_point > 0 AND l.available <= s.reorder_point AND p.deleted_at IS NULL;
SELECT count(*) AS low, (SELECT count(*) FROM inventory.stock_items) AS rows FROM low_stock \gset

\echo Stock to reorder: :low of :rows stock rows, the most urgent first
SELECT * FROM low_stock ORDER BY available - "order at", sku, warehouse LIMIT 8;

SELECT count(*) > 0 AS blocked
  FROM inventory.stock_item_batches s JOIN inventory.product_batches b ON b.id = s.batch_id
 WHERE s.quantity > 0 AND (b.status <> 'active' OR b.expiry_date < CURRENT_DATE) \gset
\if :blocked
\echo Batches that may not be sold
SELECT b.batch_number AS batch, left(p.name, 36) AS name, w.code AS warehouse, s.quantity AS units, b.expiry_date AS expiry,
       CASE WHEN b.expiry_date < CURRENT_DATE THEN 'expired' ELSE b.status END AS why
  FROM inventory.stock_item_batches s JOIN inventory.product_batches b ON b.id = s.batch_id
  JOIN catalog.products p ON p.id = b.product_id JOIN inventory.warehouses w ON w.id = s.warehouse_id
 WHERE s.quantity > 0 AND (b.status <> 'active' OR b.expiry_date < CURRENT_DATE)
 ORDER BY b.expiry_date, b.batch_number LIMIT 8;
\endif

SELECT count(*) > 0 AS has_agents FROM agent.commissions \gset
\if :has_agents
\echo Agents
SELECT a.agent_code AS agent, a.tier, b.agent_code AS "brought in by",
       count(*) FILTER (WHERE c.level = 0) AS orders, sum(c.order_total) FILTER (WHERE c.level = 0) AS sales,
       sum(c.commission_amount) FILTER (WHERE c.status = 'pending') AS pending,
       sum(c.commission_amount) FILTER (WHERE c.status = 'approved') AS approved
  FROM agent.agents a LEFT JOIN agent.agents b ON b.id = a.parent_agent_id
  LEFT JOIN agent.commissions c ON c.agent_id = a.id AND c.status <> 'cancelled'
 GROUP BY a.agent_code, a.tier, b.agent_code ORDER BY a.agent_code;
\endif

CREATE TEMP TABLE broken AS SELECT * FROM wms_verify();
SELECT count(*) > 0 AS is_broken, count(*) AS broken,
       (SELECT count(*) FROM inventory.stock_movements) AS movements FROM broken \gset
\if :is_broken
\echo The ledger does NOT hold: :broken findings
SELECT * FROM broken LIMIT 20;
\else
\echo Ledger verified: every rule holds, over :movements movements.
\endif

SELECT count(*) AS orders, (SELECT count(*) FROM sales.order_items) AS lines,
       round(count(*) / greatest(:seconds, 0.001)) AS order_rate,
       round((SELECT count(*) FROM sales.order_items) / greatest(:seconds, 0.001)) AS line_rate
  FROM sales.orders \gset
\echo Throughput: :orders orders with :lines lines in :seconds s: :order_rate orders/s, :line_rate lines/s, from placing to where they are now.
