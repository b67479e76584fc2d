/*
 * returned.h
 *		Lines of orders whose goods come back: what has left, and what of it goes into which batch.
 *
 * In order: wms_returned_lock(), the warehouse, wms_returned_goods(), the goods into stock, wms_returned_count().
 */
#ifndef WMS_RETURNED_H
#define WMS_RETURNED_H

#include "support/lines.h"

/*
 * Locks the orders of lines that name an order_item_id, and the order, where it exists, whose goods the other
 * lines bring back; NULL = none.  Returns the lines, those of an order by order_item_id, with order_id set; a
 * line by item takes the order's lines by line number.  Raises 23503.
 */
extern WmsLines *wms_returned_lock(const WmsLines *lines, const pg_uuid_t *order_id);

/*
 * What the lines bring back, resolved: the parts of kits as they left, and of batch-tracked items the batch
 * that is named, else those they left from, first expired first.  Raises WM010 for more than has left.
 */
extern WmsLines *wms_returned_goods(const WmsLines *lines);

/* Counts the lines in returned_quantity. */
extern void wms_returned_count(const WmsLines *lines);

/* Numbers, order lines and orders of the lines that come back from one, as three arrays; how many. */
extern int	wms_returned_keys(const WmsLines *lines, Datum *values);

/* A line like another at the end of lines, which grow. */
extern WmsLine *wms_returned_add(WmsLines *lines, int *capacity, const WmsLine *like);

#endif							/* WMS_RETURNED_H */
