/*
 * wiring.h
 *		Triggers, defaults, policies and views that call member functions.
 */
#ifndef WMS_WIRING_H
#define WMS_WIRING_H

#include "postgres.h"

/*
 * The query, of one integer argument, gives what each object is and the statement to run for it, which finds
 * member functions without their schema; needs SPI.
 */
extern void wms_wiring_run(const char *query, int32 argument);

/* Makes what belongs to tables at this version and is missing; needs SPI. */
extern void wms_wiring_restore(int32 version);

/* Removes what came with this version, on the way down from it; needs SPI. */
extern void wms_wiring_remove(int32 version);

#endif							/* WMS_WIRING_H */
