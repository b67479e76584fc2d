/*
 * direct.h
 *		Rows reached by table and index, without the executor.
 *
 * The hot statements of the commands have two forms: the SQL of their WmsPlan, and a function in C that reads
 * and writes the same rows.  The function is asked first, and answers false, with nothing written, for
 * whatever it does not know; then the SQL is run.  So the SQL is what counts, and every refusal is its own:
 * where a check, a key or a reference would be violated, the function leaves it to the SQL to say so.
 */
#ifndef WMS_DIRECT_H
#define WMS_DIRECT_H

#include "postgres.h"

#include "access/genam.h"
#include "access/skey.h"
#include "executor/tuptable.h"
#include "nodes/lockoptions.h"
#include "support/plans.h"
#include "utils/snapshot.h"

#define WMS_TABLE_COLUMNS 30
#define WMS_TABLE_KEYS 3
#define WMS_KEY_COLUMNS 4

/* A column as we know it; where the user has given it another type, the table is not reached directly. */
typedef struct WmsTableColumn
{
	const char *name;
	Oid			type;
} WmsTableColumn;

/*
 * Columns, by their place in the table's list, by which rows are found; an index must begin with them.  live,
 * where it is not 0, is a column that is null in the rows that are meant: the index must have no others.  one: the
 * columns are uuids, and no two rows have the same.
 */
typedef struct WmsTableKey
{
	int			count;
	int			columns[WMS_KEY_COLUMNS];
	int			live;
	bool		one;
} WmsTableKey;

typedef struct WmsTableFacts WmsTableFacts;

/* One static descriptor a table. */
typedef struct WmsTable
{
	const char *schema;
	const char *name;
	WmsTableColumn columns[WMS_TABLE_COLUMNS];
	WmsTableKey keys[WMS_TABLE_KEYS];
	WmsTableFacts *facts;		/* what was found out about it; NULL = nothing yet */
	bool		stale;
	struct WmsTable *next;		/* of all whose facts are kept */
} WmsTable;

/* A row that is to be written: new, or a new version of the one at replaces. */
typedef struct WmsNewRow
{
	TupleTableSlot *slot;
	ItemPointerData replaces;
} WmsNewRow;

/* A table for the time of one statement. */
typedef struct WmsOpenTable
{
	WmsTable   *table;
	WmsTableFacts *facts;
	Relation	relation;
	TupleTableSlot *row;		/* the one found last */
	int			key;			/* by which it was found */
	Relation	indexes[WMS_TABLE_KEYS];
	IndexScanDesc scans[WMS_TABLE_KEYS];
	ScanKeyData sought[WMS_TABLE_KEYS][WMS_KEY_COLUMNS];
	int			new_count;
	int			new_capacity;
	WmsNewRow  *new_rows;
} WmsOpenTable;

typedef enum WmsAccess
{
	WMS_TO_READ,
	WMS_TO_LOCK,
	WMS_TO_UPDATE,
	WMS_TO_INSERT
} WmsAccess;

/* NULL when that is for SQL to do. */
extern WmsOpenTable *wms_direct_open(WmsTable *table, WmsAccess access);
extern void wms_direct_close(WmsOpenTable *open);

/* Finds the first row with these values, under the statement's snapshot; nulls may be NULL for "none is". */
extern bool wms_direct_find(WmsOpenTable *open, int key, const Datum *values, const bool *nulls);

/* The next one; not of a key that only one row has. */
extern bool wms_direct_next(WmsOpenTable *open);

/*
 * Locks the row found last, waiting for whoever has it, and reads what it is now.  false when it is gone or no
 * longer the one that was sought; 40001 where the isolation level says so.
 */
extern bool wms_direct_lock(WmsOpenTable *open, LockTupleMode mode);

/* A column of the row found last. */
extern Datum wms_direct_value(WmsOpenTable *open, int column, bool *isnull);

/* Is a column of type text of the row found last set, and to this? */
extern bool wms_direct_is_text(WmsOpenTable *open, int column, const char *wanted);

/* A further row to write: all defaults, or a new version of the row found last. */
extern WmsNewRow *wms_direct_add_row(WmsOpenTable *open);
extern WmsNewRow *wms_direct_change_row(WmsOpenTable *open);
extern void wms_direct_set(WmsOpenTable *open, WmsNewRow *row, int column, Datum value, bool isnull);
extern void wms_direct_set_all(WmsOpenTable *open, WmsNewRow *row, const int *columns, int count, const Datum *values,
							   const bool *nulls);
extern Datum wms_direct_get(WmsOpenTable *open, const WmsNewRow *row, int column, bool *isnull);

/*
 * Write the rows that were added or changed; false, with nothing written, when SQL must do it.  Rows to update
 * are locked before they are changed; columns are those whose values may be other ones than before.
 */
extern bool wms_direct_insert(WmsOpenTable *open);
extern bool wms_direct_update(WmsOpenTable *open, const int *columns, int count);

/*
 * Where rows stand and how they are locked is kept (direct_kept.c) within a command, and forgotten before anything
 * runs that may change them unseen.
 */
extern void wms_direct_begin_command(void);
extern void wms_direct_end_command(void);
extern void wms_direct_forget(void);

/* Runs the function of a plan, if it has one and that is allowed; false when it is for SQL. */
extern bool wms_direct_run(WmsPlan *plan, Datum *values, const bool *nulls);

/* What a plan returns, row by row, into SPI_tuptable; types are those of its columns. */
extern void wms_direct_return(WmsDirectResult *result, const Datum *values, const bool *nulls);

/* Are these rows of a direct form? Only then may the others be called. */
extern bool wms_direct_returned(const SPITupleTable *table);
extern Datum wms_direct_returned_value(const SPITupleTable *table, uint64 row, int column, bool *isnull);
extern void wms_direct_put_returned(const SPITupleTable *table, uint64 row, Tuplestorestate *store);

/* The elements of an array parameter, not to be changed. */
typedef struct WmsElements
{
	int			count;
	const Datum *values;
	const bool *nulls;
} WmsElements;

extern WmsElements wms_elements(Datum array, Oid type);

#endif							/* WMS_DIRECT_H */
