/*
 * order_read.c
 *		One order as a whole, what is still owed on it, and where an order may go from here.
 *
 * Takes no locks; reads as the caller, so that an order he may not see is one that is not there.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "sales/order_status_table.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_order);
PG_FUNCTION_INFO_V1(wms_order_balance);
PG_FUNCTION_INFO_V1(wms_order_transitions);

/*
 * Every column by name.  What not everybody may read, notes of the staff and costs, is a part of its own:
 * a column the caller may not SELECT would make the whole order unreadable.
 */
#define LIST(columns, from_where, sort) \
	"(SELECT coalesce(jsonb_agg(to_jsonb(x) ORDER BY " sort "), '[]') FROM (SELECT " columns " " from_where ") x)"

#define ORDER_COLUMNS \
	"o.id, o.order_number, o.user_id, o.guest_email, o.agent_id, o.channel, o.status, o.subtotal, " \
	"o.shipping_cost, o.tax_amount, o.discount_amount, o.total, o.coupon_code, o.coupon_discount, " \
	"o.shipping_method, o.shipping_address, o.billing_address, o.warehouse_id, o.tracking_number, " \
	"o.tracking_url, o.shipped_at, o.delivered_at, o.customer_notes, o.confirmed_at, o.cancelled_at, " \
	"o.cancellation_reason, o.metadata, o.created_at, o.updated_at"

#define LINE_COLUMNS \
	"i.id, i.line_number, i.product_id, i.variant_id, i.sku, i.name, i.variant_name, i.quantity, " \
	"i.unit_price, i.total_price, i.discount_amount, i.tax_amount, i.returned_quantity, i.created_at"

#define PAYMENTS \
	LIST("p.id, p.payment_method, p.payment_provider, p.transaction_id, p.amount, p.status, p.paid_at, " \
		 "p.metadata, p.created_at, p.updated_at", \
		 "FROM sales.payments p WHERE p.order_id = o.id", "x.created_at, x.id")

#define REFUND_LINES \
	LIST("ri.id, ri.order_item_id, i.line_number, ri.quantity, ri.amount, ri.restocked_quantity", \
		 "FROM sales.refund_items ri JOIN sales.order_items i ON i.id = ri.order_item_id AND i.order_id = ri.order_id " \
		 "WHERE ri.refund_id = r.id AND ri.order_id = o.id", "x.line_number, x.id")

#define REFUNDS \
	LIST("r.id, r.refund_number, r.amount, r.overpaid_amount, r.reason, r.warehouse_id, r.transaction_id, " \
		 "r.created_by, r.created_at, " REFUND_LINES " AS lines", \
		 "FROM sales.refunds r WHERE r.order_id = o.id", "x.created_at, x.refund_number")

#define HOLDS \
	LIST("h.id, h.reference_line_id AS order_item_id, h.warehouse_id, h.product_id, h.variant_id, h.batch_id, " \
		 "h.quantity, h.original_quantity, h.status, h.expires_at, h.created_at, h.resolved_at", \
		 "FROM inventory.stock_reservations h WHERE h.reference_type = 'order' AND h.reference_id = o.id", \
		 "x.created_at, x.id")

#define HISTORY \
	LIST("s.id, s.status, s.notes, s.created_by, s.created_at", \
		 "FROM sales.order_status_history s WHERE s.order_id = o.id", "x.created_at, x.id")

#define ORDER_TEXT(order_private, line_private) \
	"SELECT to_jsonb(whole) FROM (" \
	"SELECT " ORDER_COLUMNS order_private ", " \
	LIST(LINE_COLUMNS line_private, "FROM sales.order_items i WHERE i.order_id = o.id", "x.line_number, x.id") \
	" AS lines, " \
	PAYMENTS " AS payments, " REFUNDS " AS refunds, " HOLDS " AS holds, " HISTORY " AS history " \
	"FROM sales.orders o WHERE o.id = $1) whole"

static WmsPlan whole_order = WMS_PLAN(ORDER_TEXT(", o.admin_notes", ", i.unit_cost"), UUIDOID);
static WmsPlan public_order = WMS_PLAN(ORDER_TEXT("", ""), UUIDOID);

static WmsPlan may_read_private = WMS_PLAN_NO_ARGS(
	"SELECT has_column_privilege('sales.orders', 'admin_notes', 'SELECT') "
	"AND has_column_privilege('sales.order_items', 'unit_cost', 'SELECT')");

/*
 * A refund takes back what was paid and, but for the part that only returned an overpayment, as much of
 * what was owed; so due = total - paid + overpayments returned.  Nothing is owed on an order that was
 * cancelled or refunded: what is paid for it, later too, the customer has to get, as always below zero.
 */
static WmsPlan balance = WMS_PLAN(
	"SELECT o.total, paid.amount, refunds.amount, "
	"  CASE WHEN o.status IN ('cancelled', 'refunded') THEN least(0.00, refunds.amount - paid.amount) "
	"    ELSE o.total - paid.amount + refunds.overpaid END "
	"FROM sales.orders o, "
	"  LATERAL (SELECT coalesce(sum(p.amount), 0.00) AS amount FROM sales.payments p "
	"    WHERE p.order_id = o.id AND p.paid_at IS NOT NULL) paid, "
	"  LATERAL (SELECT coalesce(sum(r.amount), 0.00) AS amount, coalesce(sum(r.overpaid_amount), 0.00) AS overpaid "
	"    FROM sales.refunds r WHERE r.order_id = o.id) refunds "
	"WHERE o.id = $1", UUIDOID);

static void
refuse_unknown(const pg_uuid_t *order_id)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
			 errmsg("order %s does not exist", wms_uuid_text(order_id)),
			 errhint("Look it up in sales.orders or with wms_orders().")));
}

/* wms_order(order_id uuid) → jsonb */
Datum
wms_order(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *order_id = wms_arg_uuid(fcinfo, 0, "order_id");
	Datum		values[1] = {UUIDPGetDatum(order_id)};
	Datum		result;
	bool		isnull;

	wms_query_begin();
	wms_read(&may_read_private, NULL, NULL);
	if (wms_read(wms_value_bool(0, 1) ? &whole_order : &public_order, values, NULL) == 0)
		refuse_unknown(order_id);
	result = wms_result_copy(wms_value(0, 1, &isnull), JSONBOID);
	wms_query_end();
	return result;
}

/* wms_order_balance(order_id uuid) → table (total, paid, refunded, due numeric) */
Datum
wms_order_balance(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *order_id = wms_arg_uuid(fcinfo, 0, "order_id");
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[1] = {UUIDPGetDatum(order_id)};

	InitMaterializedSRF(fcinfo, 0);
	wms_query_begin();
	if (wms_read(&balance, values, NULL) == 0)
		refuse_unknown(order_id);
	wms_put_rows(result->setResult);
	wms_query_end();
	return (Datum) 0;
}

/* wms_order_transitions() → table (from_status text, to_status text) */
Datum
wms_order_transitions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	bool		nulls[2] = {false, false};

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < wms_order_status_count; i++)
	{
		for (const char *const *next = wms_order_statuses[i].next; *next != NULL; next++)
		{
			Datum		row[2];

			row[0] = CStringGetTextDatum(wms_order_statuses[i].name);
			row[1] = CStringGetTextDatum(*next);
			tuplestore_putvalues(result->setResult, result->setDesc, row, nulls);
		}
	}
	return (Datum) 0;
}
