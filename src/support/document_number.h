/*
 * document_number.h
 *		The numbers on paper: orders, refunds, transfers, payouts.
 */
#ifndef WMS_DOCUMENT_NUMBER_H
#define WMS_DOCUMENT_NUMBER_H

#include "postgres.h"

/*
 * "PREFIX-YYYYMMDD-NNNNNN" of the business date and the next value of the sequence: six digits at least,
 * more when it must be.  Needs no right on the sequence; raises WM091 when there is none.
 */
extern text *wms_document_number(const char *prefix, const char *schema, const char *sequence);

#endif							/* WMS_DOCUMENT_NUMBER_H */
