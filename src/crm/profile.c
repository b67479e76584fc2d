/*
 * profile.c
 *		Customer profiles: they appear with the first order and count what was confirmed.
 *
 * Locks: the row of crm.customer_profiles, last of all, since every order of a customer meets there.
 */
#include "postgres.h"

#include "crm/profile.h"

#include "support/plans.h"

static WmsPlan appear = WMS_PLAN(
	"INSERT INTO crm.customer_profiles (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING",
	UUIDOID);

static WmsPlan count_order = WMS_PLAN(
	"INSERT INTO crm.customer_profiles AS p (user_id, total_orders, total_spent) VALUES ($1, $3, $2 * $3)"
	"    ON CONFLICT (user_id) DO UPDATE"
	"   SET total_orders = p.total_orders + EXCLUDED.total_orders,"
	"       total_spent = p.total_spent + EXCLUDED.total_spent,"
	"       updated_at = CURRENT_TIMESTAMP",
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
	" WHERE p.user_id = $1",
	UUIDOID, NUMERICOID);

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

	wms_run(sign > 0 ? &count_order : &discount_order, values, NULL);
}

void
wms_profile_adjust(const pg_uuid_t *user_id, Numeric change)
{
	Datum		values[] = {UUIDPGetDatum(user_id), NumericGetDatum(change)};

	wms_run(&adjust_spent, values, NULL);
}
