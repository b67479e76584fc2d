/*
 * verify.h
 *		The rules that always hold, as queries for what breaks them.
 *
 * Each query answers (rule, object, expected, actual), in stable order, and knows the parameters below.
 */
#ifndef WMS_VERIFY_H
#define WMS_VERIFY_H

#include "support/plans.h"

/*
 * $1 name of the zone of business dates, $2 order statuses in the order of an order's life,
 * $3 and $4 from and to of every status change an order may make
 */
#define WMS_VERIFY_ARGS TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID
#define WMS_VERIFY_RULE(text) WMS_REPORT(text, WMS_VERIFY_ARGS)

extern WmsPlan wms_verify_inventory[];
extern const int wms_verify_inventory_count;

extern WmsPlan wms_verify_sales[];
extern const int wms_verify_sales_count;

extern WmsPlan wms_verify_history[];
extern const int wms_verify_history_count;

extern WmsPlan wms_verify_parties[];
extern const int wms_verify_parties_count;

#endif							/* WMS_VERIFY_H */
