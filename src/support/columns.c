/*
 * columns.c
 *		Rows handed to a statement as one array a column, for unnest().
 */
#include "postgres.h"

#include "support/columns.h"

#include "support/plans.h"
#include "utils/builtins.h"

#define COLUMN_TAG 0x77

/* Columns of other types are handed over as arrays. */
Oid
wms_column_array_type(Oid type)
{
	switch (type)
	{
		case UUIDOID:
			return UUIDARRAYOID;
		case INT4OID:
			return INT4ARRAYOID;
		case TEXTOID:
			return TEXTARRAYOID;
		case NUMERICOID:
			return NUMERICARRAYOID;
	}
	return InvalidOid;
}

/* Most columns are short. */
typedef struct FewValues
{
	WmsColumn	column;
	Datum		values[16];
	bool		nulls[16];
} FewValues;

WmsColumn *
wms_column(Oid type)
{
	FewValues  *few = palloc(sizeof(FewValues));
	WmsColumn  *column = &few->column;

	SET_VARTAG_1B_E(column->header, COLUMN_TAG);
	column->type = type;
	column->count = 0;
	column->capacity = lengthof(few->values);
	column->values = few->values;
	column->nulls = few->nulls;
	return column;
}

static void
make_room(WmsColumn *column)
{
	Datum	   *values = palloc_extended(sizeof(Datum) * column->capacity * 2, MCXT_ALLOC_HUGE);
	bool	   *nulls = palloc_extended(sizeof(bool) * column->capacity * 2, MCXT_ALLOC_HUGE);

	memcpy(values, column->values, sizeof(Datum) * column->count);
	memcpy(nulls, column->nulls, sizeof(bool) * column->count);
	if (column->values != ((FewValues *) column)->values)
	{
		pfree(column->values);
		pfree(column->nulls);
	}
	column->values = values;
	column->nulls = nulls;
	column->capacity *= 2;
}

void
wms_column_add(WmsColumn *column, Datum value, bool isnull)
{
	if (column->count == column->capacity)
		make_room(column);
	column->values[column->count] = value;
	column->nulls[column->count] = isnull;
	column->count++;
}

Datum
wms_column_array(WmsColumn *column)
{
	return wms_array(column->values, column->nulls, column->count, column->type);
}

Datum
wms_column_param(WmsColumn *column)
{
	return OidIsValid(wms_column_array_type(column->type)) ? PointerGetDatum(column) : wms_column_array(column);
}

WmsColumn *
wms_param_column(Datum param, Oid array_type)
{
	WmsColumn  *column = (WmsColumn *) DatumGetPointer(param);

	switch (array_type)
	{
		case UUIDARRAYOID:
		case INT4ARRAYOID:
		case TEXTARRAYOID:
		case NUMERICARRAYOID:
			return VARATT_IS_EXTERNAL(column) && VARTAG_EXTERNAL(column) == COLUMN_TAG ? column : NULL;
	}
	return NULL;
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
