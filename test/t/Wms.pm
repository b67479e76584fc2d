# Wms.pm
#	What the TAP tests share: a server, a database, an error looked at by its code, a dump to compare.
package Wms;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(new_server new_database installed run_sql sql_fails messages_of dump_of is_dump can_run pg_env start_clients answers_of);

# A server with nothing in it, which standbys may follow.
sub new_server
{
    my ($name, @settings) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);

    $node->init(allows_streaming => 1);
    $node->append_conf('postgresql.conf', join("\n", 'fsync = off', @settings, ''));
    $node->start;
    return $node;
}

sub new_database
{
    my ($node, $database) = @_;

    $node->safe_psql('postgres', qq{CREATE DATABASE "$database" TEMPLATE template0});
    return $database;
}

# A new database with the extension in it.
sub installed
{
    my ($node, $database) = @_;

    new_database($node, $database);
    $node->safe_psql($database, 'CREATE EXTENSION wms');
    return $database;
}

# The rows a statement gives, or death.
sub run_sql
{
    my ($node, $database, $sql) = @_;

    return $node->safe_psql($database, $sql);
}

# The statement fails with this SQLSTATE; returns what was said.
sub sql_fails
{
    my ($node, $database, $sql, $state, $name) = @_;
    my ($status, $out, $messages) = $node->psql($database, "\\set VERBOSITY verbose\n$sql", on_error_stop => 1);

    isnt($status, 0, "$name: refused");
    like($messages, qr/ERROR:  $state:/, "$name: $state");
    return $messages;
}

# What a statement that succeeds says beside its rows.
sub messages_of
{
    my ($node, $database, $sql) = @_;
    my ($status, $out, $messages) = $node->psql($database, $sql, on_error_stop => 1);

    is($status, 0, 'no error') or diag($messages);
    return $messages;
}

# The environment of a client program.
sub pg_env
{
    my ($node) = @_;

    return (PGHOST => $node->host, PGPORT => $node->port);
}

# Runs a client program against the server; its name, or the status, is the test.
sub can_run
{
    my ($node, $name, @command) = @_;
    local %ENV = (%ENV, pg_env($node));
    my ($out, $err);
    my $ok = IPC::Run::run(\@command, '>', \$out, '2>', \$err);

    ok($ok, $name) or diag(join(' ', @command), "\n", $err);
    return $out;
}

# Clients that run a script each.  They read a file and write a file, so that nothing of what they were told is
# lost between us.
sub start_clients
{
    my ($database, @scripts) = @_;
    my $folder = PostgreSQL::Test::Utils::tempdir();
    my @running;

    for my $client (0 .. $#scripts)
    {
        my $file = "$folder/$client";
        append_to_file("$file.sql", $scripts[$client]);
        push @running, { answers => "$file.out", run => IPC::Run::start(
            [ 'psql', '-XqAt', '-F', ' ', '-d', $database, '-f', "$file.sql" ], '<', '/dev/null', '>', "$file.out", '2>', '/dev/null') };
    }
    return @running;
}

# When they have ended: what was answered under which key, k...
sub answers_of
{
    my (@running) = @_;
    my %answer;

    for my $client (@running)
    {
        my $answers;
        $client->{run}->finish;
        $answers = slurp_file($client->{answers});
        $answer{$1} = $2 while $answers =~ /^(k\S+) ([0-9a-f-]{36})$/mg;
    }
    return %answer;
}

# A plain dump as text; newer servers put a random key around it.
sub dump_of
{
    my ($node, $database, @options) = @_;
    local %ENV = (%ENV, pg_env($node));
    my ($out, $err);

    IPC::Run::run([ 'pg_dump', @options, $database ], '>', \$out, '2>', \$err) or die "pg_dump: $err";
    $out =~ s/^\\(un)?restrict .*\n//mg;
    return $out;
}

# The database dumps exactly like this; the first difference is shown.
sub is_dump
{
    my ($node, $database, $expected, $name) = @_;
    my @found = split /\n/, dump_of($node, $database);
    my @expected = split /\n/, $expected;
    my $line = 0;

    $line++ while $line < @found && $line < @expected && $found[$line] eq $expected[$line];
    ok($line == @found && $line == @expected, $name)
      or diag("line $line\n", 'found:    ', $found[$line] // 'nothing', "\nexpected: ", $expected[$line] // 'nothing');
    return;
}

1;
