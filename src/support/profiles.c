/*
 * profiles.c
 *		Profiles of rights, and which of them the caller has.
 *
 * wms_grant() notes a profile as SELECT on a column of wms.profiles, a table that never has a row; further
 * columns say in which schemas.  So the note follows a role that is renamed, is inherited by its members as
 * rights are, travels in a dump with all other grants, and is found in PostgreSQL's own caches.
 *
 * The note can be lost alone, as DROP OWNED and a REVOKE on the table take what the owner of the tables granted
 * and leave EXECUTE, which is on functions of somebody else.  Lest a role that was held to its own rows were
 * then free, that it is held is noted once more, on a type that belongs to whom the functions belong to: what
 * takes that takes EXECUTE too.  It is a type since nobody grants USAGE on all types by a word, as EXECUTE on
 * all functions.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "support/profiles.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "ops/schema_version.h"
#include "support/compat.h"
#include "support/plans.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

const char *const wms_profile_names[WMS_PROFILE_COUNT] =
{"viewer", "operator", "manager", "admin", "app", "customer", "agent"};

Oid
wms_profile_table(void)
{
	Oid			schema = get_namespace_oid(WMS_SCHEMA, true);

	return OidIsValid(schema) ? get_relname_relid(WMS_PROFILE_TABLE, schema) : InvalidOid;
}

static bool
has_own_only(Oid role)
{
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(WMS_OWN_ONLY_TYPE),
									   ObjectIdGetDatum(wms_extension_schema()));

	return OidIsValid(type) && wms_type_aclcheck(type, role, ACL_USAGE) == ACLCHECK_OK;
}

/* ANALYZE, REINDEX, REFRESH, autovacuum.  Our own statements and migrations have the rights of the owner of the tables. */
bool
wms_caller_is_unknown(void)
{
	return InSecurityRestrictedOperation() && !wms_statement_is_under_way() && !wms_is_migrating();
}

int
wms_caller_profiles(void)
{
	Oid			table = wms_profile_table();
	Oid			role = GetOuterUserId();
	int			profiles;

	if (wms_caller_is_unknown())
		return WMS_OWN_ONLY;
	profiles = has_own_only(role) ? WMS_OWN_ONLY : 0;
	if (!OidIsValid(table))
		return profiles;
	for (int i = 0; i < WMS_PROFILE_COUNT; i++)
	{
		AttrNumber	column = get_attnum(table, wms_profile_names[i]);

		if (column > 0 && pg_attribute_aclcheck(table, column, role, ACL_SELECT) == ACLCHECK_OK)
			profiles |= 1 << i;
	}
	return profiles;
}

bool
wms_caller_is_restricted(void)
{
	return !wms_caller_is_owner() && (wms_caller_profiles() & WMS_RESTRICTED) != 0;
}

bool
wms_caller_is_owner(void)
{
	Oid			owner = wms_schema_owner();

	if (wms_caller_is_unknown())
		return false;
	return superuser_arg(GetOuterUserId()) || (OidIsValid(owner) && has_privs_of_role(GetOuterUserId(), owner));
}
