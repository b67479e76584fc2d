/*
 * event.h
 *		What happened, for whoever listens by logical decoding.
 *
 * With wms.emit_events on, and WAL that can be decoded, each is a transactional message with the prefix wms
 * and a JSON body: heard when the transaction commits, and never of one that does not.
 */
#ifndef WMS_EVENT_H
#define WMS_EVENT_H

#include "postgres.h"

#include "utils/uuid.h"

/* One stock row before and after; all 0 where it did not exist, or does not any more. */
typedef struct WmsStockEvent
{
	const pg_uuid_t *warehouse_id;
	const pg_uuid_t *product_id;
	const pg_uuid_t *variant_id;	/* NULL without one */
	int32		old_quantity;
	int32		old_reserved;
	int32		quantity;
	int32		reserved;
	int32		old_reorder_point;
	int32		reorder_point;
	int32		reorder_quantity;
	bool		gone;			/* does not exist any more */
} WmsStockEvent;

extern bool wms_events_wanted(void);

/*
 * "stock" when the figures differ, at once; and when the transaction has sunk available to the reorder point or
 * below, all its changes of the row taken together, "low_stock", at its commit.
 */
extern void wms_event_stock(const WmsStockEvent *event);

/* "order_status" with order_id and status, for what = "order"; nothing unless events are wanted. */
extern void wms_event_status(const char *what, const pg_uuid_t *id, const char *status);

#endif							/* WMS_EVENT_H */
