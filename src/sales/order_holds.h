/*
 * order_holds.h
 *		The stock an order holds, over the order's life.
 */
#ifndef WMS_ORDER_HOLDS_H
#define WMS_ORDER_HOLDS_H

#include "postgres.h"

#include "utils/timestamp.h"
#include "utils/uuid.h"

/*
 * Makes sure that every stocked line is held, for good: holds no longer lapse, lapsed ones are won again
 * (while the order is pending), lines that never had one (of an import) get one.  Raises WM001.
 */
extern void wms_order_holds_secure(const pg_uuid_t *order_id, const pg_uuid_t *warehouse_id, bool pending);

/* Sells what is held. */
extern void wms_order_holds_consume(const pg_uuid_t *order_id);

extern void wms_order_holds_release(const pg_uuid_t *order_id);

#endif							/* WMS_ORDER_HOLDS_H */
