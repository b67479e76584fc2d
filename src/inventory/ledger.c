/*
 * ledger.c
 *		The one place that writes stock: quantities, batches, movements and tracks together.
 *
 * Stock rows are written here, batches by ledger_batch.c, what tells of both by ledger_rows.c.
 *
 * Locks: the stock rows are locked by the caller, or here by the upsert of wms_stock_bring_in(), in order
 * of (warehouse_id, product_id, variant_id); then the batches (ledger_batch.c).
 */
#include "postgres.h"

#include "inventory/ledger.h"

#include "common/hashfn.h"
#include "inventory/batch_track.h"
#include "inventory/ledger_parts.h"
#include "inventory/stock_direct.h"
#include "inventory/stock_row.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/plans.h"

static WmsPlan change_stock_items = WMS_PLAN_DIRECT(wms_direct_change_rows, NULL,
	"UPDATE inventory.stock_items s"
	"   SET quantity = s.quantity + u.quantity,"
	"       reserved_quantity = s.reserved_quantity + u.reserved,"
	"       updated_at = CURRENT_TIMESTAMP"
	"  FROM unnest($1, $2, $3, $4, $5) AS u(warehouse_id, product_id, variant_id, quantity, reserved)"
	" WHERE s.warehouse_id = u.warehouse_id AND s.product_id = u.product_id"
	"   AND s.variant_id IS NOT DISTINCT FROM u.variant_id",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, INT4ARRAYOID);

static WmsPlan bring_in_stock_items = WMS_PLAN(
	"INSERT INTO inventory.stock_items AS s (warehouse_id, product_id, variant_id, quantity)"
	"SELECT u.warehouse_id, u.product_id, u.variant_id, u.quantity"
	"  FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS u(warehouse_id, product_id, variant_id, quantity, n)"
	" ORDER BY u.n"
	"    ON CONFLICT (warehouse_id, product_id, variant_id) DO UPDATE"
	"   SET quantity = s.quantity + EXCLUDED.quantity,"
	"       updated_at = CURRENT_TIMESTAMP"
	" WHERE s.quantity <= 2147483647 - EXCLUDED.quantity",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID);

/* Of the rows that were left out, which are locked by now. */
static WmsPlan read_full_row = WMS_PLAN(
	"SELECT coalesce(v.sku, p.sku), s.quantity, u.quantity"
	"  FROM unnest($1, $2, $3, $4) AS u(warehouse_id, product_id, variant_id, quantity)"
	"  JOIN inventory.stock_items s ON s.warehouse_id = u.warehouse_id AND s.product_id = u.product_id"
	"   AND s.variant_id IS NOT DISTINCT FROM u.variant_id"
	"  JOIN catalog.products p ON p.id = u.product_id"
	"  LEFT JOIN catalog.product_variants v ON v.id = u.variant_id"
	" WHERE s.quantity > 2147483647 - u.quantity"
	" ORDER BY 1"
	" LIMIT 1",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID);

/* What is written in stock rows: how many, and a sum over their keys and differences, whatever their order. */
typedef struct Account
{
	uint64		rows;
	uint64		sum;
} Account;

/* Of the statement that writes stock rows just now, as their guard sees it. */
static Account *seen = NULL;

static void
add_to_account(Account *account, const WmsStockChange *difference)
{
	WmsStockChange plain = {0};

	account->rows++;
	if (difference->quantity == 0 && difference->reserved == 0)
		return;
	plain.warehouse_id = difference->warehouse_id;
	plain.product_id = difference->product_id;
	if (difference->has_variant)
		plain.variant_id = difference->variant_id;
	plain.quantity = difference->quantity;
	plain.reserved = difference->reserved;
	account->sum += DatumGetUInt64(hash_any_extended((unsigned char *) &plain, sizeof(plain), 0));
}

void
wms_stock_note_written(const WmsStockChange *difference)
{
	if (seen != NULL)
		add_to_account(seen, difference);
}

/* A receipt read what is there before it had the rows: others may have filled them meanwhile. */
static void
refuse_full_row(Datum *values)
{
	if (wms_run(&read_full_row, values, NULL) > 0)
		wms_require_room(wms_value_text(0, 1), wms_value_int64(0, 2), wms_value_int64(0, 3));
}

/* Where triggers are off, there is no guard that sees anything. */
static void
run_accounted(WmsPlan *plan, Datum *values, const Account *wanted)
{
	Account    *outer = seen;
	Account		written = {0};
	volatile uint64 rows = 0;

	seen = &written;
	PG_TRY();
	{
		rows = wms_run(plan, values, NULL);
	}
	PG_FINALLY();
	{
		seen = outer;
	}
	PG_END_TRY();
	if (rows < wanted->rows && plan == &bring_in_stock_items)
		refuse_full_row(values);
	wms_require_written(plan, rows, wanted->rows);
	if (written.rows > 0 && written.sum != wanted->sum)
		wms_refuse_altered(plan);
}

static bool
same_stock_row(const WmsStockChange *a, const WmsStockChange *b)
{
	return memcmp(a->warehouse_id.data, b->warehouse_id.data, UUID_LEN) == 0 &&
		memcmp(a->product_id.data, b->product_id.data, UUID_LEN) == 0 &&
		a->has_variant == b->has_variant &&
		(!a->has_variant || memcmp(a->variant_id.data, b->variant_id.data, UUID_LEN) == 0);
}

/* The global order of stock rows; within a row by batch, so that sums are found in one pass. */
int
wms_stock_change_compare(const void *a, const void *b)
{
	const WmsStockChange *x = a;
	const WmsStockChange *y = b;
	int			order = memcmp(x->warehouse_id.data, y->warehouse_id.data, UUID_LEN);

	if (order == 0)
		order = memcmp(x->product_id.data, y->product_id.data, UUID_LEN);
	if (order == 0 && x->has_variant != y->has_variant)
		order = x->has_variant ? -1 : 1;
	if (order == 0 && x->has_variant)
		order = memcmp(x->variant_id.data, y->variant_id.data, UUID_LEN);
	if (order == 0 && x->has_batch != y->has_batch)
		order = x->has_batch ? -1 : 1;
	if (order == 0 && x->has_batch)
		order = memcmp(x->batch_id.data, y->batch_id.data, UUID_LEN);
	return order;
}

int32
wms_ledger_sum(const WmsStockChange *change, int64 sum)
{
	if (sum > PG_INT32_MAX || sum < PG_INT32_MIN)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("quantity of product %s is out of range", wms_uuid_text(&change->product_id)),
				 errdetail("The lines add up to " INT64_FORMAT " units, the most is %d.", sum, PG_INT32_MAX),
				 errhint("Split the command.")));
	return (int32) sum;
}

static void
write_stock_items(WmsStockChange *changes, int count, bool may_be_missing)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID),
		wms_column(INT4OID), wms_column(INT4OID)};
	Datum		values[lengthof(columns)];
	Account		wanted = {0};

	for (int i = 0; i < count;)
	{
		WmsStockChange *row = &changes[i];
		WmsStockChange sum = *row;
		int64		quantity = 0;
		int64		reserved = 0;

		for (; i < count && same_stock_row(row, &changes[i]); i++)
		{
			quantity += changes[i].quantity;
			reserved += changes[i].reserved;
		}
		wms_column_add_uuid(columns[0], &row->warehouse_id);
		wms_column_add_uuid(columns[1], &row->product_id);
		wms_column_add_uuid(columns[2], row->has_variant ? &row->variant_id : NULL);
		sum.quantity = wms_ledger_sum(row, quantity);
		sum.reserved = wms_ledger_sum(row, reserved);
		wms_column_add_int(columns[3], sum.quantity);
		wms_column_add_int(columns[4], sum.reserved);
		add_to_account(&wanted, &sum);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_param(columns[i]);
	run_accounted(may_be_missing ? &bring_in_stock_items : &change_stock_items, values, &wanted);
}

static void
write_change(WmsStockChange *changes, int count, const WmsStockReason *reason, bool may_be_missing)
{
	WmsStockReason written = *reason;
	WmsBatchTracks *turned = NULL;

	if (count == 0)
		return;
	qsort(changes, count, sizeof(WmsStockChange), wms_stock_change_compare);
	write_stock_items(changes, count, may_be_missing);
	if (may_be_missing)
		written.instant = wms_clock();	/* the upsert may have waited for its locks */
	if (wms_ledger_write_batches(changes, count, reason, &turned) && written.track != NULL)
		wms_ledger_write_tracks(changes, count, &written);
	if (turned != NULL)
		wms_batch_tracks_write(turned, written.instant);
	if (written.movement != NULL)
		wms_ledger_write_movements(changes, count, &written);
}

void
wms_stock_change(WmsStockChange *changes, int count, const WmsStockReason *reason)
{
	write_change(changes, count, reason, false);
}

void
wms_stock_bring_in(WmsStockChange *changes, int count, const WmsStockReason *reason)
{
	write_change(changes, count, reason, true);
}
