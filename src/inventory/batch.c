/*
 * batch.c
 *		The batches that lines of a receipt name.
 *
 * Locks: new rows of inventory.product_batches, in order of (product, variant, number), before the stock
 * rows; a batch that exists is not locked here.  The products that become batch tracked were locked
 * FOR UPDATE with the lines (items.c), so no stock without batch can come in meanwhile.
 */
#include "postgres.h"

#include "inventory/batch.h"

#include "support/actor.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/plans.h"

/* What is in transit will come in as it left. */
static WmsPlan find_stock_without_batch = WMS_PLAN(
	"SELECT u.i, sum(x.quantity)"
	"  FROM unnest($1, $2) AS u(i, product_id)"
	" CROSS JOIN LATERAL ("
	"       SELECT s.quantity FROM inventory.stock_items s WHERE s.product_id = u.product_id"
	"        UNION ALL"
	"       SELECT i.quantity - i.received_quantity - i.short_quantity"
	"         FROM inventory.stock_transfer_items i JOIN inventory.stock_transfers t ON t.id = i.transfer_id"
	"        WHERE i.product_id = u.product_id AND t.status = 'in_transit') x"
	" GROUP BY u.i HAVING sum(x.quantity) <> 0"
	" ORDER BY u.i",
	INT4ARRAYOID, UUIDARRAYOID);

static WmsPlan begin_tracking = WMS_PLAN(
	"UPDATE catalog.products p SET batch_tracked = true, updated_at = CURRENT_TIMESTAMP"
	" WHERE p.id = ANY ($1) AND NOT p.batch_tracked",
	UUIDARRAYOID);

static WmsPlan create_batches = WMS_PLAN(
	"WITH new AS ("
	"     INSERT INTO inventory.product_batches (product_id, variant_id, batch_number,"
	"            manufacturing_date, expiry_date, created_at)"
	"     SELECT DISTINCT ON (u.product_id, u.variant_id, u.batch_number)"
	"            u.product_id, u.variant_id, u.batch_number, u.made, u.expires, $10"
	"       FROM unnest($1, $2, $3, $4, $5) AS u(product_id, variant_id, batch_number, made, expires)"
	"      ORDER BY u.product_id, u.variant_id, u.batch_number, u.expires, u.made"
	"         ON CONFLICT (product_id, variant_id, batch_number) WHERE deleted_at IS NULL DO NOTHING"
	"  RETURNING id)"
	"INSERT INTO inventory.product_batch_tracks (product_batch_id, action, description, user_id,"
	"       reference_type, reference_id, created_at)"
	"SELECT n.id, 'created', $6, (SELECT a.id FROM auth.users a WHERE a.id = $7), $8, $9, $10 FROM new n",
	UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, DATEARRAYOID, DATEARRAYOID,
	TEXTOID, UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID);

static WmsPlan find_batches = WMS_PLAN(
	"SELECT u.i, b.id,"
	"       coalesce(b.expiry_date <> u.expires, false), coalesce(b.manufacturing_date <> u.made, false),"
	"       to_char(b.expiry_date, 'YYYY-MM-DD'), to_char(b.manufacturing_date, 'YYYY-MM-DD'),"
	"       (b.expiry_date IS NULL AND u.expires IS NOT NULL) OR (b.manufacturing_date IS NULL AND u.made IS NOT NULL)"
	"  FROM unnest($1, $2, $3, $4, $5, $6, $7)"
	"       AS u(i, product_id, variant_id, batch_number, batch_id, made, expires)"
	" CROSS JOIN LATERAL ("
	"       SELECT v.id, v.expiry_date, v.manufacturing_date FROM inventory.product_batches v"
	"        WHERE v.product_id = u.product_id AND v.variant_id = u.variant_id"
	"          AND v.batch_number = u.batch_number AND v.deleted_at IS NULL"
	"        UNION ALL"
	"       SELECT p.id, p.expiry_date, p.manufacturing_date FROM inventory.product_batches p"
	"        WHERE p.product_id = u.product_id AND p.variant_id IS NULL AND u.variant_id IS NULL"
	"          AND p.batch_number = u.batch_number AND p.deleted_at IS NULL"
	"        UNION ALL"
	"       SELECT n.id, n.expiry_date, n.manufacturing_date FROM inventory.product_batches n"
	"        WHERE n.id = u.batch_id AND n.product_id = u.product_id"
	"          AND n.variant_id IS NOT DISTINCT FROM u.variant_id AND (n.deleted_at IS NULL OR $8)) b",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID, UUIDARRAYOID, DATEARRAYOID, DATEARRAYOID, BOOLOID);

static WmsPlan find_deleted = WMS_PLAN(
	"SELECT u.i, d.id, d.choices"
	"  FROM unnest($1, $2, $3, $4) AS u(i, product_id, variant_id, batch_number)"
	" CROSS JOIN LATERAL ("
	"       SELECT b.id, count(*) OVER () AS choices, bool_or(b.deleted_at IS NULL) OVER () AS live"
	"         FROM inventory.product_batches b"
	"        WHERE b.batch_number = u.batch_number AND b.product_id = u.product_id"
	"          AND b.variant_id IS NOT DISTINCT FROM u.variant_id"
	"        LIMIT 1) d"
	" WHERE NOT d.live",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, TEXTARRAYOID);

static void
add_date(WmsColumn *column, bool has_date, DateADT date)
{
	wms_column_add(column, DateADTGetDatum(date), !has_date);
}

static bool
names_batch(const WmsLine *line)
{
	return line->batch_id != NULL || line->batch_number != NULL;
}

static void
refuse_missing_batch(const WmsLine *line)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("line %d: \"%s\" is batch tracked and the line names no batch", line->number, line->item.sku),
			 errhint("Name the batch by batch_number or batch_id.")));
}

/* Products whose first batch is named here; all their lines must name one, and no stock be without. */
static void
begin_batch_tracking(WmsLines *lines)
{
	WmsColumn  *numbers = wms_column(INT4OID);
	WmsColumn  *products = wms_column(UUIDOID);
	Datum		values[2];

	for (int i = 0; i < lines->count; i++)
	{
		if (lines->lines[i].item.batch_tracked || !names_batch(&lines->lines[i]))
			continue;
		wms_column_add_int(numbers, i);
		wms_column_add_uuid(products, &lines->lines[i].item.product_id);
	}
	if (products->count == 0)
		return;
	values[0] = wms_column_array(numbers);
	values[1] = wms_column_array(products);
	/* what has come in since the transaction's snapshot counts too: its bringer has not touched the product */
	if (wms_read_latest(&find_stock_without_batch, values) > 0)
	{
		WmsLine    *line = &lines->lines[wms_value_int64(0, 1)];

		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: \"%s\" has stock without batch and cannot become batch tracked",
						line->number, line->item.sku),
				 errdetail(INT64_FORMAT " units are on hand or in transit without batch.", wms_value_int64(0, 2)),
				 errhint("Take that stock out and let its transfers arrive first, or receive without batch_number.")));
	}
	wms_run(&begin_tracking, &values[1], NULL);
	for (int i = 0; i < lines->count; i++)
		for (int k = 0; k < products->count; k++)
			if (wms_uuid_equal(&lines->lines[i].item.product_id, DatumGetUUIDP(products->values[k])))
				lines->lines[i].item.batch_tracked = true;
}

/*
 * Goods of a deleted batch still move: where no batch of the number is live, a count or a return of it is of the
 * deleted one, and makes no second.
 */
static void
find_deleted_batches(WmsLines *lines)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(TEXTOID)};
	Datum		values[lengthof(columns)];
	uint64		found;
	bool		isnull;

	for (int i = 0; i < lines->count; i++)
	{
		if (lines->lines[i].batch_number == NULL)
			continue;
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], &lines->lines[i].item.product_id);
		wms_column_add_uuid(columns[2], wms_item_variant(&lines->lines[i].item));
		wms_column_add_text(columns[3], lines->lines[i].batch_number);
	}
	if (columns[0]->count == 0)
		return;
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	found = wms_run(&find_deleted, values, NULL);
	for (uint64 n = 0; n < found; n++)
	{
		WmsLine    *line = &lines->lines[wms_value_int64(n, 1)];

		if (wms_value_int64(n, 3) > 1)
			ereport(ERROR,
					(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
					 errmsg("line %d: batch_number \"%s\" of \"%s\" is that of " INT64_FORMAT " deleted batches",
							line->number, wms_shown(line->batch_number), line->item.sku, wms_value_int64(n, 3)),
					 errhint("Name the one that is meant by batch_id.")));
		line->batch_id = DatumGetUUIDP(wms_value(n, 2, &isnull));
	}
}

static void
create_missing_batches(WmsLines *lines, const WmsStockReason *reason)
{
	WmsColumn  *columns[] = {wms_column(UUIDOID), wms_column(UUIDOID), wms_column(TEXTOID),
		wms_column(DATEOID), wms_column(DATEOID)};
	Datum		values[10];
	bool		nulls[10] = {false};

	for (int i = 0; i < lines->count; i++)
	{
		WmsLine    *line = &lines->lines[i];

		if (line->batch_number == NULL || line->batch_id != NULL)
			continue;
		wms_column_add_uuid(columns[0], &line->item.product_id);
		wms_column_add_uuid(columns[1], wms_item_variant(&line->item));
		wms_column_add_text(columns[2], line->batch_number);
		add_date(columns[3], line->has_manufacturing_date, line->manufacturing_date);
		add_date(columns[4], line->has_expiry_date, line->expiry_date);
	}
	if (columns[0]->count == 0)
		return;
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	values[5] = wms_text_param(reason->notes, &nulls[5]);
	values[6] = wms_uuid_param(wms_actor(), &nulls[6]);
	values[7] = wms_text_param(reason->reference_type, &nulls[7]);
	values[8] = wms_uuid_param(reason->reference_id, &nulls[8]);
	values[9] = TimestampTzGetDatum(wms_clock());
	wms_run(&create_batches, values, nulls);
}

static void
check_dates(const WmsLine *line, uint64 row)
{
	const char *which = wms_value_bool(row, 3) ? "expiry_date" : "manufacturing_date";
	const char *known = wms_value_text(row, wms_value_bool(row, 3) ? 5 : 6);

	if (wms_value_bool(row, 3) || wms_value_bool(row, 4) || wms_value_bool(row, 7))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("line %d: batch \"%s\" of \"%s\" is known with another date",
						line->number, line->batch_number, line->item.sku),
				 wms_value_bool(row, 7) ? errdetail("The batch is known without this date.")
				 : errdetail("Its %s is %s.", which, known),
				 errhint("Leave the date out, correct it in inventory.product_batches, or use another batch number.")));
}

void
wms_batches_find(WmsLines *lines)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(TEXTOID),
		wms_column(UUIDOID), wms_column(DATEOID), wms_column(DATEOID)};
	Datum		values[lengthof(columns) + 1];
	bool	   *found = palloc0(sizeof(bool) * lines->count);
	uint64		rows;
	bool		isnull;

	for (int i = 0; i < lines->count; i++)
	{
		WmsLine    *line = &lines->lines[i];

		if (!names_batch(line) || line->refusal != NULL)
			continue;
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], &line->item.product_id);
		wms_column_add_uuid(columns[2], wms_item_variant(&line->item));
		wms_column_add_text(columns[3], line->batch_id == NULL ? line->batch_number : NULL);
		wms_column_add_uuid(columns[4], line->batch_id);
		add_date(columns[5], line->has_manufacturing_date, line->manufacturing_date);
		add_date(columns[6], line->has_expiry_date, line->expiry_date);
	}
	if (columns[0]->count == 0)
		return;
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	values[7] = BoolGetDatum((lines->allowed & WMS_LINE_DELETED) != 0);
	rows = wms_lines_run(lines, &find_batches, values);
	for (uint64 row = 0; row < rows; row++)
	{
		int			i = (int) wms_value_int64(row, 1);

		found[i] = true;
		check_dates(&lines->lines[i], row);
		lines->lines[i].batch_id = DatumGetUUIDP(wms_value(row, 2, &isnull));
	}
	for (int i = 0; i < lines->count; i++)
		if (names_batch(&lines->lines[i]) && !found[i])
			wms_line_refuse(lines, &lines->lines[i], ERRCODE_FOREIGN_KEY_VIOLATION,
							psprintf("\"%s\" has no such batch", lines->lines[i].item.sku), NULL,
							"Name a batch of this product and variant, or a batch_number to create one.");
}

void
wms_batches_of_lines(WmsLines *lines, const WmsStockReason *reason)
{
	begin_batch_tracking(lines);
	for (int i = 0; i < lines->count; i++)
		if (lines->lines[i].item.batch_tracked && !names_batch(&lines->lines[i]))
			refuse_missing_batch(&lines->lines[i]);
	if ((lines->allowed & WMS_LINE_DELETED) != 0)
		find_deleted_batches(lines);
	create_missing_batches(lines, reason);
	wms_batches_find(lines);
}
