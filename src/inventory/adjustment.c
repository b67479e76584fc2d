/*
 * adjustment.c
 *		wms_adjust_stock() and wms_write_off_stock(): corrections of one stock row, or of one batch of it.
 *
 * They work on what is deleted, expired or blocked too, so that no stock is stranded.
 *
 * Locks: the idempotency key; the warehouse and the product FOR KEY SHARE; the stock row, which is created
 * where something is to come in; the batch (ledger.c).
 */
#include "postgres.h"

#include "access/xact.h"
#include "inventory/allocation.h"
#include "inventory/ledger.h"
#include "inventory/shortage.h"
#include "inventory/stock_row.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/idempotency.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(wms_adjust_stock);
PG_FUNCTION_INFO_V1(wms_write_off_stock);

/* As items.c locks: what the lock waited for is read by the statement that follows. */
static WmsPlan lock_product = WMS_PLAN("SELECT FROM catalog.products p WHERE p.id = $1 FOR KEY SHARE", UUIDOID);
static WmsPlan lock_product_unchanged = WMS_PLAN("SELECT FROM catalog.products p WHERE p.id = $1 FOR SHARE", UUIDOID);

static WmsPlan describe_item = WMS_PLAN(
	"SELECT coalesce(v.sku, p.sku), $2 IS NULL OR v.id IS NOT NULL, p.is_stocked, p.batch_tracked,"
	"       p.has_variants AND $2 IS NULL,"
	"       EXISTS (SELECT FROM catalog.product_bundle_items k WHERE k.bundle_product_id = p.id),"
	"       EXISTS (SELECT FROM inventory.stock_items s WHERE s.warehouse_id = $3 AND s.product_id = p.id"
	"                  AND s.variant_id IS NOT DISTINCT FROM $2 AND s.quantity > 0)"
	"  FROM catalog.products p"
	"  LEFT JOIN catalog.product_variants v ON v.id = $2 AND v.product_id = p.id"
	" WHERE p.id = $1",
	UUIDOID, UUIDOID, UUIDOID);

static WmsPlan find_batch = WMS_PLAN(
	"SELECT FROM inventory.product_batches b"
	" WHERE b.id = $1 AND b.product_id = $2 AND b.variant_id IS NOT DISTINCT FROM $3",
	UUIDOID, UUIDOID, UUIDOID);

static WmsPlan read_batch_row = WMS_PLAN(
	"SELECT b.quantity, b.reserved_quantity FROM inventory.stock_item_batches b"
	" WHERE b.warehouse_id = $1 AND b.batch_id = $2",
	UUIDOID, UUIDOID);

typedef struct Adjustment
{
	const char *movement;
	const char *track;
	const pg_uuid_t *warehouse_id;
	WmsItem		item;
	const pg_uuid_t *batch_id;	/* NULL = not batch tracked */
	int32		delta;
	const char *reason;
	const int32 *expected;		/* NULL = any */
	/* read under the lock, of the batch where there is one */
	int64		quantity;
	int64		reserved;
} Adjustment;

static int32
integer_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be null", name),
				 errhint("Pass a whole number of units.")));
	return PG_GETARG_INT32(n);
}

/* Arguments that both functions share: where, what, which variant and batch, and why. */
static void
read_arguments(FunctionCallInfo fcinfo, Adjustment *adjustment)
{
	const pg_uuid_t *variant_id = wms_optional_uuid(fcinfo, 3);

	adjustment->warehouse_id = wms_arg_uuid(fcinfo, 0, "warehouse_id");
	adjustment->item.product_id = *wms_arg_uuid(fcinfo, 1, "product_id");
	adjustment->item.has_variant = variant_id != NULL;
	if (variant_id != NULL)
		adjustment->item.variant_id = *variant_id;
	adjustment->batch_id = wms_optional_uuid(fcinfo, 4);
	adjustment->reason = wms_optional_text(fcinfo, 5);
}

static void
refuse_unknown_item(const WmsItem *item, bool product_is_known)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
			 product_is_known ? errmsg("product %s has no variant %s", wms_uuid_text(&item->product_id),
									   wms_uuid_text(&item->variant_id))
			 : errmsg("there is no product %s", wms_uuid_text(&item->product_id)),
			 errhint("Products and variants are in catalog.products and catalog.product_variants.")));
}

static void
refuse_item(const char *sku, const char *why, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" %s", sku, why),
			 errhint("%s", hint)));
}

/* What got stock before it became a kit or got variants may still go. */
static void
check_item(const Adjustment *adjustment, bool is_kit, bool lacks_variant, bool has_stock)
{
	const char *sku = adjustment->item.sku;
	bool		may_go = has_stock && adjustment->delta < 0;

	if (is_kit && !may_go)
		refuse_item(sku, "is a kit and has no stock of its own", "Name its components instead.");
	if (!adjustment->item.is_stocked)
		refuse_item(sku, "is not stocked",
					"Postage, fees and the like have no stock; set is_stocked where this one has.");
	if (lacks_variant && !may_go)
		refuse_item(sku, "has variants and none is named", "Name the variant by variant_id.");
	if (adjustment->item.batch_tracked && adjustment->batch_id == NULL)
		refuse_item(sku, "is batch tracked and no batch is named", "Name the batch by batch_id.");
	if (!adjustment->item.batch_tracked && adjustment->batch_id != NULL)
		refuse_item(sku, "is not batch tracked and a batch is named",
					"Leave batch_id out; a product becomes batch tracked with its first receipt or count of a batch.");
}

/* Locks the product and learns what is to be known of the item. */
static void
find_item(Adjustment *adjustment)
{
	WmsItem    *item = &adjustment->item;
	bool		nulls[3] = {false};
	Datum		values[3];

	values[0] = UUIDPGetDatum(&item->product_id);
	values[1] = wms_uuid_param(wms_item_variant(item), &nulls[1]);
	values[2] = UUIDPGetDatum(adjustment->warehouse_id);
	wms_run(IsolationUsesXactSnapshot() ? &lock_product_unchanged : &lock_product, values, NULL);
	if (wms_run(&describe_item, values, nulls) == 0)
		refuse_unknown_item(item, false);
	if (!wms_value_bool(0, 2))
		refuse_unknown_item(item, true);
	item->units = 1;
	item->sku = wms_value_text(0, 1);
	item->is_stocked = wms_value_bool(0, 3);
	item->batch_tracked = wms_value_bool(0, 4);
	check_item(adjustment, wms_value_bool(0, 6), wms_value_bool(0, 5), wms_value_bool(0, 7));
}

static void
check_batch(const Adjustment *adjustment)
{
	bool		nulls[3] = {false};
	Datum		values[3];

	if (adjustment->batch_id == NULL)
		return;
	values[0] = UUIDPGetDatum(adjustment->batch_id);
	values[1] = UUIDPGetDatum(&adjustment->item.product_id);
	values[2] = wms_uuid_param(wms_item_variant(&adjustment->item), &nulls[2]);
	if (wms_run(&find_batch, values, nulls) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("\"%s\" has no batch %s", adjustment->item.sku, wms_uuid_text(adjustment->batch_id)),
				 errhint("The batches are in inventory.product_batches.")));
}

/* Locks the stock row and reads what is on hand and held; returns the clock. */
static TimestampTz
lock_row(Adjustment *adjustment)
{
	WmsStockRow row = {.warehouse_id = *adjustment->warehouse_id, .item = &adjustment->item};
	Datum		values[] = {UUIDPGetDatum(adjustment->warehouse_id), UUIDPGetDatum(adjustment->batch_id)};
	TimestampTz instant;

	if (adjustment->delta > 0)
		instant = wms_stock_rows_create(&row, 1);
	else
	{
		row.wanted = -(int64) adjustment->delta;
		instant = wms_stock_rows_lock(&row, 1);
		wms_stock_rows_settle(&row, 1, instant);
	}
	if (row.quantity + adjustment->delta > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("quantity of \"%s\" is out of range", adjustment->item.sku),
				 errdetail(INT64_FORMAT " units on hand and %d more exceed %d.", row.quantity, adjustment->delta,
						   PG_INT32_MAX),
				 errhint("Count the item in a larger unit.")));
	adjustment->quantity = row.quantity;
	adjustment->reserved = row.reserved;
	if (adjustment->batch_id != NULL)
	{
		bool		found = wms_run(&read_batch_row, values, NULL) > 0;

		adjustment->quantity = found ? wms_value_int64(0, 1) : 0;
		adjustment->reserved = found ? wms_value_int64(0, 2) : 0;
	}
	return instant;
}

static void
check_figures(const Adjustment *adjustment)
{
	int64		wanted = -(int64) adjustment->delta;
	int64		free = adjustment->quantity - adjustment->reserved;
	WmsNeed		need = {.item = &adjustment->item, .batch_id = adjustment->batch_id, .quantity = wanted};

	if (adjustment->expected != NULL && *adjustment->expected != adjustment->quantity)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_EXPECTATION_FAILED),
				 errmsg("the quantity of \"%s\" is not the expected one", adjustment->item.sku),
				 errdetail("It is " INT64_FORMAT ", expected was %d.", adjustment->quantity, *adjustment->expected),
				 errhint("Read the quantity again and decide anew.")));
	if (wanted > free)
		wms_refuse_removal(&need, &free, 1, adjustment->warehouse_id);
}

/* Returns the movement. */
static pg_uuid_t
adjust(Adjustment *adjustment)
{
	WmsStockReason reason = {.movement = adjustment->movement, .track = adjustment->track,
	.notes = adjustment->reason};
	WmsStockChange change = {.warehouse_id = *adjustment->warehouse_id, .quantity = adjustment->delta};
	bool		isnull;

	wms_lock_warehouse_or_deleted(adjustment->warehouse_id);
	find_item(adjustment);
	check_batch(adjustment);
	reason.instant = lock_row(adjustment);
	check_figures(adjustment);
	change.product_id = adjustment->item.product_id;
	change.variant_id = adjustment->item.variant_id;
	change.has_variant = adjustment->item.has_variant;
	change.has_batch = adjustment->batch_id != NULL;
	if (change.has_batch)
		change.batch_id = *adjustment->batch_id;
	wms_stock_change(&change, 1, &reason);
	return *DatumGetUUIDP(wms_value(0, 1, &isnull));
}

static Datum
carry_out(FunctionCallInfo fcinfo, Adjustment *adjustment)
{
	pg_uuid_t  *movement = palloc(sizeof(pg_uuid_t));
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *earlier;

	wms_command_begin(&command);
	earlier = wms_idempotency_begin(fcinfo, &idempotency);
	if (earlier != NULL)
		*movement = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(earlier)));
	else
	{
		*movement = adjust(adjustment);
		wms_idempotency_end(&idempotency, psprintf("\"%s\"", wms_uuid_text(movement)));
	}
	wms_command_end(&command);
	PG_RETURN_UUID_P(movement);
}

/* Corrects a quantity by delta; raises WM001, WM004, WM005, WM006, 22023, 22003. */
Datum
wms_adjust_stock(PG_FUNCTION_ARGS)
{
	Adjustment	adjustment = {.movement = "adjustment", .track = "adjusted"};
	int32		expected;

	read_arguments(fcinfo, &adjustment);
	adjustment.delta = integer_argument(fcinfo, 2, "delta");
	if (adjustment.delta == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("delta must not be zero"),
				 errhint("Pass the units that are to be added, or removed when negative.")));
	if (!PG_ARGISNULL(6))
	{
		expected = PG_GETARG_INT32(6);
		adjustment.expected = &expected;
	}
	return carry_out(fcinfo, &adjustment);
}

/* Takes out what is broken, lost or past its date; raises WM001, WM004, WM005, 22023. */
Datum
wms_write_off_stock(PG_FUNCTION_ARGS)
{
	Adjustment	adjustment = {.movement = "damage", .track = "damaged"};
	int32		quantity = integer_argument(fcinfo, 2, "quantity");

	read_arguments(fcinfo, &adjustment);
	if (quantity <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quantity must be greater than zero"),
				 errdetail("It is %d.", quantity),
				 errhint("Pass the units that are to be taken out.")));
	adjustment.delta = -quantity;
	return carry_out(fcinfo, &adjustment);
}
