/*
 * refund_goods.c
 *		The goods that lines of an order consist of, and what of the order's goods is still out.
 *
 * What left is in the ledger (inventory/returned_sold.c).  The holds of a line tell which of it was the line's;
 * what was shipped from another batch instead is the order's all the same.  An order that was shipped before it
 * was imported has no movements: its goods are what the catalogue says.
 *
 * Locks: none of its own; the order is locked by the caller, and only its commands move its goods.
 */
#include "postgres.h"

#include "sales/refund_goods.h"

#include "common/int.h"
#include "support/columns.h"
#include "support/plans.h"

#define MOVEMENTS_OF_ORDER \
	"inventory.stock_movements m" \
	" WHERE m.reference_type = 'order' AND m.reference_id = $1 AND m.type IN ('sale', 'return')"

/*
 * The items that units of the lines consist of, and how many of each.  A kit was shipped as its components:
 * as many in one as the movements say, or where several lines had the same component the holds, or the
 * catalogue where some of these had been freed.
 */
static WmsPlan read_parts = WMS_PLAN_HASHED(
	"WITH line AS MATERIALIZED ("
	"     SELECT u.n, u.id, i.product_id, i.variant_id, i.quantity,"
	"            i.quantity - coalesce(b.units, 0) AS shipped"
	"       FROM unnest($2) WITH ORDINALITY AS u(id, n)"
	"       JOIN sales.order_items i ON i.order_id = $1 AND i.id = u.id"
	"       LEFT JOIN (SELECT ri.order_item_id, sum(ri.quantity) AS units FROM sales.refund_items ri"
	"                    JOIN sales.refunds f ON f.id = ri.refund_id AND f.order_id = ri.order_id"
	"                    JOIN sales.orders o ON o.id = ri.order_id"
	"                   WHERE ri.order_id = $1 AND f.created_at < o.shipped_at"
	"                   GROUP BY ri.order_item_id) b ON b.order_item_id = i.id),"
	" held AS MATERIALIZED ("
	"     SELECT r.reference_line_id AS line_id, r.product_id, r.variant_id, sum(r.original_quantity) AS units,"
	"            count(*) OVER (PARTITION BY r.product_id, r.variant_id) AS lines"
	"       FROM inventory.stock_reservations r"
	"      WHERE r.reference_type = 'order' AND r.reference_id = $1 AND r.status = 'consumed'"
	"        AND r.reference_line_id IS NOT NULL"
	"      GROUP BY r.reference_line_id, r.product_id, r.variant_id),"
	" sold AS MATERIALIZED ("
	"     SELECT m.product_id, m.variant_id, -sum(m.quantity) FILTER (WHERE m.type = 'sale') AS units"
	"       FROM " MOVEMENTS_OF_ORDER " GROUP BY m.product_id, m.variant_id),"
	" imported AS MATERIALIZED ("
	"     SELECT NOT EXISTS (SELECT FROM sales.order_status_history h"
	"                         WHERE h.order_id = $1 AND h.status = 'packed') AS yes)"
	"SELECT (l.n - 1)::integer, h.product_id, h.variant_id,"
	"       greatest(1, CASE WHEN h.product_id = l.product_id THEN 1"
	"            WHEN h.lines = 1 THEN coalesce(s.units / nullif(l.shipped, 0), 1)"
	"            WHEN h.units % l.quantity = 0 THEN h.units / l.quantity"
	"            ELSE coalesce((SELECT b.quantity FROM catalog.product_bundle_items b"
	"                            WHERE b.bundle_product_id = l.product_id AND b.component_product_id = h.product_id"
	"                              AND b.component_variant_id IS NOT DISTINCT FROM h.variant_id LIMIT 1), 1)"
	"       END)::integer, false"
	"  FROM line l JOIN held h ON h.line_id = l.id"
	"  LEFT JOIN sold s ON s.product_id = h.product_id"
	"   AND coalesce(s.variant_id, s.product_id) = coalesce(h.variant_id, h.product_id)"
	" UNION ALL "
	"SELECT (l.n - 1)::integer, coalesce(b.component_product_id, l.product_id),"
	"       CASE WHEN b.id IS NULL THEN l.variant_id ELSE b.component_variant_id END, coalesce(b.quantity, 1), true"
	"  FROM line l CROSS JOIN imported"
	"  LEFT JOIN LATERAL (SELECT k.id, k.component_product_id, k.component_variant_id, k.quantity"
	"                       FROM catalog.product_bundle_items k"
	"                      WHERE k.bundle_product_id = l.product_id OFFSET 0) b ON true"
	" WHERE imported.yes AND NOT EXISTS (SELECT FROM held h WHERE h.line_id = l.id)"
	" ORDER BY 1, 2, 3",
	UUIDOID, UUIDARRAYOID);

static WmsPlan read_holds = WMS_PLAN_HASHED(
	"SELECT (u.n - 1)::integer, r.warehouse_id, r.product_id, r.variant_id, r.batch_id, sum(r.original_quantity)::bigint"
	"  FROM unnest($2) WITH ORDINALITY AS u(id, n)"
	"  JOIN (SELECT h.reference_line_id, h.warehouse_id, h.product_id, h.variant_id, h.batch_id, h.original_quantity"
	"          FROM inventory.stock_reservations h"
	"         WHERE h.reference_type = 'order' AND h.reference_id = $1 AND h.status = 'consumed' OFFSET 0) r"
	"    ON r.reference_line_id = u.id"
	"  LEFT JOIN LATERAL (SELECT b.expiry_date, b.created_at FROM inventory.product_batches b"
	"                      WHERE b.id = r.batch_id OFFSET 0) p ON true"
	" GROUP BY u.n, r.warehouse_id, r.product_id, r.variant_id, r.batch_id, p.expiry_date, p.created_at"
	" ORDER BY u.n, p.expiry_date NULLS LAST, p.created_at, r.batch_id, r.warehouse_id",
	UUIDOID, UUIDARRAYOID);

/* False for NULL. */
static bool
read_uuid(uint64 row, int column, pg_uuid_t *uuid)
{
	bool		isnull;
	Datum		value = wms_value(row, column, &isnull);

	if (!isnull)
		*uuid = *DatumGetUUIDP(value);
	return !isnull;
}

static Datum
line_ids(const WmsRefundLines *lines)
{
	WmsColumn  *ids = wms_column(UUIDOID);

	for (int i = 0; i < lines->count; i++)
		wms_column_add_uuid(ids, &lines->lines[i].id);
	return wms_column_array(ids);
}

static void
read_parts_of(WmsRefundGoods *goods, const pg_uuid_t *order_id, WmsRefundLines *lines)
{
	Datum		values[] = {UUIDPGetDatum(order_id), line_ids(lines)};

	goods->part_count = (int) wms_run(&read_parts, values, NULL);
	goods->parts = palloc_extended(sizeof(WmsRefundPart) * Max(goods->part_count, 1),
								   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < goods->part_count; i++)
	{
		WmsRefundPart *part = &goods->parts[i];

		part->line = &lines->lines[wms_value_int64(i, 1)];
		read_uuid(i, 2, &part->item.product_id);
		part->item.has_variant = read_uuid(i, 3, &part->item.variant_id);
		part->per_unit = (int32) wms_value_int64(i, 4);
		part->imported = wms_value_bool(i, 5);
		if (pg_mul_s32_overflow(part->line->units, part->per_unit, &part->open))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("units of \"%s\" are out of range", part->line->sku),
					 errhint("Refund it in parts.")));
	}
}

/* warehouse, product, variant, batch and units, from the column given on */
static void
read_source(WmsRefundSource *source, uint64 row, int column)
{
	read_uuid(row, column, &source->from.warehouse_id);
	read_uuid(row, column + 1, &source->from.product_id);
	source->from.has_variant = read_uuid(row, column + 2, &source->from.variant_id);
	source->from.has_batch = read_uuid(row, column + 3, &source->from.batch_id);
	source->units = wms_value_int64(row, column + 4);
}

/* The line's part that the hold was of; parts are by line. */
static WmsRefundPart *
part_of(WmsRefundGoods *goods, const WmsRefundLine *line, const WmsStockChange *from, int *next)
{
	WmsItem		item = {.product_id = from->product_id, .variant_id = from->variant_id,
	.has_variant = from->has_variant};

	while (*next < goods->part_count && goods->parts[*next].line < line)
		(*next)++;
	for (int p = *next; p < goods->part_count && goods->parts[p].line == line; p++)
		if (wms_item_compare(&goods->parts[p].item, &item) == 0)
			return &goods->parts[p];
	return NULL;
}

static void
read_owns_of(WmsRefundGoods *goods, const pg_uuid_t *order_id, WmsRefundLines *lines)
{
	Datum		values[] = {UUIDPGetDatum(order_id), line_ids(lines)};
	int			next = 0;

	goods->own_count = (int) wms_run(&read_holds, values, NULL);
	goods->owns = palloc_extended(sizeof(WmsRefundSource) * Max(goods->own_count, 1),
								  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < goods->own_count; i++)
	{
		read_source(&goods->owns[i], i, 2);
		goods->owns[i].part = part_of(goods, &lines->lines[wms_value_int64(i, 1)], &goods->owns[i].from, &next);
	}
}

static WmsSoldSet *
read_sold(const pg_uuid_t *order_id)
{
	WmsColumn  *orders = wms_column(UUIDOID);

	wms_column_add_uuid(orders, order_id);
	return wms_sold_read(wms_column_array(orders));
}

WmsRefundGoods *
wms_refund_goods_read(const pg_uuid_t *order_id, WmsRefundLines *lines)
{
	WmsRefundGoods *goods = palloc0(sizeof(WmsRefundGoods));

	read_parts_of(goods, order_id, lines);
	goods->sold = read_sold(order_id);
	read_owns_of(goods, order_id, lines);
	return goods;
}
