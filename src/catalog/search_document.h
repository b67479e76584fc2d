/*
 * search_document.h
 *		What a search finds a product by, and the words of a query to find it with.
 */
#ifndef WMS_SEARCH_DOCUMENT_H
#define WMS_SEARCH_DOCUMENT_H

#include "postgres.h"

/*
 * The next word of folded words, cut to what a document keeps of one; NULL at the end.  *rest moves on, and
 * what it points to is written to.
 */
extern char *wms_search_next_word(char **rest);

/* The folded words of so many bytes of a text. */
extern char *wms_search_words(const char *text, int most);

#endif							/* WMS_SEARCH_DOCUMENT_H */
