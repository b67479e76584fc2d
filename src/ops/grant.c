/*
 * grant.c
 *		Profiles granted and taken back: wms_grant(), wms_revoke().
 *
 * Everything is granted by the owner of schema wms, whoever calls, so that one can take back what another gave.
 * What is there is compared with wms_privileges(), and only what is missing is granted.
 *
 * Locks: that of migration_session.c; then ACCESS EXCLUSIVE on the tables whose policies change.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "ops/grant.h"
#include "ops/migration_session.h"
#include "ops/migration_steps.h"
#include "ops/privilege.h"
#include "ops/row_policy.h"
#include "ops/schema_version.h"
#include "support/args.h"
#include "support/plans.h"
#include "support/profiles.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(wms_grant);
PG_FUNCTION_INFO_V1(wms_revoke);

typedef struct Grant
{
	Oid			role;
	const char *profile;
	ArrayType  *schemas;
} Grant;

struct WmsProfileSet
{
	int			count;
	Grant	   *grants;
};

#define SCHEMA_NAMES "auth", "catalog", "inventory", "sales", "crm", "agent", "wms"
#define SCHEMAS "'auth', 'catalog', 'inventory', 'sales', 'crm', 'agent', 'wms'"

/* A column a profile, and one a profile and schema. */
static const char *const create_marks =
	"DO $$ BEGIN EXECUTE (SELECT format('CREATE TABLE wms." WMS_PROFILE_TABLE " (%s)',"
	" string_agg(p || concat('_' || s) || ' boolean', ', ' ORDER BY n, m))"
	" FROM unnest('{viewer,operator,manager,admin,app,customer,agent}'::text[]) WITH ORDINALITY p (p, n),"
	" unnest(ARRAY[NULL, " SCHEMAS "]) WITH ORDINALITY s (s, m)); END $$";

static const char *const comment_marks =
	"COMMENT ON TABLE wms." WMS_PROFILE_TABLE " IS 'who has which profile of wms_grant(): the roles that may SELECT"
	" the column of that name, and in which schemas; there is never a row'";

/* $1 role, $2 profile, $3 schemas, none of them NULL.  %s: the extension's schema, quoted. */
#define WANTED \
	"WITH wanted AS (" \
	" SELECT p.* FROM %s.wms_privileges() p" \
	"  WHERE $2 = ANY (p.profiles) AND p.schema_name = ANY ($3)" \
	"), member AS (" \
	" SELECT f.oid, f.proname, f.proacl FROM pg_depend d JOIN pg_proc f ON f.oid = d.objid" \
	"  WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass" \
	"   AND d.refobjid = (SELECT e.oid FROM pg_extension e WHERE e.extname = 'wms')" \
	") "

#define HAS(acl, privilege) \
	"EXISTS (SELECT FROM aclexplode(" acl ") x WHERE x.grantee = $1 AND x.privilege_type = " privilege ")"

#define COLUMNS_OF_TABLE "pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"

/* Columns that are limited are named, as far as they are missing; a column more, and the next call grants it. */
#define MISSING \
	WANTED \
	"SELECT 1, format('GRANT USAGE ON SCHEMA %%I TO %%s', n.nspname, $1::regrole)" \
	"  FROM pg_namespace n WHERE n.nspname IN (SELECT w.schema_name FROM wanted w) AND NOT " HAS("n.nspacl", "'USAGE'") \
	" UNION ALL SELECT 2, format('GRANT EXECUTE ON FUNCTION %%s TO %%s', m.oid::regprocedure, $1::regrole)" \
	"  FROM wanted w JOIN member m ON m.proname = w.object_name" \
	" WHERE w.object_kind = 'function' AND NOT " HAS("m.proacl", "'EXECUTE'") \
	" UNION ALL SELECT 3, format('GRANT %%s%%s ON %%s TO %%s', w.privilege, ' (' || l.columns || ')', c.oid::regclass, $1::regrole)" \
	"  FROM wanted w JOIN pg_class c ON c.oid = to_regclass(w.object_name)" \
	" CROSS JOIN LATERAL (SELECT w.only_columns IS NOT NULL OR w.except_columns IS NOT NULL AS limited) i" \
	" CROSS JOIN LATERAL (SELECT CASE WHEN i.limited THEN string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) END AS columns" \
	"  FROM " COLUMNS_OF_TABLE " AND (w.only_columns IS NULL OR a.attname = ANY (w.only_columns))" \
	"   AND (w.except_columns IS NULL OR a.attname <> ALL (w.except_columns)) AND NOT " HAS("a.attacl", "w.privilege") ") l" \
	" WHERE w.object_kind = 'table' AND NOT " HAS("c.relacl", "w.privilege") " AND (NOT i.limited OR l.columns IS NOT NULL)" \
	" ORDER BY 1, 2"

#define HELD \
	WANTED \
	"SELECT 1, format('REVOKE EXECUTE ON FUNCTION %%s FROM %%s', m.oid::regprocedure, $1::regrole)" \
	"  FROM wanted w JOIN member m ON m.proname = w.object_name" \
	" WHERE w.object_kind = 'function' AND " HAS("m.proacl", "'EXECUTE'") \
	" UNION ALL SELECT 2, format('REVOKE %%s ON %%s FROM %%s', w.privilege, c.oid::regclass, $1::regrole)" \
	"  FROM wanted w JOIN pg_class c ON c.oid = to_regclass(w.object_name)" \
	" WHERE w.object_kind = 'table' AND (" HAS("c.relacl", "w.privilege") \
	"  OR EXISTS (SELECT FROM " COLUMNS_OF_TABLE " AND " HAS("a.attacl", "w.privilege") "))" \
	" ORDER BY 1, 2"

/* What the profile opened and none of those that are left needs. */
#define HELD_SCHEMAS \
	WANTED \
	"SELECT 1, format('REVOKE USAGE ON SCHEMA %%I FROM %%s', n.nspname, $1::regrole) FROM pg_namespace n" \
	" WHERE n.nspname IN (SELECT w.schema_name FROM wanted w) AND " HAS("n.nspacl", "'USAGE'") \
	"  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass('wms." WMS_PROFILE_TABLE "')" \
	"   AND a.attname LIKE '%%\\_' || n.nspname AND " HAS("a.attacl", "'SELECT'") ")" \
	" ORDER BY 1, 2"

/* Each role with its profiles and the schemas they are for. */
static const char *const list_marks =
	"SELECT x.grantee, a.attname::text, ARRAY(SELECT s FROM unnest(ARRAY[" SCHEMAS "]) s"
	"  WHERE EXISTS (SELECT FROM pg_attribute b, aclexplode(b.attacl) y WHERE b.attrelid = a.attrelid"
	"   AND b.attname = a.attname || '_' || s AND y.grantee = x.grantee AND y.privilege_type = 'SELECT'))"
	" FROM pg_attribute a, aclexplode(a.attacl) x"
	" WHERE a.attrelid = to_regclass('wms." WMS_PROFILE_TABLE "') AND a.attname !~ '_' AND x.grantee <> 0"
	"  AND x.privilege_type = 'SELECT'"
	" ORDER BY x.grantee, a.attnum";

/* The marks of the profile: of themselves, and of its schemas. */
static const char *const mark =
	"SELECT 1, format('GRANT SELECT (%s) ON wms." WMS_PROFILE_TABLE " TO %s',"
	"  $2 || coalesce((SELECT string_agg(', ' || $2 || '_' || s, '') FROM unnest($3) s), ''), $1::regrole)";

static const char *const unmark =
	"SELECT 1, format('REVOKE SELECT (%s) ON wms." WMS_PROFILE_TABLE " FROM %s',"
	"  $2 || (SELECT string_agg(', ' || $2 || '_' || s, '') FROM unnest(ARRAY[" SCHEMAS "]) s), $1::regrole)";

static char *
in_extension(const char *query)
{
	return psprintf(query, quote_identifier(get_namespace_name(wms_extension_schema())));
}

/* Runs the statements that the query gives for the grant, in its order; returns how many. */
static int32
run_all(const char *query, const Grant *grant)
{
	Oid			types[] = {OIDOID, TEXTOID, TEXTARRAYOID};
	Datum		values[] = {ObjectIdGetDatum(grant->role), CStringGetTextDatum(grant->profile),
	PointerGetDatum(grant->schemas)};
	SPITupleTable *rows;
	uint64		count;

	SPI_execute_with_args(query, 3, types, values, NULL, false, 0);
	rows = SPI_tuptable;
	count = SPI_processed;
	for (uint64 row = 0; row < count; row++)
		SPI_execute(SPI_getvalue(rows->vals[row], rows->tupdesc, 2), false, 0);
	return (int32) count;
}

/* Whose grants are ignored has no option to grant: PostgreSQL only warns of that. */
static void
check_complete(const Grant *grant)
{
	Oid			types[] = {OIDOID, TEXTOID, TEXTARRAYOID};
	Datum		values[] = {ObjectIdGetDatum(grant->role), CStringGetTextDatum(grant->profile),
	PointerGetDatum(grant->schemas)};

	SPI_execute_with_args(in_extension(MISSING), 3, types, values, NULL, false, 0);
	if (SPI_processed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("not all rights of profile \"%s\" could be granted", grant->profile),
				 errdetail("Left over: " UINT64_FORMAT ", the first is %s.", SPI_processed,
						   SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2)),
				 errhint("A superuser who calls %s() lets the owner of schema \"%s\" grant them.",
						 wms_qualified_name("wms_set_owner"), WMS_SCHEMA)));
}

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

static int32
give(const Grant *grant)
{
	int32		count;

	wms_set_for_now("search_path", "pg_catalog, pg_temp");
	if (!OidIsValid(wms_profile_table()))
	{
		SPI_execute(create_marks, false, 0);
		SPI_execute(comment_marks, false, 0);
	}
	run_all(mark, grant);
	count = run_all(in_extension(MISSING), grant);
	check_complete(grant);
	return count;
}

static WmsProfileSet *
read_set(void)
{
	WmsProfileSet *set = palloc0(sizeof(WmsProfileSet));

	SPI_execute(list_marks, false, 0);
	set->count = (int) SPI_processed;
	set->grants = palloc0(sizeof(Grant) * (set->count + 1));
	for (int i = 0; i < set->count; i++)
	{
		bool		isnull;
		TupleDesc	desc = SPI_tuptable->tupdesc;
		HeapTuple	row = SPI_tuptable->vals[i];

		set->grants[i].role = DatumGetObjectId(SPI_getbinval(row, desc, 1, &isnull));
		set->grants[i].profile = SPI_getvalue(row, desc, 2);
		set->grants[i].schemas = DatumGetArrayTypePCopy(SPI_getbinval(row, desc, 3, &isnull));
	}
	return set;
}

/* Does the role itself have the profile? */
static bool
has(const WmsProfileSet *set, Oid role, const char *profile)
{
	for (int i = 0; i < set->count; i++)
		if (set->grants[i].role == role && strcmp(set->grants[i].profile, profile) == 0)
			return true;
	return false;
}

/* What other profiles of the role give is granted again: one privilege may have other columns than the other. */
static int32
take(const Grant *grant)
{
	WmsProfileSet *before = read_set();
	int32		count;

	if (!has(before, grant->role, grant->profile))
		return 0;
	wms_set_for_now("search_path", "pg_catalog, pg_temp");
	run_all(unmark, grant);
	count = run_all(in_extension(HELD), grant);
	for (int i = 0; i < before->count; i++)
		if (before->grants[i].role == grant->role && strcmp(before->grants[i].profile, grant->profile) != 0)
			count -= run_all(in_extension(MISSING), &before->grants[i]);
	return count + run_all(in_extension(HELD_SCHEMAS), grant);
}

void
wms_profiles_give(const WmsProfileSet *set)
{
	for (int i = 0; i < set->count; i++)
		give(&set->grants[i]);
	wms_row_policies(false);
}

void
wms_profiles_restore(void)
{
	wms_check_profiles_owner();
	wms_profiles_give(read_set());
}

WmsProfileSet *
wms_profiles_take(void)
{
	WmsProfileSet *set = read_set();

	for (int i = 0; i < set->count; i++)
		take(&set->grants[i]);
	return set;
}

static bool
is_restricting(const char *profile)
{
	return strcmp(profile, "customer") == 0 || strcmp(profile, "agent") == 0;
}

/* A role that is held to its own rows is nothing else. */
static void
check_alone(const Grant *grant)
{
	WmsProfileSet *set = read_set();
	Oid			owner = wms_schema_owner();

	if (is_restricting(grant->profile) && has_privs_of_role(grant->role, owner))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("role \"%s\" may do everything", GetUserNameFromId(grant->role, false)),
				 errdetail("Profile \"%s\" cannot restrict a superuser or the owner of schema \"%s\".", grant->profile,
						   WMS_SCHEMA),
				 errhint("Grant it to a role of its own.")));
	for (int i = 0; i < set->count; i++)
		if (set->grants[i].role == grant->role &&
			is_restricting(set->grants[i].profile) != is_restricting(grant->profile))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("role \"%s\" has profile \"%s\" already", GetUserNameFromId(grant->role, false),
							set->grants[i].profile),
					 errdetail("Profiles customer and agent hold a role to its own rows, whatever else it has."),
					 errhint("Grant \"%s\" to another role, or take the other back with wms_revoke().",
							 grant->profile)));
}

static int32
grant_profile(const void *argument)
{
	const Grant *grant = argument;
	int32		count;

	wms_check_profiles_owner();
	check_alone(grant);
	count = give(grant);
	wms_row_policies(is_restricting(grant->profile));
	return count;
}

static int32
revoke_profile(const void *argument)
{
	int32		count;

	wms_check_profiles_owner();
	count = take(argument);
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
	static const char *const names[] = {SCHEMA_NAMES};
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

/* wms_revoke(role_name regrole, profile text) → integer, what was taken back; raises 22023, 42501, 42704, WM091. */
Datum
wms_revoke(PG_FUNCTION_ARGS)
{
	Grant		grant = {.role = wms_role_argument(fcinfo, 0), .profile = profile_argument(fcinfo, 1),
	.schemas = all_schemas()};

	wms_migration_lock("wms_revoke()");
	wms_require_schema();
	PG_RETURN_INT32(wms_migration_run(revoke_profile, &grant));
}
