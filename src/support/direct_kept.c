/*
 * direct_kept.c
 *		Where the rows of a command stand, and how it has locked them.
 *
 * The phases of a command come to the same rows again and again.  Where one was found last is a hint: who comes
 * back looks there first, whether the row is to be seen there and has the key.  That a row is locked is more than
 * a hint: rows are kept within a command only, and forgotten once it has run anything but direct forms, or a
 * subtransaction has ended in failure.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "support/direct_kept.h"

#include "access/xact.h"
#include "common/hashfn.h"

/* Rows that share a place push each other out. */
#define PLACES 4096

static WmsKept places[PLACES];
static uint64 generation = 1;
static bool within_command = false;

void
wms_direct_forget(void)
{
	generation++;
}

static void
at_subtransaction_event(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	wms_direct_forget();
	within_command = false;
}

static void
at_transaction_event(XactEvent event, void *arg)
{
	within_command = false;
}

void
wms_direct_begin_command(void)
{
	static bool watching = false;

	if (!watching)
	{
		RegisterXactCallback(at_transaction_event, NULL);
		RegisterSubXactCallback(at_subtransaction_event, NULL);
	}
	watching = true;
	wms_direct_forget();
	within_command = true;
}

/* Also of a command within another, or of a subtransaction that fails: the one that goes on keeps nothing more. */
void
wms_direct_end_command(void)
{
	within_command = false;
}

/* Keys differ by chance in most of their bytes, so it takes little to spread them. */
static WmsKept *
place_of(const WmsKeptKey *key)
{
	uint64		sum = key->relation;

	for (int i = 0; i < key->count; i++)
	{
		uint64		halves[2];

		memcpy(halves, key->values[i].data, sizeof(halves));
		sum = hash_combine64(hash_combine64(sum, halves[0]), halves[1]);
	}
	return &places[(sum ^ sum >> 32) % PLACES];
}

static bool
is_of(const WmsKept *kept, const WmsKeptKey *key)
{
	return kept->generation == generation && memcmp(&kept->key, key, sizeof(WmsKeptKey)) == 0;
}

WmsKept *
wms_kept_find(const WmsKeptKey *key)
{
	WmsKept    *kept = place_of(key);

	return within_command && is_of(kept, key) ? kept : NULL;
}

void
wms_kept_note(const WmsKeptKey *key, ItemPointer place, int locked)
{
	WmsKept    *kept = place_of(key);

	if (is_of(kept, key) && ItemPointerEquals(&kept->place, place))
	{
		kept->locked = Max(kept->locked, locked);
		return;
	}
	kept->generation = generation;
	kept->key = *key;
	kept->place = *place;
	kept->locked = locked;
}
