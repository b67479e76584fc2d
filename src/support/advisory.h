/*
 * advisory.h
 *		Advisory locks of our own: the last field keeps them apart from those of pg_advisory_lock(), which
 *		uses 1 and 2 there.  pg_locks shows it as objsubid.
 */
#ifndef WMS_ADVISORY_H
#define WMS_ADVISORY_H

#include "postgres.h"

#include "miscadmin.h"
#include "storage/lock.h"

typedef enum WmsAdvisoryClass
{
	WMS_ADVISORY_TREE = 0x5701,	/* re-parenting in one tree */
	WMS_ADVISORY_SLUG,			/* a slug that is about to be inserted */
	WMS_ADVISORY_IMPORT			/* an import of products */
} WmsAdvisoryClass;

#define WMS_SET_ADVISORY(tag, class, key1, key2) SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, key1, key2, class)

#endif							/* WMS_ADVISORY_H */
