/*
 * planner.c
 *		How the planner is made to plan the statements of commands.
 *
 * Plans of commands are generic, kept for the life of the backend, and must stay good from an empty table to
 * a full one with no ANALYZE in between.  Takes no locks but those of the statement.
 */
#include "postgres.h"

#include "support/planner.h"

#include "jit/jit.h"
#include "nodes/pathnodes.h"
#include "optimizer/cost.h"
#include "optimizer/plancat.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

static bool planning_own = false;
static get_relation_info_hook_type previous_relation_info = NULL;

/*
 * Every table is planned for as if it were as large as it may become.  On an empty one every index costs the
 * same, and the planner may as well read the whole of the wrong one for each line.
 */
#define ASSUMED_ROWS 1000000.0
#define ASSUMED_PAGES 25000
#define ASSUMED_INDEX_PAGES 5000
#define ASSUMED_TREE_HEIGHT 2

static void
assume_large_tables(PlannerInfo *root, Oid relation, bool is_parent, RelOptInfo *rel)
{
	ListCell   *cell;

	if (previous_relation_info != NULL)
		previous_relation_info(root, relation, is_parent, rel);
	if (!planning_own || rel->tuples >= ASSUMED_ROWS)
		return;
	rel->tuples = ASSUMED_ROWS;
	rel->pages = Max(rel->pages, ASSUMED_PAGES);
	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst(cell);

		index->tuples = Max(index->tuples, ASSUMED_ROWS);
		index->pages = Max(index->pages, ASSUMED_INDEX_PAGES);
		index->tree_height = Max(index->tree_height, ASSUMED_TREE_HEIGHT);
	}
}

void
wms_planner_init(void)
{
	previous_relation_info = get_relation_info_hook;
	get_relation_info_hook = assume_large_tables;
}

#define PLANNER_SWITCHES 7

/* Exchanges the planner's switches for what was kept of them. */
static pg_noinline void
exchange_switches(bool *kept)
{
	bool	   *const switches[PLANNER_SWITCHES] = {
		&enable_seqscan, &enable_mergejoin, &enable_material, &jit_enabled, &enable_hashjoin, &enable_nestloop,
		&planning_own
	};

	for (int i = 0; i < PLANNER_SWITCHES; i++)
	{
		bool		old = *switches[i];

		*switches[i] = kept[i];
		kept[i] = old;
	}
}

/*
 * Plans, unless the plan is there and valid.  It takes the locks of the statement, so that an ANALYZE of
 * another session is met here and not by the executor, which would plan with the session's own settings.
 */
void
wms_plan_for_any_size(const WmsPlan *plan)
{
	bool		switches[PLANNER_SWITCHES] = {false, false, false, false, plan->hashed, !plan->hashed, true};

	exchange_switches(switches);
	PG_TRY();
	{
		CachedPlan *built = SPI_plan_get_cached_plan(plan->kept);

		if (built != NULL)
			ReleaseCachedPlan(built, CurrentResourceOwner);
	}
	PG_FINALLY();
	{
		exchange_switches(switches);
	}
	PG_END_TRY();
}
