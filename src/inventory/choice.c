/*
 * choice.c
 *		Which warehouses serve what is needed, by what they are seen to have.
 *
 * One warehouse where there is one that has everything, else several, in their order.  Needs of one item share
 * what a warehouse has of it: a batch that is named may have more left than the item, since holds on batches gone
 * bad count against the good ones.
 *
 * Takes no locks, runs no SQL.
 */
#include "postgres.h"

#include "inventory/choice.h"

#include "miscadmin.h"
#include "support/args.h"

/* What one warehouse has left of one item, for all needs of it. */
typedef struct Pool
{
	int			first;			/* supply */
	int			last;			/* + 1 */
	int64		left;
	bool		visited;
} Pool;

typedef struct Split
{
	const WmsNeed *needs;
	int			need_count;
	const WmsSupply *supplies;
	int			supply_count;
	int			pool_count;
	Pool	   *pools;
	int		   *pool_of;		/* of each supply; < 0 where it is a batch wanted as it is, which shares with none */
	int64	   *given;			/* of each supply, to its need */
	int64	   *missing;		/* of each need */
} Split;

/* One part of a line that is a kit. */
typedef struct Part
{
	const void *kit;
	int			part_count;		/* of the kit */
	int			need;
} Part;

int
wms_supplies_of_one(const WmsSupply *supplies, int count)
{
	int			n = 1;

	while (n < count && wms_uuid_equal(&supplies[0].warehouse_id, &supplies[n].warehouse_id))
		n++;
	return n;
}

int
wms_supplies_serve(const WmsNeed *needs, const WmsSupply *supplies, int count)
{
	const WmsItem *item = NULL;
	int64		left = 0;
	int			served = 0;

	for (int i = 0; i < count; i++)
	{
		const WmsNeed *need = &needs[supplies[i].need];
		bool		enough = supplies[i].available >= need->quantity;

		if (!need->as_it_is)
		{
			if (item == NULL || wms_item_compare(item, need->item) != 0)
				left = supplies[i].shared;
			item = need->item;
			enough = enough && left >= need->quantity;
			left -= Min(left, Min(need->quantity, supplies[i].available));
		}
		served += enough;
	}
	return served;
}

void
wms_choose_named(const WmsNeed *needs, int need_count, const pg_uuid_t *warehouse_id, WmsChoice *choice)
{
	choice->count = need_count;
	choice->shares = palloc_extended(sizeof(WmsShare) * Max(need_count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < need_count; i++)
	{
		choice->shares[i].need = i;
		choice->shares[i].warehouse_id = *warehouse_id;
		choice->shares[i].quantity = needs[i].quantity;
	}
}

bool
wms_choose_one(const WmsNeed *needs, int need_count, const WmsSupply *supplies, int supply_count, WmsChoice *choice)
{
	int			n;

	for (int i = 0; i < supply_count; i += n)
	{
		n = wms_supplies_of_one(&supplies[i], supply_count - i);
		if (wms_supplies_serve(needs, &supplies[i], n) < need_count)
			continue;
		wms_choose_named(needs, need_count, &supplies[i].warehouse_id, choice);
		return true;
	}
	return false;
}

static void
begin(Split *split)
{
	split->pool_count = 0;
	for (int i = 0; i < split->supply_count; i++)
	{
		const WmsSupply *supply = &split->supplies[i];
		const WmsNeed *need = &split->needs[supply->need];
		Pool	   *pool = split->pool_count == 0 ? NULL : &split->pools[split->pool_count - 1];

		split->given[i] = 0;
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

/* What the supply has left. */
static int64
left_of(const Split *split, int supply)
{
	int64		left = split->supplies[supply].available - split->given[supply];

	return split->pool_of[supply] < 0 ? left : Min(left, split->pools[split->pool_of[supply]].left);
}

static void
give(Split *split, int supply, int64 units)
{
	split->given[supply] += units;
	split->missing[split->supplies[supply].need] -= units;
	if (split->pool_of[supply] >= 0)
		split->pools[split->pool_of[supply]].left -= units;
}

static int
find_supply(const Split *split, int first, int count, int need)
{
	int			low = first;
	int			high = first + count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (split->supplies[middle].need < need)
			low = middle + 1;
		else
			high = middle;
	}
	return low < first + count && split->supplies[low].need == need ? low : -1;
}

/* Kits of many parts have less choice than others. */
static int
compare_parts(const void *a, const void *b)
{
	const Part *x = a;
	const Part *y = b;

	if (x->part_count != y->part_count)
		return y->part_count - x->part_count;
	if (x->kit != y->kit)
		return (const char *) x->kit < (const char *) y->kit ? -1 : 1;
	return x->need - y->need;
}

static int
same_kit(const Part *parts, int count)
{
	int			n = 1;

	while (n < count && parts[n].kit == parts[0].kit)
		n++;
	return n;
}

/* The parts of all kits, kit by kit. */
static Part *
list_parts(const Split *split, int *count)
{
	Part	   *parts = palloc_extended(sizeof(Part) * Max(split->need_count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int			n;

	*count = 0;
	for (int i = 0; i < split->need_count; i++)
	{
		if (split->needs[i].kit == NULL)
			continue;
		parts[*count].kit = split->needs[i].kit;
		parts[(*count)++].need = i;
	}
	qsort(parts, *count, sizeof(Part), compare_parts);
	for (int k = 0; k < *count; k += n)
	{
		n = same_kit(&parts[k], *count - k);
		for (int i = k; i < k + n; i++)
			parts[i].part_count = n;
	}
	qsort(parts, *count, sizeof(Part), compare_parts);
	return parts;
}

/* As many whole kits from a warehouse as it has all parts of. */
static void
give_kits(Split *split, const Part *parts, int first, int count)
{
	int64		kits = PG_INT64_MAX;

	for (int p = 0; p < parts->part_count; p++)
	{
		const WmsNeed *need = &split->needs[parts[p].need];
		int64		units = need->quantity / need->kits;
		int			supply = find_supply(split, first, count, parts[p].need);

		kits = supply < 0 ? 0 : Min(kits, Min(left_of(split, supply), split->missing[parts[p].need]) / units);
	}
	for (int p = 0; p < parts->part_count && kits > 0; p++)
	{
		const WmsNeed *need = &split->needs[parts[p].need];

		give(split, find_supply(split, first, count, parts[p].need), kits * (need->quantity / need->kits));
	}
}

static void
serve_kits(Split *split)
{
	int			count;
	Part	   *parts = list_parts(split, &count);
	int			n;

	for (int k = 0; k < count; k += parts[k].part_count)
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < split->supply_count; i += n)
		{
			n = wms_supplies_of_one(&split->supplies[i], split->supply_count - i);
			give_kits(split, &parts[k], i, n);
		}
	}
}

/*
 * Up to so many units of a need from a warehouse where other needs of the item have taken what is left: one of
 * them gets its units from another warehouse.  Returns how many.
 */
static int64
make_room(Split *split, int need, int64 units)
{
	check_stack_depth();
	for (int i = 0; i < split->supply_count; i++)
	{
		Pool	   *pool = split->pool_of[i] < 0 ? NULL : &split->pools[split->pool_of[i]];
		int64		wanted = Min(units, split->supplies[i].available - split->given[i]);

		if (split->supplies[i].need != need || pool == NULL || pool->visited || wanted <= 0)
			continue;
		pool->visited = true;
		for (int k = pool->first; k < pool->last && pool->left == 0; k++)
		{
			int			other = split->supplies[k].need;
			int64		moved;

			if (split->given[k] == 0 || split->needs[other].kit != NULL)
				continue;
			moved = make_room(split, other, Min(wanted, split->given[k]));
			give(split, k, -moved);
		}
		wanted = Min(wanted, pool->left);
		if (wanted <= 0)
			continue;
		give(split, i, wanted);
		return wanted;
	}
	return 0;
}

static void
serve_others(Split *split)
{
	for (int i = 0; i < split->supply_count; i++)
	{
		int			need = split->supplies[i].need;

		if (split->needs[need].kit == NULL)
			give(split, i, Max(0, Min(left_of(split, i), split->missing[need])));
	}
	for (int need = 0; need < split->need_count; need++)
	{
		int64		got = 1;

		while (split->needs[need].kit == NULL && split->missing[need] > 0 && got > 0)
		{
			CHECK_FOR_INTERRUPTS();
			for (int i = 0; i < split->pool_count; i++)
				split->pools[i].visited = false;
			got = make_room(split, need, split->missing[need]);
		}
	}
}

static bool
is_complete(const Split *split)
{
	for (int i = 0; i < split->need_count; i++)
		if (split->missing[i] > 0)
			return false;
	return true;
}

/* Needs in their order, each with its warehouses in theirs. */
static void
list_shares(const Split *split, WmsChoice *choice)
{
	int		   *next = palloc_extended(sizeof(int) * (split->need_count + 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int i = 0; i < split->supply_count; i++)
		if (split->given[i] > 0)
			next[split->supplies[i].need + 1]++;
	for (int i = 0; i < split->need_count; i++)
		next[i + 1] += next[i];
	choice->count = next[split->need_count];
	choice->shares = palloc_extended(sizeof(WmsShare) * Max(choice->count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < split->supply_count; i++)
	{
		WmsShare   *share;

		if (split->given[i] == 0)
			continue;
		share = &choice->shares[next[split->supplies[i].need]++];
		share->need = split->supplies[i].need;
		share->warehouse_id = split->supplies[i].warehouse_id;
		share->quantity = split->given[i];
	}
}

/* Kits have less choice of a warehouse than others, but others may name a batch: they come first, or last. */
bool
wms_choose_split(const WmsNeed *needs, int need_count, const WmsSupply *supplies, int supply_count,
				 WmsChoice *choice)
{
	Split		split = {.needs = needs, .need_count = need_count, .supplies = supplies, .supply_count = supply_count};
	Size		most = Max(supply_count, 1);

	split.pools = palloc_extended(sizeof(Pool) * most, MCXT_ALLOC_HUGE);
	split.pool_of = palloc_extended(sizeof(int) * most, MCXT_ALLOC_HUGE);
	split.given = palloc_extended(sizeof(int64) * most, MCXT_ALLOC_HUGE);
	split.missing = palloc_extended(sizeof(int64) * Max(need_count, 1), MCXT_ALLOC_HUGE);
	begin(&split);
	serve_kits(&split);
	serve_others(&split);
	if (!is_complete(&split))
	{
		begin(&split);
		serve_others(&split);
		serve_kits(&split);
	}
	list_shares(&split, choice);
	choice->missing = split.missing;
	return is_complete(&split);
}
