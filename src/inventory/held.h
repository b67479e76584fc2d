/*
 * held.h
 *		Holds that exist: found, locked, given back, consumed.
 */
#ifndef WMS_HELD_H
#define WMS_HELD_H

#include "postgres.h"

#include "inventory/ledger.h"
#include "inventory/stock_row.h"
#include "support/lines.h"
#include "utils/timestamp.h"

typedef struct WmsHeld
{
	pg_uuid_t	id;
	pg_uuid_t	warehouse_id;
	WmsItem		item;			/* product, variant, sku, batch_tracked */
	pg_uuid_t	batch_id;
	bool		has_batch;
	int32		quantity;		/* still held */
	int32		units;			/* to give back or consume: all of them unless the caller sets fewer */
	bool		lapsed;			/* by the clock, read under the locks */
	bool		expires;
} WmsHeld;

typedef struct WmsHeldSet
{
	int			count;
	WmsHeld    *helds;
	TimestampTz instant;		/* the clock, read under the locks */
} WmsHeldSet;

/*
 * Active holds, their stock rows locked in the global order.  Of one: with the parts of it that moved to other
 * batches of its stock row, first expired first, on blocked batches last.
 */
extern WmsHeldSet *wms_held_lock_one(const pg_uuid_t *id);
extern WmsHeldSet *wms_held_lock_reference(const char *reference_type, const pg_uuid_t *reference_id);

/*
 * As above, with the rows on which the reference held something that lapsed and was taken away, and those
 * on which it is to hold more.
 */
extern WmsHeldSet *wms_held_lock_reference_and(const char *reference_type, const pg_uuid_t *reference_id,
											   const WmsStockRow *also, int also_count);

/* As wms_held_lock_reference(), but not the products: enough to give back or hand over, not to consume. */
extern WmsHeldSet *wms_held_lock_rows_only(const char *reference_type, const pg_uuid_t *reference_id);

/* The stock rows on which the reference holds something, each once, read without a lock. */
extern WmsStockRow *wms_held_rows(const char *reference_type, const pg_uuid_t *reference_id, int *count);

/* What the reference holds on rows that the caller has locked, in their order, at that instant. */
extern WmsHeldSet *wms_held_on_rows(const char *reference_type, const pg_uuid_t *reference_id,
									WmsStockRow *rows, int row_count, TimestampTz instant);

/* Makes locked holds those of another reference of the same type. */
extern void wms_held_hand_over(const WmsHeldSet *set, const pg_uuid_t *reference_id);

/* The change of stock that gives the units of a hold back. */
extern void wms_held_change(WmsStockChange *change, const WmsHeld *held);

/* Writes how the units of the holds went; of what had lapsed, that it expired. */
extern void wms_held_resolve(const WmsHeldSet *set, const char *status);

/* Gives units back to what is available; what had lapsed becomes expired. Returns the units. */
extern int64 wms_held_release(WmsHeldSet *set, const char *reference_type, const pg_uuid_t *reference_id);

/*
 * Turns units into `sale` movements.  Units held on a batch that is no longer to be sold are taken from
 * other batches of the row; WM001 when there is not enough.
 */
extern void wms_held_consume(WmsHeldSet *set, const WmsStockReason *reason);

/* The same for goods that are moved, not sold: whatever became of their batch, they leave as they are held. */
extern void wms_held_consume_as_held(WmsHeldSet *set, const WmsStockReason *reason);

#endif							/* WMS_HELD_H */
