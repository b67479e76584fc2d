/*
 * order_change.c
 *		wms_change_order(): other lines for an order that has not left yet.
 *
 * Locks: the order FOR UPDATE, and updated; the products; the warehouse; the stock rows; the commissions; the
 * agent FOR KEY SHARE; his targets; the customer's profile last.  The coupon is not locked: its use stays one.
 */
#include "postgres.h"

#include "sales/order_change.h"

#include "agent/commission.h"
#include "agent/target.h"
#include "crm/profile.h"
#include "sales/order_status_table.h"
#include "sales/placement.h"
#include "support/access.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(wms_change_order);

static WmsPlan lock_order = WMS_PLAN("SELECT FROM sales.orders o WHERE o.id = $1 FOR UPDATE", UUIDOID);

/*
 * Shipping that was charged stays what it was; what had been free, and is not any more, costs what it costs now.
 */
static WmsPlan read_order = WMS_PLAN(
	"SELECT o.order_number, o.status, EXISTS (SELECT FROM sales.refunds r WHERE r.order_id = o.id),"
	"       o.user_id, o.agent_id, o.warehouse_id, o.confirmed_at, o.total, m.id,"
	"       CASE WHEN m.id IS NULL OR o.shipping_cost > 0 THEN o.shipping_cost END,"
	"       o.discount_amount, o.coupon_discount"
	"  FROM sales.orders o LEFT JOIN sales.shipping_methods m ON m.code = o.shipping_method"
	" WHERE o.id = $1",
	UUIDOID);

static WmsPlan remove_lines = WMS_PLAN(
	"DELETE FROM sales.order_items i WHERE i.order_id = $1 AND i.id = ANY ($2)",
	UUIDOID, UUIDARRAYOID);

static WmsPlan change_lines = WMS_PLAN(
	"UPDATE sales.order_items i"
	"   SET quantity = u.quantity, total_price = u.total_price, discount_amount = u.discount_amount,"
	"       tax_amount = u.tax_amount"
	"  FROM unnest($2, $3, $4, $5, $6) AS u(id, quantity, total_price, discount_amount, tax_amount)"
	" WHERE i.order_id = $1 AND i.id = u.id",
	UUIDOID, UUIDARRAYOID, INT4ARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID);

/* It comes from where it is held; where nothing is, from where it was to come. */
static WmsPlan write_order = WMS_PLAN(
	"UPDATE sales.orders o"
	"   SET subtotal = $2, shipping_cost = $3, tax_amount = $4, discount_amount = $5, total = $6,"
	"       coupon_discount = CASE WHEN $8 THEN $7 ELSE least(o.coupon_discount, $5) END,"
	"       warehouse_id = CASE cardinality(h.warehouses) WHEN 1 THEN h.warehouses[1]"
	"                           WHEN 0 THEN o.warehouse_id END,"
	"       updated_at = CURRENT_TIMESTAMP"
	"  FROM (SELECT coalesce(array_agg(DISTINCT r.warehouse_id), '{}') AS warehouses"
	"          FROM inventory.stock_reservations r"
	"         WHERE r.reference_type = 'order' AND r.reference_id = $1 AND r.status = 'active') h"
	" WHERE o.id = $1 RETURNING o.total = $6",
	UUIDOID, NUMERICOID, NUMERICOID, NUMERICOID, NUMERICOID, NUMERICOID, NUMERICOID, BOOLOID);

static const pg_uuid_t *
uuid_or_null(int column)
{
	bool		isnull;
	Datum		value = wms_value(0, column, &isnull);

	return isnull ? NULL : DatumGetUUIDP(value);
}

static Numeric
numeric_or_null(int column)
{
	bool		isnull;
	Datum		value = wms_value(0, column, &isnull);

	return isnull ? NULL : DatumGetNumeric(value);
}

static Numeric
minus(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_sub, NumericGetDatum(a), NumericGetDatum(b)));
}

/* What may be cancelled has not left yet. */
static void
check_open(const char *number, const char *status, bool has_refunds)
{
	if (wms_order_transition_allowed(status, "cancelled") && !has_refunds)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WMS_INVALID_STATUS_TRANSITION),
			 errmsg("order %s cannot be changed any more", number),
			 has_refunds ? errdetail("It has refunds.") : errdetail("It is %s.", status),
			 wms_order_transition_allowed(status, "refunded") || has_refunds ?
			 errhint("Refund what is not wanted with wms_refund_order(), and place another order for the rest.") :
			 errhint("Place another order with wms_place_order().")));
}

static void
lock_and_read(WmsOrderChange *change)
{
	Datum		value = UUIDPGetDatum(change->order_id);
	Numeric		coupon_discount;
	bool		isnull;

	if (wms_run(&lock_order, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no order %s", wms_uuid_text(change->order_id)),
				 errhint("The orders are in sales.orders.")));
	wms_run(&read_order, &value, NULL);
	change->number = wms_value_text(0, 1);
	check_open(change->number, wms_value_text(0, 2), wms_value_bool(0, 3));
	change->pending = strcmp(wms_value_text(0, 2), "pending") == 0;
	change->user_id = change->quote.user_id = uuid_or_null(4);
	change->agent_id = uuid_or_null(5);
	change->warehouse_id = uuid_or_null(6);
	value = wms_value(0, 7, &isnull);
	change->confirmed = !isnull;
	change->confirmed_at = isnull ? 0 : DatumGetTimestampTz(value);
	change->total = numeric_or_null(8);
	change->quote.shipping_method_id = uuid_or_null(9);
	change->quote.kept_shipping = numeric_or_null(10);
	change->quote.other_discount = numeric_or_null(11);
	coupon_discount = numeric_or_null(12);
	change->coupon = wms_coupon_of_order(change->order_id);
	if (change->coupon == NULL)
		return;
	change->quote.coupon_id = &change->coupon->id;
	change->quote.other_discount = minus(change->quote.other_discount, coupon_discount);
}

static void
write_removed(const WmsOrderChange *change)
{
	WmsColumn  *ids = wms_column(UUIDOID);
	Datum		values[2];

	for (int i = 0; i < change->ordered_count; i++)
		if (change->ordered[i].kept == 0)
			wms_column_add_uuid(ids, &change->ordered[i].id);
	if (ids->count == 0)
		return;
	values[0] = UUIDPGetDatum(change->order_id);
	values[1] = wms_column_array(ids);
	wms_run_exactly(&remove_lines, values, NULL, ids->count);
}

/* Those that stay, and change; returns how many. */
static int
write_kept(const WmsOrderChange *change)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(INT4OID), wms_column(NUMERICOID), wms_column(NUMERICOID),
		wms_column(NUMERICOID)};
	Datum		values[lengthof(columns) + 1];
	int			count = 0;

	for (; count < change->lines.count && change->changed[count].ordered != NULL; count++)
	{
		wms_column_add_uuid(columns[0], &change->changed[count].id);
		wms_column_add_int(columns[1], change->lines.lines[count].quantity);
		wms_column_add_numeric(columns[2], change->quote.priced[count].total_price);
		wms_column_add_numeric(columns[3], change->quote.priced[count].discount_amount);
		wms_column_add_numeric(columns[4], change->quote.priced[count].tax_amount);
	}
	values[0] = UUIDPGetDatum(change->order_id);
	for (int c = 0; c < lengthof(columns); c++)
		values[c + 1] = wms_column_array(columns[c]);
	if (count > 0)
		wms_run_exactly(&change_lines, values, NULL, count);
	return count;
}

static void
write_new(const WmsOrderChange *change, int first)
{
	WmsLines	lines = {.count = change->lines.count - first, .lines = &change->lines.lines[first]};
	WmsPlacement added = {.id = *change->order_id, .lines = &lines};

	if (lines.count == 0)
		return;
	added.quote.priced = &change->quote.priced[first];
	added.line_ids = palloc_extended(sizeof(pg_uuid_t) * lines.count, MCXT_ALLOC_HUGE);
	for (int i = 0; i < lines.count; i++)
		added.line_ids[i] = change->changed[first + i].id;
	wms_placement_write_lines(&added);
}

static void
update_order(const WmsOrderChange *change)
{
	const WmsQuote *quote = &change->quote;
	Datum		values[] = {UUIDPGetDatum(change->order_id), NumericGetDatum(quote->subtotal),
		NumericGetDatum(quote->shipping_cost), NumericGetDatum(quote->tax_amount),
		NumericGetDatum(quote->discount_amount), NumericGetDatum(quote->total),
	NumericGetDatum(quote->coupon_discount), BoolGetDatum(change->coupon != NULL)};

	wms_run_unaltered(&write_order, values, NULL, 1);
	if (change->coupon != NULL)
		wms_coupon_adjust(change->order_id, quote->coupon_discount);
}

/* Commissions, targets and the customer's totals; there are no refunds, so it counts in full. */
static void
follow(const WmsOrderChange *change)
{
	const WmsQuote *quote = &change->quote;
	Numeric		difference = minus(quote->total, change->total);

	wms_commissions_reckon(change->order_id, wms_commission_base == WMS_COMMISSION_NET ?
						   minus(quote->subtotal, quote->discount_amount) : quote->total);
	if (!change->confirmed)
		return;
	if (change->agent_id != NULL)
		wms_targets_adjust(change->agent_id, change->confirmed_at, difference);
	if (change->user_id != NULL)
		wms_profile_adjust(change->user_id, difference);
}

static void
carry_out(WmsOrderChange *change)
{
	lock_and_read(change);
	wms_order_change_lines(change);
	if (change->coupon != NULL)
		wms_coupon_check_subtotal(change->coupon, change->quote.subtotal);
	wms_order_change_holds(change);
	write_removed(change);
	write_new(change, write_kept(change));
	update_order(change);
	follow(change);
}

/* Gives an order other lines; returns the new total; raises WM001, WM003, WM004, WM009, WM012, 22003, 22023, 23503. */
Datum
wms_change_order(PG_FUNCTION_ARGS)
{
	WmsOrderChange change = {.order_id = wms_arg_uuid(fcinfo, 0, "order_id")};
	WmsCommand	command;
	Datum		total;

	change.named = wms_lines_parse(fcinfo, 1, WMS_LINE_UNIT_PRICE | WMS_LINE_ORDER_ITEM);
	wms_command_begin_own(&command);
	wms_access_staff();
	wms_access_order(change.order_id);
	wms_access_prices(change.named);
	carry_out(&change);
	total = wms_result_copy(NumericGetDatum(change.quote.total), NUMERICOID);
	wms_command_end(&command);
	return total;
}
