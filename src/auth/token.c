/*
 * token.c
 *		Tokens of sessions and password resets: what a client gets, and what is stored of it.
 *
 * A token is handed out once and stored nowhere.  A plain SHA-256 is enough to look it up by: nobody goes
 * through 256 random bits, so there is nothing that a slow hash would slow down.
 *
 * Takes no locks, runs no SQL.
 */
#include "postgres.h"

#include "auth/token.h"

#include "common/cryptohash.h"
#include "common/hmac.h"
#include "common/sha2.h"
#include "support/compat.h"
#include "utils/builtins.h"

#define SALT_BYTES 32

static void
fill_randomly(void *bytes, int count)
{
	if (!pg_strong_random(bytes, count))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
}

static char *
in_hex(const uint8 *bytes)
{
	char	   *text = palloc(WMS_TOKEN_LENGTH + 1);

	hex_encode((const char *) bytes, WMS_TOKEN_BYTES, text);
	text[WMS_TOKEN_LENGTH] = '\0';
	return text;
}

char *
wms_token_new(void)
{
	uint8		bytes[WMS_TOKEN_BYTES];
	char	   *token;

	fill_randomly(bytes, sizeof(bytes));
	token = in_hex(bytes);
	explicit_bzero(bytes, sizeof(bytes));
	return token;
}

char *
wms_token_digest(const char *token)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	pg_cryptohash_ctx *hash;

	if (strlen(token) != WMS_TOKEN_LENGTH)
		return NULL;
	hash = pg_cryptohash_create(PG_SHA256);
	if (hash == NULL || pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, (const uint8 *) token, WMS_TOKEN_LENGTH) < 0 ||
		pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute SHA-256: %s", pg_cryptohash_error(hash));
	pg_cryptohash_free(hash);
	return in_hex(digest);
}

bytea *
wms_token_salt(void)
{
	bytea	   *salt = palloc(VARHDRSZ + SALT_BYTES);

	SET_VARSIZE(salt, VARHDRSZ + SALT_BYTES);
	fill_randomly(VARDATA(salt), SALT_BYTES);
	return salt;
}

char *
wms_token_successor(const char *token, const bytea *salt)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	pg_hmac_ctx *hmac = pg_hmac_create(PG_SHA256);
	char	   *successor;

	if (hmac == NULL || pg_hmac_init(hmac, (const uint8 *) token, WMS_TOKEN_LENGTH) < 0 ||
		pg_hmac_update(hmac, (const uint8 *) VARDATA_ANY(salt), VARSIZE_ANY_EXHDR(salt)) < 0 ||
		pg_hmac_final(hmac, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute HMAC-SHA-256: %s", pg_hmac_error(hmac));
	pg_hmac_free(hmac);
	successor = in_hex(digest);
	explicit_bzero(digest, sizeof(digest));
	return successor;
}
