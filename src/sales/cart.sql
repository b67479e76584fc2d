CREATE FUNCTION wms_create_cart(
  user_id    uuid DEFAULT NULL,
  session_id text DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_create_cart(uuid, text) IS
  'The live cart of the user, else of the guest''s session, made where there is none, emptied where it has expired; of neither: a new cart';

REVOKE ALL ON FUNCTION wms_create_cart(uuid, text) FROM PUBLIC;

CREATE FUNCTION wms_set_cart_item(
  cart_id    uuid,
  product_id uuid,
  quantity   integer,
  variant_id uuid DEFAULT NULL
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_set_cart_item(uuid, uuid, integer, uuid) IS
  'Says how many units of an item are in the cart, 0 removes it; returns the item of the cart, NULL where there was none to remove';

REVOKE ALL ON FUNCTION wms_set_cart_item(uuid, uuid, integer, uuid) FROM PUBLIC;

CREATE FUNCTION wms_apply_coupon(
  cart_id uuid,
  code    text
) RETURNS numeric
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_apply_coupon(uuid, text) IS
  'Puts a coupon on the cart without redeeming it, NULL takes it off; returns what it takes off now';

REVOKE ALL ON FUNCTION wms_apply_coupon(uuid, text) FROM PUBLIC;

CREATE FUNCTION wms_merge_carts(
  guest_cart_id uuid,
  user_id       uuid
) RETURNS uuid
LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_merge_carts(uuid, uuid) IS
  'Adds a guest''s cart, with its coupon and holds, to that of the user, after which the guest''s is gone; returns the user''s cart';

REVOKE ALL ON FUNCTION wms_merge_carts(uuid, uuid) FROM PUBLIC;
