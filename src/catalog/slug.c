/*
 * slug.c
 *		The trigger that makes a slug where none is given, and makes it unique.
 *
 * It waits for nobody.  A slug counts as taken while any transaction, open ones included, has a row with it
 * or holds the advisory lock on it.  That lock covers the instants between the choice and the entry in the
 * index: it is given back when the next slug is chosen, at the end of the transaction at the latest, so that
 * a backend holds one at most, however many rows it inserts.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/skey.h"
#include "access/xact.h"
#include "catalog/slug.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "support/advisory.h"
#include "support/trigger.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define COLUMN "slug"

/* How many numbers are tried one by one before they are searched by halves. */
#define TRIED_IN_ORDER 8

PG_FUNCTION_INFO_V1(wms_generate_slug);

static LOCKTAG chosen;
static bool chosen_held = false;

static bool
holds_chosen(void)
{
#if PG_VERSION_NUM >= 170000
	return chosen_held && LockHeldByMe(&chosen, ExclusiveLock, false);
#else
	return chosen_held && LockHeldByMe(&chosen, ExclusiveLock);
#endif
}

/* pg_advisory_unlock_all() may have been there before. */
static void
release_chosen(void)
{
	if (holds_chosen())
		(void) LockRelease(&chosen, ExclusiveLock, true);
	chosen_held = false;
}

static void
release_at_end(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		release_chosen();
}

/* A lock of the session: one of the transaction could not be given back from another subtransaction. */
static bool
try_to_choose(Relation table, const char *slug)
{
	static bool registered = false;

	if (!registered)
		RegisterXactCallback(release_at_end, NULL);
	registered = true;
	WMS_SET_ADVISORY(chosen, WMS_ADVISORY_SLUG, RelationGetRelid(table),
					 DatumGetUInt32(hash_any((const unsigned char *) slug, strlen(slug))));
	chosen_held = LockAcquire(&chosen, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
	return chosen_held;
}

/* The unique index on the slug alone; InvalidOid when the user has dropped it. */
static Oid
find_index(Relation table, int column)
{
	Oid			found = InvalidOid;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(table))
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);
		Form_pg_index form = index->rd_index;

		if (form->indisunique && form->indisvalid && form->indnkeyatts == 1 && form->indkey.values[0] == column)
			found = RelationGetRelid(index);
		index_close(index, AccessShareLock);
	}
	return found;
}

typedef struct SlugSearch
{
	Relation	table;
	int			column;
	Oid			index;
	const char *base;
} SlugSearch;

/* "base", then "base-2", "base-3" */
static char *
numbered(SlugSearch *search, int64 number)
{
	return number == 1 ? pstrdup(search->base) : psprintf("%s-%lld", search->base, (long long) number);
}

/* Has anybody a row with that slug, committed or not? */
static bool
is_taken(SlugSearch *search, int64 number)
{
	SnapshotData dirty;
	SysScanDesc scan;
	ScanKeyData key;
	bool		taken;

	InitDirtySnapshot(dirty);
	ScanKeyEntryInitialize(&key, 0, search->column, BTEqualStrategyNumber, InvalidOid,
						   TupleDescAttr(RelationGetDescr(search->table), search->column - 1)->attcollation,
						   F_TEXTEQ, CStringGetTextDatum(numbered(search, number)));
	scan = systable_beginscan(search->table, search->index, OidIsValid(search->index), &dirty, 1, &key);
	taken = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	CHECK_FOR_INTERRUPTS();
	return taken;
}

/* A number that is free, the smallest where none was given back. Few look-ups even for names of thousands. */
static int64
find_free(SlugSearch *search)
{
	int64		taken = 0;
	int64		free = 1;

	while (is_taken(search, free))
	{
		taken = free;
		free = free < TRIED_IN_ORDER ? free + 1 : free * 2;
	}
	while (free - taken > 1)
	{
		int64		middle = taken + (free - taken) / 2;

		if (is_taken(search, middle))
			taken = middle;
		else
			free = middle;
	}
	return free;
}

static char *
choose(SlugSearch *search)
{
	release_chosen();
	for (int64 number = find_free(search);; number++)
	{
		char	   *slug = numbered(search, number);

		/* whoever held the lock before may have inserted his row since we looked */
		if (try_to_choose(search->table, slug) && !is_taken(search, number))
			return slug;
		release_chosen();
	}
}

/*
 * Gives a row without a slug that of its name; a slug that is given stays, and is refused by the index when
 * it is taken.
 */
Datum
wms_generate_slug(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_BEFORE | WMS_ROW | WMS_ON_INSERT);
	HeapTuple	row = trigger->tg_trigtuple;
	SlugSearch	search;
	bool		isnull;
	Datum		slug;
	Datum		name;

	if (!wms_trigger_is_on(trigger, "catalog", "products") && !wms_trigger_is_on(trigger, "catalog", "categories"))
		wms_trigger_refuse_table(trigger, "catalog.products and catalog.categories");
	slug = wms_trigger_value(trigger, row, COLUMN, TEXTOID, &isnull);
	if (!isnull && TextDatumGetCString(slug)[0] != '\0')
		return PointerGetDatum(row);
	name = wms_trigger_value(trigger, row, "name", TEXTOID, &isnull);
	if (isnull)
		return PointerGetDatum(row);
	search.table = trigger->tg_relation;
	search.column = wms_trigger_column(trigger, COLUMN);
	search.index = find_index(search.table, search.column);
	search.base = wms_slug_of(TextDatumGetCString(name));
	return PointerGetDatum(wms_trigger_set(trigger, row, COLUMN, TEXTOID, CStringGetTextDatum(choose(&search))));
}
