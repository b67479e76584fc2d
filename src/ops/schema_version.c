/*
 * schema_version.c
 *		Are the tables those this library works on, and where are they?
 *
 * The library and the tables change at different moments: the one with ALTER EXTENSION or a restore, the
 * others with wms_migrate().  Every command and query asks wms_require_schema() first.  It compares the log
 * with the newest step of wms_migration and remembers success for the backend; each entry of the log sends a
 * relcache invalidation that makes every backend look again.
 *
 * Locks: ACCESS SHARE on the log and on wms_migration, while they are read.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "commands/extension.h"
#include "ops/migration_log.h"
#include "ops/schema_version.h"
#include "support/errors.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Column of wms_migration; a member table, so nobody moves it. */
#define MIGRATION_VERSION 1

static bool schema_is_current;
static bool migrating;
static Oid	known_schema;		/* of the extension, InvalidOid = look it up */
static Oid	known_steps;		/* wms_migration */
static Oid	known_log;
static uint64 invalidations;

/* Relcache callback: the log or the steps changed, or anything may have. */
static void
forget_schema(Datum arg, Oid relation)
{
	if (OidIsValid(relation) && relation != known_log && relation != known_steps)
		return;
	schema_is_current = false;
	known_schema = InvalidOid;
	invalidations++;
}

static void
watch_schema(void)
{
	static bool watching = false;

	if (watching)
		return;
	CacheRegisterRelcacheCallback(forget_schema, (Datum) 0);
	watching = true;
}

/* PostgreSQL before 16 has no exported function for this. */
static Oid
lookup_extension_schema(void)
{
	Oid			extension = get_extension_oid("wms", false);
	Relation	catalog = table_open(ExtensionRelationId, AccessShareLock);
	Oid			schema = InvalidOid;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(extension));
	scan = systable_beginscan(catalog, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return schema;
}

Oid
wms_extension_schema(void)
{
	Oid			schema;

	watch_schema();
	if (OidIsValid(known_schema))
		return known_schema;
	schema = lookup_extension_schema();
	known_steps = get_relname_relid("wms_migration", schema);
	/* without the table there is nothing whose invalidation would make us forget */
	known_schema = OidIsValid(known_steps) ? schema : InvalidOid;
	return schema;
}

char *
wms_qualified_name(const char *name)
{
	return quote_qualified_identifier(get_namespace_name(wms_extension_schema()), name);
}

Oid
wms_schema_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACENAME, CStringGetDatum(WMS_SCHEMA));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* Somebody has dropped the extension since we looked it up. */
static void
refuse_dropped(void)
{
	schema_is_current = false;
	known_schema = InvalidOid;
	ereport(ERROR,
			(errcode(ERRCODE_WMS_SCHEMA_OUT_OF_DATE),
			 errmsg("the extension wms was dropped meanwhile"),
			 errhint("CREATE EXTENSION wms; SELECT wms_migrate();")));
}

/* The newest step the extension knows, 0 when it has none. */
static int32
newest_step(void)
{
	int32		newest = 0;
	Relation	steps;
	SysScanDesc scan;
	HeapTuple	tuple;

	(void) wms_extension_schema();
	if (!OidIsValid(known_steps))
		return 0;
	steps = try_table_open(known_steps, AccessShareLock);
	if (steps == NULL)
		refuse_dropped();
	scan = systable_beginscan(steps, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;

		newest = Max(newest, DatumGetInt32(heap_getattr(tuple, MIGRATION_VERSION, RelationGetDescr(steps), &isnull)));
	}
	systable_endscan(scan);
	table_close(steps, AccessShareLock);
	return newest;
}

static void
refuse_schema(int32 version, int32 newest)
{
	if (version > newest)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_SCHEMA_OUT_OF_DATE),
				 errmsg("the tables of wms are newer than the extension"),
				 errdetail("The tables are at version %d, the extension knows versions up to %d.", version, newest),
				 errhint("Install the wms that made them, then ALTER EXTENSION wms UPDATE;")));
	ereport(ERROR,
			(errcode(ERRCODE_WMS_SCHEMA_OUT_OF_DATE),
			 version == 0 ? errmsg("the tables of wms are missing") : errmsg("the tables of wms are out of date"),
			 errdetail("The tables are at version %d, the extension needs version %d.", version, newest),
			 errhint("SELECT %s();", wms_qualified_name("wms_migrate"))));
}

static void
check_schema(void)
{
	uint64		before;
	int32		newest;
	int32		version;

	watch_schema();
	newest = newest_step();
	known_log = wms_log_relation();
	before = invalidations;
	version = wms_log_version();
	if (version != newest)
		refuse_schema(version, newest);
	/* what arrived while reading makes the answer old already */
	schema_is_current = before == invalidations;
}

void
wms_require_schema(void)
{
	if (!schema_is_current && !migrating)
		check_schema();
}

bool
wms_is_migrating(void)
{
	return migrating;
}

bool
wms_set_migrating(bool now)
{
	bool		before = migrating;

	migrating = now;
	return before;
}
