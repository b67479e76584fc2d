/*
 * columns.c
 *		Rows handed to a statement as one array a column, for unnest().
 */
#include "postgres.h"

#include "support/columns.h"

#include "support/plans.h"
#include "utils/builtins.h"

WmsColumn *
wms_column(Oid type)
{
	WmsColumn  *column = palloc0(sizeof(WmsColumn));

	column->type = type;
	column->capacity = 16;
	column->values = palloc(sizeof(Datum) * column->capacity);
	column->nulls = palloc(sizeof(bool) * column->capacity);
	return column;
}

void
wms_column_add(WmsColumn *column, Datum value, bool isnull)
{
	if (column->count == column->capacity)
	{
		column->capacity *= 2;
		column->values = repalloc_huge(column->values, sizeof(Datum) * column->capacity);
		column->nulls = repalloc_huge(column->nulls, sizeof(bool) * column->capacity);
	}
	column->values[column->count] = value;
	column->nulls[column->count] = isnull;
	column->count++;
}

Datum
wms_column_array(WmsColumn *column)
{
	return wms_array(column->values, column->nulls, column->count, column->type);
}

void
wms_column_add_uuid(WmsColumn *column, const pg_uuid_t *value)
{
	wms_column_add(column, UUIDPGetDatum(value), value == NULL);
}

void
wms_column_add_text(WmsColumn *column, const char *value)
{
	wms_column_add(column, value == NULL ? (Datum) 0 : CStringGetTextDatum(value), value == NULL);
}

void
wms_column_add_numeric(WmsColumn *column, Numeric value)
{
	wms_column_add(column, NumericGetDatum(value), value == NULL);
}

void
wms_column_add_int(WmsColumn *column, int32 value)
{
	wms_column_add(column, Int32GetDatum(value), false);
}
