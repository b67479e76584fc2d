/*
 * batch_status.h
 *		Batches whose time is up.
 */
#ifndef WMS_BATCH_STATUS_H
#define WMS_BATCH_STATUS_H

#include "postgres.h"

#include "utils/date.h"

/*
 * Expires active batches whose last good day is before the date, the oldest first, and moves what is held on
 * them.  Returns how many.  at_most = 0: all of them, in one order of locks; else so many, waiting for nobody.
 */
extern int64 wms_batches_expire(DateADT as_of, int at_most);

#endif							/* WMS_BATCH_STATUS_H */
