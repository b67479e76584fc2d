/*
 * seed_demo.c
 *		wms_seed_demo(): a small company to look around in, made by the commands that everybody uses.
 *
 * Master data is inserted, what moves goes through the commands: goods are received, orders placed and moved
 * on.  Every choice comes from one generator, so a seed gives the same company each time; ids and instants
 * differ.  Takes no locks but those of the commands.
 */
#include "postgres.h"

#include "ops/seed_demo.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "support/args.h"
#include "support/command.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(wms_seed_demo);

static WmsPlan count_orders = WMS_PLAN_NO_ARGS("SELECT count(*) FROM sales.orders");

static WmsPlan find_earlier_demo = WMS_PLAN_NO_ARGS(
	"SELECT FROM auth.users u WHERE lower(u.email) = 'admin@demo.example' AND u.deleted_at IS NULL");

/* No one but a superuser makes functions of language C, so nobody can plant one of the same name. */
static WmsPlan find_command = WMS_PLAN(
	"SELECT p.oid FROM pg_catalog.pg_proc p"
	"  JOIN pg_catalog.pg_proc o ON o.oid = $2 AND o.pronamespace = p.pronamespace"
	"   AND o.probin = p.probin AND o.prolang = p.prolang"
	" WHERE p.proname = $1",
	TEXTOID, OIDOID);

static WmsPlan count_everything = WMS_REPORT_NO_ARGS(
	"SELECT jsonb_build_object("
	"  'users', (SELECT count(*) FROM auth.users),"
	"  'customers', (SELECT count(*) FROM auth.users WHERE role = 'customer'),"
	"  'agents', (SELECT count(*) FROM agent.agents),"
	"  'categories', (SELECT count(*) FROM catalog.categories),"
	"  'brands', (SELECT count(*) FROM catalog.brands),"
	"  'products', (SELECT count(*) FROM catalog.products),"
	"  'variants', (SELECT count(*) FROM catalog.product_variants),"
	"  'kits', (SELECT count(DISTINCT bundle_product_id) FROM catalog.product_bundle_items),"
	"  'warehouses', (SELECT count(*) FROM inventory.warehouses),"
	"  'batches', (SELECT count(*) FROM inventory.product_batches),"
	"  'batch_tracks', (SELECT count(*) FROM inventory.product_batch_tracks),"
	"  'movements', (SELECT count(*) FROM inventory.stock_movements),"
	"  'units_received', (SELECT coalesce(sum(quantity), 0) FROM inventory.stock_movements WHERE type = 'receive'),"
	"  'orders', (SELECT count(*) FROM sales.orders),"
	"  'order_lines', (SELECT count(*) FROM sales.order_items),"
	"  'orders_by_status', (SELECT coalesce(jsonb_object_agg(o.status, o.n), '{}')"
	"                         FROM (SELECT status, count(*) AS n FROM sales.orders GROUP BY status) o))");

int
wms_demo_random(WmsDemo *demo, int low, int high)
{
	return low + (int) pg_prng_uint64_range(&demo->random, 0, high - low);
}

bool
wms_demo_chance(WmsDemo *demo, int percent)
{
	return wms_demo_random(demo, 1, 100) <= percent;
}

pg_uuid_t
wms_demo_uuid(void)
{
	return *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0));
}

void
wms_demo_write(WmsPlan *plan, WmsColumn **columns, int count)
{
	Datum		values[WMS_PLAN_MAX_ARGS];

	for (int i = 0; i < count; i++)
		values[i] = wms_column_array(columns[i]);
	wms_run(plan, values, NULL);
}

void
wms_demo_act_as(const pg_uuid_t *user_id)
{
	(void) set_config_option("wms.actor_id", wms_uuid_text(user_id), PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
}

void
wms_demo_find(const WmsDemo *demo, const char *name, FmgrInfo *command)
{
	Datum		values[2] = {CStringGetTextDatum(name), ObjectIdGetDatum(demo->self)};
	bool		isnull;

	if (wms_run(&find_command, values, NULL) != 1)
		elog(ERROR, "there is not exactly one function %s", name);
	fmgr_info_cxt(DatumGetObjectId(wms_value(0, 1, &isnull)), command, CurrentMemoryContext);
}

/* nulls may be NULL for "none is"; the result of a command never is */
Datum
wms_demo_call(FmgrInfo *command, Datum *values, const bool *nulls)
{
	LOCAL_FCINFO(fcinfo, FUNC_MAX_ARGS);

	InitFunctionCallInfoData(*fcinfo, command, command->fn_nargs, InvalidOid, NULL, NULL);
	for (int i = 0; i < command->fn_nargs; i++)
	{
		fcinfo->args[i].value = values[i];
		fcinfo->args[i].isnull = nulls != NULL && nulls[i];
	}
	return FunctionCallInvoke(fcinfo);
}

void
wms_demo_progress(const char *what, int done, int all)
{
	CHECK_FOR_INTERRUPTS();
	if (done % 20 == 0)
		pgstat_report_activity(STATE_RUNNING, psprintf("wms: %s, %d of %d", what, done, all));
}

static int
number_argument(FunctionCallInfo fcinfo, int n, const char *name, int low, int high)
{
	if (PG_ARGISNULL(n) || PG_GETARG_INT32(n) < low || PG_GETARG_INT32(n) > high)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be from %d to %d", name, low, high),
				 PG_ARGISNULL(n) ? errdetail("It is NULL.") : errdetail("It is %d.", PG_GETARG_INT32(n)),
				 errhint("Leave %s out for the usual size.", name)));
	return PG_GETARG_INT32(n);
}

static void
read_arguments(FunctionCallInfo fcinfo, WmsDemo *demo)
{
	demo->product_count = number_argument(fcinfo, 0, "products", 1, 10000);
	demo->order_count = number_argument(fcinfo, 1, "orders", 0, 100000);
	demo->customer_count = 10 + demo->order_count / 5;
	pg_prng_seed(&demo->random, (uint64) number_argument(fcinfo, 2, "seed", PG_INT32_MIN, PG_INT32_MAX));
	demo->self = fcinfo->flinfo->fn_oid;
}

static void
refuse_database_in_use(void)
{
	wms_run(&count_orders, NULL, NULL);
	if (wms_value_int64(0, 1) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("example data is not put into a database in use"),
				 errdetail("There are %s orders.", wms_value_text(0, 1)),
				 errhint("Create a database of its own for the example data.")));
	if (wms_run(&find_earlier_demo, NULL, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the example data is there already"),
				 errdetail("User admin@demo.example exists."),
				 errhint("Create another database for other example data.")));
}

static Datum
counts(void)
{
	bool		isnull;

	wms_run(&count_everything, NULL, NULL);
	return wms_result_copy(wms_value(0, 1, &isnull), JSONBOID);
}

/* Fills an empty database with example data; raises 55000, 22023. */
Datum
wms_seed_demo(PG_FUNCTION_ARGS)
{
	WmsDemo    *demo = palloc0(sizeof(WmsDemo));
	WmsCommand	command;
	int			guc_nest_level;
	Datum		result;

	read_arguments(fcinfo, demo);
	wms_command_begin(&command);
	refuse_database_in_use();
	guc_nest_level = NewGUCNestLevel();
	wms_demo_people(demo);
	wms_demo_catalogue(demo);
	wms_demo_plan_orders(demo);
	wms_demo_stock(demo);
	wms_demo_trade(demo);
	AtEOXact_GUC(true, guc_nest_level);
	result = counts();
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	wms_command_end(&command);
	PG_RETURN_DATUM(result);
}
