/*
 * returned_lines.c
 *		Which lines of which orders come back.
 *
 * Locks: the orders FOR UPDATE, in order of id, before everything but the idempotency key; they are updated
 * too, so that nobody counts what came back from an older snapshot.
 */
#include "postgres.h"

#include "inventory/returned.h"

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

static WmsPlan match_items = WMS_PLAN_HASHED(
	"WITH item AS MATERIALIZED ("
	"     SELECT i.id, i.line_number, i.quantity - i.returned_quantity AS open, i.product_id, i.sku,"
	"            coalesce(i.variant_id, i.product_id) AS variant,"
	"            coalesce((SELECT v.sku FROM catalog.product_variants v WHERE v.id = i.variant_id),"
	"                     (SELECT p.sku FROM catalog.products p WHERE p.id = i.product_id)) AS sku_now"
	"       FROM sales.order_items i WHERE i.order_id = $6),"
	" line AS MATERIALIZED ("
	"     SELECT u.n, u.sku, coalesce(u.product_id, b.product_id) AS product_id,"
	"            CASE WHEN u.product_id IS NULL THEN coalesce(b.variant_id, b.product_id)"
	"                 ELSE coalesce(u.variant_id, u.product_id) END AS variant"
	"       FROM unnest($1, $2, $3, $4, $5) AS u(n, product_id, variant_id, sku, barcode)"
	"       LEFT JOIN LATERAL ("
	"            SELECT c.product_id, c.variant_id FROM catalog.product_barcodes c"
	"             WHERE c.barcode = u.barcode OFFSET 0) b ON true)"
	"SELECT m.n, m.id, m.open"
	"  FROM (SELECT l.n, i.id, i.open, i.line_number"
	"          FROM line l JOIN item i ON i.product_id = l.product_id AND i.variant = l.variant"
	"         UNION"
	"        SELECT l.n, i.id, i.open, i.line_number FROM line l JOIN item i ON i.sku = l.sku"
	"         UNION"
	"        SELECT l.n, i.id, i.open, i.line_number FROM line l JOIN item i ON i.sku_now = l.sku) m"
	" ORDER BY m.n, m.line_number",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, UUIDOID);

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

/* An order line that an item was ordered in, and what of it is not back. */
typedef struct Match
{
	int			line;
	pg_uuid_t  *order_item_id;
	int64		open;
} Match;

static Match *
match_lines(const WmsLines *lines, const pg_uuid_t *order_id, int *count)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(TEXTOID),
		wms_column(TEXTOID)};
	Datum		values[6];
	Match	   *matches;
	bool		isnull;

	for (int i = 0; i < lines->count; i++)
	{
		if (lines->lines[i].order_item_id != NULL)
			continue;
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], lines->lines[i].product_id);
		wms_column_add_uuid(columns[2], lines->lines[i].variant_id);
		wms_column_add_text(columns[3], lines->lines[i].sku);
		wms_column_add_text(columns[4], lines->lines[i].barcode);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	values[5] = UUIDPGetDatum(order_id);
	*count = (int) wms_run(&match_items, values, NULL);
	matches = palloc_extended(sizeof(Match) * Max(*count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < *count; i++)
	{
		matches[i].line = (int) wms_value_int64(i, 1);
		matches[i].order_item_id = DatumGetUUIDP(wms_value(i, 2, &isnull));
		matches[i].open = wms_value_int64(i, 3);
	}
	return matches;
}

/* What other lines have taken of the same order line; those by id first. */
static void
take_taken(const WmsLines *named, Match *match)
{
	for (int i = 0; i < named->count; i++)
		if (wms_uuid_equal(named->lines[i].order_item_id, match->order_item_id))
			match->open -= named->lines[i].quantity;
}

/* Lays a line by item on the order's lines of that item; what is too much stays with the last of them. */
static void
name_order_lines(WmsLines *named, int *capacity, const WmsLine *line, const pg_uuid_t *order_id,
				 Match *matches, int match_count, const char *order_number)
{
	int32		open = line->quantity;
	WmsLine    *part;

	for (int i = 0; i < match_count && open > 0; i++)
	{
		bool		last = i == match_count - 1;

		take_taken(named, &matches[i]);
		if (matches[i].open <= 0 && !last)
			continue;
		part = wms_returned_add(named, capacity, line);
		part->order_item_id = matches[i].order_item_id;
		part->order_id = (pg_uuid_t *) order_id;
		part->quantity = last ? open : (int32) Min(matches[i].open, open);
		open -= part->quantity;
	}
	if (match_count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("line %d: the item was not ordered in %s", line->number, order_number),
				 errhint("Name an item of the order, or leave the reference to the order out.")));
}

WmsLines *
wms_returned_lock(const WmsLines *lines, const pg_uuid_t *order_id)
{
	WmsColumn  *orders = wms_column(UUIDOID);
	WmsLines   *named = palloc0(sizeof(WmsLines));
	Datum		value;
	Match	   *matches;
	int			match_count = 0;
	int			next = 0;
	int			capacity = 0;
	char	   *order_number;

	named->allowed = lines->allowed;
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
	order_number = wms_value_text(0, 1);
	matches = match_lines(lines, order_id, &match_count);
	for (int i = 0; i < lines->count; i++)
		if (lines->lines[i].order_item_id != NULL)
			wms_returned_add(named, &capacity, &lines->lines[i]);
	for (int i = 0; i < lines->count; i++)
	{
		int			first = next;

		while (next < match_count && matches[next].line == i)
			next++;
		if (lines->lines[i].order_item_id == NULL)
			name_order_lines(named, &capacity, &lines->lines[i], order_id, &matches[first], next - first,
							 order_number);
	}
	return named;
}
