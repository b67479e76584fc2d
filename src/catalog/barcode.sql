CREATE FUNCTION wms_check_barcode() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_check_barcode() IS
'Trigger AFTER INSERT OR UPDATE FOR EACH ROW of catalog.product_barcodes: refuses, with 23514, a trade item number whose check digit is wrong';
