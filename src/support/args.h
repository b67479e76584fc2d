/*
 * args.h
 *		Arguments of commands: presence, range, and the words of the refusal.
 */
#ifndef WMS_ARGS_H
#define WMS_ARGS_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/date.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* A 36-character uuid, for messages. */
extern char *wms_uuid_text(const pg_uuid_t *uuid);

/* As much of a caller's text as a message can carry. */
extern char *wms_shown(const char *text);

/* Raise 22023 when the argument is NULL. */
extern pg_uuid_t *wms_arg_uuid(FunctionCallInfo fcinfo, int n, const char *name);
extern char *wms_arg_text(FunctionCallInfo fcinfo, int n, const char *name);

/* One of the words in the list, else 22023. */
extern char *wms_arg_listed(FunctionCallInfo fcinfo, int n, const char *name, const char *const *list, int count);
extern char *wms_arg_payment_method(FunctionCallInfo fcinfo, int n);

/* NULL when the argument is NULL. */
extern pg_uuid_t *wms_optional_uuid(FunctionCallInfo fcinfo, int n);
extern char *wms_optional_text(FunctionCallInfo fcinfo, int n);

/* What something is known by, which an index must take: NULL when the argument is NULL; '' or too long is 22023. */
extern char *wms_optional_name(FunctionCallInfo fcinfo, int n, const char *name);
extern void wms_refuse_long_name(const char *name, const char *text);

/* A positive number of units, else 22023; NULL when the argument is NULL. */
extern int32 *wms_optional_units(FunctionCallInfo fcinfo, int n, const char *name);

/* max_rows and skip_rows of queries: NULL or negative is 22023. */
extern int32 wms_arg_row_count(FunctionCallInfo fcinfo, int n, const char *name);

/* A positive span from now, else 22023. */
extern TimestampTz wms_arg_expiry(FunctionCallInfo fcinfo, int n, const char *name, TimestampTz from);

/* A calendar date, the business date for NULL; infinity is 22023. */
extern DateADT wms_arg_as_of(FunctionCallInfo fcinfo, int n, const char *name);

/*
 * The first instant of the business day that comes so many days after a date.  NULL is 22023, or stands for an
 * instant of its own; infinity is 22023.
 */
extern TimestampTz wms_arg_day(FunctionCallInfo fcinfo, int n, const char *name, int days);
extern TimestampTz wms_optional_day(FunctionCallInfo fcinfo, int n, const char *name, int days, TimestampTz none);

/* A parameter of a plan from an optional value. */
extern Datum wms_uuid_param(const pg_uuid_t *uuid, bool *isnull);
extern Datum wms_text_param(const char *text, bool *isnull);

extern bool wms_uuid_equal(const pg_uuid_t *a, const pg_uuid_t *b);

#endif							/* WMS_ARGS_H */
