/*
 * held_consume.c
 *		Holds that exist: consumed, their goods leave.
 *
 * Takes no locks but those of the ledger: products and stock rows of the holds are locked (held.c).
 */
#include "postgres.h"

#include "inventory/held.h"

#include "inventory/shortage.h"
#include "inventory/stock_row.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/plans.h"

/* Of a batch that is deleted nothing more is promised, but what was promised leaves. */
static WmsPlan find_unsellable = WMS_PLAN(
	"SELECT b.id FROM inventory.product_batches b"
	" WHERE b.id = ANY ($1) AND (b.status <> 'active' OR b.expiry_date < $2)"
	" ORDER BY b.id",
	UUIDARRAYOID, DATEOID);

/* The ids, sorted, of the batches in the set that must not be sold any more. */
static pg_uuid_t *
unsellable_batches(WmsHeldSet *set, int *count)
{
	WmsColumn  *batches = wms_column(UUIDOID);
	Datum		values[2];
	pg_uuid_t  *ids;
	bool		isnull;

	*count = 0;
	for (int i = 0; i < set->count; i++)
		if (set->helds[i].has_batch)
			wms_column_add_uuid(batches, &set->helds[i].batch_id);
	if (batches->count == 0)
		return NULL;
	values[0] = wms_column_array(batches);
	values[1] = DateADTGetDatum(wms_business_date(set->instant));
	*count = (int) wms_run(&find_unsellable, values, NULL);
	ids = palloc_extended(sizeof(pg_uuid_t) * Max(*count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < *count; i++)
		ids[i] = *DatumGetUUIDP(wms_value(i, 1, &isnull));
	return ids;
}

static int
compare_uuids(const void *a, const void *b)
{
	return memcmp(a, b, UUID_LEN);
}

typedef struct ChangeList
{
	int			count;
	int			capacity;
	WmsStockChange *changes;
} ChangeList;

static WmsStockChange *
add_change(ChangeList *list, const WmsHeld *held)
{
	WmsStockChange *change;

	if (list->count == list->capacity)
	{
		list->capacity *= 2;
		list->changes = repalloc_huge(list->changes, sizeof(WmsStockChange) * list->capacity);
	}
	change = &list->changes[list->count++];
	memset(change, 0, sizeof(WmsStockChange));
	wms_held_change(change, held);
	return change;
}

/* The rows of the holds whose batch is not to be sold, settled: what their other batches have. */
static WmsStockRow *
settle_rows_of(WmsHeld **moved, int moved_count, TimestampTz instant, int *row_count)
{
	WmsStockRow *rows = palloc0(sizeof(WmsStockRow) * moved_count);

	*row_count = 0;
	for (int i = 0; i < moved_count; i++)
	{
		WmsStockRow *row = NULL;

		for (int k = 0; k < *row_count && row == NULL; k++)
			if (wms_uuid_equal(&rows[k].warehouse_id, &moved[i]->warehouse_id) &&
				wms_item_compare(rows[k].item, &moved[i]->item) == 0)
				row = &rows[k];
		if (row == NULL)
			row = &rows[(*row_count)++];
		row->warehouse_id = moved[i]->warehouse_id;
		row->item = &moved[i]->item;
		row->wanted += moved[i]->units;
	}
	wms_stock_rows_lock(rows, *row_count);
	wms_stock_rows_settle(rows, *row_count, instant);
	return rows;
}

static void
refuse_stranded(const WmsHeld *held)
{
	WmsNeed		need = {.item = &held->item, .quantity = held->units};
	WmsSupplyView view = {.named = &held->warehouse_id};

	wms_refuse_shortage(&need, 1, &view, false);
}

/* The hold stays where it was counted; the goods come from batches that may be sold. */
static void
take_from_other_batches(ChangeList *list, const WmsHeld *held, WmsStockRow *row)
{
	int32		open = held->units;

	add_change(list, held);
	for (int i = 0; i < row->batch_count && open > 0; i++)
	{
		int32		part = (int32) Min(row->batches[i].free, open);
		WmsStockChange *change;

		if (part <= 0)
			continue;
		change = add_change(list, held);
		change->reserved = 0;
		change->quantity = -part;
		change->batch_id = row->batches[i].batch_id;
		row->batches[i].free -= part;
		open -= part;
	}
	if (open > 0)
		refuse_stranded(held);
}

static void
reallocate(ChangeList *list, WmsHeld **moved, int moved_count, TimestampTz instant)
{
	int			row_count;
	WmsStockRow *rows;

	if (moved_count == 0)
		return;
	rows = settle_rows_of(moved, moved_count, instant, &row_count);
	for (int i = 0; i < moved_count; i++)
		take_from_other_batches(list, moved[i],
								wms_stock_row_find(rows, row_count, &moved[i]->warehouse_id, &moved[i]->item));
}

void
wms_held_consume(WmsHeldSet *set, const WmsStockReason *reason)
{
	int			bad_count;
	pg_uuid_t  *bad;
	int			moved_count = 0;
	WmsHeld   **moved = palloc_extended(sizeof(WmsHeld *) * Max(set->count, 1), MCXT_ALLOC_HUGE);
	ChangeList	list = {.capacity = Max(set->count, 1)};

	if (set->count == 0)
		return;
	list.changes = palloc_extended(sizeof(WmsStockChange) * list.capacity, MCXT_ALLOC_HUGE);
	bad = unsellable_batches(set, &bad_count);
	for (int i = 0; i < set->count; i++)
	{
		WmsHeld    *held = &set->helds[i];

		if (held->has_batch && bad_count > 0 &&
			bsearch(&held->batch_id, bad, bad_count, sizeof(pg_uuid_t), compare_uuids) != NULL)
			moved[moved_count++] = held;
		else
			add_change(&list, held)->quantity = -held->units;
	}
	reallocate(&list, moved, moved_count, set->instant);
	wms_stock_change(list.changes, list.count, reason);
	wms_held_resolve(set, "consumed");
}

void
wms_held_consume_as_held(WmsHeldSet *set, const WmsStockReason *reason)
{
	ChangeList	list = {.capacity = Max(set->count, 1)};

	if (set->count == 0)
		return;
	list.changes = palloc_extended(sizeof(WmsStockChange) * list.capacity, MCXT_ALLOC_HUGE);
	for (int i = 0; i < set->count; i++)
		add_change(&list, &set->helds[i])->quantity = -set->helds[i].units;
	wms_stock_change(list.changes, list.count, reason);
	wms_held_resolve(set, "consumed");
}
