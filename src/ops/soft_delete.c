/*
 * soft_delete.c
 *		What a soft delete must not leave behind: stock in a deleted warehouse, sessions of a deleted user, variants
 *		of a deleted product.
 *
 * The first two lock the row FOR UPDATE, which waits for everybody who has locked it, foreign keys included, and then
 * count what came in meanwhile.  Whoever comes later must lock the row FOR SHARE before he looks at
 * deleted_at: FOR KEY SHARE would wait as well, and then return the row as it was before the deletion.
 */
#include "postgres.h"

#include "auth/session.h"
#include "executor/spi.h"
#include "support/args.h"
#include "support/errors.h"
#include "support/settings.h"
#include "support/trigger.h"
#include "support/trigger_work.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(wms_guard_warehouse_deletion);
PG_FUNCTION_INFO_V1(wms_close_sessions_of_deleted_user);
PG_FUNCTION_INFO_V1(wms_delete_variants_of_product);

static WmsPlan lock_warehouse = WMS_PLAN("SELECT FROM inventory.warehouses w WHERE w.id = $1 FOR UPDATE", UUIDOID);

static WmsPlan count_contents =
WMS_PLAN("SELECT (SELECT coalesce(sum(s.quantity), 0) FROM inventory.stock_items s"
		 "   WHERE s.warehouse_id = $1 AND s.quantity <> 0),"
		 " (SELECT count(*) FROM inventory.stock_transfers t"
		 "   WHERE (t.from_warehouse_id = $1 OR t.to_warehouse_id = $1)"
		 "   AND t.status IN ('pending', 'approved', 'in_transit'))", UUIDOID);

static WmsPlan lock_user = WMS_PLAN("SELECT FROM auth.users u WHERE u.id = $1 FOR UPDATE", UUIDOID);

/* What was deleted together is restored together: it has the deleted_at of the product. */
static WmsPlan delete_variants = WMS_PLAN(
	"UPDATE catalog.product_variants SET deleted_at = $2 WHERE product_id = $1 AND deleted_at IS NULL",
	UUIDOID, TIMESTAMPTZOID);

static WmsPlan move_variants = WMS_PLAN(
	"UPDATE catalog.product_variants SET deleted_at = $2 WHERE product_id = $1 AND deleted_at = $3",
	UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID);

/* Does the UPDATE delete the row softly? */
static bool
is_deletion(TriggerData *trigger)
{
	bool		was_live;
	bool		is_live;

	(void) wms_trigger_value(trigger, trigger->tg_trigtuple, "deleted_at", TIMESTAMPTZOID, &was_live);
	(void) wms_trigger_value(trigger, trigger->tg_newtuple, "deleted_at", TIMESTAMPTZOID, &is_live);
	return was_live && !is_live;
}

static void
refuse_while_in_use(TriggerData *trigger, Datum warehouse)
{
	if (wms_value_int64(0, 1) == 0 && wms_value_int64(0, 2) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
			 errmsg("warehouse %s cannot be deleted while it is in use", wms_uuid_text(DatumGetUUIDP(warehouse))),
			 errdetail("It holds %s units and has %s open transfers.", wms_value_text(0, 1), wms_value_text(0, 2)),
			 errhint("Move the stock by wms_create_transfer() or write it off, and complete or cancel its transfers."),
			 errtablecol(trigger->tg_relation, wms_trigger_column(trigger, "deleted_at"))));
}

/* Commands are held to it as well; only wms.guard = off passes. */
Datum
wms_guard_warehouse_deletion(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_UPDATE);
	bool		isnull;
	Datum		warehouse;
	WmsTriggerWork work;

	wms_trigger_require_table(trigger, "inventory", "warehouses");
	if (!wms_guard || !is_deletion(trigger))
		return PointerGetDatum(NULL);
	warehouse = wms_trigger_value(trigger, trigger->tg_newtuple, "id", UUIDOID, &isnull);
	wms_trigger_work_begin(&work);
	wms_run(&lock_warehouse, &warehouse, NULL);
	wms_read_latest(&count_contents, &warehouse);
	refuse_while_in_use(trigger, warehouse);
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}

Datum
wms_close_sessions_of_deleted_user(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_UPDATE);
	bool		isnull;
	Datum		user;
	WmsTriggerWork work;

	wms_trigger_require_table(trigger, "auth", "users");
	if (!is_deletion(trigger))
		return PointerGetDatum(NULL);
	user = wms_trigger_value(trigger, trigger->tg_newtuple, "id", UUIDOID, &isnull);
	wms_trigger_work_begin(&work);
	wms_run(&lock_user, &user, NULL);
	(void) wms_sessions_close(DatumGetUUIDP(user));
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}

/* Their skus are free again with that of the product; what was deleted alone stays deleted. */
Datum
wms_delete_variants_of_product(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_UPDATE);
	Datum		values[3];
	bool		nulls[3] = {false};
	WmsTriggerWork work;

	wms_trigger_require_table(trigger, "catalog", "products");
	if (!wms_trigger_changes(trigger, "deleted_at"))
		return PointerGetDatum(NULL);
	values[0] = wms_trigger_value(trigger, trigger->tg_newtuple, "id", UUIDOID, &nulls[0]);
	values[1] = wms_trigger_value(trigger, trigger->tg_newtuple, "deleted_at", TIMESTAMPTZOID, &nulls[1]);
	values[2] = wms_trigger_value(trigger, trigger->tg_trigtuple, "deleted_at", TIMESTAMPTZOID, &nulls[2]);
	wms_trigger_work_begin(&work);
	wms_run(nulls[2] ? &delete_variants : &move_variants, values, nulls);
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}
