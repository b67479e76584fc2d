-- The same tables without wms.
--
-- Columns, defaults, checks, keys and indexes are those of the originals, and so are catalogue and warehouses,
-- which both sides refer to.  What is missing are the triggers: nothing here pays for guards.

CREATE SCHEMA plain;

CREATE SEQUENCE plain.order_number_seq;

CREATE TABLE plain.stock_items (LIKE inventory.stock_items INCLUDING ALL) WITH (fillfactor = 80);
CREATE TABLE plain.stock_reservations (LIKE inventory.stock_reservations INCLUDING ALL);
CREATE TABLE plain.stock_movements (LIKE inventory.stock_movements INCLUDING ALL);
CREATE TABLE plain.orders (LIKE sales.orders INCLUDING ALL);
CREATE TABLE plain.order_items (LIKE sales.order_items INCLUDING ALL);
CREATE TABLE plain.order_status_history (LIKE sales.order_status_history INCLUDING ALL);

-- The foreign keys, which LIKE does not copy; to a table that is here, to the one here.
DO $$
DECLARE
  fkey record;
BEGIN
  FOR fkey IN
    SELECT p.oid::regclass AS here, c.conname, pg_get_constraintdef(c.oid) AS definition
      FROM pg_class p
      JOIN pg_constraint c ON c.contype = 'f'
      JOIN pg_class o ON o.oid = c.conrelid AND o.relname = p.relname
      JOIN pg_namespace n ON n.oid = o.relnamespace AND n.nspname IN ('inventory', 'sales')
     WHERE p.relnamespace = 'plain'::regnamespace AND p.relkind = 'r'
  LOOP
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', fkey.here, fkey.conname,
                   regexp_replace(fkey.definition, 'sales\.orders', 'plain.orders'));
  END LOOP;
END $$;

-- The limit: the same rows with neither index nor foreign key, stock rows found and changed all the same.
CREATE TABLE plain.reservations_no_index (LIKE inventory.stock_reservations INCLUDING DEFAULTS INCLUDING CONSTRAINTS);

CREATE FUNCTION plain.reserve_no_index(reference uuid, warehouse uuid, products uuid[], quantities integer[])
RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  UPDATE plain.stock_items s SET reserved_quantity = s.reserved_quantity + w.quantity, updated_at = now()
    FROM unnest(products, quantities) AS w(product_id, quantity)
   WHERE s.warehouse_id = warehouse AND s.product_id = w.product_id AND s.variant_id IS NULL;
  INSERT INTO plain.reservations_no_index (warehouse_id, product_id, quantity, original_quantity, reference_type, reference_id)
  SELECT warehouse, w.product_id, w.quantity, w.quantity, 'bench', reference FROM unnest(products, quantities) AS w(product_id, quantity);
  RETURN array_length(products, 1);
END $$;
