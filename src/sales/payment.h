/*
 * payment.h
 *		Payments, for commands that take one themselves.
 */
#ifndef WMS_PAYMENT_H
#define WMS_PAYMENT_H

#include "postgres.h"

#include "utils/uuid.h"

/* Writes a completed payment towards an order that the caller has locked. */
extern void wms_payment_take(const pg_uuid_t *order_id, char *method, int64 cents);

#endif							/* WMS_PAYMENT_H */
