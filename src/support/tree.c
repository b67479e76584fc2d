/*
 * tree.c
 *		Trees of categories and agents stay trees.
 *
 * Re-parenting in one tree is serialised by an advisory lock of the transaction, taken after the lock on
 * the row itself.  What others committed while it was waited for is then read with the latest snapshot, at
 * every isolation level.  A new row needs no lock: nobody else can point to it before it is committed.
 */
#include "postgres.h"

#include "access/xact.h"
#include "support/advisory.h"
#include "support/args.h"
#include "support/errors.h"
#include "support/trigger.h"
#include "support/trigger_work.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(wms_refuse_cycle);

typedef struct Tree
{
	const char *schema;
	const char *table;
	const char *parent;
	WmsPlan		leads_back;		/* is $2 reached on the way up from $1? */
} Tree;

/* UNION and not UNION ALL: it ends even where a cycle got in while triggers were off. */
static Tree trees[] = {
	{"catalog", "categories", "parent_id",
		WMS_PLAN("WITH RECURSIVE up (id) AS ("
				 " SELECT $1"
				 " UNION"
				 " SELECT c.parent_id FROM up JOIN catalog.categories c ON c.id = up.id"
				 " WHERE c.parent_id IS NOT NULL AND c.id <> $2)"
				 " SELECT EXISTS (SELECT FROM up WHERE up.id = $2)", UUIDOID, UUIDOID)},
	{"agent", "agents", "parent_agent_id",
		WMS_PLAN("WITH RECURSIVE up (id) AS ("
				 " SELECT $1"
				 " UNION"
				 " SELECT a.parent_agent_id FROM up JOIN agent.agents a ON a.id = up.id"
				 " WHERE a.parent_agent_id IS NOT NULL AND a.id <> $2)"
				 " SELECT EXISTS (SELECT FROM up WHERE up.id = $2)", UUIDOID, UUIDOID)},
};

static Tree *
find_tree(TriggerData *trigger)
{
	wms_trigger_require_arguments(trigger, 1, 1);
	for (int i = 0; i < lengthof(trees); i++)
		if (strcmp(trees[i].parent, trigger->tg_trigger->tgargs[0]) == 0)
		{
			wms_trigger_require_table(trigger, trees[i].schema, trees[i].table);
			return &trees[i];
		}
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("no tree has a parent column \"%s\"", trigger->tg_trigger->tgargs[0])));
	return NULL;				/* not reached */
}

static void
lock_tree(Tree *tree)
{
	LOCKTAG		tag;

	WMS_SET_ADVISORY(tag, WMS_ADVISORY_TREE, tree - trees, 0);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

/*
 * A cycle that the transaction's own snapshot does not show was closed by somebody else since: a retry will
 * see it.
 */
static void
refuse(Tree *tree, Datum *parent_and_row)
{
	if (IsolationUsesXactSnapshot())
	{
		wms_run(&tree->leads_back, parent_and_row, NULL);
		if (!wms_value_bool(0, 1))
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to concurrent changes of %s.%s", tree->schema,
							tree->table),
					 errhint("The transaction might succeed if retried.")));
	}
	ereport(ERROR,
			(errcode(ERRCODE_WMS_TREE_CYCLE),
			 errmsg("row %s of %s.%s cannot be below %s", wms_uuid_text(DatumGetUUIDP(parent_and_row[1])),
					tree->schema, tree->table, wms_uuid_text(DatumGetUUIDP(parent_and_row[0]))),
			 errdetail("The parent is the row itself or one of its descendants."),
			 errhint("Choose a parent outside of its own branch, or move that one first.")));
}

/*
 * wms_refuse_cycle(parent column): AFTER, so that it sees the parent that stays.  Raises WM011.
 */
Datum
wms_refuse_cycle(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE);
	Tree	   *tree = find_tree(trigger);
	HeapTuple	row = wms_trigger_row(trigger);
	Datum		parent_and_row[2];
	bool		isnull;
	WmsTriggerWork work;

	parent_and_row[1] = wms_trigger_value(trigger, row, "id", UUIDOID, &isnull);
	parent_and_row[0] = wms_trigger_value(trigger, row, tree->parent, UUIDOID, &isnull);
	if (isnull || !wms_trigger_changes(trigger, tree->parent))
		return PointerGetDatum(NULL);
	wms_trigger_work_begin(&work);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		lock_tree(tree);
	wms_read_latest(&tree->leads_back, parent_and_row);
	if (wms_value_bool(0, 1))
		refuse(tree, parent_and_row);
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}
