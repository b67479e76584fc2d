/*
 * trigger.c
 *		What every trigger function asks first, and how it reads and changes its row.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "support/trigger.h"

#include "access/htup_details.h"
#include "catalog/partition.h"
#include "catalog/pg_namespace.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static int
firing_of(TriggerEvent event)
{
	int			timing = TRIGGER_FIRED_BEFORE(event) ? WMS_BEFORE : TRIGGER_FIRED_AFTER(event) ? WMS_AFTER : 0;
	int			level = TRIGGER_FIRED_FOR_ROW(event) ? WMS_ROW : WMS_STATEMENT;

	if (TRIGGER_FIRED_BY_INSERT(event))
		return timing | level | WMS_ON_INSERT;
	if (TRIGGER_FIRED_BY_UPDATE(event))
		return timing | level | WMS_ON_UPDATE;
	if (TRIGGER_FIRED_BY_DELETE(event))
		return timing | level | WMS_ON_DELETE;
	return timing | level | WMS_ON_TRUNCATE;
}

/* "BEFORE, ROW, UPDATE, DELETE" */
static char *
describe_firings(int allowed)
{
	static const char *const names[] = {"BEFORE", "AFTER", "ROW", "STATEMENT", "INSERT", "UPDATE", "DELETE",
	"TRUNCATE"};
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < lengthof(names); i++)
		if (allowed & (1 << i))
			appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", names[i]);
	return text.data;
}

TriggerData *
wms_trigger_data(FunctionCallInfo fcinfo, int allowed)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function %s is called by triggers only", get_func_name(fcinfo->flinfo->fn_oid))));
	if ((firing_of(trigger->tg_event) & ~allowed) != 0 || TRIGGER_FIRED_INSTEAD(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger %s on %s cannot call function %s", trigger->tg_trigger->tgname,
						wms_trigger_table(trigger), get_func_name(fcinfo->flinfo->fn_oid)),
				 errdetail("The function is made for triggers of these kinds: %s.", describe_firings(allowed))));
	return trigger;
}

void
wms_trigger_require_arguments(TriggerData *trigger, int at_least, int at_most)
{
	int			count = trigger->tg_trigger->tgnargs;

	if (count < at_least || (at_most >= 0 && count > at_most))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("wrong number of arguments in trigger %s on %s", trigger->tg_trigger->tgname,
						wms_trigger_table(trigger)),
				 errdetail("It passes %d; its function takes at least %d.", count, at_least)));
}

/* Asked of every row: neither name is copied, and the schema is found by its number. */
static bool
is_named(Relation relation, const char *schema, const char *table)
{
	HeapTuple	tuple;
	bool		same;

	if (strcmp(RelationGetRelationName(relation), table) != 0)
		return false;
	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(RelationGetNamespace(relation)));
	same = HeapTupleIsValid(tuple) && strcmp(NameStr(((Form_pg_namespace) GETSTRUCT(tuple))->nspname), schema) == 0;
	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return same;
}

bool
wms_trigger_is_on(TriggerData *trigger, const char *schema, const char *table)
{
	Oid			root;

	if (!trigger->tg_relation->rd_rel->relispartition)
		return is_named(trigger->tg_relation, schema, table);
	root = llast_oid(get_partition_ancestors(RelationGetRelid(trigger->tg_relation)));
	return strcmp(get_rel_name(root), table) == 0 &&
		strcmp(get_namespace_name(get_rel_namespace(root)), schema) == 0;
}

void
wms_trigger_refuse_table(TriggerData *trigger, const char *tables)
{
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("trigger %s cannot be on %s", trigger->tg_trigger->tgname, wms_trigger_table(trigger)),
			 errdetail("Its function is made for %s.", tables)));
}

void
wms_trigger_require_table(TriggerData *trigger, const char *schema, const char *table)
{
	if (!wms_trigger_is_on(trigger, schema, table))
		wms_trigger_refuse_table(trigger, psprintf("%s.%s", schema, table));
}

const char *
wms_trigger_event(TriggerData *trigger)
{
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return "INSERT";
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return "UPDATE";
	return TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? "DELETE" : "TRUNCATE";
}

HeapTuple
wms_trigger_row(TriggerData *trigger)
{
	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		return NULL;
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
}

char *
wms_trigger_table(TriggerData *trigger)
{
	return psprintf("%s.%s", get_namespace_name(RelationGetNamespace(trigger->tg_relation)),
					RelationGetRelationName(trigger->tg_relation));
}

int
wms_trigger_column(TriggerData *trigger, const char *name)
{
	int			column = SPI_fnumber(RelationGetDescr(trigger->tg_relation), name);

	if (column <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("%s has no column \"%s\"", wms_trigger_table(trigger), name),
				 errdetail("The trigger %s needs it.", trigger->tg_trigger->tgname),
				 errtable(trigger->tg_relation)));
	return column;
}

/* Domains over the type are as good, and varchar is for text. */
int
wms_trigger_typed_column(TriggerData *trigger, const char *name, Oid type)
{
	int			column = wms_trigger_column(trigger, name);
	Oid			found = TupleDescAttr(RelationGetDescr(trigger->tg_relation), column - 1)->atttypid;

	if (found != type && !IsBinaryCoercible(found, type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of %s is not of type %s", name, wms_trigger_table(trigger),
						format_type_be(type)),
				 errdetail("The trigger %s needs it.", trigger->tg_trigger->tgname),
				 errtablecol(trigger->tg_relation, column)));
	return column;
}

Datum
wms_trigger_value(TriggerData *trigger, HeapTuple row, const char *column, Oid type, bool *isnull)
{
	return heap_getattr(row, wms_trigger_typed_column(trigger, column, type), RelationGetDescr(trigger->tg_relation), isnull);
}

bool
wms_trigger_changes(TriggerData *trigger, const char *column)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			number = wms_trigger_column(trigger, column);
	Form_pg_attribute attribute = TupleDescAttr(desc, number - 1);
	Datum		before;
	Datum		after;
	bool		before_null;
	bool		after_null;

	if (!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return true;
	before = heap_getattr(trigger->tg_trigtuple, number, desc, &before_null);
	after = heap_getattr(trigger->tg_newtuple, number, desc, &after_null);
	if (before_null || after_null)
		return before_null != after_null;
	return !datum_image_eq(before, after, attribute->attbyval, attribute->attlen);
}

HeapTuple
wms_trigger_set(TriggerData *trigger, HeapTuple row, const char *column, Oid type, Datum value)
{
	int			number = wms_trigger_typed_column(trigger, column, type);
	bool		isnull = false;

	return heap_modify_tuple_by_cols(row, RelationGetDescr(trigger->tg_relation), 1, &number, &value, &isnull);
}
