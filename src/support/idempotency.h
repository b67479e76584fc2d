/*
 * idempotency.h
 *		The same request under the same key is carried out once.
 */
#ifndef WMS_IDEMPOTENCY_H
#define WMS_IDEMPOTENCY_H

#include "postgres.h"

#include "fmgr.h"

typedef struct WmsIdempotency
{
	const char *command;
	char	   *key;			/* NULL = none was passed */
} WmsIdempotency;

/*
 * To be called first in a command whose last parameter is idempotency_key.  Returns NULL when the command
 * is to be carried out, else the first result, as text.
 */
extern char *wms_idempotency_begin(FunctionCallInfo fcinfo, WmsIdempotency *idempotency);

/* Keeps the result; json is the text of a JSON value. */
extern void wms_idempotency_end(const WmsIdempotency *idempotency, const char *json);

#endif							/* WMS_IDEMPOTENCY_H */
