/*
 * order_number.c
 *		ORD-YYYYMMDD-NNNNNN, for commands and for orders that others insert.
 *
 * Locks nothing but the sequence, for an instant.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "support/document_number.h"
#include "support/trigger.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#define COLUMN "order_number"

PG_FUNCTION_INFO_V1(wms_next_order_number);
PG_FUNCTION_INFO_V1(wms_generate_order_number);

static text *
next_order_number(void)
{
	return wms_document_number("ORD", "sales", "order_number_seq");
}

Datum
wms_next_order_number(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(next_order_number());
}

/*
 * The number of the column, of the one table that may have the trigger.  Kept with the trigger's call state, which
 * lives as long as the statement: the table is locked against other columns meanwhile.
 */
static int
numbered_column(FunctionCallInfo fcinfo, TriggerData *trigger)
{
	int			column = (intptr_t) fcinfo->flinfo->fn_extra;

	if (column != 0)
		return column;
	wms_trigger_require_table(trigger, "sales", "orders");
	column = wms_trigger_typed_column(trigger, COLUMN, TEXTOID);
	fcinfo->flinfo->fn_extra = (void *) (intptr_t) column;
	return column;
}

/* Numbers an order that comes without one; a number that is given stays. */
Datum
wms_generate_order_number(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_BEFORE | WMS_ROW | WMS_ON_INSERT);
	HeapTuple	row = trigger->tg_trigtuple;
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			column = numbered_column(fcinfo, trigger);
	bool		isnull;
	Datum		value = heap_getattr(row, column, desc, &isnull);

	if (!isnull && TextDatumGetCString(value)[0] != '\0')
		return PointerGetDatum(row);
	value = PointerGetDatum(next_order_number());
	isnull = false;
	return PointerGetDatum(heap_modify_tuple_by_cols(row, desc, 1, &column, &value, &isnull));
}
