# 070_bench.pl
#	The harness of make bench, briefly: every way does the same work, nothing fails, the report has its tables.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use Test::More;
use Wms;

my $bench = "$FindBin::RealBin/../bench";
# a private installation has no headers of its own
my ($include) = grep { -f "$_/libpq-fe.h" } `pg_config --includedir` =~ s/\n//r, '/usr/include/postgresql', '/usr/include';
plan skip_all => 'there is no libpq-fe.h' unless defined $include;

my $server = new_server('bench', 'max_connections = 50');
my $folder = PostgreSQL::Test::Utils::tempdir();
my ($generator, $results, $document) = ("$folder/generator", "$folder/results", "$folder/benchmarks.md");

new_database($server, 'bench');
can_run($server, 'the generator compiles without a warning', split ' ',
    "cc -O1 -Wall -Wextra -Werror -Wno-missing-field-initializers -I$include $bench/generator.c -o $generator -lpq -lpthread");
{
    local %ENV = (%ENV, PGDATABASE => 'bench', ROUNDS => 1, RUN_SECONDS => 0.3, ROWS => 300, CLIENTS => 2, LINES => '1 3',
        SYNC => 'off', WORKS => 'reserve consume order hot');
    can_run($server, 'every kind of work is played, and wms_verify() finds nothing', 'bash', "$bench/run.sh", $generator, $results);
}

my %played;
for (split /\n/, slurp_file($results))
{
    my ($round, $work, $way, $sync, $lines, $clients, $committed, $failed) = split /\t/;
    $played{"$work $way"} = 1;
    cmp_ok($committed, '>', 0, "$work, $way, $lines lines: done");
    is($failed, 0, "$work, $way, $lines lines: nothing failed");
}
is(join(', ', sort keys %played), join(', ', sort(
    (map { "reserve $_" } qw(wms spi loop set orm noindex empty commit)), (map { "consume $_" } qw(wms spi loop)),
    (map { "order $_" } qw(wms spi loop set orm)), (map { "hot $_" } qw(wms loop set orm)))), 'all of them');

# both sides did the same to the same tables
for my $side (['inventory', 'sales', '0'], ['plain', 'plain', '(SELECT count(*) FROM plain.reservations_no_index)'])
{
    my ($stock, $orders, $besides) = @$side;
    is(run_sql($server, 'bench', "SELECT count(*) FROM (SELECT o.id FROM $orders.orders o JOIN $orders.order_items i ON i.order_id = o.id
        JOIN $stock.stock_movements m ON m.reference_id = o.id AND m.product_id = i.product_id AND m.quantity = -i.quantity
        GROUP BY o.id, o.status HAVING o.status <> 'delivered' OR count(*) NOT IN (1, 3)) x"), '0', "$stock: every order that left is delivered");
    is(run_sql($server, 'bench', "SELECT count(*) FROM (SELECT sum(s.reserved_quantity) AS held FROM $stock.stock_items s) s,
        (SELECT sum(r.quantity) AS held FROM $stock.stock_reservations r WHERE r.status = 'active') r WHERE s.held <> r.held + $besides"), '0',
        "$stock: stock rows and holds add up");
}

append_to_file($document, "# Benchmarks\n\nBefore.\n\n<!-- written by make bench: begin -->\nold\n<!-- written by make bench: end -->\n\nAfter.\n");
can_run($server, 'the report is written', 'bash', "$bench/report.sh", $results, $document, "$folder/pictures");
my $report = slurp_file($document);
like($report, qr/^Before\.$/m, 'what stands before the mark stays');
like($report, qr/^After\.$/m, 'what stands after it stays');
unlike($report, qr/^old$/m, 'what stood between is gone');
like($report, qr/^### \Q$_\E/m, "there is a table: $_") for 'Holding stock', 'A whole order', 'One stock row for everybody';
like($report, qr/transactions that failed: 0\./, 'nothing failed, says the report');

$server->stop;
done_testing();
