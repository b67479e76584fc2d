/*
 * reservation.h
 *		A hold that is no order's and no transfer's, for the commands that act on it.
 */
#ifndef WMS_RESERVATION_H
#define WMS_RESERVATION_H

#include "inventory/held.h"

/*
 * Locks the stock row of a live hold and reads it, with its parts; units = NULL means any.  Raises WM002 when
 * it is resolved or has lapsed, WM004, WM092, and 22023 when it holds less.
 */
extern WmsHeldSet *wms_reservation_lock(const pg_uuid_t *id, const int32 *units, char **reference_type,
										pg_uuid_t **reference_id);

#endif							/* WMS_RESERVATION_H */
