/*
 * account.h
 *		The row of a user, which whoever changes his sessions, resets or roles locks first.
 */
#ifndef WMS_ACCOUNT_H
#define WMS_ACCOUNT_H

#include "postgres.h"

#include "utils/uuid.h"

typedef enum WmsAccount
{
	WMS_ACCOUNT_UNKNOWN,
	WMS_ACCOUNT_DELETED,
	WMS_ACCOUNT_CLOSED,			/* inactive or suspended */
	WMS_ACCOUNT_ACTIVE
} WmsAccount;

/* Locks the user FOR NO KEY UPDATE and says what he is then. */
extern WmsAccount wms_account_lock(const pg_uuid_t *user_id);

/* Likewise; raises WM004 for one who is unknown. */
extern WmsAccount wms_account_lock_known(const pg_uuid_t *user_id);

/* Likewise; raises WM004 for one who is deleted, too. */
extern WmsAccount wms_account_lock_live(const pg_uuid_t *user_id);

/* Raises WM004. */
extern void wms_account_refuse(const pg_uuid_t *user_id, const char *why);

#endif							/* WMS_ACCOUNT_H */
