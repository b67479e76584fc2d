-- The replay: week by week, the goods are delivered, then several sessions trade at the same time.
-- Every command is a transaction of its own, as it would be in a shop.

-- Orders what the week will take of the items that would run out, and at least what sells in four weeks; what
-- comes back from customers is sold again.
CREATE PROCEDURE demo.deliver(this_week date)
LANGUAGE plpgsql
AS $$
DECLARE
  main uuid := (SELECT id FROM inventory.warehouses WHERE code = 'MAIN' AND deleted_at IS NULL);
  weeks bigint := (SELECT count(DISTINCT week) FROM demo.demand);
  delivery_id uuid := gen_random_uuid();
  part record;
BEGIN
  INSERT INTO demo.delivery (id, week, stock_code, units)
  SELECT delivery_id, this_week, d.stock_code, 
         least(greatest(d.units - coalesce(s.quantity, 0), usual.units), 1000000000)
    FROM demo.demand d
    JOIN catalog.products p ON p.sku = d.stock_code
    LEFT JOIN inventory.stock_items s ON s.warehouse_id = main AND s.product_id = p.id
    JOIN (SELECT stock_code, ceil(4 * sum(units) / weeks)::bigint AS units FROM demo.demand GROUP BY stock_code) usual
      ON usual.stock_code = d.stock_code
   WHERE d.week = this_week AND d.units > coalesce(s.quantity, 0);
  FOR part IN
    SELECT jsonb_agg(jsonb_build_object('sku', n.stock_code, 'quantity', n.units)) AS lines
      FROM (SELECT stock_code, units, row_number() OVER (ORDER BY stock_code) AS number
              FROM demo.delivery WHERE week = this_week) n
     GROUP BY (n.number - 1) / 200 ORDER BY (n.number - 1) / 200
  LOOP
    PERFORM wms_receive_stock(main, part.lines, reference_type => 'delivery', reference_id => delivery_id,
                              notes => 'Week of ' || this_week);
  END LOOP;
  -- Below what sells in a week it is time to order.
  UPDATE inventory.stock_items s
     SET reorder_point = u.week_units, reorder_quantity = 4 * u.week_units
    FROM (SELECT p.id, least(ceil(sum(d.units) / weeks), 500000000)::integer AS week_units
            FROM demo.demand d JOIN catalog.products p ON p.sku = d.stock_code GROUP BY p.id) u
   WHERE s.warehouse_id = main AND s.product_id = u.id AND s.reorder_point = 0;
  COMMIT;
END $$;

-- One command for one invoice. True: done; false: refused, and written down; NULL: to be repeated.
CREATE FUNCTION demo.step(invoice demo.invoice, what text) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  main uuid := (SELECT id FROM inventory.warehouses WHERE code = 'MAIN' AND deleted_at IS NULL);
  the_order uuid;
  reached text;
  units bigint;
  problem text;
BEGIN
  IF what = 'return' THEN
    units := wms_return_stock(main, invoice.returns, reference_type => 'credit_note', reference_id => invoice.id,
                              notes => invoice.invoice_no);
    UPDATE demo.invoice i SET returned = units WHERE i.invoice_no = invoice.invoice_no;
  ELSIF what = 'place' THEN
    the_order := wms_place_order(invoice.sales, user_id => invoice.user_id, warehouse_id => main,
                                 shipping_address => jsonb_strip_nulls(jsonb_build_object('country', invoice.country)));
    UPDATE demo.invoice i SET order_id = the_order, status = 'pending' WHERE i.invoice_no = invoice.invoice_no;
  ELSE
    SELECT i.order_id INTO the_order FROM demo.invoice i WHERE i.invoice_no = invoice.invoice_no;
    reached := CASE what
      WHEN 'confirm' THEN wms_confirm_order(the_order)
      WHEN 'process' THEN wms_process_order(the_order)
      WHEN 'pack' THEN wms_pack_order(the_order)
      WHEN 'ship' THEN wms_ship_order(the_order)
      WHEN 'deliver' THEN wms_deliver_order(the_order)
    END;
    UPDATE demo.invoice i SET status = reached WHERE i.invoice_no = invoice.invoice_no;
  END IF;
  RETURN true;
EXCEPTION
  WHEN serialization_failure OR deadlock_detected THEN
    RETURN NULL;
  WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS problem = MESSAGE_TEXT;
    INSERT INTO demo.refused (invoice_no, what, lines, value, sqlstate, message)
    SELECT invoice.invoice_no, what, count(*), sum(l.value), SQLSTATE, problem
      FROM demo.line l
     WHERE l.invoice_no = invoice.invoice_no AND l.kind = CASE what WHEN 'return' THEN 'return' ELSE 'sale' END;
    RETURN false;
END $$;

-- What one session does in a week.
CREATE PROCEDURE demo.replay(this_week date, this_session integer)
LANGUAGE plpgsql
AS $$
DECLARE
  numbers text[] := ARRAY(SELECT i.invoice_no FROM demo.invoice i
                           WHERE i.week = this_week AND i.session = this_session AND i.replayed_at IS NULL
                           ORDER BY i.invoice_date, i.invoice_no);
  this_number text;
  invoice demo.invoice;
  what text;
  done boolean;
BEGIN
  FOREACH this_number IN ARRAY numbers LOOP
    SELECT * INTO invoice FROM demo.invoice i WHERE i.invoice_no = this_number;
    FOREACH what IN ARRAY ARRAY['place', 'confirm', 'process', 'pack', 'ship', 'deliver', 'return'] LOOP
      CONTINUE WHEN CASE what WHEN 'return' THEN invoice.returns ELSE invoice.sales END IS NULL;
      CONTINUE WHEN what <> 'return' AND NOT coalesce(done, true);
      LOOP
        done := demo.step(invoice, what);
        COMMIT;
        EXIT WHEN done IS NOT NULL;
      END LOOP;
    END LOOP;
    done := NULL;
    UPDATE demo.invoice i SET replayed_at = clock_timestamp() WHERE i.invoice_no = this_number;
    COMMIT;
  END LOOP;
END $$;
