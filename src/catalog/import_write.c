/*
 * import_write.c
 *		Lines of an import as products, with their brands.
 *
 * One statement a step, over all lines that are written together.  Products that exist were locked by the
 * import before, in order of their ids.
 */
#include "postgres.h"

#include "catalog/import.h"

#include "support/args.h"
#include "support/plans.h"
#include "utils/builtins.h"

static WmsPlan find_products = WMS_PLAN(
	"SELECT u.n, p.id, p.is_stocked FROM unnest($1, $2) AS u(n, sku)"
	"  JOIN catalog.products p ON p.sku = u.sku AND p.deleted_at IS NULL",
	INT4ARRAYOID, TEXTARRAYOID);

static WmsPlan find_taken_slugs = WMS_PLAN(
	"SELECT u.n, u.slug, p.sku FROM unnest($1, $2, $3) AS u(n, sku, slug)"
	"  JOIN catalog.products p ON p.slug = u.slug AND p.deleted_at IS NULL AND p.sku <> u.sku",
	INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

static WmsPlan write_brands = WMS_PLAN(
	"INSERT INTO catalog.brands (name)"
	"SELECT DISTINCT u.name FROM unnest($1) AS u(name)"
	" WHERE NOT EXISTS (SELECT FROM catalog.brands b WHERE b.name = u.name AND b.deleted_at IS NULL)"
	" ORDER BY u.name"
	" ON CONFLICT (name) WHERE deleted_at IS NULL DO NOTHING",
	TEXTARRAYOID);

#define BRAND_OF_LINE "(SELECT b.id FROM catalog.brands b WHERE b.name = u.brand AND b.deleted_at IS NULL)"

#define ROWS_OF_LINES \
	"unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"

#define COLUMNS_OF_LINES \
	"name, slug, description, short_description, base_price, compare_price, cost_price, unit, is_active, is_featured," \
	" is_stocked, weight, meta_title, meta_description, metadata, brand"

#define TYPES_OF_COLUMNS \
	TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, \
	TEXTARRAYOID, BOOLARRAYOID, BOOLARRAYOID, BOOLARRAYOID, NUMERICARRAYOID, TEXTARRAYOID, TEXTARRAYOID, \
	JSONBARRAYOID, TEXTARRAYOID

static const Oid column_types[WMS_IMPORT_COLUMNS] = {
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, NUMERICOID, NUMERICOID, NUMERICOID, TEXTOID, BOOLOID, BOOLOID, BOOLOID,
	NUMERICOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID
};

static WmsPlan insert_products = WMS_PLAN(
	"INSERT INTO catalog.products (sku, name, slug, description, short_description, base_price, compare_price,"
	"       cost_price, unit, is_active, is_featured, is_stocked, weight, meta_title, meta_description, metadata, brand_id)"
	"SELECT u.sku, u.name, coalesce(u.slug, ''), u.description, u.short_description, coalesce(u.base_price, 0),"
	"       u.compare_price, u.cost_price, coalesce(u.unit, 'piece'), coalesce(u.is_active, true),"
	"       coalesce(u.is_featured, false), coalesce(u.is_stocked, true), u.weight, u.meta_title,"
	"       u.meta_description, u.metadata, " BRAND_OF_LINE
	"  FROM " ROWS_OF_LINES " AS u(sku, given, " COLUMNS_OF_LINES ")",
	TEXTARRAYOID, INT4ARRAYOID, TYPES_OF_COLUMNS);

/* What the line gives, else what the product has; the numbers of the bits are those of WmsImportColumn. */
#define GIVEN(bit, column) "CASE WHEN u.given & (1 << " bit ") <> 0 THEN u." column " ELSE o." column " END AS " column

#define CHANGED_COLUMNS(of) \
	"(" of ".name, " of ".slug, " of ".description, " of ".short_description, " of ".base_price, " of ".compare_price, " \
	of ".cost_price, " of ".unit, " of ".is_active, " of ".is_featured, " of ".weight, " of ".meta_title, " \
	of ".meta_description, " of ".metadata, " of ".brand_id)"

/* Rows that are so already are left alone. */
static WmsPlan update_products = WMS_PLAN(
	"UPDATE catalog.products p SET (name, slug, description, short_description, base_price, compare_price, cost_price,"
	"       unit, is_active, is_featured, weight, meta_title, meta_description, metadata, brand_id) = ROW" CHANGED_COLUMNS("x")
	"  FROM (SELECT o.id, " GIVEN("0", "name") ", " GIVEN("1", "slug") ", " GIVEN("2", "description") ", "
	GIVEN("3", "short_description") ", " GIVEN("4", "base_price") ", " GIVEN("5", "compare_price") ", "
	GIVEN("6", "cost_price") ", " GIVEN("7", "unit") ", " GIVEN("8", "is_active") ", " GIVEN("9", "is_featured") ", "
	GIVEN("11", "weight") ", " GIVEN("12", "meta_title") ", " GIVEN("13", "meta_description") ", "
	GIVEN("14", "metadata") ", CASE WHEN u.given & (1 << 15) <> 0 THEN " BRAND_OF_LINE " ELSE o.brand_id END AS brand_id"
	"          FROM " ROWS_OF_LINES " AS u(id, given, " COLUMNS_OF_LINES ")"
	"          JOIN catalog.products o ON o.id = u.id) x"
	" WHERE p.id = x.id AND ROW" CHANGED_COLUMNS("p") " IS DISTINCT FROM ROW" CHANGED_COLUMNS("x"),
	UUIDARRAYOID, INT4ARRAYOID, TYPES_OF_COLUMNS);

void
wms_import_add(WmsColumn **columns, const WmsImportRow *row, int count)
{
	for (int i = 0; i < count; i++)
		wms_column_add(columns[i], row->values[i], row->nulls[i]);
}

/* Which lines are of products that there are. */
static void
look_up_products(WmsImportLine **lines, int count, bool *found)
{
	WmsColumn  *numbers = wms_column(INT4OID);
	WmsColumn  *skus = wms_column(TEXTOID);
	Datum		values[2];
	uint64		rows;
	bool		isnull;

	for (int i = 0; i < count; i++)
	{
		found[i] = false;
		wms_column_add_int(numbers, i);
		wms_column_add_text(skus, lines[i]->sku);
	}
	values[0] = wms_column_array(numbers);
	values[1] = wms_column_array(skus);
	rows = wms_run(&find_products, values, NULL);
	for (uint64 row = 0; row < rows; row++)
	{
		int			i = (int) wms_value_int64(row, 1);
		WmsImportRow *given = &lines[i]->row;

		found[i] = true;
		lines[i]->product_id = *DatumGetUUIDP(wms_value(row, 2, &isnull));
		if ((given->given & (1 << WMS_IMPORT_IS_STOCKED)) != 0 && lines[i]->updates &&
			DatumGetBool(given->values[WMS_IMPORT_IS_STOCKED]) != wms_value_bool(row, 3))
			(void) wms_import_fault(lines[i], ERRCODE_INVALID_PARAMETER_VALUE,
									"is_stocked of a product that exists cannot be changed by an import", NULL,
									"Change it with UPDATE catalog.products, which looks at its stock.");
	}
}

static void
find_faults(WmsImportLine **lines, int count)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(TEXTOID), wms_column(TEXTOID)};
	Datum		values[lengthof(columns)];
	uint64		rows;

	for (int i = 0; i < count; i++)
	{
		if (!lines[i]->updates && (lines[i]->row.given & (1 << WMS_IMPORT_NAME)) == 0)
			(void) wms_import_fault(lines[i], ERRCODE_INVALID_PARAMETER_VALUE,
									psprintf("no name, and there is no product \"%s\"", wms_shown(lines[i]->sku)), NULL,
									"A new product needs a name.");
		if ((lines[i]->row.given & (1 << WMS_IMPORT_SLUG)) == 0)
			continue;
		wms_column_add_int(columns[0], i);
		wms_column_add_text(columns[1], lines[i]->sku);
		wms_column_add(columns[2], lines[i]->row.values[WMS_IMPORT_SLUG], false);
	}
	if (columns[0]->count == 0)
		return;
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	rows = wms_run(&find_taken_slugs, values, NULL);
	for (uint64 row = 0; row < rows; row++)
		(void) wms_import_fault(lines[wms_value_int64(row, 1)], ERRCODE_UNIQUE_VIOLATION,
								psprintf("slug \"%s\" is taken", wms_shown(wms_value_text(row, 2))),
								psprintf("Product \"%s\" has it.", wms_shown(wms_value_text(row, 3))),
								"Leave the slug out, and one is made from the name.");
}

static void
add_brands(WmsImportLine **lines, int count)
{
	WmsColumn  *names = wms_column(TEXTOID);
	Datum		value;

	for (int i = 0; i < count; i++)
		if (!lines[i]->row.nulls[WMS_IMPORT_BRAND])
			wms_column_add(names, lines[i]->row.values[WMS_IMPORT_BRAND], false);
	if (names->count == 0)
		return;
	value = wms_column_array(names);
	wms_run(&write_brands, &value, NULL);
}

/* Inserts the lines of new products, or updates those of the others. */
static void
write_rows(WmsImportLine **lines, int count, bool update)
{
	WmsColumn  *columns[2 + WMS_IMPORT_COLUMNS];
	Datum		values[lengthof(columns)];

	columns[0] = wms_column(update ? UUIDOID : TEXTOID);
	columns[1] = wms_column(INT4OID);
	for (int i = 0; i < WMS_IMPORT_COLUMNS; i++)
		columns[2 + i] = wms_column(column_types[i]);
	for (int i = 0; i < count; i++)
	{
		if (lines[i]->updates != update)
			continue;
		if (update)
			wms_column_add_uuid(columns[0], &lines[i]->product_id);
		else
			wms_column_add_text(columns[0], lines[i]->sku);
		wms_column_add_int(columns[1], lines[i]->row.given);
		wms_import_add(columns + 2, &lines[i]->row, WMS_IMPORT_COLUMNS);
	}
	if (columns[0]->count == 0)
		return;
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	if (update)
		wms_run(&update_products, values, NULL);
	else
		wms_run_exactly(&insert_products, values, NULL, columns[0]->count);
}

/* Leaves only the lines without fault. */
static int
without_faults(WmsImportLine **lines, int count, WmsImportLine **good)
{
	int			good_count = 0;

	for (int i = 0; i < count; i++)
		if (lines[i]->fault == NULL)
			good[good_count++] = lines[i];
	return good_count;
}

void
wms_import_write(WmsImportLine **lines, int count)
{
	bool	   *found = palloc(sizeof(bool) * count);
	WmsImportLine **good = palloc(sizeof(WmsImportLine *) * count);

	for (int i = 0; i < count; i++)
		lines[i]->updates = true;
	look_up_products(lines, count, found);
	for (int i = 0; i < count; i++)
		lines[i]->updates = found[i];
	find_faults(lines, count);
	wms_import_find_variant_faults(lines, count);
	count = without_faults(lines, count, good);
	if (count == 0)
		return;
	add_brands(good, count);
	write_rows(good, count, true);
	write_rows(good, count, false);
	look_up_products(good, count, found);
	for (int i = 0; i < count; i++)
		if (!found[i])
			wms_refuse_altered(&insert_products);
	wms_import_set_categories(good, count);
	wms_import_write_variants(good, count);
}
