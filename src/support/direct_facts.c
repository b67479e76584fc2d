/*
 * direct_facts.c
 *		What the direct way knows of a table, and until when.
 *
 * A table is reached directly only while everything about it is understood: to be read, an ordinary heap without
 * children, the columns we know of the types we know, and the indexes we seek by; to be written, what
 * direct_written.c says.  Whatever else the user makes of it sends the statement to SQL.  What was found out is
 * kept until the relation changes.
 *
 * Takes no locks but ACCESS SHARE on the indexes while they are looked at.
 */
#include "postgres.h"

#include "support/direct_facts.h"

#include "access/heapam.h"
#include "access/nbtree.h"
#include "access/transam.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_trigger.h"
#include "executor/executor.h"
#include "nodes/primnodes.h"
#include "ops/schema_version.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

static WmsTable *known_tables = NULL;

static bool
concerns(const WmsTableFacts *facts, Oid relation)
{
	if (!OidIsValid(relation) || facts->relation == relation)
		return true;
	for (int i = 0; i < facts->index_count; i++)
		if (facts->indexes[i].index == relation)
			return true;
	return false;
}

/* Relcache callback. The facts may be in use: they are only marked. */
static void
forget_facts(Datum arg, Oid relation)
{
	for (WmsTable *table = known_tables; table != NULL; table = table->next)
		if (table->facts != NULL && concerns(table->facts, relation))
			table->stale = true;
}

static WmsTableFacts *
fresh_facts(WmsTable *table)
{
	static bool watching = false;
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "wms table facts", ALLOCSET_SMALL_SIZES);
	WmsTableFacts *facts = MemoryContextAllocZero(context, sizeof(WmsTableFacts));

	facts->context = context;
	if (!watching)
		CacheRegisterRelcacheCallback(forget_facts, (Datum) 0);
	watching = true;
	if (table->facts != NULL)
		MemoryContextDelete(table->facts->context);
	else
	{
		table->next = known_tables;
		known_tables = table;
	}
	table->facts = facts;
	table->stale = false;
	return facts;
}

bool
wms_direct_is_plain_table(Relation relation)
{
	return relation->rd_rel->relkind == RELKIND_RELATION && relation->rd_tableam == GetHeapamTableAmRoutine() &&
		!relation->rd_rel->relhassubclass && !relation->rd_rel->relispartition &&
		!relation->rd_rel->relisshared && !RELATION_IS_OTHER_TEMP(relation);
}

int
wms_direct_column_place(const WmsTable *table, const char *name)
{
	for (int i = 0; i < WMS_TABLE_COLUMNS && table->columns[i].name != NULL; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return i;
	return -1;
}

static bool
learn_columns(WmsTable *table, Relation relation, WmsTableFacts *facts)
{
	TupleDesc	desc = RelationGetDescr(relation);
	int			missing = 0;

	while (missing < WMS_TABLE_COLUMNS && table->columns[missing].name != NULL)
		missing++;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		int			place = attribute->attisdropped ? -1 : wms_direct_column_place(table, NameStr(attribute->attname));

		if (place < 0)
			continue;
		if (attribute->atttypid != table->columns[place].type ||
			(attribute->atttypmod >= 0 && attribute->atttypid != NUMERICOID))
			return false;
		facts->numbers[place] = attribute->attnum;
		facts->typmods[place] = attribute->atttypmod;
		missing--;
	}
	return missing == 0;
}

bool
wms_direct_seek_key(ScanKey key, Relation index, int number, Oid type)
{
	Oid			operator;

	if (index->rd_opcintype[number] != type)
		return false;
	operator = get_opfamily_member(index->rd_opfamily[number], type, type, BTEqualStrategyNumber);
	if (!OidIsValid(operator))
		return false;
	ScanKeyEntryInitialize(key, 0, number + 1, BTEqualStrategyNumber, InvalidOid, index->rd_indcollation[number],
						   get_opcode(operator), (Datum) 0);
	return true;
}

bool
wms_direct_index_serves(Relation index)
{
	Form_pg_index form = index->rd_index;

	/* as the planner has it: an index made over broken HOT chains is not for old snapshots */
	return form->indisvalid && form->indisready && form->indislive &&
		(!form->indcheckxmin ||
		 TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin));
}

/*
 * The rows that stand in the index: all; of a partial one, those in which a column is set, or is null.  Returns
 * whether it is one of these; the number of the column, 0 for all rows, as set, negative as null.
 */
static bool
rows_in_index(Relation index, int *column)
{
	List	   *predicate = RelationGetIndexPredicate(index);
	NullTest   *test;

	*column = 0;
	if (predicate == NIL)
		return true;
	test = linitial(predicate);
	if (list_length(predicate) != 1 || !IsA(test, NullTest) || !IsA(test->arg, Var))
		return false;
	*column = ((Var *) test->arg)->varattno;
	if (test->nulltesttype == IS_NULL)
		*column = -*column;
	return true;
}

/* Are the rows in the index those that the key may find? The first column of a key is never sought as null. */
static bool
has_rows_of_key(const WmsTableKey *key, const WmsTableFacts *facts, Relation index)
{
	int			column;

	if (!rows_in_index(index, &column))
		return false;
	if (key->live != 0)
		return column == -facts->numbers[key->live];
	return column == 0 || column == facts->numbers[key->columns[0]];
}

static bool
serves_key(WmsTable *table, WmsTableFacts *facts, int key, Relation index)
{
	const WmsTableKey *wanted = &table->keys[key];

	if (index->rd_rel->relam != BTREE_AM_OID || index->rd_index->indnkeyatts < wanted->count ||
		!index->rd_index->indisvalid || !has_rows_of_key(wanted, facts, index))
		return false;
	for (int i = 0; i < wanted->count; i++)
	{
		int			column = wanted->columns[i];

		if (index->rd_index->indkey.values[i] != facts->numbers[column] ||
			!wms_direct_seek_key(&facts->sought[key][i], index, i, table->columns[column].type))
			return false;
	}
	return true;
}

static bool
learn_keys(WmsTable *table, Relation relation, WmsTableFacts *facts)
{
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(relation))
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		for (int key = 0; key < WMS_TABLE_KEYS && table->keys[key].count > 0; key++)
			if (!OidIsValid(facts->key_indexes[key]) && serves_key(table, facts, key, index))
				facts->key_indexes[key] = RelationGetRelid(index);
		index_close(index, AccessShareLock);
	}
	for (int key = 0; key < WMS_TABLE_KEYS && table->keys[key].count > 0; key++)
		if (!OidIsValid(facts->key_indexes[key]))
			return false;
	return true;
}

/* What distributes tables hangs such a trigger on the empty one that stands for them. */
static bool
may_stand_for_another(Relation relation)
{
	TriggerDesc *triggers = relation->trigdesc;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
		if (TRIGGER_FOR_TRUNCATE(triggers->triggers[i].tgtype) &&
			get_func_namespace(triggers->triggers[i].tgfoid) != wms_extension_schema())
			return true;
	return false;
}

void
wms_direct_learn(WmsTable *table, Relation relation)
{
	WmsTableFacts *facts = fresh_facts(table);
	MemoryContext caller;

	facts->relation = RelationGetRelid(relation);
	facts->readable = wms_direct_is_plain_table(relation) && !may_stand_for_another(relation) &&
		learn_columns(table, relation, facts) && learn_keys(table, relation, facts);
	if (facts->readable)
		wms_direct_learn_writing(table, relation);
	caller = MemoryContextSwitchTo(facts->context);
	facts->expression_context = CreateStandaloneExprContext();
	MemoryContextSwitchTo(caller);
	facts->complete = true;
}
