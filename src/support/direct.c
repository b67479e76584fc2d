/*
 * direct.c
 *		Rows reached by table and index, without the executor: found, locked, read.
 *
 * Snapshots, locks and isolation levels are what SQL makes of them: each statement has a snapshot of its own,
 * under READ COMMITTED a row that was waited for is taken as it is then if it is still the one that was
 * sought, above it 40001 is raised.
 *
 * Locks: the table as SQL would lock it, to the end of the transaction; rows as the caller says.
 */
#include "postgres.h"

#include "support/direct.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "support/columns.h"
#include "support/direct_facts.h"
#include "support/direct_kept.h"
#include "support/settings.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

/* As SQL would lock the table, and what rights it would ask for. */
static const struct
{
	LOCKMODE	lock;
	AclMode		rights;
}			accesses[] = {
	[WMS_TO_READ] = {AccessShareLock, ACL_SELECT},
	[WMS_TO_LOCK] = {RowShareLock, ACL_SELECT | ACL_SELECT_FOR_UPDATE},
	[WMS_TO_UPDATE] = {RowExclusiveLock, ACL_SELECT | ACL_UPDATE},
	[WMS_TO_INSERT] = {RowExclusiveLock, ACL_SELECT | ACL_INSERT},
};

/* What a direct form returns; becomes SPI_tuptable, with no tuples in it, but the values row by row. */
struct WmsDirectResult
{
	SPITupleTable table;
	uint64		count;
	uint64		capacity;
	Datum	   *values;
	bool	   *nulls;
};

/* Direct forms run nothing of anybody else, so one never runs within another. */
static uint64 statement = 0;

/* Extensions that watch what is read and written do so by way of the executor, and replicas fire no triggers. */
static bool
direct_is_possible(void)
{
	return wms_direct_access && !XactReadOnly && !IsInParallelMode() && ExecutorCheckPerms_hook == NULL &&
		SessionReplicationRole != SESSION_REPLICATION_ROLE_REPLICA;
}

/* The types of a result are those of its plan, whatever it returned before. */
static TupleDesc
result_desc(WmsPlan *plan)
{
	MemoryContext caller;
	int			count = 0;

	if (plan->returned != NULL || plan->returns == NULL)
		return plan->returned;
	while (OidIsValid(plan->returns[count]))
		count++;
	caller = MemoryContextSwitchTo(TopMemoryContext);
	plan->returned = CreateTemplateTupleDesc(count);
	for (int i = 0; i < count; i++)
		TupleDescInitEntry(plan->returned, i + 1, NULL, plan->returns[i], -1, 0);
	MemoryContextSwitchTo(caller);
	return plan->returned;
}

static void
publish(WmsDirectResult *result)
{
	SPI_processed = result->table.numvals = result->count;
	SPI_tuptable = result->table.tupdesc == NULL ? NULL : &result->table;
}

bool
wms_direct_returned(const SPITupleTable *table)
{
	return table->vals == NULL;
}

Datum
wms_direct_returned_value(const SPITupleTable *table, uint64 row, int column, bool *isnull)
{
	const WmsDirectResult *result = (const WmsDirectResult *) table;
	uint64		place = row * table->tupdesc->natts + column - 1;

	*isnull = result->nulls[place];
	return result->values[place];
}

void
wms_direct_put_returned(const SPITupleTable *table, uint64 row, Tuplestorestate *store)
{
	const WmsDirectResult *result = (const WmsDirectResult *) table;
	uint64		place = row * table->tupdesc->natts;

	tuplestore_putvalues(store, table->tupdesc, &result->values[place], &result->nulls[place]);
}

bool
wms_direct_run(WmsPlan *plan, Datum *values, const bool *nulls)
{
	WmsDirectResult *result;
	bool		done;

	if (plan->direct == NULL || !direct_is_possible())
		return false;
	result = palloc0(sizeof(WmsDirectResult));
	result->table.tupdesc = result_desc(plan);
	statement++;
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	done = plan->direct(values, nulls, result);
	PopActiveSnapshot();
	if (done)
		publish(result);
	return done;
}

static void
make_room(WmsDirectResult *result, int columns)
{
	if (result->count < result->capacity)
		return;
	result->capacity = Max(result->capacity * 2, 16);
	if (result->values == NULL)
	{
		result->values = palloc(sizeof(Datum) * columns * result->capacity);
		result->nulls = palloc(sizeof(bool) * columns * result->capacity);
		return;
	}
	result->values = repalloc_huge(result->values, sizeof(Datum) * columns * result->capacity);
	result->nulls = repalloc_huge(result->nulls, sizeof(bool) * columns * result->capacity);
}

void
wms_direct_return(WmsDirectResult *result, const Datum *values, const bool *nulls)
{
	TupleDesc	desc = result->table.tupdesc;
	uint64		place;

	if (values == NULL)
	{
		result->count++;
		return;
	}
	make_room(result, desc->natts);
	place = result->count++ * desc->natts;
	for (int c = 0; c < desc->natts; c++, place++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, c);

		result->nulls[place] = nulls != NULL && nulls[c];
		result->values[place] = result->nulls[place] ? (Datum) 0 :
			datumCopy(values[c], attribute->attbyval, attribute->attlen);
	}
}

WmsElements
wms_elements(Datum array, Oid type)
{
	WmsColumn  *column = wms_param_column(array, wms_column_array_type(type));
	WmsElements elements;
	Datum	   *values;
	bool	   *isnull;
	int16		length;
	bool		byval;
	char		align;

	if (column != NULL)
		return (WmsElements) {.count = column->count, .values = column->values, .nulls = column->nulls};
	get_typlenbyvalalign(type, &length, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(array), type, length, byval, align, &values, &isnull, &elements.count);
	elements.values = values;
	elements.nulls = isnull;
	return elements;
}

static Oid
find_table(const WmsTable *table)
{
	Oid			schema = LookupExplicitNamespace(table->schema, true);

	return OidIsValid(schema) ? get_relname_relid(table->name, schema) : InvalidOid;
}

/* The table, locked, and what is known of it; NULL when there is none. */
static Relation
open_known(WmsTable *table, LOCKMODE lock)
{
	bool		known = table->facts != NULL && !table->stale && table->facts->complete;
	Oid			oid = known ? table->facts->relation : find_table(table);
	Relation	relation = OidIsValid(oid) ? try_relation_open(oid, lock) : NULL;

	if (relation == NULL)
		table->stale = true;
	else if (table->stale || !known)
	{
		/*
		 * Renamed, or another one of that name, since; or what is not true any more is in use: the next statement
		 * will find out.
		 */
		if (find_table(table) != oid || (table->facts != NULL && table->facts->used_in == statement))
		{
			relation_close(relation, NoLock);
			table->stale = true;
			return NULL;
		}
		wms_direct_learn(table, relation);
	}
	return relation;
}

static bool
is_permitted(const WmsTableFacts *facts, Relation relation, WmsAccess access)
{
	AclMode		rights = accesses[access].rights;

	if (!facts->readable || (access == WMS_TO_INSERT && !facts->insertable) ||
		(access == WMS_TO_UPDATE && !facts->updatable))
		return false;
	if (pg_class_aclmask(facts->relation, GetUserId(), rights, ACLMASK_ALL) != rights)
		return false;
	return !relation->rd_rel->relrowsecurity || check_enable_rls(facts->relation, InvalidOid, true) != RLS_ENABLED;
}

WmsOpenTable *
wms_direct_open(WmsTable *table, WmsAccess access)
{
	Relation	relation = open_known(table, accesses[access].lock);
	WmsOpenTable *open;

	if (relation == NULL)
		return NULL;
	if (!is_permitted(table->facts, relation, access))
	{
		relation_close(relation, NoLock);
		return NULL;
	}
	open = palloc0(sizeof(WmsOpenTable));
	open->table = table;
	open->facts = table->facts;
	open->facts->used_in = statement;
	open->relation = relation;
	return open;
}

void
wms_direct_close(WmsOpenTable *open)
{
	for (int key = 0; key < WMS_TABLE_KEYS; key++)
	{
		if (open->scans[key] == NULL)
			continue;
		index_endscan(open->scans[key]);
		index_close(open->indexes[key], NoLock);
	}
	if (open->row != NULL)
		ExecDropSingleTupleTableSlot(open->row);
	for (int i = 0; i < open->new_count; i++)
		ExecDropSingleTupleTableSlot(open->new_rows[i].slot);
	relation_close(open->relation, NoLock);
	pfree(open);
}

static IndexScanDesc
begin_scan(WmsOpenTable *open, int key)
{
	open->indexes[key] = index_open(open->facts->key_indexes[key], AccessShareLock);
	open->scans[key] = wms_index_beginscan(open->relation, open->indexes[key], GetActiveSnapshot(),
										   open->table->keys[key].count);
	return open->scans[key];
}

/* What is to be sought, in the scan keys. */
static void
seek(WmsOpenTable *open, int key, const Datum *values, const bool *nulls)
{
	if (open->row == NULL)
		open->row = table_slot_create(open->relation, NULL);
	if (open->sought[key][0].sk_attno == 0)
		memcpy(open->sought[key], open->facts->sought[key], sizeof(open->sought[key]));
	for (int i = 0; i < open->table->keys[key].count; i++)
	{
		ScanKey		sought = &open->sought[key][i];
		bool		isnull = nulls != NULL && nulls[i];

		sought->sk_flags = isnull ? SK_ISNULL | SK_SEARCHNULL : 0;
		sought->sk_strategy = isnull ? InvalidStrategy : BTEqualStrategyNumber;
		sought->sk_argument = isnull ? (Datum) 0 : values[i];
	}
	open->key = key;
}

/* Is the row, as it is now, still the one that was sought? */
static bool
is_still_sought(WmsOpenTable *open)
{
	const WmsTableKey *key = &open->table->keys[open->key];

	for (int i = 0; i < key->count; i++)
	{
		ScanKey		sought = &open->sought[open->key][i];
		bool		isnull;
		Datum		value = wms_direct_value(open, key->columns[i], &isnull);

		if (isnull != ((sought->sk_flags & SK_ISNULL) != 0))
			return false;
		if (!isnull && !DatumGetBool(FunctionCall2Coll(&sought->sk_func, sought->sk_collation, value,
													   sought->sk_argument)))
			return false;
	}
	return true;
}

/* By what the row that is sought is kept; false when its key is not one of a single row. */
static bool
kept_key(const WmsOpenTable *open, WmsKeptKey *kept)
{
	const WmsTableKey *key = &open->table->keys[open->key];

	if (!key->one)
		return false;
	memset(kept, 0, sizeof(WmsKeptKey));
	kept->relation = open->facts->relation;
	kept->column = open->facts->numbers[key->columns[0]];
	kept->count = key->count;
	for (int i = 0; i < key->count; i++)
	{
		const ScanKeyData *sought = &open->sought[open->key][i];

		if (sought->sk_flags & SK_ISNULL)
			kept->nulls |= 1 << i;
		else
			kept->values[i] = *DatumGetUUIDP(sought->sk_argument);
	}
	return true;
}

bool
wms_direct_find(WmsOpenTable *open, int key, const Datum *values, const bool *nulls)
{
	WmsKeptKey	kept_as;
	bool		may_be_kept;
	WmsKept    *kept;
	IndexScanDesc scan;
	bool		found;

	seek(open, key, values, nulls);
	may_be_kept = kept_key(open, &kept_as);
	kept = may_be_kept ? wms_kept_find(&kept_as) : NULL;
	if (kept != NULL &&
		table_tuple_fetch_row_version(open->relation, &kept->place, GetActiveSnapshot(), open->row) &&
		is_still_sought(open))
		return true;
	scan = open->scans[key] != NULL ? open->scans[key] : begin_scan(open, key);
	index_rescan(scan, open->sought[key], open->table->keys[key].count, NULL, 0);
	found = index_getnext_slot(scan, ForwardScanDirection, open->row);
	if (found && may_be_kept)
		wms_kept_note(&kept_as, &open->row->tts_tid, WMS_NOT_LOCKED);
	return found;
}

bool
wms_direct_next(WmsOpenTable *open)
{
	return index_getnext_slot(open->scans[open->key], ForwardScanDirection, open->row);
}

bool
wms_direct_lock(WmsOpenTable *open, LockTupleMode mode)
{
	WmsKeptKey	kept_as;
	bool		may_be_kept = kept_key(open, &kept_as);
	WmsKept    *kept = may_be_kept ? wms_kept_find(&kept_as) : NULL;
	WmsRowLock	lock;

	if (kept != NULL && kept->locked >= (int) mode && ItemPointerEquals(&kept->place, &open->row->tts_tid))
		return true;
	lock = wms_direct_lock_row(open->relation, open->row, mode);
	if (lock == WMS_ROW_GONE || (lock == WMS_ROW_LOCKED_LATER && !is_still_sought(open)))
		return false;
	if (may_be_kept)
		wms_kept_note(&kept_as, &open->row->tts_tid, mode);
	return true;
}

Datum
wms_direct_value(WmsOpenTable *open, int column, bool *isnull)
{
	return slot_getattr(open->row, open->facts->numbers[column], isnull);
}

bool
wms_direct_is_text(WmsOpenTable *open, int column, const char *wanted)
{
	bool		isnull;
	Datum		value = wms_direct_value(open, column, &isnull);
	text	   *found = isnull ? NULL : DatumGetTextPP(value);

	return found != NULL && VARSIZE_ANY_EXHDR(found) == strlen(wanted) &&
		memcmp(VARDATA_ANY(found), wanted, strlen(wanted)) == 0;
}
