/*
 * seed_demo_catalogue.c
 *		What the example company sells: shelves of products by turns, some with variants, some tracked by
 *		batch, services that are not stocked, and gift sets made of other products.
 */
#include "postgres.h"

#include "ops/seed_demo.h"

#include "utils/builtins.h"

typedef enum ShelfKind
{
	PLAIN,
	BATCHES,
	SIZES,
	COLOURS,
	SERVICES,
	KITS
} ShelfKind;

typedef struct Shelf
{
	const char *department;
	const char *category;
	const char *code;			/* skus begin with it */
	ShelfKind	kind;
	int			from_cents;
	int			to_cents;
	const char *things[4];
} Shelf;

static const Shelf shelves[] = {
	{"Household", "Kitchen", "KITCHEN", PLAIN, 450, 4900, {"mixing bowl", "chopping board", "tea pot", "storage jar"}},
	{"Groceries", "Tea and coffee", "TEA", BATCHES, 350, 2800, {"green tea", "black tea", "coffee beans", "ginger tea"}},
	{"Household", "Lighting", "LIGHT", PLAIN, 390, 8900, {"lantern", "candle holder", "desk lamp", "string of lights"}},
	{"Clothing", "Shirts", "SHIRT", SIZES, 1900, 7900, {"linen shirt", "batik shirt", "cotton shirt", "polo shirt"}},
	{"Groceries", "Rice and noodles", "RICE", PLAIN, 290, 3900, {"jasmine rice", "brown rice", "egg noodles", "rice noodles"}},
	{"Services", "Services", "SERVICE", SERVICES, 200, 1500, {"gift wrapping", "engraving", "assembly", "home delivery"}},
	{"Groceries", "Spices", "SPICE", BATCHES, 150, 1200, {"turmeric", "cinnamon", "star anise", "chilli flakes"}},
	{"Clothing", "Scarves", "SCARF", COLOURS, 1200, 5900, {"silk scarf", "wool scarf", "shawl", "bandana"}},
	{"Household", "Gift sets", "SET", KITS, 2900, 9900, {"breakfast set", "welcome set", "festive set", "picnic set"}},
	{"Household", "Cleaning", "CLEAN", PLAIN, 250, 2900, {"floor brush", "dish soap", "broom", "sponge set"}},
};

/* Shelves in the order products are put on them; a set needs two plain products before it. */
static const int turns[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 2, 1, 4, 9, 3, 6, 2, 0, 4};

static const char *const styles[] = {
	"Classic", "Blue", "Small", "Premium", "Garden", "Vintage", "Everyday", "Green", "Large", "Village", "Festival", "Pearl"
};

static const char *const brands[] = {"Kampung", "Melur", "Pelangi", "Selatan", "Utara", "Warisan"};

static const char *const sizes[] = {"S", "M", "L"};

static const char *const colours[] = {"Red", "Blue", "Green"};

static WmsPlan write_department = WMS_PLAN(
	"INSERT INTO catalog.categories (name, slug) VALUES ($1, '')"
	" ON CONFLICT (parent_id, name) WHERE deleted_at IS NULL DO NOTHING",
	TEXTOID);

static WmsPlan write_category = WMS_PLAN(
	"INSERT INTO catalog.categories (parent_id, name, slug, sort_order)"
	"SELECT c.id, $2, '', $3 FROM catalog.categories c"
	" WHERE c.parent_id IS NULL AND c.name = $1 AND c.deleted_at IS NULL"
	" ON CONFLICT (parent_id, name) WHERE deleted_at IS NULL DO NOTHING",
	TEXTOID, TEXTOID, INT4OID);

static WmsPlan write_brand = WMS_PLAN(
	"INSERT INTO catalog.brands (name, description) VALUES ($1, $2)"
	" ON CONFLICT (name) WHERE deleted_at IS NULL DO NOTHING",
	TEXTOID, TEXTOID);

static WmsPlan write_products = WMS_PLAN(
	"INSERT INTO catalog.products (sku, name, slug, description, brand_id, base_price, cost_price, is_stocked, is_featured)"
	"SELECT p.sku, p.name, '', p.name || ' by ' || p.brand || '.',"
	"       (SELECT b.id FROM catalog.brands b WHERE b.name = p.brand AND b.deleted_at IS NULL),"
	"       p.cents / 100.0, p.cents * 6 / 1000.0, p.is_stocked, p.cents % 10 = 0"
	"  FROM unnest($1, $2, $3, $4, $5) AS p(sku, name, brand, cents, is_stocked)",
	TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT4ARRAYOID, BOOLARRAYOID);

static WmsPlan write_product_categories = WMS_PLAN(
	"INSERT INTO catalog.product_categories (product_id, category_id)"
	"SELECT p.id, c.id FROM unnest($1, $2) AS u(sku, category)"
	"  JOIN catalog.products p ON p.sku = u.sku AND p.deleted_at IS NULL"
	"  JOIN LATERAL (SELECT c.id FROM catalog.categories c WHERE c.name = u.category AND c.parent_id IS NOT NULL"
	"                   AND c.deleted_at IS NULL LIMIT 1) c ON true",
	TEXTARRAYOID, TEXTARRAYOID);

static WmsPlan write_barcodes = WMS_PLAN(
	"INSERT INTO catalog.product_barcodes (product_id, type, barcode)"
	"SELECT p.id, 'gtin13', u.barcode FROM unnest($1, $2) AS u(sku, barcode)"
	"  JOIN catalog.products p ON p.sku = u.sku AND p.deleted_at IS NULL",
	TEXTARRAYOID, TEXTARRAYOID);

static WmsPlan write_prices = WMS_PLAN(
	"INSERT INTO catalog.product_prices (product_id, customer_group, min_quantity, price)"
	"SELECT p.id, u.customer_group, u.min_quantity, round(p.base_price * (100 - u.percent) / 100, 2)"
	"  FROM unnest($1, $2, $3, $4) AS u(sku, customer_group, min_quantity, percent)"
	"  JOIN catalog.products p ON p.sku = u.sku AND p.deleted_at IS NULL",
	TEXTARRAYOID, TEXTARRAYOID, INT4ARRAYOID, INT4ARRAYOID);

static WmsPlan write_option = WMS_PLAN(
	"INSERT INTO catalog.variant_options (name)"
	"SELECT $1 WHERE NOT EXISTS (SELECT FROM catalog.variant_options o WHERE o.name = $1)",
	TEXTOID);

static WmsPlan write_option_value = WMS_PLAN(
	"INSERT INTO catalog.variant_option_values (option_id, value, sort_order)"
	"SELECT o.id, $2, $3 FROM catalog.variant_options o WHERE o.name = $1"
	" ON CONFLICT (option_id, value) DO NOTHING",
	TEXTOID, TEXTOID, INT4OID);

static WmsPlan write_variants = WMS_PLAN(
	"INSERT INTO catalog.product_variants (product_id, sku, name)"
	"SELECT p.id, u.sku || '-' || upper(u.value), u.value FROM unnest($1, $2) AS u(sku, value)"
	"  JOIN catalog.products p ON p.sku = u.sku AND p.deleted_at IS NULL",
	TEXTARRAYOID, TEXTARRAYOID);

static WmsPlan write_variant_options = WMS_PLAN(
	"INSERT INTO catalog.product_variant_options (variant_id, option_id, option_value_id)"
	"SELECT v.id, o.option_id, o.id FROM unnest($1, $2, $3) AS u(sku, value, option)"
	"  JOIN catalog.product_variants v ON v.sku = u.sku || '-' || upper(u.value) AND v.deleted_at IS NULL"
	"  JOIN LATERAL (SELECT w.option_id, w.id FROM catalog.variant_option_values w"
	"                  JOIN catalog.variant_options n ON n.id = w.option_id"
	"                 WHERE w.value = u.value AND n.name = u.option LIMIT 1) o ON true",
	TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID);

static WmsPlan write_components = WMS_PLAN(
	"INSERT INTO catalog.product_bundle_items (bundle_product_id, component_product_id, quantity)"
	"SELECT b.id, p.id, u.quantity FROM unnest($1, $2, $3) AS u(bundle, component, quantity)"
	"  JOIN catalog.products b ON b.sku = u.bundle AND b.deleted_at IS NULL"
	"  JOIN catalog.products p ON p.sku = u.component AND p.deleted_at IS NULL",
	TEXTARRAYOID, TEXTARRAYOID, INT4ARRAYOID);

/* The columns of all these statements, filled product by product. */
typedef struct Columns
{
	WmsColumn  *products[5];
	WmsColumn  *categories[2];
	WmsColumn  *barcodes[2];
	WmsColumn  *prices[4];
	WmsColumn  *variants[3];
	WmsColumn  *components[3];
	int			plain[2];		/* the last two plain items; -1 = none yet */
} Columns;

static WmsDemoItem *
add_item(WmsDemo *demo, char *sku, int cents)
{
	WmsDemoItem *item = &demo->items[demo->item_count++];

	item->sku = sku;
	item->cents = cents;
	return item;
}

/* 13 digits, the last one their check digit */
static char *
barcode_of(int number)
{
	char	   *digits = psprintf("955%09d", number);
	int			sum = 0;

	for (int i = 0; i < 12; i++)
		sum += (digits[i] - '0') * (i % 2 == 0 ? 1 : 3);
	return psprintf("%s%d", digits, (10 - sum % 10) % 10);
}

static void
add_variants(WmsDemo *demo, Columns *columns, const Shelf *shelf, const char *sku, int cents)
{
	for (int i = 0; i < 3; i++)
	{
		const char *value = shelf->kind == SIZES ? sizes[i] : colours[i];
		char	   *variant = psprintf("%s-%s", sku, value);

		wms_column_add_text(columns->variants[0], sku);
		wms_column_add_text(columns->variants[1], value);
		wms_column_add_text(columns->variants[2], shelf->kind == SIZES ? "Size" : "Colour");
		for (char *c = variant; *c != '\0'; c++)
			*c = pg_ascii_toupper((unsigned char) *c);
		add_item(demo, variant, cents)->is_stocked = true;
	}
}

static void
add_components(WmsDemo *demo, Columns *columns, WmsDemoItem *kit)
{
	for (int i = 0; i < 2 && columns->plain[i] >= 0; i++)
	{
		kit->components[i] = columns->plain[i];
		kit->component_units[i] = wms_demo_random(demo, 1, 3);
		kit->component_count++;
		wms_column_add_text(columns->components[0], kit->sku);
		wms_column_add_text(columns->components[1], demo->items[columns->plain[i]].sku);
		wms_column_add_int(columns->components[2], kit->component_units[i]);
	}
}

static void
add_price(Columns *columns, const char *sku, const char *customer_group, int min_quantity, int percent)
{
	wms_column_add_text(columns->prices[0], sku);
	wms_column_add_text(columns->prices[1], customer_group);
	wms_column_add_int(columns->prices[2], min_quantity);
	wms_column_add_int(columns->prices[3], percent);
}

/* The things that stand in order lines: the product, or its variants. */
static void
add_items(WmsDemo *demo, Columns *columns, const Shelf *shelf, char *sku, int cents)
{
	WmsDemoItem *item;

	if (shelf->kind == SIZES || shelf->kind == COLOURS)
	{
		add_variants(demo, columns, shelf, sku, cents);
		return;
	}
	item = add_item(demo, sku, cents);
	item->is_stocked = shelf->kind == PLAIN || shelf->kind == BATCHES;
	item->batch_tracked = shelf->kind == BATCHES;
	if (shelf->kind == KITS)
		add_components(demo, columns, item);
	if (shelf->kind == PLAIN)
	{
		columns->plain[0] = columns->plain[1];
		columns->plain[1] = demo->item_count - 1;
	}
}

static void
add_product(WmsDemo *demo, Columns *columns, int i)
{
	const Shelf *shelf = &shelves[turns[i % lengthof(turns)]];
	const char *thing = shelf->things[i / lengthof(turns) % 4];
	char	   *sku = psprintf("%s-%04d", shelf->code, i + 1);
	int			cents = wms_demo_random(demo, shelf->from_cents / 10, shelf->to_cents / 10) * 10 - 5 * (i % 2);

	wms_column_add_text(columns->products[0], sku);
	wms_column_add_text(columns->products[1],
						psprintf("%s %s", styles[wms_demo_random(demo, 0, lengthof(styles) - 1)], thing));
	wms_column_add_text(columns->products[2], brands[wms_demo_random(demo, 0, lengthof(brands) - 1)]);
	wms_column_add_int(columns->products[3], cents);
	wms_column_add(columns->products[4], BoolGetDatum(shelf->kind != SERVICES), false);
	wms_column_add_text(columns->categories[0], sku);
	wms_column_add_text(columns->categories[1], shelf->category);
	wms_column_add_text(columns->barcodes[0], sku);
	wms_column_add_text(columns->barcodes[1], barcode_of(i + 1));
	if (i % 3 == 0)
		add_price(columns, sku, NULL, 12, 10);
	if (i % 5 == 0)
		add_price(columns, sku, "vip", 1, 5);
	add_items(demo, columns, shelf, sku, cents);
}

static void
make_columns(WmsColumn **columns, int count)
{
	for (int i = 0; i < count; i++)
		columns[i] = wms_column(TEXTOID);
}

static void
write_frame(void)
{
	Datum		values[3];

	for (int i = 0; i < lengthof(shelves); i++)
	{
		values[0] = CStringGetTextDatum(shelves[i].department);
		values[1] = CStringGetTextDatum(shelves[i].category);
		values[2] = Int32GetDatum(i);
		wms_run(&write_department, values, NULL);
		wms_run(&write_category, values, NULL);
	}
	for (int i = 0; i < lengthof(brands); i++)
	{
		values[0] = CStringGetTextDatum(brands[i]);
		values[1] = CStringGetTextDatum(psprintf("Goods by %s.", brands[i]));
		wms_run(&write_brand, values, NULL);
	}
	for (int i = 0; i < 6; i++)
	{
		values[0] = CStringGetTextDatum(i < 3 ? "Size" : "Colour");
		values[1] = CStringGetTextDatum(i < 3 ? sizes[i] : colours[i - 3]);
		values[2] = Int32GetDatum(i % 3);
		wms_run(&write_option, values, NULL);
		wms_run(&write_option_value, values, NULL);
	}
}

void
wms_demo_catalogue(WmsDemo *demo)
{
	Columns		columns = {.plain = {-1, -1}};

	make_columns(columns.products, 3);
	columns.products[3] = wms_column(INT4OID);
	columns.products[4] = wms_column(BOOLOID);
	make_columns(columns.categories, 2);
	make_columns(columns.barcodes, 2);
	make_columns(columns.prices, 2);
	columns.prices[2] = wms_column(INT4OID);
	columns.prices[3] = wms_column(INT4OID);
	make_columns(columns.variants, 3);
	make_columns(columns.components, 2);
	columns.components[2] = wms_column(INT4OID);
	demo->items = palloc0(sizeof(WmsDemoItem) * demo->product_count * 3);
	for (int i = 0; i < demo->product_count; i++)
		add_product(demo, &columns, i);
	write_frame();
	wms_demo_write(&write_products, columns.products, 5);
	wms_demo_write(&write_product_categories, columns.categories, 2);
	wms_demo_write(&write_barcodes, columns.barcodes, 2);
	wms_demo_write(&write_prices, columns.prices, 4);
	wms_demo_write(&write_variants, columns.variants, 2);
	wms_demo_write(&write_variant_options, columns.variants, 3);
	wms_demo_write(&write_components, columns.components, 3);
}
