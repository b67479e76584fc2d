/*
 * refund_restock.c
 *		Goods that come back with a refund: into the batches they left, where they left or where the caller says.
 *
 * Locks: the order is locked by the caller; the warehouses, by id; the products, by id; then the stock rows,
 * created where they are missing, in the global order; the batches (ledger.c).
 */
#include "postgres.h"

#include "sales/refund.h"

#include "access/xact.h"
#include "inventory/allocation.h"
#include "inventory/ledger.h"
#include "inventory/stock_row.h"
#include "miscadmin.h"
#include "sales/refund_goods.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/plans.h"

/* As lines lock them (items.c): above READ COMMITTED one that was changed since the snapshot is 40001. */
static WmsPlan lock_products = WMS_PLAN(
	"SELECT FROM catalog.products p WHERE p.id = ANY ($1) ORDER BY p.id FOR KEY SHARE", UUIDARRAYOID);
static WmsPlan lock_products_unchanged = WMS_PLAN(
	"SELECT FROM catalog.products p WHERE p.id = ANY ($1) ORDER BY p.id FOR SHARE", UUIDARRAYOID);

static WmsPlan read_products = WMS_PLAN(
	"SELECT (u.n - 1)::integer, p.is_stocked, p.batch_tracked, p.sku"
	"  FROM unnest($1) WITH ORDINALITY AS u(id, n) JOIN catalog.products p ON p.id = u.id",
	UUIDARRAYOID);

typedef struct Restock
{
	const pg_uuid_t *order_id;
	WmsRefundGoods *goods;
	const pg_uuid_t *warehouse_id;	/* NULL = where they left */
	const pg_uuid_t *at_worst;	/* where nobody knows that; NULL = refused then */
	int			count;
	int			capacity;
	WmsStockChange *changes;
} Restock;

/* Locked, a product stays stocked and with or without batches until the command is over. */
static void
lock_and_describe(WmsRefundGoods *goods)
{
	WmsColumn  *products = wms_column(UUIDOID);
	Datum		value;
	uint64		found;

	for (int i = 0; i < goods->part_count; i++)
		wms_column_add_uuid(products, &goods->parts[i].item.product_id);
	value = wms_column_array(products);
	wms_run(IsolationUsesXactSnapshot() ? &lock_products_unchanged : &lock_products, &value, NULL);
	found = wms_run(&read_products, &value, NULL);
	for (uint64 row = 0; row < found; row++)
	{
		WmsRefundPart *part = &goods->parts[wms_value_int64(row, 1)];

		part->item.is_stocked = wms_value_bool(row, 2);
		part->item.batch_tracked = wms_value_bool(row, 3);
		part->item.sku = wms_value_text(row, 4);
		if (!part->item.is_stocked)
			part->open = 0;
	}
}

static void
refuse_without_batch(const WmsRefundPart *part)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" is batch tracked and left without batch", part->item.sku),
			 errhint("Refund without restock, and take the goods back with wms_return_stock(), which names the batch.")));
}

/* Puts units of a part back, of what left from the place given. */
static void
put_back(Restock *restock, WmsRefundPart *part, const WmsStockChange *from, int32 units)
{
	WmsStockChange *change;

	if (part->item.batch_tracked && !from->has_batch)
		refuse_without_batch(part);
	if (restock->count == restock->capacity)
	{
		restock->capacity *= 2;
		restock->changes = repalloc_huge(restock->changes, sizeof(WmsStockChange) * restock->capacity);
	}
	change = &restock->changes[restock->count++];
	*change = *from;
	change->quantity = units;
	if (restock->warehouse_id != NULL)
		change->warehouse_id = *restock->warehouse_id;
	part->open -= units;
	part->restocked += units;
}

/* Of one batch as it left one place. */
static void
take_from(Restock *restock, WmsRefundPart *part, WmsSold *sold, WmsSoldPlace *place, int64 most)
{
	int64		units = Min(Min(part->open, most), Min(place->left, sold->left));
	WmsStockChange from = {.warehouse_id = place->warehouse_id, .product_id = sold->item.product_id,
		.variant_id = sold->item.variant_id, .has_variant = sold->item.has_variant, .batch_id = sold->batch_id,
	.has_batch = sold->has_batch};

	if (units <= 0)
		return;
	place->left -= units;
	sold->left -= units;
	put_back(restock, part, &from, (int32) units);
}

/* Of what was sold of the part's item: of all places and batches, or where one is given of that alone. */
static void
take(Restock *restock, WmsRefundPart *part, const WmsStockChange *only, int64 most)
{
	WmsSoldSet *set = restock->goods->sold;
	int			first;
	int			end = wms_sold_of_item(set, restock->order_id, &part->item, &first);

	CHECK_FOR_INTERRUPTS();
	for (int i = first; i < end && part->open > 0; i++)
	{
		WmsSold    *sold = &set->sold[i];

		if (only != NULL && (only->has_batch != sold->has_batch ||
							 (only->has_batch && !wms_uuid_equal(&only->batch_id, &sold->batch_id))))
			continue;
		for (int p = sold->first_place; p < sold->first_place + sold->place_count; p++)
			if (only == NULL || wms_uuid_equal(&only->warehouse_id, &set->places[p].warehouse_id))
				take_from(restock, part, sold, &set->places[p], most);
	}
}

/* What the lines themselves had held. */
static void
take_own(Restock *restock)
{
	WmsRefundGoods *goods = restock->goods;

	for (int o = 0; o < goods->own_count; o++)
		if (goods->owns[o].part != NULL)
			take(restock, goods->owns[o].part, &goods->owns[o].from, goods->owns[o].units);
}

static void
take_imported(Restock *restock, WmsRefundPart *part)
{
	WmsStockChange from = {.product_id = part->item.product_id, .variant_id = part->item.variant_id,
	.has_variant = part->item.has_variant};

	if (restock->warehouse_id == NULL && restock->at_worst == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("it is not known where \"%s\" left", part->item.sku),
				 errhint("Name the warehouse_id that the goods come back to.")));
	if (restock->warehouse_id == NULL)
		from.warehouse_id = *restock->at_worst;
	put_back(restock, part, &from, part->open);
}

/* What left in the place of what was held; and where nothing is known, what the catalogue says. */
static void
take_rest(Restock *restock)
{
	WmsRefundGoods *goods = restock->goods;

	for (int p = 0; p < goods->part_count; p++)
	{
		take(restock, &goods->parts[p], NULL, PG_INT32_MAX);
		if (goods->parts[p].imported && goods->parts[p].open > 0)
			take_imported(restock, &goods->parts[p]);
	}
}

static int
compare_warehouses(const void *a, const void *b)
{
	return memcmp(a, b, UUID_LEN);
}

/* The places that goods of the parts left and may come back to, some of them more than once; returns how many. */
static int
list_places(const Restock *restock, pg_uuid_t **ids)
{
	const WmsSoldSet *set = restock->goods->sold;
	int			count = 0;
	int			capacity = 16;

	*ids = palloc(sizeof(pg_uuid_t) * capacity);
	for (int p = 0; p < restock->goods->part_count; p++)
	{
		int			first;
		int			end = wms_sold_of_item(set, restock->order_id, &restock->goods->parts[p].item, &first);
		int			place = first == end ? 0 : set->sold[first].first_place;
		int			last = first == end ? 0 : set->sold[end - 1].first_place + set->sold[end - 1].place_count;

		for (; place < last; place++)
		{
			if (set->places[place].left == 0 ||
				(count > 0 && wms_uuid_equal(&(*ids)[count - 1], &set->places[place].warehouse_id)))
				continue;
			if (count == capacity)
				*ids = repalloc_huge(*ids, sizeof(pg_uuid_t) * (capacity *= 2));
			(*ids)[count++] = set->places[place].warehouse_id;
		}
	}
	return count;
}

/* Every warehouse that goods may come back to, in order of id; a deleted one strands nothing. */
static void
lock_warehouses(const Restock *restock)
{
	pg_uuid_t  *ids;
	int			count;

	if (restock->warehouse_id != NULL)
	{
		wms_lock_warehouse_or_deleted(restock->warehouse_id);
		return;
	}
	count = list_places(restock, &ids);
	if (count == 0 && restock->at_worst != NULL)
		ids[count++] = *restock->at_worst;
	qsort(ids, count, sizeof(pg_uuid_t), compare_warehouses);
	for (int i = 0; i < count; i++)
		if (i == 0 || !wms_uuid_equal(&ids[i - 1], &ids[i]))
			wms_lock_warehouse_or_deleted(&ids[i]);
}

/* The stock rows are locked, each once, before they are written. */
static void
bring_in(Restock *restock, WmsStockReason *reason)
{
	WmsStockRow *rows = palloc_extended(sizeof(WmsStockRow) * Max(restock->count, 1),
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	WmsItem    *items = palloc_extended(sizeof(WmsItem) * Max(restock->count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int			count = 0;

	if (restock->count == 0)
		return;
	qsort(restock->changes, restock->count, sizeof(WmsStockChange), wms_stock_change_compare);
	for (int i = 0; i < restock->count; i++)
	{
		const WmsStockChange *change = &restock->changes[i];
		WmsItem    *item = &items[count];

		item->product_id = change->product_id;
		item->variant_id = change->variant_id;
		item->has_variant = change->has_variant;
		if (count > 0 && wms_item_compare(item, &items[count - 1]) == 0 &&
			wms_uuid_equal(&change->warehouse_id, &rows[count - 1].warehouse_id))
			continue;
		rows[count].warehouse_id = change->warehouse_id;
		rows[count++].item = item;
	}
	reason->instant = wms_stock_rows_create(rows, count);
	wms_stock_change(restock->changes, restock->count, reason);
}

/* Units of a line are back when all they consist of is. */
static void
count_restocked(const WmsRefundGoods *goods, const WmsRefundLines *lines)
{
	bool	   *seen = palloc_extended(sizeof(bool) * lines->count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int i = 0; i < goods->part_count; i++)
	{
		const WmsRefundPart *part = &goods->parts[i];
		bool	   *line_seen = &seen[part->line - lines->lines];
		int32		whole = part->restocked / part->per_unit;

		if (!part->item.is_stocked)
			continue;
		part->line->restocked = *line_seen ? Min(part->line->restocked, whole) : whole;
		*line_seen = true;
	}
}

void
wms_refund_restock(WmsRefundLines *lines, const pg_uuid_t *order_id, const pg_uuid_t *warehouse_id,
				   const pg_uuid_t *at_worst, const char *notes)
{
	Restock		restock = {.order_id = order_id, .goods = wms_refund_goods_read(order_id, lines),
		.warehouse_id = warehouse_id, .at_worst = at_worst, .capacity = 16};
	WmsStockReason reason = {.movement = "return", .track = "returned", .reference_type = "order",
	.reference_id = order_id, .notes = notes};

	lock_warehouses(&restock);
	if (restock.goods->part_count == 0)
		return;
	lock_and_describe(restock.goods);
	restock.changes = palloc(sizeof(WmsStockChange) * restock.capacity);
	take_own(&restock);
	take_rest(&restock);
	bring_in(&restock, &reason);
	count_restocked(restock.goods, lines);
}
