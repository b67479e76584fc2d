/*
 * cart_quote.c
 *		wms_quote_cart() and wms_quote_order(): what an order would cost now, and what would keep it from being
 *		placed.
 *
 * Takes no locks and writes nothing: the rules are those of a checkout, asked as queries.  They count
 * everybody's holds and redemptions, so they read as the owner of the tables.
 */
#include "postgres.h"

#include "funcapi.h"
#include "inventory/batch.h"
#include "inventory/demand.h"
#include "sales/cart_row.h"
#include "sales/placement.h"
#include "support/access.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_quote_cart);
PG_FUNCTION_INFO_V1(wms_quote_order);

static WmsPlan read_warehouse = WMS_PLAN(
	"SELECT FROM inventory.warehouses w WHERE w.id = $1 AND w.deleted_at IS NULL", UUIDOID);

/* What would keep an order from being placed; line 0 = all of it. */
typedef struct Problem
{
	int			line;
	int			number;			/* in which order they were found */
	const char *code;
	const char *message;
} Problem;

typedef struct Quoting
{
	WmsPlacement order;
	const WmsCart *cart;		/* NULL = lines that are in no cart */
	WmsLines   *good;			/* the lines that can be priced */
	bool		no_warehouse;	/* there is none of that id: nothing can be said of its stock */
	int			problem_count;
	int			problem_capacity;
	Problem    *problems;
} Quoting;

static void
add_problem_of(Quoting *quoting, int line, const char *code, const char *message)
{
	Problem    *problem;

	if (quoting->problem_count == quoting->problem_capacity)
	{
		quoting->problem_capacity = Max(16, quoting->problem_capacity * 2);
		quoting->problems = quoting->problems == NULL ?
			palloc_extended(sizeof(Problem) * quoting->problem_capacity, MCXT_ALLOC_HUGE) :
			repalloc_huge(quoting->problems, sizeof(Problem) * quoting->problem_capacity);
	}
	problem = &quoting->problems[quoting->problem_count];
	problem->line = line;
	problem->number = quoting->problem_count++;
	problem->code = code;
	problem->message = message;
}

static void
add_problem(Quoting *quoting, int line, int code, const char *message)
{
	add_problem_of(quoting, line, pstrdup(unpack_sql_state(code)), message);
}

/* By line, those of all of it last. */
static int
compare_problems(const void *a, const void *b)
{
	const Problem *x = a;
	const Problem *y = b;

	if (x->line != y->line)
		return (unsigned int) (x->line - 1) < (unsigned int) (y->line - 1) ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static Datum
problems_as_jsonb(Quoting *quoting)
{
	StringInfoData json;

	qsort(quoting->problems, quoting->problem_count, sizeof(Problem), compare_problems);
	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	for (int i = 0; i < quoting->problem_count; i++)
	{
		const Problem *problem = &quoting->problems[i];

		appendStringInfo(&json, "%s{\"line\": %s, \"code\": \"%s\", \"message\": ", i == 0 ? "" : ", ",
						 problem->line == 0 ? "null" : psprintf("%d", problem->line), problem->code);
		escape_json(&json, problem->message);
		appendStringInfoChar(&json, '}');
	}
	appendStringInfoChar(&json, ']');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

static void
look_at_parties(Quoting *quoting)
{
	WmsPlacement *order = &quoting->order;
	int			code = ERRCODE_WMS_OBJECT_NOT_FOUND;

	wms_placement_read_parties(order, true);
	if (order->no_user)
		add_problem(quoting, 0, code, psprintf("there is no user %s", wms_uuid_text(order->user_id)));
	if (order->no_shipping_method)
		add_problem(quoting, 0, code, psprintf("there is no shipping method %s", wms_shown(order->shipping_method)));
}

static void
look_at_warehouse(Quoting *quoting)
{
	const pg_uuid_t *id = quoting->order.warehouse_id;
	Datum		value = UUIDPGetDatum(id);

	quoting->no_warehouse = id != NULL && wms_read(&read_warehouse, &value, NULL) == 0;
	if (quoting->no_warehouse)
		add_problem(quoting, 0, ERRCODE_WMS_OBJECT_NOT_FOUND,
					psprintf("there is no warehouse %s", wms_uuid_text(id)));
}

static void
add_coupon_problem(Quoting *quoting, const char *why)
{
	quoting->order.coupon = NULL;
	add_problem(quoting, 0, ERRCODE_WMS_COUPON_NOT_APPLICABLE,
				psprintf("coupon \"%s\" does not apply: %s", wms_shown(quoting->order.coupon_code), why));
}

/* A guest says who he is at checkout: until then he may have what is limited per customer, and is told so. */
static void
look_at_coupon(Quoting *quoting)
{
	WmsPlacement *order = &quoting->order;
	WmsCouponUse use = {.code = order->coupon_code, .user_id = order->user_id, .email = order->email,
	.stranger = order->is_stranger, .customer_later = quoting->cart != NULL, .query = true};
	const char *why;

	if (order->coupon_code == NULL)
		return;
	order->coupon = wms_coupon_look_up(&use, &why);
	if (order->coupon == NULL)
		add_coupon_problem(quoting, why);
	else if (order->coupon->wants_customer)
		add_problem(quoting, 0, ERRCODE_WMS_COUPON_NOT_APPLICABLE,
					psprintf("coupon \"%s\" is limited per customer: it needs guest_email at checkout",
							 order->coupon->code));
}

/* So many of a kit that its components cannot be counted. */
static void
look_at_kits(WmsLines *lines)
{
	for (int i = 0; i < lines->count; i++)
		for (int c = 0; c < lines->lines[i].component_count; c++)
			if ((int64) lines->lines[i].quantity * lines->lines[i].components[c].units > PG_INT32_MAX)
				wms_line_refuse(lines, &lines->lines[i], ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
								"quantity is out of range", NULL, NULL);
}

/* Leaves the lines that can be ordered. */
static void
look_at_lines(Quoting *quoting)
{
	WmsLines   *lines = quoting->order.lines;

	lines->noted = true;
	lines->query = true;
	wms_lines_resolve(lines);
	wms_batches_find(lines);
	wms_access_prices(lines);
	look_at_kits(lines);
	for (int i = 0; i < lines->count; i++)
		if (lines->lines[i].refusal != NULL)
			add_problem(quoting, lines->lines[i].number, lines->lines[i].refusal_code, lines->lines[i].refusal);
	quoting->good = wms_lines_not_refused(lines);
}

static void
price(Quoting *quoting)
{
	WmsPlacement *order = &quoting->order;
	WmsQuote   *quote = &order->quote;
	const char *what;
	int			line;
	Numeric		amount;

	quote->lines = quoting->good;
	quote->user_id = order->user_id;
	quote->shipping_method_id = order->shipping_method_id;
	quote->coupon_id = order->coupon == NULL ? NULL : &order->coupon->id;
	quote->query = true;
	wms_quote(quote);
	what = order->coupon == NULL ? NULL : wms_coupon_subtotal_refusal(order->coupon, quote->subtotal);
	if (what != NULL)
	{
		add_coupon_problem(quoting, what);
		quote->coupon_id = NULL;
		wms_quote(quote);
	}
	what = wms_quote_too_large(quote, &line, &amount);
	if (what != NULL)
		add_problem(quoting, line, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, psprintf("%s is out of range", what));
}

/* What the customer has seen in his cart and will not get. */
static void
compare_prices(Quoting *quoting)
{
	for (int i = 0; i < quoting->good->count; i++)
	{
		const WmsLine *line = &quoting->good->lines[i];
		Numeric		shown = quoting->cart->prices[line->number - 1];
		Numeric		now = quoting->order.quote.priced[i].unit_price;

		if (!DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(shown), NumericGetDatum(now))))
			add_problem_of(quoting, line->number, "price_changed",
						   psprintf("the price of \"%s\" is %s; it was %s when it was put in", line->item.sku,
									numeric_normalize(now), numeric_normalize(shown)));
	}
}

static void
look_at_stock(Quoting *quoting)
{
	WmsHoldRequest request = {.warehouse_id = quoting->order.warehouse_id, .may_split = wms_split_orders};
	WmsShortDemand *shorts;
	int			count;

	if (quoting->no_warehouse)
		return;
	if (quoting->cart != NULL)
	{
		request.own_type = "cart";
		request.own_id = &quoting->cart->id;
	}
	wms_demands_of_lines(quoting->good, NULL, &request);
	shorts = wms_demands_short(&request, &count);
	for (int i = 0; i < count; i++)
		add_problem(quoting, shorts[i].demand->line->number, ERRCODE_WMS_INSUFFICIENT_STOCK,
					psprintf("insufficient stock of \"%s\": " INT64_FORMAT " wanted, " INT64_FORMAT " available",
							 shorts[i].demand->item->sku, shorts[i].requested, shorts[i].available));
}

static void
look_at_all(Quoting *quoting)
{
	look_at_parties(quoting);
	look_at_warehouse(quoting);
	look_at_coupon(quoting);
	look_at_lines(quoting);
	if (quoting->good->count == 0)
		return;
	price(quoting);
	if (quoting->cart != NULL)
		compare_prices(quoting);
	look_at_stock(quoting);
}

/* In cents, as an order keeps it; nothing was priced where there is none. */
static Datum
in_cents(Numeric amount)
{
	return DirectFunctionCall2(numeric_round, NumericGetDatum(amount == NULL ? int64_to_numeric(0) : amount),
							   Int32GetDatum(2));
}

static void
return_quote(FunctionCallInfo fcinfo, Quoting *quoting)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	WmsQuote   *quote = &quoting->order.quote;
	bool		nulls[6] = {false};
	Datum		values[6] = {in_cents(quote->subtotal), in_cents(quote->discount_amount), in_cents(quote->shipping_cost),
	in_cents(quote->tax_amount), in_cents(quote->total), problems_as_jsonb(quoting)};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* The cart as wms_checkout() would take it; one that it would refuse costs nothing. */
static void
quote_cart(Quoting *quoting, const pg_uuid_t *cart_id)
{
	WmsCart    *cart = wms_cart_look_at(cart_id);
	const char *refusal = cart == NULL ? "does not exist" : cart->refusal;

	if (refusal == NULL)
	{
		wms_cart_read_lines(cart, true);
		refusal = cart->lines->count == 0 ? "is empty" : NULL;
	}
	if (refusal != NULL)
	{
		add_problem(quoting, 0, ERRCODE_WMS_OBJECT_NOT_FOUND,
					psprintf("cart %s %s", wms_uuid_text(cart_id), refusal));
		return;
	}
	quoting->cart = cart;
	quoting->order.lines = cart->lines;
	quoting->order.user_id = cart->user_id;
	quoting->order.coupon_code = cart->coupon_code;
	look_at_all(quoting);
}

/* wms_quote_cart(cart_id uuid, shipping_method text) → table (...); raises WM012, 22023. */
Datum
wms_quote_cart(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *cart_id = wms_arg_uuid(fcinfo, 0, "cart_id");
	Quoting		quoting = {.order.shipping_method = wms_optional_name(fcinfo, 1, "shipping_method")};
	WmsCommand	command;

	InitMaterializedSRF(fcinfo, 0);
	wms_command_begin_own(&command);
	wms_access_cart(cart_id, true);
	quote_cart(&quoting, cart_id);
	return_quote(fcinfo, &quoting);
	wms_command_end(&command);
	return (Datum) 0;
}

/* wms_quote_order(lines jsonb, ...) → table (...); raises what malformed lines raise, WM012 and 22023. */
Datum
wms_quote_order(PG_FUNCTION_ARGS)
{
	Quoting		quoting = {.order.lines = wms_lines_parse(fcinfo, 0, WMS_LINE_UNIT_PRICE | WMS_LINE_BATCH_ID)};
	WmsPlacement *order = &quoting.order;
	WmsCommand	command;

	order->user_id = wms_optional_uuid(fcinfo, 1);
	order->shipping_method = wms_optional_name(fcinfo, 2, "shipping_method");
	order->coupon_code = wms_optional_name(fcinfo, 3, "coupon_code");
	order->warehouse_id = wms_optional_uuid(fcinfo, 4);
	order->guest_email = wms_optional_name(fcinfo, 5, "guest_email");
	InitMaterializedSRF(fcinfo, 0);
	wms_command_begin_own(&command);
	wms_access_buyer(order->user_id, true);
	look_at_all(&quoting);
	return_quote(fcinfo, &quoting);
	wms_command_end(&command);
	return (Datum) 0;
}
