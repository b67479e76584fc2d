# 070_bench.pl
#	The harness of make bench, briefly: every part of it runs, every way does the same work, nothing fails, the report
#	has its tables and plots.
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
my ($generator, $results, $document) = ("$folder/generator", "$folder/measured", "$folder/benchmarks.md");

sub can_measure
{
    my ($part, $with, @arguments) = @_;
    local %ENV = (%ENV, ROUNDS => 2, RUN_SECONDS => 0.05, HOT_SECONDS => 0.2, HOT_CLIENTS => 4, %$with);

    can_run($server, "$part: is measured, and adds up", 'bash', "$bench/$part.sh", @arguments);
    return;
}

sub lines_of
{
    my ($part) = @_;

    return map { [split /\t/] } split /\n/, slurp_file("$results/$part");
}

new_database($server, 'bench');
mkdir $results or die;
can_run($server, 'the generator compiles without a warning', split ' ',
    "cc -O1 -Wall -Wextra -Werror -Wno-missing-field-initializers -I$include $bench/generator.c -o $generator -lpq -lpthread");
can_measure('run', { PGDATABASE => 'bench', ROUNDS => 1, ROWS => 300, CLIENTS => '1 2', LINES => '1 3', SYNC => 'off on' }, $generator, $results);

my %played;
for (lines_of('work'))
{
    my ($round, $work, $way, $sync, $lines, $clients, $committed, $failed) = @$_;
    $played{"$work $way"} = 1;
    cmp_ok($committed, '>', 0, "$work, $way, $lines lines: done");
    is($failed, 0, "$work, $way, $lines lines: nothing failed");
}
is(join(', ', sort keys %played), join(', ', sort(
    (map { "reserve $_" } qw(wms spi loop set seed orm noindex empty commit)), (map { "consume $_" } qw(wms spi loop seed)),
    (map { "order $_" } qw(wms spi loop set seed orm)), (map { "hot $_" } qw(wms early spi loop set orm)),
    (map { "held_back $_" } qw(wms early loop)))), 'all of them');

# all sides did the same to the same tables
for my $side (['inventory', 'sales', '0'], ['seed', 'seed', '0'], ['plain', 'plain', '(SELECT count(*) FROM plain.reservations_no_index)'])
{
    my ($stock, $orders, $besides) = @$side;
    is(run_sql($server, 'bench', "SELECT count(*) FROM (SELECT o.id FROM $orders.orders o JOIN $orders.order_items i ON i.order_id = o.id
        JOIN $stock.stock_movements m ON m.reference_id = o.id AND m.product_id = i.product_id AND m.quantity = -i.quantity
        GROUP BY o.id, o.status HAVING o.status <> 'delivered' OR count(*) NOT IN (1, 3)) x"), '0', "$stock: every order that left is delivered");
    is(run_sql($server, 'bench', "SELECT count(*) FROM (SELECT sum(s.reserved_quantity) AS held FROM $stock.stock_items s) s,
        (SELECT sum(r.quantity) AS held FROM $stock.stock_reservations r WHERE r.status = 'active') r WHERE s.held <> r.held + $besides"), '0',
        "$stock: stock rows and holds add up");
}

SKIP: {
    skip 'there is no perf that may look', 3 if system('perf record -q -e cpu-clock -o /dev/null true > /dev/null 2>&1') != 0;
    can_measure('profile', { PGDATABASE => 'bench', LINES => '1 3', RUN_SECONDS => 0.3 }, $generator, $results);
    my %sampled = map { ("$_->[0] $_->[1]" => 1) } lines_of('profile');
    is(join(', ', sort keys %sampled), 'order loop, order set, order wms, reserve loop, reserve set, reserve wms', 'where the time goes');
    cmp_ok((grep { "@$_[0 .. 2]" eq 'reserve wms wms_reserve_stock' } lines_of('profile'))[0][3], '>', 10, 'a command is in the profile');
}

# the shop at three sizes
can_measure('growth', { PGDATABASE => 'postgres', MOVEMENTS => '2000 4000', PRODUCTS => '50 100', QUERY_RUNS => 2 }, $generator, $results);
my %grown;
for (lines_of('growth'))
{
    my ($round, $what, $movements, $products, $value) = @$_;
    cmp_ok($value, '>', 0, "growth: $what, $movements movements, $products products");
    $grown{$what}{"$movements $products"}++;
}
cmp_ok(scalar keys %grown, '>=', 13, 'growth: orders and every query');
is_deeply($grown{$_}, { '2000 50' => 2, '4000 50' => 2, '2000 100' => 2 }, "growth: $_ at every size in every round") for sort keys %grown;

can_measure('own', { PGDATABASE => 'postgres', OWN_ROWS => 5000 }, $results);
is(scalar lines_of('own'), 2 * 9, 'small things: each in every round');

# two weeks of trade, with a return, postage, and an item twice in one invoice
my $trade = "$folder/trade.csv";
append_to_file($trade, "invoice_no,stock_code,description,quantity,invoice_date,unit_price,customer_id,country\n" . join '', map {
    "I$_,A,a,2,2020-01-0" . (1 + $_ % 9) . " 10:00:00,1.50,7,X\nI$_,B,b,1,2020-01-0" . (1 + $_ % 9) . " 10:00:00,2,7,X\n"
      . "I$_,A,a,1,2020-01-0" . (1 + $_ % 9) . " 10:00:00,1.25,7,X\nI$_,POST,postage,1,2020-01-0" . (1 + $_ % 9) . " 10:00:00,3,7,X\n"
} 1 .. 20);
append_to_file($trade, "C1,A,a,-1,2020-01-08 10:00:00,1.50,7,X\n");
can_measure('replay', { PGDATABASE => 'postgres', SESSIONS => 2, DATA => $trade }, $results);
is(join(', ', map { "$_->[0] $_->[1] $_->[3]" } sort { "@$a" cmp "@$b" } lines_of('replay')),
    '2019-12-30 loop 12, 2019-12-30 wms 12, 2020-01-06 loop 8, 2020-01-06 wms 8', 'replay: each week both ways');

append_to_file($document, "# Benchmarks\n\nBefore.\n\n<!-- written by make bench: begin -->\nold\n<!-- written by make bench: end -->\n\nAfter.\n");
can_run($server, 'the report is written', 'bash', "$bench/report.sh", $results, $document, "$folder/pictures");
my $report = slurp_file($document);
like($report, qr/^Before\.$/m, 'what stands before the mark stays');
like($report, qr/^After\.$/m, 'what stands after it stays');
unlike($report, qr/^old$/m, 'what stood between is gone');
like($report, qr/^### \Q$_\E/m, "there is a table: $_") for 'Holding stock', 'A whole order', 'One line held, then consumed',
  'One stock row for everybody', 'One stock row for everybody, under', 'Growth: whole orders', 'Growth: what is asked',
  'Small things', 'Replay of past trade, 2 weeks';
unlike($report, qr/nan|inf\b/, 'every figure is one');
SKIP: {
    skip 'there is no gnuplot', 1 if system('command -v gnuplot > /dev/null') != 0;
    my @pictures = map { s{.*/}{}r } glob "$folder/pictures/*.svg";
    is("@pictures", 'growth.svg order_clients.svg order_lines.svg reserve_clients.svg reserve_lines.svg', 'there are plots');
    like($report, qr{\Q](pictures/$_)\E}, "the report shows $_") for @pictures;
}
like($report, qr/transactions that failed: 0\./, 'nothing failed, says the report');

$server->stop;
done_testing();
