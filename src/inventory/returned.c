/*
 * returned.c
 *		Lines of orders whose goods come back: what has left, and what of it goes into which batch.
 *
 * Locks: the orders are locked by wms_returned_lock(); the products (items.c).
 */
#include "postgres.h"

#include "inventory/returned.h"

#include "common/int.h"
#include "inventory/order_parts.h"
#include "inventory/returned_sold.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/errors.h"
#include "support/plans.h"
#include "utils/hsearch.h"

static WmsPlan read_order_lines = WMS_PLAN(
	"SELECT l.n, i.quantity, i.returned_quantity, i.line_number, o.order_number, i.sku,"
	"       o.status IN ('shipped', 'delivered', 'refunded')"
	"  FROM unnest($1, $2, $3) AS l(n, id, order_id)"
	"  JOIN sales.order_items i ON i.order_id = l.order_id AND i.id = l.id"
	"  JOIN sales.orders o ON o.id = l.order_id",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID);

static WmsPlan raise_returned = WMS_PLAN(
	"UPDATE sales.order_items i SET returned_quantity = i.returned_quantity + u.quantity"
	"  FROM (SELECT x.id, x.order_id, sum(x.quantity)::integer AS quantity"
	"          FROM unnest($1, $2, $3) AS x(id, order_id, quantity) GROUP BY x.id, x.order_id) u"
	" WHERE i.order_id = u.order_id AND i.id = u.id",
	UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID);

/* A line of an order, as locked. */
typedef struct OrderLine
{
	int32		quantity;
	int32		returned;
	int			number;
	char	   *order_number;
	char	   *sku;
	bool		has_left;		/* by the status of the order */
	int			part_count;
} OrderLine;

/* A part of a line: an item, and how many of it are in one unit of the line. */
typedef struct Part
{
	int			line;
	int64		units;
} Part;

typedef struct Returned
{
	const WmsLines *lines;
	OrderLine  *order_lines;	/* of each line */
	WmsSoldSet *sold;
	WmsLines	items;			/* lines of items, parts of kits each for itself */
	Part	   *parts;			/* of each of them; line < 0 where it is of no order */
	WmsLines   *goods;
	int			goods_capacity;
} Returned;

static void
read_lines(Returned *returned)
{
	Datum		values[3];
	uint64		found;

	wms_returned_keys(returned->lines, values);
	found = wms_run(&read_order_lines, values, NULL);
	for (uint64 n = 0; n < found; n++)
	{
		OrderLine  *line = &returned->order_lines[wms_value_int64(n, 1)];

		line->quantity = (int32) wms_value_int64(n, 2);
		line->returned = (int32) wms_value_int64(n, 3);
		line->number = (int) wms_value_int64(n, 4);
		line->order_number = wms_value_text(n, 5);
		line->sku = wms_value_text(n, 6);
		line->has_left = wms_value_bool(n, 7);
	}
}

static void
refuse_too_many(const Returned *returned, int i, int64 wanted, int64 left)
{
	const OrderLine *line = &returned->order_lines[i];

	ereport(ERROR,
			(errcode(ERRCODE_WMS_REFUND_EXCEEDS_BALANCE),
			 errmsg("line %d: more of \"%s\" would come back than line %d of %s has shipped",
					returned->lines->lines[i].number, line->sku, line->number, line->order_number),
			 errdetail("Of %d units ordered, " INT64_FORMAT " are shipped and not back yet, " INT64_FORMAT
					   " are to come back.", line->quantity, left, wanted),
			 errhint("Return no more than that; name the item itself for goods that no order here has shipped.")));
}

/* How much of an order line is to come back, by all lines that name it. */
typedef struct Wanted
{
	pg_uuid_t	order_item_id;	/* the key, so it stands first */
	int64		units;
} Wanted;

static HTAB *
begin_sums(int count)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(pg_uuid_t);
	control.entrysize = sizeof(Wanted);
	control.hcxt = CurrentMemoryContext;
	return hash_create("wms order lines that come back", count, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Lines of the same order line add up. */
static void
check_order_lines(const Returned *returned)
{
	const WmsLines *lines = returned->lines;
	HTAB	   *sums = begin_sums(lines->count);

	for (int i = 0; i < lines->count; i++)
	{
		const OrderLine *line = &returned->order_lines[i];
		int64		left = line->has_left ? line->quantity - line->returned : 0;
		Wanted	   *wanted;
		bool		found;

		if (lines->lines[i].order_item_id == NULL)
			continue;
		wanted = hash_search(sums, lines->lines[i].order_item_id, HASH_ENTER, &found);
		wanted->units = (found ? wanted->units : 0) + lines->lines[i].quantity;
		if (wanted->units > left)
			refuse_too_many(returned, i, wanted->units, left);
	}
	hash_destroy(sums);
}

static void
add_part(Returned *returned, const WmsOrderPart *of)
{
	int			n = returned->items.count++;
	WmsLine    *part = &returned->items.lines[n];

	*part = returned->lines->lines[of->line];
	part->item = of->item;
	part->product_id = (pg_uuid_t *) &of->item.product_id;
	part->variant_id = (pg_uuid_t *) wms_item_variant(&of->item);
	part->sku = part->barcode = NULL;
	returned->order_lines[of->line].part_count++;
	returned->parts[n].line = of->line;
	returned->parts[n].units = of->per_unit;
	if (pg_mul_s32_overflow(part->quantity, of->per_unit, &part->quantity))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("line %d: quantity is out of range", part->number),
				 errdetail("%d kits of %d units each are more than %d.",
						   returned->lines->lines[of->line].quantity, of->per_unit, PG_INT32_MAX),
				 errhint("Split the line.")));
}

/* The items that the lines are of, as lines: parts of order lines, and lines by item as they are. */
static void
list_items(Returned *returned, Datum *keys)
{
	const WmsLines *lines = returned->lines;
	int			count;
	WmsOrderPart *parts = wms_order_parts_read(keys, returned->sold, &count);

	returned->items.allowed = lines->allowed;
	returned->items.lines = palloc_extended(sizeof(WmsLine) * (count + lines->count), MCXT_ALLOC_HUGE);
	returned->parts = palloc_extended(sizeof(Part) * (count + lines->count), MCXT_ALLOC_HUGE);
	for (int i = 0; i < count; i++)
		add_part(returned, &parts[i]);
	for (int i = 0; i < lines->count; i++)
	{
		if (lines->lines[i].order_item_id != NULL)
			continue;
		returned->parts[returned->items.count].line = -1;
		returned->items.lines[returned->items.count++] = lines->lines[i];
	}
}

static void
refuse_batch_of_kit(const WmsLine *part, const OrderLine *line)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("line %d: \"%s\" is a kit and the line names a batch", part->number, line->sku),
			 errhint("Leave the batch out: every component goes back into the batch that it left.")));
}

/* Checks one part, under the lock of its product, and finds out into which batches it goes. */
static void
put_part(Returned *returned, const WmsLine *part, const Part *of)
{
	const OrderLine *line = &returned->order_lines[of->line];
	bool		names_batch = part->batch_id != NULL || part->batch_number != NULL;
	int64		back;
	int64		left = wms_sold_left(returned->sold, part->order_id, &part->item, &back);

	if (!part->item.is_stocked && line->part_count > 1)
		return;
	if (names_batch && line->part_count > 1)
		refuse_batch_of_kit(part, line);
	if (part->item.is_stocked && part->quantity > left)
		refuse_too_many(returned, of->line, part->quantity / of->units, Max(left, 0) / of->units);
	if (part->item.is_stocked && part->item.batch_tracked && !names_batch)
	{
		/* what came back under another reference, or never will, is taken to have come back in the same order */
		int64		open = (int64) (line->quantity - line->returned) * of->units;
		int64		skip = Min((int64) line->returned * of->units - back, left - open);

		wms_sold_to_batches(returned->sold, part, Max(skip, 0),
							returned->goods, &returned->goods_capacity);
		return;
	}
	wms_sold_take_off(returned->sold, part);
	wms_returned_add(returned->goods, &returned->goods_capacity, part);
}

WmsLines *
wms_returned_goods(const WmsLines *lines)
{
	Returned	returned = {.lines = lines};
	Datum		keys[3];

	returned.order_lines = palloc_extended(sizeof(OrderLine) * lines->count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	returned.goods = palloc0(sizeof(WmsLines));
	returned.goods->allowed = lines->allowed;
	wms_returned_keys(lines, keys);
	read_lines(&returned);
	check_order_lines(&returned);
	returned.sold = wms_sold_read(keys[2]);
	list_items(&returned, keys);
	wms_lines_resolve(&returned.items);
	for (int i = 0; i < returned.items.count; i++)
	{
		WmsLine    *line = &returned.items.lines[i];

		if (returned.parts[i].line < 0)
		{
			wms_returned_add(returned.goods, &returned.goods_capacity, line);
			continue;
		}
		line->component_count = 0;
		put_part(&returned, line, &returned.parts[i]);
	}
	return returned.goods;
}

void
wms_returned_count(const WmsLines *lines)
{
	WmsColumn  *quantities = wms_column(INT4OID);
	Datum		keys[3];
	Datum		values[3];

	if (wms_returned_keys(lines, keys) == 0)
		return;
	for (int i = 0; i < lines->count; i++)
		if (lines->lines[i].order_item_id != NULL)
			wms_column_add_int(quantities, lines->lines[i].quantity);
	values[0] = keys[1];
	values[1] = keys[2];
	values[2] = wms_column_array(quantities);
	wms_run(&raise_returned, values, NULL);
}
