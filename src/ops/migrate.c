/*
 * migrate.c
 *		Brings the tables to a version: wms_migrate(), wms_migrations(), wms_baseline().
 *
 * The tables belong to the user.  They are made inside the install script all the same, so that CREATE
 * EXTENSION is all it takes: the script ends with wms_migrate(), which leaves the extension's creation for as
 * long as it runs.  What it finds then decides what it does:
 *
 *		schema wms with its log		the tables are there: pending steps and missing wiring
 *		schema wms without a log	a dump is being restored: nothing, the dump brings the tables
 *		one of the six schemas		somebody else's: nothing, and a warning
 *		none of them				a new database: all steps
 *
 * Steps run as the owner of schema wms, so that what they make is his, and triggers that others may have put
 * on the tables never run with more rights than his.
 *
 * Locks: one advisory lock to the end of the transaction, before anything is read; then those of the steps.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "ops/data_loss.h"
#include "ops/migration_log.h"
#include "ops/migration_steps.h"
#include "ops/schema_version.h"
#include "ops/wiring.h"
#include "support/errors.h"
#include "support/settings.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

/* The advisory lock of migrations: "wms_migr" */
#define MIGRATION_LOCK INT64CONST(0x776d735f6d696772)

static const char *const schemas[] = {"auth", "catalog", "inventory", "sales", "crm", "agent"};

/* NULL = the newest version */
typedef int32 (*MigrationWork) (const int32 *target);

PG_FUNCTION_INFO_V1(wms_migrate);
PG_FUNCTION_INFO_V1(wms_migrations);
PG_FUNCTION_INFO_V1(wms_baseline);

/* Is an install or update script of wms what calls? */
static bool
in_extension_script(void)
{
	return creating_extension && CurrentExtensionObject == get_extension_oid("wms", true);
}

static const char *
first_existing_schema(void)
{
	for (int i = 0; i < lengthof(schemas); i++)
		if (OidIsValid(get_namespace_oid(schemas[i], true)))
			return schemas[i];
	return NULL;
}

/* A schema named like that of the log could not be told from a restore. */
static void
refuse_log_schema(void)
{
	if (wms_extension_schema() == get_namespace_oid(WMS_SCHEMA, true))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("extension \"wms\" cannot be created in schema \"%s\"", WMS_SCHEMA),
				 errdetail("A schema of that name holds the log of the migrations and means that a dump is being restored."),
				 errhint("CREATE EXTENSION wms SCHEMA public;")));
}

/* Inside a script of the extension: is it for us to make tables here?  Says so when it is not. */
static bool
script_makes_tables(void)
{
	const char *stranger;

	refuse_log_schema();
	if (!wms_install)
		ereport(NOTICE,
				(errmsg("wms made no tables, since wms.install is off")));
	else if (OidIsValid(wms_log_relation()))
		return true;
	else if (OidIsValid(get_namespace_oid(WMS_SCHEMA, true)))
		ereport(NOTICE,
				(errmsg("wms made no tables, since schema \"%s\" means that they are being restored", WMS_SCHEMA)));
	else if ((stranger = first_existing_schema()) != NULL)
		ereport(WARNING,
				(errmsg("wms made no tables: schema \"%s\" is there already", stranger),
				 errhint("To make them inside the schemas that are there: SELECT %s();",
						 wms_qualified_name("wms_migrate"))));
	else
		return true;
	return false;
}

/* Raises 42501 unless the caller may act as the owner of the tables. */
static void
check_caller(Oid owner)
{
	if (OidIsValid(owner) && !has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of schema \"%s\"", WMS_SCHEMA)));
}

/* An old snapshot would hide rows from the steps and from the search for data. */
static void
check_isolation(void)
{
	if (IsolationUsesXactSnapshot() && OidIsValid(wms_log_relation()))
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("migrations need isolation level READ COMMITTED"),
				 errhint("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED;")));
}

/* Migrations wait for each other; what another one has just committed is seen afterwards. */
static void
lock_migrations(const char *command)
{
	PreventCommandDuringRecovery(command);
	DirectFunctionCall1(pg_advisory_xact_lock_int8, Int64GetDatum(MIGRATION_LOCK));
	AcceptInvalidationMessages();
}

/* The settings of the session must not change what a step means. */
static int
begin_settings(void)
{
	int			level = NewGUCNestLevel();

	wms_set_for_now("row_security", "off");
	wms_set_for_now("default_tablespace", "");
	wms_set_for_now("standard_conforming_strings", "on");
	wms_set_for_now("transform_null_equals", "off");
	if (client_min_messages < WARNING)
		wms_set_for_now("client_min_messages", "warning");
	return level;
}

/* Does the work outside the extension's creation, as the owner of the tables. */
static int32
run_as_owner(MigrationWork work, const int32 *target)
{
	bool		creating = creating_extension;
	Oid			extension = CurrentExtensionObject;
	Oid			owner = wms_schema_owner();
	Oid			user;
	int			security;
	int			level;
	volatile int32 result = 0;

	check_caller(owner);
	check_isolation();
	GetUserIdAndSecContext(&user, &security);
	level = begin_settings();
	PG_TRY();
	{
		creating_extension = false;
		CurrentExtensionObject = InvalidOid;
		SetUserIdAndSecContext(OidIsValid(owner) ? owner : user,
							   security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
		SPI_connect();
		result = work(target);
		SPI_finish();
	}
	PG_FINALLY();
	{
		creating_extension = creating;
		CurrentExtensionObject = extension;
		SetUserIdAndSecContext(user, security);
	}
	PG_END_TRY();
	AtEOXact_GUC(true, level);
	return result;
}

static int32
newest_version(List *steps)
{
	return steps == NIL ? 0 : ((WmsStep *) llast(steps))->version;
}

static void
check_target(int32 target, int32 newest)
{
	if (target < 0 || target > newest)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no migration %d", target),
				 errdetail("Versions are 0 to %d.", newest)));
}

static void
go_up(List *steps, int32 version, int32 target)
{
	ListCell   *cell;

	foreach(cell, steps)
	{
		WmsStep    *step = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		if (step->version > version && step->version <= target)
			wms_step_up(step);
	}
}

static void
go_down(List *steps, int32 version, int32 target)
{
	for (int i = list_length(steps) - 1; i >= 0; i--)
	{
		WmsStep    *step = list_nth(steps, i);

		CHECK_FOR_INTERRUPTS();
		if (step->version > version || step->version <= target)
			continue;
		if (!wms_allow_data_loss)
			wms_refuse_data_loss(step);
		wms_step_down(step);
	}
}

/* The way back from steps the extension does not have is not known either. */
static void
check_version_known(int32 version, int32 newest)
{
	if (version > newest)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_SCHEMA_OUT_OF_DATE),
				 errmsg("the tables of wms are newer than the extension"),
				 errdetail("The tables are at version %d, the extension knows versions up to %d.", version, newest),
				 errhint("Install the wms that made them, then ALTER EXTENSION wms UPDATE;")));
}

static int32
migrate(const int32 *target)
{
	List	   *steps = wms_steps_load();
	int32		newest = newest_version(steps);
	int32		version = wms_log_version();
	int32		goal = target ? *target : newest;

	check_target(goal, newest);
	check_version_known(version, newest);
	go_down(steps, version, goal);
	go_up(steps, version, goal);
	wms_wiring_restore(goal);
	return goal;
}

/* Steps to the target, NULL = the newest; returns the version the tables are at afterwards. */
Datum
wms_migrate(PG_FUNCTION_ARGS)
{
	int32		target = PG_ARGISNULL(0) ? 0 : PG_GETARG_INT32(0);

	lock_migrations("wms_migrate()");
	if (in_extension_script())
	{
		/* the steps are new, whether or not they are run now */
		CacheInvalidateRelcacheByRelid(get_relname_relid("wms_migration", wms_extension_schema()));
		if (!script_makes_tables())
			PG_RETURN_INT32(wms_log_version());
	}
	PG_RETURN_INT32(run_as_owner(migrate, PG_ARGISNULL(0) ? NULL : &target));
}

/* Writes the events that are missing for the log to say what the caller says. */
static int32
baseline(const int32 *target)
{
	List	   *steps = wms_steps_load();
	List	   *entries = wms_log_entries();
	ListCell   *cell;

	check_target(*target, newest_version(steps));
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
	lock_migrations("wms_baseline()");
	PG_RETURN_INT32(run_as_owner(baseline, &version));
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
