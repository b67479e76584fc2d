/*
 * order_guard.c
 *		Direct changes of orders and their lines: what is binding is refused, an import is completed.
 *
 * An order is open to direct changes of amounts and lines while it is pending, holds no stock and counts
 * nowhere.  Runs after the row, so that it judges what is really stored.
 *
 * Locks: a change of a line locks its order FOR NO KEY UPDATE, both orders in order of id when the line moves;
 * so it waits for the command that is at the order, and for other direct changes of its lines.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "sales/order_import.h"
#include "sales/order_status_table.h"
#include "sales/order_sums.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/errors.h"
#include "support/guard.h"
#include "support/plans.h"
#include "support/trigger.h"
#include "support/trigger_work.h"
#include "utils/builtins.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(wms_guard_orders);
PG_FUNCTION_INFO_V1(wms_guard_order_items);
PG_FUNCTION_INFO_V1(wms_stamp_payment);

/* Columns by which others know the order. */
static const char *const identity[] = {"id", "order_number"};

/* Columns that are binding once the order is. */
static const char *const binding[] = {
	"subtotal", "shipping_cost", "tax_amount", "discount_amount", "total", "coupon_code", "coupon_discount",
	"user_id", "agent_id", "warehouse_id"
};

/* The columns of a line that are wms's; others are the user's. */
static const char *const line_columns[] = {
	"id", "order_id", "line_number", "product_id", "variant_id", "sku", "name", "variant_name", "quantity",
	"unit_price", "total_price", "discount_amount", "tax_amount", "unit_cost", "returned_quantity"
};

/* What makes the amounts of a pending order binding: stock it holds or held, and what followed from them. */
static WmsPlan read_bonds = WMS_PLAN(
	"SELECT coalesce(sum(r.quantity) FILTER (WHERE r.status = 'active'), 0)::bigint, count(*) > 0,"
	"       EXISTS (SELECT FROM sales.coupon_redemptions c WHERE c.order_id = $1),"
	"       EXISTS (SELECT FROM sales.payments p WHERE p.order_id = $1)"
	"    OR EXISTS (SELECT FROM sales.refunds f WHERE f.order_id = $1),"
	"       EXISTS (SELECT FROM agent.commissions m WHERE m.order_id = $1)"
	"  FROM inventory.stock_reservations r"
	" WHERE r.reference_type = 'order' AND r.reference_id = $1",
	UUIDOID);

static WmsPlan lock_order = WMS_PLAN(
	"SELECT o.order_number, o.status, o.confirmed_at IS NOT NULL FROM sales.orders o"
	" WHERE o.id = $1 FOR NO KEY UPDATE",
	UUIDOID);

/* The first of the columns that the UPDATE leaves with another value; NULL when there is none. */
static const char *
first_changed(TriggerData *trigger, const char *const *columns, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (wms_trigger_changes(trigger, columns[i]))
			return columns[i];
	}
	return NULL;
}

static char *
old_text(TriggerData *trigger, const char *column)
{
	bool		isnull;
	Datum		value = wms_trigger_value(trigger, trigger->tg_trigtuple, column, TEXTOID, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static char *
hint_of_status(const char *status)
{
	const WmsOrderStatus *found = wms_order_status(status);

	if (found == NULL || found->verb == NULL)
		return pstrdup("An order does not go back; cancel it with wms_cancel_order() and place another.");
	return psprintf("Call %s().", found->verb);
}

static void
refuse_status(TriggerData *trigger)
{
	bool		isnull;
	char	   *from = old_text(trigger, "status");
	char	   *to = TextDatumGetCString(wms_trigger_value(trigger, trigger->tg_newtuple, "status", TEXTOID, &isnull));

	ereport(ERROR,
			(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
			 errmsg("status of order %s cannot be changed directly", old_text(trigger, "order_number")),
			 errdetail("The order is %s; after that it can be: %s.", from, wms_order_next_statuses(from)),
			 errhint("%s", hint_of_status(to)),
			 errtablecol(trigger->tg_relation, wms_trigger_column(trigger, "status"))));
}

/* The instants of statuses are set by the commands that set the status. */
static void
refuse_changed_instants(TriggerData *trigger)
{
	for (int i = 0; i < wms_order_status_count; i++)
	{
		const WmsOrderStatus *status = &wms_order_statuses[i];

		if (status->timestamp != NULL && wms_trigger_changes(trigger, status->timestamp))
			wms_refuse_column_change(trigger, status->timestamp, hint_of_status(status->name));
	}
}

static void
refuse_binding(Relation rel, const char *what, const char *number, char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
			 errmsg("%s of order %s cannot be changed directly", what, number),
			 errdetail("%s", why),
			 errhint("Call wms_change_order() before the order is shipped, wms_refund_order() afterwards."),
			 errtable(rel)));
}

/* NULL when the order holds nothing, else the reason not to change it. */
static char *
why_bound(Datum order_id)
{
	Datum		values[1] = {order_id};

	wms_read_latest(&read_bonds, values);
	if (wms_value_int64(0, 1) > 0)
		return psprintf("It holds " INT64_FORMAT " units of stock.", wms_value_int64(0, 1));
	if (wms_value_bool(0, 2))
		return pstrdup("It held stock, which is won again when it is confirmed.");
	if (wms_value_bool(0, 3))
		return pstrdup("A coupon is redeemed for it.");
	if (wms_value_bool(0, 4))
		return pstrdup("It was paid, or refunded.");
	return wms_value_bool(0, 5) ? pstrdup("Commissions are reckoned on it.") : NULL;
}

/* NULL while amounts and lines are not binding by what the order itself says. */
static char *
why_binding(const char *status, bool confirmed)
{
	if (strcmp(status, "pending") != 0)
		return psprintf("The order is %s; only a pending one may change.", status);
	if (confirmed)
		return pstrdup("The order is confirmed and counts for its customer.");
	return NULL;
}

static void
require_amounts_open(TriggerData *trigger, const char *column)
{
	WmsTriggerWork work;
	bool		isnull;
	bool		unconfirmed;
	char	   *why;

	(void) wms_trigger_value(trigger, trigger->tg_trigtuple, "confirmed_at", TIMESTAMPTZOID, &unconfirmed);
	why = why_binding(old_text(trigger, "status"), !unconfirmed);
	wms_trigger_work_begin(&work);
	if (why == NULL)
		why = why_bound(wms_trigger_value(trigger, trigger->tg_newtuple, "id", UUIDOID, &isnull));
	if (why != NULL)
		refuse_binding(trigger->tg_relation, psprintf("column \"%s\"", column), old_text(trigger, "order_number"),
					   why);
	wms_trigger_work_end(&work);
}

static void
guard_order_update(TriggerData *trigger)
{
	const char *column = first_changed(trigger, identity, lengthof(identity));
	bool		isnull;

	if (column != NULL)
		wms_refuse_column_change(trigger, column, "An order keeps its number; note others in its metadata.");
	if (wms_trigger_changes(trigger, "status"))
		refuse_status(trigger);
	refuse_changed_instants(trigger);
	column = first_changed(trigger, binding, lengthof(binding));
	if (column == NULL)
		return;
	require_amounts_open(trigger, column);
	wms_order_sums_note(DatumGetUUIDP(wms_trigger_value(trigger, trigger->tg_newtuple, "id", UUIDOID, &isnull)));
}

/*
 * A direct INSERT is an import; of an UPDATE, what is binding is refused with WM092: before the row is written
 * too, where a CHECK of the table would refuse it with less to say.
 */
Datum
wms_guard_orders(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_BEFORE | WMS_AFTER | WMS_ROW | WMS_ON_INSERT |
											WMS_ON_UPDATE);

	if (wms_guard_lets_pass(trigger))
		return PointerGetDatum(wms_trigger_row(trigger));
	wms_trigger_require_table(trigger, "sales", "orders");
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		guard_order_update(trigger);
	else if (TRIGGER_FIRED_AFTER(trigger->tg_event))
		wms_order_import(trigger);
	return PointerGetDatum(wms_trigger_row(trigger));
}

/*
 * Returns when lines of the order may be changed; its imported lines may follow in the transaction of the
 * import.  An order that is not there is the foreign key's to refuse.
 */
static void
require_lines_open(TriggerData *trigger, const pg_uuid_t *order_id)
{
	Datum		values[1] = {UUIDPGetDatum(order_id)};
	char	   *number;
	char	   *why;

	if (wms_run(&lock_order, values, NULL) == 0)
		return;
	number = wms_value_text(0, 1);
	why = why_binding(wms_value_text(0, 2), wms_value_bool(0, 3));
	if (why != NULL && TRIGGER_FIRED_BY_INSERT(trigger->tg_event) && wms_order_is_fresh_import(order_id))
		why = NULL;
	if (why == NULL)
		why = why_bound(values[0]);
	if (why != NULL)
		refuse_binding(trigger->tg_relation, "lines", number, why);
	wms_order_sums_note(order_id);
}

static pg_uuid_t *
order_of_line(TriggerData *trigger, HeapTuple line)
{
	bool		isnull;
	Datum		value = wms_trigger_value(trigger, line, "order_id", UUIDOID, &isnull);

	return isnull ? NULL : DatumGetUUIDP(value);
}

/* Refuses, with WM092, direct changes of the lines of an order that is binding. */
Datum
wms_guard_order_items(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE |
											WMS_ON_DELETE);
	WmsTriggerWork work;
	pg_uuid_t  *first;
	pg_uuid_t  *second;

	if (wms_guard_lets_pass(trigger))
		return PointerGetDatum(NULL);
	wms_trigger_require_table(trigger, "sales", "order_items");
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		first_changed(trigger, line_columns, lengthof(line_columns)) == NULL)
		return PointerGetDatum(NULL);
	first = order_of_line(trigger, trigger->tg_trigtuple);
	second = order_of_line(trigger, wms_trigger_row(trigger));
	if (memcmp(first->data, second->data, UUID_LEN) > 0)
	{
		pg_uuid_t  *swapped = first;

		first = second;
		second = swapped;
	}
	wms_trigger_work_begin(&work);
	require_lines_open(trigger, first);
	if (!wms_uuid_equal(first, second))
		require_lines_open(trigger, second);
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}

/* A payment that is completed has been paid at some time: now, unless it says when. */
Datum
wms_stamp_payment(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_BEFORE | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE);

	wms_trigger_require_table(trigger, "sales", "payments");
	return PointerGetDatum(wms_trigger_set(trigger, wms_trigger_row(trigger), "paid_at", TIMESTAMPTZOID,
										   TimestampTzGetDatum(wms_clock())));
}
