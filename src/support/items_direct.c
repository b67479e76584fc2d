/*
 * items_direct.c
 *		The direct forms (direct.h) of the statements that look lines up in the catalogue.
 *
 * Locks: catalog.products FOR KEY SHARE, in order of id.
 */
#include "postgres.h"

#include "support/items_direct.h"

#include "miscadmin.h"
#include "support/args.h"
#include "support/direct.h"
#include "utils/uuid.h"

enum
{
	PRODUCT_ID, PRODUCT_SKU, PRODUCT_NAME, PRODUCT_PRICE, PRODUCT_COST, PRODUCT_STOCKED, PRODUCT_BATCHED,
	PRODUCT_HAS_VARIANTS, PRODUCT_DELETED
};

static WmsTable products = {
	.schema = "catalog", .name = "products",
	.columns = {
		[PRODUCT_ID] = {"id", UUIDOID},
		[PRODUCT_SKU] = {"sku", TEXTOID},
		[PRODUCT_NAME] = {"name", TEXTOID},
		[PRODUCT_PRICE] = {"base_price", NUMERICOID},
		[PRODUCT_COST] = {"cost_price", NUMERICOID},
		[PRODUCT_STOCKED] = {"is_stocked", BOOLOID},
		[PRODUCT_BATCHED] = {"batch_tracked", BOOLOID},
		[PRODUCT_HAS_VARIANTS] = {"has_variants", BOOLOID},
		[PRODUCT_DELETED] = {"deleted_at", TIMESTAMPTZOID}
	},
	.keys = {{1, {PRODUCT_ID}, .one = true}, {1, {PRODUCT_SKU}, .live = PRODUCT_DELETED}}
};

enum
{
	VARIANT_ID, VARIANT_PRODUCT, VARIANT_SKU, VARIANT_NAME, VARIANT_PRICE, VARIANT_COST, VARIANT_DELETED
};

static WmsTable variants = {
	.schema = "catalog", .name = "product_variants",
	.columns = {
		[VARIANT_ID] = {"id", UUIDOID},
		[VARIANT_PRODUCT] = {"product_id", UUIDOID},
		[VARIANT_SKU] = {"sku", TEXTOID},
		[VARIANT_NAME] = {"name", TEXTOID},
		[VARIANT_PRICE] = {"price", NUMERICOID},
		[VARIANT_COST] = {"cost_price", NUMERICOID},
		[VARIANT_DELETED] = {"deleted_at", TIMESTAMPTZOID}
	},
	.keys = {{1, {VARIANT_ID}, .one = true}, {1, {VARIANT_SKU}, .live = VARIANT_DELETED}}
};

enum
{
	BUNDLE_PRODUCT
};

static WmsTable bundle_items = {
	.schema = "catalog", .name = "product_bundle_items",
	.columns = {[BUNDLE_PRODUCT] = {"bundle_product_id", UUIDOID}},
	.keys = {{1, {BUNDLE_PRODUCT}}}
};

const Oid	wms_found_item_types[] = {INT4OID, UUIDOID, UUIDOID, BOOLOID, BOOLOID, INT4OID, InvalidOid};
const Oid	wms_described_item_types[] = {INT4OID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, BOOLOID, BOOLOID, NUMERICOID,
	BOOLOID, UUIDOID, InvalidOid};

/* Opens several tables to read, all or none. */
static bool
open_all(WmsTable **tables, WmsOpenTable **open, int count)
{
	for (int i = 0; i < count; i++)
	{
		open[i] = wms_direct_open(tables[i], WMS_TO_READ);
		if (open[i] != NULL)
			continue;
		while (i-- > 0)
			wms_direct_close(open[i]);
		return false;
	}
	return true;
}

static void
close_all(WmsOpenTable **open, int count)
{
	for (int i = 0; i < count; i++)
		wms_direct_close(open[i]);
}

static bool
is_live(WmsOpenTable *product, Datum id)
{
	bool		live;

	if (!wms_direct_find(product, 0, &id, NULL))
		return false;
	(void) wms_direct_value(product, PRODUCT_DELETED, &live);
	return live;
}

/* The item of a sku, if it is a live one: that of a variant before that of a product. */
static bool
find_sku(WmsOpenTable *product, WmsOpenTable *variant, Datum sku, Datum *row, bool *row_nulls)
{
	if (wms_direct_find(variant, 1, &sku, NULL))
	{
		row[1] = wms_direct_value(variant, VARIANT_PRODUCT, &row_nulls[1]);
		row[2] = wms_direct_value(variant, VARIANT_ID, &row_nulls[2]);
		if (is_live(product, row[1]))
			return true;
	}
	if (!wms_direct_find(product, 1, &sku, NULL))
		return false;
	row[1] = wms_direct_value(product, PRODUCT_ID, &row_nulls[1]);
	row_nulls[2] = true;
	return true;
}

static void
find_item(WmsOpenTable **tables, Datum *row, bool *row_nulls, WmsDirectResult *result)
{
	pg_uuid_t	product = *DatumGetUUIDP(row[1]);

	row[1] = UUIDPGetDatum(&product);
	row[3] = BoolGetDatum(wms_direct_find(tables[1], 0, &row[1], NULL));
	row_nulls[4] = !wms_direct_find(tables[0], 0, &row[1], NULL);
	if (!row_nulls[4])
		row[4] = wms_direct_value(tables[0], PRODUCT_BATCHED, &row_nulls[4]);
	row[5] = Int32GetDatum(1);
	wms_direct_return(result, row, row_nulls);
}

/*
 * $1 numbers, $2 products, $3 variants, $4 skus, $5 barcodes, $6 order items → number, product, variant, kit,
 * batch_tracked, choices.  Lines that are known by barcode or order item only are for SQL, and so is whatever
 * names something that is not there or deleted.
 */
bool
wms_direct_find_items(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static const Oid types[] = {INT4OID, UUIDOID, UUIDOID, TEXTOID, TEXTOID, UUIDOID};
	static WmsTable *const needed[] = {&products, &bundle_items, &variants};
	WmsOpenTable *tables[lengthof(needed)];
	int			table_count = lengthof(needed) - 1; /* variants only where a line has a sku */
	WmsElements lines[lengthof(types)];
	bool		found = true;

	for (int c = 0; c < lengthof(types); c++)
		lines[c] = wms_elements(values[c], types[c]);
	for (int i = 0; i < lines[0].count; i++)
	{
		if (!lines[1].nulls[i])
			continue;
		if (lines[3].nulls[i] || !lines[4].nulls[i] || !lines[5].nulls[i])
			return false;
		table_count = lengthof(needed);
	}
	if (!open_all((WmsTable **) needed, tables, table_count))
		return false;
	for (int i = 0; i < lines[0].count && found; i++)
	{
		Datum		row[6] = {lines[0].values[i], lines[1].values[i], lines[2].values[i]};
		bool		row_nulls[6] = {false, false, lines[2].nulls[i]};

		CHECK_FOR_INTERRUPTS();
		found = !lines[1].nulls[i] || find_sku(tables[0], tables[2], lines[3].values[i], row, row_nulls);
		if (found)
			find_item(tables, row, row_nulls, result);
	}
	close_all(tables, table_count);
	return found;
}

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(DatumGetUUIDP(*(const Datum *) a)->data, DatumGetUUIDP(*(const Datum *) b)->data, UUID_LEN);
}

/* $1 ids */
bool
wms_direct_lock_products(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	WmsOpenTable *table = wms_direct_open(&products, WMS_TO_LOCK);
	WmsElements given = wms_elements(values[0], UUIDOID);
	Datum	   *ids;

	if (table == NULL)
		return false;
	ids = palloc_extended(sizeof(Datum) * Max(given.count, 1), MCXT_ALLOC_HUGE);
	memcpy(ids, given.values, sizeof(Datum) * given.count);
	qsort(ids, given.count, sizeof(Datum), compare_ids);
	for (int i = 0; i < given.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0 && compare_ids(&ids[i - 1], &ids[i]) == 0)
			continue;
		if (wms_direct_find(table, 0, &ids[i], NULL) && wms_direct_lock(table, LockTupleKeyShare))
			wms_direct_return(result, NULL, NULL);
	}
	wms_direct_close(table);
	return true;
}

/* Finds the variant of a line; one of another product is none. */
static bool
find_variant(WmsOpenTable *variant, Datum id, Datum product)
{
	bool		isnull;

	if (!wms_direct_find(variant, 0, &id, NULL))
		return false;
	return wms_uuid_equal(DatumGetUUIDP(wms_direct_value(variant, VARIANT_PRODUCT, &isnull)), DatumGetUUIDP(product));
}

static void
describe(WmsOpenTable *product, WmsOpenTable *variant, Datum number, WmsDirectResult *result)
{
	Datum		row[10] = {number};
	bool		row_nulls[10] = {false};
	bool		no_deletion;
	bool		live = true;

	row[1] = wms_direct_value(product, PRODUCT_SKU, &row_nulls[1]);
	row[2] = wms_direct_value(product, PRODUCT_NAME, &row_nulls[2]);
	row_nulls[3] = row_nulls[9] = true;
	row[4] = wms_direct_value(product, PRODUCT_STOCKED, &row_nulls[4]);
	row[5] = wms_direct_value(product, PRODUCT_BATCHED, &row_nulls[5]);
	row[6] = wms_direct_value(product, PRODUCT_HAS_VARIANTS, &row_nulls[6]);
	row_nulls[7] = true;
	(void) wms_direct_value(product, PRODUCT_DELETED, &no_deletion);
	if (variant != NULL)
	{
		row[1] = wms_direct_value(variant, VARIANT_SKU, &row_nulls[1]);
		row[3] = wms_direct_value(variant, VARIANT_NAME, &row_nulls[3]);
		row[7] = wms_direct_value(variant, VARIANT_COST, &row_nulls[7]);
		row[9] = wms_direct_value(variant, VARIANT_ID, &row_nulls[9]);
		(void) wms_direct_value(variant, VARIANT_DELETED, &live);
	}
	if (row_nulls[7])
		row[7] = wms_direct_value(product, PRODUCT_COST, &row_nulls[7]);
	row[8] = BoolGetDatum(!no_deletion || !live);
	wms_direct_return(result, row, row_nulls);
}

/* $1 numbers, $2 products, $3 variants → as describe_items of items.c */
bool
wms_direct_describe_items(Datum *values, const bool *nulls, WmsDirectResult *result)
{
	static WmsTable *const needed[] = {&products, &variants};
	WmsOpenTable *tables[lengthof(needed)];
	WmsElements numbers = wms_elements(values[0], INT4OID);
	WmsElements product_ids = wms_elements(values[1], UUIDOID);
	WmsElements variant_ids = wms_elements(values[2], UUIDOID);
	int			table_count = 1;

	for (int i = 0; i < numbers.count && table_count == 1; i++)
		table_count = variant_ids.nulls[i] ? 1 : lengthof(needed);
	if (!open_all((WmsTable **) needed, tables, table_count))
		return false;
	for (int i = 0; i < numbers.count; i++)
	{
		bool		has_variant = !variant_ids.nulls[i] &&
			find_variant(tables[1], variant_ids.values[i], product_ids.values[i]);

		CHECK_FOR_INTERRUPTS();
		if (wms_direct_find(tables[0], 0, &product_ids.values[i], NULL))
			describe(tables[0], has_variant ? tables[1] : NULL, numbers.values[i], result);
	}
	close_all(tables, table_count);
	return true;
}

struct WmsItemTables
{
	WmsOpenTable *tables[3];	/* products, variants, parts of kits */
};

WmsItemTables *
wms_direct_open_items(void)
{
	static WmsTable *const needed[] = {&products, &variants, &bundle_items};
	WmsItemTables *items = palloc(sizeof(WmsItemTables));

	return open_all((WmsTable **) needed, items->tables, lengthof(needed)) ? items : NULL;
}

void
wms_direct_close_items(WmsItemTables *items)
{
	close_all(items->tables, lengthof(items->tables));
}

bool
wms_direct_item_sku(WmsItemTables *items, Datum product, Datum variant, bool no_variant, Datum *sku)
{
	bool		isnull;

	if (!wms_direct_find(items->tables[0], 0, &product, NULL))
		return false;
	if (!no_variant && wms_direct_find(items->tables[1], 0, &variant, NULL))
		*sku = wms_direct_value(items->tables[1], VARIANT_SKU, &isnull);
	else
		*sku = wms_direct_value(items->tables[0], PRODUCT_SKU, &isnull);
	return true;
}

bool
wms_direct_item_holds(WmsItemTables *items, Datum product)
{
	bool		isnull;

	if (!wms_direct_find(items->tables[0], 0, &product, NULL))
		return false;
	return DatumGetBool(wms_direct_value(items->tables[0], PRODUCT_STOCKED, &isnull)) ||
		wms_direct_find(items->tables[2], 0, &product, NULL);
}

bool
wms_direct_item_price(WmsItemTables *items, Datum product, Datum variant, bool no_variant, Datum *price)
{
	bool		isnull = true;

	if (!wms_direct_find(items->tables[0], 0, &product, NULL))
		return false;
	if (!no_variant && wms_direct_find(items->tables[1], 0, &variant, NULL))
		*price = wms_direct_value(items->tables[1], VARIANT_PRICE, &isnull);
	if (isnull)
		*price = wms_direct_value(items->tables[0], PRODUCT_PRICE, &isnull);
	return !isnull;
}
