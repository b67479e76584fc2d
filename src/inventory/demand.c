/*
 * demand.c
 *		What lines and requests add up to, and whether it could be had.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "inventory/demand.h"

#include "support/args.h"

static void
add_demand(WmsHoldRequest *request, const WmsLine *line, const WmsItem *item, const pg_uuid_t *line_id)
{
	WmsDemand  *demand;

	if (!item->is_stocked)
		return;
	demand = &request->demands[request->demand_count++];
	demand->line = line;
	demand->item = item;
	demand->batch_id = line->batch_id;
	demand->line_id = line_id;
	demand->quantity = wms_line_units(line, item);
	demand->kit = line->component_count > 0 ? line : NULL;
	demand->kits = line->quantity;
}

void
wms_demands_of_lines(const WmsLines *lines, const pg_uuid_t *line_ids, WmsHoldRequest *request)
{
	int			most = 0;

	for (int i = 0; i < lines->count; i++)
		most += Max(1, lines->lines[i].component_count);
	request->demands = palloc_extended(sizeof(WmsDemand) * most, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	request->demand_count = 0;
	for (int i = 0; i < lines->count; i++)
	{
		const WmsLine *line = &lines->lines[i];
		const pg_uuid_t *line_id = line_ids == NULL ? NULL : &line_ids[i];

		if (line->component_count == 0)
			add_demand(request, line, &line->item, line_id);
		for (int c = 0; c < line->component_count; c++)
			add_demand(request, line, &line->components[c], line_id);
	}
}

static int
compare_batch_ids(const pg_uuid_t *a, const pg_uuid_t *b)
{
	if (a == NULL || b == NULL)
		return (a == NULL) - (b == NULL);
	return memcmp(a->data, b->data, UUID_LEN);
}

/* By item; those that name a batch before the others, since they have less choice; every kit for itself. */
static int
compare_demands(const void *a, const void *b)
{
	const WmsDemand *x = a;
	const WmsDemand *y = b;
	int			order = wms_item_compare(x->item, y->item);

	if (order == 0)
		order = compare_batch_ids(x->batch_id, y->batch_id);
	if (order == 0 && x->kit != y->kit)
		order = (const char *) x->kit < (const char *) y->kit ? -1 : 1;
	return order;
}

void
wms_demands_add_up(WmsDemand *demands, int count, WmsNeeds *needs)
{
	qsort(demands, count, sizeof(WmsDemand), compare_demands);
	needs->count = 0;
	needs->needs = palloc_extended(sizeof(WmsNeed) * Max(count, 1), MCXT_ALLOC_HUGE);
	needs->need_of = palloc_extended(sizeof(int) * Max(count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < count; i++)
	{
		if (i == 0 || compare_demands(&demands[i - 1], &demands[i]) != 0)
		{
			WmsNeed    *need = &needs->needs[needs->count++];

			need->item = demands[i].item;
			need->batch_id = demands[i].batch_id;
			need->as_it_is = demands[i].as_it_is;
			need->kit = demands[i].kit;
			need->kits = demands[i].kits;
			need->quantity = 0;
		}
		needs->needs[needs->count - 1].quantity += demands[i].quantity;
		needs->need_of[i] = needs->count - 1;
	}
}

WmsSupplyView
wms_request_view(const WmsHoldRequest *request)
{
	WmsSupplyView view = {.named = request->warehouse_id, .own_type = request->own_type,
	.own_id = request->own_id};

	return view;
}

WmsShortDemand *
wms_demands_short(WmsHoldRequest *request, int *count)
{
	WmsNeeds	needs;
	WmsSupplyView view = wms_request_view(request);
	WmsShortDemand *result = palloc_extended(sizeof(WmsShortDemand) * Max(request->demand_count, 1),
											 MCXT_ALLOC_HUGE);
	WmsShortage *shorts;
	int			short_count;

	*count = 0;
	if (request->demand_count == 0)
		return result;
	view.query = true;
	wms_demands_add_up(request->demands, request->demand_count, &needs);
	shorts = wms_shortages(needs.needs, needs.count, &view, request->may_split, &short_count);
	for (int i = 0, s = 0; i < request->demand_count; i++)
	{
		while (s + 1 < short_count && shorts[s + 1].need <= needs.need_of[i])
			s++;
		if (short_count == 0 ||
			!wms_need_is_like(&needs.needs[shorts[s].need], &needs.needs[needs.need_of[i]]))
			continue;
		result[*count].demand = &request->demands[i];
		result[*count].requested = shorts[s].requested;
		result[*count].available = shorts[s].supply.available;
		(*count)++;
	}
	return result;
}
