/*
 * shortage.h
 *		What there is of an item in each warehouse, and the report of what is missing.
 */
#ifndef WMS_SHORTAGE_H
#define WMS_SHORTAGE_H

#include "postgres.h"

#include "support/compat.h"
#include "support/lines.h"

/* The demand of a command for one item (and batch, where one is named), added up. */
typedef struct WmsNeed
{
	const WmsItem *item;
	const pg_uuid_t *batch_id;
	bool		as_it_is;		/* the batch is expired or blocked, and wanted all the same */
	const void *kit;			/* whose part it is: every kit comes whole from one warehouse; NULL = of none */
	int32		kits;			/* how many; quantity is a multiple */
	int64		quantity;
} WmsNeed;

/* What one warehouse has for one need. */
typedef struct WmsSupply
{
	int			need;
	pg_uuid_t	warehouse_id;
	int64		available;
	int64		shared;			/* of the whole item, by all needs of it that want good stock */
	int64		held;
	int64		expired;
	int64		blocked;
} WmsSupply;

/* With whose eyes supplies are seen. */
typedef struct WmsSupplyView
{
	const pg_uuid_t *named;		/* a warehouse that counts whatever its type, and alone in reports; NULL = none */
	const char *own_type;		/* with own_id: a reference whose holds do not count; NULL = none */
	const pg_uuid_t *own_id;
	bool		query;			/* as a query does: as of the start of its statement */
} WmsSupplyView;

/* A need that cannot be met. */
typedef struct WmsShortage
{
	int			need;			/* the first of those of the item and batch */
	int64		requested;		/* by all of them */
	WmsSupply	supply;			/* where it was looked for: the named or the best warehouse, or all of them */
	int64		elsewhere;		/* available in others */
} WmsShortage;

/* Unlocked; in order of (priority, code) of the warehouses, then need. */
extern WmsSupply *wms_supplies(const WmsNeed *needs, int need_count, const WmsSupplyView *view, int *count);

/*
 * An item is short where it cannot be had in full; when every item could be had but only from different
 * warehouses, and may not, or a kit would come from several, all that are not in the best one are.
 */
extern WmsShortage *wms_shortages(const WmsNeed *needs, int need_count, const WmsSupplyView *view, bool may_split,
								  int *count);

/* Of the same item and batch, whatever kits they are for. */
extern bool wms_need_is_like(const WmsNeed *a, const WmsNeed *b);

/* Raises WM001. */
pg_noreturn extern void wms_refuse_shortage(const WmsNeed *needs, int need_count, const WmsSupplyView *view,
											bool may_split);

/*
 * Raises WM001 for units that are to leave a warehouse without being sold; what of each need is free of
 * holds, in batches good or bad, is in free.
 */
pg_noreturn extern void wms_refuse_removal(const WmsNeed *needs, const int64 *free, int need_count,
										   const pg_uuid_t *warehouse_id);

#endif							/* WMS_SHORTAGE_H */
