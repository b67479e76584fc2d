-- From the lines of the file: items, customers, and what each invoice asks for.
--
-- Needs the psql variable sessions: by how many the invoices are replayed.

-- A stock code that is no goods: postage, carriage, fees, manual amounts, discounts, samples given a value,
-- write-offs of debts, donations, and gift vouchers. PADS are goods: cushion pads. So are the codes DCGS...,
-- which are sold by the piece under names of their own.
CREATE FUNCTION demo.is_stocked(stock_code text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN stock_code NOT IN ('POST', 'DOT', 'C2', 'C3', 'M', 'm', 'D', 'S', 'B', 'CRUK', 'BANK CHARGES', 'AMAZONFEE',
                          'ADJUST', 'ADJUST2')
       AND stock_code NOT LIKE 'gift\_%';

-- NULL for what is no date
CREATE FUNCTION demo.instant(date text) RETURNS timestamp
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN date::timestamp;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END $$;

CREATE UNLOGGED TABLE demo.line AS
WITH dates AS MATERIALIZED (
  SELECT d.invoice_date, demo.instant(d.invoice_date) AS instant
    FROM (SELECT DISTINCT invoice_date FROM demo.raw) d
), typed AS (
  SELECT r.line, btrim(r.invoice_no) AS invoice_no, btrim(r.stock_code) AS stock_code,
         nullif(btrim(r.description), '') AS description,
         CASE WHEN btrim(r.quantity) ~ '^[-+]?[0-9]{1,9}$' THEN r.quantity::integer END AS quantity,
         CASE WHEN btrim(r.unit_price) ~ '^[-+]?[0-9]{1,9}([.][0-9]*)?$' THEN r.unit_price::numeric END AS unit_price,
         d.instant, nullif(regexp_replace(btrim(r.customer_id), '[.]0$', ''), '') AS customer_id,
         nullif(btrim(r.country), '') AS country
    FROM demo.raw r LEFT JOIN dates d ON d.invoice_date = r.invoice_date
), judged AS (
  SELECT t.*,
         CASE WHEN coalesce(t.invoice_no, '') = '' THEN 'there is no invoice number'
              WHEN coalesce(t.stock_code, '') = '' THEN 'there is no stock code'
              WHEN t.quantity IS NULL THEN 'the quantity is no whole number of up to nine digits'
              WHEN t.quantity = 0 THEN 'the quantity is 0'
              WHEN t.unit_price IS NULL THEN 'the price is no number'
              WHEN t.unit_price < 0 THEN 'the price is negative'
              WHEN t.instant IS NULL THEN 'the date is not a date'
              WHEN t.invoice_no LIKE 'C%' AND t.quantity > 0 THEN 'a credit note with a positive quantity'
         END AS objection
    FROM typed t
)
-- A return brings units back, whether it is on a credit note or a negative line of another invoice. What
-- is credited without goods is an amount only: it waits for refunds.
SELECT j.*, demo.is_stocked(j.stock_code) AS is_stocked,
       CASE WHEN j.objection IS NOT NULL THEN 'refused'
            WHEN j.quantity > 0 THEN 'sale'
            WHEN demo.is_stocked(j.stock_code) THEN 'return'
            ELSE 'credit' END AS kind,
       round(abs(j.quantity) * j.unit_price, 2) AS value
  FROM judged j;

ALTER TABLE demo.line ADD PRIMARY KEY (line);
ANALYZE demo.line;

CREATE TABLE demo.refused (
  invoice_no text,
  line       bigint,               -- of the file; NULL: the whole of what was asked for
  what       text NOT NULL,        -- line, place, confirm, ..., return
  lines      bigint NOT NULL,
  value      numeric,
  sqlstate   text NOT NULL,
  message    text NOT NULL
);

INSERT INTO demo.refused (invoice_no, line, what, lines, value, sqlstate, message)
SELECT invoice_no, line, 'line', 1, quantity * unit_price, '22023', objection FROM demo.line WHERE kind = 'refused' ORDER BY line;

-- Items: codes mind the case (15056bl is not 15056BL). The name is the one used most in sales; other
-- lines have remarks in its place.
INSERT INTO catalog.products (sku, name, slug, base_price, is_stocked)
SELECT stock_code,
       coalesce(mode() WITHIN GROUP (ORDER BY description) FILTER (WHERE kind = 'sale' AND unit_price > 0),
                mode() WITHIN GROUP (ORDER BY description), stock_code),
       '', coalesce(mode() WITHIN GROUP (ORDER BY unit_price) FILTER (WHERE kind = 'sale' AND unit_price > 0), 0),
       demo.is_stocked(stock_code)
  FROM demo.line WHERE kind <> 'refused' GROUP BY stock_code ORDER BY stock_code;

INSERT INTO auth.users (email, first_name, last_name)
SELECT DISTINCT 'customer-' || lower(customer_id) || '@example.com', 'Customer', lower(customer_id)
  FROM demo.line WHERE kind = 'sale' AND customer_id IS NOT NULL;

INSERT INTO inventory.warehouses (code, name, priority) VALUES ('MAIN', 'Main warehouse', 1);

-- Commands date what they do; the day of the past stays here.
CREATE TABLE demo.invoice (
  invoice_no   text PRIMARY KEY,
  id           uuid NOT NULL DEFAULT gen_random_uuid(),    -- the reference of its returns
  invoice_date timestamp NOT NULL,
  week         date NOT NULL,
  session      integer NOT NULL,                           -- a customer's invoices stay in order
  user_id      uuid,
  country      text,
  sales        jsonb,                                      -- lines for wms_place_order
  sale_lines   bigint NOT NULL,
  returns      jsonb,                                      -- lines for wms_return_stock
  return_lines bigint NOT NULL,
  order_id     uuid,
  status       text,                                       -- how far the order came
  returned     bigint,                                     -- units
  replayed_at  timestamptz
);

INSERT INTO demo.invoice (invoice_no, invoice_date, week, session, user_id, country, sales, sale_lines, returns, return_lines)
SELECT i.invoice_no, i.instant, date_trunc('week', i.instant)::date,
       abs(hashtext(coalesce(i.customer_id, i.invoice_no))::bigint) % :sessions, u.id,
       i.country, i.sales, i.sale_lines, i.returns, i.return_lines
  FROM (SELECT invoice_no, min(instant) AS instant, min(customer_id) AS customer_id, min(country) AS country,
               jsonb_agg(jsonb_build_object('sku', stock_code, 'quantity', quantity, 'unit_price', unit_price)
                         ORDER BY line) FILTER (WHERE kind = 'sale') AS sales,
               count(*) FILTER (WHERE kind = 'sale') AS sale_lines,
               jsonb_agg(jsonb_build_object('sku', stock_code, 'quantity', -quantity)
                         ORDER BY line) FILTER (WHERE kind = 'return') AS returns,
               count(*) FILTER (WHERE kind = 'return') AS return_lines
          FROM demo.line WHERE kind <> 'refused' GROUP BY invoice_no) i
  LEFT JOIN auth.users u ON lower(u.email) = 'customer-' || lower(i.customer_id) || '@example.com' AND u.deleted_at IS NULL;

CREATE INDEX ON demo.invoice (week, session, invoice_date);
CREATE INDEX ON demo.invoice (replayed_at);

-- What each week takes of each item.
CREATE TABLE demo.demand AS
SELECT i.week, l.stock_code, sum(l.quantity)::bigint AS units
  FROM demo.line l JOIN demo.invoice i USING (invoice_no)
 WHERE l.kind = 'sale' AND l.is_stocked GROUP BY i.week, l.stock_code;
ALTER TABLE demo.demand ADD PRIMARY KEY (week, stock_code);

CREATE TABLE demo.delivery (
  id         uuid NOT NULL,
  week       date NOT NULL,
  stock_code text NOT NULL,
  units      bigint NOT NULL,
  PRIMARY KEY (week, stock_code)
);

ANALYZE;
