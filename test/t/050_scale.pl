# Orders of many lines: what is done with them takes time in proportion to their lines.
#
# Four times the lines may take up to eight times as long, which a machine with other work to do keeps to and what
# looks at every line for every other line does not.  Times are medians of runs that take turns, in one session.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use Wms;

my @sizes = (275, 550, 1100, 2200);
my @steps = ('place', 'ship', 'refund', 'return', 'change', 'cancel', 'quote', 'checkout', 'refund_one_item');
my $runs = 3;
my $server = new_server('scale', 'autovacuum = off');
my $db = installed($server, 'scale');

# As many items as lines, every third in batches; two orders a run, of which one is cancelled.
run_sql($server, $db, <<'SQL');
INSERT INTO inventory.warehouses (code, name) VALUES ('A', 'A');
INSERT INTO catalog.products (sku, name, base_price) SELECT 'item ' || n, 'Item', 1 + n / 7.0 FROM generate_series(1, 2200) n;
INSERT INTO sales.coupons (code, type, value) VALUES ('TEN', 'percentage', 10);
SELECT wms_receive_stock(w.id, (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('sku', 'item ' || n, 'quantity', 100000,
         'batch_number', CASE WHEN n % 3 = 0 THEN b END, 'expiry_date', CASE WHEN n % 3 = 0 THEN b || '-01-01' END))) FROM generate_series(1, 2200) n))
  FROM inventory.warehouses w, unnest('{2100,2101}'::text[]) b;
ANALYZE;
CREATE FUNCTION took(since timestamptz) RETURNS numeric LANGUAGE sql VOLATILE AS $$
SELECT extract(epoch FROM clock_timestamp() - since)::numeric * 1000 $$;
CREATE FUNCTION run(size integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  wanted jsonb := (SELECT jsonb_agg(jsonb_build_object('sku', 'item ' || n, 'quantity', 2) ORDER BY n * 7919 % 2203) FROM generate_series(1, size) n);
  -- one unit of each line by its item, the other by the line
  by_item jsonb := (SELECT jsonb_agg(jsonb_build_object('sku', 'item ' || n, 'quantity', 1) ORDER BY n * 7907 % 2203) FROM generate_series(1, size) n);
  by_line jsonb;
  -- a third more, a third less, a third gone, and as many new ones
  changed jsonb := (SELECT jsonb_agg(jsonb_build_object('sku', 'item ' || CASE WHEN n % 3 = 2 THEN (size + n) % 2200 + 1 ELSE n END, 'quantity', 1 + n % 3 * 2) ORDER BY n * 7901 % 2203)
    FROM generate_series(1, size) n);
  one_item jsonb := (SELECT jsonb_agg('{"sku": "item 1", "quantity": 1}'::jsonb) FROM generate_series(1, size));
  placed uuid;
  since timestamptz := clock_timestamp();
BEGIN
  placed := wms_place_order(wanted, coupon_code => 'ten');
  RETURN NEXT format('place %s %s', size, took(since));
  PERFORM wms_record_payment(placed, o.total, 'cash') FROM sales.orders o WHERE o.id = placed;
  PERFORM wms_confirm_order(placed), wms_process_order(placed), wms_pack_order(placed);
  since := clock_timestamp();
  PERFORM wms_ship_order(placed);
  RETURN NEXT format('ship %s %s', size, took(since));
  since := clock_timestamp();
  PERFORM wms_refund_order(placed, lines => by_item, restock => true);
  RETURN NEXT format('refund %s %s', size, took(since));
  by_line := (SELECT jsonb_agg(jsonb_build_object('order_item_id', i.id, 'quantity', 1) ORDER BY i.id) FROM sales.order_items i WHERE i.order_id = placed);
  since := clock_timestamp();
  PERFORM wms_return_stock(w.id, by_line) FROM inventory.warehouses w;
  RETURN NEXT format('return %s %s', size, took(since));
  placed := wms_place_order(wanted);
  since := clock_timestamp();
  PERFORM wms_change_order(placed, changed);
  RETURN NEXT format('change %s %s', size, took(since));
  since := clock_timestamp();
  PERFORM wms_cancel_order(placed);
  RETURN NEXT format('cancel %s %s', size, took(since));
  placed := wms_create_cart();
  INSERT INTO sales.cart_items (cart_id, product_id, quantity, unit_price)
  SELECT placed, p.id, 1, p.base_price FROM generate_series(1, size) n JOIN catalog.products p ON p.sku = 'item ' || n;
  since := clock_timestamp();
  PERFORM total FROM wms_quote_cart(placed);
  RETURN NEXT format('quote %s %s', size, took(since));
  PERFORM wms_reserve_stock(by_item, NULL, 'cart', placed);
  since := clock_timestamp();
  PERFORM wms_checkout(placed);
  RETURN NEXT format('checkout %s %s', size, took(since));
  placed := wms_sell(one_item, w.id, 'cash') FROM inventory.warehouses w;
  since := clock_timestamp();
  PERFORM wms_refund_order(placed, lines => one_item, restock => true);
  RETURN NEXT format('refund_one_item %s %s', size, took(since));
END $$;
-- a shop that has sold before: orders in every state, one of them large
SELECT count(wms_sell(format('[{"sku": "item %s", "quantity": 1}, {"sku": "item %s", "quantity": 2}]', n, 2200 - n)::jsonb, w.id, 'cash'))
  FROM generate_series(1, 400) n, inventory.warehouses w;
SELECT count(wms_place_order(format('[{"sku": "item %s", "quantity": 1}]', n)::jsonb)) FROM generate_series(1, 400) n;
SELECT count(wms_refund_order(o.id, lines => jsonb_build_array(jsonb_build_object('sku', i.sku, 'quantity', 1)), restock => true))
  FROM sales.orders o JOIN sales.order_items i ON i.order_id = o.id WHERE o.status = 'delivered' AND i.line_number = 1;
SELECT count(*) FROM run(550);
ANALYZE;
SQL

sub median
{
    my @sorted = sort { $a <=> $b } @_;

    return $sorted[ @sorted / 2 ];
}

# Milliseconds by step and size.
sub measure
{
    my $round = join("\n", map { "SELECT run($_);" } @sizes);
    my %times;

    for my $line (split /\n/, run_sql($server, $db, "SELECT count(*) FROM run(275);\n" . "$round\n" x $runs))
    {
        push @{ $times{$1}{$2} }, $3 if $line =~ /^(\w+) (\d+) ([\d.]+)$/;
    }
    return { map { my $step = $_; $step => { map { $_ => median(@{ $times{$step}{$_} }) } @sizes } } @steps };
}

# How much longer a line takes in an order of four times the lines.
sub growth
{
    my ($times, $size) = @_;

    return $times->{ 4 * $size } / 4 / $times->{$size};
}

sub worst
{
    my ($times) = @_;
    my $worst = 0;

    for my $step (@steps)
    {
        for my $size (275, 550)
        {
            my $growth = growth($times->{$step}, $size);
            $worst = $growth if $growth > $worst;
        }
    }
    return $worst;
}

# A machine that was busy with something else at the wrong time gets another chance.
my $times = measure();
for (1 .. 2)
{
    last if worst($times) <= 2;
    my $again = measure();
    $times = $again if worst($again) < worst($times);
}
for my $step (@steps)
{
    diag(sprintf('%-15s %s', $step, join(', ', map { sprintf('%d lines %.0f ms', $_, $times->{$step}{$_}) } @sizes)));
    for my $size (275, 550)
    {
        cmp_ok(growth($times->{$step}, $size), '<=', 2, "$step: a line of ${\ (4 * $size)} takes no longer than two of $size");
    }
}

is(run_sql($server, $db, 'SELECT * FROM wms_verify()'), '', 'every rule holds');
is(run_sql($server, $db, q{SELECT count(*) FROM sales.orders o JOIN sales.order_items i ON i.order_id = o.id
    WHERE o.coupon_code = 'TEN' AND i.returned_quantity < i.quantity}), '0', 'everything came back');

$server->stop;
done_testing();
