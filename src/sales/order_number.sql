CREATE FUNCTION wms_next_order_number() RETURNS text
LANGUAGE c VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_next_order_number() IS
'Takes the next order number: ORD-YYYYMMDD-NNNNNN of the business date, wider past 999999';
REVOKE ALL ON FUNCTION wms_next_order_number() FROM PUBLIC;

CREATE FUNCTION wms_generate_order_number() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_generate_order_number() IS
'Trigger BEFORE INSERT FOR EACH ROW: numbers an order whose order_number is NULL or empty';
