/*
 * seed_demo_stock.c
 *		Where the goods of the example company lie: warehouses, and deliveries of what the orders will take
 *		and some more.
 *
 * Of goods tracked by batch there are two good batches, at times one that is past its date and one in
 * quarantine.
 */
#include "postgres.h"

#include "ops/seed_demo.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "support/clock.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"

#define LINES_OF_DELIVERY 50

typedef struct Delivery
{
	WmsDemo    *demo;
	FmgrInfo	receive;
	int			warehouse;
	int			number;
	int			line_count;
	StringInfoData lines;
} Delivery;

static const struct
{
	const char *code;
	const char *name;
	const char *type;
	const char *city;
	int			priority;
	int			spare;			/* units at most of an item beyond what is sold */
	int			share;			/* percent of the items that lie there */
}			places[WMS_DEMO_WAREHOUSES] = {
	{"DEMO-MAIN", "Main warehouse", "warehouse", "Shah Alam", 1, 60, 100},
	{"DEMO-SHOP", "Shop in town", "store", "Kuala Lumpur", 2, 15, 70},
	{"DEMO-NORTH", "Northern warehouse", "warehouse", "Ipoh", 3, 30, 40},
};

static WmsPlan write_warehouse = WMS_PLAN(
	"INSERT INTO inventory.warehouses (id, code, name, type, city, country, priority, is_pickup_location)"
	" VALUES ($1, $2, $3, $4, $5, 'Malaysia', $6, $4 = 'store')",
	UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID);

static WmsPlan set_reorder_points = WMS_PLAN(
	"UPDATE inventory.stock_items s"
	"   SET reorder_point = u.reorder_point, reorder_quantity = 4 * u.reorder_point, bin_location = u.bin"
	"  FROM unnest($2, $3, $4) AS u(sku, reorder_point, bin)"
	"  LEFT JOIN catalog.product_variants v ON v.sku = u.sku AND v.deleted_at IS NULL"
	"  LEFT JOIN catalog.products p ON p.sku = u.sku AND p.deleted_at IS NULL"
	" WHERE s.warehouse_id = $1 AND s.product_id = coalesce(v.product_id, p.id)"
	"   AND s.variant_id IS NOT DISTINCT FROM v.id",
	UUIDOID, TEXTARRAYOID, INT4ARRAYOID, TEXTARRAYOID);

static void
make_warehouses(WmsDemo *demo)
{
	for (int i = 0; i < WMS_DEMO_WAREHOUSES; i++)
	{
		Datum		values[6];

		demo->warehouse_ids[i] = wms_demo_uuid();
		values[0] = UUIDPGetDatum(&demo->warehouse_ids[i]);
		values[1] = CStringGetTextDatum(places[i].code);
		values[2] = CStringGetTextDatum(places[i].name);
		values[3] = CStringGetTextDatum(places[i].type);
		values[4] = CStringGetTextDatum(places[i].city);
		values[5] = Int32GetDatum(places[i].priority);
		wms_run(&write_warehouse, values, NULL);
	}
}

/* Receives what the delivery has come to hold, and begins the next one. */
static void
unload(Delivery *delivery)
{
	Datum		values[6] = {0};
	bool		nulls[6] = {false, false, false, true, false, true};

	if (delivery->line_count == 0)
		return;
	delivery->number++;
	appendStringInfoChar(&delivery->lines, ']');
	values[0] = UUIDPGetDatum(&delivery->demo->warehouse_ids[delivery->warehouse]);
	values[1] = DirectFunctionCall1(jsonb_in, CStringGetDatum(delivery->lines.data));
	values[2] = CStringGetTextDatum("purchase");
	values[4] = CStringGetTextDatum(psprintf("Delivery %d", delivery->number));
	(void) wms_demo_call(&delivery->receive, values, nulls);
	resetStringInfo(&delivery->lines);
	delivery->line_count = 0;
}

/* YYYY-MM-DD, whatever DateStyle says */
static char *
iso_date(DateADT date)
{
	char	   *text = palloc(MAXDATELEN + 1);
	struct pg_tm tm = {0};

	j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, text);
	return text;
}

/* A line; of a batch its number and how many days it keeps, batch 0 being none. */
static void
load(Delivery *delivery, const WmsDemoItem *item, int quantity, int batch, int days)
{
	DateADT		today;

	if (quantity <= 0)
		return;
	appendStringInfo(&delivery->lines, "%s{\"sku\": \"%s\", \"quantity\": %d, \"unit_cost\": %.3f",
					 delivery->line_count == 0 ? "[" : ", ", item->sku, quantity, item->cents * 6 / 1000.0);
	if (batch > 0)
	{
		today = wms_business_date(wms_clock());
		appendStringInfo(&delivery->lines,
						 ", \"batch_number\": \"%s/%c%d\", \"manufacturing_date\": \"%s\", \"expiry_date\": \"%s\"",
						 item->sku, 'A' + delivery->warehouse, batch,
						 iso_date(today + days - 400), iso_date(today + days));
	}
	appendStringInfoChar(&delivery->lines, '}');
	if (++delivery->line_count == LINES_OF_DELIVERY)
		unload(delivery);
}

static void
load_item(Delivery *delivery, const WmsDemoItem *item)
{
	WmsDemo    *demo = delivery->demo;
	int			spare = wms_demo_random(demo, 0, places[delivery->warehouse].spare);
	bool		is_there = wms_demo_chance(demo, places[delivery->warehouse].share);
	int			quantity = item->demand[delivery->warehouse] + (is_there ? spare : 0);

	if (!item->batch_tracked)
	{
		load(delivery, item, quantity, 0, 0);
		return;
	}
	load(delivery, item, quantity / 2, 1, wms_demo_random(demo, 20, 60));
	load(delivery, item, quantity - quantity / 2, 2, wms_demo_random(demo, 150, 390));
	if (wms_demo_chance(demo, 30))
		load(delivery, item, wms_demo_random(demo, 1, 12), 3, -wms_demo_random(demo, 1, 30));
}

/* When to order more, and where to look. */
static void
mark_shelves(WmsDemo *demo, int warehouse)
{
	WmsColumn  *columns[] = {wms_column(TEXTOID), wms_column(INT4OID), wms_column(TEXTOID)};
	Datum		values[4];

	for (int i = 0; i < demo->item_count; i++)
	{
		if (!demo->items[i].is_stocked)
			continue;
		wms_column_add_text(columns[0], demo->items[i].sku);
		wms_column_add_int(columns[1], wms_demo_random(demo, 2, 12) / (warehouse + 1));
		wms_column_add_text(columns[2], psprintf("%c-%02d", 'A' + i / 20 % 26, i % 20 + 1));
	}
	values[0] = UUIDPGetDatum(&demo->warehouse_ids[warehouse]);
	for (int c = 0; c < lengthof(columns); c++)
		values[c + 1] = wms_column_array(columns[c]);
	wms_run(&set_reorder_points, values, NULL);
}

void
wms_demo_stock(WmsDemo *demo)
{
	Delivery	delivery = {.demo = demo};

	make_warehouses(demo);
	wms_demo_act_as(&demo->storekeeper_id);
	wms_demo_find(demo, "wms_receive_stock", &delivery.receive);
	initStringInfo(&delivery.lines);
	for (int w = 0; w < WMS_DEMO_WAREHOUSES; w++)
	{
		delivery.warehouse = w;
		for (int i = 0; i < demo->item_count; i++)
		{
			if (demo->items[i].is_stocked)
				load_item(&delivery, &demo->items[i]);
			wms_demo_progress("receiving goods", w * demo->item_count + i, WMS_DEMO_WAREHOUSES * demo->item_count);
		}
		unload(&delivery);
		mark_shelves(demo, w);
	}
}
