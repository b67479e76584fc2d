# 040_events.pl
#	With wms.emit_events, what a transaction changed of stock and status is heard when it commits, and only then.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use JSON::PP;
use Test::More;
use Wms;

my $server = new_server('events', 'wal_level = logical', 'max_prepared_transactions = 2', q{wms.timezone = 'UTC'});
my $db = installed($server, 'events');
my ($main, $shop) = ('00000000-0000-4000-8000-00000000a001', '00000000-0000-4000-8000-00000000a002');
my ($tea, $milk) = ('00000000-0000-4000-8000-00000000b001', '00000000-0000-4000-8000-00000000b002');

run_sql($server, $db, qq{
INSERT INTO inventory.warehouses (id, code, name, priority) VALUES ('$main', 'A', 'A', 1), ('$shop', 'B', 'B', 2);
INSERT INTO catalog.products (id, sku, name, base_price) VALUES ('$tea', 'tea', 'Tea', 5), ('$milk', 'milk', 'Milk', 5);
SELECT wms_receive_stock('$main', '[{"sku": "tea", "quantity": 20}]');
UPDATE inventory.stock_items SET reorder_point = 10, reorder_quantity = 40;
SELECT pg_create_logical_replication_slot('listener', 'test_decoding');
});

# What was said since the last time: the bodies, in order.
sub heard
{
    my $rows = run_sql($server, $db, q{SELECT data FROM pg_logical_slot_get_changes('listener', NULL, NULL)
                                        WHERE data LIKE 'message:%'});
    my @bodies;

    for my $row (split /\n/, $rows)
    {
        like($row, qr/^message: transactional: 1 prefix: wms, sz: \d+ content:\{.*\}$/, 'a transactional message of wms');
        push @bodies, decode_json($row =~ s/^.*? content://r);
    }
    return @bodies;
}

# The same in short: "stock 20 4 16", "low_stock 10", "order_status pending".
sub heard_in_short
{
    my @short;

    for my $body (heard())
    {
        my $event = $body->{event};

        push @short,
            $event eq 'stock' ? "stock $body->{quantity} $body->{reserved} $body->{available}"
          : $event eq 'low_stock' ? "low_stock $body->{available}"
          :                         "$event $body->{status}";
    }
    return join(', ', @short);
}

sub says
{
    my ($sql, $expected, $name) = @_;

    run_sql($server, $db, "SET wms.emit_events = on;\n$sql");
    is(heard_in_short(), $expected, $name);
}

# Off by default.
run_sql($server, $db, qq{SELECT wms_receive_stock('$main', '[{"sku": "tea", "quantity": 1}]')});
is(heard_in_short(), '', 'nothing is said unless it is asked for');

# The whole body, once.
run_sql($server, $db, qq{SET wms.emit_events = on; SELECT wms_receive_stock('$main', '[{"sku": "tea", "quantity": 4}]')});
is_deeply([ heard() ],
    [ { event => 'stock', warehouse_id => $main, product_id => $tea, variant_id => undef,
        quantity => 25, reserved => 0, available => 25 } ], 'a receipt');
run_sql($server, $db, qq{SET wms.emit_events = on;
    SELECT wms_reserve_stock('[{"sku": "tea", "quantity": 15}]', '$main', 'job', '$tea')});
is_deeply([ heard() ],
    [ { event => 'stock', warehouse_id => $main, product_id => $tea, variant_id => undef,
        quantity => 25, reserved => 15, available => 10 },
      { event => 'low_stock', warehouse_id => $main, product_id => $tea, variant_id => undef,
        available => 10, reorder_point => 10, reorder_quantity => 40 } ], 'a hold down to the reorder point');

# Once a crossing: not while below, not on the way up, again after it.
says(qq{SELECT wms_reserve_stock('[{"sku": "tea", "quantity": 2}]', '$main', 'job', '$milk')}, 'stock 25 17 8',
    'below the point already');
says(qq{SELECT wms_release_reservations('job', '$milk')}, 'stock 25 15 10', 'up to the point');
says(qq{SELECT wms_consume_reservation(reservation_id, 5) FROM wms_reservations('job', '$tea')}, 'stock 20 10 10',
    'what was held is sold: as much available as before');
says(qq{SELECT wms_release_reservations('job', '$tea')}, 'stock 20 0 20', 'above it');
says(q{UPDATE inventory.stock_items SET quantity = 5}, 'stock 5 0 5, low_stock 5', 'a direct change, across it again');
says(q{UPDATE inventory.stock_items SET bin_location = 'x', reorder_point = 3}, '', 'neither quantity nor holds');
says(q{SET wms.guard = off; UPDATE inventory.stock_items SET quantity = 20; UPDATE inventory.stock_items SET quantity = 25},
    'stock 20 0 20, stock 25 0 25', 'past the guards');
says(qq{INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity) VALUES ('$shop', '$tea', 3)}, 'stock 3 0 3',
    'a direct INSERT');
says(qq{DELETE FROM inventory.stock_items WHERE warehouse_id = '$shop'}, 'stock 0 0 0', 'a direct DELETE');
says(q{SET session_replication_role = replica; UPDATE inventory.stock_items SET quantity = 25}, '', 'what is replicated');

# Orders.
says(q{SELECT wms_place_order('[{"sku": "tea", "quantity": 4}]', guest_email => 'a@example.com')},
    'stock 25 4 21, order_status pending', 'placed');
says(q{SELECT wms_confirm_order(id) FROM sales.orders; SELECT wms_process_order(id), wms_pack_order(id), wms_ship_order(id) FROM sales.orders},
    'order_status confirmed, order_status processing, order_status packed, stock 21 0 21, order_status shipped', 'on its way');
says(q{SELECT wms_ship_order(id) FROM sales.orders}, '', 'no change, no event');
says(q{INSERT INTO sales.orders (order_number, status) VALUES ('old', 'delivered')}, 'order_status delivered', 'an import');

# Batches; a hold that moves from one to the other changes nothing of the stock row.
run_sql($server, $db, qq{
    SELECT wms_receive_stock('$main', jsonb_build_array(jsonb_build_object('sku', 'milk', 'quantity', 5, 'batch_number', 'M1',
      'expiry_date', '2999-01-01'), jsonb_build_object('sku', 'milk', 'quantity', 5, 'batch_number', 'M2', 'expiry_date', '2999-02-01')));
    UPDATE inventory.stock_items SET reorder_point = 7 WHERE product_id = '$milk';
    SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 2}]', '$main', 'job', '$milk')});
is(heard_in_short(), '', 'still off');
says(q{SELECT wms_set_batch_status(id, 'recalled') FROM inventory.product_batches WHERE batch_number = 'M1'},
    'batch_status recalled', 'a recall');
says(q{SELECT wms_set_batch_status(id, 'active') FROM inventory.product_batches WHERE batch_number = 'M1';
       SELECT wms_expire_batches('2999-01-02')}, 'batch_status active, batch_status expired', 'the day after');
says(qq{SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 1}]', '$main', 'job', '$milk', '1 hour')},
    'stock 10 3 7, low_stock 7', 'a hold that lapses');
run_sql($server, $db, q{SET session_replication_role = replica; UPDATE inventory.stock_reservations SET expires_at = now() WHERE expires_at IS NOT NULL});
says(q{SELECT * FROM wms_maintain()}, 'stock 10 2 8', 'it has lapsed');

# With its last unit a batch is depleted; it comes back with the next.
says(q{SELECT wms_set_batch_status(id, 'active') FROM inventory.product_batches WHERE batch_number = 'M1';
       SELECT wms_adjust_stock(b.warehouse_id, b.product_id, -b.quantity + b.reserved_quantity, batch_id => b.batch_id)
         FROM inventory.stock_item_batches b JOIN inventory.product_batches p ON p.id = b.batch_id WHERE p.batch_number = 'M1'},
    'batch_status active, stock 5 2 3, batch_status depleted, low_stock 3', 'the last of a batch');
says(qq{SELECT wms_receive_stock('$main', '[{"sku": "milk", "quantity": 5, "batch_number": "M1"}]')},
    'stock 10 2 8, batch_status active', 'and the first');

# Once a crossing, by what a transaction leaves: what it did in between nobody could see.
run_sql($server, $db, qq{SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 3}]', '$main', 'job', '$tea', '1 hour');
    SET session_replication_role = replica; UPDATE inventory.stock_reservations SET expires_at = now() WHERE expires_at > now()});
says(qq{SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 6}]', '$main', 'job', '$shop')}, 'stock 10 2 8, stock 10 8 2',
    'a lapsed hold is freed and taken again in one command: it was below the point before');
says(qq{BEGIN; SELECT wms_release_reservations('job', '$shop'); SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 5}]', '$main', 'job', '$shop'); COMMIT},
    'stock 10 2 8, stock 10 7 3', 'up and down again in one transaction');
says(qq{SELECT wms_release_reservations('job', '$shop')}, 'stock 10 2 8', 'up');
says(qq{BEGIN; SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 5}]', '$main', 'job', '$shop'); SELECT wms_release_reservations('job', '$shop'); COMMIT},
    'stock 10 7 3, stock 10 2 8', 'down and up again in one transaction');
says(qq{BEGIN; SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 5}]', '$main', 'job', '$shop'); SELECT wms_release_reservations('job', '$shop');
    SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 6}]', '$main', 'job', '$shop'); COMMIT},
    'stock 10 7 3, stock 10 2 8, stock 10 8 2, low_stock 2', 'down, up and down: one crossing');
says(qq{SELECT wms_release_reservations('job', '$shop')}, 'stock 10 2 8', 'up');
says(qq{BEGIN; SAVEPOINT s; SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 5}]', '$main', 'job', '$shop'); ROLLBACK TO s;
    SELECT wms_receive_stock('$main', '[{"sku": "milk", "quantity": 1, "batch_number": "M1"}]'); COMMIT}, 'stock 11 2 9',
    'a crossing that is rolled back');
says(qq{BEGIN; SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 5}]', '$main', 'job', '$shop'); SAVEPOINT s; SELECT wms_release_reservations('job', '$shop');
    ROLLBACK TO s; SAVEPOINT t; SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 1}]', '$main', 'job', '$shop'); RELEASE t; COMMIT},
    'stock 11 7 4, stock 11 8 3, low_stock 3', 'a way back that is rolled back');
says(qq{SELECT wms_release_reservations('job', '$shop')}, 'stock 11 2 9', 'up');
says(qq{BEGIN; SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 5}]', '$main', 'job', '$shop'); UPDATE inventory.stock_items SET reorder_point = 2 WHERE product_id = '$milk';
    COMMIT}, 'stock 11 7 4', 'the point moves too');
says(qq{UPDATE inventory.stock_items SET reorder_point = 7 WHERE product_id = '$milk'}, '', 'a point that is moved above what there is: no stock has changed');
says(qq{SELECT wms_release_reservations('job', '$shop')}, 'stock 11 2 9', 'up');
run_sql($server, $db, qq{SELECT wms_create_transfer('$main', '$shop', '[{"sku": "tea", "quantity": 6}]') AS id \\gset
    SELECT wms_approve_transfer(:'id'), wms_ship_transfer(:'id');
    SELECT wms_receive_stock('$shop', '[{"sku": "tea", "quantity": 1}]');
    UPDATE inventory.stock_items SET reorder_point = 4 WHERE warehouse_id = '$shop'});
says(q{SELECT wms_complete_transfer(id, '[]', 'lost') FROM inventory.stock_transfers}, 'transfer_status completed, stock 7 0 7, stock 1 0 1',
    'what is brought in and written off at once');
says(qq{BEGIN; DELETE FROM inventory.stock_items WHERE warehouse_id = '$shop'; INSERT INTO inventory.stock_items (warehouse_id, product_id, quantity, reorder_point)
    VALUES ('$shop', '$tea', 9, 4); COMMIT}, 'stock 0 0 0, stock 9 0 9', 'replaced');
says(qq{DELETE FROM inventory.stock_items WHERE warehouse_id = '$shop'}, 'stock 0 0 0', 'what is gone is not to be ordered');
run_sql($server, $db, qq{SELECT wms_receive_stock('$main', '[{"sku": "tea", "quantity": 6}]')});
says(qq{BEGIN; SELECT wms_reserve_stock('[{"sku": "milk", "quantity": 5}]', '$main', 'job', '$shop'); PREPARE TRANSACTION 'low'}, '', 'prepared');
says(q{COMMIT PREPARED 'low'}, 'stock 11 7 4, low_stock 4', 'and committed');

# Rolled back: never happened, whole transactions or parts.
run_sql($server, $db, qq{SET wms.emit_events = on; BEGIN;
    SELECT wms_receive_stock('$main', '[{"sku": "tea", "quantity": 1}]'); ROLLBACK});
is(heard_in_short(), '', 'a transaction that is rolled back');
says(qq{BEGIN; SELECT wms_receive_stock('$main', '[{"sku": "tea", "quantity": 1}]'); SAVEPOINT s;
    SELECT wms_receive_stock('$main', '[{"sku": "tea", "quantity": 100}]'); ROLLBACK TO s; COMMIT}, 'stock 22 0 22',
    'a part that is rolled back');
sql_fails($server, $db, q{SET wms.emit_events = on; SELECT wms_reserve_stock('[{"sku": "tea", "quantity": 10000}]')}, 'WM001', 'a shortage');
sql_fails($server, $db, q{SET wms.emit_events = on; UPDATE inventory.stock_items SET reserved_quantity = 1}, 'WM092', 'a refusal');
is(heard_in_short(), '', 'a command that fails');

# Nobody hears of what is not committed yet.
run_sql($server, $db, qq{SET wms.emit_events = on; BEGIN; SELECT wms_receive_stock('$main', '[{"sku": "tea", "quantity": 1}]');
    PREPARE TRANSACTION 'later'});
is(heard_in_short(), '', 'prepared');
run_sql($server, $db, q{COMMIT PREPARED 'later'});
is(heard_in_short(), 'stock 23 0 23', 'and committed');

# A table of somebody's own is no stock.
sql_fails($server, $db, q{SET wms.emit_events = on;
    CREATE TABLE forged (LIKE inventory.stock_items INCLUDING ALL);
    CREATE TRIGGER t AFTER INSERT ON forged FOR EACH ROW EXECUTE FUNCTION wms_guard_stock_items();
    INSERT INTO forged (warehouse_id, product_id, quantity) VALUES (gen_random_uuid(), gen_random_uuid(), 1)}, '39P01', 'a forged table');

# Without logical WAL nobody can listen, and nothing is written.
$server->append_conf('postgresql.conf', 'wal_level = replica');
run_sql($server, $db, q{SELECT pg_drop_replication_slot('listener')});
$server->restart;
run_sql($server, $db, qq{SET wms.emit_events = on; SELECT wms_receive_stock('$main', '[{"sku": "tea", "quantity": 1}]')});
pass('wal_level = replica');
is(run_sql($server, $db, 'SELECT count(*) FROM wms_verify()'), '1', 'the books are right, but for what was done past the guards');

$server->stop;
done_testing();
