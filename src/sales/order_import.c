/*
 * order_import.c
 *		A direct INSERT of an order is an import: it gets its first status row, it has no effect on stock and
 *		earns no commission; confirmed, it counts for the customer and towards the agent's targets.
 *
 * Locks, after the order itself: the agent FOR KEY SHARE, his targets in order of id, the customer's profile.
 */
#include "postgres.h"

#include "sales/order_import.h"

#include "access/xact.h"
#include "agent/target.h"
#include "crm/profile.h"
#include "sales/order_history.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/errors.h"
#include "support/plans.h"
#include "support/trigger_work.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

typedef struct ImportedOrder
{
	pg_uuid_t  *id;
	char	   *status;
	Numeric		total;			/* what it counts for: 0 once refunded */
	pg_uuid_t  *user_id;		/* NULL for a guest */
	pg_uuid_t  *agent_id;		/* NULL without one */
	bool		counts;			/* confirmed, and not cancelled */
	TimestampTz confirmed_at;
} ImportedOrder;

static WmsPlan read_foreign_holds = WMS_PLAN(
	"SELECT coalesce(sum(r.quantity), 0)::bigint FROM inventory.stock_reservations r"
	" WHERE r.reference_type = 'order' AND r.reference_id = $1 AND r.status = 'active'",
	UUIDOID);

static WmsPlan read_status_rows = WMS_PLAN(
	"SELECT h.xmin FROM sales.order_status_history h WHERE h.order_id = $1 LIMIT 2",
	UUIDOID);

static pg_uuid_t *
optional_uuid(TriggerData *trigger, const char *column)
{
	bool		isnull;
	Datum		value = wms_trigger_value(trigger, trigger->tg_trigtuple, column, UUIDOID, &isnull);

	return isnull ? NULL : DatumGetUUIDP(value);
}

static void
read_order(TriggerData *trigger, ImportedOrder *order)
{
	HeapTuple	row = trigger->tg_trigtuple;
	bool		isnull;
	bool		unconfirmed;
	bool		live;

	order->id = DatumGetUUIDP(wms_trigger_value(trigger, row, "id", UUIDOID, &isnull));
	order->status = TextDatumGetCString(wms_trigger_value(trigger, row, "status", TEXTOID, &isnull));
	order->total = DatumGetNumeric(wms_trigger_value(trigger, row, "total", NUMERICOID, &isnull));
	if (strcmp(order->status, "refunded") == 0)
		order->total = int64_to_numeric(0);
	order->user_id = optional_uuid(trigger, "user_id");
	order->agent_id = optional_uuid(trigger, "agent_id");
	order->confirmed_at = DatumGetTimestampTz(wms_trigger_value(trigger, row, "confirmed_at", TIMESTAMPTZOID, &unconfirmed));
	(void) wms_trigger_value(trigger, row, "cancelled_at", TIMESTAMPTZOID, &live);
	order->counts = !unconfirmed && live;
}

/* Held for somebody else's order of this id: shipping this one would sell what none of its lines asks for. */
static void
refuse_foreign_holds(const pg_uuid_t *order_id)
{
	Datum		value = UUIDPGetDatum(order_id);

	wms_read_latest(&read_foreign_holds, &value);
	if (wms_value_int64(0, 1) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
				 errmsg("order %s cannot be imported: stock is held under its id", wms_uuid_text(order_id)),
				 errdetail(INT64_FORMAT " units are held for it.", wms_value_int64(0, 1)),
				 errhint("Call wms_release_reservations('order', id) first, or import it under another id.")));
}

void
wms_order_import(TriggerData *trigger)
{
	WmsTriggerWork work;
	ImportedOrder order;

	read_order(trigger, &order);
	wms_trigger_work_begin(&work);
	refuse_foreign_holds(order.id);
	wms_order_history_add(order.id, order.status, NULL, wms_clock());
	if (order.counts && order.agent_id != NULL)
		wms_targets_count(order.agent_id, order.confirmed_at, order.total, 1);
	if (order.counts && order.user_id != NULL)
		wms_profile_count(order.user_id, order.total, 1);
	wms_trigger_work_end(&work);
}

/*
 * Status rows are never updated, so the transaction that wrote the only one is the one that imported the
 * order; whatever a command does to an order past pending writes a second one.
 */
bool
wms_order_is_fresh_import(const pg_uuid_t *order_id)
{
	Datum		values[1] = {UUIDPGetDatum(order_id)};
	bool		isnull;

	return wms_read_latest(&read_status_rows, values) == 1 &&
		TransactionIdIsCurrentTransactionId(DatumGetTransactionId(wms_value(0, 1, &isnull)));
}
