-- sales: carts, orders and their lines, payments, coupons, refunds.
--
-- Needs auth, catalog and inventory. orders.agent_id gets its foreign key with the agent schema.
-- Every row that belongs to an order carries order_id.

CREATE SCHEMA IF NOT EXISTS sales;

COMMENT ON SCHEMA sales IS 'Carts, orders, payments, coupons, shipping methods and refunds';

CREATE SEQUENCE sales.order_number_seq;

COMMENT ON SEQUENCE sales.order_number_seq IS 'Last part of order numbers; gaps are normal';

CREATE SEQUENCE sales.refund_number_seq;

COMMENT ON SEQUENCE sales.refund_number_seq IS 'Last part of refund numbers; gaps are normal';

CREATE TABLE sales.shipping_methods (
  id                      uuid           NOT NULL DEFAULT gen_random_uuid(),
  code                    text           NOT NULL,
  name                    text           NOT NULL,
  description             text,
  provider                text,
  base_cost               numeric(12, 2) NOT NULL DEFAULT 0,
  free_shipping_threshold numeric(12, 2),
  estimated_days_min      integer,
  estimated_days_max      integer,
  is_active               boolean        NOT NULL DEFAULT true,
  sort_order              integer        NOT NULL DEFAULT 0,
  created_at              timestamptz    NOT NULL DEFAULT now(),
  updated_at              timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT shipping_methods_pkey PRIMARY KEY (id),
  CONSTRAINT shipping_methods_code_key UNIQUE (code),
  CONSTRAINT shipping_methods_code_check CHECK (code <> ''),
  CONSTRAINT shipping_methods_name_check CHECK (name <> ''),
  CONSTRAINT shipping_methods_base_cost_check CHECK (base_cost >= 0 AND base_cost <> 'NaN'),
  CONSTRAINT shipping_methods_free_shipping_threshold_check
    CHECK (free_shipping_threshold >= 0 AND free_shipping_threshold <> 'NaN'),
  CONSTRAINT shipping_methods_estimated_days_min_check CHECK (estimated_days_min >= 0),
  CONSTRAINT shipping_methods_estimated_days_max_check
    CHECK (estimated_days_max >= 0 AND estimated_days_max >= estimated_days_min)
);

COMMENT ON TABLE sales.shipping_methods IS 'Ways to send an order and what they cost';
COMMENT ON COLUMN sales.shipping_methods.code IS 'What an order names; stays readable in old orders when the method is gone';
COMMENT ON COLUMN sales.shipping_methods.provider IS 'The carrier';
COMMENT ON COLUMN sales.shipping_methods.free_shipping_threshold IS 'From this much goods value after discount on it costs nothing; NULL = never free';

CREATE TABLE sales.coupons (
  id                 uuid           NOT NULL DEFAULT gen_random_uuid(),
  code               text           NOT NULL,
  description        text,
  type               text           NOT NULL,
  value              numeric(12, 2) NOT NULL,
  min_order_amount   numeric(12, 2),
  max_discount       numeric(12, 2),
  usage_limit        integer,
  used_count         integer        NOT NULL DEFAULT 0,
  per_customer_limit integer,
  starts_at          timestamptz,
  expires_at         timestamptz,
  is_active          boolean        NOT NULL DEFAULT true,
  deleted_at         timestamptz,
  created_at         timestamptz    NOT NULL DEFAULT now(),
  updated_at         timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT coupons_pkey PRIMARY KEY (id),
  CONSTRAINT coupons_code_check CHECK (code <> ''),
  CONSTRAINT coupons_type_check CHECK (type IN ('percentage', 'fixed')),
  CONSTRAINT coupons_value_check CHECK (value > 0 AND value <> 'NaN' AND (type <> 'percentage' OR value <= 100)),
  CONSTRAINT coupons_min_order_amount_check CHECK (min_order_amount >= 0 AND min_order_amount <> 'NaN'),
  CONSTRAINT coupons_max_discount_check CHECK (max_discount >= 0 AND max_discount <> 'NaN'),
  CONSTRAINT coupons_usage_limit_check CHECK (usage_limit >= 0),
  CONSTRAINT coupons_used_count_check CHECK (used_count >= 0 AND used_count <= usage_limit),
  CONSTRAINT coupons_per_customer_limit_check CHECK (per_customer_limit >= 0),
  CONSTRAINT coupons_expires_at_check CHECK (starts_at < expires_at)
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX idx_coupons_code ON sales.coupons (lower(code)) WHERE deleted_at IS NULL;

COMMENT ON TABLE sales.coupons IS 'Discount codes and their limits';
COMMENT ON COLUMN sales.coupons.code IS 'Kept as typed; unique among live coupons regardless of case';
COMMENT ON COLUMN sales.coupons.value IS 'Percent of the subtotal, or a fixed amount';
COMMENT ON COLUMN sales.coupons.min_order_amount IS 'Smallest subtotal it applies to; NULL = any';
COMMENT ON COLUMN sales.coupons.max_discount IS 'Largest discount it gives; NULL = no cap';
COMMENT ON COLUMN sales.coupons.usage_limit IS 'Redemptions over all customers; NULL = unlimited';
COMMENT ON COLUMN sales.coupons.used_count IS 'Redemptions not given back; kept by the system';
COMMENT ON COLUMN sales.coupons.per_customer_limit IS 'Redemptions of one customer, known by user or e-mail address; NULL = unlimited';
COMMENT ON COLUMN sales.coupons.starts_at IS 'First instant it holds; NULL = always did';
COMMENT ON COLUMN sales.coupons.expires_at IS 'First instant it no longer holds; NULL = open';
COMMENT ON COLUMN sales.coupons.deleted_at IS 'Soft delete: set = deleted then, the code is free again';

CREATE TABLE sales.orders (
  id                  uuid           NOT NULL DEFAULT gen_random_uuid(),
  order_number        text           NOT NULL,
  user_id             uuid,
  guest_email         text,
  agent_id            uuid,
  channel             text           NOT NULL DEFAULT 'web',
  status              text           NOT NULL DEFAULT 'pending',
  subtotal            numeric(12, 2) NOT NULL DEFAULT 0,
  shipping_cost       numeric(12, 2) NOT NULL DEFAULT 0,
  tax_amount          numeric(12, 2) NOT NULL DEFAULT 0,
  discount_amount     numeric(12, 2) NOT NULL DEFAULT 0,
  total               numeric(12, 2) NOT NULL DEFAULT 0,
  coupon_code         text,
  coupon_discount     numeric(12, 2) NOT NULL DEFAULT 0,
  shipping_method     text,
  shipping_address    jsonb,
  billing_address     jsonb,
  warehouse_id        uuid,
  tracking_number     text,
  tracking_url        text,
  customer_notes      text,
  admin_notes         text,
  cancellation_reason text,
  metadata            jsonb,
  confirmed_at        timestamptz,
  shipped_at          timestamptz,
  delivered_at        timestamptz,
  cancelled_at        timestamptz,
  created_at          timestamptz    NOT NULL DEFAULT now(),
  updated_at          timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT orders_pkey PRIMARY KEY (id),
  CONSTRAINT orders_order_number_key UNIQUE (order_number),
  CONSTRAINT orders_order_number_check CHECK (order_number <> ''),
  CONSTRAINT orders_channel_check CHECK (channel <> ''),
  CONSTRAINT orders_status_check
    CHECK (status IN ('pending', 'confirmed', 'processing', 'packed', 'shipped', 'delivered', 'cancelled', 'refunded')),
  CONSTRAINT orders_subtotal_check CHECK (subtotal >= 0 AND subtotal <> 'NaN'),
  CONSTRAINT orders_shipping_cost_check CHECK (shipping_cost >= 0 AND shipping_cost <> 'NaN'),
  CONSTRAINT orders_tax_amount_check CHECK (tax_amount >= 0 AND tax_amount <> 'NaN'),
  CONSTRAINT orders_discount_amount_check
    CHECK (discount_amount >= 0 AND discount_amount <> 'NaN' AND discount_amount <= subtotal),
  CONSTRAINT orders_coupon_discount_check
    CHECK (coupon_discount >= 0 AND coupon_discount <> 'NaN' AND coupon_discount <= discount_amount),
  CONSTRAINT orders_total_check
    CHECK (total >= 0 AND total <> 'NaN' AND total = subtotal + shipping_cost + tax_amount - discount_amount),
  CONSTRAINT orders_cancelled_at_check CHECK (cancelled_at IS NULL OR status IN ('cancelled', 'refunded')),
  CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id),
  CONSTRAINT orders_warehouse_id_fkey FOREIGN KEY (warehouse_id) REFERENCES inventory.warehouses (id)
);

CREATE INDEX idx_orders_user_status ON sales.orders (user_id, status);
CREATE INDEX idx_orders_created_at ON sales.orders (created_at DESC, id DESC);
CREATE INDEX idx_orders_status ON sales.orders (status, created_at DESC, id DESC)
  WHERE status IN ('pending', 'confirmed', 'processing', 'packed', 'shipped');
CREATE INDEX idx_orders_agent_id ON sales.orders (agent_id, created_at DESC, id DESC) WHERE agent_id IS NOT NULL;
CREATE INDEX idx_orders_confirmed_at ON sales.orders (confirmed_at) WHERE confirmed_at IS NOT NULL;
CREATE INDEX idx_orders_shipping_city ON sales.orders ((shipping_address ->> 'city'));

COMMENT ON TABLE sales.orders IS 'Orders: who buys, from where, for how much, and how far it has got';
COMMENT ON COLUMN sales.orders.order_number IS 'ORD-, business date, running number of at least six digits; made when none is given';
COMMENT ON COLUMN sales.orders.user_id IS 'The customer; NULL = a guest';
COMMENT ON COLUMN sales.orders.guest_email IS 'How to reach a customer without account; counts for coupon limits';
COMMENT ON COLUMN sales.orders.agent_id IS 'The agent who sold it and earns from it';
COMMENT ON COLUMN sales.orders.channel IS 'Where it was sold: web, counter, a market place';
COMMENT ON COLUMN sales.orders.status IS 'pending, confirmed, processing, packed, shipped, delivered in this order; cancelled before shipping; refunded by refunds only';
COMMENT ON COLUMN sales.orders.subtotal IS 'Sum of the lines, before discount, tax and shipping';
COMMENT ON COLUMN sales.orders.discount_amount IS 'All discounts together; at most the subtotal';
COMMENT ON COLUMN sales.orders.total IS 'subtotal + shipping_cost + tax_amount - discount_amount';
COMMENT ON COLUMN sales.orders.coupon_discount IS 'The coupon''s part of discount_amount';
COMMENT ON COLUMN sales.orders.shipping_method IS 'Code of the shipping method when placed; NULL = no shipping';
COMMENT ON COLUMN sales.orders.shipping_address IS 'As it was when placed; later changes of the address book do not reach it';
COMMENT ON COLUMN sales.orders.warehouse_id IS 'Serves the whole order; NULL = several do, or none';
COMMENT ON COLUMN sales.orders.metadata IS 'Anything else an application keeps with the order; not interpreted here';
COMMENT ON COLUMN sales.orders.confirmed_at IS 'When it became a sale; counts for customers, targets and reports from then on';

CREATE TABLE sales.order_items (
  id                uuid           NOT NULL DEFAULT gen_random_uuid(),
  order_id          uuid           NOT NULL,
  line_number       integer        NOT NULL,
  product_id        uuid           NOT NULL,
  variant_id        uuid,
  sku               text           NOT NULL,
  name              text           NOT NULL,
  variant_name      text,
  quantity          integer        NOT NULL,
  returned_quantity integer        NOT NULL DEFAULT 0,
  unit_price        numeric(14, 4) NOT NULL,
  unit_cost         numeric(14, 4),
  total_price       numeric(12, 2) NOT NULL,
  discount_amount   numeric(12, 2) NOT NULL DEFAULT 0,
  tax_amount        numeric(12, 2) NOT NULL DEFAULT 0,
  created_at        timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT order_items_pkey PRIMARY KEY (id),
  CONSTRAINT order_items_order_id_line_number_key UNIQUE (order_id, line_number),
  CONSTRAINT order_items_line_number_check CHECK (line_number > 0),
  CONSTRAINT order_items_quantity_check CHECK (quantity > 0),
  CONSTRAINT order_items_returned_quantity_check CHECK (returned_quantity >= 0 AND returned_quantity <= quantity),
  CONSTRAINT order_items_unit_price_check CHECK (unit_price >= 0 AND unit_price <> 'NaN'),
  CONSTRAINT order_items_unit_cost_check CHECK (unit_cost >= 0 AND unit_cost <> 'NaN'),
  CONSTRAINT order_items_total_price_check CHECK (total_price >= 0 AND total_price <> 'NaN'),
  CONSTRAINT order_items_discount_amount_check
    CHECK (discount_amount >= 0 AND discount_amount <> 'NaN' AND discount_amount <= total_price),
  CONSTRAINT order_items_tax_amount_check CHECK (tax_amount >= 0 AND tax_amount <> 'NaN'),
  CONSTRAINT order_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES sales.orders (id),
  CONSTRAINT order_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT order_items_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES catalog.product_variants (id)
);

COMMENT ON TABLE sales.order_items IS 'Lines of an order, with names and prices as they were when placed';
COMMENT ON COLUMN sales.order_items.line_number IS 'Position in the order, from 1';
COMMENT ON COLUMN sales.order_items.sku IS 'Of the variant, or of the product without variants, when placed';
COMMENT ON COLUMN sales.order_items.name IS 'Of the product, when placed';
COMMENT ON COLUMN sales.order_items.returned_quantity IS 'Units that came back so far';
COMMENT ON COLUMN sales.order_items.unit_price IS 'Price charged for one unit, without tax and before discount';
COMMENT ON COLUMN sales.order_items.unit_cost IS 'Cost of one unit to the business when placed; NULL = not known';
COMMENT ON COLUMN sales.order_items.total_price IS 'quantity x unit_price, rounded to the cent';
COMMENT ON COLUMN sales.order_items.discount_amount IS 'This line''s share of the discount of the order';
COMMENT ON COLUMN sales.order_items.tax_amount IS 'This line''s share of the tax of the order';

CREATE TABLE sales.order_status_history (
  id         uuid        NOT NULL,
  order_id   uuid        NOT NULL,
  status     text        NOT NULL,
  notes      text,
  created_by uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT order_status_history_pkey PRIMARY KEY (id),
  CONSTRAINT order_status_history_status_check
    CHECK (status IN ('pending', 'confirmed', 'processing', 'packed', 'shipped', 'delivered', 'cancelled', 'refunded')),
  CONSTRAINT order_status_history_order_id_fkey FOREIGN KEY (order_id)
    REFERENCES sales.orders (id) ON DELETE RESTRICT
);

CREATE INDEX idx_order_status_history_order_id ON sales.order_status_history (order_id, created_at);

COMMENT ON TABLE sales.order_status_history IS 'Every status an order has had, exactly one row a change; append-only';
COMMENT ON COLUMN sales.order_status_history.id IS 'Time-ordered';
COMMENT ON COLUMN sales.order_status_history.status IS 'The status reached';
COMMENT ON COLUMN sales.order_status_history.created_by IS 'Who changed it, as asserted by the client, so no foreign key';

CREATE TABLE sales.payments (
  id               uuid           NOT NULL DEFAULT gen_random_uuid(),
  order_id         uuid           NOT NULL,
  payment_method   text           NOT NULL,
  payment_provider text,
  transaction_id   text,
  amount           numeric(12, 2) NOT NULL,
  status           text           NOT NULL DEFAULT 'pending',
  paid_at          timestamptz,
  metadata         jsonb,
  created_at       timestamptz    NOT NULL DEFAULT now(),
  updated_at       timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT payments_pkey PRIMARY KEY (id),
  CONSTRAINT payments_payment_method_check
    CHECK (payment_method IN ('cod', 'online_banking', 'credit_card', 'debit_card', 'ewallet', 'cash', 'bank_transfer')),
  CONSTRAINT payments_amount_check CHECK (amount > 0 AND amount <> 'NaN'),
  CONSTRAINT payments_status_check CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'refunded')),
  CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES sales.orders (id)
);

CREATE UNIQUE INDEX idx_payments_payment_provider_transaction_id
  ON sales.payments (payment_provider, transaction_id) NULLS NOT DISTINCT
  WHERE transaction_id IS NOT NULL;
CREATE INDEX idx_payments_order_id ON sales.payments (order_id);

COMMENT ON TABLE sales.payments IS 'Payments towards orders; what is paid back is in refunds';
COMMENT ON COLUMN sales.payments.payment_method IS 'cod = cash on delivery';
COMMENT ON COLUMN sales.payments.payment_provider IS 'Who handles it, such as stripe or ipay88; NULL = nobody between';
COMMENT ON COLUMN sales.payments.transaction_id IS 'The provider''s number; the same one twice is the same payment';
COMMENT ON COLUMN sales.payments.paid_at IS 'When it was completed; once set the payment counts, whatever its status becomes';
COMMENT ON COLUMN sales.payments.metadata IS 'What the provider sent; not interpreted here';

CREATE TABLE sales.coupon_redemptions (
  id              uuid           NOT NULL DEFAULT gen_random_uuid(),
  coupon_id       uuid           NOT NULL,
  order_id        uuid           NOT NULL,
  user_id         uuid,
  email           text,
  discount_amount numeric(12, 2) NOT NULL,
  reversed_at     timestamptz,
  created_at      timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT coupon_redemptions_pkey PRIMARY KEY (id),
  CONSTRAINT coupon_redemptions_discount_amount_check CHECK (discount_amount >= 0 AND discount_amount <> 'NaN'),
  CONSTRAINT coupon_redemptions_coupon_id_fkey FOREIGN KEY (coupon_id) REFERENCES sales.coupons (id),
  CONSTRAINT coupon_redemptions_order_id_fkey FOREIGN KEY (order_id) REFERENCES sales.orders (id),
  CONSTRAINT coupon_redemptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id)
);

CREATE UNIQUE INDEX idx_coupon_redemptions_order_id_live ON sales.coupon_redemptions (order_id)
  WHERE reversed_at IS NULL;
CREATE INDEX idx_coupon_redemptions_order_id ON sales.coupon_redemptions (order_id);
CREATE INDEX idx_coupon_redemptions_coupon_user ON sales.coupon_redemptions (coupon_id, user_id);
CREATE INDEX idx_coupon_redemptions_coupon_email ON sales.coupon_redemptions (coupon_id, lower(email))
  WHERE email IS NOT NULL;
CREATE INDEX idx_coupon_redemptions_user_id ON sales.coupon_redemptions (user_id) WHERE user_id IS NOT NULL;

COMMENT ON TABLE sales.coupon_redemptions IS 'Uses of coupons; the live ones are what the limits count';
COMMENT ON COLUMN sales.coupon_redemptions.email IS 'Knows the customer again who has no account; compared regardless of case';
COMMENT ON COLUMN sales.coupon_redemptions.discount_amount IS 'What the coupon took off the order';
COMMENT ON COLUMN sales.coupon_redemptions.reversed_at IS 'When the use was given back; NULL = live';

CREATE TABLE sales.refunds (
  id              uuid           NOT NULL DEFAULT gen_random_uuid(),
  refund_number   text           NOT NULL,
  order_id        uuid           NOT NULL,
  amount          numeric(12, 2) NOT NULL,
  overpaid_amount numeric(12, 2) NOT NULL DEFAULT 0,
  reason          text,
  warehouse_id    uuid,
  transaction_id  text,
  created_by      uuid,
  created_at      timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT refunds_pkey PRIMARY KEY (id),
  CONSTRAINT refunds_id_order_id_key UNIQUE (id, order_id),
  CONSTRAINT refunds_refund_number_key UNIQUE (refund_number),
  CONSTRAINT refunds_refund_number_check CHECK (refund_number <> ''),
  CONSTRAINT refunds_amount_check CHECK (amount >= 0 AND amount <> 'NaN'),
  CONSTRAINT refunds_overpaid_amount_check
    CHECK (overpaid_amount >= 0 AND overpaid_amount <> 'NaN' AND overpaid_amount <= amount),
  CONSTRAINT refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES sales.orders (id),
  CONSTRAINT refunds_warehouse_id_fkey FOREIGN KEY (warehouse_id) REFERENCES inventory.warehouses (id)
);

CREATE INDEX idx_refunds_order_id ON sales.refunds (order_id);

COMMENT ON TABLE sales.refunds IS 'Money and goods that went back, one row a refund';
COMMENT ON COLUMN sales.refunds.refund_number IS 'RFD-, business date, running number';
COMMENT ON COLUMN sales.refunds.amount IS 'Money paid back; 0 = only goods came back';
COMMENT ON COLUMN sales.refunds.overpaid_amount IS 'The part of amount that only returned an overpayment; reduces neither sales nor commissions';
COMMENT ON COLUMN sales.refunds.warehouse_id IS 'Where the goods came back to; NULL = none did, or to where they had left';
COMMENT ON COLUMN sales.refunds.transaction_id IS 'The payment provider''s number of it';
COMMENT ON COLUMN sales.refunds.created_by IS 'Who did it, as asserted by the client, so no foreign key';

CREATE TABLE sales.refund_items (
  id                 uuid           NOT NULL DEFAULT gen_random_uuid(),
  refund_id          uuid           NOT NULL,
  order_id           uuid           NOT NULL,
  order_item_id      uuid           NOT NULL,
  quantity           integer        NOT NULL,
  amount             numeric(12, 2) NOT NULL,
  restocked_quantity integer        NOT NULL DEFAULT 0,
  created_at         timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT refund_items_pkey PRIMARY KEY (id),
  CONSTRAINT refund_items_refund_id_order_item_id_key UNIQUE (refund_id, order_item_id),
  CONSTRAINT refund_items_quantity_check CHECK (quantity >= 0),
  CONSTRAINT refund_items_amount_check CHECK (amount >= 0 AND amount <> 'NaN'),
  CONSTRAINT refund_items_restocked_quantity_check CHECK (restocked_quantity >= 0 AND restocked_quantity <= quantity),
  CONSTRAINT refund_items_refund_id_order_id_fkey FOREIGN KEY (refund_id, order_id)
    REFERENCES sales.refunds (id, order_id),
  CONSTRAINT refund_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES sales.orders (id),
  CONSTRAINT refund_items_order_item_id_fkey FOREIGN KEY (order_item_id) REFERENCES sales.order_items (id)
);

CREATE INDEX idx_refund_items_order_id ON sales.refund_items (order_id);
CREATE INDEX idx_refund_items_order_item_id ON sales.refund_items (order_item_id);

COMMENT ON TABLE sales.refund_items IS 'Which lines of the order a refund was for';
COMMENT ON COLUMN sales.refund_items.order_id IS 'The order of the refund; checked together with it';
COMMENT ON COLUMN sales.refund_items.quantity IS 'Units refunded; 0 = money only';
COMMENT ON COLUMN sales.refund_items.amount IS 'Money for this line';
COMMENT ON COLUMN sales.refund_items.restocked_quantity IS 'The part of quantity that was put back into stock';

CREATE TABLE sales.carts (
  id              uuid           NOT NULL DEFAULT gen_random_uuid(),
  user_id         uuid,
  session_id      text,
  order_id        uuid,
  coupon_code     text,
  coupon_discount numeric(12, 2) NOT NULL DEFAULT 0,
  notes           text,
  expires_at      timestamptz    NOT NULL DEFAULT now() + interval '30 days',
  created_at      timestamptz    NOT NULL DEFAULT now(),
  updated_at      timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT carts_pkey PRIMARY KEY (id),
  CONSTRAINT carts_coupon_discount_check CHECK (coupon_discount >= 0 AND coupon_discount <> 'NaN'),
  CONSTRAINT carts_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id),
  CONSTRAINT carts_order_id_fkey FOREIGN KEY (order_id) REFERENCES sales.orders (id)
);

CREATE UNIQUE INDEX idx_carts_user_id ON sales.carts (user_id) WHERE order_id IS NULL;
CREATE UNIQUE INDEX idx_carts_session_id ON sales.carts (session_id) WHERE order_id IS NULL AND user_id IS NULL;
CREATE UNIQUE INDEX idx_carts_order_id ON sales.carts (order_id) WHERE order_id IS NOT NULL;

COMMENT ON TABLE sales.carts IS 'Shopping carts; one live cart per user and per guest session';
COMMENT ON COLUMN sales.carts.user_id IS 'NULL = a guest''s cart, open to whoever knows its id';
COMMENT ON COLUMN sales.carts.session_id IS 'The application''s name of the guest''s session';
COMMENT ON COLUMN sales.carts.order_id IS 'The order it became; NULL = still a live cart';
COMMENT ON COLUMN sales.carts.coupon_discount IS 'What the coupon was worth when applied; computed anew at checkout';
COMMENT ON COLUMN sales.carts.expires_at IS '30 days after the last change; an expired cart is emptied or removed';

CREATE TABLE sales.cart_items (
  id         uuid           NOT NULL DEFAULT gen_random_uuid(),
  cart_id    uuid           NOT NULL,
  product_id uuid           NOT NULL,
  variant_id uuid,
  quantity   integer        NOT NULL DEFAULT 1,
  unit_price numeric(14, 4) NOT NULL DEFAULT 0,
  created_at timestamptz    NOT NULL DEFAULT now(),
  updated_at timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT cart_items_pkey PRIMARY KEY (id),
  CONSTRAINT cart_items_cart_product_variant_key UNIQUE NULLS NOT DISTINCT (cart_id, product_id, variant_id),
  CONSTRAINT cart_items_quantity_check CHECK (quantity > 0),
  CONSTRAINT cart_items_unit_price_check CHECK (unit_price >= 0 AND unit_price <> 'NaN'),
  CONSTRAINT cart_items_cart_id_fkey FOREIGN KEY (cart_id) REFERENCES sales.carts (id) ON DELETE CASCADE,
  CONSTRAINT cart_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id),
  CONSTRAINT cart_items_variant_id_product_id_fkey FOREIGN KEY (variant_id, product_id)
    REFERENCES catalog.product_variants (id, product_id)
);

CREATE INDEX idx_cart_items_product_id ON sales.cart_items (product_id, variant_id);

COMMENT ON TABLE sales.cart_items IS 'What is in a cart; goes with the cart';
COMMENT ON COLUMN sales.cart_items.unit_price IS 'Price when it was put in: shown, not charged';
