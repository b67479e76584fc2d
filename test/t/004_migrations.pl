# Migrations that meet each other, a busy table, an update of the extension, and commands in between.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use Wms;

my $node = new_server('migrations', 'max_prepared_transactions = 5');
my $newest = 'SELECT max(version) FROM wms_migration';

# two at once: the second waits, then finds nothing to do
installed($node, 'twice');
my $last = run_sql($node, 'twice', $newest);
my $first = $node->background_psql('twice');
my $second = $node->background_psql('twice');
$first->query_safe('BEGIN');
is($first->query_safe('SELECT wms_migrate(4)'), '4', 'the first goes down');
$second->query_until(qr/begun/, "\\echo begun\nSELECT wms_migrate();\n");
ok($node->poll_query_until('twice', q{SELECT count(*) = 1 FROM pg_stat_activity
    WHERE wait_event = 'advisory' AND query LIKE '%wms_migrate()%' AND pid <> pg_backend_pid()}), 'the second waits');
is($first->query_safe('SELECT wms_migrate(5)'), '5', 'the first goes up again');
$first->query_safe('COMMIT');
is($second->query_safe('SELECT 1'), "$last\n1", 'the second does what is left');
is(run_sql($node, 'twice', q{SELECT count(*) FROM wms.schema_migrations WHERE direction = 'up' AND version = 6}), '2', 'each step ran once');
sql_fails($node, 'twice', 'BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT wms_migrate()', '25001', 'a serializable transaction');
$first->quit;
$second->quit;

# a table that is in use
my $user = $node->background_psql('twice');
$user->query_safe('BEGIN; LOCK TABLE agent.targets IN ROW EXCLUSIVE MODE');
sql_fails($node, 'twice', q{SET lock_timeout = '100ms'; SELECT wms_migrate(0)}, '55P03', 'lock_timeout');
is(run_sql($node, 'twice', 'SELECT max(version) FROM wms_migrations() WHERE applied_at IS NOT NULL'), $last, 'nothing was done');
$user->query_safe('COMMIT');

# a row that comes between the search for data and the step has to wait
$user->query_safe('BEGIN');
is($user->query_safe('SELECT wms_migrate(5)'), '5', 'going down in a transaction');
sql_fails($node, 'twice', q{SET lock_timeout = '100ms'; SELECT count(*) FROM agent.agents}, '55P03', 'reading what goes');
$user->query_safe('ROLLBACK');
$user->quit;
is(run_sql($node, 'twice', 'SELECT count(*) FROM agent.agents'), '0', 'rolled back, it is there');

# everything in one transaction, savepoints included
run_sql($node, 'twice', q{BEGIN; SAVEPOINT a; SELECT wms_migrate(2); ROLLBACK TO a; SELECT wms_migrate(3); SELECT wms_migrate(); COMMIT});
is(run_sql($node, 'twice', 'SELECT count(*) FROM wms_migrations() WHERE applied_at IS NULL'), '0', 'down and up in one transaction');

# commands in between
SKIP:
{
    my $query = 'SELECT count(*) FROM wms_stock_levels()';
    skip 'no query asks for the version yet', 9
      if run_sql($node, 'twice', q{SELECT to_regproc('wms_stock_levels') IS NULL}) eq 't';

    my $session = $node->background_psql('twice', on_error_stop => 0);
    is($session->query_safe($query), '0', 'a query on current tables');
    run_sql($node, 'twice', 'SELECT wms_migrate(5)');
    $session->query($query);
    like($session->{stderr}, qr/the tables of wms are out of date.*HINT:  SELECT public\.wms_migrate\(\);/s, 'on older ones, in a session that knew them');
    $session->{stderr} = '';
    sql_fails($node, 'twice', $query, 'WM091', 'on older ones');
    run_sql($node, 'twice', 'SELECT wms_migrate()');
    is($session->query_safe($query), '0', 'and afterwards');
    $session->query_safe('BEGIN; SELECT wms_migrate(5); SELECT wms_migrate();');
    $session->query_safe($query);
    $session->query_safe('ROLLBACK');
    is($session->query_safe($query), '0', 'after a rollback');
    $session->quit;

    new_database($node, 'empty');
    run_sql($node, 'empty', 'SET wms.install = off; CREATE EXTENSION wms');
    like(sql_fails($node, 'empty', $query, 'WM091', 'without tables'), qr/HINT:  SELECT public\.wms_migrate\(\);/, 'with the way out');
}

# an update of the extension; its script ends like that of the installation
SKIP:
{
    my $folder = `pg_config --sharedir`;
    chomp $folder;
    $folder .= '/extension';
    skip 'the extension folder is not writable', 9 unless -w $folder;

    my $script = sub {
        my ($up) = @_;
        open my $handle, '>', "$folder/wms--0.1.0--99.0.sql" or die $!;
        print $handle "INSERT INTO wms_migration (version, name, up, down) VALUES (7, '007_test', \$\$$up\$\$, 'DROP TABLE catalog.later');\n";
        print $handle 'SELECT @extschema@.wms_migrate();', "\n";
        close $handle;
    };

    installed($node, 'update');
    my $session = $node->background_psql('update');
    $session->query_safe('SELECT wms_version()');
    $script->('CREATE TABLE catalog.later (id integer); GRANT SELECT ON catalog.later TO PUBLIC; SELECT 1 / 0');
    sql_fails($node, 'update', q{ALTER EXTENSION wms UPDATE TO '99.0'}, '22012', 'an update that fails');
    is(run_sql($node, 'update', "SELECT extversion || ' ' || (SELECT count(*) FROM wms_migration) FROM pg_extension WHERE extname = 'wms'"),
        '0.1.0 6', 'nothing of it stays');
    $script->('CREATE TABLE catalog.later (id integer); GRANT SELECT ON catalog.later TO PUBLIC');
    run_sql($node, 'update', q{ALTER EXTENSION wms UPDATE TO '99.0'});
    is(run_sql($node, 'update', 'SELECT max(version) FROM wms_migrations() WHERE applied_at IS NOT NULL'), '7', 'an update migrates');
    is(run_sql($node, 'update', q{SELECT count(*) FROM pg_depend WHERE objid = 'catalog.later'::regclass AND deptype = 'e'}), '0',
        'what it makes is not the extension\'s');
    like(dump_of($node, 'update', '-t', 'catalog.later'), qr/GRANT SELECT ON TABLE catalog\.later TO PUBLIC/, 'its grants are dumped');
    is(run_sql($node, 'update', 'SELECT wms_migrate(6)'), '6', 'the step goes down');
    $session->quit;

    installed($node, 'later');
    run_sql($node, 'later', q{SET wms.install = off; ALTER EXTENSION wms UPDATE TO '99.0'});
    is(run_sql($node, 'later', 'SELECT max(version) FROM wms_migrations() WHERE applied_at IS NULL'), '7', 'wms.install = off leaves the step pending');
    is(run_sql($node, 'later', 'SELECT wms_migrate()'), '7', 'until wms_migrate()');
    unlink "$folder/wms--0.1.0--99.0.sql";
}

# a standby and a read-only transaction answer queries, and follow migrations
SKIP:
{
    my $query = 'SELECT count(*) FROM wms_stock_levels()';
    skip 'no query asks for the version yet', 5
      if run_sql($node, 'twice', q{SELECT to_regproc('wms_stock_levels') IS NULL}) eq 't';

    is(run_sql($node, 'twice', "BEGIN READ ONLY; $query"), '0', 'a read-only transaction');
    $node->backup('backup');
    my $standby = PostgreSQL::Test::Cluster->new('standby');
    $standby->init_from_backup($node, 'backup', has_streaming => 1);
    $standby->start;
    my $session = $standby->background_psql('twice', on_error_stop => 0);
    is($session->query_safe($query), '0', 'a standby');
    run_sql($node, 'twice', 'SELECT wms_migrate(5)');
    $node->wait_for_catchup($standby);
    $session->query($query);
    like($session->{stderr}, qr/the tables of wms are out of date/, 'a session there hears of a migration');
    sql_fails($standby, 'twice', 'SELECT wms_migrate()', '25006', 'migrating there');
    $session->quit;
    $standby->stop;
}

$node->stop;
done_testing();
