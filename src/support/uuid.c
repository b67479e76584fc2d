/*
 * uuid.c
 *		Time-ordered keys for tables that only grow.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include <time.h>

#include "fmgr.h"
#include "utils/uuid.h"

#define NS_PER_MS INT64CONST(1000000)
#define NS_PER_SECOND INT64CONST(1000000000)

/* The 12 bits after the version hold the fraction of the millisecond; one step is some 244 ns. */
#define STEPS_PER_MS 4096
#define NS_PER_STEP (NS_PER_MS / STEPS_PER_MS + 1)

PG_FUNCTION_INFO_V1(wms_uuid_v7);

/* Nanoseconds since 1970, later by a step at least than those of the call before in this backend. */
static int64
ascending_clock(void)
{
	static int64 previous = 0;
	struct timespec now;
	int64		instant;

	clock_gettime(CLOCK_REALTIME, &now);
	instant = now.tv_sec * NS_PER_SECOND + now.tv_nsec;
	previous = Max(instant, previous + NS_PER_STEP);
	return previous;
}

/* Eight random bytes; drawn for many at a time, since each draw costs more than the rest of the key. */
static const uint8 *
random_bytes(void)
{
	static uint8 drawn[64 * 8];
	static int	used = sizeof(drawn);

	if (used == sizeof(drawn))
	{
		if (!pg_strong_random(drawn, sizeof(drawn)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		used = 0;
	}
	used += 8;
	return &drawn[used - 8];
}

/*
 * RFC 9562 version 7: 48 bits of milliseconds, 12 of their fraction, 62 of chance.
 */
Datum
wms_uuid_v7(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));
	int64		instant = ascending_clock();
	int64		milliseconds = instant / NS_PER_MS;
	int			fraction = (instant % NS_PER_MS) * STEPS_PER_MS / NS_PER_MS;

	for (int i = 0; i < 6; i++)
		uuid->data[i] = milliseconds >> (8 * (5 - i));
	uuid->data[6] = 0x70 | fraction >> 8;
	uuid->data[7] = fraction;
	memcpy(&uuid->data[8], random_bytes(), 8);
	uuid->data[8] = (uuid->data[8] & 0x3f) | 0x80;
	PG_RETURN_UUID_P(uuid);
}
