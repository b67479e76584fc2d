/*
 * import_line.c
 *		One line of an import, read and checked; nothing is looked up.
 *
 * What is wrong with a line is noted in it, not raised: whoever imports may want the others.
 */
#include "postgres.h"

#include "catalog/import.h"

#include "catalog/barcode.h"
#include "miscadmin.h"
#include "support/args.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

typedef enum ValueKind
{
	TEXT,						/* '' is one */
	NAME,						/* not '' */
	MONEY,
	WEIGHT,
	FLAG,
	ANYTHING
} ValueKind;

typedef struct ColumnKey
{
	const char *name;
	ValueKind	kind;
	bool		nullable;
} ColumnKey;

static const ColumnKey product_keys[] = {
	[WMS_IMPORT_NAME] = {"name", NAME, false},
	[WMS_IMPORT_SLUG] = {"slug", TEXT, true},
	[WMS_IMPORT_DESCRIPTION] = {"description", TEXT, true},
	[WMS_IMPORT_SHORT_DESCRIPTION] = {"short_description", TEXT, true},
	[WMS_IMPORT_BASE_PRICE] = {"base_price", MONEY, false},
	[WMS_IMPORT_COMPARE_PRICE] = {"compare_price", MONEY, true},
	[WMS_IMPORT_COST_PRICE] = {"cost_price", MONEY, true},
	[WMS_IMPORT_UNIT] = {"unit", NAME, false},
	[WMS_IMPORT_IS_ACTIVE] = {"is_active", FLAG, false},
	[WMS_IMPORT_IS_FEATURED] = {"is_featured", FLAG, false},
	[WMS_IMPORT_IS_STOCKED] = {"is_stocked", FLAG, false},
	[WMS_IMPORT_WEIGHT] = {"weight", WEIGHT, true},
	[WMS_IMPORT_META_TITLE] = {"meta_title", TEXT, true},
	[WMS_IMPORT_META_DESCRIPTION] = {"meta_description", TEXT, true},
	[WMS_IMPORT_METADATA] = {"metadata", ANYTHING, true},
	[WMS_IMPORT_BRAND] = {"brand", NAME, true},
};

static const ColumnKey variant_keys[] = {
	[WMS_IMPORT_VARIANT_NAME] = {"name", NAME, false},
	[WMS_IMPORT_VARIANT_PRICE] = {"price", MONEY, true},
	[WMS_IMPORT_VARIANT_COMPARE_PRICE] = {"compare_price", MONEY, true},
	[WMS_IMPORT_VARIANT_COST_PRICE] = {"cost_price", MONEY, true},
	[WMS_IMPORT_VARIANT_WEIGHT] = {"weight", WEIGHT, true},
	[WMS_IMPORT_VARIANT_IS_ACTIVE] = {"is_active", FLAG, false},
};

static const char *const value_names[] = {
	[TEXT] = "a string",
	[NAME] = "a string that is not empty",
	[MONEY] = "a number",
	[WEIGHT] = "a number",
	[FLAG] = "true or false",
	[ANYTHING] = "a value",
};

bool
wms_import_fault(WmsImportLine *line, int code, char *message, char *detail, char *hint)
{
	if (line->fault != NULL)
		return false;
	line->fault_code = code;
	line->fault = message;
	line->fault_detail = detail;
	line->fault_hint = hint;
	return false;
}

static bool
wrong(WmsImportLine *line, char *message, char *hint)
{
	return wms_import_fault(line, ERRCODE_INVALID_PARAMETER_VALUE, message, NULL, hint);
}

static bool
wrong_type(WmsImportLine *line, const char *of, const char *key, const char *wanted)
{
	return wrong(line, psprintf("%s%s must be %s", of, key, wanted), "See the documentation of wms_import_products().");
}

/* Of a value of "kind"; NULL where it is another one. */
static char *
string_of(JsonbValue *value, ValueKind kind)
{
	if (value->type != jbvString || (kind == NAME && value->val.string.len == 0))
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* Rounded to the digits that the tables keep. */
static bool
read_number(WmsImportLine *line, const char *of, const ColumnKey *key, JsonbValue *value, Datum *number)
{
	int			scale = key->kind == MONEY ? 4 : 3;
	int			most = key->kind == MONEY ? 10 : 7;
	char	   *text = numeric_normalize(value->val.numeric);
	char	   *shown = strlen(text) > 40 ? psprintf("a number of %zu digits", strlen(text)) : text;

	if (text[0] == '-')
		return wms_import_fault(line, ERRCODE_INVALID_PARAMETER_VALUE, psprintf("%s%s must not be negative", of, key->name),
								psprintf("It is %s.", shown), "Pass zero or more.");
	*number = DirectFunctionCall2(numeric_round, NumericGetDatum(value->val.numeric), Int32GetDatum(scale));
	if (strcspn(numeric_normalize(DatumGetNumeric(*number)), ".") > most)
		return wms_import_fault(line, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, psprintf("%s%s is out of range", of, key->name),
								psprintf("It is %s.", shown), psprintf("Pass a number of %d digits before the point.", most));
	return true;
}

static bool
read_value(WmsImportLine *line, const char *of, const ColumnKey *key, JsonbValue *value, Datum *datum)
{
	char	   *string;

	switch (key->kind)
	{
		case TEXT:
		case NAME:
			string = string_of(value, key->kind);
			if (string == NULL)
				break;
			*datum = CStringGetTextDatum(string);
			return true;
		case MONEY:
		case WEIGHT:
			if (value->type != jbvNumeric)
				break;
			return read_number(line, of, key, value, datum);
		case FLAG:
			if (value->type != jbvBool)
				break;
			*datum = BoolGetDatum(value->val.boolean);
			return true;
		case ANYTHING:
			*datum = JsonbPGetDatum(JsonbValueToJsonb(value));
			return true;
	}
	return wrong_type(line, of, key->name, value_names[key->kind]);
}

/* Returns whether the key is one of the columns; what is wrong with its value is noted. */
static bool
read_column(WmsImportLine *line, const char *of, WmsImportRow *row, const ColumnKey *keys, int count, const char *name,
			JsonbValue *value)
{
	for (int i = 0; i < count; i++)
	{
		if (strcmp(keys[i].name, name) != 0)
			continue;
		row->given |= 1 << i;
		row->nulls[i] = value->type == jbvNull;
		if (!row->nulls[i])
			(void) read_value(line, of, &keys[i], value, &row->values[i]);
		else if (!keys[i].nullable)
			(void) wrong_type(line, of, name, psprintf("%s, not null", value_names[keys[i].kind]));
		return true;
	}
	return false;
}

static void
no_values(WmsImportRow *row)
{
	memset(row->nulls, true, sizeof(row->nulls));
}

static bool
is_container(JsonbValue *value, bool array)
{
	if (value->type != jbvBinary)
		return false;
	return array ? JsonContainerIsArray(value->val.binary.data) && !JsonContainerIsScalar(value->val.binary.data) :
		JsonContainerIsObject(value->val.binary.data);
}

/* A slug that is null or empty is none: a new product gets one from its name, others keep theirs. */
static void
forget_empty_slug(WmsImportRow *row)
{
	if (row->nulls[WMS_IMPORT_SLUG] || VARSIZE_ANY_EXHDR(DatumGetPointer(row->values[WMS_IMPORT_SLUG])) == 0)
		row->given &= ~(1 << WMS_IMPORT_SLUG);
}

/* Elements of an array; NULL, with the fault noted, where it is none. */
static JsonbValue *
elements_of(WmsImportLine *line, const char *of, const char *key, JsonbValue *value, int *count)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue *elements;
	JsonbValue	element;

	*count = 0;
	if (!is_container(value, true))
	{
		(void) wrong_type(line, of, key, "an array");
		return NULL;
	}
	elements = palloc_extended(sizeof(JsonbValue) * Max(JsonContainerSize(value->val.binary.data), 1), MCXT_ALLOC_HUGE);
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
		if (token == WJB_ELEM)
			elements[(*count)++] = element;
	return elements;
}

/* The next member of an object; false at its end. */
static bool
next_member(JsonbIterator **members, char **key, JsonbValue *value)
{
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(members, value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			*key = pnstrdup(value->val.string.val, value->val.string.len);
		else if (token == WJB_VALUE)
			return true;
	}
	return false;
}

/* "Clothes / Shirts": no name of it is empty. */
static bool
is_path(const char *path)
{
	const char *rest = path;
	const char *end;

	while ((end = strstr(rest, WMS_IMPORT_PATH)) != NULL)
	{
		if (end == rest)
			return false;
		rest = end + strlen(WMS_IMPORT_PATH);
	}
	return *rest != '\0';
}

static void
read_categories(WmsImportLine *line, JsonbValue *value)
{
	int			count;
	JsonbValue *elements = elements_of(line, "", "categories", value, &count);

	line->gives_categories = true;
	line->categories = palloc0(sizeof(char *) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		char	   *path = string_of(&elements[i], NAME);

		if (path == NULL || !is_path(path))
		{
			(void) wrong(line, "each of categories must be a string that names one",
						 "Pass the name of a category, or its path such as \"Clothes / Shirts\".");
			return;
		}
		line->categories[line->category_count++] = path;
	}
}

static void
read_barcode(WmsImportLine *line, const char *of, JsonbValue *element, WmsImportBarcode *barcode)
{
	JsonbIterator *members;
	JsonbValue	value;
	char	   *key = NULL;
	const char *fault;

	if (element->type == jbvString)
		barcode->barcode = string_of(element, NAME);
	else if (is_container(element, false))
	{
		members = JsonbIteratorInit(element->val.binary.data);
		while (next_member(&members, &key, &value))
		{
			if (strcmp(key, "barcode") == 0)
				barcode->barcode = string_of(&value, NAME);
			else if (strcmp(key, "type") == 0 && value.type == jbvString)
				barcode->type = string_of(&value, NAME);
			else
				(void) wrong(line, psprintf("%sunknown key \"%s\" of a barcode, or a wrong type", of, wms_shown(key)),
							 "Keys of a barcode: barcode, type; both strings.");
		}
	}
	if (barcode->barcode == NULL)
	{
		(void) wrong(line, psprintf("%seach of barcodes must be a string, or an object with one", of),
					 "Pass for example \"4006381333931\", or {\"type\": \"internal\", \"barcode\": \"A-1\"}.");
		return;
	}
	if (barcode->type == NULL)
		barcode->type = wms_barcode_type(barcode->barcode);
	if (wms_gtin_digits(barcode->type) == 0 && strcmp(barcode->type, "internal") != 0)
		(void) wrong(line, psprintf("%sthere is no barcode type \"%s\"", of, wms_shown(barcode->type)),
					 "Types are gtin8, gtin12, gtin13, gtin14 and internal.");
	fault = wms_barcode_fault(barcode->type, barcode->barcode);
	if (fault != NULL)
		(void) wms_import_fault(line, ERRCODE_CHECK_VIOLATION,
								psprintf("%sbarcode \"%s\" is not a %s", of, wms_shown(barcode->barcode), barcode->type),
								pstrdup(fault),
								"Read it again from the label, or give a code of the house the type internal.");
}

static WmsImportBarcode *
read_barcodes(WmsImportLine *line, const char *of, JsonbValue *value, int *count)
{
	JsonbValue *elements = elements_of(line, of, "barcodes", value, count);
	WmsImportBarcode *barcodes = palloc0(sizeof(WmsImportBarcode) * Max(*count, 1));

	for (int i = 0; i < *count; i++)
		read_barcode(line, of, &elements[i], &barcodes[i]);
	return barcodes;
}

/* {"Size": "L"}; members of a jsonb object come sorted, each name once. */
static void
read_options(WmsImportLine *line, const char *of, WmsImportVariant *variant, JsonbValue *value)
{
	JsonbIterator *members;
	JsonbValue	member;
	char	   *key = NULL;

	variant->gives_options = true;
	if (!is_container(value, false))
	{
		(void) wrong_type(line, of, "options", "an object");
		return;
	}
	variant->options = palloc0(sizeof(WmsImportOption) * Max(JsonContainerSize(value->val.binary.data), 1));
	members = JsonbIteratorInit(value->val.binary.data);
	while (next_member(&members, &key, &member))
	{
		char	   *choice = string_of(&member, NAME);

		if (choice == NULL || key[0] == '\0')
		{
			(void) wrong(line, psprintf("%soptions must be names with strings", of), "Pass for example {\"Size\": \"L\"}.");
			return;
		}
		variant->options[variant->option_count].name = key;
		variant->options[variant->option_count++].value = choice;
	}
}

static void
read_variant(WmsImportLine *line, JsonbValue *element, WmsImportVariant *variant)
{
	JsonbValue	sku_value;
	JsonbIterator *members;
	JsonbValue	value;
	char	   *key = NULL;
	char	   *of;

	no_values(&variant->row);
	if (!is_container(element, false) ||
		getKeyJsonValueFromContainer(element->val.binary.data, "sku", 3, &sku_value) == NULL ||
		(variant->sku = string_of(&sku_value, NAME)) == NULL)
	{
		(void) wrong(line, "each of variants must be an object with a sku", "Pass for example {\"sku\": \"A-1-L\", \"name\": \"L\"}.");
		return;
	}
	of = psprintf("variant \"%s\": ", wms_shown(variant->sku));
	members = JsonbIteratorInit(element->val.binary.data);
	while (next_member(&members, &key, &value))
	{
		if (strcmp(key, "sku") == 0)
			continue;
		else if (strcmp(key, "options") == 0)
			read_options(line, of, variant, &value);
		else if (strcmp(key, "barcodes") == 0)
			variant->barcodes = read_barcodes(line, of, &value, &variant->barcode_count);
		else if (!read_column(line, of, &variant->row, variant_keys, lengthof(variant_keys), key, &value))
			(void) wrong(line, psprintf("%sunknown key \"%s\"", of, wms_shown(key)),
						 "Keys of a variant: sku, name, price, compare_price, cost_price, weight, is_active, options, barcodes.");
	}
}

static bool
same_options(const WmsImportVariant *a, const WmsImportVariant *b)
{
	if (a->option_count != b->option_count || a->option_count == 0)
		return false;
	for (int i = 0; i < a->option_count; i++)
		if (strcmp(a->options[i].name, b->options[i].name) != 0 || strcmp(a->options[i].value, b->options[i].value) != 0)
			return false;
	return true;
}

static void
compare_variants(WmsImportLine *line)
{
	for (int i = 0; i < line->variant_count; i++)
		for (int j = 0; j < i; j++)
		{
			WmsImportVariant *a = &line->variants[i];
			WmsImportVariant *b = &line->variants[j];

			CHECK_FOR_INTERRUPTS();
			if (strcmp(a->sku, b->sku) == 0)
				(void) wrong(line, psprintf("variant \"%s\" stands there twice", wms_shown(a->sku)), "Leave one of them out.");
			else if (same_options(a, b))
				(void) wms_import_fault(line, ERRCODE_UNIQUE_VIOLATION,
										psprintf("variants \"%s\" and \"%s\" are the same choice of options",
												 wms_shown(b->sku), wms_shown(a->sku)),
										NULL, "Variants of a product differ in an option at least.");
		}
}

static void
read_variants(WmsImportLine *line, JsonbValue *value)
{
	int			count;
	JsonbValue *elements = elements_of(line, "", "variants", value, &count);

	line->variants = palloc_extended(sizeof(WmsImportVariant) * Max(count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (; line->variant_count < count && line->fault == NULL; line->variant_count++)
		read_variant(line, &elements[line->variant_count], &line->variants[line->variant_count]);
	if (line->fault == NULL)
		compare_variants(line);
}

static char *
known_keys(void)
{
	StringInfoData names;

	initStringInfo(&names);
	appendStringInfoString(&names, "Keys of a product: sku");
	for (int i = 0; i < lengthof(product_keys); i++)
		appendStringInfo(&names, ", %s", product_keys[i].name);
	appendStringInfoString(&names, ", categories, barcodes, variants.");
	return names.data;
}

bool
wms_import_read(WmsImportLine *line)
{
	JsonbValue	sku;
	JsonbIterator *members;
	JsonbValue	value;
	char	   *key = NULL;

	no_values(&line->row);
	if (!is_container(&line->element, false))
		return wrong(line, "not a JSON object", "Pass an array of objects such as {\"sku\": \"A-1\", \"name\": \"Tea\"}.");
	if (getKeyJsonValueFromContainer(line->element.val.binary.data, "sku", 3, &sku) == NULL)
		return wrong(line, "no sku", "The sku says which product the line is of.");
	if (line->sku == NULL)
		line->sku = string_of(&sku, NAME);
	if (line->sku == NULL)
		return wrong_type(line, "", "sku", value_names[NAME]);
	members = JsonbIteratorInit(line->element.val.binary.data);
	while (next_member(&members, &key, &value))
	{
		if (strcmp(key, "sku") == 0)
			continue;
		else if (strcmp(key, "categories") == 0)
			read_categories(line, &value);
		else if (strcmp(key, "barcodes") == 0)
			line->barcodes = read_barcodes(line, "", &value, &line->barcode_count);
		else if (strcmp(key, "variants") == 0)
			read_variants(line, &value);
		else if (!read_column(line, "", &line->row, product_keys, lengthof(product_keys), key, &value))
			(void) wrong(line, psprintf("unknown key \"%s\"", wms_shown(key)), known_keys());
	}
	if (line->fault != NULL)
		return false;
	forget_empty_slug(&line->row);
	return true;
}
