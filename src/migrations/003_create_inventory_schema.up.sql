-- inventory: where things are, how many, of which batch, for whom they are held, and how they got there.
--
-- Needs auth and catalog. Every row about stock carries its warehouse. stock_items, stock_item_batches and
-- product_batches are rewritten all day: no index covers a column that a movement changes, and the pages
-- keep room for the new row versions. Tables are created in the order in which a hard delete of a product
-- or a warehouse is to find its reason to fail: indexed tables first, ledgers last.
-- The ids of the append-only tables and of reservations get a time-ordered default when functions are wired.

CREATE SCHEMA IF NOT EXISTS inventory;

COMMENT ON SCHEMA inventory IS 'Warehouses, stock and its batches, holds, movements and transfers';

CREATE SEQUENCE inventory.transfer_number_seq;

COMMENT ON SEQUENCE inventory.transfer_number_seq IS 'Last part of transfer numbers; gaps are normal';

CREATE TABLE inventory.warehouses (
  id                 uuid        NOT NULL DEFAULT gen_random_uuid(),
  code               text        NOT NULL,
  name               text        NOT NULL,
  type               text        NOT NULL DEFAULT 'warehouse',
  address            text,
  city               text,
  state              text,
  postcode           text,
  country            text,
  phone              text,
  email              text,
  is_active          boolean     NOT NULL DEFAULT true,
  is_pickup_location boolean     NOT NULL DEFAULT false,
  priority           integer     NOT NULL DEFAULT 0,
  deleted_at         timestamptz,
  created_at         timestamptz NOT NULL DEFAULT now(),
  updated_at         timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT warehouses_pkey PRIMARY KEY (id),
  CONSTRAINT warehouses_code_check CHECK (code <> ''),
  CONSTRAINT warehouses_name_check CHECK (name <> ''),
  CONSTRAINT warehouses_type_check CHECK (type IN ('warehouse', 'store', 'virtual'))
);

CREATE UNIQUE INDEX idx_warehouses_code ON inventory.warehouses (code) WHERE deleted_at IS NULL;

COMMENT ON TABLE inventory.warehouses IS 'Places that hold stock';
COMMENT ON COLUMN inventory.warehouses.code IS 'Short name for people and programs, such as WH-HQ; unique among live warehouses';
COMMENT ON COLUMN inventory.warehouses.type IS 'Stock in a virtual warehouse is never promised to customers';
COMMENT ON COLUMN inventory.warehouses.is_active IS 'False: its stock is not promised';
COMMENT ON COLUMN inventory.warehouses.is_pickup_location IS 'Customers may collect here';
COMMENT ON COLUMN inventory.warehouses.priority IS 'Orders are served from the lowest first, then by code';
COMMENT ON COLUMN inventory.warehouses.deleted_at IS 'Soft delete: set = deleted then, the code is free again; refused while there is stock or an open transfer';

CREATE TABLE inventory.stock_items (
  id                 uuid        NOT NULL DEFAULT gen_random_uuid(),
  warehouse_id       uuid        NOT NULL,
  product_id         uuid        NOT NULL,
  variant_id         uuid,
  quantity           integer     NOT NULL DEFAULT 0,
  reserved_quantity  integer     NOT NULL DEFAULT 0,
  available_quantity integer     GENERATED ALWAYS AS (quantity - reserved_quantity) STORED,
  reorder_point      integer     NOT NULL DEFAULT 0,
  reorder_quantity   integer     NOT NULL DEFAULT 0,
  bin_location       text,
  created_at         timestamptz NOT NULL DEFAULT now(),
  updated_at         timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT stock_items_pkey PRIMARY KEY (id),
  CONSTRAINT stock_items_warehouse_product_variant_key
    UNIQUE NULLS NOT DISTINCT (warehouse_id, product_id, variant_id),
  CONSTRAINT stock_items_quantity_check CHECK (quantity >= 0),
  CONSTRAINT stock_items_reserved_quantity_check CHECK (reserved_quantity >= 0 AND reserved_quantity <= quantity),
  CONSTRAINT stock_items_reorder_point_check CHECK (reorder_point >= 0),
  CONSTRAINT stock_items_reorder_quantity_check CHECK (reorder_quantity >= 0),
  CONSTRAINT stock_items_warehouse_id_fkey FOREIGN KEY (warehouse_id) REFERENCES inventory.warehouses (id),
  CONSTRAINT stock_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT stock_items_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES catalog.product_variants (id)
) WITH (fillfactor = 80);

CREATE INDEX idx_stock_items_product_id ON inventory.stock_items (product_id);
CREATE INDEX idx_stock_items_variant_id ON inventory.stock_items (variant_id) WHERE variant_id IS NOT NULL;

COMMENT ON TABLE inventory.stock_items IS 'How many of an item a warehouse has; one row per warehouse, product and variant';
COMMENT ON COLUMN inventory.stock_items.variant_id IS 'NULL = the product has no variants';
COMMENT ON COLUMN inventory.stock_items.quantity IS 'On hand: what is physically there, held or not; the sum of the movements of this row';
COMMENT ON COLUMN inventory.stock_items.reserved_quantity IS 'The part of quantity that is held; the sum of the active reservations of this row';
COMMENT ON COLUMN inventory.stock_items.available_quantity IS 'On hand minus held; knows neither lapsed holds nor expired batches, so what may be promised can differ';
COMMENT ON COLUMN inventory.stock_items.reorder_point IS 'At or below this much available the item is due for reorder; 0 = never';
COMMENT ON COLUMN inventory.stock_items.reorder_quantity IS 'How many to order then';
COMMENT ON COLUMN inventory.stock_items.bin_location IS 'Where in the warehouse, such as aisle and shelf';

CREATE TABLE inventory.product_batches (
  id                 uuid        NOT NULL DEFAULT gen_random_uuid(),
  product_id         uuid        NOT NULL,
  variant_id         uuid,
  batch_number       text        NOT NULL,
  quantity           integer     NOT NULL DEFAULT 0,
  manufacturing_date date,
  expiry_date        date,
  status             text        NOT NULL DEFAULT 'active',
  deleted_at         timestamptz,
  created_at         timestamptz NOT NULL DEFAULT now(),
  updated_at         timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT product_batches_pkey PRIMARY KEY (id),
  CONSTRAINT product_batches_batch_number_check CHECK (batch_number <> ''),
  CONSTRAINT product_batches_quantity_check CHECK (quantity >= 0),
  CONSTRAINT product_batches_expiry_date_check CHECK (manufacturing_date <= expiry_date),
  CONSTRAINT product_batches_status_check
    CHECK (status IN ('active', 'quarantined', 'recalled', 'expired', 'depleted')),
  CONSTRAINT product_batches_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT product_batches_variant_id_product_id_fkey FOREIGN KEY (variant_id, product_id)
    REFERENCES catalog.product_variants (id, product_id)
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX idx_product_batches_product_variant_batch_number
  ON inventory.product_batches (product_id, variant_id, batch_number) NULLS NOT DISTINCT
  WHERE deleted_at IS NULL;
CREATE INDEX idx_product_batches_batch_number ON inventory.product_batches (batch_number);
CREATE INDEX idx_product_batches_product_status ON inventory.product_batches (product_id, status);
CREATE INDEX idx_product_batches_status ON inventory.product_batches (status);
CREATE INDEX idx_product_batches_expiry_date ON inventory.product_batches (expiry_date)
  WHERE status IN ('active', 'expired');

COMMENT ON TABLE inventory.product_batches IS 'Batches (lots): goods of one product made together, with their dates and state';
COMMENT ON COLUMN inventory.product_batches.variant_id IS 'NULL = the product has no variants';
COMMENT ON COLUMN inventory.product_batches.batch_number IS 'As printed by the maker; unique per product and variant among live batches';
COMMENT ON COLUMN inventory.product_batches.quantity IS 'On hand over all warehouses; goods in transit are in none';
COMMENT ON COLUMN inventory.product_batches.expiry_date IS 'The last good day; NULL = does not expire';
COMMENT ON COLUMN inventory.product_batches.status IS 'Only active batches are promised and sold; depleted = nothing left, not in transit either';
COMMENT ON COLUMN inventory.product_batches.deleted_at IS 'Soft delete: set = deleted then, the number is free again; stock already there can still leave';

CREATE TABLE inventory.stock_item_batches (
  id                uuid        NOT NULL DEFAULT gen_random_uuid(),
  warehouse_id      uuid        NOT NULL,
  product_id        uuid        NOT NULL,
  variant_id        uuid,
  batch_id          uuid        NOT NULL,
  quantity          integer     NOT NULL DEFAULT 0,
  reserved_quantity integer     NOT NULL DEFAULT 0,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT stock_item_batches_pkey PRIMARY KEY (id),
  CONSTRAINT stock_item_batches_warehouse_batch_key UNIQUE (warehouse_id, batch_id),
  CONSTRAINT stock_item_batches_quantity_check CHECK (quantity >= 0),
  CONSTRAINT stock_item_batches_reserved_quantity_check
    CHECK (reserved_quantity >= 0 AND reserved_quantity <= quantity),
  CONSTRAINT stock_item_batches_warehouse_id_fkey FOREIGN KEY (warehouse_id) REFERENCES inventory.warehouses (id),
  CONSTRAINT stock_item_batches_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT stock_item_batches_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES catalog.product_variants (id),
  CONSTRAINT stock_item_batches_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES inventory.product_batches (id)
) WITH (fillfactor = 80);

CREATE INDEX idx_stock_item_batches_product_id
  ON inventory.stock_item_batches (product_id, warehouse_id, variant_id);
CREATE INDEX idx_stock_item_batches_variant_id ON inventory.stock_item_batches (variant_id)
  WHERE variant_id IS NOT NULL;
CREATE INDEX idx_stock_item_batches_batch_id ON inventory.stock_item_batches (batch_id);

COMMENT ON TABLE inventory.stock_item_batches IS 'Which batches the stock of a batch-tracked product is made of; they add up to its stock row';
COMMENT ON COLUMN inventory.stock_item_batches.quantity IS 'Units of this batch physically in this warehouse';
COMMENT ON COLUMN inventory.stock_item_batches.reserved_quantity IS 'The part of quantity that is held';

CREATE TABLE inventory.stock_transfers (
  id                uuid        NOT NULL DEFAULT gen_random_uuid(),
  transfer_number   text        NOT NULL,
  from_warehouse_id uuid        NOT NULL,
  to_warehouse_id   uuid        NOT NULL,
  status            text        NOT NULL DEFAULT 'pending',
  notes             text,
  created_by        uuid,
  approved_by       uuid,
  approved_at       timestamptz,
  completed_at      timestamptz,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT stock_transfers_pkey PRIMARY KEY (id),
  CONSTRAINT stock_transfers_transfer_number_key UNIQUE (transfer_number),
  CONSTRAINT stock_transfers_transfer_number_check CHECK (transfer_number <> ''),
  CONSTRAINT stock_transfers_to_warehouse_id_check CHECK (to_warehouse_id <> from_warehouse_id),
  CONSTRAINT stock_transfers_status_check
    CHECK (status IN ('pending', 'approved', 'in_transit', 'completed', 'cancelled')),
  CONSTRAINT stock_transfers_from_warehouse_id_fkey FOREIGN KEY (from_warehouse_id) REFERENCES inventory.warehouses (id),
  CONSTRAINT stock_transfers_to_warehouse_id_fkey FOREIGN KEY (to_warehouse_id) REFERENCES inventory.warehouses (id)
);

CREATE INDEX idx_stock_transfers_from_warehouse_id ON inventory.stock_transfers (from_warehouse_id);
CREATE INDEX idx_stock_transfers_to_warehouse_id ON inventory.stock_transfers (to_warehouse_id);
CREATE INDEX idx_stock_transfers_status ON inventory.stock_transfers (status)
  WHERE status IN ('pending', 'approved', 'in_transit');

COMMENT ON TABLE inventory.stock_transfers IS 'Goods on the way from one warehouse to another';
COMMENT ON COLUMN inventory.stock_transfers.transfer_number IS 'TRF-, business date, running number';
COMMENT ON COLUMN inventory.stock_transfers.status IS 'pending and approved hold the stock at the source; in_transit = in no warehouse; completed and cancelled are final';
COMMENT ON COLUMN inventory.stock_transfers.created_by IS 'Who asked for it, as asserted by the client, so no foreign key';
COMMENT ON COLUMN inventory.stock_transfers.approved_by IS 'Who approved it, as asserted by the client, so no foreign key';
COMMENT ON COLUMN inventory.stock_transfers.completed_at IS 'When the last outstanding unit was received or written off';

CREATE TABLE inventory.stock_transfer_items (
  id                uuid        NOT NULL DEFAULT gen_random_uuid(),
  transfer_id       uuid        NOT NULL,
  product_id        uuid        NOT NULL,
  variant_id        uuid,
  batch_id          uuid,
  quantity          integer     NOT NULL,
  received_quantity integer     NOT NULL DEFAULT 0,
  short_quantity    integer     NOT NULL DEFAULT 0,
  created_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT stock_transfer_items_pkey PRIMARY KEY (id),
  CONSTRAINT stock_transfer_items_transfer_product_variant_batch_key
    UNIQUE NULLS NOT DISTINCT (transfer_id, product_id, variant_id, batch_id),
  CONSTRAINT stock_transfer_items_quantity_check CHECK (quantity > 0),
  CONSTRAINT stock_transfer_items_short_quantity_check CHECK (short_quantity >= 0 AND short_quantity <= quantity),
  CONSTRAINT stock_transfer_items_received_quantity_check
    CHECK (received_quantity >= 0 AND received_quantity <= quantity - short_quantity),
  CONSTRAINT stock_transfer_items_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES inventory.stock_transfers (id),
  CONSTRAINT stock_transfer_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT stock_transfer_items_variant_id_product_id_fkey FOREIGN KEY (variant_id, product_id)
    REFERENCES catalog.product_variants (id, product_id),
  CONSTRAINT stock_transfer_items_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES inventory.product_batches (id)
);

CREATE INDEX idx_stock_transfer_items_product_id ON inventory.stock_transfer_items (product_id, variant_id);
CREATE INDEX idx_stock_transfer_items_batch_id ON inventory.stock_transfer_items (batch_id)
  WHERE batch_id IS NOT NULL;

COMMENT ON TABLE inventory.stock_transfer_items IS 'What a transfer moves, one row per item and batch';
COMMENT ON COLUMN inventory.stock_transfer_items.batch_id IS 'NULL = the product is not batch-tracked';
COMMENT ON COLUMN inventory.stock_transfer_items.quantity IS 'Units asked for, and sent once the transfer is in transit';
COMMENT ON COLUMN inventory.stock_transfer_items.received_quantity IS 'Units that arrived so far';
COMMENT ON COLUMN inventory.stock_transfer_items.short_quantity IS 'Units that were sent, did not arrive and were written off';

CREATE TABLE inventory.product_batch_tracks (
  id               uuid        NOT NULL,
  product_batch_id uuid        NOT NULL,
  user_id          uuid,
  action           text        NOT NULL,
  description      text,
  quantity         integer,
  warehouse_id     uuid,
  reference_type   text,
  reference_id     uuid,
  created_at       timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT product_batch_tracks_pkey PRIMARY KEY (id),
  CONSTRAINT product_batch_tracks_action_check
    CHECK (action IN ('created', 'received', 'reserved', 'released', 'sold', 'returned', 'adjusted', 'damaged',
                      'transferred_out', 'transferred_in', 'status_changed', 'expired')),
  CONSTRAINT product_batch_tracks_product_batch_id_fkey FOREIGN KEY (product_batch_id)
    REFERENCES inventory.product_batches (id) ON DELETE RESTRICT,
  CONSTRAINT product_batch_tracks_user_id_fkey FOREIGN KEY (user_id)
    REFERENCES auth.users (id) ON DELETE RESTRICT,
  CONSTRAINT product_batch_tracks_warehouse_id_fkey FOREIGN KEY (warehouse_id)
    REFERENCES inventory.warehouses (id) ON DELETE RESTRICT
);

CREATE INDEX idx_pbt_batch_created ON inventory.product_batch_tracks (product_batch_id, created_at DESC);
CREATE INDEX idx_product_batch_tracks_user_id ON inventory.product_batch_tracks (user_id) WHERE user_id IS NOT NULL;

COMMENT ON TABLE inventory.product_batch_tracks IS 'Life of every batch, event by event; append-only';
COMMENT ON COLUMN inventory.product_batch_tracks.id IS 'Time-ordered';
COMMENT ON COLUMN inventory.product_batch_tracks.user_id IS 'Who did it; NULL when nobody was named or the one named is no user';
COMMENT ON COLUMN inventory.product_batch_tracks.quantity IS 'Units, signed like the movement; NULL where the event has none';
COMMENT ON COLUMN inventory.product_batch_tracks.warehouse_id IS 'Where; NULL = concerns the batch everywhere';
COMMENT ON COLUMN inventory.product_batch_tracks.reference_type IS 'Kind of thing that caused it, such as order or transfer';
COMMENT ON COLUMN inventory.product_batch_tracks.reference_id IS 'The one that caused it; of any table, so no foreign key';

CREATE TABLE inventory.stock_reservations (
  id                uuid        NOT NULL,
  warehouse_id      uuid        NOT NULL,
  product_id        uuid        NOT NULL,
  variant_id        uuid,
  batch_id          uuid,
  quantity          integer     NOT NULL,
  original_quantity integer     NOT NULL,
  reference_type    text,
  reference_id      uuid,
  reference_line_id uuid,
  status            text        NOT NULL DEFAULT 'active',
  expires_at        timestamptz,
  created_by        uuid,
  resolved_at       timestamptz,
  created_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT stock_reservations_pkey PRIMARY KEY (id),
  CONSTRAINT stock_reservations_status_check CHECK (status IN ('active', 'consumed', 'released', 'expired')),
  CONSTRAINT stock_reservations_quantity_check
    CHECK (quantity >= 0 AND quantity <= original_quantity AND (status = 'active') = (quantity > 0)),
  CONSTRAINT stock_reservations_original_quantity_check CHECK (original_quantity > 0),
  CONSTRAINT stock_reservations_resolved_at_check CHECK ((status = 'active') = (resolved_at IS NULL)),
  CONSTRAINT stock_reservations_warehouse_id_fkey FOREIGN KEY (warehouse_id) REFERENCES inventory.warehouses (id),
  CONSTRAINT stock_reservations_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT stock_reservations_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES catalog.product_variants (id),
  CONSTRAINT stock_reservations_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES inventory.product_batches (id)
);

CREATE INDEX idx_stock_reservations_active
  ON inventory.stock_reservations (warehouse_id, product_id, variant_id)
  WHERE status = 'active';
CREATE INDEX idx_stock_reservations_reference_id
  ON inventory.stock_reservations (reference_id, reference_type)
  WHERE reference_id IS NOT NULL;

COMMENT ON TABLE inventory.stock_reservations IS 'Stock held for somebody, until it is consumed, released or lapses';
COMMENT ON COLUMN inventory.stock_reservations.id IS 'Time-ordered';
COMMENT ON COLUMN inventory.stock_reservations.batch_id IS 'The batch the units are held in; NULL = the product is not batch-tracked';
COMMENT ON COLUMN inventory.stock_reservations.quantity IS 'Units still held; 0 once resolved';
COMMENT ON COLUMN inventory.stock_reservations.original_quantity IS 'Units held at first';
COMMENT ON COLUMN inventory.stock_reservations.reference_type IS 'Kind of thing it is held for, such as order, cart or transfer';
COMMENT ON COLUMN inventory.stock_reservations.reference_id IS 'The one it is held for; of any table, so no foreign key';
COMMENT ON COLUMN inventory.stock_reservations.reference_line_id IS 'The line of it, where there is one; of any table, so no foreign key';
COMMENT ON COLUMN inventory.stock_reservations.status IS 'active while units are held, afterwards how the last of them went';
COMMENT ON COLUMN inventory.stock_reservations.expires_at IS 'When the hold lapses; NULL = never';
COMMENT ON COLUMN inventory.stock_reservations.created_by IS 'Who asked for it, as asserted by the client, so no foreign key';
COMMENT ON COLUMN inventory.stock_reservations.resolved_at IS 'When the last unit went';

CREATE TABLE inventory.stock_movements (
  id             uuid           NOT NULL,
  warehouse_id   uuid           NOT NULL,
  product_id     uuid           NOT NULL,
  variant_id     uuid,
  batch_id       uuid,
  type           text           NOT NULL,
  quantity       integer        NOT NULL,
  unit_cost      numeric(14, 4),
  reference_type text,
  reference_id   uuid,
  notes          text,
  created_by     uuid,
  created_at     timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT stock_movements_pkey PRIMARY KEY (id),
  CONSTRAINT stock_movements_type_check
    CHECK (type IN ('receive', 'sale', 'adjustment', 'transfer_in', 'transfer_out', 'return', 'damage')),
  CONSTRAINT stock_movements_quantity_check CHECK (
    CASE
      WHEN type IN ('receive', 'return', 'transfer_in') THEN quantity > 0
      WHEN type IN ('sale', 'transfer_out', 'damage') THEN quantity < 0
      ELSE quantity <> 0
    END),
  CONSTRAINT stock_movements_unit_cost_check CHECK (unit_cost >= 0 AND unit_cost <> 'NaN'),
  CONSTRAINT stock_movements_warehouse_id_fkey FOREIGN KEY (warehouse_id)
    REFERENCES inventory.warehouses (id) ON DELETE RESTRICT,
  CONSTRAINT stock_movements_product_id_fkey FOREIGN KEY (product_id)
    REFERENCES catalog.products (id) ON DELETE RESTRICT,
  CONSTRAINT stock_movements_variant_id_fkey FOREIGN KEY (variant_id)
    REFERENCES catalog.product_variants (id) ON DELETE RESTRICT,
  CONSTRAINT stock_movements_batch_id_fkey FOREIGN KEY (batch_id)
    REFERENCES inventory.product_batches (id) ON DELETE RESTRICT
);

CREATE INDEX idx_stock_movements_warehouse_product_variant_created
  ON inventory.stock_movements (warehouse_id, product_id, variant_id, created_at);
CREATE INDEX idx_stock_movements_reference_id ON inventory.stock_movements (reference_id)
  WHERE reference_id IS NOT NULL;

COMMENT ON TABLE inventory.stock_movements IS 'Ledger of everything that came in or went out; append-only. Its sums are the stock on hand';
COMMENT ON COLUMN inventory.stock_movements.id IS 'Time-ordered';
COMMENT ON COLUMN inventory.stock_movements.batch_id IS 'The batch moved; NULL = the product is not batch-tracked';
COMMENT ON COLUMN inventory.stock_movements.type IS 'receive = from a supplier, return = from a customer, damage = written off, adjustment = correction either way';
COMMENT ON COLUMN inventory.stock_movements.quantity IS 'Signed: in is positive, out is negative';
COMMENT ON COLUMN inventory.stock_movements.unit_cost IS 'What one unit cost, where the receipt said so';
COMMENT ON COLUMN inventory.stock_movements.reference_type IS 'Kind of thing that caused it, such as order or transfer';
COMMENT ON COLUMN inventory.stock_movements.reference_id IS 'The one that caused it; of any table, so no foreign key';
COMMENT ON COLUMN inventory.stock_movements.created_by IS 'Who did it, as asserted by the client, so no foreign key';
