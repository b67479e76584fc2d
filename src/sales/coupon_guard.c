/*
 * coupon_guard.c
 *		What a coupon allows each customer is not lowered below what customers have used.
 *
 * Locks: the coupon is locked by the UPDATE that fired the trigger, and so does who redeems it; the uses are
 * counted then.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "support/errors.h"
#include "support/guard.h"
#include "support/trigger_work.h"
#include "utils/builtins.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(wms_guard_coupon_limit);

/* The customer with the most uses of the coupon, if more than $2; one with an account has its e-mail as well. */
static WmsPlan most_uses = WMS_PLAN(
	"SELECT max(k.uses)::bigint, count(*)::bigint"
	"  FROM (SELECT count(DISTINCT r.id) AS uses"
	"          FROM sales.coupon_redemptions r"
	"          CROSS JOIN LATERAL (VALUES (r.user_id::text), (lower(r.email))) AS c(customer)"
	"         WHERE r.coupon_id = $1 AND r.reversed_at IS NULL AND c.customer IS NOT NULL"
	"         GROUP BY c.customer) k"
	" WHERE k.uses > $2",
	UUIDOID, INT4OID);

/* Of coupons: refuses, with WM092, a per_customer_limit below what a customer has used. */
Datum
wms_guard_coupon_limit(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_UPDATE);
	WmsTriggerWork work;
	Datum		values[2];
	bool		isnull;
	char	   *code;

	wms_trigger_require_table(trigger, "sales", "coupons");
	if (wms_guard_lets_pass(trigger) || !wms_trigger_changes(trigger, "per_customer_limit"))
		return PointerGetDatum(NULL);
	code = TextDatumGetCString(wms_trigger_value(trigger, trigger->tg_newtuple, "code", TEXTOID, &isnull));
	values[0] = wms_trigger_value(trigger, trigger->tg_newtuple, "id", UUIDOID, &isnull);
	values[1] = wms_trigger_value(trigger, trigger->tg_newtuple, "per_customer_limit", INT4OID, &isnull);
	if (isnull)
		return PointerGetDatum(NULL);
	wms_trigger_work_begin(&work);
	wms_read_latest(&most_uses, values);
	if (wms_value_int64(0, 2) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_DIRECT_CHANGE_REFUSED),
				 errmsg("per_customer_limit of coupon \"%s\" cannot be below what was used", code),
				 errdetail("It would be %d; a customer has used the coupon " INT64_FORMAT " times.",
						   DatumGetInt32(values[1]), wms_value_int64(0, 1)),
				 errhint("End the coupon with expires_at or is_active, and make another one with the new limit."),
				 errtablecol(trigger->tg_relation, wms_trigger_column(trigger, "per_customer_limit"))));
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}
