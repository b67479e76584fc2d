/*
 * category.c
 *		The tree of categories, and the products in a branch of it.
 *
 * What is deleted is left out, and with a category everything below it.  A walk ends even where a cycle got in
 * while triggers were off.  Takes no locks; reads as the caller.
 */
#include "postgres.h"

#include "catalog/price.h"
#include "fmgr.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(wms_category_tree);
PG_FUNCTION_INFO_V1(wms_products_in_category);
PG_FUNCTION_INFO_V1(wms_filter_products);

static WmsPlan find_category = WMS_PLAN(
	"SELECT FROM catalog.categories c WHERE c.id = $1 AND c.deleted_at IS NULL", UUIDOID);

/*
 * $1 the root, NULL for all of them.  The path leads from the top of the whole tree, so that it says the same
 * wherever the walk began.
 */
static WmsPlan category_tree = WMS_REPORT(
	"WITH RECURSIVE up (n, parent_id, name) AS ("
	"     SELECT 1, c.parent_id, c.name FROM catalog.categories c"
	"      WHERE c.id = (SELECT r.parent_id FROM catalog.categories r WHERE r.id = $1)"
	"     UNION ALL"
	"     SELECT u.n + 1, c.parent_id, c.name FROM up u JOIN catalog.categories c ON c.id = u.parent_id"
	"      WHERE c.id <> $1 AND u.n < 100000),"
	" above (path) AS (SELECT string_agg(u.name || ' / ', '' ORDER BY u.n DESC) FROM up u),"
	" tree (id, parent_id, name, sort_order, depth, path, seen) AS ("
	"     SELECT c.id, c.parent_id, c.name, c.sort_order, 0, coalesce(a.path, '') || c.name, ARRAY[c.id]"
	"       FROM catalog.categories c CROSS JOIN above a"
	"      WHERE c.deleted_at IS NULL AND CASE WHEN $1 IS NULL THEN c.parent_id IS NULL ELSE c.id = $1 END"
	"     UNION ALL"
	"     SELECT c.id, c.parent_id, c.name, c.sort_order, t.depth + 1, t.path || ' / ' || c.name, t.seen || c.id"
	"       FROM tree t JOIN catalog.categories c ON c.parent_id = t.id"
	"      WHERE c.deleted_at IS NULL AND c.id <> ALL (t.seen))"
	" SEARCH DEPTH FIRST BY sort_order, name, id SET place"
	" SELECT t.id, t.parent_id, t.name, t.depth, t.path FROM tree t ORDER BY t.place",
	UUIDOID);

/* Categories at and, if $2, below $1 */
#define BRANCH \
	"WITH RECURSIVE branch (id) AS (" \
	"     SELECT c.id FROM catalog.categories c WHERE c.id = $1 AND c.deleted_at IS NULL" \
	"     UNION" \
	"     SELECT c.id FROM branch b JOIN catalog.categories c ON c.parent_id = b.id" \
	"      WHERE $2 AND c.deleted_at IS NULL)"

/* The page is cut before anything is looked up for its rows. $3 rows, $4 rows to skip. */
#define PAGE_OF(condition) \
	" SELECT p.id, p.sku, p.name," \
	"        (SELECT b.name FROM catalog.brands b WHERE b.id = p.brand_id AND b.deleted_at IS NULL)," \
	WMS_SQL_PRICE_OF("p.id", "NULL", "NULL", "1", "NULL", "p.base_price") ", p.total_count" \
	"   FROM (SELECT i.id, i.sku, i.name, i.brand_id, i.base_price, count(*) OVER () AS total_count" \
	"           FROM catalog.products i" \
	"          WHERE i.is_active AND i.deleted_at IS NULL AND " condition \
	"          ORDER BY i.name, i.id LIMIT $3 OFFSET $4) p" \
	"  ORDER BY p.name, p.id"

#define IN_BRANCH \
	"i.id IN (SELECT c.product_id FROM branch b JOIN catalog.product_categories c ON c.category_id = b.id)"

/* For each attribute of which values are wanted the product has one of them. */
#define HAS_VALUES \
	"i.id IN (SELECT a.product_id FROM catalog.product_attributes a WHERE a.attribute_value_id = ANY ($5)" \
	"          GROUP BY a.product_id HAVING count(DISTINCT a.attribute_id) = $6)"

static WmsPlan products_in_branch = WMS_REPORT(BRANCH PAGE_OF(IN_BRANCH), UUIDOID, BOOLOID, INT4OID, INT4OID);

static WmsPlan products_in_branch_with_values = WMS_REPORT(BRANCH PAGE_OF(IN_BRANCH " AND " HAS_VALUES),
														   UUIDOID, BOOLOID, INT4OID, INT4OID, UUIDARRAYOID, INT8OID);

static WmsPlan products_with_values = WMS_REPORT(PAGE_OF(HAS_VALUES),
												 UUIDOID, BOOLOID, INT4OID, INT4OID, UUIDARRAYOID, INT8OID);

static WmsPlan all_products = WMS_REPORT(PAGE_OF("true"), UUIDOID, BOOLOID, INT4OID, INT4OID);

/* The attributes of the values, and the first value that there is not. */
static WmsPlan find_attributes = WMS_PLAN(
	"SELECT count(DISTINCT v.attribute_id), (array_agg(u.id) FILTER (WHERE v.id IS NULL))[1]"
	"  FROM unnest($1) AS u(id) LEFT JOIN catalog.attribute_values v ON v.id = u.id",
	UUIDARRAYOID);

static void
require_category(const pg_uuid_t *category_id)
{
	Datum		value = UUIDPGetDatum(category_id);

	if (wms_read(&find_category, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no category %s", wms_uuid_text(category_id)),
				 errhint("The live categories are in wms_category_tree().")));
}

/* wms_category_tree(category_id uuid) → table; raises WM004 */
Datum
wms_category_tree(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *category_id = wms_optional_uuid(fcinfo, 0);
	Datum		value;
	bool		isnull;

	value = wms_uuid_param(category_id, &isnull);
	if (category_id != NULL)
	{
		wms_query_begin();
		require_category(category_id);
		wms_query_end();
	}
	return wms_return_rows(fcinfo, &category_tree, &value, &isnull);
}

/* wms_products_in_category(category_id uuid, include_subcategories boolean, max_rows, skip_rows integer) → table; raises 22023, WM004 */
Datum
wms_products_in_category(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *category_id = wms_arg_uuid(fcinfo, 0, "category_id");
	Datum		values[4];

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("include_subcategories must not be null"),
				 errhint("Pass true or false.")));
	values[0] = UUIDPGetDatum(category_id);
	values[1] = PG_GETARG_DATUM(1);
	values[2] = Int32GetDatum(wms_arg_row_count(fcinfo, 2, "max_rows"));
	values[3] = Int32GetDatum(wms_arg_row_count(fcinfo, 3, "skip_rows"));
	wms_query_begin();
	require_category(category_id);
	wms_query_end();
	return wms_return_rows(fcinfo, &products_in_branch, values, NULL);
}

/* How many attributes the values are of; NULL or no value at all: 0. */
static int64
count_attributes(FunctionCallInfo fcinfo, int n)
{
	ArrayType  *wanted = PG_ARGISNULL(n) ? NULL : PG_GETARG_ARRAYTYPE_P(n);
	Datum		value = PointerGetDatum(wanted);
	char	   *unknown;

	if (wanted == NULL || ArrayGetNItems(ARR_NDIM(wanted), ARR_DIMS(wanted)) == 0)
		return 0;
	if (array_contains_nulls(wanted))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("attribute_values must not hold a null"),
				 errhint("Leave out what is not chosen.")));
	(void) wms_read(&find_attributes, &value, NULL);
	unknown = wms_value_text(0, 2);
	if (unknown != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no attribute value %s", unknown),
				 errhint("The values are in catalog.attribute_values.")));
	return wms_value_int64(0, 1);
}

/* wms_filter_products(category_id uuid, attribute_values uuid[], max_rows, skip_rows integer) → table; raises 22023, WM004 */
Datum
wms_filter_products(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *category_id = wms_optional_uuid(fcinfo, 0);
	Datum		values[6] = {0};
	bool		nulls[6] = {false};
	int64		attributes;
	bool		all;

	values[0] = wms_uuid_param(category_id, &nulls[0]);
	values[1] = BoolGetDatum(true);
	values[2] = Int32GetDatum(wms_arg_row_count(fcinfo, 2, "max_rows"));
	values[3] = Int32GetDatum(wms_arg_row_count(fcinfo, 3, "skip_rows"));
	wms_query_begin();
	if (category_id != NULL)
		require_category(category_id);
	attributes = count_attributes(fcinfo, 1);
	wms_query_end();
	values[4] = attributes > 0 ? PG_GETARG_DATUM(1) : (Datum) 0;
	values[5] = Int64GetDatum(attributes);
	all = category_id == NULL;
	if (attributes == 0)
		return wms_return_rows(fcinfo, all ? &all_products : &products_in_branch, values, nulls);
	return wms_return_rows(fcinfo, all ? &products_with_values : &products_in_branch_with_values, values, nulls);
}
