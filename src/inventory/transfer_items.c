/*
 * transfer_items.c
 *		What of a transfer is outstanding, and what of it lines say has arrived.
 *
 * Locks: the transfer is locked by the caller, and its items change only under that lock.  Here: both
 * warehouses, then the products, FOR KEY SHARE in order of id, since stock and movements refer to them.
 */
#include "postgres.h"

#include "inventory/transfer_items.h"

#include "support/args.h"
#include "support/columns.h"
#include "support/compat.h"
#include "support/errors.h"
#include "support/plans.h"
#include "utils/json.h"

static WmsPlan lock_warehouses = WMS_PLAN(
	"SELECT FROM inventory.warehouses w WHERE w.id IN ($1, $2) ORDER BY w.id FOR KEY SHARE",
	UUIDOID, UUIDOID);

static WmsPlan lock_products = WMS_PLAN(
	"SELECT FROM catalog.products p WHERE p.id = ANY ($1) ORDER BY p.id FOR KEY SHARE",
	UUIDARRAYOID);

static WmsPlan read_items = WMS_PLAN(
	"SELECT i.id, i.product_id, i.variant_id, i.batch_id, i.quantity, i.received_quantity, i.short_quantity,"
	"       coalesce(v.sku, p.sku)"
	"  FROM inventory.stock_transfer_items i"
	"  JOIN catalog.products p ON p.id = i.product_id"
	"  LEFT JOIN catalog.product_variants v ON v.id = i.variant_id"
	"  LEFT JOIN inventory.product_batches b ON b.id = i.batch_id"
	" WHERE i.transfer_id = $1"
	" ORDER BY i.product_id, i.variant_id, b.expiry_date NULLS LAST, b.created_at, i.batch_id",
	UUIDOID);

static WmsPlan write_items = WMS_PLAN(
	"UPDATE inventory.stock_transfer_items i"
	"   SET received_quantity = i.received_quantity + u.arriving,"
	"       short_quantity = i.short_quantity + u.missing"
	"  FROM unnest($2, $3, $4) AS u(id, arriving, missing)"
	" WHERE i.id = u.id AND i.transfer_id = $1",
	UUIDOID, UUIDARRAYOID, INT4ARRAYOID, INT4ARRAYOID);

static void
lock_what_it_refers_to(const WmsTransfer *transfer, const WmsTransferItems *items)
{
	Datum		warehouses[] = {UUIDPGetDatum(&transfer->from_warehouse_id), UUIDPGetDatum(&transfer->to_warehouse_id)};
	WmsColumn  *products = wms_column(UUIDOID);
	Datum		value;

	wms_run(&lock_warehouses, warehouses, NULL);
	for (int i = 0; i < items->count; i++)
		wms_column_add_uuid(products, &items->items[i].item.product_id);
	value = wms_column_array(products);
	wms_run(&lock_products, &value, NULL);
}

static void
read_item(WmsTransferItem *item, uint64 row)
{
	bool		isnull;
	Datum		value;

	item->id = *DatumGetUUIDP(wms_value(row, 1, &isnull));
	item->item.product_id = *DatumGetUUIDP(wms_value(row, 2, &isnull));
	value = wms_value(row, 3, &isnull);
	item->item.has_variant = !isnull;
	if (!isnull)
		item->item.variant_id = *DatumGetUUIDP(value);
	value = wms_value(row, 4, &isnull);
	item->has_batch = !isnull;
	if (!isnull)
		item->batch_id = *DatumGetUUIDP(value);
	item->quantity = (int32) wms_value_int64(row, 5);
	item->received = (int32) wms_value_int64(row, 6);
	item->written_off = (int32) wms_value_int64(row, 7);
	item->outstanding = item->quantity - item->received - item->written_off;
	item->item.sku = wms_value_text(row, 8);
}

WmsTransferItems *
wms_transfer_items_read(const WmsTransfer *transfer)
{
	WmsTransferItems *items = palloc0(sizeof(WmsTransferItems));
	Datum		value = UUIDPGetDatum(&transfer->id);

	items->count = (int) wms_run(&read_items, &value, NULL);
	items->items = palloc_extended(sizeof(WmsTransferItem) * Max(items->count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < items->count; i++)
		read_item(&items->items[i], i);
	lock_what_it_refers_to(transfer, items);
	return items;
}

/* A sku that several items of the transfer have is left to what it means in the catalogue. */
static const WmsItem *
find_sku(const WmsTransferItems *items, const char *sku)
{
	const WmsItem *found = NULL;

	for (int i = 0; i < items->count; i++)
	{
		const WmsItem *item = &items->items[i].item;

		if (strcmp(item->sku, sku) != 0)
			continue;
		if (found != NULL && wms_item_compare(found, item) != 0)
			return NULL;
		found = item;
	}
	return found;
}

void
wms_transfer_items_name(const WmsTransferItems *items, WmsLines *lines)
{
	for (int i = 0; i < lines->count; i++)
	{
		WmsLine    *line = &lines->lines[i];
		const WmsItem *item = line->sku == NULL ? NULL : find_sku(items, line->sku);

		if (item == NULL)
			continue;
		line->product_id = (pg_uuid_t *) &item->product_id;
		line->variant_id = item->has_variant ? (pg_uuid_t *) &item->variant_id : NULL;
	}
}

static bool
names(const WmsLine *line, const WmsTransferItem *item)
{
	return wms_item_compare(&line->item, &item->item) == 0 &&
		(line->batch_id == NULL || (item->has_batch && wms_uuid_equal(line->batch_id, &item->batch_id)));
}

/* One element of the DETAIL of WM007; figures of the items together, and what is said to arrive. */
static void
report(StringInfo detail, const WmsItem *item, const pg_uuid_t *batch_id, const WmsTransferItem *sums, int64 arriving)
{
	appendStringInfo(detail, "%s{\"sku\": ", detail->len > 1 ? ", " : "");
	escape_json(detail, item->sku);
	appendStringInfo(detail, ", \"product_id\": \"%s\"", wms_uuid_text(&item->product_id));
	if (item->has_variant)
		appendStringInfo(detail, ", \"variant_id\": \"%s\"", wms_uuid_text(&item->variant_id));
	if (batch_id != NULL)
		appendStringInfo(detail, ", \"batch_id\": \"%s\"", wms_uuid_text(batch_id));
	appendStringInfo(detail, ", \"sent\": %d, \"received\": %d, \"short\": %d, \"outstanding\": %d, \"arriving\": "
					 INT64_FORMAT "}", sums->quantity, sums->received, sums->written_off, sums->outstanding, arriving);
}

pg_noreturn static void
refuse_excess(const WmsTransfer *transfer, const WmsTransferItems *items, const WmsLines *lines, const WmsLine *line)
{
	WmsTransferItem sums = {0};
	int64		arriving = 0;
	StringInfoData detail;

	for (int i = 0; i < items->count; i++)
	{
		if (!names(line, &items->items[i]))
			continue;
		sums.quantity += items->items[i].quantity;
		sums.received += items->items[i].received;
		sums.written_off += items->items[i].written_off;
		sums.outstanding += items->items[i].outstanding;
	}
	for (int i = 0; i < lines->count; i++)
		if (wms_item_compare(&lines->lines[i].item, &line->item) == 0 &&
			(line->batch_id == NULL || wms_uuid_equal(line->batch_id, lines->lines[i].batch_id)))
			arriving += lines->lines[i].quantity;
	initStringInfo(&detail);
	appendStringInfoChar(&detail, '[');
	report(&detail, &line->item, line->batch_id, &sums, arriving);
	appendStringInfoChar(&detail, ']');
	ereport(ERROR,
			(errcode(ERRCODE_WMS_TRANSFER_QUANTITY_MISMATCH),
			 errmsg("line %d: more of \"%s\" than is outstanding on transfer %s", line->number, line->item.sku,
					transfer->number),
			 errdetail_internal("%s", detail.data),
			 errhint("Receive what is outstanding; bring in what was not sent with wms_receive_stock().")));
}

/* The first of the rows of an item; they stand together. */
static int
first_of(const WmsTransferItems *items, const WmsItem *item)
{
	int			low = 0;
	int			high = items->count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (wms_item_compare(&items->items[middle].item, item) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
arrive(const WmsTransfer *transfer, WmsTransferItems *items, const WmsLines *lines, const WmsLine *line)
{
	int32		open = line->quantity;

	for (int i = first_of(items, &line->item);
		 open > 0 && i < items->count && wms_item_compare(&items->items[i].item, &line->item) == 0; i++)
	{
		WmsTransferItem *item = &items->items[i];
		int32		part = Min(open, item->outstanding - item->arriving);

		if (part <= 0 || !names(line, item))
			continue;
		item->arriving += part;
		open -= part;
	}
	if (open > 0)
		refuse_excess(transfer, items, lines, line);
}

/* Lines that name a batch come first, since they have less choice. */
void
wms_transfer_items_arrive(const WmsTransfer *transfer, WmsTransferItems *items, const WmsLines *lines)
{
	for (int i = 0; i < lines->count; i++)
		if (lines->lines[i].batch_id != NULL)
			arrive(transfer, items, lines, &lines->lines[i]);
	for (int i = 0; i < lines->count; i++)
		if (lines->lines[i].batch_id == NULL)
			arrive(transfer, items, lines, &lines->lines[i]);
}

void
wms_transfer_items_arrive_all(WmsTransferItems *items)
{
	for (int i = 0; i < items->count; i++)
		items->items[i].arriving = items->items[i].outstanding;
}

void
wms_transfer_items_miss_rest(const WmsTransfer *transfer, WmsTransferItems *items, const char *reason)
{
	int64		missing = 0;
	StringInfoData detail;

	initStringInfo(&detail);
	appendStringInfoChar(&detail, '[');
	for (int i = 0; i < items->count; i++)
	{
		WmsTransferItem *item = &items->items[i];

		item->missing = item->outstanding - item->arriving;
		missing += item->missing;
		if (item->missing > 0)
			report(&detail, &item->item, item->has_batch ? &item->batch_id : NULL, item, item->arriving);
	}
	appendStringInfoChar(&detail, ']');
	if (missing > 0 && reason == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_TRANSFER_QUANTITY_MISMATCH),
				 errmsg("transfer %s is " INT64_FORMAT " units short and no reason is given", transfer->number, missing),
				 errdetail_internal("%s", detail.data),
				 errhint("Pass short_reason to write them off, or receive them when they arrive with wms_receive_transfer().")));
}

int64
wms_transfer_items_write(const WmsTransfer *transfer, const WmsTransferItems *items)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(INT4OID), wms_column(INT4OID)};
	Datum		values[4];
	int64		left = 0;

	for (int i = 0; i < items->count; i++)
	{
		const WmsTransferItem *item = &items->items[i];

		left += item->outstanding - item->arriving - item->missing;
		if (item->arriving == 0 && item->missing == 0)
			continue;
		wms_column_add_uuid(columns[0], &item->id);
		wms_column_add_int(columns[1], item->arriving);
		wms_column_add_int(columns[2], item->missing);
	}
	values[0] = UUIDPGetDatum(&transfer->id);
	for (int i = 0; i < lengthof(columns); i++)
		values[i + 1] = wms_column_array(columns[i]);
	wms_run(&write_items, values, NULL);
	return left;
}
