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

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "support/direct_facts.h"
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

/* Locks the row that a new row refers to; false when there is none. */
static bool
lock_parent(Relation parent, IndexScanDesc scan, WmsReference *reference, TupleTableSlot *row)
{
	Relation	index = scan->indexRelation;

	index_rescan(scan, reference->sought, reference->count, NULL, 0);
	if (!index_getnext_slot(scan, ForwardScanDirection, row))
		return false;
	switch (wms_direct_lock_row(parent, row, LockTupleKeyShare))
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
		Datum		value = slot_getattr(row, index->rd_index->indkey.values[i], &isnull);

		if (isnull || !DatumGetBool(FunctionCall2Coll(&sought->sk_func, sought->sk_collation, value,
													  sought->sk_argument)))
			return false;
	}
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
	Relation	parent = table_open(reference->parent, RowShareLock);
	Oid			primary = wms_primary_key_index(parent);
	Relation	index = OidIsValid(primary) ? index_open(primary, AccessShareLock) : NULL;
	bool		found = index != NULL && wms_direct_index_serves(index);
	WmsReference sought = *reference;

	if (found)
	{
		IndexScanDesc scan = wms_index_beginscan(parent, index, GetActiveSnapshot(), reference->count);
		TupleTableSlot *row = table_slot_create(parent, NULL);
		const TupleTableSlot *before = NULL;

		for (int i = 0; i < open->new_count && found; i++)
		{
			TupleTableSlot *slot = open->new_rows[i].slot;
			bool		same;

			CHECK_FOR_INTERRUPTS();
			if (seek_parent(reference, &sought, slot, before, &same) && !same)
				found = lock_parent(parent, scan, &sought, row);
			before = slot;
		}
		ExecDropSingleTupleTableSlot(row);
		index_endscan(scan);
	}
	if (index != NULL)
		index_close(index, NoLock);
	table_close(parent, NoLock);
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

/* Has a column of the index another value than before? A hint for its clean-up. */
static bool
is_unchanged(const IndexInfo *info, const bool *changed)
{
	for (int i = 0; i < info->ii_NumIndexKeyAttrs; i++)
		if (changed[info->ii_IndexAttrNumbers[i] - 1])
			return false;
	return true;
}

static void
insert_into_index(WmsOpenTable *open, const WmsIndexFacts *facts, WmsNewRow *rows, int count, const bool *changed)
{
	Relation	index = index_open(facts->index, RowExclusiveLock);
	IndexUniqueCheck check = index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO;
	bool		unchanged = changed != NULL && is_unchanged(facts->info, changed);
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	for (int i = 0; i < count && index->rd_index->indisready; i++)
	{
		open->facts->expression_context->ecxt_scantuple = rows[i].slot;
		if (facts->predicate != NULL && !ExecQual(facts->predicate, open->facts->expression_context))
			continue;
		FormIndexDatum(facts->info, rows[i].slot, NULL, values, nulls);
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
	return true;
}

static void
update_row(WmsOpenTable *open, WmsNewRow *row, const bool *changed)
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
}

bool
wms_direct_update(WmsOpenTable *open, const int *columns, int count)
{
	bool	   *changed = palloc0(sizeof(bool) * RelationGetDescr(open->relation)->natts);

	if (!complete_all(open))
		return false;
	CheckCmdReplicaIdentity(open->relation, CMD_UPDATE);
	for (int i = 0; i < count; i++)
		changed[open->facts->numbers[columns[i]] - 1] = true;
	for (int i = 0; i < open->new_count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		update_row(open, &open->new_rows[i], changed);
	}
	return true;
}
