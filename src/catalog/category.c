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

/*
 * Products of categories at and, if $2, below $1, as an array: how many they are is known when their page is
 * planned.  OFFSET 0 keeps the look-up by category.
 */
static WmsPlan find_in_branch = WMS_PLAN(
	"WITH RECURSIVE branch (id) AS ("
	"     SELECT c.id FROM catalog.categories c WHERE c.id = $1 AND c.deleted_at IS NULL"
	"     UNION"
	"     SELECT c.id FROM branch b JOIN catalog.categories c ON c.parent_id = b.id"
	"      WHERE $2 AND c.deleted_at IS NULL)"
	"SELECT array_agg(DISTINCT x.product_id) FROM branch b CROSS JOIN LATERAL"
	"       (SELECT c.product_id FROM catalog.product_categories c WHERE c.category_id = b.id OFFSET 0) x",
	UUIDOID, BOOLOID);

/* Those that have, for each of $2 attributes of which values are wanted, one of these. */
static WmsPlan find_with_values = WMS_PLAN(
	"SELECT array_agg(x.product_id) FROM ("
	"       SELECT a.product_id FROM catalog.product_attributes a WHERE a.attribute_value_id = ANY ($1)"
	"        GROUP BY a.product_id HAVING count(DISTINCT a.attribute_id) = $2) x",
	UUIDARRAYOID, INT8OID);

static WmsPlan intersect = WMS_PLAN(
	"SELECT array_agg(x.id) FROM (SELECT unnest($1) INTERSECT SELECT unnest($2)) x(id)", UUIDARRAYOID, UUIDARRAYOID);

/* The page is cut before anything is looked up for its rows. $1 rows, $2 rows to skip, $3 ids. */
#define PAGE_OF(source) \
	"SELECT p.id, p.sku, p.name," \
	"       (SELECT b.name FROM catalog.brands b WHERE b.id = p.brand_id AND b.deleted_at IS NULL)," \
	WMS_SQL_PRICE_OF("p.id", "NULL", "NULL", "1", "NULL", "p.base_price") ", p.total_count" \
	"  FROM (SELECT i.id, i.sku, i.name, i.brand_id, i.base_price, count(*) OVER () AS total_count" \
	"          FROM " source \
	"         WHERE i.is_active AND i.deleted_at IS NULL" \
	"         ORDER BY i.name, i.id LIMIT $1 OFFSET $2) p" \
	" ORDER BY p.name, p.id"

static WmsPlan page_of_some = WMS_REPORT(PAGE_OF("unnest($3) AS u(id) JOIN catalog.products i ON i.id = u.id"),
										 INT4OID, INT4OID, UUIDARRAYOID);

static WmsPlan page_of_all = WMS_REPORT(PAGE_OF("catalog.products i"), INT4OID, INT4OID);

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

/* The array a statement finds, in the memory of the function; NULL for none. */
static ArrayType *
found_ids(WmsPlan *plan, Datum *values)
{
	bool		isnull;
	Datum		ids;

	(void) wms_read(plan, values, NULL);
	ids = wms_value(0, 1, &isnull);
	if (isnull)
		return NULL;
	/* a copy with a whole header: a short one would be unpacked into memory that goes with the query */
	return (ArrayType *) DatumGetPointer(wms_result_copy(PointerGetDatum(DatumGetArrayTypeP(ids)), UUIDARRAYOID));
}

static ArrayType *
ids_in_branch(const pg_uuid_t *category_id, bool below)
{
	Datum		values[2] = {UUIDPGetDatum(category_id), BoolGetDatum(below)};

	require_category(category_id);
	return found_ids(&find_in_branch, values);
}

/* The page that max_rows and skip_rows, arguments 2 and 3, cut out of these products. */
static Datum
return_page(FunctionCallInfo fcinfo, const ArrayType *ids)
{
	Datum		values[3];
	bool		nulls[3] = {false};

	values[0] = Int32GetDatum(wms_arg_row_count(fcinfo, 2, "max_rows"));
	values[1] = Int32GetDatum(wms_arg_row_count(fcinfo, 3, "skip_rows"));
	values[2] = PointerGetDatum(ids);
	nulls[2] = ids == NULL;
	return wms_return_rows(fcinfo, &page_of_some, values, nulls);
}

/* wms_products_in_category(category_id uuid, include_subcategories boolean, max_rows, skip_rows integer) → table; raises 22023, WM004 */
Datum
wms_products_in_category(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *category_id = wms_arg_uuid(fcinfo, 0, "category_id");
	ArrayType  *ids;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("include_subcategories must not be null"),
				 errhint("Pass true or false.")));
	wms_query_begin();
	ids = ids_in_branch(category_id, PG_GETARG_BOOL(1));
	wms_query_end();
	return return_page(fcinfo, ids);
}

/* Is any value wanted? */
static bool
has_values(FunctionCallInfo fcinfo, int n)
{
	ArrayType  *wanted = PG_ARGISNULL(n) ? NULL : PG_GETARG_ARRAYTYPE_P(n);

	if (wanted == NULL || ArrayGetNItems(ARR_NDIM(wanted), ARR_DIMS(wanted)) == 0)
		return false;
	if (array_contains_nulls(wanted))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("attribute_values must not hold a null"),
				 errhint("Leave out what is not chosen.")));
	return true;
}

static ArrayType *
ids_with_values(Datum wanted)
{
	Datum		values[2] = {wanted};
	char	   *unknown;

	(void) wms_read(&find_attributes, values, NULL);
	unknown = wms_value_text(0, 2);
	if (unknown != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no attribute value %s", unknown),
				 errhint("The values are in catalog.attribute_values.")));
	values[1] = Int64GetDatum(wms_value_int64(0, 1));
	return found_ids(&find_with_values, values);
}

/* wms_filter_products(category_id uuid, attribute_values uuid[], max_rows, skip_rows integer) → table; raises 22023, WM004 */
Datum
wms_filter_products(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *category_id = wms_optional_uuid(fcinfo, 0);
	bool		by_values = has_values(fcinfo, 1);
	ArrayType  *ids = NULL;
	Datum		values[2];

	if (category_id == NULL && !by_values)
	{
		values[0] = Int32GetDatum(wms_arg_row_count(fcinfo, 2, "max_rows"));
		values[1] = Int32GetDatum(wms_arg_row_count(fcinfo, 3, "skip_rows"));
		return wms_return_rows(fcinfo, &page_of_all, values, NULL);
	}
	wms_query_begin();
	if (category_id != NULL)
		ids = ids_in_branch(category_id, true);
	if (by_values)
	{
		values[0] = PointerGetDatum(ids);
		ids = ids_with_values(PG_GETARG_DATUM(1));
		values[1] = PointerGetDatum(ids);
		if (category_id != NULL)
			ids = DatumGetPointer(values[0]) == NULL || ids == NULL ? NULL : found_ids(&intersect, values);
	}
	wms_query_end();
	return return_page(fcinfo, ids);
}
