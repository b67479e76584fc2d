-- catalog: what is sold, how it is grouped, described, identified and priced.
--
-- Needs nothing from the other schemas. Names, codes and slugs of things that can be soft-deleted are
-- unique among the live ones only. A variant is checked together with its product (id, product_id).

CREATE SCHEMA IF NOT EXISTS catalog;

COMMENT ON SCHEMA catalog IS 'Products, variants, categories, brands, attributes, barcodes, kits and prices';

CREATE TABLE catalog.categories (
  id               uuid        NOT NULL DEFAULT gen_random_uuid(),
  parent_id        uuid,
  name             text        NOT NULL,
  slug             text        NOT NULL,
  description      text,
  image_url        text,
  is_active        boolean     NOT NULL DEFAULT true,
  sort_order       integer     NOT NULL DEFAULT 0,
  meta_title       text,
  meta_description text,
  deleted_at       timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT categories_pkey PRIMARY KEY (id),
  CONSTRAINT categories_name_check CHECK (name <> ''),
  CONSTRAINT categories_slug_check CHECK (slug <> ''),
  CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES catalog.categories (id)
);

CREATE UNIQUE INDEX idx_categories_parent_id_name ON catalog.categories (parent_id, name) NULLS NOT DISTINCT
  WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX idx_categories_slug ON catalog.categories (slug) WHERE deleted_at IS NULL;
CREATE INDEX idx_categories_parent_id ON catalog.categories (parent_id);

COMMENT ON TABLE catalog.categories IS 'Tree of categories, of any depth';
COMMENT ON COLUMN catalog.categories.parent_id IS 'NULL = a root; all roots are siblings';
COMMENT ON COLUMN catalog.categories.name IS 'Unique among live siblings';
COMMENT ON COLUMN catalog.categories.slug IS 'Part of an address on the web; made from the name when none is given';
COMMENT ON COLUMN catalog.categories.sort_order IS 'Position among its siblings, then by name; the lowest of a product''s categories is its first';
COMMENT ON COLUMN catalog.categories.meta_title IS 'Title for search engines';
COMMENT ON COLUMN catalog.categories.meta_description IS 'Description for search engines';
COMMENT ON COLUMN catalog.categories.deleted_at IS 'Soft delete: set = deleted then, name and slug are free again';

CREATE TABLE catalog.brands (
  id          uuid        NOT NULL DEFAULT gen_random_uuid(),
  name        text        NOT NULL,
  description text,
  deleted_at  timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT brands_pkey PRIMARY KEY (id),
  CONSTRAINT brands_name_check CHECK (name <> '')
);

CREATE UNIQUE INDEX idx_brands_name ON catalog.brands (name) WHERE deleted_at IS NULL;

COMMENT ON TABLE catalog.brands IS 'Makers and labels';
COMMENT ON COLUMN catalog.brands.deleted_at IS 'Soft delete: set = deleted then, the name is free again';

CREATE TABLE catalog.products (
  id                uuid           NOT NULL DEFAULT gen_random_uuid(),
  sku               text           NOT NULL,
  name              text           NOT NULL,
  slug              text           NOT NULL,
  description       text,
  short_description text,
  brand_id          uuid,
  base_price        numeric(14, 4) NOT NULL DEFAULT 0,
  compare_price     numeric(14, 4),
  cost_price        numeric(14, 4),
  unit              text           NOT NULL DEFAULT 'piece',
  is_active         boolean        NOT NULL DEFAULT true,
  is_featured       boolean        NOT NULL DEFAULT false,
  has_variants      boolean        NOT NULL DEFAULT false,
  is_stocked        boolean        NOT NULL DEFAULT true,
  batch_tracked     boolean        NOT NULL DEFAULT false,
  weight            numeric(10, 3),
  meta_title        text,
  meta_description  text,
  metadata          jsonb,
  search_document   tsvector,
  deleted_at        timestamptz,
  created_at        timestamptz    NOT NULL DEFAULT now(),
  updated_at        timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT products_pkey PRIMARY KEY (id),
  CONSTRAINT products_sku_check CHECK (sku <> ''),
  CONSTRAINT products_name_check CHECK (name <> ''),
  CONSTRAINT products_slug_check CHECK (slug <> ''),
  CONSTRAINT products_unit_check CHECK (unit <> ''),
  CONSTRAINT products_base_price_check CHECK (base_price >= 0 AND base_price <> 'NaN'),
  CONSTRAINT products_compare_price_check CHECK (compare_price >= 0 AND compare_price <> 'NaN'),
  CONSTRAINT products_cost_price_check CHECK (cost_price >= 0 AND cost_price <> 'NaN'),
  CONSTRAINT products_weight_check CHECK (weight >= 0 AND weight <> 'NaN'),
  CONSTRAINT products_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES catalog.brands (id)
);

CREATE UNIQUE INDEX idx_products_sku ON catalog.products (sku) WHERE deleted_at IS NULL;
CREATE INDEX idx_products_deleted_sku ON catalog.products (sku) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX idx_products_slug ON catalog.products (slug) WHERE deleted_at IS NULL;
CREATE INDEX idx_products_name ON catalog.products (name);
CREATE INDEX idx_products_brand_id ON catalog.products (brand_id);
CREATE INDEX idx_products_is_active_is_featured ON catalog.products (is_active, is_featured);
CREATE INDEX idx_products_search_document ON catalog.products USING gin (search_document)
  WHERE is_active AND deleted_at IS NULL;

COMMENT ON TABLE catalog.products IS 'What is sold: goods, kits, and things without stock such as postage';
COMMENT ON COLUMN catalog.products.sku IS 'Stock keeping unit; unique among live products, case matters';
COMMENT ON COLUMN catalog.products.slug IS 'Part of an address on the web; made from the name when none is given';
COMMENT ON COLUMN catalog.products.base_price IS 'Price of one unit without tax, where no variant and no price list says otherwise';
COMMENT ON COLUMN catalog.products.compare_price IS 'Former or recommended price, shown struck through; never charged';
COMMENT ON COLUMN catalog.products.cost_price IS 'What one unit costs the business; copied into order lines when they are placed';
COMMENT ON COLUMN catalog.products.unit IS 'Smallest sellable unit that quantities count: piece, cm, g';
COMMENT ON COLUMN catalog.products.is_featured IS 'Shown in a prominent place';
COMMENT ON COLUMN catalog.products.has_variants IS 'True while the product has live variants; kept by the system. An order line then names one';
COMMENT ON COLUMN catalog.products.is_stocked IS 'False for postage, fees and services: no holds, no movements';
COMMENT ON COLUMN catalog.products.batch_tracked IS 'True from the first receipt that names a batch on; kept by the system. Every movement then names a batch';
COMMENT ON COLUMN catalog.products.weight IS 'Of one unit, in kilograms';
COMMENT ON COLUMN catalog.products.meta_title IS 'Title for search engines';
COMMENT ON COLUMN catalog.products.meta_description IS 'Description for search engines';
COMMENT ON COLUMN catalog.products.metadata IS 'Anything else an application keeps with the product; not interpreted here';
COMMENT ON COLUMN catalog.products.search_document IS 'Words that a search finds the product by, with their weights; kept by the system';
COMMENT ON COLUMN catalog.products.deleted_at IS 'Soft delete: set = deleted then, sku and slug are free again; stock already there can still leave';

CREATE TABLE catalog.product_categories (
  product_id  uuid        NOT NULL,
  category_id uuid        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT product_categories_pkey PRIMARY KEY (product_id, category_id),
  CONSTRAINT product_categories_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT product_categories_category_id_fkey FOREIGN KEY (category_id) REFERENCES catalog.categories (id)
);

CREATE INDEX idx_product_categories_category_id ON catalog.product_categories (category_id, product_id);

COMMENT ON TABLE catalog.product_categories IS 'Which product stands in which categories';

CREATE TABLE catalog.product_images (
  id         uuid        NOT NULL DEFAULT gen_random_uuid(),
  product_id uuid        NOT NULL,
  url        text        NOT NULL,
  alt_text   text,
  sort_order integer     NOT NULL DEFAULT 0,
  is_primary boolean     NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT product_images_pkey PRIMARY KEY (id),
  CONSTRAINT product_images_url_check CHECK (url <> ''),
  CONSTRAINT product_images_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id)
);

CREATE UNIQUE INDEX idx_product_images_product_id_is_primary ON catalog.product_images (product_id) WHERE is_primary;
CREATE INDEX idx_product_images_product_id ON catalog.product_images (product_id, sort_order);

COMMENT ON TABLE catalog.product_images IS 'Pictures of a product, by address';
COMMENT ON COLUMN catalog.product_images.alt_text IS 'What the picture shows, for those who cannot see it';
COMMENT ON COLUMN catalog.product_images.is_primary IS 'The picture that stands for the product; at most one';

CREATE TABLE catalog.product_variants (
  id            uuid           NOT NULL DEFAULT gen_random_uuid(),
  product_id    uuid           NOT NULL,
  sku           text           NOT NULL,
  name          text           NOT NULL,
  price         numeric(14, 4),
  compare_price numeric(14, 4),
  cost_price    numeric(14, 4),
  weight        numeric(10, 3),
  is_active     boolean        NOT NULL DEFAULT true,
  option_values uuid[],
  deleted_at    timestamptz,
  created_at    timestamptz    NOT NULL DEFAULT now(),
  updated_at    timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT product_variants_pkey PRIMARY KEY (id),
  CONSTRAINT product_variants_id_product_id_key UNIQUE (id, product_id),
  CONSTRAINT product_variants_product_id_option_values_key UNIQUE (product_id, option_values) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT product_variants_sku_check CHECK (sku <> ''),
  CONSTRAINT product_variants_name_check CHECK (name <> ''),
  CONSTRAINT product_variants_price_check CHECK (price >= 0 AND price <> 'NaN'),
  CONSTRAINT product_variants_compare_price_check CHECK (compare_price >= 0 AND compare_price <> 'NaN'),
  CONSTRAINT product_variants_cost_price_check CHECK (cost_price >= 0 AND cost_price <> 'NaN'),
  CONSTRAINT product_variants_weight_check CHECK (weight >= 0 AND weight <> 'NaN'),
  CONSTRAINT product_variants_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id)
);

CREATE UNIQUE INDEX idx_product_variants_sku ON catalog.product_variants (sku) WHERE deleted_at IS NULL;
CREATE INDEX idx_product_variants_deleted_sku ON catalog.product_variants (sku) WHERE deleted_at IS NOT NULL;

COMMENT ON TABLE catalog.product_variants IS 'Sellable forms of a product, such as red in size L';
COMMENT ON COLUMN catalog.product_variants.sku IS 'Stock keeping unit; unique among live variants, case matters';
COMMENT ON COLUMN catalog.product_variants.price IS 'NULL = the price of the product';
COMMENT ON COLUMN catalog.product_variants.compare_price IS 'Former or recommended price, shown struck through; never charged';
COMMENT ON COLUMN catalog.product_variants.cost_price IS 'NULL = the cost of the product';
COMMENT ON COLUMN catalog.product_variants.weight IS 'Of one unit, in kilograms; NULL = the weight of the product';
COMMENT ON COLUMN catalog.product_variants.option_values IS 'Its rows of product_variant_options as one sorted key, kept by the system: no two live variants of a product are alike. NULL = none, or deleted';
COMMENT ON COLUMN catalog.product_variants.deleted_at IS 'Soft delete: set = deleted then, the sku is free again; stock already there can still leave';

CREATE TABLE catalog.attributes (
  id            uuid        NOT NULL DEFAULT gen_random_uuid(),
  name          text        NOT NULL,
  code          text        NOT NULL,
  type          text        NOT NULL DEFAULT 'text',
  is_filterable boolean     NOT NULL DEFAULT true,
  sort_order    integer     NOT NULL DEFAULT 0,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT attributes_pkey PRIMARY KEY (id),
  CONSTRAINT attributes_code_key UNIQUE (code),
  CONSTRAINT attributes_code_check CHECK (code <> ''),
  CONSTRAINT attributes_name_check CHECK (name <> ''),
  CONSTRAINT attributes_type_check CHECK (type IN ('text', 'select', 'color', 'number', 'boolean'))
);

COMMENT ON TABLE catalog.attributes IS 'Properties to search and filter by, such as material; what makes a variant is variant_options';
COMMENT ON COLUMN catalog.attributes.code IS 'Name for programs, stable when the shown name changes';
COMMENT ON COLUMN catalog.attributes.type IS 'How its values are shown and entered';
COMMENT ON COLUMN catalog.attributes.is_filterable IS 'Offered as a filter to customers';

CREATE TABLE catalog.attribute_values (
  id           uuid        NOT NULL DEFAULT gen_random_uuid(),
  attribute_id uuid        NOT NULL,
  value        text        NOT NULL,
  color_code   text,
  sort_order   integer     NOT NULL DEFAULT 0,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT attribute_values_pkey PRIMARY KEY (id),
  CONSTRAINT attribute_values_id_attribute_id_key UNIQUE (id, attribute_id),
  CONSTRAINT attribute_values_attribute_id_value_key UNIQUE (attribute_id, value),
  CONSTRAINT attribute_values_attribute_id_fkey FOREIGN KEY (attribute_id) REFERENCES catalog.attributes (id)
);

COMMENT ON TABLE catalog.attribute_values IS 'The values an attribute can take';
COMMENT ON COLUMN catalog.attribute_values.color_code IS 'For colours: how to paint it, such as #c0392b';

CREATE TABLE catalog.product_attributes (
  product_id         uuid        NOT NULL,
  attribute_id       uuid        NOT NULL,
  attribute_value_id uuid        NOT NULL,
  created_at         timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT product_attributes_pkey PRIMARY KEY (product_id, attribute_id, attribute_value_id),
  CONSTRAINT product_attributes_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT product_attributes_attribute_value_id_attribute_id_fkey FOREIGN KEY (attribute_value_id, attribute_id)
    REFERENCES catalog.attribute_values (id, attribute_id)
);

CREATE INDEX idx_product_attributes_attribute_value_id ON catalog.product_attributes (attribute_value_id, product_id);

COMMENT ON TABLE catalog.product_attributes IS 'Which attribute values a product has; one attribute may have several';
COMMENT ON COLUMN catalog.product_attributes.attribute_id IS 'The attribute of the value; checked together with it';

CREATE TABLE catalog.variant_options (
  id         uuid        NOT NULL DEFAULT gen_random_uuid(),
  name       text        NOT NULL,
  sort_order integer     NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT variant_options_pkey PRIMARY KEY (id),
  CONSTRAINT variant_options_name_check CHECK (name <> '')
);

CREATE INDEX idx_variant_options_name ON catalog.variant_options (name);

COMMENT ON TABLE catalog.variant_options IS 'What variants differ in, such as size; two may share a name (sizes of shoes, sizes of shirts)';

CREATE TABLE catalog.variant_option_values (
  id         uuid        NOT NULL DEFAULT gen_random_uuid(),
  option_id  uuid        NOT NULL,
  value      text        NOT NULL,
  sort_order integer     NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT variant_option_values_pkey PRIMARY KEY (id),
  CONSTRAINT variant_option_values_id_option_id_key UNIQUE (id, option_id),
  CONSTRAINT variant_option_values_option_id_value_key UNIQUE (option_id, value),
  CONSTRAINT variant_option_values_option_id_fkey FOREIGN KEY (option_id) REFERENCES catalog.variant_options (id)
);

COMMENT ON TABLE catalog.variant_option_values IS 'The choices of an option, such as S, M and L';

CREATE TABLE catalog.product_variant_options (
  variant_id      uuid        NOT NULL,
  option_id       uuid        NOT NULL,
  option_value_id uuid        NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT product_variant_options_pkey PRIMARY KEY (variant_id, option_id),
  CONSTRAINT product_variant_options_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES catalog.product_variants (id),
  CONSTRAINT product_variant_options_option_value_id_option_id_fkey FOREIGN KEY (option_value_id, option_id)
    REFERENCES catalog.variant_option_values (id, option_id)
);

CREATE INDEX idx_product_variant_options_option_value_id ON catalog.product_variant_options (option_value_id);

COMMENT ON TABLE catalog.product_variant_options IS 'Which choice a variant is, one for each option';
COMMENT ON COLUMN catalog.product_variant_options.option_id IS 'The option of the value; checked together with it';

CREATE TABLE catalog.product_barcodes (
  id         uuid        NOT NULL DEFAULT gen_random_uuid(),
  product_id uuid        NOT NULL,
  variant_id uuid,
  type       text        NOT NULL DEFAULT 'internal',
  barcode    text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT product_barcodes_pkey PRIMARY KEY (id),
  CONSTRAINT product_barcodes_barcode_key UNIQUE (barcode),
  CONSTRAINT product_barcodes_type_check CHECK (type IN ('gtin8', 'gtin12', 'gtin13', 'gtin14', 'internal')),
  CONSTRAINT product_barcodes_barcode_check CHECK (
    CASE type
      WHEN 'gtin8' THEN barcode ~ '^[0-9]{8}$'
      WHEN 'gtin12' THEN barcode ~ '^[0-9]{12}$'
      WHEN 'gtin13' THEN barcode ~ '^[0-9]{13}$'
      WHEN 'gtin14' THEN barcode ~ '^[0-9]{14}$'
      ELSE barcode <> ''
    END),
  CONSTRAINT product_barcodes_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT product_barcodes_variant_id_product_id_fkey FOREIGN KEY (variant_id, product_id)
    REFERENCES catalog.product_variants (id, product_id)
);

CREATE INDEX idx_product_barcodes_product_id ON catalog.product_barcodes (product_id, variant_id);

COMMENT ON TABLE catalog.product_barcodes IS 'What a scanner reads for an item; an item may have several, a code belongs to one item only';
COMMENT ON COLUMN catalog.product_barcodes.variant_id IS 'NULL = the product itself';
COMMENT ON COLUMN catalog.product_barcodes.type IS 'A trade item number of that many digits, or internal = a code of the house';

CREATE TABLE catalog.product_bundle_items (
  id                   uuid        NOT NULL DEFAULT gen_random_uuid(),
  bundle_product_id    uuid        NOT NULL,
  component_product_id uuid        NOT NULL,
  component_variant_id uuid,
  quantity             integer     NOT NULL DEFAULT 1,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT product_bundle_items_pkey PRIMARY KEY (id),
  CONSTRAINT product_bundle_items_bundle_component_key
    UNIQUE NULLS NOT DISTINCT (bundle_product_id, component_product_id, component_variant_id),
  CONSTRAINT product_bundle_items_quantity_check CHECK (quantity > 0),
  CONSTRAINT product_bundle_items_component_product_id_check CHECK (component_product_id <> bundle_product_id),
  CONSTRAINT product_bundle_items_bundle_product_id_fkey FOREIGN KEY (bundle_product_id) REFERENCES catalog.products (id),
  CONSTRAINT product_bundle_items_component_product_id_fkey FOREIGN KEY (component_product_id) REFERENCES catalog.products (id),
  CONSTRAINT product_bundle_items_component_variant_id_product_id_fkey
    FOREIGN KEY (component_variant_id, component_product_id) REFERENCES catalog.product_variants (id, product_id)
);

CREATE INDEX idx_product_bundle_items_component_product_id
  ON catalog.product_bundle_items (component_product_id, component_variant_id);

COMMENT ON TABLE catalog.product_bundle_items IS 'What a kit consists of; a kit has no stock of its own and kits do not nest';
COMMENT ON COLUMN catalog.product_bundle_items.bundle_product_id IS 'The kit';
COMMENT ON COLUMN catalog.product_bundle_items.component_variant_id IS 'NULL = the component has no variants';
COMMENT ON COLUMN catalog.product_bundle_items.quantity IS 'Units of the component in one kit';

CREATE TABLE catalog.product_prices (
  id             uuid           NOT NULL DEFAULT gen_random_uuid(),
  product_id     uuid           NOT NULL,
  variant_id     uuid,
  customer_group text,
  min_quantity   integer        NOT NULL DEFAULT 1,
  price          numeric(14, 4) NOT NULL,
  starts_at      timestamptz,
  ends_at        timestamptz,
  created_at     timestamptz    NOT NULL DEFAULT now(),
  updated_at     timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT product_prices_pkey PRIMARY KEY (id),
  CONSTRAINT product_prices_product_variant_group_quantity_start_key
    UNIQUE NULLS NOT DISTINCT (product_id, variant_id, customer_group, min_quantity, starts_at),
  CONSTRAINT product_prices_customer_group_check CHECK (customer_group IN ('regular', 'vip', 'wholesale', 'agent')),
  CONSTRAINT product_prices_min_quantity_check CHECK (min_quantity > 0),
  CONSTRAINT product_prices_price_check CHECK (price >= 0 AND price <> 'NaN'),
  CONSTRAINT product_prices_ends_at_check CHECK (starts_at < ends_at),
  CONSTRAINT product_prices_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT product_prices_variant_id_product_id_fkey FOREIGN KEY (variant_id, product_id)
    REFERENCES catalog.product_variants (id, product_id)
);

COMMENT ON TABLE catalog.product_prices IS 'Prices by customer group, quantity and time; the best match wins over the price of variant and product';
COMMENT ON COLUMN catalog.product_prices.variant_id IS 'NULL = the product itself';
COMMENT ON COLUMN catalog.product_prices.customer_group IS 'NULL = everybody; a price for the named group goes before';
COMMENT ON COLUMN catalog.product_prices.min_quantity IS 'From this many units on; the largest one reached wins';
COMMENT ON COLUMN catalog.product_prices.price IS 'Of one unit, without tax';
COMMENT ON COLUMN catalog.product_prices.starts_at IS 'First instant it holds; NULL = always did; the latest start wins';
COMMENT ON COLUMN catalog.product_prices.ends_at IS 'First instant it no longer holds; NULL = open';
