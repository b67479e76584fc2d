/*
 * profile.h
 *		Customer profiles: they appear with the first order and count what was confirmed.
 */
#ifndef WMS_PROFILE_H
#define WMS_PROFILE_H

#include "postgres.h"

#include "utils/numeric.h"
#include "utils/uuid.h"

extern void wms_profile_appear(const pg_uuid_t *user_id);

/* Counts an order: sign 1, or -1 to take it out again. The last lock of a command. */
extern void wms_profile_count(const pg_uuid_t *user_id, Numeric amount, int sign);

/* Changes what an order counts for that is counted already. */
extern void wms_profile_adjust(const pg_uuid_t *user_id, Numeric change);

#endif							/* WMS_PROFILE_H */
