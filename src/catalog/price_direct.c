/*
 * price_direct.c
 *		The direct form (support/direct.h) of the statement that prices lines.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "catalog/price_direct.h"

#include "miscadmin.h"
#include "support/direct.h"
#include "support/items_direct.h"

enum
{
	PRICED_PRODUCT
};

static WmsTable product_prices = {
	.schema = "catalog", .name = "product_prices",
	.columns = {[PRICED_PRODUCT] = {"product_id", UUIDOID}},
	.keys = {{1, {PRICED_PRODUCT}}}
};

const Oid	wms_read_price_types[] = {INT4OID, NUMERICOID, InvalidOid};

/* The price of a line; false when there is a choice of them, which is for SQL. */
static bool
read_price(WmsOpenTable *prices, WmsItemTables *items, const WmsElements *lines, int i, Datum *price)
{
	if (!lines[4].nulls[i])
	{
		*price = lines[4].values[i];
		return true;
	}
	return !wms_direct_find(prices, 0, &lines[1].values[i], NULL) &&
		wms_direct_item_price(items, lines[1].values[i], lines[2].values[i], lines[2].nulls[i], price);
}

/* $1 numbers, $2 products, $3 variants, $4 quantities, $5 prices as given, $6 buyer → number, price, by number */
bool
wms_direct_read_prices(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const Oid types[] = {INT4OID, UUIDOID, UUIDOID, INT4OID, NUMERICOID};
	WmsOpenTable *prices = wms_direct_open(&product_prices, WMS_TO_READ);
	WmsItemTables *items = prices == NULL ? NULL : wms_direct_open_items();
	WmsElements lines[lengthof(types)];
	bool		known = items != NULL;

	for (int c = 0; c < lengthof(types); c++)
		lines[c] = wms_elements(values[c], types[c]);
	for (int i = 0; i < lines[0].count && known; i++)
	{
		Datum		row[2] = {lines[0].values[i]};

		CHECK_FOR_INTERRUPTS();
		known = read_price(prices, items, lines, i, &row[1]);
		if (known)
			wms_direct_return(result, row, NULL);
	}
	if (items != NULL)
		wms_direct_close_items(items);
	if (prices != NULL)
		wms_direct_close(prices);
	return known;
}
