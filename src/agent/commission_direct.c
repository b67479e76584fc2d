/*
 * commission_direct.c
 *		The direct form (support/direct.h) of the statements on commissions of an order.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "agent/commission_direct.h"

#include "support/direct.h"

enum
{
	ORDER
};

static WmsTable commissions = {
	.schema = "agent", .name = "commissions",
	.columns = {[ORDER] = {"order_id", UUIDOID}},
	.keys = {{1, {ORDER}}}
};

bool
wms_direct_no_commissions(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	WmsOpenTable *table = wms_direct_open(&commissions, WMS_TO_READ);
	bool		none;

	if (table == NULL)
		return false;
	none = !wms_direct_find(table, 0, values, NULL);
	wms_direct_close(table);
	return none;
}
