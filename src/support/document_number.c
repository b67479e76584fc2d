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

text *
wms_document_number(const char *prefix, const char *schema, const char *sequence)
{
	DateADT		date = wms_business_date(wms_clock());
	int64		number = nextval_internal(find_sequence(schema, sequence), false);
	int			year;
	int			month;
	int			day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return cstring_to_text(psprintf("%s-%04d%02d%02d-%06lld", prefix, year, month, day, (long long) number));
}
