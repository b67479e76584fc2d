/*
 * order_direct.h
 *		The direct forms (support/direct.h) of the statements on orders and their history.
 */
#ifndef WMS_ORDER_DIRECT_H
#define WMS_ORDER_DIRECT_H

#include "postgres.h"

#include "support/plans.h"

extern const Oid wms_locked_order_types[];
extern const Oid wms_order_amount_types[];
extern const Oid wms_unaltered_types[];
extern bool wms_direct_lock_order(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_read_amounts(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_write_status(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_write_order(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_write_history(Datum *values, const bool *nulls, WmsDirectResult *result);

#endif							/* WMS_ORDER_DIRECT_H */
