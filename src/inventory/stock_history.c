/*
 * stock_history.c
 *		wms_stock_history() and wms_stock_as_of(): what the ledger of movements says.
 *
 * Takes no locks; reads as the caller, all of it in one snapshot.  A movement is dated under the lock of its
 * stock row, so that within a row the order of time is the order in which it happened.
 */
#include "postgres.h"

#include "fmgr.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"

PG_FUNCTION_INFO_V1(wms_stock_history);
PG_FUNCTION_INFO_V1(wms_stock_as_of);

/*
 * $1 product, $2 variant, $3 warehouse, $4 from, $5 to.  By warehouse, for the index on the ledger.
 */
static WmsPlan history = WMS_REPORT(
	"SELECT h.id, h.created_at, h.warehouse_id, h.type, h.quantity, h.balance, h.batch_id, h.reference_type,"
	"       h.reference_id, h.created_by, h.notes"
	"  FROM (SELECT m.id, m.created_at, m.warehouse_id, m.type, m.quantity, m.batch_id, m.reference_type,"
	"               m.reference_id, m.created_by, m.notes,"
	"               sum(m.quantity) OVER (ORDER BY m.created_at, m.id) AS balance"
	"          FROM inventory.warehouses w"
	"          JOIN inventory.stock_movements m ON m.warehouse_id = w.id AND m.product_id = $1"
	"         WHERE ($3 IS NULL OR w.id = $3) AND ($2 IS NULL OR m.variant_id = $2)"
	"           AND ($5 IS NULL OR m.created_at < $5)) h"
	" WHERE $4 IS NULL OR h.created_at >= $4"
	" ORDER BY h.created_at, h.id",
	UUIDOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

static WmsPlan as_of = WMS_REPORT(
	"SELECT m.warehouse_id, m.product_id, m.variant_id, sum(m.quantity)"
	"  FROM inventory.stock_movements m"
	" WHERE m.created_at <= $1 AND ($2 IS NULL OR m.warehouse_id = $2)"
	" GROUP BY m.warehouse_id, m.product_id, m.variant_id"
	" ORDER BY m.warehouse_id, m.product_id, m.variant_id",
	TIMESTAMPTZOID, UUIDOID);

static WmsPlan find_product = WMS_PLAN("SELECT FROM catalog.products p WHERE p.id = $1", UUIDOID);

static Datum
instant_param(FunctionCallInfo fcinfo, int n, bool *isnull)
{
	*isnull = PG_ARGISNULL(n);
	return *isnull ? (Datum) 0 : PG_GETARG_DATUM(n);
}

/* wms_stock_history(product_id, variant_id, warehouse_id, from_time, to_time) → table; raises WM004, 22023 */
Datum
wms_stock_history(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *product_id = wms_arg_uuid(fcinfo, 0, "product_id");
	Datum		values[5] = {UUIDPGetDatum(product_id)};
	bool		nulls[5] = {false};

	values[1] = wms_uuid_param(wms_optional_uuid(fcinfo, 1), &nulls[1]);
	values[2] = wms_uuid_param(wms_optional_uuid(fcinfo, 2), &nulls[2]);
	values[3] = instant_param(fcinfo, 3, &nulls[3]);
	values[4] = instant_param(fcinfo, 4, &nulls[4]);
	wms_query_begin();
	if (wms_read(&find_product, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no product %s", wms_uuid_text(product_id)),
				 errhint("The products are in catalog.products.")));
	wms_query_end();
	return wms_return_rows(fcinfo, &history, values, nulls);
}

/* wms_stock_as_of(as_of timestamptz, warehouse_id uuid) → table; raises 22023 */
Datum
wms_stock_as_of(PG_FUNCTION_ARGS)
{
	Datum		values[2];
	bool		nulls[2] = {false};

	values[0] = instant_param(fcinfo, 0, &nulls[0]);
	if (nulls[0])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must not be null"),
				 errhint("Pass an instant, such as clock_timestamp().")));
	values[1] = wms_uuid_param(wms_optional_uuid(fcinfo, 1), &nulls[1]);
	return wms_return_rows(fcinfo, &as_of, values, nulls);
}
