/*
 * refund_goods.h
 *		The goods that lines of an order consist of, and what of the order's goods is still out.
 */
#ifndef WMS_REFUND_GOODS_H
#define WMS_REFUND_GOODS_H

#include "postgres.h"

#include "inventory/ledger.h"
#include "inventory/returned_sold.h"
#include "sales/refund.h"
#include "support/lines.h"

/* An item that units of a line consist of. */
typedef struct WmsRefundPart
{
	WmsRefundLine *line;
	WmsItem		item;			/* product and variant; the rest is the reader's to fill */
	int32		per_unit;
	bool		imported;		/* nobody knows where it left */
	int32		open;			/* still to be put back */
	int32		restocked;
} WmsRefundPart;

/* What a line had held in one place, of one batch. */
typedef struct WmsRefundSource
{
	WmsStockChange from;		/* the place and the batch; no quantity */
	int64		units;
	WmsRefundPart *part;		/* of the line; NULL where it is none */
} WmsRefundSource;

typedef struct WmsRefundGoods
{
	int			part_count;
	WmsRefundPart *parts;
	WmsSoldSet *sold;			/* by the order, and still out */
	int			own_count;
	WmsRefundSource *owns;		/* what the lines had held */
} WmsRefundGoods;

extern WmsRefundGoods *wms_refund_goods_read(const pg_uuid_t *order_id, WmsRefundLines *lines);

#endif							/* WMS_REFUND_GOODS_H */
