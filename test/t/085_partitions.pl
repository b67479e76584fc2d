# 085_partitions.pl
#	The ledger of movements partitioned by the procedure of docs/operations.md, which is read from there and run: in one
#	session, so that its plans and what the direct path knows are older than the partitions.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;
use Wms;

my $document = slurp_file("$FindBin::RealBin/../../docs/operations.md");
my ($section) = $document =~ /^## Partitions of the ledger\n(.*?)^## /ms or die;
my ($prepare, $exchange, $further, $forget) = map { s/^\\set .*\n//mgr } $section =~ /^```sql\n(.*?)^```/msg;
my $server = new_server('partitions', 'autovacuum = off', q{timezone = 'UTC'});
my $db = installed($server, 'partitions');

run_sql($server, $db, <<'SQL');
CREATE ROLE tables_owner;
CREATE ROLE watcher LOGIN;
SELECT wms_set_owner('tables_owner');
SELECT wms_grant('watcher', 'viewer');
INSERT INTO inventory.warehouses (code, name) VALUES ('A', 'A'), ('B', 'B');
INSERT INTO catalog.products (sku, name, base_price) VALUES ('p', 'p', 10), ('q', 'q', 20), ('b', 'b', 5), ('v', 'v', 7), ('k', 'k', 1), ('gone', 'gone', 1);
INSERT INTO catalog.product_variants (product_id, sku, name) SELECT id, 'v1', 'v1' FROM catalog.products WHERE sku = 'v';
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity)
SELECT k.id, p.id, 2 FROM catalog.products k, catalog.products p WHERE k.sku = 'k' AND p.sku = 'p';
CREATE TABLE public.done (trade text, kind text, id uuid, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION public.house(text) RETURNS uuid LANGUAGE sql STABLE AS 'SELECT id FROM inventory.warehouses WHERE code = $1';
CREATE FUNCTION public.item(text) RETURNS uuid LANGUAGE sql STABLE AS 'SELECT id FROM catalog.products WHERE sku = $1';
CREATE FUNCTION public.done(text, text) RETURNS uuid LANGUAGE sql STABLE AS 'SELECT id FROM public.done WHERE trade = $1 AND kind = $2';
SQL

# Every command that writes movements or reads them.
sub trade
{
    my ($name) = @_;

    return join '', map { "$_;\n" } (
        qq{SELECT wms_receive_stock(house('A'), '[{"sku": "p", "quantity": 100}, {"sku": "q", "quantity": 50, "unit_cost": 2}, {"sku": "v1", "quantity": 50},
             {"sku": "b", "quantity": 30, "batch_number": "$name-1"}, {"sku": "b", "quantity": 30, "batch_number": "$name-2"}]', idempotency_key => '$name')},
        qq{SELECT 'again ' || wms_receive_stock(house('A'), '[{"sku": "p", "quantity": 100}, {"sku": "q", "quantity": 50, "unit_cost": 2}, {"sku": "v1", "quantity": 50},
             {"sku": "b", "quantity": 30, "batch_number": "$name-1"}, {"sku": "b", "quantity": 30, "batch_number": "$name-2"}]', idempotency_key => '$name')},
        q{SELECT wms_adjust_stock(house('A'), item('q'), delta => -1, reason => 'counted'), wms_write_off_stock(house('A'), item('q'), quantity => 2, reason => 'broken')},
        q{SELECT count(*) FROM wms_count_stock(house('A'), '[{"sku": "q", "quantity": 45}]')},
        q{SELECT wms_receive_stock(house('A'), '[{"sku": "gone", "quantity": 5}]'), wms_adjust_stock(house('A'), item('gone'), delta => -5, reason => 'gone')},
        q{UPDATE inventory.stock_items SET quantity = quantity + 3 WHERE product_id = item('q') AND warehouse_id = house('A')},
        qq{INSERT INTO done SELECT '$name', 'hold', reservation_id FROM wms_reserve_stock('[{"sku": "p", "quantity": 4}]', house('A'), 'x', house('A'))},
        qq{SELECT wms_consume_reservation(done('$name', 'hold'), 3) IS NOT NULL},
        qq{SELECT wms_release_reservation(done('$name', 'hold'))},
        qq{INSERT INTO done SELECT '$name', 'transfer', wms_create_transfer(house('A'), house('B'), '[{"sku": "p", "quantity": 10}, {"sku": "b", "quantity": 5}]')},
        qq{SELECT wms_approve_transfer(done('$name', 'transfer')), wms_ship_transfer(done('$name', 'transfer'))},
        qq{SELECT wms_receive_transfer(done('$name', 'transfer'), '[{"sku": "p", "quantity": 4}]')},
        qq{SELECT wms_complete_transfer(done('$name', 'transfer'))},
        qq{INSERT INTO done SELECT '$name', o, wms_place_order('[{"sku": "p", "quantity": 2}, {"sku": "v1", "quantity": 1}, {"sku": "b", "quantity": 7}]'::jsonb || k.line,
             warehouse_id => house('A')) FROM (VALUES ('kept', '[]'::jsonb), ('returned', '[{"sku": "k", "quantity": 1}]')) k (o, line)},
        qq{SELECT wms_confirm_order(id), wms_process_order(id), wms_pack_order(id), wms_ship_order(id), wms_deliver_order(id) FROM done WHERE trade = '$name' AND kind IN ('kept', 'returned')},
        qq{SELECT wms_refund_order(done('$name', 'returned'), lines => '[{"sku": "p", "quantity": 1}]', restock => true, amount => 0) IS NOT NULL},
        qq{SELECT wms_return_stock(house('A'), '[{"sku": "v1", "quantity": 1}]', 'order', done('$name', 'returned'))},
        qq{INSERT INTO done SELECT '$name', 'sold', wms_sell('[{"sku": "q", "quantity": 2}]', house('A'), 'cash')},
        qq{INSERT INTO done VALUES ('$name', 'end')});
}

# All that the trades did, in one session; of two notes with the same name the second is compared with the first.
my $asked = q{SELECT sku, warehouse_code, quantity, held, available FROM wms_stock_levels() ORDER BY 1, 2};
my $history = q{SELECT type, quantity, balance FROM wms_stock_history(item('p')) ORDER BY created_at, movement_id};
my $as_of = q{SELECT warehouse_id, product_id, variant_id, quantity FROM wms_stock_as_of((SELECT at FROM done WHERE trade = 'first' AND kind = 'end')) ORDER BY 1, 2, 3};
my $checked = q{SELECT 'wrong: ' || rule || ' ' || object FROM wms_verify();};
my ($out, $err) = ('', '');
my $session = join "\n", 'SET client_min_messages = warning;', trade('first'), $checked,
  "\\o $server->{_basedir}/before", "$asked;", "$history;", "$as_of;", '\\o',
  # the first trade is before, the second after
  q{SELECT date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond' AS start, now() + interval '1 month' AS next, now() + interval '2 months' AS after_next \gset},
  'SET ROLE tables_owner;', $prepare, $exchange, $further, 'RESET ROLE;',
  "\\o $server->{_basedir}/after", "$asked;", "$history;", "$as_of;", '\\o',
  $checked, trade('second'), $checked;
IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $server->connstr($db) ], '<', \$session, '>', \$out, '2>', \$err);
is($err, '', 'the trade, the procedure, and the trade again');
unlike($out, qr/wrong/, 'every rule holds, before, between and after') or diag($out);
is(slurp_file("$server->{_basedir}/after"), slurp_file("$server->{_basedir}/before"), 'levels, history and stock as of then are the same');
like($out, qr/^again 260\n.*^again 260$/ms, 'an idempotency key is answered from what is kept');

my $parts = q{SELECT string_agg(rel || ' ' || trades, ', ' ORDER BY rel) FROM (SELECT m.tableoid::regclass::text AS rel, count(*) > 20 AS trades FROM inventory.stock_movements m GROUP BY 1) x};
is(run_sql($server, $db, $parts), 'inventory.stock_movements_2027_01 true, inventory.stock_movements_before true', 'each trade is in its partition');
is(run_sql($server, $db, q{SELECT count(*) FROM inventory.stock_movements a JOIN inventory.stock_movements_before b USING (id)}),
    run_sql($server, $db, 'SELECT count(*) FROM inventory.stock_movements_before'), 'no movement is there twice');
is(run_sql($server, $db, q{SELECT string_agg(c.conname, ' ' ORDER BY 1) FROM pg_constraint c WHERE c.conrelid = 'inventory.stock_movements'::regclass AND c.contype <> 'n'}),
    join(' ', sort map { "stock_movements_$_" } qw(pkey type_check quantity_check unit_cost_check warehouse_id_fkey product_id_fkey variant_id_fkey batch_id_fkey)),
    'the constraints are those of before');
is(run_sql($server, $db, q{SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ' ') FROM pg_class WHERE relname ~ '^stock_movements'}), 'tables_owner', 'all of it belongs to the owner');
is($server->safe_psql($db, 'SELECT count(*) > 0 FROM inventory.stock_movements', extra_params => [ '-U', 'watcher' ]), 't', 'who may look may still look');

# Guards, whichever table is named.
sub check_guards
{
    my ($where, @tables) = @_;

    for my $table (@tables)
    {
        my $some = "(SELECT id FROM inventory.$table LIMIT 1)";
        my $row = "(id, warehouse_id, product_id, type, quantity, created_at) SELECT gen_random_uuid(), house('A'), item('p'), 'receive', 1, created_at FROM inventory.$table LIMIT 1";
        sql_fails($server, $where, "INSERT INTO inventory.$table $row", 'WM092', "$where: INSERT into $table");
        sql_fails($server, $where, "UPDATE inventory.$table SET quantity = quantity + 1 WHERE id = $some", 'WM092', "$where: UPDATE of $table");
        sql_fails($server, $where, "DELETE FROM inventory.$table WHERE id = $some", 'WM092', "$where: DELETE from $table");
        sql_fails($server, $where, "TRUNCATE inventory.$table", 'WM092', "$where: TRUNCATE of $table");
    }
    return;
}
check_guards($db, qw(stock_movements stock_movements_before stock_movements_2027_01));
sql_fails($server, $db, "TRUNCATE inventory.$_", 'WM092', "TRUNCATE of $_") for qw(stock_movements_2027_02 stock_movements_later);

# The direct path leaves the ledger to SQL, and only that.
my $watched = messages_of($server, $db, q{LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET client_min_messages = log;
SELECT wms_consume_reservation(reservation_id) FROM wms_reserve_stock('[{"sku": "p", "quantity": 1}]', house('A'), 'y', house('B'));});
like($watched, qr/Query Text: INSERT INTO inventory\.stock_movements/, 'movements are written by SQL');
unlike($watched, qr/Query Text: [^\n]*UPDATE inventory\.stock_items/, 'stock rows are not');
unlike($watched, qr/Seq Scan on stock_movements/, 'no partition is read as a whole') or diag($watched);

# A month nobody made a partition for.
run_sql($server, $db, 'DROP TABLE inventory.stock_movements_2027_02');
is(run_sql($server, $db, q{SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'stock_movements_later'}), 'DEFAULT', 'there is a partition for what has none');

# Dump and restore.
new_database($server, 'restored');
my $dump = dump_of($server, $db);
append_to_file("$server->{_basedir}/dump.sql", $dump);
can_run($server, 'the dump is restored', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$server->{_basedir}/dump.sql", 'restored');
is_dump($server, 'restored', $dump, 'it dumps as the original does');
is(run_sql($server, 'restored', $checked), '', 'restored: every rule holds');
run_sql($server, 'restored', trade('third'));
is(run_sql($server, 'restored', $checked), '', 'restored: and after another trade');
check_guards('restored', qw(stock_movements stock_movements_2027_01));

# The functions go and come back; the trigger of a partition is the user's to make again.
run_sql($server, 'restored', 'SET client_min_messages = warning; DROP EXTENSION wms CASCADE; CREATE EXTENSION wms; SELECT wms_migrate()');
for my $table ('stock_movements', 'stock_movements_before', 'stock_movements_2027_01', 'stock_movements_later')
{
    run_sql($server, 'restored', "CREATE TRIGGER wms_no_truncate BEFORE TRUNCATE ON inventory.$table FOR EACH STATEMENT EXECUTE FUNCTION wms_append_only()") if $table ne 'stock_movements';
}
check_guards('restored', qw(stock_movements stock_movements_before stock_movements_2027_01));
run_sql($server, 'restored', trade('fourth'));
is(run_sql($server, 'restored', $checked), '', 're-created: every rule holds after another trade');

# Old months are taken out: what was on hand stays, what was before is one line.
my $start = run_sql($server, $db, q{SELECT substring(pg_get_expr(relpartbound, oid) FROM $$FROM \('([^']*)'\)$$) FROM pg_class WHERE relname = 'stock_movements_2027_01'});
my $levels = run_sql($server, $db, $asked);
my $now = run_sql($server, $db, 'SELECT clock_timestamp()');
my $balances = "SELECT * FROM wms_stock_as_of('$now') WHERE quantity <> 0 ORDER BY 1, 2, 3";
my $stock_now = run_sql($server, $db, $balances);
my $newest = q{SELECT type, quantity, balance FROM (SELECT *, row_number() OVER (ORDER BY created_at DESC, movement_id DESC) AS n FROM wms_stock_history(item('p'), warehouse_id => house('A'))) x WHERE n <= 5 ORDER BY n};
my $history_now = run_sql($server, $db, $newest);
run_sql($server, $db, "\\set cut '$start'\nSET ROLE tables_owner;\n$forget");
is(run_sql($server, $db, $checked), '', 'without old months: every rule holds');
is(run_sql($server, $db, $asked), $levels, 'without old months: levels');
is(run_sql($server, $db, $balances), $stock_now, 'without old months: stock as of now');
is(run_sql($server, $db, $newest), $history_now, 'without old months: the history of what is left, with its balances');
is(run_sql($server, $db, q{SELECT count(*) FROM wms_stock_as_of((SELECT at FROM done WHERE trade = 'first' AND kind = 'end'))}), '0', 'without old months: of then nothing is known');
is(run_sql($server, $db, q{SELECT string_agg(notes, ', ') FROM wms_stock_history(item('q'), warehouse_id => house('A')) WHERE created_at < (SELECT min(created_at) FROM inventory.stock_movements_2027_01)}),
    'Balance of what was before', 'without old months: the history of an item begins with its balance');
check_guards($db, qw(stock_movements stock_movements_opening));
sql_fails($server, $db, q{SELECT wms_return_stock(house('A'), '[{"sku": "b", "quantity": 1}]', 'order', done('first', 'kept'))}, 'WM\d+', 'without old months: a return of then');
run_sql($server, $db, q{SELECT wms_return_stock(house('A'), '[{"sku": "b", "quantity": 1}]', 'order', done('second', 'kept'))});
run_sql($server, $db, 'DROP TABLE inventory.stock_movements_before');
run_sql($server, $db, trade('fifth'));
is(run_sql($server, $db, $checked), '', 'without old months: every rule holds after another trade');

# While the exchange waits for a table that movements refer to, whoever has that one still comes to the ledger.
my $waiting = installed($server, 'waiting');
my ($holder_out, $holder_err) = ('', '');
run_sql($server, $waiting, "\\set start 2100-01-01\n$prepare");
append_to_file("$server->{_basedir}/holder.sql", <<'SQL');
BEGIN;
LOCK TABLE catalog.products IN ROW EXCLUSIVE MODE;
DO $$
BEGIN
  WHILE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'catalog.products'::regclass AND NOT granted) LOOP
    PERFORM pg_sleep(0.01);
  END LOOP;
END $$;
LOCK TABLE inventory.stock_movements IN ROW EXCLUSIVE MODE NOWAIT;
COMMIT;
SQL
my $holder = IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', "$server->{_basedir}/holder.sql", '-d', $server->connstr($waiting) ], '<', \undef, '>', \$holder_out, '2>', \$holder_err);
$server->poll_query_until($waiting, q{SELECT count(*) > 0 FROM pg_locks WHERE relation = 'catalog.products'::regclass AND mode = 'RowExclusiveLock'}) or die;
run_sql($server, $waiting, "\\set start 2100-01-01\n\\set next 2100-02-01\n" . $exchange =~ s/^COMMIT;.*/ROLLBACK;/msr);
$holder->finish;
is($holder_err, '', 'an exchange that waits does not hold the ledger');

$server->stop;
done_testing();
