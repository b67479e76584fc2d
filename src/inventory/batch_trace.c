/*
 * batch_trace.c
 *		wms_batch_trace() and wms_has_active_batches(): what became of a batch, and whether there is a good one.
 *
 * Takes no locks; reads as the caller.
 */
#include "postgres.h"

#include "fmgr.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "support/errors.h"

PG_FUNCTION_INFO_V1(wms_batch_trace);
PG_FUNCTION_INFO_V1(wms_has_active_batches);

static WmsPlan trace = WMS_PLAN(
	"SELECT t.created_at, t.action, t.quantity, t.warehouse_id, o.id, o.order_number, t.user_id, t.description"
	"  FROM inventory.product_batch_tracks t"
	"  LEFT JOIN sales.orders o ON o.id = t.reference_id AND t.reference_type = 'order'"
	" WHERE t.product_batch_id = $1"
	" ORDER BY t.created_at, t.id",
	UUIDOID);

static WmsPlan find_batch = WMS_PLAN("SELECT FROM inventory.product_batches b WHERE b.id = $1", UUIDOID);

static WmsPlan find_active = WMS_PLAN(
	"SELECT EXISTS (SELECT FROM inventory.product_batches b"
	"                WHERE b.product_id = i.id AND b.status = 'active' AND b.deleted_at IS NULL"
	"                  AND (b.expiry_date IS NULL OR b.expiry_date >= $2))"
	"  FROM catalog.products i WHERE i.id = $1",
	UUIDOID, DATEOID);

/* wms_batch_trace(batch_id uuid) → table; raises WM004, 22023 */
Datum
wms_batch_trace(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *batch_id = wms_arg_uuid(fcinfo, 0, "batch_id");
	Datum		value = UUIDPGetDatum(batch_id);

	wms_query_begin();
	if (wms_read(&find_batch, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no batch %s", wms_uuid_text(batch_id)),
				 errhint("The batches are in inventory.product_batches.")));
	wms_query_end();
	return wms_return_rows(fcinfo, &trace, &value, NULL);
}

/* wms_has_active_batches(product_id uuid) → boolean; raises WM004, 22023 */
Datum
wms_has_active_batches(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *product_id = wms_arg_uuid(fcinfo, 0, "product_id");
	Datum		values[] = {UUIDPGetDatum(product_id),
	DateADTGetDatum(wms_business_date(GetCurrentStatementStartTimestamp()))};
	bool		result;

	wms_query_begin();
	if (wms_read(&find_active, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no product %s", wms_uuid_text(product_id)),
				 errhint("The products are in catalog.products.")));
	result = wms_value_bool(0, 1);
	wms_query_end();
	PG_RETURN_BOOL(result);
}
