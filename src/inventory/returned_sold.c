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

/* What left for the orders and has come back to anywhere, by item and batch, first expired first. */
static WmsPlan read_sold = WMS_PLAN(
	"SELECT o.id, m.product_id, m.variant_id, m.batch_id,"
	"       (-coalesce(sum(m.quantity) FILTER (WHERE m.type = 'sale'), 0))::bigint,"
	"       coalesce(sum(m.quantity) FILTER (WHERE m.type = 'return'), 0)::bigint"
	"  FROM (SELECT x.id, 'order' AS type, x.id AS reference_id FROM (SELECT DISTINCT d.id FROM unnest($1) AS d(id)) x"
	"        UNION ALL"
	"        SELECT r.order_id, 'refund', r.id FROM sales.refunds r WHERE r.order_id = ANY ($1)) o"
	"  JOIN inventory.stock_movements m ON m.reference_id = o.reference_id AND m.reference_type = o.type"
	"  LEFT JOIN inventory.product_batches b ON b.id = m.batch_id"
	" WHERE m.type IN ('sale', 'return')"
	" GROUP BY o.id, m.product_id, m.variant_id, m.batch_id, b.expiry_date, b.created_at"
	" ORDER BY b.expiry_date NULLS LAST, b.created_at, m.batch_id",
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

WmsSoldSet *
wms_sold_read(Datum orders)
{
	WmsSoldSet *set = palloc(sizeof(WmsSoldSet));
	bool		isnull;

	set->count = (int) wms_run(&read_sold, &orders, NULL);
	set->sold = palloc_extended(sizeof(WmsSold) * Max(set->count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < set->count; i++)
	{
		WmsSold    *sold = &set->sold[i];
		Datum		batch = wms_value(i, 4, &isnull);

		sold->has_batch = !isnull;
		if (!isnull)
			sold->batch_id = *DatumGetUUIDP(batch);
		sold->order_id = *DatumGetUUIDP(wms_value(i, 1, &isnull));
		wms_sold_set_item(&sold->item, i, 2);
		sold->back = wms_value_int64(i, 6);
		sold->left = wms_value_int64(i, 5) - sold->back;
	}
	return set;
}

static bool
is_sold(const WmsSold *sold, const pg_uuid_t *order_id, const WmsItem *item)
{
	return wms_uuid_equal(&sold->order_id, order_id) && wms_item_compare(&sold->item, item) == 0;
}

int64
wms_sold_left(const WmsSoldSet *set, const pg_uuid_t *order_id, const WmsItem *item, int64 *back)
{
	int64		left = 0;

	*back = 0;
	for (int i = 0; i < set->count; i++)
	{
		if (!is_sold(&set->sold[i], order_id, item))
			continue;
		left += set->sold[i].left;
		*back += set->sold[i].back;
	}
	return left;
}

void
wms_sold_to_batches(WmsSoldSet *set, const WmsLine *part, int64 skip, WmsLines *goods, int *capacity)
{
	int64		open = part->quantity;

	for (int i = 0; i < set->count && open > 0; i++)
	{
		WmsSold    *sold = &set->sold[i];
		int64		passed;
		WmsLine    *line;

		if (sold->left <= 0 || !is_sold(sold, part->order_id, &part->item))
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

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < set->count && open > 0; i++)
		{
			WmsSold    *sold = &set->sold[i];
			int64		units = Min(Max(sold->left, 0), open);

			if (!is_sold(sold, part->order_id, &part->item) ||
				(pass == 0 && part->batch_id != NULL && !wms_uuid_equal(part->batch_id, &sold->batch_id)))
				continue;
			sold->left -= units;
			open -= units;
		}
}
