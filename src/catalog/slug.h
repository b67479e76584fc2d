/*
 * slug.h
 *		Names as parts of addresses on the web.
 */
#ifndef WMS_SLUG_H
#define WMS_SLUG_H

#include "postgres.h"

/* The slug of a title in the server's encoding; never empty. */
extern char *wms_slug_of(const char *title);

#endif							/* WMS_SLUG_H */
