-- inventory: what hangs on its tables and calls functions of the extension.  ord 3000 to 3999.

INSERT INTO @extschema@.wms_wiring (ord, since, kind, rel, name, ddl) VALUES
-- keys of the tables that only grow: time-ordered, so that new entries stand together in the index
(3000, 3, 'default', 'inventory.stock_movements', 'id',
 'ALTER TABLE inventory.stock_movements ALTER COLUMN id SET DEFAULT wms_uuid_v7()'),
(3001, 3, 'default', 'inventory.stock_reservations', 'id',
 'ALTER TABLE inventory.stock_reservations ALTER COLUMN id SET DEFAULT wms_uuid_v7()'),
(3002, 3, 'default', 'inventory.product_batch_tracks', 'id',
 'ALTER TABLE inventory.product_batch_tracks ALTER COLUMN id SET DEFAULT wms_uuid_v7()'),

(3010, 3, 'trigger', 'inventory.warehouses', 'wms_updated_at',
 'CREATE TRIGGER wms_updated_at BEFORE UPDATE ON inventory.warehouses FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()'),
(3011, 3, 'trigger', 'inventory.stock_items', 'wms_updated_at',
 'CREATE TRIGGER wms_updated_at BEFORE UPDATE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()'),
(3012, 3, 'trigger', 'inventory.product_batches', 'wms_updated_at',
 'CREATE TRIGGER wms_updated_at BEFORE UPDATE ON inventory.product_batches FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()'),
(3013, 3, 'trigger', 'inventory.stock_item_batches', 'wms_updated_at',
 'CREATE TRIGGER wms_updated_at BEFORE UPDATE ON inventory.stock_item_batches FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()'),
(3014, 3, 'trigger', 'inventory.stock_transfers', 'wms_updated_at',
 'CREATE TRIGGER wms_updated_at BEFORE UPDATE ON inventory.stock_transfers FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()'),

-- stock rows: quantities changed directly are recorded, the rest is refused
(3100, 3, 'trigger', 'inventory.stock_items', 'wms_guard_stock_items',
 'CREATE TRIGGER wms_guard_stock_items AFTER INSERT OR UPDATE OR DELETE ON inventory.stock_items FOR EACH ROW EXECUTE FUNCTION wms_guard_stock_items()'),
(3101, 3, 'trigger', 'inventory.stock_items', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON inventory.stock_items FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''Call wms_count_stock() with 0 for what is gone, or DELETE the rows.'')'),

-- batches: what is in stock of them
(3110, 3, 'trigger', 'inventory.product_batches', 'wms_guard_quantity',
 'CREATE TRIGGER wms_guard_quantity AFTER INSERT OR UPDATE OR DELETE ON inventory.product_batches FOR EACH ROW EXECUTE FUNCTION wms_guard_columns(''Call wms_receive_stock(), wms_adjust_stock() or wms_count_stock() and name the batch.'', ''quantity'')'),
(3111, 3, 'trigger', 'inventory.product_batches', 'wms_guard_product',
 'CREATE TRIGGER wms_guard_product AFTER UPDATE ON inventory.product_batches FOR EACH ROW EXECUTE FUNCTION wms_guard_columns(''A batch stays with its product; write its stock off with wms_write_off_stock() and receive it anew with wms_receive_stock().'', ''product_id'', ''variant_id'')'),
(3112, 3, 'trigger', 'inventory.product_batches', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON inventory.product_batches FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''DELETE the batches that were never used.'')'),
(3120, 3, 'trigger', 'inventory.stock_item_batches', 'wms_guard_rows',
 'CREATE TRIGGER wms_guard_rows BEFORE INSERT OR DELETE ON inventory.stock_item_batches FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_receive_stock(), wms_adjust_stock() or wms_count_stock() and name the batch.'')'),
(3121, 3, 'trigger', 'inventory.stock_item_batches', 'wms_guard_columns',
 'CREATE TRIGGER wms_guard_columns AFTER UPDATE ON inventory.stock_item_batches FOR EACH ROW EXECUTE FUNCTION wms_guard_columns(''Call wms_receive_stock(), wms_adjust_stock() or wms_count_stock() and name the batch.'', ''quantity'', ''reserved_quantity'', ''warehouse_id'', ''product_id'', ''variant_id'', ''batch_id'', ''id'', ''created_at'')'),
(3122, 3, 'trigger', 'inventory.stock_item_batches', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON inventory.stock_item_batches FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''Call wms_count_stock() and name the batches.'')'),

-- holds
(3130, 3, 'trigger', 'inventory.stock_reservations', 'wms_guard_rows',
 'CREATE TRIGGER wms_guard_rows BEFORE INSERT OR DELETE ON inventory.stock_reservations FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_reserve_stock() to hold stock, wms_release_reservation() to free it.'')'),
(3131, 3, 'trigger', 'inventory.stock_reservations', 'wms_guard_columns',
 'CREATE TRIGGER wms_guard_columns AFTER UPDATE ON inventory.stock_reservations FOR EACH ROW EXECUTE FUNCTION wms_guard_columns(''Call wms_release_reservation(), wms_consume_reservation() or wms_extend_reservation().'', ''quantity'', ''status'', ''expires_at'', ''original_quantity'', ''warehouse_id'', ''product_id'', ''variant_id'', ''batch_id'', ''reference_type'', ''reference_id'', ''reference_line_id'', ''resolved_at'', ''created_by'', ''id'', ''created_at'')'),
(3132, 3, 'trigger', 'inventory.stock_reservations', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON inventory.stock_reservations FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''Call wms_release_reservation() or wms_release_reservations().'')'),

-- transfers: only their notes are free
(3140, 3, 'trigger', 'inventory.stock_transfers', 'wms_guard_rows',
 'CREATE TRIGGER wms_guard_rows BEFORE INSERT OR DELETE ON inventory.stock_transfers FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_create_transfer() to begin a transfer, wms_cancel_transfer() to give it up.'')'),
(3141, 3, 'trigger', 'inventory.stock_transfers', 'wms_guard_columns',
 'CREATE TRIGGER wms_guard_columns AFTER UPDATE ON inventory.stock_transfers FOR EACH ROW EXECUTE FUNCTION wms_guard_columns(''Call wms_approve_transfer(), wms_ship_transfer(), wms_receive_transfer(), wms_complete_transfer() or wms_cancel_transfer().'', ''status'', ''from_warehouse_id'', ''to_warehouse_id'', ''transfer_number'', ''approved_by'', ''approved_at'', ''completed_at'', ''created_by'', ''id'', ''created_at'')'),
(3142, 3, 'trigger', 'inventory.stock_transfers', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON inventory.stock_transfers FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''Call wms_cancel_transfer(); transfers stay for the record.'')'),
(3150, 3, 'trigger', 'inventory.stock_transfer_items', 'wms_guard_rows',
 'CREATE TRIGGER wms_guard_rows BEFORE INSERT OR DELETE ON inventory.stock_transfer_items FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_create_transfer() with all lines, wms_cancel_transfer() to give them up.'')'),
(3151, 3, 'trigger', 'inventory.stock_transfer_items', 'wms_guard_columns',
 'CREATE TRIGGER wms_guard_columns AFTER UPDATE ON inventory.stock_transfer_items FOR EACH ROW EXECUTE FUNCTION wms_guard_columns(''Call wms_receive_transfer() or wms_complete_transfer().'', ''quantity'', ''received_quantity'', ''short_quantity'', ''transfer_id'', ''product_id'', ''variant_id'', ''batch_id'', ''id'', ''created_at'')'),
(3152, 3, 'trigger', 'inventory.stock_transfer_items', 'wms_guard_truncate',
 'CREATE TRIGGER wms_guard_truncate BEFORE TRUNCATE ON inventory.stock_transfer_items FOR EACH STATEMENT EXECUTE FUNCTION wms_guard_rows(''Call wms_cancel_transfer(); transfers stay for the record.'')'),

-- ledgers: written by commands, never changed by anybody
(3160, 3, 'trigger', 'inventory.stock_movements', 'wms_guard_rows',
 'CREATE TRIGGER wms_guard_rows BEFORE INSERT ON inventory.stock_movements FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_receive_stock(), wms_adjust_stock() or wms_write_off_stock(); each writes its movement.'')'),
(3161, 3, 'trigger', 'inventory.stock_movements', 'wms_append_only',
 'CREATE TRIGGER wms_append_only BEFORE UPDATE OR DELETE ON inventory.stock_movements FOR EACH ROW EXECUTE FUNCTION wms_append_only(''Call wms_adjust_stock() to correct the stock by a further movement.'')'),
(3162, 3, 'trigger', 'inventory.stock_movements', 'wms_no_truncate',
 'CREATE TRIGGER wms_no_truncate BEFORE TRUNCATE ON inventory.stock_movements FOR EACH STATEMENT EXECUTE FUNCTION wms_append_only(''Call wms_adjust_stock() to correct the stock by a further movement.'')'),
(3170, 3, 'trigger', 'inventory.product_batch_tracks', 'wms_guard_rows',
 'CREATE TRIGGER wms_guard_rows BEFORE INSERT ON inventory.product_batch_tracks FOR EACH ROW EXECUTE FUNCTION wms_guard_rows(''Call wms_receive_stock(), wms_adjust_stock() or wms_set_batch_status(); each writes its track.'')'),
(3171, 3, 'trigger', 'inventory.product_batch_tracks', 'wms_append_only',
 'CREATE TRIGGER wms_append_only BEFORE UPDATE OR DELETE ON inventory.product_batch_tracks FOR EACH ROW EXECUTE FUNCTION wms_append_only(''Call wms_adjust_stock() or wms_set_batch_status() to correct the batch; each adds its track.'')'),
(3172, 3, 'trigger', 'inventory.product_batch_tracks', 'wms_no_truncate',
 'CREATE TRIGGER wms_no_truncate BEFORE TRUNCATE ON inventory.product_batch_tracks FOR EACH STATEMENT EXECUTE FUNCTION wms_append_only(''Call wms_adjust_stock() or wms_set_batch_status() to correct the batch; each adds its track.'')');
