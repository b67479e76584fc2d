/*
 * order_change.h
 *		An order on its way to other lines.
 */
#ifndef WMS_ORDER_CHANGE_H
#define WMS_ORDER_CHANGE_H

#include "postgres.h"

#include "sales/coupon.h"
#include "sales/quote.h"
#include "support/lines.h"
#include "utils/timestamp.h"

/* Units of one item that are to be held for a line. */
typedef struct WmsLinePart
{
	const WmsItem *item;
	int64		units;
} WmsLinePart;

/* A line that the order has. */
typedef struct WmsOrderedLine
{
	pg_uuid_t	id;
	int32		number;
	int32		quantity;
	char	   *sku;
	Numeric		unit_price;
	Numeric		unit_cost;		/* NULL = unknown */
	WmsLine		line;			/* what it is in the catalogue */
	int			part_count;		/* as it was held, or is to be again; 0 = it never was */
	WmsLinePart *parts;
	int32		left;			/* units that no new line has taken yet */
	int			taken;			/* lines of its item, itself the first, that have none left */
	int32		kept;			/* units that stay or are added */
} WmsOrderedLine;

/* A line that the order is to have. */
typedef struct WmsChangedLine
{
	pg_uuid_t	id;
	const WmsOrderedLine *ordered;	/* NULL = a new one */
	int			part_count;
	WmsLinePart *parts;
} WmsChangedLine;

typedef struct WmsOrderChange
{
	const pg_uuid_t *order_id;
	WmsLines   *named;			/* by the caller */
	/* the order, as locked */
	char	   *number;
	bool		pending;
	bool		confirmed;
	TimestampTz confirmed_at;
	const pg_uuid_t *user_id;
	const pg_uuid_t *agent_id;
	const pg_uuid_t *warehouse_id;	/* NULL = from several, or from none yet */
	Numeric		total;
	WmsCoupon  *coupon;			/* NULL = none */
	int			ordered_count;
	WmsOrderedLine *ordered;	/* by their numbers */
	/* what it is to be */
	WmsQuote	quote;			/* given: what of it stays */
	WmsLines	lines;			/* those that stay by their numbers, then new ones */
	WmsChangedLine *changed;	/* one for each of them */
} WmsOrderChange;

/*
 * Reads the lines of the locked order, locks the products of old and new ones, and finds which stay, which
 * change and which are new, and what all of them cost.  Raises 22003, 22023, 23503.
 */
extern void wms_order_change_lines(WmsOrderChange *change);

/* Holds what the lines need, and no more.  Raises WM001 and WM004. */
extern void wms_order_change_holds(const WmsOrderChange *change);

#endif							/* WMS_ORDER_CHANGE_H */
