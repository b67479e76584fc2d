/*
 * plans.c
 *		One registry of cached plans, one executor.
 *
 * Takes no locks of its own.
 */
#include "postgres.h"

#include "support/plans.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

/* The trigger depth at which the triggers of our own running statement fire; 0 outside of one. */
static int	own_trigger_depth = 0;

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

bool
wms_statement_is_own(void)
{
	return own_trigger_depth != 0 && own_trigger_depth == trigger_depth();
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
	uint64		rows = 0;

	own_trigger_depth = trigger_depth() + 1;
	PG_TRY();
	{
		rows = execute(plan, values, nulls, false);
	}
	PG_FINALLY();
	{
		own_trigger_depth = outer;
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
