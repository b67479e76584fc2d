/*
 * trigger_work.h
 *		What a guard reads and writes beyond the row it was fired for.
 */
#ifndef WMS_TRIGGER_WORK_H
#define WMS_TRIGGER_WORK_H

#include "postgres.h"

#include "support/command.h"

typedef struct WmsTriggerWork
{
	WmsCommand	command;
	int			guc_nest_level;
} WmsTriggerWork;

/*
 * Between these two a trigger acts as commands do: as the owner of schema wms, with SPI connected and the
 * search_path pinned.  Raises WM091 when the schema is not the library's.
 */
extern void wms_trigger_work_begin(WmsTriggerWork *work);
extern void wms_trigger_work_end(WmsTriggerWork *work);

#endif							/* WMS_TRIGGER_WORK_H */
