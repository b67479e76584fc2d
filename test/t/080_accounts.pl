# Accounts under load and under attack: one successor for many at once, no deadlock, the same time for every refusal,
# no secrets in the log, passwords in databases of other encodings.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use Test::More;
use Wms;

my $node = new_server('accounts', 'max_connections = 100', 'deadlock_timeout = 100ms', 'log_line_prefix = \'%e %p \'', 'log_statement = none');
my $scripts = PostgreSQL::Test::Utils::tempdir();

sub log_since
{
    my ($offset) = @_;

    return substr(slurp_file($node->logfile), $offset);
}

# Runs a script of pgbench in many sessions at once.
sub together
{
    my ($database, $name, $script, @options) = @_;
    my $file = "$scripts/script.sql";

    open my $handle, '>', $file or die "$file: $!";
    print $handle $script;
    close $handle or die "$file: $!";
    can_run($node, $name, 'pgbench', '-n', '-j', 2, @options, '-f', $file, $database);
    return;
}

my $tools = q{
CREATE UNLOGGED TABLE answers (state text, token text);
CREATE FUNCTION refresh(old text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE new text;
BEGIN
  SELECT refresh_token INTO new FROM wms_refresh_session(old);
  INSERT INTO answers VALUES ('00000', new);
EXCEPTION WHEN OTHERS THEN INSERT INTO answers VALUES (SQLSTATE, NULL);
END $$;
};

# 32 sessions exchange one token: one successor for all of them.
installed($node, 'refresh');
run_sql($node, 'refresh', $tools . q{
    ALTER DATABASE refresh SET wms.refresh_grace = '1h';
    ALTER DATABASE refresh SET wms.bcrypt_cost = 4;
    SELECT wms_create_user('ann@example.com', 'correct horse')});
my $open = q{SELECT o.refresh_token FROM auth.users u, wms_open_session(u.id) o};
my $token = run_sql($node, 'refresh', $open);
together('refresh', '32 sessions, one token', "SELECT refresh('$token');\n", '-c', 32, '-t', 1);
is(run_sql($node, 'refresh', 'SELECT state, count(*), count(token), count(DISTINCT token) FROM answers GROUP BY 1'), '00000|32|32|1',
    '32 sessions: all get the same successor');
is(run_sql($node, 'refresh', 'SELECT count(*), count(replaced_at), count(closed_at) FROM auth.sessions'), '2|1|0', 'and there is one row of it');

# Without a grace one gets it, and the next one closes the login.
run_sql($node, 'refresh', q{ALTER DATABASE refresh SET wms.refresh_grace = 0; TRUNCATE answers; SELECT wms_close_sessions(id) FROM auth.users});
$token = run_sql($node, 'refresh', $open);
together('refresh', '32 sessions, one token, no grace', "SELECT refresh('$token');\n", '-c', 32, '-t', 1);
is(run_sql($node, 'refresh', 'SELECT state, count(*), count(token) FROM answers GROUP BY 1 ORDER BY 1'), "00000|2|1\nWM013|30|0",
    'no grace: one gets a successor, one is told by no row, the others come too late');
is(run_sql($node, 'refresh', 'SELECT count(*) FROM auth.sessions WHERE closed_at IS NULL'), '0', 'no grace: nothing stays open');

# Everything at once, with few users and tokens that come again: no deadlock, no other error.
run_sql($node, 'refresh', q{
    ALTER DATABASE refresh SET wms.refresh_grace = '1s';
    TRUNCATE answers;
    CREATE UNLOGGED TABLE resets (token text);
    SELECT wms_create_user(n || '@example.com', 'correct horse') FROM generate_series(1, 4) n;
    CREATE FUNCTION act(what integer, n integer) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE who uuid := (SELECT id FROM auth.users WHERE email = n || '@example.com');
    BEGIN
      CASE
        WHEN what < 20 THEN INSERT INTO answers SELECT 'open', refresh_token FROM wms_open_session(who);
        WHEN what < 60 THEN INSERT INTO answers SELECT 'next', r.refresh_token
          FROM (SELECT a.token FROM answers a WHERE a.token IS NOT NULL ORDER BY random() LIMIT 1) a, wms_refresh_session(a.token) r;
        WHEN what < 65 THEN PERFORM wms_close_session(id) FROM (SELECT id FROM auth.sessions ORDER BY random() LIMIT 1) s;
        WHEN what < 68 THEN PERFORM wms_close_sessions(who);
        WHEN what < 75 THEN PERFORM wms_authenticate(n || '@example.com', 'correct horse');
        WHEN what < 80 THEN INSERT INTO resets SELECT wms_request_password_reset(n || '@example.com');
        WHEN what < 85 THEN PERFORM wms_reset_password(token, 'correct horse') FROM (SELECT token FROM resets WHERE token IS NOT NULL ORDER BY random() LIMIT 1) t;
        WHEN what < 88 THEN UPDATE auth.users SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE id = who;
        WHEN what < 91 THEN UPDATE auth.users SET status = CASE status WHEN 'active' THEN 'suspended' ELSE 'active' END WHERE id = who;
        WHEN what < 96 THEN PERFORM wms_assign_role(who, 'viewer');
        WHEN what < 98 THEN PERFORM wms_revoke_role(who, 'viewer');
        ELSE PERFORM wms_maintain();
      END CASE;
      INSERT INTO answers VALUES ('00000', NULL);
    EXCEPTION WHEN OTHERS THEN INSERT INTO answers VALUES (SQLSTATE, NULL);
    END $$});
my $offset = -s $node->logfile;
together('refresh', 'a mix of commands', "\\set what random(0, 99)\n\\set n random(1, 4)\nSELECT act(:what, :n);\n", '-c', 24, '-T', 6);
my %states = map { split /\|/ } split /\n/, run_sql($node, 'refresh', q{SELECT state, count(*) FROM answers WHERE state NOT IN ('open', 'next') GROUP BY 1});
is(join(' ', grep { !/^(00000|WM004|WM012|WM013)$/ } sort keys %states), '', 'a mix of commands: refused for good reasons only');
cmp_ok($states{'00000'}, '>', 300, 'a mix of commands: most are carried out') or diag(explain(\%states));
unlike(log_since($offset), qr/ERROR|deadlock/, 'a mix of commands: no error beside them');
is(run_sql($node, 'refresh', q{SELECT count(*) FROM auth.sessions s JOIN auth.users u ON u.id = s.user_id
    WHERE u.deleted_at IS NOT NULL AND s.closed_at IS NULL AND s.expires_at > now()}), '0', 'a deleted user has no session');
is(run_sql($node, 'refresh', q{SELECT count(*) FROM (SELECT family_id FROM auth.sessions WHERE closed_at IS NULL
    GROUP BY 1 HAVING count(*) FILTER (WHERE replaced_at IS NULL) <> 1) f}), '0', 'a login has one token that is not replaced');
is(run_sql($node, 'refresh', q{SELECT count(*) FROM (SELECT family_id FROM auth.sessions
    GROUP BY 1 HAVING count(DISTINCT closed_at IS NULL) > 1) f}), '0', 'a login is closed as a whole');

# Every refusal takes as much work, measured by the processor time of the backend, case by case in turn.
installed($node, 'work');
run_sql($node, 'work', q{
    CREATE FUNCTION spent() RETURNS bigint LANGUAGE sql VOLATILE AS $$
      SELECT (regexp_split_to_array(regexp_replace(pg_read_file('/proc/self/stat'), '^.*\) ', ''), ' '))[12]::bigint $$;
    CREATE TABLE cases (name text PRIMARY KEY, email text, password text, spent bigint DEFAULT 0);
    SET wms.bcrypt_cost = 7;
    SELECT wms_create_user('cheap@example.com', 'correct horse');
    SET wms.bcrypt_cost = 9;
    SELECT wms_create_user(n || '@example.com', 'correct horse') FROM unnest('{ann,suspended,inactive,deleted,nopassword,garbage}'::text[]) n;
    UPDATE auth.users SET status = split_part(email, '@', 1) WHERE email ~ '^(suspended|inactive)';
    UPDATE auth.users SET deleted_at = now() WHERE email ~ '^deleted';
    UPDATE auth.users SET password_hash = CASE WHEN email ~ '^garbage' THEN 'x' END WHERE email ~ '^(nopassword|garbage)';
    INSERT INTO cases VALUES ('wrong password', 'ann@example.com', 'correct hose'), ('unknown', 'nobody@example.com', 'correct horse'),
      ('no address', '', 'correct horse'), ('empty password', 'ann@example.com', ''), ('long password', 'ann@example.com', repeat('x', 1000)),
      ('wrong password, cheap hash', 'cheap@example.com', 'correct hose'), ('wrong password of a suspended user', 'suspended@example.com', 'correct hose'),
      ('a suspended user', 'suspended@example.com', 'correct horse'), ('an inactive user', 'inactive@example.com', 'correct horse'),
      ('a deleted user', 'deleted@example.com', 'correct horse'), ('a user without password', 'nopassword@example.com', 'correct horse'),
      ('a user with what is no hash', 'garbage@example.com', 'correct horse')});
SKIP:
{
    skip 'no /proc', 14 if !-r '/proc/self/stat';
    run_sql($node, 'work', q{
        SET wms.bcrypt_cost = 9;
        DO $$
        DECLARE c cases; before bigint;
        BEGIN
          FOR i IN 1 .. 12 LOOP
            FOR c IN SELECT * FROM cases LOOP
              before := spent();
              IF wms_authenticate(c.email, c.password) IS NOT NULL THEN RAISE 'let in: %', c.name; END IF;
              UPDATE cases SET spent = spent + spent() - before WHERE name = c.name;
            END LOOP;
          END LOOP;
        END $$});
    my %spent = map { split /\|/ } split /\n/, run_sql($node, 'work', 'SELECT name, spent FROM cases');
    my $median = (sort { $a <=> $b } values %spent)[ keys(%spent) / 2 ];
    cmp_ok($median, '>', 10, 'refusals take some time') or diag(explain(\%spent));
    for my $name (sort keys %spent)
    {
        ok($spent{$name} > 0.6 * $median && $spent{$name} < 1.7 * $median, "as long as the others: $name") or diag("$spent{$name} of $median");
    }
}

# What a client binds is not in the log, nor what is stored of it.
installed($node, 'quiet');
run_sql($node, 'quiet', q{
    ALTER DATABASE quiet SET wms.bcrypt_cost = 4;
    SELECT wms_create_user('ann@example.com', 'correct horse');
    ALTER TABLE auth.users ADD CHECK (phone IS NOT NULL) NOT VALID;
    ALTER TABLE auth.sessions ADD CHECK (user_agent IS NOT NULL) NOT VALID;
    ALTER TABLE auth.password_resets ADD CHECK (false) NOT VALID});
$offset = -s $node->logfile;
my $user = run_sql($node, 'quiet', 'SELECT id FROM auth.users');
for my $command ('wms_create_user(:email, :password)', 'wms_create_user(:email, :short)', 'wms_authenticate(:known, :password)', 'wms_verify_password(:password, :password)',
    'wms_refresh_session(:token)', 'wms_reset_password(:token, :short)', "wms_open_session('$user')", "wms_verify_email('$user')", 'wms_request_password_reset(:known)')
{
    my $file = "$scripts/quiet.sql";

    open my $handle, '>', $file or die "$file: $!";
    print $handle "SELECT $command;\n";
    close $handle or die "$file: $!";
    $node->command_fails([ 'pgbench', '-n', '-t', 1, '-M', 'extended', '-D', 'email=bob@example.com', '-D', 'known=ann@example.com', '-D', 'password=correct horse',
        '-D', 'short=horse', '-D', 'token=' . 'ab' x 32, '-f', $file, 'quiet' ], "$command fails");
}
my $log = log_since($offset);
is(scalar(() = $log =~ /ERROR: /g), 9, 'the errors are in the log');
unlike($log, qr/horse|abab/, 'the log has no passwords and tokens');
unlike($log, qr/\$2b\$\d\d\$|\b[0-9a-f]{64}\b|\\x[0-9a-f]{64}/, 'nor their digests');

# Databases of other encodings: the hash is one of the UTF-8; bytes that are no text are refused without being shown.
$node->safe_psql('postgres', "CREATE DATABASE latin TEMPLATE template0 ENCODING latin1 LOCALE 'C'");
$node->safe_psql('postgres', "CREATE DATABASE bytes TEMPLATE template0 ENCODING sql_ascii LOCALE 'C'");
$node->safe_psql('postgres', "CREATE DATABASE utf8 TEMPLATE template0 ENCODING utf8 LOCALE 'C'");
run_sql($node, $_, 'CREATE EXTENSION wms') for qw(latin bytes utf8);
my $word = q{convert_from('\xc3a4c3b6c3bcc39fc3a4c3b6c3bcc39f', 'utf8')};
my $hash = run_sql($node, 'latin', "SET wms.bcrypt_cost = 4; SELECT wms_hash_password($word)");
is(run_sql($node, $_, "SELECT wms_verify_password($word, '$hash')"), 't', "a hash from a database in latin1 is good in $_") for qw(latin utf8);
is(run_sql($node, 'bytes', "SELECT wms_verify_password(convert_from('\\xc3a4c3b6c3bcc39fc3a4c3b6c3bcc39f', 'sql_ascii'), '$hash')"), 't', 'and where any bytes pass');
my $bytes = q{convert_from('\xe4f6fcdfe4f6fcdfe4f6fcdf', 'sql_ascii')};
my $said = sql_fails($node, 'bytes', "SELECT wms_hash_password($bytes)", '22023', 'no UTF-8');
like($said, qr/password is not valid UTF-8/, 'no UTF-8: said clearly');
unlike($said, qr/0xe4/, 'no UTF-8: the bytes are not shown');
is(run_sql($node, 'bytes', qq{SET wms.bcrypt_cost = 4; SELECT wms_create_user('ann\@example.com', 'correct horse') IS NOT NULL, wms_authenticate('ann\@example.com', $bytes) IS NULL,
    wms_verify_password($bytes, '$hash')}), 't|t|f', 'no UTF-8: no password');

$node->stop;
done_testing();
