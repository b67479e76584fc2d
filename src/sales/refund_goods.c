/*
 * refund_goods.c
 *		The goods that lines of an order consist of, and what of the order's goods is still out.
 *
 * What left is in the ledger (inventory/returned_sold.c), what a line consists of in its holds (order_parts.c); they
 * also tell which of it was the line's.  What was shipped from another batch instead is the order's all the same.
 * An order that was shipped before it was imported has no movements: its goods are what the catalogue says.
 *
 * Locks: none of its own; the order is locked by the caller, and only its commands move its goods.
 */
#include "postgres.h"

#include "sales/refund_goods.h"

#include "common/int.h"
#include "inventory/order_parts.h"
#include "support/columns.h"
#include "support/plans.h"

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

/* A line that was never held has parts where it left before the order was imported. */
static void
read_parts_of(WmsRefundGoods *goods, const pg_uuid_t *order_id, WmsRefundLines *lines)
{
	WmsColumn  *numbers = wms_column(INT4OID);
	WmsColumn  *orders = wms_column(UUIDOID);
	Datum		keys[3];
	WmsOrderPart *parts;
	int			count;

	for (int i = 0; i < lines->count; i++)
	{
		wms_column_add_int(numbers, i);
		wms_column_add_uuid(orders, order_id);
	}
	keys[0] = wms_column_array(numbers);
	keys[1] = line_ids(lines);
	keys[2] = wms_column_array(orders);
	goods->sold = wms_sold_read(keys[2]);
	parts = wms_order_parts_read(keys, goods->sold, &count);
	goods->parts = palloc_extended(sizeof(WmsRefundPart) * Max(count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < count; i++)
	{
		WmsRefundPart *part = &goods->parts[goods->part_count];

		if (parts[i].from_catalogue && !parts[i].imported)
			continue;
		part->line = &lines->lines[parts[i].line];
		part->item = parts[i].item;
		part->per_unit = parts[i].per_unit;
		part->imported = parts[i].from_catalogue;
		if (pg_mul_s32_overflow(part->line->units, part->per_unit, &part->open))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("units of \"%s\" are out of range", part->line->sku),
					 errhint("Refund it in parts.")));
		goods->part_count++;
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

WmsRefundGoods *
wms_refund_goods_read(const pg_uuid_t *order_id, WmsRefundLines *lines)
{
	WmsRefundGoods *goods = palloc0(sizeof(WmsRefundGoods));

	read_parts_of(goods, order_id, lines);
	read_owns_of(goods, order_id, lines);
	return goods;
}
