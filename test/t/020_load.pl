# Many sessions at once: no deadlock, nothing sold twice, every rule holds afterwards.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use Test::More;
use Wms;

my $bench = "$FindBin::RealBin/../bench";
my $node = new_server('load', 'max_connections = 250', 'shared_buffers = 128MB', 'log_line_prefix = \'%e %p %d \'',
    'deadlock_timeout = 100ms', 'log_statement = none');
local %ENV = (%ENV, pg_env($node));

# What random commands may be refused for: WM001 stock, WM002 a hold resolved, WM003 a status, WM004 nothing
# there yet, WM009 a coupon, 22023 only fees to reserve, or stock without batch.
my %expected = map { $_ => 1 } qw(00000 WM001 WM002 WM003 WM004 WM009 22023);

sub rules_hold
{
    my ($database, $name) = @_;

    is(run_sql($node, $database, 'SELECT * FROM wms_verify()'), '', "$name: every rule holds");
    return;
}

sub loaded
{
    my ($database) = @_;

    installed($node, $database);
    $node->safe_psql($database, slurp("$bench/load_setup.sql"));
    return $database;
}

sub slurp
{
    my ($file) = @_;
    open my $handle, '<', $file or die "$file: $!";
    local $/ = undef;
    return scalar <$handle>;
}

# How often each SQLSTATE of an error is in the server's log, from an offset on.
sub states_since
{
    my ($offset) = @_;
    my %count;

    $count{$_}++ for substr(slurp($node->logfile), $offset) =~ /^(\w{5}) \d+ \w* ?(?:ERROR|FATAL|PANIC): /mg;
    return \%count;
}

# Runs programs at the same time, each with its input; what they say is thrown away.
sub together
{
    my ($database, @inputs) = @_;
    my $folder = PostgreSQL::Test::Utils::tempdir();
    my @running;

    for my $number (0 .. $#inputs)
    {
        PostgreSQL::Test::Utils::append_to_file("$folder/$number.sql", $inputs[$number]);
        push @running, IPC::Run::start([ 'psql', '-XqA', '-d', $database, '-f', "$folder/$number.sql" ],
            '<', '/dev/null', '>', '/dev/null', '2>', '/dev/null');
    }
    $_->finish for @running;
    return;
}

# N sessions want one unit each of M on hand.
sub exactly
{
    my ($database, $sessions, %stock) = @_;
    my $on_hand = 0;
    my $name = "$sessions sessions on " . join(' and ', map { $stock{$_} } sort keys %stock);

    installed($node, $database);
    run_sql($node, $database, q{INSERT INTO catalog.products (sku, name) VALUES ('x', 'x'); CREATE UNLOGGED TABLE load_results (state text);
        CREATE FUNCTION take_one() RETURNS void LANGUAGE plpgsql AS $$
        DECLARE state text := '00000';
        BEGIN
          BEGIN PERFORM wms_reserve_stock('[{"sku": "x", "quantity": 1}]');
          EXCEPTION WHEN OTHERS THEN state := SQLSTATE; END;
          INSERT INTO load_results VALUES (state);
        END $$});
    for my $code (sort keys %stock)
    {
        $on_hand += $stock{$code};
        run_sql($node, $database, qq{WITH w AS (INSERT INTO inventory.warehouses (code, name) VALUES ('$code', '$code') RETURNING id)
            SELECT id FROM w; SELECT wms_receive_stock(id, '[{"sku": "x", "quantity": $stock{$code}}]') FROM inventory.warehouses WHERE code = '$code'});
    }
    can_run($node, "$name: all answered", 'pgbench', '-n', '-c', $sessions, '-j', 2, '-t', 1, '-f', "$bench/take_one.sql", $database);
    is(run_sql($node, $database, 'SELECT state, count(*) FROM load_results GROUP BY 1 ORDER BY 1'),
        "00000|$on_hand\nWM001|" . ($sessions - $on_hand), "$name: as many get one");
    is(run_sql($node, $database, 'SELECT sum(reserved_quantity) FROM inventory.stock_items'), $on_hand, "$name: all are held");
    rules_hold($database, $name);
    return;
}

exactly('ten', 20, A => 10);
exactly('fifty', 200, A => 20, B => 30);

# random commands, refusals caught by the caller
loaded('mixed');
my $offset = -s $node->logfile;
can_run($node, 'a mix of commands', 'pgbench', '-n', '-c', 32, '-j', 2, '-T', 15, '-f', "$bench/load.sql", 'mixed');
my %seen = map { split /\|/ } split /\n/, run_sql($node, 'mixed', 'SELECT state, count(*) FROM load_results GROUP BY 1');
is(join(' ', grep { !$expected{$_} } sort keys %seen), '', 'only refused for good reasons');
is(join(' ', sort keys %{ states_since($offset) }), '', 'no error beside them');
cmp_ok($seen{'00000'}, '>', 500, 'most are carried out') or diag(explain(\%seen));
cmp_ok(run_sql($node, 'mixed', q{SELECT count(DISTINCT command) FROM load_results WHERE state = '00000'}), '>=', 13, 'every command was');
rules_hold('mixed', 'a mix of commands');

# every command a transaction of its own, a quarter of the sessions with holds that lapse at once
$offset = -s $node->logfile;
my $orders = run_sql($node, 'mixed', 'SELECT count(*) FROM sales.orders');
together('mixed',
    map { ($_ % 4 ? '' : "SET wms.order_hold = 1;\n") . slurp("$bench/load_bare.sql") x 60 } 1 .. 32);
my $states = states_since($offset);
is(join(' ', grep { !$expected{$_} } sort keys %$states), '', 'without subtransactions: only refused for good reasons');
cmp_ok(run_sql($node, 'mixed', 'SELECT count(*) FROM sales.orders'), '>', $orders + 100, 'without subtransactions: orders are placed');
rules_hold('mixed', 'without subtransactions');

# above READ COMMITTED a client retries, and never has to for a deadlock
for my $level ('repeatable read', 'serializable')
{
    (my $database = $level) =~ tr/ /_/;
    loaded($database);
    $offset = -s $node->logfile;
    local $ENV{PGOPTIONS} = '-c default_transaction_isolation=' . ($level =~ s/ /\\ /r);
    can_run($node, $level, 'pgbench', '-n', '-c', 12, '-j', 2, '-T', 6, '--max-tries', 1000, '-f', "$bench/load.sql", $database);
    is(join(' ', sort keys %{ states_since($offset) }), '40001', "$level: only 40001, again and again");
    is(run_sql($node, $database, q{SELECT string_agg(DISTINCT state, ' ') FROM load_results
        WHERE state NOT IN ('00000', 'WM001', 'WM002', 'WM003', 'WM004', 'WM009', '22023')}), '', "$level: refused for good reasons");
    rules_hold($database, $level);
}

$node->stop;
done_testing();
