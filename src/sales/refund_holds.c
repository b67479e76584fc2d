/*
 * refund_holds.c
 *		What a refund before shipping gives back of the stock that the order holds.
 *
 * Locks: products, then the stock rows of all holds of the order (held.c); the order is locked by the caller.
 */
#include "postgres.h"

#include "sales/refund.h"

#include "inventory/held.h"
#include "sales/line_holds.h"

void
wms_refund_free_holds(const WmsRefundLines *lines, const pg_uuid_t *order_id)
{
	WmsHeldSet *set = wms_held_lock_reference("order", order_id);
	int			count;
	WmsLineHold *holds = wms_line_holds_read(order_id, lines, &count);

	wms_line_holds_keep(holds, count, false);
	wms_line_holds_give_back(holds, count, set, order_id);
}
