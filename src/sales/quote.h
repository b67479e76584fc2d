/*
 * quote.h
 *		What lines cost: prices, discount, shipping, tax, and each line's share of them.
 */
#ifndef WMS_QUOTE_H
#define WMS_QUOTE_H

#include "postgres.h"

#include "support/lines.h"
#include "utils/numeric.h"

typedef struct WmsQuoteLine
{
	Numeric		unit_price;
	Numeric		total_price;
	Numeric		discount_amount;
	Numeric		tax_amount;
} WmsQuoteLine;

typedef struct WmsQuote
{
	/* given */
	const WmsLines *lines;
	const pg_uuid_t *user_id;	/* for the prices of his group; NULL = nobody's */
	const pg_uuid_t *coupon_id; /* NULL = none */
	const pg_uuid_t *shipping_method_id;	/* NULL = no shipping cost */
	Numeric		other_discount; /* taken off besides the coupon's; NULL = none */
	Numeric		kept_shipping;	/* what shipping costs where it is not free; NULL = as the method has it now */
	bool		query;			/* as a query reads; sums that do not fit are left to the caller */
	/* computed */
	Numeric		subtotal;
	Numeric		discount_amount;
	Numeric		coupon_discount;	/* the coupon's part of it */
	Numeric		shipping_cost;
	Numeric		tax_amount;
	Numeric		total;
	WmsQuoteLine *priced;		/* one for each line */
} WmsQuote;

/* Needs a line at least; raises 22003 where a sum does not fit. */
extern void wms_quote(WmsQuote *quote);

/* What does not fit, and on which line (0 = the order); NULL where all does. */
extern const char *wms_quote_too_large(const WmsQuote *quote, int *line, Numeric *amount);

#endif							/* WMS_QUOTE_H */
