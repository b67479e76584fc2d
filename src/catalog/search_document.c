/*
 * search_document.c
 *		The column search_document of products and brands: what a search finds them by.
 *
 * A document is made of the row alone, and for a product of the skus of its live variants, which change under
 * the lock of the product.  Of its brand it holds the id and not the name: a brand is found by its own
 * document first, so that renaming it touches no product.
 *
 * Words are folded as in slugs: no locale, no dictionary, no stop words.  Takes no locks.
 */
#include "postgres.h"

#include "catalog/search_document.h"

#include "catalog/slug.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "support/args.h"
#include "support/trigger.h"
#include "support/trigger_work.h"
#include "tsearch/ts_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"

#define COLUMN "search_document"

/* How much of a field is read, of a word is kept, and how long a document gets: a tsvector ends at 1 MB. */
#define MOST_OF_A_TEXT (128 * 1024)
#define MOST_OF_A_WORD 128
#define MOST_OF_A_DOCUMENT (512 * 1024)

PG_FUNCTION_INFO_V1(wms_keep_search_document);

/* deleted_at is no condition: the planner would read the whole of an index of the live ones for it */
static WmsPlan find_variant_skus = WMS_PLAN(
	"SELECT CASE WHEN v.deleted_at IS NULL THEN v.sku END FROM catalog.product_variants v"
	" WHERE v.product_id = $1 ORDER BY v.sku",
	UUIDOID);

typedef struct Document
{
	StringInfoData text;		/* as the input of type tsvector */
	int			position;
} Document;

char *
wms_search_words(const char *text, int most)
{
	int			length = pg_mbcliplen(text, strlen(text), most);

	return wms_words_of(pnstrdup(text, length));
}

char *
wms_search_next_word(char **rest)
{
	char	   *word = *rest;
	int			length;

	if (*word == '\0')
		return NULL;
	length = strcspn(word, "-");
	*rest = word[length] == '\0' ? word + length : word + length + 1;
	word[length] = '\0';
	if (length > MOST_OF_A_WORD)
		word[pg_mbcliplen(word, length, MOST_OF_A_WORD)] = '\0';
	return word;
}

/* Folded words hold neither quotes nor backslashes. */
static void
add_word(Document *document, const char *word, char weight)
{
	if (document->text.len >= MOST_OF_A_DOCUMENT)
		return;
	if (document->position < MAXENTRYPOS - 1)
		document->position++;
	appendStringInfo(&document->text, "'%s':%d%c ", word, document->position, weight);
}

static void
add_text(Document *document, const char *text, char weight)
{
	char	   *rest;
	char	   *word;

	if (text == NULL)
		return;
	rest = wms_search_words(text, MOST_OF_A_TEXT);
	while ((word = wms_search_next_word(&rest)) != NULL)
		add_word(document, word, weight);
}

/* "TEA-250" is found by tea, by 250, and by tea250 too. */
static void
add_sku(Document *document, const char *sku)
{
	char	   *words = sku == NULL ? NULL : wms_search_words(sku, MOST_OF_A_WORD);
	char	   *whole;

	add_text(document, sku, 'B');
	if (words == NULL || strchr(words, '-') == NULL)
		return;
	whole = palloc0(strlen(words) + 1);
	for (char *from = words, *to = whole; *from != '\0'; from++)
		if (*from != '-')
			*to++ = *from;
	add_word(document, whole, 'B');
}

/* NULL for NULL */
static char *
text_of(TriggerData *trigger, const char *column)
{
	bool		isnull;
	Datum		value = wms_trigger_value(trigger, wms_trigger_row(trigger), column, TEXTOID, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* A row that is being inserted has none. */
static void
add_variant_skus(Document *document, Datum product)
{
	MemoryContext context = CurrentMemoryContext;
	WmsTriggerWork work;
	uint64		rows;
	char	  **skus;
	char	   *sku;

	wms_trigger_work_begin(&work);
	rows = wms_read_latest(&find_variant_skus, &product);
	skus = MemoryContextAllocHuge(context, sizeof(char *) * Max(rows, 1));
	for (uint64 row = 0; row < rows; row++)
	{
		sku = wms_value_text(row, 1);
		skus[row] = sku == NULL ? NULL : MemoryContextStrdup(context, sku);
	}
	wms_trigger_work_end(&work);
	for (uint64 row = 0; row < rows; row++)
		add_sku(document, skus[row]);
}

static void
add_product(Document *document, TriggerData *trigger)
{
	HeapTuple	row = wms_trigger_row(trigger);
	bool		isnull;
	Datum		id = wms_trigger_value(trigger, row, "id", UUIDOID, &isnull);
	Datum		brand;

	add_text(document, text_of(trigger, "name"), 'A');
	add_sku(document, text_of(trigger, "sku"));
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && !isnull)
		add_variant_skus(document, id);
	brand = wms_trigger_value(trigger, row, "brand_id", UUIDOID, &isnull);
	if (!isnull)
		add_word(document, psprintf(WMS_SEARCH_BRAND "%s", wms_uuid_text(DatumGetUUIDP(brand))), 'C');
	add_text(document, text_of(trigger, "short_description"), 'D');
	add_text(document, text_of(trigger, "description"), 'D');
}

/* Of products and brands: makes search_document anew, whatever is written there. */
Datum
wms_keep_search_document(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_BEFORE | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE);
	Document	document = {.position = 0};
	Datum		value;

	initStringInfo(&document.text);
	if (wms_trigger_is_on(trigger, "catalog", "products"))
		add_product(&document, trigger);
	else if (wms_trigger_is_on(trigger, "catalog", "brands"))
		add_text(&document, text_of(trigger, "name"), 'C');
	else
		wms_trigger_refuse_table(trigger, "catalog.products and catalog.brands");
	value = DirectFunctionCall1(tsvectorin, CStringGetDatum(document.text.data));
	return PointerGetDatum(wms_trigger_set(trigger, wms_trigger_row(trigger), COLUMN, TSVECTOROID, value));
}
