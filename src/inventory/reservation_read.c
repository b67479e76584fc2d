/*
 * reservation_read.c
 *		wms_reservations(): what is held, as a list to pick by.
 *
 * Takes no locks; reads as the caller.
 */
#include "postgres.h"

#include "fmgr.h"
#include "support/args.h"
#include "support/command.h"

PG_FUNCTION_INFO_V1(wms_reservations);

/* $1 and $2 reference, $3 product, $4 warehouse.  Their quantities add up to what the stock rows say is held. */
#define HOLDS(condition) \
	WMS_REPORT("SELECT r.id, r.warehouse_id, s.bin_location, r.product_id, r.variant_id, coalesce(v.sku, p.sku)," \
			   "       b.batch_number, b.expiry_date, r.quantity, r.expires_at," \
			   "       CASE WHEN r.expires_at <= statement_timestamp() THEN 'expired' ELSE r.status END" \
			   "  FROM inventory.stock_reservations r" \
			   "  JOIN inventory.warehouses w ON w.id = r.warehouse_id" \
			   "  JOIN catalog.products p ON p.id = r.product_id" \
			   "  LEFT JOIN catalog.product_variants v ON v.id = r.variant_id" \
			   "  LEFT JOIN inventory.stock_items s ON s.warehouse_id = r.warehouse_id" \
			   "   AND s.product_id = r.product_id AND s.variant_id IS NOT DISTINCT FROM r.variant_id" \
			   "  LEFT JOIN inventory.product_batches b ON b.id = r.batch_id" \
			   " WHERE r.status = 'active' AND " condition \
			   "   AND ($1 IS NULL OR r.reference_type = $1)" \
			   "   AND ($3 IS NULL OR r.product_id = $3) AND ($4 IS NULL OR r.warehouse_id = $4)" \
			   " ORDER BY w.code, r.warehouse_id, s.bin_location, coalesce(v.sku, p.sku), b.expiry_date, b.batch_number," \
			   "       r.id", TEXTOID, UUIDOID, UUIDOID, UUIDOID)

static WmsPlan holds = HOLDS("$2 IS NULL");
static WmsPlan holds_of_reference = HOLDS("r.reference_id = $2");

/* wms_reservations(reference_type text, reference_id uuid, product_id uuid, warehouse_id uuid) → table */
Datum
wms_reservations(PG_FUNCTION_ARGS)
{
	Datum		values[4];
	bool		nulls[4] = {false};

	values[0] = wms_text_param(wms_optional_text(fcinfo, 0), &nulls[0]);
	values[1] = wms_uuid_param(wms_optional_uuid(fcinfo, 1), &nulls[1]);
	values[2] = wms_uuid_param(wms_optional_uuid(fcinfo, 2), &nulls[2]);
	values[3] = wms_uuid_param(wms_optional_uuid(fcinfo, 3), &nulls[3]);
	return wms_return_rows(fcinfo, nulls[1] ? &holds : &holds_of_reference, values, nulls);
}
