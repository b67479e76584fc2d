/*
 * owner.c
 *		wms_set_owner(): hands tables and schemas, and with them what commands act as, to another role.
 *
 * The functions stay with whoever installed them: pg_dump does not keep their owner, and commands act as the
 * owner of schema wms anyway.  The new owner is allowed to call and to grant them, by whom they belong to and
 * not by his predecessor, who would have to keep what he passed on.
 *
 * Locks: that of migration_session.c; ACCESS EXCLUSIVE on every table handed over.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "ops/grant.h"
#include "ops/migration_session.h"
#include "ops/migration_steps.h"
#include "ops/owner.h"
#include "ops/schema_version.h"
#include "support/profiles.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(wms_set_owner);

#define OUR_SCHEMAS "('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent', 'wms')"

#define MEMBERS_WITH(more) \
	"pg_depend d JOIN pg_proc f ON f.oid = d.objid " more \
	" WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass" \
	"  AND d.refobjid = (SELECT e.oid FROM pg_extension e WHERE e.extname = 'wms')"

#define MEMBERS MEMBERS_WITH("")

#define OWN_ONLY \
	"pg_extension e JOIN pg_type t ON t.typnamespace = e.extnamespace" \
	" WHERE e.extname = 'wms' AND t.typname = '" WMS_OWN_ONLY_TYPE "'"

/* $1 the role.  Statements, and as whom.  What is open to PUBLIC needs no grant; a superuser needs none at all. */
static const char *const not_entrusted =
	"SELECT format('GRANT USAGE ON SCHEMA %I TO %s', n.nspname, $1::regrole), n.nspowner"
	"  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
	" WHERE e.extname = 'wms' AND NOT has_schema_privilege($1, n.oid, 'USAGE')"
	" UNION ALL SELECT format('GRANT EXECUTE ON FUNCTION %s TO %s WITH GRANT OPTION', f.oid::regprocedure, $1::regrole),"
	"  f.proowner"
	"  FROM " MEMBERS " AND f.proacl IS NOT NULL AND f.proowner <> $1"
	"   AND NOT EXISTS (SELECT FROM aclexplode(f.proacl) x"
	"    WHERE x.grantee = 0 OR x.grantee = $1 AND x.grantor = f.proowner AND x.is_grantable)"
	"   AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = $1 AND r.rolsuper)"
	" UNION ALL SELECT format('GRANT USAGE ON TYPE %s TO %s WITH GRANT OPTION', t.oid::regtype, $1::regrole), t.typowner"
	"  FROM " OWN_ONLY " AND t.typowner <> $1"
	"   AND NOT EXISTS (SELECT FROM aclexplode(t.typacl) x WHERE x.grantee = $1 AND x.grantor = t.typowner AND x.is_grantable)"
	"   AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = $1 AND r.rolsuper)";

/* $1 the former owner: what he was entrusted with, unless somebody else has it from him. */
static const char *const still_entrusted =
	"SELECT format('REVOKE ALL ON FUNCTION %s FROM %s', f.oid::regprocedure, $1::regrole), x.grantor"
	"  FROM " MEMBERS_WITH("CROSS JOIN LATERAL aclexplode(f.proacl) x") " AND f.proowner <> $1 AND x.grantee = $1"
	"   AND NOT EXISTS (SELECT FROM aclexplode(f.proacl) o WHERE o.grantor = $1)"
	" UNION ALL SELECT format('REVOKE ALL ON TYPE %s FROM %s', t.oid::regtype, $1::regrole), x.grantor"
	"  FROM pg_extension e JOIN pg_type t ON t.typnamespace = e.extnamespace CROSS JOIN LATERAL aclexplode(t.typacl) x"
	" WHERE e.extname = 'wms' AND t.typname = '" WMS_OWN_ONLY_TYPE "' AND t.typowner <> $1 AND x.grantee = $1";

/*
 * $1 the new owner, $2 the former one.  Schemas first: an owner of tables must be allowed to create in them.  A
 * sequence that belongs to a column goes with its table.
 */
#define NOT_HANDED_OVER \
	"SELECT s, NULL::oid FROM (" \
	" SELECT 1, format('ALTER SCHEMA %%I OWNER TO %%s', n.nspname, $1::regrole) FROM pg_namespace n" \
	"  WHERE n.nspname IN " OUR_SCHEMAS " AND n.nspowner <> $1" \
	" UNION ALL SELECT 2, format('ALTER %%s %%s OWNER TO %%s', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW'" \
	"   WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, c.oid::regclass, $1::regrole)" \
	"  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace" \
	"  WHERE n.nspname IN " OUR_SCHEMAS " AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relowner <> $1" \
	"   AND (c.relowner = $2 OR n.nspname = 'wms' OR c.relkind IN ('r', 'p') AND EXISTS (SELECT FROM %s.wms_privileges() p" \
	"    WHERE p.object_kind = 'table' AND to_regclass(p.object_name) = c.oid))" \
	"   AND NOT EXISTS (SELECT FROM pg_depend d WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass" \
	"    AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))" \
	" ) AS o (step, s) ORDER BY step, s"

/* As whoever calls, or as the role that is named: what is granted belongs to it. */
static void
run_as(Oid role, const char *statement)
{
	Oid			user;
	int			security;

	GetUserIdAndSecContext(&user, &security);
	if (OidIsValid(role))
		SetUserIdAndSecContext(role, security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	SPI_execute(statement, false, 0);
	SetUserIdAndSecContext(user, security);
}

/* Runs the statements that the query gives, each as whom it says; returns how many. */
static int32
run_all(const char *query, Oid role, Oid former)
{
	Oid			types[] = {OIDOID, OIDOID};
	Datum		values[] = {ObjectIdGetDatum(role), ObjectIdGetDatum(former)};
	SPITupleTable *rows;
	uint64		count;

	wms_set_for_now("search_path", "pg_catalog, pg_temp");
	SPI_execute_with_args(query, OidIsValid(former) ? 2 : 1, types, values, NULL, false, 0);
	rows = SPI_tuptable;
	count = SPI_processed;
	for (uint64 row = 0; row < count; row++)
	{
		bool		isnull;
		Oid			as = DatumGetObjectId(SPI_getbinval(rows->vals[row], rows->tupdesc, 2, &isnull));

		run_as(isnull ? InvalidOid : as, SPI_getvalue(rows->vals[row], rows->tupdesc, 1));
	}
	return (int32) count;
}

void
wms_entrust_functions(Oid role)
{
	SPI_connect();
	run_all(not_entrusted, role, InvalidOid);
	SPI_finish();
}

static int32
hand_over(Oid role, Oid former)
{
	const char *schema = quote_identifier(get_namespace_name(wms_extension_schema()));

	return run_all(psprintf(NOT_HANDED_OVER, schema), role, former);
}

/* Profiles are granted by the owner: the former one takes them back, the new one gives them. */
static int32
change_owner(Oid role, Oid former)
{
	Oid			user;
	int			security;
	int32		count;
	WmsProfileSet *profiles;

	GetUserIdAndSecContext(&user, &security);
	SPI_connect();
	SetUserIdAndSecContext(former, security | SECURITY_LOCAL_USERID_CHANGE);
	wms_profiles_refuse_owner(role);
	profiles = wms_profiles_take(user);
	SetUserIdAndSecContext(user, security);
	count = hand_over(role, former);
	wms_entrust_functions(role);
	if (former != role)
		run_all(still_entrusted, former, InvalidOid);
	SetUserIdAndSecContext(role, security | SECURITY_LOCAL_USERID_CHANGE);
	wms_profiles_give(profiles);
	SetUserIdAndSecContext(user, security);
	SPI_finish();
	return count;
}

/* wms_set_owner(role_name regrole) → integer, what was handed over; raises 22023, 42501, 42704, WM091. */
Datum
wms_set_owner(PG_FUNCTION_ARGS)
{
	Oid			role = wms_role_argument(fcinfo, 0);
	int			level;
	int32		count;

	wms_migration_lock("wms_set_owner()");
	wms_require_schema();
	wms_check_migrator(wms_schema_owner());
	wms_check_profiles_owner();
	level = NewGUCNestLevel();
	wms_set_for_now("row_security", "off");
	count = change_owner(role, wms_schema_owner());
	AtEOXact_GUC(false, level);
	PG_RETURN_INT32(count);
}
