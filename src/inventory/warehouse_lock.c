/*
 * warehouse_lock.c
 *		A warehouse that a command is about.
 *
 * Locks: inventory.warehouses FOR KEY SHARE, which only deleting it conflicts with.
 */
#include "postgres.h"

#include "inventory/warehouse_lock.h"

#include "access/xact.h"
#include "inventory/movement_direct.h"
#include "support/args.h"
#include "support/errors.h"
#include "support/plans.h"

#define LOCK_WAREHOUSE(form, strength) \
	WMS_PLAN_DIRECT(form, wms_locked_warehouse_types, \
					"SELECT w.deleted_at IS NOT NULL, w.code FROM inventory.warehouses w WHERE w.id = $1" \
					"   FOR " strength, UUIDOID)

/* As products are locked (items.c); what the lock waited for is seen. */
static WmsPlan lock_warehouse = LOCK_WAREHOUSE(wms_direct_lock_warehouse, "KEY SHARE");
static WmsPlan lock_warehouse_unchanged = LOCK_WAREHOUSE(NULL, "SHARE");

void
wms_lock_warehouse_or_deleted(const pg_uuid_t *warehouse_id)
{
	Datum		value = UUIDPGetDatum(warehouse_id);

	if (wms_run(IsolationUsesXactSnapshot() ? &lock_warehouse_unchanged : &lock_warehouse, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no warehouse %s", wms_uuid_text(warehouse_id)),
				 errhint("The warehouses are in inventory.warehouses.")));
}

void
wms_lock_warehouse(const pg_uuid_t *warehouse_id)
{
	wms_lock_warehouse_or_deleted(warehouse_id);
	if (wms_value_bool(0, 1))
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("warehouse \"%s\" is deleted", wms_value_text(0, 2)),
				 errhint("Restore it, or name another warehouse.")));
}
