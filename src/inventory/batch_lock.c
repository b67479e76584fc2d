/*
 * batch_lock.c
 *		Batches locked together with all stock rows they are in.
 *
 * Locks: catalog.products FOR KEY SHARE by id, since split holds refer to them; the stock rows that have goods
 * of the batches, in any warehouse, in the global order; product_batches FOR NO KEY UPDATE by id.  Goods of a
 * batch come in under the lock of the batch, so from then on the set of rows is final.  A row that came to it
 * in between is taken only if nobody has it: waiting for it now would be out of order.
 */
#include "postgres.h"

#include "inventory/batch_lock.h"

#include "support/plans.h"

#define LOCK_PRODUCTS(skip) \
	WMS_PLAN("SELECT p.id FROM catalog.products p" \
			 " WHERE p.id IN (SELECT b.product_id FROM inventory.product_batches b WHERE b.id = ANY ($1))" \
			 " ORDER BY p.id FOR KEY SHARE" skip, UUIDARRAYOID)

#define LOCK_BATCHES(skip) \
	WMS_PLAN("SELECT b.id FROM inventory.product_batches b" \
			 " WHERE b.id = ANY ($1) AND b.product_id = ANY ($2)" \
			 "   AND ($3 IS NULL OR (b.status = 'active' AND b.expiry_date < $3))" \
			 " ORDER BY b.id FOR NO KEY UPDATE" skip, UUIDARRAYOID, UUIDARRAYOID, DATEOID)

static WmsPlan lock_products = LOCK_PRODUCTS("");
static WmsPlan lock_free_products = LOCK_PRODUCTS(" SKIP LOCKED");
static WmsPlan lock_batches = LOCK_BATCHES("");
static WmsPlan lock_free_batches = LOCK_BATCHES(" SKIP LOCKED");

static WmsPlan lock_rows = WMS_PLAN(
	"SELECT FROM (SELECT DISTINCT x.warehouse_id, x.product_id, x.variant_id"
	"               FROM inventory.stock_item_batches x WHERE x.batch_id = ANY ($1) AND x.quantity > 0) b"
	"  JOIN inventory.stock_items s ON s.warehouse_id = b.warehouse_id AND s.product_id = b.product_id"
	"   AND s.variant_id IS NOT DISTINCT FROM b.variant_id"
	" ORDER BY s.warehouse_id, s.product_id, s.variant_id"
	"   FOR NO KEY UPDATE OF s",
	UUIDARRAYOID);

static WmsPlan read_rows = WMS_PLAN(
	"SELECT b.batch_id, b.warehouse_id, b.product_id, b.variant_id, locked.warehouse_id IS NOT NULL"
	"  FROM inventory.stock_item_batches b"
	"  LEFT JOIN LATERAL (SELECT s.warehouse_id FROM inventory.stock_items s"
	"                      WHERE s.warehouse_id = b.warehouse_id AND s.product_id = b.product_id"
	"                        AND s.variant_id IS NOT DISTINCT FROM b.variant_id"
	"                        FOR NO KEY UPDATE SKIP LOCKED) locked ON true"
	" WHERE b.batch_id = ANY ($1) AND b.quantity > 0"
	" ORDER BY b.warehouse_id, b.product_id, b.variant_id",
	UUIDARRAYOID);

static Datum
column_of_ids(uint64 count)
{
	WmsColumn  *ids = wms_column(UUIDOID);
	bool		isnull;

	for (uint64 n = 0; n < count; n++)
		wms_column_add_uuid(ids, DatumGetUUIDP(wms_value(n, 1, &isnull)));
	return wms_column_array(ids);
}

static bool
contains(const WmsColumn *ids, const pg_uuid_t *id)
{
	for (int i = ids->count - 1; i >= 0; i--)
		if (memcmp(DatumGetUUIDP(ids->values[i])->data, id->data, UUID_LEN) == 0)
			return true;
	return false;
}

/* The row of line n of read_rows, unless it is that of the line before. */
static void
add_row(WmsBatchLock *lock, WmsItem *items, uint64 n)
{
	WmsStockRow *row = &lock->rows[lock->row_count];
	WmsItem    *item = &items[lock->row_count];
	bool		isnull;
	Datum		variant = wms_value(n, 4, &isnull);

	item->batch_tracked = true;
	item->has_variant = !isnull;
	if (!isnull)
		item->variant_id = *DatumGetUUIDP(variant);
	item->product_id = *DatumGetUUIDP(wms_value(n, 3, &isnull));
	row->warehouse_id = *DatumGetUUIDP(wms_value(n, 2, &isnull));
	row->item = item;
	if (lock->row_count > 0 && wms_item_compare(row[-1].item, item) == 0 &&
		memcmp(row[-1].warehouse_id.data, row->warehouse_id.data, UUID_LEN) == 0)
		return;
	lock->row_count++;
}

/* Rows of batches that could not be had completely stay locked, and unused. */
static void
take_rows(WmsBatchLock *lock, Datum batch_ids)
{
	uint64		count = wms_run(&read_rows, &batch_ids, NULL);
	WmsColumn  *incomplete = wms_column(UUIDOID);
	WmsColumn  *locked = lock->batches;
	WmsItem    *items = palloc_extended(sizeof(WmsItem) * (count + 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	bool		isnull;

	for (uint64 n = 0; n < count; n++)
		if (!wms_value_bool(n, 5))
			wms_column_add_uuid(incomplete, DatumGetUUIDP(wms_value(n, 1, &isnull)));
	lock->batches = wms_column(UUIDOID);
	for (int i = 0; i < locked->count; i++)
		if (contains(incomplete, DatumGetUUIDP(locked->values[i])))
			lock->missed++;
		else
			wms_column_add(lock->batches, locked->values[i], false);
	lock->rows = palloc_extended(sizeof(WmsStockRow) * (count + 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint64 n = 0; n < count; n++)
		if (wms_value_bool(n, 5))
			add_row(lock, items, n);
	lock->instant = wms_stock_rows_lock(lock->rows, lock->row_count);
}

void
wms_batches_lock(WmsBatchLock *lock, Datum batch_ids)
{
	Datum		values[3] = {batch_ids};
	bool		nulls[3] = {false, false, !lock->by_date};
	uint64		count;
	bool		isnull;

	values[1] = column_of_ids(wms_run(lock->skip ? &lock_free_products : &lock_products, values, NULL));
	if (!lock->skip)
		wms_run(&lock_rows, values, NULL);
	values[2] = DateADTGetDatum(lock->as_of);
	count = wms_run(lock->skip ? &lock_free_batches : &lock_batches, values, nulls);
	lock->batches = wms_column(UUIDOID);
	for (uint64 n = 0; n < count; n++)
		wms_column_add_uuid(lock->batches, DatumGetUUIDP(wms_value(n, 1, &isnull)));
	take_rows(lock, wms_column_array(lock->batches));
}
