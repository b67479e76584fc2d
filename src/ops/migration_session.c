/*
 * migration_session.c
 *		Under which lock, as whom and with which settings migrations run.
 *
 * They run as the owner of schema wms, so that what they make is his, and triggers that others may have put on
 * the tables never run with more rights than his.
 *
 * Locks: one advisory lock to the end of the transaction.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "ops/migration_log.h"
#include "ops/migration_session.h"
#include "ops/migration_steps.h"
#include "ops/owner.h"
#include "ops/schema_version.h"
#include "utils/acl.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/inval.h"

/* The advisory lock of migrations: "wms_migr" */
#define MIGRATION_LOCK INT64CONST(0x776d735f6d696772)

void
wms_check_migrator(Oid owner)
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
void
wms_migration_lock(const char *command)
{
	PreventCommandDuringRecovery(command);
	DirectFunctionCall1(pg_advisory_xact_lock_int8, Int64GetDatum(MIGRATION_LOCK));
	AcceptInvalidationMessages();
}

/* The settings of the session must not change what a step means, and guards are not for steps. */
static int
begin_settings(void)
{
	int			level = NewGUCNestLevel();

	wms_set_for_now("row_security", "off");
	wms_set_for_now("default_tablespace", "");
	wms_set_for_now("standard_conforming_strings", "on");
	wms_set_for_now("transform_null_equals", "off");
	wms_set_for_now("wms.guard", "off");
	if (client_min_messages < WARNING)
		wms_set_for_now("client_min_messages", "warning");
	return level;
}

/* Does the work outside the extension's creation, as the owner of the tables. */
int32
wms_migration_run(WmsMigrationWork work, const void *argument)
{
	bool		creating = creating_extension;
	Oid			extension = CurrentExtensionObject;
	Oid			owner = wms_schema_owner();
	bool		migrating;
	Oid			user;
	int			security;
	int			level;
	volatile int32 result = 0;

	wms_check_migrator(owner);
	check_isolation();
	GetUserIdAndSecContext(&user, &security);
	level = begin_settings();
	migrating = wms_set_migrating(true);
	PG_TRY();
	{
		creating_extension = false;
		CurrentExtensionObject = InvalidOid;
		if (OidIsValid(owner) && superuser())
			wms_entrust_functions(owner);
		SetUserIdAndSecContext(OidIsValid(owner) ? owner : user,
							   security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
		SPI_connect();
		result = work(argument);
		SPI_finish();
	}
	PG_FINALLY();
	{
		creating_extension = creating;
		CurrentExtensionObject = extension;
		(void) wms_set_migrating(migrating);
		SetUserIdAndSecContext(user, security);
	}
	PG_END_TRY();
	AtEOXact_GUC(false, level);
	return result;
}
