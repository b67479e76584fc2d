/*
 * transfer_items.h
 *		What of a transfer is outstanding, and what of it lines say has arrived.
 */
#ifndef WMS_TRANSFER_ITEMS_H
#define WMS_TRANSFER_ITEMS_H

#include "postgres.h"

#include "inventory/transfer_status.h"
#include "support/lines.h"

typedef struct WmsTransferItem
{
	pg_uuid_t	id;
	WmsItem		item;			/* product, variant, sku */
	pg_uuid_t	batch_id;
	bool		has_batch;
	int32		quantity;		/* sent */
	int32		received;
	int32		written_off;
	int32		outstanding;	/* the rest */
	/* what the command makes of the outstanding units */
	int32		arriving;
	int32		missing;
} WmsTransferItem;

typedef struct WmsTransferItems
{
	int			count;
	WmsTransferItem *items;		/* by item, then batch: first expired first */
} WmsTransferItems;

/* The transfer is locked; locks its warehouses and products FOR KEY SHARE. */
extern WmsTransferItems *wms_transfer_items_read(const WmsTransfer *transfer);

/* Lines that name an item of the transfer by its sku mean that one, deleted or not; before they are resolved. */
extern void wms_transfer_items_name(const WmsTransferItems *items, WmsLines *lines);

/* Lays resolved lines on what is outstanding (arriving); raises WM007 when they are more than that. */
extern void wms_transfer_items_arrive(const WmsTransfer *transfer, WmsTransferItems *items, const WmsLines *lines);

extern void wms_transfer_items_arrive_all(WmsTransferItems *items);

/* What neither has arrived nor arrives now is missing: with a reason, else WM007. */
extern void wms_transfer_items_miss_rest(const WmsTransfer *transfer, WmsTransferItems *items, const char *reason);

/* Writes what arrives and what is missing; returns the units still outstanding afterwards. */
extern int64 wms_transfer_items_write(const WmsTransfer *transfer, const WmsTransferItems *items);

#endif							/* WMS_TRANSFER_ITEMS_H */
