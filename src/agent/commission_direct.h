/*
 * commission_direct.h
 *		The direct form (support/direct.h) of the statements on commissions of an order.
 */
#ifndef WMS_COMMISSION_DIRECT_H
#define WMS_COMMISSION_DIRECT_H

#include "postgres.h"

#include "support/plans.h"

/* Of whatever changes the commissions of order $1 and nothing else: it knows only those that have none. */
extern bool wms_direct_no_commissions(Datum *values, const bool *nulls, WmsDirectResult *result);

#endif							/* WMS_COMMISSION_DIRECT_H */
