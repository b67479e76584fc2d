DROP TABLE crm.wishlists;
DROP TABLE crm.addresses;
DROP TABLE crm.customer_profiles;
DROP SCHEMA crm;
