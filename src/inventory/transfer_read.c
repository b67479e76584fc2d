/*
 * transfer_read.c
 *		One transfer as a whole, and what is on its way.
 *
 * Takes no locks; reads as the caller, so that a transfer he may not see is one that is not there.
 */
#include "postgres.h"

#include "fmgr.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"

PG_FUNCTION_INFO_V1(wms_transfer);
PG_FUNCTION_INFO_V1(wms_in_transit);

#define LIST(columns, from_where, sort) \
	"(SELECT coalesce(jsonb_agg(to_jsonb(x) ORDER BY " sort "), '[]') FROM (SELECT " columns " " from_where ") x)"

#define TRANSFER_COLUMNS \
	"t.id, t.transfer_number, t.from_warehouse_id, t.to_warehouse_id, t.status, t.notes, t.created_by, " \
	"t.approved_by, t.approved_at, t.completed_at, t.created_at, t.updated_at"

/* What a cancelled transfer still had outstanding has gone back. */
#define ITEMS \
	LIST("i.id, i.product_id, i.variant_id, coalesce(v.sku, p.sku) AS sku, p.name, v.name AS variant_name, " \
		 "i.batch_id, b.batch_number, b.expiry_date, i.quantity, i.received_quantity, i.short_quantity, " \
		 "CASE WHEN t.status = 'cancelled' THEN 0 ELSE i.quantity - i.received_quantity - i.short_quantity END " \
		 "AS outstanding_quantity, i.created_at", \
		 "FROM inventory.stock_transfer_items i " \
		 "JOIN catalog.products p ON p.id = i.product_id " \
		 "LEFT JOIN catalog.product_variants v ON v.id = i.variant_id " \
		 "LEFT JOIN inventory.product_batches b ON b.id = i.batch_id " \
		 "WHERE i.transfer_id = t.id", \
		 "x.sku, x.variant_id, x.expiry_date, x.batch_number, x.id")

#define HOLDS \
	LIST("h.id, h.reference_line_id AS transfer_item_id, h.warehouse_id, h.product_id, h.variant_id, h.batch_id, " \
		 "h.quantity, h.original_quantity, h.status, h.created_at, h.resolved_at", \
		 "FROM inventory.stock_reservations h WHERE h.reference_type = 'transfer' AND h.reference_id = t.id " \
		 "AND h.warehouse_id = t.from_warehouse_id", \
		 "x.created_at, x.id")

#define MOVEMENTS \
	LIST("m.id, m.type, m.warehouse_id, m.product_id, m.variant_id, m.batch_id, m.quantity, m.notes, m.created_by, " \
		 "m.created_at", \
		 "FROM inventory.stock_movements m WHERE m.reference_type = 'transfer' AND m.reference_id = t.id " \
		 "AND m.warehouse_id IN (t.from_warehouse_id, t.to_warehouse_id)", \
		 "x.created_at, x.id")

static WmsPlan whole_transfer = WMS_PLAN(
	"SELECT to_jsonb(whole) FROM ("
	"SELECT " TRANSFER_COLUMNS ", " ITEMS " AS items, " HOLDS " AS holds, " MOVEMENTS " AS movements "
	"FROM inventory.stock_transfers t WHERE t.id = $1) whole",
	UUIDOID);

static WmsPlan in_transit = WMS_REPORT_NO_ARGS(
	"SELECT t.id, t.transfer_number, t.from_warehouse_id, t.to_warehouse_id, i.product_id, i.variant_id, "
	"  i.batch_id, i.quantity - i.received_quantity - i.short_quantity "
	"FROM inventory.stock_transfers t JOIN inventory.stock_transfer_items i ON i.transfer_id = t.id "
	"WHERE t.status = 'in_transit' AND i.received_quantity + i.short_quantity < i.quantity "
	"ORDER BY t.transfer_number, i.product_id, i.variant_id, i.batch_id");

/* wms_transfer(transfer_id uuid) → jsonb */
Datum
wms_transfer(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *transfer_id = wms_arg_uuid(fcinfo, 0, "transfer_id");
	Datum		values[1] = {UUIDPGetDatum(transfer_id)};
	Datum		result;
	bool		isnull;

	wms_query_begin();
	if (wms_read(&whole_transfer, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("transfer %s does not exist", wms_uuid_text(transfer_id)),
				 errhint("Look it up in inventory.stock_transfers.")));
	result = wms_result_copy(wms_value(0, 1, &isnull), JSONBOID);
	wms_query_end();
	return result;
}

/* wms_in_transit() → table */
Datum
wms_in_transit(PG_FUNCTION_ARGS)
{
	return wms_return_rows(fcinfo, &in_transit, NULL, NULL);
}
