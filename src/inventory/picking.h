/*
 * picking.h
 *		Which batches of locked stock rows serve a demand.
 */
#ifndef WMS_PICKING_H
#define WMS_PICKING_H

#include "postgres.h"

#include "inventory/allocation.h"
#include "inventory/choice.h"
#include "inventory/demand.h"
#include "inventory/stock_row.h"

/*
 * Lays the demands, as wms_demands_add_up() sorted them, on the shares of their needs and sets the request's
 * holds; false when the rows, settled under their locks, have less than was chosen.
 */
extern bool wms_pick(WmsHoldRequest *request, const WmsNeeds *needs, const WmsChoice *choice,
					 WmsStockRow *rows, int row_count);

#endif							/* WMS_PICKING_H */
