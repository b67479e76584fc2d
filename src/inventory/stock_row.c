/*
 * stock_row.c
 *		Stock rows under lock: what is free on them, and which batches it is in.
 *
 * Locks: inventory.stock_items FOR NO KEY UPDATE, all rows of a command in one statement, in order of
 * (warehouse_id, product_id, variant_id), the row without variant last; rows that are created, in the same
 * order and the same pass as those that are there.  Holds and batch rows change
 * only under the lock of their stock row, so they are read after it and need none of their own.
 */
#include "postgres.h"

#include "inventory/stock_row.h"

#include "inventory/stock_direct.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/plans.h"

static WmsPlan lock_rows = WMS_PLAN_DIRECT(wms_direct_lock_rows, wms_locked_row_types,
	"SELECT u.i, s.quantity, s.reserved_quantity"
	"  FROM unnest($1, $2, $3, $4) AS u(i, warehouse_id, product_id, variant_id)"
	"  JOIN inventory.stock_items s ON s.warehouse_id = u.warehouse_id AND s.product_id = u.product_id"
	"   AND s.variant_id IS NOT DISTINCT FROM u.variant_id"
	" ORDER BY s.warehouse_id, s.product_id, s.variant_id"
	"   FOR NO KEY UPDATE OF s",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID);

/* Nobody is to come between the rows that are there and those that are not. */
static WmsPlan create_rows = WMS_PLAN(
	"INSERT INTO inventory.stock_items AS s (warehouse_id, product_id, variant_id)"
	"SELECT u.warehouse_id, u.product_id, u.variant_id"
	"  FROM unnest($1, $2, $3, $4) AS u(i, warehouse_id, product_id, variant_id)"
	" ORDER BY u.i"
	"    ON CONFLICT (warehouse_id, product_id, variant_id) DO UPDATE SET quantity = s.quantity WHERE false",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID);

static WmsPlan expire_lapsed = WMS_PLAN(
	"WITH lapsed AS MATERIALIZED ("
	"     SELECT u.i, r.id, r.warehouse_id, r.batch_id, r.quantity"
	"       FROM unnest($1, $2, $3, $4) AS u(i, warehouse_id, product_id, variant_id)"
	"       JOIN inventory.stock_reservations r ON r.warehouse_id = u.warehouse_id"
	"        AND r.product_id = u.product_id AND r.variant_id IS NOT DISTINCT FROM u.variant_id"
	"      WHERE r.status = 'active' AND r.expires_at <= $5),"
	" expired AS ("
	"     UPDATE inventory.stock_reservations r SET status = 'expired', quantity = 0, resolved_at = $5"
	"       FROM lapsed l WHERE r.id = l.id AND r.warehouse_id = l.warehouse_id)"
	"SELECT l.i, l.batch_id, l.quantity FROM lapsed l",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TIMESTAMPTZOID);

/*
 * What a transfer holds of a batch gone bad travels as it is, and what is held of a batch that is only deleted
 * leaves from it: they will need nothing of the good ones.
 */
static WmsPlan read_batches = WMS_PLAN(
	"SELECT u.i, b.batch_id, b.quantity, b.reserved_quantity, g.good,"
	"       CASE WHEN g.good OR b.reserved_quantity = 0 THEN 0"
	"            WHEN g.sound THEN b.reserved_quantity"
	"            ELSE (SELECT coalesce(sum(r.quantity), 0)::integer FROM inventory.stock_reservations r"
	"                   WHERE r.warehouse_id = b.warehouse_id AND r.product_id = b.product_id"
	"                     AND r.variant_id IS NOT DISTINCT FROM b.variant_id AND r.batch_id = b.batch_id"
	"                     AND r.status = 'active' AND r.reference_type = 'transfer' AND r.reference_line_id IS NOT NULL) END"
	"  FROM unnest($1, $2, $3, $4) AS u(i, warehouse_id, product_id, variant_id)"
	"  JOIN inventory.stock_item_batches b ON b.warehouse_id = u.warehouse_id"
	"   AND b.product_id = u.product_id AND b.variant_id IS NOT DISTINCT FROM u.variant_id"
	"  JOIN inventory.product_batches p ON p.id = b.batch_id"
	" CROSS JOIN LATERAL ("
	"       SELECT x.sound, x.sound AND p.deleted_at IS NULL AS good"
	"         FROM (SELECT p.status = 'active' AND (p.expiry_date IS NULL OR p.expiry_date >= $5) AS sound) x) g"
	" WHERE b.quantity > 0"
	" ORDER BY u.i, p.expiry_date NULLS LAST, p.created_at, p.id",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, DATEOID);

static int
compare_rows(const void *a, const void *b)
{
	const WmsStockRow *x = a;
	const WmsStockRow *y = b;
	int			by_warehouse = memcmp(x->warehouse_id.data, y->warehouse_id.data, UUID_LEN);

	return by_warehouse != 0 ? by_warehouse : wms_item_compare(x->item, y->item);
}

WmsStockRow *
wms_stock_row_find(WmsStockRow *rows, int count, const pg_uuid_t *warehouse_id, const WmsItem *item)
{
	WmsStockRow key = {.warehouse_id = *warehouse_id, .item = item};

	return bsearch(&key, rows, count, sizeof(WmsStockRow), compare_rows);
}

WmsStockRow *
wms_stock_rows_of_lines(const pg_uuid_t *warehouse_id, const WmsLines *lines, int *count)
{
	WmsStockRow *rows = palloc_extended(sizeof(WmsStockRow) * lines->count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int i = 0; i < lines->count; i++)
	{
		rows[i].warehouse_id = *warehouse_id;
		rows[i].item = &lines->lines[i].item;
	}
	qsort(rows, lines->count, sizeof(WmsStockRow), compare_rows);
	*count = 0;
	for (int i = 0; i < lines->count; i++)
		if (*count == 0 || compare_rows(&rows[*count - 1], &rows[i]) != 0)
			rows[(*count)++] = rows[i];
	return rows;
}

int
wms_stock_rows_merge(WmsStockRow *rows, int count)
{
	int			kept = 0;

	qsort(rows, count, sizeof(WmsStockRow), compare_rows);
	for (int i = 0; i < count; i++)
	{
		if (kept == 0 || compare_rows(&rows[kept - 1], &rows[i]) != 0)
		{
			rows[kept++] = rows[i];
			continue;
		}
		/* who wants something of it knows the item best */
		if (rows[i].wanted > 0)
			rows[kept - 1].item = rows[i].item;
		rows[kept - 1].wanted += rows[i].wanted;
	}
	return kept;
}

/* The keys of the rows that the filter lets through, as four arrays. */
static int
row_keys(WmsStockRow *rows, int count, bool (*filter) (const WmsStockRow *), Datum *values)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID)};

	for (int i = 0; i < count; i++)
	{
		if (filter != NULL && !filter(&rows[i]))
			continue;
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], &rows[i].warehouse_id);
		wms_column_add_uuid(columns[2], &rows[i].item->product_id);
		wms_column_add_uuid(columns[3], wms_item_variant(rows[i].item));
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_param(columns[i]);
	return columns[0]->count;
}

TimestampTz
wms_stock_rows_lock(WmsStockRow *rows, int count)
{
	Datum		values[4];
	uint64		found;

	qsort(rows, count, sizeof(WmsStockRow), compare_rows);
	row_keys(rows, count, NULL, values);
	found = wms_run(&lock_rows, values, NULL);
	for (uint64 n = 0; n < found; n++)
	{
		WmsStockRow *row = &rows[wms_value_int64(n, 1)];

		row->quantity = wms_value_int64(n, 2);
		row->reserved = wms_value_int64(n, 3);
		row->free = row->quantity - row->reserved;
	}
	return wms_clock();
}

TimestampTz
wms_stock_rows_create(WmsStockRow *rows, int count)
{
	Datum		values[4];

	qsort(rows, count, sizeof(WmsStockRow), compare_rows);
	row_keys(rows, count, NULL, values);
	wms_run(&create_rows, values, NULL);
	return wms_stock_rows_lock(rows, count);
}

void
wms_require_room(const char *sku, int64 on_hand, int64 more)
{
	if (on_hand + more > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("quantity of \"%s\" is out of range", sku),
				 errdetail(INT64_FORMAT " units on hand and " INT64_FORMAT " more exceed %d.", on_hand, more,
						   PG_INT32_MAX),
				 errhint("Take out what is too much there first, or count the item in a larger unit.")));
}

void
wms_stock_rows_require_room(const WmsStockRow *rows, int count)
{
	for (int i = 0; i < count; i++)
		wms_require_room(rows[i].item->sku, rows[i].quantity, rows[i].wanted);
}

static bool
falls_short(const WmsStockRow *row)
{
	return row->free < row->wanted || row->item->batch_tracked;
}

static bool
in_batches(const WmsStockRow *row)
{
	return row->item->batch_tracked;
}

static void
free_lapsed(WmsStockRow *rows, int count, TimestampTz instant)
{
	Datum		values[5];
	uint64		lapsed;
	WmsStockChange *changes;
	WmsStockReason reason = {.track = "released", .notes = "hold lapsed", .instant = instant};

	if (row_keys(rows, count, falls_short, values) == 0)
		return;
	values[4] = TimestampTzGetDatum(instant);
	lapsed = wms_run(&expire_lapsed, values, NULL);
	if (lapsed == 0)
		return;
	changes = palloc0(sizeof(WmsStockChange) * lapsed);
	for (uint64 n = 0; n < lapsed; n++)
	{
		WmsStockRow *row = &rows[wms_value_int64(n, 1)];
		bool		no_batch;
		Datum		batch = wms_value(n, 2, &no_batch);

		changes[n].warehouse_id = row->warehouse_id;
		changes[n].product_id = row->item->product_id;
		changes[n].variant_id = row->item->variant_id;
		changes[n].has_variant = row->item->has_variant;
		changes[n].has_batch = !no_batch;
		if (!no_batch)
			changes[n].batch_id = *DatumGetUUIDP(batch);
		changes[n].reserved = -(int32) wms_value_int64(n, 3);
		row->reserved += changes[n].reserved;
		row->free -= changes[n].reserved;
	}
	wms_stock_change(changes, (int) lapsed, &reason);
}

/* Holds on a batch that has expired or is blocked count against what the good ones promise; not a transfer's. */
static void
load_batches(WmsStockRow *rows, int count, TimestampTz instant)
{
	Datum		values[5];
	uint64		found;

	if (row_keys(rows, count, in_batches, values) == 0)
		return;
	for (int i = 0; i < count; i++)
		if (in_batches(&rows[i]))
			rows[i].free = -rows[i].reserved;
	values[4] = DateADTGetDatum(wms_business_date(instant));
	found = wms_run(&read_batches, values, NULL);
	for (uint64 n = 0; n < found; n++)
	{
		WmsStockRow *row = &rows[wms_value_int64(n, 1)];
		bool		isnull;
		WmsBatchRow *batch;

		if (row->batches == NULL)
			row->batches = palloc_extended(sizeof(WmsBatchRow) * found, MCXT_ALLOC_HUGE);
		batch = &row->batches[row->batch_count++];
		batch->batch_id = *DatumGetUUIDP(wms_value(n, 2, &isnull));
		batch->good = wms_value_bool(n, 5);
		batch->unheld = wms_value_int64(n, 3) - wms_value_int64(n, 4);
		batch->free = batch->good ? batch->unheld : 0;
		row->free += batch->good ? wms_value_int64(n, 3) : wms_value_int64(n, 6);
	}
}

void
wms_stock_rows_settle(WmsStockRow *rows, int count, TimestampTz instant)
{
	free_lapsed(rows, count, instant);
	load_batches(rows, count, instant);
}
