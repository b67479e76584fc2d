/*
 * product_read.c
 *		One product as a whole, and the item that a code is of.
 *
 * Takes no locks; reads as the caller.  Costs, and batches with their tracks and users, are parts of their own:
 * what the caller may not SELECT is left out, and does not make the whole product unreadable.
 */
#include "postgres.h"

#include "fmgr.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(wms_product);
PG_FUNCTION_INFO_V1(wms_find_item);

#define LIST(columns, from_where, sort) \
	"(SELECT coalesce(jsonb_agg(to_jsonb(x) ORDER BY " sort "), '[]') FROM (SELECT " columns " " from_where ") x)"

#define PRODUCT_COLUMNS \
	"p.id, p.sku, p.name, p.slug, p.description, p.short_description, p.base_price, p.compare_price, p.unit, " \
	"p.is_active, p.is_featured, p.has_variants, p.is_stocked, p.batch_tracked, p.weight, p.meta_title, " \
	"p.meta_description, p.metadata, p.deleted_at, p.created_at, p.updated_at"

#define BRAND \
	"(SELECT to_jsonb(x) FROM (SELECT b.id, b.name FROM catalog.brands b " \
	"  WHERE b.id = p.brand_id AND b.deleted_at IS NULL) x) AS brand"

#define CATEGORIES \
	LIST("c.id, c.name, c.slug, c.parent_id, c.sort_order", \
		 "FROM catalog.product_categories pc JOIN catalog.categories c ON c.id = pc.category_id " \
		 "WHERE pc.product_id = p.id AND c.deleted_at IS NULL", "x.sort_order, x.name, x.id")

#define IMAGES \
	LIST("i.id, i.url, i.alt_text, i.is_primary, i.sort_order", \
		 "FROM catalog.product_images i WHERE i.product_id = p.id", "x.sort_order, x.id")

#define ATTRIBUTES \
	LIST("a.code, a.name, a.type, v.id AS value_id, v.value, v.color_code, a.sort_order, v.sort_order AS place", \
		 "FROM catalog.product_attributes pa JOIN catalog.attributes a ON a.id = pa.attribute_id " \
		 "JOIN catalog.attribute_values v ON v.id = pa.attribute_value_id WHERE pa.product_id = p.id", \
		 "x.sort_order, x.name, x.place, x.value")

#define BARCODES \
	LIST("k.variant_id, k.type, k.barcode", \
		 "FROM catalog.product_barcodes k WHERE k.product_id = p.id", "x.variant_id NULLS FIRST, x.barcode")

#define COMPONENTS \
	LIST("k.component_product_id AS product_id, k.component_variant_id AS variant_id, " \
		 "coalesce(w.sku, c.sku) AS sku, c.name, k.quantity", \
		 "FROM catalog.product_bundle_items k JOIN catalog.products c ON c.id = k.component_product_id " \
		 "LEFT JOIN catalog.product_variants w ON w.id = k.component_variant_id WHERE k.bundle_product_id = p.id", \
		 "x.sku, x.product_id, x.variant_id")

#define PRICES \
	LIST("s.id, s.variant_id, s.customer_group, s.min_quantity, s.price, s.starts_at, s.ends_at", \
		 "FROM catalog.product_prices s WHERE s.product_id = p.id", \
		 "x.variant_id NULLS FIRST, x.customer_group NULLS FIRST, x.min_quantity, x.starts_at NULLS FIRST")

#define OPTIONS \
	LIST("n.name, w.value, n.sort_order", \
		 "FROM catalog.product_variant_options vo JOIN catalog.variant_options n ON n.id = vo.option_id " \
		 "JOIN catalog.variant_option_values w ON w.id = vo.option_value_id WHERE vo.variant_id = v.id", \
		 "x.sort_order, x.name, x.value")

#define VARIANTS(private) \
	LIST("v.id, v.sku, v.name, v.price, v.compare_price, v.weight, v.is_active, v.created_at" private ", " \
		 OPTIONS " AS options", \
		 "FROM catalog.product_variants v WHERE v.product_id = p.id AND v.deleted_at IS NULL", "x.sku, x.id")

/* $1 the product, $2 its batches: {} where they are left out */
#define PRODUCT_TEXT(product_private, variant_private) \
	"SELECT to_jsonb(whole) || $2 FROM (" \
	"SELECT " PRODUCT_COLUMNS product_private ", " BRAND ", " CATEGORIES " -> 0 AS category, " \
	CATEGORIES " AS categories, " IMAGES " AS images, " ATTRIBUTES " AS attributes, " BARCODES " AS barcodes, " \
	COMPONENTS " AS components, " VARIANTS(variant_private) " AS variants, " PRICES " AS prices " \
	"FROM catalog.products p WHERE p.id = $1) whole"

static WmsPlan whole_product = WMS_PLAN(PRODUCT_TEXT(", p.cost_price", ", v.cost_price"), UUIDOID, JSONBOID);
static WmsPlan public_product = WMS_PLAN(PRODUCT_TEXT("", ""), UUIDOID, JSONBOID);

#define USER \
	", (SELECT to_jsonb(y) FROM (SELECT u.id, u.email, u.first_name, u.last_name FROM auth.users u " \
	"    WHERE u.id = t.user_id) y) AS \"user\""

#define TRACKS(user) \
	", " LIST("t.id, t.action, t.quantity, t.warehouse_id, t.reference_type, t.reference_id, t.description, " \
			  "t.created_at, t.user_id" user, \
			  "FROM inventory.product_batch_tracks t WHERE t.product_batch_id = b.id", "x.created_at, x.id") \
	" AS tracks"

#define BATCHES(tracks) \
	"SELECT jsonb_build_object('batches', " \
	LIST("b.id, b.variant_id, b.batch_number, b.quantity, b.manufacturing_date, b.expiry_date, b.status, " \
		 "b.deleted_at, b.created_at" tracks, \
		 "FROM inventory.product_batches b WHERE b.product_id = $1", "x.expiry_date, x.created_at, x.id") ")"

static WmsPlan tracked_batches_with_users = WMS_PLAN(BATCHES(TRACKS(USER)), UUIDOID);
static WmsPlan tracked_batches = WMS_PLAN(BATCHES(TRACKS("")), UUIDOID);
static WmsPlan bare_batches = WMS_PLAN(BATCHES(""), UUIDOID);

/* Costs, batches, tracks, users: what the caller may read of them. */
static WmsPlan may_read = WMS_PLAN_NO_ARGS(
	"SELECT has_column_privilege('catalog.products', 'cost_price', 'SELECT')"
	"       AND has_column_privilege('catalog.product_variants', 'cost_price', 'SELECT'),"
	"       CASE WHEN has_schema_privilege('inventory', 'USAGE')"
	"            THEN has_table_privilege('inventory.product_batches', 'SELECT') END,"
	"       CASE WHEN has_schema_privilege('inventory', 'USAGE')"
	"            THEN has_table_privilege('inventory.product_batch_tracks', 'SELECT') END,"
	"       CASE WHEN has_schema_privilege('auth', 'USAGE')"
	"            THEN has_column_privilege('auth.users', 'id', 'SELECT')"
	"             AND has_column_privilege('auth.users', 'email', 'SELECT')"
	"             AND has_column_privilege('auth.users', 'first_name', 'SELECT')"
	"             AND has_column_privilege('auth.users', 'last_name', 'SELECT') END");

/* The order of look-ups is that of lines: variants, products, then barcodes. Deleted things have no code. */
static WmsPlan find_item = WMS_PLAN(
	"SELECT i.product_id, i.variant_id FROM ("
	"       (SELECT 1 AS place, v.product_id, v.id AS variant_id FROM catalog.product_variants v"
	"          JOIN catalog.products p ON p.id = v.product_id AND p.deleted_at IS NULL"
	"         WHERE v.sku = $1 AND v.deleted_at IS NULL)"
	"       UNION ALL"
	"       SELECT 2, p.id, NULL FROM catalog.products p WHERE p.sku = $1 AND p.deleted_at IS NULL"
	"       UNION ALL"
	"       SELECT 3, b.product_id, b.variant_id FROM catalog.product_barcodes b"
	"          JOIN catalog.products p ON p.id = b.product_id AND p.deleted_at IS NULL"
	"          LEFT JOIN catalog.product_variants v ON v.id = b.variant_id"
	"         WHERE b.barcode = $1 AND v.deleted_at IS NULL) i"
	" ORDER BY i.place LIMIT 1",
	TEXTOID);

static Datum
read_batches(Datum product, bool tracks, bool users)
{
	Datum		value = product;
	bool		isnull;

	wms_read(!tracks ? &bare_batches : users ? &tracked_batches_with_users : &tracked_batches, &value, NULL);
	return wms_value(0, 1, &isnull);
}

static Datum
no_batches(void)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
}

/* wms_product(product_id uuid) → jsonb; raises 22023, WM004 */
Datum
wms_product(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *product_id = wms_arg_uuid(fcinfo, 0, "product_id");
	Datum		values[2] = {UUIDPGetDatum(product_id)};
	bool		costs;
	bool		isnull;
	Datum		result;

	wms_query_begin();
	wms_read(&may_read, NULL, NULL);
	costs = wms_value_bool(0, 1);
	values[1] = wms_value_bool(0, 2) ? read_batches(values[0], wms_value_bool(0, 3), wms_value_bool(0, 4)) : no_batches();
	if (wms_read(costs ? &whole_product : &public_product, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no product %s", wms_uuid_text(product_id)),
				 errhint("The products are in catalog.products; wms_find_item() finds one by sku or barcode.")));
	result = wms_result_copy(wms_value(0, 1, &isnull), JSONBOID);
	wms_query_end();
	return result;
}

/* wms_find_item(code text) → table (product_id, variant_id uuid); no row for an unknown code; raises 22023 */
Datum
wms_find_item(PG_FUNCTION_ARGS)
{
	Datum		code = CStringGetTextDatum(wms_arg_text(fcinfo, 0, "code"));

	return wms_return_rows(fcinfo, &find_item, &code, NULL);
}
