/*
 * import_variants.c
 *		Variants, their options, and barcodes of the lines of an import.
 *
 * Their products are locked or new, so nobody else writes variants of them meanwhile.
 */
#include "postgres.h"

#include "catalog/import.h"

#include "support/args.h"
#include "support/plans.h"
#include "utils/builtins.h"

/* Skus that are of a variant of another product. */
static WmsPlan find_taken_variants = WMS_PLAN(
	"SELECT u.n, u.sku, p.sku FROM unnest($1, $2, $3) AS u(n, product_sku, sku)"
	"  JOIN catalog.product_variants v ON v.sku = u.sku AND v.deleted_at IS NULL"
	"  JOIN catalog.products p ON p.id = v.product_id"
	" WHERE p.deleted_at IS NOT NULL OR p.sku <> u.product_sku",
	INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

/* Barcodes that are of another item. */
static WmsPlan find_taken_barcodes = WMS_PLAN(
	"SELECT u.n, u.barcode, coalesce(v.sku, p.sku) FROM unnest($1, $2, $3, $4) AS u(n, product_sku, variant_sku, barcode)"
	"  JOIN catalog.product_barcodes b ON b.barcode = u.barcode"
	"  JOIN catalog.products p ON p.id = b.product_id"
	"  LEFT JOIN catalog.product_variants v ON v.id = b.variant_id"
	" WHERE p.deleted_at IS NOT NULL OR p.sku <> u.product_sku OR v.deleted_at IS NOT NULL"
	"    OR v.sku IS DISTINCT FROM u.variant_sku",
	INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

/* Barcodes that stand in a line before already. */
static WmsPlan find_repeated_barcodes = WMS_PLAN(
	"SELECT x.n, x.barcode, x.product_sku FROM (SELECT u.n, u.barcode, first_value(u.product_sku) OVER w AS product_sku,"
	"               row_number() OVER w AS place"
	"          FROM unnest($1, $2, $3, $4) AS u(n, product_sku, variant_sku, barcode)"
	"        WINDOW w AS (PARTITION BY u.barcode ORDER BY u.n)) x"
	" WHERE x.place > 1",
	INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

#define VARIANT_COLUMNS "name, price, compare_price, cost_price, weight, is_active"

static const Oid column_types[WMS_IMPORT_VARIANT_COLUMNS] = {
	TEXTOID, NUMERICOID, NUMERICOID, NUMERICOID, NUMERICOID, BOOLOID
};

#define TYPES_OF_COLUMNS TEXTARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, BOOLARRAYOID

/* What the line gives, else what the variant has; the numbers of the bits are those of WmsImportVariantColumn. */
#define GIVEN(bit, column) "CASE WHEN u.given & (1 << " bit ") <> 0 THEN u." column " ELSE o." column " END AS " column

#define CHANGED_COLUMNS(of) \
	"(" of ".name, " of ".price, " of ".compare_price, " of ".cost_price, " of ".weight, " of ".is_active)"

static WmsPlan update_variants = WMS_PLAN(
	"UPDATE catalog.product_variants v SET (" VARIANT_COLUMNS ") = ROW" CHANGED_COLUMNS("x")
	"  FROM (SELECT o.id, " GIVEN("0", "name") ", " GIVEN("1", "price") ", " GIVEN("2", "compare_price") ", "
	GIVEN("3", "cost_price") ", " GIVEN("4", "weight") ", " GIVEN("5", "is_active")
	"          FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) AS u(product_id, sku, given, " VARIANT_COLUMNS ")"
	"          JOIN catalog.product_variants o ON o.sku = u.sku AND o.product_id = u.product_id AND o.deleted_at IS NULL) x"
	" WHERE v.id = x.id AND ROW" CHANGED_COLUMNS("v") " IS DISTINCT FROM ROW" CHANGED_COLUMNS("x"),
	UUIDARRAYOID, TEXTARRAYOID, INT4ARRAYOID, TYPES_OF_COLUMNS);

static WmsPlan insert_variants = WMS_PLAN(
	"INSERT INTO catalog.product_variants (product_id, sku, name, price, compare_price, cost_price, weight, is_active)"
	"SELECT u.product_id, u.sku, coalesce(u.name, u.sku), u.price, u.compare_price, u.cost_price, u.weight,"
	"       coalesce(u.is_active, true)"
	"  FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) AS u(product_id, sku, given, " VARIANT_COLUMNS ")"
	" WHERE NOT EXISTS (SELECT FROM catalog.product_variants v WHERE v.sku = u.sku AND v.deleted_at IS NULL)",
	UUIDARRAYOID, TEXTARRAYOID, INT4ARRAYOID, TYPES_OF_COLUMNS);

static WmsPlan find_variants = WMS_PLAN(
	"SELECT u.n, v.id FROM unnest($1, $2, $3) AS u(n, product_id, sku)"
	"  JOIN catalog.product_variants v ON v.sku = u.sku AND v.product_id = u.product_id AND v.deleted_at IS NULL",
	INT4ARRAYOID, UUIDARRAYOID, TEXTARRAYOID);

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

static WmsPlan write_barcodes = WMS_PLAN(
	"INSERT INTO catalog.product_barcodes (product_id, variant_id, type, barcode)"
	"SELECT u.product_id, u.variant_id, u.type, u.barcode FROM unnest($1, $2, $3, $4) AS u(product_id, variant_id, type, barcode)"
	" ORDER BY u.barcode"
	" ON CONFLICT (barcode) DO NOTHING",
	UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

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
note_taken_variants(WmsImportLine **lines, int count)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(TEXTOID), wms_column(TEXTOID)};
	Datum		values[lengthof(columns)];
	uint64		rows;

	for (int i = 0; i < count; i++)
		for (int v = 0; v < lines[i]->variant_count; v++)
		{
			wms_column_add_int(columns[0], i);
			wms_column_add_text(columns[1], lines[i]->sku);
			wms_column_add_text(columns[2], lines[i]->variants[v].sku);
		}
	if (columns[0]->count == 0)
		return;
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	rows = wms_run(&find_taken_variants, values, NULL);
	for (uint64 row = 0; row < rows; row++)
		(void) wms_import_fault(lines[wms_value_int64(row, 1)], ERRCODE_UNIQUE_VIOLATION,
								psprintf("variant \"%s\" is one of another product", wms_shown(wms_value_text(row, 2))),
								psprintf("It is of product \"%s\".", wms_shown(wms_value_text(row, 3))),
								"Take another sku, or delete the other variant.");
}

static void
add_barcodes(WmsColumn **columns, int line, const char *sku, const char *variant_sku, const WmsImportBarcode *barcodes, int count)
{
	for (int i = 0; i < count; i++)
	{
		wms_column_add_int(columns[0], line);
		wms_column_add_text(columns[1], sku);
		wms_column_add_text(columns[2], variant_sku);
		wms_column_add_text(columns[3], barcodes[i].barcode);
	}
}

/* Notes the barcodes of lines without fault that the statement finds. */
static void
note_barcodes(WmsImportLine **lines, int count, WmsPlan *plan)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(TEXTOID), wms_column(TEXTOID), wms_column(TEXTOID)};
	Datum		values[lengthof(columns)];
	uint64		rows;

	for (int i = 0; i < count; i++)
	{
		if (lines[i]->fault != NULL)
			continue;
		add_barcodes(columns, i, lines[i]->sku, NULL, lines[i]->barcodes, lines[i]->barcode_count);
		for (int v = 0; v < lines[i]->variant_count; v++)
			add_barcodes(columns, i, lines[i]->sku, lines[i]->variants[v].sku, lines[i]->variants[v].barcodes,
						 lines[i]->variants[v].barcode_count);
	}
	if (columns[0]->count == 0)
		return;
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	rows = wms_run(plan, values, NULL);
	for (uint64 row = 0; row < rows; row++)
		(void) wms_import_fault(lines[wms_value_int64(row, 1)], ERRCODE_UNIQUE_VIOLATION,
								psprintf("barcode \"%s\" is taken", wms_shown(wms_value_text(row, 2))),
								psprintf("It is of \"%s\".", wms_shown(wms_value_text(row, 3))),
								"A barcode is of one item only: take it from the other one first.");
}

void
wms_import_find_variant_faults(WmsImportLine **lines, int count)
{
	note_taken_variants(lines, count);
	note_barcodes(lines, count, &find_taken_barcodes);
	note_barcodes(lines, count, &find_repeated_barcodes);
}

static void
write_rows(WmsImportVariant **variants, WmsImportLine **line_of, int count)
{
	WmsColumn  *columns[3 + WMS_IMPORT_VARIANT_COLUMNS];
	Datum		values[lengthof(columns)];

	columns[0] = wms_column(UUIDOID);
	columns[1] = wms_column(TEXTOID);
	columns[2] = wms_column(INT4OID);
	for (int i = 0; i < WMS_IMPORT_VARIANT_COLUMNS; i++)
		columns[3 + i] = wms_column(column_types[i]);
	for (int i = 0; i < count; i++)
	{
		wms_column_add_uuid(columns[0], &line_of[i]->product_id);
		wms_column_add_text(columns[1], variants[i]->sku);
		wms_column_add_int(columns[2], variants[i]->row.given);
		wms_import_add(columns + 3, &variants[i]->row, WMS_IMPORT_VARIANT_COLUMNS);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	wms_run(&update_variants, values, NULL);
	wms_run(&insert_variants, values, NULL);
}

static void
look_up(WmsImportVariant **variants, WmsImportLine **line_of, int count)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(TEXTOID)};
	Datum		values[lengthof(columns)];
	uint64		rows;
	bool		isnull;

	for (int i = 0; i < count; i++)
	{
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], &line_of[i]->product_id);
		wms_column_add_text(columns[2], variants[i]->sku);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	rows = wms_run(&find_variants, values, NULL);
	if (rows != count)
		wms_refuse_altered(&insert_variants);
	for (uint64 row = 0; row < rows; row++)
		variants[wms_value_int64(row, 1)]->id = *DatumGetUUIDP(wms_value(row, 2, &isnull));
}

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
	Datum		values[lengthof(entered)];
	int			n = 0;

	for (int i = 0; i < variant_count; i++)
	{
		StringInfoData ids;

		if (!variants[i]->gives_options)
			continue;
		initStringInfo(&ids);
		for (; n < choice_count && choices[n].variant == variants[i]; n++)
		{
			appendStringInfo(&ids, "%c%s", ids.len == 0 ? '{' : ',', wms_uuid_text(&choices[n].option_id));
			wms_column_add_uuid(entered[0], &variants[i]->id);
			wms_column_add_uuid(entered[1], &choices[n].option_id);
			wms_column_add_uuid(entered[2], &choices[n].value_id);
		}
		wms_column_add_uuid(given[0], &variants[i]->id);
		wms_column_add_text(given[1], ids.len == 0 ? "{}" : psprintf("%s}", ids.data));
		pfree(ids.data);
	}
	if (given[0]->count == 0)
		return;
	values[0] = wms_column_array(given[0]);
	values[1] = wms_column_array(given[1]);
	wms_run(&leave_options, values, NULL);
	for (int i = 0; i < lengthof(entered); i++)
		values[i] = wms_column_array(entered[i]);
	wms_run(&enter_options, values, NULL);
	values[0] = wms_column_array(given[0]);
	if (wms_run(&find_variants_alike, values, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("variants \"%s\" and \"%s\" are the same choice of options", wms_shown(wms_value_text(0, 1)),
						wms_shown(wms_value_text(0, 2))),
				 errhint("Variants of a product differ in an option at least.")));
}

static void
write_choices(WmsImportVariant **variants, int count)
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

static void
add_barcode_rows(WmsColumn **columns, const pg_uuid_t *product_id, const pg_uuid_t *variant_id,
				 const WmsImportBarcode *barcodes, int count)
{
	for (int i = 0; i < count; i++)
	{
		wms_column_add_uuid(columns[0], product_id);
		wms_column_add_uuid(columns[1], variant_id);
		wms_column_add_text(columns[2], barcodes[i].type);
		wms_column_add_text(columns[3], barcodes[i].barcode);
	}
}

/* Codes that were there stay; one that another line of these has taken is found afterwards. */
static void
write_codes(WmsImportLine **lines, int count)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(TEXTOID), wms_column(TEXTOID)};
	Datum		values[lengthof(columns)];

	for (int i = 0; i < count; i++)
	{
		const WmsImportLine *line = lines[i];

		add_barcode_rows(columns, &line->product_id, NULL, line->barcodes, line->barcode_count);
		for (int v = 0; v < line->variant_count; v++)
			add_barcode_rows(columns, &line->product_id, &line->variants[v].id, line->variants[v].barcodes,
							 line->variants[v].barcode_count);
	}
	if (columns[0]->count == 0)
		return;
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	wms_run(&write_barcodes, values, NULL);
	note_barcodes(lines, count, &find_taken_barcodes);
	for (int i = 0; i < count; i++)
		if (lines[i]->fault != NULL)
			ereport(ERROR,
					(errcode(lines[i]->fault_code),
					 errmsg("%s", lines[i]->fault),
					 errdetail_internal("%s", lines[i]->fault_detail),
					 errhint("%s", lines[i]->fault_hint)));
}

void
wms_import_write_variants(WmsImportLine **lines, int count)
{
	int			variant_count = 0;
	WmsImportVariant **variants;
	WmsImportLine **line_of;

	for (int i = 0; i < count; i++)
		variant_count += lines[i]->variant_count;
	variants = palloc_extended(sizeof(WmsImportVariant *) * Max(variant_count, 1), MCXT_ALLOC_HUGE);
	line_of = palloc_extended(sizeof(WmsImportLine *) * Max(variant_count, 1), MCXT_ALLOC_HUGE);
	variant_count = 0;
	for (int i = 0; i < count; i++)
		for (int v = 0; v < lines[i]->variant_count; v++)
		{
			line_of[variant_count] = lines[i];
			variants[variant_count++] = &lines[i]->variants[v];
		}
	if (variant_count > 0)
	{
		write_rows(variants, line_of, variant_count);
		look_up(variants, line_of, variant_count);
		write_choices(variants, variant_count);
	}
	write_codes(lines, count);
}
