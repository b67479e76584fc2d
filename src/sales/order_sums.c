/*
 * order_sums.c
 *		The lines of an order add up to its subtotal when the transaction commits.
 *
 * The deferred trigger cannot tell whose statement queued it.  So the guards, which can, note the orders
 * that were changed directly, and the trigger checks only these: wms's own statements pay a look at an
 * empty list.
 *
 * Takes no locks: the orders were locked when they were noted.
 */
#include "postgres.h"

#include "sales/order_sums.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "support/args.h"
#include "support/trigger.h"
#include "support/trigger_work.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(wms_check_order_sums);

typedef struct NotedOrder
{
	pg_uuid_t	id;				/* the key, so it stands first */
	bool		checked;		/* since it was changed last, and for good */
} NotedOrder;

/* The orders changed directly in this transaction; NULL while there are none. Lives in its memory. */
static HTAB *noted = NULL;
static MemoryContextCallback forget_callback;

static WmsPlan read_sums = WMS_PLAN(
	"SELECT o.order_number, o.subtotal, s.total, s.wrong[1]"
	"  FROM sales.orders o,"
	"       LATERAL (SELECT sum(i.total_price) AS total,"
	"                       array_agg(format('Line %s is %s x %s, but its total_price is %s.',"
	"                                        i.line_number, i.quantity, i.unit_price, i.total_price)"
	"                                 ORDER BY i.line_number)"
	"                       FILTER (WHERE i.total_price <> round(i.quantity * i.unit_price, 2)) AS wrong"
	"                  FROM sales.order_items i WHERE i.order_id = o.id) s"
	" WHERE o.id = $1 AND (s.total <> o.subtotal OR s.wrong IS NOT NULL)",
	UUIDOID);

static void
forget(void *arg)
{
	noted = NULL;
}

static void
begin_list(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(pg_uuid_t);
	control.entrysize = sizeof(NotedOrder);
	control.hcxt = TopTransactionContext;
	noted = hash_create("wms orders changed directly", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	forget_callback.func = forget;
	MemoryContextRegisterResetCallback(TopTransactionContext, &forget_callback);
}

void
wms_order_sums_note(const pg_uuid_t *order_id)
{
	NotedOrder *order;

	if (noted == NULL)
		begin_list();
	order = hash_search(noted, order_id, HASH_ENTER, NULL);
	order->checked = false;
}

static void
refuse_sums(TriggerData *trigger)
{
	char	   *wrong_line = wms_value_text(0, 4);

	if (wrong_line != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("a line of order %s is not its quantity times its unit price", wms_value_text(0, 1)),
				 errdetail("%s", wrong_line),
				 errhint("Set total_price to round(quantity * unit_price, 2)."),
				 errtableconstraint(trigger->tg_relation, trigger->tg_trigger->tgname)));
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("lines of order %s do not add up to its subtotal", wms_value_text(0, 1)),
			 errdetail("The lines add up to %s, the subtotal is %s.", wms_value_text(0, 3), wms_value_text(0, 2)),
			 errhint("Change subtotal and total of the order in the same transaction as its lines."),
			 errtableconstraint(trigger->tg_relation, trigger->tg_trigger->tgname)));
}

/*
 * A check inside of a subtransaction may be undone with it, and the trigger fires again; only one outside of
 * all stands for the other rows of the order, of which there may be thousands.
 */
static void
check_order(TriggerData *trigger, NotedOrder *order)
{
	WmsTriggerWork work;
	Datum		values[1] = {UUIDPGetDatum(&order->id)};

	wms_trigger_work_begin(&work);
	if (wms_read_latest(&read_sums, values) > 0)
		refuse_sums(trigger);
	wms_trigger_work_end(&work);
	order->checked = GetCurrentTransactionNestLevel() == 1;
}

static void
check_order_of(TriggerData *trigger, HeapTuple row)
{
	bool		isnull;
	bool		of_order = wms_trigger_is_on(trigger, "sales", "orders");
	Datum		id = wms_trigger_value(trigger, row, of_order ? "id" : "order_id", UUIDOID, &isnull);
	NotedOrder *order = hash_search(noted, DatumGetUUIDP(id), HASH_FIND, NULL);

	if (order != NULL && !order->checked)
		check_order(trigger, order);
}

/* Raises 23514 when the lines of an order that was changed directly do not add up. */
Datum
wms_check_order_sums(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE |
											WMS_ON_DELETE);

	if (!wms_trigger_is_on(trigger, "sales", "orders") && !wms_trigger_is_on(trigger, "sales", "order_items"))
		wms_trigger_refuse_table(trigger, "sales.orders and sales.order_items");
	if (noted == NULL)
		return PointerGetDatum(NULL);
	check_order_of(trigger, trigger->tg_trigtuple);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		check_order_of(trigger, trigger->tg_newtuple);
	return PointerGetDatum(NULL);
}
