/*
 * refund_holds.c
 *		What a refund before shipping gives back of the stock that the order holds.
 *
 * Of a line's holds the last to expire go first, so that the first expired are still the first out.
 *
 * Locks: products, then the stock rows of all holds of the order (held.c); the order is locked by the caller.
 */
#include "postgres.h"

#include "sales/refund.h"

#include "inventory/held.h"
#include "support/columns.h"
#include "support/plans.h"

/*
 * Of every hold, by id, the units that its line no longer needs.  A line of a kit needs of each component its
 * share of what is held for it, or of what was held at first where some of that has lapsed.  Once the order
 * is confirmed, what had lapsed is won again, and all that the line needs is held.
 */
static WmsPlan read_excess = WMS_PLAN_HASHED(
	"SELECT x.id, greatest(0, least(x.quantity, x.held - x.needed - x.later))::integer"
	"  FROM (SELECT y.id, y.quantity, y.held,"
	"               CASE WHEN NOT y.kit THEN y.needed"
	"                    WHEN y.lapsed THEN y.original * y.needed / y.ordered"
	"                    ELSE y.held * y.needed / y.open END AS needed,"
	"               coalesce(sum(y.quantity) OVER (PARTITION BY y.line_id, y.product_id, y.variant_id"
	"                        ORDER BY y.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS later"
	"          FROM (SELECT r.id, i.id AS line_id, r.product_id, r.variant_id, r.quantity,"
	"                       r.product_id <> i.product_id AS kit, i.quantity AS ordered,"
	"                       i.quantity - i.returned_quantity AS open,"
	"                       i.quantity - i.returned_quantity - u.units AS needed,"
	"                       sum(r.quantity) OVER item AS held, sum(r.original_quantity) OVER item AS original,"
	"                       bool_or(r.status = 'expired') OVER item AND o.confirmed_at IS NULL AS lapsed"
	"                  FROM unnest($2, $3) AS u(id, units)"
	"                  JOIN sales.orders o ON o.id = $1"
	"                  JOIN sales.order_items i ON i.order_id = $1 AND i.id = u.id"
	"                  JOIN (SELECT h.id, h.reference_line_id, h.product_id, h.variant_id, h.quantity,"
	"                               h.original_quantity, h.status"
	"                          FROM inventory.stock_reservations h"
	"                         WHERE h.reference_type = 'order' AND h.reference_id = $1 OFFSET 0) r"
	"                    ON r.reference_line_id = i.id"
	"                WINDOW item AS (PARTITION BY i.id, r.product_id, r.variant_id)) y) x"
	" ORDER BY x.id",
	UUIDOID, UUIDARRAYOID, INT4ARRAYOID);

static uint64
find_excess(const WmsRefundLines *lines, const pg_uuid_t *order_id)
{
	WmsColumn  *ids = wms_column(UUIDOID);
	WmsColumn  *units = wms_column(INT4OID);
	Datum		values[3];

	for (int i = 0; i < lines->count; i++)
	{
		wms_column_add_uuid(ids, &lines->lines[i].id);
		wms_column_add_int(units, lines->lines[i].units);
	}
	values[0] = UUIDPGetDatum(order_id);
	values[1] = wms_column_array(ids);
	values[2] = wms_column_array(units);
	return wms_run(&read_excess, values, NULL);
}

void
wms_refund_free_holds(const WmsRefundLines *lines, const pg_uuid_t *order_id)
{
	WmsHeldSet *set = wms_held_lock_reference("order", order_id);
	uint64		found = find_excess(lines, order_id);
	uint64		row = 0;
	int			kept = 0;
	bool		isnull;

	/* both are in order of id */
	for (int i = 0; i < set->count; i++)
	{
		int			order = -1;

		while (row < found && (order = memcmp(DatumGetUUIDP(wms_value(row, 1, &isnull)), &set->helds[i].id,
											  UUID_LEN)) < 0)
			row++;
		if (row == found || order != 0 || wms_value_int64(row, 2) == 0)
			continue;
		set->helds[i].units = (int32) wms_value_int64(row, 2);
		set->helds[kept++] = set->helds[i];
	}
	set->count = kept;
	wms_held_release(set, "order", order_id);
}
