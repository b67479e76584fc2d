/*
 * seed_demo.h
 *		The example company of wms_seed_demo(): what its parts know of each other.
 */
#ifndef WMS_SEED_DEMO_H
#define WMS_SEED_DEMO_H

#include "postgres.h"

#include "common/pg_prng.h"
#include "fmgr.h"
#include "support/columns.h"
#include "support/plans.h"
#include "utils/uuid.h"

#define WMS_DEMO_WAREHOUSES 3	/* orders are served by the first two */
#define WMS_DEMO_AGENTS 6
#define WMS_DEMO_LINES 5		/* at most so many in an order */
#define WMS_DEMO_MAIN 0
#define WMS_DEMO_SHOP 1

/* What can stand in an order line: a product without variants, or a variant. */
typedef struct WmsDemoItem
{
	char	   *sku;
	int			cents;			/* its price */
	bool		is_stocked;		/* neither a service nor a kit */
	bool		batch_tracked;
	int			component_count;	/* of a kit, else 0 */
	int			components[2];	/* items */
	int			component_units[2];
	int			demand[WMS_DEMO_WAREHOUSES];	/* units the orders will take */
} WmsDemoItem;

typedef struct WmsDemoOrder
{
	int			status;			/* index of wms_demo_statuses */
	int			customer;		/* -1 = a guest */
	int			agent;			/* -1 = none */
	int			warehouse;
	const char *coupon;			/* NULL = none */
	const char *shipping;		/* NULL = fetched */
	int			cents;			/* of its lines */
	int			line_count;
	int			items[WMS_DEMO_LINES];
	int			quantities[WMS_DEMO_LINES];
} WmsDemoOrder;

typedef struct WmsDemo
{
	pg_prng_state random;
	int			product_count;
	int			order_count;
	int			customer_count;
	int			item_count;
	Oid			self;			/* wms_seed_demo() */
	pg_uuid_t	admin_id;
	pg_uuid_t	storekeeper_id;
	pg_uuid_t  *customer_ids;
	pg_uuid_t	agent_ids[WMS_DEMO_AGENTS];
	pg_uuid_t	warehouse_ids[WMS_DEMO_WAREHOUSES];
	WmsDemoItem *items;
	WmsDemoOrder *orders;
} WmsDemo;

/* The steps, in order. */
extern void wms_demo_people(WmsDemo *demo);
extern void wms_demo_catalogue(WmsDemo *demo);
extern void wms_demo_plan_orders(WmsDemo *demo);
extern void wms_demo_stock(WmsDemo *demo);
extern void wms_demo_trade(WmsDemo *demo);

/* A number from low to high, both included. */
extern int	wms_demo_random(WmsDemo *demo, int low, int high);
extern bool wms_demo_chance(WmsDemo *demo, int percent);
extern pg_uuid_t wms_demo_uuid(void);

/* Runs a statement whose parameters are arrays, one a column. */
extern void wms_demo_write(WmsPlan *plan, WmsColumn **columns, int count);

/* From now on the commands are called on behalf of this user. */
extern void wms_demo_act_as(const pg_uuid_t *user_id);

/* A command of the extension by its name; lookups are by FmgrInfo, so that it is found once. */
extern void wms_demo_find(const WmsDemo *demo, const char *name, FmgrInfo *command);
extern Datum wms_demo_call(FmgrInfo *command, Datum *values, const bool *nulls);

/* What pg_stat_activity shows meanwhile. */
extern void wms_demo_progress(const char *what, int done, int all);

#endif							/* WMS_SEED_DEMO_H */
