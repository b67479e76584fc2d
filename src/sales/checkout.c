/*
 * checkout.c
 *		wms_checkout(): a cart becomes an order, once.
 *
 * Locks: the idempotency key; the cart FOR UPDATE; then those of placement.c, the stock rows of what the cart
 * holds together with those of what it orders.  Lines and total come from one reading of the locked cart.
 */
#include "postgres.h"

#include "sales/cart_row.h"
#include "sales/placement.h"
#include "support/access.h"
#include "support/args.h"
#include "support/command.h"
#include "support/idempotency.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(wms_checkout);

static WmsPlan consume_cart = WMS_PLAN(
	"UPDATE sales.carts c SET order_id = $2, coupon_discount = $3, updated_at = CURRENT_TIMESTAMP WHERE c.id = $1"
	" RETURNING c.order_id = $2",
	UUIDOID, UUIDOID, NUMERICOID);

static WmsPlacement *
read_arguments(FunctionCallInfo fcinfo)
{
	WmsPlacement *order = palloc0(sizeof(WmsPlacement));

	order->command = "wms_checkout";
	order->own_type = "cart";
	order->own_id = wms_arg_uuid(fcinfo, 0, "cart_id");
	order->shipping_address = wms_placement_address(fcinfo, 1, "shipping_address");
	order->shipping_method = wms_optional_name(fcinfo, 2, "shipping_method");
	order->billing_address = wms_placement_address(fcinfo, 3, "billing_address");
	order->customer_notes = wms_optional_text(fcinfo, 4);
	order->agent_id = wms_optional_uuid(fcinfo, 5);
	order->warehouse_id = wms_optional_uuid(fcinfo, 6);
	order->guest_email = wms_optional_name(fcinfo, 7, "guest_email");
	order->expected_total = PG_ARGISNULL(8) ? NULL : PG_GETARG_NUMERIC(8);
	return order;
}

static void
check_out(WmsPlacement *order)
{
	WmsCart    *cart = wms_cart_lock(order->own_id);
	Datum		values[3];

	wms_cart_read_lines(cart, false);
	if (cart->lines->count == 0)
		wms_cart_refuse(order->own_id, "is empty", "Put something in with wms_set_cart_item().");
	order->lines = cart->lines;
	order->user_id = cart->user_id;
	order->coupon_code = cart->coupon_code;
	wms_placement_place(order);
	values[0] = UUIDPGetDatum(&cart->id);
	values[1] = UUIDPGetDatum(&order->id);
	values[2] = NumericGetDatum(order->quote.discount_amount);
	wms_run_unaltered(&consume_cart, values, NULL, 1);
}

/* Places what is in a cart as an order; raises WM001, WM004, WM005, WM006, WM009, WM012, 22023, 22003, 23503. */
Datum
wms_checkout(PG_FUNCTION_ARGS)
{
	WmsPlacement *order = read_arguments(fcinfo);
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *earlier;

	wms_command_begin_own(&command);
	wms_access_cart(order->own_id, false);
	earlier = wms_idempotency_begin(fcinfo, &idempotency);
	if (earlier != NULL)
		*result = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(earlier)));
	else
	{
		check_out(order);
		*result = order->id;
		wms_idempotency_end(&idempotency, psprintf("\"%s\"", wms_uuid_text(&order->id)));
	}
	wms_command_end(&command);
	PG_RETURN_UUID_P(result);
}
