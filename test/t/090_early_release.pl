# wms.early_lock_release: others go on before a commit is flushed, and nobody is answered before it is.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use Test::More;
use Wms;

# The walwriter flushes next to nothing of itself, so a flush is somebody's.
my $node = new_server('early', 'wal_writer_delay = 10s', 'autovacuum = off', 'max_prepared_transactions = 5', 'wal_receiver_status_interval = 1s');
my %environment = pg_env($node);
@ENV{ keys %environment } = values %environment;
installed($node, 'shop');
run_sql($node, 'shop', q{INSERT INTO catalog.products (sku, name) VALUES ('hot', 'hot'), ('cold', 'cold');
    INSERT INTO inventory.warehouses (code, name) VALUES ('A', 'A');
    SELECT wms_receive_stock(id, '[{"sku": "hot", "quantity": 100000}, {"sku": "cold", "quantity": 100000}]') FROM inventory.warehouses});
my $take = q{FROM wms_reserve_stock('[{"sku": "hot", "quantity": 1}]')};
run_sql($node, 'shop', 'CREATE TABLE plain (a integer)');
my $on = 'SET wms.early_lock_release = on';

# A session, with settings.
sub session
{
    my ($sql) = @_;
    my $session = $node->background_psql('shop', on_error_stop => 0);

    $session->query_safe($sql);
    return $session;
}

my $observer = session('SELECT 1');

# Is always, of some times, what the session wrote was flushed when it was answered?  Looked at from elsewhere.
sub flushed
{
    my ($session, $sql) = @_;
    my $times = 10;
    my $flushed = 0;

    for (1 .. $times)
    {
        my ($before) = $session->query_safe($sql) =~ m{^([[:xdigit:]]+/[[:xdigit:]]+)$}m;
        $flushed += $observer->query_safe("SELECT (pg_current_wal_flush_lsn() > '$before')::integer");
    }
    return $flushed == $times ? 'always' : 'not always';
}

my $writer = session($on);
my $take_at = "SELECT pg_current_wal_insert_lsn() $take";
is(flushed($writer, $take_at), 'always', 'flushed when it is answered');
is(flushed($writer, "BEGIN; SAVEPOINT a; SELECT quantity $take; ROLLBACK TO a; $take_at; COMMIT"), 'always', 'in a transaction with a subtransaction');
is(flushed($writer, qq{DO \$\$ DECLARE before pg_lsn; BEGIN
    FOR i IN 1 .. 3 LOOP
        PERFORM 1 $take;
        before := pg_current_wal_insert_lsn();
        COMMIT;
        ASSERT pg_current_wal_flush_lsn() > before, 'not flushed';
    END LOOP; END \$\$;
    SELECT pg_current_wal_flush_lsn() - 1}), 'always', 'each COMMIT within a procedure');
is(flushed($writer, "BEGIN; SET LOCAL synchronous_commit = local; $take_at; COMMIT"), 'always', 'with synchronous_commit = local');
is(flushed($writer, "BEGIN; SET LOCAL synchronous_commit = off; $take_at; COMMIT"), 'not always', 'not with synchronous_commit = off, so a flush that is missing is seen');
is($writer->query_safe('SHOW synchronous_commit'), 'on', 'which is what it was');

# who writes nothing, since another did it, answers from what may not be flushed yet: that answer waits for the flush too
my $lazy = session("$on; SET synchronous_commit = off");
my $purpose = "'wish', '00000000-0000-4000-8000-000000000001'";
my $release = "SELECT wms_release_reservations($purpose)";
my %twins = (
    'a twin under a key' => [ '', 'SELECT quantity ' . $take =~ s/\)$/, idempotency_key => 'twin')/r, '1 1' ],
    'who finds nothing left to do' => [ "SELECT quantity $take;" =~ s/\);$/, NULL, $purpose);/r, $release, '1 0' ]);

for my $name (sort keys %twins)
{
    my ($prepare, $command, $answers) = @{ $twins{$name} };
    my ($behind, $flushed, %found) = (0, 0);

    for my $round (1 .. 10)
    {
        my $sql = $command =~ s/'twin'/'twin$round'/r;
        $lazy->query_safe($prepare) if $prepare;
        my $first = $lazy->query_safe($sql);
        my $written = $lazy->query_safe('SELECT pg_current_wal_insert_lsn()');
        my $is_flushed = "SELECT (pg_current_wal_flush_lsn() >= '$written')::integer";
        $behind += !$observer->query_safe($is_flushed);
        $found{"$first " . $writer->query_safe($sql)} = 1;
        $flushed += $observer->query_safe($is_flushed);
    }
    is(join(', ', keys %found), $answers, "$name: the answers");
    cmp_ok($behind, '>', 0, "$name: the first is not flushed");
    is($flushed, 10, "$name: answered when the first is flushed");
}
$lazy->quit;

# a commit that fails after all, with an error that comes last of all
$writer->query(qq{BEGIN; CREATE TEMP TABLE a (id integer PRIMARY KEY) ON COMMIT DELETE ROWS; CREATE TEMP TABLE b (id integer REFERENCES a);
    SELECT quantity $take; COMMIT});
like($writer->{stderr}, qr/unsupported ON COMMIT/, 'a commit that fails');
$writer->{stderr} = '';
is($writer->query_safe('SHOW synchronous_commit'), 'on', 'leaves synchronous_commit as it was');
is(flushed($writer, $take_at), 'always', 'and the next one is flushed');

# a transaction that is prepared keeps its locks
my $hot_lock = q{SELECT 1 FROM inventory.stock_items i JOIN catalog.products p ON p.id = i.product_id WHERE p.sku = 'hot' FOR UPDATE OF i NOWAIT};
is(flushed($writer, "BEGIN; $take_at; PREPARE TRANSACTION 'p'; COMMIT PREPARED 'p'"), 'always', 'prepared and committed: flushed');
$writer->query_safe("BEGIN; SELECT quantity $take; PREPARE TRANSACTION 'p'");
sql_fails($node, 'shop', $hot_lock, '55P03', 'a lock of a prepared transaction');
my $insert = 'INSERT INTO plain VALUES (1) RETURNING pg_current_wal_insert_lsn()';
is(flushed($writer, $insert), 'always', 'the next transaction');
$writer->query_safe('SET synchronous_commit = off');
is(flushed($writer, $insert), 'not always', 'without a command all is as ever');
$writer->query_safe('RESET synchronous_commit');
run_sql($node, 'shop', "COMMIT PREPARED 'p'");

# a synchronous standby that is away: who commits waits for it
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->start;
$node->append_conf('postgresql.conf', "synchronous_standby_names = '*'\n");
$node->reload;
run_sql($node, 'shop', 'CREATE TABLE is_synchronous ()');

# So many commits wait for the standby.
sub waiting
{
    my ($count, $name) = @_;

    ok($node->poll_query_until('shop', "SELECT count(*) = $count FROM pg_stat_activity WHERE wait_event = 'SyncRep'"), $name);
    return;
}

# Sends a statement whose answer is waited for later.
sub send_off
{
    my ($session, $sql) = @_;

    $session->query_until(qr/asked/, "\\echo asked\n$sql;\n\\echo answered\n");
    return;
}

sub answer_of
{
    my ($session) = @_;

    return $session->query_until(qr/answered/, '') =~ s/\s*answered\s*$//r;
}

my $all_hot = q{SELECT sum(reserved_quantity) FROM inventory.stock_items i JOIN catalog.products p ON p.id = i.product_id WHERE p.sku = 'hot'};
my $impatient = q{SET lock_timeout = '200ms'; };
my $held = run_sql($node, 'shop', $all_hot);

$standby->stop;
my $off = session('SELECT 1');
send_off($off, "SELECT quantity $take");
waiting(1, 'off: a commit waits for the standby');
sql_fails($node, 'shop', "$impatient BEGIN; SELECT $take; ROLLBACK", '55P03', 'off: the lock is held as long');
is(run_sql($node, 'shop', $all_hot), $held, 'off: what is not there for sure is not seen');
$standby->start;
is(answer_of($off), '1', 'off: it is answered when the standby is back');
$off->quit;

$standby->stop;
$writer->query_safe("BEGIN; SELECT quantity $take");
my $queued = session($on);
send_off($queued, "SELECT quantity $take");
ok($node->poll_query_until('shop', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'}), 'on: a session queues for the lock');
send_off($writer, 'COMMIT');
waiting(2, 'on: a commit waits for the standby, and so does who queued for its lock');
is(run_sql($node, 'shop', "$impatient BEGIN; SELECT quantity $take; ROLLBACK"), '1', 'on: the next one has the lock');
is(run_sql($node, 'shop', $all_hot), $held + 3, 'on: what is not there for sure is seen');
waiting(2, 'on: they are not answered meanwhile');
is(run_sql($node, 'shop', "$on; SET synchronous_commit = local; SELECT quantity $take"), '1', 'who waits for no standby is answered');
my $twin = session($on);
my $under_key = 'SELECT quantity ' . $take =~ s/\)$/, idempotency_key => 'both'\)/r;
my $first = session($on);
send_off($first, $under_key);
waiting(3, 'a commit under a key');
send_off($twin, $under_key);
waiting(4, 'a twin waits for the standby too');
my $canceled = session("SET application_name = 'canceled'; $on");
send_off($canceled, "SELECT quantity $take");
waiting(5, 'a commit that is canceled');
run_sql($node, 'shop', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'canceled'});
is(answer_of($canceled), '1', 'is answered');
like($canceled->{stderr}, qr/WARNING:  canceling wait for synchronous replication/, 'with a warning');
$standby->start;
is(answer_of($writer), '', 'COMMIT is answered when the standby is back');
is(answer_of($_), '1', 'answered when the standby is back') for $queued, $first, $twin;
$_->quit for $queued, $first, $twin, $canceled;

# the standby that has to apply is asked by the commit record, so the locks are held as ever
run_sql($node, 'shop', q{SELECT quantity FROM wms_reserve_stock('[{"sku": "cold", "quantity": 1}]', NULL, } . "$purpose)");
$standby->stop;
my $apply = session("$on; SET synchronous_commit = remote_apply");
send_off($apply, "SELECT quantity $take");
waiting(1, 'remote_apply: a commit waits for the standby');
sql_fails($node, 'shop', "$impatient BEGIN; SELECT $take; ROLLBACK", '55P03', 'remote_apply: the lock is held as long');
send_off($writer, $release);
waiting(2, 'on: a release waits for the standby');
my $late = session("$on; SET synchronous_commit = remote_apply");
send_off($late, $release);
waiting(3, 'remote_apply: so does who finds nothing left to do');
$standby->start;
is(answer_of($apply), '1', 'answered when the standby is back');
is(answer_of($writer), '1', 'the release too');
is(answer_of($late), '0', 'and that there was nothing left');
$_->quit for $writer, $apply, $late;

# the primary is lost in the middle of the load: what was answered is on the standby
$node->append_conf('postgresql.conf', "wms.early_lock_release = on\n");
$node->reload;
my @running = start_clients('shop', map { my $client = $_; join '', map {
    qq{SELECT 'k$client-$_', reservation_id FROM wms_reserve_stock('[{"sku": "hot", "quantity": 1}]');\n} } 1 .. 20000 } 1 .. 6);
1 while run_sql($node, 'shop', 'SELECT count(*) FROM inventory.stock_reservations') < $held + 1000;
$node->stop('immediate');
my %answered = answers_of(@running);
$standby->promote;
cmp_ok(scalar keys %answered, '>', 500, 'many were answered');
my $values = join ', ', map { "('$_'::uuid)" } values %answered;
is(run_sql($standby, 'shop', "SELECT count(*) FROM (VALUES $values) a (id) WHERE NOT EXISTS (SELECT FROM inventory.stock_reservations r WHERE r.id = a.id)"),
    '0', 'all of them are on the standby');
is(run_sql($standby, 'shop', 'SELECT * FROM wms_verify()'), '', 'every rule holds there');

$standby->stop;
done_testing();
