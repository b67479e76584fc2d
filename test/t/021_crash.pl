# The server dies in the middle of the load.  What was acknowledged is there, every rule holds, and a retry under
# the same key gives the first result.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Wms;

my $bench = "$FindBin::RealBin/../bench";
my $clients = 12;
my $node = PostgreSQL::Test::Cluster->new('crash');

$node->init;
$node->append_conf('postgresql.conf', "fsync = on\nfull_page_writes = on\nsynchronous_commit = on\nmax_connections = 60\n"
    . "restart_after_crash = on\ncheckpoint_timeout = 30s\nlog_statement = none\nmax_wal_size = 64MB\n");
$node->start;
my %environment = pg_env($node);
@ENV{ keys %environment } = values %environment;
installed($node, 'load');
$node->safe_psql('load', slurp_file("$bench/load_setup.sql"));
run_sql($node, 'load', q{SELECT wms_receive_stock(w.id, (SELECT jsonb_agg(jsonb_build_object('sku', 'p' || n, 'quantity', 100000))
    FROM generate_series(1, 8) n)) FROM inventory.warehouses w});

# An order that is known again by its key.
sub place
{
    my ($key) = @_;
    my ($n) = $key =~ /(\d+)$/;
    my $lines = join ', ', map { sprintf '{"sku": "p%d", "quantity": %d}', 1 + ($n * 5 + $_ * 3) % 8, 1 + ($n + $_) % 3 } 0 .. $n % 4;

    return "SELECT '$key', wms_place_order('[$lines]', customer_notes => '$key', idempotency_key => '$key');\n";
}

# Orders one after another, with random commands between them.
sub script_of
{
    my ($round, $client) = @_;

    return join '', map { place("k$round-$client-$_") . slurp_file("$bench/load_bare.sql") } 1 .. 2000;
}

# Until so many more orders are placed.
sub wait_for_orders
{
    my ($more) = @_;
    my $before = run_sql($node, 'load', 'SELECT count(*) FROM sales.orders');

    1 while run_sql($node, 'load', 'SELECT count(*) FROM sales.orders') < $before + $more;
    return;
}

sub server_processes
{
    my ($postmaster) = @_;

    return map { /^\s*(\d+)/ ? $1 : () } `ps -o pid= --ppid $postmaster`;
}

# Nothing runs any more; it may still wait for its parent to take notice.
sub is_dead
{
    my ($pid) = @_;

    return `ps -o stat= -p $pid` !~ /^[^Z\s]/;
}

# The machine stops: the postmaster and all its processes at once.
sub kill_all
{
    my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];

    kill 'STOP', $postmaster;
    my @processes = server_processes($postmaster);
    kill 'KILL', @processes, $postmaster;
    $node->{_pid} = undef;
    for my $pid ($postmaster, @processes)
    {
        1 until is_dead($pid);
    }
    # where nobody takes notice of it, the next postmaster would see it for ever
    for (1 .. 200)
    {
        last unless kill 0, $postmaster;
        select undef, undef, undef, 0.05;
    }
    unlink $node->data_dir . '/postmaster.pid';
    return;
}

# A backend is killed: the postmaster ends the others and recovers.
sub kill_backend
{
    my $pid = run_sql($node, 'load', q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'
        AND pid <> pg_backend_pid() AND datname = 'load' LIMIT 1});

    kill 'KILL', $pid;
    return;
}

sub answers_again
{
    my $deadline = time + 180;

    while (system('pg_isready', '-q') != 0)
    {
        return 0 if time > $deadline;
    }
    return 1;
}

my $stop_and_start = sub { $node->stop('immediate'); $node->start };
my $kill_and_start = sub { kill_all(); $node->start };
my %ending = (
    1 => [ 'kill -9 of everything', $kill_and_start ],
    2 => [ 'kill -9 of a backend', \&kill_backend ],
    3 => [ 'immediate shutdown', $stop_and_start ],
    4 => [ 'kill -9 of everything, again', $kill_and_start ],
    5 => [ 'locks released early, kill -9 of everything', $kill_and_start, 'wms.early_lock_release = on' ],
    6 => [ 'locks released early, immediate shutdown', $stop_and_start ]);

for my $round (sort keys %ending)
{
    my ($name, $end, $setting) = @{ $ending{$round} };

    if (defined $setting)
    {
        $node->append_conf('postgresql.conf', "$setting\n");
        $node->restart;
    }
    my @running = start_clients('load', map { script_of($round, $_) } 1 .. $clients);
    wait_for_orders(250);
    $end->();
    my %order = answers_of(@running);
    ok(answers_again(), "$name: the server is back");
    is(run_sql($node, 'load', 'SELECT * FROM wms_verify()'), '', "$name: every rule holds");
    cmp_ok(scalar keys %order, '>', 100, "$name: many orders were acknowledged");

    my $values = join ', ', map { "('$_', '$order{$_}'::uuid)" } sort keys %order;
    is(run_sql($node, 'load', "SELECT count(*) FROM (VALUES $values) a (key, id)
        WHERE NOT EXISTS (SELECT FROM sales.orders o WHERE o.id = a.id AND o.customer_notes = a.key)"), '0', "$name: all of them are there");

    # everybody who got an answer, and those who got none, come again
    my @retried = ((sort keys %order), map { "k$round-$_-2000" } 1 .. $clients);
    my %again = map { split / / } split /\n/, run_sql($node, 'load', join '', map { place($_) } @retried) =~ tr/|/ /r;
    is(join(' ', grep { $again{$_} ne $order{$_} } sort keys %order), '', "$name: the same answers again");
    is(run_sql($node, 'load', 'SELECT customer_notes FROM sales.orders WHERE customer_notes IS NOT NULL GROUP BY 1 HAVING count(*) > 1'), '',
        "$name: no order twice");
    is(run_sql($node, 'load', 'SELECT * FROM wms_verify()'), '', "$name: every rule holds after the retries");
}

# what had no answer: whatever came of it, a retry of all of the last round's requests makes each order once
my $asked = run_sql($node, 'load', q{SELECT max(split_part(customer_notes, '-', 3)::integer) FROM sales.orders
    WHERE customer_notes LIKE 'k6-%' AND customer_notes NOT LIKE '%-2000'});
my @all = map { my $client = $_; map { "k6-$client-$_" } 1 .. $asked + 1 } 1 .. $clients;
run_sql($node, 'load', join '', map { place($_) } @all);
is(run_sql($node, 'load', "SELECT count(*), count(DISTINCT customer_notes) FROM sales.orders
    WHERE customer_notes LIKE 'k6-%' AND customer_notes NOT LIKE '%-2000'"), @all . '|' . @all, 'each request is one order');
is(run_sql($node, 'load', 'SELECT * FROM wms_verify()'), '', 'every rule holds in the end');

$node->stop;
done_testing();
