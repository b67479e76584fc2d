/*
 * amount.h
 *		Money in whole cents, for what is decided in C.
 */
#ifndef WMS_AMOUNT_H
#define WMS_AMOUNT_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/numeric.h"

/*
 * An argument rounded to the cent, half away from zero; 22023 when it is NaN or below zero, 22003 when it is
 * 10000000000 or more.
 */
extern int64 wms_arg_cents(FunctionCallInfo fcinfo, int n, const char *name);

extern Numeric wms_cents_numeric(int64 cents);

/* "12.30" */
extern char *wms_cents_text(int64 cents);

#endif							/* WMS_AMOUNT_H */
