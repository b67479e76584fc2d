/*
 * stock_direct.c
 *		The direct forms (support/direct.h) of the statements on stock rows.
 *
 * Locks: inventory.stock_items FOR NO KEY UPDATE, in the order in which the rows are given.
 */
#include "postgres.h"

#include "inventory/stock_direct.h"

#include "access/xact.h"
#include "common/int.h"
#include "miscadmin.h"
#include "support/direct.h"
#include "support/event.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

enum
{
	WAREHOUSE, PRODUCT, VARIANT, QUANTITY, RESERVED, REORDER_POINT, REORDER_QUANTITY, UPDATED_AT
};

static WmsTable stock_items = {
	.schema = "inventory", .name = "stock_items",
	.columns = {
		[WAREHOUSE] = {"warehouse_id", UUIDOID},
		[PRODUCT] = {"product_id", UUIDOID},
		[VARIANT] = {"variant_id", UUIDOID},
		[QUANTITY] = {"quantity", INT4OID},
		[RESERVED] = {"reserved_quantity", INT4OID},
		[REORDER_POINT] = {"reorder_point", INT4OID},
		[REORDER_QUANTITY] = {"reorder_quantity", INT4OID},
		[UPDATED_AT] = {"updated_at", TIMESTAMPTZOID}
	},
	.keys = {{3, {WAREHOUSE, PRODUCT, VARIANT}, .one = true}}
};

const Oid	wms_locked_row_types[] = {INT4OID, INT4OID, INT4OID, InvalidOid};

/* Finds and locks a row; false when it is not there. */
static bool
lock_row(WmsOpenTable *stock, const WmsElements *keys, int i)
{
	Datum		values[] = {keys[0].values[i], keys[1].values[i], keys[2].values[i]};
	bool		nulls[] = {keys[0].nulls[i], keys[1].nulls[i], keys[2].nulls[i]};

	CHECK_FOR_INTERRUPTS();
	return wms_direct_find(stock, 0, values, nulls) && wms_direct_lock(stock, LockTupleNoKeyExclusive);
}

/* $1 numbers, $2 warehouses, $3 products, $4 variants → number, quantity, reserved_quantity */
bool
wms_direct_lock_rows(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	WmsOpenTable *stock = wms_direct_open(&stock_items, WMS_TO_LOCK);
	WmsElements numbers = wms_elements(values[0], INT4OID);
	WmsElements keys[] = {wms_elements(values[1], UUIDOID), wms_elements(values[2], UUIDOID),
	wms_elements(values[3], UUIDOID)};

	if (stock == NULL)
		return false;
	for (int i = 0; i < numbers.count; i++)
	{
		Datum		row[3] = {numbers.values[i]};
		bool		row_nulls[3] = {false};

		if (!lock_row(stock, keys, i))
			continue;
		row[1] = wms_direct_value(stock, QUANTITY, &row_nulls[1]);
		row[2] = wms_direct_value(stock, RESERVED, &row_nulls[2]);
		wms_direct_return(result, row, row_nulls);
	}
	wms_direct_close(stock);
	return true;
}

/* Adds to a column of a row; false when the sum is out of range. */
static bool
add_units(WmsOpenTable *stock, WmsNewRow *row, int column, Datum units)
{
	bool		isnull;
	int32		before = DatumGetInt32(wms_direct_get(stock, row, column, &isnull));
	int32		after;

	if (isnull || pg_add_s32_overflow(before, DatumGetInt32(units), &after))
		return false;
	wms_direct_set(stock, row, column, Int32GetDatum(after), false);
	return true;
}

static bool
change_rows(WmsOpenTable *stock, const WmsElements *keys, const WmsElements *quantity, const WmsElements *reserved)
{
	Datum		now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	for (int i = 0; i < quantity->count; i++)
	{
		WmsNewRow  *row;

		if (!lock_row(stock, keys, i))
			return false;
		row = wms_direct_change_row(stock);
		if (!add_units(stock, row, QUANTITY, quantity->values[i]) ||
			!add_units(stock, row, RESERVED, reserved->values[i]))
			return false;
		wms_direct_set(stock, row, UPDATED_AT, now, false);
	}
	return true;
}

/* What the trigger of the table would tell (stock_guard.c). */
static void
emit_event(WmsOpenTable *stock, const WmsNewRow *row, int32 quantity, int32 reserved)
{
	WmsStockEvent event = {0};
	bool		isnull;
	Datum		variant = wms_direct_get(stock, row, VARIANT, &isnull);

	event.variant_id = isnull ? NULL : DatumGetUUIDP(variant);
	event.warehouse_id = DatumGetUUIDP(wms_direct_get(stock, row, WAREHOUSE, &isnull));
	event.product_id = DatumGetUUIDP(wms_direct_get(stock, row, PRODUCT, &isnull));
	event.quantity = DatumGetInt32(wms_direct_get(stock, row, QUANTITY, &isnull));
	event.reserved = DatumGetInt32(wms_direct_get(stock, row, RESERVED, &isnull));
	event.old_quantity = event.quantity - quantity;
	event.old_reserved = event.reserved - reserved;
	event.reorder_point = DatumGetInt32(wms_direct_get(stock, row, REORDER_POINT, &isnull));
	event.old_reorder_point = event.reorder_point;
	event.reorder_quantity = DatumGetInt32(wms_direct_get(stock, row, REORDER_QUANTITY, &isnull));
	wms_event_stock(&event);
}

/* $1 warehouses, $2 products, $3 variants, $4 quantities, $5 reserved: adds them to the rows */
bool
wms_direct_change_rows(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const int changed[] = {QUANTITY, RESERVED, UPDATED_AT};
	WmsOpenTable *stock = wms_direct_open(&stock_items, WMS_TO_UPDATE);
	WmsElements keys[] = {wms_elements(values[0], UUIDOID), wms_elements(values[1], UUIDOID),
	wms_elements(values[2], UUIDOID)};
	WmsElements quantity = wms_elements(values[3], INT4OID);
	WmsElements reserved = wms_elements(values[4], INT4OID);
	bool		done;

	if (stock == NULL)
		return false;
	done = change_rows(stock, keys, &quantity, &reserved) && wms_direct_update(stock, changed, lengthof(changed));
	for (int i = 0; i < quantity.count && done; i++)
	{
		if (wms_events_wanted())
			emit_event(stock, &stock->new_rows[i], DatumGetInt32(quantity.values[i]), DatumGetInt32(reserved.values[i]));
		wms_direct_return(result, NULL, NULL);
	}
	wms_direct_close(stock);
	return done;
}
