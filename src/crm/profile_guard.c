/*
 * profile_guard.c
 *		The totals of a profile that somebody inserts are those of the orders that are there already.
 *
 * The new row is the lock: a confirmation that wants to count its order in this profile waits on the unique
 * key of user_id, and adds to what is written here.
 */
#include "postgres.h"

#include "support/guard.h"
#include "support/trigger_work.h"

PG_FUNCTION_INFO_V1(wms_compute_profile_totals);

static WmsPlan sum_orders =
WMS_PLAN("SELECT count(*)::integer, coalesce(sum(CASE WHEN o.status = 'refunded' THEN 0"
		 "   ELSE greatest(0, o.total - (SELECT coalesce(sum(r.amount - r.overpaid_amount), 0)"
		 "     FROM sales.refunds r WHERE r.order_id = o.id)) END), 0)"
		 " FROM sales.orders o"
		 " WHERE o.user_id = $1 AND o.confirmed_at IS NOT NULL AND o.cancelled_at IS NULL", UUIDOID);

static WmsPlan set_totals =
WMS_PLAN("UPDATE crm.customer_profiles SET total_orders = $2, total_spent = $3"
		 " WHERE user_id = $1 AND (total_orders, total_spent) IS DISTINCT FROM ($2, $3)",
		 UUIDOID, INT4OID, NUMERICOID);

Datum
wms_compute_profile_totals(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_INSERT);
	Datum		values[3];
	bool		isnull;
	WmsTriggerWork work;

	wms_trigger_require_table(trigger, "crm", "customer_profiles");
	if (wms_guard_lets_pass(trigger))
		return PointerGetDatum(NULL);
	values[0] = wms_trigger_value(trigger, trigger->tg_trigtuple, "user_id", UUIDOID, &isnull);
	wms_trigger_work_begin(&work);
	wms_read_latest(&sum_orders, values);
	values[1] = wms_value(0, 1, &isnull);
	values[2] = wms_value(0, 2, &isnull);
	wms_run(&set_totals, values, NULL);
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}
