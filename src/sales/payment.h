/*
 * payment.h
 *		Payments, for commands that take one themselves.
 */
#ifndef WMS_PAYMENT_H
#define WMS_PAYMENT_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/uuid.h"

/* One of the payment methods, else 22023. */
extern char *wms_arg_payment_method(FunctionCallInfo fcinfo, int n);

/* Writes a completed payment towards an order that the caller has locked. */
extern void wms_payment_take(const pg_uuid_t *order_id, char *method, int64 cents);

#endif							/* WMS_PAYMENT_H */
