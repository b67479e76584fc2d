/*
 * split_kits.c
 *		Kits spread over several warehouses, each whole in one of them.
 *
 * Laid one after another, kits take the first warehouses that have all their parts.  That may leave too little for
 * others, or for kits that share parts, though another way would serve everything.  The search goes through how many
 * of each kit come from each warehouse, in their order.  It goes on only where all the rest could still be had with
 * the parts of the kits that are left taken from wherever they are, which most numbers fail at once.  In general the
 * problem is one of packing, whose search may take for ever, so it ends after MOST_LOOKS.
 *
 * Takes no locks, runs no SQL.
 */
#include "postgres.h"

#include "inventory/choice.h"
#include "inventory/split.h"

#include "miscadmin.h"
#include "support/args.h"

/* At supplies: some tenths of a second. */
#define MOST_LOOKS INT64CONST(30000000)

/* One part of a line that is a kit. */
typedef struct Part
{
	const void *kit;
	int			part_count;		/* of the kit */
	int			need;
} Part;

/* A warehouse that a kit could come from. */
typedef struct Place
{
	const Part *parts;
	int		   *supplies;		/* of each part */
	int64		most;			/* kits it could give, if nobody else wanted anything */
	int64		kits;			/* that it gives */
	bool		is_last;		/* of the kit's: it gives all that are left */
} Place;

typedef struct Search
{
	WmsSplit   *split;
	int			place_count;
	Place	   *places;
} Search;

static int
find_supply(const WmsSplit *split, int first, int count, int need)
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
list_parts(const WmsSplit *split, int *count)
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

/* Units of the part in one kit. */
static int64
units_of(const WmsSplit *split, const Part *part)
{
	const WmsNeed *need = &split->needs[part->need];

	return need->quantity / need->kits;
}

bool
wms_split_has_kits(const WmsSplit *split)
{
	for (int i = 0; i < split->need_count; i++)
		if (split->needs[i].kit != NULL)
			return true;
	return false;
}

/* As many whole kits from a warehouse as it has all parts of. */
static void
give_kits(WmsSplit *split, const Part *parts, int first, int count)
{
	int64		kits = PG_INT64_MAX;

	for (int p = 0; p < parts->part_count; p++)
	{
		int			supply = find_supply(split, first, count, parts[p].need);

		kits = supply < 0 ? 0 : Min(kits, Min(wms_split_left(split, supply), split->missing[parts[p].need]) /
									units_of(split, &parts[p]));
	}
	for (int p = 0; p < parts->part_count && kits > 0; p++)
		wms_split_give(split, find_supply(split, first, count, parts[p].need), kits * units_of(split, &parts[p]));
}

void
wms_split_serve_kits(WmsSplit *split)
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

/* How many of the kit, as many as are missing at most, the warehouse has parts of now. */
static int64
kits_left(const WmsSplit *split, const Place *place)
{
	int64		kits = PG_INT64_MAX;

	for (int p = 0; p < place->parts->part_count; p++)
		kits = Min(kits, Min(wms_split_left(split, place->supplies[p]), split->missing[place->parts[p].need]) /
				   units_of(split, &place->parts[p]));
	return kits;
}

/* The places of a kit, in order of warehouses. */
static void
add_places(Search *search, const Part *parts)
{
	WmsSplit   *split = search->split;
	int			before = search->place_count;
	int			n;

	for (int i = 0; i < split->supply_count; i += n)
	{
		Place	   *place = &search->places[search->place_count];
		bool		all = true;

		n = wms_supplies_of_one(&split->supplies[i], split->supply_count - i);
		place->parts = parts;
		place->supplies = palloc(sizeof(int) * parts->part_count);
		for (int p = 0; p < parts->part_count && all; p++)
		{
			place->supplies[p] = find_supply(split, i, n, parts[p].need);
			all = place->supplies[p] >= 0;
		}
		place->most = all ? kits_left(split, place) : 0;
		place->is_last = false;
		search->place_count += place->most > 0;
	}
	if (search->place_count > before)
		search->places[search->place_count - 1].is_last = true;
}

/* What the places up to this one give is given, and stays. */
static void
fix(Search *search, int count)
{
	WmsSplit   *split = search->split;

	wms_split_begin(split);
	for (int i = 0; i < count; i++)
	{
		const Place *place = &search->places[i];

		for (int p = 0; p < place->parts->part_count; p++)
		{
			int64		units = place->kits * units_of(split, &place->parts[p]);

			wms_split_give(split, place->supplies[p], units);
			split->fixed[place->supplies[p]] = units;
		}
	}
}

/* The units that are short for sure, whatever the places after these give. */
static int64
short_after(Search *search, int count)
{
	WmsSplit   *split = search->split;

	fix(search, count);
	for (int i = 0; i < split->supply_count; i++)
		if (split->needs[split->supplies[i].need].kit != NULL)
			split->most[i] = split->fixed[i];
	for (int i = count; i < search->place_count; i++)
	{
		const Place *place = &search->places[i];

		for (int p = 0; p < place->parts->part_count; p++)
			split->most[place->supplies[p]] = place->most * units_of(split, &place->parts[p]);
	}
	split->apart = true;
	wms_split_serve_others(split);
	return wms_split_missing(split);
}

static int64
short_with(Search *search, int place, int64 kits)
{
	search->places[place].kits = kits;
	return short_after(search, place + 1);
}

/*
 * The numbers of kits, out of *least to *most, that leave nothing short for sure; false where there are none.
 * What is short falls with the number, then rises: here there is too little for the others, there elsewhere.
 */
static bool
narrow(Search *search, int place, int64 *least, int64 *most)
{
	int64		low = *least;
	int64		high = *most;

	while (low < high)
	{
		int64		middle = low + (high - low) / 2;

		if (short_with(search, place, middle) <= short_with(search, place, middle + 1))
			high = middle;
		else
			low = middle + 1;
	}
	*least = low;
	if (low > *most || short_with(search, place, low) > 0)
		return false;
	high = *most;
	while (low < high)
	{
		int64		middle = high - (high - low) / 2;

		if (short_with(search, place, middle) == 0)
			low = middle;
		else
			high = middle - 1;
	}
	*most = low;
	return true;
}

/* The places from this one on; those before it have given. */
static bool
search_from(Search *search, int place)
{
	int64		least = 0;
	int64		most;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (place == search->place_count)
		return short_after(search, place) == 0;
	fix(search, place);
	most = kits_left(search->split, &search->places[place]);
	if (search->places[place].is_last)
	{
		const Part *part = &search->places[place].parts[0];

		least = search->split->missing[part->need] / units_of(search->split, part);
	}
	if (least > most || !narrow(search, place, &least, &most))
		return false;
	for (int64 kits = most; kits >= least && search->split->looks <= MOST_LOOKS; kits--)
	{
		search->places[place].kits = kits;
		if (search_from(search, place + 1))
			return true;
	}
	return false;
}

bool
wms_split_search(WmsSplit *split)
{
	int			count;
	Part	   *parts = list_parts(split, &count);
	Search		search = {.split = split};

	/* a place has a supply for each of its parts, and each supply one place */
	search.places = palloc_extended(sizeof(Place) * (split->supply_count + 1), MCXT_ALLOC_HUGE);
	wms_split_begin(split);
	for (int k = 0; k < count; k += parts[k].part_count)
		add_places(&search, &parts[k]);
	return short_after(&search, 0) == 0 && search_from(&search, 0);
}
