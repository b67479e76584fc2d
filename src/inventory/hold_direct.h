/*
 * hold_direct.h
 *		The direct forms (support/direct.h) of the statements on holds.
 */
#ifndef WMS_HOLD_DIRECT_H
#define WMS_HOLD_DIRECT_H

#include "postgres.h"

#include "support/plans.h"

extern const Oid wms_written_hold_types[];
extern const Oid wms_found_hold_types[];
extern const Oid wms_read_held_types[];
extern const Oid wms_hold_state_types[];
extern bool wms_direct_write_holds(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_find_holds_of_reference(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_read_helds(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_read_hold_state(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_resolve_holds(Datum *values, const bool *nulls, WmsDirectResult *result);

#endif							/* WMS_HOLD_DIRECT_H */
