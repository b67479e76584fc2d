/*
 * returned_sold.h
 *		What orders were served with: items and batches, less what came back.
 */
#ifndef WMS_RETURNED_SOLD_H
#define WMS_RETURNED_SOLD_H

#include "support/lines.h"

/* One batch of an item that an order was served from; without batches, the item. */
typedef struct WmsSold
{
	pg_uuid_t	order_id;
	WmsItem		item;
	pg_uuid_t	batch_id;
	bool		has_batch;
	int64		left;			/* less what came back to it, by what refers to the order, wherever it came to */
	int64		back;
	int			first_place;	/* where it left, or came back to */
	int			place_count;
} WmsSold;

typedef struct WmsSoldPlace
{
	pg_uuid_t	warehouse_id;
	int64		left;			/* less what came back to this place; not below 0 */
} WmsSoldPlace;

/* By order and item; of an item in order of expiry, so that the first is what is assumed where no batch is named. */
typedef struct WmsSoldSet
{
	int			count;
	WmsSold    *sold;
	WmsSoldPlace *places;
} WmsSoldSet;

/* Of the orders of an array of ids. */
extern WmsSoldSet *wms_sold_read(Datum orders);

/* Of one item of an order: from first to the one before the end, which is returned. */
extern int	wms_sold_of_item(const WmsSoldSet *set, const pg_uuid_t *order_id, const WmsItem *item, int *first);

/* Units of an item that an order was served with and that are not back; back is what is. */
extern int64 wms_sold_left(const WmsSoldSet *set, const pg_uuid_t *order_id, const WmsItem *item, int64 *back);

/* Adds a line without batch to the goods as lines of the batches it left from, after so many units of them. */
extern void wms_sold_to_batches(WmsSoldSet *set, const WmsLine *part, int64 skip, WmsLines *goods, int *capacity);

/* Takes units that go into a batch of their own, or into none, off what has left. */
extern void wms_sold_take_off(WmsSoldSet *set, const WmsLine *part);

/* Product and variant, from two columns of the current row. */
extern void wms_sold_set_item(WmsItem *item, uint64 row, int column);

#endif							/* WMS_RETURNED_SOLD_H */
