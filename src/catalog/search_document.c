/*
 * search_document.c
 *		The column search_document of products: what a search finds them by.
 *
 * A document is made of the row, of the name of its brand, and of the skus of its live variants, which change
 * under the lock of the product.
 *
 * Who renames a brand makes the documents of its products anew, waiting for each product.  So a product that stays
 * with its brand may read the name without a lock: it is either seen there, or sees the new name.  One that comes
 * to a brand is not seen there yet, so it locks the brand FOR SHARE first, which waits for the renaming.
 *
 * Words are folded as in slugs: no locale, no dictionary, no stop words.
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
PG_FUNCTION_INFO_V1(wms_note_brand);

static WmsPlan lock_brand = WMS_PLAN("SELECT FROM catalog.brands b WHERE b.id = $1 FOR SHARE", UUIDOID);

static WmsPlan find_brand = WMS_PLAN("SELECT b.name FROM catalog.brands b WHERE b.id = $1 AND b.deleted_at IS NULL",
									 UUIDOID);

/* Their trigger makes the documents. */
static WmsPlan note_brand = WMS_PLAN("UPDATE catalog.products SET search_document = '' WHERE brand_id = $1", UUIDOID);

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

/* A deleted brand is not found. */
static void
add_brand(Document *document, TriggerData *trigger)
{
	MemoryContext context = CurrentMemoryContext;
	bool		isnull;
	Datum		brand = wms_trigger_value(trigger, wms_trigger_row(trigger), "brand_id", UUIDOID, &isnull);
	char	   *name = NULL;
	WmsTriggerWork work;

	if (isnull)
		return;
	wms_trigger_work_begin(&work);
	if (wms_trigger_changes(trigger, "brand_id"))
		wms_run(&lock_brand, &brand, NULL);
	if (wms_read_latest(&find_brand, &brand) > 0)
		name = MemoryContextStrdup(context, wms_value_text(0, 1));
	wms_trigger_work_end(&work);
	add_text(document, name, 'C');
}

static void
add_product(Document *document, TriggerData *trigger)
{
	HeapTuple	row = wms_trigger_row(trigger);
	bool		isnull;
	Datum		id = wms_trigger_value(trigger, row, "id", UUIDOID, &isnull);

	add_text(document, text_of(trigger, "name"), 'A');
	add_sku(document, text_of(trigger, "sku"));
	add_brand(document, trigger);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && !isnull)
		add_variant_skus(document, id);
	add_text(document, text_of(trigger, "short_description"), 'D');
	add_text(document, text_of(trigger, "description"), 'D');
}

/* Of products: makes search_document anew, whatever is written there. */
Datum
wms_keep_search_document(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_BEFORE | WMS_ROW | WMS_ON_INSERT | WMS_ON_UPDATE);
	Document	document = {.position = 0};
	Datum		value;

	wms_trigger_require_table(trigger, "catalog", "products");
	initStringInfo(&document.text);
	add_product(&document, trigger);
	value = DirectFunctionCall1(tsvectorin, CStringGetDatum(document.text.data));
	return PointerGetDatum(wms_trigger_set(trigger, wms_trigger_row(trigger), COLUMN, TSVECTOROID, value));
}

/* Of brands: what its products are found by, when it is renamed, deleted or restored. */
Datum
wms_note_brand(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = wms_trigger_data(fcinfo, WMS_AFTER | WMS_ROW | WMS_ON_UPDATE);
	bool		isnull;
	Datum		brand;
	WmsTriggerWork work;

	wms_trigger_require_table(trigger, "catalog", "brands");
	brand = wms_trigger_value(trigger, wms_trigger_row(trigger), "id", UUIDOID, &isnull);
	wms_trigger_work_begin(&work);
	wms_run(&note_brand, &brand, NULL);
	wms_trigger_work_end(&work);
	return PointerGetDatum(NULL);
}
