/*
 * profile.c
 *		Customer profiles: they appear with the first order and count what was confirmed.
 *
 * Locks: the row of crm.customer_profiles, last of all, since every order of a customer meets there.
 */
#include "postgres.h"

#include "crm/profile.h"

#include "support/args.h"
#include "support/plans.h"

static WmsPlan appear = WMS_PLAN(
	"INSERT INTO crm.customer_profiles (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING",
	UUIDOID);

#define IN_RANGE(change) "p.total_spent + " change " < 10000000000"

static WmsPlan count_order = WMS_PLAN(
	"INSERT INTO crm.customer_profiles AS p (user_id, total_orders, total_spent) VALUES ($1, $3, $2 * $3)"
	"    ON CONFLICT (user_id) DO UPDATE"
	"   SET total_orders = p.total_orders + EXCLUDED.total_orders,"
	"       total_spent = p.total_spent + EXCLUDED.total_spent,"
	"       updated_at = CURRENT_TIMESTAMP"
	" WHERE " IN_RANGE("EXCLUDED.total_spent"),
	UUIDOID, NUMERICOID, INT4OID);

static WmsPlan discount_order = WMS_PLAN(
	"UPDATE crm.customer_profiles p"
	"   SET total_orders = p.total_orders - 1, total_spent = p.total_spent - $2,"
	"       updated_at = CURRENT_TIMESTAMP"
	" WHERE p.user_id = $1",
	UUIDOID, NUMERICOID);

static WmsPlan adjust_spent = WMS_PLAN(
	"UPDATE crm.customer_profiles p"
	"   SET total_spent = p.total_spent + $2, updated_at = CURRENT_TIMESTAMP"
	" WHERE p.user_id = $1 AND " IN_RANGE("$2"),
	UUIDOID, NUMERICOID);

static WmsPlan find_too_much = WMS_PLAN(
	"SELECT p.total_spent, p.total_spent + $2 FROM crm.customer_profiles p"
	" WHERE p.user_id = $1 AND NOT " IN_RANGE("$2"),
	UUIDOID, NUMERICOID);

/* Where nothing was written: because there is no profile, or because it cannot hold as much. */
static void
refuse_too_much(Datum *user_and_amount)
{
	if (wms_run(&find_too_much, user_and_amount, NULL) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("total_spent of user %s is out of range", wms_uuid_text(DatumGetUUIDP(user_and_amount[0]))),
			 errdetail("It is %s and would be %s; the most is 9999999999.99.", wms_value_text(0, 1), wms_value_text(0, 2)),
			 errhint("Let the customer buy under another user.")));
}

void
wms_profile_appear(const pg_uuid_t *user_id)
{
	Datum		value = UUIDPGetDatum(user_id);

	wms_run(&appear, &value, NULL);
}

void
wms_profile_count(const pg_uuid_t *user_id, Numeric amount, int sign)
{
	Datum		values[] = {UUIDPGetDatum(user_id), NumericGetDatum(amount), Int32GetDatum(1)};

	if (wms_run(sign > 0 ? &count_order : &discount_order, values, NULL) == 0 && sign > 0)
		refuse_too_much(values);
}

void
wms_profile_adjust(const pg_uuid_t *user_id, Numeric change)
{
	Datum		values[] = {UUIDPGetDatum(user_id), NumericGetDatum(change)};

	if (wms_run(&adjust_spent, values, NULL) == 0)
		refuse_too_much(values);
}
