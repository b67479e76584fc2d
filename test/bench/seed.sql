-- A schema as one meets it: random keys everywhere, no room left in the pages, NULL variants that a unique constraint does
-- not see, updated_at and order numbers by PL/pgSQL triggers, indexes for what is looked up.  Catalogue and warehouses
-- are those of wms.

CREATE SCHEMA seed;

CREATE SEQUENCE seed.order_number_seq;

CREATE FUNCTION seed.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at = CURRENT_TIMESTAMP;
  RETURN NEW;
END $$;

CREATE FUNCTION seed.number_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.order_number = 'ORD-' || to_char(CURRENT_DATE, 'YYYYMMDD') || '-' || lpad(nextval('seed.order_number_seq')::text, 6, '0');
  RETURN NEW;
END $$;

CREATE TABLE seed.stock_items (
  id                uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  warehouse_id      uuid        NOT NULL REFERENCES inventory.warehouses,
  product_id        uuid        NOT NULL REFERENCES catalog.products,
  variant_id        uuid        REFERENCES catalog.product_variants,
  quantity          integer     NOT NULL DEFAULT 0 CHECK (quantity >= 0),
  reserved_quantity integer     NOT NULL DEFAULT 0 CHECK (reserved_quantity BETWEEN 0 AND quantity),
  reorder_point     integer,
  bin_location      text,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  UNIQUE (warehouse_id, product_id, variant_id)
);
CREATE INDEX ON seed.stock_items (warehouse_id, product_id);

CREATE TABLE seed.stock_reservations (
  id                uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  warehouse_id      uuid        NOT NULL REFERENCES inventory.warehouses,
  product_id        uuid        NOT NULL REFERENCES catalog.products,
  variant_id        uuid        REFERENCES catalog.product_variants,
  quantity          integer     NOT NULL CHECK (quantity >= 0),
  original_quantity integer     NOT NULL CHECK (original_quantity > 0),
  reference_type    text,
  reference_id      uuid,
  status            text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'consumed', 'released', 'expired')),
  expires_at        timestamptz,
  resolved_at       timestamptz,
  created_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON seed.stock_reservations (warehouse_id, product_id);
CREATE INDEX ON seed.stock_reservations (reference_id);

CREATE TABLE seed.stock_movements (
  id             uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  warehouse_id   uuid        NOT NULL REFERENCES inventory.warehouses,
  product_id     uuid        NOT NULL REFERENCES catalog.products,
  variant_id     uuid        REFERENCES catalog.product_variants,
  type           text        NOT NULL
    CHECK (type IN ('receive', 'sale', 'adjustment', 'transfer_in', 'transfer_out', 'return', 'damage')),
  quantity       integer     NOT NULL,
  reference_type text,
  reference_id   uuid,
  notes          text,
  created_by     uuid,
  created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON seed.stock_movements (warehouse_id, product_id, created_at);
CREATE INDEX ON seed.stock_movements (reference_id);

CREATE TABLE seed.orders (
  id               uuid           PRIMARY KEY DEFAULT gen_random_uuid(),
  order_number     text           NOT NULL UNIQUE,
  user_id          uuid           REFERENCES auth.users,
  agent_id         uuid,
  status           text           NOT NULL DEFAULT 'pending',
  subtotal         numeric(12, 2) NOT NULL DEFAULT 0,
  shipping_cost    numeric(12, 2) NOT NULL DEFAULT 0,
  tax_amount       numeric(12, 2) NOT NULL DEFAULT 0,
  discount_amount  numeric(12, 2) NOT NULL DEFAULT 0,
  total            numeric(12, 2) NOT NULL DEFAULT 0,
  warehouse_id     uuid           REFERENCES inventory.warehouses,
  shipping_address jsonb,
  billing_address  jsonb,
  tracking_number  text,
  confirmed_at     timestamptz,
  shipped_at       timestamptz,
  delivered_at     timestamptz,
  created_at       timestamptz    NOT NULL DEFAULT now(),
  updated_at       timestamptz    NOT NULL DEFAULT now()
);
CREATE INDEX ON seed.orders (user_id, status);
CREATE INDEX ON seed.orders (created_at DESC);
CREATE INDEX ON seed.orders ((shipping_address ->> 'city'));

CREATE TABLE seed.order_items (
  id          uuid           PRIMARY KEY DEFAULT gen_random_uuid(),
  order_id    uuid           NOT NULL REFERENCES seed.orders,
  line_number integer        NOT NULL,
  product_id  uuid           NOT NULL REFERENCES catalog.products,
  variant_id  uuid           REFERENCES catalog.product_variants,
  sku         text           NOT NULL,
  name        text           NOT NULL,
  quantity    integer        NOT NULL CHECK (quantity > 0),
  unit_price  numeric(14, 4) NOT NULL,
  unit_cost   numeric(14, 4),
  total_price numeric(12, 2) NOT NULL,
  created_at  timestamptz    NOT NULL DEFAULT now()
);
CREATE INDEX ON seed.order_items (order_id);

CREATE TABLE seed.order_status_history (
  id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  order_id   uuid        NOT NULL REFERENCES seed.orders,
  status     text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON seed.order_status_history (order_id);

CREATE TRIGGER touch BEFORE UPDATE ON seed.stock_items FOR EACH ROW EXECUTE FUNCTION seed.touch();
CREATE TRIGGER touch BEFORE UPDATE ON seed.orders FOR EACH ROW EXECUTE FUNCTION seed.touch();
CREATE TRIGGER number BEFORE INSERT ON seed.orders FOR EACH ROW EXECUTE FUNCTION seed.number_order();
