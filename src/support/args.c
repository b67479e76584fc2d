/*
 * args.c
 *		Arguments of commands: presence, range, and the words of the refusal.
 */
#include "postgres.h"

#include "support/args.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "support/clock.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* What an index takes, however badly it compresses. */
#define LONGEST_NAME 1000

char *
wms_uuid_text(const pg_uuid_t *uuid)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(uuid)));
}

bool
wms_uuid_equal(const pg_uuid_t *a, const pg_uuid_t *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return memcmp(a->data, b->data, UUID_LEN) == 0;
}

char *
wms_shown(const char *text)
{
	int			length = strlen(text);
	int			shown = pg_mbcliplen(text, length, 100);

	return shown == length ? pstrdup(text) : psprintf("%.*s...", shown, text);
}

static void
refuse_null(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be null", name),
				 errhint("Pass a value for %s.", name)));
}

pg_uuid_t *
wms_arg_uuid(FunctionCallInfo fcinfo, int n, const char *name)
{
	refuse_null(fcinfo, n, name);
	return PG_GETARG_UUID_P(n);
}

char *
wms_arg_text(FunctionCallInfo fcinfo, int n, const char *name)
{
	refuse_null(fcinfo, n, name);
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

char *
wms_arg_listed(FunctionCallInfo fcinfo, int n, const char *name, const char *const *list, int count)
{
	char	   *value = wms_arg_text(fcinfo, n, name);
	StringInfoData words;

	initStringInfo(&words);
	for (int i = 0; i < count; i++)
	{
		if (strcmp(value, list[i]) == 0)
			return value;
		appendStringInfo(&words, "%s%s", i > 0 ? ", " : "", list[i]);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no %s \"%s\"", name, wms_shown(value)),
			 errhint("Pass one of %s.", words.data)));
	return NULL;
}

pg_uuid_t *
wms_optional_uuid(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : PG_GETARG_UUID_P(n);
}

char *
wms_optional_text(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

void
wms_refuse_long_name(const char *name, const char *text)
{
	if (strlen(text) > LONGEST_NAME)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is too long", name),
				 errdetail("It has %zu bytes, the most is %d.", strlen(text), LONGEST_NAME),
				 errhint("Pass a name, or a digest of what is longer.")));
}

char *
wms_optional_name(FunctionCallInfo fcinfo, int n, const char *name)
{
	char	   *text = wms_optional_text(fcinfo, n);

	if (text == NULL)
		return NULL;
	if (text[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be empty", name),
				 errhint("Leave %s out where there is none.", name)));
	wms_refuse_long_name(name, text);
	return text;
}

int32 *
wms_optional_units(FunctionCallInfo fcinfo, int n, const char *name)
{
	int32	   *units;

	if (PG_ARGISNULL(n))
		return NULL;
	units = palloc(sizeof(int32));
	*units = PG_GETARG_INT32(n);
	if (*units <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be greater than zero", name),
				 errdetail("It is %d.", *units),
				 errhint("Pass a positive number of units, or leave %s out for all of them.", name)));
	return units;
}

int32
wms_arg_row_count(FunctionCallInfo fcinfo, int n, const char *name)
{
	refuse_null(fcinfo, n, name);
	if (PG_GETARG_INT32(n) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", name),
				 errdetail("It is %d.", PG_GETARG_INT32(n)),
				 errhint("Pass zero or more rows.")));
	return PG_GETARG_INT32(n);
}

/* Anything but a timestamp that is out of range is none of ours. */
static TimestampTz
add_interval(TimestampTz from, Datum interval, const char *name)
{
	MemoryContext context = CurrentMemoryContext;
	volatile TimestampTz until = DT_NOEND;

	PG_TRY();
	{
		until = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(from), interval));
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_DATETIME_VALUE_OUT_OF_RANGE)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	if (until == DT_NOEND)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("%s is out of range", name),
				 errdetail("No instant is that far from now."),
				 errhint("Pass for example '15 minutes'.")));
	return until;
}

TimestampTz
wms_arg_expiry(FunctionCallInfo fcinfo, int n, const char *name, TimestampTz from)
{
	TimestampTz until;

	refuse_null(fcinfo, n, name);
	until = add_interval(from, PG_GETARG_DATUM(n), name);
	if (until <= from)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a positive interval", name),
				 errdetail("It ends at or before now."),
				 errhint("Pass for example '15 minutes'.")));
	return until;
}

DateADT
wms_arg_as_of(FunctionCallInfo fcinfo, int n, const char *name)
{
	DateADT		as_of = PG_ARGISNULL(n) ? wms_business_date(wms_clock()) : PG_GETARG_DATEADT(n);

	if (DATE_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a calendar date", name),
				 errhint("Pass a date, or NULL for the business date.")));
	return as_of;
}

TimestampTz
wms_arg_day(FunctionCallInfo fcinfo, int n, const char *name, int days)
{
	if (PG_ARGISNULL(n) || DATE_NOT_FINITE(PG_GETARG_DATEADT(n)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a calendar date", name),
				 errhint("The period is from from_date to to_date, both included.")));
	return wms_business_day_start(PG_GETARG_DATEADT(n) + days);
}

TimestampTz
wms_optional_day(FunctionCallInfo fcinfo, int n, const char *name, int days, TimestampTz none)
{
	if (PG_ARGISNULL(n))
		return none;
	if (DATE_NOT_FINITE(PG_GETARG_DATEADT(n)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a calendar date", name),
				 errhint("Leave %s out where there is no limit.", name)));
	return wms_business_day_start(PG_GETARG_DATEADT(n) + days);
}

char *
wms_arg_payment_method(FunctionCallInfo fcinfo, int n)
{
	static const char *const methods[] = {
		"cod", "online_banking", "credit_card", "debit_card", "ewallet", "cash", "bank_transfer"
	};

	return wms_arg_listed(fcinfo, n, "payment_method", methods, lengthof(methods));
}

Datum
wms_uuid_param(const pg_uuid_t *uuid, bool *isnull)
{
	*isnull = uuid == NULL;
	return uuid == NULL ? (Datum) 0 : UUIDPGetDatum(uuid);
}

Datum
wms_text_param(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}
