/*
 * version.c
 *		Which wms is this?
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(wms_version);

/* The version in wms.control when the library was built. */
Datum
wms_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(WMS_VERSION));
}
