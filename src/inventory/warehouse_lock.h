/*
 * warehouse_lock.h
 *		A warehouse that a command is about.
 */
#ifndef WMS_WAREHOUSE_LOCK_H
#define WMS_WAREHOUSE_LOCK_H

#include "postgres.h"

#include "utils/uuid.h"

/* Locks a named warehouse FOR KEY SHARE; WM004 when unknown or deleted. */
extern void wms_lock_warehouse(const pg_uuid_t *warehouse_id);

/* As above, deleted or not: for what is to leave it, or to come back. */
extern void wms_lock_warehouse_or_deleted(const pg_uuid_t *warehouse_id);

#endif							/* WMS_WAREHOUSE_LOCK_H */
