/*
 * document_number.c
 *		The numbers on paper: orders, refunds, transfers, payouts.
 *
 * Locks the sequence like any nextval(); gaps are normal.
 */
#include "postgres.h"

#include "support/document_number.h"

#include "catalog/namespace.h"
#include "commands/sequence.h"
#include "ops/schema_version.h"
#include "support/clock.h"
#include "support/errors.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static struct
{
	const char *schema;
	const char *name;
	Oid			relation;		/* invalid when none is known */
}			last_sequence;

static void
forget_sequence(Datum argument, int cache, uint32 hash)
{
	last_sequence.relation = InvalidOid;
}

static Oid
look_up_sequence(const char *schema, const char *name)
{
	Oid			namespace = get_namespace_oid(schema, true);
	Oid			relation = OidIsValid(namespace) ? get_relname_relid(name, namespace) : InvalidOid;

	if (!OidIsValid(relation))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_SCHEMA_OUT_OF_DATE),
				 errmsg("there is no sequence %s.%s", schema, name),
				 errhint("Run SELECT %s();", wms_qualified_name("wms_migrate"))));
	return relation;
}

/* Follows a sequence that is dropped and made again. */
static Oid
find_sequence(const char *schema, const char *name)
{
	static bool registered = false;

	if (OidIsValid(last_sequence.relation) && strcmp(last_sequence.name, name) == 0 &&
		strcmp(last_sequence.schema, schema) == 0)
		return last_sequence.relation;
	if (!registered)
	{
		CacheRegisterSyscacheCallback(RELNAMENSP, forget_sequence, (Datum) 0);
		CacheRegisterSyscacheCallback(NAMESPACENAME, forget_sequence, (Datum) 0);
		registered = true;
	}
	last_sequence.schema = schema;
	last_sequence.name = name;
	last_sequence.relation = look_up_sequence(schema, name);
	return last_sequence.relation;
}

#define LONGEST 64				/* a prefix of a quarter of it, and digits */

/* Of at least so many digits, as %0*lld; most numbers are that short. */
static char *
write_digits(char *end, int64 number, int digits)
{
	if (number >= 0 && number <= PG_INT32_MAX)
		return pg_ultostr_zeropad(end, (uint32) number, digits);
	return end + sprintf(end, "%0*lld", digits, (long long) number);
}

/* "YYYYMMDD" of now.  Reckoned once a second: days begin and clocks are set with whole seconds in every time zone. */
static const char *
business_day(void)
{
	static char written[LONGEST];
	static TimestampTz second = 0;
	static pg_tz *zone = NULL;
	TimestampTz now = wms_clock();
	char	   *end = written;
	int			year;
	int			month;
	int			day;

	if (second == now / USECS_PER_SEC && zone == wms_timezone())
		return written;
	zone = NULL;
	j2date(wms_business_date(now) + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	end = write_digits(end, year, 4);
	end = write_digits(end, month, 2);
	*write_digits(end, day, 2) = '\0';
	second = now / USECS_PER_SEC;
	zone = wms_timezone();
	return written;
}

text *
wms_document_number(const char *prefix, const char *schema, const char *sequence)
{
	int64		number = nextval_internal(find_sequence(schema, sequence), false);
	char		written[2 * LONGEST];
	char	   *end = written + strlcpy(written, prefix, LONGEST / 4);

	*end++ = '-';
	end += strlcpy(end, business_day(), LONGEST);
	*end++ = '-';
	end = write_digits(end, number, 6);
	return cstring_to_text_with_len(written, end - written);
}
