/*
 * order_history.c
 *		The append-only account of an order's statuses.
 */
#include "postgres.h"

#include "sales/order_history.h"

#include "sales/order_direct.h"
#include "support/actor.h"
#include "support/args.h"
#include "support/event.h"
#include "support/plans.h"
#include "utils/builtins.h"

static WmsPlan write_status = WMS_PLAN_DIRECT(wms_direct_write_history, wms_unaltered_types,
	"INSERT INTO sales.order_status_history (order_id, status, notes, created_by, created_at)"
	" VALUES ($1, $2, $3, $4, $5) RETURNING order_id = $1 AND status = $2",
	UUIDOID, TEXTOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

void
wms_order_history_add(const pg_uuid_t *order_id, const char *status, const char *notes, TimestampTz instant)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = UUIDPGetDatum(order_id);
	values[1] = CStringGetTextDatum(status);
	values[2] = wms_text_param(notes, &nulls[2]);
	values[3] = wms_uuid_param(wms_actor(), &nulls[3]);
	values[4] = TimestampTzGetDatum(instant);
	wms_run_unaltered(&write_status, values, nulls, 1);
	wms_event_status("order", order_id, status);
}
