/*
 * stock_levels.c
 *		What lies where: on hand, held, blocked and available, a page at a time.
 *
 * Takes no locks; reads as the caller.
 */
#include "postgres.h"

#include "fmgr.h"
#include "inventory/availability.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(wms_stock_levels);

/*
 * $1 product, $2 warehouse, $3 rows, $4 rows to skip, $5 business date.
 *
 * The page is cut before anything is summed up.  What is deleted is still on hand, but not available.
 */
static WmsPlan stock_levels = WMS_REPORT(
	"WITH page AS MATERIALIZED ("
	"  SELECT s.warehouse_id, w.code, s.product_id, s.variant_id, coalesce(v.sku, i.sku) AS sku, s.quantity, "
	"    s.bin_location, i.batch_tracked, "
	"    w.deleted_at IS NULL AND i.deleted_at IS NULL AND v.deleted_at IS NULL AS live "
	"  FROM inventory.stock_items s "
	"    JOIN inventory.warehouses w ON w.id = s.warehouse_id "
	"    JOIN catalog.products i ON i.id = s.product_id "
	"    LEFT JOIN catalog.product_variants v ON v.id = s.variant_id "
	"  WHERE ($1 IS NULL OR s.product_id = $1) AND ($2 IS NULL OR s.warehouse_id = $2) "
	"  ORDER BY w.code, sku, s.variant_id, s.warehouse_id, s.product_id "
	"  LIMIT $3 OFFSET $4"
	") "
	"SELECT s.warehouse_id, s.code, s.product_id, s.variant_id, s.sku, s.quantity::bigint, held.units, "
	"  s.quantity - good.units, "
	"  CASE WHEN s.live THEN greatest(0, good.units - held.units + kept.units) ELSE 0 END, s.bin_location "
	"FROM page s, "
	"  LATERAL (SELECT s.batch_tracked) p, "
	"  LATERAL (SELECT " WMS_SQL_GOOD_STOCK("$5") " AS units) good, "
	"  LATERAL (SELECT " WMS_SQL_LIVE_HOLDS " AS units) held, "
	"  LATERAL (SELECT " WMS_SQL_HELD_AS_IT_IS("$5") " AS units) kept "
	"ORDER BY s.code, s.sku, s.variant_id, s.warehouse_id, s.product_id",
	UUIDOID, UUIDOID, INT4OID, INT4OID, DATEOID);

/* wms_stock_levels(product_id uuid, warehouse_id uuid, max_rows integer, skip_rows integer) → table */
Datum
wms_stock_levels(PG_FUNCTION_ARGS)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = wms_uuid_param(wms_optional_uuid(fcinfo, 0), &nulls[0]);
	values[1] = wms_uuid_param(wms_optional_uuid(fcinfo, 1), &nulls[1]);
	values[2] = Int32GetDatum(wms_arg_row_count(fcinfo, 2, "max_rows"));
	values[3] = Int32GetDatum(wms_arg_row_count(fcinfo, 3, "skip_rows"));
	values[4] = DateADTGetDatum(wms_business_date(GetCurrentStatementStartTimestamp()));
	return wms_return_rows(fcinfo, &stock_levels, values, nulls);
}
