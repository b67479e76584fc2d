/*
 * stock_guard.c
 *		Direct changes of stock rows: the quantity is recorded as an adjustment, the rest is refused.
 *		Every change, direct or not, is an event for those who listen (event.h).
 *
 * Runs after the row, so that it judges what is really stored: triggers of users and ON CONFLICT have had
 * their say.
 *
 * Locks: the stock row is locked by the statement that fired the trigger; then its product FOR SHARE, so that
 * it does not become batch-tracked meanwhile; then the movement is written.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "inventory/ledger.h"
#include "support/actor.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/errors.h"
#include "support/event.h"
#include "support/guard.h"
#include "support/plans.h"
#include "support/settings.h"
#include "support/trigger.h"
#include "support/trigger_work.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(wms_guard_stock_items);

typedef struct StockRow
{
	pg_uuid_t  *warehouse_id;
	pg_uuid_t  *product_id;
	pg_uuid_t  *variant_id;		/* NULL without one */
	int32		quantity;
	int32		reserved_quantity;
} StockRow;

static WmsPlan lock_product = WMS_PLAN(
	"SELECT p.is_stocked, p.batch_tracked,"
	"       $2 IS NULL OR EXISTS (SELECT FROM catalog.product_variants v WHERE v.id = $2 AND v.product_id = p.id)"
	"  FROM catalog.products p WHERE p.id = $1 FOR SHARE OF p",
	UUIDOID, UUIDOID);

static WmsPlan write_adjustment = WMS_PLAN(
	"INSERT INTO inventory.stock_movements (warehouse_id, product_id, variant_id, type, quantity, created_by,"
	"       created_at)"
	"VALUES ($1, $2, $3, 'adjustment', $4, $5, $6)",
	UUIDOID, UUIDOID, UUIDOID, INT4OID, UUIDOID, TIMESTAMPTZOID);

static pg_uuid_t *
uuid_column(TriggerData *trigger, HeapTuple tuple, const char *name)
{
	bool		isnull;
	Datum		value = wms_trigger_value(trigger, tuple, name, UUIDOID, &isnull);

	return isnull ? NULL : DatumGetUUIDP(value);
}

static int32
units_column(TriggerData *trigger, HeapTuple tuple, const char *name)
{
	bool		isnull;
	Datum		value = wms_trigger_value(trigger, tuple, name, INT4OID, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

static void
read_row(TriggerData *trigger, HeapTuple tuple, StockRow *row)
{
	row->warehouse_id = uuid_column(trigger, tuple, "warehouse_id");
	row->product_id = uuid_column(trigger, tuple, "product_id");
	row->variant_id = uuid_column(trigger, tuple, "variant_id");
	row->quantity = units_column(trigger, tuple, "quantity");
	row->reserved_quantity = units_column(trigger, tuple, "reserved_quantity");
}

static bool
same_key(const StockRow *a, const StockRow *b)
{
	return wms_uuid_equal(a->warehouse_id, b->warehouse_id) &&
		wms_uuid_equal(a->product_id, b->product_id) &&
		wms_uuid_equal(a->variant_id, b->variant_id);
}

static void
refuse_reserved(Relation rel, const StockRow *row, int32 before, int32 after)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
			 errmsg("reserved_quantity of inventory.stock_items cannot be changed directly"),
			 errdetail("Product %s in warehouse %s holds %d units; it would hold %d.",
					   wms_uuid_text(row->product_id), wms_uuid_text(row->warehouse_id), before, after),
			 errhint("Call wms_reserve_stock() to hold units and wms_release_reservation() to free them."),
			 errtablecol(rel, SPI_fnumber(RelationGetDescr(rel), "reserved_quantity"))));
}

static void
refuse_key(Relation rel, const StockRow *before)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
			 errmsg("warehouse, product and variant of inventory.stock_items cannot be changed directly"),
			 errdetail("The row is %d units of product %s in warehouse %s.", before->quantity,
					   wms_uuid_text(before->product_id), wms_uuid_text(before->warehouse_id)),
			 errhint("Call wms_create_transfer() to move stock to another warehouse, wms_adjust_stock() to correct it."),
			 errtable(rel)));
}

static void
refuse_held(Relation rel, const StockRow *row)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
			 errmsg("stock row with holds cannot be deleted"),
			 errdetail("Of the %d units of product %s in warehouse %s, %d are held.", row->quantity,
					   wms_uuid_text(row->product_id), wms_uuid_text(row->warehouse_id), row->reserved_quantity),
			 errhint("Call wms_release_reservation() first; wms_reservations() shows the holds."),
			 errtable(rel)));
}

static void
refuse_unstocked(const StockRow *row, int64 difference)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
			 errmsg("product %s is not stocked", wms_uuid_text(row->product_id)),
			 errdetail("The quantity in warehouse %s would change by " INT64_FORMAT ".",
					   wms_uuid_text(row->warehouse_id), difference),
			 errhint("Set is_stocked of the product first, if it is to have stock.")));
}

static void
refuse_without_batch(const StockRow *row, int64 difference)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
			 errmsg("stock of product %s is kept by batches and cannot be changed directly",
					wms_uuid_text(row->product_id)),
			 errdetail("The quantity in warehouse %s would change by " INT64_FORMAT " without naming a batch.",
					   wms_uuid_text(row->warehouse_id), difference),
			 errhint("Call wms_receive_stock(), wms_adjust_stock() or wms_count_stock() and name the batch.")));
}

/* The foreign keys of product and variant do not look at both together. */
static void
refuse_variant(Relation rel, const StockRow *row)
{
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("product %s has no variant %s", wms_uuid_text(row->product_id), wms_uuid_text(row->variant_id)),
			 errdetail("The stock is in warehouse %s.", wms_uuid_text(row->warehouse_id)),
			 errhint("Name the product that the variant belongs to."),
			 errtablecol(rel, SPI_fnumber(RelationGetDescr(rel), "variant_id"))));
}

/* A product that is not there is the foreign key's to refuse. */
static void
require_plain_stock(Relation rel, const StockRow *row, int64 difference)
{
	bool		nulls[2] = {false};
	Datum		values[2];

	values[0] = UUIDPGetDatum(row->product_id);
	values[1] = wms_uuid_param(row->variant_id, &nulls[1]);
	if (wms_run(&lock_product, values, nulls) == 0)
		return;
	if (!wms_value_bool(0, 3))
		refuse_variant(rel, row);
	if (!wms_value_bool(0, 1))
		refuse_unstocked(row, difference);
	if (wms_value_bool(0, 2))
		refuse_without_batch(row, difference);
}

static void
record_adjustment(Relation rel, const StockRow *row, int64 difference)
{
	WmsTriggerWork work;
	Datum		values[6];
	bool		nulls[6] = {false};

	wms_trigger_work_begin(&work);
	require_plain_stock(rel, row, difference);
	values[0] = UUIDPGetDatum(row->warehouse_id);
	values[1] = UUIDPGetDatum(row->product_id);
	values[2] = wms_uuid_param(row->variant_id, &nulls[2]);
	values[3] = Int32GetDatum((int32) difference);
	values[4] = wms_uuid_param(wms_actor(), &nulls[4]);
	values[5] = TimestampTzGetDatum(wms_clock());
	wms_run_exactly(&write_adjustment, values, nulls, 1);
	wms_trigger_work_end(&work);
}

/* Whoever changed the row, wms's own statements included: all of them come through here. */
static void
emit_event(TriggerData *trigger)
{
	bool		inserted = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	bool		deleted = TRIGGER_FIRED_BY_DELETE(trigger->tg_event);
	HeapTuple	tuple = wms_trigger_row(trigger);
	StockRow	before = {0};
	StockRow	after = {0};
	WmsStockEvent event = {0};

	wms_trigger_require_table(trigger, "inventory", "stock_items");
	if (!inserted)
		read_row(trigger, trigger->tg_trigtuple, &before);
	if (!deleted)
		read_row(trigger, tuple, &after);
	event.warehouse_id = uuid_column(trigger, tuple, "warehouse_id");
	event.product_id = uuid_column(trigger, tuple, "product_id");
	event.variant_id = uuid_column(trigger, tuple, "variant_id");
	event.old_quantity = before.quantity;
	event.old_reserved = before.reserved_quantity;
	event.quantity = after.quantity;
	event.reserved = after.reserved_quantity;
	event.gone = deleted;
	event.old_reorder_point = inserted ? 0 : units_column(trigger, trigger->tg_trigtuple, "reorder_point");
	event.reorder_point = units_column(trigger, tuple, "reorder_point");
	event.reorder_quantity = units_column(trigger, tuple, "reorder_quantity");
	wms_event_stock(&event);
}

/* Tells the ledger, which knows what its statement was to write. */
static void
note_own(const StockRow *before, const StockRow *row, int32 quantity, int32 reserved)
{
	WmsStockChange difference = {0};

	difference.warehouse_id = *row->warehouse_id;
	difference.product_id = *row->product_id;
	difference.has_variant = row->variant_id != NULL;
	if (row->variant_id != NULL)
		difference.variant_id = *row->variant_id;
	difference.quantity = quantity - before->quantity;
	difference.reserved = reserved - before->reserved_quantity;
	wms_stock_note_written(&difference);
}

/*
 * Lets wms's own statements pass; records or refuses anybody else's, with WM092.
 */
Datum
wms_guard_stock_items(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE |
											WMS_ON_DELETE);
	bool		inserted = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	bool		deleted = TRIGGER_FIRED_BY_DELETE(trigger->tg_event);
	StockRow	before = {0};
	StockRow	after = {0};
	bool		own;

	if (wms_events_wanted())
		emit_event(trigger);
	own = wms_statement_is_own(trigger->tg_relation);
	if (!wms_guard && !own)
		return PointerGetDatum(NULL);
	wms_trigger_require_table(trigger, "inventory", "stock_items");
	if (!inserted)
		read_row(trigger, trigger->tg_trigtuple, &before);
	if (!deleted)
		read_row(trigger, wms_trigger_row(trigger), &after);
	if (own)
	{
		note_own(&before, deleted ? &before : &after, after.quantity, after.reserved_quantity);
		return PointerGetDatum(NULL);
	}
	if (!inserted && !deleted && !same_key(&before, &after))
		refuse_key(trigger->tg_relation, &before);
	if (deleted && before.reserved_quantity != 0)
		refuse_held(trigger->tg_relation, &before);
	if (before.reserved_quantity != after.reserved_quantity)
		refuse_reserved(trigger->tg_relation, &after, before.reserved_quantity, after.reserved_quantity);
	if (before.quantity != after.quantity)
		record_adjustment(trigger->tg_relation, deleted ? &before : &after,
						  (int64) after.quantity - before.quantity);
	return PointerGetDatum(NULL);
}
