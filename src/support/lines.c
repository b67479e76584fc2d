/*
 * lines.c
 *		The jsonb argument "lines" of commands, read and checked.
 *
 * Every refusal names the line it is about.  What the lines mean in the catalogue is found in items.c.
 */
#include "postgres.h"

#include "support/lines.h"

#include <ctype.h>

#include "support/args.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

typedef void (*LineReader) (WmsLine *line, const char *key, JsonbValue *value);

typedef struct LineKey
{
	const char *name;
	int			needs;			/* flag of the command, 0 = always allowed */
	LineReader	read;
} LineKey;

static void
refuse_type(WmsLine *line, const char *key, const char *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("line %d: %s must be %s", line->number, key, wanted),
			 errhint("See the documentation of the lines argument.")));
}

static char *
string_of(WmsLine *line, const char *key, JsonbValue *value)
{
	char	   *string;

	if (value->type != jbvString)
		refuse_type(line, key, "a string");
	string = pnstrdup(value->val.string.val, value->val.string.len);
	if (string[0] == '\0')
		refuse_type(line, key, "a string that is not empty");
	return string;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* 8-4-4-4-12, as uuid_out writes it; false when the text is anything else. */
static bool
parse_uuid(const char *text, pg_uuid_t *uuid)
{
	int			digits = 0;

	if (strlen(text) != 36)
		return false;
	for (int i = 0; i < 36; i++)
	{
		int			digit = hex_digit(text[i]);

		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (text[i] != '-')
				return false;
			continue;
		}
		if (digit < 0)
			return false;
		if (digits % 2 == 0)
			uuid->data[digits / 2] = digit << 4;
		else
			uuid->data[digits / 2] |= digit;
		digits++;
	}
	return true;
}

static pg_uuid_t *
uuid_of(WmsLine *line, const char *key, JsonbValue *value)
{
	char	   *text = string_of(line, key, value);
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

	if (!parse_uuid(text, uuid))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("line %d: %s is not a uuid", line->number, key),
				 errdetail("It is \"%s\".", wms_shown(text)),
				 errhint("Pass a uuid such as 123e4567-e89b-12d3-a456-426614174000.")));
	return uuid;
}

/* A number as text without superfluous zeros, so that 3 and 3.00 are the same. */
static char *
number_of(WmsLine *line, const char *key, JsonbValue *value)
{
	if (value->type != jbvNumeric)
		refuse_type(line, key, "a number");
	return numeric_normalize(value->val.numeric);
}

static void
refuse_range(WmsLine *line, const char *key, const char *text, const char *range)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("line %d: %s is out of range", line->number, key),
			 errdetail("It is %s.", strlen(text) > 40 ? psprintf("a number of %zu digits", strlen(text)) : text),
			 errhint("Pass %s.", range)));
}

static const char *
units_from(int32 least)
{
	return psprintf("a whole number of units from %d to %d", least, PG_INT32_MAX);
}

/* A whole number of units, from least to the largest there is. */
static int32
units_of(WmsLine *line, const char *key, JsonbValue *value, int32 least)
{
	char	   *text = number_of(line, key, value);

	if (strchr(text, '.') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: %s must be a whole number", line->number, key),
				 errdetail("It is %s.", strlen(text) > 40 ? psprintf("a number of %zu digits", strlen(text) - 1) : text),
				 errhint("Pass %s.", units_from(least))));
	if (text[0] == '-' || (least > 0 && strcmp(text, "0") == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: %s must %s", line->number, key,
						least > 0 ? "be greater than zero" : "not be negative"),
				 errdetail("It is %s.", text),
				 errhint("Pass %s.", units_from(least))));
	if (strlen(text) > 10 || strtoll(text, NULL, 10) > PG_INT32_MAX)
		refuse_range(line, key, text, units_from(least));
	return (int32) strtoll(text, NULL, 10);
}

static void
read_quantity(WmsLine *line, const char *key, JsonbValue *value)
{
	line->quantity = units_of(line, key, value, line->least_quantity);
	line->has_quantity = true;
}

static void
read_expected_quantity(WmsLine *line, const char *key, JsonbValue *value)
{
	line->expected_quantity = units_of(line, key, value, 0);
	line->has_expected_quantity = true;
}

/* A price or cost: not negative, rounded to the four digits that the tables keep. */
static Numeric
price_of(WmsLine *line, const char *key, JsonbValue *value)
{
	char	   *text = number_of(line, key, value);
	Datum		rounded;

	if (text[0] == '-')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: %s must not be negative", line->number, key),
				 errdetail("It is %s.", text),
				 errhint("Pass zero or more.")));
	rounded = DirectFunctionCall2(numeric_round, NumericGetDatum(value->val.numeric), Int32GetDatum(4));
	text = numeric_normalize(DatumGetNumeric(rounded));
	if (strcspn(text, ".") > 10)
		refuse_range(line, key, text, "an amount below 10000000000");
	return DatumGetNumeric(rounded);
}

/* An ISO date: what a date means must not depend on the session's DateStyle. */
static DateADT
date_of(WmsLine *line, const char *key, JsonbValue *value)
{
	char	   *text = string_of(line, key, value);
	int			year = 0,
				month = 0,
				day = 0;
	bool		shaped = strlen(text) == 10;

	for (int i = 0; i < 10 && shaped; i++)
		shaped = (i == 4 || i == 7) ? text[i] == '-' : isdigit((unsigned char) text[i]) != 0;
	if (!shaped || sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3 ||
		year < 1 || month < 1 || month > MONTHS_PER_YEAR ||
		day < 1 || day > day_tab[isleap(year)][month - 1])
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("line %d: %s is not a date", line->number, key),
				 errdetail("It is \"%s\".", wms_shown(text)),
				 errhint("Pass a date as YYYY-MM-DD.")));
	return date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
}

static void
read_product_id(WmsLine *line, const char *key, JsonbValue *value)
{
	line->product_id = uuid_of(line, key, value);
}

static void
read_variant_id(WmsLine *line, const char *key, JsonbValue *value)
{
	line->variant_id = uuid_of(line, key, value);
}

static void
read_order_item_id(WmsLine *line, const char *key, JsonbValue *value)
{
	line->order_item_id = uuid_of(line, key, value);
}

static void
read_batch_id(WmsLine *line, const char *key, JsonbValue *value)
{
	line->batch_id = uuid_of(line, key, value);
}

static void
read_sku(WmsLine *line, const char *key, JsonbValue *value)
{
	line->sku = string_of(line, key, value);
}

static void
read_barcode(WmsLine *line, const char *key, JsonbValue *value)
{
	line->barcode = string_of(line, key, value);
}

static void
read_batch_number(WmsLine *line, const char *key, JsonbValue *value)
{
	line->batch_number = string_of(line, key, value);
	wms_refuse_long_name(psprintf("line %d: %s", line->number, key), line->batch_number);
}

static void
read_unit_price(WmsLine *line, const char *key, JsonbValue *value)
{
	line->unit_price = price_of(line, key, value);
}

static void
read_unit_cost(WmsLine *line, const char *key, JsonbValue *value)
{
	line->unit_cost = price_of(line, key, value);
}

static void
read_manufacturing_date(WmsLine *line, const char *key, JsonbValue *value)
{
	line->manufacturing_date = date_of(line, key, value);
	line->has_manufacturing_date = true;
}

static void
read_expiry_date(WmsLine *line, const char *key, JsonbValue *value)
{
	line->expiry_date = date_of(line, key, value);
	line->has_expiry_date = true;
}

static const LineKey line_keys[] = {
	{"quantity", 0, read_quantity},
	{"product_id", 0, read_product_id},
	{"variant_id", 0, read_variant_id},
	{"sku", 0, read_sku},
	{"barcode", 0, read_barcode},
	{"order_item_id", WMS_LINE_ORDER_ITEM, read_order_item_id},
	{"batch_id", WMS_LINE_BATCH_ID, read_batch_id},
	{"batch_number", WMS_LINE_BATCH_NUMBER, read_batch_number},
	{"manufacturing_date", WMS_LINE_BATCH_NUMBER, read_manufacturing_date},
	{"expiry_date", WMS_LINE_BATCH_NUMBER, read_expiry_date},
	{"unit_price", WMS_LINE_UNIT_PRICE, read_unit_price},
	{"unit_cost", WMS_LINE_UNIT_COST, read_unit_cost},
	{"expected_quantity", WMS_LINE_COUNTED, read_expected_quantity},
};

static char *
allowed_keys(int allowed)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(line_keys); i++)
		if (line_keys[i].needs == 0 || (line_keys[i].needs & allowed) != 0)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", line_keys[i].name);
	return names.data;
}

static void
read_member(WmsLine *line, int allowed, const char *key, JsonbValue *value)
{
	for (int i = 0; i < lengthof(line_keys); i++)
	{
		if (strcmp(line_keys[i].name, key) != 0 ||
			(line_keys[i].needs != 0 && (line_keys[i].needs & allowed) == 0))
			continue;
		if (value->type == jbvNull)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("line %d: %s must not be null", line->number, key),
					 errhint("Leave %s out where it has no value.", key)));
		line_keys[i].read(line, key, value);
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("line %d: unknown key \"%s\"", line->number, wms_shown(key)),
			 errhint("Keys of a line here: %s.", allowed_keys(allowed))));
}

/* One identification, no more and no less; a quantity; dates only of a batch. */
static void
check_line(WmsLine *line, int allowed)
{
	int			identifications = (line->product_id != NULL) + (line->sku != NULL) +
		(line->barcode != NULL) + (line->order_item_id != NULL);

	if (identifications != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: %s", line->number,
						identifications == 0 ? "no item is named" : "more than one identification of the item"),
				 errhint("Name the item by one of product_id, sku, barcode%s.",
						 (allowed & WMS_LINE_ORDER_ITEM) != 0 ? " and order_item_id" : "")));
	if (line->variant_id != NULL && line->product_id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: variant_id without product_id", line->number),
				 errhint("Pass the product_id too, or the sku of the variant alone.")));
	if (!line->has_quantity)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: no quantity", line->number),
				 errhint("Pass a whole number of units from %d to %d.", line->least_quantity, PG_INT32_MAX)));
	if (line->batch_number != NULL && line->batch_id != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: both batch_id and batch_number", line->number),
				 errhint("Name the batch by one of them.")));
	if ((line->has_expiry_date || line->has_manufacturing_date) && line->batch_number == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: a date of a batch without batch_number", line->number),
				 errhint("Name the batch that the date is of.")));
	if (line->has_expiry_date && line->has_manufacturing_date && line->expiry_date < line->manufacturing_date)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: expiry_date lies before manufacturing_date", line->number),
				 errhint("Check the two dates of batch \"%s\".", line->batch_number)));
}

static void
read_line(WmsLine *line, int allowed, JsonbValue *element)
{
	JsonbIterator *members;
	JsonbValue	value;
	JsonbIteratorToken token;
	char	   *key = NULL;

	if (element->type != jbvBinary || !JsonContainerIsObject(element->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: not a JSON object", line->number),
				 errhint("Pass an array of objects such as {\"sku\": \"A-1\", \"quantity\": 2}.")));
	members = JsonbIteratorInit(element->val.binary.data);
	while ((token = JsonbIteratorNext(&members, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(value.val.string.val, value.val.string.len);
		else if (token == WJB_VALUE)
			read_member(line, allowed, key, &value);
	}
	check_line(line, allowed);
}

WmsLines *
wms_lines_parse(FunctionCallInfo fcinfo, int n, int allowed)
{
	WmsLines   *lines = palloc0(sizeof(WmsLines));
	Jsonb	   *argument = PG_ARGISNULL(n) ? NULL : PG_GETARG_JSONB_P(n);
	JsonbIterator *elements;
	JsonbValue	value;

	if (argument == NULL || !JB_ROOT_IS_ARRAY(argument) || JB_ROOT_IS_SCALAR(argument) ||
		JB_ROOT_COUNT(argument) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lines must be a JSON array with at least one line"),
				 errhint("Pass an array of objects such as [{\"sku\": \"A-1\", \"quantity\": 2}].")));
	lines->allowed = allowed;
	lines->lines = palloc0(sizeof(WmsLine) * JB_ROOT_COUNT(argument));
	elements = JsonbIteratorInit(&argument->root);
	while (true)
	{
		JsonbIteratorToken token = JsonbIteratorNext(&elements, &value, true);

		if (token == WJB_DONE)
			break;
		if (token != WJB_ELEM)
			continue;
		lines->lines[lines->count].number = lines->count + 1;
		lines->lines[lines->count].least_quantity = (allowed & WMS_LINE_COUNTED) != 0 ? 0 : 1;
		read_line(&lines->lines[lines->count], allowed, &value);
		lines->count++;
	}
	return lines;
}
