/*
 * session.c
 *		wms_open_session(), wms_refresh_session(), wms_close_session(), wms_close_sessions(): logins.
 *
 * A login is a family of rows, one a refresh token: the first one, and a successor for each time it was
 * refreshed.  All of them expire together, so that a token which was replaced is recognised as long as the
 * login lasts.  The successor is computed from the token and a salt that is stored when it is replaced: as long
 * as the salt is there, whoever has the token gets the same successor, which itself is not stored.
 *
 * Locks: the user FOR NO KEY UPDATE, then rows of his sessions.
 */
#include "postgres.h"

#include "access/xact.h"
#include "auth/account.h"
#include "auth/session.h"
#include "auth/token.h"
#include "funcapi.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_open_session);
PG_FUNCTION_INFO_V1(wms_refresh_session);
PG_FUNCTION_INFO_V1(wms_close_session);
PG_FUNCTION_INFO_V1(wms_close_sessions);

static WmsPlan write_first = WMS_PLAN(
	"INSERT INTO auth.sessions (id, user_id, family_id, refresh_token, user_agent, ip_address, expires_at)"
	" VALUES ($1, $2, $1, $3, $4, $5, $6)",
	UUIDOID, UUIDOID, TEXTOID, TEXTOID, INETOID, TIMESTAMPTZOID);

static WmsPlan find_token = WMS_PLAN(
	"SELECT s.id, s.user_id FROM auth.sessions s WHERE s.refresh_token = $1", TEXTOID);

static WmsPlan lock_session = WMS_PLAN(
	"SELECT s.family_id, s.expires_at, s.closed_at IS NULL AND s.expires_at > $2, s.replaced_at, s.salt"
	"  FROM auth.sessions s WHERE s.id = $1 FOR NO KEY UPDATE",
	UUIDOID, TIMESTAMPTZOID);

static WmsPlan replace_token = WMS_PLAN(
	"UPDATE auth.sessions s SET replaced_at = $2, salt = $3 WHERE s.id = $1", UUIDOID, TIMESTAMPTZOID, BYTEAOID);

static WmsPlan write_successor = WMS_PLAN(
	"INSERT INTO auth.sessions (id, user_id, family_id, refresh_token, user_agent, ip_address, expires_at)"
	" SELECT $2, s.user_id, s.family_id, $3, s.user_agent, s.ip_address, s.expires_at"
	"   FROM auth.sessions s WHERE s.id = $1",
	UUIDOID, UUIDOID, TEXTOID);

static WmsPlan find_successor = WMS_PLAN(
	"SELECT s.id FROM auth.sessions s WHERE s.refresh_token = $1 AND s.closed_at IS NULL", TEXTOID);

/* With old tokens and the salts of all that followed one could compute the token of today. */
static WmsPlan forget_salts = WMS_PLAN(
	"UPDATE auth.sessions s SET salt = NULL"
	" WHERE s.family_id = $1 AND s.salt IS NOT NULL AND s.replaced_at <= $2 - make_interval(secs => $3)",
	UUIDOID, TIMESTAMPTZOID, FLOAT8OID);

#define CLOSE(condition) \
	"UPDATE auth.sessions s SET closed_at = CURRENT_TIMESTAMP, expires_at = CURRENT_TIMESTAMP" \
	" WHERE " condition " AND s.closed_at IS NULL AND s.expires_at > $2" \
	" RETURNING s.replaced_at IS NULL"

static WmsPlan find_family = WMS_PLAN("SELECT s.family_id, s.user_id FROM auth.sessions s WHERE s.id = $1", UUIDOID);

static WmsPlan close_family = WMS_PLAN(CLOSE("s.family_id = $1"), UUIDOID, TIMESTAMPTZOID);

static WmsPlan close_all = WMS_PLAN(CLOSE("s.user_id = $1"), UUIDOID, TIMESTAMPTZOID);

static WmsPlan find_open = WMS_PLAN(
	"SELECT FROM auth.sessions s WHERE s.user_id = $1 AND s.closed_at IS NULL AND s.expires_at > $2 LIMIT 1",
	UUIDOID, TIMESTAMPTZOID);

typedef struct Session
{
	pg_uuid_t	id;
	pg_uuid_t	user_id;
	pg_uuid_t	family_id;
	TimestampTz expires_at;
	bool		is_open;
	bool		was_replaced;
	TimestampTz replaced_at;
	bytea	   *salt;			/* NULL = none, or forgotten */
	TimestampTz asked_at;
	TimestampTz instant;		/* when it was locked */
} Session;

static pg_uuid_t
new_id(void)
{
	return *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0));
}

/* The row of the result. */
static void
give(FunctionCallInfo fcinfo, const pg_uuid_t *id, const char *token, TimestampTz expires_at)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[] = {UUIDPGetDatum(id), CStringGetTextDatum(token), TimestampTzGetDatum(expires_at)};
	bool		nulls[] = {false, false, false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
require_active(const pg_uuid_t *user_id)
{
	if (wms_account_lock_live(user_id) != WMS_ACCOUNT_ACTIVE)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_NOT_ALLOWED),
				 errmsg("user %s is not active", wms_uuid_text(user_id)),
				 errdetail("Only active users have sessions."),
				 errhint("Set status in auth.users to active.")));
}

/* wms_open_session(user_id, user_agent, ip_address, expires_in) → table; raises WM004, WM012, 22023 */
Datum
wms_open_session(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *user_id = wms_arg_uuid(fcinfo, 0, "user_id");
	TimestampTz expires_at = wms_arg_expiry(fcinfo, 3, "expires_in", wms_clock());
	pg_uuid_t	id = new_id();
	char	   *token = wms_token_new();
	bool		nulls[6] = {false};
	Datum		values[6];
	WmsCommand	command;

	InitMaterializedSRF(fcinfo, 0);
	wms_command_begin(&command);
	require_active(user_id);
	values[0] = UUIDPGetDatum(&id);
	values[1] = UUIDPGetDatum(user_id);
	values[2] = CStringGetTextDatum(wms_token_digest(token));
	values[3] = wms_text_param(wms_optional_text(fcinfo, 1), &nulls[3]);
	nulls[4] = PG_ARGISNULL(2);
	values[4] = PG_GETARG_DATUM(2);
	values[5] = TimestampTzGetDatum(expires_at);
	wms_run_exactly(&write_first, values, nulls, 1);
	give(fcinfo, &id, token, expires_at);
	wms_command_end(&command);
	return (Datum) 0;
}

static void
refuse_token(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_INVALID_TOKEN),
			 errmsg("the refresh token is not valid"),
			 errdetail("It is unknown or has expired, its session was closed, or its user is not active."),
			 errhint("Let the user sign in again.")));
}

/* Whose token it is; raises WM013 when it is nobody's. */
static void
find_session(const char *token, Session *session)
{
	char	   *digest = wms_token_digest(token);
	Datum		value;
	bool		isnull;

	if (digest == NULL)
		refuse_token();
	value = CStringGetTextDatum(digest);
	if (wms_run(&find_token, &value, NULL) == 0)
		refuse_token();
	session->id = *DatumGetUUIDP(wms_value(0, 1, &isnull));
	session->user_id = *DatumGetUUIDP(wms_value(0, 2, &isnull));
}

/* Reads the session under its lock; raises WM013 when it is over. */
static void
lock(Session *session)
{
	Datum		values[2] = {UUIDPGetDatum(&session->id)};
	Datum		value;
	bool		isnull;

	session->instant = wms_clock();
	values[1] = TimestampTzGetDatum(session->instant);
	if (wms_run(&lock_session, values, NULL) == 0 || !wms_value_bool(0, 3))
		refuse_token();
	session->family_id = *DatumGetUUIDP(wms_value(0, 1, &isnull));
	session->expires_at = DatumGetTimestampTz(wms_value(0, 2, &isnull));
	value = wms_value(0, 4, &isnull);
	session->was_replaced = !isnull;
	if (session->was_replaced)
		session->replaced_at = DatumGetTimestampTz(value);
	value = wms_value(0, 5, &isnull);
	if (!isnull)
		session->salt = DatumGetByteaPCopy(value);
}

static int
close_where(WmsPlan *plan, const pg_uuid_t *id, TimestampTz instant)
{
	Datum		values[] = {UUIDPGetDatum(id), TimestampTzGetDatum(instant)};
	uint64		rows = wms_run(plan, values, NULL);
	int			logins = 0;

	for (uint64 n = 0; n < rows; n++)
		logins += wms_value_bool(n, 1);
	return logins;
}

/* A token is replaced once; who comes again, soon enough and with the same token, gets what the first one got. */
static void
give_again(FunctionCallInfo fcinfo, const char *token, const Session *session)
{
	char	   *successor = wms_token_successor(token, session->salt);
	Datum		value = CStringGetTextDatum(wms_token_digest(successor));
	bool		isnull;

	if (wms_run(&find_successor, &value, NULL) == 0)
		refuse_token();
	give(fcinfo, DatumGetUUIDP(wms_value(0, 1, &isnull)), successor, session->expires_at);
}

static void
forget_old_salts(const Session *session)
{
	Datum		values[] = {UUIDPGetDatum(&session->family_id), TimestampTzGetDatum(session->instant),
	Float8GetDatum(wms_refresh_grace)};

	wms_run(&forget_salts, values, NULL);
}

static void
replace(FunctionCallInfo fcinfo, const char *token, const Session *session)
{
	bytea	   *salt = wms_token_salt();
	char	   *successor = wms_token_successor(token, salt);
	pg_uuid_t	id = new_id();
	Datum		replaced[] = {UUIDPGetDatum(&session->id), TimestampTzGetDatum(session->instant), PointerGetDatum(salt)};
	Datum		written[] = {UUIDPGetDatum(&session->id), UUIDPGetDatum(&id),
	CStringGetTextDatum(wms_token_digest(successor))};

	forget_old_salts(session);
	wms_run_exactly(&replace_token, replaced, NULL, 1);
	wms_run_exactly(&write_successor, written, NULL, 1);
	give(fcinfo, &id, successor, session->expires_at);
}

/* Judged by when the token came: twins that wait for each other have not become thieves meanwhile. */
static bool
within_grace(const Session *session)
{
	return session->salt != NULL && wms_refresh_grace > 0 &&
		session->asked_at < TimestampTzPlusMilliseconds(session->replaced_at, INT64CONST(1000) * wms_refresh_grace);
}

/* wms_refresh_session(token) → table, without a row when the login was closed because of it; raises WM013 */
Datum
wms_refresh_session(PG_FUNCTION_ARGS)
{
	char	   *token = wms_arg_text(fcinfo, 0, "token");
	Session		session = {.asked_at = wms_clock()};
	WmsAccount	account;
	WmsCommand	command;

	InitMaterializedSRF(fcinfo, 0);
	wms_command_begin(&command);
	find_session(token, &session);
	account = wms_account_lock(&session.user_id);
	lock(&session);
	if (session.was_replaced && !within_grace(&session))
		(void) close_where(&close_family, &session.family_id, session.instant);
	else if (account != WMS_ACCOUNT_ACTIVE)
		refuse_token();
	else if (session.was_replaced)
		give_again(fcinfo, token, &session);
	else
		replace(fcinfo, token, &session);
	wms_command_end(&command);
	return (Datum) 0;
}

/* wms_close_session(session_id) → boolean: was there anything to close */
Datum
wms_close_session(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *session_id = wms_arg_uuid(fcinfo, 0, "session_id");
	Datum		value = UUIDPGetDatum(session_id);
	WmsCommand	command;
	bool		closed = false;
	bool		isnull;

	wms_command_begin(&command);
	if (wms_run(&find_family, &value, NULL) > 0)
	{
		pg_uuid_t	family_id = *DatumGetUUIDP(wms_value(0, 1, &isnull));
		pg_uuid_t	user_id = *DatumGetUUIDP(wms_value(0, 2, &isnull));

		(void) wms_account_lock(&user_id);
		closed = close_where(&close_family, &family_id, wms_clock()) > 0;
	}
	wms_command_end(&command);
	PG_RETURN_BOOL(closed);
}

int
wms_sessions_close(const pg_uuid_t *user_id)
{
	TimestampTz instant = wms_clock();
	int			logins = close_where(&close_all, user_id, instant);
	Datum		values[] = {UUIDPGetDatum(user_id), TimestampTzGetDatum(instant)};

	if (IsolationUsesXactSnapshot() && wms_read_latest(&find_open, values) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("user %s opened a session concurrently", wms_uuid_text(user_id)),
				 errhint("Retry the transaction.")));
	return logins;
}

/* wms_close_sessions(user_id) → integer logins; raises WM004 */
Datum
wms_close_sessions(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *user_id = wms_arg_uuid(fcinfo, 0, "user_id");
	WmsCommand	command;
	int			logins;

	wms_command_begin(&command);
	(void) wms_account_lock_known(user_id);
	logins = wms_sessions_close(user_id);
	wms_command_end(&command);
	PG_RETURN_INT32(logins);
}
