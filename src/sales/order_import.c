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
#include "executor/spi.h"
#include "support/actor.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/plans.h"
#include "support/trigger_work.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

typedef struct ImportedOrder
{
	Datum		id;
	char	   *status;
	Datum		total;			/* what it counts for: 0 once refunded */
	pg_uuid_t  *user_id;		/* NULL for a guest */
	pg_uuid_t  *agent_id;		/* NULL without one */
	bool		counts;			/* confirmed, and not cancelled */
	TimestampTz confirmed_at;
} ImportedOrder;

static WmsPlan write_status = WMS_PLAN(
	"INSERT INTO sales.order_status_history (order_id, status, created_by, created_at) VALUES ($1, $2, $3, $4)",
	UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

static WmsPlan read_status_rows = WMS_PLAN(
	"SELECT h.xmin FROM sales.order_status_history h WHERE h.order_id = $1 LIMIT 2",
	UUIDOID);

static WmsPlan lock_agent = WMS_PLAN(
	"SELECT FROM agent.agents a WHERE a.id = $1 FOR KEY SHARE",
	UUIDOID);

static WmsPlan lock_targets = WMS_PLAN(
	"SELECT FROM agent.targets t WHERE t.agent_id = $1 AND $2 BETWEEN t.period_start AND t.period_end"
	" ORDER BY t.id FOR NO KEY UPDATE",
	UUIDOID, DATEOID);

static WmsPlan find_targets = WMS_PLAN(
	"SELECT FROM agent.targets t WHERE t.agent_id = $1 AND $2 BETWEEN t.period_start AND t.period_end",
	UUIDOID, DATEOID);

static WmsPlan count_for_targets = WMS_PLAN(
	"UPDATE agent.targets t"
	"   SET achieved_amount = t.achieved_amount + $3,"
	"       achieved_orders = t.achieved_orders + 1,"
	"       updated_at = CURRENT_TIMESTAMP"
	" WHERE t.agent_id = $1 AND $2 BETWEEN t.period_start AND t.period_end",
	UUIDOID, DATEOID, NUMERICOID);

static WmsPlan count_for_customer = WMS_PLAN(
	"INSERT INTO crm.customer_profiles AS p (user_id, total_orders, total_spent) VALUES ($1, 1, $2)"
	"    ON CONFLICT (user_id) DO UPDATE"
	"   SET total_orders = p.total_orders + 1,"
	"       total_spent = p.total_spent + EXCLUDED.total_spent,"
	"       updated_at = CURRENT_TIMESTAMP",
	UUIDOID, NUMERICOID);

static pg_uuid_t *
optional_uuid(TriggerData *trigger, const char *column)
{
	bool		isnull;
	Datum		value = wms_trigger_value(trigger, trigger->tg_trigtuple, column, &isnull);

	return isnull ? NULL : DatumGetUUIDP(value);
}

static void
read_order(TriggerData *trigger, ImportedOrder *order)
{
	HeapTuple	row = trigger->tg_trigtuple;
	bool		isnull;
	bool		unconfirmed;
	bool		live;

	order->id = wms_trigger_value(trigger, row, "id", &isnull);
	order->status = TextDatumGetCString(wms_trigger_value(trigger, row, "status", &isnull));
	order->total = wms_trigger_value(trigger, row, "total", &isnull);
	if (strcmp(order->status, "refunded") == 0)
		order->total = DirectFunctionCall1(int4_numeric, Int32GetDatum(0));
	order->user_id = optional_uuid(trigger, "user_id");
	order->agent_id = optional_uuid(trigger, "agent_id");
	order->confirmed_at = DatumGetTimestampTz(wms_trigger_value(trigger, row, "confirmed_at", &unconfirmed));
	(void) wms_trigger_value(trigger, row, "cancelled_at", &live);
	order->counts = !unconfirmed && live;
}

static void
write_first_status(const ImportedOrder *order)
{
	Datum		values[4];
	bool		nulls[4] = {false};

	values[0] = order->id;
	values[1] = CStringGetTextDatum(order->status);
	values[2] = wms_uuid_param(wms_actor(), &nulls[2]);
	values[3] = TimestampTzGetDatum(wms_clock());
	wms_run(&write_status, values, nulls);
}

/*
 * A total counts on the business date of the confirmation.  A target that was set after the snapshot of the
 * transaction did not count the order and would not be found here: only a new transaction can put that right.
 */
static void
count_towards_targets(const ImportedOrder *order)
{
	Datum		values[3];
	uint64		locked;

	values[0] = UUIDPGetDatum(order->agent_id);
	values[1] = DateADTGetDatum(wms_business_date(order->confirmed_at));
	values[2] = order->total;
	wms_run(&lock_agent, values, NULL);
	locked = wms_run(&lock_targets, values, NULL);
	if (IsolationUsesXactSnapshot() && wms_read_latest(&find_targets, values) != locked)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to concurrent update"),
				 errdetail("A target of the order's agent was set meanwhile."),
				 errhint("The transaction might succeed if retried.")));
	if (locked > 0)
		wms_run(&count_for_targets, values, NULL);
}

void
wms_order_import(TriggerData *trigger)
{
	WmsTriggerWork work;
	ImportedOrder order;
	Datum		customer[2];

	read_order(trigger, &order);
	wms_trigger_work_begin(&work);
	write_first_status(&order);
	if (order.counts && order.agent_id != NULL)
		count_towards_targets(&order);
	if (order.counts && order.user_id != NULL)
	{
		customer[0] = UUIDPGetDatum(order.user_id);
		customer[1] = order.total;
		wms_run(&count_for_customer, customer, NULL);
	}
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
