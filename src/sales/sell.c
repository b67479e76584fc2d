/*
 * sell.c
 *		wms_sell(): a sale over the counter, from placed to delivered and paid in one command.
 *
 * The goods leave right after they were placed, under the locks that the placement took: whatever is locked
 * after stock and batches comes after both.  The statuses follow, each with its own effects.
 *
 * Locks: the idempotency key; the coupon; the products; the warehouse; the stock rows, once; batches; the agent
 * FOR KEY SHARE; his targets; the customer's profile last.  The order, its holds, payment and commissions are new.
 */
#include "postgres.h"

#include "sales/amount.h"
#include "sales/order_holds.h"
#include "sales/order_status.h"
#include "sales/payment.h"
#include "sales/placement.h"
#include "support/access.h"
#include "support/args.h"
#include "support/command.h"
#include "support/idempotency.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(wms_sell);

static const char *const steps[] = {"confirmed", "processing", "packed", "shipped", "delivered"};

static WmsPlacement *
read_arguments(FunctionCallInfo fcinfo, char **payment_method)
{
	WmsPlacement *order = palloc0(sizeof(WmsPlacement));

	order->command = "wms_sell";
	order->channel = "counter";
	order->handed_over = true;
	order->lines = wms_lines_parse(fcinfo, 0, WMS_LINE_UNIT_PRICE | WMS_LINE_BATCH_ID);
	order->warehouse_id = wms_arg_uuid(fcinfo, 1, "warehouse_id");
	*payment_method = wms_arg_payment_method(fcinfo, 2);
	order->user_id = wms_optional_uuid(fcinfo, 3);
	order->agent_id = wms_optional_uuid(fcinfo, 4);
	order->coupon_code = wms_optional_name(fcinfo, 5, "coupon_code");
	order->guest_email = wms_optional_name(fcinfo, 6, "guest_email");
	return order;
}

static int64
cents_of(Numeric amount)
{
	Datum		cents = DirectFunctionCall2(numeric_mul, NumericGetDatum(amount),
											NumericGetDatum(int64_to_numeric(100)));

	return DatumGetInt64(DirectFunctionCall1(numeric_int8, cents));
}

/* Holds that may lapse are made permanent first: what leaves is what was held. */
static void
sell(WmsPlacement *order, char *payment_method)
{
	int64		cents;

	wms_placement_place(order);
	wms_order_holds_secure(&order->id, order->warehouse_id, true);
	wms_order_holds_consume(&order->id);
	cents = cents_of(order->quote.total);
	if (cents > 0)
		wms_payment_take(&order->id, payment_method, cents);
	for (int i = 0; i < lengthof(steps); i++)
		wms_order_advance(&order->id, steps[i]);
}

/* Sells over the counter; raises WM001, WM004, WM005, WM009, WM012, 22023, 22003, 22P02, 23503. */
Datum
wms_sell(PG_FUNCTION_ARGS)
{
	char	   *payment_method;
	WmsPlacement *order = read_arguments(fcinfo, &payment_method);
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *earlier;

	wms_command_begin_own(&command);
	wms_access_staff();
	earlier = wms_idempotency_begin(fcinfo, &idempotency);
	if (earlier != NULL)
		*result = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(earlier)));
	else
	{
		sell(order, payment_method);
		*result = order->id;
		wms_idempotency_end(&idempotency, psprintf("\"%s\"", wms_uuid_text(&order->id)));
	}
	wms_command_end(&command);
	PG_RETURN_UUID_P(result);
}
