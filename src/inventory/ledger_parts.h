/*
 * ledger_parts.h
 *		What the parts of the ledger write; only ledger.c calls them, in this order.
 *
 * The changes are sorted by wms_stock_change_compare().
 */
#ifndef WMS_LEDGER_PARTS_H
#define WMS_LEDGER_PARTS_H

#include "inventory/batch_track.h"
#include "inventory/ledger.h"

/*
 * Batch rows and the totals of their batches; false when no change names a batch.  *turned: the tracks of
 * those whose status changes with it.
 */
extern bool wms_ledger_write_batches(const WmsStockChange *changes, int count, const WmsStockReason *reason,
									 WmsBatchTracks **turned);

extern void wms_ledger_write_tracks(const WmsStockChange *changes, int count, const WmsStockReason *reason);
extern void wms_ledger_write_movements(const WmsStockChange *changes, int count, const WmsStockReason *reason);

/* What the changes of a row add up to; 22003 where no column takes it. */
extern int32 wms_ledger_sum(const WmsStockChange *change, int64 sum);

#endif							/* WMS_LEDGER_PARTS_H */
