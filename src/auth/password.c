/*
 * password.c
 *		Passwords: which are good enough, and their bcrypt hashes, by the crypt library of the system.
 *
 * A hash is computed over the UTF-8 of a password, whatever the encoding of the database, so that it moves
 * with a dump.  The computing cannot be interrupted; its cost is limited, also in hashes that come from
 * elsewhere.
 *
 * Takes no locks, runs no SQL.
 */
#include "postgres.h"

#include <crypt.h>
#include <ctype.h>

#include "auth/password.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "support/args.h"
#include "support/settings.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(wms_hash_password);
PG_FUNCTION_INFO_V1(wms_verify_password);

#define KIND "$2b$"
#define SHORTEST_PASSWORD 8		/* characters */
#define LONGEST_PASSWORD 72		/* bytes: bcrypt does not look at more */
#define LOWEST_COST 4
#define HIGHEST_COST 16			/* as wms.bcrypt_cost */

/* $2b$12$ is followed by 22 characters of salt and 31 of digest. */
#define HASH_LENGTH 60
#define DIGEST_START 29
#define SALT_BYTES 16

void
wms_forget(char *secret)
{
	explicit_bzero(secret, strlen(secret));
}

/* The password in UTF-8, in memory of its own; NULL for what is no text. */
static char *
in_utf8(const char *password)
{
	int			length = strlen(password);
	int			encoding = GetDatabaseEncoding();

	if (encoding != PG_SQL_ASCII && encoding != PG_UTF8)
		return pg_server_to_any(password, length, PG_UTF8);
	return pg_verify_mbstr(PG_UTF8, password, length, true) ? pstrdup(password) : NULL;
}

static int
count_characters(const char *utf8)
{
	int			count = 0;

	for (; *utf8 != '\0'; utf8++)
		count += (*utf8 & 0xc0) != 0x80;
	return count;
}

static void
refuse_password(const char *name, const char *why, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s %s", name, why),
			 errdetail("%s", detail),
			 errhint("Choose one of at least %d characters and at most %d bytes of UTF-8.", SHORTEST_PASSWORD,
					 LONGEST_PASSWORD)));
}

/* The refusals say how long a password is, never what it is. */
char *
wms_arg_new_password(FunctionCallInfo fcinfo, int n, const char *name)
{
	char	   *given = wms_arg_text(fcinfo, n, name);
	char	   *password = in_utf8(given);

	wms_forget(given);
	if (password == NULL)
		refuse_password(name, "is not valid UTF-8", "The encoding of the database lets any bytes pass.");
	if (password[0] == '\0')
		refuse_password(name, "must not be empty", "A user without a password has no password_hash.");
	if (count_characters(password) < SHORTEST_PASSWORD)
		refuse_password(name, "is too short", psprintf("It has %d characters.", count_characters(password)));
	if (strlen(password) > LONGEST_PASSWORD)
		refuse_password(name, "is too long", psprintf("It has %zu bytes; bcrypt would ignore the rest.",
													  strlen(password)));
	return password;
}

static void
refuse_crypt_library(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("the crypt library of the system computes no bcrypt"),
			 errhint("Install libxcrypt, and allow bcrypt where the policy of the system forbids it.")));
}

/* The cost in a hash; -1 for what is no hash, or one of a cost that nobody would wait for. */
static int
cost_of(const char *hash)
{
	int			cost;

	if (hash == NULL || strlen(hash) != HASH_LENGTH || strncmp(hash, "$2", 2) != 0 || strchr("aby", hash[2]) == NULL ||
		hash[3] != '$' || !isdigit((unsigned char) hash[4]) || !isdigit((unsigned char) hash[5]) || hash[6] != '$')
		return -1;
	if (strspn(&hash[7], "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") != HASH_LENGTH - 7)
		return -1;
	cost = 10 * (hash[4] - '0') + hash[5] - '0';
	return cost < LOWEST_COST || cost > HIGHEST_COST ? -1 : cost;
}

/* The hash of the password with the salt and the cost of another hash, or of a setting. */
static char *
crypt_password(const char *password, const char *setting)
{
	struct crypt_data *work = palloc0(sizeof(struct crypt_data));
	char		phrase[LONGEST_PASSWORD + 1];
	char	   *hash;

	CHECK_FOR_INTERRUPTS();
	strlcpy(phrase, password, sizeof(phrase));
	hash = crypt_r(phrase, setting, work);
	if (hash == NULL || cost_of(hash) < 0)
		refuse_crypt_library();
	hash = pstrdup(hash);
	explicit_bzero(phrase, sizeof(phrase));
	explicit_bzero(work, sizeof(struct crypt_data));
	pfree(work);
	return hash;
}

static char *
new_hash(const char *password, int cost)
{
	char		salt[SALT_BYTES];
	char		setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if (!pg_strong_random(salt, sizeof(salt)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	if (crypt_gensalt_rn(KIND, cost, salt, sizeof(salt), setting, sizeof(setting)) == NULL)
		refuse_crypt_library();
	return crypt_password(password, setting);
}

char *
wms_password_hash(const char *password)
{
	return new_hash(password, wms_bcrypt_cost);
}

/* In constant time.  The salt is left out: bits of its last character count for nothing. */
static bool
same_digest(const char *a, const char *b)
{
	volatile unsigned char difference = 0;

	for (int i = DIGEST_START; i < HASH_LENGTH; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}

/* What is longer than a password can be takes as long as one, and is none. */
bool
wms_password_matches(const char *password, const char *hash)
{
	char	   *utf8 = in_utf8(password);
	bool		possible = utf8 != NULL && strlen(utf8) <= LONGEST_PASSWORD;
	bool		matches;

	if (cost_of(hash) < 0)
		return false;
	matches = same_digest(crypt_password(utf8 == NULL ? "" : utf8, hash), hash);
	if (utf8 != NULL)
		wms_forget(utf8);
	return possible && matches;
}

/* A hash of cost n, and then one each of n, n + 1 and so on up to m - 1, are as much work as one of m. */
void
wms_password_spend_rest(const char *hash)
{
	int			cost = cost_of(hash);

	if (cost < 0)
		(void) new_hash("", wms_bcrypt_cost);
	else
	{
		for (; cost < wms_bcrypt_cost; cost++)
			(void) new_hash("", cost);
	}
}

bool
wms_password_is_outdated(const char *hash)
{
	return cost_of(hash) < wms_bcrypt_cost;
}

/* wms_hash_password(password text) → text; raises 22023 */
Datum
wms_hash_password(PG_FUNCTION_ARGS)
{
	char	   *password = wms_arg_new_password(fcinfo, 0, "password");
	char	   *hash = wms_password_hash(password);

	wms_forget(password);
	PG_RETURN_TEXT_P(cstring_to_text(hash));
}

/*
 * wms_verify_password(password text, password_hash text) → boolean; raises 22023.  Never NULL, which callers
 * that write NOT wms_verify_password() would take for a match.
 */
Datum
wms_verify_password(PG_FUNCTION_ARGS)
{
	char	   *password = wms_optional_text(fcinfo, 0);
	char	   *hash = wms_optional_text(fcinfo, 1);
	bool		matches;

	if (password == NULL || hash == NULL)
		PG_RETURN_BOOL(false);
	if (cost_of(hash) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("password_hash is no bcrypt hash"),
				 errdetail("Hashes of the kinds $2a$, $2b$ and $2y$ with a cost from %d to %d can be verified.",
						   LOWEST_COST, HIGHEST_COST),
				 errhint("Pass the password first, then its hash.")));
	matches = wms_password_matches(password, hash);
	wms_forget(password);
	PG_RETURN_BOOL(matches);
}
