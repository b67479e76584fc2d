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
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"

/* Looked up each time: the system caches follow a sequence that is dropped and made again. */
static Oid
find_sequence(const char *schema, const char *sequence)
{
	Oid			namespace = get_namespace_oid(schema, true);
	Oid			relation = OidIsValid(namespace) ? get_relname_relid(sequence, namespace) : InvalidOid;

	if (!OidIsValid(relation))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_SCHEMA_OUT_OF_DATE),
				 errmsg("there is no sequence %s.%s", schema, sequence),
				 errhint("Run SELECT %s();", wms_qualified_name("wms_migrate"))));
	return relation;
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

text *
wms_document_number(const char *prefix, const char *schema, const char *sequence)
{
	DateADT		date = wms_business_date(wms_clock());
	int64		number = nextval_internal(find_sequence(schema, sequence), false);
	char		written[LONGEST];
	char	   *end = written + strlcpy(written, prefix, LONGEST / 4);
	int			year;
	int			month;
	int			day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	*end++ = '-';
	end = write_digits(end, year, 4);
	end = write_digits(end, month, 2);
	end = write_digits(end, day, 2);
	*end++ = '-';
	end = write_digits(end, number, 6);
	return cstring_to_text_with_len(written, end - written);
}
