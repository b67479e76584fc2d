/*
 * allocation.h
 *		Which warehouse and which batches serve a demand, and the holds that make it so.
 */
#ifndef WMS_ALLOCATION_H
#define WMS_ALLOCATION_H

#include "postgres.h"

#include "inventory/ledger.h"
#include "inventory/stock_row.h"
#include "inventory/warehouse_lock.h"
#include "support/lines.h"
#include "utils/timestamp.h"

/* What one line wants of one item. */
typedef struct WmsDemand
{
	const WmsLine *line;		/* where it comes from one */
	const WmsItem *item;
	const pg_uuid_t *batch_id;	/* the one that is wanted; NULL = first expired, first out */
	const pg_uuid_t *first_batch_id;	/* that is asked before the others; NULL = none */
	bool		as_it_is;		/* that batch is expired or blocked, and wanted all the same */
	const pg_uuid_t *line_id;	/* order item or transfer item; NULL = none */
	int32		quantity;
	const void *kit;			/* whose part it is, the same for all its parts; NULL = of none */
	int32		kits;			/* how many; quantity is a multiple */
} WmsDemand;

/* A part of a demand, on one stock row or batch. */
typedef struct WmsHold
{
	const WmsDemand *demand;
	pg_uuid_t	warehouse_id;
	pg_uuid_t	batch_id;
	bool		has_batch;
	int32		quantity;
} WmsHold;

typedef struct WmsHoldRequest
{
	WmsDemand  *demands;
	int			demand_count;
	const pg_uuid_t *warehouse_id;	/* NULL = chosen here */
	bool		may_split;		/* over several warehouses */
	const char *reference_type;
	const pg_uuid_t *reference_id;
	const char *own_type;		/* with own_id: a reference whose holds do not count and end; NULL = none */
	const pg_uuid_t *own_id;
	WmsStockRow *locked;		/* where none is named, the only rows to hold from, locked by the caller; NULL = any */
	int			locked_count;
	bool		expires;
	TimestampTz expires_at;
	/* set by wms_hold_stock() */
	TimestampTz instant;		/* the clock, read under the locks */
	WmsHold    *holds;
	int			hold_count;
} WmsHoldRequest;

/* The demands of lines: components of kits, nothing for what is not stocked. line_ids may be NULL. */
extern void wms_demands_of_lines(const WmsLines *lines, const pg_uuid_t *line_ids, WmsHoldRequest *request);

/* The rows that could serve the demand, of all warehouses, each once; read without a lock. */
extern WmsStockRow *wms_hold_rows(WmsHoldRequest *request, int *count);

/* Whether the request, which names no warehouse, can be met from the rows that are locked for it. */
extern bool wms_hold_rows_suffice(WmsHoldRequest *request);

/*
 * Holds the whole demand or raises WM001; what own_type and own_id held is given back under the same locks,
 * and so becomes the request's as far as it needs it.  The new rows of inventory.stock_reservations are left in
 * SPI_tuptable: id, warehouse_id, product_id, variant_id, batch_id, quantity.
 */
extern void wms_hold_stock(WmsHoldRequest *request);

#endif							/* WMS_ALLOCATION_H */
