/*
 * variant_options.c
 *		No two live variants of a product are the same choice of options.
 *
 * What a variant is, its rows of product_variant_options, is kept in its column option_values as one sorted
 * key, which is unique within the product at commit; NULL without options, or deleted.
 *
 * Locks the variant FOR NO KEY UPDATE (two in the order of their ids, where an option moves), then reads what is
 * committed now.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "support/guard.h"
#include "support/plans.h"
#include "support/trigger_work.h"
#include "utils/rel.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(wms_keep_option_values);
PG_FUNCTION_INFO_V1(wms_clear_option_values);

static WmsPlan lock_variant = WMS_PLAN("SELECT FROM catalog.product_variants v WHERE v.id = $1 FOR NO KEY UPDATE",
									   UUIDOID);

static WmsPlan read_values = WMS_PLAN(
	"SELECT (SELECT array_agg(o.option_value_id ORDER BY o.option_value_id)"
	"          FROM catalog.product_variant_options o WHERE o.variant_id = v.id AND v.deleted_at IS NULL)"
	"  FROM catalog.product_variants v WHERE v.id = $1",
	UUIDOID);

static WmsPlan set_values = WMS_PLAN(
	"UPDATE catalog.product_variants SET option_values = $2 WHERE id = $1 AND option_values IS DISTINCT FROM $2",
	UUIDOID, UUIDARRAYOID);

static WmsPlan clear_values =
WMS_PLAN_NO_ARGS("UPDATE catalog.product_variants SET option_values = NULL WHERE option_values IS NOT NULL");

static void
keep_values_of(Datum variant)
{
	Datum		values[2] = {variant};
	bool		nulls[2] = {false};

	if (wms_run(&lock_variant, values, NULL) == 0)
		return;
	if (wms_read_latest(&read_values, values) == 0)
		return;
	values[1] = wms_value(0, 1, &nulls[1]);
	wms_run(&set_values, values, nulls);
}

/* Of options: keeps the variant they are of; where one moved, both. */
static void
keep_variants_of_options(TriggerData *trigger)
{
	bool		isnull;
	Datum		variant = wms_trigger_value(trigger, wms_trigger_row(trigger), "variant_id", UUIDOID, &isnull);
	Datum		former = variant;

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		former = wms_trigger_value(trigger, trigger->tg_trigtuple, "variant_id", UUIDOID, &isnull);
	if (memcmp(DatumGetUUIDP(former), DatumGetUUIDP(variant), sizeof(pg_uuid_t)) < 0)
		keep_values_of(former);
	keep_values_of(variant);
	if (memcmp(DatumGetUUIDP(former), DatumGetUUIDP(variant), sizeof(pg_uuid_t)) > 0)
		keep_values_of(former);
}

/* Of options that are truncated: no variant has any. */
Datum
wms_clear_option_values(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_STATEMENT | WMS_ON_TRUNCATE);
	WmsTriggerWork work;

	wms_trigger_require_table(trigger, "catalog", "product_variant_options");
	wms_trigger_work_begin(&work);
	wms_run(&clear_values, NULL, NULL);
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}

/* Of options and of variants, where the key was written directly or the variant deleted or restored. */
Datum
wms_keep_option_values(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE |
											WMS_ON_DELETE);
	bool		of_options = wms_trigger_is_on(trigger, "catalog", "product_variant_options");
	bool		isnull;
	WmsTriggerWork work;

	if (!of_options && !wms_trigger_is_on(trigger, "catalog", "product_variants"))
		wms_trigger_refuse_table(trigger, "catalog.product_variant_options and catalog.product_variants");
	if (!of_options && wms_statement_is_own(trigger->tg_relation) && !wms_trigger_changes(trigger, "deleted_at"))
		return PointerGetDatum(NULL);
	wms_trigger_work_begin(&work);
	if (of_options)
		keep_variants_of_options(trigger);
	else
		keep_values_of(wms_trigger_value(trigger, wms_trigger_row(trigger), "id", UUIDOID, &isnull));
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}
