/*
 * order_needs.h
 *		What the lines of a changed order need, set off against what they hold.
 */
#ifndef WMS_ORDER_NEEDS_H
#define WMS_ORDER_NEEDS_H

#include "postgres.h"

#include "sales/line_holds.h"
#include "sales/order_change.h"

/* What a line needs of an item, and how much of that is not held yet. */
typedef struct WmsLineNeed
{
	const pg_uuid_t *line_id;
	const WmsItem *item;
	const WmsChangedLine *kit;	/* whose part it is, when as much of each part is in each; NULL = of none */
	int32		kits;			/* how many of them */
	int64		units;
	int64		missing;
	int64		asked;			/* of these, what is asked of batches that it had */
	bool		may_lapse;		/* some of what is held of it */
} WmsLineNeed;

typedef struct WmsLineNeeds
{
	int			count;
	WmsLineNeed *needs;
	WmsLineNeed **sorted;		/* by line and item */
	int			hold_count;
	WmsLineHold *holds;			/* in order of id */
	bool		several_warehouses;
	bool		kits;			/* some are of kits */
} WmsLineNeeds;

/* Sets off what the order holds against what it needs. */
extern void wms_line_needs_compare(const WmsOrderChange *change, WmsLineNeeds *needs);

/* NULL = the line needs nothing of it. */
extern WmsLineNeed *wms_line_need_find(const WmsLineNeeds *needs, const pg_uuid_t *line_id, const WmsItem *item);

#endif							/* WMS_ORDER_NEEDS_H */
