/*
 * line_holds.h
 *		Which of the units that lines of an order hold stay theirs.
 */
#ifndef WMS_LINE_HOLDS_H
#define WMS_LINE_HOLDS_H

#include "postgres.h"

#include "inventory/held.h"
#include "sales/refund.h"
#include "support/lines.h"

typedef struct WmsLineHold
{
	pg_uuid_t	id;
	pg_uuid_t	line_id;
	WmsItem		item;			/* product and variant */
	pg_uuid_t	warehouse_id;
	int64		units;			/* that are held; of what has lapsed, that were */
	bool		lapsed;			/* taken away, and to be won again when the order is confirmed */
	bool		may_lapse;
	const pg_uuid_t *batch_id;	/* NULL = none */
	int64		needed;			/* of the item, by the line */
	int32		kits;			/* that the line is to be, of needed / kits units each; 0 = it is none */
	int			part_count;		/* items that a kit consists of; 0 = those it holds */
	int64		kept;			/* set by wms_line_holds_keep() */
} WmsLineHold;

/*
 * Reads what the lines of the locked order hold, or held until it lapsed, and what they need of it: all of them, or
 * those of a refund, which need its units no more.  In order of id.
 */
extern WmsLineHold *wms_line_holds_read(const pg_uuid_t *order_id, const WmsRefundLines *refunded, int *count);

/*
 * Decides which units stay.  Of an item the first, by id, so that the first expired are still the first out, and
 * nothing lapsed before what is held; but a kit stays as a whole where one warehouse has all parts of it.  What is
 * left of others stays too, unless only whole kits do.
 */
extern void wms_line_holds_keep(WmsLineHold *holds, int count, bool only_whole_kits);

/* Gives back, of locked holds, the units that do not stay.  The holds are in order of id. */
extern void wms_line_holds_give_back(const WmsLineHold *holds, int count, WmsHeldSet *set,
									 const pg_uuid_t *order_id);

#endif							/* WMS_LINE_HOLDS_H */
