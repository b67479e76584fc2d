/*
 * reservation.c
 *		wms_reserve_stock(), wms_release_reservation(), wms_release_reservations() and
 *		wms_consume_reservation(): holds for whoever is not an order or a transfer of ours.
 *
 * Locks: the cart FOR SHARE where stock is held for one; the products (items.c); the stock rows (stock_row.c).
 */
#include "postgres.h"

#include "inventory/reservation.h"

#include "funcapi.h"
#include "inventory/allocation.h"
#include "inventory/batch.h"
#include "inventory/hold_direct.h"
#include "inventory/movement_direct.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/idempotency.h"
#include "support/lines.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_reserve_stock);
PG_FUNCTION_INFO_V1(wms_release_reservation);
PG_FUNCTION_INFO_V1(wms_release_reservations);
PG_FUNCTION_INFO_V1(wms_consume_reservation);

static WmsPlan find_owner = WMS_PLAN(
	"SELECT EXISTS (SELECT FROM sales.orders o WHERE o.id = $2 AND $1 = 'order')"
	"    OR EXISTS (SELECT FROM inventory.stock_transfers t WHERE t.id = $2 AND $1 = 'transfer')",
	TEXTOID, UUIDOID);

static WmsPlan lock_cart = WMS_PLAN(
	"SELECT c.order_id IS NOT NULL FROM sales.carts c WHERE c.id = $1 FOR SHARE", UUIDOID);

static WmsPlan find_hold = WMS_PLAN_DIRECT(wms_direct_read_hold_state, wms_hold_state_types,
	"SELECT r.status, r.reference_type, r.reference_id FROM inventory.stock_reservations r WHERE r.id = $1",
	UUIDOID);

static WmsPlan find_movement = WMS_PLAN_DIRECT(wms_direct_find_sale, wms_found_movement_types,
	"SELECT m.id FROM inventory.stock_movements m"
	" WHERE m.warehouse_id = $1 AND m.product_id = $2 AND m.variant_id IS NOT DISTINCT FROM $3"
	"   AND m.created_at = $4 AND m.type = 'sale'"
	" ORDER BY m.id DESC LIMIT 1",
	UUIDOID, UUIDOID, UUIDOID, TIMESTAMPTZOID);

/* The holds of the last command as JSON, and back: what an idempotency key keeps of it. */
static WmsPlan rows_to_json = WMS_PLAN(
	"SELECT jsonb_agg(jsonb_build_array(r.id, r.warehouse_id, r.product_id, r.variant_id, r.batch_id,"
	"       r.original_quantity) ORDER BY r.id)::text"
	"  FROM inventory.stock_reservations r WHERE r.id = ANY ($1)",
	UUIDARRAYOID);

static WmsPlan rows_from_json = WMS_PLAN(
	"SELECT (e->>0)::uuid, (e->>1)::uuid, (e->>2)::uuid, (e->>3)::uuid, (e->>4)::uuid, (e->>5)::integer"
	"  FROM jsonb_array_elements($1::jsonb) e",
	TEXTOID);

/* Orders and transfers look after their own holds. */
static void
refuse_owned(const char *reference_type, const pg_uuid_t *reference_id)
{
	Datum		values[2];

	if (reference_type == NULL || reference_id == NULL ||
		(strcmp(reference_type, "order") != 0 && strcmp(reference_type, "transfer") != 0))
		return;
	values[0] = CStringGetTextDatum(reference_type);
	values[1] = UUIDPGetDatum(reference_id);
	wms_run(&find_owner, values, NULL);
	if (wms_value_bool(0, 1))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
				 errmsg("the holds of %s %s are made and moved by its own commands", reference_type,
						wms_uuid_text(reference_id)),
				 strcmp(reference_type, "order") == 0 ?
				 errhint("Use wms_place_order(), wms_ship_order() or wms_cancel_order().") :
				 errhint("Use wms_create_transfer(), wms_ship_transfer() or wms_cancel_transfer().")));
}

/* A cart is checked out, merged and emptied with all that it holds: nothing comes in between, nothing after. */
static void
lock_reserving_cart(const char *reference_type, const pg_uuid_t *reference_id)
{
	Datum		value = UUIDPGetDatum(reference_id);

	if (reference_type == NULL || reference_id == NULL || strcmp(reference_type, "cart") != 0)
		return;
	if (wms_run(&lock_cart, &value, NULL) > 0 && wms_value_bool(0, 1))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
				 errmsg("cart %s has become an order and holds nothing any more", wms_uuid_text(reference_id)),
				 errhint("The order holds its stock itself; wms_create_cart() makes a new cart.")));
}

static void
store_rows(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	wms_put_rows(result->setResult);
}

static void
keep_rows(const WmsIdempotency *idempotency)
{
	Datum	   *ids;
	uint64		count = SPI_processed;
	Datum		value;
	bool		isnull;

	if (idempotency->key == NULL)
		return;
	ids = palloc_extended(sizeof(Datum) * count, MCXT_ALLOC_HUGE);
	for (uint64 i = 0; i < count; i++)
		ids[i] = wms_value(i, 1, &isnull);
	value = wms_array(ids, NULL, (int) count, UUIDOID);
	wms_run(&rows_to_json, &value, NULL);
	wms_idempotency_end(idempotency, wms_value_text(0, 1));
}

static void
refuse_nothing_stocked(const WmsHoldRequest *request)
{
	if (request->demand_count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("none of the lines is of a stocked product"),
				 errhint("Postage, fees and the like need no hold.")));
}

static void
reserve(FunctionCallInfo fcinfo, WmsLines *lines, const WmsIdempotency *idempotency)
{
	WmsHoldRequest request = {.may_split = true};

	request.warehouse_id = wms_optional_uuid(fcinfo, 1);
	request.reference_type = wms_optional_name(fcinfo, 2, "reference_type");
	request.reference_id = wms_optional_uuid(fcinfo, 3);
	if (!PG_ARGISNULL(4))
	{
		request.expires = true;
		request.expires_at = wms_arg_expiry(fcinfo, 4, "expires_in", wms_clock());
	}
	refuse_owned(request.reference_type, request.reference_id);
	lock_reserving_cart(request.reference_type, request.reference_id);
	wms_lines_resolve(lines);
	wms_batches_find(lines);
	wms_demands_of_lines(lines, NULL, &request);
	refuse_nothing_stocked(&request);
	wms_hold_stock(&request);
	store_rows(fcinfo);
	keep_rows(idempotency);
}

/* Holds stock; raises WM001, WM004, WM005, WM092, 22023, 22003, 23503. */
Datum
wms_reserve_stock(PG_FUNCTION_ARGS)
{
	WmsLines   *lines = wms_lines_parse(fcinfo, 0, WMS_LINE_BATCH_ID);
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *earlier;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	wms_command_begin(&command);
	earlier = wms_idempotency_begin(fcinfo, &idempotency);
	if (earlier != NULL)
	{
		Datum		value = CStringGetTextDatum(earlier);

		wms_run(&rows_from_json, &value, NULL);
		store_rows(fcinfo);
	}
	else
		reserve(fcinfo, lines, &idempotency);
	wms_command_end(&command);
	return (Datum) 0;
}

static void
refuse_resolved(const pg_uuid_t *id, const char *how)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_RESERVATION_RESOLVED),
			 errmsg("reservation %s holds nothing any more", wms_uuid_text(id)),
			 errdetail("It was %s.", how),
			 errhint("Reserve the stock anew with wms_reserve_stock().")));
}

/* A part that was extended for itself outlives the others. */
static void
drop_lapsed(WmsHeldSet *set)
{
	int			kept = 0;

	for (int i = 0; i < set->count; i++)
		if (!set->helds[i].lapsed)
			set->helds[kept++] = set->helds[i];
	set->count = kept;
}

WmsHeldSet *
wms_reservation_lock(const pg_uuid_t *id, const int32 *units, char **reference_type, pg_uuid_t **reference_id)
{
	Datum		value = UUIDPGetDatum(id);
	WmsHeldSet *set;
	int64		held = 0;
	bool		isnull;

	if (wms_run(&find_hold, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no reservation %s", wms_uuid_text(id)),
				 errhint("The reservations are in inventory.stock_reservations.")));
	*reference_type = wms_value_text(0, 2);
	value = wms_value(0, 3, &isnull);
	*reference_id = isnull ? NULL : DatumGetUUIDP(value);
	refuse_owned(*reference_type, *reference_id);
	set = wms_held_lock_one(id);
	if (set->count == 0)
	{
		value = UUIDPGetDatum(id);
		wms_run(&find_hold, &value, NULL);
		refuse_resolved(id, wms_value_text(0, 1));
	}
	drop_lapsed(set);
	if (set->count == 0)
		refuse_resolved(id, "not used before it lapsed");
	for (int i = 0; i < set->count; i++)
		held += set->helds[i].quantity;
	if (units != NULL && *units > held)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("reservation %s holds fewer units than asked for", wms_uuid_text(id)),
				 errdetail("It holds " INT64_FORMAT ", asked for are %d.", held, *units),
				 *reference_id == NULL ? errhint("Leave quantity out for all that is held.") :
				 errhint("Leave quantity out for all that it holds; wms_reservations() lists what else its reference holds.")));
	return set;
}

/* Leaves so many units, or all of them, from the first on or from the last, and no hold of which there are none. */
static void
keep_units(WmsHeldSet *set, const int32 *units, bool from_last)
{
	int32		open;
	int			kept = 0;

	if (units == NULL)
		return;
	open = *units;
	for (int n = 0; n < set->count && open > 0; n++)
	{
		WmsHeld    *held = &set->helds[from_last ? set->count - 1 - n : n];

		held->units = Min(held->quantity, open);
		open -= held->units;
		kept++;
	}
	if (from_last)
		memmove(set->helds, &set->helds[set->count - kept], sizeof(WmsHeld) * kept);
	set->count = kept;
}

/* Gives units of a hold back; raises WM002, WM004, WM092, 22023. */
Datum
wms_release_reservation(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *id = wms_arg_uuid(fcinfo, 0, "reservation_id");
	const int32 *units = wms_optional_units(fcinfo, 1, "quantity");
	WmsCommand	command;
	WmsHeldSet *set;
	char	   *reference_type;
	pg_uuid_t  *reference_id;
	int32		released;

	wms_command_begin(&command);
	set = wms_reservation_lock(id, units, &reference_type, &reference_id);
	keep_units(set, units, true);
	released = (int32) wms_held_release(set, reference_type, reference_id);
	wms_command_end(&command);
	PG_RETURN_INT32(released);
}

/* Gives back all live holds of a reference; raises WM092, 22023. */
Datum
wms_release_reservations(PG_FUNCTION_ARGS)
{
	char	   *reference_type = wms_arg_text(fcinfo, 0, "reference_type");
	const pg_uuid_t *reference_id = wms_arg_uuid(fcinfo, 1, "reference_id");
	WmsCommand	command;
	WmsHeldSet *set;
	int			live = 0;

	wms_command_begin(&command);
	refuse_owned(reference_type, reference_id);
	set = wms_held_lock_reference(reference_type, reference_id);
	for (int i = 0; i < set->count; i++)
		live += !set->helds[i].lapsed;
	wms_held_release(set, reference_type, reference_id);
	wms_command_end(&command);
	PG_RETURN_INT32(live);
}

static pg_uuid_t
movement_of(const WmsHeldSet *set)
{
	const WmsHeld *held = &set->helds[0];
	bool		nulls[4] = {false};
	Datum		values[4];
	bool		isnull;

	values[0] = UUIDPGetDatum(&held->warehouse_id);
	values[1] = UUIDPGetDatum(&held->item.product_id);
	values[2] = wms_uuid_param(wms_item_variant(&held->item), &nulls[2]);
	values[3] = TimestampTzGetDatum(set->instant);
	if (wms_run(&find_movement, values, nulls) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("a row of inventory.stock_movements was not written as it was to be"),
				 errdetail("The sale of the consumed units is not found by its stock row, type and instant."),
				 errhint("A trigger of the user on the table changed what a command of wms writes; let it leave the "
						 "columns of wms alone.")));
	return *DatumGetUUIDP(wms_value(0, 1, &isnull));
}

/* Turns units of a hold into a sale; raises WM001, WM002, WM004, WM092, 22023. */
Datum
wms_consume_reservation(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *id = wms_arg_uuid(fcinfo, 0, "reservation_id");
	const int32 *units = wms_optional_units(fcinfo, 1, "quantity");
	WmsCommand	command;
	WmsHeldSet *set;
	WmsStockReason reason = {.movement = "sale", .track = "sold"};
	char	   *reference_type;
	pg_uuid_t  *reference_id;
	pg_uuid_t  *movement = palloc(sizeof(pg_uuid_t));

	wms_command_begin(&command);
	set = wms_reservation_lock(id, units, &reference_type, &reference_id);
	reason.reference_type = reference_type;
	reason.reference_id = reference_id;
	reason.instant = set->instant;
	keep_units(set, units, false);
	wms_held_consume(set, &reason);
	*movement = movement_of(set);
	wms_command_end(&command);
	PG_RETURN_UUID_P(movement);
}
