/*
 * batch_track.c
 *		Tracks of batches beside those of the ledger: changes of status, and holds that change batches.
 *
 * Locks: none but those of foreign keys; the batches are locked by the caller.
 */
#include "postgres.h"

#include "inventory/batch_track.h"

#include "support/actor.h"
#include "support/args.h"
#include "support/plans.h"

static WmsPlan write_tracks = WMS_PLAN(
	"INSERT INTO inventory.product_batch_tracks (product_batch_id, warehouse_id, quantity, action,"
	"       reference_type, reference_id, description, user_id, created_at)"
	"SELECT u.batch_id, u.warehouse_id, u.quantity, u.action, u.reference_type, u.reference_id, u.description,"
	"       (SELECT a.id FROM auth.users a WHERE a.id = $8), $9"
	"  FROM unnest($1, $2, $3, $4, $5, $6, $7)"
	"       AS u(batch_id, warehouse_id, quantity, action, reference_type, reference_id, description)",
	UUIDARRAYOID, UUIDARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, UUIDARRAYOID, TEXTARRAYOID,
	 UUIDOID, TIMESTAMPTZOID);

WmsBatchTracks *
wms_batch_tracks(void)
{
	WmsBatchTracks *tracks = palloc(sizeof(WmsBatchTracks));
	static const Oid types[] = {UUIDOID, UUIDOID, INT4OID, TEXTOID, TEXTOID, UUIDOID, TEXTOID};

	for (int i = 0; i < lengthof(types); i++)
		tracks->columns[i] = wms_column(types[i]);
	return tracks;
}

void
wms_batch_track_add(WmsBatchTracks *tracks, const char *action, const pg_uuid_t *batch_id,
					const pg_uuid_t *warehouse_id, int32 quantity, const char *reference_type,
					const pg_uuid_t *reference_id, const char *description)
{
	wms_column_add_uuid(tracks->columns[0], batch_id);
	wms_column_add_uuid(tracks->columns[1], warehouse_id);
	wms_column_add(tracks->columns[2], Int32GetDatum(quantity), quantity == 0);
	wms_column_add_text(tracks->columns[3], action);
	wms_column_add_text(tracks->columns[4], reference_type);
	wms_column_add_uuid(tracks->columns[5], reference_id);
	wms_column_add_text(tracks->columns[6], description);
}

void
wms_batch_tracks_write(WmsBatchTracks *tracks, TimestampTz instant)
{
	Datum		values[9];
	bool		nulls[9] = {false};

	if (tracks->columns[0]->count == 0)
		return;
	for (int i = 0; i < lengthof(tracks->columns); i++)
		values[i] = wms_column_array(tracks->columns[i]);
	values[7] = wms_uuid_param(wms_actor(), &nulls[7]);
	values[8] = TimestampTzGetDatum(instant);
	wms_run(&write_tracks, values, nulls);
}
