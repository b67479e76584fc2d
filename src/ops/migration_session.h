/*
 * migration_session.h
 *		Under which lock, as whom and with which settings migrations run.
 */
#ifndef WMS_MIGRATION_SESSION_H
#define WMS_MIGRATION_SESSION_H

#include "postgres.h"

/* Target NULL = the newest version. */
typedef int32 (*WmsMigrationWork) (const int32 *target);

/* Waits for other migrations, to the end of the transaction. */
extern void wms_migration_lock(const char *command);

/* Does the work outside the extension's creation, as the owner of the tables, with SPI connected. */
extern int32 wms_migration_run(WmsMigrationWork work, const int32 *target);

#endif							/* WMS_MIGRATION_SESSION_H */
