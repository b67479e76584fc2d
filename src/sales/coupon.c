/*
 * coupon.c
 *		Coupons: whether one applies, its use, and giving it back.
 *
 * Locks: the row of sales.coupons FOR NO KEY UPDATE, before products and stock.  Limits are judged under it,
 * and every use updates it, so that a stale sum fails above READ COMMITTED too.  Looking one up locks nothing.
 */
#include "postgres.h"

#include "sales/coupon.h"

#include "support/args.h"
#include "support/errors.h"
#include "support/plans.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define COUPON_AT(instant) \
	"SELECT c.id, c.code, c.min_order_amount, c.is_active," \
	"       coalesce(c.starts_at > " instant ", false), coalesce(c.expires_at <= " instant ", false)," \
	"       c.used_count, c.usage_limit, c.per_customer_limit" \
	"  FROM sales.coupons c WHERE lower(c.code) = lower($1) AND c.deleted_at IS NULL"

static WmsPlan lock_coupon = WMS_PLAN(COUPON_AT("clock_timestamp()") " FOR NO KEY UPDATE", TEXTOID);
static WmsPlan look_at_coupon = WMS_PLAN(COUPON_AT("clock_timestamp()"), TEXTOID);
static WmsPlan query_coupon = WMS_PLAN(COUPON_AT("statement_timestamp()"), TEXTOID);

static WmsPlan count_uses = WMS_PLAN(
	"SELECT count(*) FROM ("
	"       SELECT r.id FROM sales.coupon_redemptions r"
	"        WHERE r.coupon_id = $1 AND r.user_id = $2 AND r.reversed_at IS NULL"
	"        UNION"
	"       SELECT r.id FROM sales.coupon_redemptions r"
	"        WHERE r.coupon_id = $1 AND lower(r.email) = lower($3) AND r.reversed_at IS NULL) uses",
	UUIDOID, UUIDOID, TEXTOID);

static WmsPlan write_redemption = WMS_PLAN(
	"WITH used AS (UPDATE sales.coupons c SET used_count = c.used_count + 1, updated_at = CURRENT_TIMESTAMP"
	"               WHERE c.id = $1)"
	"INSERT INTO sales.coupon_redemptions (coupon_id, order_id, user_id, email, discount_amount)"
	" VALUES ($1, $2, $3, $4, $5)",
	UUIDOID, UUIDOID, UUIDOID, TEXTOID, NUMERICOID);

static WmsPlan read_coupon_of_order = WMS_PLAN(
	"SELECT c.id, c.code, c.min_order_amount"
	"  FROM sales.coupon_redemptions r JOIN sales.coupons c ON c.id = r.coupon_id"
	" WHERE r.order_id = $1 AND r.reversed_at IS NULL",
	UUIDOID);

static WmsPlan adjust_redemption = WMS_PLAN(
	"UPDATE sales.coupon_redemptions r SET discount_amount = $2 WHERE r.order_id = $1 AND r.reversed_at IS NULL",
	UUIDOID, NUMERICOID);

static WmsPlan lock_coupon_of_order = WMS_PLAN(
	"SELECT c.id FROM sales.coupons c"
	" WHERE c.id = (SELECT r.coupon_id FROM sales.coupon_redemptions r"
	"                WHERE r.order_id = $1 AND r.reversed_at IS NULL)"
	"   FOR NO KEY UPDATE",
	UUIDOID);

static WmsPlan reverse_redemption = WMS_PLAN(
	"WITH back AS (UPDATE sales.coupon_redemptions r SET reversed_at = clock_timestamp()"
	"               WHERE r.order_id = $1 AND r.reversed_at IS NULL RETURNING r.coupon_id)"
	"UPDATE sales.coupons c SET used_count = c.used_count - 1, updated_at = CURRENT_TIMESTAMP"
	"  FROM back b WHERE c.id = b.coupon_id",
	UUIDOID);

void
wms_coupon_refuse(const char *code, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_WMS_COUPON_NOT_APPLICABLE),
			 errmsg("coupon \"%s\" does not apply", wms_shown(code)),
			 errdetail_internal("%s", why),
			 errhint("Order without the coupon, or with another one.")));
}

/* Why the customer may not use the coupon once more; NULL when he may. */
static const char *
judge_customer(WmsCoupon *coupon, const WmsCouponUse *use, int64 limit)
{
	Datum		values[3];
	bool		nulls[3] = {false};
	int64		uses;

	if (use->stranger)
		return "It is limited per customer, and the caller cannot say who this one is.";
	if (use->user_id == NULL && use->email == NULL)
	{
		coupon->wants_customer = true;
		return use->customer_later ? NULL :
			"It is limited per customer, and neither a user nor an e-mail address is named.";
	}
	values[0] = UUIDPGetDatum(&coupon->id);
	values[1] = wms_uuid_param(use->user_id, &nulls[1]);
	values[2] = wms_text_param(use->email, &nulls[2]);
	(use->query ? wms_read : wms_run) (&count_uses, values, nulls);
	uses = wms_value_int64(0, 1);
	if (uses < limit)
		return NULL;
	return psprintf("This customer has used it " INT64_FORMAT " of " INT64_FORMAT " times.", uses, limit);
}

/* Reads the coupon that is in SPI_tuptable; returns why it does not apply, NULL when it does. */
static const char *
judge(WmsCoupon *coupon, const WmsCouponUse *use)
{
	bool		isnull;
	bool		no_customer_limit;
	Datum		minimum;

	coupon->id = *DatumGetUUIDP(wms_value(0, 1, &isnull));
	coupon->code = wms_value_text(0, 2);
	minimum = wms_value(0, 3, &isnull);
	coupon->min_order_amount = isnull ? NULL : DatumGetNumeric(minimum);
	if (!wms_value_bool(0, 4))
		return "It is not active.";
	if (wms_value_bool(0, 5))
		return "It is not valid yet.";
	if (wms_value_bool(0, 6))
		return "It has expired.";
	(void) wms_value(0, 8, &isnull);
	if (!isnull && wms_value_int64(0, 7) >= wms_value_int64(0, 8))
		return psprintf("All " INT64_FORMAT " uses are taken.", wms_value_int64(0, 8));
	(void) wms_value(0, 9, &no_customer_limit);
	return no_customer_limit ? NULL : judge_customer(coupon, use, wms_value_int64(0, 9));
}

/* The coupon by one of the plans; *why is set where it does not apply. */
static WmsCoupon *
find_coupon(WmsPlan *plan, const WmsCouponUse *use, const char **why)
{
	WmsCoupon  *coupon = palloc0(sizeof(WmsCoupon));
	Datum		value = CStringGetTextDatum(use->code);

	coupon->code = pstrdup(use->code);
	*why = (use->query ? wms_read : wms_run) (plan, &value, NULL) == 0 ? "There is no such coupon." :
		judge(coupon, use);
	return coupon;
}

WmsCoupon *
wms_coupon_lock(const WmsCouponUse *use)
{
	const char *why;
	WmsCoupon  *coupon = find_coupon(&lock_coupon, use, &why);

	if (why != NULL)
		wms_coupon_refuse(coupon->code, why);
	return coupon;
}

WmsCoupon *
wms_coupon_look_up(const WmsCouponUse *use, const char **why)
{
	WmsCoupon  *coupon = find_coupon(use->query ? &query_coupon : &look_at_coupon, use, why);

	return *why == NULL ? coupon : NULL;
}

const char *
wms_coupon_subtotal_refusal(const WmsCoupon *coupon, Numeric subtotal)
{
	if (coupon->min_order_amount == NULL ||
		DatumGetBool(DirectFunctionCall2(numeric_ge, NumericGetDatum(subtotal),
										 NumericGetDatum(coupon->min_order_amount))))
		return NULL;
	return psprintf("It needs an order of at least %s; the subtotal is %s.",
					numeric_normalize(coupon->min_order_amount), numeric_normalize(subtotal));
}

void
wms_coupon_check_subtotal(const WmsCoupon *coupon, Numeric subtotal)
{
	const char *why = wms_coupon_subtotal_refusal(coupon, subtotal);

	if (why != NULL)
		wms_coupon_refuse(coupon->code, why);
}

void
wms_coupon_redeem(const WmsCoupon *coupon, const pg_uuid_t *order_id, const pg_uuid_t *user_id,
				  const char *email, Numeric discount)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = UUIDPGetDatum(&coupon->id);
	values[1] = UUIDPGetDatum(order_id);
	values[2] = wms_uuid_param(user_id, &nulls[2]);
	values[3] = wms_text_param(email, &nulls[3]);
	values[4] = NumericGetDatum(discount);
	wms_run_exactly(&write_redemption, values, nulls, 1);
}

void
wms_coupon_give_back(const pg_uuid_t *order_id)
{
	Datum		value = UUIDPGetDatum(order_id);

	if (wms_run(&lock_coupon_of_order, &value, NULL) > 0)
		wms_run_exactly(&reverse_redemption, &value, NULL, 1);
}

WmsCoupon *
wms_coupon_of_order(const pg_uuid_t *order_id)
{
	Datum		value = UUIDPGetDatum(order_id);
	WmsCoupon  *coupon;
	bool		isnull;

	if (wms_run(&read_coupon_of_order, &value, NULL) == 0)
		return NULL;
	coupon = palloc0(sizeof(WmsCoupon));
	coupon->id = *DatumGetUUIDP(wms_value(0, 1, &isnull));
	coupon->code = wms_value_text(0, 2);
	value = wms_value(0, 3, &isnull);
	coupon->min_order_amount = isnull ? NULL : DatumGetNumeric(value);
	return coupon;
}

void
wms_coupon_adjust(const pg_uuid_t *order_id, Numeric discount)
{
	Datum		values[] = {UUIDPGetDatum(order_id), NumericGetDatum(discount)};

	wms_run_exactly(&adjust_redemption, values, NULL, 1);
}
