/*
 * wiring.h
 *		Triggers, defaults, policies and views that call member functions.
 */
#ifndef WMS_WIRING_H
#define WMS_WIRING_H

#include "postgres.h"

/* Makes what belongs to tables at this version and is missing; needs SPI. */
extern void wms_wiring_restore(int32 version);

/* Removes what came with this version, on the way down from it; needs SPI. */
extern void wms_wiring_remove(int32 version);

#endif							/* WMS_WIRING_H */
