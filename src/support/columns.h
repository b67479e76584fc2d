/*
 * columns.h
 *		Rows handed to a statement as one array a column, for unnest().
 *
 * A column may be handed over as it is (wms_column_param): its direct form reads it so, and an array is made of it
 * only for SQL.
 */
#ifndef WMS_COLUMNS_H
#define WMS_COLUMNS_H

#include "postgres.h"

#include "support/compat.h"
#include "utils/numeric.h"
#include "utils/uuid.h"

typedef struct WmsColumn
{
	char		header[VARHDRSZ_EXTERNAL];	/* of a kind that no value of PostgreSQL is of */
	Oid			type;
	int			count;
	int			capacity;
	Datum	   *values;
	bool	   *nulls;
} WmsColumn;

extern WmsColumn *wms_column(Oid type);
extern void wms_column_add(WmsColumn *column, Datum value, bool isnull);
extern Datum wms_column_array(WmsColumn *column);

/* A parameter of wms_run() and wms_read(), for nothing else; the column must not change until then. */
extern Datum wms_column_param(WmsColumn *column);

/* The column that such a parameter is; NULL = it is an array. */
extern WmsColumn *wms_param_column(Datum param, Oid array_type);
extern Oid wms_column_array_type(Oid type);

/* NULL adds a null */
extern void wms_column_add_uuid(WmsColumn *column, const pg_uuid_t *value);
extern void wms_column_add_text(WmsColumn *column, const char *value);
extern void wms_column_add_numeric(WmsColumn *column, Numeric value);
extern void wms_column_add_int(WmsColumn *column, int32 value);

#endif							/* WMS_COLUMNS_H */
