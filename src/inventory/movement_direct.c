/*
 * movement_direct.c
 *		The direct forms (support/direct.h) of the statements on movements and warehouses.
 *
 * Locks: inventory.warehouses FOR KEY SHARE; what a movement refers to likewise.
 */
#include "postgres.h"

#include "inventory/movement_direct.h"

#include "miscadmin.h"
#include "support/direct.h"
#include "utils/uuid.h"

enum
{
	ID, WAREHOUSE, PRODUCT, VARIANT, BATCH, QUANTITY, UNIT_COST, TYPE, REFERENCE_TYPE, REFERENCE, NOTES, CREATED_BY,
	CREATED_AT
};

static WmsTable stock_movements = {
	.schema = "inventory", .name = "stock_movements",
	.columns = {
		[ID] = {"id", UUIDOID},
		[WAREHOUSE] = {"warehouse_id", UUIDOID},
		[PRODUCT] = {"product_id", UUIDOID},
		[VARIANT] = {"variant_id", UUIDOID},
		[BATCH] = {"batch_id", UUIDOID},
		[QUANTITY] = {"quantity", INT4OID},
		[UNIT_COST] = {"unit_cost", NUMERICOID},
		[TYPE] = {"type", TEXTOID},
		[REFERENCE_TYPE] = {"reference_type", TEXTOID},
		[REFERENCE] = {"reference_id", UUIDOID},
		[NOTES] = {"notes", TEXTOID},
		[CREATED_BY] = {"created_by", UUIDOID},
		[CREATED_AT] = {"created_at", TIMESTAMPTZOID}
	},
	.keys = {{4, {WAREHOUSE, PRODUCT, VARIANT, CREATED_AT}}}
};

enum
{
	WAREHOUSE_ID, WAREHOUSE_CODE, WAREHOUSE_DELETED
};

static WmsTable warehouses = {
	.schema = "inventory", .name = "warehouses",
	.columns = {
		[WAREHOUSE_ID] = {"id", UUIDOID},
		[WAREHOUSE_CODE] = {"code", TEXTOID},
		[WAREHOUSE_DELETED] = {"deleted_at", TIMESTAMPTZOID}
	},
	.keys = {{1, {WAREHOUSE_ID}, .one = true}}
};

const Oid	wms_written_movement_types[] = {UUIDOID, INT4OID, InvalidOid};
const Oid	wms_found_movement_types[] = {UUIDOID, InvalidOid};
const Oid	wms_locked_warehouse_types[] = {BOOLOID, TEXTOID, InvalidOid};

static void
return_movements(WmsOpenTable *movements, WmsDirectResult *result)
{
	for (int i = 0; i < movements->new_count; i++)
	{
		Datum		values[2];
		bool		nulls[2];

		values[0] = wms_direct_get(movements, &movements->new_rows[i], ID, &nulls[0]);
		values[1] = wms_direct_get(movements, &movements->new_rows[i], QUANTITY, &nulls[1]);
		wms_direct_return(result, values, nulls);
	}
}

/*
 * $1 warehouses, $2 products, $3 variants, $4 batches, $5 quantities, $6 costs, $7 type, $8 reference type,
 * $9 reference, $10 notes, $11 actor, $12 instant → id, quantity
 */
bool
wms_direct_write_movements(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const Oid types[] = {UUIDOID, UUIDOID, UUIDOID, UUIDOID, INT4OID, NUMERICOID};
	static const int listed[] = {WAREHOUSE, PRODUCT, VARIANT, BATCH, QUANTITY, UNIT_COST};
	static const int common[] = {TYPE, REFERENCE_TYPE, REFERENCE, NOTES, CREATED_BY, CREATED_AT};
	WmsOpenTable *movements = wms_direct_open(&stock_movements, WMS_TO_INSERT);
	WmsElements columns[lengthof(listed)];
	bool		done;

	if (movements == NULL)
		return false;
	for (int c = 0; c < lengthof(listed); c++)
		columns[c] = wms_elements(values[c], types[c]);
	for (int i = 0; i < columns[0].count; i++)
	{
		WmsNewRow  *row = wms_direct_add_row(movements);

		for (int c = 0; c < lengthof(listed); c++)
			wms_direct_set(movements, row, listed[c], columns[c].values[i], columns[c].nulls[i]);
		wms_direct_set_all(movements, row, common, lengthof(common), &values[lengthof(listed)], &nulls[lengthof(listed)]);
	}
	done = wms_direct_insert(movements);
	if (done)
		return_movements(movements, result);
	wms_direct_close(movements);
	return done;
}

/* $1 warehouse, $2 product, $3 variant, $4 instant → the last sale */
bool
wms_direct_find_sale(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	WmsOpenTable *movements = wms_direct_open(&stock_movements, WMS_TO_READ);
	pg_uuid_t	last;
	Datum		value = UUIDPGetDatum(&last);
	bool		any = false;
	bool		isnull;

	if (movements == NULL)
		return false;
	for (bool found = wms_direct_find(movements, 0, values, nulls); found; found = wms_direct_next(movements))
	{
		pg_uuid_t  *id = DatumGetUUIDP(wms_direct_value(movements, ID, &isnull));

		CHECK_FOR_INTERRUPTS();
		if (!wms_direct_is_text(movements, TYPE, "sale") || (any && memcmp(id->data, last.data, UUID_LEN) < 0))
			continue;
		last = *id;
		any = true;
	}
	if (any)
		wms_direct_return(result, &value, NULL);
	wms_direct_close(movements);
	return true;
}

/* $1 id → is it deleted, code */
bool
wms_direct_lock_warehouse(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	WmsOpenTable *table = wms_direct_open(&warehouses, WMS_TO_LOCK);

	if (table == NULL)
		return false;
	if (wms_direct_find(table, 0, values, NULL) && wms_direct_lock(table, LockTupleKeyShare))
	{
		Datum		row[2];
		bool		row_nulls[2] = {false};
		bool		live;

		(void) wms_direct_value(table, WAREHOUSE_DELETED, &live);
		row[0] = BoolGetDatum(!live);
		row[1] = wms_direct_value(table, WAREHOUSE_CODE, &row_nulls[1]);
		wms_direct_return(result, row, row_nulls);
	}
	wms_direct_close(table);
	return true;
}
