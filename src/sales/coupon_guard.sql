CREATE FUNCTION wms_guard_coupon_limit() RETURNS trigger
LANGUAGE c
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION wms_guard_coupon_limit() IS
'Trigger AFTER UPDATE FOR EACH ROW of sales.coupons: refuses, with WM092, a per_customer_limit below what a customer has used';
