/*
 * deferred.c
 *		Triggers that wait for the commit, where a superuser calls what acts as a lesser owner.
 *
 * Before PostgreSQL 18 a deferred trigger fires with the rights of whoever commits.  One that the owner of the
 * tables, or somebody he lets, has put where a superuser's command leads would fire as that superuser.  So on
 * the tables that a command writes itself such triggers are refused, and what triggers write in turn may defer
 * nothing.  Triggers with functions of superusers, our own among them, wait as they are to; a unique or exclusion
 * constraint does where its index runs nobody's code.
 *
 * Takes no locks beyond those of the statement that follows.
 */
#include "postgres.h"

#include "support/deferred.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "ops/schema_version.h"
#include "storage/proc.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Who has logged in, or set the session's user or role, can be again by RESET: the trigger itself may say so. */
static bool
can_be_superuser(void)
{
	return superuser_arg(GetOuterUserId()) || superuser_arg(GetSessionUserId()) || superuser_arg(MyProc->roleId);
}

/* Since PostgreSQL 18 a trigger fires as another than who commits, and cannot RESET, unless he has set that role. */
bool
wms_deferred_gains_rights(void)
{
	Oid			owner = wms_schema_owner();

#if PG_VERSION_NUM >= 180000
	if (GetOuterUserId() != owner)
		return false;
#endif
	return can_be_superuser() && !superuser_arg(owner);
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

/* Does the index, as it is checked once more, compute nothing and compare by PostgreSQL's own functions? */
static bool
is_plain_index(Oid index)
{
	Relation	relation = index_open(index, AccessShareLock);
	bool		plain = heap_attisnull(relation->rd_indextuple, Anum_pg_index_indexprs, NULL) &&
		heap_attisnull(relation->rd_indextuple, Anum_pg_index_indpred, NULL);

	if (plain && relation->rd_index->indisexclusion)
	{
		Oid		   *operators;
		Oid		   *functions;
		uint16	   *strategies;

		RelationGetExclusionInfo(relation, &operators, &functions, &strategies);
		for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(relation); i++)
			plain = plain && functions[i] < FirstNormalObjectId;
	}
	index_close(relation, NoLock);
	return plain;
}

static bool
is_trusted(const Trigger *trigger)
{
	if (trigger->tgfoid == F_UNIQUE_KEY_RECHECK)
		return is_plain_index(trigger->tgconstrindid);
	return is_of_superuser(trigger->tgfoid);
}

static void
check_table(Oid relation)
{
	Relation	table = table_open(relation, AccessShareLock);
	TriggerDesc *triggers = table->trigdesc;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (trigger->tgdeferrable && trigger->tgenabled != TRIGGER_DISABLED && !is_trusted(trigger))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("deferred trigger \"%s\" on %s.%s would fire as a superuser", trigger->tgname,
							get_namespace_name(RelationGetNamespace(table)), RelationGetRelationName(table)),
					 errdetail("It waits for the commit, and its function, or what its index computes, is not a superuser's."),
					 errhint("Connect as the owner of schema \"%s\", or as another role that is no superuser; SET ROLE can be undone by the trigger.",
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
