/*
 * shortage.c
 *		What there is of an item in each warehouse, and the report of what is missing.
 *
 * Takes no locks: what is read here is checked again under the locks before anything is promised.
 */
#include "postgres.h"

#include "inventory/shortage.h"

#include "access/xact.h"
#include "inventory/choice.h"
#include "support/args.h"
#include "support/clock.h"
#include "support/columns.h"
#include "support/errors.h"
#include "support/plans.h"
#include "utils/builtins.h"
#include "utils/json.h"

/*
 * Where a batch is named, holds on batches gone bad count too: free is what the whole item has left.  Those
 * of transfers, which move such a batch as it is, take nothing from the good ones.
 */
static WmsPlan read_supplies = WMS_PLAN(
	"SELECT n.i, s.warehouse_id,"
	"       CASE WHEN n.as_it_is THEN greatest(0, b.expired + b.blocked - h.held)"
	"            WHEN n.batch_id IS NOT NULL THEN greatest(0, least(b.good - h.held, f.free + k.kept))"
	"            WHEN p.batch_tracked THEN greatest(0, b.good - h.held + k.kept)"
	"            ELSE greatest(0, s.quantity - h.held) END::bigint,"
	"       h.held::bigint, b.expired::bigint, b.blocked::bigint,"
	"       CASE WHEN n.batch_id IS NOT NULL AND NOT n.as_it_is THEN greatest(0, f.free + k.kept) END::bigint"
	"  FROM unnest($1, $2, $3, $4, $7) AS n(i, product_id, variant_id, batch_id, as_it_is)"
	"  JOIN inventory.stock_items s ON s.product_id = n.product_id AND s.variant_id IS NOT DISTINCT FROM n.variant_id"
	"  JOIN inventory.warehouses w ON w.id = s.warehouse_id"
	"  JOIN catalog.products p ON p.id = n.product_id"
	" CROSS JOIN LATERAL ("
	"       SELECT coalesce(sum(r.quantity), 0) AS held FROM inventory.stock_reservations r"
	"        WHERE r.warehouse_id = s.warehouse_id AND r.product_id = s.product_id"
	"          AND r.variant_id IS NOT DISTINCT FROM s.variant_id AND r.status = 'active'"
	"          AND (r.expires_at IS NULL OR r.expires_at > $8)"
	"          AND ($9 IS NULL OR r.reference_type IS DISTINCT FROM $9 OR r.reference_id IS DISTINCT FROM $10)"
	"          AND (n.batch_id IS NULL OR r.batch_id = n.batch_id)) h"
	" CROSS JOIN LATERAL ("
	"       SELECT coalesce(sum(i.quantity) FILTER (WHERE x.status = 'active' AND NOT x.past), 0) AS good,"
	"              coalesce(sum(i.quantity) FILTER (WHERE x.past), 0) AS expired,"
	"              coalesce(sum(i.quantity) FILTER (WHERE x.status <> 'active' AND NOT x.past), 0) AS blocked"
	"         FROM inventory.stock_item_batches i"
	"         JOIN LATERAL (SELECT CASE WHEN pb.deleted_at IS NULL THEN pb.status ELSE 'deleted' END AS status,"
	"                              coalesce(pb.expiry_date < $6, false) OR pb.status = 'expired' AS past"
	"                         FROM inventory.product_batches pb WHERE pb.id = i.batch_id) x ON true"
	"        WHERE i.warehouse_id = s.warehouse_id AND i.product_id = s.product_id"
	"          AND i.variant_id IS NOT DISTINCT FROM s.variant_id AND i.quantity > 0"
	"          AND (n.batch_id IS NULL OR i.batch_id = n.batch_id)) b"
	" CROSS JOIN LATERAL ("
	"       SELECT CASE WHEN n.batch_id IS NOT NULL THEN"
	"              (SELECT coalesce(sum(i.quantity), 0) FROM inventory.stock_item_batches i"
	"                 JOIN inventory.product_batches pb ON pb.id = i.batch_id"
	"                WHERE i.warehouse_id = s.warehouse_id AND i.product_id = s.product_id"
	"                  AND i.variant_id IS NOT DISTINCT FROM s.variant_id AND pb.status = 'active'"
	"                  AND pb.deleted_at IS NULL"
	"                  AND (pb.expiry_date IS NULL OR pb.expiry_date >= $6))"
	"            - (SELECT coalesce(sum(r.quantity), 0) FROM inventory.stock_reservations r"
	"                WHERE r.warehouse_id = s.warehouse_id AND r.product_id = s.product_id"
	"                  AND r.variant_id IS NOT DISTINCT FROM s.variant_id AND r.status = 'active'"
	"                  AND ($9 IS NULL OR r.reference_type IS DISTINCT FROM $9"
	"                       OR r.reference_id IS DISTINCT FROM $10)"
	"                  AND (r.expires_at IS NULL OR r.expires_at > $8)) END AS free) f"
	" CROSS JOIN LATERAL ("
	"       SELECT CASE WHEN p.batch_tracked THEN"
	"              (SELECT coalesce(sum(r.quantity), 0) FROM inventory.stock_reservations r"
	"                 JOIN inventory.product_batches pb ON pb.id = r.batch_id"
	"                WHERE r.warehouse_id = s.warehouse_id AND r.product_id = s.product_id"
	"                  AND r.variant_id IS NOT DISTINCT FROM s.variant_id AND r.status = 'active'"
	"                  AND ($9 IS NULL OR r.reference_type IS DISTINCT FROM $9"
	"                       OR r.reference_id IS DISTINCT FROM $10)"
	"                  AND (r.expires_at IS NULL OR r.expires_at > $8)"
	"                  AND CASE WHEN pb.status <> 'active' OR pb.expiry_date < $6"
	"                           THEN r.reference_type = 'transfer' AND r.reference_line_id IS NOT NULL"
	"                           ELSE pb.deleted_at IS NOT NULL END) ELSE 0 END AS kept) k"
	" WHERE (w.is_active AND w.deleted_at IS NULL AND w.type <> 'virtual') OR w.id = $5"
	" ORDER BY w.priority, w.code, w.id, n.i",
	INT4ARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDARRAYOID, UUIDOID, DATEOID, BOOLARRAYOID, TIMESTAMPTZOID,
	TEXTOID, UUIDOID);

WmsSupply *
wms_supplies(const WmsNeed *needs, int need_count, const WmsSupplyView *view, int *count)
{
	WmsColumn  *columns[] = {wms_column(INT4OID), wms_column(UUIDOID), wms_column(UUIDOID), wms_column(UUIDOID)};
	WmsColumn  *as_they_are = wms_column(BOOLOID);
	TimestampTz instant = view->query ? GetCurrentStatementStartTimestamp() : wms_clock();
	Datum		values[10];
	bool		nulls[10] = {false};
	bool		isnull;
	WmsSupply  *supplies;

	for (int i = 0; i < need_count; i++)
	{
		wms_column_add_int(columns[0], i);
		wms_column_add_uuid(columns[1], &needs[i].item->product_id);
		wms_column_add_uuid(columns[2], wms_item_variant(needs[i].item));
		wms_column_add_uuid(columns[3], needs[i].batch_id);
		wms_column_add(as_they_are, BoolGetDatum(needs[i].as_it_is), false);
	}
	for (int i = 0; i < lengthof(columns); i++)
		values[i] = wms_column_array(columns[i]);
	values[4] = wms_uuid_param(view->named, &nulls[4]);
	values[5] = DateADTGetDatum(wms_business_date(instant));
	values[6] = wms_column_array(as_they_are);
	values[7] = TimestampTzGetDatum(instant);
	values[8] = wms_text_param(view->own_type, &nulls[8]);
	values[9] = wms_uuid_param(view->own_id, &nulls[9]);
	*count = (int) (view->query ? wms_read : wms_run) (&read_supplies, values, nulls);
	supplies = palloc_extended(sizeof(WmsSupply) * Max(*count, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < *count; i++)
	{
		Datum		shared = wms_value(i, 7, &isnull);

		supplies[i].shared = isnull ? wms_value_int64(i, 3) : DatumGetInt64(shared);
		supplies[i].need = (int) wms_value_int64(i, 1);
		supplies[i].warehouse_id = *DatumGetUUIDP(wms_value(i, 2, &isnull));
		supplies[i].available = wms_value_int64(i, 3);
		supplies[i].held = wms_value_int64(i, 4);
		supplies[i].expired = wms_value_int64(i, 5);
		supplies[i].blocked = wms_value_int64(i, 6);
	}
	return supplies;
}

/* The warehouse that the report is about where none was named: the first that serves most needs. */
static const pg_uuid_t *
best_warehouse(const WmsNeed *needs, const WmsSupply *supplies, int count)
{
	const pg_uuid_t *best = NULL;
	int			best_served = -1;
	int			n;

	for (int i = 0; i < count; i += n)
	{
		int			served;

		n = wms_supplies_of_one(&supplies[i], count - i);
		served = wms_supplies_serve(needs, &supplies[i], n);
		if (served > best_served)
		{
			best = &supplies[i].warehouse_id;
			best_served = served;
		}
	}
	return best;
}

/* What is counted as here for the report, and what as elsewhere. */
static WmsSupply
sum_supplies(const WmsSupply *supplies, int count, int need, const pg_uuid_t *here, bool all, int64 *elsewhere)
{
	WmsSupply	sum = {0};

	*elsewhere = 0;
	for (int i = 0; i < count; i++)
	{
		if (supplies[i].need != need)
			continue;
		if (!all && !wms_uuid_equal(here, &supplies[i].warehouse_id))
		{
			*elsewhere += supplies[i].available;
			continue;
		}
		sum.available += supplies[i].available;
		sum.shared += supplies[i].shared;
		sum.held += supplies[i].held;
		sum.expired += supplies[i].expired;
		sum.blocked += supplies[i].blocked;
	}
	return sum;
}

static void
report_need(StringInfo report, const WmsNeed *need, int64 requested, const WmsSupply *supply, int64 elsewhere)
{
	const pg_uuid_t *variant = wms_item_variant(need->item);

	appendStringInfo(report, "%s{\"sku\": ", report->len > 1 ? ", " : "");
	escape_json(report, need->item->sku);
	appendStringInfo(report, ", \"product_id\": \"%s\"", wms_uuid_text(&need->item->product_id));
	if (variant != NULL)
		appendStringInfo(report, ", \"variant_id\": \"%s\"", wms_uuid_text(variant));
	if (need->batch_id != NULL)
		appendStringInfo(report, ", \"batch_id\": \"%s\"", wms_uuid_text(need->batch_id));
	appendStringInfo(report, ", \"requested\": " INT64_FORMAT ", \"available\": " INT64_FORMAT
					 ", \"held\": " INT64_FORMAT ", \"expired\": " INT64_FORMAT
					 ", \"blocked\": " INT64_FORMAT ", \"elsewhere\": " INT64_FORMAT "}",
					 requested, supply->available, supply->held, supply->expired,
					 supply->blocked, elsewhere);
}

pg_noreturn static void
raise_report(StringInfo report, const char *first, int shorts, const char *hint)
{
	appendStringInfoChar(report, ']');
	ereport(ERROR,
			(errcode(ERRCODE_WMS_INSUFFICIENT_STOCK),
			 shorts > 1 ? errmsg("insufficient stock of \"%s\" and %d more", first, shorts - 1)
			 : errmsg("insufficient stock of \"%s\"", first),
			 errdetail_internal("%s", report->data),
			 errhint("%s", hint)));
}

bool
wms_need_is_like(const WmsNeed *a, const WmsNeed *b)
{
	return wms_item_compare(a->item, b->item) == 0 && wms_uuid_equal(a->batch_id, b->batch_id);
}

/* Needs of the same item and batch as one, whatever kits they are for; *firsts: the first of each. */
static WmsNeed *
merge(const WmsNeed *needs, int need_count, int *count, int **firsts)
{
	WmsNeed    *merged = palloc_extended(sizeof(WmsNeed) * need_count, MCXT_ALLOC_HUGE);

	*firsts = palloc_extended(sizeof(int) * need_count, MCXT_ALLOC_HUGE);
	*count = 0;
	for (int i = 0; i < need_count; i++)
	{
		if (*count > 0 && wms_need_is_like(&merged[*count - 1], &needs[i]))
		{
			merged[*count - 1].quantity += needs[i].quantity;
			continue;
		}
		merged[*count] = needs[i];
		merged[*count].kit = NULL;
		(*firsts)[(*count)++] = i;
	}
	return merged;
}

/* The supplies of merged needs: those of the first of each. */
static WmsSupply *
supplies_of_firsts(const WmsSupply *supplies, int supply_count, const int *firsts, int merged_count, int *count)
{
	WmsSupply  *kept = palloc_extended(sizeof(WmsSupply) * Max(supply_count, 1), MCXT_ALLOC_HUGE);
	int			m = 0;

	*count = 0;
	for (int i = 0; i < supply_count; i++)
	{
		if (i == 0 || supplies[i].need < supplies[i - 1].need ||
			!wms_uuid_equal(&supplies[i].warehouse_id, &supplies[i - 1].warehouse_id))
			m = 0;
		while (m < merged_count && firsts[m] < supplies[i].need)
			m++;
		if (m == merged_count || firsts[m] != supplies[i].need)
			continue;
		kept[*count] = supplies[i];
		kept[(*count)++].need = m;
	}
	return kept;
}

/* What of each merged need was found; of those that are short, or of all of them. */
static WmsShortage *
compare_needs(const WmsNeed *needs, int need_count, const WmsSupplyView *view, bool may_split, bool only_short,
			  int *count)
{
	int			all_count;
	int			supply_count;
	int			merged_count;
	int		   *firsts;
	WmsSupply  *all = wms_supplies(needs, need_count, view, &all_count);
	WmsNeed    *merged = merge(needs, need_count, &merged_count, &firsts);
	WmsSupply  *supplies = supplies_of_firsts(all, all_count, firsts, merged_count, &supply_count);
	const pg_uuid_t *here = view->named != NULL ? view->named : best_warehouse(merged, supplies, supply_count);
	WmsShortage *shorts = palloc_extended(sizeof(WmsShortage) * need_count, MCXT_ALLOC_HUGE);
	bool		anywhere = view->named == NULL && may_split;
	WmsChoice	choice;
	int64		taken = 0;

	*count = 0;
	if (anywhere && wms_choose_split(needs, need_count, all, all_count, &choice) && only_short)
		return shorts;
	/* what could be had, if kits did not want it together, is short where it is not together */
	if (anywhere && wms_choose_split(merged, merged_count, supplies, supply_count, &choice) && only_short)
		anywhere = false;
	for (int i = 0; i < merged_count; i++)
	{
		WmsShortage *next = &shorts[*count];
		WmsSupply  *found = &next->supply;

		if (i == 0 || wms_item_compare(merged[i - 1].item, merged[i].item) != 0)
			taken = 0;
		next->need = firsts[i];
		next->requested = merged[i].quantity;
		*found = sum_supplies(supplies, supply_count, i, here, anywhere, &next->elsewhere);
		if (!merged[i].as_it_is)
			found->available = Max(0, Min(found->available, found->shared - taken));
		if (anywhere && choice.missing[i] > 0)
			found->available = merged[i].quantity - choice.missing[i];
		if (!merged[i].as_it_is)
			taken += Min(merged[i].quantity, found->available);
		*count += !only_short || (anywhere ? choice.missing[i] > 0 : found->available < merged[i].quantity);
	}
	return shorts;
}

WmsShortage *
wms_shortages(const WmsNeed *needs, int need_count, const WmsSupplyView *view, bool may_split, int *count)
{
	return compare_needs(needs, need_count, view, may_split, true, count);
}

void
wms_refuse_shortage(const WmsNeed *needs, int need_count, const WmsSupplyView *view, bool may_split)
{
	int			count;
	WmsShortage *shorts = wms_shortages(needs, need_count, view, may_split, &count);
	int			missing = count;
	StringInfoData report;

	/* what was missing under the locks has been freed since: the report says how things stand now */
	if (count == 0)
		shorts = compare_needs(needs, need_count, view, may_split, false, &count);
	initStringInfo(&report);
	appendStringInfoChar(&report, '[');
	for (int i = 0; i < count; i++)
		report_need(&report, &needs[shorts[i].need], shorts[i].requested, &shorts[i].supply, shorts[i].elsewhere);
	raise_report(&report, needs[shorts[0].need].item->sku, missing,
				 "Order less, wait for holds to be released, or bring stock in with wms_receive_stock().");
}

void
wms_refuse_removal(const WmsNeed *needs, const int64 *free, int need_count, const pg_uuid_t *warehouse_id)
{
	int			count;
	WmsSupplyView view = {.named = warehouse_id};
	WmsSupply  *supplies = wms_supplies(needs, need_count, &view, &count);
	StringInfoData report;

	initStringInfo(&report);
	appendStringInfoChar(&report, '[');
	for (int i = 0; i < need_count; i++)
	{
		int64		elsewhere;
		WmsSupply	supply = sum_supplies(supplies, count, i, warehouse_id, false, &elsewhere);

		supply.available = free[i];
		report_need(&report, &needs[i], needs[i].quantity, &supply, elsewhere);
	}
	raise_report(&report, needs[0].item->sku, need_count,
				 "Release holds first (wms_reservations() lists them), or take out no more than what is free.");
}
