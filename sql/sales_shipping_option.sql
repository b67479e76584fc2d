-- What sending costs. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never

BEGIN;
DELETE FROM sales.shipping_methods;
INSERT INTO sales.shipping_methods (code, name, base_cost, free_shipping_threshold, estimated_days_min, estimated_days_max, is_active, sort_order) VALUES
  ('so-pickup', 'Pick up', 0, NULL, NULL, NULL, true, 2),
  ('so-express', 'Express', 15.50, NULL, 1, 1, true, 1),
  ('so-courier', 'Courier', 6, 50, 2, 4, true, 1),
  ('so-gone', 'Gone', 1, NULL, 1, 1, false, 0);

SELECT * FROM wms_shipping_options(49.99);
SELECT * FROM wms_shipping_options(50);
SELECT code, cost FROM wms_shipping_options(subtotal => 0);
-- an order pays what was shown
INSERT INTO catalog.products (sku, name, base_price, is_stocked) VALUES ('SO-1', 'Card', 25, false);
SELECT wms_place_order('[{"sku": "SO-1", "quantity": 1}]', shipping_method => 'so-courier') AS small \gset
SELECT wms_place_order('[{"sku": "SO-1", "quantity": 2}]', shipping_method => 'so-courier') AS large \gset
SELECT subtotal, shipping_cost FROM sales.orders WHERE id IN (:'small', :'large') ORDER BY subtotal;

SELECT * FROM wms_shipping_options(NULL);
\echo :SQLSTATE
SELECT * FROM wms_shipping_options(-0.01);
\echo :SQLSTATE
SELECT * FROM wms_shipping_options('NaN');
\echo :SQLSTATE
SELECT * FROM wms_shipping_options('Infinity');
\echo :SQLSTATE

-- it reads as the caller
CREATE ROLE regress_wms_visitor;
SET LOCAL ROLE regress_wms_visitor;
SELECT * FROM wms_shipping_options(1);
\echo :SQLSTATE
ROLLBACK;
