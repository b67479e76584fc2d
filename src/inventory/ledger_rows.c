/*
 * ledger_rows.c
 *		What tells of a change of stock: movements, and tracks of batches.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "inventory/ledger_parts.h"

#include "inventory/movement_direct.h"
#include "support/actor.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/plans.h"
#include "utils/builtins.h"

static WmsPlan write_movements = WMS_PLAN_DIRECT(wms_direct_write_movements, wms_written_movement_types,
	"INSERT INTO inventory.stock_movements (warehouse_id, product_id, variant_id, batch_id, quantity, unit_cost,"
	"       type, reference_type, reference_id, notes, created_by, created_at)"
	"SELECT u.warehouse_id, u.product_id, u.variant_id, u.batch_id, u.quantity, u.unit_cost,"
	"       $7, $8, $9, $10, $11, $12"
	"  FROM unnest($1, $2, $3, $4, $5, $6)"
	"       AS u(warehouse_id, product_id, variant_id, batch_id, quantity, unit_cost)"
	" RETURNING id, quantity",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, NUMERICARRAYOID,
	TEXTOID, TEXTOID, UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

static WmsPlan write_tracks = WMS_PLAN(
	"INSERT INTO inventory.product_batch_tracks (product_batch_id, warehouse_id, quantity,"
	"       action, reference_type, reference_id, description, user_id, created_at)"
	"SELECT u.batch_id, u.warehouse_id, u.quantity, u.action, $5, $6, $7,"
	"       (SELECT a.id FROM auth.users a WHERE a.id = $8), $9"
	"  FROM unnest($1, $2, $3, $4) AS u(batch_id, warehouse_id, quantity, action)",
	UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TEXTOID, UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

void
wms_ledger_write_movements(const WmsStockChange *changes, int count, const WmsStockReason *reason)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID),
		wms_column(INT4OID), wms_column(NUMERICOID)};
	Datum		values[12];
	bool		nulls[12] = {false};

	for (int i = 0; i < count; i++)
	{
		const WmsStockChange *row = &changes[i];

		if (row->quantity == 0)
			continue;
		wms_column_add_uuid(columns[0], &row->warehouse_id);
		wms_column_add_uuid(columns[1], &row->product_id);
		wms_column_add_uuid(columns[2], row->has_variant ? &row->variant_id : NULL);
		wms_column_add_uuid(columns[3], row->has_batch ? &row->batch_id : NULL);
		wms_column_add_int(columns[4], row->quantity);
		wms_column_add_numeric(columns[5], row->unit_cost);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_param(columns[i]);
	values[6] = CStringGetTextDatum(reason->movement);
	values[7] = wms_text_param(reason->reference_type, &nulls[7]);
	values[8] = wms_uuid_param(reason->reference_id, &nulls[8]);
	values[9] = wms_text_param(reason->notes, &nulls[9]);
	values[10] = wms_uuid_param(wms_actor(), &nulls[10]);
	values[11] = TimestampTzGetDatum(reason->instant);
	wms_run_exactly(&write_movements, values, nulls, columns[4]->count);
	for (int i = 0; i < columns[4]->count; i++)
	{
		if (wms_value_int64(i, 2) != DatumGetInt32(columns[4]->values[i]))
			wms_refuse_altered(&write_movements);
	}
}

/*
 * What moves is tracked with its sign; what is only held or freed, with the sign of the hold.  A hold that
 * is freed within a movement is one whose goods came from another batch.
 */
void
wms_ledger_write_tracks(const WmsStockChange *changes, int count, const WmsStockReason *reason)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(INT4OID), wms_column(TEXTOID)};
	Datum		values[9];
	bool		nulls[9] = {false};

	for (int i = 0; i < count; i++)
	{
		const WmsStockChange *change = &changes[i];

		if (!change->has_batch)
			continue;
		wms_column_add_uuid(columns[0], &change->batch_id);
		wms_column_add_uuid(columns[1], &change->warehouse_id);
		wms_column_add_int(columns[2], change->quantity != 0 ? change->quantity : change->reserved);
		wms_column_add_text(columns[3], reason->movement != NULL && change->quantity == 0 ? "released" :
							reason->track);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_param(columns[i]);
	values[4] = wms_text_param(reason->reference_type, &nulls[4]);
	values[5] = wms_uuid_param(reason->reference_id, &nulls[5]);
	values[6] = wms_text_param(reason->notes, &nulls[6]);
	values[7] = wms_uuid_param(wms_actor(), &nulls[7]);
	values[8] = TimestampTzGetDatum(reason->instant);
	wms_run_exactly(&write_tracks, values, nulls, columns[0]->count);
}
