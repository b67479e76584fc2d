/*
 * order_import.h
 *		What a direct INSERT of an order brings with it.
 */
#ifndef WMS_ORDER_IMPORT_H
#define WMS_ORDER_IMPORT_H

#include "postgres.h"

#include "support/trigger.h"
#include "utils/uuid.h"

/* Called after the row of sales.orders is there; writes its first status and counts it where it counts. */
extern void wms_order_import(TriggerData *trigger);

/*
 * Was the order imported by the transaction that asks, and has nothing happened to it since?  Between
 * wms_trigger_work_begin() and wms_trigger_work_end().
 */
extern bool wms_order_is_fresh_import(const pg_uuid_t *order_id);

#endif							/* WMS_ORDER_IMPORT_H */
