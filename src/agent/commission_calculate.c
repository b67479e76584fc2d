/*
 * commission_calculate.c
 *		wms_commission_amount() and wms_calculate_commission(): what an order earns, reckoned on demand.
 *
 * Locks: the order, which is written to, since what it earned so far is judged; agent.agents FOR KEY SHARE, by
 * foreign key, in order of id; the rows written.
 */
#include "postgres.h"

#include "agent/clawback.h"
#include "agent/commission.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(wms_commission_amount);
PG_FUNCTION_INFO_V1(wms_calculate_commission);

static WmsPlan lock_order = WMS_PLAN(
	"UPDATE sales.orders o SET updated_at = CURRENT_TIMESTAMP WHERE o.id = $1"
	" RETURNING o.agent_id, o.status, CASE WHEN $2 THEN o.subtotal - o.discount_amount ELSE o.total END",
	UUIDOID, BOOLOID);

static WmsPlan sum_commissions = WMS_PLAN(
	"SELECT coalesce(sum(c.commission_amount), 0.00) FROM agent.commissions c"
	" WHERE c.order_id = $1 AND c.status <> 'cancelled'",
	UUIDOID);

static bool
is_less(Numeric a, Numeric b)
{
	return DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(a), NumericGetDatum(b)));
}

/* Numbers that every call needs, made once. */
static Numeric zero;
static Numeric hundred;
static Numeric hundredth;

static void
make_constants(void)
{
	MemoryContext context = MemoryContextSwitchTo(TopMemoryContext);

	zero = int64_to_numeric(0);
	hundred = int64_to_numeric(100);
	hundredth = int64_div_fast_to_numeric(1, 2);
	MemoryContextSwitchTo(context);
}

static void
check_rate(Numeric rate)
{
	if (hundredth == NULL)
		make_constants();
	if (numeric_is_nan(rate) || is_less(rate, zero) || is_less(hundred, rate))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("commission_rate must be a percentage"),
				 errdetail("It is %s.", wms_shown(numeric_normalize(rate))),
				 errhint("Pass a number from 0 to 100.")));
}

/* A rate that is kept has two decimals; one that would be rounded first is not what was agreed. */
static Numeric
optional_rate(FunctionCallInfo fcinfo, int n)
{
	Numeric		rate;
	Datum		kept;

	if (PG_ARGISNULL(n))
		return NULL;
	rate = PG_GETARG_NUMERIC(n);
	check_rate(rate);
	kept = DirectFunctionCall2(numeric_round, NumericGetDatum(rate), Int32GetDatum(2));
	if (DatumGetBool(DirectFunctionCall2(numeric_ne, kept, NumericGetDatum(rate))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("commission_rate has more than two decimals"),
				 errdetail("It is %s.", wms_shown(numeric_normalize(rate))),
				 errhint("Rates are kept in hundredths of a percent.")));
	return DatumGetNumeric(kept);
}

/*
 * Rounded half away from zero; multiplied by a hundredth rather than divided by a hundred, since that is exact.
 * Raises 22023.
 */
Datum
wms_commission_amount(PG_FUNCTION_ARGS)
{
	Numeric		total = PG_GETARG_NUMERIC(0);
	Numeric		rate = PG_GETARG_NUMERIC(1);
	Datum		amount;

	check_rate(rate);
	if (numeric_is_nan(total) || numeric_is_inf(total))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("order_total must be an amount of money"),
				 errdetail("It is %s.", numeric_normalize(total)),
				 errhint("Pass the total of an order, such as 99.90.")));
	amount = DirectFunctionCall2(numeric_mul, NumericGetDatum(total), NumericGetDatum(rate));
	amount = DirectFunctionCall2(numeric_mul, amount, NumericGetDatum(hundredth));
	return DirectFunctionCall2(numeric_round, amount, Int32GetDatum(2));
}

/* What is cancelled or refunded earns nothing any more; what is delivered needs no approval. */
static void
earn(const pg_uuid_t *order_id, Numeric rate)
{
	bool		isnull;
	Datum		agent_id = wms_value(0, 1, &isnull);
	char	   *status = wms_value_text(0, 2);
	Numeric		base;

	if (isnull || strcmp(status, "cancelled") == 0 || strcmp(status, "refunded") == 0)
		return;
	base = DatumGetNumeric(wms_value(0, 3, &isnull));
	wms_commissions_earn(order_id, DatumGetUUIDP(agent_id), base, rate, strcmp(status, "delivered") == 0);
	wms_commissions_claw_back_earlier(order_id);
}

/* Reckons the commissions of an order, once; returns their sum, clawbacks netted; raises WM004, 22023. */
Datum
wms_calculate_commission(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *order_id = wms_arg_uuid(fcinfo, 0, "order_id");
	Numeric		rate = optional_rate(fcinfo, 1);
	Datum		values[] = {UUIDPGetDatum(order_id), BoolGetDatum(wms_commission_base == WMS_COMMISSION_NET)};
	WmsCommand	command;
	Datum		sum;
	bool		isnull;

	wms_command_begin(&command);
	if (wms_run(&lock_order, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no order %s", wms_uuid_text(order_id)),
				 errhint("The orders are in sales.orders.")));
	earn(order_id, rate);
	wms_run(&sum_commissions, values, NULL);
	sum = wms_result_copy(wms_value(0, 1, &isnull), NUMERICOID);
	wms_command_end(&command);
	return sum;
}
