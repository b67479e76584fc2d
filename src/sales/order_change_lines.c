/*
 * order_change_lines.c
 *		What new lines make of those an order has.
 *
 * A new line first takes units of the order's lines of the same item, by their numbers (one that names an order
 * line takes that, one that names a price only lines of that price): these keep their price, whatever became of
 * the item in the catalogue.  The rest is priced anew, as many as it is; it joins the last of these lines where
 * price, cost and parts are the same, else it is a line of its own.  What no line takes is gone.
 *
 * Takes no locks but those of ordered_lines.c.
 */
#include "postgres.h"

#include "sales/order_change.h"

#include "common/int.h"
#include "miscadmin.h"
#include "sales/ordered_lines.h"
#include "support/args.h"
#include "support/errors.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

static bool
same_amount(Numeric a, Numeric b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(a), NumericGetDatum(b)));
}

static void
add_units(WmsOrderedLine *ordered, const WmsLine *named, int32 units)
{
	if (pg_add_s32_overflow(ordered->kept, units, &ordered->kept))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("line %d: quantity is out of range", named->number),
				 errdetail("Together with other lines of the item it is more than %d.", PG_INT32_MAX),
				 errhint("Split the order.")));
}

/* Takes what it can of a line of the order; the line named is left with the rest. False where that is nothing. */
static bool
take(WmsLine *named, WmsOrderedLine *ordered)
{
	int32		part = Min(named->quantity, ordered->left);

	if (part == 0 || (named->unit_price != NULL && !same_amount(named->unit_price, ordered->unit_price)))
		return false;
	ordered->left -= part;
	ordered->kept += part;
	named->quantity -= part;
	return true;
}

/* From the order's lines of the item, by their numbers; returns the last one taken from. */
static WmsOrderedLine *
take_by_item(const WmsOrderChange *change, WmsOrderedLine **by_item, WmsLine *named)
{
	int			first = wms_ordered_line_find_item(change, by_item, &named->item);
	WmsOrderedLine *last = NULL;

	CHECK_FOR_INTERRUPTS();
	if (first < 0)
		return NULL;
	for (int i = first + by_item[first]->taken; i < change->ordered_count && named->quantity > 0; i++)
	{
		if (wms_item_compare(&named->item, &by_item[i]->line.item) != 0)
			break;
		if (take(named, by_item[i]))
			last = by_item[i];
		if (by_item[i]->left == 0 && i == first + by_item[first]->taken)
			by_item[first]->taken++;
	}
	return last;
}

/* The order's line that is named by its id; it keeps its price. */
static WmsOrderedLine *
find_ordered(const WmsOrderChange *change, WmsOrderedLine **by_id, const WmsLine *named)
{
	int			i = wms_ordered_line_find_id(change, by_id, named->order_item_id);

	if (i < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("line %d: order %s has no line %s", named->number, change->number,
						wms_uuid_text(named->order_item_id)),
				 errhint("Name one of the order's lines, or the item by product_id, sku or barcode.")));
	if (named->unit_price != NULL && !same_amount(named->unit_price, by_id[i]->unit_price))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: line %d of order %s has another price", named->number, by_id[i]->number,
						change->number),
				 errdetail("It was ordered at %s, not %s.", numeric_normalize(by_id[i]->unit_price),
						   numeric_normalize(named->unit_price)),
				 errhint("Name the item instead of the line, and it is sold at the new price.")));
	return by_id[i];
}

/* New units must be of something that may be ordered. */
static void
check_rest(const WmsLine *named)
{
	if (named->quantity > 0 && named->refusal != NULL)
		ereport(ERROR,
				(errcode(named->refusal_code),
				 errmsg("line %d: %s", named->number, named->refusal),
				 named->item.sku == NULL ? 0 : errdetail("The order is to have %d more of it.", named->quantity),
				 errhint("What was ordered may stay; name a live product or variant for what is new.")));
}

/* What one line of so many units is to hold by the catalogue. */
static int
catalogue_parts(const WmsLine *line, WmsLinePart *parts)
{
	int			count = 0;

	if (line->component_count == 0 && line->item.is_stocked)
	{
		parts[count].item = &line->item;
		parts[count++].units = line->quantity;
	}
	for (int c = 0; c < line->component_count; c++)
	{
		if (!line->components[c].is_stocked)
			continue;
		parts[count].item = &line->components[c];
		parts[count++].units = wms_line_units(line, &line->components[c]);
	}
	return count;
}

/* Is the line held as the catalogue would have it? */
static bool
held_as_catalogue(const WmsOrderedLine *ordered)
{
	WmsLinePart *parts = palloc_extended(sizeof(WmsLinePart) * (ordered->line.component_count + 1), MCXT_ALLOC_HUGE);
	int			count = catalogue_parts(&ordered->line, parts);

	if (ordered->part_count == 0)
		return true;
	if (count != ordered->part_count)
		return false;
	for (int i = 0; i < count; i++)
	{
		bool		found = false;

		for (int k = 0; k < count && !found; k++)
			found = wms_item_compare(parts[i].item, ordered->parts[k].item) == 0 &&
				parts[i].units == ordered->parts[k].units;
		if (!found)
			return false;
	}
	return true;
}

/* Adds a line to those that the order is to have. */
static void
add_line(WmsOrderChange *change, const WmsLine *line, const WmsOrderedLine *ordered, int32 quantity, Numeric price)
{
	WmsChangedLine *changed = &change->changed[change->lines.count];
	WmsLine    *added = &change->lines.lines[change->lines.count++];

	*added = *line;
	added->quantity = quantity;
	added->unit_price = price;
	changed->ordered = ordered;
	changed->id = ordered != NULL ? ordered->id : *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0));
	if (ordered != NULL && ordered->part_count > 0)
	{
		changed->part_count = ordered->part_count;
		changed->parts = palloc_extended(sizeof(WmsLinePart) * ordered->part_count, MCXT_ALLOC_HUGE);
		for (int i = 0; i < ordered->part_count; i++)
		{
			changed->parts[i].item = ordered->parts[i].item;
			changed->parts[i].units = (ordered->parts[i].units * quantity + ordered->quantity - 1) / ordered->quantity;
		}
		return;
	}
	changed->parts = palloc_extended(sizeof(WmsLinePart) * (line->component_count + 1), MCXT_ALLOC_HUGE);
	changed->part_count = catalogue_parts(added, changed->parts);
}

/* The rest joins the line it belongs to, or becomes one, numbered after all that the order had. */
static void
add_rest(WmsOrderChange *change, WmsLines *rest, WmsOrderedLine **joins)
{
	WmsQuote	quote = {.lines = rest, .user_id = change->user_id};
	int32		number = change->ordered_count == 0 ? 0 : change->ordered[change->ordered_count - 1].number;
	bool	   *joined = palloc_extended(sizeof(bool) * Max(rest->count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	if (rest->count > 0)
		wms_quote(&quote);
	for (int i = 0; i < rest->count; i++)
	{
		joined[i] = joins[i] != NULL && same_amount(joins[i]->unit_price, quote.priced[i].unit_price) &&
			same_amount(joins[i]->unit_cost, rest->lines[i].item.cost_price) && held_as_catalogue(joins[i]);
		if (joined[i])
			add_units(joins[i], &rest->lines[i], rest->lines[i].quantity);
	}
	for (int i = 0; i < change->ordered_count; i++)
		if (change->ordered[i].kept > 0)
			add_line(change, &change->ordered[i].line, &change->ordered[i], change->ordered[i].kept,
					 change->ordered[i].unit_price);
	for (int i = 0; i < rest->count; i++)
	{
		if (joined[i])
			continue;
		/* numbered only now: until then messages tell the caller's number */
		add_line(change, &rest->lines[i], NULL, rest->lines[i].quantity, quote.priced[i].unit_price);
		change->lines.lines[change->lines.count - 1].number = ++number;
	}
}

/* Lines that name one of the order's take first; what they leave is for those that name an item. */
static void
take_all(WmsOrderChange *change, WmsLines *rest, WmsOrderedLine **joins)
{
	WmsLines   *named = change->named;
	WmsOrderedLine **by_id = wms_ordered_lines_by_id(change);
	WmsOrderedLine **by_item = wms_ordered_lines_by_item(change);

	for (int pass = 0; pass < 2; pass++)
		for (int n = 0; n < named->count; n++)
		{
			WmsLine    *line = &named->lines[n];
			WmsOrderedLine *last;

			if ((line->order_item_id == NULL) != (pass == 1))
				continue;
			last = pass == 1 ? take_by_item(change, by_item, line) : find_ordered(change, by_id, line);
			if (pass == 0 && !take(line, last))
				last = NULL;
			check_rest(line);
			if (line->quantity == 0)
				continue;
			rest->lines[rest->count] = *line;
			joins[rest->count++] = last;
		}
}

void
wms_order_change_lines(WmsOrderChange *change)
{
	WmsLines   *named = change->named;
	WmsLines	rest = {.allowed = named->allowed};
	WmsOrderedLine **joins = palloc_extended(sizeof(WmsOrderedLine *) * named->count, MCXT_ALLOC_HUGE);
	int			most;

	wms_ordered_lines_read(change);
	most = named->count + change->ordered_count;
	rest.lines = palloc_extended(sizeof(WmsLine) * named->count, MCXT_ALLOC_HUGE);
	change->lines.lines = palloc_extended(sizeof(WmsLine) * most, MCXT_ALLOC_HUGE);
	change->changed = palloc_extended(sizeof(WmsChangedLine) * most, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	take_all(change, &rest, joins);
	add_rest(change, &rest, joins);
	change->quote.lines = &change->lines;
	wms_quote(&change->quote);
}
