/*
 * picking.c
 *		Which batches of locked stock rows serve a demand.
 *
 * Takes no locks: the rows are locked, and settled, by the caller.
 */
#include "postgres.h"

#include "inventory/picking.h"

#include "miscadmin.h"
#include "support/args.h"

typedef struct Picking
{
	WmsHoldRequest *request;
	int			capacity;		/* of its holds */
} Picking;

static void
add_hold(Picking *picking, const WmsDemand *demand, const WmsStockRow *row, const WmsBatchRow *batch, int64 quantity)
{
	WmsHoldRequest *request = picking->request;
	WmsHold    *hold;

	if (request->hold_count == picking->capacity)
	{
		picking->capacity = Max(picking->capacity * 2, 16);
		request->holds = picking->capacity == 16 ? palloc(sizeof(WmsHold) * 16) :
			repalloc_huge(request->holds, sizeof(WmsHold) * picking->capacity);
	}
	hold = &request->holds[request->hold_count++];
	memset(hold, 0, sizeof(WmsHold));
	hold->demand = demand;
	hold->warehouse_id = row->warehouse_id;
	hold->quantity = (int32) quantity;
	hold->has_batch = batch != NULL;
	if (batch != NULL)
		hold->batch_id = batch->batch_id;
}

/* Takes up to quantity units from the batches, or from the one named, first expired first; returns what it got. */
static int64
take_from_batches(Picking *picking, const WmsDemand *demand, WmsStockRow *row, const pg_uuid_t *batch_id,
				  int64 quantity)
{
	int64		taken = 0;

	for (int i = 0; i < row->batch_count && taken < quantity; i++)
	{
		WmsBatchRow *batch = &row->batches[i];
		int64		part = Min(batch->free, quantity - taken);

		if (part <= 0 || (batch_id != NULL && !wms_uuid_equal(batch_id, &batch->batch_id)))
			continue;
		add_hold(picking, demand, row, batch, part);
		batch->free -= part;
		taken += part;
	}
	return taken;
}

/* What has expired or is blocked is promised to nobody else: all that is not held of it may be taken. */
static bool
take_as_it_is(Picking *picking, const WmsDemand *demand, WmsStockRow *row, int64 quantity)
{
	for (int i = 0; i < row->batch_count; i++)
	{
		WmsBatchRow *batch = &row->batches[i];

		if (!wms_uuid_equal(demand->batch_id, &batch->batch_id))
			continue;
		if (batch->good || batch->unheld < quantity)
			return false;
		add_hold(picking, demand, row, batch, quantity);
		batch->unheld -= quantity;
		return true;
	}
	return false;
}

/* Serves a part of a demand from a row; false when the row, under its lock, has less. */
static bool
take(Picking *picking, const WmsDemand *demand, WmsStockRow *row, int64 quantity)
{
	if (demand->as_it_is)
		return take_as_it_is(picking, demand, row, quantity);
	if (row->free < quantity)
		return false;
	row->free -= quantity;
	if (row->item->batch_tracked)
		return take_from_batches(picking, demand, row, demand->batch_id, quantity) == quantity;
	if (demand->batch_id != NULL)
		return false;
	add_hold(picking, demand, row, NULL, quantity);
	return true;
}

/* As much of a part of a demand as the batch has that is asked first; returns how much. */
static int64
take_first(Picking *picking, const WmsDemand *demand, WmsStockRow *row, int64 quantity)
{
	int64		taken;

	if (demand->first_batch_id == NULL || row == NULL || row->free <= 0)
		return 0;
	taken = take_from_batches(picking, demand, row, demand->first_batch_id, Min(quantity, row->free));
	row->free -= taken;
	return taken;
}

/* The row of a share; *first is moved on to its first demand. */
static WmsStockRow *
find_share(const WmsNeeds *needs, const WmsShare *share, WmsStockRow *rows, int row_count, int *first)
{
	CHECK_FOR_INTERRUPTS();
	while (needs->need_of[*first] < share->need)
		(*first)++;
	return wms_stock_row_find(rows, row_count, &share->warehouse_id, needs->needs[share->need].item);
}

bool
wms_pick(WmsHoldRequest *request, const WmsNeeds *needs, const WmsChoice *choice, WmsStockRow *rows, int row_count)
{
	Picking		picking = {.request = request};
	int64	   *open = palloc_extended(sizeof(int64) * Max(request->demand_count, 1), MCXT_ALLOC_HUGE);
	int64	   *left = palloc_extended(sizeof(int64) * Max(choice->count, 1), MCXT_ALLOC_HUGE);

	request->hold_count = 0;
	for (int i = 0; i < request->demand_count; i++)
		open[i] = request->demands[i].quantity;
	for (int s = 0; s < choice->count; s++)
		left[s] = choice->shares[s].quantity;
	/* first what is asked of one batch before the others, so that nobody's rest takes it away */
	for (int pass = 0; pass < 2; pass++)
		for (int s = 0, first = 0; s < choice->count; s++)
		{
			int			need = choice->shares[s].need;
			WmsStockRow *row = find_share(needs, &choice->shares[s], rows, row_count, &first);

			for (int i = first; i < request->demand_count && needs->need_of[i] == need && left[s] > 0; i++)
			{
				int64		part = Min(open[i], left[s]);

				if (part == 0)
					continue;
				if (pass == 0)
					part = take_first(&picking, &request->demands[i], row, part);
				else if (row == NULL || !take(&picking, &request->demands[i], row, part))
					return false;
				open[i] -= part;
				left[s] -= part;
			}
		}
	return true;
}
