/*
 * import.c
 *		wms_import_products(): many products at once, all of them or the good ones.
 *
 * Every line is read first, then they are written in chunks, sorted by sku, a statement a step.  A chunk is a
 * subtransaction: when it fails for a reason that was not looked for, its halves are tried, until the line is
 * alone that it failed for.  What one chunk needs is freed before the next.
 *
 * Locks: one import at a time, by an advisory lock of the transaction; products that exist, FOR NO KEY UPDATE,
 * all in one statement in order of id, before anything is written; then what is written.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/import.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "support/advisory.h"
#include "support/args.h"
#include "support/command.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#define CHUNK 1000

PG_FUNCTION_INFO_V1(wms_import_products);

static WmsPlan lock_products = WMS_PLAN(
	"SELECT FROM catalog.products p WHERE p.sku = ANY ($1) AND p.deleted_at IS NULL ORDER BY p.id FOR NO KEY UPDATE",
	TEXTARRAYOID);

typedef struct Import
{
	bool		skip;			/* leave the bad lines out */
	int			count;
	WmsImportLine *lines;		/* as they came */
	int			good_count;
	WmsImportLine **good;		/* those that could be read, by sku */
	int			done;
	MemoryContext context;		/* of results */
	MemoryContext chunk;		/* of what is read for one chunk */
} Import;

static void
read_arguments(FunctionCallInfo fcinfo, Import *import)
{
	Jsonb	   *products = PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0);
	char	   *on_error = wms_arg_text(fcinfo, 1, "on_error");
	JsonbIterator *elements;
	JsonbIteratorToken token;
	JsonbValue	value;

	if (products == NULL || !JB_ROOT_IS_ARRAY(products) || JB_ROOT_IS_SCALAR(products))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("products must be a JSON array"),
				 errhint("Pass an array of objects such as [{\"sku\": \"A-1\", \"name\": \"Tea\", \"base_price\": 12.5}].")));
	import->skip = strcmp(on_error, "skip") == 0;
	if (!import->skip && strcmp(on_error, "abort") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("on_error must be abort or skip"),
				 errdetail("It is \"%s\".", wms_shown(on_error)),
				 errhint("With abort one bad line undoes all; with skip the good lines go in.")));
	import->lines = palloc_extended(sizeof(WmsImportLine) * Max(JB_ROOT_COUNT(products), 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	elements = JsonbIteratorInit(&products->root);
	while ((token = JsonbIteratorNext(&elements, &value, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		import->lines[import->count].number = import->count + 1;
		import->lines[import->count++].element = value;
	}
}

static void
progress(const char *what, int done, int all)
{
	CHECK_FOR_INTERRUPTS();
	pgstat_report_activity(STATE_RUNNING, psprintf("wms: %s, %d of %d", what, done, all));
}

static void
refuse(const WmsImportLine *line)
{
	ereport(ERROR,
			(errcode(line->fault_code),
			 errmsg("line %d: %s", line->number, line->fault),
			 line->fault_detail != NULL ? errdetail_internal("%s", line->fault_detail) : 0,
			 line->fault_hint != NULL ? errhint("%s", line->fault_hint) : 0));
}

/* Raises what is wrong with the line, or keeps it for the result. */
static void
settle_fault(Import *import, WmsImportLine *line)
{
	if (!import->skip)
		refuse(line);
	line->fault = MemoryContextStrdup(import->context, line->fault);
	if (line->fault_detail != NULL)
		line->fault_detail = MemoryContextStrdup(import->context, line->fault_detail);
	line->fault_hint = NULL;
}

/* Forgets what was read, but for what says which line it is. */
static void
forget(WmsImportLine *line)
{
	WmsImportLine bare = {.number = line->number, .element = line->element, .sku = line->sku};

	*line = bare;
}

static int
compare_skus(const void *a, const void *b)
{
	const WmsImportLine *left = *(WmsImportLine *const *) a;
	const WmsImportLine *right = *(WmsImportLine *const *) b;
	int			by_sku = strcmp(left->sku, right->sku);

	return by_sku != 0 ? by_sku : left->number - right->number;
}

/* Reads every line once, for its sku and its faults; nothing else of it is kept. */
static void
look_at_lines(Import *import)
{
	for (int i = 0; i < import->count; i++)
	{
		WmsImportLine *line = &import->lines[i];
		MemoryContext before = MemoryContextSwitchTo(import->chunk);
		bool		good = wms_import_read(line);

		MemoryContextSwitchTo(before);
		if (line->sku != NULL)
			line->sku = MemoryContextStrdup(import->context, line->sku);
		if (good)
		{
			forget(line);
			import->good[import->good_count++] = line;
		}
		else
			settle_fault(import, line);
		if (i % CHUNK == 0)
		{
			MemoryContextReset(import->chunk);
			progress("reading products", i, import->count);
		}
	}
	MemoryContextReset(import->chunk);
}

/* Of lines of one sku the first counts. */
static void
sort_lines(Import *import)
{
	int			kept = 0;

	qsort(import->good, import->good_count, sizeof(WmsImportLine *), compare_skus);
	for (int i = 0; i < import->good_count; i++)
	{
		WmsImportLine *line = import->good[i];

		if (kept == 0 || strcmp(import->good[kept - 1]->sku, line->sku) != 0)
		{
			import->good[kept++] = line;
			continue;
		}
		(void) wms_import_fault(line, ERRCODE_INVALID_PARAMETER_VALUE,
								psprintf("sku \"%s\" stands in line %d already", wms_shown(line->sku), import->good[kept - 1]->number),
								NULL, "Name every product once.");
		settle_fault(import, line);
	}
	import->good_count = kept;
}

static void
lock(Import *import)
{
	LOCKTAG		tag;
	WmsColumn  *skus = wms_column(TEXTOID);
	Datum		value;

	WMS_SET_ADVISORY(tag, WMS_ADVISORY_IMPORT, 0, 0);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	for (int i = 0; i < import->good_count; i++)
		wms_column_add_text(skus, import->good[i]->sku);
	value = wms_column_array(skus);
	wms_run(&lock_products, &value, NULL);
	SPI_freetuptable(SPI_tuptable);
}

/* Is the error one of what was to be written? Others are those of the session or of the moment. */
static bool
is_of_the_data(int code)
{
	switch (ERRCODE_TO_CATEGORY(code))
	{
		case ERRCODE_DATA_EXCEPTION:
		case ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION:
		case ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION:
		case ERRCODE_PROGRAM_LIMIT_EXCEEDED:
		case ERRCODE_PLPGSQL_ERROR:
		case ERRCODE_WITH_CHECK_OPTION_VIOLATION:
			return true;
		default:
			return ERRCODE_TO_CATEGORY(code) == MAKE_SQLSTATE('W', 'M', '0', '0', '0');
	}
}

/* Writes the lines in a subtransaction; returns the error that undid it, NULL when it is done. */
static ErrorData *
try_to_write(WmsImportLine **lines, int count)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		wms_import_write(lines, count);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error != NULL && !is_of_the_data(error->sqlerrcode))
		ReThrowError(error);
	return error;
}

/* Lines that the catalogue refuses get their fault; so does the one that a subtransaction failed for. */
static void
write_lines(WmsImportLine **lines, int count)
{
	ErrorData  *error;
	int			half = count / 2;

	CHECK_FOR_INTERRUPTS();
	error = try_to_write(lines, count);
	if (error == NULL)
		return;
	for (int i = 0; i < count; i++)
		lines[i]->fault = NULL;
	if (count > 1)
	{
		write_lines(lines, half);
		write_lines(lines + half, count - half);
		return;
	}
	(void) wms_import_fault(lines[0], error->sqlerrcode, error->message, error->detail, error->hint);
}

/* With an SPI connection of its own, since the rows that statements return live as long as that. */
static void
write_chunk(Import *import, WmsImportLine **lines, int count)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	MemoryContextSwitchTo(import->chunk);
	for (int i = 0; i < count; i++)
		(void) wms_import_read(lines[i]);
	write_lines(lines, count);
	for (int i = 0; i < count; i++)
		if (lines[i]->fault != NULL)
			settle_fault(import, lines[i]);
	SPI_finish();
	MemoryContextReset(import->chunk);
}

static void
write_all(Import *import)
{
	for (int i = 0; i < import->good_count; i += CHUNK)
	{
		progress("importing products", i, import->good_count);
		write_chunk(import, import->good + i, Min(CHUNK, import->good_count - i));
	}
}

static void
return_results(FunctionCallInfo fcinfo, Import *import)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	for (int i = 0; i < import->count; i++)
	{
		const WmsImportLine *line = &import->lines[i];
		const char *word = line->fault != NULL ? "error" : line->updates ? "updated" : "created";
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = Int32GetDatum(line->number);
		values[1] = wms_text_param(line->sku, &nulls[1]);
		values[2] = CStringGetTextDatum(word);
		nulls[3] = line->fault == NULL;
		if (line->fault != NULL && line->fault_detail != NULL)
			values[3] = CStringGetTextDatum(psprintf("%s: %s. %s", unpack_sql_state(line->fault_code), line->fault, line->fault_detail));
		else if (line->fault != NULL)
			values[3] = CStringGetTextDatum(psprintf("%s: %s", unpack_sql_state(line->fault_code), line->fault));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* wms_import_products(products jsonb, on_error text) → table (line integer, sku, result, detail text); raises 22023 and what a line is refused for */
Datum
wms_import_products(PG_FUNCTION_ARGS)
{
	Import		import = {.context = CurrentMemoryContext};
	WmsCommand	command;

	InitMaterializedSRF(fcinfo, 0);
	read_arguments(fcinfo, &import);
	import.good = palloc_extended(sizeof(WmsImportLine *) * Max(import.count, 1), MCXT_ALLOC_HUGE);
	wms_command_begin(&command);
	import.chunk = AllocSetContextCreate(CurrentMemoryContext, "wms import", ALLOCSET_DEFAULT_SIZES);
	look_at_lines(&import);
	sort_lines(&import);
	if (import.good_count > 0)
	{
		lock(&import);
		write_all(&import);
	}
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	wms_command_end(&command);
	return_results(fcinfo, &import);
	return (Datum) 0;
}
