/*
 * migration_session.h
 *		Under which lock, as whom and with which settings migrations run.
 */
#ifndef WMS_MIGRATION_SESSION_H
#define WMS_MIGRATION_SESSION_H

#include "postgres.h"

typedef int32 (*WmsMigrationWork) (const void *argument);

/* Raises 42501 unless the caller may act as the owner of the tables. */
extern void wms_check_migrator(Oid owner);

/* Waits for other migrations, to the end of the transaction. */
extern void wms_migration_lock(const char *command);

/*
 * Does the work outside the extension's creation, as the owner of the tables, with SPI connected.  Where a
 * superuser calls, the owner may grant EXECUTE on all functions by then.
 */
extern int32 wms_migration_run(WmsMigrationWork work, const void *argument);

#endif							/* WMS_MIGRATION_SESSION_H */
