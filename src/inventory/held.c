/*
 * held.c
 *		Holds that exist: found, locked, handed over, given back.
 *
 * Locks: the products, as items.c does, since the movements refer to them; then the stock rows of the holds,
 * once, in the global order (stock_row.c).  A hold changes only under the lock of its stock row, so it is read
 * unlocked to learn the row, and again under the lock.
 */
#include "postgres.h"

#include "inventory/held.h"

#include "inventory/hold_direct.h"
#include "inventory/stock_row.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/items_direct.h"
#include "support/plans.h"
#include "utils/builtins.h"

/* With the parts that moved off a batch when it was blocked: they are on the same stock row. */
static WmsPlan find_one = WMS_PLAN_DIRECT(wms_direct_find_hold, wms_found_hold_types,
	"SELECT r.id, r.warehouse_id, r.product_id, r.variant_id"
	"  FROM inventory.stock_reservations r WHERE r.id = $1 AND r.status = 'active'"
	" UNION ALL "
	"SELECT p.id, p.warehouse_id, p.product_id, p.variant_id"
	"  FROM inventory.stock_reservations p"
	" WHERE p.reference_id = $1 AND p.reference_line_id = $1 AND p.status = 'active'",
	UUIDOID);

/* First expired first, what may not be sold last. */
static WmsPlan order_parts = WMS_PLAN(
	"SELECT u.i FROM unnest($1, $2) AS u(i, batch_id) JOIN inventory.product_batches b ON b.id = u.batch_id"
	" ORDER BY b.status <> 'active' OR b.deleted_at IS NOT NULL OR coalesce(b.expiry_date < $3, false),"
	"       b.expiry_date NULLS LAST, b.created_at, b.id, u.i",
	INT4ARRAYOID, UUIDARRAYOID, DATEOID);

static WmsPlan find_by_reference = WMS_PLAN_DIRECT(wms_direct_find_holds_of_reference, wms_found_hold_types,
	"SELECT r.id, r.warehouse_id, r.product_id, r.variant_id"
	"  FROM inventory.stock_reservations r"
	" WHERE r.reference_type = $1 AND r.reference_id = $2"
	"   AND (r.status = 'active' OR (r.status = 'expired' AND $3))",
	TEXTOID, UUIDOID, BOOLOID);

static WmsPlan lock_products = WMS_PLAN_DIRECT(wms_direct_lock_products, NULL,
	"SELECT FROM catalog.products p WHERE p.id = ANY ($1) ORDER BY p.id FOR KEY SHARE",
	UUIDARRAYOID);

static WmsPlan read_helds = WMS_PLAN_DIRECT(wms_direct_read_helds, wms_read_held_types,
	"SELECT r.id, r.warehouse_id, r.product_id, r.variant_id, r.batch_id, r.quantity,"
	"       r.expires_at IS NOT NULL, coalesce(r.expires_at <= $3, false), coalesce(v.sku, p.sku)"
	"  FROM unnest($1, $2) AS u(id, warehouse_id)"
	"  JOIN inventory.stock_reservations r ON r.id = u.id AND r.warehouse_id = u.warehouse_id"
	"  JOIN catalog.products p ON p.id = r.product_id"
	"  LEFT JOIN catalog.product_variants v ON v.id = r.variant_id"
	" WHERE r.status = 'active'"
	" ORDER BY r.id",
	UUIDARRAYOID, UUIDARRAYOID, TIMESTAMPTZOID);

static WmsPlan resolve_helds = WMS_PLAN_DIRECT(wms_direct_resolve_holds, NULL,
	"UPDATE inventory.stock_reservations r"
	"   SET quantity = r.quantity - u.units,"
	"       status = CASE WHEN r.quantity > u.units THEN r.status ELSE u.status END,"
	"       resolved_at = CASE WHEN r.quantity > u.units THEN NULL ELSE $5 END"
	"  FROM unnest($1, $2, $3, $4) AS u(id, warehouse_id, units, status)"
	" WHERE r.id = u.id AND r.warehouse_id = u.warehouse_id",
	UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID);

static WmsPlan refer_helds = WMS_PLAN(
	"UPDATE inventory.stock_reservations r SET reference_id = $3"
	"  FROM unnest($1, $2) AS u(id, warehouse_id)"
	" WHERE r.id = u.id AND r.warehouse_id = u.warehouse_id AND r.status = 'active'",
	UUIDARRAYOID, UUIDARRAYOID, UUIDOID);

static void
set_item(WmsItem *item, uint64 row, int product_column)
{
	bool		isnull;
	Datum		variant = wms_value(row, product_column + 1, &isnull);

	item->has_variant = !isnull;
	if (!isnull)
		item->variant_id = *DatumGetUUIDP(variant);
	item->product_id = *DatumGetUUIDP(wms_value(row, product_column, &isnull));
}

/* The stock rows of what a find plan left in SPI_tuptable, with room for more. */
static WmsStockRow *
rows_found(uint64 found, int more)
{
	WmsItem    *items = palloc_extended(sizeof(WmsItem) * Max(found, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	WmsStockRow *rows = palloc_extended(sizeof(WmsStockRow) * (found + more + 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	bool		isnull;

	for (uint64 n = 0; n < found; n++)
	{
		set_item(&items[n], n, 3);
		rows[n].item = &items[n];
		rows[n].warehouse_id = *DatumGetUUIDP(wms_value(n, 2, &isnull));
	}
	return rows;
}

/* The holds of these ids that are still active, read under the locks of their stock rows. */
static WmsHeldSet *
read_locked(WmsColumn *ids, WmsColumn *warehouses, TimestampTz instant)
{
	WmsHeldSet *set = palloc0(sizeof(WmsHeldSet));
	Datum		values[] = {wms_column_param(ids), wms_column_param(warehouses), TimestampTzGetDatum(instant)};
	bool		isnull;

	set->instant = instant;
	set->count = (int) wms_run(&read_helds, values, NULL);
	set->helds = palloc_extended(sizeof(WmsHeld) * Max(set->count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < set->count; i++)
	{
		WmsHeld    *held = &set->helds[i];
		Datum		value;

		held->id = *DatumGetUUIDP(wms_value(i, 1, &isnull));
		held->warehouse_id = *DatumGetUUIDP(wms_value(i, 2, &isnull));
		set_item(&held->item, i, 3);
		value = wms_value(i, 5, &isnull);
		held->has_batch = held->item.batch_tracked = !isnull;
		if (!isnull)
			held->batch_id = *DatumGetUUIDP(value);
		held->quantity = held->units = (int32) wms_value_int64(i, 6);
		held->expires = wms_value_bool(i, 7);
		held->lapsed = wms_value_bool(i, 8);
		held->item.sku = wms_value_text(i, 9);
	}
	return set;
}

/*
 * Locks products and stock rows of what a find plan left in SPI_tuptable, and the rows given; returns the clock.
 * *rows are all of them, sorted.
 */
static TimestampTz
lock_found(uint64 found, const WmsStockRow *also, int also_count, WmsStockRow **rows)
{
	WmsColumn  *products = wms_column(UUIDOID);
	Datum		value;

	*rows = rows_found(found, also_count);
	for (uint64 n = 0; n < found; n++)
		wms_column_add_uuid(products, &(*rows)[n].item->product_id);
	for (int i = 0; i < also_count; i++)
		(*rows)[found + i] = also[i];
	value = wms_column_param(products);
	wms_run(&lock_products, &value, NULL);
	return wms_stock_rows_lock(*rows, (int) found + also_count);
}

static void
sort_by_batch(WmsHeldSet *set)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID)};
	Datum		values[3];
	WmsHeld    *sorted = palloc_extended(sizeof(WmsHeld) * set->count, MCXT_ALLOC_HUGE);

	for (int i = 0; i < set->count; i++)
	{
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], &set->helds[i].batch_id);
	}
	values[0] = wms_column_param(columns[0]);
	values[1] = wms_column_param(columns[1]);
	values[2] = DateADTGetDatum(wms_business_date(set->instant));
	set->count = (int) wms_run(&order_parts, values, NULL);
	for (int i = 0; i < set->count; i++)
		sorted[i] = set->helds[wms_value_int64(i, 1)];
	set->helds = sorted;
}

WmsHeldSet *
wms_held_lock_one(const pg_uuid_t *id)
{
	Datum		value = UUIDPGetDatum(id);
	WmsColumn  *ids = wms_column(UUIDOID);
	WmsColumn  *warehouses = wms_column(UUIDOID);
	WmsStockRow *rows;
	WmsHeldSet *set;
	TimestampTz instant;
	uint64		found;
	bool		isnull;

	if (wms_run(&find_one, &value, NULL) == 0)
		return palloc0(sizeof(WmsHeldSet));
	instant = lock_found(1, NULL, 0, &rows);
	found = wms_run(&find_one, &value, NULL);
	for (uint64 n = 0; n < found; n++)
	{
		wms_column_add_uuid(ids, DatumGetUUIDP(wms_value(n, 1, &isnull)));
		wms_column_add_uuid(warehouses, &rows[0].warehouse_id);
	}
	set = read_locked(ids, warehouses, instant);
	if (set->count > 1)
		sort_by_batch(set);
	return set;
}

/* Under the locks the holds are found anew: a batch that was blocked meanwhile may have split them. */
static WmsHeldSet *
lock_reference(const char *reference_type, const pg_uuid_t *reference_id, bool rows_of_expired,
			   const WmsStockRow *also, int also_count)
{
	Datum		values[] = {CStringGetTextDatum(reference_type), UUIDPGetDatum(reference_id),
	BoolGetDatum(rows_of_expired)};
	uint64		found = wms_run(&find_by_reference, values, NULL);
	WmsStockRow *rows;
	TimestampTz instant;

	if (found + also_count == 0)
		return palloc0(sizeof(WmsHeldSet));
	instant = lock_found(found, also, also_count, &rows);
	return wms_held_on_rows(reference_type, reference_id, rows, (int) found + also_count, instant);
}

WmsHeldSet *
wms_held_lock_reference(const char *reference_type, const pg_uuid_t *reference_id)
{
	return lock_reference(reference_type, reference_id, false, NULL, 0);
}

WmsHeldSet *
wms_held_lock_reference_and(const char *reference_type, const pg_uuid_t *reference_id,
							const WmsStockRow *also, int also_count)
{
	return lock_reference(reference_type, reference_id, true, also, also_count);
}

WmsStockRow *
wms_held_rows(const char *reference_type, const pg_uuid_t *reference_id, int *count)
{
	Datum		values[] = {CStringGetTextDatum(reference_type), UUIDPGetDatum(reference_id), BoolGetDatum(false)};
	uint64		found = wms_run(&find_by_reference, values, NULL);
	WmsStockRow *rows = rows_found(found, 0);

	*count = wms_stock_rows_merge(rows, (int) found);
	return rows;
}

/* Holds that came into being on other rows meanwhile are left alone. */
WmsHeldSet *
wms_held_on_rows(const char *reference_type, const pg_uuid_t *reference_id, WmsStockRow *rows, int row_count,
				 TimestampTz instant)
{
	Datum		values[] = {CStringGetTextDatum(reference_type), UUIDPGetDatum(reference_id), BoolGetDatum(false)};
	uint64		found = wms_run(&find_by_reference, values, NULL);
	WmsStockRow *theirs = rows_found(found, 0);
	WmsColumn  *ids = wms_column(UUIDOID);
	WmsColumn  *warehouses = wms_column(UUIDOID);
	bool		isnull;

	for (uint64 n = 0; n < found; n++)
	{
		if (wms_stock_row_find(rows, row_count, &theirs[n].warehouse_id, theirs[n].item) == NULL)
			continue;
		wms_column_add_uuid(ids, DatumGetUUIDP(wms_value(n, 1, &isnull)));
		wms_column_add_uuid(warehouses, &theirs[n].warehouse_id);
	}
	if (ids->count == 0)
		return palloc0(sizeof(WmsHeldSet));
	return read_locked(ids, warehouses, instant);
}

WmsHeldSet *
wms_held_lock_rows_only(const char *reference_type, const pg_uuid_t *reference_id)
{
	int			count;
	WmsStockRow *rows = wms_held_rows(reference_type, reference_id, &count);
	TimestampTz instant;

	if (count == 0)
		return palloc0(sizeof(WmsHeldSet));
	instant = wms_stock_rows_lock(rows, count);
	return wms_held_on_rows(reference_type, reference_id, rows, count, instant);
}

void
wms_held_hand_over(const WmsHeldSet *set, const pg_uuid_t *reference_id)
{
	WmsColumn  *ids = wms_column(UUIDOID);
	WmsColumn  *warehouses = wms_column(UUIDOID);
	Datum		values[3];

	for (int i = 0; i < set->count; i++)
	{
		wms_column_add_uuid(ids, &set->helds[i].id);
		wms_column_add_uuid(warehouses, &set->helds[i].warehouse_id);
	}
	if (set->count == 0)
		return;
	values[0] = wms_column_param(ids);
	values[1] = wms_column_param(warehouses);
	values[2] = UUIDPGetDatum(reference_id);
	wms_run_exactly(&refer_helds, values, NULL, set->count);
}

void
wms_held_resolve(const WmsHeldSet *set, const char *status)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(INT4OID), wms_column(TEXTOID)};
	Datum		values[5];

	for (int i = 0; i < set->count; i++)
	{
		const WmsHeld *held = &set->helds[i];

		wms_column_add_uuid(columns[0], &held->id);
		wms_column_add_uuid(columns[1], &held->warehouse_id);
		wms_column_add_int(columns[2], held->units);
		wms_column_add_text(columns[3], held->lapsed ? "expired" : status);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_param(columns[i]);
	values[4] = TimestampTzGetDatum(set->instant);
	wms_run_exactly(&resolve_helds, values, NULL, set->count);
}

void
wms_held_change(WmsStockChange *change, const WmsHeld *held)
{
	change->warehouse_id = held->warehouse_id;
	change->product_id = held->item.product_id;
	change->variant_id = held->item.variant_id;
	change->has_variant = held->item.has_variant;
	change->batch_id = held->batch_id;
	change->has_batch = held->has_batch;
	change->reserved = -held->units;
}

int64
wms_held_release(WmsHeldSet *set, const char *reference_type, const pg_uuid_t *reference_id)
{
	WmsStockChange *changes;
	WmsStockReason reason = {.track = "released", .reference_type = reference_type,
	.reference_id = reference_id, .instant = set->instant};
	int64		units = 0;

	if (set->count == 0)
		return 0;
	changes = palloc_extended(sizeof(WmsStockChange) * set->count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < set->count; i++)
	{
		wms_held_change(&changes[i], &set->helds[i]);
		units += set->helds[i].units;
	}
	wms_stock_change(changes, set->count, &reason);
	wms_held_resolve(set, "released");
	return units;
}
