/*
 * deferred.c
 *		Triggers that wait for the commit, where a superuser calls what acts as a lesser owner.
 *
 * Before PostgreSQL 18 a deferred trigger fires with the rights of whoever commits.  One that the owner of the
 * tables, or somebody he lets, has put where a superuser's command leads would fire as that superuser.  So on
 * the tables that a command writes itself such triggers are refused, and what triggers write in turn may defer
 * nothing.  Triggers with functions of superusers, our own among them, wait as they are to.
 *
 * Takes no locks beyond those of the statement that follows.
 */
#include "postgres.h"

#include "support/deferred.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "ops/schema_version.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

bool
wms_deferred_gains_rights(void)
{
#if PG_VERSION_NUM < 180000
	return superuser_arg(GetOuterUserId()) && !superuser_arg(wms_schema_owner());
#else
	return false;
#endif
}

static bool
is_of_superuser(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		result = HeapTupleIsValid(tuple) && superuser_arg(((Form_pg_proc) GETSTRUCT(tuple))->proowner);

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return result;
}

static void
check_table(Oid relation)
{
	Relation	table = table_open(relation, AccessShareLock);
	TriggerDesc *triggers = table->trigdesc;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (trigger->tgdeferrable && trigger->tgenabled != TRIGGER_DISABLED && !is_of_superuser(trigger->tgfoid))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("deferred trigger \"%s\" on %s.%s would fire as a superuser", trigger->tgname,
							get_namespace_name(RelationGetNamespace(table)), RelationGetRelationName(table)),
					 errdetail("It waits for the commit, and its function is not a superuser's."),
					 errhint("SET ROLE to the owner of schema \"%s\", or call as another role that is no superuser.",
							 WMS_SCHEMA)));
	}
	table_close(table, NoLock);
}

void
wms_deferred_check(Oid relation)
{
	ListCell   *cell;

	if (OidIsValid(relation))
		foreach(cell, find_all_inheritors(relation, AccessShareLock, NULL))
			check_table(lfirst_oid(cell));
}

void
wms_deferred_close(Oid *user, int *security)
{
	GetUserIdAndSecContext(user, security);
	SetUserIdAndSecContext(*user, *security | SECURITY_RESTRICTED_OPERATION);
}

void
wms_deferred_open(Oid user, int security)
{
	SetUserIdAndSecContext(user, security);
}
