/*
 * plans.c
 *		One registry of cached plans, one executor.
 *
 * Takes no locks of its own.
 */
#include "postgres.h"

#include "support/plans.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

/*
 * Where the triggers of our own running statement fire: one trigger level below whoever runs it (0 outside
 * of one), and in its own executor run.  The trigger level alone tells the triggers of users apart, but not
 * the functions in their defaults and checks.
 */
static int	own_trigger_depth = 0;
static int	executor_depth = 0;

static ExecutorRun_hook_type previous_executor_run = NULL;
static ExecutorFinish_hook_type previous_executor_finish = NULL;

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

bool
wms_statement_is_own(void)
{
	return own_trigger_depth != 0 && executor_depth == 1 && own_trigger_depth == trigger_depth();
}

#if PG_VERSION_NUM >= 180000
#define RUN_PARAMETERS QueryDesc *query, ScanDirection direction, uint64 count
#define RUN_ARGUMENTS query, direction, count
#else
#define RUN_PARAMETERS QueryDesc *query, ScanDirection direction, uint64 count, bool execute_once
#define RUN_ARGUMENTS query, direction, count, execute_once
#endif

static void
run_next(RUN_PARAMETERS)
{
	if (previous_executor_run != NULL)
		previous_executor_run(RUN_ARGUMENTS);
	else
		standard_ExecutorRun(RUN_ARGUMENTS);
}

static void
count_executor_run(RUN_PARAMETERS)
{
	if (own_trigger_depth == 0)
	{
		run_next(RUN_ARGUMENTS);
		return;
	}
	executor_depth++;
	PG_TRY();
	{
		run_next(RUN_ARGUMENTS);
	}
	PG_FINALLY();
	{
		executor_depth--;
	}
	PG_END_TRY();
}

static void
finish_next(QueryDesc *query)
{
	if (previous_executor_finish != NULL)
		previous_executor_finish(query);
	else
		standard_ExecutorFinish(query);
}

/* AFTER triggers fire here. */
static void
count_executor_finish(QueryDesc *query)
{
	if (own_trigger_depth == 0)
	{
		finish_next(query);
		return;
	}
	executor_depth++;
	PG_TRY();
	{
		finish_next(query);
	}
	PG_FINALLY();
	{
		executor_depth--;
	}
	PG_END_TRY();
}

void
wms_plans_init(void)
{
	previous_executor_run = ExecutorRun_hook;
	ExecutorRun_hook = count_executor_run;
	previous_executor_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = count_executor_finish;
}

/*
 * Plans of commands are generic and must stay good from an empty table to a full one, with no ANALYZE
 * in between: they are made to go through indexes.
 */
static void
set_planner_to_indexes(void)
{
	static const char *const off[] = {"enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"};

	for (int i = 0; i < lengthof(off); i++)
		(void) set_config_option(off[i], "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

static bool
has_valid_generic_plan(SPIPlanPtr plan)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));

	return source->is_valid && source->gplan != NULL && source->gplan->is_valid;
}

static void
build_generic_plan(SPIPlanPtr plan)
{
	int			nest = NewGUCNestLevel();
	CachedPlan *built;

	set_planner_to_indexes();
	built = SPI_plan_get_cached_plan(plan);
	if (built != NULL)
		ReleaseCachedPlan(built, CurrentResourceOwner);
	AtEOXact_GUC(true, nest);
}

static void
prepare(WmsPlan *plan)
{
	if (plan->kept == NULL)
	{
		SPIPlanPtr	fresh = SPI_prepare_cursor(plan->sql, plan->nargs, plan->argtypes,
											   plan->report ? 0 : CURSOR_OPT_GENERIC_PLAN);

		if (fresh == NULL)
			elog(ERROR, "could not prepare \"%s\": %s", plan->sql, SPI_result_code_string(SPI_result));
		SPI_keepplan(fresh);
		plan->kept = fresh;
	}
	if (!plan->report && !has_valid_generic_plan(plan->kept))
		build_generic_plan(plan->kept);
}

static uint64
execute(WmsPlan *plan, Datum *values, const bool *nulls, bool read_only)
{
	char		null_flags[WMS_PLAN_MAX_ARGS];
	int			result;

	for (int i = 0; i < plan->nargs; i++)
		null_flags[i] = nulls != NULL && nulls[i] ? 'n' : ' ';
	prepare(plan);
	result = SPI_execute_plan(plan->kept, values, null_flags, read_only, 0);
	if (result < 0)
		elog(ERROR, "could not execute \"%s\": %s", plan->sql, SPI_result_code_string(result));
	return SPI_processed;
}

/*
 * Runs a statement of a command.  The guards let pass what it writes itself; what the triggers of users
 * write in turn is one trigger level deeper and guarded like anybody's.
 */
uint64
wms_run(WmsPlan *plan, Datum *values, const bool *nulls)
{
	int			outer = own_trigger_depth;
	int			outer_executor_depth = executor_depth;
	uint64		rows = 0;

	own_trigger_depth = trigger_depth() + 1;
	executor_depth = 0;
	PG_TRY();
	{
		rows = execute(plan, values, nulls, false);
	}
	PG_FINALLY();
	{
		own_trigger_depth = outer;
		executor_depth = outer_executor_depth;
	}
	PG_END_TRY();
	return rows;
}

/* Runs a query of a STABLE function: the caller's snapshot, nothing written. */
uint64
wms_read(WmsPlan *plan, Datum *values, const bool *nulls)
{
	return execute(plan, values, nulls, true);
}

uint64
wms_read_latest(WmsPlan *plan, Datum *values)
{
	uint64		rows;

	CommandCounterIncrement();
	PushActiveSnapshot(GetLatestSnapshot());
	rows = wms_read(plan, values, NULL);
	PopActiveSnapshot();
	return rows;
}

Datum
wms_value(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

/* NULL for NULL */
char *
wms_value_text(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

/* false for NULL */
bool
wms_value_bool(uint64 row, int column)
{
	bool		isnull;
	Datum		value = wms_value(row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

/* An int4 or int8 column; 0 for NULL. */
int64
wms_value_int64(uint64 row, int column)
{
	bool		isnull;
	Datum		value = wms_value(row, column, &isnull);

	if (isnull)
		return 0;
	if (SPI_gettypeid(SPI_tuptable->tupdesc, column) == INT4OID)
		return DatumGetInt32(value);
	return DatumGetInt64(value);
}

Datum
wms_array(Datum *values, const bool *nulls, int count, Oid type)
{
	int16		length;
	bool		byval;
	char		align;
	int			dims[1] = {count};
	int			bounds[1] = {1};

	get_typlenbyvalalign(type, &length, &byval, &align);
	return PointerGetDatum(construct_md_array(values, (bool *) nulls, count > 0 ? 1 : 0, dims, bounds,
											  type, length, byval, align));
}
