/*
 * migration_steps.c
 *		The steps of wms_migration and how one is run.
 *
 * A step is run statement by statement, so that an error shows the statement that failed and not the whole
 * file.  It may not leave deferred triggers behind, which would fire with other rights than it ran with: one
 * that writes rows begins with SET CONSTRAINTS ALL IMMEDIATE.  Locks are those of the statements.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "ops/migration_log.h"
#include "ops/migration_steps.h"
#include "ops/schema_version.h"
#include "ops/wiring.h"
#include "parser/parse_type.h"
#include "parser/scansup.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

typedef struct StepContext
{
	const WmsStep *step;
	const char *direction;
	char	   *baseline;		/* looked up beforehand: an error is no time to read catalogues */
} StepContext;

void
wms_set_for_now(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

static WmsStep *
step_from_row(SPITupleTable *rows, uint64 row)
{
	WmsStep    *step = palloc(sizeof(WmsStep));
	HeapTuple	tuple = rows->vals[row];

	step->version = pg_strtoint32(SPI_getvalue(tuple, rows->tupdesc, 1));
	step->name = SPI_getvalue(tuple, rows->tupdesc, 2);
	step->up = SPI_getvalue(tuple, rows->tupdesc, 3);
	step->down = SPI_getvalue(tuple, rows->tupdesc, 4);
	step->keep = SPI_getvalue(tuple, rows->tupdesc, 5);
	return step;
}

List *
wms_steps_load(void)
{
	List	   *steps = NIL;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT version, name, up, down, keep FROM %s ORDER BY version",
					 wms_qualified_name("wms_migration"));
	SPI_execute(sql.data, true, 0);
	for (uint64 row = 0; row < SPI_processed; row++)
		steps = lappend(steps, step_from_row(SPI_tuptable, row));
	return steps;
}

int32
wms_steps_newest(List *steps)
{
	return steps == NIL ? 0 : ((WmsStep *) llast(steps))->version;
}

void
wms_steps_check_target(int32 target, int32 newest)
{
	if (target < 0 || target > newest)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no migration %d", target),
				 errdetail("Versions are 0 to %d.", newest)));
}

/*
 * Error context: which step.  A name that is taken may also mean that tables came back without their log,
 * which no step can tell from a stranger's.
 */
static void
step_context(void *arg)
{
	StepContext *context = arg;
	int			code = geterrcode();

	errcontext("wms migration %s, %s", context->step->name, context->direction);
	if (code == ERRCODE_DUPLICATE_TABLE || code == ERRCODE_DUPLICATE_OBJECT)
		errhint("Move what stands in the way. If these are tables of wms that were restored without schema \"%s\", "
				"SELECT %s(version) records the version they are at.",
				WMS_SCHEMA, context->baseline);
}

/*
 * ADD COLUMN IF NOT EXISTS takes a column the user has added already.  That is welcome when it is of the type
 * the step would have given it, else every statement that uses it would be in doubt.
 */
static void
check_added_column(Oid relation, ColumnDef *column)
{
	AttrNumber	number = get_attnum(relation, column->colname);
	Oid			type;
	Oid			found;
	Oid			collation;
	int32		typmod;
	int32		found_typmod;

	typenameTypeIdAndMod(NULL, column->typeName, &type, &typmod);
	get_atttypetypmodcoll(relation, number, &found, &found_typmod, &collation);
	if (found == type && found_typmod == typmod)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of table \"%s\" is there already with another type", column->colname,
					get_rel_name(relation)),
			 errdetail("It is %s, and has to be %s.", format_type_with_typemod(found, found_typmod),
					   format_type_with_typemod(type, typmod)),
			 errhint("Rename the column.")));
}

static void
check_added_columns(Node *statement)
{
	AlterTableStmt *alter = (AlterTableStmt *) statement;
	ListCell   *cell;

	if (!IsA(statement, AlterTableStmt))
		return;
	foreach(cell, alter->cmds)
	{
		AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);

		if (command->subtype == AT_AddColumn && command->missing_ok)
			check_added_column(RangeVarGetRelid(alter->relation, NoLock, false), castNode(ColumnDef, command->def));
	}
}

/* The text of one statement, without the white space before it. */
static char *
statement_text(const char *script, RawStmt *raw)
{
	const char *start = script + Max(raw->stmt_location, 0);
	int			length = raw->stmt_len > 0 ? raw->stmt_len : strlen(start);

	while (length > 0 && scanner_isspace(*start))
	{
		start++;
		length--;
	}
	return pnstrdup(start, length);
}

/* Runs the statements of a script; steps name every schema, so nothing but pg_catalog is searched. */
static void
run_script(const char *script, const WmsStep *step, const char *direction)
{
	StepContext context = {step, direction, wms_qualified_name("wms_baseline")};
	ErrorContextCallback callback = {error_context_stack, step_context, &context};
	ListCell   *cell;

	error_context_stack = &callback;
	wms_set_for_now("search_path", "pg_catalog, pg_temp");
	foreach(cell, pg_parse_query(script))
	{
		RawStmt    *raw = lfirst_node(RawStmt, cell);

		if (SPI_execute(statement_text(script, raw), false, 0) < 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("a migration cannot run this statement")));
		check_added_columns(raw->stmt);
	}
	error_context_stack = callback.previous;
}

void
wms_step_up(const WmsStep *step)
{
	run_script(step->up, step, "up");
	wms_log_write(step->version, step->name, true);
}

void
wms_step_undo(const WmsStep *step)
{
	wms_wiring_remove(step->version);
	run_script(step->down, step, "down");
}

void
wms_step_down(const WmsStep *step)
{
	wms_step_undo(step);
	wms_log_write(step->version, step->name, false);
}
