/*
 * items_direct.h
 *		The direct forms (direct.h) of the statements that look lines up in the catalogue.
 */
#ifndef WMS_ITEMS_DIRECT_H
#define WMS_ITEMS_DIRECT_H

#include "postgres.h"

#include "support/plans.h"

extern const Oid wms_found_item_types[];
extern const Oid wms_described_item_types[];
extern bool wms_direct_find_items(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_lock_products(Datum *values, const bool *nulls, WmsDirectResult *result);
extern bool wms_direct_describe_items(Datum *values, const bool *nulls, WmsDirectResult *result);

/* Products and variants, to read; NULL when that is for SQL. */
typedef struct WmsItemTables WmsItemTables;

extern WmsItemTables *wms_direct_open_items(void);
extern void wms_direct_close_items(WmsItemTables *items);

/* Is stock held for the product: is it stocked, or a kit of what may be? */
extern bool wms_direct_item_holds(WmsItemTables *items, Datum product);

/* The price of a variant, else that of its product, where nothing else is said; false when there is no such product. */
extern bool wms_direct_item_price(WmsItemTables *items, Datum product, Datum variant, bool no_variant, Datum *price);

/* The sku of a variant, else that of its product; false when there is no such product. */
extern bool wms_direct_item_sku(WmsItemTables *items, Datum product, Datum variant, bool no_variant, Datum *sku);

#endif							/* WMS_ITEMS_DIRECT_H */
