-- Triggers of the tables of schema catalog.  Conditions are on rows and never UPDATE OF: a column that only a
-- trigger of the user changes is not in the list of the statement.

INSERT INTO wms_wiring (ord, since, kind, rel, name, ddl)
SELECT 2000 + t.position, 2, 'trigger', t.rel, 'wms_updated_at',
       format('CREATE TRIGGER wms_updated_at BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()',
              t.rel)
  FROM unnest(ARRAY['catalog.categories', 'catalog.brands', 'catalog.products', 'catalog.product_images',
                    'catalog.product_variants', 'catalog.attributes', 'catalog.attribute_values',
                    'catalog.variant_options', 'catalog.variant_option_values', 'catalog.product_bundle_items',
                    'catalog.product_prices']) WITH ORDINALITY AS t (rel, position);

INSERT INTO wms_wiring (ord, since, kind, rel, name, ddl) VALUES
  (2100, 2, 'trigger', 'catalog.categories', 'wms_generate_slug', $$
    CREATE TRIGGER wms_generate_slug BEFORE INSERT ON catalog.categories FOR EACH ROW
    WHEN (NEW.slug IS NULL OR NEW.slug = '')
    EXECUTE FUNCTION wms_generate_slug()
  $$),
  (2101, 2, 'trigger', 'catalog.categories', 'wms_refuse_cycle_of_insert', $$
    CREATE TRIGGER wms_refuse_cycle_of_insert AFTER INSERT ON catalog.categories FOR EACH ROW
    WHEN (NEW.parent_id IS NOT NULL)
    EXECUTE FUNCTION wms_refuse_cycle('parent_id')
  $$),
  (2102, 2, 'trigger', 'catalog.categories', 'wms_refuse_cycle_of_update', $$
    CREATE TRIGGER wms_refuse_cycle_of_update AFTER UPDATE ON catalog.categories FOR EACH ROW
    WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id)
    EXECUTE FUNCTION wms_refuse_cycle('parent_id')
  $$),
  (2200, 2, 'trigger', 'catalog.products', 'wms_generate_slug', $$
    CREATE TRIGGER wms_generate_slug BEFORE INSERT ON catalog.products FOR EACH ROW
    WHEN (NEW.slug IS NULL OR NEW.slug = '')
    EXECUTE FUNCTION wms_generate_slug()
  $$),
  (2201, 2, 'trigger', 'catalog.products', 'wms_correct_has_variants_of_insert', $$
    CREATE TRIGGER wms_correct_has_variants_of_insert AFTER INSERT ON catalog.products FOR EACH ROW
    WHEN (NEW.has_variants)
    EXECUTE FUNCTION wms_correct_has_variants()
  $$),
  (2202, 2, 'trigger', 'catalog.products', 'wms_correct_has_variants_of_update', $$
    CREATE TRIGGER wms_correct_has_variants_of_update AFTER UPDATE ON catalog.products FOR EACH ROW
    WHEN (OLD.has_variants IS DISTINCT FROM NEW.has_variants)
    EXECUTE FUNCTION wms_correct_has_variants()
  $$),
  (2203, 3, 'trigger', 'catalog.products', 'wms_guard_is_stocked', $$
    CREATE TRIGGER wms_guard_is_stocked AFTER UPDATE ON catalog.products FOR EACH ROW
    WHEN (OLD.is_stocked IS DISTINCT FROM NEW.is_stocked)
    EXECUTE FUNCTION wms_guard_is_stocked()
  $$),
  (2204, 2, 'trigger', 'catalog.products', 'wms_guard_batch_tracked', $$
    CREATE TRIGGER wms_guard_batch_tracked AFTER UPDATE ON catalog.products FOR EACH ROW
    WHEN (OLD.batch_tracked IS DISTINCT FROM NEW.batch_tracked)
    EXECUTE FUNCTION wms_guard_columns(
      'Name a batch in wms_receive_stock(): the first receipt that does makes a product batch-tracked for good.',
      'batch_tracked')
  $$),
  (2206, 2, 'trigger', 'catalog.brands', 'wms_note_brand', $$
    CREATE TRIGGER wms_note_brand AFTER UPDATE ON catalog.brands FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
    EXECUTE FUNCTION wms_note_brand()
  $$),
  (2207, 2, 'trigger', 'catalog.products', 'wms_search_document_of_insert', $$
    CREATE TRIGGER wms_search_document_of_insert BEFORE INSERT ON catalog.products FOR EACH ROW
    EXECUTE FUNCTION wms_keep_search_document()
  $$),
  (2300, 2, 'trigger', 'catalog.product_variants', 'wms_keep_has_variants_of_insert', $$
    CREATE TRIGGER wms_keep_has_variants_of_insert AFTER INSERT ON catalog.product_variants
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION wms_keep_has_variants()
  $$),
  (2301, 2, 'trigger', 'catalog.product_variants', 'wms_keep_has_variants_of_delete', $$
    CREATE TRIGGER wms_keep_has_variants_of_delete AFTER DELETE ON catalog.product_variants
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION wms_keep_has_variants()
  $$),
  (2302, 4, 'trigger', 'catalog.product_variants', 'wms_guard_product', $$
    CREATE TRIGGER wms_guard_product AFTER UPDATE ON catalog.product_variants FOR EACH ROW
    WHEN (OLD.product_id IS DISTINCT FROM NEW.product_id)
    EXECUTE FUNCTION wms_guard_variant_product()
  $$),
  (2304, 2, 'trigger', 'catalog.product_variants', 'wms_keep_has_variants_of_truncate', $$
    CREATE TRIGGER wms_keep_has_variants_of_truncate AFTER TRUNCATE ON catalog.product_variants
    FOR EACH STATEMENT EXECUTE FUNCTION wms_keep_has_variants()
  $$),
  (2303, 2, 'trigger', 'catalog.product_variants', 'wms_option_values_of_insert', $$
    CREATE TRIGGER wms_option_values_of_insert AFTER INSERT ON catalog.product_variants FOR EACH ROW
    WHEN (NEW.option_values IS NOT NULL)
    EXECUTE FUNCTION wms_keep_option_values()
  $$),
  (2305, 2, 'trigger', 'catalog.product_variant_options', 'wms_clear_option_values', $$
    CREATE TRIGGER wms_clear_option_values AFTER TRUNCATE ON catalog.product_variant_options
    FOR EACH STATEMENT EXECUTE FUNCTION wms_clear_option_values()
  $$),
  (2400, 2, 'trigger', 'catalog.product_barcodes', 'wms_check_barcode', $$
    CREATE TRIGGER wms_check_barcode AFTER INSERT OR UPDATE ON catalog.product_barcodes FOR EACH ROW
    WHEN (NEW.type <> 'internal')
    EXECUTE FUNCTION wms_check_barcode()
  $$);

-- What is kept in a column is made anew together with the trigger that keeps it: rows were written while it was
-- gone.  Whatever is written there, the trigger makes it right.
INSERT INTO wms_wiring (ord, since, kind, rel, name, ddl) VALUES
  (2900, 2, 'trigger', 'catalog.product_variants', 'wms_keep_has_variants_of_update', $$
    CREATE TRIGGER wms_keep_has_variants_of_update AFTER UPDATE ON catalog.product_variants
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION wms_keep_has_variants();
    UPDATE catalog.products p SET has_variants = NOT p.has_variants
     WHERE p.has_variants <> EXISTS (SELECT FROM catalog.product_variants v WHERE v.product_id = p.id AND v.deleted_at IS NULL)
  $$),
  (2901, 2, 'trigger', 'catalog.products', 'wms_search_document_of_update', $$
    CREATE TRIGGER wms_search_document_of_update BEFORE UPDATE ON catalog.products FOR EACH ROW
    WHEN (OLD.sku IS DISTINCT FROM NEW.sku OR OLD.name IS DISTINCT FROM NEW.name OR
          OLD.brand_id IS DISTINCT FROM NEW.brand_id OR OLD.description IS DISTINCT FROM NEW.description OR
          OLD.short_description IS DISTINCT FROM NEW.short_description OR
          OLD.search_document IS DISTINCT FROM NEW.search_document)
    EXECUTE FUNCTION wms_keep_search_document();
    UPDATE catalog.products SET search_document = ''
  $$),
  (2902, 2, 'trigger', 'catalog.product_variants', 'wms_option_values_of_update', $$
    CREATE TRIGGER wms_option_values_of_update AFTER UPDATE ON catalog.product_variants FOR EACH ROW
    WHEN (OLD.option_values IS DISTINCT FROM NEW.option_values OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
    EXECUTE FUNCTION wms_keep_option_values()
  $$),
  (2903, 2, 'trigger', 'catalog.product_variant_options', 'wms_keep_option_values', $$
    CREATE TRIGGER wms_keep_option_values AFTER INSERT OR UPDATE OR DELETE ON catalog.product_variant_options
    FOR EACH ROW EXECUTE FUNCTION wms_keep_option_values();
    UPDATE catalog.product_variants v SET option_values = x.option_values
      FROM (SELECT w.id, (SELECT array_agg(o.option_value_id ORDER BY o.option_value_id)
                            FROM catalog.product_variant_options o
                           WHERE o.variant_id = w.id AND w.deleted_at IS NULL) AS option_values
              FROM catalog.product_variants w) x
     WHERE v.id = x.id AND v.option_values IS DISTINCT FROM x.option_values
  $$);
