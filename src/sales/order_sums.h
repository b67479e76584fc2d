/*
 * order_sums.h
 *		The lines of an order add up to its subtotal when the transaction commits.
 */
#ifndef WMS_ORDER_SUMS_H
#define WMS_ORDER_SUMS_H

#include "postgres.h"

#include "utils/uuid.h"

/* The order was changed directly in this transaction and is to be checked at its end. */
extern void wms_order_sums_note(const pg_uuid_t *order_id);

#endif							/* WMS_ORDER_SUMS_H */
