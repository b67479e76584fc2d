/*
 * demand.h
 *		What lines and requests add up to, and whether it could be had.
 */
#ifndef WMS_DEMAND_H
#define WMS_DEMAND_H

#include "postgres.h"

#include "inventory/allocation.h"
#include "inventory/shortage.h"

/* Demands added up by item and batch, those of each kit for themselves. */
typedef struct WmsNeeds
{
	int			count;
	WmsNeed    *needs;
	int		   *need_of;		/* of each demand */
} WmsNeeds;

/* A demand that could not be met. */
typedef struct WmsShortDemand
{
	const WmsDemand *demand;
	int64		requested;		/* by all demands of the item together */
	int64		available;
} WmsShortDemand;

/* Sorts the demands. */
extern void wms_demands_add_up(WmsDemand *demands, int count, WmsNeeds *needs);

/* How the request sees supplies. */
extern WmsSupplyView wms_request_view(const WmsHoldRequest *request);

/*
 * What wms_hold_stock() would be short of, as a query sees it: nothing is locked or written.  The named
 * warehouse must exist.
 */
extern WmsShortDemand *wms_demands_short(WmsHoldRequest *request, int *count);

#endif							/* WMS_DEMAND_H */
