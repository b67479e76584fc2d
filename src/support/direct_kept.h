/*
 * direct_kept.h
 *		Where the rows of a command stand, and how it has locked them; for direct*.c only.
 */
#ifndef WMS_DIRECT_KEPT_H
#define WMS_DIRECT_KEPT_H

#include "postgres.h"

#include "nodes/lockoptions.h"
#include "storage/itemptr.h"
#include "support/direct.h"
#include "utils/uuid.h"

#define WMS_NOT_LOCKED (-1)

/* The key of a row: uuids, in the columns of a key, of which the first one tells the keys of a table apart. */
typedef struct WmsKeptKey
{
	Oid			relation;
	AttrNumber	column;
	uint8		count;
	uint8		nulls;			/* a bit for each */
	pg_uuid_t	values[WMS_KEY_COLUMNS];
} WmsKeptKey;

typedef struct WmsKept
{
	uint64		generation;
	WmsKeptKey	key;
	ItemPointerData place;
	int			locked;			/* the strongest LockTupleMode, or WMS_NOT_LOCKED */
} WmsKept;

/* NULL when nothing is kept of the row. */
extern WmsKept *wms_kept_find(const WmsKeptKey *key);

/* Keeps where the row stands; a lock that is weaker than the one that was kept for this place changes nothing. */
extern void wms_kept_note(const WmsKeptKey *key, ItemPointer place, int locked);

#endif							/* WMS_DIRECT_KEPT_H */
