/*
 * order_parts.c
 *		The items that lines of orders consist of, as they left.
 *
 * A line was shipped as what was held for it, whatever the catalogue makes of a kit by now.  How many of a part are
 * in one unit the ledger says; where several lines had the same part, what was held at first for all of the line
 * that was not refunded by then, also what was freed or lapsed since, without what was won again for it.  A line for
 * which nothing was held consists of what the catalogue says.
 *
 * Locks: none of its own; the orders are locked by the caller, and only their commands move their goods.
 */
#include "postgres.h"

#include "inventory/order_parts.h"

#include "support/plans.h"

static WmsPlan read_parts = WMS_PLAN_HASHED(
	"WITH orders AS MATERIALIZED ("
	"     SELECT d.id, NOT EXISTS (SELECT FROM sales.order_status_history h"
	"                               WHERE h.order_id = d.id AND h.status = 'packed') AS imported"
	"       FROM (SELECT DISTINCT k.id FROM unnest($3) AS k(id)) d),"
	" refunded AS MATERIALIZED ("
	"     SELECT x.order_item_id, x.quantity, x.created_at, x.before_shipping"
	"       FROM orders o"
	"      CROSS JOIN LATERAL ("
	"            SELECT r.order_item_id, r.quantity, f.created_at, f.created_at < s.shipped_at AS before_shipping"
	"              FROM sales.refund_items r"
	"              JOIN sales.refunds f ON f.id = r.refund_id AND f.order_id = r.order_id"
	"              JOIN sales.orders s ON s.id = r.order_id"
	"             WHERE r.order_id = o.id OFFSET 0) x),"
	" line AS MATERIALIZED ("
	"     SELECT l.n, l.id, l.order_id, o.imported, i.product_id, i.variant_id, i.quantity,"
	"            i.quantity - coalesce(b.units, 0) AS shipped"
	"       FROM unnest($1, $2, $3) AS l(n, id, order_id)"
	"       JOIN orders o ON o.id = l.order_id"
	"      CROSS JOIN LATERAL ("
	"            SELECT s.product_id, s.variant_id, s.quantity FROM sales.order_items s"
	"             WHERE s.order_id = l.order_id AND s.id = l.id OFFSET 0) i"
	"       LEFT JOIN (SELECT r.order_item_id, sum(r.quantity) AS units FROM refunded r"
	"                   WHERE r.before_shipping GROUP BY r.order_item_id) b ON b.order_item_id = l.id),"
	" held AS MATERIALIZED ("
	"     SELECT r.line_id, r.product_id, r.variant_id,"
	"            sum(r.units) FILTER (WHERE r.status = 'expired' OR r.lapsed_at IS NULL OR r.created_at < r.lapsed_at)"
	"            AS units, min(r.created_at) AS since,"
	"            count(*) OVER (PARTITION BY r.order_id, r.product_id, r.variant_id) AS lines"
	"       FROM orders o"
	"      CROSS JOIN LATERAL ("
	"            SELECT c.reference_id AS order_id, c.reference_line_id AS line_id, c.product_id, c.variant_id,"
	"                   c.original_quantity AS units, c.status, c.created_at,"
	"                   min(c.resolved_at) FILTER (WHERE c.status = 'expired')"
	"                   OVER (PARTITION BY c.reference_line_id, c.product_id, c.variant_id) AS lapsed_at"
	"              FROM inventory.stock_reservations c"
	"             WHERE c.reference_type = 'order' AND c.reference_id = o.id"
	"               AND c.reference_line_id IS NOT NULL OFFSET 0) r"
	"      GROUP BY r.order_id, r.line_id, r.product_id, r.variant_id"
	"     HAVING bool_or(r.status = 'consumed'))"
	"SELECT l.n, x.product_id, x.variant_id, sum(x.held)::bigint, max(x.lines)::bigint, sum(x.composed)::bigint,"
	"       l.quantity - sum(x.refunded)::integer, l.shipped::bigint, l.product_id = x.product_id, l.imported, l.order_id"
	"  FROM line l"
	"  JOIN (SELECT l.n, h.product_id, h.variant_id, h.units AS held, h.lines, 0 AS composed, 0 AS refunded"
	"          FROM line l JOIN held h ON h.line_id = l.id"
	"         UNION ALL"
	"        SELECT l.n, h.product_id, h.variant_id, 0, 0, 0, r.quantity"
	"          FROM line l"
	"          JOIN held h ON h.line_id = l.id"
	"          JOIN refunded r ON r.order_item_id = h.line_id AND r.created_at < h.since"
	"         UNION ALL"
	"        SELECT l.n, coalesce(k.component_product_id, l.product_id),"
	"               CASE WHEN k.id IS NULL THEN l.variant_id ELSE k.component_variant_id END,"
	"               0, 0, coalesce(k.quantity, 1), 0"
	"          FROM line l"
	"          LEFT JOIN LATERAL ("
	"               SELECT b.id, b.component_product_id, b.component_variant_id, b.quantity"
	"                 FROM catalog.product_bundle_items b"
	"                WHERE b.bundle_product_id = l.product_id OFFSET 0) k ON true) x ON x.n = l.n"
	" GROUP BY l.n, x.product_id, x.variant_id, l.quantity, l.shipped, l.product_id, l.imported, l.order_id"
	" ORDER BY l.n, sum(x.held) = 0, x.product_id, x.variant_id",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID);

/* Units of the item that left for the order. */
static int64
units_sold(const WmsSoldSet *sold, const pg_uuid_t *order_id, const WmsItem *item)
{
	int64		back;
	int64		left = wms_sold_left(sold, order_id, item, &back);

	return left + back;
}

/* How many of the part in a row are in one unit of its line. */
static int64
units_of_row(int row, int64 sold)
{
	int64		held = wms_value_int64(row, 4);
	bool		alone = wms_value_int64(row, 5) == 1;
	int64		composed = wms_value_int64(row, 6);
	int64		first = wms_value_int64(row, 7);
	int64		shipped = wms_value_int64(row, 8);

	if (held == 0)
		return composed;
	if (wms_value_bool(row, 9))
		return 1;
	if (alone && shipped > 0)
		return Max(sold / shipped, 1);
	return Max(first > 0 && held % first == 0 ? held / first : composed, 1);
}

WmsOrderPart *
wms_order_parts_read(Datum *keys, const WmsSoldSet *sold, int *count)
{
	int			rows = (int) wms_run(&read_parts, keys, NULL);
	WmsOrderPart *parts = palloc_extended(sizeof(WmsOrderPart) * Max(rows, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	bool		isnull;

	*count = 0;
	for (int row = 0; row < rows; row++)
	{
		WmsOrderPart *part = &parts[*count];
		const pg_uuid_t *order_id;

		part->line = (int) wms_value_int64(row, 1);
		part->from_catalogue = wms_value_int64(row, 4) == 0;
		/* what was held comes first: then the catalogue has no say */
		if (part->from_catalogue && *count > 0 && parts[*count - 1].line == part->line &&
			!parts[*count - 1].from_catalogue)
			continue;
		wms_sold_set_item(&part->item, row, 2);
		part->imported = wms_value_bool(row, 10);
		order_id = DatumGetUUIDP(wms_value(row, 11, &isnull));
		part->per_unit = (int32) units_of_row(row, units_sold(sold, order_id, &part->item));
		(*count)++;
	}
	return parts;
}
