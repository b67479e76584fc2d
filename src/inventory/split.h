/*
 * split.h
 *		What is needed, spread over several warehouses.
 */
#ifndef WMS_SPLIT_H
#define WMS_SPLIT_H

#include "postgres.h"

#include "inventory/shortage.h"

/* What one warehouse has left of one item, for all needs of it. */
typedef struct WmsSplitPool
{
	int			first;			/* supply */
	int			last;			/* + 1 */
	int64		left;
	bool		visited;
} WmsSplitPool;

typedef struct WmsSplit
{
	const WmsNeed *needs;
	int			need_count;
	const WmsSupply *supplies;
	int			supply_count;
	int		   *by_need;		/* supplies, need by need */
	int		   *first_of;		/* of each need, in by_need; one more than there are needs */
	int			pool_count;
	WmsSplitPool *pools;
	int		   *pool_of;		/* of each supply; < 0 where it is a batch wanted as it is, which shares with none */
	int64	   *given;			/* of each supply, to its need */
	int64	   *fixed;			/* of what is given, what stays where it is */
	int64	   *most;			/* that may be given */
	int64	   *missing;		/* of each need */
	bool		apart;			/* parts of kits are served like others, from wherever they are */
	int64		looks;			/* at supplies, so far: what a search may cost is counted in them */
} WmsSplit;

/* Ready to give, nothing given. */
extern void wms_split_init(WmsSplit *split, const WmsNeed *needs, int need_count, const WmsSupply *supplies,
						   int supply_count);

/* Takes everything back. */
extern void wms_split_begin(WmsSplit *split);

extern void wms_split_give(WmsSplit *split, int supply, int64 units);

/* What the supply has left. */
extern int64 wms_split_left(const WmsSplit *split, int supply);

/* The units of all needs that are not served. */
extern int64 wms_split_missing(const WmsSplit *split);

/* As much as there is of all that comes in no kit; what is left for it by kits is found however it lies. */
extern void wms_split_serve_others(WmsSplit *split);

extern bool wms_split_has_kits(const WmsSplit *split);

/* Kit after kit, as many as the warehouses in their order have all parts of. */
extern void wms_split_serve_kits(WmsSplit *split);

/*
 * Looks for a way to serve everything, kits whole; false where there is none, or none was found in the time that it
 * takes at most.  What is given is all when it returns true, else anything.
 */
extern bool wms_split_search(WmsSplit *split);

#endif							/* WMS_SPLIT_H */
