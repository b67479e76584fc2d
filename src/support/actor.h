/*
 * actor.h
 *		On whose behalf a session acts.
 */
#ifndef WMS_ACTOR_H
#define WMS_ACTOR_H

#include "postgres.h"

#include "utils/uuid.h"

/*
 * The actor as wms_current_actor() names him; NULL for nobody.  What it points to lives until the next
 * call.  Raises 22P02 when wms.actor_id holds something that is no uuid.
 */
extern const pg_uuid_t *wms_actor(void);

#endif							/* WMS_ACTOR_H */
