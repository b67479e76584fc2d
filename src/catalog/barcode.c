/*
 * barcode.c
 *		Trade item numbers end in the digit that checks the others.
 *
 * Takes no locks, runs no SQL.
 */
#include "postgres.h"

#include "catalog/barcode.h"

#include "support/args.h"
#include "support/trigger.h"
#include "utils/builtins.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(wms_check_barcode);

static const struct
{
	const char *name;
	int			digits;
}			types[] = {{"gtin8", 8}, {"gtin12", 12}, {"gtin13", 13}, {"gtin14", 14}};

int
wms_gtin_digits(const char *type)
{
	for (int i = 0; i < lengthof(types); i++)
		if (strcmp(types[i].name, type) == 0)
			return types[i].digits;
	return 0;
}

static bool
is_digits(const char *barcode)
{
	return barcode[0] != '\0' && strspn(barcode, "0123456789") == strlen(barcode);
}

/* From the right, the digits before the last count three times and once by turns. */
static char
check_digit(const char *barcode)
{
	int			sum = 0;
	int			weight = 3;

	for (int i = (int) strlen(barcode) - 2; i >= 0; i--, weight = 4 - weight)
		sum += (barcode[i] - '0') * weight;
	return '0' + (10 - sum % 10) % 10;
}

const char *
wms_barcode_fault(const char *type, const char *barcode)
{
	int			digits = wms_gtin_digits(type);
	int			length = strlen(barcode);

	if (digits == 0)
		return NULL;
	if (!is_digits(barcode) || length != digits)
		return psprintf("A %s has %d digits and nothing else.", type, digits);
	if (barcode[digits - 1] != check_digit(barcode))
		return psprintf("Its check digit is %c, expected is %c.", barcode[digits - 1], check_digit(barcode));
	return NULL;
}

const char *
wms_barcode_type(const char *barcode)
{
	for (int i = 0; i < lengthof(types); i++)
		if (strlen(barcode) == types[i].digits && is_digits(barcode))
			return types[i].name;
	return "internal";
}

/* Of barcodes: refuses, with 23514, a trade item number that is not one. */
Datum
wms_check_barcode(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE);
	HeapTuple	row = wms_trigger_row(trigger);
	bool		isnull;
	char	   *type;
	char	   *barcode;
	const char *fault;

	wms_trigger_require_table(trigger, "catalog", "product_barcodes");
	type = TextDatumGetCString(wms_trigger_value(trigger, row, "type", TEXTOID, &isnull));
	barcode = TextDatumGetCString(wms_trigger_value(trigger, row, "barcode", TEXTOID, &isnull));
	fault = wms_barcode_fault(type, barcode);
	if (fault != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("barcode \"%s\" is not a %s", wms_shown(barcode), type),
				 errdetail_internal("%s", fault),
				 errhint("Read it again from the label, or give a code of the house the type internal."),
				 errtablecol(trigger->tg_relation, wms_trigger_column(trigger, "barcode"))));
	return PointerGetDatum(NULL);
}
