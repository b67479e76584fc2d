/*
 * migrate.c
 *		Brings the tables to a version: wms_migrate().
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
 * Locks: that of migration_session.c, before anything is read; then those of the steps.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "commands/extension.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "ops/data_loss.h"
#include "ops/grant.h"
#include "ops/migration_log.h"
#include "ops/migration_session.h"
#include "ops/migration_steps.h"
#include "ops/schema_version.h"
#include "ops/wiring.h"
#include "support/errors.h"
#include "support/settings.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

static const char *const schemas[] = {"auth", "catalog", "inventory", "sales", "crm", "agent"};

PG_FUNCTION_INFO_V1(wms_migrate);

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
migrate(const void *argument)
{
	const int32 *target = argument;
	List	   *steps = wms_steps_load();
	int32		newest = wms_steps_newest(steps);
	int32		version = wms_log_version();
	int32		goal = target ? *target : newest;

	wms_steps_check_target(goal, newest);
	check_version_known(version, newest);
	go_down(steps, version, goal);
	go_up(steps, version, goal);
	wms_wiring_restore(goal);
	if (goal == newest)
		wms_profiles_restore();
	return goal;
}

/* Steps to the target, NULL = the newest; returns the version the tables are at afterwards. */
Datum
wms_migrate(PG_FUNCTION_ARGS)
{
	int32		target = PG_ARGISNULL(0) ? 0 : PG_GETARG_INT32(0);

	wms_migration_lock("wms_migrate()");
	if (in_extension_script())
	{
		/* the steps are new, whether or not they are run now */
		CacheInvalidateRelcacheByRelid(get_relname_relid("wms_migration", wms_extension_schema()));
		if (!script_makes_tables())
			PG_RETURN_INT32(wms_log_version());
	}
	PG_RETURN_INT32(wms_migration_run(migrate, PG_ARGISNULL(0) ? NULL : &target));
}
