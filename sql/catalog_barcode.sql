-- Barcodes: what is a trade item number, and where a barcode names an item. Everything is rolled back.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\set VERBOSITY default
BEGIN;
INSERT INTO catalog.products (id, sku, name, base_price) VALUES ('00000000-0000-4000-8000-00000000ba01', 'BC-1', 'Tea', 5), ('00000000-0000-4000-8000-00000000ba02', 'BC-2', 'Shirt', 9);
INSERT INTO catalog.product_variants (id, product_id, sku, name) VALUES ('00000000-0000-4000-8000-00000000bb02', '00000000-0000-4000-8000-00000000ba02', 'BC-2-L', 'L');
CREATE FUNCTION pg_temp.accepts(kind text, code text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  INSERT INTO catalog.product_barcodes (product_id, type, barcode) VALUES ('00000000-0000-4000-8000-00000000ba01', kind, code);
  RETURN 'yes';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN SQLSTATE || ' ' || SQLERRM || ' ' || CASE WHEN detail LIKE 'Failing row%' THEN '' ELSE detail END;
END $$;
-- numbers in use, one of each length
SELECT kind, code, pg_temp.accepts(kind, code) FROM (VALUES ('gtin8', '96385074'), ('gtin12', '036000291452'), ('gtin13', '4006381333931'), ('gtin14', '10012345678902'), ('internal', 'A-1 %'), ('internal', '4006381333932')) v (kind, code);
SELECT kind, code, pg_temp.accepts(kind, code) FROM (VALUES ('gtin8', '96385075'), ('gtin12', '036000291453'), ('gtin13', '4006381333941'), ('gtin14', '10012345678900'), ('gtin13', '400638133393'), ('gtin13', '40063813339a1'), ('gtin8', ''), ('gtin8', NULL), ('internal', ''), ('ean', '1'), ('gtin13', '4006381333931')) v (kind, code);
-- every one of the ten last digits but one is refused, for any number
SELECT l AS length, count(*) FILTER (WHERE pg_temp.accepts('gtin' || l, lpad((7919 * l)::text, l - 1, '31') || d) = 'yes') AS accepted FROM unnest('{8,12,13,14}'::int[]) l, generate_series(0, 9) d GROUP BY l ORDER BY l;
-- a change is looked at as well, and the type decides
UPDATE catalog.product_barcodes SET barcode = '4006381333930' WHERE barcode = '4006381333931';
UPDATE catalog.product_barcodes SET type = 'gtin13' WHERE barcode = '4006381333932';
UPDATE catalog.product_barcodes SET type = 'internal', barcode = 'x' WHERE barcode = '4006381333931' RETURNING type;

-- every command that takes lines takes a barcode, of a product and of a variant
DELETE FROM catalog.product_barcodes;
INSERT INTO catalog.product_barcodes (product_id, variant_id, type, barcode) VALUES
  ('00000000-0000-4000-8000-00000000ba01', NULL, 'gtin13', '4006381333931'), ('00000000-0000-4000-8000-00000000ba02', '00000000-0000-4000-8000-00000000bb02', 'internal', 'shelf 7');
INSERT INTO inventory.warehouses (id, code, name) VALUES ('00000000-0000-4000-8000-00000000bc01', 'BC-A', 'A'), ('00000000-0000-4000-8000-00000000bc02', 'BC-B', 'B');
\set a '\'00000000-0000-4000-8000-00000000bc01\''
\set b '\'00000000-0000-4000-8000-00000000bc02\''
\set lines '\'[{"barcode": "4006381333931", "quantity": 2}, {"barcode": "shelf 7", "quantity": 1}]\''
SELECT wms_receive_stock(:a, '[{"barcode": "4006381333931", "quantity": 50}, {"barcode": "shelf 7", "quantity": 50}]') AS receive;
SELECT counted, difference FROM wms_count_stock(:a, '[{"barcode": "4006381333931", "quantity": 40}, {"barcode": "shelf 7", "quantity": 40}]') ORDER BY product_id;
SELECT quantity FROM wms_reserve_stock(:lines) ORDER BY product_id;
SELECT wms_create_transfer(:a, :b, :lines) AS transfer \gset
SELECT wms_approve_transfer(:'transfer') AS approve, wms_ship_transfer(:'transfer') AS ship;
SELECT wms_receive_transfer(:'transfer', '[{"barcode": "shelf 7", "quantity": 1}]') AS receive;
SELECT wms_complete_transfer(:'transfer', '[{"barcode": "4006381333931", "quantity": 2}]') AS complete;
SELECT subtotal, problems FROM wms_quote_order(:lines);
SELECT wms_place_order(:lines) AS placed \gset
SELECT wms_change_order(:'placed', '[{"barcode": "4006381333931", "quantity": 3}, {"barcode": "shelf 7", "quantity": 1}]') AS change;
SELECT wms_sell(:lines, :a, 'cash') AS sold \gset
SELECT wms_return_stock(:a, '[{"barcode": "shelf 7", "quantity": 1}]', 'order', :'sold') AS return;
SELECT wms_refund_order(:'sold', lines => '[{"barcode": "4006381333931", "quantity": 1}]', restock => true) IS NOT NULL AS refund;
SELECT sku, quantity, held FROM wms_stock_levels() WHERE sku LIKE 'BC-%' ORDER BY warehouse_code, sku;
SELECT wms_place_order('[{"barcode": "4006381333931", "quantity": 1}, {"barcode": "none", "quantity": 1}]');
-- the barcode of a variant that is deleted names nothing that can be sold
UPDATE catalog.product_variants SET deleted_at = now() WHERE sku = 'BC-2-L';
SELECT wms_place_order('[{"barcode": "shelf 7", "quantity": 1}]');
ROLLBACK;
