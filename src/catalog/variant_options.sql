CREATE FUNCTION wms_keep_option_values() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_keep_option_values() IS
'Trigger AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW of catalog.product_variant_options and catalog.product_variants: keeps option_values of the variants';

CREATE FUNCTION wms_clear_option_values() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_clear_option_values() IS
'Trigger AFTER TRUNCATE of catalog.product_variant_options: clears option_values of the variants';
