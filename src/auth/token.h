/*
 * token.h
 *		Tokens of sessions and password resets: what a client gets, and what is stored of it.
 */
#ifndef WMS_TOKEN_H
#define WMS_TOKEN_H

#include "postgres.h"

/* A token is 256 bits, as 64 hexadecimal digits in lower case. */
#define WMS_TOKEN_BYTES 32
#define WMS_TOKEN_LENGTH (2 * WMS_TOKEN_BYTES)

extern char *wms_token_new(void);

/* The SHA-256 of a token in hexadecimal digits; NULL for a text that no token can be. */
extern char *wms_token_digest(const char *token);

/* A secret, kept with a token that is replaced. */
extern bytea *wms_token_salt(void);

/* The token that follows: always the same for a token and its salt, and not to be guessed without both. */
extern char *wms_token_successor(const char *token, const bytea *salt);

#endif							/* WMS_TOKEN_H */
