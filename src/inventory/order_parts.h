/*
 * order_parts.h
 *		The items that lines of orders consist of, as they left.
 */
#ifndef WMS_ORDER_PARTS_H
#define WMS_ORDER_PARTS_H

#include "inventory/returned_sold.h"
#include "support/lines.h"

typedef struct WmsOrderPart
{
	int			line;			/* by the numbers given */
	WmsItem		item;			/* product and variant; the rest is the reader's to fill */
	int32		per_unit;
	bool		from_catalogue; /* nothing was held for the line */
	bool		imported;		/* the order left before it was imported, and nobody knows what */
} WmsOrderPart;

/*
 * By line, product and variant.  The keys are three arrays: numbers, lines of orders, their orders; sold is what
 * these orders were served with.
 */
extern WmsOrderPart *wms_order_parts_read(Datum *keys, const WmsSoldSet *sold, int *count);

#endif							/* WMS_ORDER_PARTS_H */
