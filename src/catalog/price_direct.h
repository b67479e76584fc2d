/*
 * price_direct.h
 *		The direct form (support/direct.h) of the statement that prices lines.
 */
#ifndef WMS_PRICE_DIRECT_H
#define WMS_PRICE_DIRECT_H

#include "postgres.h"

#include "support/plans.h"

extern const Oid wms_read_price_types[];
extern bool wms_direct_read_prices(Datum *values, const bool *nulls, WmsDirectResult *result);

#endif							/* WMS_PRICE_DIRECT_H */
