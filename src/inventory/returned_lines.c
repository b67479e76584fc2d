/*
 * returned_lines.c
 *		Which lines of which orders come back.
 *
 * Locks: the orders FOR UPDATE, in order of id, before everything but the idempotency key; they are updated
 * too, so that nobody counts what came back from an older snapshot.
 */
#include "postgres.h"

#include "inventory/returned.h"

#include "inventory/order_match.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/plans.h"

static WmsPlan find_orders = WMS_PLAN(
	"SELECT l.n, i.order_id FROM unnest($1, $2) AS l(n, id) JOIN sales.order_items i ON i.id = l.id",
	INT4ARRAYOID, UUIDARRAYOID);

static WmsPlan lock_orders = WMS_PLAN(
	"SELECT o.id FROM sales.orders o WHERE o.id = ANY ($1) ORDER BY o.id FOR UPDATE", UUIDARRAYOID);

static WmsPlan touch_orders = WMS_PLAN(
	"UPDATE sales.orders o SET updated_at = CURRENT_TIMESTAMP WHERE o.id = ANY ($1)", UUIDARRAYOID);

static WmsPlan find_order = WMS_PLAN("SELECT o.order_number FROM sales.orders o WHERE o.id = $1", UUIDOID);

WmsLine *
wms_returned_add(WmsLines *lines, int *capacity, const WmsLine *like)
{
	if (lines->count == *capacity)
	{
		*capacity = Max(*capacity * 2, 16);
		lines->lines = lines->lines == NULL ? palloc(sizeof(WmsLine) * *capacity) :
			repalloc_huge(lines->lines, sizeof(WmsLine) * *capacity);
	}
	lines->lines[lines->count] = *like;
	return &lines->lines[lines->count++];
}

int
wms_returned_keys(const WmsLines *lines, Datum *values)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID)};

	for (int i = 0; i < lines->count; i++)
	{
		if (lines->lines[i].order_item_id == NULL)
			continue;
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], lines->lines[i].order_item_id);
		wms_column_add_uuid(columns[2], lines->lines[i].order_id);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	return columns[0]->count;
}

static void
find_orders_of_lines(const WmsLines *lines, WmsColumn *orders)
{
	Datum		values[3];
	uint64		found;
	bool		isnull;

	if (wms_returned_keys(lines, values) == 0)
		return;
	found = wms_run(&find_orders, values, NULL);
	for (uint64 n = 0; n < found; n++)
	{
		WmsLine    *line = &lines->lines[wms_value_int64(n, 1)];

		line->order_id = DatumGetUUIDP(wms_value(n, 2, &isnull));
		wms_column_add_uuid(orders, line->order_id);
	}
	for (int i = 0; i < lines->count; i++)
		if (lines->lines[i].order_item_id != NULL && lines->lines[i].order_id == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
					 errmsg("line %d: there is no order item %s", lines->lines[i].number,
							wms_uuid_text(lines->lines[i].order_item_id)),
					 errhint("Name a line of an order by its id in sales.order_items.")));
}

/* As a line by order_item_id, of another quantity. */
static void
name_order_line(WmsLines *named, int *capacity, const WmsLine *line, const pg_uuid_t *order_id,
				const pg_uuid_t *order_item_id, int32 quantity)
{
	WmsLine    *part = wms_returned_add(named, capacity, line);

	part->order_id = (pg_uuid_t *) order_id;
	part->order_item_id = (pg_uuid_t *) order_item_id;
	part->quantity = quantity;
}

/* Lays a line by item on the order's lines of that item; what is too much stays with the last of them. */
static void
lay_on_order_lines(WmsLines *named, int *capacity, const WmsLine *line, int n, const pg_uuid_t *order_id,
				   WmsOrderMatch *match)
{
	int32		open = line->quantity;
	int32		units;
	int			position;

	while (open > 0 && (position = wms_order_match_take(match, n, open, &units)) >= 0)
	{
		name_order_line(named, capacity, line, order_id, &match->line_ids[position], units);
		open -= units;
	}
	if (open > 0)
		name_order_line(named, capacity, line, order_id, &match->line_ids[wms_order_match_last(match, n)], open);
}

/* Lines by order_item_id as they are, before the others, which have what these leave. */
static WmsLines *
name_order_lines(const WmsLines *lines, const pg_uuid_t *order_id, const char *order_number)
{
	WmsOrderMatch *match = wms_order_match(order_id, lines);
	WmsLines   *named = palloc0(sizeof(WmsLines));
	int			capacity = 0;

	named->allowed = lines->allowed;
	for (int i = 0; i < lines->count; i++)
	{
		int32		units;

		if (lines->lines[i].order_item_id == NULL)
			continue;
		wms_returned_add(named, &capacity, &lines->lines[i]);
		(void) wms_order_match_take(match, i, lines->lines[i].quantity, &units);
	}
	for (int i = 0; i < lines->count; i++)
	{
		if (lines->lines[i].order_item_id != NULL)
			continue;
		if (wms_order_match_last(match, i) < 0)
			ereport(ERROR,
					(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
					 errmsg("line %d: the item was not ordered in %s", lines->lines[i].number, order_number),
					 errhint("Name an item of the order, or leave the reference to the order out.")));
		lay_on_order_lines(named, &capacity, &lines->lines[i], i, order_id, match);
	}
	return named;
}

WmsLines *
wms_returned_lock(const WmsLines *lines, const pg_uuid_t *order_id)
{
	WmsColumn  *orders = wms_column(UUIDOID);
	Datum		value;

	find_orders_of_lines(lines, orders);
	if (order_id != NULL)
		wms_column_add_uuid(orders, order_id);
	if (orders->count > 0)
	{
		value = wms_column_array(orders);
		if (wms_run(&lock_orders, &value, NULL) > 0)
			wms_run(&touch_orders, &value, NULL);
	}
	value = UUIDPGetDatum(order_id);
	if (order_id == NULL || wms_run(&find_order, &value, NULL) == 0)
		return (WmsLines *) lines;
	return name_order_lines(lines, order_id, wms_value_text(0, 1));
}
