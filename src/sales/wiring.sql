-- sales: what hangs on its tables and calls functions of the extension.  ord 4000 to 4999.

INSERT INTO @extschema@.wms_wiring (ord, since, kind, rel, name, ddl) VALUES
(4000, 4, 'default', 'sales.order_status_history', 'id',
 'ALTER TABLE sales.order_status_history ALTER COLUMN id SET DEFAULT wms_uuid_v7()'),
(4001, 4, 'trigger', 'sales.orders', 'wms_order_number',
 'CREATE TRIGGER wms_order_number BEFORE INSERT ON sales.orders FOR EACH ROW WHEN (NEW.order_number IS NULL OR NEW.order_number = '''') EXECUTE FUNCTION wms_generate_order_number()'),

(4010, 4, 'trigger', 'sales.shipping_methods', 'wms_updated_at',
 'CREATE TRIGGER wms_updated_at BEFORE UPDATE ON sales.shipping_methods FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()'),
(4011, 4, 'trigger', 'sales.coupons', 'wms_updated_at',
 'CREATE TRIGGER wms_updated_at BEFORE UPDATE ON sales.coupons FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()'),
(4012, 4, 'trigger', 'sales.orders', 'wms_updated_at',
 'CREATE TRIGGER wms_updated_at BEFORE UPDATE ON sales.orders FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()'),
(4013, 4, 'trigger', 'sales.payments', 'wms_updated_at',
 'CREATE TRIGGER wms_updated_at BEFORE UPDATE ON sales.payments FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()'),
(4014, 4, 'trigger', 'sales.carts', 'wms_updated_at',
 'CREATE TRIGGER wms_updated_at BEFORE UPDATE ON sales.carts FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()'),
(4015, 4, 'trigger', 'sales.cart_items', 'wms_updated_at',
 'CREATE TRIGGER wms_updated_at BEFORE UPDATE ON sales.cart_items FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()'),

-- orders: a direct INSERT is an import
(4100, 4, 'trigger', 'sales.orders', 'wms_guard_orders',
 'CREATE TRIGGER wms_guard_orders AFTER INSERT OR UPDATE ON sales.orders FOR EACH ROW EXECUTE FUNCTION wms_guard_orders()'),
(4103, 4, 'trigger', 'sales.orders', 'wms_guard_cancelled',
 'CREATE TRIGGER wms_guard_cancelled BEFORE UPDATE ON sales.orders FOR EACH ROW WHEN (NEW.cancelled_at IS NOT NULL AND NEW.status <> ''cancelled'' AND NEW.status <> ''refunded'') EXECUTE FUNCTION wms_guard_orders()'),
(4101, 4, 'trigger', 'sales.orders', 'wms_guard_delete',
 'CREATE TRIGGER wms_guard_delete BEFORE DELETE ON sales.orders FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_cancel_order(); orders stay for the record.'')'),
(4102, 4, 'trigger', 'sales.orders', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON sales.orders FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''Call wms_cancel_order(); orders stay for the record.'')'),
(4110, 4, 'trigger', 'sales.order_items', 'wms_guard_order_items',
 'CREATE TRIGGER wms_guard_order_items AFTER INSERT OR UPDATE OR DELETE ON sales.order_items FOR EACH ROW EXECUTE FUNCTION wms_guard_order_items()'),
(4111, 4, 'trigger', 'sales.order_items', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON sales.order_items FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''Call wms_change_order() or wms_refund_order().'')'),

-- lines add up: deferred triggers fire after the guards, which come first by name too when made immediate
(4120, 4, 'trigger', 'sales.orders', 'wms_order_sums',
 'CREATE CONSTRAINT TRIGGER wms_order_sums AFTER UPDATE ON sales.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.subtotal IS DISTINCT FROM OLD.subtotal) EXECUTE FUNCTION wms_check_order_sums()'),
(4121, 4, 'trigger', 'sales.order_items', 'wms_order_sums',
 'CREATE CONSTRAINT TRIGGER wms_order_sums AFTER INSERT OR DELETE ON sales.order_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wms_check_order_sums()'),
(4122, 4, 'trigger', 'sales.order_items', 'wms_order_sums_changed',
 'CREATE CONSTRAINT TRIGGER wms_order_sums_changed AFTER UPDATE ON sales.order_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.order_id IS DISTINCT FROM OLD.order_id OR NEW.quantity IS DISTINCT FROM OLD.quantity OR NEW.unit_price IS DISTINCT FROM OLD.unit_price OR NEW.total_price IS DISTINCT FROM OLD.total_price) EXECUTE FUNCTION wms_check_order_sums()'),

(4130, 4, 'trigger', 'sales.order_status_history', 'wms_guard_rows',
 'CREATE TRIGGER wms_guard_rows BEFORE INSERT ON sales.order_status_history FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_set_order_status(); it writes the row.'')'),
(4131, 4, 'trigger', 'sales.order_status_history', 'wms_append_only',
 'CREATE TRIGGER wms_append_only BEFORE UPDATE OR DELETE ON sales.order_status_history FOR EACH ROW EXECUTE FUNCTION wms_append_only(''What an order has been stays on record; notes belong into the order.'')'),
(4132, 4, 'trigger', 'sales.order_status_history', 'wms_no_truncate',
 'CREATE TRIGGER wms_no_truncate BEFORE TRUNCATE ON sales.order_status_history FOR EACH STATEMENT EXECUTE FUNCTION wms_append_only(''What an order has been stays on record; notes belong into the order.'')'),

-- payments: once completed they count
(4140, 4, 'trigger', 'sales.payments', 'wms_stamp_payment',
 'CREATE TRIGGER wms_stamp_payment BEFORE INSERT OR UPDATE ON sales.payments FOR EACH ROW WHEN (NEW.status = ''completed'' AND NEW.paid_at IS NULL) EXECUTE FUNCTION wms_stamp_payment()'),
(4141, 4, 'trigger', 'sales.payments', 'wms_guard_completed',
 'CREATE TRIGGER wms_guard_completed AFTER UPDATE ON sales.payments FOR EACH ROW WHEN (OLD.paid_at IS NOT NULL) EXECUTE FUNCTION wms_guard_columns(''Call wms_record_payment() for another payment, wms_refund_order() to give money back.'', ''order_id'', ''amount'', ''status'', ''paid_at'', ''id'')'),
(4142, 4, 'trigger', 'sales.payments', 'wms_guard_delete',
 'CREATE TRIGGER wms_guard_delete BEFORE DELETE ON sales.payments FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_refund_order() to give money back; set the status of what was never paid to failed.'')'),
(4143, 4, 'trigger', 'sales.payments', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON sales.payments FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''Call wms_refund_order() to give money back; set the status of what was never paid to failed.'')'),

-- coupons: how often they were used
(4150, 4, 'trigger', 'sales.coupons', 'wms_guard_used_count',
 'CREATE TRIGGER wms_guard_used_count AFTER INSERT OR UPDATE ON sales.coupons FOR EACH ROW EXECUTE FUNCTION wms_guard_columns(''Orders redeem coupons: call wms_place_order() or wms_checkout(), and wms_cancel_order() to give a use back.'', ''used_count'')'),
(4152, 4, 'trigger', 'sales.coupons', 'wms_guard_coupon_limit',
 'CREATE TRIGGER wms_guard_coupon_limit AFTER UPDATE ON sales.coupons FOR EACH ROW WHEN (NEW.per_customer_limit < OLD.per_customer_limit OR OLD.per_customer_limit IS NULL AND NEW.per_customer_limit IS NOT NULL) EXECUTE FUNCTION wms_guard_coupon_limit()'),
(4151, 4, 'trigger', 'sales.coupons', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON sales.coupons FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''Call wms_soft_delete() for coupons that end.'')'),
(4160, 4, 'trigger', 'sales.coupon_redemptions', 'wms_guard_rows',
 'CREATE TRIGGER wms_guard_rows BEFORE INSERT OR DELETE ON sales.coupon_redemptions FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_place_order() or wms_checkout() to redeem a coupon, wms_cancel_order() to give the use back.'')'),
(4161, 4, 'trigger', 'sales.coupon_redemptions', 'wms_guard_columns',
 'CREATE TRIGGER wms_guard_columns AFTER UPDATE ON sales.coupon_redemptions FOR EACH ROW EXECUTE FUNCTION wms_guard_columns(''Call wms_cancel_order() to give a use back.'', ''reversed_at'', ''coupon_id'', ''order_id'', ''user_id'', ''email'', ''discount_amount'', ''id'', ''created_at'')'),
(4162, 4, 'trigger', 'sales.coupon_redemptions', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON sales.coupon_redemptions FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''Call wms_cancel_order() to give a use back.'')'),

-- carts: what has become an order stays one
(4165, 4, 'trigger', 'sales.carts', 'wms_guard_order',
 'CREATE TRIGGER wms_guard_order AFTER UPDATE ON sales.carts FOR EACH ROW WHEN (NEW.order_id IS DISTINCT FROM OLD.order_id) EXECUTE FUNCTION wms_guard_columns(''Call wms_checkout(); a cart becomes an order once.'', ''order_id'')'),

-- refunds
(4170, 4, 'trigger', 'sales.refunds', 'wms_guard_rows',
 'CREATE TRIGGER wms_guard_rows BEFORE INSERT OR DELETE ON sales.refunds FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_refund_order().'')'),
(4171, 4, 'trigger', 'sales.refunds', 'wms_guard_columns',
 'CREATE TRIGGER wms_guard_columns AFTER UPDATE ON sales.refunds FOR EACH ROW EXECUTE FUNCTION wms_guard_columns(''A refund stays as it was made; call wms_refund_order() for another.'', ''amount'', ''overpaid_amount'', ''order_id'', ''refund_number'', ''reason'', ''warehouse_id'', ''transaction_id'', ''created_by'', ''id'', ''created_at'')'),
(4172, 4, 'trigger', 'sales.refunds', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON sales.refunds FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''A refund stays as it was made; call wms_refund_order() for another.'')'),
(4180, 4, 'trigger', 'sales.refund_items', 'wms_guard_rows',
 'CREATE TRIGGER wms_guard_rows BEFORE INSERT OR DELETE ON sales.refund_items FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_refund_order() with lines.'')'),
(4181, 4, 'trigger', 'sales.refund_items', 'wms_guard_columns',
 'CREATE TRIGGER wms_guard_columns AFTER UPDATE ON sales.refund_items FOR EACH ROW EXECUTE FUNCTION wms_guard_columns(''A refund stays as it was made; call wms_refund_order() for another.'', ''quantity'', ''amount'', ''restocked_quantity'', ''refund_id'', ''order_id'', ''order_item_id'', ''id'', ''created_at'')'),
(4182, 4, 'trigger', 'sales.refund_items', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON sales.refund_items FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''A refund stays as it was made; call wms_refund_order() for another.'')');
