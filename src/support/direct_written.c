/*
 * direct_written.c
 *		What the direct way must know of a table before it writes to it.
 *
 * Triggers may be those of wms that let its own statements pass, and those of foreign keys, which are checked by
 * hand: keys to primary keys, checked at once.  Indexes may be btrees.  Defaults, generated columns, checks and
 * what indexes compute may call what is built in and depends on its arguments alone, and some functions of the
 * clock and of chance: these are compiled once and kept, and nothing they call can change unseen.
 *
 * Takes no locks but ACCESS SHARE on the indexes and on the tables referred to, while they are looked at.
 */
#include "postgres.h"

#include "support/direct_facts.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_language_d.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "ops/schema_version.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Triggers of ours that let our own statements pass, and for which of them. */
static const struct
{
	const char *function;
	bool		on_insert;
	bool		on_update;
	const char *table;			/* on no other; NULL = on any */
	const char *column;			/* which our own updates stamp themselves; NULL = none */
}			passing[] = {
	{"wms_guard_rows", true, true, NULL, NULL},
	{"wms_guard_columns", true, true, NULL, NULL},
	{"wms_append_only", false, false, NULL, NULL},
	{"wms_set_updated_at", false, true, NULL, "updated_at"},
	{"wms_guard_stock_items", false, true, "stock_items", NULL},
	{"wms_generate_order_number", true, false, "orders", NULL},
	{"wms_guard_orders", true, true, "orders", NULL},
	{"wms_guard_order_items", true, true, "order_items", NULL},
	{"wms_check_order_sums", true, true, "orders", NULL},
	{"wms_check_order_sums", true, true, "order_items", NULL},
};

static bool
is_unknown_function(Oid function, void *context)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		built_in;

	switch (function)
	{
		case F_NOW:
		case F_TRANSACTION_TIMESTAMP:
		case F_STATEMENT_TIMESTAMP:
		case F_CLOCK_TIMESTAMP:
		case F_GEN_RANDOM_UUID:
		case F_NEXTVAL:
			if (HeapTupleIsValid(tuple))
				ReleaseSysCache(tuple);
			return false;
	}
	if (!HeapTupleIsValid(tuple))
		return true;
	built_in = ((Form_pg_proc) GETSTRUCT(tuple))->prolang == INTERNALlanguageId &&
		((Form_pg_proc) GETSTRUCT(tuple))->provolatile == PROVOLATILE_IMMUTABLE;
	/* the one function of ours that columns have as their default */
	if (((Form_pg_proc) GETSTRUCT(tuple))->pronamespace == wms_extension_schema() &&
		strcmp(NameStr(((Form_pg_proc) GETSTRUCT(tuple))->proname), "wms_uuid_v7") == 0 &&
		((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId)
		built_in = true;
	ReleaseSysCache(tuple);
	return !built_in;
}

/* What is not known at sight might run anything, and might change without the table's being told. */
static bool
is_unknown_expression(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, CoerceToDomain) || IsA(node, NextValueExpr) || check_functions_in_node(node, is_unknown_function, NULL))
		return true;
	return expression_tree_walker(node, is_unknown_expression, context);
}

/* An expression to be evaluated again and again; NULL when it is not known. */
static ExprState *
compile(WmsTableFacts *facts, Node *expression)
{
	MemoryContext caller;
	ExprState  *state;

	if (is_unknown_expression(expression, NULL))
		return NULL;
	caller = MemoryContextSwitchTo(facts->context);
	state = ExecInitExpr(expression_planner((Expr *) copyObject(expression)), NULL);
	MemoryContextSwitchTo(caller);
	return state;
}

static bool
learn_checks(Relation relation, WmsTableFacts *facts)
{
	TupleConstr *constraints = RelationGetDescr(relation)->constr;

	if (constraints == NULL)
		return true;
	facts->checks = MemoryContextAlloc(facts->context, sizeof(ExprState *) * Max(constraints->num_check, 1));
	for (int i = 0; i < constraints->num_check; i++)
	{
		ExprState  *check;

#if PG_VERSION_NUM >= 180000
		if (!constraints->check[i].ccenforced)
			continue;
#endif
		check = compile(facts, stringToNode(constraints->check[i].ccbin));
		if (check == NULL)
			return false;
		facts->checks[facts->check_count++] = check;
	}
	return true;
}

/* Defaults of all columns, also of those that are ours: a statement need not name each of them. */
static bool
learn_expressions(Relation relation, WmsTableFacts *facts)
{
	TupleDesc	desc = RelationGetDescr(relation);

	facts->defaults = MemoryContextAlloc(facts->context, sizeof(WmsColumnExpression) * desc->natts);
	facts->generated = MemoryContextAlloc(facts->context, sizeof(WmsColumnExpression) * desc->natts);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		WmsColumnExpression *next;
		Node	   *expression;

		if (attribute->attisdropped)
			continue;
		if (attribute->attidentity != '\0' || get_typtype(attribute->atttypid) == TYPTYPE_DOMAIN ||
			(attribute->attgenerated != '\0' && attribute->attgenerated != ATTRIBUTE_GENERATED_STORED))
			return false;
		expression = build_column_default(relation, i + 1);
		if (expression == NULL)
			continue;
		next = attribute->attgenerated != '\0' ? &facts->generated[facts->generated_count++] :
			&facts->defaults[facts->default_count++];
		next->number = i + 1;
		next->expression = compile(facts, expression);
		if (next->expression == NULL)
			return false;
	}
	return true;
}

static bool
learn_index(WmsTableFacts *facts, Relation index)
{
	WmsIndexFacts *next = &facts->indexes[facts->index_count++];
	MemoryContext caller;

	next->index = RelationGetRelid(index);
	if (index->rd_rel->relam != BTREE_AM_OID || index->rd_index->indisexclusion || !index->rd_index->indimmediate ||
		is_unknown_expression((Node *) RelationGetIndexExpressions(index), NULL) ||
		is_unknown_expression((Node *) RelationGetIndexPredicate(index), NULL))
		return false;
	caller = MemoryContextSwitchTo(facts->context);
	next->info = BuildIndexInfo(index);
	next->predicate = next->info->ii_Predicate == NIL ? NULL : ExecInitQual(next->info->ii_Predicate, NULL);
	next->expressions = ExecInitExprList(next->info->ii_Expressions, NULL);
	pull_varattnos((Node *) next->info->ii_Expressions, 1, &next->columns);
	for (int i = 0; i < next->info->ii_NumIndexKeyAttrs; i++)
		if (next->info->ii_IndexAttrNumbers[i] != 0)
			next->columns = bms_add_member(next->columns, next->info->ii_IndexAttrNumbers[i] -
										   FirstLowInvalidHeapAttributeNumber);
	MemoryContextSwitchTo(caller);
	return true;
}

static bool
learn_indexes(Relation relation, WmsTableFacts *facts)
{
	List	   *indexes = RelationGetIndexList(relation);
	bool		known = true;
	ListCell   *cell;

	facts->indexes = MemoryContextAllocZero(facts->context, sizeof(WmsIndexFacts) * Max(list_length(indexes), 1));
	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		known = learn_index(facts, index) && known;
		index_close(index, AccessShareLock);
	}
	return known;
}

static bool
learn_reference(Relation relation, WmsReference *reference, const ForeignKeyCacheInfo *key, Relation parent)
{
	Oid			primary = wms_primary_key_index(parent);
	Relation	index;
	bool		known;

	if (!wms_direct_is_plain_table(parent) || !OidIsValid(primary) || key->nkeys > WMS_KEY_COLUMNS)
		return false;
	index = index_open(primary, AccessShareLock);
	known = index->rd_index->indnkeyatts == key->nkeys;
	reference->parent = RelationGetRelid(parent);
	reference->count = key->nkeys;
	if (key->nkeys == 1 && index->rd_opcintype[0] == UUIDOID)
		reference->parent_column = index->rd_index->indkey.values[0];
	for (int i = 0; i < key->nkeys && known; i++)
	{
		int			place = 0;

		while (place < key->nkeys && key->confkey[place] != index->rd_index->indkey.values[i])
			place++;
		known = place < key->nkeys &&
			wms_direct_seek_key(&reference->sought[i], index, i,
								TupleDescAttr(RelationGetDescr(relation), key->conkey[place] - 1)->atttypid) &&
			get_opcode(key->conpfeqop[place]) == reference->sought[i].sk_func.fn_oid;
		if (known)
			reference->columns[i] = key->conkey[place];
	}
	index_close(index, AccessShareLock);
	return known;
}

static bool
learn_references(Relation relation, WmsTableFacts *facts)
{
	List	   *keys = copyObject(RelationGetFKeyList(relation));
	bool		known = true;
	ListCell   *cell;

	facts->references = MemoryContextAllocZero(facts->context, sizeof(WmsReference) * Max(list_length(keys), 1));
	foreach(cell, keys)
	{
		const ForeignKeyCacheInfo *key = lfirst(cell);
		Relation	parent;

#if PG_VERSION_NUM >= 180000
		if (!key->conenforced)
			continue;
#endif
		parent = table_open(key->confrelid, AccessShareLock);
		known = learn_reference(relation, &facts->references[facts->reference_count++], key, parent) && known;
		table_close(parent, AccessShareLock);
	}
	return known;
}

static bool
is_of_wms(Oid function)
{
	return get_func_namespace(function) == wms_extension_schema();
}

/* A trigger of ours: for which of our statements it does nothing.  false = it is none that we know. */
static bool
learn_own_trigger(const WmsTable *table, const Trigger *trigger, WmsTableFacts *facts)
{
	char	   *name = get_func_name(trigger->tgfoid);

	for (int i = 0; i < lengthof(passing) && name != NULL && is_of_wms(trigger->tgfoid); i++)
	{
		if (strcmp(name, passing[i].function) != 0 ||
			(passing[i].table != NULL && strcmp(table->name, passing[i].table) != 0) ||
			(passing[i].column != NULL && wms_direct_column_place(table, passing[i].column) < 0))
			continue;
		facts->insertable = facts->insertable && (passing[i].on_insert || !TRIGGER_FOR_INSERT(trigger->tgtype));
		facts->updatable = facts->updatable && (passing[i].on_update || !TRIGGER_FOR_UPDATE(trigger->tgtype));
		return true;
	}
	return false;
}

/*
 * Checks of foreign keys are made by hand, so they must be those of any time; the other side of a foreign key
 * is not concerned, since no key is ever updated here.  Triggers of others are looked at even where they are
 * for DELETE or TRUNCATE: whoever puts them there may have made the table something else.
 */
static bool
learn_triggers(const WmsTable *table, Relation relation, WmsTableFacts *facts)
{
	TriggerDesc *triggers = relation->trigdesc;

	facts->insertable = facts->updatable = true;
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (trigger->tgenabled != TRIGGER_FIRES_ON_ORIGIN)
			return false;
		if (RI_FKey_trigger_type(trigger->tgfoid) != RI_TRIGGER_NONE ? trigger->tgdeferrable :
			!learn_own_trigger(table, trigger, facts))
			return false;
	}
	return true;
}

void
wms_direct_learn_writing(WmsTable *table, Relation relation)
{
	WmsTableFacts *facts = table->facts;

	if (relation->rd_rules != NULL || !learn_triggers(table, relation, facts) || !learn_indexes(relation, facts) ||
		!learn_checks(relation, facts) || !learn_expressions(relation, facts) || !learn_references(relation, facts))
		facts->insertable = facts->updatable = false;
}
