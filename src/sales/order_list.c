/*
 * order_list.c
 *		wms_orders(): orders newest first, a page at a time.
 *
 * Takes no locks; reads as the caller.  A page begins after the row that ended the last one, wherever that
 * stands by now: orders that come in meanwhile shift nothing, and those of the same instant are told apart by
 * their id.
 */
#include "postgres.h"

#include "fmgr.h"
#include "sales/order_status_table.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(wms_orders);

/*
 * $1 status, $2 user, $3 agent, $4 warehouse; $5 the first instant; $6 and $7 the instant and id that all
 * rows come before; $8 rows.
 *
 * One statement for each index that leads: the caller's filters decide which, not the planner, who would
 * have to choose one plan for all of them.  The function is declared without bitmap scans, which lose the
 * order of the index and read all that is left of it for one page.
 */
#define PAGE(filter) \
	"SELECT o.id, o.order_number, o.status, o.user_id, o.total, o.created_at" \
	"  FROM " filter \
	"   AND ($1 IS NULL OR o.status = $1) AND ($2 IS NULL OR o.user_id = $2)" \
	"   AND ($3 IS NULL OR o.agent_id = $3) AND ($4 IS NULL OR o.warehouse_id = $4)" \
	" ORDER BY o.created_at DESC, o.id DESC LIMIT $8"

#define ORDERS_IN_SPAN "sales.orders o WHERE o.created_at >= $5 AND (o.created_at, o.id) < ($6, $7)"

#define PAGE_PLAN(filter) \
	WMS_PLAN(PAGE(filter), TEXTOID, UUIDOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, UUIDOID, INT4OID)

static WmsPlan all_orders = PAGE_PLAN(ORDERS_IN_SPAN);
static WmsPlan open_orders = PAGE_PLAN(
	ORDERS_IN_SPAN " AND o.status = $1 AND o.status IN ('pending', 'confirmed', 'processing', 'packed', 'shipped')");
static WmsPlan orders_of_agent = PAGE_PLAN(ORDERS_IN_SPAN " AND o.agent_id = $3");

/* A customer has few orders: all of them are read, and sorted. */
static WmsPlan orders_of_user = PAGE_PLAN(
	"(SELECT x.id, x.order_number, x.status, x.user_id, x.agent_id, x.warehouse_id, x.total, x.created_at"
	"         FROM sales.orders x WHERE x.user_id = $2 OFFSET 0) o"
	" WHERE o.created_at >= $5 AND (o.created_at, o.id) < ($6, $7)");

static WmsPlan find_order = WMS_PLAN("SELECT o.created_at FROM sales.orders o WHERE o.id = $1", UUIDOID);

static bool
is_open(const char *status)
{
	return strcmp(status, "delivered") != 0 && strcmp(status, "cancelled") != 0 && strcmp(status, "refunded") != 0;
}

static char *
status_argument(FunctionCallInfo fcinfo, int n)
{
	char	   *status = wms_optional_text(fcinfo, n);

	if (status != NULL && wms_order_status(status) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no order status \"%s\"", wms_shown(status)),
				 errhint("wms_order_transitions() lists them; NULL is any.")));
	return status;
}

/* Where the page begins: before the end of the last date, and after the order that ended the last page. */
static void
set_start(Datum *values, TimestampTz end, const pg_uuid_t *after_id)
{
	static const pg_uuid_t least;
	static pg_uuid_t greatest;
	Datum		value = UUIDPGetDatum(after_id);
	TimestampTz after;
	bool		isnull;

	memset(greatest.data, 0xff, UUID_LEN);
	values[5] = TimestampTzGetDatum(end);
	values[6] = UUIDPGetDatum(end == DT_NOEND ? &greatest : &least);
	if (after_id == NULL)
		return;
	if (wms_read(&find_order, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("order %s does not exist", wms_uuid_text(after_id)),
				 errhint("Pass the order_id of the last row of the page before.")));
	after = DatumGetTimestampTz(wms_value(0, 1, &isnull));
	if (after >= end && end != DT_NOEND)
		return;
	values[5] = TimestampTzGetDatum(after);
	values[6] = UUIDPGetDatum(after_id);
}

/* wms_orders(status, user_id, agent_id, warehouse_id, from_date, to_date, max_rows, after_id) → table; WM004, 22023 */
Datum
wms_orders(PG_FUNCTION_ARGS)
{
	char	   *status = status_argument(fcinfo, 0);
	TimestampTz end = wms_optional_day(fcinfo, 5, "to_date", 1, DT_NOEND);
	Datum		values[8];
	bool		nulls[8] = {false};
	WmsPlan    *plan = &all_orders;

	values[0] = wms_text_param(status, &nulls[0]);
	for (int i = 1; i < 4; i++)
		values[i] = wms_uuid_param(wms_optional_uuid(fcinfo, i), &nulls[i]);
	values[4] = TimestampTzGetDatum(wms_optional_day(fcinfo, 4, "from_date", 0, DT_NOBEGIN));
	values[7] = Int32GetDatum(wms_arg_row_count(fcinfo, 6, "max_rows"));
	wms_query_begin();
	set_start(values, end, wms_optional_uuid(fcinfo, 7));
	wms_query_end();
	if (!nulls[1])
		plan = &orders_of_user;
	else if (!nulls[2])
		plan = &orders_of_agent;
	else if (status != NULL && is_open(status))
		plan = &open_orders;
	return wms_return_rows(fcinfo, plan, values, nulls);
}
