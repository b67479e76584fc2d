# Every form of dump carries the tables with whatever the user added to them, and restores.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use Test::More;
use Wms;

my $node = new_server('dump');
my $folder = PostgreSQL::Test::Utils::tempdir;

installed($node, 'shop');
run_sql($node, 'shop', q{
    CREATE ROLE reader;
    CREATE ROLE app LOGIN;
    ALTER TABLE catalog.products ADD COLUMN shelf_life integer DEFAULT 30,
      ADD CONSTRAINT products_shelf_life_check CHECK (shelf_life > 0);
    ALTER TABLE inventory.stock_items ADD COLUMN aisle text;
    CREATE INDEX products_shelf_life_idx ON catalog.products (shelf_life) WHERE shelf_life < 10;
    CREATE INDEX stock_items_aisle_idx ON inventory.stock_items (aisle);
    CREATE STATISTICS catalog.products_stats ON brand_id, unit FROM catalog.products;
    ALTER TABLE catalog.brands ENABLE ROW LEVEL SECURITY;
    CREATE POLICY brands_readers ON catalog.brands FOR SELECT TO reader USING (name <> 'Secret');
    COMMENT ON COLUMN catalog.products.shelf_life IS 'days';
    COMMENT ON TABLE catalog.brands IS 'our own words';
    GRANT USAGE ON SCHEMA catalog TO reader;
    GRANT SELECT ON catalog.products TO reader;
    GRANT UPDATE (description) ON catalog.brands TO reader;
    CREATE FUNCTION public.stamp() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN NEW.description := NEW.description || '!'; RETURN NEW; END$$;
    CREATE TRIGGER brands_stamp BEFORE INSERT ON catalog.brands FOR EACH ROW EXECUTE FUNCTION public.stamp();
    CREATE TABLE public.notes (brand_id uuid REFERENCES catalog.brands, note text);
    CREATE VIEW public.brand_notes AS SELECT b.name, n.note FROM catalog.brands b JOIN public.notes n ON n.brand_id = b.id;
    INSERT INTO catalog.brands (name, description) VALUES ('Acme', 'tools'), ('Secret', NULL);
    INSERT INTO catalog.products (sku, name, slug, brand_id) SELECT 'P-' || n, 'Product ' || n, 'product-' || n, b.id
      FROM generate_series(1, 50) n, catalog.brands b WHERE b.name = 'Acme';
    INSERT INTO catalog.products (sku, name, slug, shelf_life) VALUES ('MILK', 'Milk', 'milk', 7);
    INSERT INTO auth.users (email, password_hash) VALUES ('ann@example.org', 'x');
    INSERT INTO auth.roles (name) VALUES ('night watch');
    INSERT INTO public.notes SELECT id, 'note' FROM catalog.brands});

my $dump = dump_of($node, 'shop');
like($dump, qr/CREATE TABLE catalog\.products/, 'the tables are in the dump');
unlike($dump, qr/COMMENT ON EXTENSION wms/, 'no comment on the extension, which only its owner may restore');

# plain: one statement that fails stops it
open my $handle, '>', "$folder/plain.sql" or die $!;
print $handle $dump;
close $handle;
for my $mode ([ 'plain' ], [ 'plain_in_one', '-1' ])
{
    my ($name, @options) = @$mode;
    new_database($node, $name);
    can_run($node, "$name: restored", 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', @options, '-d', $name, '-f', "$folder/plain.sql");
    is_dump($node, $name, $dump, "$name: dumps the same");
}

# archives, with two jobs where the format can
for my $format (qw(c d t))
{
    my @jobs = $format eq 't' ? () : ('-j', '2');
    my $name = "format_$format";
    can_run($node, "$name: dumped", 'pg_dump', "-F$format", '-f', "$folder/$name", 'shop');
    new_database($node, $name);
    can_run($node, "$name: restored", 'pg_restore', '-e', @jobs, '-d', $name, "$folder/$name");
    is_dump($node, $name, $dump, "$name: dumps the same");
}

# in three sections
new_database($node, 'sections');
for my $section (qw(pre-data data post-data))
{
    can_run($node, "sections: $section", 'pg_restore', '-e', "--section=$section", '-d', 'sections', "$folder/format_c");
}
is_dump($node, 'sections', $dump, 'sections: dumps the same');

# as INSERTs, and over what is there
can_run($node, 'inserts: dumped', 'pg_dump', '--inserts', '-f', "$folder/inserts.sql", 'shop');
new_database($node, 'inserts');
can_run($node, 'inserts: restored', 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-d', 'inserts', '-f', "$folder/inserts.sql");
is_dump($node, 'inserts', $dump, 'inserts: dumps the same');
for my $onto ('inserts', installed($node, 'fresh'))
{
    can_run($node, "clean onto $onto: restored", 'pg_restore', '-e', '--clean', '--if-exists', '-d', $onto, "$folder/format_c");
    is_dump($node, $onto, $dump, "clean onto $onto: dumps the same");
}

# triggers do not fire while a dump is restored, and do afterwards
is(run_sql($node, 'format_c', q{SELECT description FROM catalog.brands WHERE name = 'Acme'}), 'tools!', 'triggers did not fire again');
is(run_sql($node, 'format_c', q{INSERT INTO catalog.brands (name, description) VALUES ('New', 'x') RETURNING description}),
    'x!', 'and are back');
is(run_sql($node, 'format_c', 'SELECT wms_migrate() = max(version) FROM wms_migration'), 't', 'the restored tables are at their version');

# the schema alone, and the data into it
can_run($node, 'schema only: dumped', 'pg_dump', '--schema-only', '-f', "$folder/schema.sql", 'shop');
new_database($node, 'schema');
can_run($node, 'schema only: restored', 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-d', 'schema', '-f', "$folder/schema.sql");
is(run_sql($node, 'schema', 'SELECT count(*) FROM catalog.products'), '0', 'schema only: no rows');
can_run($node, 'data only: dumped', 'pg_dump', '--data-only', '--disable-triggers', '-f', "$folder/data.sql", 'shop');
can_run($node, 'data only: restored into the schema', 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-d', 'schema', '-f', "$folder/data.sql");
is_dump($node, 'schema', $dump, 'schema, then data: dumps the same');

# data into a fresh installation without the standard rows
can_run($node, 'data of one table: dumped', 'pg_dump', '--data-only', '--disable-triggers', '-t', 'auth.*', '-t', 'wms.*',
    '-f', "$folder/auth.sql", 'shop');
new_database($node, 'seedless');
run_sql($node, 'seedless', 'SET wms.install = off; CREATE EXTENSION wms; SET wms.seed = off; SELECT wms_migrate()');
can_run($node, 'data only: restored into a fresh installation', 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-d', 'seedless',
    '-f', "$folder/auth.sql");
is(run_sql($node, 'seedless', 'SELECT wms_migrate() = max(version) FROM wms_migration'), 't', 'a log restored over a log stays right');

# one schema
like(dump_of($node, 'shop', '-n', 'inventory'), qr/CREATE TABLE inventory\.stock_items.*?aisle text.*COPY inventory\.stock_items/s,
    '-n inventory has the tables, user columns, and data');
my $catalog = dump_of($node, 'shop', '-n', 'catalog', '-T', 'public.*');
open $handle, '>', "$folder/catalog.sql" or die $!;
print $handle $catalog =~ s/^CREATE TRIGGER brands_stamp.*\n//mr;
close $handle;
new_database($node, 'catalog');
run_sql($node, 'catalog', 'SET wms.install = off; CREATE EXTENSION wms');
can_run($node, '-n catalog: restored', 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-d', 'catalog', '-f', "$folder/catalog.sql");
is(run_sql($node, 'catalog', 'SELECT count(*) FROM catalog.products'), '51', '-n catalog: the rows are there');

# an owner who is no superuser
run_sql($node, 'postgres', 'CREATE DATABASE owned TEMPLATE template0 OWNER app');
run_sql($node, 'owned', 'SET wms.install = off; CREATE EXTENSION wms; ALTER SCHEMA public OWNER TO app');
can_run($node, 'owner: restored', 'pg_restore', '-U', 'app', '-e', '--no-owner', '--no-acl', '-d', 'owned', "$folder/format_c");
is(run_sql($node, 'owned', q{SELECT relowner::regrole FROM pg_class WHERE oid = 'catalog.products'::regclass}), 'app',
    'owner: the tables are his');
is(run_sql($node, 'owned', 'SELECT wms_migrate() = max(version) FROM wms_migration'), 't', 'owner: at their version');

$node->stop;
done_testing();
