/*
 * role.c
 *		wms_assign_role(), wms_revoke_role(), wms_has_role(), wms_user_roles(): the roles of a user.
 *
 * They are data for applications, like auth.users.role: no right in the database follows from them.
 *
 * Locks: the user FOR NO KEY UPDATE; the role FOR KEY SHARE.
 */
#include "postgres.h"

#include "auth/account.h"
#include "funcapi.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_assign_role);
PG_FUNCTION_INFO_V1(wms_revoke_role);
PG_FUNCTION_INFO_V1(wms_has_role);
PG_FUNCTION_INFO_V1(wms_user_roles);

static WmsPlan lock_role = WMS_PLAN("SELECT r.id FROM auth.roles r WHERE r.name = $1 FOR KEY SHARE", TEXTOID);

static WmsPlan give_role = WMS_PLAN(
	"INSERT INTO auth.user_roles (user_id, role_id) VALUES ($1, $2) ON CONFLICT (user_id, role_id) DO NOTHING",
	UUIDOID, UUIDOID);

static WmsPlan take_role = WMS_PLAN(
	"DELETE FROM auth.user_roles x WHERE x.user_id = $1 AND x.role_id = $2", UUIDOID, UUIDOID);

static WmsPlan find_user = WMS_PLAN("SELECT u.deleted_at IS NULL FROM auth.users u WHERE u.id = $1", UUIDOID);

static WmsPlan find_role = WMS_PLAN(
	"SELECT EXISTS (SELECT FROM auth.user_roles x WHERE x.user_id = $1 AND x.role_id = r.id)"
	"  FROM auth.roles r WHERE r.name = $2",
	UUIDOID, TEXTOID);

static WmsPlan list_roles = WMS_PLAN(
	"SELECT r.name FROM auth.user_roles x JOIN auth.roles r ON r.id = x.role_id WHERE x.user_id = $1 ORDER BY r.name",
	UUIDOID);

static void
refuse_role(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
			 errmsg("role \"%s\" does not exist", wms_shown(name)),
			 errhint("The roles are in auth.roles.")));
}

/* Is the user live? Raises WM004 when there is none. */
static bool
is_live(const pg_uuid_t *user_id)
{
	Datum		value = UUIDPGetDatum(user_id);

	if (wms_read(&find_user, &value, NULL) == 0)
		wms_account_refuse(user_id, "does not exist");
	return wms_value_bool(0, 1);
}

/* Writes or deletes the row that says that the user, whose row is locked, has the role; true if there was need to. */
static bool
change(WmsPlan *plan, const pg_uuid_t *user_id, const char *role_name)
{
	Datum		values[2] = {CStringGetTextDatum(role_name)};
	bool		isnull;

	if (wms_run(&lock_role, values, NULL) == 0)
		refuse_role(role_name);
	values[1] = wms_value(0, 1, &isnull);
	values[0] = UUIDPGetDatum(user_id);
	return wms_run(plan, values, NULL) > 0;
}

/* wms_assign_role(user_id, role_name) → boolean: is it news; raises WM004 */
Datum
wms_assign_role(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *user_id = wms_arg_uuid(fcinfo, 0, "user_id");
	const char *role_name = wms_arg_text(fcinfo, 1, "role_name");
	WmsCommand	command;
	bool		is_news;

	wms_command_begin(&command);
	(void) wms_account_lock_live(user_id);
	is_news = change(&give_role, user_id, role_name);
	wms_command_end(&command);
	PG_RETURN_BOOL(is_news);
}

/* wms_revoke_role(user_id, role_name) → boolean: had he got it; raises WM004 */
Datum
wms_revoke_role(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *user_id = wms_arg_uuid(fcinfo, 0, "user_id");
	const char *role_name = wms_arg_text(fcinfo, 1, "role_name");
	WmsCommand	command;
	bool		is_news;

	wms_command_begin(&command);
	(void) wms_account_lock_known(user_id);
	is_news = change(&take_role, user_id, role_name);
	wms_command_end(&command);
	PG_RETURN_BOOL(is_news);
}

/* wms_has_role(user_id, role_name) → boolean, false for a deleted user; raises WM004 */
Datum
wms_has_role(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *user_id = wms_arg_uuid(fcinfo, 0, "user_id");
	const char *role_name = wms_arg_text(fcinfo, 1, "role_name");
	Datum		values[] = {UUIDPGetDatum(user_id), CStringGetTextDatum(role_name)};
	bool		has_role;

	wms_query_begin();
	has_role = is_live(user_id);
	if (wms_read(&find_role, values, NULL) == 0)
		refuse_role(role_name);
	has_role = has_role && wms_value_bool(0, 1);
	wms_query_end();
	PG_RETURN_BOOL(has_role);
}

/* wms_user_roles(user_id) → table, empty for a deleted user; raises WM004 */
Datum
wms_user_roles(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *user_id = wms_arg_uuid(fcinfo, 0, "user_id");
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		value = UUIDPGetDatum(user_id);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	wms_query_begin();
	if (is_live(user_id))
	{
		wms_read(&list_roles, &value, NULL);
		wms_put_rows(result->setResult);
	}
	wms_query_end();
	return (Datum) 0;
}
