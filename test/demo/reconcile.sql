-- The file against the books of wms, by plain SQL over both. What was refused is not in the books.
\pset footer off
\pset numericlocale on
\pset null ''

\echo
\echo The file against the books
WITH sold AS (
  SELECT l.* FROM demo.line l JOIN demo.invoice i USING (invoice_no) WHERE l.kind = 'sale' AND i.order_id IS NOT NULL
), returned AS (
  SELECT l.* FROM demo.line l JOIN demo.invoice i USING (invoice_no) WHERE l.kind = 'return' AND i.returned IS NOT NULL
), moved AS (
  SELECT sum(quantity) FILTER (WHERE type = 'receive') AS received, -sum(quantity) FILTER (WHERE type = 'sale') AS sold,
         sum(quantity) FILTER (WHERE type = 'return') AS returned
    FROM inventory.stock_movements
), file AS (
  SELECT (SELECT coalesce(sum(units), 0) FROM demo.delivery) AS received,
         (SELECT coalesce(sum(quantity), 0) FROM sold WHERE is_stocked) AS sold,
         (SELECT coalesce(-sum(quantity), 0) FROM returned) AS returned
), item_by_item AS (
  SELECT count(*) AS items,
         count(*) FILTER (WHERE f.units = m.units AND m.units = s.units) AS alike
    FROM catalog.products p
    LEFT JOIN LATERAL (SELECT coalesce(sum(quantity), 0) AS units FROM inventory.stock_items WHERE product_id = p.id) s ON true
    LEFT JOIN (SELECT product_id, sum(quantity) AS units FROM inventory.stock_movements GROUP BY product_id) m0
      ON m0.product_id = p.id
    CROSS JOIN LATERAL (SELECT coalesce(m0.units, 0) AS units) m
    LEFT JOIN (SELECT stock_code, sum(units) AS units
                 FROM (SELECT stock_code, units FROM demo.delivery
                       UNION ALL SELECT stock_code, -quantity FROM sold WHERE is_stocked
                       UNION ALL SELECT stock_code, -quantity FROM returned) u GROUP BY stock_code) f0
      ON f0.stock_code = p.sku
    CROSS JOIN LATERAL (SELECT coalesce(f0.units, 0) AS units) f
   WHERE p.is_stocked
), compared (what, file, books) AS (
  VALUES
  ('lines: sold, returned, credits, refused', (SELECT count(*) FROM demo.raw),
     (SELECT count(*) FROM sold) + (SELECT count(*) FROM returned) + (SELECT count(*) FROM demo.line WHERE kind = 'credit')
     + (SELECT coalesce(sum(lines), 0) FROM demo.refused WHERE what IN ('line', 'place', 'return'))),
  ('invoices sold = orders', (SELECT count(DISTINCT invoice_no) FROM sold), (SELECT count(*) FROM sales.orders)),
  ('lines sold = order lines', (SELECT count(*) FROM sold), (SELECT count(*) FROM sales.order_items)),
  ('value sold = order totals', (SELECT sum(round(quantity * unit_price, 2)) FROM sold), (SELECT sum(total) FROM sales.orders)),
  ('units delivered to us', (SELECT received FROM file), (SELECT received FROM moved)),
  ('units sold, of goods', (SELECT sold FROM file), (SELECT sold FROM moved)),
  ('units returned', (SELECT returned FROM file), (SELECT returned FROM moved)),
  ('units on hand', (SELECT received - sold + returned FROM file), (SELECT sum(quantity) FROM inventory.stock_items)),
  ('items whose units agree, one by one', (SELECT items FROM item_by_item), (SELECT alike FROM item_by_item))
)
SELECT what AS " ", coalesce(file, 0) AS "file", coalesce(books, 0) AS "wms",
       CASE WHEN coalesce(file, 0) = coalesce(books, 0) THEN 'OK' ELSE 'differs' END AS "check"
  FROM compared;

\echo Not replayed, refused, or worth knowing
SELECT what, lines, value, why
  FROM (SELECT 1 AS position, 'credits without goods' AS what, count(*)::numeric AS lines, -sum(value) AS value,
               'amounts wait for refunds: ' || string_agg(DISTINCT stock_code, ', ') AS why
          FROM demo.line WHERE kind = 'credit' HAVING count(*) > 0
        UNION ALL
        SELECT 2, 'amounts of returned goods', count(*), -sum(value), 'the units are back; amounts wait for refunds'
          FROM demo.line WHERE kind = 'return' HAVING count(*) > 0
        UNION ALL
        SELECT 3, 'returns without a credit note', count(*), -sum(value),
               'negative lines of other invoices; ' || -sum(quantity) || ' units, back like all returns'
          FROM demo.line WHERE kind = 'return' AND invoice_no NOT LIKE 'C%' HAVING count(*) > 0
        UNION ALL
        SELECT 4, 'refused: ' || what, sum(lines), sum(value),
               sqlstate || ' ' || regexp_replace(message, '(line [0-9]+: )?(.{60}).*', '\2 ...')
               || CASE WHEN count(*) > 1 THEN ' (' || count(*) || ' times)' ELSE '' END
          FROM demo.refused GROUP BY what, sqlstate, regexp_replace(message, '(line [0-9]+: )?(.{60}).*', '\2 ...')
        UNION ALL
        SELECT 5, 'refused', 0, 0, 'nothing' WHERE NOT EXISTS (SELECT FROM demo.refused)) r
 ORDER BY position, lines DESC LIMIT 20;
\echo 'Line by line: SELECT * FROM demo.refused;  invoices and their orders: demo.invoice, lines: demo.line'
