/*
 * direct_write.c
 *		Rows written to table and indexes, without the executor.
 *
 * All rows of a statement are made and checked before the first is written, so that SQL can still do it all
 * instead.  Foreign keys are checked by locking the row that is referred to, as their triggers do.
 *
 * Locks: rows that are updated FOR NO KEY UPDATE; rows referred to FOR KEY SHARE, in the order of the new rows.
 */
#include "postgres.h"

#include "support/direct.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "support/direct_facts.h"
#include "support/direct_kept.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

static WmsNewRow *
add_slot(WmsOpenTable *open)
{
	WmsNewRow  *row;

	if (open->new_count == open->new_capacity)
	{
		open->new_capacity = Max(open->new_capacity * 2, 8);
		open->new_rows = open->new_rows == NULL ? palloc(sizeof(WmsNewRow) * open->new_capacity) :
			repalloc_huge(open->new_rows, sizeof(WmsNewRow) * open->new_capacity);
	}
	row = &open->new_rows[open->new_count++];
	row->slot = MakeSingleTupleTableSlot(RelationGetDescr(open->relation), &TTSOpsVirtual);
	ItemPointerSetInvalid(&row->replaces);
	return row;
}

static void
set_expression(WmsOpenTable *open, TupleTableSlot *slot, const WmsColumnExpression *column)
{
	open->facts->expression_context->ecxt_scantuple = slot;
	slot->tts_values[column->number - 1] = ExecEvalExpr(column->expression, open->facts->expression_context,
														&slot->tts_isnull[column->number - 1]);
}

WmsNewRow *
wms_direct_add_row(WmsOpenTable *open)
{
	WmsNewRow  *row = add_slot(open);
	TupleTableSlot *slot = row->slot;

	memset(slot->tts_values, 0, sizeof(Datum) * slot->tts_tupleDescriptor->natts);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts);
	ExecStoreVirtualTuple(slot);
	for (int i = 0; i < open->facts->default_count; i++)
		set_expression(open, slot, &open->facts->defaults[i]);
	return row;
}

WmsNewRow *
wms_direct_change_row(WmsOpenTable *open)
{
	WmsNewRow  *row = add_slot(open);

	ExecCopySlot(row->slot, open->row);
	row->replaces = open->row->tts_tid;
	return row;
}

void
wms_direct_set(WmsOpenTable *open, WmsNewRow *row, int column, Datum value, bool isnull)
{
	int			place = open->facts->numbers[column] - 1;

	if (!isnull && open->facts->typmods[column] >= 0)
		value = DirectFunctionCall2(numeric, value, Int32GetDatum(open->facts->typmods[column]));
	row->slot->tts_values[place] = value;
	row->slot->tts_isnull[place] = isnull;
}

void
wms_direct_set_all(WmsOpenTable *open, WmsNewRow *row, const int *columns, int count, const Datum *values,
				   const bool *nulls)
{
	for (int c = 0; c < count; c++)
		wms_direct_set(open, row, columns[c], values[c], nulls[c]);
}

Datum
wms_direct_get(WmsOpenTable *open, const WmsNewRow *row, int column, bool *isnull)
{
	return slot_getattr(row->slot, open->facts->numbers[column], isnull);
}

static bool
has_nulls_where_none_may_be(TupleTableSlot *slot)
{
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
		if (slot->tts_isnull[i] && TupleDescAttr(slot->tts_tupleDescriptor, i)->attnotnull)
			return true;
	return false;
}

/* Computes what is generated; does the row pass what its table demands of it? */
static bool
complete(WmsOpenTable *open, TupleTableSlot *slot)
{
	WmsTableFacts *facts = open->facts;
	bool		passes = true;

	for (int i = 0; i < facts->generated_count; i++)
		set_expression(open, slot, &facts->generated[i]);
	if (has_nulls_where_none_may_be(slot))
		return false;
	facts->expression_context->ecxt_scantuple = slot;
	for (int i = 0; i < facts->check_count && passes; i++)
	{
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(facts->checks[i], facts->expression_context, &isnull);

		passes = isnull || DatumGetBool(value);
	}
	ResetExprContext(facts->expression_context);
	return passes;
}

static bool
complete_all(WmsOpenTable *open)
{
	for (int i = 0; i < open->new_count; i++)
		if (!complete(open, open->new_rows[i].slot))
			return false;
	return true;
}

WmsRowLock
wms_direct_lock_row(Relation relation, TupleTableSlot *row, LockTupleMode mode)
{
	ItemPointerData place = row->tts_tid;
	int			flags = TUPLE_LOCK_FLAG_LOCK_UPDATE_IN_PROGRESS;
	TM_FailureData failure;

	if (!IsolationUsesXactSnapshot())
		flags |= TUPLE_LOCK_FLAG_FIND_LAST_VERSION;
	switch (table_tuple_lock(relation, &place, GetActiveSnapshot(), row, GetCurrentCommandId(true), mode,
							 LockWaitBlock, flags, &failure))
	{
		case TM_Ok:
			return failure.traversed ? WMS_ROW_LOCKED_LATER : WMS_ROW_LOCKED;
		case TM_Updated:
		case TM_Deleted:
			if (IsolationUsesXactSnapshot())
				ereport(ERROR,
						(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						 errmsg("could not serialize access due to concurrent update")));
			return WMS_ROW_GONE;
		case TM_SelfModified:
			return WMS_ROW_GONE;
		default:
			elog(ERROR, "a row of %s could not be locked", RelationGetRelationName(relation));
	}
}

/* A row that others refer to, and how it is found; opened for the first row that is not locked already. */
typedef struct Parent
{
	Relation	relation;
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *row;
} Parent;

static bool
open_parent(Parent *parent, const WmsReference *reference)
{
	Oid			primary;

	if (parent->relation != NULL)
		return parent->scan != NULL;
	parent->relation = table_open(reference->parent, RowShareLock);
	primary = wms_primary_key_index(parent->relation);
	if (!OidIsValid(primary))
		return false;
	parent->index = index_open(primary, AccessShareLock);
	if (!wms_direct_index_serves(parent->index))
		return false;
	parent->scan = wms_index_beginscan(parent->relation, parent->index, GetActiveSnapshot(), reference->count);
	parent->row = table_slot_create(parent->relation, NULL);
	return true;
}

static void
close_parent(Parent *parent)
{
	if (parent->scan != NULL)
	{
		ExecDropSingleTupleTableSlot(parent->row);
		index_endscan(parent->scan);
	}
	if (parent->index != NULL)
		index_close(parent->index, NoLock);
	if (parent->relation != NULL)
		table_close(parent->relation, NoLock);
}

/* Locks the row that a new row refers to; false when there is none. */
static bool
lock_parent(Parent *parent, WmsReference *reference)
{
	index_rescan(parent->scan, reference->sought, reference->count, NULL, 0);
	if (!index_getnext_slot(parent->scan, ForwardScanDirection, parent->row))
		return false;
	switch (wms_direct_lock_row(parent->relation, parent->row, LockTupleKeyShare))
	{
		case WMS_ROW_LOCKED:
			return true;
		case WMS_ROW_GONE:
			return false;
		case WMS_ROW_LOCKED_LATER:
			break;
	}
	for (int i = 0; i < reference->count; i++)
	{
		ScanKey		sought = &reference->sought[i];
		bool		isnull;
		Datum		value = slot_getattr(parent->row, parent->index->rd_index->indkey.values[i], &isnull);

		if (isnull || !DatumGetBool(FunctionCall2Coll(&sought->sk_func, sought->sk_collation, value,
													  sought->sk_argument)))
			return false;
	}
	return true;
}

/* As lock_parent(), unless the command has locked the row already. */
static bool
lock_parent_once(Parent *parent, WmsReference *reference)
{
	WmsKeptKey	key = {.relation = reference->parent, .column = reference->parent_column, .count = 1};
	WmsKept    *kept = NULL;

	if (reference->parent_column != 0)
	{
		key.values[0] = *DatumGetUUIDP(reference->sought[0].sk_argument);
		kept = wms_kept_find(&key);
	}
	if (kept != NULL && kept->locked != WMS_NOT_LOCKED)
		return true;
	if (!open_parent(parent, reference) || !lock_parent(parent, reference))
		return false;
	if (reference->parent_column != 0)
		wms_kept_note(&key, &parent->row->tts_tid, LockTupleKeyShare);
	return true;
}

/* MATCH SIMPLE: a key with a null refers to nothing. */
static bool
seek_parent(const WmsReference *reference, WmsReference *sought, TupleTableSlot *slot, const TupleTableSlot *before,
			bool *same)
{
	*same = before != NULL;
	for (int i = 0; i < reference->count; i++)
	{
		int			place = reference->columns[i] - 1;

		if (slot->tts_isnull[place])
			return false;
		sought->sought[i].sk_argument = slot->tts_values[place];
		*same = *same && !before->tts_isnull[place] &&
			DatumGetBool(FunctionCall2Coll(&sought->sought[i].sk_func, sought->sought[i].sk_collation,
										   before->tts_values[place], slot->tts_values[place]));
	}
	return true;
}

static bool
check_reference(WmsOpenTable *open, const WmsReference *reference)
{
	Parent		parent = {0};
	WmsReference sought = *reference;
	const TupleTableSlot *before = NULL;
	bool		found = true;

	for (int i = 0; i < open->new_count && found; i++)
	{
		TupleTableSlot *slot = open->new_rows[i].slot;
		bool		same;

		CHECK_FOR_INTERRUPTS();
		if (seek_parent(reference, &sought, slot, before, &same) && !same)
			found = lock_parent_once(&parent, &sought);
		before = slot;
	}
	close_parent(&parent);
	return found;
}

static bool
check_references(WmsOpenTable *open)
{
	for (int i = 0; i < open->facts->reference_count; i++)
		if (!check_reference(open, &open->facts->references[i]))
			return false;
	return true;
}

/* What is written by this transaction is its own until it ends, as if locked. */
static void
keep(const WmsOpenTable *open, const WmsNewRow *row)
{
	for (int k = 0; k < WMS_TABLE_KEYS && open->table->keys[k].count > 0; k++)
	{
		const WmsTableKey *key = &open->table->keys[k];
		WmsKeptKey	kept = {.relation = open->facts->relation, .count = key->count};

		if (!key->one)
			continue;
		kept.column = open->facts->numbers[key->columns[0]];
		for (int i = 0; i < key->count; i++)
		{
			int			place = open->facts->numbers[key->columns[i]] - 1;

			if (row->slot->tts_isnull[place])
				kept.nulls |= 1 << i;
			else
				kept.values[i] = *DatumGetUUIDP(row->slot->tts_values[place]);
		}
		wms_kept_note(&kept, &row->slot->tts_tid, LockTupleExclusive);
	}
}

/* Has no column that the index is made of another value than before? A hint for its clean-up. */
static bool
is_unchanged(const WmsIndexFacts *facts, const Bitmapset *changed)
{
	return !bms_overlap(facts->columns, changed);
}

static void
form_key(WmsOpenTable *open, const WmsIndexFacts *facts, TupleTableSlot *slot, Datum *values, bool *nulls)
{
	ListCell   *next = list_head(facts->expressions);

	for (int i = 0; i < facts->info->ii_NumIndexAttrs; i++)
	{
		int			number = facts->info->ii_IndexAttrNumbers[i];

		if (number != 0)
		{
			values[i] = slot_getattr(slot, number, &nulls[i]);
			continue;
		}
		values[i] = ExecEvalExprSwitchContext(lfirst(next), open->facts->expression_context, &nulls[i]);
		next = lnext(facts->expressions, next);
	}
}

static void
insert_into_index(WmsOpenTable *open, const WmsIndexFacts *facts, WmsNewRow *rows, int count, const Bitmapset *changed)
{
	Relation	index = index_open(facts->index, RowExclusiveLock);
	IndexUniqueCheck check = index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO;
	bool		unchanged = changed != NULL && is_unchanged(facts, changed);
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	for (int i = 0; i < count && index->rd_index->indisready; i++)
	{
		open->facts->expression_context->ecxt_scantuple = rows[i].slot;
		if (facts->predicate != NULL && !ExecQual(facts->predicate, open->facts->expression_context))
			continue;
		form_key(open, facts, rows[i].slot, values, nulls);
		index_insert(index, values, nulls, &rows[i].slot->tts_tid, open->relation, check, unchanged, facts->info);
	}
	ResetExprContext(open->facts->expression_context);
	index_close(index, NoLock);
}

static void
insert_rows(WmsOpenTable *open)
{
	CommandId	command = GetCurrentCommandId(true);
	TupleTableSlot **slots = palloc_extended(sizeof(TupleTableSlot *) * open->new_count, MCXT_ALLOC_HUGE);

	for (int i = 0; i < open->new_count; i++)
	{
		slots[i] = open->new_rows[i].slot;
		slots[i]->tts_tableOid = RelationGetRelid(open->relation);
	}
	if (open->new_count == 1)
		table_tuple_insert(open->relation, slots[0], command, 0, NULL);
	else
		table_multi_insert(open->relation, slots, open->new_count, command, 0, NULL);
	for (int i = 0; i < open->facts->index_count; i++)
		insert_into_index(open, &open->facts->indexes[i], open->new_rows, open->new_count, NULL);
}

bool
wms_direct_insert(WmsOpenTable *open)
{
	if (open->new_count == 0)
		return true;
	if (!complete_all(open) || !check_references(open))
		return false;
	insert_rows(open);
	for (int i = 0; i < open->new_count; i++)
		keep(open, &open->new_rows[i]);
	return true;
}

static void
update_row(WmsOpenTable *open, WmsNewRow *row, const Bitmapset *changed)
{
	TM_FailureData failure;
	LockTupleMode mode;
	WmsUpdateIndexes update;

	row->slot->tts_tableOid = RelationGetRelid(open->relation);
	if (table_tuple_update(open->relation, &row->replaces, row->slot, GetCurrentCommandId(true), GetActiveSnapshot(),
						   InvalidSnapshot, true, &failure, &mode, &update) != TM_Ok)
		elog(ERROR, "a locked row of %s could not be updated", RelationGetRelationName(open->relation));
	if (wms_all_indexes(update))
		for (int i = 0; i < open->facts->index_count; i++)
			insert_into_index(open, &open->facts->indexes[i], row, 1, changed);
	keep(open, row);
}

bool
wms_direct_update(WmsOpenTable *open, const int *columns, int count)
{
	Bitmapset  *changed = NULL;

	if (!complete_all(open))
		return false;
	CheckCmdReplicaIdentity(open->relation, CMD_UPDATE);
	for (int i = 0; i < count; i++)
		changed = bms_add_member(changed, open->facts->numbers[columns[i]] - FirstLowInvalidHeapAttributeNumber);
	for (int i = 0; i < open->new_count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		update_row(open, &open->new_rows[i], changed);
	}
	return true;
}
