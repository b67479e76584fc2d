/*
 * order_lines_direct.h
 *		The direct forms (support/direct.h) of the statements on lines of orders and the stock they hold.
 */
#ifndef WMS_ORDER_LINES_DIRECT_H
#define WMS_ORDER_LINES_DIRECT_H

#include "postgres.h"

#include "support/plans.h"

extern const Oid wms_line_hold_types[];
extern const Oid wms_bare_line_types[];
extern bool wms_direct_write_order_items(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_read_line_holds(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_read_lines_without_hold(Datum *values, const bool *nulls, WmsDirectResult *result);

#endif							/* WMS_ORDER_LINES_DIRECT_H */
