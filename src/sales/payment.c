/*
 * payment.c
 *		wms_record_payment(): what a customer, or a provider's webhook, says was paid.
 *
 * The same transaction of the same provider is the same payment, by unique index, however often and from
 * however many sessions it is told.
 *
 * Locks: the idempotency key; the order FOR UPDATE, updated when its payments change, since refunds judge
 * their sum; the payment.
 */
#include "postgres.h"

#include "sales/payment.h"

#include "sales/amount.h"
#include "support/access.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/idempotency.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(wms_record_payment);

/* In the order in which a payment moves forward. */
static const char *const statuses[] = {"pending", "processing", "failed", "completed", "refunded"};

#define STATUS_ORDER "ARRAY['pending', 'processing', 'failed', 'completed', 'refunded']"

static WmsPlan lock_order = WMS_PLAN("SELECT FROM sales.orders o WHERE o.id = $1 FOR UPDATE", UUIDOID);

static WmsPlan touch_order = WMS_PLAN(
	"UPDATE sales.orders o SET updated_at = CURRENT_TIMESTAMP WHERE o.id = $1", UUIDOID);

static WmsPlan write_payment = WMS_PLAN(
	"INSERT INTO sales.payments (order_id, payment_method, payment_provider, transaction_id, amount, status,"
	"       metadata, paid_at, created_at)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $6 = 'completed' THEN $8 END, $8)"
	"    ON CONFLICT (payment_provider, transaction_id) WHERE transaction_id IS NOT NULL DO NOTHING"
	" RETURNING id",
	UUIDOID, TEXTOID, TEXTOID, TEXTOID, NUMERICOID, TEXTOID, JSONBOID, TIMESTAMPTZOID);

/* Two branches, so that each is a look-up in the index. */
static WmsPlan find_payment = WMS_PLAN(
	"SELECT p.id, p.order_id, p.amount = $3, p.amount"
	"  FROM sales.payments p WHERE p.payment_provider = $1 AND p.transaction_id = $2"
	" UNION ALL "
	"SELECT p.id, p.order_id, p.amount = $3, p.amount"
	"  FROM sales.payments p WHERE p.payment_provider IS NULL AND $1 IS NULL AND p.transaction_id = $2",
	TEXTOID, TEXTOID, NUMERICOID);

static WmsPlan move_payment = WMS_PLAN(
	"UPDATE sales.payments p"
	"   SET status = $3,"
	"       metadata = coalesce($4, p.metadata),"
	"       paid_at = CASE WHEN $3 = 'completed' THEN coalesce(p.paid_at, $5) ELSE p.paid_at END,"
	"       updated_at = CURRENT_TIMESTAMP"
	" WHERE p.id = $1 AND p.order_id = $2"
	"   AND array_position(" STATUS_ORDER ", p.status) < array_position(" STATUS_ORDER ", $3)",
	UUIDOID, UUIDOID, TEXTOID, JSONBOID, TIMESTAMPTZOID);

typedef struct Payment
{
	const pg_uuid_t *order_id;
	int64		cents;
	char	   *method;
	char	   *provider;		/* NULL = nobody between */
	char	   *transaction_id; /* NULL = always a payment of its own */
	char	   *status;
	Jsonb	   *metadata;
} Payment;

static int64
amount_argument(FunctionCallInfo fcinfo, int n)
{
	int64		cents;

	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("amount must not be null"),
				 errhint("Pass a value for amount.")));
	cents = wms_arg_cents(fcinfo, n, "amount");
	if (cents == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("amount must be greater than zero"),
				 errdetail("It is %s.", numeric_normalize(PG_GETARG_NUMERIC(n))),
				 errhint("An order of which nothing is due needs no payment.")));
	return cents;
}

static void
read_arguments(FunctionCallInfo fcinfo, Payment *payment)
{
	payment->order_id = wms_arg_uuid(fcinfo, 0, "order_id");
	payment->cents = amount_argument(fcinfo, 1);
	payment->method = wms_arg_payment_method(fcinfo, 2);
	payment->provider = wms_optional_name(fcinfo, 3, "payment_provider");
	payment->transaction_id = wms_optional_name(fcinfo, 4, "transaction_id");
	payment->status = wms_arg_listed(fcinfo, 5, "status", statuses, lengthof(statuses));
	payment->metadata = PG_ARGISNULL(6) ? NULL : PG_GETARG_JSONB_P(6);
	if (payment->metadata != NULL && !JB_ROOT_IS_OBJECT(payment->metadata))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("metadata must be a JSON object"),
				 errhint("Pass what the provider sent, such as {\"bank\": \"M2U\"}, or NULL.")));
}

static void
lock(const Payment *payment)
{
	Datum		value = UUIDPGetDatum(payment->order_id);

	if (wms_run(&lock_order, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no order %s", wms_uuid_text(payment->order_id)),
				 errhint("The orders are in sales.orders.")));
}

/* False when the transaction is known; a twin that is still writing it is waited for. */
static bool
write_new(const Payment *payment, pg_uuid_t *id)
{
	Datum		values[8];
	bool		nulls[8] = {false};
	bool		isnull;

	values[0] = UUIDPGetDatum(payment->order_id);
	values[1] = CStringGetTextDatum(payment->method);
	values[2] = wms_text_param(payment->provider, &nulls[2]);
	values[3] = wms_text_param(payment->transaction_id, &nulls[3]);
	values[4] = NumericGetDatum(wms_cents_numeric(payment->cents));
	values[5] = CStringGetTextDatum(payment->status);
	values[6] = JsonbPGetDatum(payment->metadata);
	nulls[6] = payment->metadata == NULL;
	values[7] = TimestampTzGetDatum(wms_clock());
	if (payment->transaction_id == NULL)
		wms_run_exactly(&write_payment, values, nulls, 1);
	else if (wms_run(&write_payment, values, nulls) == 0)
		return false;
	*id = *DatumGetUUIDP(wms_value(0, 1, &isnull));
	return true;
}

void
wms_payment_take(const pg_uuid_t *order_id, char *method, int64 cents)
{
	Payment		payment = {.order_id = order_id, .cents = cents, .method = method, .status = "completed"};
	pg_uuid_t	id;

	write_new(&payment, &id);
}

static void
refuse_other(const Payment *payment, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_IDEMPOTENCY_KEY_REUSED),
			 errmsg("transaction \"%s\"%s is another payment", payment->transaction_id,
					payment->provider == NULL ? "" : psprintf(" of \"%s\"", payment->provider)),
			 errdetail("%s", detail),
			 errhint("A transaction is one payment of one amount towards one order; check which of them is meant.")));
}

/* The payment that the transaction is: of this order and amount, or it is refused. */
static void
find_first(const Payment *payment, pg_uuid_t *id)
{
	Datum		values[3];
	bool		nulls[3] = {false};
	bool		isnull;

	values[0] = wms_text_param(payment->provider, &nulls[0]);
	values[1] = CStringGetTextDatum(payment->transaction_id);
	values[2] = NumericGetDatum(wms_cents_numeric(payment->cents));
	if (wms_run(&find_payment, values, nulls) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("transaction \"%s\" was recorded concurrently", payment->transaction_id),
				 errhint("Retry the transaction.")));
	*id = *DatumGetUUIDP(wms_value(0, 1, &isnull));
	if (!wms_uuid_equal(payment->order_id, DatumGetUUIDP(wms_value(0, 2, &isnull))))
		refuse_other(payment, "It was recorded for another order.");
	if (!wms_value_bool(0, 3))
		refuse_other(payment, psprintf("It was recorded with an amount of %s, not %s.", wms_value_text(0, 4),
									   wms_cents_text(payment->cents)));
}

/* False when it is as far already. */
static bool
move_forward(const Payment *payment, const pg_uuid_t *id)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = UUIDPGetDatum(id);
	values[1] = UUIDPGetDatum(payment->order_id);
	values[2] = CStringGetTextDatum(payment->status);
	values[3] = JsonbPGetDatum(payment->metadata);
	nulls[3] = payment->metadata == NULL;
	values[4] = TimestampTzGetDatum(wms_clock());
	return wms_run(&move_payment, values, nulls) > 0;
}

static void
record(const Payment *payment, pg_uuid_t *id)
{
	bool		changes;
	Datum		value = UUIDPGetDatum(payment->order_id);

	lock(payment);
	changes = write_new(payment, id);
	if (!changes)
	{
		find_first(payment, id);
		changes = move_forward(payment, id);
	}
	if (changes)
		wms_run(&touch_order, &value, NULL);
}

/* Records a payment; raises WM004, WM005, WM012, 22023, 22003. */
Datum
wms_record_payment(PG_FUNCTION_ARGS)
{
	Payment		payment = {0};
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *earlier;

	read_arguments(fcinfo, &payment);
	wms_command_begin_own(&command);
	wms_access_staff();
	wms_access_order(payment.order_id);
	earlier = wms_idempotency_begin(fcinfo, &idempotency);
	if (earlier != NULL)
		*result = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(earlier)));
	else
	{
		record(&payment, result);
		wms_idempotency_end(&idempotency, psprintf("\"%s\"", wms_uuid_text(result)));
	}
	wms_command_end(&command);
	PG_RETURN_UUID_P(result);
}
