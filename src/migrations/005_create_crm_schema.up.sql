-- crm: what is known about customers beyond their login.
--
-- Needs auth and catalog.

CREATE SCHEMA IF NOT EXISTS crm;

COMMENT ON SCHEMA crm IS 'Customer profiles, address books and wish lists';

CREATE TABLE crm.customer_profiles (
  id             uuid           NOT NULL DEFAULT gen_random_uuid(),
  user_id        uuid           NOT NULL,
  date_of_birth  date,
  gender         text,
  customer_group text           NOT NULL DEFAULT 'regular',
  total_orders   integer        NOT NULL DEFAULT 0,
  total_spent    numeric(12, 2) NOT NULL DEFAULT 0,
  notes          text,
  tags           text[]         NOT NULL DEFAULT '{}',
  created_at     timestamptz    NOT NULL DEFAULT now(),
  updated_at     timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT customer_profiles_pkey PRIMARY KEY (id),
  CONSTRAINT customer_profiles_user_id_key UNIQUE (user_id),
  CONSTRAINT customer_profiles_gender_check CHECK (gender IN ('male', 'female', 'other')),
  CONSTRAINT customer_profiles_customer_group_check
    CHECK (customer_group IN ('regular', 'vip', 'wholesale', 'agent')),
  CONSTRAINT customer_profiles_total_orders_check CHECK (total_orders >= 0),
  CONSTRAINT customer_profiles_total_spent_check CHECK (total_spent >= 0 AND total_spent <> 'NaN'),
  CONSTRAINT customer_profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id)
);

COMMENT ON TABLE crm.customer_profiles IS 'One row per customer; appears with the first order';
COMMENT ON COLUMN crm.customer_profiles.customer_group IS 'Decides which prices hold';
COMMENT ON COLUMN crm.customer_profiles.total_orders IS 'Orders confirmed and not cancelled; kept by the system';
COMMENT ON COLUMN crm.customer_profiles.total_spent IS 'Their totals, less what was refunded; kept by the system';
COMMENT ON COLUMN crm.customer_profiles.tags IS 'Free labels for grouping customers';

CREATE TABLE crm.addresses (
  id             uuid        NOT NULL DEFAULT gen_random_uuid(),
  user_id        uuid        NOT NULL,
  label          text,
  recipient_name text        NOT NULL,
  phone          text,
  address_line1  text        NOT NULL,
  address_line2  text,
  city           text        NOT NULL,
  state          text,
  postcode       text,
  country        text,
  is_default     boolean     NOT NULL DEFAULT false,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT addresses_pkey PRIMARY KEY (id),
  CONSTRAINT addresses_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id)
);

CREATE UNIQUE INDEX idx_addresses_user_id_default ON crm.addresses (user_id) WHERE is_default;
CREATE INDEX idx_addresses_user_id_is_default ON crm.addresses (user_id, is_default);

COMMENT ON TABLE crm.addresses IS 'Address book of a user; orders keep copies';
COMMENT ON COLUMN crm.addresses.label IS 'The user''s own name for it, such as Home or Office';
COMMENT ON COLUMN crm.addresses.country IS 'NULL = the country of the business';
COMMENT ON COLUMN crm.addresses.is_default IS 'Where orders go that name no address; at most one per user';

CREATE TABLE crm.wishlists (
  id         uuid        NOT NULL DEFAULT gen_random_uuid(),
  user_id    uuid        NOT NULL,
  product_id uuid        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT wishlists_pkey PRIMARY KEY (id),
  CONSTRAINT wishlists_user_id_product_id_key UNIQUE (user_id, product_id),
  CONSTRAINT wishlists_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id),
  CONSTRAINT wishlists_product_id_fkey FOREIGN KEY (product_id) REFERENCES catalog.products (id)
);

CREATE INDEX idx_wishlists_product_id ON crm.wishlists (product_id);

COMMENT ON TABLE crm.wishlists IS 'Products a user wants to remember, one row each';
