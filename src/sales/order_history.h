/*
 * order_history.h
 *		The append-only account of an order's statuses.
 */
#ifndef WMS_ORDER_HISTORY_H
#define WMS_ORDER_HISTORY_H

#include "postgres.h"

#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Every status change has exactly one row; notes may be NULL. */
extern void wms_order_history_add(const pg_uuid_t *order_id, const char *status, const char *notes,
								  TimestampTz instant);

#endif							/* WMS_ORDER_HISTORY_H */
