/*
 * product_guard.c
 *		What a product says about its variants and its stock stays true.
 *
 * has_variants: locks the product (one after the other, in the order of their ids), then counts what is
 * committed now.  is_stocked: locks the product FOR UPDATE, which waits for every command that has locked
 * it before it brought in stock, the first stock row of a product included; then sums what is there.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "support/args.h"
#include "support/errors.h"
#include "support/guard.h"
#include "support/trigger_work.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(wms_keep_has_variants);
PG_FUNCTION_INFO_V1(wms_correct_has_variants);
PG_FUNCTION_INFO_V1(wms_guard_is_stocked);
PG_FUNCTION_INFO_V1(wms_guard_variant_product);

static WmsPlan lock_product = WMS_PLAN("SELECT FROM catalog.products p WHERE p.id = $1 FOR NO KEY UPDATE", UUIDOID);

/* deleted_at is no condition: the planner would read the whole of an index of the live ones for it */
static WmsPlan find_variants =
WMS_PLAN("SELECT coalesce(bool_or(v.deleted_at IS NULL), false) FROM catalog.product_variants v WHERE v.product_id = $1",
		 UUIDOID);

static WmsPlan set_has_variants =
WMS_PLAN("UPDATE catalog.products SET has_variants = $2 WHERE id = $1 AND has_variants <> $2", UUIDOID, BOOLOID);

/* Its trigger makes the document anew: a search finds a product by the skus of its variants too. */
static WmsPlan note_variants =
WMS_PLAN("UPDATE catalog.products SET has_variants = $2, search_document = '' WHERE id = $1", UUIDOID, BOOLOID);

static WmsPlan lock_product_alone = WMS_PLAN("SELECT FROM catalog.products p WHERE p.id = $1 FOR UPDATE", UUIDOID);

/* what is held is on hand; what is in transit comes in some day */
static WmsPlan sum_stock =
WMS_PLAN("SELECT coalesce(sum(x.quantity), 0) FROM ("
		 " SELECT s.quantity FROM inventory.stock_items s WHERE s.product_id = $1"
		 " UNION ALL"
		 " SELECT i.quantity - i.received_quantity - i.short_quantity"
		 "   FROM inventory.stock_transfer_items i JOIN inventory.stock_transfers t ON t.id = i.transfer_id"
		 "  WHERE i.product_id = $1 AND t.status = 'in_transit') x", UUIDOID);

/* Everything that names the variant and its product side by side. */
static WmsPlan count_references = WMS_PLAN(
	"SELECT (SELECT count(*) FROM inventory.stock_items s WHERE s.product_id = $1 AND s.variant_id = $2),"
	"       (SELECT count(*) FROM inventory.stock_reservations r WHERE r.product_id = $1 AND r.variant_id = $2),"
	"       (SELECT count(*) FROM sales.order_items i WHERE i.product_id = $1 AND i.variant_id = $2)",
	UUIDOID, UUIDOID);

#define ROWS_BEFORE "SELECT o.id, o.product_id, o.sku, o.deleted_at FROM old_rows o"
#define ROWS_AFTER "SELECT n.id, n.product_id, n.sku, n.deleted_at FROM new_rows n"

static WmsPlan find_products_of_new = WMS_PLAN_NO_ARGS("SELECT DISTINCT n.product_id FROM new_rows n ORDER BY 1");

static WmsPlan find_products_of_old = WMS_PLAN_NO_ARGS("SELECT DISTINCT o.product_id FROM old_rows o ORDER BY 1");

static WmsPlan find_products_of_changed = WMS_PLAN_NO_ARGS(
	"SELECT DISTINCT x.product_id FROM ((" ROWS_BEFORE " EXCEPT " ROWS_AFTER ") UNION ALL"
	"                                   (" ROWS_AFTER " EXCEPT " ROWS_BEFORE ")) x ORDER BY 1");

static WmsPlan find_products_with_variants = WMS_PLAN_NO_ARGS("SELECT p.id FROM catalog.products p WHERE p.has_variants ORDER BY 1");

/* The trigger must name the rows as the statements above do. */
static void
require_rows(TriggerData *trigger)
{
	const Trigger *definition = trigger->tg_trigger;
	bool		needs_old = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) || TRIGGER_FIRED_BY_DELETE(trigger->tg_event);
	bool		needs_new = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) || TRIGGER_FIRED_BY_INSERT(trigger->tg_event);

	if ((needs_old && (definition->tgoldtable == NULL || strcmp(definition->tgoldtable, "old_rows") != 0)) ||
		(needs_new && (definition->tgnewtable == NULL || strcmp(definition->tgnewtable, "new_rows") != 0)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger %s on %s does not name its rows", definition->tgname, wms_trigger_table(trigger)),
				 errhint("Make it REFERENCING OLD TABLE AS old_rows, or NEW TABLE AS new_rows, or both for UPDATE.")));
}

static void
count_variants(Datum product, WmsPlan *note)
{
	Datum		values[2] = {product};

	if (wms_run(&lock_product, values, NULL) == 0)
		return;
	wms_read_latest(&find_variants, values);
	values[1] = BoolGetDatum(wms_value_bool(0, 1));
	wms_run(note, values, NULL);
}

/* The products whose variants the statement changed, in the order of their ids. */
static WmsPlan *
changed_products(TriggerData *trigger)
{
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		return &find_products_with_variants;
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return &find_products_of_new;
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? &find_products_of_changed : &find_products_of_old;
}

/*
 * Of variants: keeps has_variants of their products, and what a search finds them by, once for a statement and
 * product.
 */
Datum
wms_keep_has_variants(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_STATEMENT | WMS_ON_INSERT | WMS_ON_UPDATE |
											WMS_ON_DELETE | WMS_ON_TRUNCATE);
	WmsTriggerWork work;
	uint64		count;
	pg_uuid_t  *products;
	bool		isnull;

	wms_trigger_require_table(trigger, "catalog", "product_variants");
	require_rows(trigger);
	wms_trigger_work_begin(&work);
	if (SPI_register_trigger_data(trigger) != SPI_OK_TD_REGISTER)
		elog(ERROR, "could not register the rows of trigger %s", trigger->tg_trigger->tgname);
	count = wms_run(changed_products(trigger), NULL, NULL);
	products = palloc_extended(sizeof(pg_uuid_t) * Max(count, 1), MCXT_ALLOC_HUGE);
	for (uint64 i = 0; i < count; i++)
		products[i] = *DatumGetUUIDP(wms_value(i, 1, &isnull));
	for (uint64 i = 0; i < count; i++)
		count_variants(UUIDPGetDatum(&products[i]), &note_variants);
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}

/* Of products: puts a has_variants right that somebody else has set. */
Datum
wms_correct_has_variants(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE);
	HeapTuple	row = wms_trigger_row(trigger);
	bool		isnull;
	WmsTriggerWork work;

	wms_trigger_require_table(trigger, "catalog", "products");
	if (wms_guard_lets_pass(trigger) || !wms_trigger_changes(trigger, "has_variants"))
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event) &&
		!DatumGetBool(wms_trigger_value(trigger, row, "has_variants", BOOLOID, &isnull)))
		return PointerGetDatum(NULL);
	wms_trigger_work_begin(&work);
	count_variants(wms_trigger_value(trigger, row, "id", UUIDOID, &isnull), &set_has_variants);
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}

static void
refuse_while_stocked(TriggerData *trigger, Datum product)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
			 errmsg("column \"is_stocked\" of product %s cannot change while there is stock",
					wms_uuid_text(DatumGetUUIDP(product))),
			 errdetail("Units in stock or in transit: %s.", wms_value_text(0, 1)),
			 errhint("Release its holds, let its transfers arrive and bring its stock to zero first, by wms_count_stock()."),
			 errtablecol(trigger->tg_relation, wms_trigger_column(trigger, "is_stocked"))));
}

/* Of products: refuses, with WM092, another is_stocked while there is stock or a hold. */
Datum
wms_guard_is_stocked(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_UPDATE);
	bool		isnull;
	Datum		product;
	WmsTriggerWork work;

	wms_trigger_require_table(trigger, "catalog", "products");
	if (wms_guard_lets_pass(trigger) || !wms_trigger_changes(trigger, "is_stocked"))
		return PointerGetDatum(NULL);
	product = wms_trigger_value(trigger, trigger->tg_newtuple, "id", UUIDOID, &isnull);
	wms_trigger_work_begin(&work);
	wms_run(&lock_product_alone, &product, NULL);
	wms_read_latest(&sum_stock, &product);
	if (wms_value_int64(0, 1) != 0)
		refuse_while_stocked(trigger, product);
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}

/*
 * Of variants: refuses, with WM092, another product while stock, holds or orders are of this one.  The row is
 * locked by the UPDATE, which waits for everybody who refers to it.
 */
Datum
wms_guard_variant_product(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_UPDATE);
	bool		isnull;
	Datum		values[2];
	WmsTriggerWork work;

	wms_trigger_require_table(trigger, "catalog", "product_variants");
	if (wms_guard_lets_pass(trigger) || !wms_trigger_changes(trigger, "product_id"))
		return PointerGetDatum(NULL);
	values[0] = wms_trigger_value(trigger, trigger->tg_trigtuple, "product_id", UUIDOID, &isnull);
	values[1] = wms_trigger_value(trigger, trigger->tg_trigtuple, "id", UUIDOID, &isnull);
	wms_trigger_work_begin(&work);
	wms_read_latest(&count_references, values);
	if (wms_value_int64(0, 1) + wms_value_int64(0, 2) + wms_value_int64(0, 3) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
				 errmsg("variant %s cannot move to another product", wms_uuid_text(DatumGetUUIDP(values[1]))),
				 errdetail("Stock rows: %s, holds: %s, order lines: %s.", wms_value_text(0, 1), wms_value_text(0, 2),
						   wms_value_text(0, 3)),
				 errhint("Make a new variant of the other product; write the stock off here with wms_write_off_stock() "
						 "and receive it there with wms_receive_stock()."),
				 errtablecol(trigger->tg_relation, wms_trigger_column(trigger, "product_id"))));
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}
