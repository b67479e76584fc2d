-- auth: who may sign in, with which sessions and roles, and which requests have been answered already.
--
-- Needs nothing. Triggers, policies and defaults that call functions are wired separately.
-- Money, prices, rates and weights refuse NaN in every schema: "x <> 'NaN'", since NaN sorts above
-- all numbers and would pass "x >= 0".

CREATE SCHEMA IF NOT EXISTS auth;

COMMENT ON SCHEMA auth IS 'Users, their sessions and roles, and the memory of answered requests';

CREATE TABLE auth.users (
  id                uuid        NOT NULL DEFAULT gen_random_uuid(),
  email             text        NOT NULL,
  password_hash     text,
  first_name        text,
  last_name         text,
  phone             text,
  avatar_url        text,
  email_verified_at timestamptz,
  status            text        NOT NULL DEFAULT 'active',
  role              text        NOT NULL DEFAULT 'customer',
  last_login_at     timestamptz,
  deleted_at        timestamptz,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_email_check CHECK (email <> ''),
  CONSTRAINT users_status_check CHECK (status IN ('active', 'inactive', 'suspended')),
  CONSTRAINT users_role_check CHECK (role IN ('customer', 'admin', 'agent', 'warehouse', 'super_admin'))
);

CREATE UNIQUE INDEX idx_users_email ON auth.users (lower(email)) WHERE deleted_at IS NULL;
CREATE INDEX idx_users_created_at ON auth.users (created_at);

COMMENT ON TABLE auth.users IS 'Everybody who may sign in or is sold to: customers, agents, warehouse staff, administrators';
COMMENT ON COLUMN auth.users.email IS 'Kept as typed; unique among live users regardless of case';
COMMENT ON COLUMN auth.users.password_hash IS 'bcrypt; NULL = no login by password';
COMMENT ON COLUMN auth.users.email_verified_at IS 'When the address was confirmed; NULL = not yet';
COMMENT ON COLUMN auth.users.status IS 'Only active users sign in';
COMMENT ON COLUMN auth.users.role IS 'Kind of user, for applications; what a database role may do is decided by its grants';
COMMENT ON COLUMN auth.users.deleted_at IS 'Soft delete: set = deleted then, the e-mail address is free again';

CREATE TABLE auth.sessions (
  id            uuid        NOT NULL DEFAULT gen_random_uuid(),
  user_id       uuid        NOT NULL,
  family_id     uuid        NOT NULL DEFAULT gen_random_uuid(),
  refresh_token text        NOT NULL,
  salt          bytea,
  user_agent    text,
  ip_address    inet,
  expires_at    timestamptz NOT NULL,
  replaced_at   timestamptz,
  closed_at     timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT sessions_pkey PRIMARY KEY (id),
  CONSTRAINT sessions_refresh_token_key UNIQUE (refresh_token),
  CONSTRAINT sessions_refresh_token_check CHECK (refresh_token ~ '^[0-9a-f]{64}$'),
  CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id)
);

CREATE INDEX idx_sessions_user_id ON auth.sessions (user_id);
CREATE INDEX idx_sessions_family_id ON auth.sessions (family_id);
CREATE INDEX idx_sessions_expires_at ON auth.sessions (expires_at);
CREATE INDEX idx_sessions_salt ON auth.sessions (family_id) WHERE salt IS NOT NULL;

COMMENT ON TABLE auth.sessions IS 'Refresh tokens, one row a token; the rows of one login share a family';
COMMENT ON COLUMN auth.sessions.family_id IS 'id of the first row of this login; no foreign key, since the rows of a login are purged in any order';
COMMENT ON COLUMN auth.sessions.refresh_token IS 'SHA-256 of the token in lower-case hex; the token itself is stored nowhere';
COMMENT ON COLUMN auth.sessions.salt IS 'Secret from which, with the token itself, its successor is derived, so that a repeated refresh gives the same one; forgotten after wms.refresh_grace';
COMMENT ON COLUMN auth.sessions.replaced_at IS 'When this token was exchanged for its successor';
COMMENT ON COLUMN auth.sessions.closed_at IS 'When the login ended by logout, theft, a new password or deletion of the user; expires_at, the same in all rows of a login, says when it ends by time';

CREATE TABLE auth.password_resets (
  id         uuid        NOT NULL DEFAULT gen_random_uuid(),
  user_id    uuid        NOT NULL,
  token      text        NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT password_resets_pkey PRIMARY KEY (id),
  CONSTRAINT password_resets_token_key UNIQUE (token),
  CONSTRAINT password_resets_token_check CHECK (token ~ '^[0-9a-f]{64}$'),
  CONSTRAINT password_resets_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id)
);

CREATE INDEX idx_password_resets_user_id ON auth.password_resets (user_id);
CREATE INDEX idx_password_resets_expires_at ON auth.password_resets (expires_at);

COMMENT ON TABLE auth.password_resets IS 'Requests to choose a new password; each works once, until it expires';
COMMENT ON COLUMN auth.password_resets.token IS 'SHA-256 of the token in lower-case hex; the token itself is stored nowhere';
COMMENT ON COLUMN auth.password_resets.used_at IS 'When the password was changed with it; NULL = still unused';

CREATE TABLE auth.roles (
  id          uuid        NOT NULL DEFAULT gen_random_uuid(),
  name        text        NOT NULL,
  description text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT roles_pkey PRIMARY KEY (id),
  CONSTRAINT roles_name_key UNIQUE (name),
  CONSTRAINT roles_name_check CHECK (name <> '')
);

COMMENT ON TABLE auth.roles IS 'Named roles that applications give to users; no PostgreSQL roles';

CREATE TABLE auth.user_roles (
  user_id    uuid        NOT NULL,
  role_id    uuid        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT user_roles_pkey PRIMARY KEY (user_id, role_id),
  CONSTRAINT user_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users (id),
  CONSTRAINT user_roles_role_id_fkey FOREIGN KEY (role_id) REFERENCES auth.roles (id)
);

CREATE INDEX idx_user_roles_role_id ON auth.user_roles (role_id);

COMMENT ON TABLE auth.user_roles IS 'Which user has which role';
COMMENT ON COLUMN auth.user_roles.created_at IS 'When the role was given';

CREATE TABLE auth.idempotency_keys (
  id           uuid        NOT NULL DEFAULT gen_random_uuid(),
  actor_id     uuid,
  command      text        NOT NULL,
  key          text        NOT NULL,
  request_hash bytea       NOT NULL,
  result       jsonb,
  created_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (id),
  CONSTRAINT idempotency_keys_actor_id_command_key_key UNIQUE NULLS NOT DISTINCT (actor_id, command, key),
  CONSTRAINT idempotency_keys_key_check CHECK (key <> ''),
  CONSTRAINT idempotency_keys_request_hash_check CHECK (octet_length(request_hash) = 32)
);

CREATE INDEX idx_idempotency_keys_created_at ON auth.idempotency_keys (created_at);

COMMENT ON TABLE auth.idempotency_keys IS 'Requests answered already: the same key again gets the first result';
COMMENT ON COLUMN auth.idempotency_keys.actor_id IS 'Who asked, as asserted by the client, so no foreign key; NULL = nobody named, which counts as one actor';
COMMENT ON COLUMN auth.idempotency_keys.command IS 'Name of the command the key was given to';
COMMENT ON COLUMN auth.idempotency_keys.key IS 'Chosen by the client, unique per actor and command';
COMMENT ON COLUMN auth.idempotency_keys.request_hash IS 'SHA-256 over the command and its normalised arguments; tells a repetition from another request under the same key';
COMMENT ON COLUMN auth.idempotency_keys.result IS 'What the command returned the first time';

INSERT INTO auth.roles (name, description)
SELECT seed.name, seed.description
  FROM (VALUES ('admin', 'System Administrator'),
               ('manager', 'Warehouse Manager'),
               ('operator', 'Warehouse Operator'),
               ('viewer', 'Read-only Access')) AS seed (name, description)
 WHERE coalesce(current_setting('wms.seed', true), '') <> 'off'
ON CONFLICT (name) DO NOTHING;
