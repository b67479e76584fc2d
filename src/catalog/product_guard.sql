CREATE FUNCTION wms_keep_has_variants() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_keep_has_variants() IS
'Trigger AFTER INSERT, UPDATE, DELETE or TRUNCATE FOR EACH STATEMENT of catalog.product_variants, with its rows as old_rows and new_rows: keeps has_variants and search_document of their products';

CREATE FUNCTION wms_correct_has_variants() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_correct_has_variants() IS
'Trigger AFTER INSERT OR UPDATE FOR EACH ROW of catalog.products: puts a has_variants right that was set directly';

CREATE FUNCTION wms_guard_is_stocked() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_guard_is_stocked() IS
'Trigger AFTER UPDATE FOR EACH ROW of catalog.products: refuses, with WM092, another is_stocked while there is stock';

CREATE FUNCTION wms_guard_variant_product() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_guard_variant_product() IS
'Trigger AFTER UPDATE FOR EACH ROW of catalog.product_variants: refuses, with WM092, another product while stock, holds or order lines are of the variant';
