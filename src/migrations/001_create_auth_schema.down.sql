DROP TABLE auth.idempotency_keys;
DROP TABLE auth.user_roles;
DROP TABLE auth.roles;
DROP TABLE auth.password_resets;
DROP TABLE auth.sessions;
DROP TABLE auth.users;
DROP SCHEMA auth;
