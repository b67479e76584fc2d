/*
 * order_place.c
 *		wms_place_order(): lines become a priced order that holds its stock.
 *
 * Locks: the idempotency key; then those of placement.c.
 */
#include "postgres.h"

#include "sales/placement.h"
#include "support/args.h"
#include "support/command.h"
#include "support/idempotency.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(wms_place_order);

static WmsPlacement *
read_arguments(FunctionCallInfo fcinfo)
{
	WmsPlacement *order = palloc0(sizeof(WmsPlacement));

	order->command = "wms_place_order";
	order->lines = wms_lines_parse(fcinfo, 0, WMS_LINE_UNIT_PRICE | WMS_LINE_BATCH_ID);
	order->user_id = wms_optional_uuid(fcinfo, 1);
	order->shipping_address = wms_placement_address(fcinfo, 2, "shipping_address");
	order->shipping_method = wms_optional_name(fcinfo, 3, "shipping_method");
	order->billing_address = wms_placement_address(fcinfo, 4, "billing_address");
	order->coupon_code = wms_optional_name(fcinfo, 5, "coupon_code");
	order->customer_notes = wms_optional_text(fcinfo, 6);
	order->agent_id = wms_optional_uuid(fcinfo, 7);
	order->warehouse_id = wms_optional_uuid(fcinfo, 8);
	order->guest_email = wms_optional_name(fcinfo, 9, "guest_email");
	order->channel = wms_optional_name(fcinfo, 10, "channel");
	order->expected_total = PG_ARGISNULL(11) ? NULL : PG_GETARG_NUMERIC(11);
	return order;
}

/* Places an order; raises WM001, WM004, WM005, WM006, WM009, WM012, 22023, 22003, 22P02, 23503. */
Datum
wms_place_order(PG_FUNCTION_ARGS)
{
	WmsPlacement *order = read_arguments(fcinfo);
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *earlier;

	wms_command_begin_own(&command);
	earlier = wms_idempotency_begin(fcinfo, &idempotency);
	if (earlier != NULL)
		*result = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(earlier)));
	else
	{
		wms_placement_place(order);
		*result = order->id;
		wms_idempotency_end(&idempotency, psprintf("\"%s\"", wms_uuid_text(&order->id)));
	}
	wms_command_end(&command);
	PG_RETURN_UUID_P(result);
}
