-- Payments: the same transaction is the same payment, whose status only moves forward; what is refused.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
\set goods '\'00000000-0000-4000-8000-00000000be01\''
\set nobody '\'00000000-0000-4000-8000-00000000ffff\''
BEGIN;
INSERT INTO catalog.products (id, sku, name, base_price, is_stocked) VALUES (:goods, 'PM-1', 'Goods', 10, false);
SELECT wms_place_order('[{"sku": "PM-1", "quantity": 5}]') AS id, wms_place_order('[{"sku": "PM-1", "quantity": 1}]') AS other \gset
CREATE FUNCTION pg_temp.attempt(command text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command INTO message;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
CREATE VIEW pg_temp.paid AS SELECT o.id, p.payment_method, p.payment_provider, p.transaction_id, p.amount, p.status, p.paid_at IS NOT NULL AS paid, p.metadata FROM sales.payments p JOIN sales.orders o ON o.id = p.order_id;

-- several payments of one order; under- and overpayment are visible
SELECT wms_record_payment(:'id', 20, 'cash') IS NOT NULL;
SELECT wms_record_payment(order_id => :'id', amount => 15.005, payment_method => 'credit_card', payment_provider => 'stripe', transaction_id => 'T1', status => 'pending', metadata => '{"try": 1}') AS first \gset
SELECT paid, due FROM wms_order_balance(:'id');
-- the webhook comes again, and further, and back
SELECT wms_record_payment(:'id', 15.01, 'credit_card', 'stripe', 'T1', 'pending') = :'first', count(*) FROM pg_temp.paid WHERE transaction_id = 'T1';
SELECT wms_record_payment(:'id', 15.01, 'credit_card', 'stripe', 'T1', 'processing') = :'first';
SELECT wms_record_payment(:'id', 15.01, 'credit_card', 'stripe', 'T1', 'failed') = :'first';
SELECT status, paid, metadata FROM pg_temp.paid WHERE transaction_id = 'T1';
SELECT wms_record_payment(:'id', 15.01, 'credit_card', 'stripe', 'T1', metadata => '{"try": 2}') = :'first';
SELECT status, paid, metadata FROM pg_temp.paid WHERE transaction_id = 'T1';
SELECT wms_record_payment(:'id', 15.01, 'credit_card', 'stripe', 'T1', s, '{"late": true}') = :'first' FROM unnest('{pending,processing,failed,completed}'::text[]) s;
SELECT status, paid, metadata FROM pg_temp.paid WHERE transaction_id = 'T1';
SELECT wms_record_payment(:'id', 15.01, 'credit_card', 'stripe', 'T1', 'refunded') = :'first';
SELECT wms_record_payment(:'id', 15.01, 'credit_card', 'stripe', 'T1', 'completed') = :'first';
SELECT status, paid FROM pg_temp.paid WHERE transaction_id = 'T1';
SELECT paid, due FROM wms_order_balance(:'id');
SELECT wms_record_payment(:'id', 100, 'ewallet') IS NOT NULL;
SELECT paid, due FROM wms_order_balance(:'id');
SELECT status FROM sales.orders WHERE id = :'id';

-- the same transaction for another amount or order, with and without a provider; another provider's is another
SELECT * FROM pg_temp.attempt(format($$SELECT wms_record_payment(%L, 15.02, 'credit_card', 'stripe', 'T1')$$, :'id'));
SELECT * FROM pg_temp.attempt(format($$SELECT wms_record_payment(%L, 15.01, 'credit_card', 'stripe', 'T1')$$, :'other'));
SELECT wms_record_payment(:'id', 1, 'cash', NULL, 'T1') AS unnamed \gset
SELECT wms_record_payment(:'id', 1, 'cash', transaction_id => 'T1') = :'unnamed', wms_record_payment(:'id', 1, 'cash', 'ipay88', 'T1') <> :'unnamed';
SELECT * FROM pg_temp.attempt(format($$SELECT wms_record_payment(%L, 2, 'cash', NULL, 'T1')$$, :'id'));
SELECT * FROM pg_temp.attempt(format($$SELECT wms_record_payment(%L, 1, 'cash', NULL, 'T1')$$, :'other'));
-- without a transaction each call is a payment; a provider alone names none
SELECT wms_record_payment(:'other', 1, 'cash', 'till') <> wms_record_payment(:'other', 1, 'cash', 'till');
-- an idempotency key
SELECT wms_record_payment(:'other', 2, 'cash', idempotency_key => 'pm-1') = wms_record_payment(:'other', 2.00, 'cash', idempotency_key => 'pm-1');
SELECT state FROM pg_temp.attempt(format($$SELECT wms_record_payment(%L, 3, 'cash', idempotency_key => 'pm-1')$$, :'other'));
SELECT count(*), sum(amount) FROM sales.payments WHERE order_id = :'other';

-- refused
SELECT a.state, a.message, a.detail FROM unnest(ARRAY['0', '-1', '0.004', '-0.004', '''NaN''', '''Infinity''', '''-Infinity''', '10000000000', '9999999999.995', '1e200', 'NULL']) v, pg_temp.attempt(format($$SELECT wms_record_payment(%L, %s, 'cash')$$, :'id', v)) a;
SELECT a.* FROM unnest(ARRAY['''barter''', '''Cash''', '''''', 'NULL']) v, pg_temp.attempt(format($$SELECT wms_record_payment(%L, 1, %s)$$, :'id', v)) a;
SELECT a.* FROM unnest(ARRAY['status => ''done''', 'status => NULL', 'payment_provider => ''''', 'transaction_id => ''''', 'metadata => ''[]''', 'metadata => ''1''', 'metadata => ''null''', 'idempotency_key => ''''']) v, pg_temp.attempt(format($$SELECT wms_record_payment(%L, 1, 'cash', %s)$$, :'id', v)) a;
SELECT a.* FROM pg_temp.attempt(format($$SELECT wms_record_payment(%L, 1, 'cash')$$, :nobody)) a;
SELECT a.* FROM pg_temp.attempt($$SELECT wms_record_payment(NULL, 1, 'cash')$$) a;
-- what no index takes, however badly it compresses; and a message is no place for a long story
SELECT a.* FROM unnest(ARRAY['transaction_id => repeat(''x'', 1001)', 'payment_provider => repeat(''x'', 1001)', 'status => repeat(''x'', 5000)']) v, pg_temp.attempt(format($$SELECT wms_record_payment(%L, 1, 'cash', %s)$$, :'id', v)) a;
SELECT wms_record_payment(:'other', 1, 'cash', t.name, t.name) = wms_record_payment(:'other', 1, 'cash', t.name, t.name) FROM (SELECT left(string_agg(md5(n::text), ''), 1000) FROM generate_series(1, 40) n) t (name);
SELECT wms_record_payment(:'id', 9999999999.994, 'cash') IS NOT NULL;
SELECT wms_record_payment(:'id', 1, m) IS NOT NULL FROM unnest('{cod,online_banking,credit_card,debit_card,ewallet,cash,bank_transfer}'::text[]) m;
SELECT max(amount) FROM sales.payments WHERE order_id = :'id';

-- whatever became of the order; it stays where it is
SELECT wms_cancel_order(:'other');
SELECT wms_record_payment(:'other', 1, 'cash') IS NOT NULL;
SELECT status FROM sales.orders WHERE id = :'other';
SELECT paid, due FROM wms_order_balance(:'other');
SELECT * FROM wms_verify();
ROLLBACK;
