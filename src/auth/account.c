/*
 * account.c
 *		The row of a user, which whoever changes his sessions, resets or roles locks first.
 *
 * Locks: the user FOR NO KEY UPDATE, which foreign keys to him do not wait for.  Everything else of his is
 * changed under it, so that the rows of sessions and resets need no order among themselves.
 */
#include "postgres.h"

#include "auth/account.h"

#include "support/args.h"
#include "support/errors.h"
#include "support/plans.h"

static WmsPlan lock_user = WMS_PLAN(
	"SELECT u.deleted_at IS NOT NULL, u.status = 'active' FROM auth.users u WHERE u.id = $1 FOR NO KEY UPDATE",
	UUIDOID);

WmsAccount
wms_account_lock(const pg_uuid_t *user_id)
{
	Datum		value = UUIDPGetDatum(user_id);

	if (wms_run(&lock_user, &value, NULL) == 0)
		return WMS_ACCOUNT_UNKNOWN;
	if (wms_value_bool(0, 1))
		return WMS_ACCOUNT_DELETED;
	return wms_value_bool(0, 2) ? WMS_ACCOUNT_ACTIVE : WMS_ACCOUNT_CLOSED;
}

void
wms_account_refuse(const pg_uuid_t *user_id, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
			 errmsg("user %s %s", wms_uuid_text(user_id), why),
			 errhint("Look it up in auth.users.")));
}

WmsAccount
wms_account_lock_known(const pg_uuid_t *user_id)
{
	WmsAccount	account = wms_account_lock(user_id);

	if (account == WMS_ACCOUNT_UNKNOWN)
		wms_account_refuse(user_id, "does not exist");
	return account;
}

WmsAccount
wms_account_lock_live(const pg_uuid_t *user_id)
{
	WmsAccount	account = wms_account_lock_known(user_id);

	if (account == WMS_ACCOUNT_DELETED)
		wms_account_refuse(user_id, "is deleted");
	return account;
}
