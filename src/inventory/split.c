/*
 * split.c
 *		Needs that come in no kit, spread over several warehouses.
 *
 * Each takes from the warehouses in their order; where that leaves one short, others are moved to make room for it.
 * So whatever can be had is had.
 *
 * Takes no locks, runs no SQL.
 */
#include "postgres.h"

#include "inventory/split.h"

#include "miscadmin.h"
#include "support/args.h"

static void
sort_by_need(WmsSplit *split)
{
	int		   *next = split->first_of;

	memset(next, 0, sizeof(int) * (split->need_count + 2));
	for (int i = 0; i < split->supply_count; i++)
		next[split->supplies[i].need + 2]++;
	for (int i = 0; i < split->need_count; i++)
		next[i + 2] += next[i + 1];
	for (int i = 0; i < split->supply_count; i++)
		split->by_need[next[split->supplies[i].need + 1]++] = i;
}

void
wms_split_init(WmsSplit *split, const WmsNeed *needs, int need_count, const WmsSupply *supplies, int supply_count)
{
	Size		most = Max(supply_count, 1);

	memset(split, 0, sizeof(WmsSplit));
	split->needs = needs;
	split->need_count = need_count;
	split->supplies = supplies;
	split->supply_count = supply_count;
	split->by_need = palloc_extended(sizeof(int) * most, MCXT_ALLOC_HUGE);
	split->first_of = palloc_extended(sizeof(int) * (split->need_count + 2), MCXT_ALLOC_HUGE);
	sort_by_need(split);
	split->pools = palloc_extended(sizeof(WmsSplitPool) * most, MCXT_ALLOC_HUGE);
	split->pool_of = palloc_extended(sizeof(int) * most, MCXT_ALLOC_HUGE);
	split->given = palloc_extended(sizeof(int64) * most, MCXT_ALLOC_HUGE);
	split->fixed = palloc_extended(sizeof(int64) * most, MCXT_ALLOC_HUGE);
	split->most = palloc_extended(sizeof(int64) * most, MCXT_ALLOC_HUGE);
	split->missing = palloc_extended(sizeof(int64) * Max(need_count, 1), MCXT_ALLOC_HUGE);
	wms_split_begin(split);
}

void
wms_split_begin(WmsSplit *split)
{
	split->pool_count = 0;
	split->apart = false;
	for (int i = 0; i < split->supply_count; i++)
	{
		const WmsSupply *supply = &split->supplies[i];
		const WmsNeed *need = &split->needs[supply->need];
		WmsSplitPool *pool = split->pool_count == 0 ? NULL : &split->pools[split->pool_count - 1];

		split->given[i] = 0;
		split->fixed[i] = 0;
		split->most[i] = supply->available;
		split->pool_of[i] = -1;
		if (need->as_it_is)
			continue;
		if (pool == NULL || !wms_uuid_equal(&split->supplies[pool->first].warehouse_id, &supply->warehouse_id) ||
			wms_item_compare(split->needs[split->supplies[pool->first].need].item, need->item) != 0)
		{
			pool = &split->pools[split->pool_count++];
			pool->first = i;
			pool->left = supply->shared;
		}
		pool->last = i + 1;
		split->pool_of[i] = split->pool_count - 1;
	}
	for (int i = 0; i < split->need_count; i++)
		split->missing[i] = split->needs[i].quantity;
}

int64
wms_split_left(const WmsSplit *split, int supply)
{
	int64		left = split->most[supply] - split->given[supply];

	return split->pool_of[supply] < 0 ? left : Min(left, split->pools[split->pool_of[supply]].left);
}

void
wms_split_give(WmsSplit *split, int supply, int64 units)
{
	split->given[supply] += units;
	split->missing[split->supplies[supply].need] -= units;
	if (split->pool_of[supply] >= 0)
		split->pools[split->pool_of[supply]].left -= units;
}

int64
wms_split_missing(const WmsSplit *split)
{
	int64		missing = 0;

	for (int i = 0; i < split->need_count; i++)
		missing += split->missing[i];
	return missing;
}

static bool
served_alone(const WmsSplit *split, int need)
{
	return split->apart || split->needs[need].kit == NULL;
}

/*
 * Up to so many units of a need from a warehouse where other needs of the item have taken what is left: one of
 * them gets its units from another warehouse.  Returns how many.
 */
static int64
make_room(WmsSplit *split, int need, int64 units)
{
	check_stack_depth();
	for (int n = split->first_of[need]; n < split->first_of[need + 1]; n++)
	{
		int			i = split->by_need[n];
		WmsSplitPool *pool = split->pool_of[i] < 0 ? NULL : &split->pools[split->pool_of[i]];
		int64		wanted = Min(units, split->most[i] - split->given[i]);

		split->looks++;
		if (pool == NULL || pool->visited || wanted <= 0)
			continue;
		pool->visited = true;
		split->looks += pool->last - pool->first;
		for (int k = pool->first; k < pool->last && pool->left == 0; k++)
		{
			int			other = split->supplies[k].need;
			int64		movable = split->given[k] - split->fixed[k];
			int64		moved;

			if (movable == 0 || !served_alone(split, other))
				continue;
			moved = make_room(split, other, Min(wanted, movable));
			wms_split_give(split, k, -moved);
		}
		wanted = Min(wanted, pool->left);
		if (wanted <= 0)
			continue;
		wms_split_give(split, i, wanted);
		return wanted;
	}
	return 0;
}

void
wms_split_serve_others(WmsSplit *split)
{
	split->looks += split->supply_count;
	for (int i = 0; i < split->supply_count; i++)
	{
		int			need = split->supplies[i].need;

		if (served_alone(split, need))
			wms_split_give(split, i, Max(0, Min(wms_split_left(split, i), split->missing[need])));
	}
	for (int need = 0; need < split->need_count; need++)
	{
		int64		got = 1;

		while (served_alone(split, need) && split->missing[need] > 0 && got > 0)
		{
			CHECK_FOR_INTERRUPTS();
			split->looks += split->pool_count;
			for (int i = 0; i < split->pool_count; i++)
				split->pools[i].visited = false;
			got = make_room(split, need, split->missing[need]);
		}
	}
}
