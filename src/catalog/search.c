/*
 * search.c
 *		wms_search_products(): full text over name, sku, brand and description.
 *
 * Every word of the query must be found, the last one as the beginning of a word.  Takes no locks; reads as the
 * caller.
 */
#include "postgres.h"

#include "catalog/search_document.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "support/args.h"
#include "support/command.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* Words beyond are left out, and text beyond is not read. */
#define MOST_WORDS 32
#define MOST_OF_A_QUERY (16 * 1024)

PG_FUNCTION_INFO_V1(wms_search_products);

/* Of description, brand, sku and name: every word found counts, so that one field has to be far below the next. */
#define WEIGHTS "'{0.01, 0.1, 0.3, 1}'"

/* $1 what is found, $2 the same without beginnings of words: whole words rank before, $3 rows, $4 rows to skip */
static WmsPlan find_products = WMS_REPORT(
	"SELECT p.id, p.sku, p.name,"
	"       ts_rank(" WEIGHTS ", p.search_document, $1) + ts_rank(" WEIGHTS ", p.search_document, $2) AS rank,"
	"       count(*) OVER () AS total_count"
	"  FROM catalog.products p"
	" WHERE p.search_document @@ $1 AND p.is_active AND p.deleted_at IS NULL"
	" ORDER BY rank DESC, p.name, p.id LIMIT $3 OFFSET $4",
	TSQUERYOID, TSQUERYOID, INT4OID, INT4OID);

typedef struct Search
{
	int			count;
	char	   *words[MOST_WORDS];
} Search;

static void
read_words(Search *query, const char *text)
{
	char	   *rest = wms_search_words(text, MOST_OF_A_QUERY);
	char	   *word;

	query->count = 0;
	while (query->count < MOST_WORDS && (word = wms_search_next_word(&rest)) != NULL)
		query->words[query->count++] = word;
}

static Datum
query_text(const Search *query, bool with_prefix)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < query->count; i++)
		appendStringInfo(&text, "%s'%s'%s", i == 0 ? "" : " & ", query->words[i],
						 with_prefix && i == query->count - 1 ? ":*" : "");
	return DirectFunctionCall1(tsqueryin, CStringGetDatum(text.data));
}

/* wms_search_products(query text, max_rows integer, skip_rows integer) → table; no row for a query without a word */
Datum
wms_search_products(PG_FUNCTION_ARGS)
{
	char	   *text = wms_optional_text(fcinfo, 0);
	Search		query;
	Datum		values[4];

	values[2] = Int32GetDatum(wms_arg_row_count(fcinfo, 1, "max_rows"));
	values[3] = Int32GetDatum(wms_arg_row_count(fcinfo, 2, "skip_rows"));
	read_words(&query, text == NULL ? "" : text);
	if (query.count == 0)
	{
		InitMaterializedSRF(fcinfo, 0);
		return (Datum) 0;
	}
	values[0] = query_text(&query, true);
	values[1] = query_text(&query, false);
	return wms_return_rows(fcinfo, &find_products, values, NULL);
}
