/*
 * batch.h
 *		The batches that lines of a receipt name.
 */
#ifndef WMS_BATCH_H
#define WMS_BATCH_H

#include "inventory/ledger.h"
#include "support/lines.h"

/*
 * Sets batch_id of every line of a batch-tracked item, creating batches that are named for the first
 * time, and makes items batch tracked whose first batch is named here.
 */
extern void wms_batches_of_lines(WmsLines *lines, const WmsStockReason *reason);

/* Within an SPI connection: the batches that resolved lines name must be there; 23503 where one is not. */
extern void wms_batches_find(WmsLines *lines);

#endif							/* WMS_BATCH_H */
