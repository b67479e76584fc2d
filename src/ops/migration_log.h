/*
 * migration_log.h
 *		wms.schema_migrations: what was done to the tables, and when.
 */
#ifndef WMS_MIGRATION_LOG_H
#define WMS_MIGRATION_LOG_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

/* The last event of one version. */
typedef struct WmsLogEntry
{
	int32		version;
	char	   *name;
	bool		applied;		/* up, and not down since */
	TimestampTz applied_at;
} WmsLogEntry;

/* InvalidOid while there is no log. */
extern Oid	wms_log_relation(void);

/* WmsLogEntry, one a version, by version; NIL without a log. Needs no SPI, and reads the newest committed state. */
extern List *wms_log_entries(void);

/* The highest version that is applied, 0 when none is. */
extern int32 wms_log_version(void);

/* Adds an event, and makes the log with the first one; needs SPI. */
extern void wms_log_write(int32 version, const char *name, bool up);

#endif							/* WMS_MIGRATION_LOG_H */
