/*
 * import_options.c
 *		Options of the variants of an import: found by name, made where they are missing.
 *
 * Their products are locked or new, so nobody else writes options of these variants meanwhile.
 */
#include "postgres.h"

#include "catalog/import.h"

#include "support/args.h"
#include "support/plans.h"

/* Two options may share a name: the one that has the value is meant, else the first. */
static WmsPlan find_option_values = WMS_PLAN(
	"SELECT u.n, x.option_id, x.value_id FROM unnest($1, $2, $3) AS u(n, name, value) CROSS JOIN LATERAL ("
	"       SELECT o.id AS option_id, w.id AS value_id FROM catalog.variant_options o"
	"         LEFT JOIN catalog.variant_option_values w ON w.option_id = o.id AND w.value = u.value"
	"        WHERE o.name = u.name ORDER BY w.id IS NULL, o.sort_order, o.created_at, o.id LIMIT 1) x",
	INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

static WmsPlan write_options = WMS_PLAN(
	"INSERT INTO catalog.variant_options (name) SELECT DISTINCT u.name FROM unnest($1) AS u(name)", TEXTARRAYOID);

static WmsPlan write_option_values = WMS_PLAN(
	"INSERT INTO catalog.variant_option_values (option_id, value)"
	"SELECT DISTINCT u.option_id, u.value FROM unnest($1, $2) AS u(option_id, value)"
	" ON CONFLICT (option_id, value) DO NOTHING",
	UUIDARRAYOID, TEXTARRAYOID);

/* $1 variants whose options are given, $2 all of these of each, as the text of an array */
static WmsPlan leave_options = WMS_PLAN(
	"DELETE FROM catalog.product_variant_options vo USING unnest($1, $2) AS g(variant_id, option_ids)"
	" WHERE vo.variant_id = g.variant_id AND vo.option_id <> ALL (g.option_ids::uuid[])",
	UUIDARRAYOID, TEXTARRAYOID);

static WmsPlan enter_options = WMS_PLAN(
	"INSERT INTO catalog.product_variant_options (variant_id, option_id, option_value_id)"
	"SELECT u.variant_id, u.option_id, u.value_id FROM unnest($1, $2, $3) AS u(variant_id, option_id, value_id)"
	" ON CONFLICT (variant_id, option_id) DO UPDATE SET option_value_id = EXCLUDED.option_value_id"
	" WHERE product_variant_options.option_value_id <> EXCLUDED.option_value_id",
	UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID);

/* At commit this would be too late to say which line it is. */
static WmsPlan find_variants_alike = WMS_PLAN(
	"SELECT v.sku, o.sku FROM unnest($1) AS u(id)"
	"  JOIN catalog.product_variants v ON v.id = u.id AND v.option_values IS NOT NULL"
	"  JOIN catalog.product_variants o ON o.product_id = v.product_id AND o.option_values = v.option_values"
	"   AND o.id <> v.id AND o.deleted_at IS NULL"
	" LIMIT 1",
	UUIDARRAYOID);

/* One choice of an option of a variant, as the line gives it and as it is found. */
typedef struct Choice
{
	WmsImportVariant *variant;
	const WmsImportOption *given;
	bool		has_option;
	bool		has_value;
	pg_uuid_t	option_id;
	pg_uuid_t	value_id;
} Choice;

static void
find_choices(Choice *choices, int count)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(TEXTOID), wms_column(TEXTOID)};
	Datum		values[lengthof(columns)];
	uint64		rows;
	bool		isnull;

	for (int i = 0; i < count; i++)
	{
		wms_column_add_int(columns[0], i);
		wms_column_add_text(columns[1], choices[i].given->name);
		wms_column_add_text(columns[2], choices[i].given->value);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	rows = wms_run(&find_option_values, values, NULL);
	for (uint64 row = 0; row < rows; row++)
	{
		Choice	   *choice = &choices[wms_value_int64(row, 1)];
		Datum		value = wms_value(row, 3, &isnull);

		choice->has_value = !isnull;
		if (!isnull)
			choice->value_id = *DatumGetUUIDP(value);
		choice->has_option = true;
		choice->option_id = *DatumGetUUIDP(wms_value(row, 2, &isnull));
	}
}

/* Makes the options, then the values, that there are not. */
static void
make_choices(Choice *choices, int count)
{
	WmsColumn  *names = wms_column(TEXTOID);
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(TEXTOID)};
	Datum		values[lengthof(columns)];

	for (int i = 0; i < count; i++)
		if (!choices[i].has_option)
			wms_column_add_text(names, choices[i].given->name);
	if (names->count > 0)
	{
		values[0] = wms_column_array(names);
		wms_run(&write_options, values, NULL);
		find_choices(choices, count);
	}
	for (int i = 0; i < count; i++)
	{
		if (choices[i].has_value)
			continue;
		if (!choices[i].has_option)
			wms_refuse_altered(&write_options);
		wms_column_add_uuid(columns[0], &choices[i].option_id);
		wms_column_add_text(columns[1], choices[i].given->value);
	}
	if (columns[0]->count == 0)
		return;
	values[0] = wms_column_array(columns[0]);
	values[1] = wms_column_array(columns[1]);
	wms_run(&write_option_values, values, NULL);
	find_choices(choices, count);
	for (int i = 0; i < count; i++)
		if (!choices[i].has_value)
			wms_refuse_altered(&write_option_values);
}

/* Where the options of a variant are given, it has these and no others. */
static void
set_choices(WmsImportVariant **variants, int variant_count, const Choice *choices, int choice_count)
{
	WmsColumn  *given[] = {wms_column(UUIDOID), wms_column(TEXTOID)};
	WmsColumn  *entered[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID)};
	StringInfoData ids;
	Datum		value;
	int			n = 0;

	initStringInfo(&ids);
	for (int i = 0; i < variant_count; i++)
	{
		if (!variants[i]->gives_options)
			continue;
		for (; n < choice_count && choices[n].variant == variants[i]; n++)
		{
			wms_import_keep(&ids, &choices[n].option_id);
			wms_column_add_uuid(entered[0], &variants[i]->id);
			wms_column_add_uuid(entered[1], &choices[n].option_id);
			wms_column_add_uuid(entered[2], &choices[n].value_id);
		}
		wms_import_keep_only(given, &variants[i]->id, &ids);
	}
	if (given[0]->count == 0)
		return;
	wms_import_replace(&leave_options, given, &enter_options, entered, lengthof(entered));
	value = wms_column_array(given[0]);
	if (wms_run(&find_variants_alike, &value, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("variants \"%s\" and \"%s\" are the same choice of options", wms_shown(wms_value_text(0, 1)),
						wms_shown(wms_value_text(0, 2))),
				 errhint("Variants of a product differ in an option at least.")));
}

void
wms_import_set_options(WmsImportVariant **variants, int count)
{
	int			choice_count = 0;
	Choice	   *choices;

	for (int i = 0; i < count; i++)
		choice_count += variants[i]->option_count;
	choices = palloc_extended(sizeof(Choice) * Max(choice_count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	choice_count = 0;
	for (int i = 0; i < count; i++)
		for (int o = 0; o < variants[i]->option_count; o++)
		{
			choices[choice_count].variant = variants[i];
			choices[choice_count++].given = &variants[i]->options[o];
		}
	if (choice_count > 0)
	{
		find_choices(choices, choice_count);
		make_choices(choices, choice_count);
	}
	set_choices(variants, count, choices, choice_count);
}
