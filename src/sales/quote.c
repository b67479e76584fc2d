/*
 * quote.c
 *		What lines cost: prices, discount, shipping, tax, and each line's share of them.
 *
 * Takes no locks.  Shares are found in whole cents by the largest remainder, so they add up exactly.  Nothing is
 * divided before it is rounded, since a quotient of numeric has been rounded once already.
 */
#include "postgres.h"

#include "sales/quote.h"

#include "catalog/price.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/plans.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

static WmsPlan quote_lines = WMS_PLAN(
	"WITH buyer AS MATERIALIZED ("
	"     SELECT CASE WHEN $6 IS NOT NULL THEN coalesce("
	"            (SELECT c.customer_group FROM crm.customer_profiles c WHERE c.user_id = $6), 'regular') END"
	"            AS customer_group),"
	" priced AS MATERIALIZED ("
	"     SELECT l.n, u.price, round(l.quantity * u.price, 2) AS total"
	"       FROM unnest($1, $2, $3, $4, $5) AS l(n, product_id, variant_id, quantity, unit_price)"
	"       JOIN catalog.products p ON p.id = l.product_id"
	"       LEFT JOIN catalog.product_variants v ON v.id = l.variant_id"
	"      CROSS JOIN buyer b"
	"      CROSS JOIN LATERAL (SELECT coalesce(l.unit_price, "
	WMS_SQL_PRICE_OF("l.product_id", "l.variant_id", "b.customer_group", "l.quantity", "v.price", "p.base_price")
	"            ) AS price) u),"
	" sums AS MATERIALIZED (SELECT sum(r.total) AS subtotal FROM priced r),"
	" coupons AS MATERIALIZED ("
	"     SELECT s.subtotal, coalesce((SELECT least(s.subtotal, c.max_discount,"
	"            CASE c.type WHEN 'percentage' THEN round(s.subtotal * c.value * 0.01, 2) ELSE c.value END)"
	"              FROM sales.coupons c WHERE c.id = $7), 0) AS coupon"
	"       FROM sums s),"
	" discounts AS MATERIALIZED ("
	"     SELECT k.subtotal, k.coupon, least(k.subtotal, k.coupon + coalesce($10, 0)) AS discount FROM coupons k),"
	" charges AS MATERIALIZED ("
	"     SELECT d.subtotal, d.coupon, d.discount, d.subtotal - d.discount AS net,"
	"            round((d.subtotal - d.discount) * $9 * 0.01, 2) AS tax,"
	"            coalesce((SELECT CASE WHEN d.subtotal - d.discount >= m.free_shipping_threshold THEN 0"
	"                                  ELSE coalesce($11, m.base_cost) END"
	"                        FROM sales.shipping_methods m WHERE m.id = $8), $11, 0) AS shipping"
	"       FROM discounts d),"
	" discounted AS MATERIALIZED ("
	"     SELECT x.n, x.price, x.total,"
	"            x.whole + CASE WHEN row_number() OVER (ORDER BY x.rest DESC, x.n)"
	"                                <= x.cents - sum(x.whole) OVER () THEN 1 ELSE 0 END AS discount_cents"
	"       FROM (SELECT r.n, r.price, r.total, c.discount * 100 AS cents,"
	"                    coalesce(div(c.discount * r.total * 10000, nullif(c.subtotal, 0) * 100), 0) AS whole,"
	"                    coalesce(mod(c.discount * r.total * 10000, nullif(c.subtotal, 0) * 100), 0) AS rest"
	"               FROM priced r CROSS JOIN charges c) x)"
	"SELECT y.n, y.price, y.total, y.discount_cents / 100,"
	"       (y.whole + CASE WHEN row_number() OVER (ORDER BY y.rest DESC, y.n)"
	"                            <= y.cents - sum(y.whole) OVER () THEN 1 ELSE 0 END) / 100,"
	"       y.subtotal, y.discount, y.shipping, y.tax,"
	"       y.subtotal + y.shipping + y.tax - y.discount, y.coupon"
	"  FROM (SELECT d.n, d.price, d.total, d.discount_cents, c.subtotal, c.coupon, c.discount, c.shipping, c.tax,"
	"               c.tax * 100 AS cents,"
	"               coalesce(div(c.tax * (d.total * 100 - d.discount_cents) * 100, nullif(c.net, 0) * 100), 0) AS whole,"
	"               coalesce(mod(c.tax * (d.total * 100 - d.discount_cents) * 100, nullif(c.net, 0) * 100), 0) AS rest"
	"          FROM discounted d CROSS JOIN charges c) y"
	" ORDER BY y.n",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, NUMERICARRAYOID, UUIDOID, UUIDOID, UUIDOID,
	NUMERICOID, NUMERICOID, NUMERICOID);

static Numeric
numeric_value(uint64 row, int column)
{
	bool		isnull;
	Datum		value = wms_value(row, column, &isnull);

	if (isnull)
		elog(ERROR, "column %d of the quote is null", column);
	return DatumGetNumeric(value);
}

static Datum
tax_rate(void)
{
	const char *rate = wms_tax_rate != NULL && wms_tax_rate[0] != '\0' ? wms_tax_rate : "0";

	return DirectFunctionCall3(numeric_in, CStringGetDatum(rate), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

static bool
fits(Numeric amount)
{
	return strcspn(numeric_normalize(amount), ".") <= 10;
}

const char *
wms_quote_too_large(const WmsQuote *quote, int *line, Numeric *amount)
{
	for (int i = 0; i < quote->lines->count; i++)
	{
		if (fits(quote->priced[i].total_price))
			continue;
		*line = quote->lines->lines[i].number;
		*amount = quote->priced[i].total_price;
		return "the price";
	}
	*line = 0;
	*amount = fits(quote->subtotal) ? quote->total : quote->subtotal;
	if (fits(*amount))
		return NULL;
	return fits(quote->subtotal) ? "the total of the order" : "the subtotal of the order";
}

static void
check_sums(const WmsQuote *quote)
{
	int			line;
	Numeric		amount;
	const char *what = wms_quote_too_large(quote, &line, &amount);

	if (what == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 line > 0 ? errmsg("line %d: %s is out of range", line, what) : errmsg("%s is out of range", what),
			 errdetail("It is %s.", numeric_normalize(amount)),
			 errhint("Amounts stay below 10000000000: split the order.")));
}

void
wms_quote(WmsQuote *quote)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(INT4OID),
		wms_column(NUMERICOID)};
	Datum		values[11];
	bool		nulls[11] = {false};

	for (int i = 0; i < quote->lines->count; i++)
	{
		const WmsLine *line = &quote->lines->lines[i];

		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], &line->item.product_id);
		wms_column_add_uuid(columns[2], wms_item_variant(&line->item));
		wms_column_add_int(columns[3], line->quantity);
		wms_column_add_numeric(columns[4], line->unit_price);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	values[5] = wms_uuid_param(quote->user_id, &nulls[5]);
	values[6] = wms_uuid_param(quote->coupon_id, &nulls[6]);
	values[7] = wms_uuid_param(quote->shipping_method_id, &nulls[7]);
	values[8] = tax_rate();
	values[9] = NumericGetDatum(quote->other_discount);
	nulls[9] = quote->other_discount == NULL;
	values[10] = NumericGetDatum(quote->kept_shipping);
	nulls[10] = quote->kept_shipping == NULL;
	if ((quote->query ? wms_read : wms_run) (&quote_lines, values, nulls) != quote->lines->count)
		elog(ERROR, "the quote lost a line");
	quote->priced = palloc_extended(sizeof(WmsQuoteLine) * quote->lines->count, MCXT_ALLOC_HUGE);
	for (int i = 0; i < quote->lines->count; i++)
	{
		quote->priced[i].unit_price = numeric_value(i, 2);
		quote->priced[i].total_price = numeric_value(i, 3);
		quote->priced[i].discount_amount = numeric_value(i, 4);
		quote->priced[i].tax_amount = numeric_value(i, 5);
	}
	quote->subtotal = numeric_value(0, 6);
	quote->discount_amount = numeric_value(0, 7);
	quote->shipping_cost = numeric_value(0, 8);
	quote->tax_amount = numeric_value(0, 9);
	quote->total = numeric_value(0, 10);
	quote->coupon_discount = numeric_value(0, 11);
	if (!quote->query)
		check_sums(quote);
}
