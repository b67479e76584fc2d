/*
 * receipt.h
 *		Lines of goods that come in, checked and turned into changes of stock.
 */
#ifndef WMS_RECEIPT_H
#define WMS_RECEIPT_H

#include "inventory/ledger.h"
#include "support/lines.h"

/* Raises 22023 for kits and for what is not stocked. */
extern void wms_lines_check_stocked(const WmsLines *lines);

/*
 * Checks resolved lines and finds their batches, creating those that are named for the first time.  The
 * changes that bring the goods in, one a line, in the order of the lines; nothing is written of stock yet.
 */
extern WmsStockChange *wms_goods_in(const pg_uuid_t *warehouse_id, WmsLines *lines, const WmsStockReason *reason);

#endif							/* WMS_RECEIPT_H */
