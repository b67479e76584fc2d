/*
 * wiring.c
 *		Triggers, defaults, policies and views that call member functions.
 *
 * DROP EXTENSION ... CASCADE takes them along, so they are kept apart from the steps and made again where
 * missing.  What is there stays as it is: a trigger that the user disabled, a default that he replaced.
 * A changed definition is therefore a step of its own.  Restrictions are made by row_policy.c.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "ops/migration_steps.h"
#include "ops/schema_version.h"
#include "ops/wiring.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define POLICY_IS_THERE \
	"EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = to_regclass(w.rel) AND p.polname = w.name)"

/* Is the object of row w there? */
#define IS_THERE \
	"CASE w.kind" \
	" WHEN 'view' THEN to_regclass(w.rel) IS NOT NULL" \
	" WHEN 'trigger' THEN EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = to_regclass(w.rel) AND t.tgname = w.name)" \
	" WHEN 'policy' THEN " POLICY_IS_THERE \
	" WHEN 'restriction' THEN " POLICY_IS_THERE \
	" WHEN 'default' THEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass(w.rel)" \
	"  AND a.attname = w.name AND a.atthasdef AND NOT a.attisdropped)" \
	" END"

#define MISSING_OBJECTS \
	"SELECT format('%%s %%s on %%s', w.kind, w.name, w.rel), w.ddl FROM %s w" \
	" WHERE w.kind <> 'restriction' AND w.since <= $1 AND (w.until IS NULL OR $1 < w.until) AND NOT " IS_THERE " ORDER BY w.ord"

#define OBJECTS_OF_STEP \
	"SELECT format('%%s %%s on %%s', w.kind, w.name, w.rel), CASE w.kind" \
	" WHEN 'view' THEN format('DROP VIEW %%s', w.rel)" \
	" WHEN 'trigger' THEN format('DROP TRIGGER %%I ON %%s', w.name, w.rel)" \
	" WHEN 'policy' THEN format('DROP POLICY %%I ON %%s', w.name, w.rel)" \
	" WHEN 'restriction' THEN format('DROP POLICY %%I ON %%s', w.name, w.rel)" \
	" WHEN 'default' THEN format('ALTER TABLE %%s ALTER COLUMN %%I DROP DEFAULT', w.rel, w.name)" \
	" END FROM %s w WHERE w.since = $1 AND " IS_THERE " ORDER BY w.ord DESC"

static void
wiring_context(void *arg)
{
	errcontext("wms wiring: %s", (const char *) arg);
}

static void
run_wiring(char *what, const char *statement)
{
	ErrorContextCallback callback = {error_context_stack, wiring_context, what};

	error_context_stack = &callback;
	SPI_execute(statement, false, 0);
	error_context_stack = callback.previous;
}

void
wms_wiring_run(const char *query, int32 argument)
{
	Oid			type = INT4OID;
	Datum		value = Int32GetDatum(argument);
	StringInfoData search_path;
	SPITupleTable *rows;
	uint64		count;

	initStringInfo(&search_path);
	appendStringInfo(&search_path, "%s, pg_temp", quote_identifier(get_namespace_name(wms_extension_schema())));
	wms_set_for_now("search_path", search_path.data);
	SPI_execute_with_args(query, 1, &type, &value, NULL, false, 0);
	rows = SPI_tuptable;
	count = SPI_processed;
	for (uint64 row = 0; row < count; row++)
		run_wiring(SPI_getvalue(rows->vals[row], rows->tupdesc, 1), SPI_getvalue(rows->vals[row], rows->tupdesc, 2));
}

void
wms_wiring_restore(int32 version)
{
	wms_wiring_run(psprintf(MISSING_OBJECTS, wms_qualified_name("wms_wiring")), version);
}

void
wms_wiring_remove(int32 version)
{
	wms_wiring_run(psprintf(OBJECTS_OF_STEP, wms_qualified_name("wms_wiring")), version);
}
