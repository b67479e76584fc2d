/*
 * event.c
 *		What happened, for whoever listens by logical decoding.
 *
 * Takes no locks, runs no SQL.
 */
#include "postgres.h"

#include "support/event.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "replication/message.h"
#include "support/args.h"
#include "support/settings.h"
#include "utils/json.h"
#include "utils/memutils.h"

#define PREFIX "wms"

/* One change of one stock row by this transaction: what was available, and what is. */
typedef struct Level
{
	pg_uuid_t	warehouse_id;
	pg_uuid_t	product_id;
	pg_uuid_t	variant_id;
	bool		has_variant;
	bool		gone;
	int32		before;
	int32		available;
	int32		reorder_point;
	int32		reorder_quantity;
	int			number;			/* in order of time */
	SubTransactionId subtransaction;
} Level;

/* Of the transaction, in order of time; what a subtransaction did stands at the end until that ends. */
static Level *levels = NULL;
static int	level_count = 0;
static int	level_capacity = 0;

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
begin_stock_event(StringInfo body, const char *name, const pg_uuid_t *warehouse_id, const pg_uuid_t *product_id,
				  const pg_uuid_t *variant_id)
{
	initStringInfo(body);
	appendStringInfo(body, "{\"event\":\"%s\",\"warehouse_id\":\"%s\",\"product_id\":\"%s\",\"variant_id\":", name,
					 wms_uuid_text(warehouse_id), wms_uuid_text(product_id));
	if (variant_id == NULL)
		appendStringInfoString(body, "null");
	else
		appendStringInfo(body, "\"%s\"", wms_uuid_text(variant_id));
}

static void
emit_levels(const WmsStockEvent *event)
{
	StringInfoData body;

	begin_stock_event(&body, "stock", event->warehouse_id, event->product_id, event->variant_id);
	appendStringInfo(&body, ",\"quantity\":%d,\"reserved\":%d,\"available\":%d}", event->quantity, event->reserved,
					 event->quantity - event->reserved);
	emit(&body);
}

static void
emit_low_stock(const Level *level)
{
	StringInfoData body;

	begin_stock_event(&body, "low_stock", &level->warehouse_id, &level->product_id,
					  level->has_variant ? &level->variant_id : NULL);
	appendStringInfo(&body, ",\"available\":%d,\"reorder_point\":%d,\"reorder_quantity\":%d}", level->available,
					 level->reorder_point, level->reorder_quantity);
	emit(&body);
}

static int
compare_rows(const Level *a, const Level *b)
{
	int			order = memcmp(a->warehouse_id.data, b->warehouse_id.data, UUID_LEN);

	if (order == 0)
		order = memcmp(a->product_id.data, b->product_id.data, UUID_LEN);
	if (order == 0 && a->has_variant != b->has_variant)
		order = a->has_variant ? -1 : 1;
	if (order == 0 && a->has_variant)
		order = memcmp(a->variant_id.data, b->variant_id.data, UUID_LEN);
	return order;
}

static int
compare_levels(const void *a, const void *b)
{
	const Level *x = a;
	const Level *y = b;
	int			order = compare_rows(x, y);

	return order != 0 ? order : x->number - y->number;
}

/* Whatever happened in between, what others see is the row before the transaction and after it. */
static void
emit_crossings(void)
{
	qsort(levels, level_count, sizeof(Level), compare_levels);
	for (int i = 0; i < level_count; i++)
	{
		const Level *first = &levels[i];
		const Level *last;

		CHECK_FOR_INTERRUPTS();
		while (i + 1 < level_count && compare_rows(first, &levels[i + 1]) == 0)
			i++;
		last = &levels[i];
		if (!last->gone && last->reorder_point > 0 &&
			first->before > last->reorder_point && last->available <= last->reorder_point)
			emit_low_stock(last);
	}
	level_count = 0;
}

static void
at_transaction_event(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			emit_crossings();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			levels = NULL;
			level_count = level_capacity = 0;
			break;
		default:
			break;
	}
}

/* What was rolled back has not happened; what was not is its parent's. */
static void
at_subtransaction_event(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		while (level_count > 0 && levels[level_count - 1].subtransaction == mine)
			level_count--;
	if (event == SUBXACT_EVENT_COMMIT_SUB)
		for (int i = level_count - 1; i >= 0 && levels[i].subtransaction == mine; i--)
			levels[i].subtransaction = parent;
}

static Level *
add_level(void)
{
	static bool registered = false;

	if (!registered)
	{
		RegisterXactCallback(at_transaction_event, NULL);
		RegisterSubXactCallback(at_subtransaction_event, NULL);
		registered = true;
	}
	if (level_count == level_capacity)
	{
		int			capacity = Max(level_capacity * 2, 64);

		levels = levels == NULL ? MemoryContextAlloc(TopTransactionContext, sizeof(Level) * capacity) :
			repalloc_huge(levels, sizeof(Level) * capacity);
		level_capacity = capacity;
	}
	return memset(&levels[level_count], 0, sizeof(Level));
}

static void
note_level(const WmsStockEvent *event)
{
	Level	   *level = add_level();

	level->warehouse_id = *event->warehouse_id;
	level->product_id = *event->product_id;
	level->has_variant = event->variant_id != NULL;
	if (event->variant_id != NULL)
		level->variant_id = *event->variant_id;
	level->gone = event->gone;
	level->before = event->old_quantity - event->old_reserved;
	level->available = event->quantity - event->reserved;
	level->reorder_point = event->reorder_point;
	level->reorder_quantity = event->reorder_quantity;
	level->number = level_count++;
	level->subtransaction = GetCurrentSubTransactionId();
}

void
wms_event_stock(const WmsStockEvent *event)
{
	bool		changed = event->quantity != event->old_quantity || event->reserved != event->old_reserved;

	if (changed)
		emit_levels(event);
	if (changed || event->reorder_point != event->old_reorder_point)
		note_level(event);
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
