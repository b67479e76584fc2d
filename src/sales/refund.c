/*
 * refund.c
 *		wms_refund_order(): money that goes back, goods that come back, and what follows from both.
 *
 * Locks: the idempotency key; the order FOR UPDATE, and updated, since refunds judge sums over its children; a
 * warehouse that is named; before shipping the products and stock rows of its holds, with goods that come back
 * the warehouses, products, stock rows and batches; agents FOR KEY SHARE; targets; the customer's profile last.
 */
#include "postgres.h"

#include "agent/clawback.h"
#include "agent/target.h"
#include "crm/profile.h"
#include "inventory/allocation.h"
#include "sales/amount.h"
#include "sales/order_history.h"
#include "sales/order_status_table.h"
#include "sales/refund.h"
#include "support/access.h"
#include "support/actor.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "support/document_number.h"
#include "support/errors.h"
#include "support/idempotency.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(wms_refund_order);

static WmsPlan lock_order = WMS_PLAN("SELECT FROM sales.orders o WHERE o.id = $1 FOR UPDATE", UUIDOID);

/* In cents; refunds that only returned an overpayment apart. */
static WmsPlan read_order = WMS_PLAN(
	"SELECT o.order_number, o.status, o.user_id, o.agent_id, o.warehouse_id, o.confirmed_at,"
	"       o.cancelled_at IS NOT NULL, (o.total * 100)::bigint,"
	"       (SELECT (coalesce(sum(p.amount), 0) * 100)::bigint FROM sales.payments p"
	"         WHERE p.order_id = o.id AND p.paid_at IS NOT NULL),"
	"       (SELECT (coalesce(sum(r.amount - r.overpaid_amount), 0) * 100)::bigint FROM sales.refunds r"
	"         WHERE r.order_id = o.id),"
	"       (SELECT (coalesce(sum(r.overpaid_amount), 0) * 100)::bigint FROM sales.refunds r"
	"         WHERE r.order_id = o.id)"
	"  FROM sales.orders o WHERE o.id = $1",
	UUIDOID);

static WmsPlan write_refund = WMS_PLAN(
	"INSERT INTO sales.refunds (id, refund_number, order_id, amount, overpaid_amount, reason, warehouse_id,"
	"       transaction_id, created_by, created_at)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
	UUIDOID, TEXTOID, UUIDOID, NUMERICOID, NUMERICOID, TEXTOID, UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

static WmsPlan write_order = WMS_PLAN(
	"UPDATE sales.orders o SET status = $2, updated_at = CURRENT_TIMESTAMP WHERE o.id = $1"
	" RETURNING o.status = $2",
	UUIDOID, TEXTOID);

static void
refuse_argument(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message), errhint("%s", hint)));
}

static void
read_arguments(FunctionCallInfo fcinfo, WmsRefund *refund)
{
	refund->order_id = wms_arg_uuid(fcinfo, 0, "order_id");
	refund->has_amount = !PG_ARGISNULL(1);
	if (refund->has_amount)
		refund->amount = wms_arg_cents(fcinfo, 1, "amount");
	if (!PG_ARGISNULL(2))
		refund->named = wms_lines_parse(fcinfo, 2, WMS_LINE_ORDER_ITEM | WMS_LINE_DELETED);
	if (PG_ARGISNULL(3))
		refuse_argument("restock must not be null", "Pass true where the goods go back into stock, else false.");
	refund->restock = PG_GETARG_BOOL(3);
	refund->warehouse_id = wms_optional_uuid(fcinfo, 4);
	refund->reason = wms_optional_text(fcinfo, 5);
	refund->transaction_id = wms_optional_name(fcinfo, 6, "transaction_id");
	if (refund->has_amount && refund->amount == 0 && refund->named == NULL)
		refuse_argument("amount must be greater than zero where no lines are named",
						"Name the lines that came back, or the amount that goes back.");
	if (refund->warehouse_id != NULL && !refund->restock)
		refuse_argument("a warehouse is named and nothing is to be restocked",
						"Pass restock => true, or leave warehouse_id out.");
}

static const pg_uuid_t *
uuid_or_null(int column)
{
	bool		isnull;
	Datum		value = wms_value(0, column, &isnull);

	return isnull ? NULL : DatumGetUUIDP(value);
}

static void
lock_and_read(WmsRefund *refund)
{
	Datum		value = UUIDPGetDatum(refund->order_id);
	bool		isnull;

	if (wms_run(&lock_order, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no order %s", wms_uuid_text(refund->order_id)),
				 errhint("The orders are in sales.orders.")));
	wms_run(&read_order, &value, NULL);
	refund->order_number = wms_value_text(0, 1);
	refund->status = wms_value_text(0, 2);
	refund->user_id = uuid_or_null(3);
	refund->agent_id = uuid_or_null(4);
	refund->from_warehouse = uuid_or_null(5);
	value = wms_value(0, 6, &isnull);
	refund->confirmed = !isnull;
	refund->confirmed_at = isnull ? 0 : DatumGetTimestampTz(value);
	refund->cancelled_at = wms_value_bool(0, 7);
	refund->total = wms_value_int64(0, 8);
	refund->paid = wms_value_int64(0, 9);
	refund->refunded = wms_value_int64(0, 10);
	refund->overpaid_before = wms_value_int64(0, 11);
	refund->cancelled = strcmp(refund->status, "cancelled") == 0 ||
		(strcmp(refund->status, "refunded") == 0 && refund->cancelled_at);
	refund->shipped = !refund->cancelled && (strcmp(refund->status, "refunded") == 0 ||
											 wms_order_transition_allowed(refund->status, "refunded"));
}

/*
 * The lines it is for: those named, or with a full refund whose goods go back into stock all that is still
 * out.
 */
static void
find_lines(WmsRefund *refund)
{
	WmsRefundLines *lines = wms_refund_lines_read(refund->order_id);
	bool		everything = refund->named == NULL && refund->restock && refund->shipped;

	if (everything && refund->has_amount && refund->amount != wms_refund_balance(refund))
		refuse_argument("goods are to be restocked and no lines are named",
						"Name the lines that came back; all of them come back only with a full refund.");
	if (refund->named != NULL)
		wms_refund_lines_match(lines, refund->order_id, refund->named);
	refund->empties = lines->count > 0;
	for (int i = 0; i < lines->count; i++)
	{
		if (everything)
			lines->lines[i].units = lines->lines[i].open;
		refund->empties = refund->empties && lines->lines[i].units == lines->lines[i].open;
	}
	wms_refund_lines_compact(lines);
	refund->lines = lines;
}

/* A warehouse that is named is there, also where nothing is put into it in the end. */
static void
move_goods(WmsRefund *refund)
{
	if (refund->warehouse_id != NULL)
		wms_lock_warehouse_or_deleted(refund->warehouse_id);
	if (refund->lines->count == 0)
		return;
	if (refund->shipped && refund->restock)
		wms_refund_restock(refund->lines, refund->order_id, refund->warehouse_id, refund->from_warehouse,
						   text_to_cstring(refund->number));
	else if (!refund->shipped && !refund->cancelled)
		wms_refund_free_holds(refund->lines, refund->order_id);
}

static bool
restocked_any(const WmsRefund *refund)
{
	for (int i = 0; i < refund->lines->count; i++)
		if (refund->lines->lines[i].restocked > 0)
			return true;
	return false;
}

static void
insert_refund(WmsRefund *refund)
{
	Datum		values[10];
	bool		nulls[10] = {false};

	refund->instant = wms_clock();
	values[0] = UUIDPGetDatum(&refund->id);
	values[1] = PointerGetDatum(refund->number);
	values[2] = UUIDPGetDatum(refund->order_id);
	values[3] = NumericGetDatum(wms_cents_numeric(refund->amount));
	values[4] = NumericGetDatum(wms_cents_numeric(refund->overpaid));
	values[5] = wms_text_param(refund->reason, &nulls[5]);
	values[6] = wms_uuid_param(restocked_any(refund) ? refund->warehouse_id : NULL, &nulls[6]);
	values[7] = wms_text_param(refund->transaction_id, &nulls[7]);
	values[8] = wms_uuid_param(wms_actor(), &nulls[8]);
	values[9] = TimestampTzGetDatum(refund->instant);
	wms_run_exactly(&write_refund, values, nulls, 1);
	wms_refund_lines_write(refund->lines, refund->order_id, &refund->id, refund->instant);
}

/* Does the order end here: nothing left of what was paid, and either of its price, of its goods, or of itself? */
static bool
becomes_refunded(const WmsRefund *refund)
{
	int64		refunded = refund->refunded + refund->amount - refund->overpaid;

	if (!wms_order_transition_allowed(refund->status, "refunded") || wms_refund_balance(refund) > refund->amount)
		return false;
	if (refund->cancelled || (refunded >= refund->total && (refund->total > 0 || wms_refund_is_full(refund))))
		return true;
	return wms_refund_all_is_back(refund->order_id);
}

/* The order counts for less with its customer and in the targets of its agent. */
static void
reduce_totals(const WmsRefund *refund, bool refunded)
{
	int64		after = refund->refunded + refund->amount - refund->overpaid;
	int64		counted = Max(0, refund->total - refund->refunded);
	int64		counts = refunded ? 0 : Max(0, refund->total - after);
	Numeric		change = wms_cents_numeric(counts - counted);

	if (!refund->confirmed || refund->cancelled_at || strcmp(refund->status, "refunded") == 0 || counts == counted)
		return;
	if (refund->agent_id != NULL)
		wms_targets_adjust(refund->agent_id, refund->confirmed_at, change);
	if (refund->user_id != NULL)
		wms_profile_adjust(refund->user_id, change);
}

static void
settle(const WmsRefund *refund)
{
	Datum		values[2];
	bool		becomes = becomes_refunded(refund);
	bool		refunded = becomes || strcmp(refund->status, "refunded") == 0;

	values[0] = UUIDPGetDatum(refund->order_id);
	values[1] = CStringGetTextDatum(becomes ? "refunded" : refund->status);
	wms_run_unaltered(&write_order, values, NULL, 1);
	if (becomes)
		wms_order_history_add(refund->order_id, "refunded", refund->reason, refund->instant);
	wms_commissions_claw_back(refund->order_id, &refund->id, refunded);
	reduce_totals(refund, refunded);
}

static void
carry_out(WmsRefund *refund)
{
	refund->id = *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0));
	lock_and_read(refund);
	find_lines(refund);
	wms_refund_decide(refund);
	refund->number = wms_document_number("RFD", "sales", "refund_number_seq");
	move_goods(refund);
	insert_refund(refund);
	settle(refund);
}

/* Refunds an order; raises WM003, WM004, WM005, WM010, WM012, 22023, 22003, 23503. */
Datum
wms_refund_order(PG_FUNCTION_ARGS)
{
	WmsRefund	refund = {0};
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *earlier;

	read_arguments(fcinfo, &refund);
	wms_command_begin_own(&command);
	wms_access_staff();
	wms_access_order(refund.order_id);
	earlier = wms_idempotency_begin(fcinfo, &idempotency);
	if (earlier != NULL)
		*result = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(earlier)));
	else
	{
		carry_out(&refund);
		*result = refund.id;
		wms_idempotency_end(&idempotency, psprintf("\"%s\"", wms_uuid_text(&refund.id)));
	}
	wms_command_end(&command);
	PG_RETURN_UUID_P(result);
}
