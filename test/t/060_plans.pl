# 060_plans.pl
#	Plans made on empty tables, and never analysed, stay linear in the lines of a command: in one session every
#	command runs first with two lines and hardly a row anywhere, then with many in a large catalogue.  Counted
#	are rows, as auto_explain tells them, of every statement, those of triggers and foreign keys included; all are
#	run by SQL, since what is reached directly has no plan.
#
#	What a shop that has grown is asked every day finds its rows by the index that is meant for it, whatever it holds.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;
use Wms;

my $products = 20_000;
my $lines = 400;
my $most = 200;    # rows of a statement for each line: an index read for each line would be 400 at least

my $server = new_server('plans', 'autovacuum = off', 'shared_buffers = 128MB', q{wms.tax_rate = '6'});
my $db = installed($server, 'plans');

my $third = int($products / 3);
my $setup = q{
SET client_min_messages = warning;
SET wms.direct_access = off;
LOAD 'auto_explain';
SET auto_explain.log_level = warning;
SET auto_explain.log_analyze = on;
SET auto_explain.log_timing = off;
SET auto_explain.log_nested_statements = on;
INSERT INTO inventory.warehouses (code, name, priority) VALUES ('A', 'A', 0), ('B', 'B', 1);
INSERT INTO auth.users (email, password_hash, first_name) VALUES ('u@example.com', 'x', 'u');
INSERT INTO agent.agents (user_id, agent_code, commission_rate) SELECT u.id, 'AG', 5 FROM auth.users u;
CREATE TABLE done (name text PRIMARY KEY, id uuid);
CREATE FUNCTION done(text) RETURNS uuid LANGUAGE sql STABLE AS 'SELECT id FROM done WHERE name = $1';
CREATE FUNCTION house(text) RETURNS uuid LANGUAGE sql STABLE AS 'SELECT id FROM inventory.warehouses WHERE code = $1';
-- s plain, b in batches, v with a variant xv, k a kit of s and b
CREATE PROCEDURE catalogue(a int, z int) LANGUAGE sql AS $$
 INSERT INTO catalog.products (sku, name, slug, base_price)
 SELECT p || n, p || n, p || n, 10 FROM generate_series(a, z) n, unnest('{s,b,v,k}'::text[]) p WHERE p <> 'k' OR n % 10 = 1;
 INSERT INTO catalog.product_variants (product_id, sku, name)
 SELECT p.id, 'x' || p.sku, 'x' FROM generate_series(a, z) n JOIN catalog.products p ON p.sku = 'v' || n;
 INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity)
 SELECT k.id, c.id, 1 FROM generate_series(a, z) n JOIN catalog.products k ON k.sku = 'k' || n
   JOIN catalog.products c ON c.sku = ANY (ARRAY['s' || n, 'b' || n]);
$$;
};

my $first = 1;
my $last = 2;

# Lines of the items of one kind, as a SQL expression.
sub many
{
    my ($kind, $quantity, $batch) = @_;
    my $more = $batch ? q{, 'batch_number', 'L' || n} : '';
    my $where = $kind eq 'k' ? 'WHERE n % 10 = 1' : '';

    return "(SELECT jsonb_agg(jsonb_build_object('sku', '$kind' || n, 'quantity', $quantity$more))"
      . " FROM generate_series($first, $last) n $where)";
}

sub several
{
    return join ' || ', map { many(@$_) } @_;
}

# Every command that takes many lines or works on a document of many: its name, its text.
sub commands
{
    my @mixed = (['s', 2], ['b', 1], ['xv', 2]);
    my $order = several(@mixed);
    my $some = several(['s', 1], ['b', 1]);
    my $user = '(SELECT id FROM auth.users)';
    my $agent = '(SELECT id FROM agent.agents)';

    return (
        [receive => "SELECT wms_receive_stock(house('A'), " . several(['s', 100], ['xv', 100]) . ')'],
        [receive_batch => "SELECT wms_receive_stock(house('A'), " . many('b', 50, 1) . ')'],
        [receive_again => "SELECT wms_receive_stock(house('A'), " . many('b', 50, 1) . ')'],
        [count => "SELECT count(*) FROM wms_count_stock(house('A'), " . many('s', 90) . ')'],
        [reserve => "SELECT count(*) FROM wms_reserve_stock($some, NULL, 'x', '00000000-0000-0000-0000-000000000001')"],
        [release => "SELECT wms_release_reservations('x', '00000000-0000-0000-0000-000000000001')"],
        [quote => "SELECT total FROM wms_quote_order($order)"],
        [place => "INSERT INTO done SELECT 'o', wms_place_order($order, user_id => $user, agent_id => $agent)"],
        [place_other => "INSERT INTO done SELECT 'c', wms_place_order($order)"],
        [place_kits => "INSERT INTO done SELECT 'k', wms_place_order(" . many('k', 1) . ')'],
        [pay => q{SELECT wms_record_payment(o.id, o.total, 'cash') FROM sales.orders o JOIN done d USING (id)}],
        [confirm => q{SELECT wms_confirm_order(id) FROM done}],
        [change => "SELECT wms_change_order(done('c'), " . several(['s', 3], ['b', 1]) . ')'],
        [cancel => q{SELECT wms_cancel_order(done('c'))}],
        [process => q{SELECT wms_process_order(id), wms_pack_order(id) FROM done WHERE name <> 'c'}],
        [refund_unshipped => "SELECT wms_refund_order(done('o'), lines => " . many('xv', 1) . ')'],
        [ship => q{SELECT wms_ship_order(id) FROM done WHERE name <> 'c'}],
        [deliver => q{SELECT wms_deliver_order(done('o'))}],
        [refund_lines => "SELECT wms_refund_order(done('o'), lines => $some, restock => true)"],
        [refund_kits => "SELECT wms_refund_order(done('k'), lines => " . many('k', 1) . ', restock => true)'],
        [return => "SELECT wms_return_stock(house('A'), " . many('s', 1) . ", 'order', done('o'))"],
        [refund_rest => q{SELECT wms_refund_order(done('o'), restock => true)}],
        [transfer => "INSERT INTO done SELECT 't', wms_create_transfer(house('A'), house('B'), $some)"],
        [transfer_ship => q{SELECT wms_approve_transfer(done('t')), wms_ship_transfer(done('t'))}],
        [transfer_receive => "SELECT wms_receive_transfer(done('t'), " . many('s', 1) . ')'],
        [transfer_cancel => q{SELECT wms_cancel_transfer(done('t'))}],
        [sell => "INSERT INTO done SELECT 's', wms_sell($some, house('A'), 'cash')"],
        [report_short => "SELECT total FROM wms_quote_order(" . many('s', 99_999) . ')'],
        [clear => 'TRUNCATE done']);
}

# The rows that the nodes of the plans brought or threw away, by command and statement.
sub rows_of
{
    my ($messages) = @_;
    my (%rows, $command, $statement, $loops);

    for (split /\n/, $messages)
    {
        if (/WARNING:  command (\w+)/) { ($command, $statement) = ($1, undef); $rows{$command} = {}; }
        elsif (/Query Text: (.*)/) { $statement = substr($1, 0, 300); }
        elsif (!defined $command || !defined $statement) { next; }
        elsif (/\(actual rows=([\d.]+) loops=(\d+)\)/) { $loops = $2; $rows{$command}{$statement} += $1 * $loops; }
        elsif (/Rows Removed by [^:]+: ([\d.]+)/) { $rows{$command}{$statement} += $1 * $loops; }
    }
    return \%rows;
}

my $script = "$setup CALL catalogue(1, 2);\n" . join('', map { "$_->[1];\n" } commands());
$script .= "CALL catalogue(3, $third);\nSELECT count(*) FROM wms_count_stock(house('A'), (SELECT jsonb_agg("
  . "jsonb_build_object('sku', 's' || n, 'quantity', 5)) FROM generate_series(1000, $third) n));\n";
($first, $last) = (11, 10 + $lines);
$script .= "SET auto_explain.log_min_duration = 0;\n"
  . join('', map { "DO \$\$BEGIN RAISE WARNING 'command $_->[0]'; END\$\$;\n$_->[1];\n" } commands());
$script .= "SET auto_explain.log_min_duration = -1;\nSELECT 'broken: ' || rule || ' ' || object FROM wms_verify();\n";

my ($out, $messages) = ('', '');
IPC::Run::run(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $server->connstr($db)], '<', \$script, '>', \$out, '2>', \$messages);
is($?, 0, 'every command works') or diag(grep { /ERROR|DETAIL/ } split /^/, $messages);
unlike($out, qr/broken/, 'every rule holds');

my $rows = rows_of($messages);
for my $name (map { $_->[0] } grep { $_->[0] ne 'clear' } commands())
{
    my $of = $rows->{$name} // {};
    my @bad = grep { $of->{$_} > $most * $lines } sort keys %$of;

    cmp_ok(scalar(keys %$of), '>', 2, "$name: its statements are seen");
    is(scalar(@bad), 0, "$name: rows in proportion to its lines")
      or diag(map { sprintf "%d rows a line: %s\n", $of->{$_} / $lines, $_ } @bad);
}

# What an agent was paid over the years is not read to pay him what is due.
my $due = 100;
my $paid = 20_000;
my @payouts = (
    [pay_all => 'SELECT count(*) FROM wms_create_payouts()'],
    [fail => 'SELECT wms_fail_payout(id) FROM agent.payouts WHERE notes IS NULL'],
    [pay_one => q{SELECT wms_create_payout(id, notes => 'one') FROM agent.agents}],
    [process => q{SELECT wms_process_payout(id) FROM agent.payouts WHERE notes = 'one'}],
    [complete => q{SELECT wms_complete_payout(id) FROM agent.payouts WHERE notes = 'one'}]);
$db = installed($server, 'payouts');
$script = $setup . qq{
SELECT count(*) FROM wms_create_payouts();
INSERT INTO sales.orders (order_number, agent_id, status, confirmed_at) SELECT 'o', a.id, 'delivered', now() FROM agent.agents a;
SET session_replication_role = replica;
INSERT INTO agent.payouts (agent_id, payout_number, amount, status, notes) SELECT a.id, 'p', $paid, 'completed', 'old' FROM agent.agents a;
INSERT INTO agent.commissions (agent_id, order_id, level, payout_id, order_total, commission_rate, commission_amount, status, paid_at)
SELECT a.id, o.id, n, CASE WHEN n <= $paid THEN p.id END, 100, 1, 1, CASE WHEN n <= $paid THEN 'paid' ELSE 'approved' END, CASE WHEN n <= $paid THEN now() END
  FROM agent.agents a, sales.orders o, agent.payouts p, generate_series(1, $paid + $due) n;
RESET session_replication_role;
SET auto_explain.log_min_duration = 0;
} . join('', map { "DO \$\$BEGIN RAISE WARNING 'command $_->[0]'; END\$\$;\n$_->[1];\n" } @payouts)
  . "SET auto_explain.log_min_duration = -1;\nSELECT 'broken: ' || rule || ' ' || object FROM wms_verify();\n";
($out, $messages) = ('', '');
IPC::Run::run(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $server->connstr($db)], '<', \$script, '>', \$out, '2>', \$messages);
is($?, 0, 'every command of payouts works') or diag(grep { /ERROR|DETAIL/ } split /^/, $messages);
unlike($out, qr/broken/, 'payouts: every rule holds');
is(run_sql($server, $db, q{SELECT count(*) FROM agent.commissions WHERE status = 'paid'}), $paid + $due, 'payouts: all is paid');
$rows = rows_of($messages);
for my $name (map { $_->[0] } @payouts)
{
    my $of = $rows->{$name} // {};
    my @bad = grep { $of->{$_} > 20 * $due } sort keys %$of;

    cmp_ok(scalar(keys %$of), '>', 2, "payouts, $name: its statements are seen");
    is(scalar(@bad), 0, "payouts, $name: rows in proportion to what is due") or diag(map { "$of->{$_} rows: $_\n" } @bad);
}

# Two years of trade (test/bench/growth.sql): the question, and the index that answers it.
my %asked = (
    available => [q{SELECT wms_available_quantity(:'item')}, 'idx_stock_items_product_id'],
    levels => [q{SELECT count(*) FROM wms_stock_levels(product_id => :'item')}, 'idx_stock_items_product_id'],
    levels_here => [q{SELECT count(*) FROM wms_stock_levels(:'item', :'house')}, 'stock_items_warehouse_product_variant_key'],
    low_here => [q{SELECT count(*) FROM wms_low_stock(:'house')}, 'stock_items_warehouse_product_variant_key'],
    orders => [q{SELECT count(*) FROM wms_orders()}, 'idx_orders_created_at'],
    orders_open => [q{SELECT count(*) FROM wms_orders(status => 'pending')}, 'idx_orders_status'],
    orders_of => [q{SELECT count(*) FROM wms_orders(user_id => :'buyer')}, 'idx_orders_user_status'],
    customer => [q{SELECT wms_customer_summary(:'buyer') IS NOT NULL}, 'idx_orders_user_status'],
    report => [q{SELECT count(*) FROM wms_sales_report(current_date - 3, current_date)}, 'idx_orders_confirmed_at'],
    history => [q{SELECT count(*) FROM wms_stock_history(:'item')}, 'idx_stock_movements_warehouse_product_variant_created'],
    returned => [q{SELECT wms_return_stock(:'house', format('[{"product_id": "%s", "quantity": 1}]', :'sold')::jsonb, 'order', :'order')}, 'idx_stock_movements_reference_id']);
my $size = 60_000;
$db = installed($server, 'grown');
can_run($server, 'two years of trade', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', "movements=$size", '-v', 'products=1000',
    '-f', "$FindBin::RealBin/../bench/growth.sql", $db);
$script = qq{
SET client_min_messages = warning;
LOAD 'auto_explain';
SET auto_explain.log_level = warning;
SET auto_explain.log_nested_statements = on;
SELECT product_id AS item, warehouse_id AS house FROM inventory.stock_items LIMIT 1 \\gset
SELECT o.user_id AS buyer, o.id AS order, i.product_id AS sold FROM sales.orders o JOIN sales.order_items i ON i.order_id = o.id LIMIT 1 \\gset
SET auto_explain.log_min_duration = 0;
} . join '', map { "DO \$\$BEGIN RAISE WARNING 'question $_'; END\$\$;\n$asked{$_}[0];\n" } sort keys %asked;
($out, $messages) = ('', '');
IPC::Run::run(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $server->connstr($db)], '<', \$script, '>', \$out, '2>', \$messages);
is($?, 0, 'every question is answered') or diag(grep { /ERROR|DETAIL/ } split /^/, $messages);
my %plans = $messages =~ /WARNING:  question (\w+)\n(.*?)(?=WARNING:  question |\z)/sg;
for my $name (sort keys %asked)
{
    my $plan = $plans{$name} // '';

    like($plan, qr/(using|Index Scan on) \Q$asked{$name}[1]\E\b/, "$name: by $asked{$name}[1]") or diag($plan);
    unlike($plan, qr/Seq Scan on (stock_items|stock_movements|orders|order_status_history|products)\b/,
        "$name: reads no large table as a whole") or diag($plan);
}
$server->stop;
done_testing();
