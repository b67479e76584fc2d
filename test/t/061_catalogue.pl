# 061_catalogue.pl
#	Searches and lists of the catalogue use their indexes: in a shop of 11,000 products with five variants each, and
#	with 100,000 products.  The plans are those of the statements inside the functions, as auto_explain tells them.
#	And an import of many lines, a part of them bad: who watches it sees how far it is.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;
use Wms;

my $server = new_server('catalogue', 'autovacuum = off', 'shared_buffers = 256MB', 'maintenance_work_mem = 256MB');
my $db = installed($server, 'catalogue');

# Products n of a to z: each hundredth is of a kind of its own, which one word finds; ids are made of n.
run_sql($server, $db, <<'SQL');
CREATE FUNCTION id_of(kind text, n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT (kind || lpad(to_hex(n), 6, '0') || '-0000-4000-8000-000000000000')::uuid $$;
INSERT INTO catalog.brands (id, name) SELECT id_of('b0', n), 'Maker ' || n FROM generate_series(1, 200) n;
INSERT INTO catalog.categories (id, parent_id, name, slug) SELECT id_of('c0', n), CASE WHEN n > 20 THEN id_of('c0', n / 20) END, 'Shelf ' || n, 'shelf-' || n FROM generate_series(1, 1000) n;
INSERT INTO catalog.attributes (id, name, code) VALUES (id_of('a0', 1), 'Colour', 'colour'), (id_of('a0', 2), 'Grade', 'grade');
INSERT INTO catalog.attribute_values (id, attribute_id, value) SELECT id_of('a1', n), id_of('a0', 1 + n % 2), 'Value ' || n FROM generate_series(1, 1000) n;
CREATE PROCEDURE products(a int, z int) LANGUAGE sql AS $$
INSERT INTO catalog.products (id, sku, name, slug, description, base_price, brand_id)
SELECT id_of('d0', n), 'ART-' || n, 'Thing ' || n || ' kind' || n % 1000, 'thing-' || n, 'Made of words ' || md5(n::text), n % 90, id_of('b0', 1 + n % 200) FROM generate_series(a, z) n;
$$;
-- without foreign keys, which nothing here depends on
CREATE PROCEDURE belongings(a int, z int) LANGUAGE sql SET session_replication_role = replica AS $$
INSERT INTO catalog.product_categories (product_id, category_id) SELECT id_of('d0', n), id_of('c0', 1 + n % 1000) FROM generate_series(a, z) n;
INSERT INTO catalog.product_attributes (product_id, attribute_id, attribute_value_id) SELECT id_of('d0', n), id_of('a0', 1 + v % 2), id_of('a1', v) FROM generate_series(a, z) n, LATERAL (VALUES (1 + n % 1000), (1 + (n + 1) % 1000)) x (v);
INSERT INTO catalog.product_barcodes (product_id, barcode) SELECT id_of('d0', n), 'code ' || n FROM generate_series(a, z) n;
INSERT INTO catalog.product_prices (product_id, customer_group, price) SELECT id_of('d0', n), 'vip', 1 FROM generate_series(a, z) n WHERE n % 10 = 0;
$$;
SQL

# What is called, and the indexes that must be read for it; nothing may read the whole of a large table.
# Categories are few: where a branch of a thousand is walked, reading them all is right.
my %calls = (
    search => [q{SELECT count(*) FROM wms_search_products('kind77')}, 'idx_products_search_document'],
    search_brand => [q{SELECT count(*) FROM wms_search_products('maker 77 kind7')}, 'idx_products_search_document'],
    search_sku => [q{SELECT count(*) FROM wms_search_products('art-1077')}, 'idx_products_search_document'],
    category => [q{SELECT count(*) FROM wms_products_in_category(id_of('c0', 777))}, 'idx_product_categories_category_id'],
    branch => [q{SELECT count(*) FROM wms_products_in_category(id_of('c0', 45))}, 'idx_product_categories_category_id'],
    tree => [q{SELECT count(*) FROM wms_category_tree(id_of('c0', 45))}, 'categories_pkey'],
    filter => [q{SELECT count(*) FROM wms_filter_products(NULL, ARRAY[id_of('a1', 77), id_of('a1', 78)])}, 'idx_product_attributes_attribute_value_id'],
    filter_branch => [q{SELECT count(*) FROM wms_filter_products(id_of('c0', 77), ARRAY[id_of('a1', 77)])}, 'idx_product_categories_category_id', 'idx_product_attributes_attribute_value_id'],
    price => [q{SELECT wms_effective_price(id_of('d0', 770), customer_group => 'vip')}, 'products_pkey', 'product_prices_product_variant_group_quantity_start_key'],
    product => [q{SELECT wms_product(id_of('d0', 77)) IS NOT NULL}, 'products_pkey', 'product_categories_pkey', 'product_attributes_pkey', 'idx_product_barcodes_product_id', 'product_variants_product_id_option_values_key', 'idx_product_batches_product_status'],
    find => [q{SELECT count(*) FROM wms_find_item('code 77')}, 'idx_products_sku', 'idx_product_variants_sku', 'product_barcodes_barcode_key'],
);

# The plans of each call, in a session of its own.
sub plans_of
{
    my ($statement) = @_;
    my $script = join "\n", q{SET client_min_messages = warning; LOAD 'auto_explain'; SET auto_explain.log_level = warning;},
      q{SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;}, "$statement;", '';
    my ($out, $plans) = ('', '');

    IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $server->connstr($db) ], '<', \$script, '>', \$out, '2>', \$plans);
    is($?, 0, "$statement: works") or diag($plans);
    return ($out, $plans);
}

sub check_calls
{
    my ($what) = @_;

    for my $name (sort keys %calls)
    {
        my ($statement, @indexes) = @{ $calls{$name} };
        my ($out, $plans) = plans_of($statement);

        unlike($plans, qr/Seq Scan on (products|product_\w+)\b/, "$what, $name: reads no whole table") or diag($plans);
        like($plans, qr/(using|Index Scan on) $_\b/, "$what, $name: by $_") or diag($plans) for @indexes;
    }
    return;
}

run_sql($server, $db, q{CALL products(1, 11000); CALL belongings(1, 11000);
    INSERT INTO catalog.product_variants (product_id, sku, name) SELECT id_of('d0', n), 'ART-' || n || '-' || v, v FROM generate_series(1, 11000) n, unnest('{S,M,L,XL,XXL}'::text[]) v;
    ANALYZE});
check_calls('a shop');
is(run_sql($server, $db, q{SELECT max(total_count) || ' ' || count(*) FROM wms_search_products('art 1077 xl')}), '1 1', 'variants are found by their sku');

run_sql($server, $db, 'CALL products(11001, 100000); CALL belongings(11001, 100000)');
run_sql($server, $db, 'VACUUM ANALYZE');
check_calls('a large one');
is(run_sql($server, $db, q{SELECT max(total_count) FROM wms_search_products('thing')}), '100000', 'the total is exact, however many there are');
is(run_sql($server, $db, q{SELECT max(total_count) FROM wms_filter_products(NULL, NULL)}), '100000', 'that of a list too');
is(run_sql($server, $db, q{SELECT count(DISTINCT product_id) FROM generate_series(0, 2200, 100) s, wms_products_in_category(id_of('c0', 21), true, 100, s)}),
    run_sql($server, $db, q{WITH RECURSIVE b (id) AS (SELECT id_of('c0', 21) UNION SELECT c.id FROM b JOIN catalog.categories c ON c.parent_id = b.id)
        SELECT count(DISTINCT p.product_id) FROM b JOIN catalog.product_categories p ON p.category_id = b.id}), 'its pages together are all of it');

# An import, watched from another session while a trigger holds it up at its last chunk.
run_sql($server, $db, <<'SQL');
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.sku = 'IMP-9999' THEN PERFORM pg_advisory_xact_lock(61); END IF; RETURN NEW; END $$;
CREATE TRIGGER hold BEFORE INSERT ON catalog.products FOR EACH ROW EXECUTE FUNCTION hold();
SQL
my $holder = $server->background_psql($db);
$holder->query_safe('SELECT pg_advisory_lock(61)');
my $import = q{SELECT string_agg(result || ' ' || n, ', ' ORDER BY result) FROM (SELECT result, count(*) AS n FROM wms_import_products((SELECT jsonb_agg(jsonb_build_object(
    'sku', 'IMP-' || n, CASE WHEN n % 1000 = 500 THEN 'nome' ELSE 'name' END, 'Imported', 'brand', 'Maker ' || n % 300, 'categories', jsonb_build_array('Imported / ' || n % 50))) FROM generate_series(1, 10000) n), 'skip') GROUP BY 1) x};
my ($out, $err) = ('', '');
my $run = IPC::Run::start([ 'psql', '-XAtq', '-d', $server->connstr($db), '-c', $import ], '>', \$out, '2>', \$err);
ok($server->poll_query_until($db, q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query ~ '^wms: importing products, \d+ of 9990$' AND wait_event_type = 'Lock'}), 'its progress is seen');
$holder->quit;
$run->finish;
is($out, "created 9990, error 10\n", 'the good lines are in') or diag($err);
is(run_sql($server, $db, q{SELECT count(*) || ' ' || count(DISTINCT slug) || ' ' || count(DISTINCT brand_id) FROM catalog.products WHERE sku LIKE 'IMP-%'}), '9990 9990 300', 'each with its brand and a slug of its own');
is(run_sql($server, $db, 'SELECT * FROM wms_verify()'), '', 'every rule holds');

# A database that takes any bytes: those that are no UTF-8 separate.
run_sql($server, 'postgres', q{CREATE DATABASE bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'});
run_sql($server, 'bytes', 'CREATE EXTENSION wms');
run_sql($server, 'bytes', q{INSERT INTO catalog.products (sku, name) VALUES (E'B\xff1', E'Caf\xe9 noir\xc3'), (E'B2', E'Caf\xc3\xa9 au lait')});
is(run_sql($server, 'bytes', q{SELECT string_agg(q || ' ' || n, ', ' ORDER BY q) FROM (SELECT q, (SELECT count(*) FROM wms_search_products(t)) AS n
    FROM (VALUES ('bytes', E'\xff'), ('cafe', E'CAF\xc3\x89'), ('mixed', E'noir\xe9'), ('sku', E'b\xfe1')) v (q, t)) x}), 'bytes 0, cafe 1, mixed 1, sku 1', 'bytes that are no UTF-8 separate words');
is(run_sql($server, 'bytes', q{SELECT string_agg(slug, ' ' ORDER BY sku) FROM catalog.products}), 'cafe-au-lait caf-noir', 'those of slugs too');

$server->stop;
done_testing();
