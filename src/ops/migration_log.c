/*
 * migration_log.c
 *		wms.schema_migrations: what was done to the tables, and when.
 *
 * A log of events, only ever inserted into, so that a data-only restore over an existing log adds rows and
 * leaves the truth standing: the last event of a version counts.  It lives in a schema of its own because
 * CREATE SCHEMA is the one thing a dump replays before CREATE EXTENSION: the schema without the log is how the
 * install script recognises a restore.
 *
 * The log belongs to the user like every table, so columns are found by name.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "ops/migration_log.h"
#include "ops/schema_version.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#define LOG_NAME "schema_migrations"
#define LOG_TABLE WMS_SCHEMA "." LOG_NAME

/* The clock may step back, the order of events may not. */
static const char *const insert_event =
	"INSERT INTO " LOG_TABLE " (version, name, direction, applied_at) "
	"SELECT $1, $2, $3, greatest(clock_timestamp(), max(applied_at) + interval '1 microsecond') FROM " LOG_TABLE;

static const char *const create_log[] = {
	"CREATE SCHEMA IF NOT EXISTS " WMS_SCHEMA,
	"CREATE TABLE " LOG_TABLE " ("
	" id uuid DEFAULT gen_random_uuid() CONSTRAINT schema_migrations_pkey PRIMARY KEY,"
	" version integer NOT NULL,"
	" name text NOT NULL,"
	" direction text NOT NULL CONSTRAINT schema_migrations_direction_check CHECK (direction IN ('up', 'down')),"
	" applied_at timestamptz NOT NULL DEFAULT clock_timestamp())",
	"COMMENT ON SCHEMA " WMS_SCHEMA " IS 'what wms keeps about itself; its owner is whom the commands act as'",
	"COMMENT ON TABLE " LOG_TABLE " IS 'every step of wms_migrate() up or down; the last event of a version counts'"
};

Oid
wms_log_relation(void)
{
	Oid			schema = get_namespace_oid(WMS_SCHEMA, true);

	return OidIsValid(schema) ? get_relname_relid(LOG_NAME, schema) : InvalidOid;
}

static Relation
open_log(Oid relation)
{
	Relation	log = table_open(relation, AccessShareLock);

	if (log->rd_rel->relkind != RELKIND_RELATION)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", LOG_TABLE)));
	return log;
}

/* The value of a column; its owner may have altered the table, so nothing about it is taken for granted. */
static Datum
log_column(Relation log, HeapTuple tuple, const char *column, Oid type)
{
	AttrNumber	number = get_attnum(RelationGetRelid(log), column);
	bool		isnull = true;
	Datum		value = (Datum) 0;

	if (number > 0 && TupleDescAttr(RelationGetDescr(log), number - 1)->atttypid == type)
		value = heap_getattr(tuple, number, RelationGetDescr(log), &isnull);
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("table \"%s\" is not the log of wms", LOG_TABLE),
				 errdetail("It has no value of type %s in column \"%s\".", format_type_be(type), column)));
	return value;
}

/* The entry of the version, made when there is none. */
static WmsLogEntry *
entry_of(List **entries, int32 version)
{
	WmsLogEntry *entry;
	ListCell   *cell;

	foreach(cell, *entries)
	{
		entry = lfirst(cell);
		if (entry->version == version)
			return entry;
	}
	entry = palloc0(sizeof(WmsLogEntry));
	entry->version = version;
	entry->applied_at = DT_NOBEGIN;
	*entries = lappend(*entries, entry);
	return entry;
}

static void
add_event(List **entries, Relation log, HeapTuple tuple)
{
	WmsLogEntry *entry = entry_of(entries, DatumGetInt32(log_column(log, tuple, "version", INT4OID)));
	TimestampTz applied_at = DatumGetTimestampTz(log_column(log, tuple, "applied_at", TIMESTAMPTZOID));

	if (applied_at < entry->applied_at)
		return;
	entry->applied_at = applied_at;
	entry->name = TextDatumGetCString(log_column(log, tuple, "name", TEXTOID));
	entry->applied = strcmp(TextDatumGetCString(log_column(log, tuple, "direction", TEXTOID)), "up") == 0;
}

static int
by_version(const ListCell *a, const ListCell *b)
{
	int32		left = ((WmsLogEntry *) lfirst(a))->version;
	int32		right = ((WmsLogEntry *) lfirst(b))->version;

	return (left > right) - (left < right);
}

/*
 * The scan is that of a catalogue: it takes a new snapshot, whatever the isolation level, asks for no
 * privilege, and works on a standby and in a parallel worker.
 */
List *
wms_log_entries(void)
{
	Oid			relation = wms_log_relation();
	List	   *entries = NIL;
	Relation	log;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(relation))
		return NIL;
	log = open_log(relation);
	scan = systable_beginscan(log, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		add_event(&entries, log, tuple);
	systable_endscan(scan);
	table_close(log, AccessShareLock);
	list_sort(entries, by_version);
	return entries;
}

int32
wms_log_version(void)
{
	int32		version = 0;
	ListCell   *cell;

	foreach(cell, wms_log_entries())
	{
		WmsLogEntry *entry = lfirst(cell);

		if (entry->applied)
			version = Max(version, entry->version);
	}
	return version;
}

static void
make_log(void)
{
	for (int i = 0; i < lengthof(create_log); i++)
		SPI_execute(create_log[i], false, 0);
}

void
wms_log_write(int32 version, const char *name, bool up)
{
	Oid			types[] = {INT4OID, TEXTOID, TEXTOID};
	Datum		values[] = {
		Int32GetDatum(version),
		CStringGetTextDatum(name),
		CStringGetTextDatum(up ? "up" : "down")
	};

	if (!OidIsValid(wms_log_relation()))
		make_log();
	SPI_execute_with_args(insert_event, lengthof(types), types, values, NULL, false, 0);
	/* other backends have cached that the tables are current */
	CacheInvalidateRelcacheByRelid(wms_log_relation());
}
