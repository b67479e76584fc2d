/*
 * batch_track.h
 *		Tracks of batches beside those of the ledger: changes of status, and holds that change batches.
 */
#ifndef WMS_BATCH_TRACK_H
#define WMS_BATCH_TRACK_H

#include "postgres.h"

#include "support/columns.h"
#include "utils/timestamp.h"

typedef struct WmsBatchTracks
{
	WmsColumn  *columns[7];
} WmsBatchTracks;

extern WmsBatchTracks *wms_batch_tracks(void);

/* What the pointers point to must stay until the tracks are written; quantity 0 = the event has none. */
extern void wms_batch_track_add(WmsBatchTracks *tracks, const char *action, const pg_uuid_t *batch_id,
								const pg_uuid_t *warehouse_id, int32 quantity, const char *reference_type,
								const pg_uuid_t *reference_id, const char *description);
extern void wms_batch_tracks_write(WmsBatchTracks *tracks, TimestampTz instant);

#endif							/* WMS_BATCH_TRACK_H */
