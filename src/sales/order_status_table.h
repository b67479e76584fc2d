/*
 * order_status_table.h
 *		The statuses of an order and the closed table of what may follow what.
 */
#ifndef WMS_ORDER_STATUS_TABLE_H
#define WMS_ORDER_STATUS_TABLE_H

#include "postgres.h"

typedef enum WmsOrderVerb
{
	WMS_BY_NOBODY,				/* where an order begins */
	WMS_BY_COMMAND,				/* wms_set_order_status and the verb of the status */
	WMS_BY_REFUND				/* wms_refund_order alone */
} WmsOrderVerb;

typedef struct WmsOrderStatus
{
	const char *name;
	WmsOrderVerb by;			/* who may set it */
	const char *verb;			/* the function that does, for hints; NULL for pending */
	const char *timestamp;		/* the column of sales.orders that says when; NULL where there is none */
	const char *const *next;	/* what may follow, closed by NULL */
} WmsOrderStatus;

/* In the order of an order's life. */
extern const WmsOrderStatus wms_order_statuses[];
extern const int wms_order_status_count;

/* NULL when there is no status of this name. */
extern const WmsOrderStatus *wms_order_status(const char *name);

/* Staying where it is is no transition; an unknown name has none. */
extern bool wms_order_transition_allowed(const char *from, const char *to);

/* The statuses that may follow, for messages: "confirmed, cancelled"; "none" at the end of the road. */
extern char *wms_order_next_statuses(const char *from);

#endif							/* WMS_ORDER_STATUS_TABLE_H */
