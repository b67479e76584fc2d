# DROP EXTENSION takes the functions and what calls them, never a row; installing again brings it all back.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use Wms;

my $node = new_server('drop');
my $ours = q{('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent', 'wms')};

# Everything that hangs on the tables, one a line.
my $wiring = qq{
    SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text FROM pg_trigger t
      JOIN pg_class c ON c.oid = tgrelid JOIN pg_namespace n ON n.oid = relnamespace
      WHERE nspname IN $ours AND NOT tgisinternal
    UNION ALL SELECT 'policy ' || polrelid::regclass || ' ' || polname FROM pg_policy
    UNION ALL SELECT 'default ' || adrelid::regclass || ' ' || pg_get_expr(adbin, adrelid) FROM pg_attrdef
      JOIN pg_class c ON c.oid = adrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN $ours
    UNION ALL SELECT 'view ' || schemaname || '.' || viewname || ' ' || definition FROM pg_views WHERE schemaname IN $ours
    UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname FROM pg_constraint
      JOIN pg_namespace n ON n.oid = connamespace WHERE nspname IN $ours AND contype <> 't'
    UNION ALL SELECT 'index ' || schemaname || '.' || indexname FROM pg_indexes WHERE schemaname IN $ours
    ORDER BY 1};

# The rows of every table.
my $rows = qq{
    SELECT format('%I.%I ', nspname, relname) ||
      (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I.%I', nspname, relname), true, true, '')))[1]::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname IN $ours ORDER BY 1};

installed($node, 'shop');
run_sql($node, 'shop', q{
    INSERT INTO catalog.brands (name) VALUES ('Acme'), ('Bolt');
    INSERT INTO auth.users (email, password_hash) VALUES ('ann@example.org', 'x');
    ALTER TABLE catalog.brands ADD COLUMN country text DEFAULT 'NL';
    CREATE TABLE public.mine (version text DEFAULT wms_version(), brand_id uuid REFERENCES catalog.brands);
    INSERT INTO public.mine SELECT 'x', id FROM catalog.brands});

# a trigger of ours that the user switched off, where there is one
my $disabled = run_sql($node, 'shop', q{SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', rel, name) FROM wms_wiring
    WHERE kind = 'trigger' AND until IS NULL ORDER BY ord LIMIT 1});
run_sql($node, 'shop', $disabled) if $disabled;
is(run_sql($node, 'shop', 'SELECT count(*) > 0 FROM wms_migrations() WHERE wms_migrate() > 0'), 't', 'migrating again');

my $wiring_before = run_sql($node, 'shop', $wiring);
my $rows_before = run_sql($node, 'shop', $rows);

if ($disabled)
{
    my ($name) = $disabled =~ /TRIGGER (\S+)$/;
    like($wiring_before, qr/^trigger \S+ \Q$name\E D$/m, 'a trigger that was switched off stays off');
}

my $refusal = sql_fails($node, 'shop', 'DROP EXTENSION wms', '2BP01', 'dropping what is in use');
like($refusal, qr/default value for column version of table mine/, 'and says by what');

run_sql($node, 'shop', 'DROP EXTENSION wms CASCADE');
is(run_sql($node, 'shop', $rows), $rows_before, 'every row is there without the extension');
is(run_sql($node, 'shop', 'SELECT count(*) FROM public.mine'), '2', 'those of the user too');
is(run_sql($node, 'shop', q{SELECT count(*) FROM pg_proc WHERE proname LIKE 'wms\_%'}), '0', 'the functions are gone');

run_sql($node, 'shop', 'CREATE EXTENSION wms; SELECT wms_migrate()');
is(run_sql($node, 'shop', $rows), $rows_before, 'every row is there with it');

# the switched-off trigger went with the extension and is new
$wiring_before =~ s/ D$/ O/mg;
is(run_sql($node, 'shop', $wiring), $wiring_before, 'what hangs on the tables is as it was');
is(run_sql($node, 'shop', 'SELECT wms_migrate() = max(version) FROM wms_migration'), 't', 'migrating again changes nothing');
is(run_sql($node, 'shop', $wiring), $wiring_before, 'nothing at all');

# a tool that resets a database drops schema public
run_sql($node, 'shop', 'DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE EXTENSION wms SCHEMA public; SELECT public.wms_migrate()');
is(run_sql($node, 'shop', $rows), $rows_before, 'DROP SCHEMA public CASCADE is the same case');

# into another schema
run_sql($node, 'shop', 'DROP EXTENSION wms CASCADE; CREATE SCHEMA lib; CREATE EXTENSION wms SCHEMA lib; SELECT lib.wms_migrate()');
is(run_sql($node, 'shop', $rows), $rows_before, 'it may come back in another schema');

# what was made through the functions is made on through them in one session, whatever schema they are in
my ($status, $out, $messages) = $node->psql('shop',
    'SELECT lib.wms_migrate(); DROP EXTENSION wms CASCADE; CREATE EXTENSION wms SCHEMA public; SELECT public.wms_migrate()');
unlike($messages, qr/WARNING|ERROR/, 'in one session');
is($status, 0, 'in one session: done');

# what is kept in columns is right again, whatever was written meanwhile
run_sql($node, 'shop', q{INSERT INTO catalog.products (sku, name) VALUES ('GAINS', 'Gains'), ('LOSES', 'Loses');
    INSERT INTO catalog.variant_options (id, name) VALUES ('00000000-0000-4000-8000-000000000001', 'size');
    INSERT INTO catalog.variant_option_values (id, option_id, value) SELECT ('00000000-0000-4000-8000-00000000001' || n)::uuid, '00000000-0000-4000-8000-000000000001', n FROM generate_series(1, 3) n;
    INSERT INTO catalog.product_variants (product_id, sku, name) SELECT id, 'LOSES-' || n, n FROM catalog.products, generate_series(1, 3) n WHERE sku = 'LOSES';
    INSERT INTO catalog.product_variant_options SELECT v.id, o.option_id, o.id FROM catalog.product_variants v JOIN catalog.variant_option_values o ON o.value = v.name});
my $kept = q{SELECT (SELECT string_agg(sku || ' ' || has_variants, ', ' ORDER BY sku) FROM catalog.products)
    || '; ' || (SELECT string_agg(sku || ' ' || coalesce(right(option_values::text, 2), '-'), ', ' ORDER BY sku) FROM catalog.product_variants WHERE deleted_at IS NULL)};
is(run_sql($node, 'shop', $kept), 'GAINS false, LOSES true; LOSES-1 1}, LOSES-2 2}, LOSES-3 3}', 'as the triggers keep it');
run_sql($node, 'shop', q{DROP EXTENSION wms CASCADE;
    INSERT INTO catalog.product_variants (product_id, sku, name) SELECT id, 'GAINS-' || n, n FROM catalog.products, generate_series(1, 2) n WHERE sku = 'GAINS';
    INSERT INTO catalog.product_variant_options SELECT v.id, o.option_id, o.id FROM catalog.product_variants v JOIN catalog.variant_option_values o ON o.value = v.name WHERE v.sku LIKE 'GAINS-%';
    DELETE FROM catalog.product_variant_options WHERE variant_id IN (SELECT id FROM catalog.product_variants WHERE sku LIKE 'LOSES-%');
    UPDATE catalog.product_variants SET deleted_at = now() WHERE sku = 'LOSES-3';
    CREATE EXTENSION wms; SELECT wms_migrate()});
is(run_sql($node, 'shop', $kept), 'GAINS true, LOSES true; GAINS-1 1}, GAINS-2 2}, LOSES-1 -, LOSES-2 -', 'and as it is after they were gone');
run_sql($node, 'shop', q{DROP EXTENSION wms CASCADE; UPDATE catalog.product_variants SET deleted_at = now(); CREATE EXTENSION wms; SELECT wms_migrate()});
is(run_sql($node, 'shop', q{SELECT count(*) FROM catalog.products WHERE has_variants}), '0', 'has_variants is taken back too');

# beside a session that knows the tables and looks at them again just then
my $reader = $node->background_psql('shop', on_error_stop => 0);
my $dropper = $node->background_psql('shop');
my $query = 'SELECT count(*) FROM wms_stock_levels()';
$reader->query_safe($query);
$dropper->query_safe('BEGIN; SET client_min_messages = error; DROP EXTENSION wms CASCADE');
run_sql($node, 'shop', 'ALTER TABLE wms.schema_migrations SET (fillfactor = 90)');
$reader->query_until(qr/asked/, "\\set VERBOSITY verbose\n\\echo asked\n$query;\n");
ok($node->poll_query_until('shop', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'shop'}),
    'a query waits for the DROP EXTENSION beside it');
$dropper->query_safe('COMMIT');
$dropper->quit;
$reader->query_until(qr/answered/, "\\echo answered\n");
like($reader->{stderr}, qr/WM091: the extension wms was dropped meanwhile/, 'and says what has happened');
$reader->quit;

$node->stop;
done_testing();
