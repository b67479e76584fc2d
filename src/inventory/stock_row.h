/*
 * stock_row.h
 *		Stock rows under lock: what is free on them, and which batches it is in.
 */
#ifndef WMS_STOCK_ROW_H
#define WMS_STOCK_ROW_H

#include "postgres.h"

#include "inventory/ledger.h"
#include "support/lines.h"
#include "utils/timestamp.h"

typedef struct WmsBatchRow
{
	pg_uuid_t	batch_id;
	bool		good;			/* neither expired nor blocked */
	int64		unheld;			/* on hand and not held, good or not */
	int64		free;			/* may be promised: unheld where it is good, else 0 */
} WmsBatchRow;

typedef struct WmsStockRow
{
	pg_uuid_t	warehouse_id;
	const WmsItem *item;
	int64		wanted;			/* what the caller needs of it */
	/* read under the lock */
	int64		quantity;
	int64		reserved;		/* less what has lapsed */
	int64		free;			/* what may be promised */
	int			batch_count;	/* first expired first */
	WmsBatchRow *batches;
} WmsStockRow;

/* Sorts the rows into the global order, locks them and reads quantity and reserved. Returns the clock. */
extern TimestampTz wms_stock_rows_lock(WmsStockRow *rows, int count);

/* As above; rows that are missing are created, empty, in the same pass. No row may be there twice. */
extern TimestampTz wms_stock_rows_create(WmsStockRow *rows, int count);

/* Raises 22003 where what is wanted, on top of what is on hand, is more than a stock row can say. */
extern void wms_require_room(const char *sku, int64 on_hand, int64 more);
extern void wms_stock_rows_require_room(const WmsStockRow *rows, int count);

/* Sorts the rows and makes one of those that are the same, with all that is wanted of it; returns how many are left. */
extern int	wms_stock_rows_merge(WmsStockRow *rows, int count);

/*
 * Finds what is free on locked rows: where the figures of the row do not suffice, lapsed holds are
 * expired first; where the item is in batches, they are read.
 */
extern void wms_stock_rows_settle(WmsStockRow *rows, int count, TimestampTz instant);

/* The rows of the items of lines, each once. */
extern WmsStockRow *wms_stock_rows_of_lines(const pg_uuid_t *warehouse_id, const WmsLines *lines, int *count);

/* NULL when it is not among them */
extern WmsStockRow *wms_stock_row_find(WmsStockRow *rows, int count, const pg_uuid_t *warehouse_id,
									   const WmsItem *item);

#endif							/* WMS_STOCK_ROW_H */
