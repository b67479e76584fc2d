/*
 * ledger.h
 *		The one place that writes stock: quantities, batches, movements and tracks together.
 */
#ifndef WMS_LEDGER_H
#define WMS_LEDGER_H

#include "postgres.h"

#include "support/lines.h"
#include "utils/timestamp.h"

/* One change of one stock row, or of one batch of it. The row is locked by the caller. */
typedef struct WmsStockChange
{
	pg_uuid_t	warehouse_id;
	pg_uuid_t	product_id;
	pg_uuid_t	variant_id;
	bool		has_variant;
	pg_uuid_t	batch_id;
	bool		has_batch;
	int32		quantity;		/* signed: units on hand */
	int32		reserved;		/* signed: units held */
	Numeric		unit_cost;		/* NULL = unknown */
} WmsStockChange;

/* Why: what the movements and tracks of a change say. */
typedef struct WmsStockReason
{
	const char *movement;		/* movement type; NULL = only holds change */
	const char *track;			/* action in product_batch_tracks; NULL = none */
	const char *reference_type;
	const pg_uuid_t *reference_id;
	const char *notes;
	TimestampTz instant;		/* the clock, read under the locks */
} WmsStockReason;

/* Where there are movements, their ids are left in SPI_tuptable, in order of row and batch. */
extern void wms_stock_change(WmsStockChange *changes, int count, const WmsStockReason *reason);

/* As above where stock rows may be missing: they are created, or locked, in the global order. */
extern void wms_stock_bring_in(WmsStockChange *changes, int count, const WmsStockReason *reason);

extern int	wms_stock_change_compare(const void *a, const void *b);

/* A stock row was written by one of our own statements, with this difference: asked by its guard. */
extern void wms_stock_note_written(const WmsStockChange *difference);

#endif							/* WMS_LEDGER_H */
