/*
 * seed_demo_trade.c
 *		The orders of the example company: planned first, so that the goods are there, then placed and moved on.
 */
#include "postgres.h"

#include "ops/seed_demo.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

enum
{
	PENDING, CONFIRMED, PROCESSING, PACKED, SHIPPED, DELIVERED, CANCELLED, REFUNDED, STATUS_COUNT
};

/* Of a hundred orders, how many end there; the first orders go through all of them. */
static const int shares[STATUS_COUNT] = {9, 10, 8, 7, 13, 43, 7, 3};

static const char *const verbs[] = {
	"wms_confirm_order", "wms_process_order", "wms_pack_order", "wms_ship_order", "wms_deliver_order"
};

#define SHIP 3					/* index of verbs */

typedef struct Commands
{
	FmgrInfo	place;
	FmgrInfo	verb[lengthof(verbs)];
	FmgrInfo	cancel;
} Commands;

static WmsPlan write_shipping_methods = WMS_PLAN_NO_ARGS(
	"INSERT INTO sales.shipping_methods (code, name, base_cost, free_shipping_threshold, estimated_days_min,"
	"       estimated_days_max, sort_order) VALUES"
	" ('standard', 'Standard delivery', 8, 150, 2, 5, 1), ('express', 'Express delivery', 18, NULL, 1, 1, 2)"
	" ON CONFLICT (code) DO NOTHING");

static WmsPlan write_coupons = WMS_PLAN_NO_ARGS(
	"INSERT INTO sales.coupons (code, description, type, value, min_order_amount, max_discount, per_customer_limit) VALUES"
	" ('DEMO-WELCOME', '10 percent off the first order', 'percentage', 10, NULL, 40, 1),"
	" ('DEMO-FIVE', '5 off from 50', 'fixed', 5, 50, NULL, NULL)");

/*
 * What refunds leave behind, as an import from an earlier system: it moves no stock.  Run by SPI itself, since
 * the statements of wms_run() are taken for those of a command.
 */
static const char write_refunded_order[] =
	"INSERT INTO sales.orders (id, order_number, user_id, guest_email, agent_id, status, subtotal, total, warehouse_id,"
	"       confirmed_at, shipped_at, delivered_at, created_at)"
	" VALUES ($1, '', $2, $3, $4, 'refunded', $5 / 100.0, $5 / 100.0, $6,"
	"       now() - interval '40 days', now() - interval '39 days', now() - interval '37 days', now() - interval '40 days')";

static const char write_refunded_items[] =
	"INSERT INTO sales.order_items (order_id, line_number, product_id, variant_id, sku, name, variant_name, quantity,"
	"       returned_quantity, unit_price, total_price)"
	"SELECT $1, u.line, p.id, v.id, u.sku, p.name, v.name, u.quantity, u.quantity, u.cents / 100.0,"
	"       u.quantity * u.cents / 100.0"
	"  FROM unnest($2, $3, $4) WITH ORDINALITY AS u(sku, quantity, cents, line)"
	"  LEFT JOIN catalog.product_variants v ON v.sku = u.sku AND v.deleted_at IS NULL"
	"  JOIN catalog.products p ON p.deleted_at IS NULL AND (p.id = v.product_id OR v.id IS NULL AND p.sku = u.sku)";

static int
draw_status(WmsDemo *demo, int number)
{
	int			left = wms_demo_random(demo, 1, 100);
	int			status = 0;

	if (number < STATUS_COUNT)
		return number;
	while (left > shares[status])
		left -= shares[status++];
	return status;
}

/* Units of an item that the warehouse must have; of a kit, of its components. */
static void
count_demand(WmsDemo *demo, int index, int quantity, int warehouse)
{
	WmsDemoItem *item = &demo->items[index];

	item->demand[warehouse] += quantity;
	for (int i = 0; i < item->component_count; i++)
		demo->items[item->components[i]].demand[warehouse] += quantity * item->component_units[i];
}

static void
plan_order(WmsDemo *demo, WmsDemoOrder *order, int number, bool *welcomed)
{
	order->status = draw_status(demo, number);
	order->customer = wms_demo_chance(demo, 80) ? wms_demo_random(demo, 0, demo->customer_count - 1) : -1;
	order->agent = wms_demo_chance(demo, 25) ? wms_demo_random(demo, 0, WMS_DEMO_AGENTS - 1) : -1;
	order->warehouse = wms_demo_chance(demo, 25) ? WMS_DEMO_SHOP : WMS_DEMO_MAIN;
	order->line_count = wms_demo_random(demo, 1, WMS_DEMO_LINES);
	for (int i = 0; i < order->line_count; i++)
	{
		/* the product of two draws: some things sell much better than others */
		int			item = wms_demo_random(demo, 0, wms_demo_random(demo, 0, demo->item_count - 1));

		order->items[i] = item;
		order->quantities[i] = wms_demo_random(demo, 1, 6);
		order->cents += order->quantities[i] * demo->items[item].cents;
		if (order->status != REFUNDED)
			count_demand(demo, item, order->quantities[i], order->warehouse);
	}
	if (order->warehouse == WMS_DEMO_MAIN)
		order->shipping = wms_demo_chance(demo, 70) ? "standard" : "express";
	if (order->customer >= 0 && order->status != REFUNDED && wms_demo_chance(demo, 15) && !welcomed[order->customer])
	{
		order->coupon = "DEMO-WELCOME";
		welcomed[order->customer] = true;
	}
	else if (order->cents > 7000 && wms_demo_chance(demo, 10))
		order->coupon = "DEMO-FIVE";
}

void
wms_demo_plan_orders(WmsDemo *demo)
{
	bool	   *welcomed = palloc0(sizeof(bool) * demo->customer_count);

	demo->orders = palloc_extended(sizeof(WmsDemoOrder) * demo->order_count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < demo->order_count; i++)
		plan_order(demo, &demo->orders[i], i, welcomed);
}

static char *
guest_email(int number)
{
	return psprintf("guest%d@demo.example", number + 1);
}

static Datum
lines_of(const WmsDemo *demo, const WmsDemoOrder *order)
{
	StringInfoData lines;

	initStringInfo(&lines);
	for (int i = 0; i < order->line_count; i++)
		appendStringInfo(&lines, "%s{\"sku\": \"%s\", \"quantity\": %d}", i == 0 ? "[" : ", ",
						 demo->items[order->items[i]].sku, order->quantities[i]);
	appendStringInfoChar(&lines, ']');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(lines.data));
}

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

static Datum
uuid_or_null(const pg_uuid_t *ids, int index, bool *isnull)
{
	*isnull = index < 0;
	return index < 0 ? (Datum) 0 : UUIDPGetDatum(&ids[index]);
}

/* The customer places it himself; returns the order. */
static Datum
place(WmsDemo *demo, Commands *commands, const WmsDemoOrder *order, int number)
{
	Datum		values[13] = {0};
	bool		nulls[13];

	memset(nulls, true, sizeof(nulls));
	if (order->customer >= 0)
		wms_demo_act_as(&demo->customer_ids[order->customer]);
	values[0] = lines_of(demo, order);
	nulls[0] = false;
	values[1] = uuid_or_null(demo->customer_ids, order->customer, &nulls[1]);
	values[3] = text_or_null(order->shipping, &nulls[3]);
	values[5] = text_or_null(order->coupon, &nulls[5]);
	values[7] = uuid_or_null(demo->agent_ids, order->agent, &nulls[7]);
	values[8] = uuid_or_null(demo->warehouse_ids, order->warehouse, &nulls[8]);
	values[9] = text_or_null(order->customer < 0 ? guest_email(number) : NULL, &nulls[9]);
	values[10] = text_or_null(order->warehouse == WMS_DEMO_SHOP ? "store" : "web", &nulls[10]);
	return wms_demo_call(&commands->place, values, nulls);
}

static void
move_on(WmsDemo *demo, Commands *commands, const WmsDemoOrder *order, int number, Datum order_id)
{
	int			steps = order->status == CANCELLED ? wms_demo_random(demo, PENDING, PACKED) : order->status;
	Datum		values[3] = {order_id};
	bool		nulls[3] = {false};

	wms_demo_act_as(&demo->storekeeper_id);
	for (int i = 0; i < steps; i++)
	{
		if (i == SHIP)
		{
			values[1] = CStringGetTextDatum(psprintf("TRACK%06d", number + 1));
			values[2] = CStringGetTextDatum(psprintf("https://track.demo.example/TRACK%06d", number + 1));
		}
		(void) wms_demo_call(&commands->verb[i], values, nulls);
	}
	if (order->status == CANCELLED)
	{
		values[1] = CStringGetTextDatum("The customer changed their mind");
		(void) wms_demo_call(&commands->cancel, values, nulls);
	}
}

static void
execute(const char *sql, int count, Oid *types, Datum *values, const bool *nulls)
{
	char		flags[8];
	int			result;

	for (int i = 0; i < count; i++)
		flags[i] = nulls != NULL && nulls[i] ? 'n' : ' ';
	result = SPI_execute_with_args(sql, count, types, values, flags, false, 0);
	if (result != SPI_OK_INSERT)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("orders of the demo were not written"),
				 errdetail("The statement ended as %s.", SPI_result_code_string(result)),
				 errhint("Drop the rules of the user on sales.orders and sales.order_items first.")));
}

static void
import_refunded(WmsDemo *demo, const WmsDemoOrder *order, int number)
{
	Oid			order_types[] = {UUIDOID, UUIDOID, TEXTOID, UUIDOID, INT4OID, UUIDOID};
	Oid			item_types[] = {UUIDOID, TEXTARRAYOID, INT4ARRAYOID, INT4ARRAYOID};
	WmsColumn  *items[] = {wms_column(TEXTOID), wms_column(INT4OID), wms_column(INT4OID)};
	pg_uuid_t	id = wms_demo_uuid();
	Datum		values[6];
	bool		nulls[6] = {false};

	for (int i = 0; i < order->line_count; i++)
	{
		wms_column_add_text(items[0], demo->items[order->items[i]].sku);
		wms_column_add_int(items[1], order->quantities[i]);
		wms_column_add_int(items[2], demo->items[order->items[i]].cents);
	}
	values[0] = UUIDPGetDatum(&id);
	values[1] = uuid_or_null(demo->customer_ids, order->customer, &nulls[1]);
	values[2] = text_or_null(order->customer < 0 ? guest_email(number) : NULL, &nulls[2]);
	values[3] = uuid_or_null(demo->agent_ids, order->agent, &nulls[3]);
	values[4] = Int32GetDatum(order->cents);
	values[5] = UUIDPGetDatum(&demo->warehouse_ids[order->warehouse]);
	execute(write_refunded_order, lengthof(order_types), order_types, values, nulls);
	for (int c = 0; c < lengthof(items); c++)
		values[c + 1] = wms_column_array(items[c]);
	execute(write_refunded_items, lengthof(item_types), item_types, values, NULL);
}

void
wms_demo_trade(WmsDemo *demo)
{
	Commands	commands;
	MemoryContext order_context;
	MemoryContext outer;

	wms_run(&write_shipping_methods, NULL, NULL);
	wms_run(&write_coupons, NULL, NULL);
	wms_demo_find(demo, "wms_place_order", &commands.place);
	wms_demo_find(demo, "wms_cancel_order", &commands.cancel);
	for (int i = 0; i < lengthof(verbs); i++)
		wms_demo_find(demo, verbs[i], &commands.verb[i]);
	order_context = AllocSetContextCreate(CurrentMemoryContext, "wms demo order", ALLOCSET_DEFAULT_SIZES);
	outer = MemoryContextSwitchTo(order_context);
	for (int i = 0; i < demo->order_count; i++)
	{
		const WmsDemoOrder *order = &demo->orders[i];

		wms_demo_progress("trading", i, demo->order_count);
		if (order->status == REFUNDED)
			import_refunded(demo, order, i);
		else
			move_on(demo, &commands, order, i, place(demo, &commands, order, i));
		MemoryContextReset(order_context);
	}
	MemoryContextSwitchTo(outer);
	MemoryContextDelete(order_context);
}
