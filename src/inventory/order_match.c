/*
 * order_match.c
 *		Which lines of an order the caller's lines mean, and how many units of each they take.
 *
 * A line that names an item means all lines of the order with that item, whatever became of it in the catalogue.
 * A sku is that of the order before it is that of the catalogue: it may have been given to something else since.
 *
 * Lines that name the same are matched once, and what is exhausted is passed over for good: a thousand lines of one
 * item take no longer than a thousand of different ones.
 *
 * Locks: none of its own; the order is locked by the caller, and its lines change under that lock only.
 */
#include "postgres.h"

#include "inventory/order_match.h"

#include "miscadmin.h"
#include "support/columns.h"
#include "support/plans.h"

static WmsPlan read_lines = WMS_PLAN(
	"SELECT i.id, i.quantity - i.returned_quantity FROM sales.order_items i WHERE i.order_id = $1"
	" ORDER BY i.line_number",
	UUIDOID);

/* Pairs of a group of the caller's lines and the position of a line of the order. */
static WmsPlan match_lines = WMS_PLAN_HASHED(
	"WITH line AS MATERIALIZED ("
	"     SELECT row_number() OVER (ORDER BY i.line_number) - 1 AS position,"
	"            i.id, i.product_id, coalesce(i.variant_id, i.product_id) AS variant, i.sku,"
	"            coalesce((SELECT v.sku FROM catalog.product_variants v WHERE v.id = i.variant_id),"
	"                     (SELECT p.sku FROM catalog.products p WHERE p.id = i.product_id)) AS sku_now"
	"       FROM sales.order_items i WHERE i.order_id = $7),"
	" known AS MATERIALIZED (SELECT DISTINCT l.sku FROM line l),"
	" named AS MATERIALIZED ("
	"     SELECT u.n, u.order_item_id, u.sku, k.sku IS NOT NULL AS known,"
	"            coalesce(u.product_id, b.product_id) AS product_id,"
	"            CASE WHEN u.product_id IS NULL THEN coalesce(b.variant_id, b.product_id)"
	"                 ELSE coalesce(u.variant_id, u.product_id) END AS variant"
	"       FROM unnest($1, $2, $3, $4, $5, $6) AS u(n, product_id, variant_id, sku, barcode, order_item_id)"
	"       LEFT JOIN known k ON k.sku = u.sku"
	"       LEFT JOIN LATERAL ("
	"            SELECT c.product_id, c.variant_id FROM catalog.product_barcodes c"
	"             WHERE c.barcode = u.barcode OFFSET 0) b ON true)"
	"SELECT m.n, m.position::integer"
	"  FROM (SELECT d.n, l.position FROM named d JOIN line l ON l.id = d.order_item_id"
	"         UNION ALL"
	"        SELECT d.n, l.position FROM named d JOIN line l ON l.sku = d.sku"
	"         UNION ALL"
	"        SELECT d.n, l.position FROM named d JOIN line l ON l.sku_now = d.sku WHERE NOT d.known"
	"         UNION ALL"
	"        SELECT d.n, l.position"
	"          FROM named d JOIN line l ON l.product_id = d.product_id AND l.variant = d.variant) m"
	" ORDER BY m.n, m.position",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, UUIDARRAYOID, UUIDOID);

static int
compare_uuids(const pg_uuid_t *a, const pg_uuid_t *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return memcmp(a->data, b->data, UUID_LEN);
}

static int
compare_texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

/* 0 for lines that name the same */
static int
compare_names(const void *a, const void *b)
{
	const WmsLine *x = *(WmsLine *const *) a;
	const WmsLine *y = *(WmsLine *const *) b;
	int			order = compare_uuids(x->order_item_id, y->order_item_id);

	if (order == 0)
		order = compare_uuids(x->product_id, y->product_id);
	if (order == 0)
		order = compare_uuids(x->variant_id, y->variant_id);
	if (order == 0)
		order = compare_texts(x->sku, y->sku);
	return order != 0 ? order : compare_texts(x->barcode, y->barcode);
}

static void
read_order(WmsOrderMatch *match, const pg_uuid_t *order_id)
{
	Datum		value = UUIDPGetDatum(order_id);
	bool		isnull;

	match->line_count = (int) wms_run(&read_lines, &value, NULL);
	match->line_ids = palloc_extended(sizeof(pg_uuid_t) * Max(match->line_count, 1), MCXT_ALLOC_HUGE);
	match->left = palloc_extended(sizeof(int32) * Max(match->line_count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < match->line_count; i++)
	{
		match->line_ids[i] = *DatumGetUUIDP(wms_value(i, 1, &isnull));
		match->left[i] = (int32) wms_value_int64(i, 2);
	}
}

/* Puts lines that name the same into one group; returns one line of each. */
static const WmsLine **
group(WmsOrderMatch *match, const WmsLines *named, int *count)
{
	const WmsLine **sorted = palloc_extended(sizeof(WmsLine *) * named->count, MCXT_ALLOC_HUGE);

	match->group_of = palloc_extended(sizeof(int) * named->count, MCXT_ALLOC_HUGE);
	for (int i = 0; i < named->count; i++)
		sorted[i] = &named->lines[i];
	qsort(sorted, named->count, sizeof(WmsLine *), compare_names);
	*count = 0;
	for (int i = 0; i < named->count; i++)
	{
		if (i == 0 || compare_names(&sorted[i], &sorted[*count - 1]) != 0)
			sorted[(*count)++] = sorted[i];
		match->group_of[sorted[i] - named->lines] = *count - 1;
	}
	return sorted;
}

static uint64
find_members(const pg_uuid_t *order_id, const WmsLine **groups, int count)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(TEXTOID),
		wms_column(TEXTOID), wms_column(UUIDOID)};
	Datum		values[lengthof(columns) + 1];

	for (int i = 0; i < count; i++)
	{
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], groups[i]->product_id);
		wms_column_add_uuid(columns[2], groups[i]->variant_id);
		wms_column_add_text(columns[3], groups[i]->sku);
		wms_column_add_text(columns[4], groups[i]->barcode);
		wms_column_add_uuid(columns[5], groups[i]->order_item_id);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	values[lengthof(columns)] = UUIDPGetDatum(order_id);
	return wms_run(&match_lines, values, NULL);
}

WmsOrderMatch *
wms_order_match(const pg_uuid_t *order_id, const WmsLines *named)
{
	WmsOrderMatch *match = palloc0(sizeof(WmsOrderMatch));
	int			count;
	const WmsLine **groups = group(match, named, &count);
	uint64		pairs;
	uint64		next = 0;

	read_order(match, order_id);
	pairs = find_members(order_id, groups, count);
	match->first = palloc_extended(sizeof(int) * (count + 1), MCXT_ALLOC_HUGE);
	match->members = palloc_extended(sizeof(int) * Max(pairs, 1), MCXT_ALLOC_HUGE);
	match->exhausted = palloc_extended(sizeof(int) * count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < count; i++)
	{
		match->first[i] = (int) next;
		for (; next < pairs && wms_value_int64(next, 1) == i; next++)
			match->members[next] = (int) wms_value_int64(next, 2);
	}
	match->first[count] = (int) next;
	return match;
}

int
wms_order_match_take(WmsOrderMatch *match, int line, int32 wanted, int32 *taken)
{
	int			of = match->group_of[line];

	CHECK_FOR_INTERRUPTS();
	for (int m = match->first[of] + match->exhausted[of]; m < match->first[of + 1]; m++)
	{
		int			position = match->members[m];

		if (match->left[position] > 0)
		{
			*taken = Min(wanted, match->left[position]);
			match->left[position] -= *taken;
			return position;
		}
		match->exhausted[of]++;
	}
	return -1;
}

int
wms_order_match_last(const WmsOrderMatch *match, int line)
{
	int			of = match->group_of[line];

	return match->first[of] == match->first[of + 1] ? -1 : match->members[match->first[of + 1] - 1];
}
