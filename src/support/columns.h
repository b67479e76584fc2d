/*
 * columns.h
 *		Rows handed to a statement as one array a column, for unnest().
 */
#ifndef WMS_COLUMNS_H
#define WMS_COLUMNS_H

#include "postgres.h"

#include "utils/numeric.h"
#include "utils/uuid.h"

typedef struct WmsColumn
{
	Oid			type;
	int			count;
	int			capacity;
	Datum	   *values;
	bool	   *nulls;
} WmsColumn;

extern WmsColumn *wms_column(Oid type);
extern void wms_column_add(WmsColumn *column, Datum value, bool isnull);
extern Datum wms_column_array(WmsColumn *column);

/* NULL adds a null */
extern void wms_column_add_uuid(WmsColumn *column, const pg_uuid_t *value);
extern void wms_column_add_text(WmsColumn *column, const char *value);
extern void wms_column_add_numeric(WmsColumn *column, Numeric value);
extern void wms_column_add_int(WmsColumn *column, int32 value);

#endif							/* WMS_COLUMNS_H */
