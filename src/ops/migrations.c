/*
 * migrations.c
 *		What is recorded of migrations: wms_migrations() reads it, wms_baseline() writes it without running any.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "ops/migration_log.h"
#include "ops/migration_session.h"
#include "ops/migration_steps.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_migrations);
PG_FUNCTION_INFO_V1(wms_baseline);

/* Writes the events that are missing for the log to say what the caller says. */
static int32
baseline(const void *argument)
{
	const int32 *target = argument;
	List	   *steps = wms_steps_load();
	List	   *entries = wms_log_entries();
	ListCell   *cell;

	wms_steps_check_target(*target, wms_steps_newest(steps));
	foreach(cell, steps)
	{
		WmsStep    *step = lfirst(cell);
		bool		applied = false;
		ListCell   *other;

		foreach(other, entries)
		{
			WmsLogEntry *entry = lfirst(other);

			applied = applied || (entry->version == step->version && entry->applied);
		}
		if (applied != (step->version <= *target))
			wms_log_write(step->version, step->name, !applied);
	}
	return *target;
}

/* Records a version without running anything. */
Datum
wms_baseline(PG_FUNCTION_ARGS)
{
	int32		version;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("version must not be null")));
	version = PG_GETARG_INT32(0);
	wms_migration_lock("wms_baseline()");
	PG_RETURN_INT32(wms_migration_run(baseline, &version));
}

static void
put_migration(ReturnSetInfo *result, int32 version, const char *name, const WmsLogEntry *entry)
{
	Datum		values[] = {
		Int32GetDatum(version),
		CStringGetTextDatum(name),
		TimestampTzGetDatum(entry ? entry->applied_at : 0)
	};
	bool		nulls[] = {false, false, entry == NULL};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* The entry of an applied version, taken out of the list. */
static WmsLogEntry *
take_applied(List **entries, int32 version)
{
	ListCell   *cell;

	foreach(cell, *entries)
	{
		WmsLogEntry *entry = lfirst(cell);

		if (entry->version == version)
		{
			*entries = foreach_delete_current(*entries, cell);
			return entry->applied ? entry : NULL;
		}
	}
	return NULL;
}

/* The steps by version, and after them what a newer wms has applied. */
Datum
wms_migrations(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	List	   *entries;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	entries = wms_log_entries();
	foreach(cell, wms_steps_load())
	{
		WmsStep    *step = lfirst(cell);

		put_migration(result, step->version, step->name, take_applied(&entries, step->version));
	}
	foreach(cell, entries)
	{
		WmsLogEntry *entry = lfirst(cell);

		if (entry->applied)
			put_migration(result, entry->version, entry->name, entry);
	}
	SPI_finish();
	return (Datum) 0;
}
