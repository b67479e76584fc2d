/*
 * batch_report.c
 *		wms_inventory_report(), wms_expired_batches(), wms_low_stock_batches() and wms_low_stock().
 *
 * A batch is active when its status says so and it is not past its last good day; it has expired when its
 * status says so or it is.  Takes no locks; reads as the caller.
 */
#include "postgres.h"

#include "fmgr.h"
#include "inventory/availability.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(wms_inventory_report);
PG_FUNCTION_INFO_V1(wms_expired_batches);
PG_FUNCTION_INFO_V1(wms_low_stock_batches);
PG_FUNCTION_INFO_V1(wms_low_stock);

/* A deleted product is listed while there is still some of it. */
static WmsPlan inventory_report = WMS_REPORT(
	"WITH batch AS ("
	"     SELECT b.product_id,"
	"            sum(b.quantity) FILTER (WHERE b.status = 'active' AND NOT b.past) AS quantity,"
	"            count(*) FILTER (WHERE b.status = 'active' AND NOT b.past) AS active,"
	"            count(*) FILTER (WHERE b.status = 'expired' OR (b.past AND b.status <> 'depleted')) AS expired"
	"       FROM (SELECT x.product_id, x.quantity, x.status, coalesce(x.expiry_date < $1, false) AS past"
	"               FROM inventory.product_batches x WHERE x.deleted_at IS NULL) b"
	"      GROUP BY b.product_id),"
	" stock AS ("
	"     SELECT s.product_id, sum(s.quantity) AS quantity FROM inventory.stock_items s GROUP BY s.product_id),"
	" category AS ("
	"     SELECT DISTINCT ON (pc.product_id) pc.product_id, c.name"
	"       FROM catalog.product_categories pc JOIN catalog.categories c ON c.id = pc.category_id"
	"      WHERE c.deleted_at IS NULL"
	"      ORDER BY pc.product_id, c.sort_order, c.name)"
	"SELECT p.name, category.name, brand.name,"
	"       coalesce(CASE WHEN p.batch_tracked THEN batch.quantity ELSE stock.quantity END, 0)::bigint,"
	"       coalesce(batch.active, 0), coalesce(batch.expired, 0)"
	"  FROM catalog.products p"
	"  LEFT JOIN batch ON batch.product_id = p.id"
	"  LEFT JOIN stock ON stock.product_id = p.id"
	"  LEFT JOIN category ON category.product_id = p.id"
	"  LEFT JOIN catalog.brands brand ON brand.id = p.brand_id"
	" WHERE p.deleted_at IS NULL OR stock.quantity > 0"
	" ORDER BY p.name, p.sku, p.id",
	DATEOID);

static WmsPlan expired_batches = WMS_REPORT(
	"SELECT b.id, b.product_id, p.name, b.batch_number, b.quantity, b.expiry_date, $1 - b.expiry_date"
	"  FROM inventory.product_batches b JOIN catalog.products p ON p.id = b.product_id"
	" WHERE b.status IN ('active', 'expired') AND b.expiry_date < $1 AND b.quantity > 0"
	" ORDER BY b.expiry_date, p.name, b.batch_number, b.id",
	DATEOID);

static WmsPlan low_stock_batches = WMS_REPORT(
	"SELECT b.id, b.product_id, p.name, b.batch_number, b.quantity, b.expiry_date"
	"  FROM inventory.product_batches b JOIN catalog.products p ON p.id = b.product_id"
	" WHERE b.status = 'active' AND b.quantity < $1 AND b.deleted_at IS NULL"
	"   AND (b.expiry_date IS NULL OR b.expiry_date >= $2)"
	" ORDER BY b.quantity, p.name, b.batch_number, b.id",
	INT4OID, DATEOID);

static WmsPlan low_stock = WMS_REPORT(
	"SELECT s.warehouse_id, s.product_id, s.variant_id, s.sku, s.available, s.reorder_point, s.reorder_quantity"
	"  FROM (SELECT s.warehouse_id, w.code, s.product_id, s.variant_id, coalesce(v.sku, p.sku) AS sku,"
	"               greatest(0, " WMS_SQL_GOOD_STOCK("$2") " - " WMS_SQL_LIVE_HOLDS
	"                   + " WMS_SQL_HELD_AS_IT_IS("$2") ")::bigint AS available,"
	"               s.reorder_point, s.reorder_quantity"
	"          FROM inventory.stock_items s"
	"          JOIN inventory.warehouses w ON w.id = s.warehouse_id"
	"          JOIN catalog.products p ON p.id = s.product_id"
	"          LEFT JOIN catalog.product_variants v ON v.id = s.variant_id"
	"         WHERE s.reorder_point > 0 AND ($1 IS NULL OR s.warehouse_id = $1)"
	"           AND w.deleted_at IS NULL AND p.deleted_at IS NULL AND v.deleted_at IS NULL) s"
	" WHERE s.available <= s.reorder_point"
	" ORDER BY s.code, s.sku, s.warehouse_id, s.product_id, s.variant_id",
	UUIDOID, DATEOID);

static Datum
today(void)
{
	return DateADTGetDatum(wms_business_date(GetCurrentStatementStartTimestamp()));
}

/* wms_inventory_report() → table */
Datum
wms_inventory_report(PG_FUNCTION_ARGS)
{
	Datum		value = today();

	return wms_return_rows(fcinfo, &inventory_report, &value, NULL);
}

/* wms_expired_batches(as_of date) → table */
Datum
wms_expired_batches(PG_FUNCTION_ARGS)
{
	Datum		value = DateADTGetDatum(wms_arg_as_of(fcinfo, 0, "as_of"));

	return wms_return_rows(fcinfo, &expired_batches, &value, NULL);
}

/* wms_low_stock_batches(threshold integer) → table; raises 22023 */
Datum
wms_low_stock_batches(PG_FUNCTION_ARGS)
{
	Datum		values[2];

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("threshold must not be null"),
				 errhint("Pass the number of units below which a batch is listed.")));
	values[0] = PG_GETARG_DATUM(0);
	values[1] = today();
	return wms_return_rows(fcinfo, &low_stock_batches, values, NULL);
}

/* wms_low_stock(warehouse_id uuid) → table */
Datum
wms_low_stock(PG_FUNCTION_ARGS)
{
	Datum		values[2];
	bool		nulls[2] = {false};

	values[0] = wms_uuid_param(wms_optional_uuid(fcinfo, 0), &nulls[0]);
	values[1] = today();
	return wms_return_rows(fcinfo, &low_stock, values, nulls);
}
