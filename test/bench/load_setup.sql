-- What the load works on: few hot items in three warehouses, so that everybody meets everybody.
--
-- load_command() gives the text of a random command, load_step() carries one out and keeps what became of it.
-- Items: p1-p8 plain, b1-b4 in batches, pv with two variants, k1 a kit, fee without stock, n1-n300 whose first
-- batch is still to come.

INSERT INTO inventory.warehouses (code, name, priority)
SELECT 'W' || n, 'load ' || n, n % 2 FROM generate_series(1, 3) n;

INSERT INTO catalog.products (sku, name, base_price, is_stocked)
SELECT s, 'load ' || s, 10, s <> 'fee'
  FROM (SELECT 'p' || n FROM generate_series(1, 8) n
        UNION ALL SELECT 'b' || n FROM generate_series(1, 4) n
        UNION ALL SELECT 'n' || n FROM generate_series(1, 300) n
        UNION ALL VALUES ('pv'), ('k1'), ('fee')) x(s);

INSERT INTO catalog.product_variants (product_id, sku, name)
SELECT p.id, 'pv-' || n, 'variant ' || n FROM catalog.products p, generate_series(1, 2) n WHERE p.sku = 'pv';

INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity)
SELECT k.id, c.id, 1 FROM catalog.products k, catalog.products c WHERE k.sku = 'k1' AND c.sku IN ('p1', 'b1', 'p8');

INSERT INTO auth.users (email, password_hash, first_name)
SELECT 'load' || n || '@example.com', 'x', 'load' FROM generate_series(1, 4) n;

INSERT INTO agent.agents (user_id, agent_code, commission_rate)
SELECT u.id, 'LOAD-' || u.email, 5 FROM auth.users u WHERE u.email ~ '^load[34]@';
UPDATE agent.agents SET parent_agent_id = (SELECT a.id FROM agent.agents a WHERE a.agent_code ~ 'load3')
 WHERE agent_code ~ 'load4';
INSERT INTO agent.override_rates (tier, level, rate) VALUES ('bronze', 1, 2) ON CONFLICT DO NOTHING;
INSERT INTO agent.targets (agent_id, period_start, period_end)
SELECT a.id, '2000-01-01', '2099-12-31' FROM agent.agents a;

INSERT INTO sales.coupons (code, type, value, usage_limit, per_customer_limit)
VALUES ('LOAD', 'percentage', 10, 40, NULL), ('EACH', 'fixed', 5, NULL, 20);

CREATE UNLOGGED TABLE load_results (command text NOT NULL, state text NOT NULL, message text);

-- A line that brings goods in, or asks for some.
CREATE FUNCTION load_line(inbound boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  kind integer := floor(random() * 12);
  n integer := 1 + floor(random() * 4);
  line jsonb := jsonb_build_object('quantity', 1 + floor(random() * CASE WHEN inbound THEN 12 ELSE 3 END)::integer);
BEGIN
  IF kind < 4 THEN
    line := line || jsonb_build_object('sku', 'b' || n);
  ELSIF kind = 4 THEN
    line := line || jsonb_build_object('sku', 'pv-' || 1 + n % 2);
  ELSIF kind = 5 THEN
    line := line || jsonb_build_object('sku', 'n' || 1 + floor(random() * 300)::integer);
  ELSIF kind = 6 AND NOT inbound THEN
    line := line || jsonb_build_object('sku', CASE WHEN n = 1 THEN 'fee' ELSE 'k1' END);
  ELSE
    line := line || jsonb_build_object('sku', 'p' || 1 + floor(random() * 8)::integer);
  END IF;
  IF inbound AND (kind < 4 OR kind = 5) THEN
    n := 1 + floor(random() * 6);
    line := line || jsonb_build_object('batch_number', 'L' || n,
                                       'expiry_date', CASE WHEN n > 2 THEN date '2090-01-01' + n END);
    line := jsonb_strip_nulls(line);
  END IF;
  RETURN line;
END $$;

CREATE FUNCTION load_lines(inbound boolean) RETURNS text LANGUAGE sql AS $$
  SELECT quote_literal(jsonb_agg(load_line(inbound))) FROM generate_series(1, 1 + floor(random() * 5)::integer) $$;

CREATE FUNCTION load_warehouse(named double precision) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce((SELECT quote_literal(w.id) FROM inventory.warehouses w
                    WHERE random() < named ORDER BY random() LIMIT 1), 'NULL') $$;

-- One of the last orders in this status; the same one for many at a time.
CREATE FUNCTION load_order(VARIADIC states text[]) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce((SELECT quote_literal(o.id) FROM (
           SELECT o.id FROM sales.orders o WHERE o.status = ANY (states) ORDER BY o.created_at DESC, o.id DESC LIMIT 20) o
            ORDER BY random() LIMIT 1), quote_literal(gen_random_uuid())) $$;

CREATE FUNCTION load_hold() RETURNS text LANGUAGE sql AS $$
  SELECT coalesce((SELECT quote_literal(r.id) FROM (
           SELECT r.id FROM inventory.stock_reservations r
            WHERE r.reference_type = 'load' ORDER BY r.id DESC LIMIT 40) r
            ORDER BY random() LIMIT 1), quote_literal(gen_random_uuid())) $$;

CREATE FUNCTION load_place() RETURNS text LANGUAGE sql AS $$
  SELECT format('SELECT wms_place_order(lines => %s, warehouse_id => %s, user_id => %s, guest_email => %L,
                        coupon_code => %L, agent_id => %s)',
                load_lines(false), load_warehouse(0.3),
                CASE WHEN who < 0.5 THEN (SELECT quote_literal(u.id) FROM auth.users u WHERE u.email = 'load1@example.com')
                     WHEN who < 0.7 THEN (SELECT quote_literal(u.id) FROM auth.users u WHERE u.email = 'load2@example.com')
                     ELSE 'NULL' END,
                CASE WHEN who >= 0.7 AND who < 0.9 THEN 'guest@example.com' END,
                CASE WHEN what < 0.15 THEN 'LOAD' WHEN what < 0.3 THEN 'EACH' END,
                CASE WHEN random() < 0.4
                     THEN (SELECT quote_literal(a.id) FROM agent.agents a ORDER BY random() LIMIT 1) ELSE 'NULL' END)
    FROM (SELECT random() AS who, random() AS what) r $$;

CREATE FUNCTION load_command() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  dice integer := floor(random() * 100);
BEGIN
  CASE
    WHEN dice < 28 THEN RETURN load_place();
    WHEN dice < 38 THEN RETURN format('SELECT wms_confirm_order(%s)', load_order('pending'));
    WHEN dice < 46 THEN RETURN format('SELECT wms_cancel_order(%s)', load_order('pending', 'confirmed', 'packed'));
    WHEN dice < 49 THEN RETURN format('SELECT wms_process_order(%s)', load_order('confirmed'));
    WHEN dice < 53 THEN RETURN format('SELECT wms_pack_order(%s)', load_order('processing'));
    WHEN dice < 61 THEN RETURN format('SELECT wms_ship_order(%s)', load_order('packed'));
    WHEN dice < 64 THEN RETURN format('SELECT wms_deliver_order(%s)', load_order('shipped'));
    WHEN dice < 76 THEN RETURN format('SELECT wms_reserve_stock(%s, %s, ''load'', %s, %L)', load_lines(false), load_warehouse(0.5),
      quote_literal(md5(floor(random() * 20)::text)::uuid), CASE WHEN random() < 0.5 THEN interval '200 ms' END);
    WHEN dice < 79 THEN RETURN format('SELECT wms_release_reservation(%s)', load_hold());
    WHEN dice < 81 THEN RETURN format('SELECT wms_release_reservations(''load'', %L)', md5(floor(random() * 20)::text)::uuid);
    WHEN dice < 87 THEN RETURN format('SELECT wms_consume_reservation(%s)', load_hold());
    WHEN dice < 97 THEN RETURN format('SELECT wms_receive_stock(%s, %s)', load_warehouse(1), load_lines(true));
    ELSE RETURN format('SELECT wms_return_stock(%s, %s)', load_warehouse(1), load_lines(true));
  END CASE;
END $$;

-- What other transactions caused, and only that, is for the client to retry.
CREATE FUNCTION load_step() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  command text := load_command();
  state text := '00000';
  said text;
BEGIN
  BEGIN
    EXECUTE command;
  EXCEPTION
    WHEN serialization_failure THEN RAISE;
    WHEN OTHERS THEN
      state := SQLSTATE;
      said := SQLERRM;
  END;
  INSERT INTO load_results VALUES (split_part(command, '(', 1), state, said);
END $$;
