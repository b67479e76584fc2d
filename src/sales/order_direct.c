/*
 * order_direct.c
 *		The direct forms (support/direct.h) of the statements on orders and their history.
 *
 * Locks: the order FOR UPDATE; what an order refers to FOR KEY SHARE.
 */
#include "postgres.h"

#include "sales/order_direct.h"

#include "access/xact.h"
#include "support/args.h"
#include "support/direct.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

enum
{
	ID, ORDER_NUMBER, USER, GUEST_EMAIL, AGENT, CHANNEL, STATUS, SUBTOTAL, SHIPPING_COST, TAX_AMOUNT, DISCOUNT_AMOUNT,
	TOTAL, COUPON_CODE, COUPON_DISCOUNT, SHIPPING_METHOD, SHIPPING_ADDRESS, BILLING_ADDRESS, WAREHOUSE, TRACKING_NUMBER,
	TRACKING_URL, CUSTOMER_NOTES, CANCELLATION_REASON, CONFIRMED_AT, SHIPPED_AT, DELIVERED_AT, CANCELLED_AT, UPDATED_AT
};

static WmsTable orders = {
	.schema = "sales", .name = "orders",
	.columns = {
		[ID] = {"id", UUIDOID},
		[ORDER_NUMBER] = {"order_number", TEXTOID},
		[USER] = {"user_id", UUIDOID},
		[GUEST_EMAIL] = {"guest_email", TEXTOID},
		[AGENT] = {"agent_id", UUIDOID},
		[CHANNEL] = {"channel", TEXTOID},
		[STATUS] = {"status", TEXTOID},
		[SUBTOTAL] = {"subtotal", NUMERICOID},
		[SHIPPING_COST] = {"shipping_cost", NUMERICOID},
		[TAX_AMOUNT] = {"tax_amount", NUMERICOID},
		[DISCOUNT_AMOUNT] = {"discount_amount", NUMERICOID},
		[TOTAL] = {"total", NUMERICOID},
		[COUPON_CODE] = {"coupon_code", TEXTOID},
		[COUPON_DISCOUNT] = {"coupon_discount", NUMERICOID},
		[SHIPPING_METHOD] = {"shipping_method", TEXTOID},
		[SHIPPING_ADDRESS] = {"shipping_address", JSONBOID},
		[BILLING_ADDRESS] = {"billing_address", JSONBOID},
		[WAREHOUSE] = {"warehouse_id", UUIDOID},
		[TRACKING_NUMBER] = {"tracking_number", TEXTOID},
		[TRACKING_URL] = {"tracking_url", TEXTOID},
		[CUSTOMER_NOTES] = {"customer_notes", TEXTOID},
		[CANCELLATION_REASON] = {"cancellation_reason", TEXTOID},
		[CONFIRMED_AT] = {"confirmed_at", TIMESTAMPTZOID},
		[SHIPPED_AT] = {"shipped_at", TIMESTAMPTZOID},
		[DELIVERED_AT] = {"delivered_at", TIMESTAMPTZOID},
		[CANCELLED_AT] = {"cancelled_at", TIMESTAMPTZOID},
		[UPDATED_AT] = {"updated_at", TIMESTAMPTZOID}
	},
	.keys = {{1, {ID}, .one = true}}
};

enum
{
	HISTORY_ORDER, HISTORY_STATUS, HISTORY_NOTES, HISTORY_CREATED_BY, HISTORY_CREATED_AT
};

static WmsTable history = {
	.schema = "sales", .name = "order_status_history",
	.columns = {
		[HISTORY_ORDER] = {"order_id", UUIDOID},
		[HISTORY_STATUS] = {"status", TEXTOID},
		[HISTORY_NOTES] = {"notes", TEXTOID},
		[HISTORY_CREATED_BY] = {"created_by", UUIDOID},
		[HISTORY_CREATED_AT] = {"created_at", TIMESTAMPTZOID}
	}
};

enum
{
	REFUND_ORDER
};

static WmsTable refunds = {
	.schema = "sales", .name = "refunds",
	.columns = {[REFUND_ORDER] = {"order_id", UUIDOID}},
	.keys = {{1, {REFUND_ORDER}}}
};

const Oid	wms_locked_order_types[] = {TEXTOID, TEXTOID, UUIDOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, InvalidOid};
const Oid	wms_order_amount_types[] = {NUMERICOID, NUMERICOID, InvalidOid};
const Oid	wms_unaltered_types[] = {BOOLOID, InvalidOid};

static void
return_unaltered(WmsDirectResult *result)
{
	Datum		value = BoolGetDatum(true);

	wms_direct_return(result, &value, NULL);
}

/* $1 id → status, number, user, agent, warehouse, confirmed at */
bool
wms_direct_lock_order(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const int columns[] = {STATUS, ORDER_NUMBER, USER, AGENT, WAREHOUSE, CONFIRMED_AT};
	WmsOpenTable *table = wms_direct_open(&orders, WMS_TO_LOCK);
	Datum		row[lengthof(columns)];
	bool		row_nulls[lengthof(columns)];

	if (table == NULL)
		return false;
	if (wms_direct_find(table, 0, values, NULL) && wms_direct_lock(table, LockTupleExclusive))
	{
		for (int c = 0; c < lengthof(columns); c++)
			row[c] = wms_direct_value(table, columns[c], &row_nulls[c]);
		wms_direct_return(result, row, row_nulls);
	}
	wms_direct_close(table);
	return true;
}

static bool
is_refunded(Datum order_id, bool *known)
{
	WmsOpenTable *table = wms_direct_open(&refunds, WMS_TO_READ);
	bool		refunded;

	*known = table != NULL;
	if (table == NULL)
		return false;
	refunded = wms_direct_find(table, 0, &order_id, NULL);
	wms_direct_close(table);
	return refunded;
}

/* $1 id, $2 net → what counts, what commissions are of; where something was refunded, SQL says so */
bool
wms_direct_read_amounts(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	bool		known;
	bool		isnull;
	Datum		row[2];
	WmsOpenTable *table;

	if (is_refunded(values[0], &known) || !known)
		return false;
	table = wms_direct_open(&orders, WMS_TO_READ);
	if (table == NULL)
		return false;
	if (wms_direct_find(table, 0, values, NULL))
	{
		row[0] = row[1] = wms_direct_value(table, TOTAL, &isnull);
		if (DatumGetBool(values[1]))
			row[1] = DirectFunctionCall2(numeric_sub, wms_direct_value(table, SUBTOTAL, &isnull),
										 wms_direct_value(table, DISCOUNT_AMOUNT, &isnull));
		wms_direct_return(result, row, NULL);
	}
	wms_direct_close(table);
	return true;
}

/* When an order came to a status. */
static void
set_instant(WmsOpenTable *table, WmsNewRow *row, const char *status, Datum instant)
{
	static const struct
	{
		const char *status;
		int			column;
	}			instants[] = {
		{"confirmed", CONFIRMED_AT}, {"shipped", SHIPPED_AT}, {"delivered", DELIVERED_AT}, {"cancelled", CANCELLED_AT}
	};

	for (int i = 0; i < lengthof(instants); i++)
	{
		bool		unset = true;

		if (strcmp(status, instants[i].status) != 0)
			continue;
		if (instants[i].column == CONFIRMED_AT)
			(void) wms_direct_get(table, row, CONFIRMED_AT, &unset);
		if (unset)
			wms_direct_set(table, row, instants[i].column, instant, false);
	}
}

/* $1 id, $2 status, $3 instant, $4 notes, $5 tracking number, $6 tracking URL → is it as it was to be */
bool
wms_direct_write_status(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const int changed[] = {STATUS, CONFIRMED_AT, SHIPPED_AT, DELIVERED_AT, CANCELLED_AT, CANCELLATION_REASON,
	TRACKING_NUMBER, TRACKING_URL, UPDATED_AT};
	WmsOpenTable *table = wms_direct_open(&orders, WMS_TO_UPDATE);
	char	   *status = TextDatumGetCString(values[1]);
	bool		done;

	if (table == NULL)
		return false;
	done = wms_direct_find(table, 0, values, NULL) && wms_direct_lock(table, LockTupleNoKeyExclusive);
	if (done)
	{
		WmsNewRow  *row = wms_direct_change_row(table);

		wms_direct_set(table, row, STATUS, values[1], false);
		set_instant(table, row, status, values[2]);
		if (strcmp(status, "cancelled") == 0)
			wms_direct_set(table, row, CANCELLATION_REASON, values[3], nulls[3]);
		if (!nulls[4])
			wms_direct_set(table, row, TRACKING_NUMBER, values[4], false);
		if (!nulls[5])
			wms_direct_set(table, row, TRACKING_URL, values[5], false);
		wms_direct_set(table, row, UPDATED_AT, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()), false);
		done = wms_direct_update(table, changed, lengthof(changed));
	}
	if (done)
		return_unaltered(result);
	wms_direct_close(table);
	return done;
}

/* Of what the statement leaves to its default, the status; who has changed that is told so by SQL. */
static bool
is_as_placed(WmsOpenTable *table, const WmsNewRow *row, Datum total)
{
	bool		isnull;
	Datum		status = wms_direct_get(table, row, STATUS, &isnull);

	return !isnull && strcmp(TextDatumGetCString(status), "pending") == 0 &&
		DatumGetBool(DirectFunctionCall2(numeric_eq, wms_direct_get(table, row, TOTAL, &isnull), total));
}

/* $1 to $18: the columns, as listed → is it as it was to be */
bool
wms_direct_write_order(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const int columns[] = {ID, ORDER_NUMBER, USER, GUEST_EMAIL, AGENT, CHANNEL, SUBTOTAL, SHIPPING_COST,
		TAX_AMOUNT, DISCOUNT_AMOUNT, TOTAL, COUPON_CODE, COUPON_DISCOUNT, SHIPPING_METHOD, SHIPPING_ADDRESS,
	BILLING_ADDRESS, WAREHOUSE, CUSTOMER_NOTES};
	WmsOpenTable *table = wms_direct_open(&orders, WMS_TO_INSERT);
	WmsNewRow  *row;
	bool		done;

	if (table == NULL)
		return false;
	row = wms_direct_add_row(table);
	wms_direct_set_all(table, row, columns, lengthof(columns), values, nulls);
	done = is_as_placed(table, row, values[10]) && wms_direct_insert(table);
	if (done)
		return_unaltered(result);
	wms_direct_close(table);
	return done;
}

/* $1 order, $2 status, $3 notes, $4 actor, $5 instant → is it as it was to be */
bool
wms_direct_write_history(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const int columns[] = {HISTORY_ORDER, HISTORY_STATUS, HISTORY_NOTES, HISTORY_CREATED_BY, HISTORY_CREATED_AT};
	WmsOpenTable *table = wms_direct_open(&history, WMS_TO_INSERT);
	bool		done;

	if (table == NULL)
		return false;
	wms_direct_set_all(table, wms_direct_add_row(table), columns, lengthof(columns), values, nulls);
	done = wms_direct_insert(table);
	if (done)
		return_unaltered(result);
	wms_direct_close(table);
	return done;
}
