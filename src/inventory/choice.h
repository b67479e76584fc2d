/*
 * choice.h
 *		Which warehouses serve what is needed, by what they are seen to have.
 */
#ifndef WMS_CHOICE_H
#define WMS_CHOICE_H

#include "postgres.h"

#include "inventory/shortage.h"

/* How much of a need one warehouse is to serve. */
typedef struct WmsShare
{
	int			need;
	pg_uuid_t	warehouse_id;
	int64		quantity;
} WmsShare;

typedef struct WmsChoice
{
	int			count;
	WmsShare   *shares;			/* in order of needs, then of warehouses */
	int64	   *missing;		/* of each need; only where wms_choose_split() fails */
} WmsChoice;

/* The supplies are in order of warehouses, then needs; the needs as wms_demands_add_up() leaves them. */
extern bool wms_choose_one(const WmsNeed *needs, int need_count, const WmsSupply *supplies, int supply_count,
						   WmsChoice *choice);

/* As many warehouses as it takes, in their order; every kit comes whole from one of them. */
extern bool wms_choose_split(const WmsNeed *needs, int need_count, const WmsSupply *supplies, int supply_count,
							 WmsChoice *choice);

/* Everything from this warehouse, whatever it has. */
extern void wms_choose_named(const WmsNeed *needs, int need_count, const pg_uuid_t *warehouse_id, WmsChoice *choice);

/* How many supplies there are of the same warehouse as the first. */
extern int	wms_supplies_of_one(const WmsSupply *supplies, int count);

/* How many needs these supplies of one warehouse serve together. */
extern int	wms_supplies_serve(const WmsNeed *needs, const WmsSupply *supplies, int count);

#endif							/* WMS_CHOICE_H */
