/*
 * profile_grant.c
 *		One profile of one role: what is granted for it, and taken back.
 *
 * Everything is granted by the owner of schema wms, whoever calls, so that one can take back what another gave.
 * What is there is compared with wms_privileges(), and only what is missing is granted.  What is taken back is
 * taken from whomever granted it: the owner may have been another one then.
 *
 * Locks: those of GRANT and REVOKE.
 */
#include "postgres.h"

#include "ops/profile_grant.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "ops/migration_steps.h"
#include "ops/row_policy.h"
#include "ops/schema_version.h"
#include "support/plans.h"
#include "support/profiles.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

typedef WmsProfileGrant Grant;

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
	"WITH privileges AS (" \
	" SELECT p.* FROM %s.wms_privileges() p" \
	"), wanted AS (" \
	" SELECT p.* FROM privileges p" \
	"  WHERE $2 = ANY (p.profiles) AND p.schema_name = ANY ($3)" \
	"), member AS (" \
	" SELECT f.oid, f.proname, f.proacl FROM pg_depend d JOIN pg_proc f ON f.oid = d.objid" \
	"  WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass" \
	"   AND d.refobjid = (SELECT e.oid FROM pg_extension e WHERE e.extname = 'wms')" \
	"), own_only AS (" \
	" SELECT t.oid, t.typacl FROM pg_type t JOIN pg_extension e ON e.extnamespace = t.typnamespace" \
	"  WHERE e.extname = 'wms' AND t.typname = '" WMS_OWN_ONLY_TYPE "' AND $2 IN ('customer', 'agent')" \
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
	" UNION ALL SELECT 4, format('GRANT USAGE ON TYPE %%s TO %%s', o.oid::regtype, $1::regrole)" \
	"  FROM own_only o WHERE NOT " HAS("o.typacl", "'USAGE'") \
	" ORDER BY 1, 2"

/* The grants on what the profile is for: what on, which privilege, to whom, by whom.  The type of own_only goes last. */
#define GRANTS \
	WANTED \
	", granted AS (" \
	" SELECT 1 AS step, 'function ' || m.oid::regprocedure AS object, x.privilege_type, x.grantee, x.grantor" \
	"  FROM wanted w JOIN member m ON m.proname = w.object_name, aclexplode(m.proacl) x" \
	" WHERE w.object_kind = 'function' AND x.privilege_type = 'EXECUTE'" \
	" UNION SELECT 2, c.oid::regclass::text, x.privilege_type, x.grantee, x.grantor" \
	"  FROM wanted w JOIN pg_class c ON c.oid = to_regclass(w.object_name)" \
	" CROSS JOIN LATERAL (SELECT c.relacl AS acl UNION ALL SELECT a.attacl FROM " COLUMNS_OF_TABLE ") l, aclexplode(l.acl) x" \
	" WHERE w.object_kind = 'table' AND x.privilege_type = w.privilege" \
	" UNION SELECT 3, 'type ' || o.oid::regtype, x.privilege_type, x.grantee, x.grantor FROM own_only o, aclexplode(o.typacl) x" \
	") "

/* What the profile opened and none of those that are left needs. */
#define SCHEMA_GRANTS \
	WANTED \
	", granted AS (" \
	" SELECT 1 AS step, format('schema %%I', n.nspname) AS object, x.privilege_type, x.grantee, x.grantor" \
	"  FROM pg_namespace n, aclexplode(n.nspacl) x" \
	" WHERE n.nspname IN (SELECT w.schema_name FROM wanted w) AND x.privilege_type = 'USAGE'" \
	"  AND NOT EXISTS (SELECT FROM privileges p, unnest(p.profiles) q" \
	"   JOIN pg_attribute a ON a.attrelid = to_regclass('wms." WMS_PROFILE_TABLE "') AND a.attname = q || '_' || n.nspname" \
	"  WHERE p.schema_name = n.nspname AND " HAS("a.attacl", "'SELECT'") ")" \
	") "

#define HELD \
	"SELECT g.step, format('REVOKE %%s ON %%s FROM %%s', g.privilege_type, g.object, $1::regrole), g.grantor" \
	"  FROM granted g WHERE g.grantee = $1 ORDER BY 1, 2"

/* What the role has granted to others in turn. */
#define GRANTED_ONWARDS \
	"SELECT format('%%s on %%s to %%s', g.privilege_type, g.object, g.grantee::regrole)" \
	"  FROM granted g WHERE g.grantor = $1 AND g.grantee <> $1 ORDER BY 1"

/* Has the role the mark of both that restrict? */
#define HELD_TO_OWN \
	WANTED "SELECT FROM own_only o WHERE " HAS("o.typacl", "'USAGE'")

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

/* Asks about the grant; returns how many rows, which are in SPI_tuptable. */
static uint64
ask(const char *query, const Grant *grant)
{
	Oid			types[] = {OIDOID, TEXTOID, TEXTARRAYOID};
	Datum		values[] = {ObjectIdGetDatum(grant->role), CStringGetTextDatum(grant->profile),
	PointerGetDatum(grant->schemas)};

	SPI_execute_with_args(query, 3, types, values, NULL, false, 0);
	return SPI_processed;
}

/* Runs the statements that the query gives for the grant, in its order; returns how many. */
static int32
run_all(const char *query, const Grant *grant)
{
	uint64		count = ask(query, grant);
	SPITupleTable *rows = SPI_tuptable;

	for (uint64 row = 0; row < count; row++)
		SPI_execute(SPI_getvalue(rows->vals[row], rows->tupdesc, 2), false, 0);
	return (int32) count;
}

/* Whose grants are ignored has no option to grant: PostgreSQL only warns of that. */
static void
check_complete(const Grant *grant)
{
	if (ask(in_extension(MISSING), grant) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("not all rights of profile \"%s\" could be granted", grant->profile),
				 errdetail("Left over: " UINT64_FORMAT ", the first is %s.", SPI_processed,
						   SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2)),
				 errhint("A superuser who calls %s() lets the owner of schema \"%s\" grant them.",
						 wms_qualified_name("wms_set_owner"), WMS_SCHEMA)));
}

static void
check_not_granted_onwards(const char *query, const Grant *grant)
{
	uint64		count = ask(query, grant);
	const char *role = GetUserNameFromId(grant->role, false);

	if (count > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("role \"%s\" has granted rights of profile \"%s\" to others", role, grant->profile),
				 errdetail("There are " UINT64_FORMAT ", the first is %s.", count,
						   SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1)),
				 errhint("REVOKE them as role \"%s\" first; REVOKE ... CASCADE by the owner takes them along.", role)));
}

pg_noreturn static void
refuse_to_leave(const Grant *grant, Oid grantor, const char *statement)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("not all rights of profile \"%s\" could be taken back from role \"%s\"", grant->profile,
					GetUserNameFromId(grant->role, false)),
			 errdetail("Role \"%s\" granted some of them; the first is what %s takes.", GetUserNameFromId(grantor, false), statement),
			 errhint("Let a superuser call %s(), who takes back what anybody granted.",
					 wms_qualified_name("wms_revoke"))));
}

/* Takes back what the query finds, each in the name of whom it was granted by; returns how many that were. */
static int32
revoke_all(const char *grants, const Grant *grant, Oid caller)
{
	const char *held = in_extension(psprintf("%s%s", grants, HELD));
	SPITupleTable *rows;
	uint64		count;
	Oid			user;
	int			security;

	check_not_granted_onwards(in_extension(psprintf("%s%s", grants, GRANTED_ONWARDS)), grant);
	GetUserIdAndSecContext(&user, &security);
	count = ask(held, grant);
	rows = SPI_tuptable;
	for (uint64 row = 0; row < count; row++)
	{
		char	   *statement = SPI_getvalue(rows->vals[row], rows->tupdesc, 2);
		bool		isnull;
		Oid			grantor = DatumGetObjectId(SPI_getbinval(rows->vals[row], rows->tupdesc, 3, &isnull));

		if (grantor != user && !has_privs_of_role(caller, grantor))
			refuse_to_leave(grant, grantor, statement);
		SetUserIdAndSecContext(grantor, security | SECURITY_LOCAL_USERID_CHANGE);
		SPI_execute(statement, false, 0);
		SetUserIdAndSecContext(user, security);
	}
	if (ask(held, grant) > 0)
		refuse_to_leave(grant, user, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2));
	return (int32) count;
}

bool
wms_profile_restricts(const char *profile)
{
	return strcmp(profile, "customer") == 0 || strcmp(profile, "agent") == 0;
}

int32
wms_profile_give(const Grant *grant)
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

WmsProfileSet *
wms_profiles_read(void)
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

/* The owner has his own rights, whatever he was given before he became that. */
static int32
take_rights(const Grant *grant, const WmsProfileSet *before, Oid caller)
{
	int32		count;

	if (grant->role == wms_schema_owner())
		return 0;
	count = revoke_all(GRANTS, grant, caller);
	/* what other profiles of the role give is granted again: one privilege may have other columns than the other */
	for (int i = 0; i < before->count; i++)
		if (before->grants[i].role == grant->role && strcmp(before->grants[i].profile, grant->profile) != 0)
			count -= run_all(in_extension(MISSING), &before->grants[i]);
	return count + revoke_all(SCHEMA_GRANTS, grant, caller);
}

bool
wms_profile_lost_note(const WmsProfileSet *set, Oid role)
{
	Grant		either = {.role = role, .profile = "customer", .schemas = construct_empty_array(TEXTOID)};

	return !has(set, role, "customer") && !has(set, role, "agent") && ask(in_extension(HELD_TO_OWN), &either) > 0;
}

int32
wms_profile_take(const Grant *grant, Oid caller)
{
	WmsProfileSet *before = wms_profiles_read();

	wms_set_for_now("search_path", "pg_catalog, pg_temp");
	if (!has(before, grant->role, grant->profile) &&
		!(wms_profile_restricts(grant->profile) && wms_profile_lost_note(before, grant->role)))
		return 0;
	if (OidIsValid(wms_profile_table()))
		run_all(unmark, grant);
	return take_rights(grant, before, caller);
}

void
wms_profiles_give(const WmsProfileSet *set)
{
	for (int i = 0; i < set->count; i++)
		wms_profile_give(&set->grants[i]);
	wms_row_policies(false);
}

void
wms_profiles_restore(void)
{
	wms_check_profiles_owner();
	wms_profiles_give(wms_profiles_read());
}

WmsProfileSet *
wms_profiles_take(Oid caller)
{
	WmsProfileSet *set = wms_profiles_read();

	for (int i = 0; i < set->count; i++)
		wms_profile_take(&set->grants[i], caller);
	return set;
}
