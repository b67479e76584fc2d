/*
 * order_status_table.c
 *		The statuses of an order and the closed table of what may follow what.
 *
 * The only place that knows it: the commands ask here, wms_order_transitions() shows it.
 */
#include "postgres.h"

#include "sales/order_status_table.h"

#include "lib/stringinfo.h"

static const char *const after_pending[] = {"confirmed", "cancelled", NULL};
static const char *const after_confirmed[] = {"processing", "cancelled", NULL};
static const char *const after_processing[] = {"packed", "cancelled", NULL};
static const char *const after_packed[] = {"shipped", "cancelled", NULL};
static const char *const after_shipped[] = {"delivered", "refunded", NULL};
static const char *const after_delivered[] = {"refunded", NULL};
static const char *const after_cancelled[] = {"refunded", NULL};
static const char *const after_refunded[] = {NULL};

const WmsOrderStatus wms_order_statuses[] = {
	{"pending", WMS_BY_NOBODY, NULL, NULL, after_pending},
	{"confirmed", WMS_BY_COMMAND, "wms_confirm_order", "confirmed_at", after_confirmed},
	{"processing", WMS_BY_COMMAND, "wms_process_order", NULL, after_processing},
	{"packed", WMS_BY_COMMAND, "wms_pack_order", NULL, after_packed},
	{"shipped", WMS_BY_COMMAND, "wms_ship_order", "shipped_at", after_shipped},
	{"delivered", WMS_BY_COMMAND, "wms_deliver_order", "delivered_at", after_delivered},
	{"cancelled", WMS_BY_COMMAND, "wms_cancel_order", "cancelled_at", after_cancelled},
	{"refunded", WMS_BY_REFUND, "wms_refund_order", NULL, after_refunded},
};

const int	wms_order_status_count = lengthof(wms_order_statuses);

const WmsOrderStatus *
wms_order_status(const char *name)
{
	for (int i = 0; i < wms_order_status_count; i++)
	{
		if (strcmp(wms_order_statuses[i].name, name) == 0)
			return &wms_order_statuses[i];
	}
	return NULL;
}

bool
wms_order_transition_allowed(const char *from, const char *to)
{
	const WmsOrderStatus *status = wms_order_status(from);

	if (status == NULL)
		return false;
	for (const char *const *next = status->next; *next != NULL; next++)
	{
		if (strcmp(*next, to) == 0)
			return true;
	}
	return false;
}

char *
wms_order_next_statuses(const char *from)
{
	const WmsOrderStatus *status = wms_order_status(from);
	StringInfoData names;

	if (status == NULL || status->next[0] == NULL)
		return pstrdup("none");
	initStringInfo(&names);
	for (const char *const *next = status->next; *next != NULL; next++)
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", *next);
	return names.data;
}
