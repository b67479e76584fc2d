/*
 * plans.c
 *		One registry of cached plans, one executor.
 *
 * Takes no locks of its own.
 */
#include "postgres.h"

#include "support/plans.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "support/columns.h"
#include "support/command.h"
#include "support/deferred.h"
#include "support/direct.h"
#include "support/planner.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/*
 * Where the triggers of our own running statement fire: one trigger level below whoever runs it (0 outside
 * of one), and in its own executor run.  The trigger level alone tells the triggers of users apart, but not
 * the functions in their defaults and checks.
 */
static int	own_trigger_depth = 0;
static int	executor_depth = 0;

/* Our own running statement, and whether the executor is at it or at what a rule of the user adds to it. */
static WmsPlan *own_plan = NULL;
static bool own_is_original = false;

static ExecutorRun_hook_type previous_executor_run = NULL;
static ExecutorFinish_hook_type previous_executor_finish = NULL;
static ProcessUtility_hook_type previous_process_utility = NULL;

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

static WithClause *
with_clause_of(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_InsertStmt:
			return ((InsertStmt *) statement)->withClause;
		case T_UpdateStmt:
			return ((UpdateStmt *) statement)->withClause;
		case T_DeleteStmt:
			return ((DeleteStmt *) statement)->withClause;
		case T_SelectStmt:
			return ((SelectStmt *) statement)->withClause;
		default:
			return NULL;
	}
}

/* The table that a statement as we wrote it changes; NULL when it only reads. */
static RangeVar *
target_of(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_InsertStmt:
			return ((InsertStmt *) statement)->relation;
		case T_UpdateStmt:
			return ((UpdateStmt *) statement)->relation;
		case T_DeleteStmt:
			return ((DeleteStmt *) statement)->relation;
		default:
			return NULL;
	}
}

static Node *
statement_of(WmsPlan *plan)
{
	return ((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan->kept)))->raw_parse_tree->stmt;
}

static Oid
relation_of(const RangeVar *target)
{
	return target == NULL || target->schemaname == NULL ? InvalidOid :
		get_relname_relid(target->relname, get_namespace_oid(target->schemaname, true));
}

static bool
names_relation(const RangeVar *target, Oid relation)
{
	return target != NULL && relation_of(target) == relation;
}

/* Does the statement, as we wrote it, change the table? */
static bool
is_written(Node *statement, Oid relation)
{
	WithClause *with = with_clause_of(statement);
	ListCell   *cell;

	if (names_relation(target_of(statement), relation))
		return true;
	if (with == NULL)
		return false;
	foreach(cell, with->ctes)
	{
		if (names_relation(target_of(((CommonTableExpr *) lfirst(cell))->ctequery), relation))
			return true;
	}
	return false;
}

/* Whatever the statement, as we wrote it, changes. */
static void
check_deferred(Node *statement)
{
	WithClause *with = with_clause_of(statement);
	ListCell   *cell;

	wms_deferred_check(relation_of(target_of(statement)));
	if (with == NULL)
		return;
	foreach(cell, with->ctes)
		wms_deferred_check(relation_of(target_of(((CommonTableExpr *) lfirst(cell))->ctequery)));
}

static bool
is_written_by_own(Relation relation)
{
	Oid			table = RelationGetRelid(relation);

	if (is_written(statement_of(own_plan), table))
		return true;
	return relation->rd_rel->relispartition &&
		is_written(statement_of(own_plan), llast_oid(get_partition_ancestors(table)));
}

bool
wms_statement_is_own(Relation relation)
{
	return own_trigger_depth != 0 && executor_depth == 1 && own_is_original &&
		own_trigger_depth == trigger_depth() && is_written_by_own(relation);
}

bool
wms_statement_is_under_way(void)
{
	return own_trigger_depth != 0;
}

#if PG_VERSION_NUM >= 180000
#define RUN_PARAMETERS QueryDesc *query, ScanDirection direction, uint64 count
#define RUN_ARGUMENTS query, direction, count
#else
#define RUN_PARAMETERS QueryDesc *query, ScanDirection direction, uint64 count, bool execute_once
#define RUN_ARGUMENTS query, direction, count, execute_once
#endif

#define UTILITY_PARAMETERS PlannedStmt *statement, const char *text, bool read_only_tree, \
	ProcessUtilityContext context, ParamListInfo parameters, QueryEnvironment *environment, DestReceiver *receiver, \
	QueryCompletion *completion
#define UTILITY_ARGUMENTS statement, text, read_only_tree, context, parameters, environment, receiver, completion

static void
run_next(RUN_PARAMETERS)
{
	if (previous_executor_run != NULL)
		previous_executor_run(RUN_ARGUMENTS);
	else
		standard_ExecutorRun(RUN_ARGUMENTS);
}

/* What a rule adds may not set the command tag. */
static void
enter_executor(QueryDesc *query)
{
	if (executor_depth++ == 0)
		own_is_original = query->plannedstmt->canSetTag;
}

static void
count_executor_run(RUN_PARAMETERS)
{
	if (own_trigger_depth == 0)
	{
		run_next(RUN_ARGUMENTS);
		return;
	}
	enter_executor(query);
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

/* What others write inside of our statement, by a trigger or a function of theirs, may not gain rights by waiting. */
static bool
close_to_others(Oid *user, int *security)
{
	if ((executor_depth == 1 && own_is_original) || !wms_deferred_gains_rights())
		return false;
	wms_deferred_close(user, security);
	return true;
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
	bool		closed;
	Oid			user;
	int			security;

	if (own_trigger_depth == 0)
	{
		finish_next(query);
		return;
	}
	enter_executor(query);
	closed = close_to_others(&user, &security);
	PG_TRY();
	{
		finish_next(query);
	}
	PG_FINALLY();
	{
		executor_depth--;
		if (closed)
			wms_deferred_open(user, security);
	}
	PG_END_TRY();
}

static void
utility_next(UTILITY_PARAMETERS)
{
	if (previous_process_utility != NULL)
		previous_process_utility(UTILITY_ARGUMENTS);
	else
		standard_ProcessUtility(UTILITY_ARGUMENTS);
}

/* COPY fires triggers without the executor. */
static void
count_utility(UTILITY_PARAMETERS)
{
	bool		closed;
	Oid			user;
	int			security;

	if (own_trigger_depth == 0)
	{
		utility_next(UTILITY_ARGUMENTS);
		return;
	}
	executor_depth++;
	closed = close_to_others(&user, &security);
	PG_TRY();
	{
		utility_next(UTILITY_ARGUMENTS);
	}
	PG_FINALLY();
	{
		executor_depth--;
		if (closed)
			wms_deferred_open(user, security);
	}
	PG_END_TRY();
}

void
wms_plans_init(void)
{
	previous_process_utility = ProcessUtility_hook;
	ProcessUtility_hook = count_utility;
	previous_executor_run = ExecutorRun_hook;
	ExecutorRun_hook = count_executor_run;
	previous_executor_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = count_executor_finish;
	wms_planner_init();
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
	if (!plan->report)
		wms_plan_for_any_size(plan);
}

static uint64
execute(WmsPlan *plan, Datum *values, const bool *nulls, bool read_only)
{
	char		null_flags[WMS_PLAN_MAX_ARGS];
	int			result;

	for (int i = 0; i < plan->nargs; i++)
	{
		bool		isnull = nulls != NULL && nulls[i];
		WmsColumn  *column = isnull ? NULL : wms_param_column(values[i], plan->argtypes[i]);

		null_flags[i] = isnull ? 'n' : ' ';
		if (column != NULL)
			values[i] = wms_column_array(column);
	}
	wms_direct_forget();
	prepare(plan);
	if (!read_only && wms_deferred_gains_rights())
		check_deferred(statement_of(plan));
	result = SPI_execute_plan(plan->kept, values, null_flags, read_only, 0);
	if (result < 0)
		elog(ERROR, "could not execute \"%s\": %s", plan->sql, SPI_result_code_string(result));
	return SPI_processed;
}

/* Does PostgreSQL show the key, or the row, with such an error? */
static bool
shows_key(int code)
{
	return code == ERRCODE_UNIQUE_VIOLATION || code == ERRCODE_EXCLUSION_VIOLATION;
}

static bool
shows_row(int code)
{
	return code == ERRCODE_CHECK_VIOLATION || code == ERRCODE_NOT_NULL_VIOLATION;
}

/* The tables of schema auth hold digests of passwords and tokens, and keys.  What is unique of a user is his address. */
static bool
shows_secret(int code, const RangeVar *target)
{
	if (target == NULL || target->schemaname == NULL || strcmp(target->schemaname, "auth") != 0)
		return false;
	return shows_row(code) || (shows_key(code) && strcmp(target->relname, "users") != 0);
}

/*
 * The row that breaks a constraint, one that the user has added for example, is shown by what the owner may see,
 * as whom the command acts.  It is not to be shown to whoever called.
 */
static void
hide_secrets(void *arg)
{
	WmsPlan    *plan = arg;
	int			code = geterrcode();

	if (shows_secret(code, plan->kept == NULL ? NULL : target_of(statement_of(plan))))
		errdetail("The row is not shown, since it holds secrets.");
	else if (wms_command_hides_rows() && (shows_row(code) || shows_key(code)))
		errdetail("The row is not shown to a role that has no profile to read it.");
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
	WmsPlan    *outer_plan = own_plan;
	bool		outer_is_original = own_is_original;
	ErrorContextCallback on_error = {.previous = error_context_stack, .callback = hide_secrets, .arg = plan};
	uint64		rows = 0;

	error_context_stack = &on_error;
	if (wms_direct_run(plan, values, nulls))
	{
		error_context_stack = on_error.previous;
		return SPI_processed;
	}
	own_trigger_depth = trigger_depth() + 1;
	executor_depth = 0;
	own_plan = plan;
	own_is_original = false;
	PG_TRY();
	{
		rows = execute(plan, values, nulls, false);
	}
	PG_FINALLY();
	{
		own_trigger_depth = outer;
		executor_depth = outer_executor_depth;
		own_plan = outer_plan;
		own_is_original = outer_is_original;
	}
	PG_END_TRY();
	error_context_stack = on_error.previous;
	return rows;
}

static char *
target_name(WmsPlan *plan)
{
	RangeVar   *target = plan->kept == NULL ? NULL : target_of(statement_of(plan));

	return target == NULL ? pstrdup("a table") : psprintf("%s.%s", target->schemaname, target->relname);
}

static int
hint_of_foreign_hands(void)
{
	return errhint("A trigger or a rule of the user on the table suppressed or changed what a command of wms writes; "
				   "let it leave the columns of wms alone.");
}

void
wms_refuse_altered(WmsPlan *plan)
{
	ereport(ERROR,
			(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			 errmsg("a row of %s was not written as it was to be", target_name(plan)),
			 hint_of_foreign_hands()));
}

void
wms_require_written(WmsPlan *plan, uint64 written, uint64 expected)
{
	if (written != expected)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("rows of %s were not written", target_name(plan)),
				 errdetail("Rows to be written: " UINT64_FORMAT ", written: " UINT64_FORMAT ".", expected, written),
				 hint_of_foreign_hands()));
}

void
wms_run_exactly(WmsPlan *plan, Datum *values, const bool *nulls, uint64 expected)
{
	wms_require_written(plan, wms_run(plan, values, nulls), expected);
}

void
wms_run_unaltered(WmsPlan *plan, Datum *values, const bool *nulls, uint64 expected)
{
	wms_run_exactly(plan, values, nulls, expected);
	for (uint64 i = 0; i < expected; i++)
	{
		if (!wms_value_bool(i, 1))
			wms_refuse_altered(plan);
	}
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
	if (wms_direct_returned(SPI_tuptable))
		return wms_direct_returned_value(SPI_tuptable, row, column, isnull);
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

/* NULL for NULL */
char *
wms_value_text(uint64 row, int column)
{
	bool		isnull;
	Datum		value = wms_value(row, column, &isnull);
	Oid			type = TupleDescAttr(SPI_tuptable->tupdesc, column - 1)->atttypid;
	Oid			output;
	bool		is_varlena;

	if (isnull)
		return NULL;
	if (type == TEXTOID)
		return TextDatumGetCString(value);
	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
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
	if (TupleDescAttr(SPI_tuptable->tupdesc, column - 1)->atttypid == INT4OID)
		return DatumGetInt32(value);
	return DatumGetInt64(value);
}

void
wms_put_rows(Tuplestorestate *store)
{
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		if (wms_direct_returned(SPI_tuptable))
			wms_direct_put_returned(SPI_tuptable, row, store);
		else
			tuplestore_puttuple(store, SPI_tuptable->vals[row]);
	}
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
