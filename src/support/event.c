/*
 * event.c
 *		What happened, for whoever listens by logical decoding.
 *
 * Takes no locks, runs no SQL.
 */
#include "postgres.h"

#include "support/event.h"

#include "access/xlog.h"
#include "lib/stringinfo.h"
#include "replication/message.h"
#include "support/args.h"
#include "support/settings.h"
#include "utils/json.h"

#define PREFIX "wms"

bool
wms_events_wanted(void)
{
	return wms_emit_events && XLogLogicalInfoActive();
}

static void
emit(const StringInfoData *body)
{
#if PG_VERSION_NUM >= 170000
	(void) LogLogicalMessage(PREFIX, body->data, body->len, true, false);
#else
	(void) LogLogicalMessage(PREFIX, body->data, body->len, true);
#endif
}

static void
begin_stock_event(StringInfo body, const char *name, const WmsStockEvent *event)
{
	initStringInfo(body);
	appendStringInfo(body, "{\"event\":\"%s\",\"warehouse_id\":\"%s\",\"product_id\":\"%s\",\"variant_id\":", name,
					 wms_uuid_text(event->warehouse_id), wms_uuid_text(event->product_id));
	if (event->variant_id == NULL)
		appendStringInfoString(body, "null");
	else
		appendStringInfo(body, "\"%s\"", wms_uuid_text(event->variant_id));
}

static void
emit_levels(const WmsStockEvent *event)
{
	StringInfoData body;

	begin_stock_event(&body, "stock", event);
	appendStringInfo(&body, ",\"quantity\":%d,\"reserved\":%d,\"available\":%d}", event->quantity, event->reserved,
					 event->quantity - event->reserved);
	emit(&body);
}

static void
emit_low_stock(const WmsStockEvent *event)
{
	StringInfoData body;

	begin_stock_event(&body, "low_stock", event);
	appendStringInfo(&body, ",\"available\":%d,\"reorder_point\":%d,\"reorder_quantity\":%d}",
					 event->quantity - event->reserved, event->reorder_point, event->reorder_quantity);
	emit(&body);
}

void
wms_event_stock(const WmsStockEvent *event)
{
	int32		before = event->old_quantity - event->old_reserved;
	int32		available = event->quantity - event->reserved;

	if (event->quantity == event->old_quantity && event->reserved == event->old_reserved)
		return;
	emit_levels(event);
	if (event->reorder_point > 0 && before > event->reorder_point && available <= event->reorder_point)
		emit_low_stock(event);
}

void
wms_event_status(const char *what, const pg_uuid_t *id, const char *status)
{
	StringInfoData body;

	if (!wms_events_wanted())
		return;
	initStringInfo(&body);
	appendStringInfo(&body, "{\"event\":\"%s_status\",\"%s_id\":\"%s\",\"status\":", what, what, wms_uuid_text(id));
	escape_json(&body, status);
	appendStringInfoChar(&body, '}');
	emit(&body);
}
