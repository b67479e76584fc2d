/*
 * clock.h
 *		Instants and business dates.
 */
#ifndef WMS_CLOCK_H
#define WMS_CLOCK_H

#include "postgres.h"

#include "utils/date.h"
#include "utils/timestamp.h"

/* Now, not the start of the transaction: read it once the locks are held. */
extern TimestampTz wms_clock(void);

/* The date of an instant in wms.timezone, the same for every client; raises 22008 for infinity. */
extern DateADT wms_business_date(TimestampTz instant);

/*
 * The first instant of a business date.  A period of dates, the last one included, is half open in
 * instants: from the start of its first date to the start of the day after its last.
 */
extern TimestampTz wms_business_day_start(DateADT date);

#endif							/* WMS_CLOCK_H */
