/*
 * order_needs.c
 *		What the lines of a changed order need, set off against what they hold.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "sales/order_needs.h"

#include "miscadmin.h"
#include "support/args.h"
#include "support/plans.h"

static WmsPlan read_held = WMS_PLAN(
	"SELECT r.id, r.reference_line_id, r.product_id, r.variant_id, r.quantity, r.expires_at IS NOT NULL, r.warehouse_id,"
	"       r.batch_id"
	"  FROM inventory.stock_reservations r"
	" WHERE r.reference_type = 'order' AND r.reference_id = $1 AND r.status = 'active'"
	"   AND r.reference_line_id IS NOT NULL"
	" ORDER BY r.id",
	UUIDOID);

static bool
made_of_equal_kits(const WmsChangedLine *changed, int32 kits)
{
	if (changed->part_count == 1 && changed->parts[0].units == kits)
		return false;
	for (int p = 0; p < changed->part_count; p++)
		if (changed->parts[p].units % kits != 0)
			return false;
	return true;
}

static void
list_needs(const WmsOrderChange *change, WmsLineNeeds *needs)
{
	int			most = 1;

	for (int i = 0; i < change->lines.count; i++)
		most += change->changed[i].part_count;
	needs->needs = palloc_extended(sizeof(WmsLineNeed) * most, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	needs->count = 0;
	needs->kits = false;
	for (int i = 0; i < change->lines.count; i++)
	{
		const WmsChangedLine *changed = &change->changed[i];
		int32		kits = change->lines.lines[i].quantity;
		bool		equal = made_of_equal_kits(changed, kits);

		for (int p = 0; p < changed->part_count; p++)
		{
			WmsLineNeed *need = &needs->needs[needs->count++];

			need->line_id = &changed->id;
			need->item = changed->parts[p].item;
			need->units = need->missing = changed->parts[p].units;
			need->kit = equal ? changed : NULL;
			need->kits = equal ? kits : 0;
			needs->kits |= equal;
		}
	}
}

static int
compare_needs(const void *a, const void *b)
{
	const WmsLineNeed *x = *(WmsLineNeed *const *) a;
	const WmsLineNeed *y = *(WmsLineNeed *const *) b;
	int			order = memcmp(x->line_id->data, y->line_id->data, UUID_LEN);

	return order != 0 ? order : wms_item_compare(x->item, y->item);
}

static void
sort_needs(WmsLineNeeds *needs)
{
	needs->sorted = palloc_extended(sizeof(WmsLineNeed *) * Max(needs->count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < needs->count; i++)
		needs->sorted[i] = &needs->needs[i];
	qsort(needs->sorted, needs->count, sizeof(WmsLineNeed *), compare_needs);
}

WmsLineNeed *
wms_line_need_find(const WmsLineNeeds *needs, const pg_uuid_t *line_id, const WmsItem *item)
{
	WmsLineNeed like = {.line_id = line_id, .item = item};
	WmsLineNeed *wanted = &like;
	WmsLineNeed **found = bsearch(&wanted, needs->sorted, needs->count, sizeof(WmsLineNeed *), compare_needs);

	return found == NULL ? NULL : *found;
}

/* What the order holds, each with what its line is to have of the item. */
static void
read_holds(const WmsOrderChange *change, WmsLineNeeds *needs)
{
	Datum		value = UUIDPGetDatum(change->order_id);
	bool		isnull;

	needs->hold_count = (int) wms_run(&read_held, &value, NULL);
	needs->holds = palloc_extended(sizeof(WmsLineHold) * Max(needs->hold_count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	needs->several_warehouses = false;
	for (int i = 0; i < needs->hold_count; i++)
	{
		WmsLineHold *hold = &needs->holds[i];
		Datum		variant = wms_value(i, 4, &isnull);
		Datum		batch;
		WmsLineNeed *need;

		CHECK_FOR_INTERRUPTS();
		hold->item.has_variant = !isnull;
		if (!isnull)
			hold->item.variant_id = *DatumGetUUIDP(variant);
		hold->id = *DatumGetUUIDP(wms_value(i, 1, &isnull));
		hold->line_id = *DatumGetUUIDP(wms_value(i, 2, &isnull));
		hold->item.product_id = *DatumGetUUIDP(wms_value(i, 3, &isnull));
		hold->units = wms_value_int64(i, 5);
		hold->may_lapse = wms_value_bool(i, 6);
		hold->warehouse_id = *DatumGetUUIDP(wms_value(i, 7, &isnull));
		batch = wms_value(i, 8, &isnull);
		hold->batch_id = isnull ? NULL : DatumGetUUIDP(batch);
		needs->several_warehouses |= !wms_uuid_equal(&needs->holds[0].warehouse_id, &hold->warehouse_id);
		need = wms_line_need_find(needs, &hold->line_id, &hold->item);
		if (need == NULL)
			continue;
		hold->needed = need->units;
		hold->kits = need->kits;
		hold->part_count = need->kit == NULL ? 0 : need->kit->part_count;
	}
}

void
wms_line_needs_compare(const WmsOrderChange *change, WmsLineNeeds *needs)
{
	list_needs(change, needs);
	sort_needs(needs);
	read_holds(change, needs);
	wms_line_holds_keep(needs->holds, needs->hold_count, change->warehouse_id == NULL);
	for (int i = 0; i < needs->hold_count; i++)
	{
		const WmsLineHold *hold = &needs->holds[i];
		WmsLineNeed *need = wms_line_need_find(needs, &hold->line_id, &hold->item);

		if (need == NULL)
			continue;
		need->missing -= hold->kept;
		need->may_lapse |= hold->may_lapse;
	}
}
