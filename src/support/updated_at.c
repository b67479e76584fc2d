/*
 * updated_at.c
 *		The trigger that stamps updated_at.
 *
 * Takes no locks, runs no SQL.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type_d.h"
#include "support/trigger.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#define COLUMN "updated_at"

PG_FUNCTION_INFO_V1(wms_set_updated_at);

/*
 * The number of the column.  Kept with the trigger's call state, which lives as long as the statement: the
 * table is locked against other columns meanwhile.
 */
static int
stamped_column(FunctionCallInfo fcinfo, TriggerData *trigger)
{
	int			column = (intptr_t) fcinfo->flinfo->fn_extra;

	if (column != 0)
		return column;
	column = wms_trigger_typed_column(trigger, COLUMN, TIMESTAMPTZOID);
	fcinfo->flinfo->fn_extra = (void *) (intptr_t) column;
	return column;
}

/*
 * Stamps the start of the transaction, always: an update that changes nothing else is an update, and what
 * the client sends for the column does not count.
 */
Datum
wms_set_updated_at(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_BEFORE | WMS_ROW | WMS_ON_UPDATE);
	int			column = stamped_column(fcinfo, trigger);
	Datum		now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	bool		isnull = false;

	return PointerGetDatum(heap_modify_tuple_by_cols(trigger->tg_newtuple, RelationGetDescr(trigger->tg_relation),
													 1, &column, &now, &isnull));
}
