/*
 * choice.c
 *		Which warehouses serve what is needed, by what they are seen to have.
 *
 * One warehouse where there is one that has everything, else several, in their order (split.c).  Needs of one item
 * share what a warehouse has of it: a batch that is named may have more left than the item, since holds on batches
 * gone bad count against the good ones.
 *
 * Takes no locks, runs no SQL.
 */
#include "postgres.h"

#include "inventory/choice.h"

#include "inventory/split.h"
#include "support/args.h"

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

/* Needs in their order, each with its warehouses in theirs. */
static void
list_shares(const WmsSplit *split, WmsChoice *choice)
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

/*
 * Kits have less choice of a warehouse than others, but others may name a batch: where kits that come first leave
 * too little, any other way is searched for.  A failure is reported as of others first.
 */
bool
wms_choose_split(const WmsNeed *needs, int need_count, const WmsSupply *supplies, int supply_count,
				 WmsChoice *choice)
{
	WmsSplit	split;
	bool		complete;

	wms_split_init(&split, needs, need_count, supplies, supply_count);
	wms_split_serve_kits(&split);
	wms_split_serve_others(&split);
	complete = wms_split_missing(&split) == 0;
	if (!complete && wms_split_has_kits(&split))
	{
		complete = wms_split_search(&split);
		if (!complete)
		{
			wms_split_begin(&split);
			wms_split_serve_others(&split);
			wms_split_serve_kits(&split);
			complete = wms_split_missing(&split) == 0;
		}
	}
	list_shares(&split, choice);
	choice->missing = split.missing;
	return complete;
}
