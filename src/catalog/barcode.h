/*
 * barcode.h
 *		Trade item numbers and their check digits.
 */
#ifndef WMS_BARCODE_H
#define WMS_BARCODE_H

#include "postgres.h"

/* How many digits a type of barcode has; 0 for one that may be anything. */
extern int	wms_gtin_digits(const char *type);

/* What is wrong with a barcode of that type, as a sentence; NULL when nothing is. */
extern const char *wms_barcode_fault(const char *type, const char *barcode);

/* The type a barcode is of by its length: a trade item number where it has the digits of one, else internal. */
extern const char *wms_barcode_type(const char *barcode);

#endif							/* WMS_BARCODE_H */
