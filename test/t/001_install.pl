# CREATE EXTENSION: what it makes, for whom, and when it makes nothing.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use Wms;

my $tree = "$FindBin::RealBin/../..";
my $schemas = q{('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent')};
my $count_tables = "SELECT count(*) > 40 FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                    WHERE nspname IN $schemas AND relkind = 'r'";
my $count_schemas = "SELECT count(*) FROM pg_namespace WHERE nspname IN $schemas";
my $owners = "SELECT DISTINCT relowner::regrole FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
              WHERE nspname IN $schemas OR nspname = 'wms'";
my $wms = q{AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'wms')};
my $node = new_server('install');

sub slurp
{
    my ($file) = @_;
    open my $handle, '<', "$tree/$file" or die "$file: $!";
    local $/ = undef;
    return scalar <$handle>;
}

# one version
my ($version) = slurp('wms.control') =~ /^default_version = '(.*)'/m;
like(slurp('META.json'), qr/"version": "\Q$version\E",\s+"maintainer"/, 'META.json has the version of wms.control');
like(slurp('CHANGELOG.md'), qr/^## \Q$version\E$/m, 'the changelog knows it');

# one command
my $messages = '';
new_database($node, 'one');
$messages = messages_of($node, 'one', 'CREATE EXTENSION wms');
is($messages, '', 'CREATE EXTENSION says nothing');
is(run_sql($node, 'one', 'SELECT wms_version()'), $version, 'wms_version() is that of wms.control');
is(run_sql($node, 'one', $count_tables), 't', 'the tables are there');
is(run_sql($node, 'one', $count_schemas), '6', 'in six schemas');
is(run_sql($node, 'one', "SELECT count(*) FROM wms_migrations() WHERE applied_at IS NULL"), '0', 'nothing is pending');
is(run_sql($node, 'one', "SELECT count(*) FROM pg_depend d WHERE deptype = 'e' AND (
     (classid = 'pg_namespace'::regclass) OR (classid = 'pg_class'::regclass AND objid IN
       (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname IN $schemas OR nspname = 'wms')))"), '0', 'none of it belongs to the extension');
is(run_sql($node, 'one', "SELECT count(*) FROM pg_init_privs p JOIN pg_class c ON c.oid = p.objoid JOIN pg_namespace n
     ON n.oid = relnamespace WHERE classoid = 'pg_class'::regclass AND (nspname IN $schemas OR nspname = 'wms')"),
    '0', 'grants on it are the user\'s, and dumped');
is(run_sql($node, 'one', 'SELECT count(*) FROM pg_extension'), '2', 'no other extension is needed');
is(run_sql($node, 'one', "SELECT count(*) FROM pg_depend d JOIN pg_proc p ON p.oid = objid
     WHERE classid = 'pg_proc'::regclass AND deptype = 'e' $wms AND obj_description(p.oid, 'pg_proc') IS NULL"),
    '0', 'every function has a comment');
is(run_sql($node, 'one', "SELECT string_agg(d.objid::regclass::text, ' ') FROM pg_depend d WHERE classid = 'pg_class'::regclass
     AND deptype = 'e' $wms AND obj_description(objid, 'pg_class') IS NULL"), '', 'every member table too');
sql_fails($node, 'one', 'ALTER EXTENSION wms SET SCHEMA pg_temp', '0A000', 'moving the extension');

# who installs owns
run_sql($node, 'postgres', 'CREATE ROLE boss SUPERUSER; CREATE ROLE clerk; GRANT boss TO CURRENT_USER');
new_database($node, 'two');
run_sql($node, 'two', 'SET ROLE boss; CREATE EXTENSION wms');
is(run_sql($node, 'two', $owners), 'boss', 'the tables belong to the installing role');
new_database($node, 'three');
run_sql($node, 'three', 'GRANT CREATE ON DATABASE three TO clerk');
sql_fails($node, 'three', 'SET ROLE clerk; CREATE EXTENSION wms', '42501', 'installing without being superuser');

# another schema, and nobody's search_path
new_database($node, 'elsewhere');
run_sql($node, 'elsewhere', 'CREATE SCHEMA "My Lib"; CREATE EXTENSION wms SCHEMA "My Lib"');
is(run_sql($node, 'elsewhere', $count_tables), 't', 'the extension may be in another schema');
is(run_sql($node, 'elsewhere', q{SET search_path = ''; SELECT "My Lib".wms_migrate()}),
    run_sql($node, 'one', 'SELECT wms_migrate()'), 'migrating needs no search_path');
is(run_sql($node, 'elsewhere', q{SET search_path = ''; SELECT count(*) FROM "My Lib".wms_migrations() WHERE applied_at IS NULL}),
    '0', 'nor does asking');

new_database($node, 'hostile');
run_sql($node, 'hostile', q{
    CREATE SCHEMA evil;
    CREATE FUNCTION evil.gen_random_uuid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
    CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz';
    CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT NULL::text';
    CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT NULL::text';
    CREATE FUNCTION evil.max_of(integer, integer) RETURNS integer LANGUAGE sql AS 'SELECT 0';
    CREATE OPERATOR evil.= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = evil.max_of);
    CREATE DOMAIN evil.text AS integer;
    SET search_path = evil, pg_catalog, public;
    CREATE EXTENSION wms SCHEMA public});
is(run_sql($node, 'hostile', $count_tables), 't', 'a hostile search_path changes nothing');
is(run_sql($node, 'hostile', "SELECT count(*) FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE (nspname IN $schemas OR nspname = 'wms') AND (
       (refclassid = 'pg_proc'::regclass AND refobjid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'evil'::regnamespace
          OR oid = 'public.lower(varchar)'::regprocedure))
       OR (refclassid = 'pg_type'::regclass AND refobjid IN (SELECT oid FROM pg_type WHERE typnamespace = 'evil'::regnamespace)))"),
    '0', 'nothing of it is used');
is(run_sql($node, 'hostile', 'SET search_path = evil, pg_catalog, public; SELECT public.wms_migrate()'),
    run_sql($node, 'one', 'SELECT wms_migrate()'), 'nor when migrating');
new_database($node, 'planted');
run_sql($node, 'planted', q{CREATE FUNCTION public.wms_version() RETURNS text LANGUAGE sql AS $$SELECT 'mine'$$});
sql_fails($node, 'planted', 'CREATE EXTENSION wms', '42723', 'a function that is there already');

# the schema of the log
new_database($node, 'log');
run_sql($node, 'log', 'CREATE SCHEMA wms');
my $refusal = sql_fails($node, 'log', 'CREATE EXTENSION wms SCHEMA wms', '0A000', 'installing into schema wms');
like($refusal, qr/HINT:  CREATE EXTENSION wms SCHEMA public;/, 'with the way out');
is(run_sql($node, 'log', $count_schemas), '0', 'and nothing done');
$messages = messages_of($node, 'log', 'CREATE EXTENSION wms');
is($messages, '', 'schema wms without its log is a restore: silence');
is(run_sql($node, 'log', $count_schemas), '0', 'and no tables');
run_sql($node, 'log', 'SELECT wms_migrate()');
is(run_sql($node, 'log', $count_tables), 't', 'which wms_migrate() makes');

# somebody else's schema
new_database($node, 'stranger');
run_sql($node, 'stranger', 'CREATE SCHEMA auth; CREATE TABLE auth.mine (id integer)');
$messages = messages_of($node, 'stranger', 'CREATE EXTENSION wms');
like($messages, qr/WARNING:  wms made no tables: schema "auth" is there already/, 'a strange schema is a warning');
like($messages, qr/HINT: .* SELECT public\.wms_migrate\(\);/, 'with a hint');
is(run_sql($node, 'stranger', $count_schemas), '1', 'and no tables');
run_sql($node, 'stranger', 'SELECT wms_migrate()');
is(run_sql($node, 'stranger', $count_tables), 't', 'wms_migrate() makes them inside it');
is(run_sql($node, 'stranger', 'SELECT count(*) FROM auth.mine'), '0', 'beside what was there');
new_database($node, 'clash');
run_sql($node, 'clash', 'CREATE SCHEMA auth; CREATE TABLE auth.sessions (id integer)');
messages_of($node, 'clash', 'CREATE EXTENSION wms');
$refusal = sql_fails($node, 'clash', 'SELECT wms_migrate()', '42P07', 'a table of the same name');
like($refusal, qr/relation "sessions" already exists/, 'by its name');
like($refusal, qr/CONTEXT:  .*wms migration 001_create_auth_schema, up/s, 'and that of the step');
is(run_sql($node, 'clash', q{SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE nspname IN ('auth', 'wms')}), '1', 'nothing was done');

# functions only
new_database($node, 'bare');
$messages = messages_of($node, 'bare', 'SET wms.install = off; CREATE EXTENSION wms');
is($messages, '', 'wms.install = off is silent');
is(run_sql($node, 'bare', $count_schemas), '0', 'functions only');

# transactions
new_database($node, 'undone');
run_sql($node, 'undone', 'BEGIN; CREATE EXTENSION wms; ROLLBACK');
is(run_sql($node, 'undone', $count_schemas), '0', 'rolled back');
run_sql($node, 'undone', 'BEGIN ISOLATION LEVEL SERIALIZABLE; CREATE EXTENSION wms; COMMIT');
is(run_sql($node, 'undone', $count_tables), 't', 'installed in a serializable transaction');

$node->stop;
done_testing();
