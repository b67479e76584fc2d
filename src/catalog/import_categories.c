/*
 * import_categories.c
 *		Categories of the lines of an import: found by name or path, made where they are missing.
 *
 * Takes no locks of its own; only one import runs at a time.
 */
#include "postgres.h"

#include "catalog/import.h"

#include "lib/stringinfo.h"
#include "support/plans.h"

/*
 * One step down the paths: $1 path, $2 where it has come to (NULL = above the roots), $3 the next name, $4 is it
 * the only one, which may be a slug too.
 */
static WmsPlan find_categories = WMS_PLAN(
	"SELECT u.n, x.id FROM unnest($1, $2, $3, $4) AS u(n, parent_id, name, is_alone) CROSS JOIN LATERAL ("
	"       SELECT c.id FROM catalog.categories c"
	"        WHERE u.parent_id IS NULL AND c.parent_id IS NULL AND c.name = u.name AND c.deleted_at IS NULL"
	"       UNION ALL"
	"       SELECT c.id FROM catalog.categories c WHERE c.parent_id = u.parent_id AND c.name = u.name AND c.deleted_at IS NULL"
	"       UNION ALL"
	"       SELECT c.id FROM catalog.categories c WHERE u.is_alone AND c.slug = u.name AND c.deleted_at IS NULL"
	"        LIMIT 1) x",
	INT4ARRAYOID, UUIDARRAYOID, TEXTARRAYOID, BOOLARRAYOID);

static WmsPlan write_categories = WMS_PLAN(
	"INSERT INTO catalog.categories (parent_id, name, slug)"
	"SELECT DISTINCT u.parent_id, u.name, '' FROM unnest($1, $2) AS u(parent_id, name) ORDER BY u.name, u.parent_id"
	" ON CONFLICT (parent_id, name) WHERE deleted_at IS NULL DO NOTHING",
	UUIDARRAYOID, TEXTARRAYOID);

/* $1 products whose categories are given, $2 all of these of each, as the text of an array */
static WmsPlan leave_categories = WMS_PLAN(
	"DELETE FROM catalog.product_categories pc USING unnest($1, $2) AS g(product_id, category_ids)"
	" WHERE pc.product_id = g.product_id AND pc.category_id <> ALL (g.category_ids::uuid[])",
	UUIDARRAYOID, TEXTARRAYOID);

static WmsPlan enter_categories = WMS_PLAN(
	"INSERT INTO catalog.product_categories (product_id, category_id)"
	"SELECT DISTINCT u.product_id, u.category_id FROM unnest($1, $2) AS u(product_id, category_id)"
	" ON CONFLICT (product_id, category_id) DO NOTHING",
	UUIDARRAYOID, UUIDARRAYOID);

/* A path on its way down the tree. */
typedef struct Path
{
	int			line;
	char	   *rest;			/* NULL at its end */
	char	   *name;			/* where it goes next */
	bool		is_alone;
	bool		is_found;
	bool		has_id;
	pg_uuid_t	id;				/* where it has come to */
} Path;

/* Takes the next name off the path; false at its end. */
static bool
step_down(Path *path)
{
	char	   *end;

	path->is_found = false;
	path->name = path->rest;
	if (path->name == NULL)
		return false;
	end = strstr(path->name, WMS_IMPORT_PATH);
	path->rest = end == NULL ? NULL : end + strlen(WMS_IMPORT_PATH);
	if (end != NULL)
		*end = '\0';
	return true;
}

static void
find_next(Path *paths, int count)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(TEXTOID), wms_column(BOOLOID)};
	Datum		values[lengthof(columns)];
	uint64		rows;
	bool		isnull;

	for (int i = 0; i < count; i++)
	{
		if (paths[i].name == NULL || paths[i].is_found)
			continue;
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], paths[i].has_id ? &paths[i].id : NULL);
		wms_column_add_text(columns[2], paths[i].name);
		wms_column_add(columns[3], BoolGetDatum(paths[i].is_alone), false);
	}
	if (columns[0]->count == 0)
		return;
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	rows = wms_run(&find_categories, values, NULL);
	for (uint64 row = 0; row < rows; row++)
	{
		Path	   *path = &paths[wms_value_int64(row, 1)];

		path->is_found = true;
		path->id = *DatumGetUUIDP(wms_value(row, 2, &isnull));
	}
}

static void
make_next(Path *paths, int count)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(TEXTOID)};
	Datum		values[lengthof(columns)];

	for (int i = 0; i < count; i++)
	{
		if (paths[i].name == NULL || paths[i].is_found)
			continue;
		wms_column_add_uuid(columns[0], paths[i].has_id ? &paths[i].id : NULL);
		wms_column_add_text(columns[1], paths[i].name);
	}
	if (columns[0]->count == 0)
		return;
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	wms_run(&write_categories, values, NULL);
	find_next(paths, count);
}

/* Walks all paths down at once, and makes what is missing on the way. */
static void
find_or_make(Path *paths, int count)
{
	bool		further = true;

	while (further)
	{
		further = false;
		for (int i = 0; i < count; i++)
			if (step_down(&paths[i]))
				further = true;
		find_next(paths, count);
		make_next(paths, count);
		for (int i = 0; i < count; i++)
		{
			if (paths[i].name != NULL && !paths[i].is_found)
				wms_refuse_altered(&write_categories);
			paths[i].has_id = true;
		}
	}
}

/* The categories of all lines, in order of the lines. */
static Path *
paths_of(WmsImportLine **lines, int count, int *path_count)
{
	Path	   *paths;
	int			n = 0;

	*path_count = 0;
	for (int i = 0; i < count; i++)
		*path_count += lines[i]->category_count;
	paths = palloc_extended(sizeof(Path) * Max(*path_count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < count; i++)
		for (int c = 0; c < lines[i]->category_count; c++, n++)
		{
			paths[n].line = i;
			paths[n].rest = pstrdup(lines[i]->categories[c]);
			paths[n].is_alone = strstr(lines[i]->categories[c], WMS_IMPORT_PATH) == NULL;
		}
	return paths;
}

/* Where the categories of a product are given, it is in these and in no others. */
void
wms_import_set_categories(WmsImportLine **lines, int count)
{
	WmsColumn  *given[] = {wms_column(UUIDOID), wms_column(TEXTOID)};
	WmsColumn  *entered[] = {wms_column(UUIDOID), wms_column(UUIDOID)};
	StringInfoData ids;
	int			path_count;
	Path	   *paths = paths_of(lines, count, &path_count);
	int			n = 0;

	find_or_make(paths, path_count);
	initStringInfo(&ids);
	for (int i = 0; i < count; i++)
	{
		if (!lines[i]->gives_categories)
			continue;
		for (; n < path_count && paths[n].line == i; n++)
		{
			wms_import_keep(&ids, &paths[n].id);
			wms_column_add_uuid(entered[0], &lines[i]->product_id);
			wms_column_add_uuid(entered[1], &paths[n].id);
		}
		wms_import_keep_only(given, &lines[i]->product_id, &ids);
	}
	wms_import_replace(&leave_categories, given, &enter_categories, entered, lengthof(entered));
}
