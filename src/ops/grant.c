/*
 * grant.c
 *		Profiles granted and taken back: wms_grant(), wms_revoke().
 *
 * Who may have which profile; what is granted for it is in profile_grant.c.
 *
 * Locks: that of migration_session.c; then ACCESS EXCLUSIVE on the tables whose policies change.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "ops/migration_session.h"
#include "ops/privilege.h"
#include "ops/profile_grant.h"
#include "ops/row_policy.h"
#include "ops/schema_version.h"
#include "support/args.h"
#include "support/plans.h"
#include "support/profiles.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(wms_grant);
PG_FUNCTION_INFO_V1(wms_revoke);

typedef WmsProfileGrant Grant;

typedef struct Revocation
{
	Grant		grant;
	Oid			caller;
} Revocation;

void
wms_check_profiles_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(wms_profile_table()));
	Oid			owner = wms_schema_owner();

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
		ReleaseSysCache(tuple);
	}
	if (owner != wms_schema_owner())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schema \"%s\" was given to another owner than what is in it", WMS_SCHEMA),
				 errhint("ALTER SCHEMA %s OWNER TO %s; then hand everything over with wms_set_owner().", WMS_SCHEMA,
						 quote_identifier(GetUserNameFromId(owner, false)))));
}

/* The owner has all rights already, and nothing restricts him or who has his. */
static void
check_not_owner(const Grant *grant)
{
	Oid			owner = wms_schema_owner();

	if (grant->role == owner || (wms_profile_restricts(grant->profile) && has_privs_of_role(grant->role, owner)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("role \"%s\" may do everything", GetUserNameFromId(grant->role, false)),
				 errdetail("Profile \"%s\" cannot add to or restrict what a superuser or the owner of schema \"%s\" may do.",
						   grant->profile, WMS_SCHEMA),
				 errhint("Grant it to a role of its own.")));
}

/* Has one of the roles the rights of the other?  Superusers have everybody's, which says nothing. */
static bool
inherits(Oid member, Oid role)
{
	return !superuser_arg(member) && has_privs_of_role(member, role);
}

/* A role that is held to its own rows is nothing else, by inheritance neither. */
static void
check_alone(const Grant *grant, const Grant *other)
{
	const char *role = GetUserNameFromId(grant->role, false);

	if (wms_profile_restricts(other->profile) == wms_profile_restricts(grant->profile))
		return;
	if (other->role == grant->role)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("role \"%s\" has profile \"%s\" already", role, other->profile),
				 errdetail("Profiles customer and agent hold a role to its own rows, whatever else it has."),
				 errhint("Grant \"%s\" to another role, or take the other back with wms_revoke().", grant->profile)));
	if (inherits(grant->role, other->role) || inherits(other->role, grant->role))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("role \"%s\" shares its rights with role \"%s\", which has profile \"%s\"", role,
						GetUserNameFromId(other->role, false), other->profile),
				 errdetail("One inherits from the other. Profiles customer and agent hold a role to its own rows, whatever else it has."),
				 errhint("Make the membership one without INHERIT, or grant \"%s\" to another role.", grant->profile)));
}

/* Nor is one whose profile is not written down any more. */
static void
check_not_held(const Grant *grant, const WmsProfileSet *set)
{
	const char *role = GetUserNameFromId(grant->role, false);

	if (!wms_profile_restricts(grant->profile) && wms_profile_lost_note(set, grant->role))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("role \"%s\" is held to its own rows", role),
				 errdetail("It had profile customer or agent, which was taken from it otherwise than by wms_revoke()."),
				 errhint("Take back the rest of it with wms_revoke('%s', 'customer').", role)));
}

void
wms_profiles_refuse_owner(Oid role)
{
	WmsProfileSet *set = wms_profiles_read();

	for (int i = 0; i < set->count; i++)
		if (set->grants[i].role == role)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("role \"%s\" has profile \"%s\"", GetUserNameFromId(role, false), set->grants[i].profile),
					 errdetail("The owner of schema \"%s\" has all rights; a profile adds none and restricts nothing.",
							   WMS_SCHEMA),
					 errhint("Hand over to a role of its own, or take the profile back with wms_revoke().")));
}

static int32
grant_profile(const void *argument)
{
	const Grant *grant = argument;
	WmsProfileSet *set;
	int32		count;

	wms_check_profiles_owner();
	check_not_owner(grant);
	set = wms_profiles_read();
	for (int i = 0; i < set->count; i++)
		check_alone(grant, &set->grants[i]);
	check_not_held(grant, set);
	count = wms_profile_give(grant);
	wms_row_policies(wms_profile_restricts(grant->profile));
	return count;
}

static int32
revoke_profile(const void *argument)
{
	const Revocation *revocation = argument;
	int32		count;

	wms_check_profiles_owner();
	count = wms_profile_take(&revocation->grant, revocation->caller);
	wms_row_policies(false);
	return count;
}

Oid
wms_role_argument(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("role_name must not be null"),
				 errhint("Pass a value for role_name.")));
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(PG_GETARG_OID(n))))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role with OID %u does not exist", PG_GETARG_OID(n)),
				 errhint("CREATE ROLE first; a profile cannot be granted to PUBLIC.")));
	return PG_GETARG_OID(n);
}

static const char *
profile_argument(FunctionCallInfo fcinfo, int n)
{
	char	   *name = wms_arg_text(fcinfo, n, "profile");

	for (int i = 0; i < WMS_PROFILE_COUNT; i++)
		if (strcmp(wms_profile_names[i], name) == 0)
			return wms_profile_names[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no profile \"%s\"", wms_shown(name)),
			 errhint("Pass one of viewer, operator, manager, admin, app, customer, agent.")));
}

static ArrayType *
all_schemas(void)
{
	static const char *const names[] = {WMS_PROFILE_SCHEMAS};
	Datum		values[lengthof(names)];

	for (int i = 0; i < lengthof(names); i++)
		values[i] = CStringGetTextDatum(names[i]);
	return DatumGetArrayTypeP(wms_array(values, NULL, lengthof(names), TEXTOID));
}

static ArrayType *
schemas_argument(FunctionCallInfo fcinfo, int n)
{
	ArrayType  *schemas;
	Datum	   *names;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(n))
		return all_schemas();
	schemas = PG_GETARG_ARRAYTYPE_P(n);
	deconstruct_array(schemas, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (nulls[i] || !wms_privilege_has_schema(TextDatumGetCString(names[i])))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("there is no schema %s of wms",
							nulls[i] ? "NULL" : psprintf("\"%s\"", wms_shown(TextDatumGetCString(names[i])))),
					 errhint("Pass some of auth, catalog, inventory, sales, crm, agent, and wms for operations.")));
	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("schemas must not be empty"),
				 errhint("Leave schemas out for all of them.")));
	return schemas;
}

/* wms_grant(role_name regrole, profile text, schemas text[]) → integer, what was granted; raises 22023, 42501, 42704, WM091. */
Datum
wms_grant(PG_FUNCTION_ARGS)
{
	Grant		grant = {.role = wms_role_argument(fcinfo, 0), .profile = profile_argument(fcinfo, 1),
	.schemas = schemas_argument(fcinfo, 2)};

	wms_migration_lock("wms_grant()");
	wms_require_schema();
	PG_RETURN_INT32(wms_migration_run(grant_profile, &grant));
}

/* wms_revoke(role_name regrole, profile text) → integer, what was taken back; raises 22023, 2BP01, 42501, 42704, WM091. */
Datum
wms_revoke(PG_FUNCTION_ARGS)
{
	Revocation	revocation = {.grant = {.role = wms_role_argument(fcinfo, 0), .profile = profile_argument(fcinfo, 1),
	.schemas = all_schemas()}, .caller = GetUserId()};

	wms_migration_lock("wms_revoke()");
	wms_require_schema();
	PG_RETURN_INT32(wms_migration_run(revoke_profile, &revocation));
}
