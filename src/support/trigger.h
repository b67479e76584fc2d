/*
 * trigger.h
 *		What every trigger function asks first, and how it reads and changes its row.
 */
#ifndef WMS_TRIGGER_H
#define WMS_TRIGGER_H

#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "support/compat.h"

/* How a trigger function may be fired: timings, levels and events, or'ed. */
#define WMS_BEFORE			(1 << 0)
#define WMS_AFTER			(1 << 1)
#define WMS_ROW				(1 << 2)
#define WMS_STATEMENT		(1 << 3)
#define WMS_ON_INSERT		(1 << 4)
#define WMS_ON_UPDATE		(1 << 5)
#define WMS_ON_DELETE		(1 << 6)
#define WMS_ON_TRUNCATE		(1 << 7)

/* The trigger's data. Raises 39P01 unless the call is one of the allowed firings. */
extern TriggerData *wms_trigger_data(FunctionCallInfo fcinfo, int allowed);

/* Raises 39P01 unless the trigger passes so many arguments; at_most < 0 = any number. */
extern void wms_trigger_require_arguments(TriggerData *trigger, int at_least, int at_most);

/*
 * Raises 39P01 unless the trigger is on this table or on a partition of it.  Whoever acts as the owner of
 * the tables asks first: anybody may attach a trigger function to a table of his own.
 */
extern void wms_trigger_require_table(TriggerData *trigger, const char *schema, const char *table);

/* Is the trigger on this table or on a partition of it? */
extern bool wms_trigger_is_on(TriggerData *trigger, const char *schema, const char *table);

/* Raises 39P01: the trigger is on none of the tables its function is made for. */
pg_noreturn extern void wms_trigger_refuse_table(TriggerData *trigger, const char *tables);

/* INSERT, UPDATE, DELETE or TRUNCATE */
extern const char *wms_trigger_event(TriggerData *trigger);

/* The row as it shall stay: the new one of INSERT and UPDATE, the old one of DELETE, NULL for statements. */
extern HeapTuple wms_trigger_row(TriggerData *trigger);

/* "schema.table", for messages */
extern char *wms_trigger_table(TriggerData *trigger);

/* The number of a column; raises 42703 when the table has none of that name. */
extern int	wms_trigger_column(TriggerData *trigger, const char *name);

/*
 * The number of a column; raises 42804 unless its values are of the type, so that whoever attaches the trigger
 * to a table of his own does not make us read one type as another.
 */
extern int	wms_trigger_typed_column(TriggerData *trigger, const char *name, Oid type);

/* A column of a row of the trigger's table; raises as wms_trigger_typed_column(). */
extern Datum wms_trigger_value(TriggerData *trigger, HeapTuple row, const char *column, Oid type, bool *isnull);

/* Does UPDATE leave another value there? INSERT and DELETE change every column. */
extern bool wms_trigger_changes(TriggerData *trigger, const char *column);

/* A copy of the row with another value, of that type, in one column; raises as wms_trigger_typed_column(). */
extern HeapTuple wms_trigger_set(TriggerData *trigger, HeapTuple row, const char *column, Oid type, Datum value);

#endif							/* WMS_TRIGGER_H */
