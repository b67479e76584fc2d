# 080_direct.pl
#	Rows are reached without the executor where everything about a table is known, by SQL where anything is not; and
#	either way the same is written.  For each thing that a user may do to a table, the same trade is carried out in
#	two databases, one with wms.direct_access off.  auto_explain tells what the executor was asked to do.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use Test::More;
use Wms;

my $server = new_server('direct', 'wal_level = logical', 'autovacuum = off');

installed($server, 'base');
run_sql($server, 'base', <<'SQL');
INSERT INTO inventory.warehouses (code, name) VALUES ('A', 'A');
INSERT INTO catalog.products (sku, name, base_price) VALUES ('p', 'p', 10), ('q', 'q', 20), ('b', 'b', 5), ('v', 'v', 7), ('k', 'k', 1);
INSERT INTO catalog.products (sku, name, base_price, is_stocked) VALUES ('s', 's', 3.3333, false);
INSERT INTO catalog.product_variants (product_id, sku, name) SELECT id, 'v1', 'v1' FROM catalog.products WHERE sku = 'v';
INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity)
SELECT k.id, p.id, 2 FROM catalog.products k, catalog.products p WHERE k.sku = 'k' AND p.sku = 'p';
SELECT wms_receive_stock(w.id, '[{"sku": "p", "quantity": 100}, {"sku": "q", "quantity": 100}, {"sku": "v1", "quantity": 100},
  {"sku": "b", "quantity": 60, "batch_number": "L1"}]') FROM inventory.warehouses w;
CREATE FUNCTION house() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT id FROM inventory.warehouses';
CREATE FUNCTION ref(integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT ('00000000-0000-0000-0000-' || lpad($1::text, 12, '0'))::uuid$$;
CREATE TABLE seen (what text, quantity integer);
CREATE TABLE done (id uuid);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.seen VALUES (TG_TABLE_NAME || ' ' || TG_OP, NEW.quantity); RETURN NEW; END$$;
CREATE FUNCTION see_order() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.seen VALUES (TG_TABLE_NAME || ' ' || TG_OP); RETURN NEW; END$$;
CREATE FUNCTION double(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE FUNCTION fits(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 < 1000; END';
-- a row without what differs from run to run
CREATE FUNCTION plain(anyelement) RETURNS text LANGUAGE sql STABLE AS $$
SELECT (to_jsonb($1) - '{id,warehouse_id,product_id,variant_id,batch_id,reference_line_id,reference_id,created_at,updated_at,resolved_at,expires_at,order_id,
  confirmed_at,shipped_at,delivered_at,cancelled_at,order_number}'::text[])::text $$;
SQL

my $trade = q{
SELECT count(*) FROM wms_reserve_stock('[{"sku": "q", "quantity": 3}, {"sku": "p", "quantity": 2}, {"sku": "v1", "quantity": 1},
  {"sku": "b", "quantity": 4}, {"sku": "p", "quantity": 5}, {"sku": "k", "quantity": 1}]', house(), 'x', ref(1));
SELECT wms_consume_reservation(id, 1) IS NOT NULL FROM inventory.stock_reservations WHERE reference_id = ref(1) AND quantity = 3;
SELECT wms_consume_reservation(id) IS NOT NULL FROM inventory.stock_reservations WHERE reference_id = ref(1) AND quantity = 4;
SELECT wms_release_reservation(id, 2) FROM inventory.stock_reservations WHERE reference_id = ref(1) AND quantity = 5;
SELECT wms_release_reservations('x', ref(1));
SET wms.order_hold = '1h';
SET wms.tax_rate = 6;
INSERT INTO done SELECT wms_place_order('[{"sku": "p", "quantity": 2}, {"sku": "v1", "quantity": 3}, {"sku": "b", "quantity": 1},
  {"sku": "s", "quantity": 1}]', shipping_address => '{"city": "Ipoh"}', guest_email => 'g@example.com');
SELECT wms_confirm_order(id) FROM done;
SELECT wms_process_order(id) FROM done;
SELECT wms_pack_order(id) FROM done;
SELECT wms_ship_order(id, 'T1', 'https://example.com/T1') FROM done;
SELECT wms_deliver_order(id) FROM done;
INSERT INTO done SELECT wms_place_order('[{"sku": "q", "quantity": 1, "unit_price": 9.99}]', warehouse_id => house());
SELECT wms_cancel_order(d.id, 'late') FROM done d JOIN sales.orders o ON o.id = d.id AND o.status = 'pending';
};

my $state = q{
SELECT 'stock', plain(s) FROM inventory.stock_items s ORDER BY 2;
SELECT 'batch', plain(s) FROM inventory.stock_item_batches s ORDER BY 2;
SELECT 'hold', plain(r) FROM inventory.stock_reservations r ORDER BY 2;
SELECT 'movement', plain(m) FROM inventory.stock_movements m ORDER BY 2;
SELECT 'order', plain(o) FROM sales.orders o ORDER BY 2;
SELECT 'line', plain(i) FROM sales.order_items i ORDER BY 2;
SELECT 'status', plain(h) FROM sales.order_status_history h ORDER BY 2;
SELECT 'seen', what, quantity, count(*) FROM seen GROUP BY 2, 3 ORDER BY 2, 3;
SELECT 'wrong', * FROM wms_verify();
};

my %written = (
    stock => qr/UPDATE inventory\.stock_items s/,
    holds => qr/INSERT INTO inventory\.stock_reservations/,
    resolved => qr/UPDATE inventory\.stock_reservations r\s+SET quantity = r\.quantity - u\.units/,
    movements => qr/INSERT INTO inventory\.stock_movements/,
    kept => qr/UPDATE inventory\.stock_reservations r SET expires_at = NULL/,
    orders => qr/INSERT INTO sales\.orders/,
    lines => qr/INSERT INTO sales\.order_items/,
    status => qr/UPDATE sales\.orders o\s+SET status/,
    history => qr/INSERT INTO sales\.order_status_history/,
    prices => qr/WITH buyer AS/,
    endangered => qr/SELECT y\.id, y\.line_id/,
    bare => qr/SELECT i\.product_id, i\.variant_id, i\.id/,
    amounts => qr/SELECT greatest\(0, o\.total/,
    commissions => qr/UPDATE agent\.commissions/,
    sale => qr/SELECT m\.id FROM inventory\.stock_movements m/,
    hold => qr/SELECT r\.id, r\.warehouse_id, r\.product_id, r\.variant_id\s+FROM inventory\.stock_reservations r WHERE r\.id/);

# What the executor was asked to write, in short, and whatever failed.
sub by_sql
{
    my ($messages) = @_;

    return join ', ', sort grep { $messages =~ $written{$_} } keys %written;
}

# Carries out the trade and takes it back; returns what was written by SQL, and what came of it all.  A command
# comes first, so that plans and what is known of the tables are there already.
sub traded
{
    my ($access, $prepare, $during) = @_;
    my ($status, $out, $messages) = $server->psql('base', "BEGIN;\nSELECT count(*) FROM wms_reserve_stock('[{\"sku\": \"p\", \"quantity\": 1}]', house(), 'x', ref(2));\n"
          . "$prepare;\nSET wms.direct_access = $access;\n$during;\nSET client_min_messages = log;\nLOAD 'auto_explain';\n"
          . "SET auto_explain.log_min_duration = 0;\nSET auto_explain.log_nested_statements = on;\n$trade\n"
          . "SET auto_explain.log_min_duration = -1;\n$state\nROLLBACK;\n", on_error_stop => 0, extra_params => [ '-v', 'ON_ERROR_ROLLBACK=on' ]);

    return (by_sql($messages), join("\n", $out, map { s/ORD-\d+-\d+/number/gr } $messages =~ /ERROR:  (.*)/g));
}

my $all = join ', ', sort keys %written;
my $none = '';
my $reservations = 'inventory.stock_reservations';
my $items = 'inventory.stock_items';

# What the user did, and what is written by SQL then.
my @cases = (
    ['nothing', '', $none],
    ['trigger', "CREATE TRIGGER t AFTER INSERT OR UPDATE ON $reservations FOR EACH ROW EXECUTE FUNCTION see()", 'holds, kept, resolved'],
    ['trigger_of_statement', "CREATE FUNCTION s() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.seen VALUES (TG_TABLE_NAME, NULL); RETURN NULL; END';
        CREATE TRIGGER t AFTER UPDATE ON $items FOR EACH STATEMENT EXECUTE FUNCTION s()", 'stock'],
    ['trigger_of_truncate', "CREATE TRIGGER t BEFORE TRUNCATE ON inventory.stock_movements EXECUTE FUNCTION see()", 'movements'],
    ['trigger_disabled', "ALTER TABLE $items DISABLE TRIGGER wms_guard_stock_items", 'stock'],
    ['trigger_of_ours', "ALTER TABLE $reservations ADD updated_at timestamptz;
        CREATE TRIGGER t BEFORE UPDATE ON $reservations FOR EACH ROW EXECUTE FUNCTION wms_set_updated_at()", 'holds, kept, resolved'],
    ['append_only', "CREATE TRIGGER t BEFORE UPDATE ON $reservations FOR EACH ROW EXECUTE FUNCTION wms_append_only()", 'kept, resolved'],
    ['column_default', "ALTER TABLE $reservations ADD mine text NOT NULL DEFAULT 'mine', ADD more bigserial, ADD sum numeric(6, 2) DEFAULT 1 / 3.0", $none],
    ['column_default_function', "ALTER TABLE $reservations ADD mine integer DEFAULT public.double(21)", 'holds, kept, resolved'],
    ['column_identity', "ALTER TABLE $reservations ADD mine integer GENERATED ALWAYS AS IDENTITY", 'holds, kept, resolved'],
    ['column_of_domain', "CREATE DOMAIN five AS integer DEFAULT 5 CHECK (VALUE = 5); ALTER TABLE $reservations ADD mine five", 'holds, kept, resolved'],
    ['column_generated', "ALTER TABLE $reservations ADD mine integer GENERATED ALWAYS AS (quantity * 2 + original_quantity) STORED;
        ALTER TABLE $items ADD mine text GENERATED ALWAYS AS ('q' || md5((quantity * 1000 + reserved_quantity)::text)) STORED", $none],
    ['column_generated_function', "ALTER TABLE $items ADD mine integer GENERATED ALWAYS AS (double(quantity)) STORED", 'stock'],
    ['column_dropped', "ALTER TABLE $reservations DROP COLUMN created_by, ADD created_by uuid; ALTER TABLE $items DROP COLUMN bin_location", $none],
    ['column_missing', "ALTER TABLE $items ADD mine text DEFAULT 'old'; ALTER TABLE $items ALTER mine SET DEFAULT 'new'", $none],
    ['column_type', "ALTER TABLE $reservations ALTER reference_type TYPE varchar(10)", 'bare, endangered, hold, holds, kept, resolved'],
    ['check', "ALTER TABLE $items ADD CONSTRAINT mine CHECK (quantity < 1000)", $none],
    ['check_function', "ALTER TABLE $items ADD CONSTRAINT mine CHECK (fits(quantity))", 'stock'],
    ['check_violated', "ALTER TABLE $items ADD CONSTRAINT mine CHECK (reserved_quantity < 8)", 'stock'],
    ['check_violated_hold', "ALTER TABLE $reservations ADD CONSTRAINT mine CHECK (quantity <> 3)", 'holds'],
    ['not_null_violated', "ALTER TABLE $reservations ADD mine text; UPDATE $reservations SET mine = 'x'; ALTER TABLE $reservations ALTER mine SET NOT NULL", 'holds'],
    ['index_partial', "CREATE INDEX ON $reservations (created_at) WHERE quantity > 2; CREATE INDEX ON $items (warehouse_id, product_id, variant_id) WHERE variant_id IS NOT NULL", $none],
    ['index_of_figures', "CREATE INDEX ON $items (reserved_quantity, quantity); CREATE INDEX ON $reservations (status, quantity)", $none],
    ['index_expression', "CREATE INDEX ON $items ((quantity % 10), (md5(reserved_quantity::text)))", $none],
    ['index_expression_function', "CREATE INDEX ON $items ((fits(quantity)))", 'stock'],
    ['index_hash', "CREATE INDEX ON $reservations USING hash (reference_id)", 'holds, kept, resolved'],
    ['index_unique_violated', "CREATE UNIQUE INDEX mine ON $reservations (original_quantity)", $none],
    ['index_exclusion', "ALTER TABLE $reservations ADD CONSTRAINT mine EXCLUDE (id WITH =)", 'holds, kept, resolved'],
    ['key_deferrable', "ALTER TABLE $reservations ADD CONSTRAINT mine UNIQUE (id, quantity) DEFERRABLE", 'holds, kept, resolved'],
    ['foreign_key', "CREATE TABLE kinds (name text PRIMARY KEY); INSERT INTO kinds VALUES ('x'), ('order');
        ALTER TABLE $reservations ADD FOREIGN KEY (reference_type) REFERENCES kinds", $none],
    ['foreign_key_violated', "CREATE TABLE kinds (name text PRIMARY KEY); INSERT INTO kinds VALUES ('x');
        ALTER TABLE $reservations ADD FOREIGN KEY (reference_type) REFERENCES kinds", 'holds'],
    ['foreign_key_deferred', "CREATE TABLE kinds (name text PRIMARY KEY); INSERT INTO kinds VALUES ('x'), ('order');
        ALTER TABLE $reservations ADD FOREIGN KEY (reference_type) REFERENCES kinds DEFERRABLE", 'holds, kept, resolved'],
    ['security', "ALTER TABLE $items ENABLE ROW LEVEL SECURITY", $none],
    ['rule', "CREATE RULE r AS ON INSERT TO $reservations DO ALSO INSERT INTO seen VALUES ('rule', 1)", 'holds, kept, resolved'],
    ['child', "CREATE TABLE child () INHERITS ($items)", 'stock'],
    ['identity_full', "ALTER TABLE $items REPLICA IDENTITY FULL", $none],
    ['publication_without_identity', "ALTER TABLE $items REPLICA IDENTITY NOTHING; CREATE PUBLICATION pub FOR TABLE $items", $none],
    ['partitioned', 'ALTER TABLE inventory.stock_movements RENAME TO old_movements;
        CREATE TABLE inventory.stock_movements (LIKE inventory.old_movements INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (id, created_at))
        PARTITION BY RANGE (created_at);
        CREATE TABLE inventory.all_movements PARTITION OF inventory.stock_movements DEFAULT;
        INSERT INTO inventory.stock_movements SELECT * FROM inventory.old_movements', 'movements, sale'],
    ['order_trigger', "CREATE TRIGGER t BEFORE UPDATE ON sales.orders FOR EACH ROW EXECUTE FUNCTION see_order()", 'orders, status'],
    ['order_column', "ALTER TABLE sales.orders ADD mine text NOT NULL DEFAULT 'mine', ADD sum numeric GENERATED ALWAYS AS (total * 2) STORED", $none],
    ['order_check', "ALTER TABLE sales.orders ADD CONSTRAINT mine CHECK (shipping_address IS NULL OR shipping_address ? 'city')", $none],
    ['order_check_violated', "ALTER TABLE sales.orders ADD CONSTRAINT mine CHECK (channel <> 'web')", 'orders'],
    ['order_check_of_status_violated', "ALTER TABLE sales.orders ADD CONSTRAINT mine CHECK (status <> 'packed')", 'status'],
    ['order_default', "ALTER TABLE sales.orders ALTER status SET DEFAULT 'confirmed'", 'orders'],
    ['order_index', "CREATE INDEX ON sales.orders (lower(guest_email)) WHERE total > 1; CREATE INDEX ON sales.orders USING gin (shipping_address)", 'orders, status'],
    ['order_index_kept', "CREATE INDEX ON sales.orders (lower(channel)) WHERE total > 1; CREATE UNIQUE INDEX ON sales.orders (tracking_number, id)", $none],
    ['order_key_deferred', "ALTER TABLE sales.orders ADD FOREIGN KEY (warehouse_id) REFERENCES inventory.warehouses DEFERRABLE", 'orders, status'],
    ['order_identity_full', "ALTER TABLE sales.orders REPLICA IDENTITY FULL", $none],
    ['order_rule', "CREATE RULE r AS ON UPDATE TO sales.orders DO ALSO INSERT INTO seen VALUES ('rule', 1)", 'orders, status'],
    ['line_trigger', "CREATE TRIGGER t AFTER INSERT ON sales.order_items FOR EACH ROW EXECUTE FUNCTION see()", 'lines'],
    ['line_column', "ALTER TABLE sales.order_items ADD mine numeric GENERATED ALWAYS AS (unit_price * quantity) STORED, ADD more serial", $none],
    ['line_check_violated', "ALTER TABLE sales.order_items ADD CONSTRAINT mine CHECK (sku <> 's')", 'lines'],
    ['line_column_type', "ALTER TABLE sales.order_items ALTER sku TYPE varchar(20)", 'bare, endangered, lines'],
    ['history_trigger', "CREATE TRIGGER t AFTER INSERT ON sales.order_status_history FOR EACH ROW EXECUTE FUNCTION see_order()", 'history'],
    ['history_column', "ALTER TABLE sales.order_status_history ADD mine integer DEFAULT length('four')", $none],
    ['price', "INSERT INTO catalog.product_prices (product_id, price, min_quantity) SELECT id, 8.5, 2 FROM catalog.products WHERE sku = 'p'", 'prices'],
    ['price_of_variant', "UPDATE catalog.product_variants SET price = 6.25", $none],
    ['hold_lapsed', "SET wms.order_hold = '1s'; CREATE FUNCTION lapse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.expires_at := NEW.created_at; RETURN NEW; END';
        CREATE TRIGGER t BEFORE INSERT ON $reservations FOR EACH ROW WHEN (NEW.expires_at IS NOT NULL) EXECUTE FUNCTION lapse()", 'holds, kept, resolved'],
    ['index_dropped', "DROP INDEX sales.idx_refunds_order_id, agent.idx_commissions_order_id", 'amounts, commissions'],
    ['kit', "UPDATE catalog.product_bundle_items SET bundle_product_id = (SELECT id FROM catalog.products WHERE sku = 's')", 'endangered'],
    ['unlogged', "ALTER TABLE inventory.stock_movements SET UNLOGGED", $none],
);

for my $case (@cases)
{
    my ($name, $prepare, $expected) = @$case;
    my ($on, $result_on) = traded('on', $prepare, '');
    my ($off, $result_off) = traded('off', $prepare, '');

    is($on, $expected, "$name: by SQL: " . ($expected eq '' ? 'nothing' : $expected));
    isnt($off, $none, "$name: by SQL with wms.direct_access off");
    is($result_on, $result_off, "$name: the same is written");
}

# where no triggers fire, and where nothing may be written, SQL has its say
my ($on, $result_on) = traded('on', '', 'SET session_replication_role = replica');
my ($off, $result_off) = traded('off', '', 'SET session_replication_role = replica');
is($on, $all, 'replica: all by SQL');
is($result_on, $result_off, 'replica: the same is written');
sql_fails($server, 'base', "BEGIN READ ONLY; SELECT wms_reserve_stock('[{\"sku\": \"p\", \"quantity\": 1}]', house());", '25006', 'read only');

# decoded, rows look the same either way
sub decoded
{
    my ($access, $identity) = @_;
    my $changes;

    run_sql($server, 'base', "ALTER TABLE $items REPLICA IDENTITY $identity; TRUNCATE done");
    run_sql($server, 'base', qq{SELECT pg_create_logical_replication_slot('slot', 'test_decoding')});
    run_sql($server, 'base', "SET wms.direct_access = $access; $trade");
    $changes = run_sql($server, 'base', q{SELECT data FROM pg_logical_slot_get_changes('slot', NULL, NULL) WHERE data ~ '^table (inventory|sales)'});
    run_sql($server, 'base', q{SELECT pg_drop_replication_slot('slot'), wms_release_reservations('x', ref(1))});
    $changes =~ s/[0-9a-f]{8}-[0-9a-f-]{27}/uuid/g;
    $changes =~ s/'\d{4}-\d\d-\d\d [^']*'/instant/g;
    $changes =~ s/ORD-\d+-\d+/number/g;
    $changes =~ s/quantity\[integer\]:\d+/quantity/g;    # of one run after the other
    return $changes;
}

for my $identity ('DEFAULT', 'FULL')
{
    my $by_sql = decoded('off', $identity);

    is(decoded('on', $identity), $by_sql, "replica identity $identity: every row is decoded, and looks the same");
    like($by_sql, $identity eq 'FULL' ? qr/stock_items: UPDATE: old-key: .*reserved_quantity/ : qr/stock_items: UPDATE: id/, 'and something was');
}

# what another session does to a table is known to the next statement
my $session = $server->background_psql('base');
my $reserve = q{SELECT count(*) FROM wms_reserve_stock('[{"sku": "p", "quantity": 1}]', house(), 'x', ref(3));};
$session->query_safe($reserve);
run_sql($server, 'base', "CREATE TRIGGER t AFTER INSERT ON $reservations FOR EACH ROW EXECUTE FUNCTION see()");
$session->query_safe($reserve);
run_sql($server, 'base', "DROP TRIGGER t ON $reservations; ALTER TABLE $reservations ADD mine integer DEFAULT 42; CREATE INDEX mine ON $reservations (mine)");
$session->query_safe($reserve);
run_sql($server, 'base', "REINDEX INDEX CONCURRENTLY inventory.mine; REINDEX TABLE CONCURRENTLY $items");
$session->query_safe($reserve);
run_sql($server, 'base', "ALTER TABLE $reservations DROP COLUMN mine; ALTER TABLE $reservations ADD mine integer DEFAULT 43");
$session->query_safe($reserve);
$session->quit;
is(run_sql($server, 'base', "SELECT string_agg(coalesce(mine::text, '-'), ' ' ORDER BY created_at) FROM $reservations WHERE reference_id = ref(3)"),
    '43 43 43 43 43', 'a column that came later has its default everywhere');
is(run_sql($server, 'base', 'SELECT what, quantity FROM seen'), 'stock_reservations INSERT|1', 'a trigger fired while it was there');
is(run_sql($server, 'base', 'SELECT * FROM wms_verify()'), '', 'every rule holds');

$server->stop;
done_testing();
