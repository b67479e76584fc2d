/*
 * actor.c
 *		On whose behalf a session acts: wms.actor_id, or what a gateway says of the bearer of a token.
 *
 * Takes no locks.
 */
#include "postgres.h"

#include "support/actor.h"

#include "common/jsonapi.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "support/settings.h"
#include "utils/guc.h"
#include "utils/memutils.h"

/* Deeper claims are nobody's: the parser would raise an error where the stack ends. */
#define CLAIMS_MAX_DEPTH 100

typedef enum ActorVerdict
{
	ACTOR_UNSET,				/* this source says nothing: ask the next one */
	ACTOR_NOBODY,				/* it says something that names no actor */
	ACTOR_NAMED
} ActorVerdict;

typedef ActorVerdict (*ActorReader) (const char *text, pg_uuid_t *uuid);

/* A setting that may name the actor, and what its text was found to mean when last looked at. */
typedef struct ActorSource
{
	const char *setting;
	ActorReader read;
	char	   *seen;
	ActorVerdict verdict;
	pg_uuid_t	uuid;
} ActorSource;

static ActorVerdict read_setting(const char *text, pg_uuid_t *uuid);
static ActorVerdict read_claims(const char *text, pg_uuid_t *uuid);
static ActorVerdict read_claim(const char *text, pg_uuid_t *uuid);

/* The first one that is set decides. */
static ActorSource sources[] = {
	{.setting = "wms.actor_id", .read = read_setting},
	{.setting = "request.jwt.claims", .read = read_claims},
	{.setting = "jwt.claims.user_id", .read = read_claim},
};

PG_FUNCTION_INFO_V1(wms_current_actor);

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Reads every form that uuid_in() reads, but answers false where that raises. */
static bool
parse_uuid(const char *text, pg_uuid_t *uuid)
{
	bool		braces = *text == '{';

	if (braces)
		text++;
	for (int i = 0; i < UUID_LEN; i++)
	{
		int			high = hex_digit(text[0]);
		int			low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0)
			return false;
		uuid->data[i] = (unsigned char) (high << 4 | low);
		text += 2;
		if (*text == '-' && i % 2 == 1 && i < UUID_LEN - 1)
			text++;
	}
	if (braces && *text++ != '}')
		return false;
	return *text == '\0';
}

static ActorVerdict
read_setting(const char *text, pg_uuid_t *uuid)
{
	if (!parse_uuid(text, uuid))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("wms.actor_id \"%s\" is not a uuid", text),
				 errhint("Set wms.actor_id to the id of a user, or to '' for nobody.")));
	return ACTOR_NAMED;
}

static ActorVerdict
read_claim(const char *text, pg_uuid_t *uuid)
{
	return parse_uuid(text, uuid) ? ACTOR_NAMED : ACTOR_NOBODY;
}

/* How deep the brackets outside of strings nest at most; says nothing of whether they match. */
static int
nesting_depth(const char *json)
{
	bool		in_string = false;
	int			depth = 0;
	int			deepest = 0;

	for (const char *p = json; *p != '\0'; p++)
	{
		if (in_string && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			in_string = !in_string;
		else if (!in_string && (*p == '{' || *p == '['))
			deepest = Max(deepest, ++depth);
		else if (!in_string && (*p == '}' || *p == ']'))
			depth--;
	}
	return deepest;
}

static bool
is_json(const char *text)
{
	JsonParseErrorType result;
	int			encoding = GetDatabaseEncoding();
	JsonLexContext *lex;

	if (nesting_depth(text) > CLAIMS_MAX_DEPTH)
		return false;
	/* Escapes are left alone here: to convert them to the server's encoding may raise an error. */
#if PG_VERSION_NUM >= 170000
	lex = makeJsonLexContextCstringLen(NULL, text, strlen(text), encoding, false);
	result = pg_parse_json(lex, &nullSemAction);
	freeJsonLexContext(lex);
#else
	lex = makeJsonLexContextCstringLen((char *) text, strlen(text), encoding, false);
	result = pg_parse_json(lex, &nullSemAction);
	pfree(lex);
#endif
	return result == JSON_SUCCESS;
}

/*
 * Returns the string that begins at *p, a quote, and moves *p behind it.  An escape of a character that
 * stands neither in "sub" nor in a uuid becomes a question mark.
 */
static char *
take_string(const char **p)
{
	const char *in = *p + 1;
	char	   *text = palloc(strlen(in) + 1);
	char	   *out = text;

	for (; *in != '"'; in++)
	{
		if (*in != '\\')
			*out++ = *in;
		else if (*++in != 'u')
			*out++ = '?';
		else
		{
			int			high = hex_digit(in[3]);

			*out++ = in[1] == '0' && in[2] == '0' && high > 0 && high < 8 ? high << 4 | hex_digit(in[4]) : '?';
			in += 4;
		}
	}
	*out = '\0';
	*p = in + 1;
	return text;
}

/* Moves *p, at the colon, to the value behind it; returns its text, NULL for null, "?" for what is no string. */
static char *
take_value(const char **p)
{
	do
		(*p)++;
	while (strchr(" \t\r\n", **p) != NULL);
	if (**p == '"')
		return take_string(p);
	return **p == 'n' ? NULL : pstrdup("?");
}

/* What json ->> key is, of text known to be JSON: of a key that stands there twice, the last one counts. */
static char *
top_level_member(const char *json, const char *key)
{
	char	   *value = NULL;
	bool		found = false;
	int			depth = 0;

	for (const char *p = json; *p != '\0';)
	{
		if (*p == '[' && depth == 0)
			return NULL;
		if (*p == '"')
		{
			char	   *name = take_string(&p);

			found = depth == 1 && strcmp(name, key) == 0;
		}
		else if (*p == ':' && depth == 1 && found)
		{
			value = take_value(&p);
			found = false;
		}
		else
		{
			depth += *p == '{' || *p == '[' ? 1 : *p == '}' || *p == ']' ? -1 : 0;
			p++;
		}
	}
	return value;
}

static ActorVerdict
read_claims(const char *text, pg_uuid_t *uuid)
{
	char	   *subject;

	if (!is_json(text))
		return ACTOR_NOBODY;
	subject = top_level_member(text, "sub");
	if (subject == NULL || *subject == '\0')
		return ACTOR_UNSET;
	return read_claim(subject, uuid);
}

/* A setting is judged anew only when its text has changed. */
static ActorVerdict
judge(ActorSource *source, const char *text)
{
	ActorVerdict verdict;
	pg_uuid_t	uuid = {0};
	char	   *copy;

	if (source->seen != NULL && strcmp(source->seen, text) == 0)
		return source->verdict;
	verdict = source->read(text, &uuid);
	copy = MemoryContextStrdup(TopMemoryContext, text);
	if (source->seen != NULL)
		pfree(source->seen);
	source->seen = copy;
	source->verdict = verdict;
	source->uuid = uuid;
	return verdict;
}

const pg_uuid_t *
wms_actor(void)
{
	for (int i = 0; i < lengthof(sources); i++)
	{
		const char *text = i == 0 ? wms_actor_id : GetConfigOption(sources[i].setting, true, false);

		if (text == NULL || *text == '\0')
			continue;
		switch (judge(&sources[i], text))
		{
			case ACTOR_UNSET:
				continue;
			case ACTOR_NOBODY:
				return NULL;
			case ACTOR_NAMED:
				return &sources[i].uuid;
		}
	}
	return NULL;
}

/* wms_current_actor() → uuid */
Datum
wms_current_actor(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *actor = wms_actor();
	pg_uuid_t  *result;

	if (actor == NULL)
		PG_RETURN_NULL();
	result = palloc(sizeof(pg_uuid_t));
	*result = *actor;
	PG_RETURN_UUID_P(result);
}
