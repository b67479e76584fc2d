/*
 * customer_summary.c
 *		wms_customer_summary(): one customer as a whole.
 *
 * Takes no locks; reads as the caller, so that a customer he may not see is one who is not there.
 */
#include "postgres.h"

#include "fmgr.h"
#include "pgtime.h"
#include "support/args.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/settings.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(wms_customer_summary);

#define DEFAULT_ADDRESS \
	"(SELECT to_jsonb(x) FROM (SELECT a.id, a.label, a.recipient_name, a.phone, a.address_line1, a.address_line2, " \
	"   a.city, a.state, a.postcode, a.country FROM crm.addresses a WHERE a.user_id = u.id AND a.is_default) x)"

/* $2 is the zone of business dates. */
#define SUMMARY(private) \
	"SELECT to_jsonb(whole) FROM (" \
	"SELECT u.id AS user_id, u.email, u.first_name, u.last_name, u.phone, u.status," \
	"       coalesce(p.customer_group, 'regular') AS customer_group, " private \
	"       coalesce(p.total_orders, 0) AS total_orders, coalesce(p.total_spent, 0.00) AS total_spent," \
	"       CASE WHEN p.total_orders > 0 THEN round(p.total_spent / p.total_orders, 2) END AS average_order," \
	"       o.first_order_on, o.last_order_on, o.open_orders, " DEFAULT_ADDRESS " AS default_address," \
	"       (SELECT count(*) FROM crm.addresses a WHERE a.user_id = u.id) AS addresses," \
	"       (SELECT count(*) FROM crm.wishlists w WHERE w.user_id = u.id) AS wishlist" \
	"  FROM auth.users u" \
	"  LEFT JOIN crm.customer_profiles p ON p.user_id = u.id" \
	" CROSS JOIN LATERAL (SELECT min(x.confirmed_on) AS first_order_on, max(x.confirmed_on) AS last_order_on," \
	"       count(*) FILTER (WHERE x.status IN ('pending', 'confirmed', 'processing', 'packed', 'shipped')) AS open_orders" \
	"  FROM (SELECT s.status, CASE WHEN s.cancelled_at IS NULL THEN (s.confirmed_at AT TIME ZONE $2)::date END AS confirmed_on" \
	"          FROM sales.orders s WHERE s.user_id = u.id) x) o" \
	" WHERE u.id = $1) whole"

/* Tags, like notes, are the staff's. */
static WmsPlan summary = WMS_PLAN(SUMMARY("coalesce(p.tags, '{}') AS tags,"), UUIDOID, TEXTOID);
static WmsPlan public_summary = WMS_PLAN(SUMMARY(""), UUIDOID, TEXTOID);

static WmsPlan may_read_private = WMS_PLAN_NO_ARGS(
	"SELECT has_column_privilege('crm.customer_profiles', 'tags', 'SELECT')");

/* wms_customer_summary(user_id uuid) → jsonb; raises WM004 */
Datum
wms_customer_summary(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *user_id = wms_arg_uuid(fcinfo, 0, "user_id");
	Datum		values[] = {UUIDPGetDatum(user_id), CStringGetTextDatum(pg_get_timezone_name(wms_timezone()))};
	Datum		result;
	bool		isnull;

	wms_query_begin();
	wms_read(&may_read_private, NULL, NULL);
	if (wms_read(wms_value_bool(0, 1) ? &summary : &public_summary, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WMS_OBJECT_NOT_FOUND),
				 errmsg("there is no customer %s", wms_uuid_text(user_id)),
				 errhint("The customers are in auth.users.")));
	result = wms_result_copy(wms_value(0, 1, &isnull), JSONBOID);
	wms_query_end();
	return result;
}
