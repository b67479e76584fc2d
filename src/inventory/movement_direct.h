/*
 * movement_direct.h
 *		The direct forms (support/direct.h) of the statements on movements and warehouses.
 */
#ifndef WMS_MOVEMENT_DIRECT_H
#define WMS_MOVEMENT_DIRECT_H

#include "postgres.h"

#include "support/plans.h"

extern const Oid wms_written_movement_types[];
extern const Oid wms_found_movement_types[];
extern const Oid wms_locked_warehouse_types[];
extern bool wms_direct_write_movements(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_find_sale(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_lock_warehouse(Datum *values, const bool *nulls, WmsDirectResult *result);

#endif							/* WMS_MOVEMENT_DIRECT_H */
