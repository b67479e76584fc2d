/*
 * slug.h
 *		Names as parts of addresses on the web, and the words of a text.
 */
#ifndef WMS_SLUG_H
#define WMS_SLUG_H

#include "postgres.h"

/* The words of a text, folded, with a hyphen between them; empty when there is none. */
extern char *wms_words_of(const char *text);

/* The slug of a title in the server's encoding; never empty. */
extern char *wms_slug_of(const char *title);

#endif							/* WMS_SLUG_H */
