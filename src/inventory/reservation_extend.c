/*
 * reservation_extend.c
 *		wms_extend_reservation(): a live hold lapses later.
 *
 * Locks: the product and the stock row of the hold (reservation.c); the row is touched, since a sum over its
 * live holds depends on when they lapse.
 */
#include "postgres.h"

#include "inventory/reservation.h"

#include "support/args.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/command.h"

PG_FUNCTION_INFO_V1(wms_extend_reservation);

/* Never earlier than it would have lapsed anyway. */
static WmsPlan write_expiry = WMS_PLAN(
	"UPDATE inventory.stock_reservations r SET expires_at = greatest(r.expires_at, $3)"
	" WHERE r.id = ANY ($1) AND r.warehouse_id = $2 AND r.expires_at IS NOT NULL"
	" RETURNING r.expires_at",
	UUIDARRAYOID, UUIDOID, TIMESTAMPTZOID);

static void
touch_row(const WmsHeld *held, TimestampTz instant)
{
	WmsStockChange change = {.warehouse_id = held->warehouse_id, .product_id = held->item.product_id,
	.variant_id = held->item.variant_id, .has_variant = held->item.has_variant};
	WmsStockReason reason = {.instant = instant};

	wms_stock_change(&change, 1, &reason);
}

/* A hold and its parts lapse together. */
static Datum
ids_of(const WmsHeldSet *set)
{
	WmsColumn  *ids = wms_column(UUIDOID);

	for (int i = 0; i < set->count; i++)
		wms_column_add_uuid(ids, &set->helds[i].id);
	return wms_column_array(ids);
}

/* Returns when the hold lapses, NULL for never; raises WM002, WM004, WM092, 22023. */
Datum
wms_extend_reservation(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *id = wms_arg_uuid(fcinfo, 0, "reservation_id");
	TimestampTz until = wms_arg_expiry(fcinfo, 1, "expires_in", wms_clock());
	WmsCommand	command;
	WmsHeldSet *set;
	char	   *reference_type;
	pg_uuid_t  *reference_id;
	Datum		values[3];
	bool		isnull = true;

	wms_command_begin(&command);
	set = wms_reservation_lock(id, NULL, &reference_type, &reference_id);
	until = wms_arg_expiry(fcinfo, 1, "expires_in", set->instant);
	values[0] = ids_of(set);
	values[1] = UUIDPGetDatum(&set->helds[0].warehouse_id);
	values[2] = TimestampTzGetDatum(until);
	if (wms_run(&write_expiry, values, NULL) > 0)
		until = DatumGetTimestampTz(wms_value(0, 1, &isnull));
	touch_row(&set->helds[0], set->instant);
	wms_command_end(&command);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(until);
}
