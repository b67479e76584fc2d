/*
 * direct_facts.h
 *		What the direct way knows of a table; for direct*.c only.
 */
#ifndef WMS_DIRECT_FACTS_H
#define WMS_DIRECT_FACTS_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "support/direct.h"

/* A foreign key to a primary key of as many columns. */
typedef struct WmsReference
{
	Oid			parent;
	int			count;
	AttrNumber	parent_column;	/* where the key is one uuid, by which rows are kept; else 0 */
	AttrNumber	columns[WMS_KEY_COLUMNS];	/* in the order of the parent's index */
	ScanKeyData sought[WMS_KEY_COLUMNS];	/* without the values */
} WmsReference;

typedef struct WmsIndexFacts
{
	Oid			index;
	IndexInfo  *info;
	ExprState  *predicate;		/* NULL = covers every row */
	List	   *expressions;	/* ExprState of each column that is none of the table */
	Bitmapset  *columns;		/* that its columns are made of */
} WmsIndexFacts;

/* An expression of a column: its default, or what it is generated from. */
typedef struct WmsColumnExpression
{
	AttrNumber	number;
	ExprState  *expression;
} WmsColumnExpression;

struct WmsTableFacts
{
	MemoryContext context;
	Oid			relation;
	uint64		used_in;		/* the last statement that did */
	bool		complete;		/* no error came in between */
	bool		readable;
	bool		insertable;
	bool		updatable;
	AttrNumber	numbers[WMS_TABLE_COLUMNS];
	int32		typmods[WMS_TABLE_COLUMNS];
	Oid			key_indexes[WMS_TABLE_KEYS];
	ScanKeyData sought[WMS_TABLE_KEYS][WMS_KEY_COLUMNS];	/* without the values */
	ExprContext *expression_context;
	int			default_count;
	WmsColumnExpression *defaults;
	int			generated_count;
	WmsColumnExpression *generated;
	int			check_count;
	ExprState **checks;
	int			index_count;
	WmsIndexFacts *indexes;
	int			reference_count;
	WmsReference *references;
};

typedef enum WmsRowLock
{
	WMS_ROW_LOCKED,
	WMS_ROW_LOCKED_LATER,		/* a version that came after the one that was found: look at it again */
	WMS_ROW_GONE
} WmsRowLock;

/* Locks the row in the slot, and puts there what it is now. */
extern WmsRowLock wms_direct_lock_row(Relation relation, TupleTableSlot *row, LockTupleMode mode);

/* Looks at the table, which is open and locked; remembers what it finds until the table changes. */
extern void wms_direct_learn(WmsTable *table, Relation relation);

/* The part of it that concerns writing. */
extern void wms_direct_learn_writing(WmsTable *table, Relation relation);

/* An ordinary heap of its own? */
extern bool wms_direct_is_plain_table(Relation relation);

/* Which of the columns we know it is; -1 = none. */
extern int	wms_direct_column_place(const WmsTable *table, const char *name);

/* May the index be used for a scan with the active snapshot? */
extern bool wms_direct_index_serves(Relation index);

/* Prepares a scan key for a column of a btree index; false when equality there is not what it is for the type. */
extern bool wms_direct_seek_key(ScanKey key, Relation index, int number, Oid type);

#endif							/* WMS_DIRECT_FACTS_H */
