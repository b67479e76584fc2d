/*
 * idempotency.c
 *		The same request under the same key is carried out once.
 *
 * Locks: the row of the key in auth.idempotency_keys, before anything else.  A concurrent twin waits for
 * it in the unique index; when the first one fails, its row is gone and the twin carries on.
 */
#include "postgres.h"

#include "support/idempotency.h"

#include "catalog/pg_type_d.h"
#include "lib/stringinfo.h"
#include "support/actor.h"
#include "support/args.h"
#include "support/errors.h"
#include "support/plans.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

/* What its unique index takes, however badly it compresses. */
#define LONGEST_KEY 1000

static WmsPlan claim_key = WMS_PLAN(
	"INSERT INTO auth.idempotency_keys AS k (actor_id, command, key, request_hash)"
	" VALUES ($1, $2, $3, $4)"
	"    ON CONFLICT (actor_id, command, key) DO UPDATE"
	"   SET request_hash = EXCLUDED.request_hash, result = NULL, created_at = CURRENT_TIMESTAMP"
	" WHERE k.created_at < CURRENT_TIMESTAMP - make_interval(secs => $5)",
	UUIDOID, TEXTOID, TEXTOID, BYTEAOID, FLOAT8OID);

static WmsPlan read_key = WMS_PLAN(
	"SELECT k.request_hash = $4, k.result #>> '{}' FROM auth.idempotency_keys k"
	" WHERE k.actor_id IS NOT DISTINCT FROM $1 AND k.command = $2 AND k.key = $3",
	UUIDOID, TEXTOID, TEXTOID, BYTEAOID);

static WmsPlan keep_result = WMS_PLAN(
	"UPDATE auth.idempotency_keys k SET result = $4::jsonb"
	" WHERE k.actor_id IS NOT DISTINCT FROM $1 AND k.command = $2 AND k.key = $3",
	UUIDOID, TEXTOID, TEXTOID, TEXTOID);

/* As jsonb compares: numbers without the zeros they were written with, everything else as it is. */
static char *
normal_json(Jsonb *json)
{
	JsonbIterator *members = JsonbIteratorInit(&json->root);
	JsonbValue	value;
	JsonbIteratorToken token;
	StringInfoData text;

	initStringInfo(&text);
	while ((token = JsonbIteratorNext(&members, &value, false)) != WJB_DONE)
	{
		appendStringInfo(&text, "|%d", (int) token);
		if (token != WJB_KEY && token != WJB_ELEM && token != WJB_VALUE)
			continue;
		if (value.type == jbvNumeric)
			appendStringInfo(&text, "n%s", numeric_normalize(value.val.numeric));
		else if (value.type == jbvString)
		{
			appendStringInfo(&text, "s%d:", value.val.string.len);
			appendBinaryStringInfo(&text, value.val.string.val, value.val.string.len);
		}
		else
			appendStringInfoString(&text, value.type == jbvNull ? "-" : value.val.boolean ? "t" : "f");
	}
	return text.data;
}

/* An argument as text in which equal values look alike, whatever the settings of the session: 10.0 is 10. */
static char *
normal_text(Oid type, Datum value)
{
	Oid			output;
	bool		is_varlena;

	if (type == NUMERICOID)
		return numeric_normalize(DatumGetNumeric(value));
	if (type == JSONBOID)
		return normal_json(DatumGetJsonbP(value));
	if (type == INTERVALOID)
	{
		Interval   *interval = DatumGetIntervalP(value);

		return psprintf("%d %d " INT64_FORMAT, interval->month, interval->day, (int64) interval->time);
	}
	if (type == DATEOID)
		return psprintf("%d", DatumGetDateADT(value));
	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}

/* SHA-256 over the command and its arguments, the key left out. */
static Datum
request_hash(FunctionCallInfo fcinfo, const char *command)
{
	StringInfoData request;
	bytea	   *bytes;
	Oid		   *types;
	int			type_count;

	(void) get_func_signature(fcinfo->flinfo->fn_oid, &types, &type_count);
	initStringInfo(&request);
	appendStringInfoString(&request, command);
	for (int i = 0; i < type_count - 1; i++)
	{
		if (PG_ARGISNULL(i))
			appendStringInfoString(&request, "\n-");
		else
		{
			char	   *text = normal_text(types[i], PG_GETARG_DATUM(i));

			appendStringInfo(&request, "\n%zu:%s", strlen(text), text);
		}
	}
	bytes = palloc(VARHDRSZ + request.len);
	SET_VARSIZE(bytes, VARHDRSZ + request.len);
	memcpy(VARDATA(bytes), request.data, request.len);
	return DirectFunctionCall1(sha256_bytea, PointerGetDatum(bytes));
}

static void
key_params(const WmsIdempotency *idempotency, Datum *values, bool *nulls)
{
	values[0] = wms_uuid_param(wms_actor(), &nulls[0]);
	values[1] = CStringGetTextDatum(idempotency->command);
	values[2] = CStringGetTextDatum(idempotency->key);
}

static char *
first_result(const WmsIdempotency *idempotency, Datum *values, const bool *nulls)
{
	char	   *result;

	if (wms_run(&read_key, values, nulls) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("idempotency key \"%s\" changed hands concurrently", idempotency->key),
				 errhint("Retry the transaction.")));
	if (!wms_value_bool(0, 1))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_IDEMPOTENCY_KEY_REUSED),
				 errmsg("idempotency key \"%s\" was used for another request", idempotency->key),
				 errdetail("The first call of %s() under this key had other arguments.", idempotency->command),
				 errhint("Repeat the first request unchanged, or take a new key for a new one.")));
	result = wms_value_text(0, 2);
	if (result == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("idempotency key \"%s\" belongs to a call that has not ended", idempotency->key),
				 errhint("Do not call a command under a key from a trigger that the same command fires.")));
	return result;
}

char *
wms_idempotency_begin(FunctionCallInfo fcinfo, WmsIdempotency *idempotency)
{
	int			last = PG_NARGS() - 1;
	Datum		values[5];
	bool		nulls[5] = {false};

	idempotency->command = get_func_name(fcinfo->flinfo->fn_oid);
	idempotency->key = wms_optional_text(fcinfo, last);
	if (idempotency->key == NULL)
		return NULL;
	if (idempotency->key[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("idempotency_key must not be empty"),
				 errhint("Pass a key that is unique to the request, or NULL for none.")));
	if (strlen(idempotency->key) > LONGEST_KEY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("idempotency_key is too long"),
				 errdetail("It has %zu bytes, the most is %d.", strlen(idempotency->key), LONGEST_KEY),
				 errhint("Pass a uuid, or a digest of the request.")));
	key_params(idempotency, values, nulls);
	values[3] = request_hash(fcinfo, idempotency->command);
	values[4] = Float8GetDatum(wms_idempotency_retention);
	if (wms_run(&claim_key, values, nulls) > 0)
		return NULL;
	return first_result(idempotency, values, nulls);
}

void
wms_idempotency_end(const WmsIdempotency *idempotency, const char *json)
{
	Datum		values[4];
	bool		nulls[4] = {false};

	if (idempotency->key == NULL)
		return;
	key_params(idempotency, values, nulls);
	values[3] = CStringGetTextDatum(json);
	wms_run(&keep_result, values, nulls);
}
