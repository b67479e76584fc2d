/*
 * user.c
 *		wms_create_user(), wms_authenticate(), wms_verify_email(): who there is, and is it him.
 *
 * Passwords are hashed before anything is locked, since that takes a large part of a second.
 *
 * Locks: the user FOR NO KEY UPDATE; wms_create_user() waits for another of the same address.
 */
#include "postgres.h"

#include <ctype.h>

#include "auth/account.h"
#include "auth/password.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(wms_create_user);
PG_FUNCTION_INFO_V1(wms_authenticate);
PG_FUNCTION_INFO_V1(wms_verify_email);

/* RFC 5321: the longest path, without its brackets. */
#define LONGEST_EMAIL 254

static const char *const kinds[] = {"customer", "admin", "agent", "warehouse", "super_admin"};

static WmsPlan find_login = WMS_PLAN(
	"SELECT u.id, u.password_hash, u.status = 'active'"
	"  FROM auth.users u WHERE lower(u.email) = lower($1) AND u.deleted_at IS NULL",
	TEXTOID);

static WmsPlan write_user = WMS_PLAN(
	"INSERT INTO auth.users (email, password_hash, role, first_name, last_name, phone)"
	" VALUES ($1, $2, $3, $4, $5, $6)"
	"    ON CONFLICT (lower(email)) WHERE deleted_at IS NULL DO NOTHING"
	" RETURNING id",
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID);

static WmsPlan sign_in = WMS_PLAN(
	"UPDATE auth.users u SET last_login_at = $3, password_hash = $2, updated_at = CURRENT_TIMESTAMP WHERE u.id = $1",
	UUIDOID, TEXTOID, TIMESTAMPTZOID);

static WmsPlan confirm_email = WMS_PLAN(
	"UPDATE auth.users u SET email_verified_at = $2, updated_at = CURRENT_TIMESTAMP"
	" WHERE u.id = $1 AND u.email_verified_at IS NULL",
	UUIDOID, TIMESTAMPTZOID);

typedef struct Login
{
	pg_uuid_t	user_id;
	char	   *hash;			/* NULL = nobody, or no login by password */
	bool		is_active;
} Login;

static void
refuse_email(const char *email, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" is no e-mail address", wms_shown(email)),
			 errdetail("%s", detail),
			 errhint("Pass an address like name@example.com.")));
}

/* What is surely none is refused; whether mail arrives there only a mail can tell. */
static char *
email_argument(FunctionCallInfo fcinfo, int n)
{
	char	   *email = wms_arg_text(fcinfo, n, "email");
	const char *at = strrchr(email, '@');

	if (at == NULL || at == email || at[1] == '\0')
		refuse_email(email, "It lacks a name, an @ or a domain.");
	for (const unsigned char *c = (const unsigned char *) email; *c != '\0'; c++)
	{
		if (*c <= ' ' || *c == 0x7f)
			refuse_email(email, "It has a blank or a control character in it.");
	}
	if (strlen(email) > LONGEST_EMAIL)
		refuse_email(email, psprintf("It has %zu bytes; the longest there are have %d.", strlen(email), LONGEST_EMAIL));
	return email;
}

static void
refuse_taken(const char *email)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("there is a user with the e-mail address \"%s\"", email),
			 errdetail("Addresses are compared regardless of case."),
			 errhint("Take another address, or let the user choose a new password."),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, "auth"),
			 err_generic_string(PG_DIAG_TABLE_NAME, "users"),
			 err_generic_string(PG_DIAG_CONSTRAINT_NAME, "idx_users_email")));
}

static void
refuse_if_taken(const char *email)
{
	Datum		value = CStringGetTextDatum(email);

	if (wms_run(&find_login, &value, NULL) > 0)
		refuse_taken(email);
}

/* wms_create_user(email, password, role, first_name, last_name, phone) → uuid; raises 22023, 23505 */
Datum
wms_create_user(PG_FUNCTION_ARGS)
{
	char	   *email = email_argument(fcinfo, 0);
	char	   *password = wms_arg_new_password(fcinfo, 1, "password");
	char	   *role = wms_arg_listed(fcinfo, 2, "role", kinds, lengthof(kinds));
	bool		nulls[6] = {false};
	Datum		values[6];
	bool		isnull;
	WmsCommand	command;
	Datum		result;

	wms_command_begin(&command);
	refuse_if_taken(email);
	values[0] = CStringGetTextDatum(email);
	values[1] = CStringGetTextDatum(wms_password_hash(password));
	wms_forget(password);
	values[2] = CStringGetTextDatum(role);
	for (int i = 3; i < lengthof(values); i++)
		values[i] = wms_text_param(wms_optional_text(fcinfo, i), &nulls[i]);
	if (wms_run(&write_user, values, nulls) == 0)
	{
		refuse_if_taken(email);
		wms_refuse_altered(&write_user);
	}
	result = wms_result_copy(wms_value(0, 1, &isnull), UUIDOID);
	wms_command_end(&command);
	return result;
}

/* An address that nobody has is a login without a hash. */
static void
read_login(const char *email, Login *login)
{
	Datum		value = CStringGetTextDatum(email);
	bool		isnull;

	memset(login, 0, sizeof(Login));
	if (wms_run(&find_login, &value, NULL) == 0)
		return;
	login->user_id = *DatumGetUUIDP(wms_value(0, 1, &isnull));
	login->hash = wms_value_text(0, 2);
	login->is_active = wms_value_bool(0, 3);
}

/*
 * Locks the user and notes the login, if nothing has changed since his hash was read; a hash of today's cost
 * takes the place of a cheaper one.
 */
static bool
note_login(const char *email, const char *password, const Login *login)
{
	char	   *hash = wms_password_is_outdated(login->hash) ? wms_password_hash(password) : login->hash;
	Datum		values[3] = {UUIDPGetDatum(&login->user_id), CStringGetTextDatum(hash)};
	Login		current;

	(void) wms_account_lock(&login->user_id);
	read_login(email, &current);
	if (!current.is_active || current.hash == NULL || !wms_uuid_equal(&current.user_id, &login->user_id) ||
		strcmp(current.hash, login->hash) != 0)
		return false;
	values[2] = TimestampTzGetDatum(wms_clock());
	wms_run_exactly(&sign_in, values, NULL, 1);
	return true;
}

/* Is it the password of an active user?  When he changes meanwhile, what he has become is asked. */
static bool
authenticate(const char *email, const char *password, Login *login)
{
	do
	{
		read_login(email, login);
		if (!wms_password_matches(password, login->hash) || !login->is_active)
		{
			wms_password_spend_rest(login->hash);
			return false;
		}
	} while (!note_login(email, password, login));
	return true;
}

/*
 * wms_authenticate(email, password) → uuid, or NULL.  As much is hashed before NULL is returned whatever the
 * reason.
 */
Datum
wms_authenticate(PG_FUNCTION_ARGS)
{
	char	   *email = wms_arg_text(fcinfo, 0, "email");
	char	   *password = wms_arg_text(fcinfo, 1, "password");
	Login	   *login = palloc(sizeof(Login));
	WmsCommand	command;
	bool		signed_in;

	wms_command_begin(&command);
	signed_in = authenticate(email, password, login);
	wms_command_end(&command);
	wms_forget(password);
	if (!signed_in)
		PG_RETURN_NULL();
	PG_RETURN_UUID_P(&login->user_id);
}

/* wms_verify_email(user_id) → boolean: is it news; raises WM004 */
Datum
wms_verify_email(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *user_id = wms_arg_uuid(fcinfo, 0, "user_id");
	Datum		values[2];
	WmsCommand	command;
	bool		is_news;

	wms_command_begin(&command);
	(void) wms_account_lock_live(user_id);
	values[0] = UUIDPGetDatum(user_id);
	values[1] = TimestampTzGetDatum(wms_clock());
	is_news = wms_run(&confirm_email, values, NULL) > 0;
	wms_command_end(&command);
	PG_RETURN_BOOL(is_news);
}
