/*
 * refund_lines.c
 *		The lines of an order that a refund is for: which they are, what they are worth, what is written.
 *
 * Locks: none of its own; the order is locked by the caller, and its lines change under that lock only.
 */
#include "postgres.h"

#include "sales/refund.h"

#include "inventory/order_match.h"
#include "sales/amount.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/errors.h"
#include "support/plans.h"

static WmsPlan read_lines = WMS_PLAN(
	"SELECT i.id, i.line_number, i.sku, i.quantity - i.returned_quantity"
	"  FROM sales.order_items i WHERE i.order_id = $1 ORDER BY i.line_number",
	UUIDOID);

/*
 * The share of all units that are back by then, less what was paid for them before: so the last takes the rest.
 * In cents, rounded half up by whole numbers: a quotient of numeric has been rounded once already.
 */
static WmsPlan read_worth = WMS_PLAN_HASHED(
	"SELECT greatest(0, div((i.total_price - i.discount_amount + i.tax_amount) * 200 * (i.returned_quantity + u.units)"
	"                       + i.quantity, 2::numeric * i.quantity)"
	"                   - coalesce(r.amount, 0) * 100)::bigint"
	"  FROM unnest($2, $3) WITH ORDINALITY AS u(id, units, n)"
	"  JOIN sales.order_items i ON i.order_id = $1 AND i.id = u.id"
	"  LEFT JOIN (SELECT x.order_item_id, sum(x.amount) AS amount FROM sales.refund_items x"
	"              WHERE x.order_id = $1 GROUP BY x.order_item_id) r ON r.order_item_id = i.id"
	" ORDER BY u.n",
	UUIDOID, UUIDARRAYOID, INT4ARRAYOID);

/* By weight, where all weigh nothing by units; the largest remainders take what is left. */
static WmsPlan spread = WMS_PLAN(
	"SELECT (x.whole + CASE WHEN row_number() OVER (ORDER BY x.rest DESC, x.n) <= $3 - sum(x.whole) OVER ()"
	"                       THEN 1 ELSE 0 END)::bigint"
	"  FROM (SELECT w.n, div($3 * w.weight, w.sum) AS whole, mod($3 * w.weight, w.sum) AS rest"
	"          FROM (SELECT y.n, CASE WHEN y.worth = 0 THEN y.units ELSE y.cents END AS weight,"
	"                       CASE WHEN y.worth = 0 THEN y.all_units ELSE y.worth END AS sum"
	"                  FROM (SELECT u.n, u.cents::numeric, u.units::numeric, sum(u.cents) OVER () AS worth,"
	"                               sum(u.units::numeric) OVER () AS all_units"
	"                          FROM unnest($1, $2) WITH ORDINALITY AS u(cents, units, n)) y) w) x"
	" ORDER BY x.n",
	INT8ARRAYOID, INT4ARRAYOID, NUMERICOID);

static WmsPlan write_items = WMS_PLAN(
	"INSERT INTO sales.refund_items (refund_id, order_id, order_item_id, quantity, amount, restocked_quantity,"
	"       created_at)"
	"SELECT $1, $2, u.id, u.units, u.amount, u.restocked, $7"
	"  FROM unnest($3, $4, $5, $6) AS u(id, units, amount, restocked)",
	UUIDOID, UUIDOID, UUIDARRAYOID, INT4ARRAYOID, NUMERICARRAYOID, INT4ARRAYOID, TIMESTAMPTZOID);

static WmsPlan raise_returned = WMS_PLAN_HASHED(
	"UPDATE sales.order_items i SET returned_quantity = i.returned_quantity + u.units"
	"  FROM unnest($2, $3) AS u(id, units)"
	" WHERE i.order_id = $1 AND i.id = u.id",
	UUIDOID, UUIDARRAYOID, INT4ARRAYOID);

/* Postage and fees do not come back; of an order of nothing else every line counts. */
static WmsPlan read_came_back = WMS_PLAN(
	"SELECT coalesce(bool_and(x.returned) FILTER (WHERE x.goods), bool_and(x.returned), false)"
	"  FROM (SELECT i.returned_quantity = i.quantity AS returned,"
	"               p.is_stocked OR EXISTS (SELECT FROM catalog.product_bundle_items b"
	"                                        WHERE b.bundle_product_id = p.id) AS goods"
	"          FROM sales.order_items i JOIN catalog.products p ON p.id = i.product_id"
	"         WHERE i.order_id = $1) x",
	UUIDOID);

WmsRefundLines *
wms_refund_lines_read(const pg_uuid_t *order_id)
{
	WmsRefundLines *lines = palloc0(sizeof(WmsRefundLines));
	Datum		value = UUIDPGetDatum(order_id);
	bool		isnull;

	lines->count = (int) wms_run(&read_lines, &value, NULL);
	lines->lines = palloc_extended(sizeof(WmsRefundLine) * Max(lines->count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < lines->count; i++)
	{
		lines->lines[i].id = *DatumGetUUIDP(wms_value(i, 1, &isnull));
		lines->lines[i].line_number = (int32) wms_value_int64(i, 2);
		lines->lines[i].sku = wms_value_text(i, 3);
		lines->lines[i].open = (int32) wms_value_int64(i, 4);
	}
	return lines;
}

static const char *
name_of(const WmsLine *named)
{
	if (named->sku != NULL)
		return psprintf("\"%s\"", wms_shown(named->sku));
	if (named->barcode != NULL)
		return psprintf("\"%s\"", wms_shown(named->barcode));
	if (named->order_item_id != NULL)
		return psprintf("order item %s", wms_uuid_text(named->order_item_id));
	return psprintf("product %s", wms_uuid_text(named->product_id));
}

static void
refuse_line(const WmsLine *named, int64 open, bool found)
{
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("line %d: the order has no %s", named->number, name_of(named)),
				 errhint("Name one of the order's lines by order_item_id, or its item with the variant; wms_order() shows them.")));
	ereport(ERROR,
			(errcode(ERRCODE_WMS_REFUND_EXCEEDS_BALANCE),
			 errmsg("line %d: %s has fewer units left to refund", named->number, name_of(named)),
			 errdetail("Asked are %d, left are " INT64_FORMAT ".", named->quantity, open),
			 errhint("Units are refunded once: refund at most what is left, or money alone by amount.")));
}

/* Lines that are named themselves come first, so that those named by item take what these leave. */
void
wms_refund_lines_match(WmsRefundLines *lines, const pg_uuid_t *order_id, const WmsLines *named)
{
	WmsOrderMatch *match = wms_order_match(order_id, named);
	int32	   *missing = palloc_extended(sizeof(int32) * named->count, MCXT_ALLOC_HUGE);

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < named->count; i++)
		{
			int32		units;
			int			position;

			if ((named->lines[i].order_item_id == NULL) != (pass == 1))
				continue;
			missing[i] = named->lines[i].quantity;
			while (missing[i] > 0 && (position = wms_order_match_take(match, i, missing[i], &units)) >= 0)
			{
				lines->lines[position].units += units;
				missing[i] -= units;
			}
		}
	for (int i = 0; i < named->count; i++)
		if (missing[i] > 0)
			refuse_line(&named->lines[i], named->lines[i].quantity - missing[i],
						wms_order_match_last(match, i) >= 0);
}

void
wms_refund_lines_compact(WmsRefundLines *lines)
{
	int			kept = 0;

	for (int i = 0; i < lines->count; i++)
		if (lines->lines[i].units > 0)
			lines->lines[kept++] = lines->lines[i];
	lines->count = kept;
}

static Datum
ids_of(const WmsRefundLines *lines)
{
	WmsColumn  *ids = wms_column(UUIDOID);

	for (int i = 0; i < lines->count; i++)
		wms_column_add_uuid(ids, &lines->lines[i].id);
	return wms_column_array(ids);
}

static Datum
units_of(const WmsRefundLines *lines)
{
	WmsColumn  *units = wms_column(INT4OID);

	for (int i = 0; i < lines->count; i++)
		wms_column_add_int(units, lines->lines[i].units);
	return wms_column_array(units);
}

int64
wms_refund_lines_worth(WmsRefundLines *lines, const pg_uuid_t *order_id)
{
	Datum		values[] = {UUIDPGetDatum(order_id), ids_of(lines), units_of(lines)};
	int64		sum = 0;

	if (lines->count == 0)
		return 0;
	if (wms_run(&read_worth, values, NULL) != lines->count)
		elog(ERROR, "the refund lost a line");
	for (int i = 0; i < lines->count; i++)
	{
		lines->lines[i].cents = wms_value_int64(i, 1);
		sum += lines->lines[i].cents;
	}
	return sum;
}

void
wms_refund_lines_spread(WmsRefundLines *lines, int64 cents)
{
	WmsColumn  *worth = wms_column(INT8OID);
	Datum		values[3];

	if (lines->count == 0)
		return;
	for (int i = 0; i < lines->count; i++)
		wms_column_add(worth, Int64GetDatum(lines->lines[i].cents), false);
	values[0] = wms_column_array(worth);
	values[1] = units_of(lines);
	values[2] = NumericGetDatum(int64_to_numeric(cents));
	if (wms_run(&spread, values, NULL) != lines->count)
		elog(ERROR, "the refund lost a line");
	for (int i = 0; i < lines->count; i++)
		lines->lines[i].cents = wms_value_int64(i, 1);
}

void
wms_refund_lines_write(const WmsRefundLines *lines, const pg_uuid_t *order_id, const pg_uuid_t *refund_id,
					   TimestampTz instant)
{
	WmsColumn  *amounts = wms_column(NUMERICOID);
	WmsColumn  *restocked = wms_column(INT4OID);
	Datum		values[7];

	if (lines->count == 0)
		return;
	for (int i = 0; i < lines->count; i++)
	{
		wms_column_add_numeric(amounts, wms_cents_numeric(lines->lines[i].cents));
		wms_column_add_int(restocked, lines->lines[i].restocked);
	}
	values[0] = UUIDPGetDatum(refund_id);
	values[1] = UUIDPGetDatum(order_id);
	values[2] = ids_of(lines);
	values[3] = units_of(lines);
	values[4] = wms_column_array(amounts);
	values[5] = wms_column_array(restocked);
	values[6] = TimestampTzGetDatum(instant);
	wms_run(&write_items, values, NULL);
	wms_run(&raise_returned, &values[1], NULL);
}

bool
wms_refund_all_is_back(const pg_uuid_t *order_id)
{
	Datum		value = UUIDPGetDatum(order_id);

	wms_run(&read_came_back, &value, NULL);
	return wms_value_bool(0, 1);
}
