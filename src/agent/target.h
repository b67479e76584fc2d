/*
 * target.h
 *		What an order counts for in the targets of its agent.
 */
#ifndef WMS_TARGET_H
#define WMS_TARGET_H

#include "postgres.h"

#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Counts an order confirmed at this instant: sign 1, or -1 to take it out again. Raises 40001. */
extern void wms_targets_count(const pg_uuid_t *agent_id, TimestampTz confirmed_at, Numeric amount, int sign);

/* Changes what an order confirmed at this instant counts for that is counted already. Raises 40001. */
extern void wms_targets_adjust(const pg_uuid_t *agent_id, TimestampTz confirmed_at, Numeric change);

/* Targets whose last day is over are missed, unless somebody is at them; returns how many. */
extern int64 wms_targets_end(DateADT today, int32 at_most);

/*
 * Targets whose sums are of the days of another zone than wms.timezone are counted anew, unless somebody is at
 * them; returns how many.
 */
extern int64 wms_targets_recompute(int32 at_most);

#endif							/* WMS_TARGET_H */
