/*
 * refund_goods.h
 *		The goods that lines of an order consist of, and what of the order's goods is still out.
 */
#ifndef WMS_REFUND_GOODS_H
#define WMS_REFUND_GOODS_H

#include "postgres.h"

#include "inventory/ledger.h"
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

/* Units that left one place, of one batch. */
typedef struct WmsRefundSource
{
	WmsStockChange from;		/* the place and the batch; no quantity */
	int64		units;			/* still out by what came back to this place: what one line had held, or of all */
	int			pool;			/* those of the same item and batch, wherever they left */
	WmsRefundPart *part;		/* of what one line had held */
} WmsRefundSource;

typedef struct WmsRefundGoods
{
	int			part_count;
	WmsRefundPart *parts;
	int			source_count;
	WmsRefundSource *sources;	/* of the order; first expired first */
	int64	   *pools;			/* still out, wherever it came back to */
	int			own_count;
	WmsRefundSource *owns;		/* what the lines had held */
} WmsRefundGoods;

extern WmsRefundGoods *wms_refund_goods_read(const pg_uuid_t *order_id, WmsRefundLines *lines);

extern bool wms_refund_is_of_part(const WmsRefundPart *part, const WmsStockChange *from);

#endif							/* WMS_REFUND_GOODS_H */
