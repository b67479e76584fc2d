/*
 * data_loss.c
 *		What a step would destroy on its way down.
 *
 * Nobody has to declare it: the step is run in a subtransaction, the tables and columns that are gone
 * afterwards are noted, and the subtransaction is rolled back.  Then these are locked and searched.  Rows that
 * a step inserted itself (its "keep") are no loss; a column is one when any row holds a value in it.
 *
 * Locks: ACCESS EXCLUSIVE on what would go, which the step takes anyway; without it a row could be written
 * between the search and the step.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "ops/data_loss.h"
#include "support/errors.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* Every column of the tables, as a JSON array. */
static const char *const list_columns =
	"SELECT coalesce(jsonb_agg(jsonb_build_object('relation', c.oid::bigint, 'number', a.attnum,"
	"  'table', format('%I.%I', n.nspname, c.relname), 'column', a.attname)), '[]')"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid"
	" WHERE n.nspname IN ('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent') AND c.relkind IN ('r', 'p')"
	" AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''";

/* Of these, what is no longer there: a table (without column) or a column of a table that stays. */
static const char *const list_gone =
	"SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('table', e ->> 'table',"
	"  'column', CASE WHEN c.oid IS NOT NULL THEN e ->> 'column' END)), '[]')"
	" FROM jsonb_array_elements($1::jsonb) e LEFT JOIN pg_class c ON c.oid = (e ->> 'relation')::oid"
	" WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = (e ->> 'relation')::oid"
	"  AND a.attnum = (e ->> 'number')::smallint AND NOT a.attisdropped)";

/* For each: what it is called, how to lock it, how to ask whether it holds anything. */
static const char *const list_searches =
	"SELECT concat_ws('.', e ->> 'table', quote_ident(e ->> 'column')),"
	"  format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', e ->> 'table'),"
	"  format('SELECT FROM %s WHERE %s AND NOT (%s) LIMIT 1', e ->> 'table',"
	"   coalesce(quote_ident(e ->> 'column') || ' IS NOT NULL', 'true'),"
	"   coalesce($2::jsonb ->> (e ->> 'table'), 'false'))"
	" FROM jsonb_array_elements($1::jsonb) e ORDER BY 1";

/* The one value of a query, in the memory of the SPI connection. */
static char *
text_of(const char *sql, const char *argument)
{
	Oid			type = TEXTOID;
	Datum		value = argument ? CStringGetTextDatum(argument) : (Datum) 0;

	SPI_execute_with_args(sql, argument ? 1 : 0, &type, &value, NULL, false, 1);
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

/*
 * Runs the step, notes what is gone, and undoes it.  An error has to end the subtransaction too: whoever
 * catches it expects to be in his own.
 */
static char *
what_would_go(const WmsStep *step)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *columns = text_of(list_columns, NULL);
	char	   *volatile gone = NULL;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		wms_step_undo(step);
		gone = text_of(list_gone, columns);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error != NULL)
		ReThrowError(error);
	return gone;
}

/* Locks one table and raises WM090 when it holds what must not be lost. */
static void
search(const WmsStep *step, const char *what, const char *lock, const char *query)
{
	SPI_execute(lock, false, 0);
	SPI_execute(query, false, 1);
	if (SPI_processed == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WMS_MIGRATION_WOULD_LOSE_DATA),
			 errmsg("going below migration %s would destroy data of %s", step->name, what),
			 errhint("Export it first, then SET wms.allow_data_loss = on.")));
}

void
wms_refuse_data_loss(const WmsStep *step)
{
	char	   *gone = what_would_go(step);
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		values[] = {
		CStringGetTextDatum(gone),
		CStringGetTextDatum(step->keep ? step->keep : "{}")
	};
	SPITupleTable *rows;
	uint64		count;

	SPI_execute_with_args(list_searches, 2, types, values, NULL, false, 0);
	rows = SPI_tuptable;
	count = SPI_processed;
	for (uint64 row = 0; row < count; row++)
		search(step, SPI_getvalue(rows->vals[row], rows->tupdesc, 1), SPI_getvalue(rows->vals[row], rows->tupdesc, 2),
			   SPI_getvalue(rows->vals[row], rows->tupdesc, 3));
}
