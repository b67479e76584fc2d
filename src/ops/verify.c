/*
 * verify.c
 *		Recomputes the rules that always hold, and names what breaks them.
 *
 * Takes no locks; all rules look at one snapshot.  Reads as the caller: under row level security the
 * answer is about the rows he sees.
 */
#include "postgres.h"

#include "ops/verify.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "sales/order_status_table.h"
#include "support/command.h"
#include "support/settings.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(wms_verify);

/* In kB: the sums over whole tables are to be made in memory. */
#define WORK_MEM (64 * 1024)

static Datum
status_names(void)
{
	Datum	   *names = palloc(sizeof(Datum) * wms_order_status_count);

	for (int i = 0; i < wms_order_status_count; i++)
		names[i] = CStringGetTextDatum(wms_order_statuses[i].name);
	return wms_array(names, NULL, wms_order_status_count, TEXTOID);
}

/* Where every transition comes from and goes to, as two arrays of the same length. */
static void
transitions(Datum *from, Datum *to)
{
	Datum	   *sources = palloc(sizeof(Datum) * wms_order_status_count * wms_order_status_count);
	Datum	   *targets = palloc(sizeof(Datum) * wms_order_status_count * wms_order_status_count);
	int			count = 0;

	for (int i = 0; i < wms_order_status_count; i++)
	{
		for (const char *const *next = wms_order_statuses[i].next; *next != NULL; next++)
		{
			sources[count] = CStringGetTextDatum(wms_order_statuses[i].name);
			targets[count] = CStringGetTextDatum(*next);
			count++;
		}
	}
	*from = wms_array(sources, NULL, count, TEXTOID);
	*to = wms_array(targets, NULL, count, TEXTOID);
}

static void
run_rules(WmsPlan *rules, int count, Datum *values, Tuplestorestate *result)
{
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		wms_read(&rules[i], values, NULL);
		wms_put_rows(result);
		SPI_freetuptable(SPI_tuptable);
	}
}

/* wms_verify() → table (rule text, object text, expected numeric, actual numeric) */
Datum
wms_verify(PG_FUNCTION_ARGS)
{
	Tuplestorestate *result;
	Datum		values[4];
	int			nest_level = NewGUCNestLevel();

	InitMaterializedSRF(fcinfo, 0);
	if (work_mem < WORK_MEM)
		(void) set_config_option("work_mem", psprintf("%d", WORK_MEM), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
	result = ((ReturnSetInfo *) fcinfo->resultinfo)->setResult;
	wms_query_begin();
	values[0] = CStringGetTextDatum(pg_get_timezone_name(wms_timezone()));
	values[1] = status_names();
	transitions(&values[2], &values[3]);
	run_rules(wms_verify_inventory, wms_verify_inventory_count, values, result);
	run_rules(wms_verify_sales, wms_verify_sales_count, values, result);
	run_rules(wms_verify_parties, wms_verify_parties_count, values, result);
	run_rules(wms_verify_history, wms_verify_history_count, values, result);
	wms_query_end();
	AtEOXact_GUC(true, nest_level);
	return (Datum) 0;
}
