# Random orders over several warehouses, kits and named batches in them, against an exhaustive search: an order is taken
# exactly where a way to serve it exists, and every kit comes whole from one warehouse.
# Others: SPLIT_SEED=7 SPLIT_ROUNDS=20000 prove 023_split.pl
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use List::Util qw(max sum0);
use Test::More;
use Wms;

my $rounds = $ENV{SPLIT_ROUNDS} // 1500;
my $places = 3;
my %kits = (ONE => { A => 1, B => 2 }, TWO => { B => 1, C => 1 }, DUO => { A => 2 }, ALL => { A => 1, B => 1, C => 1 }, SIX => { B => 3, C => 2 });

srand($ENV{SPLIT_SEED} // 11);

sub random { return int(rand($_[0])) }

# Of A a warehouse has two batches, of which those units cannot be had that stand for holds on a blocked one.
sub random_world
{
    my $scarce = 2 + random(4);

    return [ map { { L1 => random($scarce), L2 => random($scarce), BAD => random(3) ? 0 : random(3), B => random($scarce + 2), C => random($scarce + 1) } } 1 .. $places ];
}

sub random_lines
{
    my @lines;

    for (0 .. 1 + random(4))
    {
        my @kinds = ((sort keys %kits) x 2, qw(L1 L1 L2 L2 A B C));

        push @lines, { kind => $kinds[ random(scalar @kinds) ], quantity => 1 + random(3) };
    }
    return \@lines;
}

sub room { my $place = shift; return { %$place, A => max(0, $place->{L1} + $place->{L2} - $place->{BAD}) } }

# All ways to take so many units from the warehouses, one after another, until the rest can be served too.
sub spread
{
    my ($quantity, $places, $units, $rest, $from) = @_;

    $from //= 0;
    return $quantity == 0 ? $rest->() : 0 if $from == @$places;
    for my $n (0 .. $quantity)
    {
        my $place = $places->[$from];
        my $found = 0;

        last if grep { $place->{$_} < $n * $units->{$_} } keys %$units;
        $place->{$_} -= $n * $units->{$_} for keys %$units;
        $found = spread($quantity - $n, $places, $units, $rest, $from + 1);
        $place->{$_} += $n * $units->{$_} for keys %$units;
        return 1 if $found;
    }
    return 0;
}

# Kits first, then named batches, which are of A too, then what may come from anywhere.
sub possible
{
    my ($places, @lines) = @_;
    my $line = shift @lines;

    return 1 if !$line;
    return sum0(map { $_->{ $line->{kind} } } @$places) >= $line->{quantity} && spread($line->{quantity}, $places, { $line->{kind} => 1 }, sub { possible($places, @lines) })
      if $line->{kind} =~ /^[ABC]$/;
    return spread($line->{quantity}, $places, $line->{kind} =~ /^L/ ? { $line->{kind} => 1, A => 1 } : $kits{ $line->{kind} }, sub { possible($places, @lines) });
}

sub rank { return $_[0]{kind} =~ /^[ABC]$/ ? 2 : $_[0]{kind} =~ /^L/ ? 1 : 0 }

my $node = new_server('split');
my $database = installed($node, 'split');

run_sql($node, $database, <<'SQL' . join '', map { my $kit = $_; map { "SELECT add_part('$kit', '$_', $kits{$kit}{$_});\n" } sort keys %{ $kits{$kit} } } sort keys %kits);
ALTER DATABASE split SET wms.split_orders = on;
INSERT INTO inventory.warehouses (code, name, priority) SELECT 'W' || n, 'W' || n, n FROM generate_series(1, 3) n;
INSERT INTO catalog.products (sku, name, base_price) SELECT sku, sku, 1 FROM unnest('{A,B,C,ONE,TWO,DUO,ALL,SIX}'::text[]) sku;
CREATE FUNCTION add_part(kit text, part text, units integer) RETURNS void LANGUAGE sql AS $$
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity)
SELECT k.id, p.id, units FROM catalog.products k, catalog.products p WHERE k.sku = kit AND p.sku = part $$;
CREATE FUNCTION stock_line(sku text, batch text, quantity integer) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
SELECT jsonb_strip_nulls(jsonb_build_object('sku', sku, 'batch_number', batch, 'quantity', quantity)) $$;
CREATE FUNCTION receive(world jsonb, wanted text[]) RETURNS bigint LANGUAGE sql AS $$
SELECT sum(wms_receive_stock(w.id, x.lines)) FROM inventory.warehouses w
  JOIN LATERAL (SELECT jsonb_agg(stock_line(CASE WHEN key IN ('B', 'C') THEN key ELSE 'A' END, CASE WHEN key NOT IN ('B', 'C') THEN key END, value::integer)) AS lines
                  FROM jsonb_each(world -> (w.priority - 1)) WHERE key = ANY (wanted) AND value::integer > 0) x ON x.lines IS NOT NULL $$;
-- every line of a kit, warehouse by warehouse: all parts of the same number of kits
CREATE FUNCTION torn(order_id uuid) RETURNS bigint LANGUAGE sql AS $$
SELECT count(*) FROM (SELECT FROM sales.order_items i JOIN catalog.product_bundle_items b ON b.bundle_product_id = i.product_id CROSS JOIN inventory.warehouses w
  LEFT JOIN LATERAL (SELECT sum(r.quantity) AS units FROM inventory.stock_reservations r WHERE r.reference_line_id = i.id AND r.product_id = b.component_product_id AND r.warehouse_id = w.id) h ON true
 WHERE i.order_id = $1 GROUP BY i.id, w.id HAVING min(coalesce(h.units, 0) / b.quantity::numeric) <> max(coalesce(h.units, 0) / b.quantity::numeric) OR bool_or(coalesce(h.units, 0) % b.quantity <> 0)) x $$;
CREATE FUNCTION try_order(world jsonb, lines jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  bad uuid;
  placed uuid;
BEGIN
  PERFORM receive(world, '{BAD}');
  SELECT id INTO bad FROM inventory.product_batches WHERE batch_number = 'BAD';
  IF FOUND THEN
    PERFORM wms_reserve_stock(jsonb_build_array(stock_line('A', NULL, s.quantity)), s.warehouse_id) FROM inventory.stock_items s WHERE s.quantity > 0;
    PERFORM wms_set_batch_status(bad, 'quarantined');
  END IF;
  PERFORM receive(world, '{L1,L2,B,C}');
  SELECT wms_place_order(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('sku', l ->> 'sku', 'quantity', l -> 'quantity',
         'batch_id', (SELECT b.id FROM inventory.product_batches b WHERE b.batch_number = l ->> 'batch'))))) INTO placed FROM jsonb_array_elements(lines) l;
  RAISE EXCEPTION USING ERRCODE = 'XX001', MESSAGE = CASE torn(placed) WHEN 0 THEN 'taken' ELSE 'torn' END;
EXCEPTION
  WHEN SQLSTATE 'XX001' THEN RETURN SQLERRM;
  WHEN SQLSTATE 'WM001' THEN RETURN 'WM001';
END $$;
SQL

my @expected;
my @script;
for my $round (1 .. $rounds)
{
    my $world = random_world();
    my $lines = random_lines();
    my $json = join ',', map { my $at = $_; '{' . join(',', map { qq{"$_":$at->{$_}} } sort keys %$at) . '}' } @$world;
    my $wanted = join ',', map { sprintf '{"sku":"%s","quantity":%d%s}', ($_->{kind} =~ /^L/ ? 'A' : $_->{kind}), $_->{quantity}, ($_->{kind} =~ /^L/ ? qq{,"batch":"$_->{kind}"} : '') } @$lines;

    # a batch nobody has of yet cannot be named
    next if grep { my $kind = $_->{kind}; $kind =~ /^L/ && !grep { $_->{$kind} } @$world } @$lines;
    push @expected, possible([ map { room($_) } @$world ], sort { rank($a) <=> rank($b) } @$lines) ? 'taken' : 'WM001';
    push @script, qq{SELECT try_order('[$json]', '[$wanted]');};
    $script[-1] .= "\nVACUUM inventory.stock_items, inventory.stock_item_batches, inventory.stock_reservations;" if $round % 100 == 0;
}
my @got = split /\n/, run_sql($node, $database, join "\n", @script);
my @wrong = grep { $got[$_] ne $expected[$_] } 0 .. $#expected;

is(scalar @got, scalar @expected, 'every order was tried');
is(scalar @wrong, 0, 'an order is taken where a way exists, and its kits are whole') or diag(map { "$script[$_] -- expected $expected[$_], got $got[$_]\n" } splice @wrong, 0, 5);
cmp_ok(scalar(grep { $_ eq $expected[0] } @expected), '<', 0.9 * @expected, 'some can be served, some cannot');

$node->stop;
done_testing();
