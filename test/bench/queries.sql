-- What a shop and its office ask, by name; each runs some times, for items and customers that differ.
-- psql variable: runs.  Prints, separated by tabs: query, milliseconds for one.

CREATE TEMP TABLE question (name text, runs integer, text text);
INSERT INTO question VALUES
('search for a word', :runs, $$SELECT count(*) FROM wms_search_products('kind' || $1 % 500)$$),
('list a category', :runs, $$SELECT count(*) FROM wms_products_in_category($2)$$),
('one product', :runs, 'SELECT count(wms_product($3))'),
('availability of 20 items', :runs, 'SELECT sum(wms_available_quantity(p)) FROM unnest($6) p'),
('stock of an item', :runs, 'SELECT count(*) FROM wms_stock_levels(product_id => $3)'),
('newest orders', :runs, 'SELECT count(*) FROM wms_orders()'),
('orders of a customer', :runs, 'SELECT count(*) FROM wms_orders(user_id => $4)'),
('history of an item, 30 days', :runs, $$SELECT count(*) FROM wms_stock_history($3, from_time => now() - interval '30 days')$$),
('low stock', 1, 'SELECT count(*) FROM wms_low_stock()'),
('sales of 30 days', 1, 'SELECT count(*) FROM wms_sales_report(current_date - 30, current_date)'),
('inventory report', 1, 'SELECT count(*) FROM wms_inventory_report()'),
('stock of a warehouse a year ago', 1, $$SELECT count(*) FROM wms_stock_as_of(now() - interval '1 year', $5)$$);

CREATE FUNCTION pg_temp.some(n integer, rel regclass, OUT id uuid) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT id FROM %1$s ORDER BY id OFFSET $1 %% (SELECT count(*) FROM %1$s) LIMIT 1', rel) INTO id USING n;
END $$;

CREATE TEMP TABLE chosen AS
SELECT n, pg_temp.some(n, 'catalog.categories') AS category, pg_temp.some(n * 7, 'catalog.products') AS product,
       pg_temp.some(n, 'auth.users') AS customer, (SELECT id FROM inventory.warehouses ORDER BY id LIMIT 1) AS warehouse,
       ARRAY(SELECT id FROM catalog.products ORDER BY id OFFSET n * 20 LIMIT 20) AS products
  FROM generate_series(1, :runs) n;

CREATE FUNCTION pg_temp.took(question) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  c chosen;
  since timestamptz;
  total interval := '0';
BEGIN
  -- once for the plans
  FOR c IN SELECT * FROM chosen ORDER BY n LIMIT $1.runs + 1 LOOP
    since := clock_timestamp();
    EXECUTE $1.text USING c.n, c.category, c.product, c.customer, c.warehouse, c.products;
    IF c.n > 1 OR $1.runs = 1 THEN
      total := total + (clock_timestamp() - since);
    END IF;
  END LOOP;
  RETURN extract(epoch FROM total) * 1000 / greatest($1.runs - 1, 1);
END $$;

\pset format unaligned
\pset fieldsep '\t'
\pset tuples_only on
SELECT name, round(pg_temp.took(q), 3) FROM question q;
