/*
 * stock_direct.h
 *		The direct forms (support/direct.h) of the statements on stock rows.
 */
#ifndef WMS_STOCK_DIRECT_H
#define WMS_STOCK_DIRECT_H

#include "postgres.h"

#include "support/plans.h"

extern const Oid wms_locked_row_types[];
extern bool wms_direct_lock_rows(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_change_rows(Datum *values, const bool *nulls, WmsDirectResult *result);

#endif							/* WMS_STOCK_DIRECT_H */
