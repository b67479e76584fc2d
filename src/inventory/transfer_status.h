/*
 * transfer_status.h
 *		A transfer under lock, and where its status may go.
 */
#ifndef WMS_TRANSFER_STATUS_H
#define WMS_TRANSFER_STATUS_H

#include "postgres.h"

#include "utils/uuid.h"

typedef struct WmsTransfer
{
	pg_uuid_t	id;
	char	   *number;
	char	   *status;
	pg_uuid_t	from_warehouse_id;
	pg_uuid_t	to_warehouse_id;
	pg_uuid_t	created_by;
	bool		has_creator;
} WmsTransfer;

/* Locks the transfer; raises WM004. */
extern void wms_transfer_lock(WmsTransfer *transfer, const pg_uuid_t *id);

/* Is there a change to make?  false when it is there already; raises WM003 when there is no way. */
extern bool wms_transfer_may_become(const WmsTransfer *transfer, const char *status);

/* Writes the status; a note is added to those of the transfer, NULL = none. */
extern void wms_transfer_set_status(const WmsTransfer *transfer, const char *status, const char *note);

#endif							/* WMS_TRANSFER_STATUS_H */
