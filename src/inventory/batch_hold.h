/*
 * batch_hold.h
 *		Holds leave batches that may not be sold.
 */
#ifndef WMS_BATCH_HOLD_H
#define WMS_BATCH_HOLD_H

#include "inventory/batch_lock.h"

/*
 * Moves what is held on the batches, which must be blocked already, to batches of the same stock row that may
 * be sold, as far as these suffice.  Touches every row, so that no stale sum is relied on.
 */
extern void wms_batches_move_holds(WmsBatchLock *lock);

/* The latter alone, for batches that are freed. */
extern void wms_batches_touch(const WmsBatchLock *lock);

#endif							/* WMS_BATCH_HOLD_H */
