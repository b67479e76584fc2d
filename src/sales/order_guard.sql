CREATE OR REPLACE FUNCTION wms_guard_orders() RETURNS trigger
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME', 'wms_guard_orders';

COMMENT ON FUNCTION wms_guard_orders() IS
'Trigger of sales.orders: a direct INSERT is an import; direct changes of status, number, and of amounts once they are binding are refused (WM092).';

CREATE OR REPLACE FUNCTION wms_guard_order_items() RETURNS trigger
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME', 'wms_guard_order_items';

COMMENT ON FUNCTION wms_guard_order_items() IS
'Trigger of sales.order_items: direct changes of the lines of an order that holds stock or is past pending are refused (WM092).';

CREATE OR REPLACE FUNCTION wms_check_order_sums() RETURNS trigger
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME', 'wms_check_order_sums';

COMMENT ON FUNCTION wms_check_order_sums() IS
'Deferred constraint trigger of sales.orders and sales.order_items: after direct changes the lines of an order must add up to its subtotal.';

CREATE OR REPLACE FUNCTION wms_stamp_payment() RETURNS trigger
LANGUAGE c VOLATILE
AS 'MODULE_PATHNAME', 'wms_stamp_payment';

COMMENT ON FUNCTION wms_stamp_payment() IS
'Trigger of sales.payments: a completed payment without paid_at gets the present time.';
