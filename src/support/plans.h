/*
 * plans.h
 *		One registry of cached plans, one executor.
 *
 * Every statement of the extension is constant text in a static WmsPlan at the top of the file that
 * uses it.  The plan is made at first use and kept for the life of the backend.
 */
#ifndef WMS_PLANS_H
#define WMS_PLANS_H

#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "support/compat.h"
#include "utils/relcache.h"
#include "utils/tuplestore.h"

#define WMS_PLAN_MAX_ARGS 24

typedef struct WmsDirectResult WmsDirectResult;

/* The direct form of a statement (direct.h); false when it is for SQL. */
typedef bool (*WmsDirectForm) (Datum *values, const bool *nulls, WmsDirectResult *result);

typedef struct WmsPlan
{
	const char *sql;
	int			nargs;
	Oid			argtypes[WMS_PLAN_MAX_ARGS];
	bool		hashed;			/* joins what it read of a document by hash tables */
	bool		report;			/* reads whole tables: leave the planner's choices alone */
	WmsDirectForm direct;		/* NULL = there is none */
	const Oid  *returns;		/* the types that the direct form returns, up to InvalidOid; NULL = no rows */
	TupleDesc	returned;
	SPIPlanPtr	kept;
} WmsPlan;

/* static WmsPlan name = WMS_PLAN("SELECT ... $1 ...", UUIDOID); */
#define WMS_PLAN(text, ...) \
	{.sql = (text), .nargs = lengthof(((Oid[]) {__VA_ARGS__})), .argtypes = {__VA_ARGS__}}
/* With a direct form: WMS_PLAN_DIRECT(function, types it returns or NULL, "SELECT ... $1 ...", UUIDOID) */
#define WMS_PLAN_DIRECT(form, types, text, ...) \
	{.sql = (text), .nargs = lengthof(((Oid[]) {__VA_ARGS__})), .argtypes = {__VA_ARGS__}, .direct = (form), \
	.returns = (types)}
/*
 * Where no index has the whole of the key, since the lines of a document are kept by document: everything is
 * read once and joined by hash tables.  Look-ups in other tables are LATERAL with OFFSET 0, so that these
 * are not read whole.
 */
#define WMS_PLAN_HASHED(text, ...) \
	{.sql = (text), .nargs = lengthof(((Oid[]) {__VA_ARGS__})), .argtypes = {__VA_ARGS__}, .hashed = true}
#define WMS_PLAN_HASHED_DIRECT(form, types, text, ...) \
	{.sql = (text), .nargs = lengthof(((Oid[]) {__VA_ARGS__})), .argtypes = {__VA_ARGS__}, .hashed = true, \
	.direct = (form), .returns = (types)}
#define WMS_PLAN_NO_ARGS(text) {.sql = (text)}
#define WMS_REPORT(text, ...) \
	{.sql = (text), .nargs = lengthof(((Oid[]) {__VA_ARGS__})), .argtypes = {__VA_ARGS__}, .report = true}
#define WMS_REPORT_NO_ARGS(text) {.sql = (text), .report = true}

/* Both return the number of rows; rows are in SPI_tuptable. nulls may be NULL for "none is". */
extern uint64 wms_run(WmsPlan *plan, Datum *values, const bool *nulls);
extern uint64 wms_read(WmsPlan *plan, Datum *values, const bool *nulls);

/*
 * Reads what is committed now, and the own changes, above READ COMMITTED too: what a lock was waited for
 * is seen.
 */
extern uint64 wms_read_latest(WmsPlan *plan, Datum *values);

/*
 * As wms_run() for a statement that writes so many rows; raises 27000 when a trigger or rule of the user kept
 * some from being written.  wms_require_written(): as it does, for who ran it himself.  wms_run_unaltered(): the first column it returns says of each row whether it
 * is as it was to be.
 */
extern void wms_require_written(WmsPlan *plan, uint64 written, uint64 expected);
extern void wms_run_exactly(WmsPlan *plan, Datum *values, const bool *nulls, uint64 expected);
extern void wms_run_unaltered(WmsPlan *plan, Datum *values, const bool *nulls, uint64 expected);

/* Raises 27000 for a row that was written otherwise than asked for. */
pg_noreturn extern void wms_refuse_altered(WmsPlan *plan);

/* Called once, when the library is loaded. */
extern void wms_plans_init(void);

/* Is a trigger on the table fired by a statement of wms_run() itself, which writes to that table? */
extern bool wms_statement_is_own(Relation relation);

/* Is a statement of wms_run() under way, by whose triggers and the like this is called? */
extern bool wms_statement_is_under_way(void);

/* Columns of the current SPI_tuptable, by number from 1; what they point to lives until the command ends. */
extern Datum wms_value(uint64 row, int column, bool *isnull);
extern char *wms_value_text(uint64 row, int column);
extern bool wms_value_bool(uint64 row, int column);
extern int64 wms_value_int64(uint64 row, int column);

/* All rows of the current SPI_tuptable. */
extern void wms_put_rows(Tuplestorestate *store);

/* Arrays as parameters; nulls may be NULL. */
extern Datum wms_array(Datum *values, const bool *nulls, int count, Oid type);

#endif							/* WMS_PLANS_H */
