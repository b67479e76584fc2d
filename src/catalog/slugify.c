/*
 * slugify.c
 *		Names as parts of addresses on the web: "Crème brûlée, 2 l" is creme-brulee-2-l.
 *
 * Latin and Greek letters lose their accents, letters of other scripts stay; all are lower case.  Whatever
 * is neither letter nor digit separates.  It knows no locale, so that it is immutable.
 */
#include "postgres.h"

#include "catalog/slug.h"

#include "common/unicode_norm.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#define FALLBACK "item"

PG_FUNCTION_INFO_V1(wms_slugify);

typedef struct Range
{
	pg_wchar	first;
	pg_wchar	last;
} Range;

/* Letters that have no decomposition but a usual spelling, both cases. */
static const struct
{
	pg_wchar	letter;
	const char *spelling;
}			spellings[] = {
	{0x00C6, "ae"}, {0x00D0, "d"}, {0x00D8, "o"}, {0x00DE, "th"}, {0x00DF, "ss"}, {0x00E6, "ae"},
	{0x00F0, "d"}, {0x00F8, "o"}, {0x00FE, "th"}, {0x0110, "d"}, {0x0111, "d"}, {0x0126, "h"},
	{0x0127, "h"}, {0x0131, "i"}, {0x0141, "l"}, {0x0142, "l"}, {0x014A, "ng"}, {0x014B, "ng"},
	{0x0152, "oe"}, {0x0153, "oe"}, {0x0166, "t"}, {0x0167, "t"}, {0x018F, "e"}, {0x0192, "f"},
	{0x0259, "e"}, {0x1E9E, "ss"},
};

/* Marks that accent the letter before them. */
static const Range accents[] = {
	{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE20, 0xFE2F},
};

/* Signs within words that nobody sees. */
static const Range invisible[] = {
	{0x00AD, 0x00AD}, {0x200B, 0x200F}, {0x2060, 0x2064}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},
};

/* Punctuation and symbols beyond ASCII, what NFKD leaves of them. */
static const Range separators[] = {
	{0x0080, 0x00B4}, {0x00B6, 0x00BF}, {0x00D7, 0x00D7}, {0x00F7, 0x00F7}, {0x02B9, 0x02DF}, {0x02E5, 0x02FF},
	{0x037E, 0x037E}, {0x0387, 0x0387}, {0x055A, 0x055F}, {0x0589, 0x058F}, {0x05BE, 0x05BE}, {0x05C0, 0x05C0},
	{0x05C3, 0x05C3}, {0x05C6, 0x05C6}, {0x05F3, 0x05F4}, {0x0600, 0x060F}, {0x061B, 0x061F}, {0x066A, 0x066D},
	{0x06D4, 0x06D4}, {0x0964, 0x0965}, {0x0E3F, 0x0E3F}, {0x0E4F, 0x0E4F}, {0x0E5A, 0x0E5B}, {0x0F04, 0x0F14},
	{0x10FB, 0x10FB}, {0x1360, 0x1368}, {0x17D4, 0x17DB}, {0x1800, 0x180E}, {0x2000, 0x206F}, {0x20A0, 0x20CF},
	{0x2100, 0x2BFF}, {0x2E00, 0x2E7F}, {0x3000, 0x3004}, {0x3007, 0x3020}, {0x3030, 0x3030}, {0x3036, 0x303F},
	{0x30FB, 0x30FB}, {0xA4FE, 0xA4FF}, {0xD800, 0xF8FF}, {0xFD3E, 0xFD3F}, {0xFE10, 0xFE1F}, {0xFE30, 0xFE6F},
	{0xFF00, 0xFF0F}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF},
};

static bool
is_in(pg_wchar c, const Range *ranges, int count)
{
	for (int i = 0; i < count && ranges[i].first <= c; i++)
		if (c <= ranges[i].last)
			return true;
	return false;
}

static const char *
spelling_of(pg_wchar c)
{
	for (int i = 0; i < lengthof(spellings); i++)
		if (spellings[i].letter == c)
			return spellings[i].spelling;
	return NULL;
}

static bool
is_greek(pg_wchar c)
{
	return c >= 0x0370 && c <= 0x03FF;
}

/* Greek, Cyrillic and Armenian; other scripts beyond Latin that are in use have one case. */
static pg_wchar
to_lower(pg_wchar c)
{
	if ((c >= 0x0391 && c <= 0x03A9) || (c >= 0x0410 && c <= 0x042F))
		return c + 0x20;
	if (c >= 0x0400 && c <= 0x040F)
		return c + 0x50;
	if ((c >= 0x0460 && c <= 0x0481) || (c >= 0x048A && c <= 0x04BF) || (c >= 0x04D0 && c <= 0x052F))
		return c | 1;
	if (c >= 0x04C1 && c <= 0x04CE)
		return c + (c & 1);
	if (c >= 0x0531 && c <= 0x0556)
		return c + 0x30;
	return c;
}

typedef struct Slug
{
	pg_wchar   *letters;
	int			length;
	bool		separated;		/* a separator is due before the next letter */
	bool		folds;			/* the last letter loses its accents */
} Slug;

static void
add_letter(Slug *slug, pg_wchar c, bool folds)
{
	if (slug->separated && slug->length > 0)
		slug->letters[slug->length++] = '-';
	slug->separated = false;
	slug->folds = folds;
	slug->letters[slug->length++] = c;
}

static void
add_ascii(Slug *slug, pg_wchar c)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))
		add_letter(slug, c, true);
	else if (c >= 'A' && c <= 'Z')
		add_letter(slug, c + ('a' - 'A'), true);
	else
		slug->separated = true;
}

static void
add(Slug *slug, pg_wchar c)
{
	const char *spelling = spelling_of(c);

	if (c < 0x80)
		add_ascii(slug, c);
	else if (spelling != NULL)
		for (; *spelling != '\0'; spelling++)
			add_ascii(slug, *spelling);
	else if (is_in(c, accents, lengthof(accents)))
	{
		if (!slug->folds && !slug->separated && slug->length > 0)
			slug->letters[slug->length++] = c;
	}
	else if (is_in(c, separators, lengthof(separators)) && !is_in(c, invisible, lengthof(invisible)))
		slug->separated = true;
	else if (!is_in(c, invisible, lengthof(invisible)))
		add_letter(slug, to_lower(c), is_greek(c));
}

/* The code points of a text, ended by a zero. Trade marks go first: NFKD would spell them out. */
static pg_wchar *
decompose(const char *utf8)
{
	int			length = strlen(utf8);
	pg_wchar   *points = palloc((length + 1) * sizeof(pg_wchar));

	pg_encoding_mb2wchar_with_len(PG_UTF8, utf8, points, length);
	for (pg_wchar *point = points; *point != 0; point++)
		if (*point == 0x2122 || *point == 0x2120)
			*point = ' ';
	return unicode_normalize(UNICODE_NFKD, points);
}

static int
count_points(const pg_wchar *points)
{
	int			count = 0;

	while (points[count] != 0)
		count++;
	return count;
}

/* Letters that were taken apart and keep their marks are put together again. */
static char *
compose(Slug *slug)
{
	pg_wchar   *composed;
	char	   *utf8;
	int			count;

	slug->letters[slug->length] = 0;
	composed = unicode_normalize(UNICODE_NFC, slug->letters);
	count = count_points(composed);
	utf8 = palloc(count * MAX_MULTIBYTE_CHAR_LEN + 1);
	pg_encoding_wchar2mb_with_len(PG_UTF8, composed, utf8, count);
	return utf8;
}

/* A database of encoding SQL_ASCII holds any bytes: those that are no UTF-8 separate. */
static char *
to_utf8(const char *text)
{
	char	   *utf8;
	char	   *end;
	int			length;

	if (GetDatabaseEncoding() != PG_SQL_ASCII)
		return pg_server_to_any(text, strlen(text), PG_UTF8);
	utf8 = pstrdup(text);
	end = utf8 + strlen(utf8);
	for (char *from = utf8; from < end; from += length)
	{
		length = pg_encoding_verifymbchar(PG_UTF8, from, end - from);
		if (length > 0)
			continue;
		*from = ' ';
		length = 1;
	}
	return utf8;
}

char *
wms_words_of(const char *text)
{
	pg_wchar   *points = decompose(to_utf8(text));
	Slug		slug = {0};
	char	   *utf8;

	/* one point makes two letters and a separator at most */
	slug.letters = palloc((3 * count_points(points) + 1) * sizeof(pg_wchar));
	for (; *points != 0; points++)
		add(&slug, *points);
	if (slug.length == 0)
		return pstrdup("");
	utf8 = compose(&slug);
	return pg_any_to_server(utf8, strlen(utf8), PG_UTF8);
}

char *
wms_slug_of(const char *title)
{
	char	   *words = wms_words_of(title);

	return words[0] == '\0' ? FALLBACK : words;
}

/* The slug of a title: 'item' where nothing is left of it. */
Datum
wms_slugify(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(wms_slug_of(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}
