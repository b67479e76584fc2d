/*
 * password_reset.c
 *		wms_request_password_reset(), wms_reset_password(): a new password for whoever reads the user's mail.
 *
 * Locks: to reset, the user FOR NO KEY UPDATE, then his resets and sessions.  A request locks nothing; it
 * writes a row of its own.
 */
#include "postgres.h"

#include "auth/account.h"
#include "auth/password.h"
#include "auth/session.h"
#include "auth/token.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(wms_request_password_reset);
PG_FUNCTION_INFO_V1(wms_reset_password);

#define VALID_FOR INT64CONST(3600000)	/* ms */

static WmsPlan write_request = WMS_PLAN(
	"INSERT INTO auth.password_resets (user_id, token, expires_at)"
	" SELECT u.id, $2, $3"
	"   FROM auth.users u WHERE lower(u.email) = lower($1) AND u.deleted_at IS NULL AND u.status = 'active'",
	TEXTOID, TEXTOID, TIMESTAMPTZOID);

static WmsPlan find_request = WMS_PLAN(
	"SELECT r.user_id FROM auth.password_resets r WHERE r.token = $1 AND r.used_at IS NULL AND r.expires_at > $2",
	TEXTOID, TIMESTAMPTZOID);

static WmsPlan use_request = WMS_PLAN(
	"UPDATE auth.password_resets r SET used_at = $2 WHERE r.token = $1 AND r.used_at IS NULL AND r.expires_at > $2",
	TEXTOID, TIMESTAMPTZOID);

static WmsPlan use_others = WMS_PLAN(
	"UPDATE auth.password_resets r SET used_at = $2 WHERE r.user_id = $1 AND r.used_at IS NULL AND r.expires_at > $2",
	UUIDOID, TIMESTAMPTZOID);

static WmsPlan change_password = WMS_PLAN(
	"UPDATE auth.users u SET password_hash = $2, updated_at = CURRENT_TIMESTAMP WHERE u.id = $1", UUIDOID, TEXTOID);

/* wms_request_password_reset(email) → text, the token, or NULL when no active user has the address */
Datum
wms_request_password_reset(PG_FUNCTION_ARGS)
{
	char	   *email = wms_arg_text(fcinfo, 0, "email");
	char	   *token = wms_token_new();
	Datum		values[3];
	WmsCommand	command;
	bool		written;

	wms_command_begin(&command);
	values[0] = CStringGetTextDatum(email);
	values[1] = CStringGetTextDatum(wms_token_digest(token));
	values[2] = TimestampTzGetDatum(TimestampTzPlusMilliseconds(wms_clock(), VALID_FOR));
	written = wms_run(&write_request, values, NULL) > 0;
	wms_command_end(&command);
	if (!written)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(token));
}

/* Whose token it is that may be used now; false for nobody's. */
static bool
find_user(const char *digest, pg_uuid_t *user_id)
{
	Datum		values[] = {CStringGetTextDatum(digest), TimestampTzGetDatum(wms_clock())};
	bool		isnull;

	if (wms_run(&find_request, values, NULL) == 0)
		return false;
	*user_id = *DatumGetUUIDP(wms_value(0, 1, &isnull));
	return true;
}

/* False when somebody was faster with the token, or the user has been closed out. */
static bool
reset(const char *digest, const pg_uuid_t *user_id, const char *hash)
{
	Datum		used[2] = {CStringGetTextDatum(digest)};
	Datum		changed[] = {UUIDPGetDatum(user_id), CStringGetTextDatum(hash)};
	Datum		others[2] = {UUIDPGetDatum(user_id)};

	if (wms_account_lock(user_id) != WMS_ACCOUNT_ACTIVE)
		return false;
	used[1] = others[1] = TimestampTzGetDatum(wms_clock());
	if (wms_run(&use_request, used, NULL) == 0)
		return false;
	wms_run_exactly(&change_password, changed, NULL, 1);
	wms_run(&use_others, others, NULL);
	(void) wms_sessions_close(user_id);
	return true;
}

/* wms_reset_password(token, new_password) → boolean; raises 22023.  The password is hashed before anything is locked. */
Datum
wms_reset_password(PG_FUNCTION_ARGS)
{
	char	   *digest = wms_token_digest(wms_arg_text(fcinfo, 0, "token"));
	char	   *password = wms_arg_new_password(fcinfo, 1, "new_password");
	WmsCommand	command;
	pg_uuid_t	user_id;
	bool		done;

	wms_command_begin(&command);
	done = digest != NULL && find_user(digest, &user_id) && reset(digest, &user_id, wms_password_hash(password));
	wms_command_end(&command);
	wms_forget(password);
	PG_RETURN_BOOL(done);
}
