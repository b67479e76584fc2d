/*
 * stocktake.c
 *		wms_count_stock(): what was counted of some items of a warehouse becomes what is on hand.
 *
 * Locks: the idempotency key; the warehouse FOR KEY SHARE; the products (items.c); new batches (batch.c); the
 * stock rows, those that are missing created in the same pass, so that two counts of a new item meet; the
 * batches (ledger.c).  Figures are judged under the locks only.
 */
#include "postgres.h"

#include "funcapi.h"
#include "inventory/allocation.h"
#include "inventory/batch.h"
#include "inventory/receipt.h"
#include "inventory/shortage.h"
#include "inventory/stock_row.h"
#include "support/args.h"
#include "support/columns.h"
#include "support/command.h"
#include "support/errors.h"
#include "support/idempotency.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_count_stock);

static WmsPlan read_batch_rows = WMS_PLAN(
	"SELECT u.i, b.quantity, b.reserved_quantity"
	"  FROM unnest($1, $2) AS u(i, batch_id)"
	"  JOIN inventory.stock_item_batches b ON b.warehouse_id = $3 AND b.batch_id = u.batch_id",
	INT4ARRAYOID, UUIDARRAYOID, UUIDOID);

static WmsPlan rows_from_json = WMS_PLAN(
	"SELECT (e.v->>0)::uuid, (e.v->>1)::uuid, (e.v->>2)::uuid, (e.v->>3)::integer, (e.v->>4)::integer"
	"  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS e(v, n) ORDER BY e.n",
	TEXTOID);

/* One line, and what the system says of its item, or of its batch. */
typedef struct Count
{
	const WmsLine *line;
	int64		quantity;
	int64		reserved;
	int32		difference;
} Count;

static int
compare_lines(const void *a, const void *b)
{
	const WmsLine *x = *(const WmsLine *const *) a;
	const WmsLine *y = *(const WmsLine *const *) b;
	int			by_item = wms_item_compare(&x->item, &y->item);

	if (by_item != 0 || x->batch_id == NULL || y->batch_id == NULL)
		return by_item;
	return memcmp(x->batch_id->data, y->batch_id->data, UUID_LEN);
}

static void
refuse_counted_twice(const WmsLines *lines)
{
	const WmsLine **sorted = palloc_extended(sizeof(WmsLine *) * lines->count, MCXT_ALLOC_HUGE);

	for (int i = 0; i < lines->count; i++)
		sorted[i] = &lines->lines[i];
	qsort(sorted, lines->count, sizeof(WmsLine *), compare_lines);
	for (int i = 1; i < lines->count; i++)
	{
		int			first = Min(sorted[i - 1]->number, sorted[i]->number);
		int			second = Max(sorted[i - 1]->number, sorted[i]->number);

		if (compare_lines(&sorted[i - 1], &sorted[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("line %d: \"%s\" is counted twice", second, sorted[i]->item.sku),
					 errdetail("It is counted in line %d already.", first),
					 errhint("Add up what was counted of an item, or of a batch of it, in one line.")));
	}
}

static void
read_batches(const pg_uuid_t *warehouse_id, Count *counts, int count)
{
	WmsColumn  *numbers = wms_column(INT4OID);
	WmsColumn  *batches = wms_column(UUIDOID);
	Datum		values[3];
	uint64		found;

	for (int i = 0; i < count; i++)
	{
		if (counts[i].line->batch_id == NULL)
			continue;
		counts[i].quantity = counts[i].reserved = 0;
		wms_column_add_int(numbers, i);
		wms_column_add_uuid(batches, counts[i].line->batch_id);
	}
	if (numbers->count == 0)
		return;
	values[0] = wms_column_array(numbers);
	values[1] = wms_column_array(batches);
	values[2] = UUIDPGetDatum(warehouse_id);
	found = wms_run(&read_batch_rows, values, NULL);
	for (uint64 n = 0; n < found; n++)
	{
		counts[wms_value_int64(n, 1)].quantity = wms_value_int64(n, 2);
		counts[wms_value_int64(n, 1)].reserved = wms_value_int64(n, 3);
	}
}

/* The batches of an item add up to no more than a stock row can say. */
static void
check_room(WmsStockRow *row, const Count *count)
{
	row->quantity += count->difference;
	if (row->quantity > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("line %d: quantity of \"%s\" is out of range", count->line->number, count->line->item.sku),
				 errdetail("Its batches would add up to " INT64_FORMAT " units, the most is %d.", row->quantity,
						   PG_INT32_MAX),
				 errhint("Count the item in a larger unit.")));
}

/* Locks the stock rows, expires holds that are in the way, reads what is on hand and held; returns the clock. */
static TimestampTz
read_figures(const pg_uuid_t *warehouse_id, const WmsLines *lines, Count *counts)
{
	int			row_count;
	WmsStockRow *rows = wms_stock_rows_of_lines(warehouse_id, lines, &row_count);
	TimestampTz instant = wms_stock_rows_create(rows, row_count);

	for (int i = 0; i < lines->count; i++)
	{
		const WmsLine *line = &lines->lines[i];
		WmsStockRow *row = wms_stock_row_find(rows, row_count, warehouse_id, &line->item);

		row->wanted = row->quantity - line->quantity;
	}
	wms_stock_rows_settle(rows, row_count, instant);
	for (int i = 0; i < lines->count; i++)
	{
		const WmsStockRow *row = wms_stock_row_find(rows, row_count, warehouse_id, &lines->lines[i].item);

		counts[i].line = &lines->lines[i];
		counts[i].quantity = row->quantity;
		counts[i].reserved = row->reserved;
	}
	read_batches(warehouse_id, counts, lines->count);
	for (int i = 0; i < lines->count; i++)
	{
		counts[i].difference = (int32) (lines->lines[i].quantity - counts[i].quantity);
		check_room(wms_stock_row_find(rows, row_count, warehouse_id, &lines->lines[i].item), &counts[i]);
	}
	return instant;
}

static void
check_expected(const Count *counts, int count)
{
	for (int i = 0; i < count; i++)
		if (counts[i].line->has_expected_quantity && counts[i].line->expected_quantity != counts[i].quantity)
			ereport(ERROR,
					(errcode(ERRCODE_WMS_EXPECTATION_FAILED),
					 errmsg("line %d: the quantity of \"%s\" is not the expected one",
							counts[i].line->number, counts[i].line->item.sku),
					 errdetail("It is " INT64_FORMAT ", expected was %d.", counts[i].quantity,
							   counts[i].line->expected_quantity),
					 errhint("Goods have moved since; count them again.")));
}

/* Nothing is counted away that is held for somebody. */
static void
check_holds(const pg_uuid_t *warehouse_id, const Count *counts, int count)
{
	WmsNeed    *needs = palloc_extended(sizeof(WmsNeed) * count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int64	   *free = palloc_extended(sizeof(int64) * count, MCXT_ALLOC_HUGE);
	int			shorts = 0;

	for (int i = 0; i < count; i++)
	{
		if (counts[i].line->quantity >= counts[i].reserved)
			continue;
		needs[shorts].item = &counts[i].line->item;
		needs[shorts].batch_id = counts[i].line->batch_id;
		needs[shorts].quantity = -(int64) counts[i].difference;
		free[shorts++] = counts[i].quantity - counts[i].reserved;
	}
	if (shorts > 0)
		wms_refuse_removal(needs, free, shorts, warehouse_id);
}

static void
write_differences(const pg_uuid_t *warehouse_id, const Count *counts, int count, const WmsStockReason *reason)
{
	WmsStockChange *changes = palloc_extended(sizeof(WmsStockChange) * count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int			change_count = 0;

	for (int i = 0; i < count; i++)
	{
		const WmsLine *line = counts[i].line;
		WmsStockChange *change = &changes[change_count];

		if (counts[i].difference == 0)
			continue;
		change_count++;
		change->warehouse_id = *warehouse_id;
		change->product_id = line->item.product_id;
		change->variant_id = line->item.variant_id;
		change->has_variant = line->item.has_variant;
		change->has_batch = line->batch_id != NULL;
		if (line->batch_id != NULL)
			change->batch_id = *line->batch_id;
		change->quantity = counts[i].difference;
	}
	wms_stock_change(changes, change_count, reason);
}

static const char *
json_uuid(const pg_uuid_t *uuid)
{
	return uuid == NULL ? "null" : psprintf("\"%s\"", wms_uuid_text(uuid));
}

/* The rows of the result as JSON: what an idempotency key keeps of them. */
static char *
result_of(const Count *counts, int count)
{
	StringInfoData json;

	initStringInfo(&json);
	for (int i = 0; i < count; i++)
		appendStringInfo(&json, "%s[%s, %s, %s, %d, %d]", i == 0 ? "[" : ", ",
						 json_uuid(&counts[i].line->item.product_id),
						 json_uuid(wms_item_variant(&counts[i].line->item)),
						 json_uuid(counts[i].line->batch_id),
						 counts[i].line->quantity, counts[i].difference);
	appendStringInfoChar(&json, ']');
	return json.data;
}

static char *
count_stock(const pg_uuid_t *warehouse_id, WmsLines *lines, const char *notes)
{
	WmsStockReason reason = {.movement = "adjustment", .track = "adjusted", .notes = notes};
	Count	   *counts = palloc_extended(sizeof(Count) * lines->count, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	wms_lock_warehouse_or_deleted(warehouse_id);
	wms_lines_resolve(lines);
	wms_lines_check_stocked(lines);
	wms_batches_of_lines(lines, &reason);
	refuse_counted_twice(lines);
	reason.instant = read_figures(warehouse_id, lines, counts);
	check_expected(counts, lines->count);
	check_holds(warehouse_id, counts, lines->count);
	write_differences(warehouse_id, counts, lines->count, &reason);
	return result_of(counts, lines->count);
}

/* Records a stocktake; raises WM001, WM004, WM005, WM006, 22023, 22003, 23503. */
Datum
wms_count_stock(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *warehouse_id = wms_arg_uuid(fcinfo, 0, "warehouse_id");
	WmsLines   *lines = wms_lines_parse(fcinfo, 1, WMS_LINE_COUNTED | WMS_LINE_BATCH_ID | WMS_LINE_BATCH_NUMBER |
										WMS_LINE_DELETED);
	ReturnSetInfo *result;
	WmsCommand	command;
	WmsIdempotency idempotency;
	char	   *json;
	Datum		value;

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	wms_command_begin(&command);
	json = wms_idempotency_begin(fcinfo, &idempotency);
	if (json == NULL)
	{
		json = count_stock(warehouse_id, lines, wms_optional_text(fcinfo, 2));
		wms_idempotency_end(&idempotency, json);
	}
	value = CStringGetTextDatum(json);
	wms_run(&rows_from_json, &value, NULL);
	wms_put_rows(result->setResult);
	wms_command_end(&command);
	return (Datum) 0;
}
