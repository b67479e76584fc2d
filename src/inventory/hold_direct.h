/*
 * hold_direct.h
 *		The direct forms (support/direct.h) of the statements on holds.
 */
#ifndef WMS_HOLD_DIRECT_H
#define WMS_HOLD_DIRECT_H

#include "postgres.h"

#include "support/plans.h"
#include "utils/uuid.h"

extern const Oid wms_written_hold_types[];
extern const Oid wms_found_hold_types[];
extern const Oid wms_read_held_types[];
extern const Oid wms_hold_state_types[];
extern bool wms_direct_write_holds(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_find_holds_of_reference(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_find_hold(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_read_helds(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_read_hold_state(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_resolve_holds(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_keep_holds(Datum *values, const bool *nulls, WmsDirectResult *result);

/* A hold as it is, whatever became of it. */
typedef struct WmsHoldState
{
	pg_uuid_t	id;
	pg_uuid_t	warehouse_id;
	pg_uuid_t	product_id;
	pg_uuid_t	variant_id;
	pg_uuid_t	line_id;
	pg_uuid_t	batch_id;
	bool		has_variant;
	bool		has_line;
	bool		has_batch;
	int32		quantity;
	bool		active;
	bool		expired;
	bool		expires;
} WmsHoldState;

/* All holds of a reference, for other direct forms; NULL when they are for SQL. */
extern WmsHoldState *wms_direct_read_holds(const char *reference_type, Datum reference_id, int *count);

#endif							/* WMS_HOLD_DIRECT_H */
