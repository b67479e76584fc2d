/*
 * batch_lock.h
 *		Batches locked together with all stock rows they are in.
 */
#ifndef WMS_BATCH_LOCK_H
#define WMS_BATCH_LOCK_H

#include "postgres.h"

#include "inventory/stock_row.h"
#include "support/columns.h"

typedef struct WmsBatchLock
{
	bool		skip;			/* set by the caller: leave what somebody else has locked, wait for nobody */
	bool		by_date;		/* set by the caller: only those that are active and expired on that date */
	DateADT		as_of;
	/* set by wms_batches_lock() */
	WmsColumn  *batches;		/* ids of those that are locked together with all their rows */
	int			missed;			/* those that are not: goods came to a row that is somebody else's */
	int			row_count;
	WmsStockRow *rows;
	TimestampTz instant;		/* the clock, read under the locks */
} WmsBatchLock;

extern void wms_batches_lock(WmsBatchLock *lock, Datum batch_ids);

#endif							/* WMS_BATCH_LOCK_H */
