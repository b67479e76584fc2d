-- What the file of past trade holds, as text: nothing is judged here.
CREATE SCHEMA demo;

CREATE UNLOGGED TABLE demo.raw (
  line         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  invoice_no   text,
  stock_code   text,
  description  text,
  quantity     text,
  invoice_date text,
  unit_price   text,
  customer_id  text,
  country      text
);

COMMENT ON SCHEMA demo IS 'The replay of a file of past trade: the file, what became of it, and the deliveries that made it possible';
