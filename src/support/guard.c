/*
 * guard.c
 *		Guards that tables get by wiring alone: what is changed by commands only, and what never changes.
 *
 * Whole rows are refused before they are touched.  Columns are compared after the row was written, since a
 * BEFORE trigger of the user may come later than ours and change the row once more.
 *
 * Takes no locks, runs no SQL.
 */
#include "postgres.h"

#include "support/guard.h"

#include "access/htup_details.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "support/errors.h"
#include "support/plans.h"
#include "support/settings.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(wms_guard_rows);
PG_FUNCTION_INFO_V1(wms_guard_columns);
PG_FUNCTION_INFO_V1(wms_append_only);

bool
wms_guard_lets_pass(TriggerData *trigger)
{
	return !wms_guard || wms_statement_is_own(trigger->tg_relation);
}

/* "UPDATE of the row with id 0b5c... was refused." */
static void
detail_of_refusal(TriggerData *trigger)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			id = SPI_fnumber(desc, "id");

	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event) && id > 0)
		errdetail("%s of the row with id %s was refused.", wms_trigger_event(trigger),
				  SPI_getvalue(trigger->tg_trigtuple, desc, id));
	else
		errdetail("%s was refused.", wms_trigger_event(trigger));
}

void
wms_refuse_row_change(TriggerData *trigger, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
			 errmsg("%s is changed by commands only", wms_trigger_table(trigger)),
			 detail_of_refusal(trigger),
			 errhint("%s", hint),
			 errtable(trigger->tg_relation)));
}

void
wms_refuse_column_change(TriggerData *trigger, const char *column, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
			 errmsg("column \"%s\" of %s is changed by commands only", column, wms_trigger_table(trigger)),
			 detail_of_refusal(trigger),
			 errhint("%s", hint),
			 errtablecol(trigger->tg_relation, wms_trigger_column(trigger, column))));
}

/* What a BEFORE trigger returns to let the statement go on; ignored after the fact and of statements. */
static Datum
go_on(TriggerData *trigger)
{
	return PointerGetDatum(wms_trigger_row(trigger));
}

/*
 * wms_guard_rows(hint): refuses the changes it is attached to.
 */
Datum
wms_guard_rows(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_BEFORE | WMS_ROW | WMS_STATEMENT | WMS_ON_INSERT |
											WMS_ON_UPDATE | WMS_ON_DELETE | WMS_ON_TRUNCATE);

	wms_trigger_require_arguments(trigger, 1, 1);
	if (!wms_guard_lets_pass(trigger))
		wms_refuse_row_change(trigger, trigger->tg_trigger->tgargs[0]);
	return go_on(trigger);
}

/* NULL, 0 and false: what a column holds that nobody has set. */
static bool
is_unset(TriggerData *trigger, const char *column)
{
	bool		isnull;
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			number = wms_trigger_column(trigger, column);
	Datum		value = heap_getattr(wms_trigger_row(trigger), number, desc, &isnull);

	if (isnull)
		return true;
	switch (TupleDescAttr(desc, number - 1)->atttypid)
	{
		case BOOLOID:
			return !DatumGetBool(value);
		case INT2OID:
			return DatumGetInt16(value) == 0;
		case INT4OID:
			return DatumGetInt32(value) == 0;
		case INT8OID:
			return DatumGetInt64(value) == 0;
		case NUMERICOID:
			return DatumGetBool(DirectFunctionCall2(numeric_eq, value, NumericGetDatum(int64_to_numeric(0))));
		default:
			return false;
	}
}

/*
 * wms_guard_columns(hint, column, ...): refuses an UPDATE that leaves another value in one of the columns,
 * an INSERT that sets one, and a DELETE that takes one along.
 */
Datum
wms_guard_columns(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE |
											WMS_ON_DELETE);
	bool		update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	char	  **arguments = trigger->tg_trigger->tgargs;

	wms_trigger_require_arguments(trigger, 2, -1);
	if (wms_guard_lets_pass(trigger))
		return go_on(trigger);
	for (int i = 1; i < trigger->tg_trigger->tgnargs; i++)
		if (update ? wms_trigger_changes(trigger, arguments[i]) : !is_unset(trigger, arguments[i]))
			wms_refuse_column_change(trigger, arguments[i], arguments[0]);
	return go_on(trigger);
}

/*
 * wms_append_only([hint]): what is written stays; wms's own statements are refused as well.
 */
Datum
wms_append_only(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_BEFORE | WMS_ROW | WMS_STATEMENT | WMS_ON_UPDATE |
											WMS_ON_DELETE | WMS_ON_TRUNCATE);
	Trigger    *definition = trigger->tg_trigger;

	wms_trigger_require_arguments(trigger, 0, 1);
	if (wms_guard)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
				 errmsg("%s is append-only", wms_trigger_table(trigger)),
				 detail_of_refusal(trigger),
				 errhint("%s", definition->tgnargs > 0 ? definition->tgargs[0] : "Correct it by a new entry."),
				 errtable(trigger->tg_relation)));
	return go_on(trigger);
}
