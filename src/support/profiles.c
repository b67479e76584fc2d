/*
 * profiles.c
 *		Profiles of rights, and which of them the caller has.
 *
 * wms_grant() notes a profile as SELECT on a column of wms.profiles, a table that never has a row; further
 * columns say in which schemas.  So the note follows a role that is renamed, is inherited by its members as rights are, goes with DROP OWNED, travels in a
 * dump with all other grants, and is found in PostgreSQL's own caches.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "support/profiles.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "ops/schema_version.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

const char *const wms_profile_names[WMS_PROFILE_COUNT] =
{"viewer", "operator", "manager", "admin", "app", "customer", "agent"};

Oid
wms_profile_table(void)
{
	Oid			schema = get_namespace_oid(WMS_SCHEMA, true);

	return OidIsValid(schema) ? get_relname_relid(WMS_PROFILE_TABLE, schema) : InvalidOid;
}

int
wms_caller_profiles(void)
{
	Oid			table = wms_profile_table();
	Oid			role = GetOuterUserId();
	int			profiles = 0;

	if (!OidIsValid(table))
		return 0;
	for (int i = 0; i < WMS_PROFILE_COUNT; i++)
	{
		AttrNumber	column = get_attnum(table, wms_profile_names[i]);

		if (column > 0 && pg_attribute_aclcheck(table, column, role, ACL_SELECT) == ACLCHECK_OK)
			profiles |= 1 << i;
	}
	return profiles;
}

bool
wms_caller_is_owner(void)
{
	Oid			owner = wms_schema_owner();

	return superuser_arg(GetOuterUserId()) || (OidIsValid(owner) && has_privs_of_role(GetOuterUserId(), owner));
}
