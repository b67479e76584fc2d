/*
 * shipping_option.c
 *		wms_shipping_options(): how goods of a value can be sent, and for how much.
 *
 * Takes no locks; reads as the caller.
 */
#include "postgres.h"

#include "fmgr.h"
#include "support/args.h"
#include "support/command.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(wms_shipping_options);

static WmsPlan shipping_options = WMS_PLAN(
	"SELECT m.code, m.name, CASE WHEN $1 >= m.free_shipping_threshold THEN 0.00 ELSE m.base_cost END,"
	"       m.estimated_days_min, m.estimated_days_max"
	"  FROM sales.shipping_methods m WHERE m.is_active ORDER BY m.sort_order, m.code",
	NUMERICOID);

static void
refuse_subtotal(const char *must, char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("subtotal must %s", must),
			 detail == NULL ? 0 : errdetail("It is %s.", detail),
			 errhint("Pass the value of the goods after discount, zero or more.")));
}

/* wms_shipping_options(subtotal numeric) → table; raises 22023 */
Datum
wms_shipping_options(PG_FUNCTION_ARGS)
{
	Datum		value;
	char	   *text;

	if (PG_ARGISNULL(0))
		refuse_subtotal("not be null", NULL);
	value = PG_GETARG_DATUM(0);
	text = numeric_normalize(DatumGetNumeric(value));
	if (numeric_is_nan(DatumGetNumeric(value)) || numeric_is_inf(DatumGetNumeric(value)))
		refuse_subtotal("be a number", text);
	if (text[0] == '-')
		refuse_subtotal("not be negative", text);
	return wms_return_rows(fcinfo, &shipping_options, &value, NULL);
}
