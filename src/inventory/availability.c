/*
 * availability.c
 *		How many units of an item may still be promised.
 *
 * Takes no locks.  It counts everybody's holds, so it reads as the owner of the tables.
 */
#include "postgres.h"

#include "fmgr.h"
#include "inventory/availability.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/command.h"
#include "support/errors.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(wms_available_quantity);

/*
 * $1 product, $2 variant, $3 warehouse, $4 business date.
 *
 * A kit is what its components allow in each warehouse; anything else is a kit of one piece of itself, and
 * without a variant where there are variants, of whichever.  What is not stocked never runs short.
 */
#define AVAILABLE(which_warehouses) \
	"WITH component AS (" \
	"  SELECT k.component_product_id AS product_id, k.component_variant_id AS variant_id, k.quantity, " \
	"    false AS any_variant " \
	"  FROM catalog.product_bundle_items k WHERE k.bundle_product_id = $1 " \
	"  UNION ALL " \
	"  SELECT i.id, $2, 1, i.has_variants AND $2 IS NULL FROM catalog.products i " \
	"  WHERE i.id = $1 " \
	"    AND NOT EXISTS (SELECT FROM catalog.product_bundle_items k WHERE k.bundle_product_id = $1)" \
	"), stocked AS (" \
	"  SELECT c.* FROM component c JOIN catalog.products p ON p.id = c.product_id WHERE p.is_stocked" \
	"), supply AS (" \
	"  SELECT s.warehouse_id, " \
	"    sum(greatest(0, " WMS_SQL_GOOD_STOCK("$4") " - " WMS_SQL_LIVE_HOLDS " + " WMS_SQL_HELD_AS_IT_IS("$4") \
	"))::bigint / c.quantity AS kits " \
	"  FROM stocked c " \
	"    JOIN catalog.products p ON p.id = c.product_id " \
	"    JOIN inventory.stock_items s ON s.product_id = c.product_id " \
	"    JOIN inventory.warehouses w ON w.id = s.warehouse_id " \
	"    LEFT JOIN catalog.product_variants v ON v.id = s.variant_id " \
	"  WHERE " which_warehouses " AND w.deleted_at IS NULL " \
	"    AND p.deleted_at IS NULL AND v.deleted_at IS NULL " \
	"    AND CASE WHEN c.any_variant THEN s.variant_id IS NOT NULL " \
	"      ELSE s.variant_id IS NOT DISTINCT FROM c.variant_id END " \
	"  GROUP BY s.warehouse_id, c.product_id, c.variant_id, c.quantity" \
	"), complete AS (" \
	"  SELECT min(kits) AS kits FROM supply GROUP BY warehouse_id " \
	"  HAVING count(*) = (SELECT count(*) FROM stocked)" \
	") " \
	"SELECT $2 IS NULL OR EXISTS (SELECT FROM catalog.product_variants v WHERE v.id = $2 AND v.product_id = $1), " \
	"  $3 IS NULL OR EXISTS (SELECT FROM inventory.warehouses w WHERE w.id = $3), " \
	"  CASE WHEN i.deleted_at IS NOT NULL " \
	"    OR EXISTS (SELECT FROM catalog.product_variants v WHERE v.id = $2 AND v.deleted_at IS NOT NULL) THEN 0 " \
	"  WHEN EXISTS (SELECT FROM stocked) THEN (SELECT coalesce(sum(kits), 0)::bigint FROM complete) END " \
	"FROM catalog.products i WHERE i.id = $1"

#define AVAILABLE_ARGS UUIDOID, UUIDOID, UUIDOID, DATEOID

static WmsPlan everywhere = WMS_PLAN(AVAILABLE("w.is_active AND w.type <> 'virtual'"), AVAILABLE_ARGS);
static WmsPlan in_warehouse = WMS_PLAN(AVAILABLE("s.warehouse_id = $3"), AVAILABLE_ARGS);

static void
refuse_unknown(const char *what, const pg_uuid_t *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
			 errmsg("%s %s does not exist", what, wms_uuid_text(id)),
			 errhint("Pass the id of a %s that exists, deleted or not.", what)));
}

/* wms_available_quantity(product_id uuid, variant_id uuid, warehouse_id uuid) → bigint */
Datum
wms_available_quantity(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *product_id = wms_arg_uuid(fcinfo, 0, "product_id");
	pg_uuid_t  *variant_id = wms_optional_uuid(fcinfo, 1);
	pg_uuid_t  *warehouse_id = wms_optional_uuid(fcinfo, 2);
	Datum		values[4];
	bool		nulls[4] = {false};
	bool		unlimited;
	int64		quantity;
	WmsCommand	command;

	wms_command_begin_own(&command);
	values[0] = UUIDPGetDatum(product_id);
	values[1] = wms_uuid_param(variant_id, &nulls[1]);
	values[2] = wms_uuid_param(warehouse_id, &nulls[2]);
	values[3] = DateADTGetDatum(wms_business_date(GetCurrentStatementStartTimestamp()));
	if (wms_read(warehouse_id == NULL ? &everywhere : &in_warehouse, values, nulls) == 0)
		refuse_unknown("product", product_id);
	if (!wms_value_bool(0, 1))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("variant %s of product %s does not exist",
						wms_uuid_text(variant_id), wms_uuid_text(product_id)),
				 errhint("Pass a variant of this product, or none.")));
	if (!wms_value_bool(0, 2))
		refuse_unknown("warehouse", warehouse_id);
	quantity = DatumGetInt64(wms_value(0, 3, &unlimited));
	wms_command_end(&command);
	if (unlimited)
		PG_RETURN_NULL();
	PG_RETURN_INT64(quantity);
}
