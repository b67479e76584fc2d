/*
 * import_links.c
 *		What products and variants are linked to: what the line gives, and nothing else.
 */
#include "postgres.h"

#include "catalog/import.h"

#include "support/args.h"

void
wms_import_keep(StringInfo ids, const pg_uuid_t *id)
{
	appendStringInfo(ids, "%c%s", ids->len == 0 ? '{' : ',', wms_uuid_text(id));
}

void
wms_import_keep_only(WmsColumn **given, const pg_uuid_t *owner, StringInfo ids)
{
	wms_column_add_uuid(given[0], owner);
	wms_column_add_text(given[1], ids->len == 0 ? "{}" : psprintf("%s}", ids->data));
	resetStringInfo(ids);
}

void
wms_import_replace(WmsPlan *leave, WmsColumn **given, WmsPlan *enter, WmsColumn **entered, int entered_count)
{
	Datum		values[3];

	if (given[0]->count == 0)
		return;
	values[0] = wms_column_array(given[0]);
	values[1] = wms_column_array(given[1]);
	wms_run(leave, values, NULL);
	Assert(entered_count <= lengthof(values));
	for (int i = 0; i < entered_count; i++)
		values[i] = wms_column_array(entered[i]);
	wms_run(enter, values, NULL);
}
