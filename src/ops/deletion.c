/*
 * deletion.c
 *		wms_soft_delete() and wms_restore(): things are marked as deleted, and brought back.
 *
 * Locks the row FOR UPDATE, which waits for every command that works with the thing; whoever comes later waits
 * in turn and finds it deleted.  With a variant its product is locked, before it: that is what commands lock.  What
 * must not be left behind is seen to by triggers, see soft_delete.c.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "fmgr.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(wms_soft_delete);
PG_FUNCTION_INFO_V1(wms_restore);

typedef struct DeletableTable
{
	const char *schema;
	const char *table;
	const char *thing;			/* for messages */
	WmsPlan		lock;			/* the row: is it deleted? */
	WmsPlan		remove;
	WmsPlan		restore;
} DeletableTable;

#define DELETABLE(schema_, table_, thing_) \
	{schema_, table_, thing_, \
		WMS_PLAN("SELECT t.deleted_at IS NOT NULL FROM " schema_ "." table_ " t WHERE t.id = $1 FOR UPDATE", UUIDOID), \
		WMS_PLAN("UPDATE " schema_ "." table_ " SET deleted_at = clock_timestamp()" \
				 " WHERE id = $1 AND deleted_at IS NULL", UUIDOID), \
		WMS_PLAN("UPDATE " schema_ "." table_ " SET deleted_at = NULL" \
				 " WHERE id = $1 AND deleted_at IS NOT NULL", UUIDOID)}

static DeletableTable tables[] = {
	DELETABLE("auth", "users", "user"),
	DELETABLE("catalog", "products", "product"),
	DELETABLE("catalog", "product_variants", "variant"),
	DELETABLE("catalog", "categories", "category"),
	DELETABLE("catalog", "brands", "brand"),
	DELETABLE("inventory", "warehouses", "warehouse"),
	DELETABLE("inventory", "product_batches", "batch"),
	DELETABLE("sales", "coupons", "coupon"),
	DELETABLE("agent", "agents", "agent"),
};

static WmsPlan lock_product_of_variant = WMS_PLAN(
	"SELECT FROM catalog.products p WHERE p.id = (SELECT v.product_id FROM catalog.product_variants v WHERE v.id = $1)"
	" FOR UPDATE",
	UUIDOID);

/* The choice of options is unique at commit only; it is better said at once. */
static WmsPlan find_variant_alike = WMS_PLAN(
	"SELECT o.sku FROM catalog.product_variants v"
	"  JOIN catalog.product_variants o ON o.product_id = v.product_id AND o.deleted_at IS NULL AND o.id <> v.id"
	" WHERE v.id = $1 AND o.option_values = v.option_values LIMIT 1",
	UUIDOID);

static WmsPlan find_variants_alike = WMS_PLAN(
	"SELECT o.sku FROM catalog.product_variants v"
	"  JOIN catalog.product_variants o ON o.product_id = v.product_id AND o.deleted_at IS NULL AND o.id <> v.id"
	" WHERE v.product_id = $1 AND v.deleted_at IS NULL AND o.option_values = v.option_values"
	" ORDER BY o.sku LIMIT 1",
	UUIDOID);

static bool
is_products(const DeletableTable *table)
{
	return strcmp(table->table, "products") == 0;
}

static bool
is_variants(const DeletableTable *table)
{
	return strcmp(table->table, "product_variants") == 0;
}

static const char *
names_of_tables(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(tables); i++)
		appendStringInfo(&names, "%s%s.%s", i == 0 ? "" : ", ", tables[i].schema, tables[i].table);
	return names.data;
}

/* The table of argument 0. */
static DeletableTable *
find_table(FunctionCallInfo fcinfo)
{
	Oid			relation = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	char	   *name = OidIsValid(relation) ? get_rel_name(relation) : NULL;
	char	   *schema = name == NULL ? NULL : get_namespace_name(get_rel_namespace(relation));

	for (int i = 0; i < lengthof(tables) && schema != NULL; i++)
		if (strcmp(tables[i].schema, schema) == 0 && strcmp(tables[i].table, name) == 0)
			return &tables[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 PG_ARGISNULL(0) ? errmsg("table_name must not be null") :
			 name == NULL ? errmsg("there is no table with OID %u", relation) :
			 errmsg("table %s.%s does not know soft deletion", schema, name),
			 errhint("Pass one of %s.", names_of_tables())));
	return NULL;				/* not reached */
}

/* Returns whether the row is deleted; raises WM004 where there is none. */
static bool
lock_row(DeletableTable *table, Datum id)
{
	if (is_variants(table))
		wms_run(&lock_product_of_variant, &id, NULL);
	if (wms_run(&table->lock, &id, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no %s %s", table->thing, wms_uuid_text(DatumGetUUIDP(id))),
				 errhint("Look for it in %s.%s.", table->schema, table->table)));
	return wms_value_bool(0, 1);
}

/* What is taken is of the table itself, or of the variants that come back with a product. */
static void
refuse_taken(const DeletableTable *table, const char *taken_in, Datum id, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("%s %s cannot be restored: what it was known by is taken", table->thing,
					wms_uuid_text(DatumGetUUIDP(id))),
			 detail != NULL ? errdetail_internal("%s", detail) : 0,
			 strcmp(taken_in, table->table) == 0 ?
			 errhint("Change it in %s.%s, of this %s or of the live one, or delete the live one; then restore again.",
					 table->schema, table->table, table->thing) :
			 errhint("Change it in %s.%s, of the variant of this %s or of the live one, or delete the live one; then restore again.",
					 table->schema, taken_in, table->thing)));
}

/* As the unique indexes have it, in our words. */
static void
restore_row(DeletableTable *table, Datum id)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		wms_run_exactly(&table->restore, &id, NULL, 1);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		if (geterrcode() != ERRCODE_UNIQUE_VIOLATION)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		refuse_taken(table, error->table_name != NULL ? error->table_name : table->table, id, error->detail);
	}
	PG_END_TRY();
}

static void
refuse_variant_alike(const DeletableTable *table, Datum id)
{
	if ((is_variants(table) && wms_read_latest(&find_variant_alike, &id) > 0) ||
		(is_products(table) && wms_read_latest(&find_variants_alike, &id) > 0))
		refuse_taken(table, "product_variants", id, psprintf("Variant \"%s\" is the same choice of options.", wms_value_text(0, 1)));
}

/* wms_soft_delete(table_name regclass, id uuid) → boolean: false when it is deleted already; raises 22023, WM004, WM092 */
Datum
wms_soft_delete(PG_FUNCTION_ARGS)
{
	DeletableTable *table = find_table(fcinfo);
	Datum		id = UUIDPGetDatum(wms_arg_uuid(fcinfo, 1, "id"));
	WmsCommand	command;
	bool		deleted;

	wms_command_begin(&command);
	deleted = lock_row(table, id);
	if (!deleted)
		wms_run_exactly(&table->remove, &id, NULL, 1);
	wms_command_end(&command);
	PG_RETURN_BOOL(!deleted);
}

/* wms_restore(table_name regclass, id uuid) → boolean: false when it is live; raises 22023, 23505, WM004 */
Datum
wms_restore(PG_FUNCTION_ARGS)
{
	DeletableTable *table = find_table(fcinfo);
	Datum		id = UUIDPGetDatum(wms_arg_uuid(fcinfo, 1, "id"));
	WmsCommand	command;
	bool		deleted;

	wms_command_begin(&command);
	deleted = lock_row(table, id);
	if (deleted)
	{
		restore_row(table, id);
		refuse_variant_alike(table, id);
	}
	wms_command_end(&command);
	PG_RETURN_BOOL(deleted);
}
