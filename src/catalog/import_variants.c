/*
 * import_variants.c
 *		Variants and barcodes of the lines of an import.
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

static WmsPlan write_barcodes = WMS_PLAN(
	"INSERT INTO catalog.product_barcodes (product_id, variant_id, type, barcode)"
	"SELECT u.product_id, u.variant_id, u.type, u.barcode FROM unnest($1, $2, $3, $4) AS u(product_id, variant_id, type, barcode)"
	" ORDER BY u.barcode"
	" ON CONFLICT (barcode) DO NOTHING",
	UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

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
		wms_import_set_options(variants, variant_count);
	}
	write_codes(lines, count);
}
