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
#include "catalog/price_direct.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/plans.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

static WmsPlan read_prices = WMS_PLAN_DIRECT(wms_direct_read_prices, wms_read_price_types,
	"WITH buyer AS MATERIALIZED ("
	"     SELECT CASE WHEN $6 IS NOT NULL THEN coalesce("
	"            (SELECT c.customer_group FROM crm.customer_profiles c WHERE c.user_id = $6), 'regular') END"
	"            AS customer_group)"
	"SELECT l.n, coalesce(l.unit_price, "
	WMS_SQL_PRICE_OF("l.product_id", "l.variant_id", "b.customer_group", "l.quantity", "v.price", "p.base_price") ")"
	"  FROM unnest($1, $2, $3, $4, $5) AS l(n, product_id, variant_id, quantity, unit_price)"
	"  JOIN catalog.products p ON p.id = l.product_id"
	"  LEFT JOIN catalog.product_variants v ON v.id = l.variant_id"
	" CROSS JOIN buyer b"
	" ORDER BY l.n",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, NUMERICARRAYOID, UUIDOID);

/* $2 the subtotal */
static WmsPlan read_coupon = WMS_PLAN(
	"SELECT least($2, c.max_discount, CASE c.type WHEN 'percentage' THEN round($2 * c.value * 0.01, 2) ELSE c.value END)"
	"  FROM sales.coupons c WHERE c.id = $1",
	UUIDOID, NUMERICOID);

/* $2 what is paid for the goods, $3 what shipping costs where it is not free; NULL = as the method has it */
static WmsPlan read_shipping = WMS_PLAN(
	"SELECT CASE WHEN $2 >= m.free_shipping_threshold THEN 0 ELSE coalesce($3, m.base_cost) END"
	"  FROM sales.shipping_methods m WHERE m.id = $1",
	UUIDOID, NUMERICOID, NUMERICOID);

static uint64
run(const WmsQuote *quote, WmsPlan *plan, Datum *values, const bool *nulls)
{
	return (quote->query ? wms_read : wms_run) (plan, values, nulls);
}

static Numeric
calculate(PGFunction function, Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(function, NumericGetDatum(a), NumericGetDatum(b)));
}

static int
compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

static Numeric
cents_rounded(Numeric amount)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(amount), Int32GetDatum(2)));
}

static Numeric
percent_of(Numeric amount, Numeric percent)
{
	Numeric		hundredth = int64_div_fast_to_numeric(1, 2);

	return cents_rounded(calculate(numeric_mul, calculate(numeric_mul, amount, percent), hundredth));
}

static Numeric
tax_rate(void)
{
	const char *rate = wms_tax_rate != NULL && wms_tax_rate[0] != '\0' ? wms_tax_rate : "0";

	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(rate), ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1)));
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

/* What each line costs, and the sum of it. */
static void
price_lines(WmsQuote *quote)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(INT4OID),
		wms_column(NUMERICOID)};
	Datum		values[lengthof(columns) + 1];
	bool		nulls[lengthof(values)] = {false};
	bool		isnull;

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
		values[i] = wms_column_param(columns[i]);
	values[lengthof(columns)] = wms_uuid_param(quote->user_id, &nulls[lengthof(columns)]);
	if (run(quote, &read_prices, values, nulls) != quote->lines->count)
		elog(ERROR, "the quote lost a line");
	quote->priced = palloc_extended(sizeof(WmsQuoteLine) * quote->lines->count, MCXT_ALLOC_HUGE);
	for (int i = 0; i < quote->lines->count; i++)
	{
		WmsQuoteLine *priced = &quote->priced[i];

		priced->unit_price = DatumGetNumeric(wms_value(i, 2, &isnull));
		if (isnull)
			elog(ERROR, "a line of the quote has no price");
		priced->total_price = cents_rounded(calculate(numeric_mul, int64_to_numeric(quote->lines->lines[i].quantity),
													  priced->unit_price));
		quote->subtotal = i == 0 ? priced->total_price : calculate(numeric_add, quote->subtotal, priced->total_price);
	}
}

/* The one value of a row, or the other one where there is none. */
static Numeric
read_amount(const WmsQuote *quote, WmsPlan *plan, Datum *values, const bool *nulls, Numeric otherwise)
{
	bool		isnull;
	Datum		value;

	if (run(quote, plan, values, nulls) == 0)
		return otherwise;
	value = wms_value(0, 1, &isnull);
	return isnull ? otherwise : DatumGetNumeric(value);
}

static void
take_discounts(WmsQuote *quote)
{
	Datum		values[] = {UUIDPGetDatum(quote->coupon_id), NumericGetDatum(quote->subtotal)};

	quote->coupon_discount = int64_to_numeric(0);
	if (quote->coupon_id != NULL)
		quote->coupon_discount = read_amount(quote, &read_coupon, values, NULL, quote->coupon_discount);
	quote->discount_amount = quote->coupon_discount;
	if (quote->other_discount != NULL)
		quote->discount_amount = calculate(numeric_add, quote->discount_amount, quote->other_discount);
	if (compare(quote->discount_amount, quote->subtotal) > 0)
		quote->discount_amount = quote->subtotal;
}

static Numeric
shipping_cost(const WmsQuote *quote, Numeric net)
{
	Datum		values[] = {UUIDPGetDatum(quote->shipping_method_id), NumericGetDatum(net),
	NumericGetDatum(quote->kept_shipping)};
	bool		nulls[lengthof(values)] = {[2] = quote->kept_shipping == NULL};
	Numeric		otherwise = quote->kept_shipping != NULL ? quote->kept_shipping : int64_to_numeric(0);

	return quote->shipping_method_id == NULL ? otherwise :
		read_amount(quote, &read_shipping, values, nulls, otherwise);
}

/* What a line gets of an amount: whole cents, and what is left over. */
typedef struct Share
{
	int			line;
	Numeric		cents;
	Numeric		rest;
} Share;

/* The largest remainder first, and of equal ones the first line. */
static int
compare_shares(const void *a, const void *b)
{
	const Share *x = a;
	const Share *y = b;
	int			by_rest = compare(y->rest, x->rest);

	return by_rest != 0 ? by_rest : x->line - y->line;
}

/*
 * Shares an amount by weights that add up to base, all of them in units of money; the weight of a line is its price,
 * less what it has got of the discount.
 */
static void
share_out(const WmsQuote *quote, Numeric amount, Numeric base, bool of_discounted, Numeric *shares)
{
	Numeric		hundred = int64_to_numeric(100);
	Numeric		left = calculate(numeric_mul, amount, hundred);
	Share	   *sorted = palloc_extended(sizeof(Share) * quote->lines->count, MCXT_ALLOC_HUGE);

	for (int i = 0; i < quote->lines->count; i++)
	{
		Numeric		weight = quote->priced[i].total_price;
		Numeric		product;

		if (of_discounted)
			weight = calculate(numeric_sub, weight, quote->priced[i].discount_amount);
		product = calculate(numeric_mul, calculate(numeric_mul, amount, weight), hundred);
		sorted[i].line = i;
		sorted[i].cents = calculate(numeric_div_trunc, product, base);
		sorted[i].rest = calculate(numeric_mod, product, base);
		left = calculate(numeric_sub, left, sorted[i].cents);
	}
	qsort(sorted, quote->lines->count, sizeof(Share), compare_shares);
	for (int i = 0; i < quote->lines->count; i++)
	{
		Numeric		cents = sorted[i].cents;

		if (compare(left, int64_to_numeric(i)) > 0)
			cents = calculate(numeric_add, cents, int64_to_numeric(1));
		shares[sorted[i].line] = calculate(numeric_div, cents, hundred);
	}
}

static Numeric *
shares_of(const WmsQuote *quote, Numeric amount, Numeric base, bool of_discounted)
{
	Numeric    *shares = palloc_extended(sizeof(Numeric) * quote->lines->count, MCXT_ALLOC_HUGE);
	Numeric		zero = int64_to_numeric(0);

	if (compare(amount, zero) != 0 && compare(base, zero) != 0)
		share_out(quote, amount, base, of_discounted, shares);
	else
		for (int i = 0; i < quote->lines->count; i++)
			shares[i] = zero;
	return shares;
}

static void
share_among_lines(WmsQuote *quote, Numeric net)
{
	Numeric    *shares = shares_of(quote, quote->discount_amount, quote->subtotal, false);

	for (int i = 0; i < quote->lines->count; i++)
		quote->priced[i].discount_amount = shares[i];
	shares = shares_of(quote, quote->tax_amount, net, true);
	for (int i = 0; i < quote->lines->count; i++)
		quote->priced[i].tax_amount = shares[i];
}

void
wms_quote(WmsQuote *quote)
{
	Numeric		net;

	price_lines(quote);
	take_discounts(quote);
	net = calculate(numeric_sub, quote->subtotal, quote->discount_amount);
	quote->tax_amount = percent_of(net, tax_rate());
	quote->shipping_cost = shipping_cost(quote, net);
	share_among_lines(quote, net);
	quote->total = calculate(numeric_sub,
							 calculate(numeric_add, calculate(numeric_add, quote->subtotal, quote->shipping_cost),
									   quote->tax_amount), quote->discount_amount);
	if (!quote->query)
		check_sums(quote);
}
