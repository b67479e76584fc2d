/*
 * returned_sold.c
 *		What orders were served with: items and batches, less what came back.
 *
 * What has left is what the `sale` movements of the order say.  Units whose batch nobody names are taken to be
 * of the batch that expires first among those the order was served from: they are never sold for longer than
 * they are good.
 *
 * Takes no locks: the orders are locked, and nothing leaves or comes back for them without.
 */
#include "postgres.h"

#include "inventory/returned_sold.h"

#include "inventory/returned.h"
#include "support/args.h"
#include "support/plans.h"

/* What left for the orders and has come back to anywhere, by item, batch and place, first expired first. */
static WmsPlan read_sold = WMS_PLAN(
	"SELECT o.id, m.product_id, m.variant_id, m.batch_id,"
	"       (-coalesce(sum(m.quantity) FILTER (WHERE m.type = 'sale'), 0))::bigint,"
	"       coalesce(sum(m.quantity) FILTER (WHERE m.type = 'return'), 0)::bigint, m.warehouse_id"
	"  FROM (SELECT x.id, 'order' AS type, x.id AS reference_id FROM (SELECT DISTINCT d.id FROM unnest($1) AS d(id)) x"
	"        UNION ALL"
	"        SELECT r.order_id, 'refund', r.id FROM sales.refunds r WHERE r.order_id = ANY ($1)) o"
	"  JOIN inventory.stock_movements m ON m.reference_id = o.reference_id AND m.reference_type = o.type"
	"  LEFT JOIN inventory.product_batches b ON b.id = m.batch_id"
	" WHERE m.type IN ('sale', 'return')"
	" GROUP BY o.id, m.product_id, m.variant_id, m.batch_id, b.expiry_date, b.created_at, m.warehouse_id"
	" ORDER BY o.id, m.product_id, m.variant_id NULLS LAST, b.expiry_date NULLS LAST, b.created_at, m.batch_id,"
	"       m.warehouse_id",
	UUIDARRAYOID);

void
wms_sold_set_item(WmsItem *item, uint64 row, int column)
{
	bool		isnull;
	Datum		variant;

	item->product_id = *DatumGetUUIDP(wms_value(row, column, &isnull));
	variant = wms_value(row, column + 1, &isnull);
	item->has_variant = !isnull;
	if (!isnull)
		item->variant_id = *DatumGetUUIDP(variant);
}

static bool
is_sold(const WmsSold *sold, const pg_uuid_t *order_id, const WmsItem *item)
{
	return wms_uuid_equal(&sold->order_id, order_id) && wms_item_compare(&sold->item, item) == 0;
}

/* The batch of a row of what was sold, a new one where it is not that of the row before. */
static WmsSold *
batch_of_row(WmsSoldSet *set, int row)
{
	WmsSold		of = {.first_place = row};
	WmsSold    *last = set->count == 0 ? NULL : &set->sold[set->count - 1];
	bool		isnull;
	Datum		batch = wms_value(row, 4, &isnull);

	of.has_batch = !isnull;
	if (!isnull)
		of.batch_id = *DatumGetUUIDP(batch);
	of.order_id = *DatumGetUUIDP(wms_value(row, 1, &isnull));
	wms_sold_set_item(&of.item, row, 2);
	if (last != NULL && is_sold(last, &of.order_id, &of.item) && last->has_batch == of.has_batch &&
		(!of.has_batch || wms_uuid_equal(&last->batch_id, &of.batch_id)))
		return last;
	set->sold[set->count] = of;
	return &set->sold[set->count++];
}

WmsSoldSet *
wms_sold_read(Datum orders)
{
	WmsSoldSet *set = palloc0(sizeof(WmsSoldSet));
	int			count = (int) wms_run(&read_sold, &orders, NULL);
	bool		isnull;

	set->sold = palloc_extended(sizeof(WmsSold) * Max(count, 1), MCXT_ALLOC_HUGE);
	set->places = palloc_extended(sizeof(WmsSoldPlace) * Max(count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < count; i++)
	{
		WmsSold    *sold = batch_of_row(set, i);
		int64		left = wms_value_int64(i, 5) - wms_value_int64(i, 6);

		sold->left += left;
		sold->back += wms_value_int64(i, 6);
		sold->place_count++;
		set->places[i].warehouse_id = *DatumGetUUIDP(wms_value(i, 7, &isnull));
		set->places[i].left = Max(left, 0);
	}
	return set;
}

/* Does it stand before all of the item? */
static bool
is_before(const WmsSold *sold, const pg_uuid_t *order_id, const WmsItem *item)
{
	int			order = memcmp(sold->order_id.data, order_id->data, UUID_LEN);

	return order < 0 || (order == 0 && wms_item_compare(&sold->item, item) < 0);
}

int
wms_sold_of_item(const WmsSoldSet *set, const pg_uuid_t *order_id, const WmsItem *item, int *first)
{
	int			low = 0;
	int			high = set->count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (is_before(&set->sold[middle], order_id, item))
			low = middle + 1;
		else
			high = middle;
	}
	*first = low;
	while (high < set->count && is_sold(&set->sold[high], order_id, item))
		high++;
	return high;
}

int64
wms_sold_left(const WmsSoldSet *set, const pg_uuid_t *order_id, const WmsItem *item, int64 *back)
{
	int64		left = 0;
	int			first;
	int			end = wms_sold_of_item(set, order_id, item, &first);

	*back = 0;
	for (int i = first; i < end; i++)
	{
		left += set->sold[i].left;
		*back += set->sold[i].back;
	}
	return left;
}

void
wms_sold_to_batches(WmsSoldSet *set, const WmsLine *part, int64 skip, WmsLines *goods, int *capacity)
{
	int64		open = part->quantity;
	int			first;
	int			end = wms_sold_of_item(set, part->order_id, &part->item, &first);

	for (int i = first; i < end && open > 0; i++)
	{
		WmsSold    *sold = &set->sold[i];
		int64		passed;
		WmsLine    *line;

		if (sold->left <= 0)
			continue;
		passed = Min(skip, sold->left);
		skip -= passed;
		if (sold->left == passed)
			continue;
		line = wms_returned_add(goods, capacity, part);
		line->quantity = (int32) Min(sold->left - passed, open);
		line->batch_id = sold->has_batch ? &sold->batch_id : NULL;
		sold->left -= line->quantity;
		open -= line->quantity;
	}
}

void
wms_sold_take_off(WmsSoldSet *set, const WmsLine *part)
{
	int64		open = part->quantity;
	int			first;
	int			end = wms_sold_of_item(set, part->order_id, &part->item, &first);

	for (int pass = 0; pass < 2; pass++)
		for (int i = first; i < end && open > 0; i++)
		{
			WmsSold    *sold = &set->sold[i];
			int64		units = Min(Max(sold->left, 0), open);

			if (pass == 0 && part->batch_id != NULL && !wms_uuid_equal(part->batch_id, &sold->batch_id))
				continue;
			sold->left -= units;
			open -= units;
		}
}
