/*
 * sales_report.c
 *		wms_sales_report(): what was sold in a period, by day, month, warehouse, agent, category or product.
 *
 * An order is a sale when it is confirmed and not cancelled, and counts on the business day it was confirmed,
 * its refunds too.  Sales are what was charged: goods less discount, tax and shipping; refunds are what went back
 * of it, overpayments aside.  By category and product a line counts with its shares; what belongs to no line,
 * such as shipping, stands under NULL, so that the columns add up to the same whatever they are grouped by.
 *
 * Takes no locks; reads as the caller, all of it in one snapshot.
 */
#include "postgres.h"

#include "fmgr.h"
#include "support/args.h"
#include "support/command.h"
#include "support/settings.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(wms_sales_report);

/* $1 and $2: from the first instant to the one after the last. */
#define COUNTED \
	"counted AS MATERIALIZED (" \
	"     SELECT o.id, o.confirmed_at, o.warehouse_id, o.agent_id, o.total, o.tax_amount," \
	"            (SELECT coalesce(sum(r.amount - r.overpaid_amount), 0.00) FROM sales.refunds r" \
	"              WHERE r.order_id = o.id) AS refunded" \
	"       FROM sales.orders o" \
	"      WHERE o.confirmed_at >= $1 AND o.confirmed_at < $2 AND o.cancelled_at IS NULL)"

#define COST "round(i.quantity * coalesce(i.unit_cost, 0), 2)"

#define SUMS \
	"count(DISTINCT p.order_id), coalesce(sum(p.units), 0)::bigint, sum(p.sales), sum(p.tax), sum(p.refunds)," \
	" coalesce(sum(p.cost), 0.00)"

/* $3 what to group by, $4 the time zone. */
static WmsPlan by_order = WMS_REPORT(
	"WITH " COUNTED
	"SELECT CASE $3 WHEN 'day' THEN to_char(c.confirmed_at AT TIME ZONE $4, 'YYYY-MM-DD')"
	"               WHEN 'month' THEN to_char(c.confirmed_at AT TIME ZONE $4, 'YYYY-MM')"
	"               WHEN 'warehouse' THEN w.code ELSE a.agent_code END AS group_key,"
	"       count(*), coalesce(sum(i.units), 0)::bigint, sum(c.total), sum(c.tax_amount), sum(c.refunded),"
	"       coalesce(sum(i.cost), 0.00)"
	"  FROM counted c"
	"  LEFT JOIN (SELECT i.order_id, sum(i.quantity) AS units, sum(" COST ") AS cost"
	"               FROM counted x JOIN sales.order_items i ON i.order_id = x.id GROUP BY i.order_id) i"
	"    ON i.order_id = c.id"
	"  LEFT JOIN inventory.warehouses w ON w.id = c.warehouse_id AND $3 = 'warehouse'"
	"  LEFT JOIN agent.agents a ON a.id = c.agent_id AND $3 = 'agent'"
	" GROUP BY group_key, w.id, a.id"
	" ORDER BY group_key, w.id, a.id",
	TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TEXTOID);

static WmsPlan by_line = WMS_REPORT(
	"WITH " COUNTED ","
	" line AS MATERIALIZED ("
	"     SELECT i.order_id, i.product_id, i.quantity AS units, i.total_price - i.discount_amount + i.tax_amount AS sales,"
	"            i.tax_amount AS tax,"
	"            (SELECT coalesce(sum(r.amount), 0.00) FROM sales.refund_items r"
	"              WHERE r.order_id = i.order_id AND r.order_item_id = i.id) AS refunds,"
	"            " COST " AS cost"
	"       FROM counted c JOIN sales.order_items i ON i.order_id = c.id),"
	" part AS ("
	"     SELECT l.order_id, l.product_id, l.units, l.sales, l.tax, l.refunds, l.cost FROM line l"
	"      UNION ALL"
	"     SELECT c.id, NULL, 0, x.sales, x.tax, x.refunds, 0.00"
	"       FROM counted c"
	"       LEFT JOIN (SELECT l.order_id, sum(l.sales) AS sales, sum(l.tax) AS tax, sum(l.refunds) AS refunds"
	"                    FROM line l GROUP BY l.order_id) l ON l.order_id = c.id"
	"      CROSS JOIN LATERAL (SELECT c.total - coalesce(l.sales, 0) AS sales, c.tax_amount - coalesce(l.tax, 0) AS tax,"
	"                                 c.refunded - coalesce(l.refunds, 0) AS refunds) x"
	"      WHERE (x.sales, x.tax, x.refunds) <> (0, 0, 0))"
	"SELECT k.group_key, " SUMS
	"  FROM part p"
	"  LEFT JOIN LATERAL ("
	"       SELECT t.sku AS group_key, t.id FROM catalog.products t WHERE t.id = p.product_id AND $3 = 'product'"
	"        UNION ALL"
	"       (SELECT t.name, t.id FROM catalog.product_categories pc JOIN catalog.categories t ON t.id = pc.category_id"
	"         WHERE pc.product_id = p.product_id AND t.deleted_at IS NULL AND $3 = 'category'"
	"         ORDER BY t.sort_order, t.name, t.id LIMIT 1)) k ON true"
	" GROUP BY k.group_key, k.id"
	" ORDER BY k.group_key, k.id",
	TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID);

static const char *const groups[] = {"day", "month", "warehouse", "agent", "category", "product"};

static char *
group_argument(FunctionCallInfo fcinfo, int n)
{
	char	   *group = wms_arg_text(fcinfo, n, "group_by");

	for (int i = 0; i < lengthof(groups); i++)
		if (strcmp(groups[i], group) == 0)
			return group;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there are no sales by \"%s\"", wms_shown(group)),
			 errhint("Group by day, month, warehouse, agent, category or product.")));
	return NULL;
}

/* wms_sales_report(from_date date, to_date date, group_by text) → table; raises 22023 */
Datum
wms_sales_report(PG_FUNCTION_ARGS)
{
	char	   *group = group_argument(fcinfo, 2);
	Datum		values[4];

	values[0] = TimestampTzGetDatum(wms_arg_day(fcinfo, 0, "from_date", 0));
	values[1] = TimestampTzGetDatum(wms_arg_day(fcinfo, 1, "to_date", 1));
	values[2] = CStringGetTextDatum(group);
	values[3] = CStringGetTextDatum(pg_get_timezone_name(wms_timezone()));
	if (strcmp(group, "category") == 0 || strcmp(group, "product") == 0)
		return wms_return_rows(fcinfo, &by_line, values, NULL);
	return wms_return_rows(fcinfo, &by_order, values, NULL);
}
