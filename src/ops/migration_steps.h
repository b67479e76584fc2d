/*
 * migration_steps.h
 *		The steps of wms_migration and how one is run.
 */
#ifndef WMS_MIGRATION_STEPS_H
#define WMS_MIGRATION_STEPS_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct WmsStep
{
	int32		version;
	char	   *name;
	char	   *up;
	char	   *down;
	char	   *keep;			/* predicates of seeded rows by table, as text of a JSON object, or NULL */
} WmsStep;

/* All steps by version; needs SPI. */
extern List *wms_steps_load(void);

/* The version of the last one, 0 when there is none. */
extern int32 wms_steps_newest(List *steps);

/* Raises 22023 unless the version is one to migrate to. */
extern void wms_steps_check_target(int32 target, int32 newest);

/* Run one step and log it; both need SPI. */
extern void wms_step_up(const WmsStep *step);
extern void wms_step_down(const WmsStep *step);

/* What a step does on its way down, without the log; for the look-ahead of data_loss.c. */
extern void wms_step_undo(const WmsStep *step);

/* Sets a setting for the rest of the current nest level, whoever may set it otherwise. */
extern void wms_set_for_now(const char *name, const char *value);

#endif							/* WMS_MIGRATION_STEPS_H */
