/*
 * maintain.c
 *		wms_maintain(): what is over and done with is tidied away, a little at a time.
 *
 * Locks: keys, sessions, password resets and carts, then lapsed orders FOR UPDATE, each only if nobody has it;
 * the coupons, products and stock rows of these orders, each kind once and in the global order, waiting; then
 * stock rows with lapsed holds, batches past their date and targets past theirs, again only what nobody has.
 * So whatever it waits for it waits for in the order in which commands lock, and everything it does afterwards
 * finds its locks held.
 */
#include "postgres.h"

#include "agent/target.h"
#include "funcapi.h"
#include "inventory/batch_status.h"
#include "inventory/stock_row.h"
#include "miscadmin.h"
#include "sales/order_status.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/command.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_maintain);

/* Of one call: short enough that nobody waits long for what it locks. */
#define ROWS_A_CALL 1000
#define ORDERS_A_CALL 100

/* Rows that are nobody's business any more.  $1 how many. */
#define DELETE_DEAD(relation, condition) \
	"WITH dead AS MATERIALIZED (" \
	"     SELECT x.id FROM " relation " x WHERE " condition " LIMIT $1 FOR UPDATE SKIP LOCKED)" \
	"DELETE FROM " relation " x USING dead d WHERE x.id = d.id"

static WmsPlan delete_keys = WMS_PLAN(
	DELETE_DEAD("auth.idempotency_keys", "x.created_at < CURRENT_TIMESTAMP - make_interval(secs => $2)"),
	INT4OID, FLOAT8OID);

static WmsPlan delete_sessions = WMS_PLAN(
	DELETE_DEAD("auth.sessions", "x.expires_at <= CURRENT_TIMESTAMP"), INT4OID);

static WmsPlan delete_resets = WMS_PLAN(
	DELETE_DEAD("auth.password_resets", "x.expires_at <= CURRENT_TIMESTAMP"), INT4OID);

/* A cart that still holds stock is kept, since nobody else knows of the hold. */
static WmsPlan delete_carts = WMS_REPORT(
	DELETE_DEAD("sales.carts",
				"x.order_id IS NULL AND x.expires_at <= CURRENT_TIMESTAMP AND NOT EXISTS ("
				" SELECT FROM inventory.stock_reservations r WHERE r.reference_id = x.id"
				" AND r.reference_type = 'cart' AND r.status = 'active')"),
	INT4OID);

/*
 * Pending, unpaid, and a line of it that was held is held no more.  $2 the clock.  It is judged once to choose
 * the orders, and again when they are locked: a payment may have come in between.
 */
#define LAPSED_ORDER \
	"o.status = 'pending'" \
	" AND NOT EXISTS (SELECT FROM sales.payments p WHERE p.order_id = o.id" \
	"                    AND (p.paid_at IS NOT NULL OR p.status = 'completed'))" \
	" AND EXISTS (SELECT FROM sales.order_items i" \
	"               JOIN inventory.stock_reservations r ON r.reference_id = i.order_id AND r.reference_type = 'order'" \
	"                AND r.reference_line_id = i.id" \
	"              WHERE i.order_id = o.id AND (r.status = 'expired' OR (r.status = 'active' AND r.expires_at <= $2))" \
	"                AND NOT EXISTS (SELECT FROM inventory.stock_reservations n" \
	"                                 WHERE n.reference_id = i.order_id AND n.reference_type = 'order'" \
	"                                   AND n.reference_line_id = i.id AND n.product_id = r.product_id" \
	"                                   AND n.status = 'active' AND (n.expires_at IS NULL OR n.expires_at > $2)))"

static WmsPlan lock_orders = WMS_PLAN(
	"SELECT o.id FROM sales.orders o WHERE " LAPSED_ORDER
	" ORDER BY o.created_at, o.id LIMIT $1 FOR UPDATE SKIP LOCKED",
	INT4OID, TIMESTAMPTZOID);

static WmsPlan check_orders = WMS_PLAN(
	"SELECT o.id FROM sales.orders o WHERE o.id = ANY ($1) AND " LAPSED_ORDER " ORDER BY o.created_at, o.id",
	UUIDARRAYOID, TIMESTAMPTZOID);

static WmsPlan lock_coupons = WMS_PLAN(
	"SELECT FROM sales.coupons c"
	" WHERE c.id IN (SELECT r.coupon_id FROM sales.coupon_redemptions r"
	"                 WHERE r.order_id = ANY ($1) AND r.reversed_at IS NULL)"
	" ORDER BY c.id FOR NO KEY UPDATE",
	UUIDARRAYOID);

#define HOLDS_OF_ORDERS \
	"inventory.stock_reservations r" \
	" WHERE r.reference_id = ANY ($1) AND r.reference_type = 'order' AND r.status = 'active'"

static WmsPlan lock_products = WMS_PLAN(
	"SELECT FROM catalog.products p WHERE p.id IN (SELECT r.product_id FROM " HOLDS_OF_ORDERS ")"
	" ORDER BY p.id FOR KEY SHARE",
	UUIDARRAYOID);

static WmsPlan lock_rows_of_orders = WMS_PLAN(
	"SELECT FROM (SELECT DISTINCT r.warehouse_id, r.product_id, r.variant_id FROM " HOLDS_OF_ORDERS ") h"
	"  JOIN inventory.stock_items s ON s.warehouse_id = h.warehouse_id AND s.product_id = h.product_id"
	"   AND s.variant_id IS NOT DISTINCT FROM h.variant_id"
	" ORDER BY s.warehouse_id, s.product_id, s.variant_id FOR NO KEY UPDATE OF s",
	UUIDARRAYOID);

static WmsPlan lock_lapsed_rows = WMS_REPORT(
	"SELECT s.warehouse_id, s.product_id, s.variant_id"
	"  FROM (SELECT DISTINCT r.warehouse_id, r.product_id, r.variant_id FROM inventory.stock_reservations r"
	"         WHERE r.status = 'active' AND r.expires_at <= $2) h"
	"  JOIN inventory.stock_items s ON s.warehouse_id = h.warehouse_id AND s.product_id = h.product_id"
	"   AND s.variant_id IS NOT DISTINCT FROM h.variant_id"
	" LIMIT $1 FOR NO KEY UPDATE OF s SKIP LOCKED",
	INT4OID, TIMESTAMPTZOID);

static WmsPlan count_lapsed = WMS_PLAN(
	"SELECT count(*) FROM unnest($1, $2, $3) AS u(warehouse_id, product_id, variant_id)"
	"  JOIN inventory.stock_reservations r ON r.warehouse_id = u.warehouse_id"
	"   AND r.product_id = u.product_id AND r.variant_id IS NOT DISTINCT FROM u.variant_id"
	" WHERE r.status = 'active' AND r.expires_at <= $4",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TIMESTAMPTZOID);

static WmsColumn *
result_ids(uint64 count)
{
	WmsColumn  *ids = wms_column(UUIDOID);
	bool		isnull;

	for (uint64 n = 0; n < count; n++)
		wms_column_add_uuid(ids, DatumGetUUIDP(wms_value(n, 1, &isnull)));
	return ids;
}

static int64
delete_dead(WmsPlan *plan)
{
	Datum		values[] = {Int32GetDatum(ROWS_A_CALL), Float8GetDatum(wms_idempotency_retention)};

	return (int64) wms_run(plan, values, NULL);
}

/* Orders whose time to pay is over, locked with everything that cancelling them takes. */
static WmsColumn *
lock_lapsed_orders(void)
{
	Datum		values[2] = {Int32GetDatum(ORDERS_A_CALL), TimestampTzGetDatum(wms_clock())};
	WmsColumn  *orders = result_ids(wms_order_hold == 0 ? 0 : wms_run(&lock_orders, values, NULL));

	if (orders->count == 0)
		return orders;
	values[0] = wms_column_array(orders);
	orders = result_ids(wms_read_latest(&check_orders, values));
	values[0] = wms_column_array(orders);
	wms_run(&lock_coupons, values, NULL);
	wms_run(&lock_products, values, NULL);
	wms_run(&lock_rows_of_orders, values, NULL);
	return orders;
}

static int64
cancel_orders(const WmsColumn *orders)
{
	for (int i = 0; i < orders->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		wms_order_cancel(DatumGetUUIDP(orders->values[i]), "not paid before its hold lapsed");
	}
	return orders->count;
}

/* The rows of what lock_lapsed_rows left in SPI_tuptable; wanting more than there is makes them give up holds. */
static WmsStockRow *
lapsed_rows(uint64 count, Datum *keys)
{
	WmsItem    *items = palloc0(sizeof(WmsItem) * (count + 1));
	WmsStockRow *rows = palloc0(sizeof(WmsStockRow) * (count + 1));
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID)};
	bool		isnull;

	for (uint64 n = 0; n < count; n++)
	{
		Datum		variant = wms_value(n, 3, &isnull);

		items[n].has_variant = !isnull;
		if (!isnull)
			items[n].variant_id = *DatumGetUUIDP(variant);
		items[n].product_id = *DatumGetUUIDP(wms_value(n, 2, &isnull));
		rows[n].item = &items[n];
		rows[n].warehouse_id = *DatumGetUUIDP(wms_value(n, 1, &isnull));
		rows[n].wanted = PG_INT64_MAX;
		wms_column_add_uuid(columns[0], &rows[n].warehouse_id);
		wms_column_add_uuid(columns[1], &items[n].product_id);
		wms_column_add_uuid(columns[2], wms_item_variant(&items[n]));
	}
	for (int i = 0; i < lengthof(columns); i++)
		keys[i] = wms_column_array(columns[i]);
	return rows;
}

static int64
expire_holds(void)
{
	Datum		values[4] = {Int32GetDatum(ROWS_A_CALL), TimestampTzGetDatum(wms_clock())};
	uint64		count = wms_run(&lock_lapsed_rows, values, NULL);
	TimestampTz instant;
	WmsStockRow *rows;
	int64		lapsed;

	if (count == 0)
		return 0;
	rows = lapsed_rows(count, values);
	instant = wms_stock_rows_lock(rows, (int) count);
	values[3] = TimestampTzGetDatum(instant);
	wms_run(&count_lapsed, values, NULL);
	lapsed = wms_value_int64(0, 1);
	wms_stock_rows_settle(rows, (int) count, instant);
	return lapsed;
}

static void
report(FunctionCallInfo fcinfo, const char *task, int64 done)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[] = {CStringGetTextDatum(task), Int64GetDatum(done)};
	bool		nulls[] = {false, false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* wms_maintain() → table (task text, done bigint) */
Datum
wms_maintain(PG_FUNCTION_ARGS)
{
	WmsCommand	command;
	int64		keys;
	int64		sessions;
	int64		resets;
	int64		carts;
	int64		targets;
	WmsColumn  *orders;

	InitMaterializedSRF(fcinfo, 0);
	wms_command_begin(&command);
	keys = delete_dead(&delete_keys);
	sessions = delete_dead(&delete_sessions);
	resets = delete_dead(&delete_resets);
	carts = delete_dead(&delete_carts);
	orders = lock_lapsed_orders();
	report(fcinfo, "orders", cancel_orders(orders));
	report(fcinfo, "holds", expire_holds());
	report(fcinfo, "batches", wms_batches_expire(wms_business_date(wms_clock()), ROWS_A_CALL));
	targets = wms_targets_recompute(ROWS_A_CALL);
	targets += wms_targets_end(wms_business_date(wms_clock()), ROWS_A_CALL);
	report(fcinfo, "targets", targets);
	report(fcinfo, "carts", carts);
	report(fcinfo, "sessions", sessions);
	report(fcinfo, "password_resets", resets);
	report(fcinfo, "idempotency_keys", keys);
	wms_command_end(&command);
	return (Datum) 0;
}
