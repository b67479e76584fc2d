/*
 * placement.c
 *		An order on its way to be written: priced, its coupon redeemed, its stock held.
 *
 * Locks: the user and the agent FOR KEY SHARE, which their deletion waits for; the coupon; the products; a named
 * warehouse; the stock rows; the customer's profile where it is new.
 * The order itself is new.
 */
#include "postgres.h"

#include "sales/placement.h"

#include "crm/profile.h"
#include "inventory/allocation.h"
#include "inventory/batch.h"
#include "sales/order_direct.h"
#include "sales/order_history.h"
#include "sales/order_lines_direct.h"
#include "support/access.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/document_number.h"
#include "support/errors.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

static WmsPlan lock_user = WMS_PLAN("SELECT FROM auth.users u WHERE u.id = $1 FOR KEY SHARE", UUIDOID);
static WmsPlan lock_agent = WMS_PLAN("SELECT FROM agent.agents a WHERE a.id = $1 FOR KEY SHARE", UUIDOID);

static WmsPlan read_parties = WMS_PLAN(
	"SELECT (SELECT u.deleted_at IS NULL FROM auth.users u WHERE u.id = $1),"
	"       (SELECT u.email FROM auth.users u WHERE u.id = $1),"
	"       (SELECT a.deleted_at IS NULL FROM agent.agents a WHERE a.id = $2),"
	"       (SELECT m.id FROM sales.shipping_methods m WHERE m.code = $3 AND m.is_active),"
	"       (SELECT jsonb_strip_nulls(jsonb_build_object('label', d.label, 'recipient_name', d.recipient_name,"
	"               'phone', d.phone, 'address_line1', d.address_line1, 'address_line2', d.address_line2,"
	"               'city', d.city, 'state', d.state, 'postcode', d.postcode, 'country', d.country))"
	"          FROM crm.addresses d WHERE d.user_id = $1 AND d.is_default)",
	UUIDOID, UUIDOID, TEXTOID);

static WmsPlan write_order = WMS_PLAN_DIRECT(wms_direct_write_order, wms_unaltered_types,
	"INSERT INTO sales.orders (id, order_number, user_id, guest_email, agent_id, channel, subtotal,"
	"       shipping_cost, tax_amount, discount_amount, total, coupon_code, coupon_discount,"
	"       shipping_method, shipping_address, billing_address, warehouse_id, customer_notes)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
	" RETURNING id = $1 AND status = 'pending' AND total = $11",
	UUIDOID, TEXTOID, UUIDOID, TEXTOID, UUIDOID, TEXTOID, NUMERICOID, NUMERICOID, NUMERICOID, NUMERICOID,
	NUMERICOID, TEXTOID, NUMERICOID, TEXTOID, JSONBOID, JSONBOID, UUIDOID, TEXTOID);

static WmsPlan write_items = WMS_PLAN_DIRECT(wms_direct_write_order_items, NULL,
	"INSERT INTO sales.order_items (order_id, id, line_number, product_id, variant_id, sku, name, variant_name,"
	"       quantity, unit_price, unit_cost, total_price, discount_amount, tax_amount)"
	"SELECT $1, u.id, u.line_number, u.product_id, u.variant_id, u.sku, u.name, u.variant_name,"
	"       u.quantity, u.unit_price, u.unit_cost, u.total_price, u.discount_amount, u.tax_amount"
	"  FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
	"       AS u(id, line_number, product_id, variant_id, sku, name, variant_name, quantity, unit_price,"
	"            unit_cost, total_price, discount_amount, tax_amount)",
	UUIDOID, UUIDARRAYOID, INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
	INT4ARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID);

Jsonb *
wms_placement_address(FunctionCallInfo fcinfo, int n, const char *name)
{
	Jsonb	   *address;

	if (PG_ARGISNULL(n))
		return NULL;
	address = PG_GETARG_JSONB_P(n);
	if (!JB_ROOT_IS_OBJECT(address))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", name),
				 errhint("Pass for example {\"recipient_name\": \"A. Tan\", \"city\": \"Ipoh\"}.")));
	return address;
}

void
wms_placement_read_parties(WmsPlacement *order, bool query)
{
	Datum		values[3];
	bool		nulls[3] = {false};
	bool		isnull;
	Datum		value;

	order->is_stranger = !wms_access_knows_buyer(order->user_id, query);
	if (!order->is_stranger)
		order->email = order->guest_email;
	if (order->user_id == NULL && order->agent_id == NULL && order->shipping_method == NULL)
		return;
	values[0] = wms_uuid_param(order->user_id, &nulls[0]);
	values[1] = wms_uuid_param(order->agent_id, &nulls[1]);
	values[2] = wms_text_param(order->shipping_method, &nulls[2]);
	(query ? wms_read : wms_run) (&read_parties, values, nulls);
	order->no_user = order->user_id != NULL && !wms_value_bool(0, 1);
	if (!order->is_stranger && order->user_id != NULL)
		order->email = wms_value_text(0, 2);
	order->no_agent = order->agent_id != NULL && !wms_value_bool(0, 3);
	value = wms_value(0, 4, &isnull);
	order->shipping_method_id = isnull ? NULL : DatumGetUUIDP(value);
	order->no_shipping_method = order->shipping_method != NULL && isnull;
	value = wms_value(0, 5, &isnull);
	if (order->shipping_address == NULL && !isnull && !order->handed_over && !order->is_stranger)
		order->shipping_address = DatumGetJsonbP(value);
}

static void
refuse_party(const WmsPlacement *order, const char *what, const char *which, const char *or)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
			 errmsg("there is no %s %s", what, wms_shown(which)),
			 errdetail("It is unknown or %s.", or),
			 errhint("Check the argument of %s().", order->command)));
}

/* Orders are found by the city they go to. */
static void
check_city(Jsonb *address)
{
	LOCAL_FCINFO(call, 2);
	Datum		city;

	if (address == NULL)
		return;
	InitFunctionCallInfoData(*call, NULL, 2, InvalidOid, NULL, NULL);
	call->args[0].value = JsonbPGetDatum(address);
	call->args[1].value = CStringGetTextDatum("city");
	city = jsonb_object_field_text(call);
	if (!call->isnull)
		wms_refuse_long_name("city of shipping_address", TextDatumGetCString(city));
}

/* Whoever is being deleted is read by the statement that follows, as he is then. */
static void
lock_parties(const WmsPlacement *order)
{
	Datum		user_id = UUIDPGetDatum(order->user_id);
	Datum		agent_id = UUIDPGetDatum(order->agent_id);

	if (order->user_id != NULL)
		wms_run(&lock_user, &user_id, NULL);
	if (order->agent_id != NULL)
		wms_run(&lock_agent, &agent_id, NULL);
}

/* Who buys, who sells, how it is shipped and where to. */
static void
find_parties(WmsPlacement *order)
{
	lock_parties(order);
	wms_placement_read_parties(order, false);
	if (order->no_user)
		refuse_party(order, "user", wms_uuid_text(order->user_id), "deleted");
	if (order->no_agent)
		refuse_party(order, "agent", wms_uuid_text(order->agent_id), "deleted");
	if (order->no_shipping_method)
		refuse_party(order, "shipping method", order->shipping_method, "not active");
	check_city(order->shipping_address);
}

/* For whom, by whom and at what price the caller may sell. */
static void
check_access(WmsPlacement *order)
{
	wms_access_prices(order->lines);
	wms_access_buyer(order->user_id, false);
	order->agent_id = wms_access_seller(order->agent_id);
}

static pg_uuid_t
new_uuid(void)
{
	return *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0));
}

static void
price(WmsPlacement *order)
{
	order->quote.lines = order->lines;
	order->quote.user_id = order->user_id;
	order->quote.coupon_id = order->coupon == NULL ? NULL : &order->coupon->id;
	order->quote.shipping_method_id = order->shipping_method_id;
	wms_quote(&order->quote);
	if (order->coupon != NULL)
		wms_coupon_check_subtotal(order->coupon, order->quote.subtotal);
	if (order->expected_total != NULL &&
		!DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(order->expected_total),
										  NumericGetDatum(order->quote.total))))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_EXPECTATION_FAILED),
				 errmsg("the total is not the expected one"),
				 errdetail("It is %s, expected was %s.", numeric_normalize(order->quote.total),
						   numeric_normalize(order->expected_total)),
				 errhint("Show the customer the new total and place the order again.")));
}

static void
hold(WmsPlacement *order)
{
	WmsHoldRequest request = {0};

	order->line_ids = palloc_extended(sizeof(pg_uuid_t) * order->lines->count, MCXT_ALLOC_HUGE);
	for (int i = 0; i < order->lines->count; i++)
		order->line_ids[i] = new_uuid();
	wms_demands_of_lines(order->lines, order->line_ids, &request);
	request.warehouse_id = order->warehouse_id;
	request.may_split = wms_split_orders;
	request.reference_type = "order";
	request.reference_id = &order->id;
	request.own_type = order->own_type;
	request.own_id = order->own_id;
	request.expires = wms_order_hold > 0;
	request.expires_at = TimestampTzPlusMilliseconds(wms_clock(), (int64) wms_order_hold * 1000);
	if (request.demand_count == 0 && order->warehouse_id != NULL)
		wms_lock_warehouse(order->warehouse_id);
	wms_hold_stock(&request);
	if (request.hold_count > 0)
		order->warehouse_id = &request.holds[0].warehouse_id;
	for (int i = 1; i < request.hold_count; i++)
		if (!wms_uuid_equal(&request.holds[0].warehouse_id, &request.holds[i].warehouse_id))
			order->warehouse_id = NULL;
}

static void
insert_order(WmsPlacement *order)
{
	Datum		values[18];
	bool		nulls[18] = {false};
	WmsQuote   *quote = &order->quote;

	values[0] = UUIDPGetDatum(&order->id);
	values[1] = PointerGetDatum(wms_document_number("ORD", "sales", "order_number_seq"));
	values[2] = wms_uuid_param(order->user_id, &nulls[2]);
	values[3] = wms_text_param(order->guest_email, &nulls[3]);
	values[4] = wms_uuid_param(order->agent_id, &nulls[4]);
	values[5] = CStringGetTextDatum(order->channel == NULL ? "web" : order->channel);
	values[6] = NumericGetDatum(quote->subtotal);
	values[7] = NumericGetDatum(quote->shipping_cost);
	values[8] = NumericGetDatum(quote->tax_amount);
	values[9] = NumericGetDatum(quote->discount_amount);
	values[10] = NumericGetDatum(quote->total);
	values[11] = wms_text_param(order->coupon == NULL ? NULL : order->coupon->code, &nulls[11]);
	values[12] = NumericGetDatum(quote->discount_amount);
	values[13] = wms_text_param(order->shipping_method, &nulls[13]);
	values[14] = JsonbPGetDatum(order->shipping_address);
	nulls[14] = order->shipping_address == NULL;
	values[15] = JsonbPGetDatum(order->billing_address);
	nulls[15] = order->billing_address == NULL;
	values[16] = wms_uuid_param(order->warehouse_id, &nulls[16]);
	values[17] = wms_text_param(order->customer_notes, &nulls[17]);
	wms_run_unaltered(&write_order, values, nulls, 1);
}

void
wms_placement_write_lines(const WmsPlacement *order)
{
	static const Oid types[] = {UUIDOID, INT4OID, UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, INT4OID,
		NUMERICOID, NUMERICOID, NUMERICOID, NUMERICOID, NUMERICOID};
	WmsColumn  *columns[lengthof(types)];
	Datum		values[lengthof(types) + 1];

	for (int c = 0; c < lengthof(types); c++)
		columns[c] = wms_column(types[c]);
	for (int i = 0; i < order->lines->count; i++)
	{
		const WmsLine *line = &order->lines->lines[i];
		const WmsQuoteLine *priced = &order->quote.priced[i];

		wms_column_add_uuid(columns[0], &order->line_ids[i]);
		wms_column_add_int(columns[1], line->number);
		wms_column_add_uuid(columns[2], &line->item.product_id);
		wms_column_add_uuid(columns[3], wms_item_variant(&line->item));
		wms_column_add_text(columns[4], line->item.sku);
		wms_column_add_text(columns[5], line->item.name);
		wms_column_add_text(columns[6], line->item.variant_name);
		wms_column_add_int(columns[7], line->quantity);
		wms_column_add_numeric(columns[8], priced->unit_price);
		wms_column_add_numeric(columns[9], line->item.cost_price);
		wms_column_add_numeric(columns[10], priced->total_price);
		wms_column_add_numeric(columns[11], priced->discount_amount);
		wms_column_add_numeric(columns[12], priced->tax_amount);
	}
	values[0] = UUIDPGetDatum(&order->id);
	for (int c = 0; c < lengthof(types); c++)
		values[c + 1] = wms_column_param(columns[c]);
	wms_run_exactly(&write_items, values, NULL, order->lines->count);
}

void
wms_placement_place(WmsPlacement *order)
{
	order->id = new_uuid();
	check_access(order);
	find_parties(order);
	if (order->coupon_code != NULL)
	{
		WmsCouponUse use = {.code = order->coupon_code, .user_id = order->user_id, .email = order->email,
		.stranger = order->is_stranger};

		order->coupon = wms_coupon_lock(&use);
	}
	wms_lines_resolve(order->lines);
	wms_batches_find(order->lines);
	price(order);
	hold(order);
	insert_order(order);
	wms_placement_write_lines(order);
	wms_order_history_add(&order->id, "pending", NULL, wms_clock());
	if (order->coupon != NULL)
		wms_coupon_redeem(order->coupon, &order->id, order->user_id, order->email, order->quote.discount_amount);
	if (order->user_id != NULL)
		wms_profile_appear(order->user_id);
}
