/*
 * order_number.c
 *		ORD-YYYYMMDD-NNNNNN, for commands and for orders that others insert.
 *
 * Locks nothing but the sequence, for an instant.
 */
#include "postgres.h"

#include "support/document_number.h"
#include "support/trigger.h"
#include "utils/builtins.h"

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

/* Numbers an order that comes without one; a number that is given stays. */
Datum
wms_generate_order_number(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_BEFORE | WMS_ROW | WMS_ON_INSERT);
	HeapTuple	row = trigger->tg_trigtuple;
	bool		isnull;
	Datum		given;

	wms_trigger_require_table(trigger, "sales", "orders");
	given = wms_trigger_value(trigger, row, COLUMN, TEXTOID, &isnull);
	if (!isnull && TextDatumGetCString(given)[0] != '\0')
		return PointerGetDatum(row);
	return PointerGetDatum(wms_trigger_set(trigger, row, COLUMN, TEXTOID, PointerGetDatum(next_order_number())));
}
