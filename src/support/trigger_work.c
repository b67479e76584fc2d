/*
 * trigger_work.c
 *		What a guard reads and writes beyond the row it was fired for.
 *
 * A guard must count and record whoever fired it: a role that may only UPDATE inventory.stock_items has no
 * right to read products or to write movements.  So it acts as the owner of schema wms, like a command, and
 * pins search_path itself: as a setting of the function it would be paid for by every row of wms's own
 * statements, which return before there is anything to do.
 */
#include "postgres.h"

#include "support/trigger_work.h"

#include "utils/guc.h"

void
wms_trigger_work_begin(WmsTriggerWork *work)
{
	work->guc_nest_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	wms_command_begin_own(&work->command);
}

void
wms_trigger_work_end(WmsTriggerWork *work)
{
	wms_command_end(&work->command);
	AtEOXact_GUC(false, work->guc_nest_level);
}
