/*
 * order_status.c
 *		wms_set_order_status() and its verbs: the life of an order, every side effect exactly once.
 *
 * Locks: the order FOR UPDATE; the coupon; products; stock rows and batches; the agent, his commissions
 * and targets; the customer's profile last.
 */
#include "postgres.h"

#include "sales/order_status.h"

#include "agent/clawback.h"
#include "agent/commission.h"
#include "agent/target.h"
#include "crm/profile.h"
#include "sales/coupon.h"
#include "sales/order_direct.h"
#include "sales/order_history.h"
#include "sales/order_holds.h"
#include "sales/order_status_table.h"
#include "support/access.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/profiles.h"
#include "support/settings.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(wms_set_order_status);
PG_FUNCTION_INFO_V1(wms_confirm_order);
PG_FUNCTION_INFO_V1(wms_process_order);
PG_FUNCTION_INFO_V1(wms_pack_order);
PG_FUNCTION_INFO_V1(wms_ship_order);
PG_FUNCTION_INFO_V1(wms_deliver_order);
PG_FUNCTION_INFO_V1(wms_cancel_order);

static WmsPlan lock_order = WMS_PLAN_DIRECT(wms_direct_lock_order, wms_locked_order_types,
	"SELECT o.status, o.order_number, o.user_id, o.agent_id, o.warehouse_id, o.confirmed_at"
	"  FROM sales.orders o WHERE o.id = $1 FOR UPDATE",
	UUIDOID);

/* What the order counts for in totals, and what commissions are of. */
static WmsPlan read_amounts = WMS_PLAN_DIRECT(wms_direct_read_amounts, wms_order_amount_types,
	"SELECT greatest(0, o.total - coalesce((SELECT sum(r.amount - r.overpaid_amount)"
	"                                         FROM sales.refunds r WHERE r.order_id = o.id), 0)),"
	"       CASE WHEN $2 THEN o.subtotal - o.discount_amount ELSE o.total END"
	"  FROM sales.orders o WHERE o.id = $1",
	UUIDOID, BOOLOID);

static WmsPlan write_status = WMS_PLAN_DIRECT(wms_direct_write_status, wms_unaltered_types,
	"UPDATE sales.orders o"
	"   SET status = $2,"
	"       confirmed_at = CASE WHEN $2 = 'confirmed' THEN coalesce(o.confirmed_at, $3) ELSE o.confirmed_at END,"
	"       shipped_at = CASE WHEN $2 = 'shipped' THEN $3 ELSE o.shipped_at END,"
	"       delivered_at = CASE WHEN $2 = 'delivered' THEN $3 ELSE o.delivered_at END,"
	"       cancelled_at = CASE WHEN $2 = 'cancelled' THEN $3 ELSE o.cancelled_at END,"
	"       cancellation_reason = CASE WHEN $2 = 'cancelled' THEN $4 ELSE o.cancellation_reason END,"
	"       tracking_number = coalesce($5, o.tracking_number),"
	"       tracking_url = coalesce($6, o.tracking_url),"
	"       updated_at = CURRENT_TIMESTAMP"
	" WHERE o.id = $1 RETURNING o.status = $2",
	UUIDOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID);

/* A status change on its way. */
typedef struct Change
{
	const pg_uuid_t *order_id;
	const WmsOrderStatus *to;
	const char *notes;
	const char *tracking_number;
	const char *tracking_url;
	/* the order as locked */
	const char *from;
	const pg_uuid_t *user_id;
	const pg_uuid_t *agent_id;
	const pg_uuid_t *warehouse_id;
	bool		was_confirmed;	/* counts in totals already */
	TimestampTz confirmed_at;
} Change;

static const pg_uuid_t *
uuid_or_null(int column)
{
	bool		isnull;
	Datum		value = wms_value(0, column, &isnull);

	return isnull ? NULL : DatumGetUUIDP(value);
}

/* The way out of a refused transition. */
static int
hint_for(const Change *change)
{
	if (wms_order_transition_allowed(change->from, change->to->name) ||
		(strcmp(change->to->name, "cancelled") == 0 && wms_order_transition_allowed(change->from, "refunded")))
		return errhint("Refund it with wms_refund_order().");
	if (change->to->by == WMS_BY_REFUND)
		return errhint("Cancel it with wms_cancel_order(); what was paid is then refunded with wms_refund_order().");
	return errhint("wms_order_transitions() lists every change that an order may make.");
}

/* Locks the order; false when it is there already. */
static bool
lock_and_check(Change *change)
{
	Datum		value = UUIDPGetDatum(change->order_id);
	bool		isnull;

	if (wms_run(&lock_order, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no order %s", wms_uuid_text(change->order_id)),
				 errhint("The orders are in sales.orders.")));
	change->from = wms_value_text(0, 1);
	if (strcmp(change->from, change->to->name) == 0)
		return false;
	if (!wms_order_transition_allowed(change->from, change->to->name) || change->to->by != WMS_BY_COMMAND)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_INVALID_STATUS_TRANSITION),
				 errmsg("order %s cannot go from %s to %s", wms_value_text(0, 2), change->from, change->to->name),
				 errdetail("What may follow %s: %s.", change->from, wms_order_next_statuses(change->from)),
				 hint_for(change)));
	change->user_id = uuid_or_null(3);
	change->agent_id = uuid_or_null(4);
	change->warehouse_id = uuid_or_null(5);
	value = wms_value(0, 6, &isnull);
	change->was_confirmed = !isnull;
	change->confirmed_at = isnull ? 0 : DatumGetTimestampTz(value);
	return true;
}

static void
update_order(Change *change)
{
	Datum		values[6];
	bool		nulls[6] = {false};
	TimestampTz now = wms_clock();

	values[0] = UUIDPGetDatum(change->order_id);
	values[1] = CStringGetTextDatum(change->to->name);
	values[2] = TimestampTzGetDatum(now);
	values[3] = wms_text_param(change->notes, &nulls[3]);
	values[4] = wms_text_param(change->tracking_number, &nulls[4]);
	values[5] = wms_text_param(change->tracking_url, &nulls[5]);
	wms_run_unaltered(&write_status, values, nulls, 1);
	wms_order_history_add(change->order_id, change->to->name, change->notes, now);
	if (!change->was_confirmed)
		change->confirmed_at = now;
}

/* In the agent's targets and the customer's totals. */
static void
count_in_totals(const Change *change, Numeric amount, int sign)
{
	if (change->agent_id != NULL)
		wms_targets_count(change->agent_id, change->confirmed_at, amount, sign);
	if (change->user_id != NULL)
		wms_profile_count(change->user_id, amount, sign);
}

static void
confirm(Change *change)
{
	Datum		values[] = {UUIDPGetDatum(change->order_id),
	BoolGetDatum(wms_commission_base == WMS_COMMISSION_NET)};
	bool		isnull;
	Numeric		counts;

	wms_order_holds_secure(change->order_id, change->warehouse_id, true);
	update_order(change);
	wms_run(&read_amounts, values, NULL);
	counts = DatumGetNumeric(wms_value(0, 1, &isnull));
	if (change->agent_id != NULL)
	{
		wms_commissions_earn(change->order_id, change->agent_id, DatumGetNumeric(wms_value(0, 2, &isnull)), NULL, false);
		wms_commissions_claw_back_earlier(change->order_id);
	}
	if (!change->was_confirmed)
		count_in_totals(change, counts, 1);
}

static void
ship(Change *change)
{
	wms_order_holds_secure(change->order_id, change->warehouse_id, false);
	wms_order_holds_consume(change->order_id);
	update_order(change);
}

static void
deliver(Change *change)
{
	update_order(change);
	wms_commissions_approve(change->order_id);
}

static void
cancel(Change *change)
{
	Datum		values[] = {UUIDPGetDatum(change->order_id), BoolGetDatum(false)};
	bool		isnull;

	wms_coupon_give_back(change->order_id);
	wms_order_holds_release(change->order_id);
	update_order(change);
	wms_commissions_cancel(change->order_id);
	if (!change->was_confirmed)
		return;
	wms_run(&read_amounts, values, NULL);
	count_in_totals(change, DatumGetNumeric(wms_value(0, 1, &isnull)), -1);
}

static void
apply(Change *change)
{
	if (strcmp(change->to->name, "confirmed") == 0)
		confirm(change);
	else if (strcmp(change->to->name, "shipped") == 0)
		ship(change);
	else if (strcmp(change->to->name, "delivered") == 0)
		deliver(change);
	else if (strcmp(change->to->name, "cancelled") == 0)
		cancel(change);
	else
		update_order(change);
}

void
wms_order_advance(const pg_uuid_t *order_id, const char *status)
{
	Change		change = {.order_id = order_id, .to = wms_order_status(status)};

	if (lock_and_check(&change))
		apply(&change);
}

void
wms_order_cancel(const pg_uuid_t *order_id, const char *reason)
{
	Change		change = {.order_id = order_id, .to = wms_order_status("cancelled"), .notes = reason};

	if (lock_and_check(&change))
		apply(&change);
}

/* What is confirmed is the business's to call off. */
static void
check_access(const Change *change)
{
	if (!wms_caller_is_restricted() || strcmp(change->to->name, "cancelled") != 0 ||
		strcmp(change->from, "pending") == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WMS_NOT_ALLOWED),
			 errmsg("order %s is no longer yours to cancel", wms_uuid_text(change->order_id)),
			 errdetail("It is %s; customers and agents cancel what is pending.", change->from),
			 errhint("Ask somebody with profile manager.")));
}

static Datum
carry_out(Change *change)
{
	WmsCommand	command;

	wms_command_begin_own(&command);
	if (strcmp(change->to->name, "cancelled") != 0)
		wms_access_staff();
	wms_access_order(change->order_id);
	if (lock_and_check(change))
	{
		check_access(change);
		apply(change);
	}
	wms_command_end(&command);
	return CStringGetTextDatum(change->to->name);
}

/* Moves an order to a status; raises WM001, WM003, WM004, WM012, 22023. */
Datum
wms_set_order_status(PG_FUNCTION_ARGS)
{
	Change		change = {.order_id = wms_arg_uuid(fcinfo, 0, "order_id")};
	char	   *status = wms_arg_text(fcinfo, 1, "status");

	change.to = wms_order_status(status);
	change.notes = wms_optional_text(fcinfo, 2);
	if (change.to == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no order status \"%s\"", wms_shown(status)),
				 errhint("wms_order_transitions() lists them.")));
	return carry_out(&change);
}

static Change
change_to(FunctionCallInfo fcinfo, const char *status)
{
	Change		change = {.order_id = wms_arg_uuid(fcinfo, 0, "order_id"), .to = wms_order_status(status)};

	return change;
}

Datum
wms_confirm_order(PG_FUNCTION_ARGS)
{
	Change		change = change_to(fcinfo, "confirmed");

	return carry_out(&change);
}

Datum
wms_process_order(PG_FUNCTION_ARGS)
{
	Change		change = change_to(fcinfo, "processing");

	return carry_out(&change);
}

Datum
wms_pack_order(PG_FUNCTION_ARGS)
{
	Change		change = change_to(fcinfo, "packed");

	return carry_out(&change);
}

Datum
wms_ship_order(PG_FUNCTION_ARGS)
{
	Change		change = change_to(fcinfo, "shipped");

	change.tracking_number = wms_optional_text(fcinfo, 1);
	change.tracking_url = wms_optional_text(fcinfo, 2);
	return carry_out(&change);
}

Datum
wms_deliver_order(PG_FUNCTION_ARGS)
{
	Change		change = change_to(fcinfo, "delivered");

	return carry_out(&change);
}

Datum
wms_cancel_order(PG_FUNCTION_ARGS)
{
	Change		change = change_to(fcinfo, "cancelled");

	change.notes = wms_optional_text(fcinfo, 1);
	return carry_out(&change);
}
