/*
 * amount.c
 *		Money in whole cents, for what is decided in C.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "sales/amount.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* What numeric(12,2) holds. */
#define CENTS_LIMIT INT64CONST(1000000000000)

static void
refuse_amount(const char *name, Numeric amount, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s %s", name, what),
			 errdetail("It is %s.", numeric_normalize(amount)),
			 errhint("Pass an amount of money, such as 12.50.")));
}

static void
refuse_range(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s is out of range", name),
			 errhint("Amounts stay below 10000000000.")));
}

int64
wms_arg_cents(FunctionCallInfo fcinfo, int n, const char *name)
{
	Numeric		amount = PG_GETARG_NUMERIC(n);
	Numeric		limit = int64_to_numeric(CENTS_LIMIT);
	Datum		cents;

	if (numeric_is_nan(amount))
		refuse_amount(name, amount, "must be a number");
	if (DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(amount), NumericGetDatum(int64_to_numeric(0)))))
		refuse_amount(name, amount, "must not be negative");
	if (DatumGetBool(DirectFunctionCall2(numeric_ge, NumericGetDatum(amount), NumericGetDatum(limit))))
		refuse_range(name);
	cents = DirectFunctionCall2(numeric_mul, NumericGetDatum(amount), NumericGetDatum(int64_to_numeric(100)));
	cents = DirectFunctionCall2(numeric_round, cents, Int32GetDatum(0));
	if (DatumGetBool(DirectFunctionCall2(numeric_ge, cents, NumericGetDatum(limit))))
		refuse_range(name);
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, cents));
}

Numeric
wms_cents_numeric(int64 cents)
{
	return int64_div_fast_to_numeric(cents, 2);
}

char *
wms_cents_text(int64 cents)
{
	int64		units = cents < 0 ? -cents : cents;

	return psprintf("%s" INT64_FORMAT ".%02d", cents < 0 ? "-" : "", units / 100, (int) (units % 100));
}
