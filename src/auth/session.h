/*
 * session.h
 *		Ending the logins of a user.
 */
#ifndef WMS_SESSION_H
#define WMS_SESSION_H

#include "postgres.h"

#include "utils/uuid.h"

/*
 * Closes all sessions of a user whose row is locked, and returns how many logins that were.  Above READ
 * COMMITTED one that was opened since the snapshot is 40001.
 */
extern int	wms_sessions_close(const pg_uuid_t *user_id);

#endif							/* WMS_SESSION_H */
