/*
 * planner.h
 *		How the planner is made to plan the statements of commands.
 */
#ifndef WMS_PLANNER_H
#define WMS_PLANNER_H

#include "support/plans.h"

/* Makes the generic plan of plan->kept, unless there is a valid one: through indexes, for large tables. */
extern void wms_plan_for_any_size(const WmsPlan *plan);

/* Called once, when the library is loaded. */
extern void wms_planner_init(void);

#endif							/* WMS_PLANNER_H */
