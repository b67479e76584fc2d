/*
 * ordered_lines.h
 *		The lines that an order has, for a change.
 */
#ifndef WMS_ORDERED_LINES_H
#define WMS_ORDERED_LINES_H

#include "postgres.h"

#include "sales/order_change.h"

/* Sets what the order has, and resolves the lines named; what the catalogue refuses is noted in each of them. */
extern void wms_ordered_lines_read(WmsOrderChange *change);

/* The same lines, sorted so that they can be looked up; those of an item by their numbers. */
extern WmsOrderedLine **wms_ordered_lines_by_id(const WmsOrderChange *change);
extern WmsOrderedLine **wms_ordered_lines_by_item(const WmsOrderChange *change);

/* Where the line, or the first of the item, stands among them; -1 = nowhere */
extern int	wms_ordered_line_find_id(const WmsOrderChange *change, WmsOrderedLine **by_id, const pg_uuid_t *id);
extern int	wms_ordered_line_find_item(const WmsOrderChange *change, WmsOrderedLine **by_item, const WmsItem *item);

#endif							/* WMS_ORDERED_LINES_H */
