/*
 * order_status.h
 *		The life of an order, for commands that move it.
 */
#ifndef WMS_ORDER_STATUS_H
#define WMS_ORDER_STATUS_H

#include "postgres.h"

#include "utils/uuid.h"

/* As wms_set_order_status() does, within the caller's command.  Raises WM001, WM003 and WM004. */
extern void wms_order_advance(const pg_uuid_t *order_id, const char *status);

/* As wms_cancel_order() does, within the caller's command.  Raises WM003 and WM004. */
extern void wms_order_cancel(const pg_uuid_t *order_id, const char *reason);

#endif							/* WMS_ORDER_STATUS_H */
