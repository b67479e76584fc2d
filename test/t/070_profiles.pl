# Profiles outlive dumps, renamed roles, another owner and the extension itself; behind a bouncer one client's
# actor is not the next one's.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Wms;

my $node = new_server('profiles');
my $folder = PostgreSQL::Test::Utils::tempdir;
my $ann = '61616161-6161-6161-6161-616161616161';
my $as_customer = "SET ROLE shopper; SET wms.actor_id = '$ann';";
my $own = "$as_customer SELECT string_agg(order_number, ' ') FROM sales.orders";
my $foreign = "$as_customer SELECT wms_cancel_order(id) FROM (SELECT '00000000-0000-4000-8000-00000000000b'::uuid AS id) o";

sub restored
{
    my ($database, $dump) = @_;

    open my $handle, '>', "$folder/$database.sql" or die $!;
    print $handle $dump;
    close $handle or die $!;
    new_database($node, $database);
    can_run($node, "$database: restored", 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-d', $database, '-f', "$folder/$database.sql");
    return;
}

installed($node, 'shop');
run_sql($node, 'shop', qq{
    CREATE ROLE keeper;
    CREATE ROLE shopper LOGIN;
    CREATE ROLE clerk LOGIN;
    CREATE ROLE reader;
    INSERT INTO auth.users (id, email) VALUES ('$ann', 'ann\@example.org');
    INSERT INTO sales.orders (id, order_number, user_id) VALUES
      ('00000000-0000-4000-8000-00000000000a', 'A', '$ann'), ('00000000-0000-4000-8000-00000000000b', 'B', NULL);
    GRANT USAGE ON SCHEMA sales TO reader;
    GRANT SELECT ON sales.orders TO reader;
    SELECT wms_grant('shopper', 'customer'), wms_grant('clerk', 'manager', '{sales,catalog}')});
is(run_sql($node, 'shop', $own), 'A', 'a customer sees his order');

# as a superuser's tables, then as an owner's
for my $case ('superuser', 'keeper')
{
    run_sql($node, 'shop', "SELECT wms_set_owner('keeper')") if $case eq 'keeper';
    my $dump = dump_of($node, 'shop');
    my $copy = "copy_$case";

    restored($copy, $dump);
    is_dump($node, $copy, $dump, "$copy: dumps the same");
    is(run_sql($node, $copy, $own), 'A', "$copy: a customer sees his order");
    sql_fails($node, $copy, $foreign, 'WM012', "$copy: another's order");
    is(run_sql($node, $copy, 'SET ROLE reader; SELECT count(*) FROM sales.orders'), '2', "$copy: a plain role sees both");
    is(run_sql($node, $copy, "SELECT wms_grant('shopper', 'customer'), wms_grant('clerk', 'manager', '{sales,catalog}')"),
        '0|0', "$copy: nothing is left to grant");
    is(run_sql($node, $copy, "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'wms'"),
        run_sql($node, 'shop', "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'wms'"), "$copy: the owner came along");

    # without the extension nothing is open; with it everything is as before
    run_sql($node, $copy, 'SET client_min_messages = error; DROP EXTENSION wms CASCADE');
    is(run_sql($node, $copy, 'SET ROLE shopper; SELECT count(*) FROM sales.orders'), '0', "$copy: without policies there are no rows");
    is(run_sql($node, $copy, 'SET ROLE reader; SELECT count(*) FROM sales.orders'), '0', "$copy: for nobody");
    run_sql($node, $copy, 'CREATE EXTENSION wms; SELECT wms_migrate()');
    is_dump($node, $copy, $dump, "$copy: created again, it dumps the same");
}

# commands act as the owner, who may grant, migrate and hand over himself
run_sql($node, 'shop', 'CREATE ROLE heir; GRANT heir TO keeper; GRANT CREATE ON DATABASE shop TO keeper; ALTER ROLE keeper LOGIN');
is(run_sql($node, 'shop', "SET SESSION AUTHORIZATION keeper; SELECT wms_revoke('clerk', 'manager') > 0, wms_grant('clerk', 'operator') > 0"),
    't|t', 'the owner grants profiles');
is(run_sql($node, 'shop', 'SET SESSION AUTHORIZATION keeper; SELECT wms_migrate() = (SELECT max(version) FROM wms_migrations())'),
    't', 'and migrates');
is(run_sql($node, 'shop', "SET SESSION AUTHORIZATION keeper; SELECT wms_set_owner('heir') > 50"), 't', 'and hands over');
is(run_sql($node, 'shop', $own), 'A', 'a customer sees his order');
sql_fails($node, 'shop', "SET SESSION AUTHORIZATION clerk; SELECT wms_grant('clerk', 'app')", '42501', 'granting as anybody else');
is(run_sql($node, 'shop', q{SELECT count(*) FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e
    ON e.oid = d.refobjid AND e.extname = 'wms' WHERE NOT has_function_privilege('heir', p.oid, 'EXECUTE')}), '0', 'the heir may call everything');

is(run_sql($node, 'shop', "REVOKE ALL ON SCHEMA public FROM PUBLIC; SELECT wms_grant('clerk', 'admin') > 0"), 't',
    'the schema of the functions may be closed to others');
is(run_sql($node, 'shop', $own), 'A', 'policies call them all the same');

# a role keeps what holds it, whatever it is called
run_sql($node, 'shop', 'ALTER ROLE shopper RENAME TO buyer; CREATE ROLE shopper');
is(run_sql($node, 'shop', $own =~ s/shopper/buyer/r), 'A', 'a renamed role is held as before');
is(run_sql($node, 'shop', 'REVOKE ALL ON SCHEMA sales FROM shopper; SELECT wms_revoke(\'shopper\', \'customer\')'), '0',
    'another one of its old name is not');
run_sql($node, 'shop', 'DROP ROLE shopper; ALTER ROLE buyer RENAME TO shopper');

# policies of the user's own: ours only take away
installed($node, 'own_policies');
run_sql($node, 'own_policies', qq{
    ALTER TABLE sales.orders ENABLE ROW LEVEL SECURITY;
    CREATE POLICY web ON sales.orders USING (channel = 'web');
    INSERT INTO auth.users (id, email) VALUES ('$ann', 'ann\@example.org');
    INSERT INTO sales.orders (order_number, user_id, channel) VALUES ('A', '$ann', 'web'), ('B', '$ann', 'shop'), ('C', NULL, 'web');
    GRANT USAGE ON SCHEMA sales TO reader;
    GRANT SELECT ON sales.orders TO reader;
    SELECT wms_grant('shopper', 'customer')});
is(run_sql($node, 'own_policies', 'SET ROLE reader; SELECT count(*) FROM sales.orders'), '2', 'a policy of the user is not opened');
is(run_sql($node, 'own_policies', $own), 'A', 'and holds for customers, beside ours');
run_sql($node, 'own_policies', 'SET client_min_messages = error; DROP EXTENSION wms CASCADE; CREATE EXTENSION wms; SELECT wms_migrate()');
is(run_sql($node, 'own_policies', 'SET ROLE reader; SELECT count(*) FROM sales.orders'), '2', 'nor later');
is(run_sql($node, 'own_policies', $own), 'A', 'and ours is back');

# a bouncer hands one connection to many clients, a transaction each
SKIP:
{
    my ($bouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/bin';
    skip('there is no pgbouncer', 5) if !$bouncer;
    my $port = PostgreSQL::Test::Cluster::get_free_port();
    my $host = $node->host;
    my $server_port = $node->port;

    open my $users, '>', "$folder/users.txt" or die $!;
    print $users qq{"shopper" ""\n};
    close $users or die $!;
    open my $settings, '>', "$folder/pgbouncer.ini" or die $!;
    print $settings <<"END";
[databases]
shop = host=$host port=$server_port pool_size=1
[pgbouncer]
listen_addr =
listen_port = $port
unix_socket_dir = $folder
auth_type = trust
auth_file = $folder/users.txt
pool_mode = transaction
logfile = $folder/pgbouncer.log
pidfile = $folder/pgbouncer.pid
END
    close $settings or die $!;
    my $running = IPC::Run::start([ $bouncer, "$folder/pgbouncer.ini" ], '>', '/dev/null', '2>', "$folder/pgbouncer.err");
    my $ask = sub {
        my ($sql) = @_;
        my ($out, $err);

        IPC::Run::run([ 'psql', '-qXAt', '-h', $folder, '-p', $port, '-U', 'shopper', '-d', 'shop' ], '<', \$sql, '>', \$out, '2>', \$err);
        chomp $out;
        return $out . $err;
    };
    my $answered = 0;
    for my $attempt (1 .. 100)
    {
        last if $answered = $ask->('SELECT 1') eq '1';
        select(undef, undef, undef, 0.1);
    }
    ok($answered, 'the bouncer answers');
    my $backend = $ask->('SELECT pg_backend_pid()');
    is($ask->("BEGIN; SET LOCAL wms.actor_id = '$ann'; SELECT string_agg(order_number, ' ') FROM sales.orders; COMMIT;"), 'A', 'a client names his actor for a transaction');
    is($ask->('SELECT count(*) FROM sales.orders'), '0', 'the next one acts for nobody');
    is($ask->("BEGIN; SELECT set_config('request.jwt.claims', '{\"sub\": \"$ann\"}', true) <> '' AS set; SELECT count(*) FROM sales.orders; ROLLBACK; SELECT count(*) FROM sales.orders;"),
        "t\n1\n0", 'so it is with claims');
    is($ask->('SELECT pg_backend_pid()'), $backend, 'all on one connection');
    $running->signal('INT');
    $running->finish;
}

$node->stop;
done_testing();
