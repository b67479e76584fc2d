/*
 * hold_direct.c
 *		The direct forms (support/direct.h) of the statements on holds.
 *
 * Locks: none but those of the rows written and of what they refer to; holds change under the lock of their
 * stock row.
 */
#include "postgres.h"

#include "inventory/hold_direct.h"

#include "miscadmin.h"
#include "support/args.h"
#include "support/direct.h"
#include "support/items_direct.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

enum
{
	ID, WAREHOUSE, PRODUCT, VARIANT, BATCH, QUANTITY, ORIGINAL_QUANTITY, REFERENCE_LINE, STATUS, REFERENCE_TYPE,
	REFERENCE, EXPIRES_AT, CREATED_BY, CREATED_AT, RESOLVED_AT
};

static WmsTable stock_reservations = {
	.schema = "inventory", .name = "stock_reservations",
	.columns = {
		[ID] = {"id", UUIDOID},
		[WAREHOUSE] = {"warehouse_id", UUIDOID},
		[PRODUCT] = {"product_id", UUIDOID},
		[VARIANT] = {"variant_id", UUIDOID},
		[BATCH] = {"batch_id", UUIDOID},
		[QUANTITY] = {"quantity", INT4OID},
		[ORIGINAL_QUANTITY] = {"original_quantity", INT4OID},
		[REFERENCE_LINE] = {"reference_line_id", UUIDOID},
		[STATUS] = {"status", TEXTOID},
		[REFERENCE_TYPE] = {"reference_type", TEXTOID},
		[REFERENCE] = {"reference_id", UUIDOID},
		[EXPIRES_AT] = {"expires_at", TIMESTAMPTZOID},
		[CREATED_BY] = {"created_by", UUIDOID},
		[CREATED_AT] = {"created_at", TIMESTAMPTZOID},
		[RESOLVED_AT] = {"resolved_at", TIMESTAMPTZOID}
	},
	.keys = {{1, {ID}, .one = true}, {2, {REFERENCE, REFERENCE_TYPE}}, {1, {REFERENCE}}}
};

#define BY_ID 0
#define BY_REFERENCE 1
#define BY_REFERENCE_ONLY 2

const Oid	wms_written_hold_types[] = {UUIDOID, UUIDOID, UUIDOID, UUIDOID, UUIDOID, INT4OID, InvalidOid};

const Oid	wms_found_hold_types[] = {UUIDOID, UUIDOID, UUIDOID, UUIDOID, InvalidOid};
const Oid	wms_read_held_types[] = {UUIDOID, UUIDOID, UUIDOID, UUIDOID, UUIDOID, INT4OID, BOOLOID, BOOLOID, TEXTOID,
InvalidOid};
const Oid	wms_hold_state_types[] = {TEXTOID, TEXTOID, UUIDOID, InvalidOid};

static bool
has_status(WmsOpenTable *holds, const char *status)
{
	return wms_direct_is_text(holds, STATUS, status);
}

/* Returns columns of the hold found last. */
static void
return_found(WmsOpenTable *holds, const int *columns, int count, WmsDirectResult *result)
{
	Datum		values[WMS_TABLE_COLUMNS];
	bool		nulls[WMS_TABLE_COLUMNS];

	for (int c = 0; c < count; c++)
		values[c] = wms_direct_value(holds, columns[c], &nulls[c]);
	wms_direct_return(result, values, nulls);
}

static const int stock_key[] = {ID, WAREHOUSE, PRODUCT, VARIANT};

/* $1 reference type, $2 reference, $3 expired ones, too → id, warehouse, product, variant */
bool
wms_direct_find_holds_of_reference(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	WmsOpenTable *holds = wms_direct_open(&stock_reservations, WMS_TO_READ);
	Datum		sought[] = {values[1], values[0]};

	if (holds == NULL)
		return false;
	for (bool found = wms_direct_find(holds, BY_REFERENCE, sought, NULL); found; found = wms_direct_next(holds))
	{
		CHECK_FOR_INTERRUPTS();
		if (has_status(holds, "active") || (DatumGetBool(values[2]) && has_status(holds, "expired")))
			return_found(holds, stock_key, lengthof(stock_key), result);
	}
	wms_direct_close(holds);
	return true;
}

/* The uuid in a column of the hold found last; returns whether there is one. */
static bool
read_uuid(WmsOpenTable *holds, int column, pg_uuid_t *uuid)
{
	bool		isnull;
	Datum		value = wms_direct_value(holds, column, &isnull);

	if (!isnull)
		*uuid = *DatumGetUUIDP(value);
	return !isnull;
}

static void
read_state(WmsOpenTable *holds, WmsHoldState *state)
{
	bool		isnull;

	read_uuid(holds, ID, &state->id);
	read_uuid(holds, WAREHOUSE, &state->warehouse_id);
	read_uuid(holds, PRODUCT, &state->product_id);
	state->has_variant = read_uuid(holds, VARIANT, &state->variant_id);
	state->has_line = read_uuid(holds, REFERENCE_LINE, &state->line_id);
	state->has_batch = read_uuid(holds, BATCH, &state->batch_id);
	state->quantity = DatumGetInt32(wms_direct_value(holds, QUANTITY, &isnull));
	state->active = has_status(holds, "active");
	state->expired = has_status(holds, "expired");
	(void) wms_direct_value(holds, EXPIRES_AT, &isnull);
	state->expires = !isnull;
}

WmsHoldState *
wms_direct_read_holds(const char *reference_type, Datum reference_id, int *count)
{
	WmsOpenTable *holds = wms_direct_open(&stock_reservations, WMS_TO_READ);
	Datum		sought[] = {reference_id, CStringGetTextDatum(reference_type)};
	int			capacity = 16;
	WmsHoldState *states;

	if (holds == NULL)
		return NULL;
	states = palloc(sizeof(WmsHoldState) * capacity);
	*count = 0;
	for (bool found = wms_direct_find(holds, BY_REFERENCE, sought, NULL); found; found = wms_direct_next(holds))
	{
		CHECK_FOR_INTERRUPTS();
		if (*count == capacity)
			states = repalloc_huge(states, sizeof(WmsHoldState) * (capacity *= 2));
		read_state(holds, &states[(*count)++]);
	}
	wms_direct_close(holds);
	return states;
}

/* $1 id → id, warehouse, product, variant of the hold and of its parts that moved to other batches */
bool
wms_direct_find_hold(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	WmsOpenTable *holds = wms_direct_open(&stock_reservations, WMS_TO_READ);
	pg_uuid_t	line;

	if (holds == NULL)
		return false;
	if (wms_direct_find(holds, BY_ID, values, NULL) && has_status(holds, "active"))
		return_found(holds, stock_key, lengthof(stock_key), result);
	for (bool found = wms_direct_find(holds, BY_REFERENCE_ONLY, values, NULL); found; found = wms_direct_next(holds))
	{
		CHECK_FOR_INTERRUPTS();
		if (read_uuid(holds, REFERENCE_LINE, &line) && wms_uuid_equal(&line, DatumGetUUIDP(values[0])) &&
			has_status(holds, "active"))
			return_found(holds, stock_key, lengthof(stock_key), result);
	}
	wms_direct_close(holds);
	return true;
}

/* $1 id → status, reference type, reference */
bool
wms_direct_read_hold_state(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const int columns[] = {STATUS, REFERENCE_TYPE, REFERENCE};
	WmsOpenTable *holds = wms_direct_open(&stock_reservations, WMS_TO_READ);

	if (holds == NULL)
		return false;
	if (wms_direct_find(holds, BY_ID, values, NULL))
		return_found(holds, columns, lengthof(columns), result);
	wms_direct_close(holds);
	return true;
}

/* A hold as held.c reads it, unless it is of another warehouse or holds nothing any more. */
static void
return_held(WmsOpenTable *holds, WmsItemTables *items, Datum warehouse, TimestampTz instant, WmsDirectResult *result)
{
	static const int columns[] = {ID, WAREHOUSE, PRODUCT, VARIANT, BATCH, QUANTITY};
	Datum		values[9];
	bool		nulls[9] = {false};
	bool		never;
	Datum		expires;

	for (int c = 0; c < lengthof(columns); c++)
		values[c] = wms_direct_value(holds, columns[c], &nulls[c]);
	if (!wms_uuid_equal(DatumGetUUIDP(values[1]), DatumGetUUIDP(warehouse)) || !has_status(holds, "active"))
		return;
	expires = wms_direct_value(holds, EXPIRES_AT, &never);
	values[6] = BoolGetDatum(!never);
	values[7] = BoolGetDatum(!never && DatumGetTimestampTz(expires) <= instant);
	if (wms_direct_item_sku(items, values[2], values[3], nulls[3], &values[8]))
		wms_direct_return(result, values, nulls);
}

typedef struct HoldKey
{
	Datum		id;
	Datum		warehouse;
} HoldKey;

static int
compare_keys(const void *a, const void *b)
{
	return memcmp(DatumGetUUIDP(((const HoldKey *) a)->id)->data, DatumGetUUIDP(((const HoldKey *) b)->id)->data,
				  UUID_LEN);
}

static HoldKey *
sorted_keys(const WmsElements *ids, const WmsElements *warehouses)
{
	HoldKey    *keys = palloc_extended(sizeof(HoldKey) * Max(ids->count, 1), MCXT_ALLOC_HUGE);

	for (int i = 0; i < ids->count; i++)
	{
		keys[i].id = ids->values[i];
		keys[i].warehouse = warehouses->values[i];
	}
	qsort(keys, ids->count, sizeof(HoldKey), compare_keys);
	return keys;
}

/* $1 ids, $2 warehouses, $3 instant → as read_helds of held.c, in order of id */
bool
wms_direct_read_helds(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	WmsOpenTable *holds = wms_direct_open(&stock_reservations, WMS_TO_READ);
	WmsItemTables *items = holds == NULL ? NULL : wms_direct_open_items();
	WmsElements ids = wms_elements(values[0], UUIDOID);
	WmsElements warehouses = wms_elements(values[1], UUIDOID);
	HoldKey    *keys = sorted_keys(&ids, &warehouses);

	for (int i = 0; i < ids.count && items != NULL; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (wms_direct_find(holds, BY_ID, &keys[i].id, NULL))
			return_held(holds, items, keys[i].warehouse, DatumGetTimestampTz(values[2]), result);
	}
	if (items != NULL)
		wms_direct_close_items(items);
	if (holds != NULL)
		wms_direct_close(holds);
	return items != NULL;
}

static void
return_holds(WmsOpenTable *holds, WmsDirectResult *result)
{
	static const int columns[] = {ID, WAREHOUSE, PRODUCT, VARIANT, BATCH, QUANTITY};

	for (int i = 0; i < holds->new_count; i++)
	{
		Datum		values[lengthof(columns)];
		bool		nulls[lengthof(columns)];

		for (int c = 0; c < lengthof(columns); c++)
			values[c] = wms_direct_get(holds, &holds->new_rows[i], columns[c], &nulls[c]);
		wms_direct_return(result, values, nulls);
	}
}

/*
 * $1 warehouses, $2 products, $3 variants, $4 batches, $5 quantities, $6 lines, $7 reference type, $8 reference,
 * $9 expiry, $10 actor, $11 instant → id, warehouse, product, variant, batch, quantity
 */
bool
wms_direct_write_holds(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const int listed[] = {WAREHOUSE, PRODUCT, VARIANT, BATCH, QUANTITY, REFERENCE_LINE};
	static const int common[] = {REFERENCE_TYPE, REFERENCE, EXPIRES_AT, CREATED_BY, CREATED_AT};
	WmsOpenTable *holds = wms_direct_open(&stock_reservations, WMS_TO_INSERT);
	WmsElements columns[lengthof(listed)];
	Datum		active = CStringGetTextDatum("active");
	bool		done;

	if (holds == NULL)
		return false;
	for (int c = 0; c < lengthof(listed); c++)
		columns[c] = wms_elements(values[c], listed[c] == QUANTITY ? INT4OID : UUIDOID);
	for (int i = 0; i < columns[0].count; i++)
	{
		WmsNewRow  *row = wms_direct_add_row(holds);

		for (int c = 0; c < lengthof(listed); c++)
			wms_direct_set(holds, row, listed[c], columns[c].values[i], columns[c].nulls[i]);
		wms_direct_set(holds, row, ORIGINAL_QUANTITY, columns[4].values[i], columns[4].nulls[i]);
		wms_direct_set(holds, row, STATUS, active, false);
		wms_direct_set_all(holds, row, common, lengthof(common), &values[lengthof(listed)], &nulls[lengthof(listed)]);
	}
	done = wms_direct_insert(holds);
	if (done)
		return_holds(holds, result);
	wms_direct_close(holds);
	return done;
}

/* A hold with so many units less; without any it ends in that status. */
static void
resolve(WmsOpenTable *holds, int32 units, Datum status, Datum instant)
{
	WmsNewRow  *row = wms_direct_change_row(holds);
	bool		isnull;
	int32		left = DatumGetInt32(wms_direct_get(holds, row, QUANTITY, &isnull)) - units;

	wms_direct_set(holds, row, QUANTITY, Int32GetDatum(left), false);
	if (left <= 0)
		wms_direct_set(holds, row, STATUS, status, false);
	wms_direct_set(holds, row, RESOLVED_AT, instant, left > 0);
}

/* $1 ids, $2 warehouses, $3 units, $4 statuses, $5 instant */
bool
wms_direct_resolve_holds(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const int changed[] = {QUANTITY, STATUS, RESOLVED_AT};
	WmsOpenTable *holds = wms_direct_open(&stock_reservations, WMS_TO_UPDATE);
	WmsElements ids = wms_elements(values[0], UUIDOID);
	WmsElements units = wms_elements(values[2], INT4OID);
	WmsElements statuses = wms_elements(values[3], TEXTOID);
	bool		done = true;

	if (holds == NULL)
		return false;
	for (int i = 0; i < ids.count && done; i++)
	{
		done = wms_direct_find(holds, BY_ID, &ids.values[i], NULL) && wms_direct_lock(holds, LockTupleNoKeyExclusive);
		if (done)
			resolve(holds, DatumGetInt32(units.values[i]), statuses.values[i], values[4]);
	}
	done = done && wms_direct_update(holds, changed, lengthof(changed));
	for (int i = 0; i < ids.count && done; i++)
		wms_direct_return(result, NULL, NULL);
	wms_direct_close(holds);
	return done;
}

/* $1 ids, $2 warehouses: those that are active lapse no more */
bool
wms_direct_keep_holds(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const int changed[] = {EXPIRES_AT};
	WmsOpenTable *holds = wms_direct_open(&stock_reservations, WMS_TO_UPDATE);
	WmsElements ids = wms_elements(values[0], UUIDOID);
	bool		done = true;

	if (holds == NULL)
		return false;
	for (int i = 0; i < ids.count && done; i++)
	{
		CHECK_FOR_INTERRUPTS();
		done = wms_direct_find(holds, BY_ID, &ids.values[i], NULL) &&
			wms_direct_lock(holds, LockTupleNoKeyExclusive) && has_status(holds, "active");
		if (done)
			wms_direct_set(holds, wms_direct_change_row(holds), EXPIRES_AT, (Datum) 0, true);
	}
	done = done && wms_direct_update(holds, changed, lengthof(changed));
	for (int i = 0; i < ids.count && done; i++)
		wms_direct_return(result, NULL, NULL);
	wms_direct_close(holds);
	return done;
}
