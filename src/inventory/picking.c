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

/* Takes up to quantity units from the batches, first expired first; returns what it got. */
static int64
take_from_batches(Picking *picking, const WmsDemand *demand, WmsStockRow *row, int64 quantity)
{
	int64		taken = 0;

	for (int i = 0; i < row->batch_count && taken < quantity; i++)
	{
		WmsBatchRow *batch = &row->batches[i];
		int64		part = Min(batch->free, quantity - taken);

		if (part <= 0 || (demand->batch_id != NULL && !wms_uuid_equal(demand->batch_id, &batch->batch_id)))
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
		return take_from_batches(picking, demand, row, quantity) == quantity;
	if (demand->batch_id != NULL)
		return false;
	add_hold(picking, demand, row, NULL, quantity);
	return true;
}

bool
wms_pick(WmsHoldRequest *request, const WmsNeeds *needs, const WmsChoice *choice, WmsStockRow *rows, int row_count)
{
	Picking		picking = {.request = request};
	int64	   *open = palloc_extended(sizeof(int64) * Max(request->demand_count, 1), MCXT_ALLOC_HUGE);
	int			first = 0;

	request->hold_count = 0;
	for (int i = 0; i < request->demand_count; i++)
		open[i] = request->demands[i].quantity;
	for (int s = 0; s < choice->count; s++)
	{
		const WmsShare *share = &choice->shares[s];
		WmsStockRow *row = wms_stock_row_find(rows, row_count, &share->warehouse_id, needs->needs[share->need].item);
		int64		left = share->quantity;

		CHECK_FOR_INTERRUPTS();
		while (needs->need_of[first] < share->need)
			first++;
		for (int i = first; i < request->demand_count && needs->need_of[i] == share->need && left > 0; i++)
		{
			int64		part = Min(open[i], left);

			if (part == 0)
				continue;
			if (row == NULL || !take(&picking, &request->demands[i], row, part))
				return false;
			open[i] -= part;
			left -= part;
		}
	}
	return true;
}
