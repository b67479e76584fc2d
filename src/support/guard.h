/*
 * guard.h
 *		The refusal of direct changes, for guards that decide for themselves.
 */
#ifndef WMS_GUARD_H
#define WMS_GUARD_H

#include "postgres.h"

#include "support/compat.h"

#include "support/trigger.h"

/* Does the guard let pass what fired it: one of wms's own statements, or anything while wms.guard is off? */
extern bool wms_guard_lets_pass(TriggerData *trigger);

/* Both raise WM092. The hint is a full sentence. */
pg_noreturn extern void wms_refuse_row_change(TriggerData *trigger, const char *hint);
pg_noreturn extern void wms_refuse_column_change(TriggerData *trigger, const char *column, const char *hint);

#endif							/* WMS_GUARD_H */
