/*
 * clock.c
 *		Instants and business dates.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "support/clock.h"

#include "support/settings.h"
#include "utils/datetime.h"

TimestampTz
wms_clock(void)
{
	return GetCurrentTimestamp();
}

static void
refuse_date(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("%s is out of range", what),
			 errdetail("Business dates are calendar dates; infinity is none."),
			 errhint("Pass a date of the years that are traded in.")));
}

DateADT
wms_business_date(TimestampTz instant)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			offset;

	if (TIMESTAMP_NOT_FINITE(instant) ||
		timestamp2tm(instant, &offset, &tm, &fsec, NULL, wms_timezone()) != 0)
		refuse_date("instant");
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

/*
 * Midnight comes twice where the clock goes back over it, and PostgreSQL takes the second: the first is the one
 * by the offset of the day before.
 */
static TimestampTz
first_midnight(struct pg_tm *midnight, DateADT date, TimestampTz start)
{
	struct pg_tm before;
	fsec_t		fsec;
	int			offset;
	TimestampTz first;

	if (timestamp2tm(start - USECS_PER_DAY, &offset, &before, &fsec, NULL, wms_timezone()) == 0 &&
		tm2timestamp(midnight, 0, &offset, &first) == 0 && IS_VALID_TIMESTAMP(first) &&
		first < start && wms_business_date(first) == date)
		return first;
	return start;
}

TimestampTz
wms_business_day_start(DateADT date)
{
	struct pg_tm tm = {0};
	TimestampTz start;
	int			offset;

	if (DATE_NOT_FINITE(date))
		refuse_date("date");
	j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	offset = DetermineTimeZoneOffset(&tm, wms_timezone());
	if (tm2timestamp(&tm, 0, &offset, &start) != 0 || !IS_VALID_TIMESTAMP(start))
		refuse_date("date");
	return first_midnight(&tm, date, start);
}
